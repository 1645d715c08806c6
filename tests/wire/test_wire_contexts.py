"""The contexts we ship say what the published ones say."""

import json
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wire_oracles import DSP_CONTEXT, PROFILE_CONTEXT, Expansion, examples, expand
from wire_samples import messages, plain_extensions, sample, texts

from renkei.protocol.messages import MessageKind
from renkei.resources import Kind, resource_bytes
from renkei.wire.codec import encode
from renkei.wire.jsonld import PINNED

EDC = "https://w3id.org/edc/dspace/v0.0.1"
CATENA_X = "https://w3id.org/catenax/2025/9/policy/context.jsonld"
CATENA_X_ODRL = "https://w3id.org/catenax/2025/9/policy/odrl.jsonld"
PLAIN = messages(texts, plain_extensions)
quiet = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


def shipped(name):
    return json.loads(resource_bytes(Kind.VOCAB, PINNED[name]))


@cache
def ours():
    return Expansion({name: shipped(name) for name in PINNED})


def expand_by_ours(document):
    return ours().expand(document)


def test_what_is_pinned_is_what_the_table_in_the_readme_names():
    assert set(PINNED) == {DSP_CONTEXT, PROFILE_CONTEXT, EDC, CATENA_X, CATENA_X_ODRL}
    readme = resource_bytes(Kind.VOCAB, "contexts/README.md").decode()
    assert all(
        f"`{name}`" in readme and f"`{file.removeprefix('contexts/')}`" in readme for name, file in PINNED.items()
    )


def test_every_official_example_expands_alike(shared):
    for name, raw in examples(shared).items():
        document = json.loads(raw)
        assert expand_by_ours(document) == expand(shared, document), name


@pytest.mark.parametrize("kind", MessageKind)
@settings(quiet, max_examples=5)
@given(data=st.data())
def test_every_message_expands_alike(shared, kind, data):
    for document in (sample(kind), json.loads(encode(data.draw(PLAIN[kind])))):
        assert expand_by_ours(document) == expand(shared, document)


def meanings(terms):
    """Each term with its definition, however it is spelled: the IRI alone, or an object."""
    told = {}
    for term, definition in terms.items():
        if term.startswith("@"):
            told[term] = definition
            continue
        written = {"@id": definition} if isinstance(definition, str) else dict(definition)
        if "@context" in written:
            written["@context"] = meanings(written["@context"])
        told[term] = written
    return told


@pytest.mark.parametrize(
    ("name", "published"),
    [
        (DSP_CONTEXT, "data/spec-dsp-2025-1/context/dspace.jsonld"),
        (PROFILE_CONTEXT, "data/spec-dsp-2025-1/context/odrl.jsonld"),
        (CATENA_X, "data/spec-cx-policy-2025-9/context/context.jsonld"),
        (CATENA_X_ODRL, "data/spec-cx-policy-2025-9/context/odrl.jsonld"),
    ],
)
def test_term_by_term_they_are_the_same(shared, name, published):
    theirs = json.loads((shared / published).read_text())["@context"]
    if name == CATENA_X:  # the published prefix stands for a document's address: see vocab/contexts/README.md
        assert theirs.pop("odrl") == CATENA_X_ODRL
    assert meanings(shipped(name)["@context"]) == meanings(theirs)


@pytest.mark.parametrize(
    ("member", "iri"),
    [
        ("inForceDate", "https://w3id.org/edc/v0.0.1/ns/inForceDate"),
        ("id", "https://w3id.org/edc/v0.0.1/ns/id"),
        ("description", "https://w3id.org/edc/v0.0.1/ns/description"),
        ("isCatalog", "https://w3id.org/edc/v0.0.1/ns/isCatalog"),
        ("edc:more", "https://w3id.org/edc/v0.0.1/ns/more"),
    ],
)
def test_edc_terms_expand_into_its_namespace(member, iri):
    [node] = expand_by_ours({"@context": [EDC], member: "x"})
    assert node == {iri: [{"@value": "x"}]}


def test_edc_queries_expand_into_its_namespace():
    edc = "https://w3id.org/edc/v0.0.1/ns/"
    criterion = {"@type": "Criterion", "operandLeft": "a", "operator": "=", "operandRight": "b"}
    query = {"@type": "QuerySpec", "offset": 0, "limit": 5, "sortField": "f", "sortOrder": "ASC", "filterExpression": criterion}  # fmt: skip
    [node] = expand_by_ours({"@context": [EDC], "dct:conformsTo": "x", "conformsTo": "urn:y", **query})
    left = {f"{edc}{name}": [{"@value": criterion[name]}] for name in ("operandLeft", "operator", "operandRight")}
    assert node == {
        "@type": [f"{edc}QuerySpec"],
        "http://purl.org/dc/terms/conformsTo": [{"@id": "urn:y"}, {"@value": "x"}],
        f"{edc}offset": [{"@value": 0}],
        f"{edc}limit": [{"@value": 5}],
        f"{edc}sortField": [{"@value": "f"}],
        f"{edc}sortOrder": [{"@value": "ASC"}],
        f"{edc}filterExpression": [{"@type": [f"{edc}Criterion"], **left}],
    }
