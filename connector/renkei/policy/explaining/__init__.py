"""Telling a decision to somebody: what would help, what a partner may read of it, an account for a screen."""
