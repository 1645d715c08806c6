from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trust_actors import ATTACKER, CELL_MAKER, code_of, fixed_key

from renkei.kernel.problems import ConfigurationError, PeerError
from renkei.trust.did import (
    DATA_SERVICE,
    Service,
    build_document,
    data_service,
    did_of,
    document_url,
    is_did,
    key_for,
    key_id,
    parse_did_web,
    read_document,
)
from renkei.trust.keys import KeyPurpose

DID = CELL_MAKER.did
KEY = fixed_key(101).public
OTHER = fixed_key(102).public
THIRD = fixed_key(103).public


@pytest.mark.parametrize(
    ("did", "url"),
    [
        # The first four are the examples of the did:web method specification.
        ("did:web:w3c-ccg.github.io", "https://w3c-ccg.github.io/.well-known/did.json"),
        ("did:web:w3c-ccg.github.io:user:alice", "https://w3c-ccg.github.io/user/alice/did.json"),
        ("did:web:example.com%3A3000:user:alice", "https://example.com:3000/user/alice/did.json"),
        ("did:web:example.com%3A3000", "https://example.com:3000/.well-known/did.json"),
        ("did:web:Example.COM%3a3000:Unit_A", "https://example.com:3000/Unit_A/did.json"),
        ("did:web:xn--vckk7bxd0g.jp", "https://xn--vckk7bxd0g.jp/.well-known/did.json"),
        ("did:web:localhost%3A8083:holder", "https://localhost:8083/holder/did.json"),
    ],
)
def test_a_did_web_name_gives_the_address_of_its_document(did, url):
    assert document_url(did) == url


@pytest.mark.parametrize(
    ("did", "url"),
    [
        ("did:web:localhost%3A8083:holder", "http://localhost:8083/holder/did.json"),
        ("did:web:localhost", "http://localhost/.well-known/did.json"),
        ("did:web:127.0.0.1%3A19191", "http://127.0.0.1:19191/.well-known/did.json"),
        ("did:web:example.com", "https://example.com/.well-known/did.json"),
        ("did:web:localhost.example.com", "https://localhost.example.com/.well-known/did.json"),
        ("did:web:127.0.0.1.example.com", "https://127.0.0.1.example.com/.well-known/did.json"),
    ],
)
def test_the_loopback_switch_gives_plain_http_to_loopback_alone(did, url):
    assert document_url(did, insecure_loopback=True) == url


def test_a_loopback_address_needs_the_switch():
    with pytest.raises(ConfigurationError) as refused:
        document_url("did:web:127.0.0.1%3A8080")
    assert refused.value.code == "trust-did-loopback"


@pytest.mark.parametrize(
    "did",
    [
        "",
        "did:web:",
        "did:key:z6Mk",
        "DID:web:example.com",
        "did:WEB:example.com",
        "did:web::example.com",
        "did:web:example.com:",
        "did:web:example.com::a",
        "did:web:example.com:.",
        "did:web:example.com:..:etc",
        "did:web:example.com:%2E%2E",
        "did:web:example.com:a%2Fb",
        "did:web:example.com:a%00",
        "did:web:example.com:a/b",
        "did:web:example.com/a",
        "did:web:example.com?x=1",
        "did:web:example.com#key",
        "did:web:user@example.com",
        "did:web:user%40example.com",
        "did:web:example.com%3A",
        "did:web:example.com%3A0",
        "did:web:example.com%3A080",
        "did:web:example.com%3A65536",
        "did:web:example.com%3A1%3A2",
        "did:web:example.com%3A80x",
        "did:web:example.com%253A80",
        "did:web:%3A80",
        "did:web:example..com",
        "did:web:example.com.",
        "did:web:-example.com",
        "did:web:exa_mple.com",
        "did:web:exämple.com",
        "did:web:例え.jp",
        "did:web:example.com\n",
        "did:web:example.com\r\nHost",
        "did:web:" + "a" * 64 + ".com",
        "did:web:" + "a." * 127 + "com",
        "did:web:example.com:" + "a" * 2048,
        # IP addresses in the notations that resolvers take
        "did:web:10.0.0.1",
        "did:web:169.254.169.254",
        "did:web:192.168.1.1%3A8080",
        "did:web:2130706433",
        "did:web:0x7f000001",
        "did:web:0x7f.1",
        "did:web:127.1",
        "did:web:127.0.0.256",
        "did:web:127.0.0.01",
        "did:web:0177.0.0.1",
        "did:web:[::1]",
        "did:web:%5B%3A%3A1%5D",
        "did:web:::1",
        "did:web:example.0x",
    ],
)
@pytest.mark.parametrize("switch", [False, True])
def test_a_name_that_is_no_did_web_is_refused(did, switch):
    with pytest.raises(PeerError) as refused:
        document_url(did, insecure_loopback=switch)
    assert refused.value.code == "trust-did-malformed"


