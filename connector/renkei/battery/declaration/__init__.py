"""What an authority asks for: footprint declarations and reports, each figure with the evidence that it leads to."""
