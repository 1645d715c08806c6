"""Tables with a header line: which columns there are, under which names, and what stands in each row.

A column is found by any of its names, upper and lower case and full-width signs alike. What a cell holds is brought
into the form in which our JSON documents hold it: figures as plain decimals, days as ``2026-04-01``, units by code,
flags as ``yes``/``no``. A row with a cell that cannot be read is refused as a whole, with every cell that is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, unique
from typing import Final

from renkei.battery.units import render_figure
from renkei.formats.cells import Cell, Sheet, address
from renkei.formats.forms.form_problems import CHOICE, COMPUTED, ERA, IGNORED, MISSING
from renkei.formats.forms.signs import UnitNames, day_of, figure_of, flag_of, plain, text_of
from renkei.kernel.problems import RenkeiError

_LAST_HEADER_ROW: Final = 30  # explanations may stand above a table, but not a whole page of them


@unique
class Holds(Enum):
    """What a column holds."""

    TEXT = "text"
    FIGURE = "figure"
    DAY = "day"
    UNIT = "unit"
    FLAG = "flag"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: our name for it, the names it is found by, what it holds.

    ``choices``: what people write → our word.
    """

    name: str
    titles: tuple[str, ...]
    holds: Holds = Holds.TEXT
    needed: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to tell whoever filled a form in. ``refused``: the row is not taken; else it is only to be checked."""

    error: RenkeiError
    refused: bool = True


@dataclass(frozen=True, slots=True)
class FilledRow:
    """A row's filled cells by our names, and where it stands, such as ``Components!7``."""

    at: str
    cells: Mapping[str, str]
    places: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FilledTable:
    """The rows that could be read, all that is to be told, and how many rows could not be read."""

    rows: tuple[FilledRow, ...]
    findings: tuple[Finding, ...]
    refused: int


def header_of(sheet: Sheet, columns: Sequence[Column]) -> int | None:
    """The row in which every needed column is named; None where there is none."""
    for number, row in enumerate(sheet.rows[:_LAST_HEADER_ROW]):
        found = {_key(cell) for cell in row if isinstance(cell, str)}
        if all(found & {_key(title) for title in column.titles} for column in columns if column.needed):
            return number
    return None


def read_table(
    sheet: Sheet,
    columns: Sequence[Column],
    units: UnitNames,
    *,
    header: int = 0,
    place: Callable[[int, int], str] = address,
) -> FilledTable:
    """All rows below the header line; ``place`` tells where a cell stands, for sheets that were turned."""
    findings: list[Finding] = []
    by_position = dict(_positions(sheet, columns, header, findings))
    titles = {position: _shown_title(sheet.cell(header, position)) for position in by_position}
    rows, refused = [], 0
    for number in range(header + 1, len(sheet.rows)):
        cells = {position: sheet.cell(number, position) for position in by_position}
        if all(_blank(cell) for cell in cells.values()):
            continue
        reading = _Reading(sheet, units, place)
        filled = {
            column.name: value
            for position, column in by_position.items()
            if (value := reading.value(column, number, position, titles[position])) is not None
        }
        findings += reading.findings
        if any(finding.refused for finding in reading.findings):
            refused += 1
        else:
            places = {column.name: place(number, position) for position, column in by_position.items()}
            rows.append(FilledRow(f"{sheet.name}!{number + 1}", filled, places))
    return FilledTable(tuple(rows), tuple(findings), refused)


def _positions(
    sheet: Sheet, columns: Sequence[Column], header: int, findings: list[Finding]
) -> Iterator[tuple[int, Column]]:
    by_title = {_key(title): column for column in columns for title in column.titles}
    taken: set[str] = set()
    for position, cell in enumerate(sheet.rows[header] if sheet.rows else ()):
        if not isinstance(cell, str):
            continue
        column = by_title.get(_key(cell))
        if column is None or column.name in taken:
            at = f"{sheet.name}!{address(header, position)}"
            findings.append(Finding(IGNORED(at=at, column=cell), refused=False))
            continue
        taken.add(column.name)
        yield position, column


@dataclass(slots=True)
class _Reading:
    """One row while it is read."""

    sheet: Sheet
    units: UnitNames
    place: Callable[[int, int], str]
    findings: list[Finding] = field(default_factory=list)

    def value(self, column: Column, row: int, position: int, title: str) -> str | None:
        cell, place = self.sheet.cell(row, position), self.place(row, position)
        at = f"{self.sheet.name}!{place}"
        if _blank(cell):
            if column.needed:
                self.findings.append(Finding(MISSING(at=at, column=title)))
            return None
        if place in self.sheet.formulas:
            self.findings.append(Finding(COMPUTED(at=at, found=cell), refused=False))
        try:
            return self._read(column, cell, at, title)
        except RenkeiError as error:
            self.findings.append(Finding(error))
            return None

    def _read(self, column: Column, cell: Cell, at: str, title: str) -> str:
        match column.holds:
            case Holds.FIGURE:
                return render_figure(figure_of(cell, at))
            case Holds.DAY:
                read = day_of(cell, at)
                if read.in_era:
                    self.findings.append(Finding(ERA(at=at, found=cell, read=read.day.isoformat()), refused=False))
                return read.day.isoformat()
            case Holds.UNIT:
                return self.units.unit_of(cell, at).code
            case Holds.FLAG:
                flag = flag_of(cell)
                if flag is None:
                    raise CHOICE(at=at, found=cell, column=title, known="yes / no, はい / いいえ")
                return "yes" if flag else "no"
            case Holds.CHOICE:
                chosen = {_key(written): word for written, word in column.choices.items()}.get(_key(str(cell)))
                if chosen is None:
                    offered = [written for written, word in column.choices.items() if written != word]
                    raise CHOICE(at=at, found=cell, column=title, known=", ".join(offered or column.choices))
                return chosen
            case Holds.TEXT:
                return text_of(cell, at)


def _shown_title(cell: Cell) -> str:
    """A column's title as the file has it, without the star of what is needed."""
    return str(cell or "").removesuffix("*").strip()


def _blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _key(title: str) -> str:
    return plain(title).casefold().replace(" ", "").replace("\n", "")
