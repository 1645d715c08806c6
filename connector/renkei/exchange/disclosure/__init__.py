"""Disclosure (開示): what leaves our company, what a partner could make of it, who saw what, and what we can prove."""
