"""What a declaration says that no footprint record does: who, which model, which plant, how long the battery serves.

Shape (all but ``part`` and ``model`` may be absent: a declaration then says what it lacks)::

    {"@type": "DeclarationFacts", "part": "…", "model": "RK-60", "batteryCategory": "ev",
     "manufacturer": {"name": "…", "address": "…", "contact": "…"},
     "plant": {"id": "…", "name": "…", "address": "…"},
     "serviceLife": {"category": "M1", "years": "8", "cyclesPerYear": "…", "justification": "…"},
     "capacity": {"value": "60", "unit": "kilowatt-hour-capacity"},
     "conformityDeclaration": "…", "study": "https://…", "performanceClass": "…"}

``capacity``: usable capacity of the amount that the record is declared for, where that is no amount of capacity.

Raises ConfigurationError ``battery-input-…``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from renkei.battery.footprint.functional_unit import ServiceLife
from renkei.battery.problems import INPUT
from renkei.battery.reading import POSITIVE, Members
from renkei.battery.units import Quantity

_MANUFACTURER = ("name", "address", "contact")
_PLANT = ("id", "name", "address")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationFacts:
    """The facts of one battery model of one plant. ``texts``: what is plain text, by the name of its value."""

    part: str
    model: str
    plant: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    life: ServiceLife | None = None
    capacity: Quantity | None = None

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read the facts."""
        members = Members.typed(value, INPUT, "DeclarationFacts")
        plant = members.optional_inner("plant")
        place = {} if plant is None else _texts(plant, _PLANT)
        capacity = members.optional_inner("capacity")
        maker = members.optional_inner("manufacturer")
        texts = {f"manufacturer{name.title()}": text for name, text in _texts(maker, _MANUFACTURER).items()}
        texts |= {f"plant{name.title()}": text for name, text in place.items() if name != "id"}
        for name in ("batteryCategory", "conformityDeclaration", "study", "performanceClass"):
            if members.has(name):
                texts[name] = members.text(name)
        life = members.optional_inner("serviceLife")
        facts = cls(
            part=members.text("part"),
            model=members.text("model"),
            plant=place.get("id", ""),
            texts=texts,
            life=None if life is None else _read_life(life),
            capacity=None if capacity is None else _read_quantity(capacity),
        )
        members.close()
        return facts


def _texts(members: Members | None, names: tuple[str, ...]) -> dict[str, str]:
    if members is None:
        return {}
    texts = {name: members.text(name) for name in names if members.has(name)}
    members.close()
    return texts


def _read_life(members: Members) -> ServiceLife:
    life = ServiceLife(
        category=members.text("category"),
        years=members.figure("years", POSITIVE),
        chosen_cycles_per_year=members.optional_figure("cyclesPerYear", POSITIVE),
        justification=members.optional_text("justification"),
    )
    members.close()
    return life


def _read_quantity(members: Members) -> Quantity:
    quantity = members.quantity("value", "unit")
    members.close()
    return quantity
