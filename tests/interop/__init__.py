"""Connectors from other houses, unmodified, on the other end of ours: ``make interop``."""
