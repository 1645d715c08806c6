"""The CSV tables of the Ouranos applications: parts structure, footprint table and footprint sheet, in and out.

- the *structure* (部品構成) that the application takes in: ten columns, first the parent, then its components;
- the *table* (CFP合算情報の明細) that it gives out: 21 columns, the parent at level 1 with our own emissions, then the
  components at level 2, with theirs where they are our own end parts (終端);
- the *sheet* (CFP合算情報) that it gives out: 21 columns and one row, the sums of one part.

A trace id, where there is one, is the part's id here, else its name, with the support name after a slash. Figures are
per unit of the part. The application says nothing of the days that figures speak of, so the caller does, unless the
structure's column for it can be read. Ratings of 0 say that there is none.

Source: ouranos-ecosystem-idi/sample-application-cfp-frontend, lib/constants (both lists of 21 headers),
components/organisms/PartsRegisterForm (the ten), app/parts/register-cfp/page (what stands in them).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, unique
from fractions import Fraction
from typing import Final

from renkei.battery.footprint.calculation import Calculation
from renkei.battery.footprint.record import Stage
from renkei.battery.footprint.rules import MissingRating
from renkei.battery.parts.part import Period
from renkei.battery.units import Counting, Mode, Rounding, Unit, render_figure
from renkei.formats.cells import Sheet
from renkei.formats.forms.columns import Column, FilledRow, Finding, Holds, header_of, read_table
from renkei.formats.forms.filing import Filing, Rows, file_parts
from renkei.formats.forms.form_problems import CAPACITY, DAY, NO_TABLE, UNIT
from renkei.formats.forms.signs import UnitNames, day_of, plain, text_of
from renkei.kernel.problems import RenkeiError

_PERIOD: Final = re.compile(r"(.+?)\s*[~〜～ー―/至]\s*(.+)")
_FISCAL: Final = re.compile(r"([0-9]{4})年?度")
_STAGES: Final = ((Stage.RAW_MATERIAL, "pre"), (Stage.PRODUCTION, "main"))
_MASSES: Final = frozenset({"kgco2e", "kg-co2e", "kgco2eq", "kg-co2eq"})
_FIVE_PLACES: Final = Rounding(5, Counting.DECIMAL_PLACES, Mode.UP)


def _columns(*rows: tuple[str, str, Holds] | tuple[str, str, Holds, bool]) -> tuple[Column, ...]:
    return tuple(Column(name=row[0], titles=(row[1],), holds=row[2], needed=len(row) > 3) for row in rows)


_T, _F = Holds.TEXT, Holds.FIGURE
STRUCTURE: Final = _columns(
    ("name", "部品項目", _T, True),
    ("support", "補助項目", _T),
    ("label", "部品名称", _T),
    ("version", "CFP算出バージョン", _T),
    ("period", "CFP算出期間", _T),
    ("remark", "任意項目", _T),
    ("plant", "事業所識別子", _T),
    ("amount", "活動量", _F),
    ("unit", "単位", Holds.UNIT, True),
    ("terminated", "終端フラグ", Holds.FLAG),
)
TABLE: Final = _columns(
    ("level", "レベル", _F, True),
    ("terminated", "終端フラグ", Holds.FLAG),
    ("name", "部品項目", _T, True),
    ("support", "補助項目", _T),
    ("plant name", "事業所名", _T),
    ("plant", "事業所識別子", _T),
    ("trace", "トレース識別子", _T),
    ("amount", "活動量", _F),
    ("unit", "活動量単位", Holds.UNIT, True),
    ("request", "依頼ステータス", _T),
    ("supplier name", "事業者名", _T),
    ("supplier", "事業者識別子", _T),
    ("pre", "原材料取得および前処理CFP", _F),
    ("main", "主な製造CFP", _F),
    ("figure unit", "単位", _T),
    ("pre TeR", "前処理TeR", _F),
    ("pre TiR", "前処理TiR", _F),
    ("pre GeR", "前処理GeR", _F),
    ("main TeR", "製造TeR", _F),
    ("main TiR", "製造TiR", _F),
    ("main GeR", "製造GeR", _F),
)
SHEET: Final = _columns(
    ("name", "部品項目", _T, True),
    ("support", "補助項目", _T),
    ("plant name", "事業所名", _T),
    ("plant", "事業所識別子", _T),
    ("trace", "トレース識別子", _T),
    ("total", "CFP合計", _F, True),
    ("pre", "原材料取得および前処理CFP合計", _F, True),
    ("pre own", "前処理自社由来排出量", _F),
    ("pre supplied", "前処理部品由来排出量", _F),
    ("main", "主な製造CFP合計", _F, True),
    ("main own", "製造自社由来排出量", _F),
    ("main supplied", "製造部品由来排出量", _F),
    ("unit", "単位", Holds.UNIT, True),
    ("pre DQR", "原材料取得および前処理DQR合計", _F),
    ("pre TeR", "前処理TeR", _F),
    ("pre TiR", "前処理TiR", _F),
    ("pre GeR", "前処理GeR", _F),
    ("main DQR", "主な製造DQR合計", _F),
    ("main TeR", "製造TeR", _F),
    ("main TiR", "製造TiR", _F),
    ("main GeR", "製造GeR", _F),
)


@unique
class OuranosTable(Enum):
    """Which of the three."""

    STRUCTURE = "structure"
    TABLE = "table"
    SHEET = "sheet"

    @property
    def columns(self) -> tuple[Column, ...]:
        """Its columns, in their order."""
        return {OuranosTable.STRUCTURE: STRUCTURE, OuranosTable.TABLE: TABLE, OuranosTable.SHEET: SHEET}[self]

    @property
    def header(self) -> tuple[str, ...]:
        """Its header line."""
        return tuple(column.titles[0] for column in self.columns)


def kind_of(sheet: Sheet) -> OuranosTable | None:
    """Which table this is, by its header; None for none of them."""
    for kind in (OuranosTable.SHEET, OuranosTable.TABLE, OuranosTable.STRUCTURE):
        if header_of(sheet, kind.columns) is not None:
            return kind
    return None


def file_ouranos(sheet: Sheet, units: UnitNames, period: Period | None = None) -> Filing:
    """The part of a structure or a table, ready to be registered.

    ``period``: the days that its figures speak of. Raises ConfigurationError ``form-table-unknown``.
    """
    kind = kind_of(sheet)
    header = None if kind is None else header_of(sheet, kind.columns)
    if kind is None or header is None or kind is OuranosTable.SHEET:
        first = " | ".join(str(cell) for cell in (sheet.rows[0] if sheet.rows else ()) if cell is not None)
        raise NO_TABLE(header=first or "—", known="Ouranos parts structure, Ouranos CFP table")
    filled = read_table(sheet, kind.columns, units, header=header)
    findings = [*filled.findings, *_other_units(filled.rows, units)]
    rows = _structure_rows(filled.rows, period, findings) if filled.rows else Rows()
    return file_parts(rows, findings, refused_before=filled.refused)


def _other_units(filled: Sequence[FilledRow], units: UnitNames) -> Iterator[Finding]:
    """Figures that are not kg CO2e of the row's own unit: taken as they stand they would be others."""
    for row in filled:
        given = row.cells.get("figure unit")
        if given is None:
            continue
        mass, slash, of = plain(given).partition("/")
        try:
            same = mass.casefold() in _MASSES and bool(slash) and units.unit_of(of, row.at).code == row.cells["unit"]
        except RenkeiError:
            same = False
        if not same:
            at = f"{row.at.partition('!')[0]}!{row.places['figure unit']}"
            yield Finding(UNIT(at=at, found=given, proposal=f"kgCO2e/{row.cells['unit']}"))


