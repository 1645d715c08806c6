"""The life of an obligation: when it is owed, until when, and that it moves along its five edges alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_strategies import NOW, ODRL, PARTY, agreement, ask, atom, rule

from renkei.policy import DutyState, Facts, compile_policy, read_agreement
from renkei.policy.deciding.meaning import Modality, terms_of
from renkei.policy.deciding.obligations import (
    EDGES,
    ObligationState,
    Progress,
    Word,
    duty_states,
    may_begin,
    next_turn,
    obligations_of,
    obliges,
    settled,
)
from renkei.policy.values import FIRST, LAST

S = ObligationState
MAKER = "did:web:supplier.example"
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
DELETE, PAY = ODRL + "delete", ODRL + "compensate"
CONSEQUENCE, REMEDY, REFINEMENT = ODRL + "consequence", ODRL + "remedy", ODRL + "refinement"


def at(days: float) -> datetime:
    return NOW + timedelta(days=days)


def when(operator: str, days: float, left: str = "dateTime") -> dict[str, object]:
    return atom(left, operator, at(days).isoformat().replace("+00:00", "Z"))


def owed(document: dict[str, object]):
    return obligations_of(terms_of(read_agreement(document)), MAKER, PARTY)


def duty(*constraints: object, action: str = DELETE, **members: object):
    """One duty on a permission, and what hangs on it."""
    return owed(agreement(rule(duty=[rule(*constraints, action=action, **members)])))


def state(obligations, now: datetime, progress=None, path: str = "permission[0].duty[0]") -> ObligationState:
    return settled(obligations, progress or {}, NOW, now)[path].state


# --- what is owed, by whom, to whom -------------------------------------------------------------------------------


def test_everything_that_obliges_is_listed_with_its_place_and_its_parties() -> None:
    found = owed(
        agreement(
            rule(duty=[rule(action=PAY, **{"@id": "urn:pay", CONSEQUENCE: [rule(action=ODRL + "inform")]})]),
            obligation=[rule(action=DELETE), rule(action=ODRL + "inform", assignee=MAKER)],
            prohibition=[rule(action="distribute", **{REMEDY: [rule(action=PAY)]})],
        )
    )
    assert [
        (one.path, one.role, one.word.rpartition("/")[2], one.debtor, one.creditor, one.above) for one in found
    ] == [
        ("obligation[0]", Modality.OBLIGATION, "delete", PARTY, MAKER, ""),
        ("obligation[1]", Modality.OBLIGATION, "inform", MAKER, PARTY, ""),
        ("permission[0].duty[0]", Modality.CONDITION, "compensate", PARTY, MAKER, ""),
        (
            "permission[0].duty[0].consequence[0]",
            Modality.CONSEQUENCE,
            "inform",
            PARTY,
            MAKER,
            "permission[0].duty[0]",
        ),
        ("prohibition[0].remedy[0]", Modality.REMEDY, "compensate", PARTY, MAKER, "prohibition[0]"),
    ]
    assert found[2].id == "urn:pay"
    assert found[2].consequences == ("permission[0].duty[0].consequence[0]",)


@pytest.mark.parametrize(
    ("document", "any_"),
    [
        (agreement(rule()), False),
        (agreement(rule(), prohibition=[rule(action="distribute")]), False),
        (agreement(rule(duty=[rule(action=PAY)])), True),
        (agreement(rule(), obligation=[rule(action=PAY)]), True),
        (agreement(rule(), prohibition=[rule(action="distribute", **{REMEDY: [rule(action=PAY)]})]), True),
    ],
)
def test_a_policy_that_obliges_to_nothing_is_told_from_one_that_does(document, any_) -> None:
    assert obliges(terms_of(read_agreement(document))) is any_
    assert bool(owed(document)) is any_


@pytest.mark.parametrize(
    ("action", "party", "word"),
    [
        (PAY, MAKER, Word.CONFIRMED),
        (PAY, PARTY, Word.CLAIMED),
        (DELETE, PARTY, Word.CLAIMED),
        (DELETE, MAKER, Word.CONFIRMED),
        (DELETE, "did:web:stranger.example", None),
        (ODRL + "obtainConsent", PARTY, Word.CLAIMED),
        ("frobnicate", PARTY, Word.CLAIMED),
    ],
)
def test_whose_word_is_worth_what(action, party, word) -> None:
    (one,) = duty(action=action)
    assert one.word_of(party) is word


# --- when it is owed, and until when ------------------------------------------------------------------------------

A_DAY = "2026-11-25Z"
IN_A_DAY_LAST = datetime(2026, 11, 25, 23, 59, 59, 999999, UTC)


@pytest.mark.parametrize(
    ("constraints", "opens", "due"),
    [
        ((), NOW, None),
        ((when("lteq", 3),), NOW, at(3)),
        ((when("lt", 3),), NOW, at(3) - TICK),
        ((when("gteq", 2),), at(2), None),
        ((when("gt", 2),), at(2) + TICK, None),
        ((when("gteq", -2),), NOW, None),
        ((when("gteq", 2), when("lteq", 5), when("lteq", 4)), at(2), at(4)),
        (({"and": [when("gteq", 1), when("lt", 2)]},), at(1), at(2) - TICK),
        ((atom("dateTime", "eq", A_DAY),), datetime(2026, 11, 25, tzinfo=UTC), IN_A_DAY_LAST),
        ((atom("dateTime", "lteq", A_DAY),), NOW, IN_A_DAY_LAST),
        ((atom("elapsedTime", "lteq", "P30D"),), NOW, at(30)),
        ((atom("elapsedTime", "lt", "P1M"),), NOW, datetime(2026, 12, 22, 9, 30, tzinfo=UTC) - TICK),
        ((atom("elapsedTime", "gteq", "P30D"),), at(30), None),
        ((atom("payAmount", "eq", "500.00"),), NOW, None),
        ((atom("dateTime", "gt", "9999-12-31Z"),), LAST, None),
        ((atom("dateTime", "lt", "0001-01-01T00:00:00Z"),), NOW, FIRST),
    ],
)
def test_constraints_that_compare_with_time_tell_from_when_and_until_when(constraints, opens, due) -> None:
    (one,) = duty(*constraints)
    assert (one.opens(NOW), one.due(NOW), one.waits) == (opens, due, False)


def test_a_refinement_of_the_action_tells_the_last_moment_as_a_constraint_does() -> None:
    (one,) = duty(**{REFINEMENT: [when("lteq", 3), atom("payAmount", "eq", "5"), atom("Membership", "eq", "active")]})
    assert (one.due(NOW), one.waits) == (at(3), False)


@pytest.mark.parametrize(
    "constraint",
    [
        when("neq", 3),
        atom("elapsedTime", "eq", "P30D"),
        atom("Membership", "eq", "active"),
        atom("frobnicate", "eq", "x"),
        atom("dateTime", "lteq", "soon"),
        {"or": [when("lteq", 3), when("lteq", 4)]},
        {"and": [when("lteq", 3)], "urn:example:x": "y"},
    ],
)
def test_what_nobody_here_can_tell_waits_for_a_person(constraint) -> None:
    obligations = duty(constraint)
    assert obligations[0].waits
    assert state(obligations, at(1000)) is S.INACTIVE
    assert next_turn(obligations, settled(obligations, {}, NOW, NOW), NOW) is None
    begun = {"permission[0].duty[0]": Progress(begun=at(1))}
    assert state(obligations, at(1), begun) is S.ACTIVE


def test_a_member_that_is_not_understood_waits_for_a_person() -> None:
    (one,) = duty(**{"https://example.org/note": "x"})
    assert one.waits


# --- the life cycle -----------------------------------------------------------------------------------------------

PATH = "permission[0].duty[0]"
BELOW = f"{PATH}.consequence[0]"
ONE = duty(when("lteq", 3))
WITH_CONSEQUENCE = duty(when("lteq", 3), **{CONSEQUENCE: [rule(atom("elapsedTime", "lteq", "P2D"), action=PAY)]})


def done(**days: float):
    paths = {"duty": PATH, "consequence": BELOW}
    return {paths[name]: Progress(done=at(day)) for name, day in days.items()}


@pytest.mark.parametrize(
    ("obligations", "recorded", "day", "expected"),
    [
        (ONE, {}, 0, [S.ACTIVE]),
        (ONE, {}, 3, [S.ACTIVE]),
        (ONE, {}, 4, [S.VIOLATED]),
        (ONE, done(duty=1), 1, [S.FULFILLED]),
        (ONE, done(duty=3), 3, [S.FULFILLED]),
        (ONE, done(duty=3), 30, [S.FULFILLED]),
        (ONE, done(duty=4), 4, [S.REMEDIED]),
        (duty(when("gteq", 2)), {}, 1, [S.INACTIVE]),
        (duty(when("gteq", 2)), {}, 2, [S.ACTIVE]),
        (duty(when("gteq", 2)), done(duty=1), 1, [S.INACTIVE]),
        (duty(when("gteq", 2)), done(duty=1), 2, [S.FULFILLED]),
        (duty(when("lteq", -1)), {}, 9, [S.INACTIVE]),
        (WITH_CONSEQUENCE, {}, 3, [S.ACTIVE, S.INACTIVE]),
        (WITH_CONSEQUENCE, {}, 4, [S.VIOLATED, S.ACTIVE]),
        (WITH_CONSEQUENCE, {}, 6, [S.VIOLATED, S.VIOLATED]),
        (WITH_CONSEQUENCE, done(duty=4), 4, [S.VIOLATED, S.ACTIVE]),
        (WITH_CONSEQUENCE, done(consequence=4), 4, [S.VIOLATED, S.FULFILLED]),
        (WITH_CONSEQUENCE, done(duty=4, consequence=4), 4, [S.REMEDIED, S.FULFILLED]),
        (WITH_CONSEQUENCE, done(duty=5, consequence=6), 6, [S.REMEDIED, S.REMEDIED]),
        (WITH_CONSEQUENCE, done(duty=2), 30, [S.FULFILLED, S.INACTIVE]),
    ],
)
def test_where_an_obligation_stands(obligations, recorded, day, expected) -> None:
    found = settled(obligations, recorded, NOW, at(day))
    assert [found[one.path].state for one in obligations] == expected


def test_a_consequence_counts_its_time_from_the_violation() -> None:
    found = settled(WITH_CONSEQUENCE, {}, NOW, at(4))
    assert found[BELOW].begun == at(3) + TICK
    assert found[BELOW].due == at(5) + TICK
    assert found[PATH].due == at(3)


def test_a_remedy_is_owed_when_a_person_says_that_the_prohibition_was_infringed() -> None:
    obligations = owed(
        agreement(rule(), prohibition=[rule(action="distribute", **{REMEDY: [rule(when("lteq", 9), action=PAY)]})])
    )
    path = "prohibition[0].remedy[0]"
    assert state(obligations, at(30), path=path) is S.INACTIVE
    assert may_begin(obligations[0], settled(obligations, {}, NOW, NOW))
    begun = {path: Progress(begun=at(1))}
    assert state(obligations, at(1), begun, path) is S.ACTIVE
    assert state(obligations, at(10), begun, path) is S.VIOLATED


def test_only_what_waits_for_a_person_is_begun_by_one() -> None:
    waiting = duty(atom("Membership", "eq", "active"), **{CONSEQUENCE: [rule(atom("x:y", "eq", "z"), action=PAY)]})
    now = settled(waiting, {}, NOW, NOW)
    assert [may_begin(one, now) for one in waiting] == [True, False]
    assert [may_begin(one, settled(ONE, {}, NOW, NOW)) for one in ONE] == [False]
    late = duty(when("lteq", 3), **{CONSEQUENCE: [rule(atom("x:y", "eq", "z"), action=PAY)]})
    now = settled(late, {}, NOW, at(4))
    assert [may_begin(one, now) for one in late] == [False, True]
    begun = settled(late, {**now, BELOW: Progress(begun=at(4))}, NOW, at(4))
    assert begun[BELOW].state is S.ACTIVE
    assert [may_begin(one, begun) for one in late] == [False, False]


@pytest.mark.parametrize(
    ("obligations", "day", "turn"),
    [
        (ONE, 0, at(3) + TICK),
        (ONE, 4, None),
        (duty(), 0, None),
        (duty(when("gteq", 2)), 0, at(2)),
        (duty(when("lteq", -1)), 0, None),
        (WITH_CONSEQUENCE, 4, at(5) + 2 * TICK),
        (duty(atom("dateTime", "lteq", "9999-12-31Z")), 0, None),
    ],
)
def test_the_next_instant_at_which_time_moves_something(obligations, day, turn) -> None:
    progress = settled(obligations, {}, NOW, at(day))
    assert next_turn(obligations, progress, NOW) == turn
    if turn is not None:
        assert settled(obligations, progress, NOW, turn - TICK) == progress
        assert settled(obligations, progress, NOW, turn) != progress


# --- laws ---------------------------------------------------------------------------------------------------------

HOUSE = owed(
    agreement(
        rule(
            duty=[
                rule(when("lteq", 3), action=DELETE, **{CONSEQUENCE: [rule(when("lteq", 6), action=PAY), rule()]}),
                rule(when("gteq", 2), atom("elapsedTime", "lteq", "P4D"), action=PAY),
            ]
        ),
        obligation=[rule(atom("Membership", "eq", "active"), atom("elapsedTime", "lteq", "P2D"), action=DELETE)],
        prohibition=[rule(action="distribute", **{REMEDY: [rule(when("lteq", 5), action=PAY)]})],
    )
)
PATHS = [one.path for one in HOUSE]
events = st.tuples(st.integers(0, 8), st.sampled_from(["done", "begun", "look"]), st.sampled_from(PATHS))


def recorded(progress, kind: str, path: str, day: float):
    """As an operator's word is recorded: once, and begun only where that is a person's to say."""
    own = progress[path]
    one = next(one for one in HOUSE if one.path == path)
    if kind == "done" and own.done is None:
        own = Progress(state=own.state, begun=own.begun, due=own.due, done=at(day))
    elif kind == "begun" and may_begin(one, progress):
        own = Progress(state=own.state, begun=at(day), due=own.due, done=own.done)
    return {**progress, path: own}


def edges_taken(before, after) -> None:
    for path, own in after.items():
        reachable, waiting = {before[path].state}, [before[path].state]
        while waiting:
            waiting = [state for state in EDGES[waiting.pop()] if state not in reachable] + waiting
            reachable.update(waiting)
        assert own.state in reachable, (path, before[path].state, own.state)
        if before[path].state.settled:
            assert own == before[path]


@given(st.lists(events, max_size=12))
def test_an_obligation_takes_legal_edges_alone_and_what_is_settled_never_regresses(listed) -> None:
    progress = settled(HOUSE, {}, NOW, NOW)
    for day, kind, path in sorted(listed):
        before = settled(HOUSE, progress, NOW, at(day))
        edges_taken(progress, before)
        after = settled(HOUSE, recorded(before, kind, path, day), NOW, at(day))
        edges_taken({**before}, after)
        progress = after


@given(st.integers(0, 8), st.lists(events, max_size=8), st.lists(events, min_size=2, max_size=4))
def test_the_order_of_what_is_recorded_at_one_instant_makes_no_difference(day, earlier, together) -> None:
    progress = settled(HOUSE, {}, NOW, NOW)
    for past, kind, path in sorted(earlier):
        if past <= day:
            progress = settled(
                HOUSE, recorded(settled(HOUSE, progress, NOW, at(past)), kind, path, past), NOW, at(past)
            )
    ends = []
    for order in permutations(together):
        found = settled(HOUSE, progress, NOW, at(day))
        for _, kind, path in order:
            found = settled(HOUSE, recorded(found, kind, path, day), NOW, at(day))
        ends.append({path: own.state for path, own in found.items()})
    assert all(end == ends[0] for end in ends)


@given(st.lists(events, max_size=8), st.lists(st.integers(0, 12), max_size=6))
def test_how_often_it_is_asked_in_between_makes_no_difference(listed, looks) -> None:
    asked = sorted([*listed, *((day, "look", PATHS[0]) for day in looks)])
    ends = []
    for sequence in (sorted(listed), asked):
        progress = settled(HOUSE, {}, NOW, NOW)
        for day, kind, path in sequence:
            progress = settled(HOUSE, recorded(settled(HOUSE, progress, NOW, at(day)), kind, path, day), NOW, at(day))
        ends.append(settled(HOUSE, progress, NOW, at(20)))
    assert ends[0] == ends[1]


# --- what decisions see -------------------------------------------------------------------------------------------


def test_the_states_are_told_to_decisions_by_path_and_those_of_consequences_are_not() -> None:
    recorded_ = done(duty=4, consequence=4)
    told = [
        duty_states(WITH_CONSEQUENCE, settled(WITH_CONSEQUENCE, known, NOW, at(day)))
        for known, day in (({}, 0), ({}, 4), (recorded_, 4), (done(duty=1), 1))
    ]
    assert told == [
        {PATH: DutyState.NOT_SET},
        {PATH: DutyState.VIOLATED},
        {PATH: DutyState.FULFILLED},
        {PATH: DutyState.FULFILLED},
    ]


@pytest.mark.parametrize(
    ("action", "day", "told", "permitted"),
    [
        (DELETE, 1, DutyState.NOT_SET, True),
        (DELETE, 4, DutyState.VIOLATED, False),
        (DELETE, 4, DutyState.FULFILLED, True),
        (PAY, 1, DutyState.NOT_SET, False),
        (PAY, 1, DutyState.FULFILLED, True),
        (PAY, 4, DutyState.VIOLATED, False),
    ],
)
def test_a_violated_duty_ends_its_permission_though_its_time_is_over(action, day, told, permitted) -> None:
    policy = read_agreement(agreement(rule(duty=[rule(when("lteq", 3), action=action)])))
    decision = compile_policy(policy).decide(ask(), Facts(at(day), began=NOW, duties={PATH: told}))
    assert decision.permits is permitted
    codes = [reason.code.value for reason in decision.obstacles]
    assert codes == ([] if permitted else ["violation"] if day == 4 else ["fulfilment"])


@pytest.mark.parametrize("named", ["permission[0].duty[1]", "obligation[0]"])
@pytest.mark.parametrize("told", [DutyState.NOT_SET, DutyState.VIOLATED])
def test_a_duty_does_not_pass_for_another_by_taking_its_place_for_a_name(named, told) -> None:
    duties = [rule(action=PAY, **{"@id": named}), rule(action=PAY)]
    policy = read_agreement(agreement(rule(duty=duties), obligation=[rule(action=PAY)]))
    states = {PATH: told, "permission[0].duty[1]": DutyState.FULFILLED, "obligation[0]": DutyState.FULFILLED}
    assert not compile_policy(policy).decide(ask(), Facts(at(4), began=NOW, duties=states)).permits


def test_a_violated_duty_is_not_made_good_by_a_consequence_that_takes_another_place_for_its_name() -> None:
    consequence = rule(action=PAY, **{"@id": "obligation[0]"})
    duty = rule(action=PAY, **{CONSEQUENCE: [consequence]})
    policy = read_agreement(agreement(rule(duty=[duty]), obligation=[rule(action=DELETE)]))
    states = {PATH: DutyState.VIOLATED, "obligation[0]": DutyState.FULFILLED}
    assert not compile_policy(policy).decide(ask(), Facts(at(4), began=NOW, duties=states)).permits


def test_a_duty_that_is_violated_is_told_as_something_to_make_good() -> None:
    policy = read_agreement(agreement(rule(duty=[rule(when("lteq", 3), action=DELETE)])))
    facts = Facts(at(4), began=NOW, duties={PATH: DutyState.VIOLATED})
    decision = compile_policy(policy).decide(ask(), facts)
    (reason,) = decision.obstacles
    assert reason.text() == f"{PATH}.violation: the duty to delete is not violated: false"
    assert reason.text("ja") == f"{PATH}.violation: delete の義務に違反はありません: 判定 偽"
