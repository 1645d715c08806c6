"""The bill of materials: which components, from whom, in which amount go into the declared amount of a part.

A line without a supplier is a component that we make ourselves. ``amount`` is what ends up in the part; with a
``yield`` below 1 more is needed (amount / yield), and the scrap's footprint counts. ``stages`` names a stage map of
the rule set: into which of the part's life-cycle stages the component's stages fall (Annex II(4): all that a component
supplier did is raw material acquisition to the pack maker, except cell and battery assembly).

What a line is made of (``material``), where that comes from (``region``), what is paid for its amount (``spend`` in a
``currency``) and in which ``sector`` serve to estimate it while the supplier has not answered; all may be absent.

CSV: a header line, ``parent,component,supplier,amount,unit,yield,stages`` and these columns; ``supplier`` and ``yield``
may be empty or absent, too, and the rest is as for every table (``table``). Figures have a point in any case. Raises
ConfigurationError ``battery-bom-csv-broken`` or ``battery-input-…`` with the line.

What must hold of the bill of materials of one part, beside that it can be read (``demand_of``):

1. every line is of that part;
2. every line names a stage map of the rule set.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Self

from renkei.battery.parts.table import Table
from renkei.battery.problems import CSV_BROKEN, INPUT, OTHER_PART
from renkei.battery.reading import YIELD, Members
from renkei.battery.units import MONEY, Quantity, render_figure

_ONE = Decimal(1)
_TABLE = Table(
    needed=("parent", "component", "amount", "unit", "stages"),
    optional=("supplier", "yield", "material", "region", "sector", "spend", "currency"),
    broken=CSV_BROKEN,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BomLine:
    """One component of one part, per declared amount of the part. ``at``: where it was read, such as ``line 3``.

    ``ours``: what we call it, where ``component`` is the supplier's number for it.
    """

    parent: str
    component: str
    supplier: str | None
    amount: Quantity
    stage_map: str
    process_yield: Decimal = _ONE
    material: str | None = None
    region: str | None = None
    sector: str | None = None
    spend: Quantity | None = None
    at: str = field(default="", compare=False, repr=False)
    ours: str = field(default="", compare=False, repr=False)

    @property
    def called(self) -> str:
        """What we call the component."""
        return self.ours or self.component

    def times(self, declared: Quantity) -> Fraction:
        """How many times the component's declared amount goes into the parent's, scrap included."""
        count = self.amount.count(declared.unit, self.component)
        return count / Fraction(self.process_yield) / Fraction(declared.value)

    def counts(self, declared: Quantity) -> bool:
        """Whether this line's unit can count what figures are given per."""
        return self.amount.unit.dimension is declared.unit.dimension

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        members: dict[str, object] = {
            "parent": self.parent,
            "component": self.component,
            "amount": render_figure(self.amount.value),
            "unit": self.amount.unit.code,
            "yield": render_figure(self.process_yield),
            "stages": self.stage_map,
        }
        said = {"supplier": self.supplier, "material": self.material, "region": self.region, "sector": self.sector}
        members |= {name: value for name, value in said.items() if value is not None}
        if self.spend is not None:
            members |= {"spend": render_figure(self.spend.value), "currency": self.spend.unit.code}
        return members

    @classmethod
    def read(cls, members: Members) -> Self:
        """From an open JSON object (or a CSV line in that shape)."""
        line = cls(
            parent=members.text("parent"),
            component=members.text("component"),
            supplier=members.optional_text("supplier"),
            amount=members.quantity("amount", "unit"),
            process_yield=members.figure("yield", YIELD) if members.has("yield") else _ONE,
            stage_map=members.text("stages"),
            material=members.optional_text("material"),
            region=members.optional_text("region"),
            sector=members.optional_text("sector"),
            spend=members.quantity("spend", "currency") if members.has("spend") else None,
            at=members.at,
        )
        if line.spend is not None and line.spend.unit.dimension not in MONEY:
            raise members.malformed("currency", line.spend.unit.code, "a currency, such as euro")
        members.close()
        return line


@dataclass(frozen=True, slots=True)
class Bom:
    """All lines a company holds, of one part or of many."""

    lines: tuple[BomLine, ...]
    _by_parent: Mapping[str, tuple[BomLine, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_parent: dict[str, list[BomLine]] = {}
        for line in self.lines:
            by_parent.setdefault(line.parent, []).append(line)
        object.__setattr__(self, "_by_parent", {parent: tuple(lines) for parent, lines in by_parent.items()})

    def under(self, parent: str) -> tuple[BomLine, ...]:
        """The lines of one part."""
        return self._by_parent.get(parent, ())

    def bought(self) -> Mapping[tuple[str, str], tuple[BomLine, ...]]:
        """The lines of each component that we buy, by component and supplier, in the order of the first of them."""
        found: dict[tuple[str, str], list[BomLine]] = {}
        for line in self.lines:
            if line.supplier is not None:
                found.setdefault((line.component, line.supplier), []).append(line)
        return {supply: tuple(lines) for supply, lines in found.items()}

    def demand_of(self, part: str, stage_maps: Collection[str]) -> None:
        """That this can be the bill of materials of one part (1, 2). Raises ``battery-input-…`` with the line."""
        for line in self.lines:
            if line.parent != part:  # 1
                raise OTHER_PART(at=f"{line.at}/parent", found=line.parent, part=part)
            if line.stage_map not in stage_maps:  # 2
                known = ", ".join(stage_maps)
                raise INPUT.malformed(at=f"{line.at}/stages", found=line.stage_map, expected=f"one of {known}")

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        return {"@type": "BillOfMaterials", "lines": [line.to_json() for line in self.lines]}

    def to_csv(self) -> str:
        """The CSV form."""
        return _TABLE.write({name: str(value) for name, value in line.to_json().items()} for line in self.lines)

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read ``{"@type": "BillOfMaterials", "lines": […]}``."""
        members = Members.typed(value, INPUT, "BillOfMaterials")
        bom = cls(tuple(BomLine.read(line) for line in members.each("lines")))
        members.close()
        return bom

    @classmethod
    def from_csv(cls, text: str) -> Self:
        """Read the CSV form; a byte order mark, as spreadsheets write it, is allowed."""
        return cls(tuple(BomLine.read(Members(row.cells, INPUT, row.at)) for row in _TABLE.read(text)))
