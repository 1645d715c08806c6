"""Truth under incomplete knowledge: what is certain now, and what may still become certain.

A value is four bits: certainly true (1), may become certainly true (2), certainly false (4), may become certainly false
(8). What is certain may also become so. The four that a single condition takes are

    TRUE      1 + 2   known, and it holds
    FALSE     4 + 8   known, and it does not
    DEFERRED  2 + 8   not known yet; a later phase will tell
    UNKNOWN   0       nobody here will ever know

and connectives give the mixtures (``or`` of DEFERRED and UNKNOWN may become true and never certainly false). Over TRUE,
FALSE and UNKNOWN alone this is Kleene's logic. Only what is certainly true permits, and only what is certainly false
lifts a prohibition: doubt is never an advantage.

Source: S. C. Kleene, Introduction to Metamathematics (1952), section 64; the second pair of bits is ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Final

TRUE: Final = 0b0011
FALSE: Final = 0b1100
DEFERRED: Final = 0b1010
UNKNOWN: Final = 0b0000
CERTAIN: Final = 0b0001
POSSIBLE: Final = 0b0010
CERTAINLY_NOT: Final = 0b0100
POSSIBLY_NOT: Final = 0b1000
_FOR: Final = CERTAIN | POSSIBLE
_AGAINST: Final = CERTAINLY_NOT | POSSIBLY_NOT


class Truth(Enum):
    """A value as it is told: of the mixtures, what may become true is deferred, the rest is unknown."""

    TRUE = "true"
    FALSE = "false"
    DEFERRED = "deferred"
    UNKNOWN = "unknown"

    @classmethod
    def of(cls, bits: int) -> Truth:
        """The word for a value."""
        return WORDS[bits & 0b1111]

    @property
    def bits(self) -> int:
        """The value behind a word."""
        return _BITS[self]


_BITS: Final = {Truth.TRUE: TRUE, Truth.FALSE: FALSE, Truth.DEFERRED: DEFERRED, Truth.UNKNOWN: UNKNOWN}


def _word(bits: int) -> Truth:
    if bits & CERTAIN:
        return Truth.TRUE
    if bits & CERTAINLY_NOT:
        return Truth.FALSE
    return Truth.DEFERRED if bits & POSSIBLE else Truth.UNKNOWN


WORDS: Final = tuple(_word(bits) for bits in range(16))
"""The word for each value."""


_CERTAINTIES: Final = (TRUE, FALSE)


def known(value: bool) -> int:
    """A condition whose value is known."""
    return TRUE if value else FALSE


def opposite(value: int) -> int:
    """Not."""
    return (value & _FOR) << 2 | (value & _AGAINST) >> 2


def all_of(values: Iterable[int]) -> int:
    """And; of nothing: true."""
    every, some = _FOR, 0
    for value in values:
        every &= value
        some |= value
    return every & _FOR | some & _AGAINST


def any_of(values: Iterable[int]) -> int:
    """Or; of nothing: false."""
    every, some = _AGAINST, 0
    for value in values:
        every &= value
        some |= value
    return some & _FOR | every & _AGAINST


def one_of(values: Iterable[int]) -> int:
    """Exactly one: against it are two that hold as well as none."""
    listed = [value & 0b1111 for value in values]
    if all(value in _CERTAINTIES for value in listed):
        return known(listed.count(TRUE) == 1)
    result = 0
    for yes, no in ((CERTAIN, CERTAINLY_NOT), (POSSIBLE, POSSIBLY_NOT)):
        holding = sum(1 for value in listed if value & yes)
        unable = [value for value in listed if not value & no]
        if (holding and not unable) or (len(unable) == 1 and unable[0] & yes):
            result |= yes
        if not unable or holding > 1:
            result |= no
    return result
