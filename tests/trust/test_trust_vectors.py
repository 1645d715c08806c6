"""Vectors and libraries of others against our canonical form and our signature check."""

from __future__ import annotations

import json
import math

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from renkei.kernel import jcs, strict_json
from renkei.kernel.problems import LocalError, PeerError
from renkei.trust import jws
from renkei.trust.keys import PublicKey


def _canonical_vector(shared, name):
    return bytes.fromhex((shared / "data/vectors-jcs/outhex" / f"{name}.txt").read_text())


@pytest.mark.parametrize("name", ["arrays", "french", "unicode", "weird"])
def test_the_canonical_form_is_that_of_the_published_vectors(shared, name):
    value = strict_json.loads((shared / "data/vectors-jcs/input" / f"{name}.json").read_bytes())
    assert jcs.canonical(value) == _canonical_vector(shared, name)


@pytest.mark.parametrize("name", ["structures", "values"])
def test_a_vector_with_a_number_written_as_a_fraction_is_refused_rather_than_rounded(shared, name):
    value = strict_json.loads((shared / "data/vectors-jcs/input" / f"{name}.json").read_bytes())
    with pytest.raises(LocalError, match="json-not-canonical"):
        jcs.canonical(value)


def test_the_vector_with_one_fraction_is_met_once_that_is_written_as_an_integer(shared):
    raw = (shared / "data/vectors-jcs/input/structures.json").read_bytes()
    assert raw.count(b"56.0") == 1
    assert jcs.canonical(strict_json.loads(raw.replace(b"56.0", b"56"))) == _canonical_vector(shared, "structures")


@pytest.mark.parametrize(
    "text", ["1.5", "-0.0", "1e21", "1E400", "9007199254740992", "-9007199254740992", "0.1", "1.0", '"\\ud800"']
)
def test_what_readers_of_json_understand_differently_is_refused(text):
    with pytest.raises(LocalError, match="json-not-canonical"):
        jcs.canonical(strict_json.loads(text.encode()))


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=20,
)


@given(JSON)
def test_our_canonical_form_is_that_of_an_independent_library(value):
    assert jcs.canonical(value) == rfc8785.dumps(value)


@given(JSON)
def test_the_canonical_form_is_the_same_after_reading_it(value):
    assert jcs.canonical(strict_json.loads(jcs.canonical(value))) == jcs.canonical(value)


@given(st.floats() | st.integers(min_value=2**53) | st.integers(max_value=-(2**53)))
def test_what_we_accept_is_less_than_the_library_does_and_never_more(value):
    if not isinstance(value, float) or math.isnan(value) or math.isinf(value):
        with pytest.raises(rfc8785.CanonicalizationError):
            rfc8785.dumps(value)
    with pytest.raises(LocalError):
        jcs.canonical(value)


def _vm(shared, name):
    return json.loads((shared / f"data/vectors-vc-jose/{name}.json").read_text())["publicKeyJwk"]


def _signed(shared, name):
    return (shared / f"data/vectors-vc-jose/{name}.txt").read_text().strip()


def test_the_es256_credential_of_the_vc_jose_suite_verifies(shared):
    read = jws.read(_signed(shared, "credential-jose-minimal"))
    jws.verify(read, PublicKey.from_jwk(_vm(shared, "vm-p256")))
    assert read.typ == "vc+jwt"
    assert json.loads(read.payload)["type"] == ["VerifiableCredential", "ExampleAlumniCredential"]


@pytest.mark.parametrize(
    "name",
    [
        "credential-issuer-match-signed",
        "credential-jose-bad-media-type",
        "credential-jose-bad-signature",
        "credential-jose-unknown-extensions",
        "credential-jose-vc-vp-claims",
        "presentation-jose-bad-credential",
        "presentation-jose-bad-media-type",
        "presentation-jose-multiple",
    ],
)
def test_signatures_by_other_algorithms_are_refused_as_such(shared, name):
    with pytest.raises(PeerError, match="trust-jws-algorithm"):
        jws.read(_signed(shared, name))


@pytest.mark.parametrize("name", ["vm-p384", "vm-p521", "vm-ed25519"])
def test_keys_of_other_curves_are_refused(shared, name):
    with pytest.raises(PeerError, match="trust-key-refused"):
        PublicKey.from_jwk(_vm(shared, name))


def test_the_published_private_key_of_the_suite_is_refused(shared):
    secret = json.loads((shared / "data/vectors-vc-jose/vm-p256.json").read_text())["secretKeyJwk"]
    with pytest.raises(PeerError, match="private member d"):
        PublicKey.from_jwk(secret)
