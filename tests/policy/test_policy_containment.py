"""Which of two policies is stricter: by hand, against brute force, and never more than can be shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations, permutations, product

import pytest
from containment_strategies import ORDER, POOL, day, held, in_unit, pairs, worlds
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_strategies import CX, NOW, ODRL, PARTY, TARGET, atom, calls, offer, rule

from renkei.policy import (
    BY_ACTION,
    PRE,
    STANDARD,
    CompiledPolicy,
    Datatype,
    Fact,
    Facts,
    Operand,
    Operator,
    Policy,
    PolicyKind,
    Relation,
    Request,
    Rule,
    Side,
    Source,
    Subject,
    compare,
    explain_difference,
    operand,
    read_agreement,
    read_offer,
)
from renkei.policy.comparing import boxes
from renkei.policy.comparing.drawn import _kept
from renkei.policy.model import Atomic
from renkei.policy.operands import CONSENT, COUNT, MEMBERSHIP, ROLE, SECURITY_LEVEL
from renkei.policy.operands.dataspace import SECURITY_PROFILES
from renkei.policy.operands.declaration import CHOICE, PARTS
from renkei.policy.operands.declaration import ORDER as ORDERED

EQUAL, STRICTER, LOOSER = Relation.EQUAL, Relation.STRICTER, Relation.LOOSER
APART, OPEN = Relation.INCOMPARABLE, Relation.UNKNOWN
TURNED = {STRICTER: LOOSER, LOOSER: STRICTER}
BASE, TRUST, PLUS = SECURITY_PROFILES
LAWS = settings(max_examples=40, deadline=None)


def read(document) -> Policy:
    return read_offer(document, in_catalog=True)


def use(*constraints, **members) -> dict:
    return offer(rule(*constraints, **members))


def either(*constraints) -> dict:
    return {"or": list(constraints)}


def checked(first: dict, second: dict, registry=STANDARD) -> Relation:
    """The relation, after both policies were asked about what is said to tell them apart."""
    one, other = read(first), read(second)
    verdict, turned = compare(one, other, registry), compare(other, one, registry)
    assert turned.relation is TURNED.get(verdict.relation, verdict.relation)
    assert (verdict.beyond is not None) is (verdict.relation in {LOOSER, APART}) or verdict.relation is OPEN
    assert (verdict.short is not None) is (verdict.relation in {STRICTER, APART}) or verdict.relation is OPEN
    assert verdict.witness == (verdict.beyond or verdict.short)
    for witness in (verdict.beyond, verdict.short):
        if witness is not None and witness.subject is Subject.USE:
            asked = [CompiledPolicy(policy, registry, PRE) for policy in (one, other)]
            answers = [compiled.decide(witness.request, witness.facts).permits for compiled in asked]
            assert answers == [witness.satisfies is Side.FIRST, witness.satisfies is Side.SECOND]
            assert not witness.denial.permits
    return verdict.relation


def level(operator: str, right: object) -> dict:
    return atom(SECURITY_LEVEL, operator, right)


# --- single comparisons ----------------------------------------------------------------------------

COMPARISONS = {
    "an earlier end": (atom("dateTime", "lteq", day(1)), atom("dateTime", "lteq", day(2)), STRICTER),
    "before a moment and until it": (atom("dateTime", "lt", day(1)), atom("dateTime", "lteq", day(1)), STRICTER),
    "a day and its last moment": (
        atom("dateTime", "lteq", "2026-11-22Z"),
        atom("dateTime", "lteq", "2026-11-22T23:59:59.999999Z"),
        EQUAL,
    ),
    "a day and the next one's start": (
        atom("dateTime", "lteq", "2026-11-22Z"),
        atom("dateTime", "lt", "2026-11-23T00:00:00Z"),
        EQUAL,
    ),
    "a day in another zone": (
        atom("dateTime", "eq", "2026-11-22+09:00"),
        atom("dateTime", "eq", "2026-11-22Z"),
        APART,
    ),
    "before and after": (atom("dateTime", "lt", day(0)), atom("dateTime", "gt", day(0)), APART),
    "a moment and any other": (atom("dateTime", "eq", day(0)), atom("dateTime", "neq", day(0)), APART),
    "a moment of two": (atom("dateTime", "eq", day(0)), atom("dateTime", "neq", day(1)), STRICTER),
    "fewer uses": (atom("count", "lteq", "3"), atom("count", "lteq", "5"), STRICTER),
    "uses are whole": (atom("count", "lt", "5"), atom("count", "lteq", "4"), EQUAL),
    "half a use is none": (atom("count", "lteq", "4.5"), atom("count", "lteq", "4"), EQUAL),
    "half a use is never met": (atom("count", "eq", "4.5"), atom("count", "lteq", "4"), STRICTER),
    "shares are not whole": (atom("percentage", "lt", "5"), atom("percentage", "lteq", "4"), LOOSER),
    "between two shares": (atom("percentage", "gt", "4"), atom("percentage", "gteq", "5"), LOOSER),
    "a share and none": (atom("percentage", "gt", "0"), atom("percentage", "neq", "0"), STRICTER),
    "the same share in a unit": (
        in_unit(atom("percentage", "eq", "5"), "urn:u"),
        atom("percentage", "eq", "5"),
        STRICTER,
    ),
    "shares in two units": (
        in_unit(atom("percentage", "eq", "5"), "urn:u"),
        in_unit(atom("percentage", "eq", "5"), "urn:v"),
        APART,
    ),
    "fewer days": (atom("elapsedTime", "lteq", "P10D"), atom("elapsedTime", "lteq", "P2W"), STRICTER),
    "days and hours": (atom("elapsedTime", "lt", "P1D"), atom("elapsedTime", "lt", "PT24H"), EQUAL),
    "fewer months": (atom("elapsedTime", "lteq", "P6M"), atom("elapsedTime", "lteq", "P1Y"), STRICTER),
    "more than some months": (atom("elapsedTime", "gt", "P2M"), atom("elapsedTime", "gt", "P1M"), STRICTER),
    "at a month and later": (atom("elapsedTime", "gteq", "P1M"), atom("elapsedTime", "gt", "P1M"), LOOSER),
    "months against days": (atom("elapsedTime", "lteq", "P1M"), atom("elapsedTime", "lteq", "P40D"), OPEN),
    "a month and a day": (atom("elapsedTime", "lteq", "P1M1D"), atom("elapsedTime", "lteq", "P2M"), OPEN),
    "beyond the calendar": (atom("elapsedTime", "lt", "P9998Y"), atom("elapsedTime", "lteq", "P9997Y"), OPEN),
    "one purpose of two": (atom("purpose", "eq", "a"), atom("purpose", "isAnyOf", ["a", "b"]), STRICTER),
    "purposes that overlap": (atom("purpose", "isAnyOf", ["a", "b"]), atom("purpose", "isAnyOf", ["b", "c"]), APART),
    "a purpose and all but others": (atom("purpose", "eq", "a"), atom("purpose", "isNoneOf", ["b", "c"]), STRICTER),
    "all but more purposes": (atom("purpose", "isNoneOf", ["a", "b"]), atom("purpose", "neq", "a"), STRICTER),
    "both words for purpose": (atom("purpose", "eq", "a"), atom("UsagePurpose", "isAnyOf", ["a", "b"]), STRICTER),
    "a kind of purpose": (atom("purpose", "isA", "a"), atom("purpose", "eq", "a"), OPEN),
    "one role of two": (atom(ROLE, "eq", "a"), atom(ROLE, "isAnyOf", ["a", "b"]), STRICTER),
    "two roles at once": (atom(ROLE, "isAllOf", ["a", "b"]), atom(ROLE, "eq", "a"), STRICTER),
    "two roles and one of them": (atom(ROLE, "isAllOf", ["a", "b"]), atom(ROLE, "isAnyOf", ["b", "c"]), STRICTER),
    "who has a role may have others": (atom(ROLE, "eq", "a"), atom(ROLE, "neq", "b"), APART),
    "a role and its kinds": (atom(ROLE, "eq", "a"), atom(ROLE, "isA", "a"), STRICTER),
    "kinds of roles": (atom(ROLE, "isA", "a"), atom(ROLE, "isPartOf", ["a", "b"]), STRICTER),
    "what contains a role": (atom(ROLE, "hasPart", "a"), atom(ROLE, "eq", "a"), OPEN),
    "an asker": (atom("assignee", "eq", PARTY), atom("assignee", "isA", PARTY), STRICTER),
    "an asker is not another": (atom("assignee", "eq", PARTY), atom("assignee", "neq", "did:web:x"), STRICTER),
    "not those askers": (
        atom("assignee", "isNoneOf", [PARTY, "did:web:x"]),
        atom("assignee", "neq", PARTY),
        STRICTER,
    ),
    "a higher level": (level("gteq", PLUS), level("gteq", TRUST), STRICTER),
    "all levels above one": (level("gt", BASE), level("gteq", TRUST), EQUAL),
    "levels by name and by rank": (level("gteq", TRUST), level("isAnyOf", [TRUST, PLUS]), STRICTER),
    "a level and not another": (level("eq", PLUS), level("neq", BASE), STRICTER),
    "no level below the lowest": (level("lt", BASE), level("eq", BASE), STRICTER),
    "a kind of level": (level("isA", BASE), level("eq", BASE), OPEN),
    "another consent": (atom(CONSENT, "eq", "primary"), atom(CONSENT, "eq", "secondary"), APART),
    "the same flaw": (atom("frobnicate", "eq", "x"), atom("frobnicate", "eq", "x"), EQUAL),
    "another flaw": (atom("frobnicate", "eq", "x"), atom("frobnicate", "eq", "y"), OPEN),
    "an operator that it has not": (atom("purpose", "term-lteq", "x"), atom("purpose", "eq", "x"), OPEN),
    "a term that only binds": (atom(CX + "Warranty", "eq", "a"), atom(CX + "Warranty", "eq", "b"), OPEN),
}


@pytest.mark.parametrize(("first", "second", "relation"), COMPARISONS.values(), ids=COMPARISONS)
def test_two_comparisons_stand_to_each_other_as_their_values_do(first, second, relation) -> None:
    assert checked(use(first), use(second)) is relation


@pytest.mark.parametrize("constraint", POOL, ids=str)
def test_a_comparison_more_is_never_looser_and_never_shown_to_be_the_same(constraint) -> None:
    assert checked(use(constraint, atom("media", "eq", "x")), use(atom("media", "eq", "x"))) in {
        STRICTER,
        OPEN,
    }
    assert checked(use(constraint), read_again(use(constraint))) is EQUAL


def read_again(document: dict) -> dict:
    """The same, said twice."""
    (permission,) = document["permission"]
    return offer(permission, permission)


# --- connectives -----------------------------------------------------------------------------------

A, B, C = (atom("spatial", "eq", name) for name in "abc")
UNTIL, FROM = atom("dateTime", "lteq", day(5)), atom("dateTime", "gteq", day(-5))
CONNECTED = {
    "and": (use(A, B), use(A), STRICTER),
    "or": (use(either(A, B)), use(A), LOOSER),
    "or in any order, said twice": (use(either(A, B, A)), use(either(B, A)), EQUAL),
    "a choice of two permissions": (offer(rule(A), rule(B)), use(either(A, B)), EQUAL),
    "absorbed": (use(either(A, {"and": [A, B]})), use(A), EQUAL),
    "distributed": (
        use(either({"and": [A, UNTIL]}, {"and": [A, FROM]})),
        use(A, either(UNTIL, FROM)),
        EQUAL,
    ),
    "two halves of time": (
        use(either(atom("dateTime", "lt", day(0)), atom("dateTime", "gteq", day(0)))),
        use(),
        EQUAL,
    ),
    "two halves of what may be unknown": (use(either(atom(ROLE, "eq", "a"), atom(ROLE, "neq", "a"))), use(), STRICTER),
    "exactly one is not both": (use({"xone": [A, B]}), use(either(A, B)), STRICTER),
    "exactly one of one": (use({"xone": [A]}), use(A), EQUAL),
    "exactly one of what excludes each other": (
        use({"xone": [atom("dateTime", "lt", day(0)), atom("dateTime", "gt", day(0))]}),
        use(atom("dateTime", "neq", day(0))),
        EQUAL,
    ),
    "exactly one of three": (
        use({"xone": [A, B, C]}),
        use(
            either(
                {"and": [A, atom("spatial", "eq", "a")]},
                B,
                C,
            )
        ),
        STRICTER,
    ),
    "in order, the same": (use({"andSequence": [A, B]}, C), use({"andSequence": [A, B]}), OPEN),
    "in order, another one": (use({"andSequence": [A, B]}), use({"andSequence": [B, A]}), OPEN),
    "in order, deeper": (use({"andSequence": [A, {"or": [B, C]}]}), use({"andSequence": [A, {"or": [C, A]}]}), OPEN),
    "never": (use(atom("dateTime", "lt", day(0)), atom("dateTime", "gt", day(0))), use(A), STRICTER),
    "never, twice": (
        use(atom("dateTime", "lt", day(0)), atom("dateTime", "gt", day(0))),
        use(atom("count", "lt", "1"), atom("count", "gt", "1")),
        EQUAL,
    ),
}


@pytest.mark.parametrize(("first", "second", "relation"), CONNECTED.values(), ids=CONNECTED)
def test_connectives_are_looked_through(first, second, relation) -> None:
    assert checked(first, second) is relation


# --- rules -----------------------------------------------------------------------------------------

DISTRIBUTE = rule(action="distribute")
TO_OTHERS = rule(atom("recipient", "isNoneOf", ["urn:body"]), action="distribute")
PERM = {"odrl:conflict": {"@id": "odrl:perm"}}
REMEDIED = DISTRIBUTE | {"odrl:remedy": [{"action": "odrl:compensate"}]}
RULES = {
    "a narrower action": (use(action="read"), use(), STRICTER),
    "an old word for it": (use(action="odrl:copy"), use(action="odrl:reproduce"), EQUAL),
    "another action": (use(action="read"), use(action="print"), APART),
    "an action of their own": (use(action="urn:x"), use(action="urn:y"), APART),
    "a word nobody knows": (use(action="frobnicate"), use(action="frobnicate"), EQUAL),
    "two words nobody knows": (use(action="frobnicate"), use(action="bamboozle"), OPEN),
    "a permission more": (offer(rule(A), rule(action="read")), use(A), LOOSER),
    "a prohibition": (use(), use() | {"prohibition": [DISTRIBUTE]}, LOOSER),
    "a prohibition of something else": (use(action="read"), use(action="read") | {"prohibition": [DISTRIBUTE]}, EQUAL),
    "a prohibition with a way out": (
        use() | {"prohibition": [TO_OTHERS]},
        use() | {"prohibition": [DISTRIBUTE]},
        LOOSER,
    ),
    "two prohibitions": (
        use() | {"prohibition": [TO_OTHERS, DISTRIBUTE]},
        use() | {"prohibition": [DISTRIBUTE]},
        EQUAL,
    ),
    "a prohibition nobody can evaluate": (
        use() | {"prohibition": [rule(atom("frobnicate", "eq", "x"))]},
        use(),
        STRICTER,
    ),
    "a prohibition of everything": (use() | {"prohibition": [rule()]}, use(), STRICTER),
    "a prohibition that permissions overrule": (use() | {"prohibition": [rule()]} | PERM, use() | PERM, EQUAL),
    "another strategy": (use() | PERM, use(), OPEN),
    "the usual strategy by name": (use() | {"odrl:conflict": {"@id": "odrl:invalid"}}, use(), EQUAL),
    "a remedy": (use() | {"prohibition": [REMEDIED]}, use() | {"prohibition": [DISTRIBUTE]}, OPEN),
    "the same remedy": (use(A) | {"prohibition": [REMEDIED]}, use() | {"prohibition": [REMEDIED]}, STRICTER),
    "a prohibition with a duty": (
        use(A) | {"prohibition": [DISTRIBUTE | {"duty": [{"action": "inform"}]}]},
        use() | {"prohibition": [DISTRIBUTE | {"duty": [{"action": "inform"}]}]},
        STRICTER,
    ),
    "a party": (use(assignee=PARTY), use(), STRICTER),
    "parties": (use(assignee=PARTY), use(assignee="did:web:x"), APART),
    "a party and who is in it": (use(assignee=PARTY), use(atom("assignee", "isA", PARTY)), EQUAL),
    "the asker is in itself": (use(atom("assignee", "eq", PARTY)), use(assignee=PARTY), STRICTER),
    "a prohibition for a party": (use() | {"prohibition": [rule(assignee=PARTY)]}, use(), STRICTER),
    "in another's name": (use(assigner="did:web:s"), use(), OPEN),
    "a profile": (use() | {"profile": CX}, use(), OPEN),
    "a profile nobody knows": (use(A) | {"profile": "urn:p"}, use() | {"profile": "urn:p"}, OPEN),
    "a member nobody knows": (use(A) | {"urn:strange:member": "x"}, use(A), OPEN),
    "a name": (use(A) | {"https://w3id.org/renkei/v1/note": "x"}, use(A), EQUAL),
    "a remark": (use(A, UNTIL, **{"dct:description": "free of charge"}), use(A), OPEN),
    "a remark on a comparison": (use(either(A | {"dct:title": "x"}, B), UNTIL), use(either(A, B)), OPEN),
    "the same remark": (use(A, UNTIL, **{"dct:title": "x"}), use(A, **{"dct:title": "x"}), STRICTER),
    "a rule with a member nobody knows": (use(A, **{"urn:strange:member": "x"}), use(), OPEN),
    "the same strange member": (use(A, **{"urn:m": "x"}), use(A, **{"urn:m": "x"}), EQUAL),
    "a connective with a member nobody knows": (use({"or": [A, B], "urn:strange:member": "x"}), use(), OPEN),
    "a comparison with a member nobody knows": (use(A | {"urn:strange:member": "x"}, B), use(B), STRICTER),
    "a refinement": (use(**{"odrl:refinement": [A]}), use(), STRICTER),
    "a refinement that is a constraint": (use(**{"odrl:refinement": [A]}), use(A), EQUAL),
}


@pytest.mark.parametrize(("first", "second", "relation"), RULES.values(), ids=RULES)
def test_rules_are_weighed_for_what_they_let_happen(first, second, relation) -> None:
    assert checked(first, second) is relation


def test_a_policy_for_a_party_or_dataset_of_its_own_is_stricter() -> None:
    free = read(use(A))
    bound = replace(free, target=TARGET, assignee=PARTY)
    assert compare(bound, free).relation is STRICTER
    assert compare(bound, replace(bound, target="urn:other")).relation is APART
    banned = replace(bound, prohibition=(Rule("odrl:distribute"),))
    assert compare(banned, bound).relation is STRICTER


# --- duties ----------------------------------------------------------------------------------------

DELETE, PAY = {"action": "delete"}, {"action": "compensate"}
MEMBER = atom("Membership", "eq", "active")


# All amounts from zero on, in 216 cells.
AMOUNTS = ("percentage", "resolution", "payAmount")
FROM_ZERO = [atom(name, "gteq", "0") for name in AMOUNTS]


def cells() -> list[dict]:
    spans = [[("gteq", n), ("lt", n + 1)] for n in range(5)] + [[("gteq", 5)]]
    return [
        {"and": [atom(name, test, str(n)) for name, span in zip(AMOUNTS, cell, strict=True) for test, n in span]}
        for cell in product(spans, repeat=3)
    ]


def within(length: str) -> dict:
    return {"action": "delete", "odrl:refinement": [atom("elapsedTime", "lteq", length)]}


def by(offset: float) -> dict:
    return {"action": "delete", "odrl:refinement": [atom("dateTime", "lteq", day(offset))]}


def paying(amount: str, unit: str = "urn:eur") -> dict:
    return {"action": "compensate", "odrl:refinement": [in_unit(atom("payAmount", "gteq", amount), unit)]}


DUTIES = {
    "a duty": ([DELETE], [], STRICTER),
    "the same": ([DELETE], [DELETE], EQUAL),
    "the same twice": ([DELETE, DELETE], [DELETE, PAY], LOOSER),
    "the same, remarked upon": ([DELETE | {"https://w3id.org/renkei/v1/note": "x"}], [], OPEN),
    "two duties": ([DELETE, PAY], [PAY], STRICTER),
    "other duties": ([DELETE], [PAY], APART),
    "sooner after the start": ([within("P30D")], [within("P60D")], STRICTER),
    "sooner by months": ([within("P1M")], [within("P2M")], STRICTER),
    "by an earlier date": ([by(1)], [by(2)], STRICTER),
    "with a deadline": ([by(1)], [DELETE], STRICTER),
    "months against days": ([within("P1M")], [within("P40D")], OPEN),
    "more money": ([paying("7")], [paying("5")], STRICTER),
    "other money": ([paying("7", "urn:jpy")], [paying("5")], APART),
    "a narrower way to do it": ([{"action": "print"}], [{"action": "use"}], STRICTER),
    "what is done afterwards is not what is done before": ([DELETE], [{"action": "use"}], OPEN),
    "under a condition": ([DELETE | {"constraint": [MEMBER]}], [DELETE], LOOSER),
    "under the same condition": (
        [DELETE | {"constraint": [MEMBER]}, PAY],
        [DELETE | {"constraint": [MEMBER]}],
        STRICTER,
    ),
    "until then, whatever that means": (
        [DELETE | {"constraint": [atom("dateTime", "lteq", day(1))]}],
        [DELETE | {"constraint": [atom("dateTime", "lteq", day(2))]}],
        OPEN,
    ),
    "with a consequence": ([DELETE | {"odrl:consequence": [PAY]}], [DELETE], OPEN),
    "somebody else's": ([DELETE | {"assignee": "did:web:x"}], [], OPEN),
    "a word nobody knows": ([{"action": "frobnicate"}], [], OPEN),
    "in a manner nobody can evaluate": (
        [DELETE | {"odrl:refinement": [atom("frobnicate", "eq", "x")]}],
        [],
        OPEN,
    ),
}
"""What one cannot be seen to do shows nothing: where no way to do it can be found, the answer stays open."""


def owing(duties: list[dict]) -> dict:
    return use(**({"duty": duties} if duties else {}))


@pytest.mark.parametrize(("first", "second", "relation"), DUTIES.values(), ids=DUTIES)
def test_who_owes_more_is_permitted_less(first, second, relation) -> None:
    found = checked(owing(first), owing(second))
    assert found is relation or (relation is OPEN and found is not EQUAL), found


def test_a_duty_about_something_else_is_another_duty() -> None:
    here, there = (
        Policy(id="urn:p", kind=PolicyKind.SET, permission=(Rule("use", duty=(Rule("odrl:delete", target=target),)),))
        for target in ("urn:copy", None)
    )
    assert compare(here, there).relation not in {EQUAL, STRICTER, LOOSER}


SELLER = "did:web:seller"
OBLIGED = {
    "an obligation": ([DELETE], [], STRICTER),
    "more of them": ([DELETE, PAY], [DELETE], STRICTER),
    "stricter ones": ([within("P30D")], [within("P60D")], STRICTER),
    "others": ([DELETE], [PAY], APART),
    "of the seller": ([DELETE | {"assignee": SELLER}], [], LOOSER),
    "of the seller, stricter": (
        [within("P30D") | {"assignee": SELLER}],
        [within("P60D") | {"assignee": SELLER}],
        LOOSER,
    ),
    "of both": ([DELETE, PAY | {"assignee": SELLER}], [], APART),
    "of each": ([DELETE], [DELETE | {"assignee": SELLER}], STRICTER),
    "of a third": ([DELETE | {"assignee": "did:web:x"}], [], OPEN),
    "the same of a third": ([DELETE | {"assignee": "did:web:x"}, PAY], [DELETE | {"assignee": "did:web:x"}], STRICTER),
}


@pytest.mark.parametrize(("first", "second", "relation"), OBLIGED.values(), ids=OBLIGED)
def test_obligations_count_for_who_is_owed_and_against_who_owes(first, second, relation) -> None:
    one, other = (use(A) | {"assigner": SELLER} | ({"obligation": owed} if owed else {}) for owed in (first, second))
    assert checked(one, other) is relation


def test_the_duties_that_one_side_has_alone_are_listed_with_whose_they_are() -> None:
    first = use(duty=[DELETE, within("P1D")]) | {"obligation": [PAY], "assigner": SELLER}
    second = use(duty=[DELETE]) | {"obligation": [PAY | {"assignee": SELLER}], "assigner": SELLER}
    found = [(item.side, item.debtor, item.duty.path) for item in compare(read(first), read(second)).burdens]
    assert found == [
        (Side.FIRST, Subject.USE, "permission[0].duty[1]"),
        (Side.FIRST, Subject.ASSIGNEE, "permission[0].duty[0]"),
        (Side.SECOND, Subject.ASSIGNER, "permission[0].duty[0]"),
    ]
    assert compare(read(use(A)), read(use(B))).burdens == ()


# --- operands of one's own -------------------------------------------------------------------------


@operand("urn:op:plant", datatype=Datatype.TEXT, operators=CHOICE, en="plant", ja="工場")
def plant(request, facts):
    return facts.values.get("urn:op:plant")


@operand("urn:op:mood", datatype=Datatype.TEXT, operators=CHOICE, en="mood", ja="気分", opaque=True)
def mood(request, facts):
    return Fact(frozenset({"good"}))


def declared(iri: str, source: Source, datatype: Datatype, operators, **members) -> Operand:
    return Operand(iri=iri, source=source, datatype=datatype, operators=operators, en=iri, ja=iri, **members)


WITHIN = {"tokyo": frozenset({"japan", "asia"}), "osaka": frozenset({"japan", "asia"})}
OWN = STANDARD.with_(
    plant,
    mood,
    declared("urn:op:audited", Source.FACT, Datatype.INSTANT, ORDERED),
    declared("urn:op:kept", Source.FACT, Datatype.DURATION, ORDERED),
    declared("urn:op:term", Source.ELAPSED, Datatype.DAYS, ORDERED, means={Operator.EQ: Operator.LTEQ}),
    declared("urn:op:place", Source.MANNER, Datatype.PART, PARTS, within=WITHIN),
    declared("urn:op:who", Source.PARTY, Datatype.PART, PARTS, within=WITHIN),
    declared("urn:op:grade", Source.FACT, Datatype.SCALE, ORDERED, scale=("low", "high")),
    declared("urn:op:odd", Source.CLOCK, Datatype.TEXT, CHOICE),
    declared("urn:op:odder", Source.PURPOSES, Datatype.NUMBER, ORDERED),
    declared("urn:op:oddest", Source.CLOCK, Datatype.NUMBER, ORDERED),
    declared("urn:op:early", Source.FACT, Datatype.TEXT, CHOICE, phases=frozenset()),
)
OWN_OPERANDS = {
    "found by a function": (atom("urn:op:plant", "eq", "a"), atom("urn:op:plant", "isAnyOf", ["a", "b"]), STRICTER),
    "opaque": (atom("urn:op:mood", "eq", "good"), atom("urn:op:mood", "neq", "bad"), OPEN),
    "a moment that is held": (atom("urn:op:audited", "gt", day(1)), atom("urn:op:audited", "gt", day(0)), STRICTER),
    "a length that is held": (atom("urn:op:kept", "lteq", "P1D"), atom("urn:op:kept", "lt", "P2D"), STRICTER),
    "a length of nothing": (atom("urn:op:kept", "lteq", "PT0S"), atom("urn:op:kept", "lt", "PT1S"), EQUAL),
    "months that are held": (atom("urn:op:kept", "lteq", "P1M"), atom("urn:op:kept", "lt", "P2M"), OPEN),
    "days written with eq": (atom("urn:op:term", "eq", "10"), atom("urn:op:term", "lteq", "20"), STRICTER),
    "days and a duration": (atom("urn:op:term", "eq", "10"), atom("elapsedTime", "lteq", "P10D"), EQUAL),
    "a place in a known map": (
        atom("urn:op:place", "eq", "tokyo"),
        atom("urn:op:place", "isPartOf", "japan"),
        STRICTER,
    ),
    "places in a known map": (
        atom("urn:op:place", "isAnyOf", ["tokyo", "osaka"]),
        atom("urn:op:place", "isPartOf", "asia"),
        STRICTER,
    ),
    "a party in a known map": (atom("urn:op:who", "isA", "japan"), atom("urn:op:who", "eq", "tokyo"), OPEN),
    "all parties": (atom("urn:op:who", "isAllOf", ["a", "b"]), atom("urn:op:who", "hasPart", "a"), OPEN),
    "a grade": (atom("urn:op:grade", "gteq", "high"), atom("urn:op:grade", "gteq", "low"), STRICTER),
    "a clock of texts": (atom("urn:op:odd", "eq", "a"), atom("urn:op:odd", "neq", "b"), OPEN),
    "purposes as numbers": (atom("urn:op:odder", "lt", "1"), atom("urn:op:odder", "lt", "2"), OPEN),
    "a clock of numbers": (atom("urn:op:oddest", "lt", "1"), atom("urn:op:oddest", "lt", "2"), OPEN),
    "never known at the use": (atom("urn:op:early", "eq", "a"), atom("urn:op:early", "neq", "b"), OPEN),
}


@pytest.mark.parametrize(("first", "second", "relation"), OWN_OPERANDS.values(), ids=OWN_OPERANDS)
def test_operands_of_ones_own_are_compared_by_their_declaration(first, second, relation) -> None:
    assert checked(use(first), use(second), OWN) is relation


# --- against brute force ---------------------------------------------------------------------------

SMALL = [
    *(atom("count", name, number) for name in ORDER for number in ("1", "2")),
    *(atom("purpose", name, right) for name in ("isAnyOf", "isNoneOf") for right in (["a"], ["a", "b"])),
    *(atom(ROLE, name, right) for name in ("isAnyOf", "isNoneOf", "isAllOf") for right in (["a"], ["a", "b"])),
    *(level(name, TRUST) for name in ORDER),
]
TEXTS = [frozenset(chosen) for size in range(4) for chosen in combinations("abc", size)]
EVERY_WORLD = [
    (
        Request(PARTY, TARGET, purposes=purposes),
        Facts(NOW, {iri: fact for iri, fact in held_of.items() if fact is not None}),
    )
    for purposes in TEXTS
    for held_of in (
        {COUNT: count, ROLE: role, SECURITY_LEVEL: rank}
        for count, role, rank in product(
            [None, *(held(str(number)) for number in range(4))],
            [None, *(Fact(texts) for texts in TEXTS)],
            [None, *(held(text) for text in SECURITY_PROFILES), held(BASE, PLUS)],
        )
    )
]


@st.composite
def small(draw):
    parts = st.recursive(
        st.sampled_from(SMALL),
        lambda inner: st.builds(
            lambda name, parts: {name: parts},
            st.sampled_from(["and", "or", "xone"]),
            st.lists(inner, min_size=1, max_size=3),
        ),
        max_leaves=3,
    )
    rules = [rule(*draw(st.lists(parts, max_size=2))) for _ in range(draw(st.integers(1, 2)))]
    banned = [rule(*draw(st.lists(parts, min_size=1, max_size=2)))] if draw(st.booleans()) else []
    return offer(*rules, **({"prohibition": banned} if banned else {}))


@settings(max_examples=15, deadline=None)
@given(small(), small())
def test_over_small_domains_the_relation_is_the_one_that_brute_force_finds(first, second) -> None:
    one, other = (CompiledPolicy(read(document), STANDARD, PRE) for document in (first, second))
    answers = {(one.decide(*world).permits, other.decide(*world).permits) for world in EVERY_WORLD}
    expected = {
        (False, False): EQUAL,
        (False, True): STRICTER,
        (True, False): LOOSER,
        (True, True): APART,
    }[(True, False) in answers, (False, True) in answers]
    assert checked(first, second) is expected


@LAWS
@given(pairs(), worlds)
def test_whatever_the_stricter_permits_the_looser_permits_too(documents, asked) -> None:
    relation = checked(*documents)
    for semantics in (PRE, BY_ACTION):
        one, other = (CompiledPolicy(read(document), STANDARD, semantics) for document in documents)
        for world in asked:
            first, second = one.decide(*world).permits, other.decide(*world).permits
            assert not first or second or relation not in {EQUAL, STRICTER}
            assert not second or first or relation not in {EQUAL, LOOSER}


@settings(max_examples=20, deadline=None)
@given(pairs(3))
def test_to_be_stricter_is_reflexive_and_transitive(documents) -> None:
    policies = [read(document) for document in documents]
    for policy, document in zip(policies, documents, strict=True):
        assert compare(policy, read(document)).relation is EQUAL
        assert compare(policy, policy).relation is EQUAL
    for first, second, third in permutations(policies):
        steps = {compare(first, second).relation, compare(second, third).relation}
        if steps <= {EQUAL, STRICTER}:
            whole = compare(first, third).relation
            assert whole is OPEN or whole is (EQUAL if steps == {EQUAL} else STRICTER)


# --- bounds ----------------------------------------------------------------------------------------


def parts(size: int, connective: str) -> dict:
    return {connective: [atom(ROLE, "eq", f"r{place}") for place in range(size)]}


def nested(depth: int) -> dict:
    inner = atom(ROLE, "eq", "r")
    for place in range(depth):
        inner = {"xone": [inner, atom(ROLE, "eq", f"r{place}")]}
    return inner


HOSTILE = {
    "an exclusive choice of many": use(parts(1000, "xone")),
    "a choice of many": use(parts(1000, "or")),
    "a prohibition of many": use() | {"prohibition": [rule(*(atom(ROLE, "eq", f"r{place}") for place in range(1000)))]},
    "choices times choices": use(
        *(either(atom(ROLE, "eq", f"a{n}"), atom("spatial", "eq", f"b{n}")) for n in range(40))
    ),
    "many permissions and prohibitions": offer(*(rule(atom(ROLE, "eq", f"r{n}")) for n in range(120)))
    | {"prohibition": [rule(atom(ROLE, "isAllOf", [f"r{n}", f"s{n}"])) for n in range(120)]},
    "exclusive choices within each other": use({"xone": [parts(14, "xone"), parts(15, "xone"), parts(16, "xone")]}),
    "a duty done in too many manners": use(
        duty=[DELETE | {"odrl:refinement": [either(*(atom("spatial", "eq", f"s{n}") for n in range(300)))]}]
    ),
    "many roles that are all asked for": use(atom(ROLE, "isAllOf", [f"r{n}" for n in range(990)])),
    "many choices of roles": use(*(atom(ROLE, "isAnyOf", [f"r{n}-{m}" for m in range(9)]) for n in range(98))),
    "many payments": use(duty=[PAY | {"odrl:refinement": [atom("payAmount", "gteq", str(n))]} for n in range(98)]),
    "exclusive choices, each in the next": use(nested(30)),
    "many duties": use(duty=[within(f"P{n + 1}D") for n in range(60)]),
}


@pytest.mark.parametrize("document", HOSTILE.values(), ids=HOSTILE)
def test_what_is_too_wide_is_answered_in_bounded_time(document) -> None:
    wide, wider = read(document), read(document | {"permission": [*document["permission"], rule(A, action="read")]})

    def compared() -> None:
        for other in (wider, read(use(A)), read(document)):
            assert compare(wide, other).relation in Relation
        for other in (read(use(A)), read(use(atom(ROLE, "isAllOf", [f"s{n}" for n in range(990)])))):
            assert explain_difference(compare(wide, other), reader=PARTY)
            assert explain_difference(compare(other, wide), reader=PARTY)

    assert calls(compared) < 10_000_000
    assert compare(wide, read(document)).relation is EQUAL


def long(digits: str) -> str:
    return "1." + "0" * 38 + digits


BETWEEN = {
    "numbers whose middle has more digits than usual": (
        use(atom("percentage", "lt", long("2"))),
        use(atom("percentage", "lteq", long("1"))),
    ),
    "numbers of eighty digits": (
        use(atom("percentage", "lt", "1" + "0" * 39 + ".2")),
        use(atom("percentage", "lteq", "1" + "0" * 39 + ".1")),
    ),
}


@pytest.mark.parametrize(("first", "second"), BETWEEN.values(), ids=BETWEEN)
def test_between_numbers_of_many_digits_there_is_room_for_a_witness(first, second) -> None:
    assert checked(first, second) is LOOSER


IN_CELLS = {
    "uses": (use(*FROM_ZERO), use(either(*cells()))),
    "duties": (
        use(duty=[PAY | {"odrl:refinement": [{"and": FROM_ZERO}]}]),
        use(duty=[PAY | {"odrl:refinement": [either(*cells())]}]),
    ),
}


@pytest.mark.parametrize(("whole", "split"), IN_CELLS.values(), ids=IN_CELLS)
def test_what_takes_too_much_work_to_prove_stays_open(whole, split, monkeypatch) -> None:
    one, other = read(whole), read(split)
    assert compare(one, other).relation is EQUAL
    monkeypatch.setattr(boxes, "MOST_STEPS", 100)
    assert compare(one, other).relation is OPEN


def test_a_cell_that_is_missing_is_found() -> None:
    assert checked(use(*FROM_ZERO), use(either(*cells()[:100], *cells()[101:]))) is LOOSER


def test_where_too_many_pieces_are_left_one_that_is_shown_still_counts() -> None:
    told = ("event", "media", "product", "language")
    many = offer(*(rule(*(atom(f"odrl:{name}", "eq", f"v{n}") for name in told)) for n in range(6)))
    assert checked(use(), many) is LOOSER
    tight = use(either(*({"and": [atom(f"odrl:{name}", "eq", f"v{n}") for name in told]} for n in range(6))), A)
    assert checked(tight, many) is STRICTER
    odd = offer(
        *(rule(atom("frobnicate", "eq", f"{n}"), *(atom(f"odrl:{m}", "neq", f"v{n}") for m in told)) for n in range(9))
    )
    assert checked(use(atom("frobnicate", "eq", "x")), odd) is OPEN


def test_those_compared_lately_are_kept_and_no_more_than_so_many() -> None:
    policies = [read(use(atom("count", "lteq", str(number)))) for number in range(300)]
    for policy in policies:
        assert compare(policy, policies[0]).relation in {EQUAL, LOOSER}
    assert len(_kept) <= 256


@pytest.mark.parametrize("registry", [STANDARD, OWN])
def test_the_same_words_under_another_registry_may_stand_otherwise(registry) -> None:
    first, second = read(use(atom("urn:op:plant", "eq", "a"))), read(use(atom("urn:op:plant", "isAnyOf", ["a", "b"])))
    assert compare(first, second, registry).relation is (STRICTER if registry is OWN else OPEN)


def test_agreements_are_compared_like_offers() -> None:
    document = use(A) | {"@type": "Agreement", "target": TARGET, "assigner": SELLER, "assignee": PARTY}
    agreed = read_agreement(document)
    assert compare(agreed, replace(read(use(A)), target=TARGET, assigner=SELLER, assignee=PARTY)).relation is EQUAL


def test_a_witness_stays_within_the_calendar() -> None:
    first = use(atom("dateTime", "lt", "0001-02-01T00:00:00Z"), atom("elapsedTime", "gt", "P2M"))
    second = use(atom("dateTime", "lt", "0001-02-01T00:00:00Z"), atom("elapsedTime", "gt", "P3M"))
    assert checked(first, second) is OPEN
    last = use(atom("dateTime", "gteq", "9999-12-31T23:59:59.999999Z"))
    assert checked(last, use(A, UNTIL)) in {APART, OPEN}


def test_a_policy_made_by_hand_with_no_values_never_holds() -> None:
    never = Policy(
        id="urn:p",
        kind=PolicyKind.SET,
        permission=(Rule("use", constraint=(Atomic("purpose", Operator.IS_ANY_OF, ()),)),),
    )
    assert compare(never, read(use(A))).relation is STRICTER


def test_a_witness_holds_no_more_than_it_must() -> None:
    roles = [atom(ROLE, "isAnyOf", ["a", "b"]), atom(ROLE, "isAnyOf", ["a", "c"])]
    verdict = compare(read(use(*roles, MEMBER)), read(use(*roles)))
    assert verdict.short is not None
    assert verdict.short.facts.values[ROLE] == held("a")


def test_the_witness_is_the_usual_wherever_the_difference_leaves_it_open() -> None:
    verdict = compare(read(use(MEMBER, atom("count", "lteq", "3"))), read(use(MEMBER)))
    assert verdict.short is not None
    assert verdict.short.request.action == ODRL + "use"
    assert verdict.short.facts.now == datetime(2026, 1, 1, tzinfo=UTC)
    assert verdict.short.facts.values == {MEMBERSHIP: held("active"), COUNT: held("4")}
    assert verdict.short.facts.began is None
