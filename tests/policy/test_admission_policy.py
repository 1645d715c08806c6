"""Admission as a policy, and the short names by which operators speak of partners."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.daemon.config import RegisterSection
from renkei.kernel.problems import ConfigurationError
from renkei.policy.admission import AdmissionRules, admission_policy
from renkei.policy.attributes import ATTRIBUTES, attribute_of, facts_of
from renkei.policy.deciding.evaluate import compile_policy
from renkei.policy.operands import (
    BUSINESS_PARTNER_GROUP,
    CONNECTOR,
    FRAMEWORK_AGREEMENT,
    GROUP,
    MEMBERSHIP,
    SECURITY_LEVEL,
    STANDARD,
)
from renkei.policy.operands.declaration import CHOICE, Datatype, Registry, operand
from renkei.policy.world import Fact, Facts, Phase, Request

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
US, MAKER = "did:web:buyer.example", "did:web:maker.example"
PLANT = "https://example.com/policy/plant"
GOVERNANCE = "DataExchangeGovernance:1.0"


@operand(PLANT, datatype=Datatype.TEXT, operators=CHOICE, en="the plant", ja="工場")
def plant(request, facts):
    return facts.values.get(PLANT)


def admitted(rules, known=(), party=MAKER, registry=STANDARD, part_of=()) -> bool:
    policy = admission_policy(rules, registry)
    facts = facts_of(dict(known), "test")
    request = Request(party, "", phase=Phase.ACCESS)
    return compile_policy(policy, registry).decide(request, Facts(NOW, facts, part_of=dict(part_of))).permits


RULES = {
    "a participant that is named": (AdmissionRules(connectors=(MAKER,)), {}, True),
    "a participant that is not named": (AdmissionRules(connectors=(US,)), {}, False),
    "the id of its connector": (AdmissionRules(connectors=("urn:c",)), {"connector": ["urn:c"]}, True),
    "another connector": (AdmissionRules(connectors=("urn:c",)), {"connector": ["urn:d"]}, False),
    "an attribute": (AdmissionRules(attributes={"membership": ("active",)}), {"membership": ["active"]}, True),
    "another value of it": (AdmissionRules(attributes={"membership": ("active",)}), {"membership": ["ended"]}, False),
    "an attribute nobody knows of": (AdmissionRules(attributes={"membership": ("active",)}), {}, False),
    "one of several values": (
        AdmissionRules(attributes={"roles": ("auditor", "maker")}),
        {"roles": ["maker", "x"]},
        True,
    ),
    "none of several values": (AdmissionRules(attributes={"roles": ("auditor", "maker")}), {"roles": ["x"]}, False),
    "no role at all": (AdmissionRules(attributes={"roles": ("auditor",)}), {"roles": []}, False),
    "an operand by its IRI": (AdmissionRules(attributes={MEMBERSHIP: ("active",)}), {"membership": ["active"]}, True),
    "two attributes, one held": (
        AdmissionRules(attributes={"membership": ("active",), "roles": ("maker",)}),
        {"membership": ["active"]},
        False,
    ),
    "the lowest profile": (AdmissionRules(security_profile="TRUST"), {"security_profile": ["TRUST"]}, True),
    "a higher profile": (AdmissionRules(security_profile="TRUST"), {"security_profile": ["TRUST_PLUS"]}, True),
    "a lower profile": (AdmissionRules(security_profile="TRUST"), {"security_profile": ["BASE"]}, False),
    "a profile nobody knows of": (AdmissionRules(security_profile="BASE"), {}, False),
}


@pytest.mark.parametrize(("rules", "known", "answer"), RULES.values(), ids=RULES)
def test_each_mode_admits_whom_it_names(rules, known, answer):
    assert admitted(rules, known) is answer


def test_without_rules_there_is_no_policy():
    assert AdmissionRules().open
    assert admission_policy(AdmissionRules()) is None
    assert not AdmissionRules(security_profile="BASE").open


def test_a_group_within_a_group_is_in_both():
    rules = AdmissionRules(attributes={"groups": ("suppliers",)})
    inside = {"tier-1": frozenset({"suppliers"})}
    assert admitted(rules, {"groups": ["tier-1"]}, part_of=inside)
    assert not admitted(rules, {"groups": ["tier-1"]})


def test_an_operand_that_knows_no_lists_is_asked_value_by_value():
    registry = Registry(
        *(one for iri, one in STANDARD.items() if iri != FRAMEWORK_AGREEMENT),
    )
    rules = AdmissionRules(attributes={"framework_agreements": (GOVERNANCE, GOVERNANCE)})
    assert admitted(rules, {"framework_agreements": [GOVERNANCE]})
    with pytest.raises(ConfigurationError) as caught:
        admission_policy(rules, registry)
    assert (caught.value.code, caught.value.values["attribute"]) == (
        "policy-admission-unusable",
        "framework_agreements",
    )


def test_an_operand_of_ones_own_admits_as_well():
    rules = AdmissionRules(attributes={PLANT: ("Kobe",)})
    registry = STANDARD.with_(plant)
    assert admitted(rules, {PLANT: ["Kobe"]}, registry=registry)
    assert not admitted(rules, {PLANT: ["Osaka"]}, registry=registry)


@pytest.mark.parametrize(
    ("rules", "code", "word"),
    [
        (AdmissionRules(attributes={"member": ("active",)}), "policy-unknown-attribute", "member"),
        (AdmissionRules(attributes={PLANT: ("Kobe",)}), "policy-admission-unusable", PLANT),
        (AdmissionRules(attributes={"odrl:dateTime": ("2026-01-01",)}), "policy-admission-unusable", "dateTime"),
        (AdmissionRules(attributes={"roles": ()}), "policy-admission-unusable", "roles"),
        (AdmissionRules(attributes={"membership": ("yes",)}), "policy-admission-unusable", "Membership"),
        (AdmissionRules(security_profile="HIGH"), "policy-admission-unusable", "SECURITY_LEVEL"),
    ],
)
def test_rules_that_could_admit_nobody_are_refused(rules, code, word):
    with pytest.raises(ConfigurationError) as caught:
        admission_policy(rules)
    assert caught.value.code == code
    assert word in caught.value.message()


# --- short names -------------------------------------------------------------------------------------------------------


def test_one_statement_answers_every_operand_that_asks_for_it():
    facts = facts_of({"groups": ["tier-1"], "security_profile": ["BASE"], PLANT: ["Kobe"]}, "me", NOW)
    held = Fact(frozenset({"tier-1"}), "me", NOW)
    assert facts[GROUP] == facts[BUSINESS_PARTNER_GROUP] == held
    assert facts[SECURITY_LEVEL].values == {"https://w3id.org/idsa/code/BASE_SECURITY_PROFILE"}
    assert facts[PLANT].values == {"Kobe"}
    assert len(facts) == 4


def test_a_name_and_its_operand_are_the_same_attribute():
    for name, attribute in ATTRIBUTES.items():
        assert attribute_of(name) is attribute_of(attribute.operands[0]) is attribute
        assert attribute.name == name
    assert attribute_of(PLANT).name == PLANT
    assert attribute_of("odrl:spatial").name == "country"


def test_the_register_in_configuration_has_every_attribute():
    named = set(RegisterSection.__struct_fields__) - {"facts", "valid_until"}
    assert named == set(ATTRIBUTES)


values = st.sampled_from(["a", "b", "c"])
told = st.fixed_dictionaries(
    {},
    optional={
        "roles": st.lists(values, max_size=2),
        "groups": st.lists(values, max_size=2),
        "connector": st.lists(st.sampled_from(["urn:a", "urn:b"]), max_size=1),
        "security_profile": st.sampled_from([["BASE"], ["TRUST"], ["TRUST_PLUS"]]),
    },
)
wanted = st.builds(
    AdmissionRules,
    connectors=st.sampled_from([(), (MAKER,), ("urn:a",), ("urn:a", US)]),
    attributes=st.dictionaries(
        st.sampled_from(["roles", "groups"]), st.lists(values, min_size=1, max_size=2).map(tuple), max_size=2
    ),
    security_profile=st.sampled_from(["", "BASE", "TRUST"]),
)


@given(rules=wanted, known=told, party=st.sampled_from([MAKER, "did:web:other.example"]))
def test_together_the_modes_admit_exactly_whom_each_admits(rules, known, party):
    alone = [
        AdmissionRules(connectors=rules.connectors),
        *(AdmissionRules(attributes={name: listed}) for name, listed in rules.attributes.items()),
        AdmissionRules(security_profile=rules.security_profile),
    ]
    expected = all(admitted(one, known, party) for one in alone if not one.open)
    assert (rules.open or admitted(rules, known, party)) is expected


@given(rules=wanted, known=told)
def test_whoever_is_known_for_nothing_is_admitted_by_name_alone(rules, known):
    if not rules.open and admitted(rules, {}):
        assert MAKER in rules.connectors
        assert rules.attributes == {}
        assert CONNECTOR not in facts_of({}, "test")
