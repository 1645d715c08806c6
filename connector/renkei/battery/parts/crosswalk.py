"""Which of our part numbers is which of a partner's (品番対応): one to many, for a time, and perhaps for one plant.

A link is a trade relation (取引関係): a customer buys our part under its number, or a supplier sells us the component
under its. On one day, at one plant, a supplier has one number for a component of ours, so that it is known what to ask
for and to which line of the bill of materials a record belongs; a customer may have many numbers for a part, and one
number for several parts: then a person says which is meant.

CSV: ``part,partner,side,number,plant,from,until``; the last three may be empty or absent. Days are inclusive.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Final, Self

from renkei.battery.parts.crosswalk_problems import CROSSWALK_CSV, OVERLAP, PERIOD
from renkei.battery.parts.table import Table
from renkei.battery.problems import INPUT
from renkei.battery.reading import Members

TABLE: Final = Table(
    needed=("part", "partner", "side", "number"), optional=("plant", "from", "until"), broken=CROSSWALK_CSV
)


class TradeSide(Enum):
    """What the partner of a link is to us (納品先・仕入先)."""

    CUSTOMER = "customer"
    SUPPLIER = "supplier"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartLink:
    """``part`` is ours, ``number`` the partner's; ``plant``: the one of ours for which alone it holds (empty: all).

    ``start``, ``until``: its first and last day, if it has one.
    """

    part: str
    partner: str
    side: TradeSide
    number: str
    plant: str = ""
    start: date | None = None
    until: date | None = None
    at: str = field(default="", compare=False, repr=False)

    @property
    def id(self) -> str:
        """The same for the same link, so that a table that is read again changes nothing: all but its end."""
        begun = "" if self.start is None else self.start.isoformat()
        told = f"{self.side.value}\n{self.partner}\n{self.part}\n{self.number}\n{self.plant}\n{begun}"
        return hashlib.sha256(told.encode()).hexdigest()[:32]

    def holds(self, day: date, plant: str = "") -> bool:
        """Whether it is valid on a day, at a plant of ours; asked without a plant, one for all plants alone."""
        begun = self.start is None or self.start <= day
        return begun and (self.until is None or day <= self.until) and self.plant in {"", plant}

    def meets(self, other: PartLink) -> bool:
        """Whether there is a day on which both hold."""
        first, last = self.start or date.min, self.until or date.max
        return first <= (other.until or date.max) and (other.start or date.min) <= last

    def row(self) -> dict[str, str]:
        """The cells of its line in a table."""
        return {
            "part": self.part,
            "partner": self.partner,
            "side": self.side.value,
            "number": self.number,
            "plant": self.plant,
            "from": "" if self.start is None else self.start.isoformat(),
            "until": "" if self.until is None else self.until.isoformat(),
        }

    @classmethod
    def read(cls, members: Members) -> Self:
        """From an open JSON object, or a line of a table in that shape. Raises ``crosswalk-period`` too."""
        link = cls(
            part=members.text("part"),
            partner=members.text("partner"),
            side=members.choice("side", TradeSide),
            number=members.text("number"),
            plant=members.optional_text("plant") or "",
            start=members.day("from") if members.has("from") else None,
            until=members.day("until") if members.has("until") else None,
            at=members.at,
        )
        members.close()
        return link.checked()

    def checked(self) -> Self:
        """The same link. Raises ConfigurationError ``crosswalk-period`` for one that ends before it begins."""
        if self.start is not None and self.until is not None and self.until < self.start:
            raise PERIOD(part=self.part, number=self.number, partner=self.partner, start=self.start, until=self.until)
        return self


def read_links(text: str) -> Iterator[PartLink]:
    """The links of a table. Raises ConfigurationError ``crosswalk-csv-broken``, ``battery-input-…`` with the line."""
    return (PartLink.read(Members(row.cells, INPUT, row.at)) for row in TABLE.read(text))


def number_of(links: Iterable[PartLink], day: date, plant: str = "") -> str | None:
    """A partner's number among its links of one part; one for the plant goes before one for all. None: no link."""
    holding = sorted((link for link in links if link.holds(day, plant)), key=lambda link: (not link.plant, link.number))
    return holding[0].number if holding else None


def parts_of(links: Iterable[PartLink], day: date) -> tuple[str, ...]:
    """The parts of ours that a partner's number may mean, among its links with that number."""
    return tuple(sorted({link.part for link in links if link.holds(day, link.plant)}))


def demand_one_number(link: PartLink, others: Iterable[PartLink]) -> None:
    """That a supplier has one number for a component (see above); ``others``: its links of that component.

    Raises ConfigurationError ``crosswalk-overlap``.
    """
    if link.side is not TradeSide.SUPPLIER:
        return
    for other in others:
        if other.number != link.number and other.plant == link.plant and link.meets(other):
            raise OVERLAP(partner=link.partner, part=link.part, number=link.number, other=other.number)
