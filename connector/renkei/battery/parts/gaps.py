"""What is not in a figure because nobody has told it: named to ourselves, only counted to customers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from renkei.battery.reading import Members

MASKED: Final = "**"  # what stands where the recipient may not see a name


@dataclass(frozen=True, slots=True)
class Gap:
    """What is not in a figure: ``count`` suppliers, at or behind this one, that have not answered.

    Towards a customer part and company are ``**``; the count tells how much is open, not who.
    """

    part: str
    company: str
    count: int = 1

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        return {"part": self.part, "company": self.company, "count": self.count}

    @classmethod
    def read(cls, members: Members) -> Self:
        """From an open JSON object."""
        gap = cls(members.text("part"), members.text("company"), members.whole("count", 1))
        members.close()
        return gap


def masked(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    """The same gaps without names, as one."""
    count = sum(gap.count for gap in gaps)
    return (Gap(MASKED, MASKED, count),) if count else ()
