"""What answers are made of: our parts, the messages about them, and the reasons why one is not given."""
