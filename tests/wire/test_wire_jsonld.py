"""Under more contexts than ours a message is what JSON-LD says, whole or not at all, and nothing is fetched."""

import copy
import json
import socket
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wire_oracles import expand
from wire_samples import CONTEXT, PIDS, messages, plain_extensions, sample, texts
from wire_spellings import Speller, as_json_ld_keeps

from renkei.kernel.problems import PeerError
from renkei.protocol.messages import MessageKind
from renkei.resources import Kind, resource_bytes
from renkei.wire import jsonld
from renkei.wire.codec import decode_object, encode_object, message_in, parse
from renkei.wire.dialects import DIALECTS, DSP_2025_1, dialect_of
from renkei.wire.jsonld import MOST_NODES, PINNED, Expansion, takes_expansion

K = MessageKind
EDC = "https://w3id.org/edc/dspace/v0.0.1"
CATENA_X = "https://w3id.org/catenax/2025/9/policy/context.jsonld"
BOTH = [*CONTEXT, EDC]
PLAIN = messages(texts, plain_extensions)
quiet = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def expansion():
    return Expansion({name: json.loads(resource_bytes(Kind.VOCAB, file)) for name, file in PINNED.items()})


@pytest.fixture
def no_sockets(monkeypatch):
    """Whoever so much as makes a socket or asks for an address fails the test."""
    opened = []

    def refuse(*arguments, **_):
        opened.append(arguments)
        raise OSError("no network here")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    yield
    assert opened == []


def under(contexts, kind, **more):
    """A sample of that kind under these contexts, of its own, to be changed."""
    return {**copy.deepcopy(sample(kind, **more)), "@context": contexts}


def read(expansion, document, **options):
    return message_in(expansion.known(document).document, **options)


def refusal(expansion, document):
    with pytest.raises(PeerError) as caught:
        read(expansion, document)
    return caught.value


# --- one message, many spellings -----------------------------------------------------------------


@pytest.mark.parametrize("contexts", [BOTH, [EDC, *CONTEXT], [*PINNED], [*reversed(PINNED)], [*BOTH, *BOTH]])
@pytest.mark.parametrize("kind", MessageKind)
def test_further_contexts_change_nothing_in_a_plain_message(expansion, kind, contexts):
    document = sample(kind)
    assert read(expansion, {**document, "@context": contexts}) == decode_object(as_json_ld_keeps(document))


@pytest.mark.parametrize("kind", MessageKind)
@settings(quiet, max_examples=15)
@given(data=st.data())
def test_every_spelling_is_the_same_message(shared, expansion, kind, data):
    document = data.draw(st.just(sample(kind)) | PLAIN[kind].map(encode_object))
    speller = Speller(shared, lambda options: data.draw(st.sampled_from(options)))
    spelled = speller.message(document, data.draw(st.permutations([*CONTEXT, EDC, CATENA_X])))
    assert read(expansion, spelled) == decode_object(as_json_ld_keeps(document))


@pytest.mark.parametrize("kind", MessageKind)
@settings(quiet, max_examples=5)
@given(data=st.data())
def test_what_comes_out_means_what_went_in(shared, expansion, kind, data):
    document = encode_object(data.draw(PLAIN[kind]))
    speller = Speller(shared, lambda options: data.draw(st.sampled_from([*options[:1], *options])))
    spelled = speller.message(document, CONTEXT)
    known = expansion.known(spelled)
    assert known.lost == ()
    assert expand(shared, known.document) == expand(shared, document)


