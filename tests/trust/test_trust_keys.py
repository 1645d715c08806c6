from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import given
from hypothesis import strategies as st
from trust_actors import b64, fixed_key

from renkei.kernel.problems import ConfigurationError, PeerError
from renkei.trust.keys import KeyPurpose, PrivateKey, PublicKey, from_base64url, generate, to_base64url

# RFC 6979 appendix A.2.5 (P-256, SHA-256).
RFC6979_SECRET = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
RFC6979 = [
    (
        b"sample",
        "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
    ),
    (
        b"test",
        "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083",
    ),
]
# RFC 7515 appendix A.3.1.
RFC7515_JWK = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}


@pytest.mark.parametrize(("message", "signature"), RFC6979)
def test_a_signature_is_the_deterministic_one_of_rfc_6979(message, signature):
    assert fixed_key(RFC6979_SECRET).sign(message).hex().upper() == signature


@pytest.mark.parametrize(
    ("purpose", "relationship"),
    [
        (KeyPurpose.TOKEN, "capabilityInvocation"),
        (KeyPurpose.ASSERTION, "assertionMethod"),
        (KeyPurpose.PRESENTATION, "authentication"),
    ],
)
def test_a_purpose_is_its_verification_relationship(purpose, relationship):
    assert purpose.value == relationship


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"d": "AQ"}, "private member d"),
        ({"k": "AQ"}, "private member k"),
        ({"kty": "RSA"}, "not EC and P-256"),
        ({"kty": ["EC"]}, "not EC and P-256"),
        ({"crv": "P-384"}, "not EC and P-256"),
        ({"crv": "secp256k1"}, "not EC and P-256"),
        ({"alg": "ES384"}, "ES256"),
        ({"alg": None}, "ES256"),
        ({"use": "enc"}, "ES256"),
        ({"key_ops": ["sign"]}, "ES256"),
        ({"key_ops": "verify"}, "ES256"),
        ({"x": 1}, "strings"),
        ({"y": None}, "strings"),
        ({"x": RFC7515_JWK["x"] + "="}, "32 bytes"),
        ({"x": RFC7515_JWK["x"][:-1]}, "32 bytes"),
        ({"x": "AA" + RFC7515_JWK["x"]}, "32 bytes"),
        ({"x": RFC7515_JWK["x"][:-1] + "V"}, "32 bytes"),  # stray bits: another spelling of the same bytes
        ({"x": "\ud800" * 43}, "32 bytes"),
        ({"y": RFC7515_JWK["x"]}, "not a point"),
        ({"x": b64(bytes(32)), "y": b64(bytes(32))}, "not a point"),
        ({"x": b64(b"\xff" * 32)}, "not a point"),
    ],
)
def test_a_public_jwk_that_is_not_a_usable_p256_key_is_refused(change, cause):
    with pytest.raises(PeerError, match=cause) as refused:
        PublicKey.from_jwk({**RFC7515_JWK, **change})
    assert refused.value.code == "trust-key-refused"


def test_a_jwk_survives_reading_and_writing_and_shows_no_secret():
    key = PublicKey.from_jwk({**RFC7515_JWK, "use": "sig", "key_ops": ["verify"], "kid": "any"})
    assert PublicKey.from_jwk(key.jwk()) == key
    assert key.jwk().keys() == {"kty", "crv", "x", "y", "alg", "kid"}


def test_a_public_key_built_past_the_reader_still_ends_in_a_typed_error():
    for x in ("ä", RFC7515_JWK["x"]):
        with pytest.raises(PeerError, match="trust-key-refused"):
            PublicKey(x, RFC7515_JWK["x"]).verifies(b"", b"\x01" * 64)


