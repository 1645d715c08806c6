"""A trace record (来歴情報): who ordered and who made one part, from what, where and when; nine fields, none left out.

After the part chain of the founding documents (T9): contractor and contract, manufacturer and manufacturing contract,
the part with its name, the part that it went into, who made it, in which country, and when. A record stays with its
company and is fetched when somebody needs it. Contracts and the parent may be said to be none (``null``), since the
first part of a chain has no parent; a field that is not there at all is an error.

Raises ConfigurationError ``battery-input-…``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from renkei.battery.problems import INPUT
from renkei.battery.reading import Members
from renkei.kernel import instants

TYPE = "TraceRecord"


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceRecord:
    """``id``: of this one part or batch; ``country``: ISO 3166-1, three letters; companies are participant ids."""

    id: str
    contractor: str
    contract: str | None
    manufacturer: str
    manufacturing_contract: str | None
    part: str
    part_name: str
    parent_part: str | None
    part_maker: str
    country: str
    manufactured: datetime

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        return {
            "@type": TYPE,
            "id": self.id,
            "contractor": self.contractor,
            "contract": self.contract,
            "manufacturer": self.manufacturer,
            "manufacturingContract": self.manufacturing_contract,
            "part": self.part,
            "partName": self.part_name,
            "parentPart": self.parent_part,
            "partMaker": self.part_maker,
            "country": self.country,
            "manufactured": instants.render(self.manufactured),
        }

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read one; of the nine fields none may be absent."""
        members = Members.typed(value, INPUT, TYPE)
        maybe = {name: _maybe(value, members, name) for name in ("contract", "manufacturingContract", "parentPart")}
        country = members.text("country")
        if len(country) != 3 or not country.isascii() or not country.isalpha() or not country.isupper():
            raise members.malformed("country", country, "a country in three capital letters, such as JPN")
        record = cls(
            id=members.text("id"),
            contractor=members.text("contractor"),
            contract=maybe["contract"],
            manufacturer=members.text("manufacturer"),
            manufacturing_contract=maybe["manufacturingContract"],
            part=members.text("part"),
            part_name=members.text("partName"),
            parent_part=maybe["parentPart"],
            part_maker=members.text("partMaker"),
            country=country,
            manufactured=members.instant("manufactured"),
        )
        members.close()
        return record


def _maybe(value: object, members: Members, name: str) -> str | None:
    """A text, or none where that is said."""
    if isinstance(value, dict) and name in value and value[name] is None:
        members.has(name)
        return None
    return members.text(name)
