"""How much of a spreadsheet file is looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """``size`` and ``unpacked`` in bytes, ``text`` in characters; ``cells``: from each sheet's first to its last.

    ``elements``: of XML in all parts that are read; ``depth``: how many of them stand in each other.

    The defaults are enough for ten thousand rows of fifty columns.
    """

    size: int = 8 * 1024 * 1024
    unpacked: int = 64 * 1024 * 1024
    parts: int = 500
    sheets: int = 50
    cells: int = 500_000
    elements: int = 3_000_000
    depth: int = 100
    text: int = 16 * 1024 * 1024
