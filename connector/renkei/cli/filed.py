"""Reading the operator's files for ``import``: which kind each is, and what it tells.

Raises ConfigurationError ``cli-file-unreadable``, ``form-…``, ``spreadsheet-…``.
"""

from __future__ import annotations

import argparse
import tomllib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from renkei.battery.parts.part import Period
from renkei.cli.problems import WRONG_COMMAND_LINE
from renkei.cli.values import read_bytes, read_text
from renkei.formats.cells import Sheet, Workbook
from renkei.formats.forms.filing import Filing
from renkei.formats.forms.footprint_form import FormDefinition, Slip, file_form, is_form, slip_of
from renkei.formats.forms.form_problems import MAPPING
from renkei.formats.forms.mapping import MappedTable, TableMapping, file_mapped
from renkei.formats.forms.ouranos_tables import file_ouranos
from renkei.formats.forms.signs import UnitNames
from renkei.formats.forms.texts import read_csv
from renkei.kernel import jcs, strict_json
from renkei.resources import Kind, resource_json

_LARGEST_FILE: Final = 64 * 1024 * 1024
_SQLITE: Final = b"SQLite format 3\x00"
_ZIP: Final = b"PK"


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledFile:
    """What a file tells, the request that its form carries, and the hash by which it is remembered."""

    filing: Filing
    digest: str
    slip: Slip = field(default_factory=Slip)


def footprint_form() -> FormDefinition:
    """The form that comes with Renkei."""
    return FormDefinition.from_json(resource_json(Kind.VOCAB, "forms/footprint.json"))


def unit_names() -> UnitNames:
    """What people call units."""
    return UnitNames.from_json(resource_json(Kind.VOCAB, "forms/units.json"))


def read_filed(arguments: argparse.Namespace) -> FiledFile:
    """Read the file that the command line names, in whatever form it is."""
    path, units = Path(arguments.file), unit_names()
    content = read_bytes(arguments.file, most=_LARGEST_FILE)
    digest = jcs.digest(content)
    if arguments.mapping:
        mapping = _mapping(arguments.mapping)
        sources = [_source(table, path, content, number) for number, table in enumerate(mapping.tables)]
        return FiledFile(filing=file_mapped(mapping, sources, units), digest=digest)
    if content.startswith(_SQLITE):
        raise WRONG_COMMAND_LINE(cause="a database needs --mapping", program="renkei import")
    workbook = _workbook(path, content)
    form = footprint_form()
    if is_form(workbook, form):
        return FiledFile(filing=file_form(workbook, form, units), digest=digest, slip=slip_of(workbook))
    return FiledFile(filing=file_ouranos(workbook.sheets[0], units, _period(arguments)), digest=digest)


def _period(arguments: argparse.Namespace) -> Period | None:
    if bool(arguments.start) != bool(arguments.end) or (arguments.start or "") > (arguments.end or ""):
        raise WRONG_COMMAND_LINE(cause="--start and --end go together, in this order", program="renkei import")
    if not arguments.start:
        return None
    return Period(date.fromisoformat(arguments.start), date.fromisoformat(arguments.end))


def _workbook(path: Path, content: bytes) -> Workbook:
    if content.startswith(_ZIP) or path.suffix.casefold() in {".xlsx", ".xls"}:
        from renkei.spreadsheets import read_workbook

        return read_workbook(content)
    return Workbook((read_csv(content, path.name),))


def _mapping(path: str) -> TableMapping:
    text = read_text(path)
    try:
        decoded: object = strict_json.loads(text.encode()) if path.endswith(".json") else tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MAPPING(at=path, cause=error) from None
    return TableMapping.from_json(decoded)


def _source(table: MappedTable, path: Path, content: bytes, number: int) -> Sheet:
    if content.startswith(_SQLITE):
        from renkei.spreadsheets.queries import read_query

        if table.query is None:
            raise MAPPING(at=f"/table/{number}", cause="a database needs a query")
        return read_query(path, table.query, name=f"query {number + 1}", at=f"/table/{number}/query")
    workbook = _workbook(path, content)
    if table.sheet is None:
        return workbook.sheets[0]
    found = workbook.sheet(table.sheet)
    if found is None:
        known = ", ".join(sheet.name for sheet in workbook.sheets)
        raise MAPPING(at=f"/table/{number}/sheet", cause=f"{table.sheet} is none of the sheets {known}")
    return found
