"""Laws of conditions and actions: what logic says of them holds of decisions, whatever the policy."""

from __future__ import annotations

from itertools import product

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from policy_strategies import CX, NOW, ODRL, PARTY, TARGET, ask, atom, facts, offer, offers, requests, rule

from renkei.policy import Facts, Truth, evaluate, read_offer, read_w3c
from renkei.policy.terms import INCLUDED_IN, covers, iri_of
from renkei.policy.world import USE

LAWS = settings(max_examples=60, deadline=None)
DAYS = ["2026-11-21T00:00:00Z", NOW.isoformat(), "2027-01-01T00:00:00Z"]
PAIRS = [
    *((atom("dateTime", "lt", day), atom("dateTime", "gteq", day)) for day in DAYS),
    *((atom("dateTime", "lteq", day), atom("dateTime", "gt", day)) for day in DAYS),
    *((atom("dateTime", "eq", day), atom("dateTime", "neq", day)) for day in DAYS),
    *((atom("assignee", "eq", who), atom("assignee", "neq", who)) for who in (PARTY, "did:web:other")),
    *((atom("assignee", "isAnyOf", [who]), atom("assignee", "isNoneOf", [who])) for who in (PARTY, "did:web:other")),
]
"""Conditions whose value is always known, each with its opposite."""
pairs = st.sampled_from(PAIRS)


def holds(constraint: object) -> bool:
    decision = evaluate(read_offer(offer(rule(constraint)), in_catalog=True), ask(), Facts(NOW))
    (verdict,) = [reason.verdict for reason in decision.reasons if reason.path == "permission[0]"]
    assert verdict in {Truth.TRUE, Truth.FALSE}
    return verdict is Truth.TRUE


@LAWS
@given(st.lists(pairs, min_size=1, max_size=4))
def test_not_all_is_the_opposite_of_some_and_none_the_opposite_of_any(chosen):
    plain, opposite = [one for one, _ in chosen], [other for _, other in chosen]
    assert holds({"and": plain}) is not holds({"or": opposite})
    assert holds({"or": plain}) is not holds({"and": opposite})


@LAWS
@given(pairs, pairs, pairs)
def test_absorption_and_distribution(first, second, third):
    a, b, c = first[0], second[0], third[0]
    assert holds({"and": [a, {"or": [a, b]}]}) is holds(a)
    assert holds({"or": [a, {"and": [a, b]}]}) is holds(a)
    assert holds({"and": [a, {"or": [b, c]}]}) is holds({"or": [{"and": [a, b]}, {"and": [a, c]}]})


@LAWS
@given(st.lists(pairs, min_size=1, max_size=5))
def test_xone_is_exactly_one(chosen):
    plain = [one for one, _ in chosen]
    assert holds({"xone": plain}) is ([holds(item) for item in plain].count(True) == 1)


NARROWER = sorted(action for action in INCLUDED_IN if covers(USE, action))


@LAWS
@given(offers(), requests, facts, st.sampled_from(NARROWER))
def test_who_may_use_may_do_what_lies_in_it_unless_that_is_prohibited(document, request, known, action):
    policy = read_offer(document, in_catalog=True)
    use = evaluate(policy, ask(*request.purposes, party=request.party), known)
    assume(use.permits)
    prohibited = [rule for rule in policy.prohibition if covers(iri_of(rule.action), action) is not False]
    narrower = evaluate(policy, ask(*request.purposes, party=request.party, action=action), known)
    assert narrower.permits or prohibited


actions = st.lists(st.sampled_from(["use", "read", "distribute", "play"]), min_size=1, max_size=3, unique=True)
targets = st.lists(st.sampled_from([TARGET, "urn:part", "urn:other"]), min_size=1, max_size=2, unique=True)
parties = st.lists(st.sampled_from([PARTY, "did:web:other"]), min_size=1, max_size=2, unique=True)
conditions = st.lists(st.sampled_from([one for one, _ in PAIRS[:9]]), max_size=2)


@LAWS
@given(actions, targets, parties, conditions)
def test_a_compact_policy_decides_as_its_atoms_do(some_actions, some_targets, some_parties, some_conditions):
    shared = {"constraint": some_conditions} if some_conditions else {}
    head = {"@context": "http://www.w3.org/ns/odrl.jsonld", "uid": "urn:p", "@type": "Set"}
    compact = head | {
        "permission": [{"action": some_actions, "target": some_targets, "assignee": some_parties, **shared}]
    }
    atoms = head | {
        "permission": [
            {"action": action, "target": target, "assignee": party, **shared}
            for action, target, party in product(some_actions, some_targets, some_parties)
        ]
    }
    one, many = read_w3c(compact), read_w3c(atoms)
    for action, target, party in product(
        ["use", "read", "distribute", "display", "delete"], [TARGET, "urn:part"], [PARTY, "did:web:other"]
    ):
        asked = ask(action=ODRL + action, target=target, party=party)
        assert evaluate(one, asked, Facts(NOW)).outcome is evaluate(many, asked, Facts(NOW)).outcome
    assert not evaluate(one, ask(action=CX + "access"), Facts(NOW)).permits
