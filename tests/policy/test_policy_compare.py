from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from policy_strategies import ODRL, PARTY, agreement, atom, offer, rule

from renkei.kernel.problems import LocalError
from renkei.policy import (
    COUNTERSIGNATURE,
    SIGNATURE,
    TEMPLATE,
    Difference,
    policy_hash,
    read_agreement,
    read_offer,
    same_terms,
    spelled_out,
    write_offer,
)

A, B, C = (atom("purpose", "eq", name) for name in "abc")


def read(document):
    if document["@type"] == "Agreement":
        return read_agreement(document)
    return read_offer(document, in_catalog="target" not in document)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (offer(rule(A)), agreement(rule(A), timestamp="2026-11-22T09:30:00Z")),
        (offer(rule(A)), offer(rule(A), **{"@id": "urn:offer:2"}, target="urn:t", assignee=PARTY)),
        (offer(rule(A), **{SIGNATURE: "a..b"}), agreement(rule(A), **{COUNTERSIGNATURE: "c..d"})),
        (offer(rule(A)), agreement(rule(A, target=agreement()["target"]))),
        (offer(rule(A), rule(B)), offer(rule(B), rule(A), rule(A))),
        (offer(rule(A, B)), offer(rule({"and": [B, {"and": [A, A]}]}))),
        (offer(rule({"or": [A, B]})), offer(rule({"or": [B, A, B]}))),
        (offer(rule({"xone": [A, B]})), offer(rule({"xone": [B, A]}))),
        (offer(rule({"or": [{"and": [A]}]})), offer(rule(A | {"@id": "urn:c", "@type": "Constraint"}))),
        (offer(rule({"or": [{"and": [A, B]}, C]})), offer(rule({"or": [C, {"and": [B, A]}]}))),
        (offer(rule(atom("purpose", "eq", ["a"]))), offer(rule(atom(ODRL + "purpose", "eq", {"@value": "a"})))),
        (
            offer(rule(atom("count", "lteq", {"@value": "5", "@type": "xsd:integer"}))),
            offer(
                rule(
                    atom("count", "lteq", {"@value": "5", "@type": "http://www.w3.org/2001/XMLSchema#integer"}),
                )
            ),
        ),
        (offer(rule(atom("purpose", "eq", {"@value": "a", "@type": "xsd:string"}))), offer(rule(A))),
        (offer(rule(**{"dct:title": "x"})), offer(rule(**{"http://purl.org/dc/terms/title": "x", "@id": "urn:r"}))),
        (offer(rule(duty=[rule(A, B)])), offer(rule(duty=[rule(B, A, action="odrl:use")]))),
        (offer(rule(), profile="urn:a"), offer(rule(), profile=["urn:a", "urn:a"])),
    ],
)
def test_names_order_and_spelling_are_no_terms(one, other):
    first, second = read(one), read(other)
    assert same_terms(first, second).same
    assert same_terms(first, second).differences == ()
    assert policy_hash(first) == policy_hash(second)


NORMAL_A = {"left": ODRL + "purpose", "operator": "eq", "right": "a"}
NORMAL_B = NORMAL_A | {"right": "b"}
NORMAL_C = NORMAL_A | {"right": "c"}


