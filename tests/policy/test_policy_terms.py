from __future__ import annotations

import json

import pytest

from renkei.policy import terms
from renkei.policy.terms import ODRL

CC = "http://creativecommons.org/ns#"
CX = "https://w3id.org/catenax/2025/9/policy/"


def _context(shared, path):
    return json.loads((shared / "data" / path).read_text(encoding="utf-8"))["@context"]


def _expanded(definition, prefixes):
    iri = definition["@id"] if isinstance(definition, dict) else definition
    prefix, _, rest = iri.partition(":")
    return prefixes[prefix] + rest


def test_our_terms_are_exactly_those_of_the_official_profile(shared):
    official = _context(shared, "spec-dsp-2025-1/context/odrl.jsonld")
    prefixes = {"odrl": official.pop("odrl")}
    assert dict(terms.CONTEXT) == {term: _expanded(definition, prefixes) for term, definition in official.items()}


def test_our_prefixes_are_exactly_those_of_the_official_context(shared):
    official = _context(shared, "spec-dsp-2025-1/context/dspace.jsonld")
    assert dict(terms.PREFIXES) == {
        name: iri for name, iri in official.items() if isinstance(iri, str) and iri.endswith(("/", "#"))
    }


def test_odrl_aliases_and_the_action_hierarchy_are_those_of_the_w3c_vocabulary(shared):
    rdflib = pytest.importorskip("rdflib")
    graph = rdflib.Graph().parse(shared / "data/w3c-vocabularies/odrl22-vocabulary.ttl")
    odrl = rdflib.Namespace(ODRL)
    deprecated = {str(term) for term in graph.subjects(rdflib.OWL.deprecated, None)}
    left = {str(term) for term in graph.subjects(rdflib.RDF.type, odrl.LeftOperand)} - deprecated
    actions = {str(term) for term in graph.subjects(rdflib.RDF.type, odrl.Action)}
    wider = {str(narrow): str(wide) for narrow, wide in graph.subject_objects(odrl.includedIn)}
    assert dict(terms.INCLUDED_IN) == wider
    assert actions - deprecated == terms.ACTIONS
    assert not list(graph.subject_objects(odrl.implies))
    replaced = {
        str(old): str(new)
        for old, new in graph.subject_objects(rdflib.SKOS.exactMatch)
        if str(old) in actions & deprecated
    }
    assert dict(terms.REPLACED_BY) == replaced
    assert set(replaced.values()) <= terms.ACTIONS
    assert left == terms.LEFT_OPERANDS
    aliased = {iri for iri in terms.ALIASES.values() if iri.startswith(ODRL)}
    assert aliased == left | {iri for iri in terms.ACTIONS if iri.startswith(ODRL)} - {ODRL + "use"} | replaced.keys()


def test_catena_x_aliases_are_the_words_of_its_context_and_constraint_schemas(shared):
    folder = shared / "data/spec-cx-policy-2025-9"
    words = {name for name in _context(shared, "spec-cx-policy-2025-9/context/context.jsonld") if name[0].isalpha()}
    for path in (folder / "constraint").glob("*-constraint-schema.json"):
        for definition in json.loads(path.read_text(encoding="utf-8"))["definitions"].values():
            if "leftOperand" in definition.get("properties", {}):
                words.add(definition["properties"]["leftOperand"]["const"])
    assert {term for term, iri in terms.ALIASES.items() if iri.startswith(CX)} == words - {"odrl", "cx-policy"}


@pytest.mark.parametrize(
    ("word", "iri"),
    [
        ("use", ODRL + "use"),
        ("dateTime", ODRL + "dateTime"),
        ("purpose", ODRL + "purpose"),
        ("odrl:purpose", ODRL + "purpose"),
        (ODRL + "purpose", ODRL + "purpose"),
        ("Membership", CX + "Membership"),
        ("cx-policy:Membership", "cx-policy:Membership"),
        ("odrl://purpose", "odrl://purpose"),
        ("partner", None),
        ("two words:x", None),
        ("urn:", None),
        ("", None),
    ],
)
def test_a_word_means_one_iri_or_nothing(word, iri):
    assert terms.iri_of(word) == iri


@pytest.mark.parametrize(
    ("word", "emitted"), [("use", "use"), ("purpose", ODRL + "purpose"), ("partner", "partner"), ("urn:x", "urn:x")]
)
def test_what_the_context_lacks_is_emitted_as_an_iri(word, emitted):
    assert terms.emitted(word) == emitted


@pytest.mark.parametrize(
    ("name", "kept"),
    [("@value", True), ("action", True), ("dct:title", True), ("urn:x", True), ("purpose", False), ("@context", False)],
)
def test_only_what_json_ld_keeps_is_kept(name, kept):
    assert terms.is_kept(name) is kept


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (ODRL + "write", ODRL + "modify"),
        (ODRL + "license", ODRL + "grantUse"),
        (ODRL + "shareAlike", CC + "ShareAlike"),
        (ODRL + "lend", ODRL + "lend"),
        (ODRL + "read", ODRL + "read"),
        ("urn:x", "urn:x"),
    ],
)
def test_a_deprecated_action_means_its_replacement(written, meant):
    assert terms.canonical_action(written) == meant


@pytest.mark.parametrize(
    ("wide", "asked", "covered"),
    [
        (ODRL + "use", ODRL + "use", True),
        (ODRL + "use", ODRL + "display", True),
        (ODRL + "display", ODRL + "use", False),
        (ODRL + "transfer", ODRL + "use", False),
        (ODRL + "modify", ODRL + "write", True),
        (ODRL + "write", ODRL + "modify", True),
        (ODRL + "use", ODRL + "pay", True),
        (ODRL + "read", ODRL + "copy", False),
        (ODRL + "use", CC + "Sharing", True),
        (CC + "Sharing", ODRL + "share", True),
        (ODRL + "use", ODRL + "lend", None),
        ("urn:x", "urn:x", True),
        ("urn:x", ODRL + "use", None),
        (ODRL + "use", "urn:x", None),
        (None, ODRL + "use", None),
        (ODRL + "use", None, None),
    ],
)
def test_a_rule_on_an_action_speaks_of_the_actions_included_in_it(wide, asked, covered):
    assert terms.covers(wide, asked) is covered
