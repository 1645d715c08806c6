"""The values that one thing a policy asks about may take: sets that can be cut, met and told apart exactly.

Three kinds, and their lack:

``Line``    intervals of numbers, of which an end may belong to it or not: instants, durations, amounts
``Among``   one value out of some texts, or out of all others: an action, a unit, who asks
``Held``    a set of values, by what it must have something of and what it must have nothing of: facts, purposes
``ABSENT``  nothing is known, so that a comparison and its opposite both fail

On one axis all domains are of one kind, but for ``ABSENT``. A domain is never empty: what would be is ``None``, or not
among the pieces. ``minus`` may give pieces that overlap.

Source: interval and co-finite set algebra; for ``Held`` a conjunction of positive clauses and negative literals, for
which implication is decided by set inclusion.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import combinations
from math import inf
from typing import Final, Protocol, TypeAlias

import msgspec

Cut: TypeAlias = tuple[Decimal | float, int]
"""A place between values: just before one (0) or just after it (1). Whole numbers need only the former."""
Token: TypeAlias = str | tuple[str, str]
"""A value; or, of values that may lie within each other, ``("within", outer)``: something that lies in it."""

LOWEST: Final[Cut] = (-inf, 0)
HIGHEST: Final[Cut] = (inf, 0)
MOST_HITS: Final = 16
"""Clauses of one ``Held``: what is left of it is as many pieces, and each is held against all clauses again."""


class TooWideError(Exception):
    """More clauses, more boxes or more work than is allowed."""


class Domain(Protocol):
    """Some of the values on one axis."""

    def __hash__(self) -> int: ...

    @property
    def weight(self) -> int:
        """How much work it is to look at."""
        ...

    def inside(self, other: Domain) -> bool:
        """Whether every value is the other's as well."""
        ...

    def meet(self, other: Domain) -> Domain | None:
        """The values of both; ``None``: there are none."""
        ...

    def minus(self, other: Domain) -> tuple[Domain, ...]:
        """The values that are not the other's, in pieces."""
        ...


@dataclass(frozen=True, slots=True)
class Absent:
    """Nothing is known."""

    @property
    def weight(self) -> int:
        """Always the same."""
        return 1

    def inside(self, other: Domain) -> bool:
        """Only in itself."""
        return self is other

    def meet(self, other: Domain) -> Domain | None:
        """With itself only."""
        return self if self is other else None

    def minus(self, other: Domain) -> tuple[Domain, ...]:
        """All, or nothing."""
        return () if self is other else (self,)


ABSENT: Final = Absent()


class Line(msgspec.Struct, frozen=True, gc=False):
    """Intervals from cut to cut, in order, with gaps between them."""

    spans: tuple[tuple[Cut, Cut], ...]

    @property
    def weight(self) -> int:
        """One for each interval."""
        return len(self.spans)

    def inside(self, other: Domain) -> bool:
        """Each interval lies in one of the other's."""
        if not isinstance(other, Line):
            return False
        theirs = other.spans
        for low, high in self.spans:
            for start, end in theirs:
                if start <= low and high <= end:
                    break
            else:
                return False
        return True

    def meet(self, other: Domain) -> Domain | None:
        """Interval by interval."""
        if not isinstance(other, Line):
            return None
        found = []
        for low, high in self.spans:
            for start, end in other.spans:
                first = max(low, start)
                last = min(high, end)
                if first < last:
                    found.append((first, last))
        return Line(tuple(found)) if found else None

    def minus(self, other: Domain) -> tuple[Domain, ...]:
        """What lies in the other's gaps."""
        if not isinstance(other, Line):
            return (self,)
        ends = [LOWEST, *(cut for span in other.spans for cut in span), HIGHEST]
        gaps = tuple((ends[i], ends[i + 1]) for i in range(0, len(ends), 2) if ends[i] < ends[i + 1])
        left = self.meet(Line(gaps)) if gaps else None
        return () if left is None else (left,)


LINE: Final = Line(((LOWEST, HIGHEST),))


