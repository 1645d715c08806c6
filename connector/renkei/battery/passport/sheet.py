"""What a passport is made from: a sheet for the model, one for each battery, each a list of entries that only grows.

An entry says what a data point (or battery term) is from a moment on, when that was entered, by whom it was said and
on what evidence. Nothing is overwritten: what a passport said on a day is what it says of that day for ever, also when
something is entered later with an earlier beginning.

Shape (``evidence`` may be absent; ``model`` is absent in a model's sheet)::

    {"@type": "PassportSheet", "id": "urn:…", "level": "item", "category": "ev", "company": "did:web:…",
     "model": "urn:…", "awaited": {"recycledCobalt": "did:web:supplier.example"},
     "entries": [{"point": "stateOfCertifiedEnergy", "value": "91.5", "from": "2027-03-01T00:00:00Z",
                  "entered": "2027-03-02T08:00:00Z", "source": "did:web:…", "evidence": "sha-256:…"}]}

Forms of values: a text, a list of texts, a figure as a string, ``{"low": "-20", "high": "60"}``, ``2027-02``,
``{"reference": "…", "digest": "sha-256:…"}`` (``digest`` may be absent), and the law's five states of a battery.

Raises ConfigurationError ``battery-input-…``, ``passport-point-…``, ``passport-wrong-sheet``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import Enum, unique
from typing import Final, Self

from renkei.battery.passport.passport_problems import NOT_FILLED, WRONG_SHEET
from renkei.battery.passport.points import Applies, Category, DataPoints, Form, Level
from renkei.battery.passport.terms import Terms
from renkei.battery.problems import INPUT
from renkei.battery.reading import PERCENT, Members
from renkei.battery.units import parse_figure, render_figure
from renkei.kernel import instants

_SHARE: Final = "percent-by-weight"
_MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])", re.ASCII)


@unique
class BatteryStatus(Enum):
    """Annex XIII 4(c), Article 3: what a battery is now."""

    ORIGINAL = "original"
    REPURPOSED = "repurposed"
    RE_USED = "re-used"
    REMANUFACTURED = "remanufactured"
    WASTE = "waste"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a point is from a moment on; ``value`` is JSON in the point's form."""

    point: str
    value: object
    start: datetime
    entered: datetime
    source: str
    evidence: str = ""

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        members: dict[str, object] = {
            "point": self.point,
            "value": self.value,
            "from": instants.render(self.start),
            "entered": instants.render(self.entered),
            "source": self.source,
        }
        return members if not self.evidence else members | {"evidence": self.evidence}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The entries of a model or of one battery. ``awaited``: who upstream was asked for a point."""

    id: str
    level: Level
    category: Category
    company: str
    model: str = ""
    awaited: Mapping[str, str]
    entries: tuple[Entry, ...] = ()

    def at(self, point: str, moment: datetime) -> Entry | None:
        """What the sheet said of a point at a moment: of what was entered until then, what began last."""
        found: Entry | None = None
        for entry in self.entries:
            if entry.point == point and entry.entered <= moment and entry.start <= moment:
                newer = found is None or (entry.start, entry.entered) >= (found.start, found.entered)
                found = entry if newer else found
        return found

    def entered(self, entry: Entry, points: DataPoints, terms: Terms) -> Self:
        """The sheet with one entry more.

        What must hold: 1. the point or term is known; 2. a point is entered at its own level; 3. it is one that is
        filled for this category; 4. the value has the point's form.
        """
        if entry.point not in terms.terms:
            point = points.known(entry.point)  # 1
            if point.level is not self.level:  # 2
                raise WRONG_SHEET(point=point.id, level=point.level.value, sheet=self.id, found=self.level.value)
            if point.applies[self.category] is Applies.NOT_TO_BE_FILLED:  # 3
                raise NOT_FILLED(point=point.id, category=self.category.value)
            value = read_value(entry.value, point.form, point.unit)  # 4
        else:
            unit = terms.terms[entry.point].unit
            value = read_value(entry.value, Form.FIGURE if unit else Form.TEXT, unit)  # 4
        return replace(self, entries=(*self.entries, replace(entry, value=value)))

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        members: dict[str, object] = {
            "@type": "PassportSheet",
            "id": self.id,
            "level": self.level.value,
            "category": self.category.value,
            "company": self.company,
            "awaited": dict(self.awaited),
            "entries": [entry.to_json() for entry in self.entries],
        }
        return members if not self.model else members | {"model": self.model}

    @classmethod
    def from_json(cls, value: object, points: DataPoints, terms: Terms) -> Self:
        """Read a sheet with all its entries; every item has a model, no model has one."""
        members = Members.typed(value, INPUT, "PassportSheet")
        awaited = members.inner("awaited")
        level = members.choice("level", Level)
        if (level is Level.ITEM) is not members.has("model"):
            raise members.inconsistent("model", members.has("model"), "an item with its model, or a model without")
        sheet = cls(
            id=members.text("id"),
            level=level,
            category=members.choice("category", Category),
            company=members.text("company"),
            model=members.optional_text("model") or "",
            awaited={points.known(name).id: awaited.text(name) for name in awaited.names()},
        )
        for each in members.each("entries"):
            sheet = sheet.entered(_read_entry(each), points, terms)
        members.close()
        return sheet


def read_value(value: object, form: Form, unit: str = "") -> object:
    """A value in its form. Raises ConfigurationError ``battery-input-…``; ``/value`` is its place."""
    members = Members({"value": value}, INPUT)
    match form:
        case Form.TEXT:
            return members.text("value")
        case Form.TEXTS:
            return list(members.texts("value"))
        case Form.FIGURE:
            share = unit == _SHARE
            return render_figure(members.figure("value", PERCENT) if share else members.figure("value"))
        case Form.RANGE:
            return _read_range(members)
        case Form.MONTH:
            text = members.text("value")
            if not _MONTH.fullmatch(text):
                raise members.malformed("value", text, "a month such as 2027-02")
            return text
        case Form.DOCUMENT:
            inner = members.inner("value")
            read: dict[str, object] = {"reference": inner.text("reference")}
            if inner.has("digest"):
                read["digest"] = inner.digest("digest")
            inner.close()
            return read
        case Form.STATUS:
            return members.choice("value", BatteryStatus).value


def figure_of(entry: Entry) -> Decimal | None:
    """The value of an entry that is one figure."""
    return parse_figure(entry.value) if isinstance(entry.value, str) else None


def _read_range(members: Members) -> dict[str, object]:
    inner = members.inner("value")
    low, high = inner.figure("low"), inner.figure("high")
    inner.close()
    if high < low:
        raise inner.inconsistent("high", high, f"the low end, {low}")
    return {"low": render_figure(low), "high": render_figure(high)}


def _read_entry(members: Members) -> Entry:
    entry = Entry(
        point=members.text("point"),
        value=members.value("value"),
        start=members.instant("from"),
        entered=members.instant("entered"),
        source=members.text("source"),
        evidence=members.digest("evidence") if members.has("evidence") else "",
    )
    members.close()
    return entry
