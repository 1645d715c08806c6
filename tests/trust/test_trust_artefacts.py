from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trust_actors import ATTACKER, CAR_MAKER, CELL_MAKER, b64

from renkei.kernel import strict_json
from renkei.kernel.problems import LocalError, PeerError, PolicyError, RenkeiError
from renkei.policy.model import COUNTERSIGNATURE, SIGNATURE
from renkei.trust.artefacts import Artefact, SignatureFacts, attach, content_hash, prepare, sign, unsigned, verify

RECORD = {
    "@type": "FootprintRecord",
    "company": CELL_MAKER.did,
    "part": "cell-21700",
    "total": "62.9204177617603",
    "stages": {"rawMaterial": "49.9744227617603", "production": "12.945995"},
    "gaps": [],
    "note": "電池セル €",
}


def signed_now(document, artefact=Artefact.RECORD, actor=CELL_MAKER, member=SIGNATURE):
    """Sign at once: the key is at hand, so nothing need be awaited."""
    wanted = prepare(document, artefact, actor.assertion_kid)
    return attach(document, member, wanted.jws(actor.assertion_key.sign(wanted.signing_input)))


SIGNED = signed_now(RECORD)


def check(document, artefact=Artefact.RECORD, actor=CELL_MAKER, member=SIGNATURE, signer=None):
    return verify(document, artefact, actor.document, expected_signer=signer or actor.did, member=member)


def refusal(document, **context):
    with pytest.raises(RenkeiError) as refused:
        check(document, **context)
    return refused.value


@pytest.mark.parametrize(
    ("artefact", "typ"),
    [
        (Artefact.OFFER, "renkei-offer+jws"),
        (Artefact.AGREEMENT, "renkei-agreement+jws"),
        (Artefact.RECORD, "renkei-record+jws"),
    ],
)
def test_a_signed_document_is_the_document_and_one_string(artefact, typ):
    signed = signed_now(RECORD, artefact)
    compact = signed.pop(SIGNATURE)
    assert signed == RECORD
    header, payload, _ = compact.split(".")
    assert payload == ""
    assert header == b64(f'{{"alg":"ES256","kid":"{CELL_MAKER.assertion_kid}","typ":"{typ}"}}'.encode())


async def test_signing_with_an_awaited_signer_gives_the_same():
    assert await sign(RECORD, Artefact.RECORD, CELL_MAKER.signer) == SIGNED


def test_a_signed_document_proves_who_signed_what():
    assert check(SIGNED) == SignatureFacts(CELL_MAKER.assertion_kid, CELL_MAKER.did, Artefact.RECORD)


def test_a_signature_survives_reordering_and_reformatting():
    again = json.loads(json.dumps(dict(reversed(SIGNED.items())), indent=3, ensure_ascii=True))
    assert check(again).signer == CELL_MAKER.did


def test_both_sides_of_an_agreement_sign_the_same_bytes():
    agreement = {"@id": "urn:uuid:1", "assigner": CELL_MAKER.did, "assignee": CAR_MAKER.did}
    once = signed_now(agreement, Artefact.AGREEMENT)
    twice = signed_now(once, Artefact.AGREEMENT, CAR_MAKER, COUNTERSIGNATURE)
    other_order = signed_now(agreement, Artefact.AGREEMENT, CAR_MAKER, COUNTERSIGNATURE)
    assert signed_now(other_order, Artefact.AGREEMENT) == twice
    assert check(twice, artefact=Artefact.AGREEMENT).signer == CELL_MAKER.did
    assert check(twice, artefact=Artefact.AGREEMENT, actor=CAR_MAKER, member=COUNTERSIGNATURE).signer == CAR_MAKER.did


def test_one_sides_signature_is_not_the_others():
    agreement = signed_now({"a": "b"}, Artefact.AGREEMENT)
    copied = {**agreement, COUNTERSIGNATURE: agreement[SIGNATURE]}
    error = refusal(copied, artefact=Artefact.AGREEMENT, actor=CAR_MAKER, member=COUNTERSIGNATURE)
    assert error.code == "trust-wrong-signer"


