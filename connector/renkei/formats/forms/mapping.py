"""A company's own columns, told once in a mapping, become rows that can be filed: from CSV, Excel or SQL.

A mapping is data (TOML or JSON): one entry for each kind of rows (``parts``, ``components``, ``own``, ``secondary``;
``filing`` says which cells each has). A cell comes from a column, as it stands or with a factor, a unit to convert from
or a table of values; or it is a constant for all rows::

    [[table]]
    rows = "own"
    sheet = "工程別排出量"                 # of a workbook; or query = "select …" of a database; a CSV has neither
    constants = {stage = "mainProductProduction"}
    [table.columns]
    part = "品番"
    name = "工程"
    kgCO2e = {column = "排出量(t)", times = "1000"}          # or {column = "…", unit = "gram", into = "kilogram"}
    [table.columns.TeR]
    column = "品質"
    values = {"実測" = "1", "推定" = "3"}

What must hold:

1. every kind is known, and every cell is one that its rows have;
2. what its rows need comes from a column or a constant, not from both;
3. a factor is an exact figure, a conversion stays within one dimension; both are for figures alone.

Raises ConfigurationError ``form-mapping-broken``. Columns of the source that the mapping does not use are told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal
from fractions import Fraction
from typing import Final, Self

from renkei.battery.problems import INPUT
from renkei.battery.reading import POSITIVE, Members
from renkei.battery.units import render_figure
from renkei.formats.cells import Sheet
from renkei.formats.forms.columns import Column, FilledRow, Finding, Holds, header_of, read_table
from renkei.formats.forms.filing import Filing, Rows, file_parts
from renkei.formats.forms.form_problems import MAPPING, NO_TABLE
from renkei.formats.forms.signs import UnitNames
from renkei.kernel.problems import RenkeiError

_EXACT: Final = Context(prec=200)
_MOST_TABLES: Final = 20
_T, _F, _U, _D, _B = Holds.TEXT, Holds.FIGURE, Holds.UNIT, Holds.DAY, Holds.FLAG
_RATINGS: Final = {"TeR": _F, "GeR": _F, "TiR": _F}
CELLS: Final[Mapping[str, Mapping[str, Holds]]] = {
    "parts": {
        **dict.fromkeys(("part", "name", "support", "plant"), _T),
        "unit": _U,
        "amount": _F,
        "start": _D,
        "end": _D,
        "terminated": _B,
    },
    "components": {
        **dict.fromkeys(("parent", "component", "supplier", "stages", "material", "region", "sector", "currency"), _T),
        "amount": _F,
        "unit": _U,
        "yield": _F,
        "spend": _F,
    },
    "own": {**dict.fromkeys(("part", "name", "stage"), _T), "kgCO2e": _F, **_RATINGS},
    "secondary": {
        **dict.fromkeys(("part", "name", "stage", "factor", "source", "version", "licence", "region"), _T),
        "amount": _F,
        "unit": _U,
        "value": _F,
        "factor unit": _U,
        "year": _F,
        "personal": _B,
        **_RATINGS,
    },
}
_NEEDED: Final[Mapping[str, frozenset[str]]] = {
    "parts": frozenset({"part", "unit", "start", "end"}),
    "components": frozenset({"parent", "component", "amount", "unit"}),
    "own": frozenset({"part", "name", "stage", "kgCO2e"}),
    "secondary": frozenset(
        {"part", "name", "stage", "amount", "unit", "factor", "value", "source", "version", "licence"}
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedCell:
    """Where a cell comes from. ``factor`` multiplies a figure; ``values``: what stands in the source → our word."""

    column: str
    factor: Fraction | None = None
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedTable:
    """One kind of rows and its source: a sheet by name, a query, or (neither) the only table that there is."""

    rows: str
    sheet: str | None
    query: str | None
    cells: Mapping[str, MappedCell]
    constants: Mapping[str, str]

    def columns(self) -> tuple[Column, ...]:
        """How its source is read."""
        holds, needed = CELLS[self.rows], _NEEDED[self.rows]
        return tuple(
            Column(
                name=name,
                titles=(cell.column,),
                holds=Holds.CHOICE if cell.values else holds[name],
                needed=name in needed,
                choices=cell.values,
            )
            for name, cell in self.cells.items()
        )


@dataclass(frozen=True, slots=True)
class TableMapping:
    """A whole mapping."""

    tables: tuple[MappedTable, ...]

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read a mapping that was decoded from TOML or JSON."""
        try:
            members = Members(value, INPUT)
            tables = tuple(_read_table(each) for each in members.each("table"))
            members.close()
        except RenkeiError as error:
            if error.problem is MAPPING:
                raise
            raise MAPPING(at=error.values.get("at", "/"), cause=error.message()) from error
        if not 1 <= len(tables) <= _MOST_TABLES:
            raise MAPPING(at="/table", cause=f"{len(tables)} tables, where 1 to {_MOST_TABLES} are expected")
        return cls(tables)


