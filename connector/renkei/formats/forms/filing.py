"""From filled rows to parts that can be registered: each with its bill of materials and its inventory.

Four kinds of rows, whatever form they came in, with these cells (those with * are needed):

- parts: ``part``* (our id), ``name``, ``support``, ``plant``, ``unit``*, ``amount`` (that figures are given for; 1),
  ``start``*, ``end``*, ``terminated``
- components: ``parent``*, ``component``*, ``amount``*, ``unit``*, ``supplier`` and the other columns of a BOM
- own: ``part``*, ``name``*, ``stage``*, ``kgCO2e``*, ``TeR``, ``GeR``, ``TiR``
- secondary: ``part``*, ``name``*, ``stage``*, ``amount``*, ``unit``*, ``factor``*, ``value``*, ``factor unit``,
  ``source``*, ``version``*, ``licence``*, ``region``, ``year``, ``personal``, ``TeR``, ``GeR``, ``TiR``

What must hold:

1. every row is about a part that a row of ``parts`` tells;
2. a part is told once, or twice in the same words;
3. each row is what the readers of our own files take: nothing is weaker here because it came by a form.

A row that breaks one of these is refused alone; whether the rest is then taken is for the caller to decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from renkei.battery.footprint.inventory import Inventory, OwnEmission, SecondaryUse
from renkei.battery.footprint.record import FACTOR_PREFIX
from renkei.battery.parts.bom import Bom, BomLine
from renkei.battery.parts.part import Part, Period
from renkei.battery.problems import INPUT
from renkei.battery.reading import Members
from renkei.formats.forms.columns import FilledRow, Finding
from renkei.formats.forms.form_problems import NO_PART, NOTHING, TWICE
from renkei.kernel.problems import RenkeiError

_RATINGS: Final = ("TeR", "GeR", "TiR")
_PART_FACTS: Final = ("name", "support", "plant")
_FACTOR: Final[Mapping[str, str]] = {
    "factor": "name",
    "value": "value",
    "source": "source",
    "version": "version",
    "licence": "licence",
    "region": "region",
}
_COMPANY: Final = "urn:renkei:whoever-registers-it"  # the daemon puts its own participant there


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows of one file, by kind."""

    parts: Sequence[FilledRow] = ()
    components: Sequence[FilledRow] = ()
    own: Sequence[FilledRow] = ()
    secondary: Sequence[FilledRow] = ()

    def count(self) -> int:
        """How many there are."""
        return sum(map(len, (self.parts, self.components, self.own, self.secondary)))


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledPart:
    """A part as it is registered: ``facts`` are its name, support name, plant, unit and end mark."""

    id: str
    facts: Mapping[str, object]
    bom: str | None
    inventory: Mapping[str, object]

    def to_json(self) -> dict[str, object]:
        """The members by which the management API registers a part."""
        members: dict[str, object] = {**self.facts, "inventory": dict(self.inventory)}
        return members if self.bom is None else members | {"bom": self.bom}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """What a file comes to: the parts, how many rows are in them, and everything to tell."""

    parts: tuple[FiledPart, ...]
    accepted: int
    refused: int
    findings: tuple[Finding, ...]

    @property
    def whole(self) -> bool:
        """Whether every row was taken."""
        return self.refused == 0


@dataclass(slots=True)
class _Part:
    row: FilledRow
    lines: list[BomLine] = field(default_factory=list)
    own: list[OwnEmission] = field(default_factory=list)
    secondary: list[SecondaryUse] = field(default_factory=list)


def file_parts(rows: Rows, findings: Iterable[Finding] = (), refused_before: int = 0) -> Filing:
    """Put the rows together. ``findings`` and ``refused_before``: of the rows that could not even be read."""
    filing = _Filing(list(findings), refused=refused_before)
    for row in rows.parts:
        filing.take(row, filing.open)
    for row in rows.components:
        filing.take(row, lambda row: filing.part(row, "parent").lines.append(_line(row)))
    for row in rows.own:
        filing.take(row, lambda row: filing.part(row, "part").own.append(_own(row)))
    for row in rows.secondary:
        filing.take(row, lambda row: filing.part(row, "part").secondary.append(_secondary(row)))
    return filing.close()


