"""Bytes that are no message of ours end in a typed error; what is odd but allowed survives and is told."""

import json
import subprocess
import sys
from decimal import Decimal
from types import MappingProxyType

import pytest
from wire_samples import CONTEXT, sample

from renkei.kernel.problems import LocalError, PeerError
from renkei.kernel.strict_json import Limits
from renkei.policy.model import Policy, PolicyKind, Rule
from renkei.protocol.catalog import Catalog, DataService, Dataset, Distribution
from renkei.protocol.messages import (
    CatalogMessage,
    CatalogRequest,
    ContractAgreement,
    ContractOffer,
    ContractRequest,
    DataAddress,
    Message,
    MessageKind,
    NegotiationTermination,
    TransferAck,
    TransferCompletion,
    TransferRequest,
    TransferStart,
)
from renkei.protocol.transfer import TransferState
from renkei.wire.codec import decode, decode_object, encode, encode_object
from renkei.wire.prose import RULES

K = MessageKind
DONE = sample(K.TRANSFER_COMPLETION)
OFFER = Policy(id="urn:o", kind=PolicyKind.OFFER, target="urn:d", permission=(Rule("use"),))


def raw(document):
    return json.dumps(document).encode()


def code_of(body, **options):
    with pytest.raises(PeerError) as caught:
        decode(body, **options)
    return caught.value.code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "json-broken"),
        (b"[]", "json-broken"),
        (b"\xff", "json-broken"),
        (b'{"@type":"Catalog","@type":"Dataset"}', "json-broken"),
        (b'{"filter":[NaN]}', "json-broken"),
        (b'{"filter":' + b"[" * 100 + b"]" * 100 + b"}", "json-too-deep"),
        (raw({"@type": "Catalog"}), "wire-missing-member"),
        (raw({"@context": CONTEXT}), "wire-missing-member"),
        (raw({**DONE, "@type": "TransferFinishedMessage"}), "wire-wrong-type"),
        (raw({**DONE, "@type": "dspace:TransferCompletionMessage"}), "wire-wrong-type"),
        (raw({**DONE, "@type": [DONE["@type"]]}), "wire-wrong-type"),
        (raw({**DONE, "@type": 5}), "wire-wrong-type"),
        (raw({**DONE, "code": {"@context": {}}}), "wire-nested-context"),
        (raw(DONE).replace(b'"consumerPid"', b'"https://x.example/y": {"\\u0040context": []}, "consumerPid"'), "wire-nested-context"),
        (raw({**DONE, "https://x.example/y": "\ud800"}), "wire-broken-text"),
        (raw({**DONE, "https://x.example/\ud800": 1}), "wire-broken-text"),
        (raw({**DONE, "consumerPid": "urn:\0"}), "wire-broken-text"),
        (raw({**DONE, "dspace:consumerPid": "urn:uuid:other"}), "wire-second-spelling"),
        (raw({**DONE, "https://w3id.org/dspace/2025/1/consumerPid": "x"}), "wire-second-spelling"),
        (raw({**DONE, "@id": ""}), "wire-empty-text"),
        (raw({**DONE, "providerPid": ""}), "wire-empty-pid"),
        (raw({**sample(K.CATALOG), "hasPolicy": []}), "wire-forbidden-member"),
    ],
)  # fmt: skip
def test_bad_bytes_end_in_a_typed_error(body, code):
    assert code_of(body) == code


@pytest.mark.parametrize(
    "context",
    [
        CONTEXT[0],
        [],
        None,
        {},
        [{"dspace": "https://w3id.org/dspace/2025/1/"}],
        [*CONTEXT, "https://w3id.org/catenax/2025/9/policy/context.jsonld"],
        ["https://w3id.org/catenax/2025/9/policy/context.jsonld", *CONTEXT],
        [*CONTEXT, *CONTEXT],
        ["https://w3id.org/dspace/2024/1/context.json"],
    ],
)
def test_any_other_context_is_refused(context):
    assert code_of(raw({**DONE, "@context": context})) == "wire-unknown-context"