def _structure_rows(filled: Sequence[FilledRow], period: Period | None, findings: list[Finding]) -> Rows:
    """The first row is the parent, in both tables; what follows goes into it."""
    parent, *children = (_in_capacity(row, findings) for row in filled)
    told = _period(parent, findings) if period is None else period
    if told is None:
        findings.append(Finding(DAY(at=parent.at, found=parent.cells.get("period", "—"), proposal="--period 2025")))
        return Rows()
    name = _id(parent.cells)
    parts = [_part_row(parent, told)]
    components, own = [], list(_own_rows(parent, name))
    for child in children:
        component = _id(child.cells)
        cells = {"parent": name, "component": component, "unit": child.cells["unit"], "stages": "component"}
        cells |= {cell: child.cells[cell] for cell in ("amount", "supplier") if cell in child.cells}
        components.append(FilledRow(child.at, cells, child.places))
        if "supplier" not in child.cells and (made := list(_own_rows(child, component))):
            parts.append(_part_row(child, told))  # an end part of our own, with its own emissions
            own += made
    return Rows(parts=parts, components=components, own=own)


def _in_capacity(row: FilledRow, findings: list[Finding]) -> FilledRow:
    """Parts that are counted in kWh are batteries: the application's word means their capacity, and no energy used."""
    if row.cells["unit"] != Unit.KILOWATT_HOUR.code:
        return row
    at = f"{row.at.partition('!')[0]}!{row.places['unit']}"
    findings.append(Finding(CAPACITY(at=at, found=row.cells["unit"]), refused=False))
    return FilledRow(row.at, {**row.cells, "unit": Unit.KILOWATT_HOUR_CAPACITY.code}, row.places)


