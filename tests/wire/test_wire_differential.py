"""Ours against the official schemas, on samples changed one place at a time and at random.

What they refuse we refuse; what only we refuse is on the named list; our generated schema says what our decoder does.
"""

import copy
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft201909Validator
from wire_oracles import examples, official_for
from wire_samples import json_values, sample

from renkei.kernel.problems import PeerError
from renkei.kernel.strict_json import loads_object
from renkei.policy.model import Connective
from renkei.protocol.messages import MessageKind
from renkei.wire.codec import decode_object
from renkei.wire.refusals import EXTRA_REFUSALS, explanation
from renkei.wire.schema import schema

# Beyond any schema: sizes and text that is no Unicode.
BEYOND_SCHEMA = {"policy-too-large", "wire-broken-text"}
OTHER_VALUES = (None, 5, "", "x", [], ["x"], {}, {"@id": "x"})
MORE_MEMBERS = {
    "unknown": "x",
    "@context": ["https://w3id.org/dspace/2025/1/context.jsonld"],
    "https://example.org/more": "x",
    "@id": 5,
    "@type": "Offer",
    "target": "x",
    "hasPolicy": [],
    "dspace:providerPid": "x",
    "dct:format": "x",
    "odrl:permission": "x",
    "http://www.w3.org/ns/dcat#dataset": "x",
    "https://example.org/null": None,
    "https://example.org/deep": [{"https://example.org/x": [["y"]]}],
    "servesDataset": [],
    "callbackAddress": "https://example.org/callback",
    "providerPid": "urn:uuid:p",
    "consumerPid": "urn:uuid:c",
    "timestamp": "2026-11-22T09:30:00Z",
    "constraint": [],
    "or": [],
}


def places(value, path=()):
    """Every place in a JSON value, the value itself first."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        yield from places(item, (*path, name))


def at(value, path):
    for step in path:
        value = value[step]
    return value


def changed(document, path, change):
    """A copy in which ``change(container, name)`` was applied to one place."""
    twin = copy.deepcopy(document)
    change(at(twin, path[:-1]), path[-1])
    return twin


def put(value):
    def change(container, name):
        container[name] = value

    return change


def drop(container, name):
    del container[name]


def mutants(document):
    for path in places(document):
        if path:
            yield changed(document, path, drop)
            yield from (changed(document, path, put(value)) for value in OTHER_VALUES)
        if isinstance(at(document, path), dict):
            for name, value in MORE_MEMBERS.items():
                yield changed(document, (*path, name), put(value))


def compare(shared, kind, document, ours):
    """The three verdicts on one document; the error's code where we refuse."""
    official = official_for(shared, kind).is_valid(document)
    try:
        decode_object(document, expect=kind)
    except PeerError as error:
        refused = error
    else:
        refused = None
    if not official:
        assert refused is not None, f"the official schema refuses what we take: {document}"
    elif refused is not None:
        assert explanation(refused) is not None, f"{refused} is on no list: {document}"
    if refused is None or refused.code not in BEYOND_SCHEMA:
        assert ours.is_valid(document) is (refused is None), (
            f"our schema differs from our decoder ({refused}): {document}"
        )
    return refused


KINDS = list(MessageKind)
# Set it to walk every change of every sample (two minutes); otherwise an even part of them.
EVERY = bool(os.environ.get("RENKEI_EVERY_MUTANT"))


def part(listed, most):
    return listed if EVERY else listed[:: len(listed) // most + 1]


@pytest.mark.parametrize("kind", KINDS)
def test_a_sample_changed_in_one_place(shared, kind):
    ours = Draft201909Validator(schema(kind))
    refusals = [compare(shared, kind, document, ours) for document in part(list(mutants(sample(kind))), 70)]
    assert any(refusals)
    assert not all(refusals)


def test_official_examples_changed_in_one_place(shared):
    for raw in examples(shared).values():
        document = loads_object(raw)
        kind = MessageKind(document["@type"])
        ours = Draft201909Validator(schema(kind))
        for twin in part(list(mutants(document)), 12):
            compare(shared, kind, twin, ours)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(KINDS), st.data())
def test_a_sample_with_anything_anywhere(shared, kind, data):
    document = sample(kind)
    path = data.draw(st.sampled_from([path for path in places(document) if path]))
    value = data.draw(json_values | st.sampled_from([{Connective.AND.value: []}, [{"action": "use"}], [[]]]))
    compare(shared, kind, changed(document, path, put(value)), Draft201909Validator(schema(kind)))


ONLY_OURS = {
    "context": ("CONTRACT_REQUEST", ("@context", 1), "https://www.w3.org/ns/did/v1"),
    "inner-context": ("TRANSFER_REQUEST", ("dataAddress", "@context"), []),
    "id-form": ("TRANSFER", ("@id",), 5),
    "empty-id": ("CATALOG", ("dataset", 0, "@id"), ""),
    "root-type": ("DATASET", ("@type",), ...),
    "other-type": ("CATALOG", ("dataset", 0, "distribution", 0, "@type"), "Dataset"),
    "second-spelling": ("NEGOTIATION", ("dspace:state",), "FINALIZED"),
    "dropped-offer": ("CATALOG", ("distribution", 0, "hasPolicy"), ["offer"]),
    "unicode": ("TRANSFER_ERROR", ("code",), "\ud800"),
    "pid": ("TRANSFER", ("providerPid",), ""),
    "callback": ("CONTRACT_REQUEST", ("callbackAddress",), "ftp://example.org"),
    "target": ("CONTRACT_REQUEST", ("offer", "target"), ...),
    "timestamp": ("CONTRACT_AGREEMENT", ("agreement", "timestamp"), ...),
    "whole-timestamp": ("CONTRACT_AGREEMENT", ("agreement", "timestamp"), "on 2026-11-22T09:30:00Z, or so"),
    "unknown-term": ("CONTRACT_REQUEST", ("offer", "permission", 0, "target"), "urn:dataset"),
    "hidden-term": ("CONTRACT_REQUEST", ("offer", "odrl:prohibition"), "x"),
    "empty-array": ("CONTRACT_REQUEST", ("offer", "permission", 0, "constraint"), []),
    "operand-in-array": ("CONTRACT_REQUEST", ("offer", "permission", 0, "constraint", 0, "rightOperand", 0), 5),
    "mixed-constraint": ("CONTRACT_REQUEST", ("offer", "permission", 0, "constraint", 1, "operator"), "eq"),
    "policy-size": ("CONTRACT_REQUEST", ("offer", "permission"), [{"action": "use"}] * 5000),
    "unmodelled-part": ("CONTRACT_REQUEST", ("offer", "assigner"), ""),
    "duty": ("CONTRACT_REQUEST", ("offer", "permission", 0, "duty"), [{}]),
    "closed-value": ("CONTRACT_REQUEST", ("offer", "https://example.org/x"), None),
}


def test_every_row_of_the_list_is_needed(shared):
    assert {row.name for row in EXTRA_REFUSALS} == set(ONLY_OURS)


@pytest.mark.parametrize("name", ONLY_OURS)
def test_what_only_we_refuse(shared, name):
    word, path, value = ONLY_OURS[name]
    kind = MessageKind[word]
    change = (
        drop if value is ... else put([sample(MessageKind.DATASET)["hasPolicy"][0]] if value == ["offer"] else value)
    )
    if name == "context":
        change = lambda container, _: container.append(value)  # noqa: E731
    document = changed(sample(kind), path, change)
    assert official_for(shared, kind).is_valid(document)
    with pytest.raises(PeerError) as caught:
        decode_object(document, expect=kind)
    assert explanation(caught.value).name == name
