"""What is not in a figure because nobody has told it: named to ourselves, only counted to customers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from renkei.battery.reading import Members

MASKED: Final = "**"  # what stands where the recipient may not see a name
MOST_COUNTED: Final = 1_000_000
"""Counts end here: one supplier that tells an absurd one must not make a record that nobody can sign or read."""


@dataclass(frozen=True, slots=True)
class Gap:
    """What is not in a figure: ``count`` suppliers, at or behind this one, that have not answered.

    Towards a customer part and company are ``**``; the count tells how much is open, not who. ``estimated``: a factor
    from the literature stands in until they answer.
    """

    part: str
    company: str
    count: int = 1
    estimated: bool = False

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        members: dict[str, object] = {"part": self.part, "company": self.company, "count": self.count}
        return members | {"estimated": True} if self.estimated else members

    @classmethod
    def read(cls, members: Members) -> Self:
        """From an open JSON object."""
        count = members.whole("count", 1, MOST_COUNTED)
        gap = cls(members.text("part"), members.text("company"), count, members.flag("estimated"))
        members.close()
        return gap


def masked(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    """The same gaps without names: one for what is missing, one for what is estimated."""
    counts = {False: 0, True: 0}
    for gap in gaps:
        counts[gap.estimated] += gap.count
    return tuple(
        Gap(MASKED, MASKED, min(count, MOST_COUNTED), estimated) for estimated, count in counts.items() if count
    )
