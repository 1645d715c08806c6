"""What is encoded is read again as it was, validates officially, and means in JSON-LD what the table says."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft201909Validator
from wire_oracles import examples, expand, official_for
from wire_samples import MEMBERS, messages, plain_extensions, sample, texts

from renkei.policy.terms import PREFIXES
from renkei.protocol.messages import MessageKind
from renkei.wire.codec import decode, decode_object, encode, encode_object, kind_of_message
from renkei.wire.schema import schema
from renkei.wire.table import MESSAGES, PARTS, Coercion, Part, Parts, Terms

ODRL = PREFIXES["odrl"]
ANY = messages()
# JSON-LD drops null and merges what is equal: there only texts, and no empty ones as reasons of no words.
PLAIN = messages(texts, plain_extensions)
quiet = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("kind", MessageKind)
@settings(quiet, max_examples=20)
@given(data=st.data())
def test_what_is_encoded_is_read_again_as_it_was(kind, data):
    message = data.draw(ANY[kind])
    raw = encode(message)
    ignored = []
    assert decode(raw, expect=kind, ignored=ignored) == message
    assert ignored == []
    assert kind_of_message(message) is kind
    assert raw.count(b'"@context"') == 1


@pytest.mark.parametrize("kind", MessageKind)
@settings(quiet, max_examples=5)
@given(data=st.data())
def test_what_is_encoded_validates_officially_and_by_our_own_schema(shared, kind, data):
    document = json.loads(encode(data.draw(ANY[kind])))
    official_for(shared, kind).validate(document)
    Draft201909Validator(schema(kind)).validate(document)


K = MessageKind


@pytest.mark.parametrize("kind", [K.CATALOG, K.CONTRACT_REQUEST, K.NEGOTIATION_EVENT, K.TRANSFER_ERROR])
def test_our_schemas_are_schemas(kind):
    Draft201909Validator.check_schema(schema(kind))


def test_every_kind_has_a_shape_and_a_sample():
    assert set(MESSAGES) == set(MEMBERS) == set(MessageKind)


def test_official_examples_are_read_and_written_as_they_are(shared):
    found = examples(shared)
    assert len(found) == 24
    for name, raw in found.items():
        ignored = []
        message = decode(raw, ignored=ignored)
        assert json.loads(encode(message)) == json.loads(raw), name
        assert ignored == [], name


@pytest.mark.parametrize("kind", MessageKind)
def test_rich_samples_are_read_and_written_as_they_are(shared, kind):
    document = sample(kind)
    official_for(shared, kind).validate(document)
    ignored = []
    again = encode_object(decode_object(document, ignored=ignored))
    if kind is MessageKind.CATALOG:  # the context lacks servesDataset: JSON-LD would drop it, so we do, and say so
        assert ignored == ["service[0].servesDataset"]
        del document["service"][0]["servesDataset"]
    assert again == document


# --- meaning -------------------------------------------------------------------------------------

POLICY_MEMBERS = {
    "target": "@id", "assigner": "@id", "assignee": "@id", "profile": "@id",
    "permission": "node", "duty": "node", "prohibition": "node", "obligation": "node", "constraint": "node",
    "and": "node", "or": "node", "xone": "node", "andSequence": "node",
    "action": "@vocab", "leftOperand": "@vocab", "operator": "@vocab", "rightOperand": "literal",
}  # fmt: skip


def by_the_table(shape, document):
    """Our own expansion of a message, from nothing but the table."""
    node = {"@type": [shape.iri]}
    if "@id" in document:
        node["@id"] = document["@id"]
    rows = {row.name: row for row in shape.fields}
    for name, value in document.items():
        if name.startswith("@"):
            continue
        row = rows.get(name)
        if row is None:
            node[absolute(name)] = [{"@value": value}]
            continue
        node[row.iri] = [meaning(row, item) for item in (value if isinstance(value, list) else [value])]
    return node


def meaning(row, item):
    if isinstance(row.form, Terms):
        return terms(item)
    if isinstance(row.form, Part | Parts) and isinstance(item, dict):
        return by_the_table(PARTS[row.form.word], item)
    if row.coercion is Coercion.LITERAL:
        return {"@value": item}
    states = row.coercion is Coercion.VOCAB and row.name in {"state", "eventType"}
    return {"@id": PREFIXES["dspace"] + item if states else item}


def terms(document):
    node = {}
    for name, value in document.items():
        items = value if isinstance(value, list) else [value]
        if name == "@id":
            node["@id"] = value
        elif name == "@type":
            node["@type"] = [ODRL + value]
        elif name == "timestamp":
            node[PREFIXES["dspace"] + "timestamp"] = [{"@value": value}]
        elif name not in POLICY_MEMBERS:
            node[absolute(name)] = [{"@value": value}]
        else:
            node[ODRL + name] = [term(POLICY_MEMBERS[name], item) for item in items]
    return node


def term(form, item):
    if form == "node":
        return terms(item)
    if form == "literal":
        return item if isinstance(item, dict) else {"@value": item}
    return {"@id": ODRL + item if form == "@vocab" and ":" not in item else item}


def absolute(name):
    prefix, _, rest = name.partition(":")
    return PREFIXES[prefix] + rest if prefix in PREFIXES else name


def in_order(node):
    """Expanded JSON-LD without the order of sets, which means nothing."""
    if isinstance(node, dict):
        return {name: in_order(value) for name, value in node.items()}
    if isinstance(node, list):
        return sorted((in_order(item) for item in node), key=lambda item: json.dumps(item, sort_keys=True))
    return node


@pytest.mark.parametrize("kind", MessageKind)
@settings(quiet, max_examples=5)
@given(data=st.data())
def test_json_ld_reads_what_the_table_says_and_drops_nothing(shared, kind, data):
    document = json.loads(encode(data.draw(PLAIN[kind])))
    [expanded] = expand(shared, document)
    assert in_order(expanded) == in_order(by_the_table(MESSAGES[kind], document))
