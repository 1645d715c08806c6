"""One record, many dialects: other systems' forms of what Renkei keeps, each way with a report of what was lost.

- ``dialects``: footprint records as JSON of other systems (Ouranos, Catena-X, PACT, IDTA), made from tables.
- ``forms``: forms and tables that people fill in, in Excel or CSV.
- ``cells``: spreadsheets as plain values.

Pure: bytes come from ``renkei.spreadsheets`` and other callers, and go back through them.
"""
