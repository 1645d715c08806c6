"""The ground floor: errors, strict JSON, canonical bytes, instants. Pure, and imports nothing of Renkei."""
