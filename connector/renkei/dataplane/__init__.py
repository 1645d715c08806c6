"""Bytes under an agreement: served to whoever holds a live token, received with bounded memory."""
