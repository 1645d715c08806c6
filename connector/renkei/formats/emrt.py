"""A minerals reporting workbook: our statement as the four tabs that buyers know from the industry, and back.

The form is of our own making; it follows the tabs and columns that the industry's extended minerals template is known
for (Declaration, Smelter List, Mine List, Product List), so that people find their way, and holds none of its texts or
lists. The seven questions for each mineral are: is it in the product, for which share of its mass is the status known,
and the five OECD steps.

No cell that is read may be a formula or begin with ``=`` or ``#``, and none that is written does. What finds no place
on the other side is told as a ``SheetLoss``: nothing is dropped silently. Raises ConfigurationError ``emrt-…``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Final

from renkei.battery.diligence.codes import DiligenceCodes, Status
from renkei.battery.diligence.facilities import Facility, FacilityRole
from renkei.battery.diligence.finding import worst
from renkei.battery.diligence.record import MineralEntry
from renkei.battery.diligence.rollup import DiligenceCalculation
from renkei.battery.diligence.statement import DiligenceStatement
from renkei.battery.label import Label
from renkei.battery.units import Rounding, parse_figure, render_figure
from renkei.formats.cells import Cell, Choice, Look, Sheet, Workbook, address
from renkei.formats.emrt_problems import BAD_WORKBOOK, UNSAFE_CELL

DECLARATION: Final = "Declaration"
SMELTERS: Final = "Smelter List"
MINES: Final = "Mine List"
PRODUCTS: Final = "Product List"
SMELTER_COLUMNS: Final = (
    "Smelter Identification Number Input",
    "Metal",
    "Smelter Look-up",
    "Smelter Name",
    "Smelter Country",
    "Smelter Identification",
    "Source of Identification",
    "Assessment Status",
    "Smelter Street",
    "Smelter City",
    "State / Province",
    "Contact Name",
    "Contact Email",
    "Proposed Next Steps",
    "Name of Mine(s)",
    "Country of Mine(s)",
    "100% Recycled or Scrap?",
    "Comments",
)
MINE_COLUMNS: Final = (
    "Metal",
    "Mine Name",
    "Mine Country",
    "Mine Identification",
    "Source of Identification",
    "Comments",
)
PRODUCT_COLUMNS: Final = (
    "Manufacturer Product Number",
    "Manufacturer Product Name",
    "Requester Product Number",
    "Requester Product Name",
)
_YES, _NO, _UNKNOWN = "Yes", "No", "Unknown"
_ANSWERS: Final[Mapping[Status, str]] = {Status.MET: "Met", Status.NOT_MET: "Not met", Status.UNKNOWN: _UNKNOWN}
_STATUSES: Final = {word: status for status, word in _ANSWERS.items()}
_PRESENT: Final = "1. Is the mineral in the product?"
_COVERED: Final = "2. For which share of its mass is the status known (0 to 1)?"
_STEP: Final = "{number}. OECD step {step}: {label}"
_QUESTION_ROW: Final = 8
_FIRST_LIST_ROW: Final = 1
_MOST_ROWS: Final = 5000
_SHOWN: Final = Rounding(34)
_NOT_TAKEN: Final = Label("Renkei keeps nothing of the kind", "Renkeiには対応する項目がありません")
_NOT_WRITTEN: Final = Label("the form has no place for it", "様式に対応する欄がありません")
_HIDDEN: Final = Label("known to us only as a hash", "ハッシュとしてのみ把握しています")


@dataclass(frozen=True, slots=True)
class SheetLoss:
    """What does not come through: where it stands (a cell or a member), and why."""

    at: str
    why: Label


@dataclass(frozen=True, slots=True, kw_only=True)
class EmrtContent:
    """What a workbook says, as members of a DiligenceStatement, and what of it was left out."""

    company: str
    part: str
    minerals: tuple[Mapping[str, object], ...]
    absent: tuple[str, ...]
    grievance: str | None = None
    losses: tuple[SheetLoss, ...] = field(default=())


# --- writing -----------------------------------------------------------------------------------------


def write_emrt(
    statement: DiligenceStatement, calculation: DiligenceCalculation, codes: DiligenceCodes
) -> tuple[Workbook, tuple[SheetLoss, ...]]:
    """The workbook for a customer, facilities of our own statement by name, and what it does not hold.

    Raises ConfigurationError ``emrt-cell-unsafe`` for a text of ours that no cell may hold.
    """
    named = [(mineral, facility) for mineral, each in statement.facilities.items() for facility in each]
    book = Workbook(
        (
            _declaration(calculation, codes),
            _list_sheet(SMELTERS, SMELTER_COLUMNS, [_smelter(m, f, codes) for m, f in named if not _is_mine(f)]),
            _list_sheet(MINES, MINE_COLUMNS, [_mine(m, f, codes) for m, f in named if _is_mine(f)]),
            _list_sheet(PRODUCTS, PRODUCT_COLUMNS, [(calculation.part.id, None, None, None)]),
        )
    )
    for sheet in book.sheets:
        _demand_safe(sheet)
    return book, tuple(_unwritten(calculation, {facility.digest for _, facility in named}))


def _is_mine(facility: Facility) -> bool:
    return facility.role is FacilityRole.MINE


def _declaration(calculation: DiligenceCalculation, codes: DiligenceCodes) -> Sheet:
    entries = {entry.mineral: entry for entry in calculation.minerals}
    rows: list[tuple[Cell, ...]] = [
        ("Minerals reporting form / 鉱物報告様式",),
        ("Company", calculation.part.company),
        ("Declaration Scope", "B. Product (or list of products)"),
        ("Product", calculation.part.id),
        ("Valid from", calculation.period.start),
        ("Valid to", calculation.period.end),
        ("A. Grievance channel", calculation.grievance),
        (),
        ("Question", *(f"{label.en} / {label.ja}" for label in codes.minerals.values())),
        (_PRESENT, *(_presence(code, entries, calculation.absent) for code in codes.minerals)),
        (_COVERED, *(_share(entries.get(code)) for code in codes.minerals)),
    ]
    for number, (step, label) in enumerate(codes.steps.items(), 3):
        question = _STEP.format(number=number, step=step, label=f"{label.en} / {label.ja}")
        rows.append((question, *(_answer(step, entries.get(code)) for code in codes.minerals)))
    last = len(codes.minerals)
    first_step = _QUESTION_ROW + 3
    choices = [
        Choice(column=column, first_row=_QUESTION_ROW + 1, last_row=_QUESTION_ROW + 1, values=(_YES, _NO, _UNKNOWN))
        for column in range(1, last + 1)
    ]
    choices += [
        Choice(column=column, first_row=first_step, last_row=len(rows) - 1, values=tuple(_STATUSES))
        for column in range(1, last + 1)
    ]
    looks = {(0, 0): Look.TITLE} | {(_QUESTION_ROW, column): Look.HEADING for column in range(last + 1)}
    return Sheet(name=DECLARATION, rows=tuple(rows), looks=looks, choices=tuple(choices), widths=(60, *([24] * last)))


def _presence(mineral: str, entries: Mapping[str, object], absent: Sequence[str]) -> str:
    if mineral in absent:
        return _NO
    return _YES if mineral in entries else _UNKNOWN


def _share(entry: MineralEntry[Fraction] | None) -> Cell:
    return None if entry is None or entry.covered is None else _SHOWN.apply(entry.covered)


def _answer(step: str, entry: MineralEntry[Fraction] | None) -> Cell:
    return None if entry is None else _ANSWERS[entry.steps[step]]


def _list_sheet(name: str, columns: tuple[str, ...], rows: Sequence[tuple[Cell, ...]]) -> Sheet:
    looks = {(0, column): Look.HEADING for column in range(len(columns))}
    return Sheet(name=name, rows=(columns, *rows), looks=looks, widths=(22,) * len(columns), frozen=1)


def _smelter(mineral: str, facility: Facility, codes: DiligenceCodes) -> tuple[Cell, ...]:
    status = codes.facility_statuses[facility.status].label.en if facility.status else None
    return (
        facility.scheme_id,
        codes.minerals[mineral].en,
        None,
        facility.name,
        facility.country,
        facility.scheme_id,
        facility.scheme,
        status,
    )


def _mine(mineral: str, facility: Facility, codes: DiligenceCodes) -> tuple[Cell, ...]:
    return (codes.minerals[mineral].en, facility.name, facility.country, facility.scheme_id, facility.scheme, None)


def _unwritten(calculation: DiligenceCalculation, named: set[str]) -> Iterator[SheetLoss]:
    for entry in calculation.minerals:
        at = f"/minerals/{entry.mineral}"
        for member, held in (
            ("risks", entry.risks),
            ("matrix", entry.findings),
            ("evidence", entry.evidence),
            ("expires", entry.expires),
            ("amount", entry.amount),
            ("compound", entry.compound),
            ("originCountries", entry.origins),
        ):
            if held:
                yield SheetLoss(f"{at}/{member}", _NOT_WRITTEN)
        for digest in entry.facilities:
            if digest not in named:
                yield SheetLoss(f"{at}/facilities/{digest}", _HIDDEN)
    for index, _ in enumerate(calculation.alerts):
        yield SheetLoss(f"/alerts/{index}", _NOT_WRITTEN)


# --- reading -----------------------------------------------------------------------------------------


def read_emrt(book: Workbook, codes: DiligenceCodes) -> EmrtContent:
    """What a filled-in workbook says; facilities come without salts, which whoever registers them adds.

    What must hold:
    1. the four tabs are there with their columns, in their order, and no list is longer than 5,000 rows;
    2. no cell is a formula, or begins with = or #;
    3. every answer is one of those that the form offers, every metal one of the code list's.
    """
    sheets = {name: _demand_sheet(book, name) for name in (DECLARATION, SMELTERS, MINES, PRODUCTS)}  # 1
    for sheet in sheets.values():
        _demand_safe(sheet)  # 2
    losses: list[SheetLoss] = []
    facilities: dict[str, list[Mapping[str, object]]] = {}
    for mineral, facility in (
        *_facilities(sheets[SMELTERS], SMELTER_COLUMNS, codes, losses),
        *_facilities(sheets[MINES], MINE_COLUMNS, codes, losses),
    ):
        facilities.setdefault(mineral, []).append(facility)
    declaration = sheets[DECLARATION]
    minerals, absent = [], []
    for column, mineral in enumerate(codes.minerals, 1):
        entry = _read_mineral(declaration, column, mineral, codes)
        if entry is None and mineral in facilities:
            at = address(_QUESTION_ROW + 1, column)
            raise BAD_WORKBOOK(sheet=DECLARATION, at=at, found=_NO, expected=f"{_YES}: the lists name facilities")
        if entry is None:
            absent.append(mineral)
        else:
            minerals.append({**entry, "facilities": facilities[mineral]} if mineral in facilities else entry)
    _products(sheets[PRODUCTS], losses)
    return EmrtContent(
        company=_text(declaration, 1, 1) or "",
        part=_text(declaration, 3, 1) or "",
        minerals=tuple(minerals),
        absent=tuple(absent),
        grievance=_text(declaration, 6, 1),
        losses=tuple(losses),
    )


def _demand_sheet(book: Workbook, name: str) -> Sheet:
    sheet = book.sheet(name)
    if sheet is None:
        raise BAD_WORKBOOK(sheet=name, at="A1", found="a missing tab", expected=f"the tab {name}")
    if len(sheet.rows) > _MOST_ROWS:
        raise BAD_WORKBOOK(sheet=name, at=f"A{_MOST_ROWS + 1}", found=len(sheet.rows), expected="at most 5,000 rows")
    return sheet


def _demand_safe(sheet: Sheet) -> None:
    for at in sorted(sheet.formulas):
        raise UNSAFE_CELL(sheet=sheet.name, at=at, found="a formula")
    for row, column, cell in sheet.filled():
        if isinstance(cell, str) and cell.lstrip().startswith(("=", "#")):
            raise UNSAFE_CELL(sheet=sheet.name, at=address(row, column), found=repr(cell[:40]))


def _read_mineral(sheet: Sheet, column: int, mineral: str, codes: DiligenceCodes) -> dict[str, object] | None:
    """Members of a statement's entry; None: it is not in the product."""
    present = _choice(sheet, _QUESTION_ROW + 1, column, (_YES, _NO, _UNKNOWN)) or _UNKNOWN
    if present == _NO:
        return None
    steps = {}
    for row, step in enumerate(codes.steps, _QUESTION_ROW + 3):
        word = _choice(sheet, row, column, tuple(_STATUSES))
        steps[step] = _STATUSES[word] if word is not None else Status.UNKNOWN
    status = worst(steps.values())
    covered = _figure(sheet, _QUESTION_ROW + 2, column)
    if covered is None:
        covered = Decimal(0) if status is Status.UNKNOWN else Decimal(1)
    if status is Status.UNKNOWN and covered == 1:  # met steps with less may be: the form tells of no risks
        at = address(_QUESTION_ROW + 2, column)
        raise BAD_WORKBOOK(sheet=sheet.name, at=at, found=covered, expected=f"a share that fits {_ANSWERS[status]}")
    return {
        "mineral": mineral,
        "steps": {step: answer.value for step, answer in steps.items()},
        "risks": [],
        "evidence": [],
        "status": status.value,
        "covered": render_figure(covered),
    }


