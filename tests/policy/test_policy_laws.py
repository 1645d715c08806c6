"""Laws of evaluation, held for any policy, request and state of the world."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_strategies import NOW, ODRL, constraints, facts, offers, requests, rules

from renkei.policy import Facts, Policy, evaluate, policy_hash, read_offer, same_terms
from renkei.policy.deciding.truth import Truth, all_of, any_of, one_of

LAWS = settings(max_examples=30, deadline=None)


def read(document) -> Policy:
    return read_offer(document, in_catalog=True)


@pytest.mark.parametrize(
    ("join", "two_valued"), [(all_of, all), (any_of, any), (one_of, lambda values: list(values).count(True) == 1)]
)
def test_three_valued_connectives_agree_with_every_way_to_settle_the_unknown(join, two_valued):
    choices = {Truth.TRUE: (True,), Truth.FALSE: (False,), Truth.UNKNOWN: (True, False), Truth.DEFERRED: (True, False)}
    for length in range(5):
        for values in product(Truth, repeat=length):
            settled = {two_valued(chosen) for chosen in product(*(choices[value] for value in values))}
            value = Truth.of(join([value.bits for value in values]))
            if len(settled) == 1:
                assert value is (Truth.TRUE if settled.pop() else Truth.FALSE)
            else:
                assert value in {Truth.UNKNOWN, Truth.DEFERRED}


@pytest.mark.parametrize(
    ("join", "two_valued"), [(all_of, all), (any_of, any), (one_of, lambda values: list(values).count(True) == 1)]
)
def test_what_may_become_true_is_what_some_way_to_learn_the_deferred_makes_certain(join, two_valued):
    """What is unknown stays so: it must make no difference to what is called possible."""
    deferred = {Truth.TRUE: (Truth.TRUE,), Truth.FALSE: (Truth.FALSE,), Truth.UNKNOWN: (Truth.UNKNOWN,)}
    learnt = deferred | {Truth.DEFERRED: (Truth.TRUE, Truth.FALSE)}
    for length in range(5):
        for values in product(Truth, repeat=length):
            bits = join([value.bits for value in values])
            ways = [join([value.bits for value in way]) for way in product(*(learnt[value] for value in values))]
            assert bool(bits & 2) is any(way & 1 for way in ways)
            assert bool(bits & 8) is any(way & 4 for way in ways)


@LAWS
@given(offers(), requests, facts, constraints, rules(prohibiting=True))
def test_narrowing_a_policy_never_turns_deny_into_permit(document, request, known, constraint, prohibition):
    before = evaluate(read(document), request, known)
    assert before == evaluate(read(document), request, known)
    narrowed = [item | {"constraint": [*item.get("constraint", []), constraint]} for item in document["permission"]]
    for narrower in (
        document | {"permission": narrowed},
        document | {"prohibition": [*document.get("prohibition", []), prohibition]},
    ):
        assert before.permits or not evaluate(read(narrower), request, known).permits
    fewer = replace(read(document), permission=read(document).permission[1:])
    assert before.permits or not evaluate(fewer, request, known).permits


@LAWS
@given(offers(), requests, facts)
def test_a_hidden_fact_or_purpose_never_permits(document, request, known):
    policy = read(document)
    unasked = replace(request, purposes=frozenset())
    if not evaluate(policy, request, known).permits:
        for hidden in known.values:
            left = Facts(known.now, {iri: fact for iri, fact in known.values.items() if iri != hidden})
            assert not evaluate(policy, request, left).permits
        assert not evaluate(policy, unasked, known).permits


def shuffled(value, order: random.Random):
    """The same policy in another order; andSequence keeps its own."""
    if isinstance(value, dict):
        names = list(value)
        order.shuffle(names)
        return {
            name: [shuffled(item, order) for item in value[name]]
            if name == "andSequence"
            else shuffled(value[name], order)
            for name in names
        }
    if isinstance(value, list):
        items = [shuffled(item, order) for item in value]
        order.shuffle(items)
        return items
    return value


def respelled(value):
    """The same policy in other words."""
    words = {"use": ODRL + "use", "purpose": "odrl:purpose", "read": ODRL + "read", "dateTime": ODRL + "dateTime"}
    if isinstance(value, dict):
        return {
            name: words.get(item, item) if name in ("action", "leftOperand") else respelled(item)
            for name, item in value.items()
        }
    return [respelled(item) for item in value] if isinstance(value, list) else value


def wrapped(document):
    """The same policy with every rule's constraints under one ``and``, and each of them under an ``or`` of one."""
    return document | {
        "permission": [
            item | {"constraint": [{"and": [{"or": [each]} for each in item["constraint"]]}]}
            if "constraint" in item
            else item
            for item in document["permission"]
        ]
    }


@LAWS
@given(offers(), requests, facts, st.randoms(use_true_random=False))
def test_order_spelling_and_wrapping_change_neither_terms_nor_decision(document, request, known, order):
    policy = read(document)
    for other in (shuffled(document, order), respelled(document), wrapped(document)):
        again = read(other)
        assert same_terms(policy, again).same
        assert policy_hash(policy) == policy_hash(again)
        assert evaluate(policy, request, known).outcome is evaluate(again, request, known).outcome


@LAWS
@given(offers(), offers())
def test_terms_are_the_same_exactly_when_their_hashes_are(one, other):
    first, second = read(one), read(other)
    comparison = same_terms(first, second)
    assert comparison.same is (policy_hash(first) == policy_hash(second))
    assert comparison.same is not bool(comparison.differences)
    assert same_terms(first, first).same


@LAWS
@given(offers(), requests, facts, st.floats(0, 1))
def test_a_decision_stands_until_it_expires(document, request, known, part):
    policy = read(document)
    decision = evaluate(policy, request, known)
    until = decision.expires_at or NOW + timedelta(days=3650)
    assert until > NOW
    moment = NOW + (until - NOW) * part
    if moment < until:
        assert evaluate(policy, request, replace(known, now=moment)).outcome is decision.outcome
