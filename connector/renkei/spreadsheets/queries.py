"""The answer of a company's own SQLite database as a sheet; the database is opened for reading only.

A mapping may come from somebody else: its query opens and makes no other file (ATTACH, VACUUM INTO).

Raises ConfigurationError ``form-mapping-broken``.
"""

from __future__ import annotations

import math
import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Final

from renkei.formats.cells import Cell, Sheet
from renkei.formats.forms.form_problems import MAPPING

_MOST_ROWS: Final = 100_000


def read_query(path: Path, query: str, *, name: str, at: str) -> Sheet:
    """Column names as header, then the rows. ``name``: of the sheet; ``at``: where the query stands in its mapping."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            database.set_authorizer(_but_other_files)
            cursor = database.execute(query)
            if cursor.description is None:
                raise MAPPING(at=at, cause="it is no SELECT")
            rows = cursor.fetchmany(_MOST_ROWS + 1)
            header = tuple(column[0] for column in cursor.description)
    except sqlite3.Error as error:
        raise MAPPING(at=at, cause=error) from None
    if len(rows) > _MOST_ROWS:
        raise MAPPING(at=at, cause=f"it gives more than {_MOST_ROWS} rows")
    return Sheet(name=name, rows=(header, *(tuple(_cell(value, at) for value in row) for row in rows)))


def _but_other_files(action: int, *_: object) -> int:
    return sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_ATTACH else sqlite3.SQLITE_OK


def _cell(value: object, at: str) -> Cell:
    """A binary number counts as the shortest decimal that it stands for."""
    match value:
        case None | str():
            return value
        case float() if not math.isfinite(value):
            raise MAPPING(at=at, cause="a column of it holds a figure without end")
        case int() | float():
            return Decimal(repr(value))
    raise MAPPING(at=at, cause="a column of it holds bytes")