def _choice(sheet: Sheet, row: int, column: int, known: tuple[str, ...]) -> str | None:
    found = _text(sheet, row, column)
    if found is None:
        return None
    for word in known:
        if word.casefold() == found.casefold():
            return word
    raise BAD_WORKBOOK(sheet=sheet.name, at=address(row, column), found=found, expected="one of " + ", ".join(known))


def _figure(sheet: Sheet, row: int, column: int) -> Decimal | None:
    cell = sheet.cell(row, column)
    if cell is None:
        return None
    figure = cell if isinstance(cell, Decimal) else parse_figure(str(cell).strip())
    if figure is None or not 0 <= figure <= 1:
        raise BAD_WORKBOOK(sheet=sheet.name, at=address(row, column), found=cell, expected="a share from 0 to 1")
    return figure


def _text(sheet: Sheet, row: int, column: int) -> str | None:
    cell = sheet.cell(row, column)
    text = "" if cell is None else str(cell).strip()
    return text or None


def _facilities(
    sheet: Sheet, columns: tuple[str, ...], codes: DiligenceCodes, losses: list[SheetLoss]
) -> Iterator[tuple[str, Mapping[str, object]]]:
    found = tuple(_text(sheet, 0, column) for column in range(len(columns)))
    if found != columns:
        raise BAD_WORKBOOK(sheet=sheet.name, at="A1", found=found, expected="the columns " + ", ".join(columns))
    for row in range(_FIRST_LIST_ROW, len(sheet.rows)):
        given = {name: text for column, name in enumerate(columns) if (text := _text(sheet, row, column)) is not None}
        if given:
            yield _facility(sheet, row, columns, given, codes)
            losses += _left_out(sheet, row, columns, given)


