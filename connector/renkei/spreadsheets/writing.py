"""From cells to an .xlsx file.

A text is always written as a text: it never becomes a formula, a link or a number, and one that begins like a formula
is marked so that it stays a text when somebody edits the cell. A figure becomes a number only where the program that
opens it gets every digit back; otherwise it is a text, too. The same values make the same bytes. Raises
ConfigurationError ``spreadsheet-unwritable``, ``spreadsheet-library-missing``.
"""

from __future__ import annotations

import io
import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from renkei.formats.cells import Cell, Choice, Look, Sheet, Workbook, address, column_name
from renkei.spreadsheets.problems import NO_LIBRARY, UNWRITABLE

if TYPE_CHECKING:
    from types import ModuleType

_LONGEST_TEXT: Final = 32_767
_LONGEST_NAME: Final = 31
_LONGEST_LIST: Final = 255
_LONGEST_PROMPT: Final = 255
_BAD_NAME: Final = re.compile(r"[\[\]:*?/\\]|^'|'$|^\s*$")
_FORMULA_LIKE: Final = ("=", "+", "-", "@")
_KEPT_CONTROLS: Final = frozenset("\t\n")
_CREATED: Final = datetime(2000, 1, 1)  # noqa: DTZ001 - the format knows no zones
_LOOKS: Final[dict[Look | None, dict[str, object]]] = {
    None: {},
    Look.TITLE: {"bold": True, "font_size": 14},
    Look.HEADING: {"bold": True, "bg_color": "#DDE7F0", "border": 1, "text_wrap": True, "valign": "top"},
    Look.NOTE: {"italic": True, "font_color": "#555555", "text_wrap": True, "valign": "top"},
    Look.INPUT: {"bg_color": "#FFFBE6", "border": 1, "locked": False},
}
_DAY: Final = "yyyy-mm-dd"
_INSTANT: Final = "yyyy-mm-dd hh:mm:ss"


def write_workbook(book: Workbook) -> bytes:
    """The file's bytes."""
    library = _library()
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    file = library.Workbook(content, options)
    file.set_properties({"created": _CREATED})
    writer = _Writer(file)
    for sheet in book.sheets:
        writer.write(sheet)
    writer.write_lists()
    file.close()
    return content.getvalue()


def _library() -> ModuleType:
    try:
        import xlsxwriter
    except ImportError:
        raise NO_LIBRARY(library="xlsxwriter") from None
    module: ModuleType = xlsxwriter
    return module


class _Writer:
    """One file while it is written."""

    def __init__(self, file: Any) -> None:  # the library has no types
        self._file = file
        self._formats: dict[tuple[Look | None, str, bool], Any] = {}
        self._names: set[str] = set()
        self._lists: dict[tuple[str, ...], int] = {}

    def write(self, sheet: Sheet) -> None:
        """One sheet."""
        self._demand_name(sheet.name)
        page = self._file.add_worksheet(sheet.name)
        for column, width in enumerate(sheet.widths):
            page.set_column(column, column, width)
        if sheet.frozen:
            page.freeze_panes(sheet.frozen, 0)
        if sheet.hidden:
            page.hide()
        for row, cells in enumerate(sheet.rows):
            for column, cell in enumerate(cells):
                self._cell(page, sheet, row, column, cell)
        for (row, column), look in sheet.looks.items():
            if sheet.cell(row, column) is None:
                page.write_blank(row, column, None, self._format(look))
        for choice in sheet.choices:
            self._choose(page, sheet.name, choice)

    def _demand_name(self, name: str) -> None:
        if len(name) > _LONGEST_NAME or _BAD_NAME.search(name) or name.casefold() in self._names:
            cause = r"a sheet's name has up to 31 characters without [ ] : * ? / \ and is there once"
            raise UNWRITABLE(place=f"sheet {name!r}", cause=cause)
        self._names.add(name.casefold())

    def _cell(self, page: Any, sheet: Sheet, row: int, column: int, cell: Cell) -> None:
        look = sheet.looks.get((row, column))
        if isinstance(cell, bool):
            page.write_boolean(row, column, cell, self._format(look))
        elif isinstance(cell, datetime):
            page.write_datetime(row, column, cell, self._format(look, _INSTANT))
        elif isinstance(cell, date):
            page.write_datetime(row, column, cell, self._format(look, _DAY))
        elif isinstance(cell, Decimal) and _exact(cell):
            page.write_number(row, column, float(cell), self._format(look))
        elif cell is not None:
            text = format(cell, "f") if isinstance(cell, Decimal) else cell
            _demand_text(f"{sheet.name}!{address(row, column)}", text)
            quoted = text.startswith(_FORMULA_LIKE)
            page.write_string(row, column, text, self._format(look, quoted=quoted))

    def _choose(self, page: Any, sheet: str, choice: Choice) -> None:
        for value in choice.values:
            _demand_text(f"{sheet}: a choice", value)
        rule: dict[str, object] = {"validate": "list", "source": list(choice.values)}
        joined = ",".join(choice.values)
        if len(joined) > _LONGEST_LIST or joined.count(",") >= len(choice.values) or joined.startswith("="):
            column = column_name(self._lists.setdefault(choice.values, len(self._lists)))
            rule["source"] = f"=Lists!${column}$1:${column}${len(choice.values)}"
        if choice.prompt:
            rule["input_message"] = choice.prompt[:_LONGEST_PROMPT]
        page.data_validation(choice.first_row, choice.column, choice.last_row, choice.column, rule)

    def write_lists(self) -> None:
        """Lists that are too long for the rule itself, in a hidden sheet."""
        if not self._lists:
            return
        self._demand_name("Lists")
        page = self._file.add_worksheet("Lists")
        for values, column in self._lists.items():
            for row, value in enumerate(values):
                page.write_string(row, column, value, self._format(None, quoted=value.startswith(_FORMULA_LIKE)))
        page.hide()

    def _format(self, look: Look | None, number: str = "", *, quoted: bool = False) -> Any:
        key = (look, number, quoted)
        if key not in self._formats:
            properties = dict(_LOOKS[look])
            if number:
                properties["num_format"] = number
            if quoted:
                properties["quote_prefix"] = True
            self._formats[key] = self._file.add_format(properties) if properties else None
        return self._formats[key]


def _exact(figure: Decimal) -> bool:
    """The library writes 16 digits."""
    return figure.is_finite() and Decimal(format(float(figure), ".16G")) == figure


def _demand_text(place: str, text: str) -> None:
    if len(text) > _LONGEST_TEXT:
        raise UNWRITABLE(place=place, cause=f"a cell holds at most {_LONGEST_TEXT} characters")
    for sign in text:
        if unicodedata.category(sign) in {"Cc", "Cs"} and sign not in _KEPT_CONTROLS:
            raise UNWRITABLE(place=place, cause=f"it holds the control character U+{ord(sign):04X}")
