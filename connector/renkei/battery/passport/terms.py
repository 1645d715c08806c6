"""What else companies tell each other of a battery: one vocabulary (電池データ項目), each term with unit and owner.

The items are those that BASC's report of 2022 (section 5.2) lists for material makers, cell makers, car makers, users,
re-users and recyclers; beside the law's data points they may stand in a passport. ``sensitivity`` is the default by
which a view shows or withholds one: public, to partners with a role and a purpose, with consent, never.

Shape (``vocab/battery/passport/terms.json``; ``unit`` may be absent)::

    {"@type": "BatteryTerms", "id": "…", "asOf": "…", "sources": ["…"], "sensitivities": {"public": {"en": "…", …}, …},
     "terms": [{"id": "cobaltContent", "label": {"en": "…", "ja": "…"}, "group": "recycling", "unit": "gram",
                "sensitivity": "partner", "owner": "cell-maker"}]}

Raises ConfigurationError ``battery-input-…``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum, unique
from typing import Self

from renkei.battery.label import Label
from renkei.battery.problems import INPUT
from renkei.battery.reading import Members


@unique
class Sensitivity(Enum):
    """Whom a term is shown to unless its owner says otherwise."""

    PUBLIC = "public"
    PARTNER = "partner"
    CONSENT = "consent"
    INTERNAL = "internal"


@unique
class Owner(Enum):
    """Who usually holds it (the actors of the report)."""

    MATERIAL_MAKER = "material-maker"
    CELL_MAKER = "cell-maker"
    CAR_MAKER = "car-maker"
    CAR_USER = "car-user"
    REUSE_USER = "reuse-user"
    RECYCLER = "recycler"


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One item."""

    id: str
    label: Label
    group: str
    sensitivity: Sensitivity
    owner: Owner
    unit: str = ""

    @classmethod
    def read(cls, members: Members) -> Self:
        """From an open JSON object."""
        term = cls(
            id=members.text("id"),
            label=Label.read(members.inner("label")),
            group=members.text("group"),
            sensitivity=members.choice("sensitivity", Sensitivity),
            owner=members.choice("owner", Owner),
            unit=members.optional_text("unit") or "",
        )
        members.close()
        return term


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The vocabulary of one date, by id."""

    id: str
    as_of: date
    sources: tuple[str, ...]
    sensitivities: Mapping[Sensitivity, Label]
    terms: Mapping[str, Term]

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read the vocabulary; no id stands twice."""
        members = Members.typed(value, INPUT, "BatteryTerms")
        named = members.inner("sensitivities")
        terms = tuple(Term.read(term) for term in members.each("terms"))
        read = cls(
            id=members.text("id"),
            as_of=members.day("asOf"),
            sources=members.texts("sources"),
            sensitivities={one: Label.read(named.inner(one.value)) for one in Sensitivity},
            terms={term.id: term for term in terms},
        )
        named.close()
        members.close()
        if len(read.terms) != len(terms):
            raise members.inconsistent("terms", len(terms), "terms with an id each")
        return read