class Among(msgspec.Struct, frozen=True, gc=False):
    """One value: of these, or (``but``) any but these."""

    values: frozenset[Token]
    but: bool = False

    @property
    def weight(self) -> int:
        """Values are looked up many at a time."""
        return 1 + len(self.values) // 16

    def __bool__(self) -> bool:
        return self.but or bool(self.values)

    def within(self, other: Among) -> bool:
        """Set inclusion."""
        if self.but:
            return other.but and other.values <= self.values
        return self.values.isdisjoint(other.values) if other.but else self.values <= other.values

    def common(self, other: Among) -> Among:
        """Intersection, perhaps empty."""
        if self.but:
            return Among(self.values | other.values, True) if other.but else Among(other.values - self.values)
        return Among(self.values - other.values if other.but else self.values & other.values)

    def opposite(self) -> Among:
        """Complement, perhaps empty."""
        return Among(self.values, not self.but)

    def inside(self, other: Domain) -> bool:
        """Inclusion."""
        return isinstance(other, Among) and self.within(other)

    def meet(self, other: Domain) -> Domain | None:
        """Intersection."""
        return (self.common(other) or None) if isinstance(other, Among) else None

    def minus(self, other: Domain) -> tuple[Domain, ...]:
        """Difference."""
        if not isinstance(other, Among):
            return (self,)
        left = self.common(other.opposite())
        return (left,) if left else ()


ANY: Final = Among(frozenset(), True)
NOTHING: Final = Among(frozenset())


class Held(msgspec.Struct, frozen=True, gc=False):
    """A set of values that has something of each of ``hits`` and nothing of ``barred``; made by ``held``.

    No hit has anything of what is barred. ``alone``: a single value; then there is one hit, and all else is barred.
    """

    hits: tuple[Among, ...] = ()
    barred: Among = NOTHING
    alone: bool = False

    @property
    def weight(self) -> int:
        """That of all clauses."""
        return self.barred.weight + sum([hit.weight for hit in self.hits])

    def inside(self, other: Domain) -> bool:
        """Each clause of the other follows from one of ours."""
        if not isinstance(other, Held) or not other.barred.within(self.barred) or (other.alone and not self.alone):
            return False
        return all(hit in self.hits or _follows(hit, self.hits) for hit in other.hits)

    def meet(self, other: Domain) -> Domain | None:
        """All clauses of both."""
        if not isinstance(other, Held):
            return None
        if self.alone or other.alone:
            return single(self.options().common(other.options()))
        return held((*self.hits, *other.hits), _either(self.barred, other.barred))

    def minus(self, other: Domain) -> tuple[Domain, ...]:
        """A piece for each clause of the other that may fail; all of it, where the other is any one of too many."""
        if not isinstance(other, Held) or (other.alone and other.hits[0].but and not self.alone):
            return (self,)
        mine = self.hits
        if self.alone:
            left = single(self.options().common(other.options().opposite()))
            return () if left is None else (left,)
        pieces = [held(mine, _either(self.barred, hit)) for hit in other.hits if not _follows(hit, mine)]
        if not other.barred.within(self.barred):
            pieces.append(held((*mine, other.barred), self.barred))
        if other.alone:
            listed = [Among(frozenset((value,))) for value in other.hits[0].values]
            pieces += [held((*mine, *pair), self.barred) for pair in combinations(listed, 2)]
        return tuple([piece for piece in pieces if piece is not None])

    def options(self) -> Among:
        """Which values it may be, if it is a single one."""
        allowed = self.barred.opposite()
        for hit in self.hits:
            allowed = allowed.common(hit)
        return allowed


HELD: Final = Held()


def held(hits: tuple[Among, ...], barred: Among = NOTHING) -> Held | None:
    """The domain of these clauses; ``None`` where they contradict each other. Raises ``TooWideError``."""
    free = barred.opposite()
    kept: list[Among] = []
    for hit in hits:
        left = hit.common(free) if barred else hit
        if not left:
            return None
        if kept:
            if _follows(left, kept):
                continue
            kept = [other for other in kept if not left.within(other)]
        kept.append(left)
        if len(kept) > MOST_HITS:
            raise TooWideError
    return Held(tuple(kept), barred, bool(kept) and barred.but and len(barred.values) == 1)


def single(values: Among) -> Held | None:
    """One of these alone; ``None`` where there are none."""
    return Held((values,), values.opposite(), True) if values else None


def _follows(hit: Among, hits: Iterable[Among]) -> bool:
    """Whether who has something of each of these has something of this one."""
    return any(other is hit or other.within(hit) for other in hits)


def _either(one: Among, other: Among) -> Among:
    """What is of one or the other."""
    if one is other or not other:
        return one
    if not one.but and not other.but:
        return Among(one.values | other.values)
    return one.opposite().common(other.opposite()).opposite()


@lru_cache(maxsize=4096)
def interned(domain: Domain) -> Domain:
    """The one object for equal domains, so that most that are compared are the same."""
    return domain
