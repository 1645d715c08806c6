"""ODRL 2.2 under the W3C's context is read into our form: nothing lost, nothing guessed, nothing but typed errors."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renkei.kernel.problems import PeerError
from renkei.policy import (
    PRE,
    DutyState,
    Fact,
    Facts,
    PolicyKind,
    Request,
    compile_policy,
    read_offer,
    read_set,
    w3c_terms,
)
from renkei.policy.read import DEEPEST, MOST_RULES
from renkei.policy.terms import ACTIONS, LEFT_OPERANDS, ODRL, words
from renkei.policy.w3c import read_w3c
from renkei.policy.write import policy_json

W3C = "http://www.w3.org/ns/odrl.jsonld"
OURS = "https://w3id.org/renkei/v1/"
READ = {"action": "read", "target": "urn:cell"}
SOON = {"leftOperand": "dateTime", "operator": "lt", "rightOperand": "2027-01-01T00:00:00Z"}
OUR_SOON = SOON | {"leftOperand": ODRL + "dateTime"}


def w3c(*permissions, **members):
    listed = {"permission": list(permissions)} if permissions else {}
    return {"@context": W3C, "@type": "Set", "uid": "urn:policy"} | listed | members


def rules_of(document, kind="permission"):
    return policy_json(read_w3c(document))[kind]


# --- the same meaning -------------------------------------------------------------------------------------------------

RICH = w3c(
    {
        "uid": "urn:rule:1",
        "target": "urn:cell",
        "assigner": "did:web:maker.example",
        "assignee": "did:web:buyer.example",
        "action": "distribute",
        "constraint": [
            {"uid": "urn:c:1", "leftOperand": "count", "operator": "lteq", "rightOperand": 5, "unit": "urn:times"},
            {"or": [SOON, {"leftOperand": "spatial", "operator": "isAnyOf", "rightOperand": ["JP", {"@id": "ex:eu"}]}]},
            {"leftOperand": "ex:tier", "operator": "eq", "rightOperand": True, "status": 3},
        ],
        "duty": [
            {
                "uid": "urn:duty:1",
                "action": "inform",
                "assigner": "did:web:maker.example",
                "assignee": "did:web:buyer.example",
                "informedParty": ["did:web:maker.example", "did:web:auditor.example"],
                "consequence": {"action": "compensate", "compensatedParty": "did:web:maker.example"},
            }
        ],
    },
    {
        "target": "urn:pack",
        "assigner": "did:web:other.example",
        "assignee": "did:web:reader.example",
        "action": "use",
        "output": "urn:report",
    },
    prohibition={
        "target": "urn:pack",
        "assigner": "did:web:other.example",
        "assignee": "did:web:reader.example",
        "action": "odrl:sell",
        "remedy": {"action": "delete", "target": "urn:pack", "assignee": "did:web:reader.example"},
        "dct:description": "not for resale",
    },
    conflict="prohibit",
    inheritFrom="urn:parent",
    profile=["urn:profile:1", "ex:profile"],
    **{"@context": [W3C, {"ex": "https://example.org/ns#"}], "ex:note": {"@value": "hello", "@language": "en"}},
)


def test_our_form_under_the_dsp_profile_says_the_same_triples_as_the_document_under_the_w3c_context(shared):
    jsonld = pytest.importorskip("pyld.jsonld")

    def context(path):
        return json.loads((shared / "data" / path).read_text("utf-8"))["@context"]

    def triples(document, *contexts):
        options = {"algorithm": "URDNA2015", "format": "application/n-quads"}
        return jsonld.normalize(document | {"@context": list(contexts)}, options).splitlines()

    ours = policy_json(read_w3c(RICH))
    prefixes = {"dct": "http://purl.org/dc/terms/", "xsd": "http://www.w3.org/2001/XMLSchema#"}
    assert triples(ours, context("spec-dsp-2025-1/context/odrl.jsonld"), prefixes) == triples(
        RICH, context("w3c-vocabularies/odrl-context.jsonld"), RICH["@context"][1]
    )


def test_it_is_read_again_from_our_form_unchanged():
    policy = read_w3c(RICH)
    assert read_set(policy_json(policy)) == policy


def test_every_term_of_the_published_context_has_its_place(shared):
    context = json.loads((shared / "data/w3c-vocabularies/odrl-context.jsonld").read_text("utf-8"))["@context"]
    known = {
        *(iri.removeprefix(ODRL) for iri in ACTIONS | LEFT_OPERANDS),
        *w3c_terms.TERMS,
        *w3c_terms.KEYWORDS,
        *w3c_terms.KINDS,
        *w3c_terms.PREFIXES,
        *words("eq neq lt lteq gt gteq isA hasPart isPartOf isAllOf isAnyOf isNoneOf perm prohibit invalid"),
    }
    classes = {term for term in context if term[0].isupper()}
    value_and_dropped_class = {"policyUsage"}
    assert context.keys() - known - classes == value_and_dropped_class
    assert {name: context[name] for name in w3c_terms.PREFIXES} == dict(w3c_terms.PREFIXES)


@pytest.mark.parametrize("name", ["A1", "A2", "B1", "C1", "C2"])
def test_the_policies_of_the_formal_semantics_are_read(shared, name):
    (path,) = (shared / "data/suite-odrl-formal-semantics").glob(f"*/*/policy{name}.json")
    policy = read_w3c(json.loads(path.read_text("utf-8")))
    assert policy.id == f"http://example.com/policy/{name}"
    assert len(policy.permission + policy.prohibition) == 1


# --- form -------------------------------------------------------------------------------------------------------------


def test_what_all_rules_share_stands_on_the_policy():
    document = w3c(
        {"assignee": "urn:a", "action": "use"}, {"assignee": "urn:b"} | READ, target="urn:cell", assigner="urn:maker"
    )
    assert policy_json(read_w3c(document)) == {
        "@id": "urn:policy",
        "@type": "Set",
        "target": "urn:cell",
        "assigner": "urn:maker",
        "permission": [
            {"action": "use", "assignee": "urn:a"},
            {"action": ODRL + "read", "assignee": "urn:b"},
        ],
    }


def test_what_only_some_rules_say_stays_with_them():
    permission, prohibition = READ | {"assignee": "urn:a"}, {"action": "print", "target": "urn:other"}
    policy = policy_json(read_w3c(w3c(permission, prohibition=prohibition)))
    assert policy["permission"] == [{"action": ODRL + "read", "target": "urn:cell", "assignee": "urn:a"}]
    assert policy["prohibition"] == [{"action": ODRL + "print", "target": "urn:other"}]
    assert not {"target", "assignee"} & policy.keys()


def test_an_heir_keeps_on_the_policy_only_what_stood_there():
    heir = policy_json(read_w3c(w3c(READ, inheritFrom=["urn:p", "urn:q"], assignee="urn:a")))
    assert heir["assignee"] == "urn:a"
    assert heir["permission"] == [{"action": ODRL + "read", "target": "urn:cell"}]
    assert heir[ODRL + "inheritFrom"] == [{"@id": "urn:p"}, {"@id": "urn:q"}]


def test_lists_make_one_rule_for_each_combination():
    rules = rules_of(
        w3c({"@id": "urn:r", "action": ["play", "use"], "target": ["urn:1", "urn:2"], "assignee": ["urn:a", "urn:b"]})
    )
    made = {(rule["action"], rule["target"], rule["assignee"]) for rule in rules}
    assert len(rules) == len(made) == 8
    assert {rule["@id"] for rule in rules} == {"urn:r"}
    assert (ODRL + "play", "urn:2", "urn:a") in made


def test_actions_parties_and_constraints_of_the_policy_go_to_every_rule():
    rules = rules_of(
        w3c(
            {"target": "urn:1", "constraint": SOON},
            {"target": "urn:2", "action": ["play", "print"]},
            action=["play", "print"],
            constraint={"leftOperand": "count", "operator": "eq", "rightOperand": "1"},
            informedParty="urn:i",
        )
    )
    assert len(rules) == 4
    assert [len(rule["constraint"]) for rule in rules] == [2, 2, 1, 1]
    assert {rule[ODRL + "informedParty"]["@id"] for rule in rules} == {"urn:i"}


def test_a_duty_takes_the_parties_of_its_rule_unless_it_names_some():
    duties = [
        {"action": "delete"},
        {"action": "delete", "assignee": "urn:c"},
        {"action": "inform", "informedParty": "urn:i"},
        {"action": "pay", "consequence": {"action": "delete"}},
    ]
    permission = READ | {"assigner": "urn:m", "assignee": ["urn:a", "urn:b"], "duty": duties}
    first, second = rules_of(w3c(permission, READ))[:2]
    assert [duty.get("assignee") for duty in first["duty"]] == ["urn:a", "urn:c", None, "urn:a"]
    assert [duty.get("assigner") for duty in first["duty"]] == ["urn:m", None, None, "urn:m"]
    assert second["duty"][0]["assignee"] == "urn:b"
    (consequence,) = second["duty"][3][ODRL + "consequence"]
    assert consequence == {"action": ODRL + "delete", "assigner": "urn:m", "assignee": "urn:b"}


@pytest.mark.parametrize(
    ("action", "written"),
    [
        ("read", {"action": ODRL + "read"}),
        ("odrl:read", {"action": ODRL + "read"}),
        (ODRL + "use", {"action": "use"}),
        ({"@id": "odrl:use"}, {"action": "use"}),
        ({"uid": "write"}, {"action": ODRL + "write"}),
        ("cc:Sharing", {"action": "http://creativecommons.org/ns#Sharing"}),
        ("urn:view", {"action": "urn:view"}),
        ([{"rdf:value": "odrl:print"}], {"action": ODRL + "print"}),
        (
            {"rdf:value": {"@id": "odrl:print"}, "@id": "urn:a", "@type": "Action", "refinement": SOON},
            {
                "action": ODRL + "print",
                ODRL + "refinement": [OUR_SOON],
                OURS + "actionDescription": {"@id": "urn:a"},
            },
        ),
        (
            {"@id": "urn:view", "includedIn": "use", "implies": ["odrl:read", {"@id": "urn:show"}]},
            {
                "action": "urn:view",
                ODRL + "includedIn": [{"@id": ODRL + "use"}],
                ODRL + "implies": [{"@id": ODRL + "read"}, {"@id": "urn:show"}],
            },
        ),
    ],
)
def test_an_action_is_a_word_or_an_object(action, written):
    (rule,) = rules_of(w3c({"action": action}))
    assert rule == written


@pytest.mark.parametrize(
    ("target", "written"),
    [
        ("ours-1", {"target": "ours-1"}),
        ({"uid": "urn:1"}, {"target": "urn:1"}),
        ({"@type": "AssetCollection", "source": "urn:all"}, {"target": "urn:all"}),
        (
            {"@type": "Asset", "uid": "urn:1", "partOf": "urn:all", "dct:title": "Cell"},
            {
                "target": "urn:1",
                OURS + "targetDescription": {
                    ODRL + "partOf": {"@id": "urn:all"},
                    "http://purl.org/dc/terms/title": "Cell",
                },
            },
        ),
        (
            {"@type": ["AssetCollection", "urn:Batch"], "source": "urn:all", "refinement": [SOON]},
            {
                "target": "urn:all",
                OURS + "targetRefinement": [OUR_SOON],
                OURS + "targetDescription": {"@type": ["urn:Batch"]},
            },
        ),
    ],
)
def test_a_target_is_an_id_or_an_object_with_what_narrows_it(target, written):
    policy = policy_json(read_w3c(w3c({"action": "use", "target": target})))
    lifted = {"target": policy["target"]}
    assert policy["permission"][0] | lifted == {"action": "use"} | written


def test_a_party_collection_is_its_source_with_what_narrows_it():
    assignee = {"@type": "PartyCollection", "source": "urn:friends", "refinement": SOON, "vcard:fn": "Friends"}
    policy = policy_json(read_w3c(w3c(READ | {"assignee": assignee})))
    assert policy["assignee"] == "urn:friends"
    (rule,) = policy["permission"]
    assert rule[OURS + "assigneeRefinement"] == [OUR_SOON]
    assert rule[OURS + "assigneeDescription"] == {"http://www.w3.org/2006/vcard/ns#fn": "Friends"}


@pytest.mark.parametrize(
    ("right", "written"),
    [
        ("JP", "JP"),
        ("odrl:policyUsage", "odrl:policyUsage"),
        (5, {"@value": "5", "@type": "xsd:integer"}),
        (-(10**39), {"@value": f"-1{'0' * 39}", "@type": "xsd:integer"}),
        (True, {"@value": "true", "@type": "xsd:boolean"}),
        (Decimal("5.50"), {"@value": "5.50", "@type": "xsd:decimal"}),
        (Decimal("1E+3"), {"@value": "1000", "@type": "xsd:decimal"}),
        (0.1, {"@value": "0.1", "@type": "xsd:decimal"}),
        ({"@value": 7, "@type": "xsd:nonNegativeInteger"}, {"@value": "7", "@type": "xsd:nonNegativeInteger"}),
        ({"@value": 7}, {"@value": "7", "@type": "xsd:integer"}),
        (
            {"@value": "2027-01-01", "@type": "http://www.w3.org/2001/XMLSchema#date"},
            {"@value": "2027-01-01", "@type": "xsd:date"},
        ),
        ({"@id": "odrl:policyUsage"}, {"@id": ODRL + "policyUsage"}),
        ({"@value": "ja", "@language": "ja"}, {"@value": "ja", "@language": "ja"}),
        (["JP", 5, {"@id": "urn:eu"}], ["JP", {"@value": "5", "@type": "xsd:integer"}, {"@id": "urn:eu"}]),
        ({"@list": ["JP", "DE"]}, ["JP", "DE"]),
        ({"@set": ["JP"]}, ["JP"]),
        (
            {"@id": "urn:x", "@type": ["odrl:RightOperand", "urn:T"], "foaf:name": ["a", 1], "partOf": "urn:y"},
            {
                "@id": "urn:x",
                "@type": ["RightOperand", "urn:T"],
                "http://xmlns.com/foaf/0.1/name": ["a", 1],
                ODRL + "partOf": "urn:y",
            },
        ),
    ],
)
def test_a_right_operand_keeps_its_exact_type(right, written):
    (rule,) = rules_of(w3c(READ | {"constraint": {"leftOperand": "spatial", "operator": "eq", "rightOperand": right}}))
    assert rule["constraint"] == [{"leftOperand": ODRL + "spatial", "operator": "eq", "rightOperand": written}]


@pytest.mark.parametrize(
    ("constraint", "written"),
    [
        ({"leftOperand": {"@id": "odrl:count"}}, {"leftOperand": ODRL + "count"}),
        ({"leftOperand": "foaf:age"}, {"leftOperand": "http://xmlns.com/foaf/0.1/age"}),
        ({"operator": "odrl:gt"}, {"operator": "gt"}),
        ({"operator": {"@id": ODRL + "isAnyOf"}}, {"operator": "isAnyOf"}),
        ({"uid": "urn:c", "@type": "Constraint"}, {"@id": "urn:c"}),
        ({"@type": ["Constraint", "urn:T"]}, {"@type": ["urn:T"]}),
        ({"unit": {"@id": "urn:euro"}}, {ODRL + "unit": {"@id": "urn:euro"}}),
        ({"dataType": "xsd:date"}, {ODRL + "dataType": "xsd:date"}),
        ({"status": 3}, {ODRL + "status": {"@value": "3", "@type": "xsd:integer"}}),
        ({"dct:title": "until", "urn:weight": Decimal("0.5")}, None),
    ],
)
def test_a_constraint_keeps_what_it_says(constraint, written):
    (rule,) = rules_of(w3c(READ | {"constraint": SOON | constraint}))
    more = {
        "http://purl.org/dc/terms/title": "until",
        "urn:weight": {"@value": "0.5", "@type": "xsd:decimal"},
    }
    assert rule["constraint"] == [OUR_SOON | (more if written is None else written)]


def test_a_reference_to_a_right_operand_stays_one():
    by_reference = {"leftOperand": "dateTime", "operator": "lt", "rightOperandReference": "urn:deadline"}
    (rule,) = rules_of(w3c(READ | {"constraint": by_reference}))
    assert rule["constraint"] == [
        {
            "leftOperand": ODRL + "dateTime",
            "operator": "lt",
            "rightOperand": {"@id": "urn:deadline"},
            ODRL + "rightOperandReference": {"@id": "urn:deadline"},
        }
    ]


@pytest.mark.parametrize("name", ["and", "or", "xone", "andSequence"])
def test_connectives_keep_their_order(name):
    operands = [SOON, {"and": {"@list": [SOON, SOON]}}]
    (rule,) = rules_of(w3c(READ | {"constraint": {"@type": "LogicalConstraint", name: {"@list": operands}}}))
    assert rule["constraint"] == [{name: [OUR_SOON, {"and": [OUR_SOON, OUR_SOON]}]}]


@pytest.mark.parametrize("strategy", ["perm", "prohibit", "invalid"])
@pytest.mark.parametrize("spelling", ["{}", "odrl:{}", ODRL + "{}"])
def test_a_conflict_strategy_is_an_iri(strategy, spelling):
    policy = policy_json(read_w3c(w3c(READ, conflict=spelling.format(strategy))))
    assert policy[ODRL + "conflict"] == {"@id": ODRL + strategy}


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("Set", PolicyKind.SET),
        ("Policy", PolicyKind.SET),
        ("odrl:Offer", PolicyKind.OFFER),
        (["Agreement"], PolicyKind.AGREEMENT),
        (ODRL + "Agreement", PolicyKind.AGREEMENT),
    ],
)
def test_the_type_tells_the_kind(written, kind):
    parties = {"assigner": "urn:m", "assignee": "urn:a"}
    assert read_w3c(w3c(READ, **parties, **{"@type": written})).kind is kind


def test_an_offer_can_be_sent():
    policy = read_w3c(w3c(READ | {"assigner": "urn:m"}, **{"@type": "Offer"}))
    assert read_offer(policy_json(policy), in_catalog=False) == policy


def test_names_of_the_document_itself_are_spelled_out():
    own = [{"ex": "https://example.org/ns#"}, W3C, {"title": "dct:title", "tier": "ex:tier", "read": ODRL + "read"}]
    tier = {"leftOperand": "tier", "operator": "eq", "rightOperand": {"@value": "1", "@type": "ex:T"}}
    document = w3c(
        {"@type": ["Permission", "ex:P"], "action": "ex:view", "target": "ex:cell", "constraint": tier},
        **{"@context": own, "title": "Terms", "@id": "ex:policy"},
    )
    del document["uid"]
    assert policy_json(read_w3c(document)) == {
        "@id": "https://example.org/ns#policy",
        "@type": "Set",
        "target": "https://example.org/ns#cell",
        "http://purl.org/dc/terms/title": "Terms",
        "permission": [
            {
                "@type": ["https://example.org/ns#P"],
                "action": "https://example.org/ns#view",
                "constraint": [
                    {
                        "leftOperand": "https://example.org/ns#tier",
                        "operator": "eq",
                        "rightOperand": {"@value": "1", "@type": "https://example.org/ns#T"},
                    }
                ],
            }
        ],
    }


def test_without_a_context_words_mean_what_they_mean_in_odrl():
    document = w3c(READ)
    del document["@context"]
    assert read_w3c(document) == read_w3c(w3c(READ))


# --- what is refused --------------------------------------------------------------------------------------------------


def constrained(**members):
    return w3c(READ | {"constraint": SOON | members})


@pytest.mark.parametrize(
    ("document", "code", "told"),
    [
        ([], "policy-malformed", "array"),
        (w3c(READ, **{"@type": "Privacy"}), "policy-malformed", "Privacy"),
        (w3c(READ, **{"@type": ["Set", "Offer"]}), "policy-malformed", "Set, Offer"),
        (w3c(READ, **{"@type": []}), "policy-malformed", "nothing"),
        (w3c(READ, **{"@type": [5]}), "policy-malformed", "number"),
        (w3c(READ, **{"@type": "Licence"}), "policy-unknown-term", "Licence"),
        (w3c(READ, **{"@context": "https://example.org/x.jsonld"}), "policy-malformed", W3C),
        (w3c(READ, **{"@context": [W3C, "https://example.org/x.jsonld"]}), "policy-malformed", "x.jsonld"),
        (w3c(READ, **{"@context": [W3C, 5]}), "policy-malformed", "number"),
        (w3c(READ, **{"@context": {"ex": "urn:x:"}}), "policy-malformed", "object"),
        (w3c(READ, **{"@context": [W3C, {"@vocab": ODRL}]}), "policy-malformed", "@vocab"),
        (w3c(READ, **{"@context": [W3C, {"ex": {"@id": "urn:x:"}}]}), "policy-malformed", "ex"),
        (w3c(READ, **{"@context": [W3C, {"ex": "relative"}]}), "policy-malformed", "ex"),
        (w3c(READ, **{"@context": [W3C, {"read": "urn:x:write"}]}), "policy-malformed", "urn:x:write"),
        (w3c(READ, **{"@context": [W3C, {"odrl": "urn:x:"}]}), "policy-malformed", "urn:x:"),
        (w3c(READ, **{"@context": [W3C, {"uid": "urn:x:"}]}), "policy-malformed", "uid"),
        (w3c(READ | {"@context": W3C}), "policy-unknown-term", "@context"),
        (w3c(), "policy-missing-member", "permission"),
        (w3c(permission=[]), "policy-empty-array", "permission"),
        (w3c("urn:rule"), "policy-malformed", "object"),
        (w3c({"target": "urn:cell"}), "policy-missing-member", "action"),
        (w3c(READ, uid=None), "policy-malformed", "@id"),
        (w3c(READ, **{"@id": "urn:other"}), "policy-hidden-term", "@id"),
        (w3c(READ, **{"@type": "Offer"}), "policy-missing-member", "assigner"),
        (w3c(READ, **{"@type": "Agreement", "assigner": "urn:m"}), "policy-missing-member", "assignee"),
        (w3c(READ, frobnicate="x"), "policy-unknown-term", "frobnicate"),
        (w3c(READ, timestamp="2027-01-01T00:00:00Z"), "policy-unknown-term", "timestamp"),
        (w3c(READ, **{"odrl:conflict": "perm"}), "policy-hidden-term", "conflict"),
        (w3c(READ, **{"dct:title": "a", "http://purl.org/dc/terms/title": "b"}), "policy-hidden-term", "title"),
        (w3c(READ, target="urn:other"), "policy-shared-otherwise", "target"),
        (w3c(READ, conflict="maybe"), "policy-unknown-term", "maybe"),
        (w3c(READ, conflict="urn:maybe"), "policy-unknown-term", "urn:maybe"),
        (w3c(READ, conflict=["perm", "prohibit"]), "policy-malformed", "conflict"),
        (w3c(READ, profile=[5]), "policy-malformed", "profile"),
        (w3c(READ, inheritFrom=5), "policy-malformed", "inheritFrom"),
        (w3c(READ | {"@type": "Prohibition"}), "policy-malformed", "Permission"),
        (w3c(READ | {"remedy": {"action": "delete"}}), "policy-unknown-term", "remedy"),
        (w3c(prohibition=READ | {"duty": {"action": "delete"}}), "policy-unknown-term", "duty"),
        (
            w3c(READ | {"duty": {"action": "pay", "consequence": {"action": "pay", "consequence": READ}}}),
            "policy-unknown-term",
            "consequence",
        ),
        (w3c({"action": "frobnicate"}), "policy-unknown-term", "frobnicate"),
        (w3c({"action": "urn:a b"}), "policy-unknown-term", "urn:a b"),
        (w3c({"action": "odrl:a b"}), "policy-unknown-term", "odrl:a b"),
        (w3c({"action": []}), "policy-empty-array", "action"),
        (w3c({"action": {}}), "policy-malformed", "action"),
        (w3c({"action": {"rdf:value": {"@id": "use", "x": 1}}}), "policy-malformed", "action"),
        (w3c({"action": {"@id": "use", "permission": READ}}), "policy-unknown-term", "permission"),
        (w3c({"action": {"@id": "urn:x", "includedIn": "frobnicate"}}), "policy-unknown-term", "frobnicate"),
        (w3c(READ | {"target": {"@type": "Asset"}}), "policy-malformed", "target"),
        (w3c(READ | {"target": {"@type": "Party", "uid": "urn:x"}}), "policy-malformed", "Party"),
        (w3c(READ | {"target": {"uid": "urn:x", "refinement": SOON}}), "policy-malformed", "source"),
        (w3c(READ | {"assignee": ["urn:a", ["urn:b"]]}), "policy-malformed", "assignee[1]"),
        (
            w3c(READ | {"target": {"source": "urn:x", "refinement": SOON}, OURS + "targetRefinement": "x"}),
            "policy-hidden-term",
            "targetRefinement",
        ),
        (constrained(leftOperand="frobnicate"), "policy-unknown-term", "frobnicate"),
        (constrained(leftOperand="Membership"), "policy-unknown-term", "Membership"),
        (constrained(operator="term-lteq"), "policy-unknown-operator", "term-lteq"),
        (constrained(operator="urn:like"), "policy-unknown-operator", "urn:like"),
        (constrained(operator=5), "policy-malformed", "operator"),
        (constrained(rightOperandReference="urn:x"), "policy-ambiguous-constraint", "rightOperandReference"),
        (constrained(**{"and": [SOON]}), "policy-ambiguous-constraint", "and"),
        (w3c(READ | {"constraint": {"and": [SOON], "or": [SOON]}}), "policy-ambiguous-constraint", "and, or"),
        (w3c(READ | {"constraint": {"@id": "urn:elsewhere"}}), "policy-missing-member", "leftOperand"),
        (w3c(READ | {"constraint": {"and": {"@list": []}}}), "policy-empty-array", "and"),
        (constrained(rightOperand=None), "policy-malformed", "null"),
        (constrained(rightOperand=10**40), "policy-malformed", "rightOperand"),
        (constrained(rightOperand=float("inf")), "policy-malformed", "rightOperand"),
        (constrained(rightOperand=Decimal("1e-999999")), "policy-malformed", "rightOperand"),
        (constrained(rightOperand=Decimal("0." + "1" * 100)), "policy-malformed", "rightOperand"),
        (constrained(rightOperand=[["x"]]), "policy-malformed", "rightOperand[0]"),
        (constrained(rightOperand={"@value": ["x"]}), "policy-malformed", "@value"),
        (constrained(rightOperand={"@id": "urn:x", "uid": "urn:y"}), "policy-hidden-term", "uid"),
        (constrained(rightOperand={"frobnicate": 1}), "policy-unknown-term", "frobnicate"),
        (constrained(rightOperand={"@graph": []}), "policy-unknown-term", "@graph"),
        (constrained(rightOperand={"@value": "x", "@type": "xsd"}), "policy-unknown-term", "xsd"),
        (constrained(rightOperand="\ud800"), "policy-malformed", "surrogate"),
        (constrained(**{"urn:x": 10**20}), "policy-malformed", "urn:x"),
        (constrained(**{"urn:x": []}), "policy-empty-array", "urn:x"),
    ],
)
def test_what_has_no_clear_meaning_is_refused_by_name(document, code, told):
    with pytest.raises(PeerError) as refused:
        read_w3c(document)
    assert refused.value.code == code
    assert told in refused.value.message()


def nested(depth):
    constraint = SOON
    for _ in range(depth):
        constraint = {"and": [constraint]}
    return w3c(READ | {"constraint": constraint})


def deep_value(depth):
    value = "x"
    for _ in range(depth):
        value = {"urn:x": [value]}
    return w3c(READ, **{"urn:y": value})


MANY = [f"urn:{number}" for number in range(17)]


@pytest.mark.parametrize(
    "document",
    [
        nested(DEEPEST + 1),
        nested(5000),
        deep_value(5000),
        w3c({"action": "use", "target": MANY, "assignee": MANY}),
        w3c(*[{"action": "use", "target": MANY[:2]}] * (MOST_RULES // 2 + 1)),
        w3c({"action": "use", "target": [str(number) for number in range(100_000)]}),
        constrained(rightOperand=["x"] * 100_000),
        constrained(**{"urn:x": [{}] * 100_000}),
        w3c(*[READ | {"constraint": [SOON] * 100}] * 100),
    ],
)
def test_what_is_too_large_is_refused(document):
    with pytest.raises(PeerError) as refused:
        read_w3c(document)
    assert refused.value.code == "policy-too-large"


def test_as_many_rules_as_a_policy_may_have_are_read():
    document = w3c({"action": ["use", "print"], "target": [f"urn:{number}" for number in range(MOST_RULES // 2)]})
    assert len(read_w3c(document).permission) == MOST_RULES


# --- decided --------------------------------------------------------------------------------------------------------

NOW = datetime(2026, 11, 22, tzinfo=UTC)
COARSE = {"leftOperand": "resolution", "operator": "lteq", "rightOperand": 1200, "unit": "urn:dpi"}
PRINT = {"action": {"rdf:value": "odrl:print", "refinement": COARSE}, "target": "urn:t"}
TABLES = {
    "source": "urn:t",
    "refinement": {"leftOperand": "fileFormat", "operator": "eq", "rightOperand": "text/csv"},
}
USE = {"action": "use", "target": "urn:t"}
NO_PRINT = {"action": "print", "target": "urn:t"}
PAID = {"uid": "urn:d", "action": "pay", "consequence": {"uid": "urn:c", "action": "delete"}}


def manner(**values):
    return {ODRL + name: Fact(frozenset({value}), unit="urn:dpi") for name, value in values.items()}


@pytest.mark.parametrize(
    ("document", "parameters", "duties", "permitted"),
    [
        (w3c(PRINT), manner(resolution="600"), {}, True),
        (w3c(PRINT), manner(resolution="2400"), {}, False),
        (w3c(PRINT), {}, {}, False),
        (w3c({"action": "use", "target": TABLES}), manner(fileFormat="text/csv"), {}, True),
        (w3c({"action": "use", "target": TABLES}), manner(fileFormat="text/html"), {}, False),
        (w3c(USE, prohibition=NO_PRINT), {}, {}, False),
        (w3c(USE, prohibition=NO_PRINT, conflict="prohibit"), {}, {}, False),
        (w3c(USE, prohibition=NO_PRINT, conflict="perm"), {}, {}, True),
        (w3c(USE | {"duty": PAID}), {}, {}, False),
        (w3c(USE | {"duty": PAID}), {}, {"urn:d": DutyState.VIOLATED}, False),
        (w3c(USE | {"duty": PAID}), {}, {"urn:d": DutyState.VIOLATED, "urn:c": DutyState.FULFILLED}, True),
        (w3c(USE | {"assignee": {"@type": "PartyCollection", "source": "urn:friends"}}), {}, {}, True),
        (w3c(USE | {"assignee": {"@type": "PartyCollection", "source": "urn:others"}}), {}, {}, False),
    ],
)
def test_what_was_read_is_what_is_decided(document, parameters, duties, permitted):
    request = Request("urn:a", "urn:t", ODRL + "print", parameters=parameters)
    facts = Facts(NOW, part_of={"urn:a": frozenset({"urn:friends"})}, duties=duties)
    assert compile_policy(read_w3c(document), semantics=PRE).decide(request, facts).permits is permitted


# --- laws -------------------------------------------------------------------------------------------------------------

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["use", "urn:x", "odrl:"]),
)
NAMES = st.sampled_from(
    [*sorted(w3c_terms.TERMS), "@id", "uid", "@type", "@value", "@list", "@context", "dct:title", "rdf:value", "x", ""]
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=12,
)


def places(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        yield from places(item, (*path, name))


PLACES = list(places(RICH))[1:]


@settings(max_examples=300)
@given(st.sampled_from(PLACES), JSON)
def test_a_spoilt_policy_is_read_whole_or_refused(place, value):
    document = copy.deepcopy(RICH)
    *above, last = place
    node = document
    for name in above:
        node = node[name]
    node[last] = value
    try:
        policy = read_w3c(document)
    except PeerError as error:
        assert error.code.startswith("policy-")  # noqa: PT017 - most are refused, and both ways must be right
    else:
        as_set = replace(policy, kind=PolicyKind.SET)
        assert read_set(policy_json(as_set)) == as_set


@settings(max_examples=200)
@given(JSON)
def test_any_json_is_read_or_refused(document):
    with pytest.raises(PeerError):
        read_w3c(document)
