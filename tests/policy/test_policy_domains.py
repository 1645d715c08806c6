"""Sets of values against their members, one by one."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations, product

import pytest

from renkei.policy.comparing.boxes import Kind
from renkei.policy.comparing.domains import (
    ABSENT,
    ANY,
    HELD,
    HIGHEST,
    LINE,
    LOWEST,
    MOST_HITS,
    NOTHING,
    Among,
    Held,
    Line,
    held,
    single,
)
from renkei.policy.comparing.witness import _end, _number

NUMBERS = [Decimal(n) / 2 for n in range(-1, 8)]
CUTS = [LOWEST, (Decimal(0), 0), (Decimal(1), 0), (Decimal(1), 1), (Decimal(3), 0), (Decimal(3), 1), HIGHEST]
SPANS = [(low, high) for low, high in combinations(CUTS, 2)]
LINES = [
    *(Line((span,)) for span in SPANS),
    *(Line((one, other)) for one, other in product(SPANS[:12], SPANS) if one[1] < other[0]),
]
TEXTS = ["a", "b", "c", "something else"]
AMONG = [
    Among(frozenset(chosen), but)
    for but in (False, True)
    for size in range(3)
    for chosen in combinations(TEXTS[:3], size)
    if chosen or but
]
SETS = [frozenset(chosen) for size in range(5) for chosen in combinations(TEXTS, size)]
HELDS = [
    made
    for size in range(3)
    for hits in combinations(AMONG, size)
    for barred in (NOTHING, *AMONG[:4], AMONG[8])
    if (made := held(hits, barred)) is not None
][:110]
ONES = [made for chosen in AMONG if not chosen.but if (made := single(chosen)) is not None]


def on_line(line, number):
    return any(low <= (number, 0) and (number, 1) <= high for low, high in line.spans)


def among(domain, text):
    return (text in domain.values) is not domain.but


def has(domain, values):
    return (
        (len(values) == 1 or not domain.alone)
        and all(any(among(hit, text) for text in values) for hit in domain.hits)
        and not any(among(domain.barred, text) for text in values)
    )


KINDS = {
    "lines": (LINES, NUMBERS, on_line),
    "choices": (AMONG, TEXTS, among),
    "sets": (HELDS, SETS, has),
    "sets of one": ([*ONES, *HELDS[::4]], SETS, has),
}


@pytest.mark.parametrize(("domains", "points", "contains"), KINDS.values(), ids=KINDS)
def test_what_is_in_both_in_one_alone_and_in_the_other_is_told_by_every_member(domains, points, contains) -> None:
    told = {id(domain): frozenset(point for point in points if contains(domain, point)) for domain in domains}
    for one, other in product(domains[::3], domains):
        mine, theirs = told[id(one)], told[id(other)]
        shared, left = one.meet(other), one.minus(other)
        assert {point for point in points if shared is not None and contains(shared, point)} == mine & theirs
        assert {point for point in points if any(contains(piece, point) for piece in left)} == mine - theirs
        assert (shared is None) is not bool(mine & theirs)
        assert bool(left) is bool(mine - theirs)
        assert one.inside(other) is (mine <= theirs)


@pytest.mark.parametrize("domain", [LINE, ANY, HELD, Held((ANY,))])
def test_what_is_absent_is_in_no_set_of_values(domain) -> None:
    assert (domain.meet(ABSENT), domain.minus(ABSENT), domain.inside(ABSENT)) == (None, (domain,), False)
    assert (ABSENT.meet(domain), ABSENT.minus(domain), ABSENT.inside(domain)) == (None, (ABSENT,), False)
    assert (ABSENT.meet(ABSENT), ABSENT.minus(ABSENT), ABSENT.inside(ABSENT)) == (ABSENT, (), True)


def test_clauses_that_follow_from_others_are_said_once() -> None:
    narrow, wide = Among(frozenset("a")), Among(frozenset("ab"))
    assert held((narrow, wide)) == held((wide, narrow)) == Held((narrow,))
    assert held((narrow,), Among(frozenset("a"))) is None


def test_one_of_too_many_takes_nothing_away_rather_than_too_much() -> None:
    others = single(Among(frozenset("a"), True))
    assert others is not None
    assert HELD.minus(others) == (HELD,)
    assert others.minus(HELD) == ()
    assert single(NOTHING) is None


def test_a_line_without_room_for_a_value_has_none() -> None:
    five = Decimal(5)
    with pytest.raises(ValueError, match="Line"):
        _number(Line((((five, 1), (five, 1)),)), 0)


def test_a_set_with_as_many_clauses_as_there_may_be_keeps_its_far_end() -> None:
    hits = tuple(Among(frozenset((f"{n}", f"other {n}"))) for n in range(MOST_HITS))
    full = held(hits)
    assert full is not None
    assert _end(full, Kind.PURPOSES) is full
