from __future__ import annotations

import copy
import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from policy_strategies import agreement, atom, offer, offers, rule

from renkei.kernel.problems import RenkeiError
from renkei.policy import PolicyKind, read_agreement, read_offer, read_set, write_agreement, write_offer, write_set
from renkei.policy.read import DEEPEST, MOST_CHARACTERS, MOST_NODES, MOST_RULES

NOTE = "https://example.org/note"


def read(document):
    kind = document.get("@type") if isinstance(document, dict) else None
    return read_agreement(document) if kind == "Agreement" else read_offer(document, in_catalog=False)


def write(policy):
    return write_agreement(policy) if policy.kind is PolicyKind.AGREEMENT else write_offer(policy)


def nested(depth):
    constraint = atom("purpose", "eq", "x")
    for _ in range(depth):
        constraint = {"and": [constraint]}
    return constraint


def policies_of(document):
    """Every offer and agreement in an official example, with whether it stands in a catalog."""
    found = []
    if isinstance(document, dict):
        found += [(item, True) for item in document.get("hasPolicy", [])]
        found += [(document[name], False) for name in ("offer", "agreement") if name in document]
        for item in document.values():
            found += policies_of(item)
    elif isinstance(document, list):
        for item in document:
            found += policies_of(item)
    return found


def official(shared):
    for path in sorted((shared / "data/spec-dsp-2025-1").glob("*/example/*.json")):
        yield from policies_of(json.loads(path.read_text(encoding="utf-8")))


def read_as_it_stands(policy, in_catalog):
    if policy.get("@type") == "Agreement":
        return read_agreement(policy)
    return read_offer(policy, in_catalog=in_catalog)


def test_every_official_offer_and_agreement_is_written_as_it_was_read(shared):
    examples = list(official(shared))
    assert {policy["@type"] for policy, _ in examples} == {"Offer", "Agreement"}
    assert {in_catalog for _, in_catalog in examples} == {True, False}
    for policy, in_catalog in examples:
        assert write(read_as_it_stands(policy, in_catalog)) == policy


@settings(max_examples=30, deadline=None)
@given(offers())
def test_any_offer_is_written_as_it_was_read(document):
    policy = read_offer(document, in_catalog=True)
    assert write_offer(policy) == document
    assert read_offer(write_offer(policy), in_catalog=True) == policy


FULL_RULE = rule(
    {"and": [atom("purpose", "eq", "x")], "@id": "urn:c"},
    atom("count", "lteq", {"@value": "5", "@type": "xsd:integer"}) | {"dct:title": "five"},
    atom("purpose", "isAnyOf", ["x", {"@id": "urn:y"}]),
    **{"@type": "Permission", NOTE: {"dct:title": ["a", {"@value": "b"}, 5, True]}},
    duty=[rule(action="odrl:inform")],
    assigner="urn:p",
    assignee="urn:q",
)


@pytest.mark.parametrize(
    "document",
    [
        agreement(FULL_RULE, timestamp="2026-11-22T09:30:00Z", profile=["urn:a", "urn:b"]),
        agreement(rule(target="urn:part"), profile="urn:a", **{NOTE: "日本"}),
        offer(prohibition=[rule()], obligation=[rule(action="odrl:delete")], target="urn:t", assigner="urn:p"),
        offer(FULL_RULE, target="urn:t", assignee="urn:q"),
    ],
)
def test_every_member_is_kept(document):
    assert write(read(document)) == document


def test_a_set_may_have_obligations_alone():
    document = {"@id": "urn:s", "@type": "Set", "obligation": [rule(action="odrl:delete", target="urn:t")]}
    assert write_set(read_set(document)) == document


def test_an_untyped_offer_in_a_catalog_is_read_and_written_with_its_type():
    document = {"@id": "urn:o", "permission": [rule()]}
    assert write_offer(read_offer(document, in_catalog=True)) == document | {"@type": "Offer"}


def test_a_catalog_offer_has_no_target():
    with pytest.raises(RenkeiError) as caught:
        read_offer(offer(rule(), target="urn:t"), in_catalog=True)
    assert caught.value.code == "policy-unknown-term"


without = {name: {k: v for k, v in agreement(rule()).items() if k != name} for name in agreement(rule())}

