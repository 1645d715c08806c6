"""A part of a company and the days that are spoken of: what every document about a part begins with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Self

from renkei.battery.reading import Members
from renkei.battery.units import Quantity, render_figure


@dataclass(frozen=True, slots=True)
class Period:
    """The days that figures speak of, both included."""

    start: date
    end: date

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        return {"start": self.start.isoformat(), "end": self.end.isoformat()}

    @classmethod
    def read(cls, members: Members) -> Self:
        """From an open JSON object; ends before it starts: ``inconsistent``."""
        period = cls(members.day("start"), members.day("end"))
        if period.end < period.start:
            raise members.inconsistent("end", period.end, f"the start, {period.start}")
        members.close()
        return period


@dataclass(frozen=True, slots=True)
class Part:
    """A part of ours and the amount of it that figures are given for."""

    id: str
    company: str
    declared: Quantity
    plant: str | None = None

    def members(self) -> dict[str, object]:
        """The members by which documents name a part."""
        named: dict[str, object] = {
            "part": self.id,
            "company": self.company,
            "declaredUnit": self.declared.unit.code,
            "declaredUnitAmount": render_figure(self.declared.value),
        }
        return named if self.plant is None else named | {"plant": self.plant}

    @classmethod
    def read(cls, members: Members) -> Self:
        """The members by which documents name a part; the caller closes."""
        return cls(
            id=members.text("part"),
            company=members.text("company"),
            declared=members.quantity("declaredUnitAmount", "declaredUnit"),
            plant=members.optional_text("plant"),
        )
