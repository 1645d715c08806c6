from __future__ import annotations

import copy
import hashlib
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, settings
from hypothesis import given as given_
from hypothesis import strategies as st
from json_ld_terms import members_of, references_of
from policy_strategies import NOW, ODRL, PARTY, ask, atom, rule

from renkei.kernel.problems import ConfigurationError
from renkei.policy import (
    Fact,
    Facts,
    Performed,
    evaluate,
    instantiate,
    read_offer,
    read_template,
    template_of,
    write_offer,
)
from renkei.policy.linting.findings import FindingCode
from renkei.policy.linting.lint import errors, lint
from renkei.policy.operands import COUNT, FRAMEWORK_AGREEMENT, MEMBERSHIP, ROLE, STATE
from renkei.policy.profiles import WIRE_PROFILES, profile_of
from renkei.policy.templates import ParameterType
from renkei.policy.values import duration

FOLDER = Path(__file__).resolve().parents[2] / "policies"
FILES = sorted(FOLDER.glob("*.json"))
UNTIL = "2027-12-31T23:59:59Z"
GIVEN = {"customer": PARTY, "until": UNTIL}
FOOTPRINT = "https://w3id.org/renkei/v1/purpose/carbon-footprint"
DUE_DILIGENCE = "https://w3id.org/renkei/v1/purpose/due-diligence-2023-1542"
VERIFICATION, TRIAL, RECALL, REIDENTIFICATION = (
    f"https://w3id.org/renkei/v1/purpose/{name}" for name in ("verification", "trial", "recall", "re-identification")
)
NOTIFIED, AUTHORITY = (
    f"https://w3id.org/renkei/v1/role/{name}" for name in ("notified-body", "market-surveillance-authority")
)


def load(name):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def broken(**changes):
    return load("emergency-recall") | changes


NAMES = [
    "aggregate-onward",
    "auditor-access",
    "due-diligence-report",
    "emergency-recall",
    "footprint-in-windows",
    "footprint-to-customer",
    "paid-verification",
    "supplier-anonymised",
    "trial",
]
MORE = {
    "from": "2027-01-01T00:00:00Z",
    "count": "3",
    "owner": "did:web:supplier.example",
    "amount": "12.50",
    "currency": "https://example.com/unit/EUR",
}


def given(name):
    """What must be given: the parameters without a default."""
    needed = [parameter.name for parameter in read_template(load(name)).parameters if parameter.default is None]
    return {parameter: (GIVEN | MORE)[parameter] for parameter in needed}


INSTANCES = [(name, profile) for name in NAMES for profile in read_template(load(name)).profiles]


def filled(name, profile="plain-dsp", **values):
    return instantiate(load(name), given(name) | values, policy_id="urn:offer:7", profile=WIRE_PROFILES[profile])


def test_the_nine_templates_are_there():
    assert [path.stem for path in FILES] == NAMES
    for name in NAMES:
        template = read_template(load(name))
        assert template.id == name
        assert "plain-dsp" in template.profiles
    assert [name for name, profile in INSTANCES if profile == "catena-x-1.2"] == ["footprint-to-customer"]


@pytest.mark.parametrize(("name", "profile"), INSTANCES)
def test_an_instance_names_the_whole_template_by_its_hash(name, profile):
    document = load(name)
    policy = filled(name, profile)
    # These files hold no number and no member name beyond ASCII: sorted compact JSON is their canonical form.
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert template_of(policy) == "sha-256:" + hashlib.sha256(canonical).hexdigest() == read_template(document).hash
    assert (policy.id, policy.target) == ("urn:offer:7", None)
    assert profile_of(policy).name == profile
    document["text"]["ja"] += "。"
    assert template_of(instantiate(document, given(name), policy_id="urn:offer:7")) != template_of(policy)


