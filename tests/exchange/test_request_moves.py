"""The table of a request: every pair of state and step, on either side."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest

from renkei.exchange.records.requests import RequestKind, RequestRecord, RequestState
from renkei.exchange.request.request_moves import MOVES, RequestStep, moved
from renkei.kernel.problems import LocalError

# One line a state: which state each step leads to; "-" is refused. Written by hand, from the words of the brief.
STEPS = ["prepare", "report", "answer", "collect", "return", "reject", "cancel", "remind", "remark", "give-up"]
ASKED = """
open       -         open      ready    -        -        rejected cancelled open     open     rejected
ready      -         ready     ready    answered -        rejected cancelled -        ready    rejected
answered   -         answered  -        -        returned -        -         -        answered -
returned   -         returned  ready    -        -        rejected cancelled returned returned rejected
rejected   -         rejected  -        -        -        -        -         -        rejected -
cancelled  -         cancelled -        -        -        -        -         -        -        -
"""
RECEIVED = """
open       preparing open      answered -        -        rejected cancelled open     open      -
preparing  preparing preparing answered -        -        rejected cancelled preparing preparing -
answered   -         -         -        -        returned -        cancelled answered answered  -
returned   preparing returned  answered -        -        rejected cancelled returned returned  -
rejected   -         -         -        -        -        -        cancelled rejected rejected  -
cancelled  -         -         -        -        -        -        -         -        -         -
"""


def expected(table: str) -> dict[tuple[str, str], str]:
    rows = [line.split() for line in table.split("\n") if line]
    return {(row[0], step): follows for row in rows for step, follows in zip(STEPS, row[1:], strict=True)}


WANTED = {False: expected(ASKED), True: expected(RECEIVED)}
# We never receive a "ready": it is the asker's, while the answer is on its way.
PAIRS = [
    (incoming, state, step)
    for incoming, state, step in product((False, True), RequestState, RequestStep)
    if (state.value, step.value) in WANTED[incoming]
]


def record(state: RequestState, *, incoming: bool) -> RequestRecord:
    return RequestRecord(
        id="r",
        request="r",
        incoming=incoming,
        partner="did:web:a.example",
        part="P",
        kinds=(RequestKind.FOOTPRINT,),
        due="2026-12-31",
        state=state,
        created=datetime(2026, 11, 22, tzinfo=UTC),
    )


def test_the_table_is_about_every_pair() -> None:
    assert len(PAIRS) == (6 + 6) * 10
    assert {state for state in RequestState if state not in MOVES[True]} <= {RequestState.READY, RequestState.PREPARING}
    assert {state for state in RequestState if state not in MOVES[False]} == {RequestState.PREPARING}


@pytest.mark.parametrize(
    ("incoming", "state", "step"), PAIRS, ids=[f"{'in' if i else 'out'}-{s.value}-{t.value}" for i, s, t in PAIRS]
)
def test_a_step_leads_where_the_table_says_or_is_refused(incoming, state, step) -> None:
    before, follows = record(state, incoming=incoming), WANTED[incoming][state.value, step.value]
    if follows == "-":
        with pytest.raises(LocalError, match="request-closed"):
            moved(before, step)
    else:
        assert moved(before, step).state.value == follows


@pytest.mark.parametrize("incoming", [False, True])
def test_nothing_can_wait_for_ever(incoming) -> None:
    """From every state in which somebody waits, an end can be reached, by either side."""
    table = MOVES[incoming]
    for state, follows in table.items():
        if not state.final:
            assert RequestStep.CANCEL in follows
            assert RequestStep.REJECT in follows
