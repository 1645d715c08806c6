"""One footprint record, many JSON dialects: each way with a report of what was lost, defaulted, rescaled or rounded.

The dialects are tables (``vocab/formats``), read once by ``table``; nothing here knows the name of a dialect. A record
(``battery.footprint.record``) and what only dialects need (``details``) are taken apart into named ``leaves``;
``writing`` puts leaves where a table says, ``taking`` takes them from there. Between the two stand ``fitting`` (units
and declared amounts), ``layouts`` (how a dialect splits the life cycle), ``derivations`` (what one side calculates) and
``ways`` (how one leaf is spelled). ``loss`` is the report, ``checking`` and ``sums`` judge documents, ``metals`` reads
the free text on recycled metals.

Nothing is clamped: what a dialect cannot say is refused, or rescaled or rounded with notice when that is allowed.
Sources: the models and interfaces that each table names.
"""
