from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from trust_actors import CELL_MAKER, b64, fixed_key, forge

from renkei.kernel.problems import LocalError, PeerError
from renkei.trust import jws
from renkei.trust.keys import KeySigner, PublicKey

KEY = fixed_key(11)
KID = f"{CELL_MAKER.did}#k"
HEADER = {"alg": "ES256", "kid": KID, "typ": "T"}
PAYLOAD = {"a": "b"}
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

# RFC 7515 appendix A.3: an ES256 JWS and its key.
RFC7515_KEY = PublicKey("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")
RFC7515_JWS = (
    "eyJhbGciOiJFUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
)


def test_the_es256_example_of_rfc_7515_verifies():
    read = jws.read(RFC7515_JWS)
    jws.verify(read, RFC7515_KEY)
    assert read.payload == b'{"iss":"joe",\r\n "exp":1300819380,\r\n "http://example.com/is_root":true}'
    assert (read.kid, read.typ) == (None, None)


def test_the_es256_example_of_rfc_7515_verifies_detached():
    header, _, signature = RFC7515_JWS.split(".")
    payload = b'{"iss":"joe",\r\n "exp":1300819380,\r\n "http://example.com/is_root":true}'
    jws.verify(jws.read_detached(f"{header}..{signature}", payload), RFC7515_KEY)


def test_another_key_does_not_verify_it():
    with pytest.raises(PeerError) as refused:
        jws.verify(jws.read(RFC7515_JWS), KEY.public)
    assert refused.value.code == "trust-jws-signature"


def test_the_signing_input_is_canonical_header_dot_payload():
    signed = jws.signing_input("T", KID, b'{"a":"b"}')
    assert signed.decode() == b64(b'{"alg":"ES256","kid":"' + KID.encode() + b'","typ":"T"}') + "." + b64(b'{"a":"b"}')


@given(st.binary(min_size=1, max_size=300))
def test_signed_bytes_verify_in_both_forms(payload):
    signed = jws.signing_input("T", KID, payload)
    signature = KEY.sign(signed)
    attached = jws.read(jws.assemble(signed, signature))
    detached = jws.read_detached(jws.assemble_detached(signed, signature), payload)
    assert attached == detached
    assert (attached.payload, attached.kid, attached.typ) == (payload, KID, "T")
    jws.verify(attached, KEY.public)


def _without(name):
    return {key: value for key, value in HEADER.items() if key != name}


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (_without("alg"), "trust-jws-algorithm"),
        ({**HEADER, "alg": "none"}, "trust-jws-algorithm"),
        ({**HEADER, "alg": "None"}, "trust-jws-algorithm"),
        ({**HEADER, "alg": "es256"}, "trust-jws-algorithm"),
        ({**HEADER, "alg": "HS256"}, "trust-jws-algorithm"),
        ({**HEADER, "alg": "RS256"}, "trust-jws-algorithm"),
        ({**HEADER, "alg": "ES384"}, "trust-jws-algorithm"),
        ({**HEADER, "alg": "ES256K"}, "trust-jws-algorithm"),
        ({**HEADER, "alg": ["ES256"]}, "trust-jws-algorithm"),
        ({**HEADER, "alg": None}, "trust-jws-algorithm"),
        ({**HEADER, "crit": ["b64"], "b64": False}, "trust-jws-header"),
        ({**HEADER, "crit": []}, "trust-jws-header"),
        ({**HEADER, "b64": True}, "trust-jws-header"),
        ({**HEADER, "jwk": KEY.public.jwk()}, "trust-jws-header"),
        ({**HEADER, "jku": "https://attacker.example/keys"}, "trust-jws-header"),
        ({**HEADER, "x5u": "https://attacker.example/chain"}, "trust-jws-header"),
        ({**HEADER, "x5c": ["AA"]}, "trust-jws-header"),
        ({**HEADER, "kid": 1}, "trust-jws-malformed"),
        ({**HEADER, "kid": None}, "trust-jws-malformed"),
        ({**HEADER, "typ": ["T"]}, "trust-jws-malformed"),
        ({**HEADER, "pad": "a" * 4096}, "trust-jws-malformed"),
        (b"[]", "trust-jws-malformed"),
        (b'"ES256"', "trust-jws-malformed"),
        (b"", "trust-jws-malformed"),
        (b"{", "trust-jws-malformed"),
        (b"\xff\xfe", "trust-jws-malformed"),
        (b'{"alg":"none","alg":"ES256"}', "trust-jws-malformed"),
        (b'{"alg":"ES256","alg":"ES256"}', "trust-jws-malformed"),
        (b'{"alg":"ES256","n":NaN}', "trust-jws-malformed"),
        (b'{"alg":"ES256","n":1e9999999999999999999}', "trust-jws-malformed"),
        (b'{"alg":"ES256","n":' + b"1" * 4000 + b".5e5}", None),
        (b'{"alg":"ES256","n":' + b"[" * 9 + b"]" * 9 + b"}", "trust-jws-malformed"),
    ],
)
def test_a_correctly_signed_jws_is_refused_for_its_header_alone(header, code):
    compact = forge(header, PAYLOAD, KEY)
    if code is None:
        jws.verify(jws.read(compact), KEY.public)
        return
    with pytest.raises(PeerError) as refused:
        jws.read(compact)
    assert refused.value.code == code


