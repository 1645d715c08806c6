"""Spreadsheets as plain values: what forms and reports are made of, and what reading a file gives.

A ``Workbook`` holds sheets, a sheet rows of cells, from its first row and column on. Rows and columns count from 0, as
tuples do; people read ``address(1, 2)``, which is ``C2``. A cell is a text, an exact figure, a truth, a day, an
instant without a zone, or None where nothing stands. Where a sheet was read, ``formulas`` names the cells whose value
somebody's spreadsheet program has computed. ``renkei.spreadsheets`` turns these values into bytes and back.

Source: ECMA-376 part 1, 18.3 (sheets, cells, references) and 18.3.1.33 (data validation).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, unique
from typing import TypeAlias

Cell: TypeAlias = str | Decimal | bool | date | datetime | None
_ADDRESS = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})", re.ASCII)


@unique
class Look(Enum):
    """How a cell is shown in a form that we write."""

    TITLE = "title"
    HEADING = "heading"
    NOTE = "note"
    INPUT = "input"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A drop-down list: only these values may be chosen in a column, from one row to another, both included."""

    column: int
    first_row: int
    last_row: int
    values: tuple[str, ...]
    prompt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One sheet. ``widths``: of the columns, in characters; ``frozen``: how many rows stay in sight at the top.

    ``looks`` is by row and column; where it says nothing the cell is plain.
    """

    name: str
    rows: tuple[tuple[Cell, ...], ...] = ()
    looks: Mapping[tuple[int, int], Look] = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    widths: tuple[int, ...] = ()
    frozen: int = 0
    hidden: bool = False
    formulas: frozenset[str] = frozenset()

    def cell(self, row: int, column: int) -> Cell:
        """What stands there; None outside the sheet."""
        if not 0 <= row < len(self.rows) or not 0 <= column < len(self.rows[row]):
            return None
        return self.rows[row][column]

    def filled(self) -> Iterator[tuple[int, int, Cell]]:
        """Each cell that holds something, with its row and column."""
        for row, cells in enumerate(self.rows):
            for column, cell in enumerate(cells):
                if cell is not None:
                    yield row, column, cell


@dataclass(frozen=True, slots=True)
class Workbook:
    """The sheets of one file, in their order."""

    sheets: tuple[Sheet, ...]

    def sheet(self, name: str) -> Sheet | None:
        """The sheet of that name, upper and lower case alike as in spreadsheet programs."""
        return next((sheet for sheet in self.sheets if sheet.name.casefold() == name.casefold()), None)


def column_name(column: int) -> str:
    """``A`` for 0, ``AA`` for 26."""
    name, rest = "", column + 1
    while rest:
        rest, letter = divmod(rest - 1, 26)
        name = chr(ord("A") + letter) + name
    return name


def address(row: int, column: int) -> str:
    """A cell as people name it: ``address(1, 2)`` is ``C2``."""
    return f"{column_name(column)}{row + 1}"


def place(reference: str) -> tuple[int, int] | None:
    """Row and column of an address; None where it is none."""
    matched = _ADDRESS.fullmatch(reference)
    if matched is None:
        return None
    column = 0
    for letter in matched[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(matched[2]) - 1, column - 1