def _read_table(members: Members) -> MappedTable:
    rows = members.text("rows")
    if rows not in CELLS:  # 1
        raise MAPPING(at=f"{members.at}/rows", cause=f"{rows} is none of {', '.join(CELLS)}")
    columns, constants = members.inner("columns"), members.optional_inner("constants")
    fixed = {} if constants is None else {name: constants.text(name) for name in constants.names()}
    for name in (*columns.names(), *fixed):  # 1
        if name not in CELLS[rows]:
            raise MAPPING(at=f"{members.at}/columns/{name}", cause=f"{rows} have no such cell")
    if twice := set(columns.names()) & set(fixed):  # 2
        raise MAPPING(at=members.at, cause=f"{', '.join(sorted(twice))}: a column and a constant")
    if lacking := _NEEDED[rows] - set(columns.names()) - set(fixed):  # 2
        raise MAPPING(at=members.at, cause=f"{rows} need {', '.join(sorted(lacking))}")
    table = MappedTable(
        rows=rows,
        sheet=members.optional_text("sheet"),
        query=members.optional_text("query"),
        cells={name: _read_cell(columns, name, CELLS[rows][name]) for name in columns.names()},
        constants=fixed,
    )
    members.close()
    return table


def _read_cell(columns: Members, name: str, holds: Holds) -> MappedCell:
    if columns.is_text(name):
        return MappedCell(column=columns.text(name))
    members = columns.inner(name)
    values = members.optional_inner("values")
    factor: Fraction | None = None
    if members.has("times"):
        factor = Fraction(members.figure("times", POSITIVE))
    if members.has("unit"):
        given, wanted = members.unit("unit"), members.unit("into")
        if given.dimension is not wanted.dimension:  # 3
            raise members.inconsistent("into", wanted.code, f"a unit of {given.dimension.value}")
        factor = (factor or Fraction(1)) * given.size / wanted.size
    if factor is not None and (holds is not Holds.FIGURE or values is not None):  # 3
        raise MAPPING(at=members.at, cause=f"{name} is no figure that a factor could multiply")
    cell = MappedCell(
        column=members.text("column"),
        factor=factor,
        values={} if values is None else {written: values.text(written) for written in values.names()},
    )
    members.close()
    return cell


def file_mapped(mapping: TableMapping, sources: Sequence[Sheet], units: UnitNames) -> Filing:
    """The parts in a company's own tables. ``sources``: the sheet of each of the mapping's tables, in their order."""
    found: dict[str, list[FilledRow]] = {kind: [] for kind in CELLS}
    findings: list[Finding] = []
    refused = 0
    for table, sheet in zip(mapping.tables, sources, strict=True):
        columns = table.columns()
        header = header_of(sheet, columns)
        if header is None:
            first = " | ".join(str(cell) for cell in (sheet.rows[0] if sheet.rows else ()) if cell is not None)
            wanted = ", ".join(column.titles[0] for column in columns if column.needed)
            raise NO_TABLE(header=first or "—", known=wanted)
        filled = read_table(sheet, columns, units, header=header)
        findings += filled.findings
        refused += filled.refused
        found[table.rows] += [_converted(row, table) for row in filled.rows]
    return file_parts(Rows(**{kind: tuple(rows) for kind, rows in found.items()}), findings, refused_before=refused)


def _converted(row: FilledRow, table: MappedTable) -> FilledRow:
    cells = dict(row.cells)
    for name, cell in table.cells.items():
        if cell.factor is not None and name in cells:
            cells[name] = _times(cells[name], cell.factor)
    return FilledRow(row.at, {**table.constants, **cells}, row.places)


def _times(figure: str, factor: Fraction) -> str:
    """Exact where a decimal can hold the product; MJ into kWh may need a third, and then keeps 34 digits."""
    product = Fraction(Decimal(figure)) * factor
    rest = product.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    context = _EXACT if rest == 1 else Context(prec=34)
    return render_figure(context.divide(Decimal(product.numerator), Decimal(product.denominator)))