def test_an_unsigned_jws_is_refused():
    compact = f"{b64(json.dumps({'alg': 'none'}).encode())}.{b64(b'{}')}."
    with pytest.raises(PeerError, match="trust-jws-algorithm"):
        jws.read(compact)


def test_a_hmac_with_the_public_key_as_its_secret_is_refused():
    import hashlib
    import hmac

    signed = f"{b64(json.dumps({**HEADER, 'alg': 'HS256'}).encode())}.{b64(b'{}')}"
    secret = json.dumps(KEY.public.jwk()).encode()
    compact = f"{signed}.{b64(hmac.digest(secret, signed.encode(), hashlib.sha256))}"
    with pytest.raises(PeerError, match="trust-jws-algorithm"):
        jws.read(compact)


GOOD = forge(HEADER, PAYLOAD, KEY)
H, P, S = GOOD.split(".")


@pytest.mark.parametrize(
    "compact",
    [
        "",
        ".",
        "..",
        "....",
        H,
        f"{H}.{P}",
        f"{GOOD}.",
        f"{GOOD}.{S}",
        f"{H}==.{P}.{S}",
        f"{H}.{P}=.{S}",
        f"{H}.{P}.{S}==",
        f" {GOOD}",
        f"{GOOD}\n",
        f"{H}.{P}.{S[:-1]}",
        f"{H}.{P}.{S[:-2]}",
        f"{H}.{P}.{S}AA",
        f"{H}.{P}.{S[:40]}+{S[41:]}",
        f"{H}.{P}.",
        f".{P}.{S}",
        f"{H}..{S}",
        f"{H}.{P}é.{S}",
        f"{H}.{P}\ud800.{S}",
        GOOD + "A" * jws.COMPACT_LIMIT,
        json.dumps({"payload": P, "signatures": [{"protected": H, "signature": S}]}),
    ],
)
def test_text_that_is_no_compact_jws_is_malformed(compact):
    with pytest.raises(PeerError) as refused:
        jws.read(compact)
    assert refused.value.code == "trust-jws-malformed"


def test_a_second_spelling_of_the_same_signature_is_malformed():
    # 64 bytes leave four unused bits in the last character.
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet.index(S[-1])
    assert last % 16 == 0
    for stray in range(1, 16):
        with pytest.raises(PeerError, match="trust-jws-malformed"):
            jws.read(f"{H}.{P}.{S[:-1]}{alphabet[last + stray]}")


@pytest.mark.parametrize("number", [0, ORDER])
def test_a_zero_signature_never_verifies(number):
    read = jws.read(f"{H}.{P}.{b64(number.to_bytes(32, 'big') * 2)}")
    with pytest.raises(PeerError, match="trust-jws-signature"):
        jws.verify(read, KEY.public)


def test_a_der_signature_is_malformed():
    der = KEY._key.sign(f"{H}.{P}".encode(), ec.ECDSA(hashes.SHA256()))
    with pytest.raises(PeerError, match="trust-jws-malformed"):
        jws.read(f"{H}.{P}.{b64(der)}")


def test_a_detached_jws_must_not_carry_its_payload():
    with pytest.raises(PeerError, match="trust-jws-malformed"):
        jws.read_detached(GOOD, json.dumps(PAYLOAD).encode())


@pytest.mark.parametrize("payload", [b"", b'{"a":"c"}', b'{"a": "b"} '])
def test_a_detached_jws_does_not_verify_over_another_payload(payload):
    with pytest.raises(PeerError, match="trust-jws-signature"):
        jws.verify(jws.read_detached(f"{H}..{S}", payload), KEY.public)


@given(st.integers(0, len(GOOD) - 1), st.characters(exclude_categories=[]))
def test_one_changed_character_is_always_refused(position, character):
    changed = GOOD[:position] + character + GOOD[position + 1 :]
    if changed == GOOD:
        return
    with pytest.raises(PeerError) as refused:
        jws.verify(jws.read(changed), KEY.public)
    assert refused.value.code.startswith("trust-jws-")


@given(st.text(max_size=200))
def test_any_text_ends_in_a_typed_error(text):
    with pytest.raises(PeerError):
        jws.read(text)


@dataclass(frozen=True)
class CrookedSigner:
    kid: str = KID
    algorithm: str = "ES256"
    answer: bytes = bytes(64)

    async def sign(self, payload: bytes) -> bytes:
        return self.answer


async def test_a_signer_is_awaited_for_the_raw_signature():
    signed = jws.signing_input("T", KID, b"x")
    signature = await jws.signature_by(KeySigner(KID, KEY), signed)
    assert KEY.public.verifies(signed, signature)


@pytest.mark.parametrize(
    "signer",
    [CrookedSigner(answer=b"\x30\x45" + bytes(69)), CrookedSigner(answer=b""), CrookedSigner(algorithm="RS256")],
)
async def test_a_signer_that_breaks_its_promise_is_our_fault(signer):
    with pytest.raises(LocalError) as refused:
        await jws.signature_by(signer, b"x")
    assert refused.value.code == "trust-signer-broken"