def test_an_edc_catalog_is_read_with_its_own_terms_kept(expansion):
    offer = {
        "@id": "ZGVm:YXNzZXQ=:MQ==",
        "@type": "Offer",
        "permission": {
            "action": "use",
            "constraint": {"leftOperand": "inForceDate", "operator": "lteq", "rightOperand": "contractAgreement+1d"},
        },
        "prohibition": [],
        "obligation": [],
    }
    service = {"@id": "s", "@type": "DataService", "endpointDescription": "dspace:connector", "endpointURL": "http://127.0.0.1:19194/protocol/2025-1"}  # fmt: skip
    document = {
        "@context": BOTH,
        "@id": "c",
        "@type": "Catalog",
        "participantId": "provider",
        "service": service,
        "dataset": {
            "@id": "asset-1",
            "@type": "Dataset",
            "hasPolicy": offer,
            "distribution": {"@type": "Distribution", "format": "HttpData-PULL", "accessService": service},
            "id": "asset-1",
            "description": "what it is",
        },
    }
    known = expansion.known(document)
    message = message_in(known.document, expect=K.CATALOG)
    [dataset] = message.catalog.datasets
    assert known.lost == ()
    assert dataset.extensions == {
        "https://w3id.org/edc/v0.0.1/ns/id": "asset-1",
        "https://w3id.org/edc/v0.0.1/ns/description": "what it is",
    }
    [permission] = dataset.offers[0].permission
    assert dataset.offers[0].prohibition == ()
    assert permission.constraint[0].left == "https://w3id.org/edc/v0.0.1/ns/inForceDate"
    assert dataset.distributions[0].access_service.endpoint_url == service["endpointURL"]
    assert dataset.distributions[0].format == "HttpData-PULL"


def test_catena_x_operands_get_their_iris(expansion):
    document = under([*CONTEXT, CATENA_X], K.CONTRACT_REQUEST)
    words = ("Membership", "FrameworkAgreement", "Unheard")
    constraints = [{"leftOperand": word, "operator": "eq", "rightOperand": "active"} for word in words]
    document["offer"] = {"@id": "urn:o", "@type": "Offer", "target": "urn:d", "permission": [{"action": "access", "constraint": constraints}]}  # fmt: skip
    policy = "https://w3id.org/catenax/2025/9/policy/"
    [permission] = read(expansion, document).offer.permission
    assert permission.action == f"{policy}access"
    assert [item.left for item in permission.constraint] == [f"{policy}Membership", f"{policy}FrameworkAgreement", "Unheard"]  # fmt: skip


def test_typed_texts_are_texts_and_other_typed_values_stay_typed(expansion):
    date = {"@value": "2026-11-22T09:30:00Z", "@type": "xsd:dateTime"}
    document = under(BOTH, K.CONTRACT_AGREEMENT)
    document["agreement"]["timestamp"] = date
    document["agreement"]["permission"][0]["constraint"][0]["rightOperand"] = [date, {"@list": ["a", {"@id": "urn:b"}]}, {"@value": "x", "@language": "en"}, True]  # fmt: skip
    known = expansion.known(document).document
    agreement = known["agreement"]
    assert agreement["timestamp"] == date["@value"]
    assert agreement["permission"][0]["constraint"][0]["rightOperand"] == [
        {"@value": date["@value"], "@type": "http://www.w3.org/2001/XMLSchema#dateTime"},
        {"@list": ["a", {"@id": "urn:b"}]},
        {"@value": "x", "@language": "en"},
        True,
    ]


def test_sets_are_the_arrays_they_stand_for(expansion):
    document = under(BOTH, K.CONTRACT_REQUEST)
    plain = decode_object(as_json_ld_keeps(sample(K.CONTRACT_REQUEST)))
    document["offer"]["permission"] = {"@set": document["offer"]["permission"][0]}
    document["offer"]["prohibition"] = {"@set": document["offer"]["prohibition"]}
    assert read(expansion, document) == plain


def test_values_of_no_message_s_own_are_kept_as_they_are(expansion):
    more = {
        "https://x.example/one": {"@type": "https://x.example/T", "dct:title": ["a", "b"], "https://x.example/no": []},
        "https://x.example/exact": [Decimal("1.50"), 5, False],
        "https://x.example/json": {"@type": "@json", "@value": {"bare": [1, [None]]}},
    }
    document = {**sample(K.TRANSFER_COMPLETION), **more, "@context": BOTH}
    assert read(expansion, document).extensions == more


