"""Everything a footprint is calculated from, as one document whose leaves have names: what makes a record repeatable.

``CalculationInputs.perform()`` depends on nothing else: whoever holds the inputs gets the same figures, to the last
digit, for as long as the engine is the one named. ``leaves()`` cuts the document into pieces with JSON pointers as
names, so that a company can commit to all of them and later open some (one line of the bill of materials, one
measurement) without the rest; the headers say how many pieces there are, so that none can be left out unnoticed.

Shape::

    {"@type": "CalculationInputs", "engine": "renkei-footprint-1", "part": "…", "ruleSet": {…BatteryRuleSet…},
     "inventories": [{…FootprintInventory…}], "bom": [{…line…}], "received": [{…FootprintRecord…}],
     "factors": {…SecondaryFactorList…}}

Leaves: ``""`` is the document with each array replaced by ``{"entries": <its length>}``; ``/ruleSet``, ``/factors``,
``/bom/0``, ``/received/0`` are whole; ``/inventories/0`` is again a header, ``/inventories/0/own/0`` an entry of it.
Inventories and received records stand in a fixed order, lines in the order of the bill of materials.

Raises ConfigurationError ``battery-input-…``; PeerError ``battery-record-…`` for received records.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from renkei.battery.footprint.calculation import Calculation
from renkei.battery.footprint.factors import FactorList
from renkei.battery.footprint.inventory import Inventory
from renkei.battery.footprint.record import FootprintRecord
from renkei.battery.footprint.rollup import roll_up
from renkei.battery.footprint.rules import RuleSet
from renkei.battery.parts.bom import Bom, BomLine
from renkei.battery.problems import INPUT
from renkei.battery.reading import Members
from renkei.kernel import jcs

ENGINE: Final = "renkei-footprint-1"
"""The engine of this release. It gets another name with every change by which the same inputs give other figures."""
_WHOLE = ("ruleSet", "factors")
_WHOLE_NAMES = frozenset(f"/{name}" for name in _WHOLE)
_NESTED = re.compile(r"/inventories/[0-9]+")
_ENTRIES = "entries"


@dataclass(frozen=True, slots=True)
class Leaf:
    """One named piece of the inputs; ``content`` is the canonical JSON that is hashed."""

    name: str
    value: object

    @property
    def content(self) -> bytes:
        """The canonical bytes (RFC 8785)."""
        return jcs.canonical(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalculationInputs:
    """All that one part's footprint is made of. Private: nothing of it leaves the house but by a decision."""

    part: str
    inventories: tuple[Inventory, ...]
    bom: Bom
    received: tuple[FootprintRecord, ...]
    rules: RuleSet
    factors: FactorList = field(default_factory=FactorList)
    engine: str = ENGINE

    @classmethod
    def of(
        cls,
        part: str,
        inventories: Iterable[Inventory],
        bom: Bom,
        received: Iterable[FootprintRecord],
        rules: RuleSet,
        factors: FactorList | None = None,
    ) -> Self:
        """The inputs in their fixed order."""
        return cls(
            part=part,
            inventories=tuple(sorted(inventories, key=lambda each: each.part.id)),
            bom=bom,
            received=tuple(sorted(received, key=lambda each: (each.company, each.part, each.version, each.id))),
            rules=rules,
            factors=factors or FactorList(),
        )

    @property
    def hash(self) -> str:
        """One name for all of them. Not a commitment: whoever can guess the inputs can check the guess."""
        return jcs.sha256(self.to_json())

    def perform(self) -> Calculation:
        """Calculate. Raises what ``roll_up`` raises."""
        return roll_up(self.part, self.inventories, self.bom, self.received, self.rules, self.factors)

    def leaves(self) -> tuple[Leaf, ...]:
        """The named pieces, headers before what they count."""
        return tuple(_cut(self.to_json(), ""))

    def to_json(self) -> dict[str, object]:
        """The whole document."""
        return {
            "@type": "CalculationInputs",
            "engine": self.engine,
            "part": self.part,
            "ruleSet": self.rules.to_json(),
            "inventories": [each.to_json() for each in self.inventories],
            "bom": [line.to_json() for line in self.bom.lines],
            "received": [each.to_json() for each in self.received],
            "factors": self.factors.to_json(),
        }

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read the whole document."""
        members = Members.typed(value, INPUT, "CalculationInputs")
        found = cls(
            part=members.text("part"),
            inventories=tuple(Inventory.from_json(each) for each in members.values("inventories")),
            bom=Bom(tuple(BomLine.read(line) for line in members.each("bom"))),
            received=tuple(FootprintRecord.from_json(each) for each in members.values("received")),
            rules=RuleSet.from_json(members.value("ruleSet")),
            factors=FactorList.from_json(members.value("factors")),
            engine=members.text("engine"),
        )
        members.close()
        return found

    @classmethod
    def from_leaves(cls, leaves: Mapping[str, object]) -> Self:
        """Put the document together from all its pieces. Raises ``battery-input-field-missing`` where one lacks."""
        document = _joined(leaves, "")
        return cls.from_json(document | {name: _piece(leaves, f"/{name}") for name in _WHOLE})


def _cut(document: Mapping[str, object], at: str) -> Iterator[Leaf]:
    header: dict[str, object] = {}
    pieces: list[Leaf] = []
    for name, member in document.items():
        where = f"{at}/{name}"
        if isinstance(member, list):
            header[name] = {_ENTRIES: len(member)}
            pieces += [Leaf(f"{where}/{i}", each) for i, each in enumerate(member)]
        elif where in _WHOLE_NAMES:
            pieces.append(Leaf(where, member))
        else:
            header[name] = member
    yield Leaf(at, header)
    for piece in pieces:
        if _NESTED.fullmatch(piece.name) and isinstance(piece.value, Mapping):
            yield from _cut(piece.value, piece.name)
        else:
            yield piece


def _joined(leaves: Mapping[str, object], at: str) -> dict[str, object]:
    header = _piece(leaves, at)
    if not isinstance(header, Mapping):
        raise INPUT.malformed(at=at or "/", found=header, expected="an object")
    return {name: _entries(leaves, f"{at}/{name}", member) for name, member in header.items()}


def _entries(leaves: Mapping[str, object], at: str, member: object) -> object:
    if not isinstance(member, Mapping) or member.keys() != {_ENTRIES}:
        return member
    count = member[_ENTRIES]
    if not isinstance(count, int) or not 0 <= count <= len(leaves):  # before anybody counts that far
        raise INPUT.malformed(at=at, found=count, expected=f"a number of entries, at most {len(leaves)}")
    names = [f"{at}/{i}" for i in range(count)]
    return [_joined(leaves, name) if _NESTED.fullmatch(name) else _piece(leaves, name) for name in names]


def _piece(leaves: Mapping[str, object], name: str) -> object:
    if name not in leaves:
        raise INPUT.missing(at="/", name=f"the leaf {name!r}")
    return leaves[name]