INSTANT = st.integers(40, 25_000).map(lambda days: (NOW + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ"))
WORD = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Z", "C"]), min_size=1, max_size=12)
IRI = st.builds("https://{}.example/{}".format, st.sampled_from("abc"), st.sampled_from("xyz"))
DRAWN = {
    ParameterType.INSTANT: INSTANT,
    ParameterType.PARTICIPANT: st.one_of(st.just("BPNL00000000AB12"), WORD.map("did:web:{}.example".format)),
    ParameterType.TEXT: WORD,
    ParameterType.IRI: IRI,
    ParameterType.COUNT: st.integers(1, 999_999).map(str),
    ParameterType.NUMBER: st.decimals("0", "99999", places=2).map(str),
    ParameterType.DURATION: st.builds("P{}{}".format, st.integers(1, 99), st.sampled_from("YMWD")),
    ParameterType.IRIS: st.lists(IRI, min_size=1, max_size=3),
    ParameterType.NAMES: st.lists(WORD, min_size=1, max_size=3).map(" ".join),
}


@st.composite
def values_of(draw, template):
    """Anything that fits, with and without what has a default, in the order that is asked for."""
    values = {
        parameter.name: draw(DRAWN[parameter.type])
        for parameter in template.parameters
        if parameter.default is None or draw(st.booleans())
    }
    for first, second in template.order:
        if first in values and second in values and place(values[first]) > place(values[second]):
            values[first], values[second] = values[second], values[first]
        elif first in values or second in values:
            assume(values.keys() >= {first, second})
    return values


def place(text):
    lasting = duration(text)
    return lasting.after(NOW) if lasting else NOW.fromisoformat(text)


@pytest.fixture(scope="module")
def official(shared):
    """The Dataspace Protocol's schema of an offer, and its context."""
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((shared / "data/spec-dsp-2025-1/negotiation/contract-schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft201909Validator(schema | {"allOf": [{"$ref": "#/definitions/Offer"}]})
    context = json.loads((shared / "data/spec-dsp-2025-1/context/odrl.jsonld").read_text(encoding="utf-8"))
    return validator, context, pytest.importorskip("pyld").jsonld


@pytest.mark.parametrize(("name", "profile"), INSTANCES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given_(st.data())
def test_every_instance_is_sound_valid_and_kept_whole_by_json_ld(name, profile, official, data):
    validator, context, jsonld = official
    template = read_template(load(name))
    values = data.draw(values_of(template))
    policy = instantiate(load(name), values, policy_id="urn:offer:7", profile=WIRE_PROFILES[profile])
    findings = lint(policy, now=NOW, profile=WIRE_PROFILES[profile])
    assert errors(findings) == ()
    assert {finding.code for finding in findings} <= {FindingCode.REDUNDANT}
    written = write_offer(policy)
    validator.validate(written)
    expanded = jsonld.expand(context | written, {"base": None})
    assert members_of(expanded) == members_of(written)
    assert not [text for text in references_of(expanded) if ":" not in text and text not in values.values()]
    told = json.dumps(written, ensure_ascii=False)
    for value in values.values():
        for text in (
            [value]
            if isinstance(value, str) and " " not in value
            else value.split()
            if isinstance(value, str)
            else value
        ):
            assert json.dumps(text, ensure_ascii=False) in told


NEVER_SENT = {
    "aggregate-onward": "nextPolicy",
    "auditor-access": "inform",
    "due-diligence-report": "elapsedTime",
    "emergency-recall": "STATE",
    "footprint-in-windows": "minimumContributors",
    "paid-verification": "compensate",
    "supplier-anonymised": "withheld",
    "trial": "elapsedTime",
}


@pytest.mark.parametrize(("name", "term"), NEVER_SENT.items())
def test_what_catena_x_has_no_words_for_is_refused_for_it_with_the_terms_named(name, term):
    with pytest.raises(ConfigurationError) as caught:
        filled(name, "catena-x-1.2")
    assert caught.value.code == "policy-not-carried"
    assert term in caught.value.message()


SOUND = {
    # a template, its request, the facts, and whether it permits
    "aggregate": ("aggregate-onward", FOOTPRINT, {"action": ODRL + "aggregate"}, {}, True),
    "derive": ("aggregate-onward", FOOTPRINT, {"action": ODRL + "derive"}, {}, True),
    "distribute the raw": ("aggregate-onward", FOOTPRINT, {"action": ODRL + "distribute"}, {}, False),
    "an auditor": ("auditor-access", VERIFICATION, {}, {"role": "auditor", "count": "3"}, True),
    "an auditor once too often": ("auditor-access", VERIFICATION, {}, {"role": "auditor", "count": "4"}, False),
    "somebody else": ("auditor-access", VERIFICATION, {}, {"role": "trader", "count": "1"}, False),
    "a trial": ("trial", TRIAL, {}, {"count": "10"}, True),
    "a trial too many": ("trial", TRIAL, {}, {"count": "11"}, False),
    "a recall": ("emergency-recall", RECALL, {}, {"state": "https://w3id.org/renkei/v1/state/recall"}, True),
    "another state": ("emergency-recall", RECALL, {}, {"state": "https://w3id.org/renkei/v1/state/normal"}, False),
    "no state": ("emergency-recall", RECALL, {}, {}, False),
    "a masked record": ("supplier-anonymised", FOOTPRINT, {}, {}, True),
    "a record told in windows": ("footprint-in-windows", FOOTPRINT, {}, {}, True),
    "a record told in windows taken apart": ("footprint-in-windows", REIDENTIFICATION, {}, {}, False),
    "a masked record unmasked": ("supplier-anonymised", REIDENTIFICATION, {}, {}, False),
    "a verification that is not paid": ("paid-verification", VERIFICATION, {}, {}, False),
    "a footprint handed on to a notified body": ("footprint-to-customer", FOOTPRINT, {"action": ODRL + "distribute"}, {"recipient": NOTIFIED}, True),
    "a footprint handed on to anybody": ("footprint-to-customer", FOOTPRINT, {"action": ODRL + "distribute"}, {"recipient": "did:web:x"}, False),
    "a report handed on to nobody knows whom": ("due-diligence-report", DUE_DILIGENCE, {"action": ODRL + "distribute"}, {}, False),
    "a report handed on to an authority": ("due-diligence-report", DUE_DILIGENCE, {"action": ODRL + "distribute"}, {"recipient": AUTHORITY}, True),
    "a report deleted too early": ("due-diligence-report", DUE_DILIGENCE, {"action": ODRL + "delete"}, {}, False),
}  # fmt: skip
OPERANDS = {"role": ROLE, "count": COUNT, "state": STATE, "recipient": ODRL + "recipient"}
DURING = datetime(2027, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(("name", "purpose", "asked", "known", "permitted"), SOUND.values(), ids=SOUND)
def test_each_template_permits_what_its_text_says(name, purpose, asked, known, permitted):
    held = {OPERANDS[operand]: Fact(frozenset({value}), "register") for operand, value in known.items()}
    facts = Facts(DURING, held, began=DURING - timedelta(days=20))
    assert evaluate(filled(name), ask(purpose, **asked), facts).permits is permitted


@pytest.mark.parametrize(
    ("action", "years", "permitted"),
    [("archive", 1, True), ("archive", 11, True), ("archive", 13, False), ("delete", 1, False), ("delete", 11, True)],
)
def test_a_report_is_kept_for_its_retention_and_not_beyond_its_deletion(action, years, permitted):
    facts = Facts(DURING, began=DURING.replace(year=DURING.year - years))
    asked = ask(DUE_DILIGENCE, action=ODRL + action)
    assert evaluate(filled("due-diligence-report"), asked, facts).permits is permitted


def test_a_trial_ends_with_its_period():
    facts = Facts(DURING, {COUNT: Fact(frozenset({"1"}), "meter")}, began=DURING - timedelta(days=31))
    assert not evaluate(filled("trial"), ask(TRIAL), facts).permits
    assert evaluate(filled("trial", period="P60D"), ask(TRIAL), facts).permits


def test_what_was_paid_for_may_be_verified():
    policy = filled("paid-verification")
    paid = {ODRL + "payAmount": Fact(frozenset({"12.50"}), "bank", unit="https://example.com/unit/EUR")}
    event = Performed(action=ODRL + "compensate", at=DURING - timedelta(days=1), party=PARTY, facts=paid)
    assert evaluate(policy, ask(VERIFICATION), Facts(DURING, performed=(event,))).permits
    less = {ODRL + "payAmount": Fact(frozenset({"12.49"}), "bank", unit="https://example.com/unit/EUR")}
    event = Performed(action=ODRL + "compensate", at=DURING - timedelta(days=1), party=PARTY, facts=less)
    assert not evaluate(policy, ask(VERIFICATION), Facts(DURING, performed=(event,))).permits


def test_a_report_that_must_be_kept_longer_than_it_may_be_is_refused():
    with pytest.raises(ConfigurationError, match="policy-template-parameter") as caught:
        filled("due-diligence-report", retention="P11Y", deletion="P10Y")
    assert "it lies before retention" in caught.value.message()
    policy = filled("due-diligence-report", retention="P10Y", deletion="P10Y")
    assert lint(policy, now=NOW) == ()


def test_catena_x_partners_are_told_the_same_terms_in_their_own_words():
    policy = filled("footprint-to-customer", "catena-x-1.2")
    held = {
        FRAMEWORK_AGREEMENT: Fact(frozenset({"DataExchangeGovernance:1.0"})),
        MEMBERSHIP: Fact(frozenset({"active"})),
    }
    assert evaluate(policy, ask("cx.pcf.base:1"), Facts(DURING, held)).permits
    assert not evaluate(policy, ask("cx.quality.base:1"), Facts(DURING, held)).permits
    assert not evaluate(policy, ask("cx.pcf.base:1"), Facts(datetime(2028, 1, 2, tzinfo=UTC), held)).permits


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
    "values",
    [
        {},
        {"customer": PARTY},
        GIVEN | {"price": "5"},
        GIVEN | {"until": "2027-12-31"},
        GIVEN | {"customer": " "},
        GIVEN | {"customer": 7},
    ],
)
def test_parameters_that_do_not_fit_are_refused(values):
    with pytest.raises(ConfigurationError) as caught:
        instantiate(load("due-diligence-report"), values, policy_id="urn:offer:7")
    assert caught.value.code == "policy-template-parameter"
    assert "customer, deletion, recipients, retention, until" in caught.value.hint()


UNFIT = [
    ("auditor-access", "count", "0"),
    ("auditor-access", "count", "1.5"),
    ("auditor-access", "count", "1e3"),
    ("auditor-access", "from", "2028-01-01T00:00:00Z"),
    ("auditor-access", "roles", " "),
    ("auditor-access", "roles", []),
    ("auditor-access", "roles", ["auditor", 5]),
    ("auditor-access", "count", ["3"]),
    ("trial", "period", "30 days"),
    ("trial", "period", "P"),
    ("emergency-recall", "state", "recall"),
    ("emergency-recall", "state", "odrl:recall"),
    ("paid-verification", "amount", "-1"),
    ("paid-verification", "amount", "twelve"),
    ("paid-verification", "currency", "EUR"),
    ("due-diligence-report", "recipients", "https://x.example/a b"),
]


@pytest.mark.parametrize(("name", "parameter", "value"), UNFIT)
def test_a_value_that_is_not_of_its_type_is_refused(name, parameter, value):
    with pytest.raises(ConfigurationError, match="policy-template-parameter"):
        filled(name, **{parameter: value})


def test_a_list_is_given_as_one_or_as_a_text_with_spaces():
    one = filled("auditor-access", roles=["auditor", "market surveillance"])
    assert one.permission[0].constraint[0].right == ("auditor", "market surveillance")
    assert filled("auditor-access", roles="a  b").permission[0].constraint[0].right == ("a", "b")


def with_policy(**members):
    return broken(policy=load("emergency-recall")["policy"] | members)


def with_parameter(**members):
    document = copy.deepcopy(load("emergency-recall"))
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
    broken(parameters=load("emergency-recall")["parameters"] | {"price": {}}),
    broken(policy="x"),
    with_policy(**{"@id": "urn:x"}),
    with_policy(target="urn:t"),
    with_policy(prohibition=[]),
    with_policy(prohibition=[rule(atom("purpose", "eq", "x"))]),
    with_policy(prohibition=[rule(action="distribute")]),
    with_policy(prohibition=[rule({"or": [atom("partner", "eq", "x")]})]),
    with_policy(obligation=[rule(duty=[rule(action="frobnicate")])]),
    with_policy(prohibition=[rule(atom(ODRL + "count", "eq", "${price}"))]),
    broken(profiles=[]),
    broken(profiles="plain-dsp"),
    broken(profiles=["plain-dsp", "smoke-signals"]),
    broken(variants=[]),
    broken(variants={"catena-x-1.2": {}}),
    broken(profiles=["plain-dsp", "catena-x-1.2"], variants={"catena-x-1.2": {"@type": "Offer"}}),
    broken(order=["until", "until"]),
    broken(order=[["until"]]),
    broken(order=[["state", "until"]]),
    broken(order=[["customer", "customer"]]),
    broken(order=[[5, 6]]),
    broken(order=5),
    with_parameter(default="tomorrow"),
    with_parameter(default=5),
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