def test_the_content_hash_names_what_is_signed():
    expected = (
        "sha-256:db4a7ecb114bc66c623a06c4ff6fe8daa2f49cc270ebbf7a1f81e22ab061c837"  # printf '{"a":"b"}' | sha256sum
    )
    assert content_hash({"a": "b"}) == expected
    assert content_hash(signed_now({"a": "b"})) == expected


def test_only_the_outermost_signature_members_are_left_out():
    nested = {"inner": {SIGNATURE: "x"}, SIGNATURE: "y", COUNTERSIGNATURE: "z"}
    assert unsigned(nested) == {"inner": {SIGNATURE: "x"}}


def test_a_stripped_signature_is_told_from_a_wrong_one():
    error = refusal(RECORD)
    assert isinstance(error, PolicyError)
    assert (error.code, error.problem.status) == ("trust-unsigned", 403)


@pytest.mark.parametrize("value", [None, "", 5, {}, ["x"], "x.y.z", True])
def test_a_signature_that_is_none_is_malformed_not_absent(value):
    assert refusal({**RECORD, SIGNATURE: value}).code == "trust-jws-malformed"


@pytest.mark.parametrize(
    "change",
    [
        {"total": "62.9204177617602"},
        {"total": "62.92041776176030"},
        {"stages": {**RECORD["stages"], "production": "12.945994"}},
        {"stages": {"rawMaterial": "49.9744227617603"}},
        {"gaps": ["anode"]},
        {"company": ATTACKER.did},
        {"part": "cell-21700 "},
        {"note": "電池セル \u20ac\u0301"},
        {"note": None},
        {"added": "x"},
        {"added": None},
    ],
)
def test_an_altered_record_is_refused(change):
    error = refusal({**SIGNED, **change})
    assert isinstance(error, PeerError)
    assert error.code == "trust-jws-signature"


@pytest.mark.parametrize("name", sorted(RECORD))
def test_a_record_with_a_member_taken_out_is_refused(name):
    assert refusal({key: value for key, value in SIGNED.items() if key != name}).code == "trust-jws-signature"


def test_text_is_signed_as_it_is_and_not_as_it_looks():
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    signed = signed_now({"name": composed})
    assert refusal({**signed, "name": decomposed}).code == "trust-jws-signature"


@pytest.mark.parametrize("made_for", list(Artefact))
@pytest.mark.parametrize("shown_as", list(Artefact))
def test_a_signature_counts_only_for_the_kind_it_was_made_for(made_for, shown_as):
    signed = signed_now(RECORD, made_for)
    if made_for is shown_as:
        assert check(signed, artefact=shown_as).artefact is made_for
    else:
        assert refusal(signed, artefact=shown_as).code == "trust-jws-type"


def _with_header(header, key=CELL_MAKER.assertion_key):
    from renkei.kernel import jcs

    signed = f"{b64(json.dumps(header).encode())}.{b64(jcs.canonical(RECORD))}".encode()
    return {**RECORD, SIGNATURE: f"{signed.decode().split('.')[0]}..{b64(key.sign(signed))}"}


GOOD_HEADER = {"alg": "ES256", "kid": CELL_MAKER.assertion_kid, "typ": "renkei-record+jws"}


def test_the_header_kit_makes_good_signatures_when_nothing_is_wrong():
    assert check(_with_header(GOOD_HEADER)).signer == CELL_MAKER.did


@pytest.mark.parametrize(
    ("header", "key", "code"),
    [
        ({"typ": "JWT"}, CELL_MAKER.assertion_key, "trust-jws-type"),
        ({"typ": "RENKEI-RECORD+JWS"}, CELL_MAKER.assertion_key, "trust-jws-type"),
        ({"alg": "none"}, CELL_MAKER.assertion_key, "trust-jws-algorithm"),
        ({"jwk": CELL_MAKER.assertion_key.public.jwk()}, CELL_MAKER.assertion_key, "trust-jws-header"),
        ({"kid": "#k"}, CELL_MAKER.assertion_key, "trust-did-malformed"),
        ({"kid": CELL_MAKER.did}, CELL_MAKER.assertion_key, "trust-did-malformed"),
        ({"kid": CELL_MAKER.did + "#x"}, CELL_MAKER.assertion_key, "trust-key-unknown"),
        ({"kid": CELL_MAKER.token_kid}, CELL_MAKER.token_key, "trust-key-purpose"),
        ({"kid": ATTACKER.assertion_kid}, ATTACKER.assertion_key, "trust-wrong-signer"),
        ({}, ATTACKER.assertion_key, "trust-jws-signature"),
        ({}, CELL_MAKER.token_key, "trust-jws-signature"),
    ],
)
def test_a_signature_with_the_wrong_key_or_header_is_refused(header, key, code):
    assert refusal(_with_header({**GOOD_HEADER, **header}, key)).code == code


