"""What partners of a kind can be sent: all of it, or the terms that they could not read, by name."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from json_ld_terms import members_of, references_of
from policy_strategies import CX, ODRL, agreement, atom, constraints, offer, rule

from renkei.kernel.problems import ConfigurationError
from renkei.policy import (
    Policy,
    PolicyKind,
    read_agreement,
    read_offer,
    read_set,
    same_terms,
    spelled_out,
)
from renkei.policy.profiles import (
    CATENA_X_1_2,
    COMPARISONS,
    PLAIN_DSP,
    WIRE_PROFILES,
    Bar,
    demand_carried,
    profile_of,
    uncarried,
)
from renkei.policy.terms import iri_of
from renkei.policy.write import policy_json, write_offer

RENKEI = "https://w3id.org/renkei/v1/"
UNIT = {ODRL + "unit": {"@id": "https://example.com/EUR"}}


def barred(policy, profile):
    return [(each.path, each.bar.value, each.term) for each in uncarried(policy, profile)]


def parse(*permissions, **members):
    return read_offer(offer(*permissions, **members), in_catalog=True)


# --- plain ------------------------------------------------------------------------------------------------------------


def test_a_policy_of_absolute_words_is_carried_whole() -> None:
    refined = rule(action="odrl:delete", **{ODRL + "refinement": [atom("odrl:dateTime", "lt", "2030-01-01T00:00:00Z")]})
    policy = parse(
        rule(
            {
                "or": [
                    atom("odrl:count", "lteq", {"@value": "5", "@type": "xsd:integer"}),
                    atom(CX + "Membership", "eq", "active"),
                ]
            },
            duty=[refined],
        ),
        prohibition=[rule(atom("odrl:payAmount", "gt", "5") | UNIT, action="https://vendor.example/sell")],
        **{ODRL + "conflict": {"@id": "odrl:prohibit"}, "dct:title": "x", "@id": "urn:offer:9"},
    )
    assert uncarried(policy, PLAIN_DSP) == ()
    demand_carried(policy, PLAIN_DSP)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (parse(rule(atom("purpose", "eq", "x"))), ("permission[0].constraint[0].leftOperand", "relative-iri", "purpose")),
        (parse(rule(), rule(action="display")), ("permission[1].action", "relative-iri", "display")),
        (parse(rule(duty=[rule(action="inform")])), ("permission[0].duty[0].action", "relative-iri", "inform")),
        (
            parse(rule({"and": [{"or": [atom("odrl:purpose", "eq", [{"@id": "audit"}])]}]})),
            ("permission[0].constraint[0].and[0].or[0].rightOperand[0].@id", "relative-iri", "audit"),
        ),
        (
            parse(rule(**{ODRL + "refinement": {"and": [atom("count", "lteq", "5")]}})),
            (f"permission[0].{ODRL}refinement.and[0].leftOperand", "relative-iri", "count"),
        ),
        (parse(rule(atom("odrl:count", "term-lteq", "5"))), ("permission[0].constraint[0].operator", "relative-iri", "term-lteq")),
        (parse(rule(), **{"https://x.example/y": {"@id": "z"}}), ("https://x.example/y.@id", "relative-iri", "z")),
    ],
)  # fmt: skip
def test_what_json_ld_would_change_is_named(policy, expected) -> None:
    assert barred(policy, PLAIN_DSP) == [expected]
    with pytest.raises(ConfigurationError) as caught:
        demand_carried(policy, PLAIN_DSP)
    assert caught.value.code == "policy-not-carried"
    assert expected[2] in caught.value.message()


def test_what_json_ld_would_drop_is_named() -> None:
    policy = replace(parse(rule()), extensions={"note": "x", "https://x.example/y": {"note": {"@id": "urn:z"}}})
    assert barred(policy, PLAIN_DSP) == [
        ("note", "term-dropped", "note"),
        ("https://x.example/y.note", "term-dropped", "note"),
    ]
    for each in uncarried(policy, PLAIN_DSP):
        assert each.text() != each.text("ja")


# --- which profile ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ((), PLAIN_DSP),
        ("https://w3id.org/dspace/2025/1/odrl-profile.jsonld", PLAIN_DSP),
        ("https://x.example/other", PLAIN_DSP),
        (CX, CATENA_X_1_2),
        ((CX, "https://x.example/other"), CATENA_X_1_2),
    ],
)
def test_a_policy_chooses_its_wire_profile_by_what_it_claims(profile, expected) -> None:
    assert profile_of(replace(parse(rule()), profile=profile)) is expected


def test_every_profile_is_known_by_its_name_and_told_in_two_languages() -> None:
    assert set(WIRE_PROFILES) == {"plain-dsp", "catena-x-1.2"}
    for name, profile in WIRE_PROFILES.items():
        assert (profile.name, bool(profile.claims)) == (name, True)
        assert profile.en != profile.ja
    claimed = [iri for profile in WIRE_PROFILES.values() for iri in profile.claims]
    assert len(claimed) == len(set(claimed))


# --- Catena-X ---------------------------------------------------------------------------------------------------------

FRAMEWORK = atom(CX + "FrameworkAgreement", "eq", "DataExchangeGovernance:1.0")
PURPOSE = atom(CX + "UsagePurpose", "isAnyOf", ["cx.pcf.base:1"])
END = atom(CX + "DataUsageEndDate", "eq", "2027-12-31T23:59:59Z")
PROVIDED = atom(CX + "DataProvisioningEndDate", "eq", "2027-12-31T23:59:59+09:00")
RESTRICTED = atom(CX + "UsageRestriction", "isAllOf", ["cx.thirdParty.forbidden:1"])


def usage(*more, **members):
    return parse(rule({"and": [FRAMEWORK, PURPOSE, *more]}), **({"profile": CX} | members))


def test_a_whole_usage_policy_is_carried() -> None:
    policy = usage(
        END,
        atom(CX + "Membership", "eq", "active"),
        assignee="did:web:buyer.example",
        prohibition=[rule(RESTRICTED)],
        obligation=[rule({"and": [PROVIDED]})],
        **{RENKEI + "template": "sha-256:00", "dct:title": "x"},
    )
    assert uncarried(policy, CATENA_X_1_2) == ()
    assert uncarried(policy, PLAIN_DSP) == ()


REFUSED = {
    "no profile": (replace(usage(), profile=()), ["profile-not-claimed"]),
    "another profile beside it": (replace(usage(), profile=(CX, ODRL + "core")), ["profile-not-claimed"]),
    "two permissions": (usage(), ["rule-not-carried"]),
    "two prohibitions": (usage(prohibition=[rule(RESTRICTED), rule(RESTRICTED)]), ["rule-not-carried"]),
    "another action": (usage(prohibition=[rule(RESTRICTED, action="odrl:distribute")]), ["rule-not-carried"]),
    "a prohibition of everything": (usage(prohibition=[rule()]), ["one-constraint"]),
    "constraints side by side": (parse(rule(FRAMEWORK, PURPOSE), profile=CX), ["one-constraint"]),
    "a choice": (parse(rule({"or": [FRAMEWORK, PURPOSE]}), profile=CX), ["connective-not-carried"]),
    "a choice within": (usage({"xone": [END, END]}), ["connective-not-carried"]),
    "an and within": (usage({"and": [END]}), ["connective-not-carried"]),
    "an operand of ODRL": (usage(atom("odrl:dateTime", "lteq", "2027-01-01T00:00:00Z")), ["operand-not-carried"]),
    "an operand of nobody": (usage(atom("frobnicate", "eq", "x")), ["operand-not-carried"]),
    "a number of access policies": (usage(atom(CX + "BusinessPartnerNumber", "isAnyOf", ["BPNL00000000AB12"])), ["operand-misplaced"]),
    "a restriction as a permission": (usage(RESTRICTED), ["operand-misplaced"]),
    "an operator of another": (parse(rule({"and": [FRAMEWORK, atom(CX + "UsagePurpose", "eq", "cx.pcf.base:1")]}), profile=CX), ["operator-not-carried"]),
    "a single text for a list": (parse(rule({"and": [FRAMEWORK, atom(CX + "UsagePurpose", "isAnyOf", "cx.pcf.base:1")]}), profile=CX), ["value-not-carried"]),
    "a list for a single text": (usage(atom(CX + "Membership", "eq", ["active"])), ["value-not-carried"]),
    "an object for a text": (usage(atom(CX + "Membership", "eq", {"@value": "active"})), ["value-not-carried"]),
    "a value that there is not": (usage(atom(CX + "Membership", "eq", "perhaps")), ["value-not-carried"]),
    "a day for an instant": (usage(atom(CX + "DataUsageEndDate", "eq", "2027-12-31Z")), ["value-not-carried"]),
    "a fraction of a second": (usage(atom(CX + "DataUsageEndDate", "eq", "2027-12-31T00:00:00.5Z")), ["value-not-carried"]),
    "a duration that is no text": (usage(atom(CX + "DataUsageEndDurationDays", "eq", {"@value": "5", "@type": "xsd:integer"})), ["value-not-carried"]),
    "a duration in words": (usage(atom(CX + "DataUsageEndDurationDays", "eq", "five")), ["value-not-carried"]),
    "two ends": (usage(END, atom(CX + "DataUsageEndDurationDays", "eq", "30")), ["operands-exclude"]),
    "two warranties": (
        usage(atom(CX + "WarrantyDurationMonths", "eq", "6"), atom(CX + "WarrantyDefinition", "eq", "cx.warranty.contractEndDate:1")),
        ["operands-exclude"],
    ),
    "two ends of provision": (
        usage(obligation=[rule({"and": [PROVIDED, atom(CX + "DataProvisioningEndDurationDays", "eq", "30")]})]),
        ["operands-exclude"],
    ),
    "no purpose": (parse(rule({"and": [FRAMEWORK]}), profile=CX), ["operand-required"]),
    "two purposes": (usage(PURPOSE), ["operand-required"]),
    "no framework agreement": (parse(rule(PURPOSE), profile=CX), ["operand-required"]),
    "no permission": (parse(prohibition=[rule(RESTRICTED)], profile=CX), ["operand-required", "operand-required"]),
    "a refinement": (parse(rule({"and": [FRAMEWORK, PURPOSE]}, **{ODRL + "refinement": [END]}), profile=CX), ["member-not-carried"]),
    "a duty": (parse(rule({"and": [FRAMEWORK, PURPOSE]}, duty=[rule(action="odrl:nextPolicy")]), profile=CX), ["member-not-carried"]),
    "a rule's party": (parse(rule({"and": [FRAMEWORK, PURPOSE]}, assignee="did:web:x"), profile=CX), ["member-not-carried"]),
    "how conflicts are settled": (usage(**{ODRL + "conflict": {"@id": "odrl:prohibit"}}), ["member-not-carried"]),
    "what is inherited": (usage(**{ODRL + "inheritFrom": {"@id": "urn:x"}}), ["member-not-carried"]),
    "a unit": (usage(END | UNIT), ["member-not-carried"]),
    "a connective's member": (parse(rule({"and": [FRAMEWORK, PURPOSE], ODRL + "status": "x"}), profile=CX), ["member-not-carried"]),
}  # fmt: skip
REFUSED["two permissions"] = (
    replace(usage(), permission=usage().permission * 2),
    ["rule-not-carried"],
)


@pytest.mark.parametrize(("policy", "bars"), REFUSED.values(), ids=REFUSED)
def test_what_catena_x_does_not_carry_is_refused_by_name(policy, bars) -> None:
    assert [each.bar.value for each in uncarried(policy, CATENA_X_1_2)] == bars
    with pytest.raises(ConfigurationError, match="policy-not-carried"):
        demand_carried(policy, CATENA_X_1_2)


def test_every_reason_is_reached_and_told_in_two_languages() -> None:
    found = {each.bar: each for policy, _ in REFUSED.values() for each in uncarried(policy, CATENA_X_1_2)}
    assert found.keys() == set(Bar) - {Bar.RELATIVE, Bar.DROPPED}
    for each in found.values():
        assert "{" not in each.text() + each.text("ja")
        assert each.text() != each.text("ja")


def access(*more, **members):
    held = {"and": [atom(CX + "Membership", "eq", "active"), *more]}
    document = {"@id": "urn:a", "@type": "Set", "profile": CX, "permission": [rule(held, action="access")]} | members
    return read_set(document)


def test_an_access_policy_has_one_permission_and_nothing_else() -> None:
    number = atom(CX + "BusinessPartnerNumber", "isNoneOf", ["BPNL00000000AB12"])
    assert uncarried(access(number, atom(CX + "BusinessPartnerGroup", "isAnyOf", ["gold"])), CATENA_X_1_2) == ()
    bars = barred(access(END, prohibition=[rule(RESTRICTED)], obligation=[rule(PROVIDED)]), CATENA_X_1_2)
    assert bars == [
        ("permission[0].constraint[0].and[1]", "operand-misplaced", "DataUsageEndDate"),
        ("prohibition[0]", "rule-not-carried", "prohibition[0]"),
        ("obligation[0]", "rule-not-carried", "obligation[0]"),
    ]


def test_an_agreement_is_a_usage_policy() -> None:
    policy = read_agreement(agreement(rule({"and": [FRAMEWORK, PURPOSE]}), profile=CX))
    assert uncarried(policy, CATENA_X_1_2) == ()
    seeing = replace(access(), kind=PolicyKind.AGREEMENT)
    assert [each.bar for each in uncarried(seeing, CATENA_X_1_2)] == [Bar.RULES, Bar.REQUIRED, Bar.REQUIRED]


# --- the official samples ---------------------------------------------------------------------------------------------


def sample(shared, name):
    document = json.loads((shared / "data/spec-cx-policy-2025-9/samples" / f"{name}.json").read_text(encoding="utf-8"))
    document.pop("@context", None)
    return document


SAMPLES = {
    "access-policy": [],
    "usage-policy-individual-constraints-sample": [],
    "usage-policy-sample": [("permission[0].constraint[0].and[2]", "value-not-carried", "cx.dataUsageEnd.unlimited")],
}


@pytest.mark.parametrize(("name", "expected"), SAMPLES.items(), ids=SAMPLES)
def test_the_official_policies_are_carried_but_for_their_slips(shared, name, expected) -> None:
    assert barred(replace(read_set(sample(shared, name)), profile=CX), CATENA_X_1_2) == expected


def test_the_comprehensive_policy_names_values_that_there_are_not(shared) -> None:
    policy = replace(read_set(sample(shared, "usage-policy-comprehensive-sample")), profile=CX)
    bars = barred(policy, CATENA_X_1_2)
    assert bars[0][:2] == ("prohibition[0].constraint[0].and[0]", "value-not-carried")
    assert "ExtraordinaryAnalyticsForbiddenRightOperand" in bars[0][2]


def test_of_the_official_constraints_all_but_the_known_slip_are_carried(shared) -> None:
    folder = shared / "data/spec-cx-policy-2025-9/samples"
    names = sorted(
        path.name.removesuffix("-constraint-sample.json") for path in folder.glob("*-constraint-sample.json")
    )
    refused, numbers = {}, []
    for name in names:
        constraint = sample(shared, f"{name}-constraint-sample")
        if isinstance(constraint["rightOperand"], int):  # version 1.2.0 writes durations as texts
            numbers.append(name)
            constraint["rightOperand"] = str(constraint["rightOperand"])
        iri = iri_of(constraint["leftOperand"])
        where = {each.value for each in COMPARISONS[iri][0]}
        if "usage permission" in where:
            beside = [each for each in (FRAMEWORK, PURPOSE) if iri_of(each["leftOperand"]) != iri]
            policy = parse(rule({"and": [constraint, *beside]}), profile=CX)
        elif "access permission" in where:
            policy = access(constraint)
        elif "usage prohibition" in where:
            policy = usage(prohibition=[rule(constraint)])
        else:
            policy = usage(obligation=[rule(constraint)])
        if bars := uncarried(policy, CATENA_X_1_2):
            refused[name] = [(each.bar, each.term) for each in bars]
    assert len(names) == 29
    assert refused == {"contract-termination": [(Bar.VALUE, "cx.data.keeping")]}
    assert numbers == ["data-provisioning-end-duration-days", "data-usage-end-duration-days", "warranty-duration"]


def test_the_table_holds_the_29_operands() -> None:
    assert len(COMPARISONS) == 29
    assert Counter(where.value for places, _ in COMPARISONS.values() for where in places) == {
        "access permission": 4,
        "usage permission": 24,
        "usage prohibition": 3,
        "usage obligation": 2,
    }


# --- JSON-LD ----------------------------------------------------------------------------------------------------------

EXTRA = st.sampled_from(
    [
        {},
        {},
        {"https://x.example/note": "x"},
        {ODRL + "refinement": [atom("odrl:count", "lteq", "5")]},
        {ODRL + "refinement": [atom("count", "lteq", "5")]},
        {"https://x.example/y": {"https://x.example/z": [{"@id": "urn:z"}, "text"]}},
        {"https://x.example/y": {"dropped": "x"}},
        {"dropped": "x"},
        {"https://x.example/y": {"@id": "relative"}},
    ]
)
RULES = st.builds(
    lambda listed, action, extra: (rule(*listed, action=action), extra),
    st.lists(constraints, max_size=2),
    st.sampled_from(["use", "odrl:read", "display", "https://x.example/sell", "frobnicate"]),
    EXTRA,
)


def listed(document):
    """Compaction makes single values of lists of one; a connective has a list."""
    if isinstance(document, list):
        return [listed(item) for item in document]
    if not isinstance(document, dict):
        return document
    joined = {"and", "or", "xone", "andSequence"}
    found = {name: listed(value) for name, value in document.items()}
    return {name: [value] if name in joined and isinstance(value, dict) else value for name, value in found.items()}


@settings(max_examples=150, deadline=None)
@given(st.lists(RULES, min_size=1, max_size=2), EXTRA, st.booleans())
def test_a_policy_keeps_every_term_in_json_ld_or_is_refused_with_the_terms_named(contexts, drawn, extra, spell) -> None:
    jsonld, context = contexts
    permissions = tuple(
        replace(read_offer(offer(document), in_catalog=True).permission[0], extensions=more) for document, more in drawn
    )
    policy = Policy(id="urn:offer:1", kind=PolicyKind.OFFER, permission=permissions, extensions=extra)
    policy = spelled_out(policy) if spell else policy
    written = json.loads(json.dumps(policy_json(policy)))
    expanded = jsonld.expand(context | written, {"base": None})
    whole = members_of(expanded) == members_of(written)
    relative = [text for text in references_of(expanded) if ":" not in text]
    assert (not uncarried(policy, PLAIN_DSP)) is (whole and not relative)
    if not uncarried(policy, PLAIN_DSP) and not extra and not any(each.extensions for each in permissions):
        again = listed(jsonld.compact(expanded, context, {"base": None}))
        del again["@context"]
        assert same_terms(read_offer(again, in_catalog=True), policy).same
        assert write_offer(read_offer(written, in_catalog=True)) == written


@pytest.fixture(scope="module")
def contexts(request):
    jsonld = pytest.importorskip("pyld").jsonld
    shared = request.getfixturevalue("shared")
    return jsonld, json.loads((shared / "data/spec-dsp-2025-1/context/odrl.jsonld").read_text(encoding="utf-8"))