@given(st.text(max_size=80) | st.text("aZ0:.%3A-_/#?@", max_size=40))
def test_any_text_is_a_name_or_a_typed_error(tail):
    did = "did:web:" + tail
    code = code_of(lambda: parse_did_web(did))
    assert code in {None, "trust-did-malformed"}
    if code is None:
        name = parse_did_web(did)
        assert not set("/?#@\\ %") & set(name.host + "".join(name.path))
        assert ".." not in name.path


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("did:web:example.com", True),
        ("did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH", True),
        ("did:web:localhost%3A8083:holder", True),
        ("did:a::b", True),  # the grammar allows an empty part inside
        ("did:web:a:", False),
        ("did:web:", False),
        ("did:Web:a", False),
        ("did:web:a#b", False),
        ("did:web:a/b", False),
        ("did:web:a%3", False),
        ("did:web:a\n", False),
        ("did:web:" + "a" * 2048, False),
        ("BPNL00000000000A", False),
        (None, False),
        (["did:web:a"], False),
    ],
)
def test_a_did_of_any_method_is_told_from_other_text(text, answer):
    assert is_did(text) is answer


@pytest.mark.parametrize(
    "url", ["did:web:a", "did:web:a#", "#k", "k", "", "https://a#k", "did:web:a/p#k", "did:web:a?q#k"]
)
def test_a_key_is_named_by_an_absolute_did_url(url):
    with pytest.raises(PeerError, match="trust-did-malformed"):
        did_of(url)


def test_the_did_of_a_key_is_what_stands_before_the_fragment():
    assert did_of("did:web:a%3A80:b#k#did:web:evil") == "did:web:a%3A80:b"


def _built():
    keys = {KeyPurpose.TOKEN: [KEY, THIRD], KeyPurpose.ASSERTION: [OTHER]}
    return build_document(DID, keys, [data_service(DID, "https://cell.example/dsp/")])


def test_a_built_document_says_who_what_and_where():
    document = _built()
    assert document["id"] == DID
    assert document["capabilityInvocation"] == [key_id(DID, KEY), key_id(DID, THIRD)]
    assert document["assertionMethod"] == [key_id(DID, OTHER)]
    assert "authentication" not in document
    assert document["service"] == [
        {
            "id": f"{DID}#dsp",
            "type": "DataService",
            "serviceEndpoint": "https://cell.example/dsp/.well-known/dspace-version",
        }
    ]
    assert '"d"' not in json.dumps(document)


def test_a_built_document_is_read_back_through_json():
    read = read_document(json.loads(json.dumps(_built())), DID)
    assert {(m.id, m.key, m.purposes) for m in read.methods} == {
        (key_id(DID, KEY), KEY, frozenset({KeyPurpose.TOKEN})),
        (key_id(DID, THIRD), THIRD, frozenset({KeyPurpose.TOKEN})),
        (key_id(DID, OTHER), OTHER, frozenset({KeyPurpose.ASSERTION})),
    }
    assert read.endpoints(DATA_SERVICE) == ("https://cell.example/dsp/.well-known/dspace-version",)
    assert read.endpoints("CredentialService") == ()


def test_a_document_without_services_has_no_service_member():
    assert "service" not in build_document(DID, {KeyPurpose.TOKEN: [KEY]})


def test_one_key_for_two_purposes_is_refused_when_we_publish():
    with pytest.raises(ConfigurationError) as refused:
        build_document(DID, {KeyPurpose.TOKEN: [KEY], KeyPurpose.ASSERTION: [KEY]})
    assert refused.value.code == "trust-key-shared"


def test_a_document_for_something_that_is_no_did_is_not_built():
    with pytest.raises(PeerError, match="trust-did-malformed"):
        build_document("cell.example", {})


def _method(**changes):
    return {
        "id": f"{DID}#k1",
        "type": "JsonWebKey",
        "controller": DID,
        "publicKeyJwk": KEY.jwk(),
        **changes,
    }


def _document(**changes):
    return {"id": DID, "verificationMethod": [_method()], "capabilityInvocation": [f"{DID}#k1"], **changes}


def test_relative_key_ids_are_resolved_against_the_document():
    read = read_document(_document(verificationMethod=[_method(id="#k1")], capabilityInvocation=["#k1"]), DID)
    assert key_for(read, f"{DID}#k1", KeyPurpose.TOKEN) == KEY


def test_a_relationship_may_hold_its_key():
    read = read_document(_document(verificationMethod=[], capabilityInvocation=[_method()]), DID)
    assert key_for(read, f"{DID}#k1", KeyPurpose.TOKEN) == KEY
    with pytest.raises(PeerError, match="trust-key-purpose"):
        key_for(read, f"{DID}#k1", KeyPurpose.ASSERTION)


def test_a_document_of_the_dcp_kind_is_read():
    # Field names as other connectors publish them: no controller, relative ids, further members.
    document = {
        "@context": ["https://www.w3.org/ns/did/v1"],
        "id": DID,
        "authentication": ["#k1"],
        "capabilityInvocation": ["#k1"],
        "keyAgreement": ["#x"],
        "verificationMethod": [{"id": "#k1", "type": "JsonWebKey2020", "publicKeyJwk": KEY.jwk()}],
        "service": [
            {"id": "#cs", "type": ["CredentialService", "Other"], "serviceEndpoint": "https://cell.example/cs"}
        ],
        "alsoKnownAs": [],
    }
    read = read_document(document, DID)
    assert read.services == (
        Service(f"{DID}#cs", "CredentialService", "https://cell.example/cs"),
        Service(f"{DID}#cs", "Other", "https://cell.example/cs"),
    )
    assert key_for(read, None, KeyPurpose.PRESENTATION) == KEY


