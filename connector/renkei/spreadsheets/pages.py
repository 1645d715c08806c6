"""The parts of an .xlsx file: which sheets there are, shared texts, which number formats are days, the cells.

What must hold, beyond what ``container`` demands:

1. cells stand at places that exist, each once, and all sheets together span no more cells than allowed, empty ones
   included, since whoever works with a sheet fills the rectangle from its first to its last cell;
2. a cell's value is of the type that it says, and refers to a text and a format that are there;
3. the texts of all cells, written out for each, are together not longer than allowed.

Raises ConfigurationError ``spreadsheet-…``. Source: ECMA-376 part 1, 18.3.1.4 (cells), 18.4 (shared texts), 18.8.30
(number formats), 18.17.4 (days and instants); 22.9.2.19 (escaped characters).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from renkei.formats.cells import Cell, address, place
from renkei.spreadsheets.bounds import Bounds
from renkei.spreadsheets.problems import TOO_LARGE, UNREADABLE

LAST_ROW: Final = 1_048_576
LAST_COLUMN: Final = 16_384
_LARGEST_WHOLE: Final = 10**15
_LAST_DAY: Final = 2_958_466
_FALSE_LEAP_DAY: Final = 60
_ROW: Final = re.compile(r"[1-9][0-9]{0,6}", re.ASCII)
_INDEX: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII)
_ESCAPED: Final = re.compile(r"_x((?![dD][89abABc-fC-F])[0-9A-Fa-f]{4})_")  # half a character is none
_NOT_SHOWN: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_DAY_FORMATS: Final = frozenset({*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)})


@dataclass(slots=True)
class Contents:
    """The workbook's own part: its sheets as (name, relation, hidden) and from when it counts days."""

    bounds: Bounds
    sheets: list[tuple[str, str, bool]] = field(default_factory=list)
    from_1904: bool = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element opens."""
        if name == "sheet":
            relation = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")
            hidden = attributes.get("state", "visible") != "visible"
            self.sheets.append((attributes.get("name", ""), relation, hidden))
            if len(self.sheets) > self.bounds.sheets:
                raise TOO_LARGE(what="sheets", limit=self.bounds.sheets)
        elif name == "workbookPr":
            self.from_1904 = attributes.get("date1904") in {"1", "true"}

    def end(self, name: str) -> None:
        """Nothing hangs on it."""

    def characters(self, text: str) -> None:
        """There is none."""


@dataclass(slots=True)
class Relations:
    """Which part is meant: by relation, its kind (``worksheet``, ``styles``…) and target."""

    bounds: Bounds
    by_id: dict[str, tuple[str, str]] = field(default_factory=dict)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element opens."""
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rpartition("/")[2]
            self.by_id[attributes.get("Id", "")] = (kind, attributes.get("Target", ""))
            if len(self.by_id) > self.bounds.parts:
                raise TOO_LARGE(what="relations", limit=self.bounds.parts)

    def end(self, name: str) -> None:
        """Nothing hangs on it."""

    def characters(self, text: str) -> None:
        """There is none."""


@dataclass(slots=True)
class SharedTexts:
    """The texts that cells refer to by number; how a word is pronounced (``rPh``) is no part of it."""

    bounds: Bounds
    texts: list[str] = field(default_factory=list)
    _pieces: list[str] | None = None
    _reading: bool = False
    _silent: bool = False

    def start(self, name: str, _: dict[str, str]) -> None:
        """An element opens."""
        if name == "si":
            self._pieces = []
            if len(self.texts) >= self.bounds.cells:
                raise TOO_LARGE(what="texts", limit=self.bounds.cells)
        elif name == "rPh":
            self._silent = True
        elif name == "t":
            self._reading = not self._silent

    def end(self, name: str) -> None:
        """An element closes."""
        if name == "si" and self._pieces is not None:
            self.texts.append(unescaped("".join(self._pieces)))
            self._pieces = None
        elif name == "rPh":
            self._silent = False
        elif name == "t":
            self._reading = False

    def characters(self, text: str) -> None:
        """Text between the two."""
        if self._reading and self._pieces is not None:
            self._pieces.append(text)


