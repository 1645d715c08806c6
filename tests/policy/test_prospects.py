"""Terms that can never permit anything are told from those that may, by the places to blame."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from policy_strategies import NOW, facts, offers, requests

from renkei.exchange.prospects import obstacles
from renkei.policy import evaluate, read_offer
from renkei.policy.world import USE

DATASET = "urn:example:cell"


def atom(left, operator="eq", right="x") -> dict[str, object]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


def use(*constraints, **members) -> dict[str, object]:
    return {"action": "use", **members} | ({"constraint": list(constraints)} if constraints else {})


GOOD = atom("purpose")
PAST = atom("dateTime", "lteq", "2001-01-01T00:00:00Z")
BAD = atom("dateTme", "lteq", "2099-01-01T00:00:00Z")
UNREADABLE = atom("dateTime", "lteq", "tomorrow")
PARTNER = "did:web:b.example"
ONE = "permission[0].constraint[0]"
TERMS = {
    "use": ({"permission": [use()]}, []),
    "a purpose": ({"permission": [use(GOOD)]}, []),
    "a membership": ({"permission": [use(atom("Membership", "eq", "active"))]}, []),
    "what has run out": ({"permission": [use(PAST)]}, []),
    "one permission of two": ({"permission": [use(BAD), use(GOOD)]}, []),
    "one way of two": ({"permission": [use({"or": [BAD, GOOD]})]}, []),
    "a single party": ({"permission": [use(assignee=PARTNER)]}, []),
    "a prohibition of something else": ({"permission": [use()], "prohibition": [{"action": "display"}]}, []),
    "a prohibition with a condition": ({"permission": [use()], "prohibition": [use(GOOD)]}, []),
    "a prohibition for one party": ({"permission": [use()], "prohibition": [use(BAD, assignee=PARTNER)]}, []),
    "a prohibition that may be avoided": ({"permission": [use()], "prohibition": [use(BAD, GOOD)]}, []),
    "a misspelt operand": ({"permission": [use(BAD)]}, [ONE]),
    "an unreadable instant": ({"permission": [use(GOOD, UNREADABLE)]}, ["permission[0].constraint[1]"]),
    "an operator that does not fit": ({"permission": [use(atom("purpose", "gt"))]}, [ONE]),
    "both of two": ({"permission": [use({"and": [GOOD, BAD]})]}, [f"{ONE}.and[1]"]),
    "no way of two": ({"permission": [use({"or": [BAD, UNREADABLE]})]}, [f"{ONE}.or[0]", f"{ONE}.or[1]"]),
    "one of two, one of them never known": ({"permission": [use({"xone": [GOOD, BAD]})]}, [f"{ONE}.xone[1]"]),
    "a sequence": ({"permission": [use({"andSequence": [GOOD, PAST]})]}, []),
    "another action": ({"permission": [{"action": "display"}]}, ["permission[0].action"]),
    "a single party and a slip": ({"permission": [use(BAD, assignee=PARTNER)]}, [ONE]),
    "only a prohibition": ({"prohibition": [{"action": "display"}]}, ["permission"]),
    "what is permitted is prohibited": ({"permission": [use(GOOD)], "prohibition": [use()]}, ["prohibition[0]"]),
    "a prohibition that is never lifted": ({"permission": [use()], "prohibition": [use(BAD)]}, ["prohibition[0]"]),
    "a profile that nobody knows": ({"profile": "https://x.example/p", "permission": [use()]}, ["profile"]),
}


@pytest.mark.parametrize(("members", "places"), TERMS.values(), ids=TERMS)
def test_terms_without_a_prospect_are_told_by_their_places(members, places) -> None:
    policy = read_offer({"@id": "urn:example:o", "@type": "Offer", **members}, in_catalog=True)
    assert [reason.path for reason in obstacles(policy, DATASET, NOW)] == places


@pytest.mark.parametrize(("target", "places"), [(DATASET, []), ("urn:example:other", ["permission[0].target"])])
def test_a_permission_for_another_dataset_is_none(target, places) -> None:
    policy = read_offer({"@id": "urn:example:o", "@type": "Offer", "permission": [use()]}, in_catalog=True)
    policy = replace(policy, permission=tuple(replace(rule, target=target) for rule in policy.permission))
    assert [reason.path for reason in obstacles(policy, DATASET, NOW)] == places


@settings(max_examples=200, deadline=None)
@given(offers(), requests, facts)
def test_what_ever_permits_has_a_prospect(document, request, known) -> None:
    policy = read_offer(document, in_catalog=True)
    request = replace(request, action=USE)
    if evaluate(policy, request, known).permits:
        assert obstacles(policy, request.target, known.now) == ()
