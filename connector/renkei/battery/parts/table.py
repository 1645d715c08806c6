"""Tables in CSV as companies write them: a header line, then rows of as many cells.

Cells are divided by commas, or as a spreadsheet divides them where the comma is the decimal sign: by semicolons or
tabs, as the header shows. A byte order mark, blank lines and blanks around a cell are allowed; an empty cell is one
that is left out. Which columns there are is told by the header, in any order; an unknown one is an error.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from renkei.kernel.problems import Problem


@dataclass(frozen=True, slots=True)
class Row:
    """One line: where it stands, and its filled cells by column."""

    line: int
    cells: Mapping[str, str]

    @property
    def at(self) -> str:
        """The line as messages name it."""
        return f"line {self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Which columns a table has. ``broken``: what is raised, with ``line`` and ``cause``, where it cannot be read."""

    needed: Sequence[str]
    optional: Sequence[str]
    broken: Problem

    def read(self, text: str) -> Iterator[Row]:
        """Its rows."""
        text = text.removeprefix("\ufeff")
        header = text.lstrip().partition("\n")[0]
        divider = "," if "," in header else next((sign for sign in ";\t" if sign in header), ",")
        rows = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=divider)
        columns: Sequence[str] | None = None
        try:
            for row in rows:
                cells = [cell.strip() for cell in row]
                if not any(cells):
                    continue
                if columns is None:
                    columns = self._header(cells, rows.line_num)
                    continue
                if len(cells) != len(columns):
                    raise self.broken(line=rows.line_num, cause=f"{len(cells)} cells, but {len(columns)} columns")
                yield Row(rows.line_num, {name: cell for name, cell in zip(columns, cells, strict=True) if cell})
        except csv.Error as error:
            raise self.broken(line=rows.line_num, cause=error) from None
        if columns is None:
            raise self.broken(line=1, cause="no header line")

    def write(self, rows: Iterable[Mapping[str, str]]) -> str:
        """The same rows as a text that ``read`` takes."""
        columns = (*self.needed, *self.optional)
        out = io.StringIO(newline="")
        writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return out.getvalue()

    def _header(self, cells: Sequence[str], line: int) -> Sequence[str]:
        for name in cells:
            if name not in (*self.needed, *self.optional):
                raise self.broken(line=line, cause=f"the column {name!r} is not known")
        for name in self.needed:
            if name not in cells:
                raise self.broken(line=line, cause=f"the column {name!r} is missing")
        if len(set(cells)) != len(cells):
            raise self.broken(line=line, cause="a column stands twice")
        return cells
