"""Telling policies apart: whether one permits only what another permits, and a use that shows where not."""
