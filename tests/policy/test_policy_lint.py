"""What lint says of single flaws, and that it never refuses what can permit something."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_strategies import CX, NOW, ODRL, PARTY, TARGET, agreement, atom, calls, facts, offer, offers, requests, rule

from renkei.policy import (
    Atomic,
    Fact,
    Facts,
    Logical,
    Operator,
    Policy,
    PolicyKind,
    Request,
    Rule,
    evaluate,
    read_agreement,
    read_offer,
    read_set,
)
from renkei.policy.deciding.meaning import terms_of
from renkei.policy.linting.findings import FindingCode, Severity
from renkei.policy.linting.lint import errors, lint, lint_access
from renkei.policy.linting.satisfiability import possible, ways_of
from renkei.policy.model import Connective
from renkei.policy.operands import COUNT, GROUP, ROLE, SECURITY_LEVEL, STANDARD
from renkei.policy.operands.declaration import ORDER, Datatype, operand
from renkei.policy.profiles import CATENA_X_1_2
from renkei.policy.world import USE, Phase

DATASET = "urn:example:cell"
PARTNER = "did:web:b.example"
ONE, TWO = "permission[0].constraint[0]", "permission[0].constraint[1]"
EUR = "https://example.com/unit/EUR"
YEN = "https://example.com/unit/JPY"
RENKEI = "https://w3id.org/renkei/v1/"
TRUST = "https://w3id.org/idsa/code/TRUST_SECURITY_PROFILE"
BASE = "https://w3id.org/idsa/code/BASE_SECURITY_PROFILE"


def before(day, operator="lteq"):
    return atom("dateTime", operator, f"{day}T00:00:00Z")


def after(day, operator="gteq"):
    return atom("dateTime", operator, f"{day}T00:00:00Z")


def by(day, operator="lteq"):
    return atom("odrl:dateTime", operator, f"{day}T00:00:00Z")


def parse(document):
    return read_offer(document, in_catalog=True)


def told(policy, **options):
    return [(each.severity.value, each.code.value, each.path) for each in lint(policy, now=NOW, **options)]


GOOD = atom("purpose", "eq", "x")
BAD = atom("https://x.example/dateTme", "lteq", "2099-01-01T00:00:00Z")
UNREADABLE = before("tomorrow")
PAST = before("2001-01-01")
STRICT = {ODRL + "conflict": {"@id": "odrl:prohibit"}}
ERROR, WARNING = "error", "warning"

# members of the policy, and what is said of it
TABLE = {
    "use": ({"permission": [rule()]}, []),
    "a purpose": ({"permission": [rule(GOOD)]}, []),
    "a membership": ({"permission": [rule(atom("Membership", "eq", "active"))]}, []),
    "what has run out": ({"permission": [rule(PAST)]}, [(WARNING, "expired", "permission")]),
    "what has run out another day": (
        {"permission": [rule({"or": [PAST, before("2002-01-01")]})]},
        [(WARNING, "expired", "permission")],
    ),
    "one permission of two": ({"permission": [rule(BAD), rule(GOOD)]}, [(WARNING, "unknown-operand", ONE)]),
    "one way of two": ({"permission": [rule({"or": [BAD, GOOD]})]}, [(WARNING, "unknown-operand", f"{ONE}.or[0]")]),
    "a single party": ({"permission": [rule(assignee=PARTNER)]}, []),
    "a bare word that has an IRI": ({"permission": [rule(atom("count", "lteq", "3"))]}, []),
    "a bare word that has none": (
        {"permission": [rule(atom("cuont", "lteq", "3"))]},
        [(ERROR, "not-carried", f"{ONE}.leftOperand"), (ERROR, "unknown-operand", ONE)],
    ),
    "a bare word beside another way": (
        {"permission": [rule({"or": [atom("cuont", "lteq", "3"), GOOD]})]},
        [(ERROR, "not-carried", f"{ONE}.or[0].leftOperand"), (WARNING, "unknown-operand", f"{ONE}.or[0]")],
    ),
    "a value that is a relative reference": (
        {"permission": [rule(atom("purpose", "eq", {"@id": "audit"}))]},
        [(ERROR, "not-carried", f"{ONE}.rightOperand.@id")],
    ),
    "a prohibition of something else": ({"permission": [rule()], "prohibition": [rule(action="transfer")]}, []),
    "a narrower prohibition": (
        {"permission": [rule()], "prohibition": [rule(action="display")]},
        [(WARNING, "ambiguous", "permission[0]")],
    ),
    "a narrower prohibition that wins": (
        {"permission": [rule()], "prohibition": [rule(action="odrl:distribute")], **STRICT},
        [],
    ),
    "a prohibition with a condition": (
        {"permission": [rule()], "prohibition": [rule(GOOD)]},
        [(WARNING, "ambiguous", "permission[0]")],
    ),
    "a prohibition of the other purposes": (
        {"permission": [rule(GOOD)], "prohibition": [rule(atom("purpose", "neq", "x"))]},
        [],
    ),
    "a prohibition for one party": (
        {"permission": [rule()], "prohibition": [rule(BAD, assignee=PARTNER)]},
        [(WARNING, "unknown-operand", "prohibition[0].constraint[0]")],
    ),
    "a prohibition that may be avoided": (
        {"permission": [rule()], "prohibition": [rule(BAD, GOOD)]},
        [(WARNING, "unknown-operand", "prohibition[0].constraint[0]")],
    ),
    "a permission that wins": (
        {"permission": [rule()], "prohibition": [rule()], ODRL + "conflict": {"@id": "odrl:perm"}},
        [],
    ),
    "an unreadable instant": ({"permission": [rule(GOOD, UNREADABLE)]}, [(ERROR, "right-unreadable", TWO)]),
    "an instant without a zone": (
        {"permission": [rule(atom("dateTime", "lteq", "2027-03-31T23:59:59"))]},
        [(ERROR, "zoneless", ONE)],
    ),
    "an operator that does not fit": (
        {"permission": [rule(atom("purpose", "gt", "x"))]},
        [(ERROR, "operator-unfit", ONE)],
    ),
    "both of two": ({"permission": [rule({"and": [GOOD, BAD]})]}, [(ERROR, "unknown-operand", f"{ONE}.and[1]")]),
    "no way of two": (
        {"permission": [rule({"or": [BAD, UNREADABLE]})]},
        [(ERROR, "unknown-operand", f"{ONE}.or[0]"), (ERROR, "right-unreadable", f"{ONE}.or[1]")],
    ),
    "one of two, one of them never known": (
        {"permission": [rule({"xone": [GOOD, BAD]})]},
        [(ERROR, "unknown-operand", f"{ONE}.xone[1]")],
    ),
    "a sequence": ({"permission": [rule({"andSequence": [GOOD, before("2099-01-01")]})]}, []),
    "a sequence of more than comparisons": (
        {"permission": [rule({"andSequence": [GOOD, {"or": [before("2099-01-01"), GOOD]}]})]},
        [(ERROR, "never-known", ONE)],
    ),
    "another action": ({"permission": [rule(action="display")]}, [(ERROR, "action-not-permitted", "permission")]),
    "an action that nobody knows": (
        {"permission": [rule(action="https://x.example/frobnicate")]},
        [(ERROR, "unknown-action", "permission[0].action")],
    ),
    "a single party and a slip": (
        {"permission": [rule(BAD, assignee=PARTNER)]},
        [(ERROR, "unknown-operand", ONE)],
    ),
    "only a prohibition": ({"prohibition": [rule(action="display")]}, [(ERROR, "action-not-permitted", "permission")]),
    "what is permitted is prohibited": (
        {"permission": [rule(GOOD)], "prohibition": [rule()]},
        [(ERROR, "always-prohibited", "permission[0]")],
    ),
    "what is permitted is prohibited meanwhile": (
        {"permission": [rule(before("2027-01-01"))], "prohibition": [rule(before("2028-01-01"))]},
        [(ERROR, "always-prohibited", "permission[0]")],
    ),
    "a prohibition that is never lifted": (
        {"permission": [rule()], "prohibition": [rule(BAD)]},
        [(ERROR, "unknown-operand", "prohibition[0].constraint[0]"), (ERROR, "always-prohibited", "permission[0]")],
    ),
    "two prohibitions that leave nothing": (
        {"permission": [rule()], "prohibition": [rule(before("2027-01-01")), rule(after("2027-01-01"))], **STRICT},
        [(ERROR, "never-permits", "permission")],
    ),
    "a prohibition with a duty": (
        {"permission": [rule()], "prohibition": [rule(GOOD, duty=[rule(action="odrl:inform")])], **STRICT},
        [(WARNING, "unknown-member", "prohibition[0].duty[0]")],
    ),
    "a profile that nobody knows": (
        {"profile": "https://x.example/p", "permission": [rule()]},
        [(ERROR, "unknown-profile", "profile")],
    ),
    "a member that nobody knows": (
        {ODRL + "status": "x", "permission": [rule()]},
        [(ERROR, "unknown-member", ODRL + "status")],
    ),
    "a rule's member that nobody knows": (
        {"permission": [rule(**{"https://x.example/limit": "1"})]},
        [(ERROR, "unknown-member", "permission[0]")],
    ),
    "an heir": (
        {"permission": [rule()], ODRL + "inheritFrom": {"@id": "urn:parent"}},
        [(ERROR, "not-flattened", "inheritFrom")],
    ),
    "its own heir": (
        {"permission": [rule()], ODRL + "inheritFrom": [{"@id": "urn:offer:1"}]},
        [(ERROR, "cyclic-inheritance", "inheritFrom")],
    ),
    "both parties": (
        {"permission": [rule()], "assigner": PARTNER, "assignee": PARTNER},
        [(WARNING, "same-party", "permission[0]")],
    ),
    "a count of nothing": ({"permission": [rule(atom("count", "lteq", "0"))]}, [(ERROR, "count-never", ONE)]),
    "a count below one": ({"permission": [rule(atom("count", "lt", "1"))]}, [(ERROR, "count-never", ONE)]),
    "a count of one": ({"permission": [rule(atom("count", "lteq", "1"))]}, []),
    "an empty interval": (
        {"permission": [rule(before("2027-01-01"), after("2027-01-02"))]},
        [(ERROR, "contradiction", ONE)],
    ),
    "an interval of an instant": ({"permission": [rule(before("2027-01-01"), after("2027-01-01"))]}, []),
    "an interval within an and": (
        {"permission": [rule({"and": [before("2027-01-01", "lt"), {"and": [after("2027-01-01")]}]})]},
        [(ERROR, "contradiction", f"{ONE}.and[0]")],
    ),
    "a contradiction in one way of two": (
        {"permission": [rule({"or": [{"and": [before("2027-01-01"), after("2028-01-01")]}, GOOD]})]},
        [(WARNING, "contradiction", f"{ONE}.or[0].and[0]")],
    ),
    "a contradiction across ways": (
        {"permission": [rule(after("2029-01-01"), {"or": [before("2027-01-01"), before("2028-01-01")]})]},
        [(ERROR, "contradiction", "permission[0]")],
    ),
    "purposes of two vocabularies": (
        {"permission": [rule(atom("purpose", "isAnyOf", ["x", "y"]), atom(CX + "UsagePurpose", "isAnyOf", ["z"]))]},
        [(ERROR, "contradiction", ONE)],
    ),
    "a day said twice": (
        {"permission": [rule(before("2027-01-01"), before("2028-01-01"))]},
        [(WARNING, "redundant", TWO)],
    ),
    "the same said twice": ({"permission": [rule(GOOD, GOOD)]}, [(WARNING, "redundant", ONE)]),
    "two of the same": ({"permission": [rule({"xone": [GOOD, GOOD]})]}, [(ERROR, "xone-never", ONE)]),
    "a currency for two": (
        {
            "permission": [
                rule(
                    atom(ODRL + "payAmount", "gteq", "5") | {ODRL + "unit": {"@id": EUR}},
                    atom(ODRL + "payAmount", "lteq", "9") | {ODRL + "unit": {"@id": YEN}},
                )
            ]
        },
        [(ERROR, "unit-mismatch", ONE)],
    ),
    "a unit where there is none": (
        {"permission": [rule(GOOD | {ODRL + "unit": {"@id": EUR}})]},
        [(ERROR, "unit-mismatch", ONE)],
    ),
    "a comparison's member that nobody knows": (
        {"permission": [rule(GOOD | {ODRL + "status": "x"})]},
        [(ERROR, "unknown-extension", ONE)],
    ),
    "a connective's member that nobody knows": (
        {"permission": [rule({"and": [GOOD], ODRL + "status": "x"})]},
        [(ERROR, "unknown-extension", ONE)],
    ),
    "a duty before the permission": (
        {"permission": [rule(after("2028-01-01"), duty=[rule(before("2027-01-01"), action="odrl:inform")])]},
        [(WARNING, "deadline-too-early", "permission[0].duty[0]")],
    ),
    "a duty in time": (
        {"permission": [rule(after("2028-01-01"), duty=[rule(before("2029-01-01"), action="odrl:inform")])]},
        [],
    ),
    "a duty while it is prohibited": (
        {
            "permission": [
                rule(duty=[rule(action="odrl:delete", **{ODRL + "refinement": [by("2030-01-01")]})]),
            ],
            "prohibition": [rule(before("2037-01-01"), action="odrl:delete")],
            **STRICT,
        },
        [(WARNING, "duty-prohibited", "permission[0].duty[0]")],
    ),
    "a duty after it was prohibited": (
        {
            "permission": [
                rule(duty=[rule(action="odrl:delete", **{ODRL + "refinement": [by("2038-01-01")]})]),
            ],
            "prohibition": [rule(before("2037-01-01"), action="odrl:delete")],
            **STRICT,
        },
        [],
    ),
    "a duty's consequence that cannot be": (
        {
            "permission": [
                rule(
                    duty=[
                        rule(
                            action="odrl:inform",
                            **{
                                ODRL + "consequence": [
                                    rule(by("2027-01-01"), by("2028-01-01", "gt"), action="odrl:delete")
                                ]
                            },
                        )
                    ]
                )
            ]
        },
        [(WARNING, "contradiction", "permission[0].duty[0].consequence[0].constraint[0]")],
    ),
    "an obligation with a slip": (
        {"permission": [rule()], "obligation": [rule(BAD, action="odrl:inform", **{"https://x.example/limit": "1"})]},
        [
            (WARNING, "unknown-member", "obligation[0]"),
            (WARNING, "unknown-operand", "obligation[0].constraint[0]"),
        ],
    ),
    "months and days cannot be weighed": (
        {"permission": [rule(atom("elapsedTime", "gt", "P1M"), atom("elapsedTime", "lteq", "P30D"))]},
        [],
    ),
    "months can": (
        {"permission": [rule(atom("elapsedTime", "gt", "P2M"), atom("elapsedTime", "lteq", "P1M"))]},
        [(ERROR, "contradiction", ONE)],
    ),
}


@pytest.mark.parametrize(("members", "expected"), TABLE.values(), ids=TABLE)
def test_each_flaw_is_told_by_its_place(members, expected) -> None:
    assert told(parse(offer(**members))) == expected


def built(*constraints, **members) -> Policy:
    return Policy(id="urn:p", kind=PolicyKind.SET, permission=(Rule("use", constraints, **members),))


def test_an_empty_list_is_told_and_cannot_be_written() -> None:
    policy = built(Atomic(ODRL + "purpose", Operator.IS_ANY_OF, ()))
    assert told(policy) == [(ERROR, "unwritable", ""), (ERROR, "empty-list", ONE)]


@operand("https://x.example/built", datatype=Datatype.INSTANT, operators=ORDER, en="built", ja="製造日")
def built_at(request, known):
    return None


@operand("https://x.example/age", datatype=Datatype.DURATION, operators=ORDER, en="age", ja="経過")
def age(request, known):
    return None


OWN = STANDARD.with_(built_at, age)


@pytest.mark.parametrize(
    ("left", "comparisons", "expected"),
    [
        (built_at.iri, [("gt", "2027-01-01Z"), ("lt", "2027-01-03Z")], True),
        (built_at.iri, [("gt", "2027-01-01Z"), ("lt", "2027-01-02Z")], False),
        (built_at.iri, [("eq", "9999-12-31Z")], True),
        (age.iri, [("gt", "P1D"), ("lteq", "PT25H")], True),
        (age.iri, [("gt", "PT24H"), ("lteq", "P1D")], False),
        (age.iri, [("lt", "P0D")], False),
    ],
)
def test_values_that_a_function_finds_are_weighed_as_well(left, comparisons, expected) -> None:
    policy = parse(offer(rule(*(atom(left, name, right) for name, right in comparisons))))
    assert (not errors(lint(policy, now=NOW, registry=OWN))) is expected


def test_what_has_all_of_nothing_is_never_without_it() -> None:
    nothing = Atomic(ROLE, Operator.IS_ALL_OF, ())
    policy = built(Logical(Connective.XONE, (nothing, nothing)))
    assert (ERROR, "xone-never", ONE) not in told(policy)  # each is told by itself
    assert [each[2] for each in told(policy)[1:]] == [f"{ONE}.xone[0]", f"{ONE}.xone[1]"]
    assert not satisfiable(nothing, holds=False)
    assert satisfiable(nothing, holds=True)


def satisfiable(written, *, holds) -> bool:
    (rule,) = terms_of(built(written)).permissions
    return possible(ways_of(rule.conditions[0], Phase.ACCESS, holds=holds), Phase.ACCESS)


def test_too_many_ways_count_as_possible() -> None:
    either = {"or": [atom("odrl:dateTime", "eq", f"{year}-01-01T00:00:00Z") for year in range(2030, 2060)]}
    policy = parse(offer(rule(*[either] * 4)))
    assert not errors(lint(policy, now=NOW))


def test_what_json_ld_would_drop_cannot_be_written() -> None:
    policy = replace(built(), extensions={"note": "x", "https://x.example/n": {"inner": {"note": 1}, "action": "y"}})
    assert [each[:2] for each in told(policy)][:1] == [(ERROR, "unwritable")]
    bars = [each.bar for each in lint(policy, now=NOW) if each.code is FindingCode.NOT_CARRIED]
    assert bars == ["term-dropped", "term-dropped", "relative-iri"]


def deep(levels):
    constraint = Atomic(ODRL + "purpose", Operator.EQ, "x")
    for _ in range(levels):
        constraint = Logical(Connective.AND, (constraint,))
    return built(constraint)


@pytest.mark.parametrize(
    "policy",
    [
        deep(20_000),
        built(*(Atomic(ODRL + "purpose", Operator.EQ, "x") for _ in range(5000))),
        Policy(id="urn:p", kind=PolicyKind.SET, permission=(Rule("use"),) * 300),
        built(Atomic(ODRL + "purpose", Operator.EQ, "x" * 300_000)),
    ],
    ids=["levels", "nodes", "rules", "characters"],
)
def test_more_than_is_read_is_told_at_once(policy) -> None:
    assert told(policy) == [(ERROR, "too-large", "")]


def test_an_access_policy_may_say_access_as_catena_x_does() -> None:
    access = {"@id": "urn:a", "@type": "Set", "permission": [rule(atom("Membership", "eq", "active"), action="access")]}
    assert lint_access(read_set(access), now=NOW) == ()


def test_what_is_never_sent_may_use_bare_words_and_is_judged_when_the_catalog_is_asked() -> None:
    access = read_set(
        {"@id": "urn:a", "@type": "Set", "permission": [rule(atom("group", "eq", "g"), atom(GROUP, "eq", "g"))]}
    )
    assert told(access, profile=None) == [(ERROR, "unknown-operand", ONE)]
    access = read_set({"@id": "urn:a", "@type": "Set", "permission": [rule(atom("purpose", "eq", "x"))]})
    assert told(access, profile=None, phase=Phase.CATALOG) == [(ERROR, "never-known", ONE)]
    assert told(access, profile=None, phase=Phase.NEGOTIATION) == []


@pytest.mark.parametrize(("target", "codes"), [(DATASET, []), ("urn:example:other", ["other-target"])])
def test_a_permission_for_another_dataset_is_none(target, codes) -> None:
    policy = parse(offer(rule()))
    policy = replace(policy, permission=tuple(replace(rule, target=target) for rule in policy.permission))
    assert [each[1] for each in told(policy, target=DATASET, profile=None) if each[1] != "unwritable"] == codes


def test_a_prohibition_for_another_dataset_bars_nothing() -> None:
    policy = read_agreement(agreement(rule(), prohibition=[rule(target="urn:other")]))
    assert [each[1] for each in told(policy)] == ["other-target"]
    assert not errors(lint(policy, now=NOW))


def test_a_catena_x_policy_is_held_to_its_profile() -> None:
    policy = parse(offer(rule(atom(CX + "Membership", "eq", "active"))))
    bars = [each.bar for each in lint(policy, now=NOW, profile=CATENA_X_1_2)]
    assert bars == ["profile-not-claimed", "operand-required", "operand-required"]


def test_a_promise_of_conduct_is_no_conflict() -> None:
    policy = parse(
        offer(rule(), prohibition=[rule(atom(CX + "UsageRestriction", "isAllOf", ["cx.thirdParty.forbidden:1"]))])
    )
    assert not [each for each in lint(policy, now=NOW) if each.code is FindingCode.AMBIGUOUS]


def test_a_conflict_is_shown_by_a_state_in_which_both_rules_hold() -> None:
    permitted, prohibited = rule(GOOD, assignee=PARTY), rule(atom(ROLE, "isAnyOf", ["auditor"]), atom(COUNT, "gt", "3"))
    (finding,) = lint(parse(offer(permitted, prohibition=[prohibited])), now=NOW)
    assert (finding.code, finding.places) == (FindingCode.AMBIGUOUS, ("prohibition[0]",))
    request, known = finding.example.request, finding.example.facts
    for alone in (permitted, prohibited):
        assert evaluate(parse(offer(alone)), request, known).permits
    shown = finding.as_json("ja")
    assert shown["example"] == {
        "party": PARTY,
        "action": USE,
        "purposes": ["x"],
        "now": "2026-11-22T09:30:00Z",
        "values": {COUNT: ["4"], ROLE: ["auditor"]},
    }
    assert "許可と禁止" in shown["text"]


def test_a_conflict_before_the_beginning_of_time_is_not_told() -> None:
    early = rule(before("0001-01-03", "lt"), atom("odrl:elapsedTime", "gteq", "P30D"))
    assert told(parse(offer(early, prohibition=[rule(GOOD)]))) == [(WARNING, "expired", "permission")]


def test_every_finding_can_be_told_in_both_languages() -> None:
    for members, _ in TABLE.values():
        for finding in lint(parse(offer(**members)), now=NOW):
            english, japanese = finding.text(), finding.text("ja")
            assert english != japanese
            assert "{" not in english + japanese
            assert finding.as_json()["severity"] in {ERROR, WARNING}


def test_errors_come_first() -> None:
    policy = parse(offer(rule(GOOD, GOOD, BAD)))
    assert [each.severity for each in lint(policy, now=NOW)] == [Severity.ERROR, Severity.WARNING]


# --- what can be so together, against a table made by hand ------------------------------------------------------------

PAY, MEDIA, EVENT = ODRL + "payAmount", ODRL + "media", ODRL + "event"
TOGETHER = [
    # operand, comparisons, whether they can be so together
    (PAY, [("gt", "1"), ("lt", "2")], True),
    (PAY, [("gteq", "2"), ("lteq", "2")], True),
    (PAY, [("gt", "2"), ("lteq", "2")], False),
    (PAY, [("eq", "2"), ("neq", "2.0")], False),
    (PAY, [("eq", "2"), ("neq", "2.1")], True),
    (PAY, [("neq", "2"), ("neq", "3"), ("gteq", "2"), ("lteq", "3")], True),
    (PAY, [("lt", "-5"), ("gt", "-6")], True),
    (PAY, [("lt", "0." + "0" * 39 + "1"), ("gt", "0")], False),
    (PAY, [("lt", "9" * 31), ("gt", "9" * 31)], True),  # too long to be weighed
    (COUNT, [("lt", "2")], True),
    (COUNT, [("eq", "0")], False),
    (MEDIA, [("eq", "a"), ("eq", "b")], True),  # one may hold two values
    (MEDIA, [("eq", "a"), ("neq", "a")], False),
    (MEDIA, [("isAnyOf", ["a", "b"]), ("isNoneOf", ["b"])], True),
    (MEDIA, [("isAnyOf", ["a", "b"]), ("isNoneOf", ["a", "b"])], False),
    (ROLE, [("isAllOf", ["a", "b"]), ("isNoneOf", ["b"])], False),
    (ROLE, [("isAllOf", ["a", "b"]), ("isAnyOf", ["c"])], True),
    (ROLE, [("isA", "a"), ("isNoneOf", ["a"])], True),  # something that lies in it
    ("odrl:purpose", [("isAnyOf", ["a", "b"]), ("isAnyOf", ["b", "c"])], True),
    ("odrl:purpose", [("isAnyOf", ["a"]), ("isAnyOf", ["b"])], False),
    ("odrl:purpose", [("isAnyOf", ["a", "b"]), ("isNoneOf", ["a"])], True),
    ("odrl:purpose", [("isNoneOf", ["a"]), ("neq", "b")], True),
    ("assignee", [("eq", "a"), ("eq", "b")], False),
    ("assignee", [("isAnyOf", ["a", "b"]), ("neq", "b")], True),
    (SECURITY_LEVEL, [("gteq", TRUST), ("lt", TRUST)], False),
    (SECURITY_LEVEL, [("gteq", BASE), ("lt", TRUST)], True),
    (SECURITY_LEVEL, [("eq", TRUST), ("isAnyOf", [BASE])], False),
    (SECURITY_LEVEL, [("gteq", BASE), ("isPartOf", "urn:level")], True),
    ("odrl:dateTime", [("eq", "2027-01-01"), ("gt", "2027-01-01T12:00:00Z")], True),
    ("odrl:dateTime", [("gt", "2027-01-01"), ("lt", "2027-01-02T00:00:00Z")], False),
    ("odrl:dateTime", [("gteq", "9999-12-31T00:00:00Z")], True),
    ("odrl:dateTime", [("lt", "0001-01-01T00:00:00Z")], False),
    ("odrl:dateTime", [("neq", "2027-01-01"), ("gteq", "2027-01-01"), ("lteq", "2027-01-01")], False),
    ("odrl:elapsedTime", [("lteq", "P30D"), ("gt", "P10D")], True),
    ("odrl:elapsedTime", [("lt", "P0D")], False),
    ("odrl:elapsedTime", [("gt", "P30D"), ("lteq", "PT720H")], False),
]


@pytest.mark.parametrize(("left", "comparisons", "expected"), TOGETHER, ids=str)
def test_what_can_be_so_together(left, comparisons, expected) -> None:
    left = ODRL + "assignee" if left == "assignee" else left
    zoned = [
        (name, right + "Z" if isinstance(right, str) and right[4:5] == "-" and len(right) == 10 else right)
        for name, right in comparisons
    ]
    policy = parse(offer(rule(*(atom(left, name, right) for name, right in zoned))))
    assert (not errors(lint(policy, now=NOW))) is expected


# --- laws -------------------------------------------------------------------------------------------------------------

AMOUNTS = ["0", "1", "2", "2.5"]
DAYS = [(NOW + timedelta(days=days)).isoformat() for days in (-2, 0, 2)]
WIDE = st.one_of(
    st.builds(
        atom,
        st.sampled_from([ODRL + "payAmount", COUNT]),
        st.sampled_from(["lt", "gteq", "eq", "neq"]),
        st.sampled_from(AMOUNTS),
    ),
    st.builds(
        atom,
        st.just(ROLE),
        st.sampled_from(["isAnyOf", "isNoneOf", "isAllOf"]),
        st.sampled_from([["a"], ["a", "b"], ["c"]]),
    ),
    st.builds(atom, st.just(ROLE), st.sampled_from(["eq", "neq", "isA", "isPartOf"]), st.sampled_from(["a", "b"])),
    st.builds(
        atom, st.just(SECURITY_LEVEL), st.sampled_from(["gteq", "lt", "eq", "isPartOf"]), st.sampled_from([BASE, TRUST])
    ),
    st.builds(atom, st.just("odrl:dateTime"), st.sampled_from(["lteq", "gt", "eq", "neq"]), st.sampled_from(DAYS)),
    st.builds(
        atom, st.just("odrl:elapsedTime"), st.sampled_from(["lteq", "gt", "eq"]), st.sampled_from(["P1D", "P3D", "P1M"])
    ),
    st.builds(atom, st.just("odrl:purpose"), st.sampled_from(["eq", "neq", "isA"]), st.sampled_from(["a", "b"])),
    st.builds(atom, st.just(CX + "UsagePurpose"), st.just("isAnyOf"), st.sampled_from([["a"], ["b", "c"]])),
)
CONDITIONS = st.recursive(
    WIDE,
    lambda inner: st.builds(
        lambda name, parts: {name: parts},
        st.sampled_from(["and", "or", "xone", "andSequence"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=6,
)
RULES = st.builds(
    lambda listed, members: rule(*listed, **members),
    st.lists(CONDITIONS, max_size=3),
    st.sampled_from([{}, {}, {"assignee": PARTY}, {"action": "odrl:read"}]),
)
WIDE_OFFERS = st.builds(
    lambda permitted, prohibited, members: offer(
        *permitted, **({"prohibition": prohibited} if prohibited else {}), **members
    ),
    st.lists(RULES, min_size=1, max_size=2),
    st.lists(RULES, max_size=2),
    st.sampled_from([{}, STRICT, {ODRL + "conflict": {"@id": "odrl:perm"}}]),
)
WORLDS = st.builds(
    lambda paid, count, roles, level, lapse, part_of: Facts(
        NOW,
        {
            iri: Fact(frozenset(values), since=NOW)
            for iri, values in ((ODRL + "payAmount", paid), (COUNT, count), (ROLE, roles), (SECURITY_LEVEL, level))
            if values
        },
        NOW - timedelta(days=lapse),
        part_of,
    ),
    st.sampled_from([{"2"}, {"2.2"}, {"0"}, set()]),
    st.sampled_from([{"1"}, {"2"}, {"3"}, set()]),
    st.sets(st.sampled_from(["a", "b", "c", "d"]), max_size=3),
    st.sampled_from([{BASE}, {TRUST}, set()]),
    st.sampled_from([0, 1, 2, 40]),
    st.sampled_from([{}, {"d": frozenset({"a"})}, {TRUST: frozenset({BASE})}]),
)
ASKED = st.builds(
    lambda purposes, party: Request(party, TARGET, USE, frozenset(purposes)),
    st.sets(st.sampled_from(["a", "b", "c", "d"]), max_size=2),
    st.sampled_from([PARTY, "did:web:other"]),
)
SPELLING = {FindingCode.NOT_CARRIED, FindingCode.UNWRITABLE}


@settings(max_examples=100, deadline=None)
@given(offers(), requests, facts)
def test_what_ever_permits_is_refused_for_its_spelling_alone(document, request, known) -> None:
    policy = parse(document)
    if evaluate(policy, replace(request, action=USE), known).permits:
        assert {finding.code for finding in errors(lint(policy, now=NOW))} <= SPELLING


@settings(max_examples=200, deadline=None)
@given(WIDE_OFFERS, ASKED, WORLDS)
def test_what_ever_permits_is_not_refused(document, request, known) -> None:
    policy = parse(document)
    if evaluate(policy, request, known).permits:
        assert errors(lint(policy, now=NOW)) == ()


@settings(max_examples=100, deadline=None)
@given(WIDE_OFFERS)
def test_a_conflict_that_is_told_is_one(document) -> None:
    policy = parse(document)
    for finding in lint(policy, now=NOW):
        if finding.code is FindingCode.AMBIGUOUS:
            request, known = finding.example.request, finding.example.facts
            for name in (finding.path, *finding.places):
                kind, index = name[:-1].split("[")
                alone = replace(policy, permission=(getattr(policy, kind)[int(index)],), prohibition=(), extensions={})
                assert evaluate(alone, request, known).permits


@settings(max_examples=100, deadline=None)
@given(WIDE_OFFERS, ASKED, WORLDS)
def test_what_is_told_to_be_redundant_changes_no_answer(document, request, known) -> None:
    policy = parse(document)
    for finding in lint(policy, now=NOW):
        place = finding.path.split(".")
        if finding.code is FindingCode.REDUNDANT and len(place) == 2 and place[0].startswith("permission"):
            number, position = (int(part.split("[")[1][:-1]) for part in place)
            kept = list(policy.permission)
            listed = kept[number].constraint
            kept[number] = replace(kept[number], constraint=(*listed[:position], *listed[position + 1 :]))
            without = replace(policy, id="urn:offer:2", permission=tuple(kept))
            assert evaluate(policy, request, known).outcome is evaluate(without, request, known).outcome


@pytest.mark.parametrize("name", ["and", "or", "xone"])
@pytest.mark.parametrize("prohibiting", [False, True])
def test_the_widest_policies_are_looked_over_in_bounded_time(name, prohibiting) -> None:
    many = {name: [atom(ODRL + "purpose", "neq", f"p{i}") for i in range(4000)]}
    members = {"prohibition": [rule(many)], "permission": [rule()]} if prohibiting else {"permission": [rule(many)]}
    assert not errors(lint(parse(offer(**members)), now=NOW))


def test_exclusive_choices_within_each_other_are_looked_at_in_bounded_time() -> None:
    inner = atom(ROLE, "eq", "r")
    for place in range(60):
        inner = {"xone": [inner, atom(ROLE, "eq", f"r{place}")]}
    assert calls(lambda: lint(parse(offer(rule(inner))), now=NOW)) < 10_000_000