REFUSED = [
    ("policy-malformed", []),
    ("policy-malformed", "offer"),
    ("policy-missing-member", {}),
    ("policy-missing-member", {"@id": "urn:o", "permission": [rule()]}),
    ("policy-missing-member", {"@type": "Offer", "permission": [rule()]}),
    ("policy-missing-member", offer()),
    ("policy-missing-member", offer(obligation=[rule()])),
    ("policy-missing-member", without["target"]),
    ("policy-missing-member", without["assigner"]),
    ("policy-missing-member", without["assignee"]),
    ("policy-missing-member", without["permission"]),
    ("policy-malformed", offer(rule()) | {"@type": "Set"}),
    ("policy-malformed", offer(rule()) | {"@type": ["Offer"]}),
    ("policy-malformed", offer(rule()) | {"@id": ""}),
    ("policy-malformed", offer(rule()) | {"@id": 7}),
    ("policy-malformed", offer(rule(), target=None)),
    ("policy-malformed", offer(rule(), assigner={"@id": "urn:p"})),
    ("policy-malformed", agreement(rule(), timestamp="yesterday")),
    ("policy-malformed", agreement(rule(), timestamp="x2026-11-22T09:30:00Z")),
    ("policy-unknown-term", offer(rule(), timestamp="2026-11-22T09:30:00Z")),
    ("policy-unknown-term", offer(rule(target="urn:t"))),
    ("policy-unknown-term", offer(rule(), conflict="perm")),
    ("policy-unknown-term", offer(rule(), **{"@context": {}})),
    ("policy-unknown-term", offer(rule(), constraint=[])),
    ("policy-unknown-term", offer(rule(consequence=[rule()]))),
    ("policy-unknown-term", offer(rule(atom("purpose", "eq", "x") | {"unit": "kg"}))),
    ("policy-unknown-term", offer(rule(atom("purpose", "eq", {"@value": "x", "unit": "kg"})))),
    ("policy-unknown-term", offer(rule(), **{NOTE: {"@context": {}}})),
    ("policy-unknown-term", offer(rule(), **{"not an iri:x": "y"})),
    ("policy-hidden-term", offer(rule(), **{"odrl:prohibition": [rule()]})),
    ("policy-hidden-term", offer(rule(), **{"http://www.w3.org/ns/odrl/2/prohibition": [rule()]})),
    ("policy-hidden-term", offer(rule(), **{"dct:title": "a", "http://purl.org/dc/terms/title": "b"})),
    ("policy-empty-array", offer(permission=[])),
    ("policy-empty-array", offer(rule(), prohibition=[])),
    ("policy-empty-array", offer(rule(), profile=[])),
    ("policy-empty-array", offer(rule(constraint=[]))),
    ("policy-empty-array", offer(rule({"or": []}))),
    ("policy-empty-array", offer(rule(atom("purpose", "isAnyOf", [])))),
    ("policy-empty-array", offer(rule(), **{NOTE: []})),
    ("policy-malformed", offer(rule(), profile=5)),
    ("policy-malformed", offer(rule(), profile=[5])),
    ("policy-malformed", offer(permission={"action": "use"})),
    ("policy-malformed", offer("use")),
    ("policy-malformed", offer({"action": {"@id": "odrl:use"}})),
    ("policy-missing-member", offer({})),
    ("policy-malformed", offer(rule("x"))),
    ("policy-missing-member", offer(rule({}))),
    ("policy-missing-member", offer(rule({"leftOperand": "purpose", "rightOperand": "x"}))),
    ("policy-missing-member", offer(rule({"leftOperand": "purpose", "operator": "eq"}))),
    ("policy-malformed", offer(rule(atom(5, "eq", "x")))),
    ("policy-unknown-operator", offer(rule(atom("purpose", "like", "x")))),
    ("policy-unknown-operator", offer(rule(atom("purpose", "odrl:eq", "x")))),
    ("policy-numeric-operand", offer(rule(atom("count", "lteq", 5)))),
    ("policy-numeric-operand", offer(rule(atom("count", "lteq", True)))),
    ("policy-numeric-operand", offer(rule(atom("count", "lteq", None)))),
    ("policy-numeric-operand", offer(rule(atom("count", "isAnyOf", [5])))),
    ("policy-numeric-operand", offer(rule(atom("count", "isAnyOf", [["x"]])))),
    ("policy-ambiguous-constraint", offer(rule({"and": [atom("a", "eq", "b")], "or": [atom("a", "eq", "b")]}))),
    ("policy-ambiguous-constraint", offer(rule({"and": [atom("a", "eq", "b")], **atom("a", "eq", "b")}))),
    ("policy-ambiguous-constraint", offer(rule({**atom("a", "eq", "b"), "and": [atom("a", "eq", "b")]}))),
    ("policy-malformed", offer(rule({"and": atom("a", "eq", "b")}))),
    ("policy-malformed", offer(rule(), **{NOTE: None})),
    ("policy-malformed", offer(rule(), **{NOTE: Decimal("1.5")})),
    ("policy-malformed", offer(rule(), **{NOTE: 2**53})),
    ("policy-malformed", offer(rule(), **{NOTE: [["x"]]})),
    ("policy-malformed", offer(rule(), **{NOTE: "\ud800"})),
    ("policy-malformed", offer(rule(atom("purpose", "eq", "\udfff")))),
    ("policy-too-large", offer(rule(nested(DEEPEST)))),
    ("policy-too-large", offer(*[rule() for _ in range(MOST_RULES + 1)])),
    ("policy-too-large", offer(rule(*[atom("dateTime", "lt", "x") for _ in range(MOST_NODES)]))),
    ("policy-too-large", offer(rule(atom("purpose", "eq", "x" * MOST_CHARACTERS)))),
]