_TAKEN: Final = frozenset(
    {
        "Metal",
        "Smelter Identification Number Input",
        "Smelter Name",
        "Smelter Country",
        "Smelter Identification",
        "Source of Identification",
        "Assessment Status",
        "Mine Name",
        "Mine Country",
        "Mine Identification",
    }
)


def _left_out(sheet: Sheet, row: int, columns: tuple[str, ...], given: Mapping[str, str]) -> Iterator[SheetLoss]:
    for column, name in enumerate(columns):
        if name in given and name not in _TAKEN:
            yield SheetLoss(f"{sheet.name}!{address(row, column)}", _NOT_TAKEN)


def _facility(
    sheet: Sheet, row: int, columns: tuple[str, ...], given: Mapping[str, str], codes: DiligenceCodes
) -> tuple[str, Mapping[str, object]]:
    mine = columns is MINE_COLUMNS

    def demand(name: str, known: Mapping[str, str]) -> str:
        code = known.get(given.get(name, "").casefold())
        if code is None:
            at = address(row, columns.index(name))
            raise BAD_WORKBOOK(
                sheet=sheet.name, at=at, found=given.get(name, "nothing"), expected="one of " + ", ".join(known)
            )
        return code

    mineral = demand("Metal", {label.en.casefold(): code for code, label in codes.minerals.items()})
    kind = "Mine" if mine else "Smelter"
    if f"{kind} Name" not in given:
        at = address(row, columns.index(f"{kind} Name"))
        raise BAD_WORKBOOK(sheet=sheet.name, at=at, found="nothing", expected="a name")
    facility: dict[str, object] = {
        "role": (FacilityRole.MINE if mine else FacilityRole.SMELTER).value,
        "name": given[f"{kind} Name"],
    }
    country = given.get(f"{kind} Country")
    if country is not None:
        if len(country) != 2 or not country.isascii() or not country.isupper():
            at = address(row, columns.index(f"{kind} Country"))
            raise BAD_WORKBOOK(
                sheet=sheet.name, at=at, found=country, expected="a country code of two letters (ISO 3166-1)"
            )
        facility["country"] = country
    if "Source of Identification" in given:
        facility["scheme"] = given["Source of Identification"]
    number = given.get(f"{kind} Identification") or given.get("Smelter Identification Number Input")
    if number is not None:
        facility["schemeId"] = number
    if "Assessment Status" in given:
        known = {status.label.en.casefold(): code for code, status in codes.facility_statuses.items()}
        facility["status"] = demand("Assessment Status", known)
    return mineral, facility


def _products(sheet: Sheet, losses: list[SheetLoss]) -> None:
    for row in range(_FIRST_LIST_ROW, len(sheet.rows)):
        columns = [column for column in range(1, len(PRODUCT_COLUMNS)) if _text(sheet, row, column) is not None]
        losses += [SheetLoss(f"{sheet.name}!{address(row, column)}", _NOT_TAKEN) for column in columns]
