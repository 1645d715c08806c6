"""What Renkei costs, measured: ``make bench``."""