@pytest.mark.parametrize(
    ("kind", "change", "code"),
    [
        (K.CONTRACT_REQUEST, {"providerPid": "urn:uuid:p"}, "wire-one-of"),
        (K.CONTRACT_REQUEST, {"callbackAddress": ...}, "wire-one-of"),
        (K.CONTRACT_OFFER, {"callbackAddress": "https://x.example"}, "wire-one-of"),
        (K.CONTRACT_OFFER, {"offer": {"@id": "urn:o", "@type": "Offer", "permission": [{"action": "use"}]}}, "wire-offer-target"),
        (K.NEGOTIATION_EVENT, {"eventType": "AGREED"}, "wire-wrong-form"),
        (K.NEGOTIATION, {"state": "INITIAL"}, "wire-wrong-form"),
        (K.TRANSFER_ERROR, {"reason": []}, "wire-wrong-form"),
        (K.TRANSFER_ERROR, {"reason": "x"}, "wire-wrong-form"),
        (K.TRANSFER_START, {"dataAddress": "urn:x"}, "wire-wrong-form"),
        (K.CATALOG, {"dataset": []}, "wire-wrong-form"),
        (K.DATASET, {"@id": ...}, "wire-missing-member"),
    ],
)  # fmt: skip
def test_members_have_their_form(kind, change, code):
    document = {**sample(kind), **change}
    document = {name: value for name, value in document.items() if value is not ...}
    assert code_of(raw(document)) == code


@pytest.mark.parametrize(
    ("address", "callable_"),
    [
        ("https://a.example", True),
        ("http://a.example:8080/b/", True),
        ("http://[2001:db8::1]:65535/b%20c", True),
        ("ftp://a.example", False),
        ("file:///etc/passwd", False),
        ("https://", False),
        ("//a.example/b", False),
        ("https://user@a.example/", False),
        ("https://user:word@a.example/", False),
        ("https://a.example/?x", False),
        ("https://a.example/#x", False),
        ("https://a.example:65536", False),
        ("https://a.example/b c", False),
        ("https://a.example/b\n", False),
        ("https://a.example\\@b.example", False),
        ("https://ä.example", False),
        ("https://a.example/" + "b" * 2100, False),
        ("", False),
    ],
)
def test_a_callback_address_can_be_called(address, callable_):
    body = raw({**sample(K.CONTRACT_REQUEST), "callbackAddress": address})
    if callable_:
        assert decode(body).callback_address == address
    else:
        assert code_of(body) == "wire-callback-address"


def test_every_error_tells_the_place():
    document = sample(K.CATALOG)
    document["dataset"] = [
        document["dataset"][0],
        {**document["dataset"][0], "hasPolicy": [{"@id": "urn:o", "permission": [{}]}]},
    ]
    with pytest.raises(PeerError) as caught:
        decode_object(document)
    assert caught.value.values["path"] == "dataset[1].hasPolicy[0].permission[0]"
    assert caught.value.code == "policy-missing-member"


def test_only_what_is_expected_may_come():
    body = raw(DONE)
    assert isinstance(decode(body, expect=K.TRANSFER_COMPLETION), TransferCompletion)
    assert isinstance(decode(body, expect=(K.TRANSFER_START, K.TRANSFER_COMPLETION)), TransferCompletion)
    assert code_of(body, expect=K.TRANSFER_START) == "wire-wrong-type"
    assert code_of(body, expect=(K.TRANSFER_START, K.TRANSFER_SUSPENSION)) == "wire-wrong-type"


def test_limits_are_the_callers():
    assert code_of(raw(DONE), limits=Limits(size=10)) == "json-too-large"


def test_unknown_members_are_ignored_and_told():
    ignored = []
    document = {
        **sample(K.TRANSFER_START),
        "note": "x",
        "@graph": [],
        "not an iri: x": 1,
        "dataAddress": {"@type": "DataAddress", "@id": "urn:a", "endpointType": "t", "https://x.example/y": 1},
    }
    message = decode(raw(document), ignored=ignored)
    assert message == TransferStart(
        provider_pid="urn:uuid:p", consumer_pid="urn:uuid:c", data_address=DataAddress(endpoint_type="t")
    )
    assert sorted(ignored) == ["@graph", "dataAddress.@id", "dataAddress.https://x.example/y", "not an iri: x", "note"]


