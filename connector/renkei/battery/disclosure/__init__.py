"""Confidentiality: what a recipient sees, what it could work out, when we tell it, and what we can prove later."""