@pytest.mark.parametrize(("missing", "code"), [("kid", "trust-jws-malformed"), ("typ", "trust-jws-type")])
def test_a_signature_names_its_key_and_its_kind(missing, code):
    header = {name: value for name, value in GOOD_HEADER.items() if name != missing}
    assert refusal(_with_header(header)).code == code


def test_an_attached_payload_is_refused():
    header, _, signature = SIGNED[SIGNATURE].split(".")
    payload = b64(b"{}")
    assert refusal({**SIGNED, SIGNATURE: f"{header}.{payload}.{signature}"}).code == "trust-jws-malformed"


def test_the_did_document_must_be_the_signers():
    error = refusal(SIGNED, actor=ATTACKER, signer=CELL_MAKER.did)
    assert error.code == "trust-document-refused"


def test_a_signature_is_never_replaced():
    with pytest.raises(LocalError) as refused:
        attach(SIGNED, SIGNATURE, "other")
    assert refused.value.code == "trust-already-signed"
    assert attach(SIGNED, SIGNATURE, SIGNED[SIGNATURE]) == SIGNED


def test_signing_does_not_touch_the_document_it_is_given():
    document = dict(RECORD)
    signed_now(document)
    assert document == RECORD


@pytest.mark.parametrize(
    "value", [1.5, Decimal("1.5"), 2**53, -(2**53), "\ud800", {"a": 1.0}, [Decimal(1)], {1: "a"}, b"x", {1, 2}]
)
def test_what_has_no_one_canonical_form_is_neither_signed_nor_verified(value):
    with pytest.raises(LocalError, match="json-not-canonical"):
        prepare({"value": value}, Artefact.RECORD, CELL_MAKER.assertion_kid)
    assert refusal({**SIGNED, "value": value}).code == "trust-not-signable"


def test_endless_nesting_is_a_typed_error():
    deep: dict[str, object] = {}
    for _ in range(5_000):
        deep = {"a": deep}
    assert refusal({**SIGNED, "deep": deep}).code == "trust-not-signable"


@pytest.mark.parametrize("kid", ["", "#k", CELL_MAKER.did, "https://cell.example/#k"])
def test_a_kid_that_nobody_could_resolve_is_not_signed_with(kid):
    with pytest.raises(PeerError, match="trust-did-malformed"):
        prepare(RECORD, Artefact.RECORD, kid)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), inner, max_size=3)
    ),
    max_leaves=10,
)
DOCUMENTS = st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), JSON, max_size=4)


@given(DOCUMENTS, st.sampled_from(Artefact))
def test_whatever_is_signed_verifies_after_a_trip_through_json(document, artefact):
    sent = strict_json.loads_object(strict_json.dumps(signed_now(document, artefact)))
    assert check(sent, artefact=artefact).artefact is artefact


WIRE = json.dumps({name: value for name, value in SIGNED.items() if name != SIGNATURE}, ensure_ascii=False).encode()


@given(st.integers(0, len(WIRE) - 1), st.integers(0, 255))
def test_one_changed_byte_of_a_document_is_always_refused(position, byte):
    changed = WIRE[:position] + bytes([byte]) + WIRE[position + 1 :]
    try:
        decoded = strict_json.loads_object(changed)
        if decoded == RECORD:  # white space for white space says the same
            return
        check({**decoded, SIGNATURE: SIGNED[SIGNATURE]})
    except RenkeiError:
        return
    pytest.fail(f"accepted {changed!r}")


@given(st.integers(0, len(SIGNED[SIGNATURE]) - 1), st.characters(exclude_categories=[]))
def test_one_changed_character_of_a_signature_is_always_refused(position, character):
    good = SIGNED[SIGNATURE]
    changed = good[:position] + character + good[position + 1 :]
    if changed != good:
        assert refusal({**RECORD, SIGNATURE: changed}).code.startswith("trust-")
