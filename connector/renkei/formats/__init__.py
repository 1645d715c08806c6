"""One record, many dialects: other systems' forms of what Renkei keeps, each way with a report of what was lost.

- ``dialects``: footprint records as JSON of other systems (Ouranos, Catena-X, PACT, IDTA), made from tables.
- ``cells``: spreadsheets as plain values; beside it one module for each form of table that is read or written.

Pure: bytes come from ``renkei.spreadsheets`` and other callers, and go back through them.
"""
