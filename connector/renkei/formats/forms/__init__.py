"""Forms and tables that people fill in, in Excel or CSV: read strictly, explained cell by cell, never guessed at.

``texts``: bytes to rows (UTF-8, cp932); ``signs``: what a cell means (full-width digits, 和暦, units); ``columns``:
tables with a header line; ``filing``: from rows to parts that can be registered. ``ouranos_tables``: the CSV tables of
the Ouranos applications; ``footprint_form``: our own Excel form; ``mapping``: a company's own columns;
``form_problems``: what can be wrong in a cell.
"""
