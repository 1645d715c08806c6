"""CSV as offices write it: in UTF-8 or Shift_JIS (cp932), divided by commas, semicolons or tabs, to and from a sheet.

Excel in Japan saves CSV in cp932, Excel's "CSV UTF-8" begins with a byte order mark, and its "Unicode text" is UTF-16
with tabs. Every cell is a text here; what it means is ``signs``' affair.

Raises ConfigurationError ``form-encoding-unknown``, ``form-table-broken``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from enum import Enum, unique
from typing import Final

from renkei.formats.cells import Sheet
from renkei.formats.forms.form_problems import ENCODING, TABLE_BROKEN

_LARGEST: Final = 16 * 1024 * 1024
_MOST_ROWS: Final = 200_000
_MOST_COLUMNS: Final = 500
_UTF8_MARK: Final = b"\xef\xbb\xbf"
_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_DIVIDERS: Final = ",;\t"


@unique
class Encoding(Enum):
    """How text becomes bytes, by the name that Python knows."""

    UTF8 = "utf-8"
    UTF8_MARKED = "utf-8-sig"
    CP932 = "cp932"
    UTF16 = "utf-16"


def decode(content: bytes) -> tuple[str, Encoding]:
    """The text of a file and the encoding that it was in."""
    if len(content) > _LARGEST:
        raise ENCODING(cause=f"it has more than {_LARGEST} bytes")
    if content.startswith(_UTF8_MARK):
        tried: Sequence[Encoding] = (Encoding.UTF8_MARKED,)
    elif content.startswith(_UTF16_MARKS):
        tried = (Encoding.UTF16,)
    else:
        tried = (Encoding.UTF8, Encoding.CP932)  # Japanese in cp932 is next to never valid UTF-8
    for encoding in tried:
        try:
            return content.decode(encoding.value), encoding
        except UnicodeDecodeError as error:
            cause = f"byte {error.start} does not fit {encoding.value}"
    raise ENCODING(cause=cause)


def read_csv(content: bytes, name: str = "CSV") -> Sheet:
    """All rows, blank ones included, so that row numbers stay true; cells without blanks around them."""
    text, _ = decode(content)
    if "\0" in text:
        raise TABLE_BROKEN(at="line 1", cause="it holds null characters")
    header = text.lstrip().partition("\n")[0]
    divider = max(_DIVIDERS, key=header.count)
    rows: list[tuple[str | None, ...]] = []
    lines = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=divider)
    try:
        for cells in lines:
            if len(cells) > _MOST_COLUMNS or len(rows) >= _MOST_ROWS:
                raise TABLE_BROKEN(at=f"line {lines.line_num}", cause="there are too many cells")
            rows.append(tuple(cell.strip() or None for cell in cells))
    except csv.Error as error:
        raise TABLE_BROKEN(at=f"line {lines.line_num}", cause=error) from None
    return Sheet(name=name, rows=tuple(rows))


def write_csv(rows: Iterable[Sequence[str]], encoding: Encoding = Encoding.UTF8_MARKED) -> bytes:
    """Bytes that Excel opens as they are: CRLF, every text in quotes if it must be.

    A sign that the encoding lacks raises ``form-encoding-unknown``: nothing is replaced by a question mark.
    """
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    try:
        return out.getvalue().encode(encoding.value)
    except UnicodeEncodeError as error:
        raise ENCODING(cause=f"{error.object[error.start]!r} cannot be written in {encoding.value}") from None
