"""What a partner reads of a decision never holds what we hold of it, of others, or of who decides what."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_strategies import NOW, ODRL, PARTY, ask, atom, offer, rule

from renkei.policy import Fact, Facts, Outcome, Phase, evaluate, read_offer
from renkei.policy.explaining.partner_view import partner_view
from renkei.policy.operands import CONNECTOR, GROUP, PURPOSE, ROLE

MEDIA = ODRL + "media"
LAWS = settings(max_examples=80, deadline=None)
HELD = {
    iri: Fact(frozenset({f"HELD-{n}", f"HELD-{n}b"}), f"SOURCE-{n}") for n, iri in enumerate((GROUP, ROLE, CONNECTOR))
}
KNOWN = Facts(NOW, HELD, part_of={"HELD-0": frozenset({"HELD-outer"}), PARTY: frozenset({"HELD-club"})})

shown = st.sampled_from(
    [
        atom(ROLE, "eq", "urn:role"),
        atom(ROLE, "isPartOf", ["urn:role", "urn:other"]),
        atom(CONNECTOR, "neq", "urn:connector"),
        atom("assignee", "eq", "did:web:other"),
        atom("dateTime", "lteq", "2026-01-01T00:00:00Z"),
        atom("purpose", "eq", "urn:purpose"),
        atom("media", "eq", "print"),
        atom("frobnicate", "eq", "x"),
    ]
)
hidden = st.builds(
    lambda operator, right: atom(GROUP, operator, right),
    st.sampled_from(["eq", "neq", "isAnyOf", "isNoneOf", "isPartOf", "hasPart", "lt"]),
    st.sampled_from([["SECRET-1"], ["SECRET-1", "SECRET-2"]]),
)
trees = st.recursive(
    st.one_of(shown, hidden),
    lambda inner: st.builds(
        lambda name, parts: {name: parts},
        st.sampled_from(["and", "or", "xone", "andSequence"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=6,
)
rules = st.builds(lambda listed: rule(*listed), st.lists(trees, min_size=1, max_size=2))
policies = st.builds(
    lambda permitted, prohibited: offer(*permitted, **({"prohibition": prohibited} if prohibited else {})),
    st.lists(rules, min_size=1, max_size=2),
    st.lists(rules, max_size=2),
)
requests = st.builds(
    lambda purposes, phase: replace(ask(*purposes), phase=phase),
    st.sampled_from([("DECLARED-1",), ("DECLARED-1", "DECLARED-2"), ()]),
    st.sampled_from(Phase),
)


def view_of(document, request, reader=PARTY, **how):
    return partner_view(evaluate(read_offer(document, in_catalog=True), request, KNOWN), reader, **how)


def written(view) -> str:
    return json.dumps(view.as_json()) + view.text()


@LAWS
@given(policies, requests)
def test_no_text_of_what_is_hidden_reaches_the_asker(document, request):
    text = written(view_of(document, request))
    for secret in ("SECRET", "HELD", "SOURCE", GROUP, "group of partners"):
        assert secret not in text


@LAWS
@given(policies, requests)
def test_whoever_did_not_ask_reads_nothing_of_the_request_either(document, request):
    view = view_of(document, request, reader="did:web:provider")
    for secret in ("SECRET", "HELD", "SOURCE", "DECLARED", PARTY):
        assert secret not in written(view)
    assert view.fixes == ()


@LAWS
@given(policies, requests)
def test_of_a_policy_that_was_not_shown_only_the_outcome_is_told(document, request):
    view = view_of(document, request, seen=False)
    assert view.as_json() == {"outcome": view.outcome.value, "reasons": [], "hidden": 0, "more": 0, "fixes": []}
    assert view.text() == ""


def test_the_asker_reads_what_it_said_what_was_agreed_and_what_would_help():
    view = view_of(offer(rule(atom("purpose", "eq", "urn:a"), atom(ROLE, "eq", "urn:role"))), ask("DECLARED-1"))
    assert view.outcome is Outcome.DENY
    assert view.lines == (
        "permission[0].constraint[0]: the declared purpose (purpose) is urn:a: found DECLARED-1, so false [constraint]",
        f"permission[0].constraint[1]: the asking party's role ({ROLE}) is urn:role: false [constraint]",
        f"what would help: declare the purpose urn:a; and show that the asking party's role ({ROLE}) is urn:role",
    )


def test_that_something_is_hidden_is_told_and_nothing_of_it():
    view = view_of(offer(rule(atom(GROUP, "eq", "SECRET-1"))), ask())
    assert (view.hidden, view.reasons, view.fixes) == (1, (), ())
    assert view.text() == "a condition that the other side decides by its own records is not met"


@pytest.mark.parametrize("reader", [PARTY, "did:web:other"])
def test_of_a_permit_nothing_is_told_but_the_outcome(reader):
    view = view_of(offer(rule()), ask(), reader)
    assert view.as_json() == {"outcome": "permit", "reasons": [], "hidden": 0, "more": 0, "fixes": []}


def test_a_refusal_fits_into_a_message():
    view = view_of(offer(rule(*(atom(ROLE, "eq", f"urn:role:{n}") for n in range(30)))), ask())
    assert (len(view.reasons), view.more, view.lines[20]) == (20, 10, "and 10 more")


def test_the_clock_is_told_to_everybody():
    closed = offer(rule(atom("dateTime", "lteq", "2026-01-01T00:00:00Z")))
    assert "found 2026-11-22 09:30 UTC" in view_of(closed, ask(), "did:web:provider").text()


def test_what_is_deferred_is_told_like_what_is_denied():
    later = view_of(offer(rule(atom(PURPOSE, "eq", "urn:a"))), replace(ask(), phase=Phase.CATALOG))
    assert later.outcome is Outcome.DEFER
    assert [reason.code.value for reason in later.reasons] == ["deferred"]
    assert [fix.text() for fix in later.fixes] == ["declare the purpose urn:a"]


def test_the_manner_of_the_use_is_read_back_where_the_asker_has_told_it():
    document = offer(rule(atom("media", "eq", "print")))
    assert "HELD" not in written(view_of(document, ask()))
    told = replace(ask(), parameters={MEDIA: Fact(frozenset({"DECLARED-screen"}))})
    assert "found DECLARED-screen" in view_of(document, told).text()