def test_nobody_need_ask_what_was_ignored():
    assert decode(raw({**DONE, "note": "x"})) == decode(raw(DONE))


def test_iris_and_prefixed_members_survive_as_they_stand():
    more = {"https://x.example/sig": "a.b.c", "urn:x:y": [1, {"z": None}], "dct:title": "Ж"}
    message = decode(raw({**DONE, **more}))
    assert message.extensions == more
    assert json.loads(encode(message)) == {**DONE, **more}


def test_a_distribution_keeps_its_id_and_a_service_its_description():
    document = sample(K.DATASET)
    service = {**document["distribution"][0]["accessService"], "endpointDescription": {"a": [1]}}
    document["distribution"] = [{"@type": "Distribution", "@id": "urn:dist", "format": "f", "accessService": service}]
    assert encode_object(decode_object(document)) == document


def test_types_may_be_left_out_where_the_schema_lets_them():
    document = sample(K.CATALOG)
    dataset = document["dataset"][0]
    distribution = {"format": "f", "accessService": "urn:s"}
    offer = {name: value for name, value in dataset["hasPolicy"][0].items() if name != "@type"}
    document["dataset"] = [{"@id": "urn:d", "hasPolicy": [offer], "distribution": [distribution]}]
    written = encode_object(decode_object(document))["dataset"][0]
    assert (written["@type"], written["hasPolicy"][0]["@type"], written["distribution"][0]["@type"]) == (
        "Dataset",
        "Offer",
        "Distribution",
    )


def test_numbers_stay_what_they_are():
    body = raw(sample(K.CATALOG_REQUEST)).replace(b'["x", 1]', b"[1.50, 1e400, 12345678901234567890123, -0.0]")
    message = decode(body)
    assert message.filter == (Decimal("1.50"), Decimal("1e400"), 12345678901234567890123, Decimal("-0.0"))
    assert b'"filter":[1.50,1E+400,12345678901234567890123,-0.0]' in encode(message)


def test_a_filter_may_be_empty_or_absent_and_that_is_not_the_same():
    assert json.loads(encode(CatalogRequest(filter=()))) == {
        "@context": CONTEXT,
        "@type": "CatalogRequestMessage",
        "filter": [],
    }
    assert json.loads(encode(CatalogRequest())) == {"@context": CONTEXT, "@type": "CatalogRequestMessage"}


PID = {"provider_pid": "urn:uuid:p", "consumer_pid": "urn:uuid:c"}
AGREED = Policy(
    id="urn:a", kind=PolicyKind.AGREEMENT, target="urn:d", assigner="urn:p", assignee="urn:c", permission=(Rule("use"),)
)