@dataclass(slots=True)
class Styles:
    """By a cell's style number, whether it shows a day or an instant."""

    bounds: Bounds
    days: list[bool] = field(default_factory=list)
    _codes: dict[str, str] = field(default_factory=dict)
    _listing: bool = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element opens."""
        if name == "numFmt":
            self._codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")[:500]
        elif name == "cellXfs":
            self._listing = True
        elif name == "xf" and self._listing:
            number = attributes.get("numFmtId", "0")
            if number in self._codes:
                shown = _NOT_SHOWN.sub("", self._codes[number]).casefold()
                self.days.append(shown != "general" and any(letter in shown for letter in "dmyhs"))
            else:
                self.days.append(_INDEX.fullmatch(number) is not None and int(number) in _DAY_FORMATS)

    def end(self, name: str) -> None:
        """An element closes."""
        if name == "cellXfs":
            self._listing = False

    def characters(self, text: str) -> None:
        """There is none."""


@dataclass(slots=True)
class Page:
    """The cells of one sheet."""

    bounds: Bounds
    texts: Sequence[str]
    days: Sequence[bool]
    from_1904: bool
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    formulas: set[str] = field(default_factory=set)
    characters_shown: int = 0
    last: tuple[int, int] = (-1, -1)
    _inside: bool = False
    _row: int = -1
    _column: int = -1
    _kind: str = "n"
    _style: str = ""
    _pieces: list[str] = field(default_factory=list)
    _reading: bool = False
    _silent: bool = False

    @property
    def span(self) -> int:
        """How many cells its rectangle has."""
        return (self.last[0] + 1) * (self.last[1] + 1)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element opens."""
        if name == "sheetData":
            self._inside = True
        elif not self._inside:
            return
        elif name == "row":
            self._row, self._column = self._row_number(attributes), -1
        elif name == "c":
            self._open(attributes)
        elif name == "f":
            self.formulas.add(address(self._row, self._column))
            if len(self.formulas) > self.bounds.cells:
                raise TOO_LARGE(what="formulas", limit=self.bounds.cells)
        elif name == "rPh":
            self._silent = True
        elif name in {"v", "t"}:
            self._reading = not self._silent

    def end(self, name: str) -> None:
        """An element closes."""
        if name == "sheetData":
            self._inside = False
        elif name == "rPh":
            self._silent = False
        elif name in {"v", "t"}:
            self._reading = False
        elif name == "c" and self._inside:
            self._close("".join(self._pieces))

    def characters(self, text: str) -> None:
        """Text between the two."""
        if self._reading:
            self._pieces.append(text)

    def rows(self) -> tuple[tuple[Cell, ...], ...]:
        """The cells row by row; where a row or the sheet ends, it ends with a filled cell."""
        by_row: dict[int, list[Cell]] = {}
        for (row, column), cell in sorted(self.cells.items(), key=lambda item: item[0]):
            line = by_row.setdefault(row, [])
            line += [None] * (column - len(line))
            line.append(cell)
        return tuple(tuple(by_row.get(row, ())) for row in range(max(by_row, default=-1) + 1))

    def _row_number(self, attributes: dict[str, str]) -> int:
        given = attributes.get("r")
        if given is None:
            return self._row + 1
        if not _ROW.fullmatch(given) or int(given) > LAST_ROW:
            raise UNREADABLE(cause=f"it has a row {given[:40]!r}")  # (1)
        return int(given) - 1

    def _open(self, attributes: dict[str, str]) -> None:
        given = attributes.get("r")
        found = (self._row, self._column + 1) if given is None else place(given)
        if found is None or not 0 <= found[0] < LAST_ROW or not found[1] < LAST_COLUMN or found in self.cells:
            raise UNREADABLE(cause=f"a cell stands at {(given or 'no place')[:40]!r}")  # (1)
        self._row, self._column = found
        self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "")
        self._pieces = []

    def _close(self, text: str) -> None:
        cell = self._value(text)
        if cell is None:
            return
        at = (self._row, self._column)
        if at in self.cells:
            raise UNREADABLE(cause=f"the cell {address(*at)} is there twice")  # (1)
        self.cells[at] = cell
        self.last = (max(self.last[0], at[0]), max(self.last[1], at[1]))
        if self.span > self.bounds.cells:  # (1)
            raise TOO_LARGE(what="cells", limit=self.bounds.cells)
        if isinstance(cell, str):
            self.characters_shown += len(cell)
            if self.characters_shown > self.bounds.text:  # (3)
                raise TOO_LARGE(what="characters of text", limit=self.bounds.text)

    def _value(self, text: str) -> Cell:
        kind = self._kind
        if kind == "s":
            text = text.strip()
            if not text:
                return None
            if not _INDEX.fullmatch(text) or int(text) >= len(self.texts):
                raise self._wrong("refers to a text that is not there")  # (2)
            shared = self.texts[int(text)]
            return shared if shared.strip() else None
        if kind in {"str", "inlineStr", "e"}:
            shown = unescaped(text)
            return shown if shown.strip() else None
        text = text.strip()
        if not text:
            return None
        if kind == "b":
            return text in {"1", "true"}
        if kind == "d":
            return self._instant(text)
        return self._figure(text)

    def _figure(self, text: str) -> Cell:
        if not _NUMBER.fullmatch(text) or not math.isfinite(value := float(text)):
            raise self._wrong("holds no number")  # (2)
        if _INDEX.fullmatch(self._style) and int(self._style) < len(self.days) and self.days[int(self._style)]:
            return day_of(value, from_1904=self.from_1904)
        whole = value.is_integer() and abs(value) < _LARGEST_WHOLE
        return Decimal(int(value)) if whole else Decimal(repr(value))

    def _instant(self, text: str) -> Cell:
        try:
            return datetime.fromisoformat(text).replace(tzinfo=None) if "T" in text else date.fromisoformat(text)
        except ValueError:
            raise self._wrong("holds no day") from None  # (2)

    def _wrong(self, cause: str) -> Exception:
        return UNREADABLE(cause=f"the cell {address(self._row, self._column)} {cause}")


def day_of(serial: float, *, from_1904: bool) -> Cell:
    """The day or instant of a serial number; hours alone come as text, what is no day stays the figure."""
    if not 0 <= serial < _LAST_DAY:
        return Decimal(repr(serial))
    seconds = round((serial % 1) * 86_400)
    if serial < 1 and not from_1904:
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if from_1904:
        first = datetime.fromisoformat("1904-01-01")
    else:  # a day that never was, 29 February 1900, is number 60
        first = datetime.fromisoformat("1899-12-30" if serial > _FALSE_LEAP_DAY else "1899-12-31")
    try:
        instant = first + timedelta(days=math.floor(serial), seconds=seconds)
    except OverflowError:
        return Decimal(repr(serial))
    return instant if seconds % 86_400 else instant.date()


def unescaped(text: str) -> str:
    """A text with its escaped characters (``_x000A_``) written out."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
