"""Unions of boxes: a box says of each axis in which domain its value lies, and nothing of the axes it does not name.

Axes are independent, so that one box lies in another exactly if it does so on every axis, and what a union leaves of a
box is found by cutting it along the axes. That can take exponentially many pieces: an ``Effort`` bounds it, and
``TooWideError`` says that no answer was found within it. It never leaves this package.

Source: axis-aligned box subtraction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

from renkei.policy.comparing.domains import ABSENT, Domain, TooWideError
from renkei.policy.operands.declaration import Operand

MOST_BOXES: Final = 256
MOST_STEPS: Final = 20_000
"""Domains looked at, each by its weight; some twenty milliseconds."""
_WEIGHED: Final = 19_000
"""Weighing is work as well: what is done within the first steps is not weighed."""
_WORTH_SIFTING: Final = 32
_MANY: Final = 6
"""From so many on it pays to see first whether two boxes meet at all; else one is cut into pieces for nothing."""


class Kind(Enum):
    """What an axis is: what has the value that lies on it.

    TARGET and PARTY: all that the asked dataset, or the asker, is or lies in; ASKER: the asker alone; MONTHS: the time
    since the agreement in whole months (those of other lengths are on ELAPSED); AMOUNT, UNIT and HELD: a fact's single
    value, its unit, its values; ORACLE: a condition that is not looked into; DUTY: whether a duty is done.
    """

    TARGET = "target"
    PARTY = "party"
    ASKER = "asker"
    ACTION = "action"
    PURPOSES = "purposes"
    CLOCK = "clock"
    ELAPSED = "elapsed"
    MONTHS = "months"
    AMOUNT = "amount"
    UNIT = "unit"
    HELD = "held"
    ORACLE = "oracle"
    DUTY = "duty"


@dataclass(frozen=True, slots=True)
class Axis:
    """One thing that is asked about. ``whole``: every known value; ``lacks``: whether it may be unknown instead."""

    kind: Kind
    whole: Domain
    lacks: bool = True
    operand: Operand | None = None


Box: TypeAlias = Mapping[str, Domain]
"""Domains by the name of their axis."""
Boxes: TypeAlias = Sequence[Box]
Axes: TypeAlias = Mapping[str, Axis]

EVERYTHING: Final[Boxes] = ({},)
NOWHERE: Final[Boxes] = ()


class Effort:
    """How much may still be done."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MOST_STEPS

    def spend(self, steps: int, box: Box | None = None) -> None:
        """Take so much of it, and after a while as much as a box weighs. Raises ``TooWideError``."""
        self.left -= steps
        if box is not None and self.left < _WEIGHED:
            self.left -= sum([domain.weight for domain in box.values()])
        if self.left < 0:
            raise TooWideError


def covered(box: Box, others: Boxes) -> bool:
    """Whether all of a box lies in one of these."""
    for other in others:
        for _, mine, domain in _differing(box, other):
            if mine is None or not mine.inside(domain):
                break
        else:
            return True
    return False


def apart(box: Box, other: Box) -> bool:
    """Whether two boxes have nothing in common."""
    return any(mine is not None and mine.meet(domain) is None for _, mine, domain in _differing(box, other))


def _differing(box: Box, other: Box) -> list[tuple[str, Domain | None, Domain]]:
    """The axes that the other one names and on which the two are not the same."""
    named = zip(other, map(box.get, other), other.values(), strict=True)
    return [(name, mine, domain) for name, mine, domain in named if mine is not domain]


def common(box: Box, other: Box) -> Box | None:
    """Where two boxes overlap."""
    result = dict(box)
    for name, domain in other.items():
        mine = result.get(name)
        if mine is None:
            result[name] = domain
        elif mine is not domain:
            shared = mine.meet(domain)
            if shared is None:
                return None
            result[name] = shared
    return result


def overlap(one: Boxes, other: Boxes, effort: Effort) -> Boxes:
    """Where two unions overlap."""
    if one is EVERYTHING or other is EVERYTHING:
        return other if one is EVERYTHING else one
    result: list[Box] = []
    for box in one:
        for second in other:
            shared = common(box, second)
            effort.spend(len(box) + len(second), shared)
            if shared is not None:
                result.append(shared)
        if len(result) > MOST_BOXES:
            raise TooWideError
    return few(result, effort)


def few(boxes: Sequence[Box], effort: Effort) -> Boxes:
    """The boxes, if they are few those alone that lie in no other. Raises ``TooWideError`` where there are too many."""
    if len(boxes) > MOST_BOXES:
        raise TooWideError
    if not 1 < len(boxes) <= _WORTH_SIFTING:
        return boxes
    kept: list[Box] = []
    for box in boxes:
        effort.spend(len(kept))
        if not covered(box, kept):
            kept = [other for other in kept if not covered(other, (box,))]
            kept.append(box)
    return kept


def left_of(box: Box, others: Boxes, axes: Axes, effort: Effort, start: int = 0) -> Iterator[Box]:
    """What a union of boxes leaves of a box, piece by piece, so that who needs one only need not wait for all."""
    for place in range(start, len(others)):
        other = others[place]
        effort.spend(1 + len(other))
        if len(others) < _MANY or not apart(box, other):
            for piece in _cut(box, other, axes):
                effort.spend(1, piece)
                yield from left_of(piece, others, axes, effort, place + 1)
            return
    yield box


def _cut(box: Box, other: Box, axes: Axes) -> Iterator[Box]:
    """What another box leaves: cut along one axis after the other, the rest of each within the axes before it."""
    rest = box
    for name, mine, domain in _differing(box, other):
        if mine is not None:
            outside = mine.minus(domain)
        else:
            axis = axes[name]
            outside = axis.whole.minus(domain)
            if axis.lacks and domain is not ABSENT:
                outside = (*outside, ABSENT)
        for part in outside:
            yield {**rest, name: part}
        shared = domain if mine is None else mine.meet(domain)
        if shared is None:
            return
        rest = {**rest, name: shared}
