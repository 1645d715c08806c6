"""Policies and worlds for the policy tests: builders for single cases and hypothesis strategies for the laws."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from renkei.policy import Fact, Facts, Request
from renkei.policy.operands import FRAMEWORK_AGREEMENT, MEMBERSHIP

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
PARTY = "did:web:customer.example"
TARGET = "urn:dataset:cathode"
ODRL = "http://www.w3.org/ns/odrl/2/"
CX = "https://w3id.org/catenax/2025/9/policy/"


def atom(left: str, operator: str, right: object) -> dict[str, object]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


def rule(*constraints: object, action: str = "use", **members: object) -> dict[str, object]:
    return {"action": action} | ({"constraint": list(constraints)} if constraints else {}) | members


def offer(*permissions: object, **members: object) -> dict[str, object]:
    listed = {"permission": list(permissions)} if permissions else {}
    return {"@id": "urn:offer:1", "@type": "Offer"} | listed | members


def agreement(*permissions: object, **members: object) -> dict[str, object]:
    parties = {"target": TARGET, "assigner": "did:web:supplier.example", "assignee": PARTY}
    return offer(*permissions) | {"@type": "Agreement", "@id": "urn:agreement:1"} | parties | members


def world(**facts: Fact) -> Facts:
    named = {"membership": MEMBERSHIP, "framework": FRAMEWORK_AGREEMENT}
    return Facts(NOW, {named[name]: fact for name, fact in facts.items()})


def ask(*purposes: str, party: str = PARTY, target: str = TARGET, action: str = ODRL + "use") -> Request:
    return Request(party, target, action, frozenset(purposes))


def calls(work: Callable[[], object]) -> int:
    """How many functions were called: the same on every machine, so that growth is no matter of its mood."""
    count = 0

    def seen(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


# --- strategies -----------------------------------------------------------------------------------------------------

DAYS = [(NOW + timedelta(days=days)).isoformat() for days in (-2, 0, 2)]
CHOICES = ["cx.pcf.base:1", {"@value": "cx.pcf.base:1"}, {"@id": "urn:audit"}, ["cx.pcf.base:1", "urn:audit"]]
ATOMS = [
    *(atom(left, name, day) for left in ("dateTime", ODRL + "dateTime") for name in ("lt", "gteq") for day in DAYS),
    *(atom("odrl:dateTime", name, day) for name in ("lteq", "gt", "eq", "neq") for day in DAYS),
    *(atom("purpose", name, right) for name in ("eq", "neq", "isAnyOf", "isNoneOf") for right in CHOICES),
    *(atom(CX + "UsagePurpose", name, right) for name in ("eq", "isAnyOf") for right in CHOICES),
    *(atom("assignee", name, party) for name in ("eq", "neq") for party in (PARTY, "did:web:other")),
    atom("Membership", "eq", "active"),
    atom(CX + "Membership", "eq", ["active"]),
    atom("FrameworkAgreement", "eq", "DataExchangeGovernance:1.0"),
    atom("frobnicate", "eq", "x"),
    atom("purpose", "term-lteq", "x"),
]
purposes = st.sampled_from(["cx.pcf.base:1", "urn:audit", "urn:resale"])
atoms = st.sampled_from(ATOMS)
constraints = st.recursive(
    atoms,
    lambda inner: st.builds(
        lambda name, operands: {name: operands},
        st.sampled_from(["and", "or", "xone", "andSequence"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=6,
)
notes = st.sampled_from([{}, {"https://w3id.org/renkei/v1/note": "x"}, {"@id": "urn:rule:7"}])


@st.composite
def rules(draw: st.DrawFn, *, prohibiting: bool = False) -> dict[str, object]:
    listed = draw(st.lists(constraints, min_size=1 if prohibiting else 0, max_size=3))
    actions = ["use", "odrl:read", "distribute", "frobnicate"] if prohibiting else ["use", "use", "read", "frobnicate"]
    return rule(*listed, action=draw(st.sampled_from(actions))) | draw(notes)


@st.composite
def offers(draw: st.DrawFn) -> dict[str, object]:
    members: dict[str, object] = {}
    if draw(st.booleans()):
        members["prohibition"] = draw(st.lists(rules(prohibiting=True), min_size=1, max_size=2))
    if draw(st.booleans()):
        members["obligation"] = draw(st.lists(rules(), min_size=1, max_size=2))
    if draw(st.booleans()):
        members["assignee"] = draw(st.sampled_from([PARTY, "did:web:other"]))
    if draw(st.booleans()):
        members["profile"] = draw(st.sampled_from([CX, [CX], "urn:profile:unknown"]))
    if draw(st.booleans()):
        members["https://w3id.org/renkei/v1/template"] = "sha-256:00"
    return offer(*draw(st.lists(rules(), min_size=1, max_size=3)), **members)


requests = st.builds(
    ask,
    st.one_of(st.just("cx.pcf.base:1"), purposes),
    party=st.sampled_from([PARTY, PARTY, "did:web:other"]),
    action=st.sampled_from([ODRL + "use", ODRL + "read"]),
)
facts = st.builds(
    lambda known, expires: Facts(
        NOW,
        {iri: Fact(frozenset({value}), "test", expires) for iri, value in known.items()},
    ),
    st.fixed_dictionaries(
        {},
        optional={
            MEMBERSHIP: st.sampled_from(["active", "suspended"]),
            FRAMEWORK_AGREEMENT: st.just("DataExchangeGovernance:1.0"),
        },
    ),
    st.sampled_from([None, NOW + timedelta(hours=1), NOW - timedelta(hours=1)]),
)
