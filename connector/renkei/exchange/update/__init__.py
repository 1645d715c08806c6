"""Keeping current what partners have of us, and what we have of them (値の自動更新)."""