# --- what must not be lost -----------------------------------------------------------------------


def offer_with(place, **more):
    document = under(BOTH, K.CONTRACT_REQUEST)
    offer = document["offer"]
    rule = offer["permission"][0]
    {"offer": offer, "rule": rule, "constraint": rule["constraint"][0]}[place].update(more)
    return document


@pytest.mark.parametrize(
    ("place", "more", "terms"),
    [
        ("offer", {"conflict": "perm"}, "offer.conflict"),
        ("offer", {"conflict": "perm", "inheritFrom": "urn:x"}, "offer.conflict, offer.inheritFrom"),
        ("rule", {"remedy": [{"action": "use"}]}, "offer.permission[0].remedy"),
        ("rule", {"target": None}, "offer.permission[0].target"),
        ("constraint", {"unit": "urn:x"}, "offer.permission[0].constraint[0].unit"),
        ("constraint", {"rightOperand": ["a", None]}, "offer.permission[0].constraint[0].rightOperand[1]"),
        ("constraint", {"rightOperand": ["a", ["b"]]}, "offer.permission[0].constraint[0].rightOperand[1]"),
        ("constraint", {"rightOperand": {"@value": None}}, "offer.permission[0].constraint[0].rightOperand"),
        ("constraint", {"rightOperand": {"@value": "a", "note": 1}}, "offer.permission[0].constraint[0].rightOperand.note"),
        ("constraint", {"rightOperand": {"@list": ["a"], "note": 1}}, "offer.permission[0].constraint[0].rightOperand.note"),
        ("constraint", {"rightOperand": {"@id": "urn:x", "note": 1}}, "offer.permission[0].constraint[0].rightOperand.note"),
        ("constraint", {"rightOperand": {"@list": [{"note": 1}]}}, "offer.permission[0].constraint[0].rightOperand.note"),
        ("offer", {"https://x.example/y": {"https://x.example/z": {"note": 1}}}, "offer.https://x.example/y.https://x.example/z.note"),
        ("offer", {"@graph": []}, "offer.@graph"),
        ("offer", {"@reverse": {"target": "urn:x"}}, "offer.@reverse"),
        ("rule", {"@context": []}, "offer.permission[0].@context"),
    ],
)  # fmt: skip
def test_a_term_that_would_be_lost_from_a_policy_is_an_error_that_names_it(expansion, place, more, terms):
    error = refusal(expansion, offer_with(place, **more))
    assert (error.code, error.values["terms"]) == ("wire-lost-terms", terms)


def test_what_a_policy_says_twice_is_an_error(expansion):
    error = refusal(expansion, offer_with("rule", **{"odrl:action": {"@id": "odrl:use"}}))
    assert error.code == "wire-lost-terms"
    assert "offer.permission[0].odrl:action" in error.values["terms"].split(", ")


def test_elsewhere_what_is_lost_is_told(expansion):
    document = under(BOTH, K.CATALOG, **{"title": "x", "@included": []})
    document["dataset"] = [{**document["dataset"][0], "keyword": ["a"], "dct:issued": None}]
    document["service"] = [{**document["service"][0], "https://x.example/y": {"note": 1}}]
    known = expansion.known(document)
    assert sorted(known.lost) == [
        "@included",
        "dataset[0].dct:issued",
        "dataset[0].keyword",
        "service[0].https://x.example/y.note",
        "service[0].servesDataset",
        "title",
    ]
    assert message_in(known.document).catalog.datasets[0].id == "urn:dataset"


