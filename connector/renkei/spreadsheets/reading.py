"""From an .xlsx file to cells.

Figures come as the shortest decimal that the file's binary number stands for, as its maker saw it: 0.1 is 0.1. A cell
with an error (``#N/A``) is that text, never an empty one. Hidden sheets are read and marked. Raises ConfigurationError
``spreadsheet-…``; what is checked is listed in ``container`` and ``pages``.
"""

from __future__ import annotations

import posixpath
from typing import Final

from renkei.formats.cells import Sheet, Workbook
from renkei.kernel.values import replace
from renkei.spreadsheets.bounds import Bounds
from renkei.spreadsheets.container import Container
from renkei.spreadsheets.pages import Contents, Page, Relations, SharedTexts, Styles
from renkei.spreadsheets.problems import UNREADABLE

_MAIN: Final = "xl/workbook.xml"
_RELATIONS: Final = "xl/_rels/workbook.xml.rels"


def read_workbook(content: bytes, bounds: Bounds | None = None) -> Workbook:
    """All sheets of a file, at least one, with what their cells show; a formula counts as the value it last had."""
    left = bounds or Bounds()
    container = Container(content, left)
    if not container.has(_MAIN) or not container.has(_RELATIONS):
        raise UNREADABLE(cause="it is a zip archive, but no Excel workbook")
    contents, relations = Contents(left), Relations(left)
    container.read(_MAIN, contents)
    container.read(_RELATIONS, relations)
    texts, styles = SharedTexts(left), Styles(left)
    for kind, target in relations.by_id.values():
        if kind == "sharedStrings":
            container.read(_full(target), texts)
        elif kind == "styles":
            container.read(_full(target), styles)
    sheets: list[Sheet] = []
    for name, relation, hidden in contents.sheets:
        kind, target = relations.by_id.get(relation, ("", ""))
        if any(sheet.name == name for sheet in sheets):
            raise UNREADABLE(cause=f"two of its sheets are named {name[:40]!r}")
        if kind != "worksheet":  # a chart's sheet has no cells
            continue
        page = Page(left, texts.texts, styles.days, contents.from_1904)
        container.read(_full(target), page)
        left = replace(left, cells=left.cells - page.span, text=left.text - page.characters_shown)
        sheets.append(Sheet(name=name, rows=page.rows(), hidden=hidden, formulas=frozenset(page.formulas)))
    if not sheets:
        raise UNREADABLE(cause="it has no sheet with cells")
    return Workbook(tuple(sheets))


def _full(target: str) -> str:
    """A part's name from a relation of the workbook's."""
    base = "/" if target.startswith("xl/") else "/xl"
    return posixpath.normpath(posixpath.join(base, target)).lstrip("/")
