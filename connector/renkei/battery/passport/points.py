"""The 71 data points of the battery passport as data: what, by which article, for whom to see, for which category.

The list and its applicability are the Commission's guidance of 28 July 2026 (Ares(2026)7579758), the access classes
the four points of Annex XIII of Regulation (EU) 2023/1542; labels are ours. A point lies at the level of the model
(仕様識別情報: what all batteries of a model share) or of the item (個体識別情報: what one battery has of its own).

Shape (``vocab/battery/passport/data-points.json``; ``unit`` and ``waits`` may be absent)::

    {"@type": "PassportDataPoints", "id": "…", "asOf": "…", "status": "draft", "sources": ["…"],
     "points": [{"number": 10, "id": "weight", "label": {"en": "…", "ja": "…"}, "source": "Annex VI A(5)",
                 "access": "public", "level": "model", "form": "figure", "unit": "kilogram",
                 "applies": {"ev": "mandatory", "lmt": "mandatory", "industrial": "mandatory"}, "origin": "own"}]}

Raises ConfigurationError ``battery-input-…``, ``passport-point-unknown``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum, unique
from typing import Self

from renkei.battery.label import Label
from renkei.battery.passport.passport_problems import POINT_UNKNOWN
from renkei.battery.problems import INPUT
from renkei.battery.reading import Members


@unique
class Category(Enum):
    """Batteries that need a passport (Article 77(1)): electric vehicles, light means of transport, industrial."""

    EV = "ev"
    LMT = "lmt"
    INDUSTRIAL = "industrial"


@unique
class Access(Enum):
    """Who may see a point: Annex XIII, points 1 to 4."""

    PUBLIC = "public"
    INTEREST = "interest"
    AUTHORITIES = "authorities"
    INDIVIDUAL = "individual"


@unique
class Level(Enum):
    """Whether a point tells of all batteries of a model or of one battery."""

    MODEL = "model"
    ITEM = "item"


@unique
class Applies(Enum):
    """Whether a point is filled for a category."""

    MANDATORY = "mandatory"
    OPTIONAL = "optional"
    CONDITIONAL = "conditional"
    NOT_TO_BE_FILLED = "not-to-be-filled"
    PENDING_LAW = "pending-law"


@unique
class Form(Enum):
    """What a value looks like in JSON; figures are strings."""

    TEXT = "text"
    TEXTS = "texts"
    FIGURE = "figure"
    RANGE = "range"
    MONTH = "month"
    DOCUMENT = "document"
    STATUS = "status"


@unique
class Origin(Enum):
    """Who usually knows: whoever answers for the passport, or somebody upstream of it."""

    OWN = "own"
    UPSTREAM = "upstream"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataPoint:
    """One point. ``waits``: what of the law it waits for."""

    number: int
    id: str
    label: Label
    source: str
    access: Access
    level: Level
    form: Form
    applies: Mapping[Category, Applies]
    origin: Origin
    unit: str = ""
    waits: Label | None = None

    @classmethod
    def read(cls, members: Members) -> Self:
        """From an open JSON object."""
        applies = members.inner("applies")
        waits = members.optional_inner("waits")
        point = cls(
            number=members.whole("number", 1, 1000),
            id=members.text("id"),
            label=Label.read(members.inner("label")),
            source=members.text("source"),
            access=members.choice("access", Access),
            level=members.choice("level", Level),
            form=members.choice("form", Form),
            applies={category: applies.choice(category.value, Applies) for category in Category},
            origin=members.choice("origin", Origin),
            unit=members.optional_text("unit") or "",
            waits=None if waits is None else Label.read(waits),
        )
        applies.close()
        members.close()
        return point


@dataclass(frozen=True, slots=True, kw_only=True)
class DataPoints:
    """The points of one date, by id, in the order of their numbers."""

    id: str
    as_of: date
    status: str
    sources: tuple[str, ...]
    points: Mapping[str, DataPoint]

    def known(self, point: str) -> DataPoint:
        """A point by its id. Raises ConfigurationError ``passport-point-unknown``."""
        found = self.points.get(point)
        if found is None:
            raise POINT_UNKNOWN(point=point)
        return found

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read a list of points; numbers count up from 1, no id stands twice."""
        members = Members.typed(value, INPUT, "PassportDataPoints")
        points = tuple(DataPoint.read(point) for point in members.each("points"))
        read = cls(
            id=members.text("id"),
            as_of=members.day("asOf"),
            status=members.text("status"),
            sources=members.texts("sources"),
            points={point.id: point for point in points},
        )
        members.close()
        if len(read.points) != len(points) or [one.number for one in points] != list(range(1, len(points) + 1)):
            raise members.inconsistent("points", len(points), "points numbered from 1, each id once")
        return read