@pytest.mark.parametrize(
    ("one", "other", "differences"),
    [
        (offer(rule(A)), offer(rule(B)), [Difference("permission.constraint.right", "a", "b")]),
        (offer(rule(A)), offer(rule(A, B)), [Difference("permission.constraint", second=NORMAL_B)]),
        (
            offer(rule(A)),
            offer(rule(B, C)),
            [
                Difference("permission.constraint", first=NORMAL_A),
                Difference("permission.constraint", second=NORMAL_B),
                Difference("permission.constraint", second=NORMAL_C),
            ],
        ),
        (offer(rule(A)), offer(rule()), [Difference("permission.constraint", first=NORMAL_A)]),
        (
            offer(rule()),
            offer(rule(action="read")),
            [Difference("permission.action", ODRL + "use", ODRL + "read")],
        ),
        (
            offer(rule()),
            offer(rule(), prohibition=[rule()]),
            [Difference("prohibition", second={"action": ODRL + "use"})],
        ),
        (
            offer(rule(atom("purpose", "isAnyOf", ["a", "b"]))),
            offer(rule(atom("purpose", "isAnyOf", "b"))),
            [Difference("permission.constraint.right", first="a")],
        ),
        (
            offer(rule({"andSequence": [A, B]})),
            offer(rule({"andSequence": [B, A]})),
            [Difference("permission.constraint.andSequence", [NORMAL_A, NORMAL_B], [NORMAL_B, NORMAL_A])],
        ),
        (
            offer(rule({"xone": [A, A, B]})),
            offer(rule({"xone": [A, B, B]})),
            [
                Difference(
                    "permission.constraint.xone",
                    [NORMAL_A, NORMAL_A, NORMAL_B],
                    [NORMAL_A, NORMAL_B, NORMAL_B],
                )
            ],
        ),
        (offer(rule(), profile="urn:a"), offer(rule()), [Difference("profile", first="urn:a")]),
        (offer(rule(), **{TEMPLATE: "x"}), offer(rule(), **{TEMPLATE: "y"}), [Difference(TEMPLATE, "x", "y")]),
        (offer(rule(), **{"urn:x": True}), offer(rule(), **{"urn:x": 1}), [Difference("urn:x", True, 1)]),
        (offer(rule(assignee="urn:p")), offer(rule()), [Difference("permission.assignee", first="urn:p")]),
        (
            offer(rule({"and": [A], "dct:title": "x"})),
            offer(rule({"and": [A], "dct:title": "y"})),
            [Difference("permission.constraint.http://purl.org/dc/terms/title", "x", "y")],
        ),
        (
            offer(rule(atom("purpose", "eq", {"@id": "a"}))),
            offer(rule(A)),
            [Difference("permission.constraint.right", {"@id": "a"}, "a")],
        ),
    ],
)
def test_what_differs_is_named(one, other, differences):
    first, second = read(one), read(other)
    comparison = same_terms(first, second)
    assert not comparison.same
    assert list(comparison.differences) == differences
    assert policy_hash(first) != policy_hash(second)


def test_the_hash_is_the_sha_256_of_the_canonical_normal_form():
    expected = json.dumps(
        {
            "permission": [
                {
                    "action": ODRL + "use",
                    "constraint": [{"left": ODRL + "purpose", "operator": "eq", "right": "a"}],
                }
            ]
        },
        separators=(",", ":"),
        sort_keys=True,
    ).encode()
    assert policy_hash(read(offer(rule(A)))) == "sha-256:" + hashlib.sha256(expected).hexdigest()


def test_a_value_that_cannot_be_signed_is_not_compared():
    policy = replace(read(offer(rule())), permission=(), extensions={"urn:x": {"a": b"bytes"}})
    for other in (policy, read(offer(rule()))):
        with pytest.raises(LocalError) as caught:
            same_terms(policy, other)
        assert caught.value.code == "json-not-canonical"


def test_our_own_words_are_sent_as_iris_where_the_context_lacks_them():
    written = write_offer(
        spelled_out(
            read(
                offer(
                    rule({"and": [A, atom("partner", "eq", "gold")]}, duty=[rule(action="inform")]),
                    prohibition=[rule(action="distribute")],
                    obligation=[rule(action="odrl:delete")],
                )
            )
        )
    )
    assert written == offer(
        rule(
            {"and": [A | {"leftOperand": ODRL + "purpose"}, atom("partner", "eq", "gold")]},
            duty=[rule(action=ODRL + "inform")],
        ),
        prohibition=[rule(action=ODRL + "distribute")],
        obligation=[rule(action=ODRL + "delete")],
    )