def _id(cells: Mapping[str, str]) -> str:
    return cells.get("trace") or "/".join(cells[name] for name in ("name", "support") if name in cells)


def _part_row(row: FilledRow, period: Period) -> FilledRow:
    cells = {name: row.cells[name] for name in ("name", "support", "plant", "unit", "terminated") if name in row.cells}
    cells |= {"part": _id(row.cells), "start": period.start.isoformat(), "end": period.end.isoformat()}
    return FilledRow(row.at, cells, row.places)


def _own_rows(row: FilledRow, part: str) -> Iterator[FilledRow]:
    for stage, prefix in _STAGES:
        if prefix not in row.cells:
            continue
        cells = {"part": part, "name": stage.value, "stage": stage.value, "kgCO2e": row.cells[prefix]}
        ratings = {name: row.cells.get(f"{prefix} {name}", "0") for name in ("TeR", "GeR", "TiR")}
        if any(rating != "0" for rating in ratings.values()):
            cells |= ratings
        yield FilledRow(row.at, cells, row.places)


def _period(row: FilledRow, findings: list[Finding]) -> Period | None:
    """``2025-04-01~2026-03-31`` or a fiscal year (2025年度: April to March)."""
    text = row.cells.get("period", "")
    if fiscal := _FISCAL.fullmatch(text):
        year = int(fiscal[1])
        return Period(day_of(f"{year}-04-01", row.at).day, day_of(f"{year + 1}-03-31", row.at).day)
    between = _PERIOD.fullmatch(text)
    if between is None:
        return None
    try:
        start, end = (day_of(part, row.at).day for part in between.groups())
    except RenkeiError as error:
        findings.append(Finding(error))
        return None
    return Period(start, end) if start <= end else None


# --- out -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """How the application calls what a record is about."""

    name: str
    support: str = ""
    plant_name: str = ""
    plant: str = ""
    trace: str = ""


def sheet_of(calculation: Calculation, missing: MissingRating, naming: Naming) -> dict[str, str]:
    """The one row of the sheet by its header, per unit of the part, in five places, the sixth rounded up.

    ``missing``: how an absent rating counts. Distribution and end of life have no place in this table: the application
    knows two stages, and its total is theirs.
    """
    amount = Fraction(calculation.part.declared.value)
    figures: dict[str, str] = {}
    total = Fraction(0)
    for stage, prefix in _STAGES:
        whole, own = calculation.stages[stage] / amount, calculation.own[stage] / amount
        total += whole
        figures |= {prefix: _shown(whole), f"{prefix} own": _shown(own), f"{prefix} supplied": _shown(whole - own)}
        if (quality := calculation.quality_of(stage, missing)) is not None:
            ratings = zip(("TeR", "GeR", "TiR"), quality.figures(), strict=True)
            figures |= {f"{prefix} {name}": _shown(rating) for name, rating in ratings}
            figures[f"{prefix} DQR"] = _shown(quality.exact_rating())
    texts = {
        "name": naming.name,
        "support": naming.support,
        "plant name": naming.plant_name,
        "plant": naming.plant,
        "trace": naming.trace,
    }
    cells = {
        **{name: text_of(text, name) for name, text in texts.items()},
        "total": _shown(total),
        "unit": f"kgCO2e/{_unit(calculation.part.declared.unit)}",
        **figures,
    }
    return {column.titles[0]: cells.get(column.name, "0") for column in SHEET}


def _unit(unit: Unit) -> str:
    return {Unit.PIECE: "unit", Unit.KILOWATT_HOUR_CAPACITY: Unit.KILOWATT_HOUR.code}.get(unit, unit.code)


def _shown(figure: Fraction) -> str:
    return render_figure(_FIVE_PLACES.apply(figure))