@pytest.mark.parametrize(
    "message",
    [
        Message(),
        CatalogMessage(message_id="urn:m", catalog=Catalog(id="urn:c", participant_id="urn:p")),
        CatalogMessage(extensions={"urn:x": 1}, catalog=Catalog(id="urn:c", participant_id="urn:p")),
        CatalogMessage(catalog=Catalog(id="urn:c")),
        CatalogMessage(catalog=Catalog(id="urn:c", participant_id="urn:p", datasets=(Dataset(id="urn:d", offers=(), distributions=()),))),
        CatalogMessage(catalog=Catalog(id="", participant_id="urn:p")),
        CatalogMessage(
            catalog=Catalog(
                id="urn:c", participant_id="urn:p",
                distributions=(Distribution(format="f", access_service="urn:s", offers=(Policy(id="urn:o", kind=PolicyKind.OFFER, permission=(Rule("use"),)),)),),
            )
        ),
        CatalogMessage(catalog=Catalog(id="urn:c", participant_id="urn:p", services=(DataService(id="urn:s", endpoint_url="https://x.example", extensions={"@id": "urn:other"}),))),
        ContractRequest(consumer_pid="urn:c", offer=OFFER),
        ContractRequest(consumer_pid="urn:c", offer=OFFER, provider_pid="urn:p", callback_address="https://x.example"),
        ContractRequest(consumer_pid="urn:c", offer=OFFER, callback_address="x"),
        ContractOffer(**PID, offer=Policy(id="urn:o", kind=PolicyKind.OFFER, permission=(Rule("use"),))),
        ContractAgreement(**PID, agreement=AGREED),
        NegotiationTermination(provider_pid="", consumer_pid="urn:c"),
        NegotiationTermination(**PID, reason=(0.5,)),
        NegotiationTermination(**PID, reason=(Decimal("NaN"),)),
        NegotiationTermination(**PID, reason=({1: "x"},)),
        NegotiationTermination(**PID, reason=({"@context": []},)),
        NegotiationTermination(**PID, reason=("\ud800",)),
        NegotiationTermination(**PID, reason=(10**5000,)),
        NegotiationTermination(**PID, extensions={"bare": "x"}),
        NegotiationTermination(**PID, extensions={"code": "x"}),
        NegotiationTermination(**PID, extensions={"dspace:code": "x"}),
        NegotiationTermination(**PID, extensions={"urn:x": MappingProxyType({})}),
        TransferAck(**PID, state=TransferState.INITIAL),
        TransferRequest(consumer_pid="urn:c", agreement_id="urn:a", format="f", callback_address="https://x.example", data_address=DataAddress(endpoint_type=5)),
    ],
)  # fmt: skip
def test_what_a_strict_partner_would_refuse_is_not_sent(message):
    with pytest.raises(LocalError) as caught:
        encode(message)
    assert caught.value.code == "wire-unsendable"


def test_depth_is_bounded_both_ways_alike():
    def nested(levels):
        value = "x"
        for _ in range(levels):
            value = [value]
        return value

    # The message and its reasons are two levels already.
    deepest = NegotiationTermination(**PID, reason=(nested(62),))
    assert decode(encode(deepest)) == deepest
    for levels in (63, 100_000):
        with pytest.raises(LocalError) as caught:
            encode_object(NegotiationTermination(**PID, reason=(nested(levels),)))
        assert caught.value.code == "wire-unsendable"


def test_an_offer_that_cannot_be_written_is_not_sent():
    with pytest.raises(LocalError) as caught:
        encode(
            ContractRequest(
                consumer_pid="urn:c",
                callback_address="https://x.example",
                offer=Policy(id="urn:o", kind=PolicyKind.OFFER),
            )
        )
    assert caught.value.code == "wire-unsendable"


@pytest.mark.parametrize(
    "document", [None, [], "x", 5, {1: 2}, {"@context": CONTEXT, "x": {5}}, {"@context": CONTEXT, "x": b""}]
)
def test_objects_that_are_no_message_end_in_a_typed_error(document):
    with pytest.raises(PeerError) as caught:
        decode_object(document)
    assert caught.value.code == "wire-wrong-form"


def test_a_context_beside_the_text_of_its_name_is_no_inner_one():
    assert decode(raw({**DONE, "https://x.example/y": "@context"})).extensions == {"https://x.example/y": "@context"}


def test_the_prose_list_is_numbered_without_gaps_and_each_row_ends_in_a_400():
    assert [rule.number for rule in RULES] == list(range(1, len(RULES) + 1))
    assert all(rule.problem.status == 400 and rule.section and rule.text for rule in RULES)


def test_the_wire_loads_no_json_ld_and_no_network():
    modules = "codec schema versions errors prose refusals"
    heavy = {"pyld", "rdflib", "jsonschema", "aiohttp", "asyncio", "requests", "sqlite3"}
    program = f"import sys, {', '.join(f'renkei.wire.{name}' for name in modules.split())}; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    assert "renkei.wire.codec" in loaded
    assert heavy.isdisjoint(loaded)