@pytest.mark.parametrize(("code", "document"), REFUSED, ids=[f"{i}-{code}" for i, (code, _) in enumerate(REFUSED)])
def test_what_json_ld_would_change_or_the_schema_forbids_is_refused(code, document):
    with pytest.raises(RenkeiError) as caught:
        read(document)
    assert caught.value.code == code
    for language in ("en", "ja"):
        assert "{" not in caught.value.message(language).replace(str(document), "")
        assert "?" not in caught.value.hint(language)


def test_the_largest_policy_is_read():
    assert len(read(offer(*[rule() for _ in range(MOST_RULES)])).permission) == MOST_RULES
    many = [atom("dateTime", "lt", "x") for _ in range(MOST_NODES - 1)]
    assert len(read(offer(rule(*many))).permission[0].constraint) == MOST_NODES - 1
    assert read(offer(rule(nested(DEEPEST - 1)))).permission


REPLACEMENTS = (None, True, 5, "", "x", [], ["x"], [5], {}, {"@id": "x"}, "term-lteq")


def mutations(value):
    """The same JSON with one member gone or one value replaced, for every place in it."""
    if isinstance(value, dict):
        for name in value:
            yield {key: item for key, item in value.items() if key != name}
            for changed in mutations(value[name]):
                yield value | {name: changed}
        yield value | {"target": "urn:t"}
        yield value | {"and": ["x"]}
    elif isinstance(value, list):
        for index, item in enumerate(value):
            for changed in mutations(item):
                yield [*value[:index], changed, *value[index + 1 :]]
    yield from (copy.deepcopy(item) for item in REPLACEMENTS)


def refusal(document, definition):
    try:
        if definition == "Agreement":
            read_agreement(document)
        else:
            read_offer(document, in_catalog=definition == "Offer")
    except RenkeiError as error:
        return error.code
    return None


EXTRA_REFUSALS = {
    "policy-empty-array",
    "policy-malformed",  # an empty text; a party or a timestamp that is none
    "policy-unknown-term",
    "policy-ambiguous-constraint",
    "policy-numeric-operand",  # inside an array
}


def test_whatever_the_official_schema_refuses_is_refused(shared):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((shared / "data/spec-dsp-2025-1/negotiation/contract-schema.json").read_text(encoding="utf-8"))
    validators = {
        name: jsonschema.Draft201909Validator(schema | {"allOf": [{"$ref": f"#/definitions/{name}"}]})
        for name in ("Offer", "MessageOffer", "Agreement")
    }
    refused = accepted = 0
    stricter = set()
    for example, in_catalog in official(shared):
        name = "Agreement" if example["@type"] == "Agreement" else "Offer" if in_catalog else "MessageOffer"
        # The longest example has a rule for every connective; the last one holds them nested.
        for mutated in mutations(example | {"permission": example["permission"][-1:]}):
            valid = validators[name].is_valid(mutated)
            code = refusal(mutated, name)
            refused += not valid
            accepted += code is None
            assert code or valid, mutated
            if code and valid:
                stricter.add(code)
    assert stricter == EXTRA_REFUSALS
    assert min(refused, accepted) > 50
