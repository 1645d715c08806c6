"""Pairs of policies that have much in common, and worlds in which to ask them."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from random import Random

from hypothesis import strategies as st
from policy_strategies import CX, NOW, ODRL, TARGET, atom, offer, rule

from renkei.policy import Fact, Facts, Performed, Request
from renkei.policy.operands import COUNT, MEMBERSHIP, RECIPIENT, ROLE, SECURITY_LEVEL, SPATIAL
from renkei.policy.operands.dataspace import SECURITY_PROFILES

ORDER = ("lt", "lteq", "gt", "gteq", "eq", "neq")
PARTIES = ("did:web:a", "did:web:b", "did:web:c")
UNITS = ("", "urn:u", "urn:v")
VALUES = ("a", "b", "c", "d")


def day(offset: float) -> str:
    return (NOW + timedelta(days=offset)).isoformat()


def in_unit(constraint: dict, unit: str) -> dict:
    return constraint | {"odrl:unit": {"@id": unit}}


POOL = [
    *(atom("dateTime", name, day(offset)) for name in ORDER for offset in (-1, 0, 1)),
    *(atom("dateTime", name, "2026-11-22Z") for name in ORDER),
    *(atom("elapsedTime", name, length) for name in ORDER for length in ("P1D", "P2D", "P1M", "P2M", "P1M1D")),
    *(atom("count", name, number) for name in ORDER for number in ("1", "2", "2.5", "3")),
    *(atom("purpose", name, "a") for name in ("eq", "neq", "isA")),
    *(atom("purpose", name, right) for name in ("isAnyOf", "isNoneOf") for right in (["a", "b"], ["b", "c"])),
    *(
        atom(ROLE, name, right)
        for name in ("isAnyOf", "isNoneOf", "isAllOf", "isA", "isPartOf", "hasPart")
        for right in ("a", ["a", "b"], ["b", "c"])
    ),
    *(atom("spatial", name, right) for name in ("eq", "neq", "isA") for right in ("a", "b")),
    *(
        atom("assignee", name, party)
        for name in ("eq", "neq", "isAnyOf", "isA", "isNoneOf")
        for party in (PARTIES[0], list(PARTIES[:2]))
        if name not in ("eq", "neq") or isinstance(party, str)
    ),
    *(atom(SECURITY_LEVEL, name, level) for name in (*ORDER, "isAnyOf", "isA") for level in SECURITY_PROFILES),
    *(atom("recipient", name, right) for name in ("eq", "neq", "isAnyOf", "isNoneOf") for right in ("a", "b")),
    *(atom("percentage", name, number) for name in ORDER for number in ("1", "2")),
    *(in_unit(atom("percentage", "lteq", number), unit) for number in ("1", "2") for unit in UNITS[1:]),
    atom(CX + "Warranty", "eq", "cx.warranty.none:1"),
    atom("Membership", "eq", "active"),
    atom("frobnicate", "eq", "x"),
    atom("purpose", "term-lteq", "x"),
]
DUTIES = [
    {"action": "delete"},
    {"action": "compensate"},
    *(
        {"action": "delete", "odrl:refinement": [atom("elapsedTime", "lteq", length)]}
        for length in ("P1D", "P2D", "P1M")
    ),
    *({"action": "delete", "odrl:refinement": [atom("dateTime", "lteq", day(offset))]} for offset in (-1, 1)),
    *({"action": "compensate", "odrl:refinement": [atom("payAmount", "gteq", number)]} for number in ("5", "7")),
    {"action": "inform", "constraint": [atom("Membership", "eq", "active")]},
    {"action": "inform", "constraint": [atom("dateTime", "lteq", day(1))]},
    {"action": "use"},
    {"action": "urn:notify"},
]


def joined(atoms):
    return st.recursive(
        atoms,
        lambda inner: st.builds(
            lambda name, parts: {name: parts},
            st.sampled_from(["and", "or", "xone", "or", "xone", "andSequence"]),
            st.lists(inner, min_size=1, max_size=3),
        ),
        max_leaves=4,
    )


@st.composite
def a_rule(draw, atoms, *, prohibiting: bool = False):
    members = {}
    if draw(st.integers(0, 6)) == 0:
        members["assignee"] = draw(st.sampled_from(PARTIES))
    if not prohibiting and draw(st.integers(0, 3)) == 0:
        members["duty"] = draw(st.lists(st.sampled_from(DUTIES), min_size=1, max_size=2))
    action = draw(st.sampled_from(["use", "use", "read", "distribute", "urn:x", "frobnicate"]))
    return rule(*draw(st.lists(joined(atoms), max_size=3)), action=action, **members)


@st.composite
def a_policy(draw, atoms):
    members = {}
    if draw(st.booleans()):
        members["prohibition"] = draw(st.lists(a_rule(atoms, prohibiting=True), min_size=1, max_size=2))
    if draw(st.integers(0, 5)) == 0:
        members["obligation"] = [draw(st.sampled_from(DUTIES))]
    return offer(*draw(st.lists(a_rule(atoms), min_size=1, max_size=2)), **members)


@st.composite
def changes(draw, document, atoms):
    """The same policy with something added or taken away."""
    other = deepcopy(document)
    for _ in range(draw(st.integers(0, 2))):
        chosen = draw(st.sampled_from(other["permission"]))
        match draw(st.sampled_from(["constrain", "constrain", "free", "prohibit", "owe", "permit"])):
            case "constrain":
                chosen["constraint"] = [*chosen.get("constraint", []), draw(joined(atoms))]
            case "free":
                chosen.pop("constraint", None)
            case "prohibit":
                other["prohibition"] = [*other.get("prohibition", []), draw(a_rule(atoms, prohibiting=True))]
            case "owe":
                chosen["duty"] = [*chosen.get("duty", []), draw(st.sampled_from(DUTIES))]
            case _:
                other["permission"] = [*other["permission"], draw(a_rule(atoms))]
    return other


@st.composite
def pairs(draw, length: int = 2):
    """Policies over a handful of comparisons, each a change of the one before."""
    atoms = st.sampled_from(draw(st.lists(st.sampled_from(POOL), min_size=3, max_size=8)))
    documents = [draw(a_policy(atoms))]
    while len(documents) < length:
        documents.append(draw(changes(documents[-1], atoms)))
    return documents


def held(*values: str, unit: str = "") -> Fact:
    return Fact(frozenset(values), unit=unit)


def some(chance: Random, values) -> list[str]:
    return [value for value in values if chance.random() < 0.5]


def a_world(chance: Random) -> tuple[Request, Facts]:
    now = NOW + timedelta(days=chance.choice([-2, -1, -0.5, 0, 0.5, 1, 2]), microseconds=chance.randint(-1, 1))
    passed = chance.choice([None, 0, 1, 1.5, 2, 3, 31, 32, 40, 61, 70])
    values = {
        COUNT: held(str(chance.randint(0, 4))),
        ROLE: held(*some(chance, VALUES)),
        SPATIAL: held(*some(chance, VALUES)),
        SECURITY_LEVEL: held(*chance.choice([(), *((level,) for level in SECURITY_PROFILES), SECURITY_PROFILES[:2]])),
        MEMBERSHIP: held(chance.choice(["active", "ended"])),
    }
    parameters = {
        RECIPIENT: held(*some(chance, VALUES)),
        ODRL + "percentage": held(chance.choice(["0", "1", "1.5", "2", "3", "much"]), unit=chance.choice(UNITS)),
    }
    actions = [ODRL + "delete", ODRL + "compensate", ODRL + "inform", ODRL + "read", "urn:notify"]
    paid = {ODRL + "payAmount": held(chance.choice(["4", "5", "6", "7"]))}
    done = [
        Performed(
            action=chance.choice(actions),
            at=now - timedelta(days=chance.randint(0, 2)),
            facts=paid if chance.random() < 0.7 else {},
        )
        for _ in range(chance.randint(0, 3))
    ]
    groups = ["a", "b", *PARTIES[:2]]
    request = Request(
        chance.choice(PARTIES),
        TARGET,
        chance.choice([ODRL + "use", ODRL + "read", ODRL + "distribute", ODRL + "play", "urn:x"]),
        frozenset(some(chance, VALUES)),
        parameters={iri: fact for iri, fact in parameters.items() if chance.random() < 0.7},
    )
    facts = Facts(
        now,
        {iri: fact for iri, fact in values.items() if chance.random() < 0.8},
        None if passed is None else now - timedelta(days=passed),
        {inner: frozenset(some(chance, groups)) for inner in (*VALUES, *PARTIES) if chance.random() < 0.3},
        performed=tuple(done),
    )
    return request, facts


worlds = st.integers(0, 2**32).map(Random).map(lambda chance: [a_world(chance) for _ in range(30)])
