"""Consents (同意): asked for, given, withdrawn, and demanded before data leaves."""
