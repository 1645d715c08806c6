"""What a company says of itself: minerals it sources for a part, and what it expects in bought components.

``expected`` is, by component, the minerals it must hold, with kg per declared amount of our part where known; a
component that is not in it may hold anything. Shape: as the record's ``minerals``, ``absent`` and ``grievance``, but
with facilities by name, each with its salt, in place of hashes, and with what only we know of evidence::

    {"@type": "DiligenceStatement", …, "minerals": [{…, "facilities": [{"role": "smelter", "name": "…", "country": "FI",
      "scheme": "RMAP", "schemeId": "CID…", "status": "conformant", "audited": "…", "expires": "…", "salt": "…"}]}],
     "absent": […], "expected": [{"component": "…", "minerals": [{"mineral": "cobalt", "amount": "0.08"}]}],
     "grievance": "https://…"}

Raises ConfigurationError ``battery-input-…``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Self

from renkei.battery.diligence.codes import DiligenceCodes
from renkei.battery.diligence.facilities import Facility, read_facilities
from renkei.battery.diligence.record import MineralEntry, read_absent, read_entry
from renkei.battery.parts.part import Part, Period
from renkei.battery.problems import INPUT
from renkei.battery.reading import POSITIVE, Members


@dataclass(frozen=True, slots=True)
class DiligenceStatement:
    """Our own word. ``facilities``: by mineral, those we know."""

    part: Part
    period: Period
    minerals: tuple[MineralEntry[Decimal], ...]
    absent: tuple[str, ...]
    expected: Mapping[str, Mapping[str, Decimal | None]]
    facilities: Mapping[str, tuple[Facility, ...]] = field(default_factory=dict)
    grievance: str | None = None

    @classmethod
    def from_json(cls, value: object, codes: DiligenceCodes) -> Self:
        """Read a statement file."""
        members = Members.typed(value, INPUT, "DiligenceStatement")
        entries: list[MineralEntry[Decimal]] = []
        facilities: dict[str, tuple[Facility, ...]] = {}
        for each in members.each("minerals"):
            entry = read_entry(each, codes, digests=False)
            entries.append(entry)
            if named := read_facilities(each, codes):
                facilities[entry.mineral] = named
            each.close()
        statement = cls(
            part=Part.read(members),
            period=Period.read(members.inner("period")),
            minerals=tuple(entries),
            absent=read_absent(members, codes, entries),
            expected=_read_expected(members, codes),
            facilities=facilities,
            grievance=members.optional_text("grievance"),
        )
        members.close()
        return statement


def _read_expected(members: Members, codes: DiligenceCodes) -> Mapping[str, Mapping[str, Decimal | None]]:
    expected: dict[str, Mapping[str, Decimal | None]] = {}
    for component in members.each("expected"):
        name = component.text("component")
        if name in expected:
            raise component.inconsistent("component", name, "its second mention")
        minerals: dict[str, Decimal | None] = {}
        for mineral in component.each("minerals"):
            code = mineral.text("mineral")
            if code not in codes.minerals or code in minerals:
                raise mineral.malformed("mineral", code, "one of " + ", ".join(codes.minerals) + ", each once")
            minerals[code] = mineral.optional_figure("amount", POSITIVE)
            mineral.close()
        component.close()
        expected[name] = minerals
    return expected