@pytest.mark.parametrize(
    ("kind", "change", "code"),
    [
        (K.CATALOG, {"hasPolicy": [{"@id": "urn:o", "permission": [{"action": "use"}]}]}, "wire-forbidden-member"),
        (K.TRANSFER_COMPLETION, {"urn:renkei:place": 0}, "wire-forbidden-member"),
        (K.TRANSFER_COMPLETION, {"dspace:consumerPid": {"@id": "urn:other"}}, "wire-wrong-form"),
        (K.TRANSFER_COMPLETION, {"consumerPid": []}, "wire-missing-member"),
        (K.TRANSFER_COMPLETION, {"consumerPid": {"@value": 5}}, "wire-wrong-form"),
        (K.TRANSFER_COMPLETION, {"consumerPid": {"@value": "urn:c", "@type": "urn:t"}}, "wire-wrong-form"),
        (K.TRANSFER_COMPLETION, {"consumerPid": {"@value": "urn:c", "@language": "en"}}, "wire-wrong-form"),
        (K.TRANSFER_COMPLETION, {"@type": "TransferFinishedMessage"}, "wire-wrong-type"),
        (K.TRANSFER_COMPLETION, {"@type": ["TransferCompletionMessage", "urn:x"]}, "wire-wrong-type"),
        (K.TRANSFER_COMPLETION, {"@type": []}, "wire-missing-member"),
        (K.TRANSFER_COMPLETION, {"@id": 5}, "wire-json-ld-broken"),
        (K.TRANSFER_COMPLETION, {"@type": 5}, "wire-json-ld-broken"),
        (K.TRANSFER_COMPLETION, {"https://x.example/y": {"@value": {}}}, "wire-json-ld-broken"),
        (K.TRANSFER_COMPLETION, {"https://x.example/y": {"@value": "x", "@type": 5}}, "wire-json-ld-broken"),
        (K.TRANSFER_COMPLETION, {"https://x.example/y": {"@value": "x", "@type": [{}]}}, "wire-json-ld-broken"),
        (K.TRANSFER_COMPLETION, {"https://x.example/y": {"@type": ["urn:x", 5]}}, "wire-json-ld-broken"),
        (K.TRANSFER_ERROR, {"reason": []}, None),
        (K.TRANSFER_START, {"dataAddress": "urn:x"}, "wire-wrong-form"),
        (K.CONTRACT_REQUEST, {"offer": {"@id": "urn:o"}}, "policy-missing-member"),
        (K.CONTRACT_REQUEST, {"dspace:offer": "urn:o", "offer": []}, "policy-malformed"),
        (K.CATALOG_REQUEST, {"filter": []}, None),
    ],
)  # fmt: skip
def test_what_it_says_is_judged_as_ever(expansion, kind, change, code):
    document = {**sample(kind), **change, "@context": BOTH}
    if code is None:
        read(expansion, document)
    else:
        assert refusal(expansion, document).code == code


def test_a_message_without_a_type_is_no_message(expansion):
    document = {**sample(K.TRANSFER_COMPLETION), "@context": BOTH}
    del document["@type"]
    assert refusal(expansion, document).code == "wire-missing-member"


# --- what is never read --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "context",
    [
        CONTEXT[0],
        [],
        None,
        {},
        [EDC],
        [{"dspace": "https://w3id.org/dspace/2025/1/"}],
        [*CONTEXT, "https://x.example/context.jsonld"],
        ["https://x.example/context.jsonld", *CONTEXT],
        [*CONTEXT, {"target": "https://x.example/target"}],
        [*CONTEXT, "https://w3id.org/dspace/2024/1/context.json"],
        [*CONTEXT, None],
        [*CONTEXT, EDC + "#"],
        ["http" + CONTEXT[0].removeprefix("https"), EDC],
    ],
)
def test_unpinned_and_inline_contexts_are_refused_without_a_socket(expansion, no_sockets, context):
    document = {**sample(K.TRANSFER_COMPLETION), "@context": context}
    for reading in (takes_expansion, expansion.known):
        with pytest.raises(PeerError) as caught:
            reading(document)
        assert (caught.value.code, caught.value.problem.status) == ("wire-unknown-context", 400)


def test_a_pinned_context_opens_no_socket(expansion, no_sockets):
    for kind in MessageKind:
        expansion.known(under([*PINNED], kind))


