from __future__ import annotations

import copy
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from policy_strategies import NOW, ODRL, PARTY, ask, atom, rule

from renkei.kernel.problems import ConfigurationError
from renkei.policy import Facts, evaluate, instantiate, read_offer, read_template, same_terms, template_of, write_offer

FOLDER = Path(__file__).resolve().parents[2] / "policies"
FILES = sorted(FOLDER.glob("*.json"))
UNTIL = "2027-12-31T23:59:59Z"
GIVEN = {"customer": PARTY, "until": UNTIL}
FOOTPRINT = "https://w3id.org/renkei/v1/purpose/carbon-footprint"
DUE_DILIGENCE = "https://w3id.org/renkei/v1/purpose/due-diligence-2023-1542"


def load(name):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def broken(**changes):
    return load("due-diligence-report") | changes


def test_the_two_templates_are_there():
    assert [path.stem for path in FILES] == ["due-diligence-report", "footprint-to-customer"]
    for path in FILES:
        assert read_template(load(path.stem)).id == path.stem


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_instance_names_the_whole_template_by_its_hash(path):
    document = load(path.stem)
    policy = instantiate(document, GIVEN, policy_id="urn:offer:7")
    # These files hold no number and no member name beyond ASCII: sorted compact JSON is their canonical form.
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert template_of(policy) == "sha-256:" + hashlib.sha256(canonical).hexdigest() == read_template(document).hash
    assert (policy.id, policy.assignee, policy.target) == ("urn:offer:7", PARTY, None)
    assert read_offer(write_offer(policy), in_catalog=True) == policy
    document["text"]["ja"] += "。"
    assert template_of(instantiate(document, GIVEN, policy_id="urn:offer:7")) != template_of(policy)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_instance_is_valid_and_keeps_every_term_in_json_ld(path, shared):
    jsonschema = pytest.importorskip("jsonschema")
    jsonld = pytest.importorskip("pyld").jsonld
    written = write_offer(instantiate(load(path.stem), GIVEN, policy_id="urn:offer:7"))
    schema = json.loads((shared / "data/spec-dsp-2025-1/negotiation/contract-schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft201909Validator(schema | {"allOf": [{"$ref": "#/definitions/Offer"}]}).validate(written)
    context = json.loads((shared / "data/spec-dsp-2025-1/context/odrl.jsonld").read_text(encoding="utf-8"))
    processed = jsonld.compact(jsonld.expand(context | written, {"base": None}), context, {"base": None})
    assert processed.keys() == context.keys() | written.keys()
    del processed["@context"]
    assert same_terms(read_offer(processed, in_catalog=True), read_offer(written, in_catalog=True)).same


@pytest.mark.parametrize(
    ("name", "purpose", "party", "day", "permitted"),
    [
        ("footprint-to-customer", FOOTPRINT, PARTY, "2027-12-31T23:59:59+00:00", True),
        ("footprint-to-customer", "cx.pcf.base:1", PARTY, "2026-11-22T00:00:00+00:00", True),
        ("footprint-to-customer", DUE_DILIGENCE, PARTY, "2026-11-22T00:00:00+00:00", False),
        ("footprint-to-customer", FOOTPRINT, "did:web:other", "2026-11-22T00:00:00+00:00", False),
        ("footprint-to-customer", FOOTPRINT, PARTY, "2028-01-01T00:00:00+00:00", False),
        ("due-diligence-report", DUE_DILIGENCE, PARTY, "2026-11-22T00:00:00+00:00", True),
        ("due-diligence-report", FOOTPRINT, PARTY, "2026-11-22T00:00:00+00:00", False),
    ],
)
def test_an_instance_permits_its_purpose_to_its_customer_until_its_end(name, purpose, party, day, permitted):
    policy = instantiate(load(name), GIVEN, policy_id="urn:offer:7")
    now = NOW.fromisoformat(day)
    assert evaluate(policy, ask(purpose, party=party), Facts(now)).permits is permitted
    assert not evaluate(policy, ask(party=party), Facts(now)).permits


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"customer": PARTY},
        GIVEN | {"price": "5"},
        GIVEN | {"until": "2027-12-31"},
        GIVEN | {"customer": " "},
        GIVEN | {"customer": 7},
    ],
)
def test_parameters_that_do_not_fit_are_refused(given):
    with pytest.raises(ConfigurationError) as caught:
        instantiate(load("due-diligence-report"), given, policy_id="urn:offer:7")
    assert caught.value.code == "policy-template-parameter"
    assert "customer, until" in caught.value.hint()


def with_policy(**members):
    return broken(policy=load("due-diligence-report")["policy"] | members)


def with_parameter(**members):
    document = copy.deepcopy(load("due-diligence-report"))
    document["parameters"]["until"] |= members
    return document


BROKEN = [
    [],
    {},
    broken(note="x"),
    broken(id=""),
    broken(version=1),
    broken(title={"en": "x"}),
    broken(text={"en": "x", "ja": ""}),
    broken(parameters=[]),
    broken(parameters={}),
    broken(parameters=load("due-diligence-report")["parameters"] | {"price": {}}),
    broken(policy="x"),
    with_policy(**{"@id": "urn:x"}),
    with_policy(target="urn:t"),
    with_policy(prohibition=[]),
    with_policy(prohibition=[rule(atom("purpose", "eq", "x"))]),
    with_policy(prohibition=[rule(action="distribute")]),
    with_policy(prohibition=[rule({"or": [atom("partner", "eq", "x")]})]),
    with_policy(obligation=[rule(duty=[rule(action="frobnicate")])]),
    with_policy(prohibition=[rule(atom(ODRL + "count", "eq", "${price}"))]),
    with_parameter(type="price"),
    with_parameter(type=["instant"]),
    with_parameter(note="x"),
]


@pytest.mark.parametrize("document", BROKEN)
def test_a_broken_template_is_refused(document):
    with pytest.raises(ConfigurationError) as caught:
        instantiate(document, GIVEN, policy_id="urn:offer:7")
    assert caught.value.code == "policy-template-broken"


def test_a_parameter_is_filled_in_as_it_is():
    document = with_policy(**{"dct:title": "${until}", "dct:subject": ["${note}", 5]})
    document["parameters"] |= {"note": {"type": "text", "title": {"en": "Note", "ja": "注記"}}}
    policy = instantiate(document, GIVEN | {"note": "${until} {0}"}, policy_id="urn:offer:7")
    assert policy.extensions["dct:subject"] == ["${until} {0}", 5]
    assert policy.extensions["dct:title"] == UNTIL


def test_a_policy_without_a_template_names_none():
    assert template_of(read_offer({"@id": "urn:o", "permission": [rule()]}, in_catalog=True)) is None


def test_the_package_loads_no_network_code():
    unwanted = ("aiohttp", "asyncio", "socket", "rdflib", "pyld", "jsonschema", "cryptography", "sqlite3")
    script = f"import sys, renkei.policy; print([name for name in {unwanted!r} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"
