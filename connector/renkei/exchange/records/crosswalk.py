"""What is kept of the crosswalk (品番対応) of part numbers: one row for each link, found from either of its ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Self

from renkei.battery.parts.crosswalk import PartLink, TradeSide
from renkei.exchange.records.kept import Kept
from renkei.exchange.records.parts import BETWEEN


@dataclass(frozen=True, kw_only=True)
class LinkRecord(Kept):
    """A link; ``id`` follows from it. ``source``: who said so, in words for people. ``removed``: it never held."""

    kind: ClassVar[str] = "part-link"

    part: str
    partner: str
    side: TradeSide
    number: str
    plant: str = ""
    start: date | None = None
    until: date | None = None
    source: str = ""
    removed: bool = False
    created: datetime

    def keys(self) -> tuple[str, str, str]:
        """Found by our part, and by a partner and its number."""
        if self.removed:
            return "", "", ""
        return self.partner, self.of_part(self.side, self.part), self.of_number(self.side, self.number)

    @staticmethod
    def of_part(side: TradeSide, part: str) -> str:
        """The state column."""
        return f"{side.value}{BETWEEN}{part}"

    @staticmethod
    def of_number(side: TradeSide, number: str) -> str:
        """The ref column."""
        return f"{side.value}{BETWEEN}{number}"

    @property
    def link(self) -> PartLink:
        """The pure view."""
        return PartLink(
            part=self.part,
            partner=self.partner,
            side=self.side,
            number=self.number,
            plant=self.plant,
            start=self.start,
            until=self.until,
        )

    @classmethod
    def made(cls, link: PartLink, created: datetime, source: str) -> Self:
        """The record of a new link."""
        return cls(
            id=link.id,
            part=link.part,
            partner=link.partner,
            side=link.side,
            number=link.number,
            plant=link.plant,
            start=link.start,
            until=link.until,
            source=source,
            created=created,
        )
