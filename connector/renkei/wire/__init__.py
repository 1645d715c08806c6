"""Bytes ↔ messages of the Dataspace Protocol 2025-1. Pure; the JSON-LD libraries are not needed for it."""