@pytest.mark.parametrize(
    "decoded",
    [
        None,
        [],
        "text",
        {},
        _document(id=ATTACKER.did),
        _document(id=DID.upper()),
        _document(id=DID + "/"),
        _document(verificationMethod={}),
        _document(verificationMethod=None),
        _document(verificationMethod=[_method(id=f"#{n}") for n in range(65)]),
        _document(capabilityInvocation="#k1"),
        _document(capabilityInvocation=[7]),
        _document(capabilityInvocation=[{}]),
        _document(verificationMethod=["#k1"]),
        _document(verificationMethod=[{"id": 4}]),
        _document(verificationMethod=[_method(), _method()]),
        _document(verificationMethod=[_method(), _method(id="#k1")]),
        _document(verificationMethod=[_method(publicKeyJwk={**KEY.jwk(), "d": "AQ"})]),
        _document(verificationMethod=[_method(), _method(id="#r", publicKeyJwk={"kty": "RSA", "p": "AQ"})]),
        _document(service={}),
        _document(service=[1]),
        _document(service=[{}] * 65),
    ],
)
def test_a_document_that_cannot_be_trusted_is_refused_whole(decoded):
    with pytest.raises(PeerError) as refused:
        read_document(decoded, DID)
    assert refused.value.code == "trust-document-refused"
    assert refused.value.problem.status == 401


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"publicKeyJwk": {"kty": "OKP", "crv": "Ed25519", "x": "AA"}}, "not EC and P-256"),
        ({"publicKeyJwk": {**KEY.jwk(), "y": KEY.x}}, "not a point"),
        ({"publicKeyJwk": None}, "publicKeyJwk"),
        ({"controller": ATTACKER.did}, "another DID"),
        ({"controller": [DID]}, "another DID"),
    ],
)
def test_a_key_we_cannot_use_is_named_with_its_reason(change, cause):
    read = read_document(_document(verificationMethod=[_method(**change)]), DID)
    with pytest.raises(PeerError, match=cause) as refused:
        key_for(read, f"{DID}#k1", KeyPurpose.TOKEN)
    assert refused.value.code == "trust-key-refused"


def test_a_key_listed_under_another_dids_id_is_never_used():
    foreign = f"{ATTACKER.did}#k"
    read = read_document(_document(verificationMethod=[_method(id=foreign)], capabilityInvocation=[foreign]), DID)
    with pytest.raises(PeerError, match="another DID"):
        key_for(read, foreign, KeyPurpose.TOKEN)


def test_services_without_a_usable_url_are_left_out():
    endpoints = ["ftp://x/", "https://", "https://u:p@x/", "http://[", {"a": 1}, 5, "https://ok.example/"]
    services = [{"id": f"#{n}", "type": "T", "serviceEndpoint": value} for n, value in enumerate(endpoints)]
    services += [
        {"id": 1, "type": "T", "serviceEndpoint": "https://a.example"},
        {"id": "#z", "serviceEndpoint": "https://a.example"},
    ]
    assert read_document(_document(service=services), DID).endpoints("T") == ("https://ok.example/",)


@pytest.mark.parametrize(
    ("kid", "purpose", "code"),
    [
        (f"{DID}#nobody", KeyPurpose.TOKEN, "trust-key-unknown"),
        ("#k1", KeyPurpose.TOKEN, "trust-key-unknown"),
        ("", KeyPurpose.TOKEN, "trust-key-unknown"),
        (f"{DID}#k1", KeyPurpose.ASSERTION, "trust-key-purpose"),
        (None, KeyPurpose.ASSERTION, "trust-key-purpose"),
    ],
)
def test_a_key_is_found_by_its_full_name_and_for_its_purpose_only(kid, purpose, code):
    with pytest.raises(PeerError) as refused:
        key_for(read_document(_document(), DID), kid, purpose)
    assert refused.value.code == code


def test_without_a_kid_the_document_must_have_one_key_only():
    assert key_for(read_document(_document(), DID), None, KeyPurpose.TOKEN) == KEY
    two = _document(verificationMethod=[_method(), _method(id="#k2", publicKeyJwk=OTHER.jwk())])
    with pytest.raises(PeerError, match="trust-key-unknown"):
        key_for(read_document(two, DID), None, KeyPurpose.TOKEN)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just(f"{DID}#k1"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "controller", "publicKeyJwk", "x", "type", "serviceEndpoint"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


@given(st.sampled_from(["id", "verificationMethod", "capabilityInvocation", "service", "assertionMethod"]), JSON)
def test_any_json_in_a_document_is_read_or_refused_with_a_typed_error(member, value):
    document = _document(**{member: value})
    assert code_of(lambda: read_document(document, DID)) in {None, "trust-document-refused"}