def test_a_thumbprint_is_that_of_rfc_7638(shared):
    # The vector's kid is the thumbprint made by its authors' own library.
    import json

    vector = json.loads((shared / "data/vectors-vc-jose/vm-p256.json").read_text())["publicKeyJwk"]
    assert PublicKey.from_jwk(vector).thumbprint == "73voMXFNmNlOEpuYCSJlh8eN0dscykoO6gBukgRS1uU"


@pytest.mark.parametrize("passphrase", [None, b"correct horse"])
def test_a_private_key_survives_pem(passphrase):
    key = generate()
    again = PrivateKey.from_pem(key.pem(passphrase), passphrase)
    assert again.public == key.public
    assert again.sign(b"x") == key.sign(b"x")


def test_pem_is_pkcs8():
    assert generate().pem().startswith(b"-----BEGIN PRIVATE KEY-----\n")
    assert generate().pem(b"p").startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n")


def _pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.mark.parametrize(
    ("pem", "passphrase"),
    [
        (b"", None),
        (b"not a key", None),
        (fixed_key(7).pem()[:60], None),
        (fixed_key(7).pem(b"right"), b"wrong"),
        (fixed_key(7).pem(b"right"), None),
        (fixed_key(7).pem(), b"needless"),
        (_pem(ec.generate_private_key(ec.SECP384R1())), None),
        (_pem(ed25519.Ed25519PrivateKey.generate()), None),
    ],
)
def test_a_key_file_that_is_no_p256_key_is_a_configuration_error(pem, passphrase):
    with pytest.raises(ConfigurationError) as refused:
        PrivateKey.from_pem(pem, passphrase)
    assert refused.value.code == "trust-key-unreadable"


def test_an_empty_passphrase_is_refused_rather_than_ignored():
    with pytest.raises(ConfigurationError, match="trust-key-unreadable"):
        generate().pem(b"")


def test_a_private_key_shows_only_its_thumbprint():
    key = fixed_key(0xABCDEF0123456789)
    assert repr(key) == f"PrivateKey({key.public.thumbprint})"
    assert not any(hasattr(key, name) for name in ("jwk", "d", "__dict__"))


def test_two_generated_keys_differ():
    assert generate().public != generate().public


@given(st.binary(max_size=200))
def test_what_a_key_signs_its_public_half_verifies_and_no_other_does(payload):
    signature = fixed_key(11).sign(payload)
    assert len(signature) == 64
    assert fixed_key(11).public.verifies(payload, signature)
    assert not fixed_key(12).public.verifies(payload, signature)
    assert not fixed_key(11).public.verifies(payload + b"\0", signature)


ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # FIPS 186-4 D.1.2.3


@pytest.mark.parametrize(
    "signature",
    [
        bytes(64),
        bytes(32) + b"\x01" * 32,
        b"\x01" * 32 + bytes(32),
        ORDER.to_bytes(32, "big") * 2,
        b"\xff" * 64,
        b"",
        b"\x01" * 63,
        b"\x01" * 65,
    ],
)
def test_degenerate_signatures_never_verify(signature):
    # r = s = 0 once passed as a signature of anything (CVE-2022-21449).
    assert not fixed_key(11).public.verifies(b"x", signature)


def test_a_right_signature_with_a_needless_zero_byte_does_not_verify():
    good = fixed_key(11).sign(b"x")
    assert fixed_key(11).public.verifies(b"x", good)
    assert not fixed_key(11).public.verifies(b"x", good[:32] + b"\0" + good[32:])


@given(st.text(max_size=60))
def test_base64url_has_one_spelling(text):
    raw = from_base64url(text)
    if raw is not None:
        assert base64.urlsafe_b64encode(raw).decode().rstrip("=") == text


@given(st.binary(max_size=60))
def test_base64url_there_and_back(raw):
    assert from_base64url(to_base64url(raw)) == raw


@pytest.mark.parametrize("text", ["AA==", "AB", "A", "A A", "AA\n", "A+", "A/", "AA=", "é"])
def test_other_spellings_of_base64url_are_refused(text):
    assert from_base64url(text) is None