def test_whatever_is_asked_of_the_network_is_refused(no_sockets):
    alone = Expansion({CONTEXT[0]: {"@context": {"x": {"@id": "urn:x", "@context": "https://x.example/more"}}}})
    assert refusal(alone, {"@context": CONTEXT, "x": {"y": 1}}).code == "wire-json-ld-broken"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"@context": [], "@context": []}', "json-broken"),
        (json.dumps({**sample(K.TRANSFER_COMPLETION), "@context": BOTH, "x": {"@context": CONTEXT}}).encode(), "wire-nested-context"),
        (b'{"@context": ["%s", "%s"], "x": ' % (CONTEXT[0].encode(), EDC.encode()) + b'{"x":' * 10_000 + b"1" + b"}" * 10_000 + b"}", "json-too-deep"),
        (b'{"x": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", "json-too-deep"),
    ],
)  # fmt: skip
def test_traps_end_before_json_ld_begins(no_sockets, body, code):
    with pytest.raises(PeerError) as caught:
        parse(body)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "more",
    [
        {"reason": ["x"] * (MOST_NODES + 1)},
        {"reason": [{"https://x.example/y": 1}] * (MOST_NODES // 2)},
        {"https://x.example/y": {"@set": ["x"] * (MOST_NODES + 1)}},
        {"https://x.example/y": {"@type": ["urn:t"] * (MOST_NODES + 1)}},
    ],
)
def test_the_work_is_bounded(expansion, more):
    error = refusal(expansion, {**sample(K.TRANSFER_TERMINATION), **more, "@context": BOTH})
    assert (error.code, error.problem.status) == ("wire-json-ld-too-large", 413)


def test_plain_messages_take_no_expansion():
    assert not takes_expansion(sample(K.CATALOG))
    assert not takes_expansion({"@type": "Catalog"})
    assert takes_expansion({"@context": BOTH})


def test_nobody_else_s_contexts_are_used(expansion, monkeypatch):
    from pyld import jsonld as library

    monkeypatch.setattr(library, "_resolved_context_cache", {CONTEXT[0]: {"static": None}})
    document = {**sample(K.TRANSFER_COMPLETION), "@context": BOTH}
    assert read(expansion, document).consumer_pid == PIDS["consumerPid"]


def test_what_a_library_stumbles_over_is_the_sender_s_fault(expansion, monkeypatch):
    from pyld import jsonld as library

    def stumble(*_, **__):
        raise KeyError("@propagate")

    monkeypatch.setattr(library, "expand", stumble)
    error = refusal(expansion, {**sample(K.TRANSFER), "@context": BOTH})
    assert (error.code, error.values["cause"]) == ("wire-json-ld-broken", "KeyError")


def test_a_dialect_is_found_by_its_version():
    assert dialect_of("2025-1") is DSP_2025_1
    assert [dialect.path for dialect in DIALECTS] == ["/dsp/2025-1"]
    with pytest.raises(PeerError) as caught:
        dialect_of("0.8")
    assert caught.value.code == "wire-no-common-version"


def test_a_dialect_reads_and_writes_in_steps(expansion):
    raw = json.dumps({**sample(K.TRANSFER), "@context": BOTH}).encode()
    document = DSP_2025_1.parse(raw)
    assert DSP_2025_1.takes_expansion(document)
    message = DSP_2025_1.message_in(
        DSP_2025_1.expansion(expansion._contexts).known(document).document, expect=K.TRANSFER
    )
    assert json.loads(DSP_2025_1.encode(message)) == sample(K.TRANSFER)


def test_the_limit_leaves_room_for_a_catalog_page_of_a_hundred(expansion):
    document = under(BOTH, K.CATALOG)
    document["dataset"] = document["dataset"] * 100
    assert len(read(expansion, document).catalog.datasets) == 100
    assert jsonld.MOST_NODES < 50_000
