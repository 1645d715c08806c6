"""Telling a decision: the reasons in words, what would help, and what a partner may read of it."""
