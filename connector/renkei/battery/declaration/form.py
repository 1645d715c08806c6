"""Forms as data: which items an authority asks for, by which words, and which of them must be there.

The implementing act for the format of Article 7 is not adopted and METI's form is its own affair, so both are dated
data with a status. ``value`` names one of the figures that a declaration can have (``figures``); ``stages`` says which
life-cycle stages an item adds up.

Shape (``vocab/battery/declaration/*.json``; in an item ``needed`` (default false), ``stages`` may be absent)::

    {"@type": "DeclarationForm", "id": "urn:…", "asOf": "2026-11-22", "status": "draft",
     "title": {"en": "…", "ja": "…"}, "note": {"en": "…", "ja": "…"}, "sources": ["…"],
     "rounding": {"digits": 4, "counting": "significant"},
     "items": [{"id": "footprint", "point": "7(1)(d)", "label": {"en": "…", "ja": "…"},
                "value": "footprintPerDelivered", "needed": true}]}

Raises ConfigurationError ``battery-input-…``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Self

from renkei.battery.footprint.record import Stage, read_rounding, rounding_to_json
from renkei.battery.label import Label
from renkei.battery.problems import INPUT
from renkei.battery.reading import Members
from renkei.battery.units import Rounding
from renkei.kernel import jcs


@dataclass(frozen=True, slots=True, kw_only=True)
class FormItem:
    """One line of a form; ``point``: where the law asks for it."""

    id: str
    point: str
    label: Label
    value: str
    needed: bool = False
    stages: tuple[Stage, ...] = ()

    def to_json(self) -> dict[str, object]:
        """The plain JSON form, all members said."""
        return {
            "id": self.id,
            "point": self.point,
            "label": self.label.to_json(),
            "value": self.value,
            "needed": self.needed,
            "stages": [stage.value for stage in self.stages],
        }

    @classmethod
    def read(cls, members: Members) -> Self:
        """From an open JSON object."""
        named = members.texts("stages") if members.has("stages") else ()
        inner = Members({str(i): one for i, one in enumerate(named)}, members.problems, f"{members.at}/stages")
        item = cls(
            id=members.text("id"),
            point=members.text("point"),
            label=Label.read(members.inner("label")),
            value=members.text("value"),
            needed=members.flag("needed"),
            stages=tuple(inner.choice(str(i), Stage) for i in range(len(named))),
        )
        members.close()
        return item


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationForm:
    """One version of a form. ``rounding``: of what is printed; the exact published figure stands beside it in JSON."""

    id: str
    as_of: date
    status: str
    title: Label
    note: Label
    sources: tuple[str, ...]
    rounding: Rounding
    items: tuple[FormItem, ...]

    @property
    def hash(self) -> str:
        """The hash of the whole form."""
        return jcs.sha256(
            {
                "id": self.id,
                "asOf": self.as_of.isoformat(),
                "status": self.status,
                "title": self.title.to_json(),
                "note": self.note.to_json(),
                "sources": list(self.sources),
                "rounding": rounding_to_json(self.rounding),
                "items": [item.to_json() for item in self.items],
            }
        )

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read a form file; no item stands twice."""
        members = Members.typed(value, INPUT, "DeclarationForm")
        form = cls(
            id=members.text("id"),
            as_of=members.day("asOf"),
            status=members.text("status"),
            title=Label.read(members.inner("title")),
            note=Label.read(members.inner("note")),
            sources=members.texts("sources"),
            rounding=read_rounding(members.inner("rounding")),
            items=tuple(FormItem.read(item) for item in members.each("items")),
        )
        members.close()
        if len({item.id for item in form.items}) != len(form.items):
            raise members.inconsistent("items", len(form.items), "items with an id each")
        return form