@dataclass(slots=True)
class _Filing:
    findings: list[Finding]
    refused: int
    accepted: int = 0
    parts: dict[str, _Part] = field(default_factory=dict)

    def take(self, row: FilledRow, into: Callable[[FilledRow], None]) -> None:
        try:
            into(row)
        except RenkeiError as error:
            self.findings.append(Finding(error))
            self.refused += 1
        else:
            self.accepted += 1

    def open(self, row: FilledRow) -> None:
        name = row.cells["part"]
        before = self.parts.setdefault(name, _Part(row))
        if before.row is not row and before.row.cells != row.cells:  # 2
            raise TWICE(at=row.at, part=name)
        _inventory(before)  # 3: unit and period are known to be good before anything hangs on them

    def part(self, row: FilledRow, column: str) -> _Part:
        name = row.cells[column]
        if name not in self.parts:  # 1
            raise NO_PART(at=row.at, part=name)
        return self.parts[name]

    def close(self) -> Filing:
        parts = []
        for name, part in self.parts.items():
            try:
                parts.append(_filed(name, part))
            except RenkeiError as error:
                self.findings.append(Finding(error))
                self.refused += 1
        if not self.accepted and not any(finding.refused for finding in self.findings):
            self.findings.append(Finding(NOTHING()))
        return Filing(parts=tuple(parts), accepted=self.accepted, refused=self.refused, findings=tuple(self.findings))


def _filed(name: str, part: _Part) -> FiledPart:
    cells = part.row.cells
    inventory = _inventory(part).to_json()
    del inventory["company"]
    return FiledPart(
        id=name,
        facts={
            **{fact: cells[fact] for fact in _PART_FACTS if fact in cells},
            "unit": cells["unit"],
            "terminated": cells.get("terminated") == "yes",
        },
        bom=Bom(tuple(part.lines)).to_csv() if part.lines else None,
        inventory=inventory,
    )


def _inventory(part: _Part) -> Inventory:
    members = Members(
        {
            "part": part.row.cells["part"],
            "company": _COMPANY,
            "declaredUnit": part.row.cells["unit"],
            "declaredUnitAmount": part.row.cells.get("amount", "1"),
            "period": {"start": part.row.cells["start"], "end": part.row.cells["end"]},
        }
        | ({"plant": part.row.cells["plant"]} if "plant" in part.row.cells else {}),
        INPUT,
        part.row.at,
    )
    return Inventory(
        part=Part.read(members),
        period=Period.read(members.inner("period")),
        own=tuple(part.own),
        secondary=tuple(part.secondary),
    )


def _line(row: FilledRow) -> BomLine:
    return BomLine.read(Members({"stages": "component", **row.cells}, INPUT, row.at))


def _own(row: FilledRow) -> OwnEmission:
    cells = {name: row.cells[name] for name in ("name", "stage", "kgCO2e") if name in row.cells}
    return OwnEmission.read(Members(cells | _quality(row), INPUT, row.at))


def _secondary(row: FilledRow) -> SecondaryUse:
    factor: dict[str, object] = {name: row.cells[cell] for cell, name in _FACTOR.items() if cell in row.cells}
    factor["unit"] = FACTOR_PREFIX + row.cells.get("factor unit", row.cells["unit"])
    if "year" in row.cells:
        year = row.cells["year"]
        factor["year"] = int(year) if year.isdecimal() else year
    if row.cells.get("personal") == "yes":
        factor["personal"] = True
    use: dict[str, object] = {
        name: row.cells[name] for name in ("name", "stage", "amount", "unit") if name in row.cells
    }
    read = SecondaryUse.read(Members({**use, "factor": factor} | _quality(row), INPUT, row.at))
    read.emission()  # 3: its unit must be one that the factor's can count
    return read


def _quality(row: FilledRow) -> dict[str, object]:
    ratings = {name: row.cells[name] for name in _RATINGS if name in row.cells}
    return {"quality": ratings} if ratings else {}
