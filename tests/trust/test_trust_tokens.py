from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trust_actors import (
    ATTACKER,
    CAR_MAKER,
    CELL_MAKER,
    EPOCH_NOW,
    NOW,
    b64,
    code_of,
    forge,
    good_claims,
    good_header,
    seconds,
)

from renkei.kernel.problems import LocalError, PolicyError
from renkei.trust.did import build_document, read_document
from renkei.trust.keys import KeyPurpose, KeySigner
from renkei.trust.tokens import mint, read_token, token_claims, verify_token

KEY = CELL_MAKER.token_key


def check(token, document=CELL_MAKER.document, audience=CAR_MAKER.did, now=NOW):
    return verify_token(read_token(token), document, audience, now)


def refusal(token, **context):
    with pytest.raises(PolicyError) as refused:
        check(token, **context)
    assert refused.value.problem.status == 401
    return refused.value.code


def forged(header=None, key=KEY, **claims):
    """A token that is right but for what is given; ``...`` leaves a claim out."""
    members = {**good_claims(), **claims}
    return forge(header or good_header(), {n: v for n, v in members.items() if v is not ...}, key)


async def minted(**options):
    return await mint(token_claims(CELL_MAKER.did, CAR_MAKER.did, NOW, "jti-1", **options), CELL_MAKER.token_signer)


async def test_a_minted_token_says_who_speaks_to_whom_and_until_when():
    verified = check(await minted())
    assert (verified.issuer, verified.jti) == (CELL_MAKER.did, "jti-1")
    assert verified.expires == datetime(2026, 11, 22, 9, 35, tzinfo=UTC)
    assert verified.forget_after == datetime(2026, 11, 22, 9, 35, 10, tzinfo=UTC)


async def test_the_kit_reads_whose_document_is_needed_before_anything_is_proved():
    unverified = read_token(await minted())
    assert (unverified.issuer, unverified.kid) == (CELL_MAKER.did, CELL_MAKER.token_kid)


async def test_an_independent_library_accepts_a_minted_token():
    key = jwt.PyJWK(CELL_MAKER.token_key.public.jwk()).key
    options = {"require": ["iss", "sub", "aud", "exp", "iat", "jti"], "verify_exp": False, "verify_iat": False}
    claims = jwt.decode(await minted(), key, algorithms=["ES256"], audience=CAR_MAKER.did, options=options)
    assert claims == {
        "iss": "did:web:cell.example",
        "sub": "did:web:cell.example",
        "aud": "did:web:car.example",
        "iat": EPOCH_NOW,
        "exp": EPOCH_NOW + 300,
        "jti": "jti-1",
    }


def test_a_token_of_an_independent_library_is_accepted():
    token = jwt.encode(good_claims(), KEY._key, algorithm="ES256", headers={"kid": CELL_MAKER.token_kid})
    assert check(token).issuer == CELL_MAKER.did


async def test_further_claims_travel_along():
    assert check(await minted(extra={"token": "opaque"})).claims["token"] == "opaque"


@pytest.mark.parametrize("claim", ["iss", "sub", "aud", "iat", "nbf", "exp", "jti"])
def test_further_claims_cannot_replace_ours(claim):
    with pytest.raises(LocalError) as refused:
        token_claims(CELL_MAKER.did, CAR_MAKER.did, NOW, "j", extra={claim: "x"})
    assert refused.value.code == "trust-token-claim-ours"


@pytest.mark.parametrize(
    "wrong",
    [
        {"lifetime": timedelta(0)},
        {"lifetime": timedelta(minutes=15, seconds=1)},
        {"jti": ""},
        {"jti": "j" * 257},
    ],
)
def test_a_token_nobody_would_accept_is_not_minted(wrong):
    jti = wrong.pop("jti", "j")
    with pytest.raises(LocalError, match="trust-token-claim-ours"):
        token_claims(CELL_MAKER.did, CAR_MAKER.did, NOW, jti, **wrong)


def test_claims_are_whole_seconds():
    claims = token_claims(
        CELL_MAKER.did, CAR_MAKER.did, NOW + timedelta(microseconds=999_999), "j", lifetime=seconds(60.9)
    )
    assert (claims["iat"], claims["exp"]) == (EPOCH_NOW, EPOCH_NOW + 60)


@pytest.mark.parametrize(
    "accepted",
    [
        {},
        {"aud": [CAR_MAKER.did]},
        {"nbf": EPOCH_NOW},
        {"jti": "j" * 256},
        {"exp": EPOCH_NOW + 0.5, "iat": EPOCH_NOW - 1.25},
        {"unknown": {"a": [1, 2.5]}},
    ],
)
def test_the_forging_kit_makes_good_tokens_when_nothing_is_wrong(accepted):
    assert check(forged(**accepted)).issuer == CELL_MAKER.did


@pytest.mark.parametrize("typ", [..., "JWT", "jwt"])
def test_a_token_has_no_type_or_that_of_a_jwt(typ):
    header = {name: value for name, value in {**good_header(), "typ": typ}.items() if value is not ...}
    assert check(forged(header)).issuer == CELL_MAKER.did


HEADER_ATTACKS = [
    ("algorithm none", {"alg": "none"}, "trust-token-algorithm"),
    ("algorithm HS256", {"alg": "HS256"}, "trust-token-algorithm"),
    ("algorithm ES384", {"alg": "ES384"}, "trust-token-algorithm"),
    ("own key in the header", {"jwk": ATTACKER.token_key.public.jwk()}, "trust-token-header"),
    ("key address in the header", {"jku": "https://attacker.example/"}, "trust-token-header"),
    ("certificate address in the header", {"x5u": "https://attacker.example/"}, "trust-token-header"),
    ("certificate in the header", {"x5c": ["AA"]}, "trust-token-header"),
    ("critical extension", {"crit": ["exp"], "exp": 1}, "trust-token-header"),
    ("signature of an agreement", {"typ": "renkei-agreement+jws"}, "trust-token-type"),
    ("presentation", {"typ": "vp+jwt"}, "trust-token-type"),
    ("key of another DID", {"kid": ATTACKER.token_kid}, "trust-token-kid"),
    ("relative key", {"kid": "#" + CELL_MAKER.token_key.public.thumbprint}, "trust-token-kid"),
    ("bare DID as key", {"kid": CELL_MAKER.did}, "trust-token-kid"),
    ("longer DID as key", {"kid": CELL_MAKER.did + ":unit#k"}, "trust-token-kid"),
    ("unknown key", {"kid": CELL_MAKER.did + "#nobody"}, "trust-token-key-unknown"),
    ("key for assertions", {"kid": CELL_MAKER.assertion_kid}, "trust-token-key-purpose"),
    ("no text as key", {"kid": 5}, "trust-token-malformed"),
]


@pytest.mark.parametrize(
    ("change", "code"), [row[1:] for row in HEADER_ATTACKS], ids=[row[0] for row in HEADER_ATTACKS]
)
@pytest.mark.parametrize(
    "key", [KEY, CELL_MAKER.assertion_key, ATTACKER.token_key], ids=["token", "assertion", "attacker"]
)
def test_a_token_with_a_bad_header_is_refused_whoever_signed(change, code, key):
    assert refusal(forged({**good_header(), **change}, key=key)) == code


def test_an_attacker_cannot_speak_in_a_victims_name():
    # Row 4 of the attack list: signed with the attacker's own, perfectly resolvable key.
    own_kid = {**good_header(), "kid": ATTACKER.token_kid}
    assert refusal(forged(own_kid, key=ATTACKER.token_key), document=ATTACKER.document) == "trust-token-kid"
    assert refusal(forged(key=ATTACKER.token_key)) == "trust-token-signature"
    no_kid = {"alg": "ES256"}
    assert refusal(forged(no_kid, key=ATTACKER.token_key), document=ATTACKER.document) == "trust-token-document"


def test_a_key_for_assertions_does_not_sign_tokens():
    header = {**good_header(), "kid": CELL_MAKER.assertion_kid}
    assert refusal(forged(header, key=CELL_MAKER.assertion_key)) == "trust-token-key-purpose"


def test_a_right_kid_with_another_key_is_refused():
    assert refusal(forged(key=CELL_MAKER.assertion_key)) == "trust-token-signature"


def test_without_a_kid_only_the_single_key_of_a_document_counts():
    token = forged({"alg": "ES256"})
    single = read_document(build_document(CELL_MAKER.did, {KeyPurpose.TOKEN: [KEY.public]}), CELL_MAKER.did)
    assert check(token, document=single).issuer == CELL_MAKER.did
    assert refusal(token) == "trust-token-key-unknown"


def test_a_key_of_a_kind_we_do_not_know_is_refused():
    raw = {
        "id": CELL_MAKER.did,
        "verificationMethod": [{"id": "#k", "publicKeyJwk": {"kty": "OKP", "crv": "Ed25519", "x": "AA"}}],
        "capabilityInvocation": ["#k"],
    }
    header = {**good_header(), "kid": CELL_MAKER.did + "#k"}
    assert refusal(forged(header), document=read_document(raw, CELL_MAKER.did)) == "trust-token-key-refused"


CLAIM_ATTACKS = [
    ("issuer absent", {"iss": ...}, "trust-token-issuer"),
    ("subject absent", {"sub": ...}, "trust-token-issuer"),
    ("both absent", {"iss": ..., "sub": ...}, "trust-token-issuer"),
    ("subject differs", {"sub": ATTACKER.did}, "trust-token-issuer"),
    ("issuer differs", {"iss": ATTACKER.did}, "trust-token-issuer"),
    ("no DID", {"iss": "BPNL00000000000A", "sub": "BPNL00000000000A"}, "trust-token-issuer"),
    ("a list of issuers", {"iss": [CELL_MAKER.did], "sub": [CELL_MAKER.did]}, "trust-token-issuer"),
    ("another DID throughout", {"iss": ATTACKER.did, "sub": ATTACKER.did}, "trust-token-kid"),
    ("audience absent", {"aud": ...}, "trust-token-audience"),
    ("audience null", {"aud": None}, "trust-token-audience"),
    ("for another", {"aud": ATTACKER.did}, "trust-token-audience"),
    ("for two", {"aud": [CAR_MAKER.did, ATTACKER.did]}, "trust-token-audience"),
    ("for nobody", {"aud": []}, "trust-token-audience"),
    ("twice for us", {"aud": [CAR_MAKER.did, CAR_MAKER.did]}, "trust-token-audience"),
    ("audience in a list in a list", {"aud": [[CAR_MAKER.did]]}, "trust-token-audience"),
    ("audience in other letters", {"aud": CAR_MAKER.did.upper()}, "trust-token-audience"),
    ("audience only begins like us", {"aud": CAR_MAKER.did + ":unit"}, "trust-token-audience"),
    ("for its own issuer", {"aud": CELL_MAKER.did}, "trust-token-audience"),
    ("jti absent", {"jti": ...}, "trust-token-claim"),
    ("jti empty", {"jti": ""}, "trust-token-claim"),
    ("jti too long", {"jti": "j" * 257}, "trust-token-claim"),
    ("jti a number", {"jti": 5}, "trust-token-claim"),
    ("jti a lone surrogate", {"jti": "\ud800"}, "trust-token-claim"),
    ("jti with a control character", {"jti": "a\x00b"}, "trust-token-claim"),
    ("exp absent", {"exp": ...}, "trust-token-claim"),
    ("iat absent", {"iat": ...}, "trust-token-claim"),
    ("exp a string", {"exp": str(EPOCH_NOW + 300)}, "trust-token-claim"),
    ("exp a boolean", {"exp": True}, "trust-token-claim"),
    ("exp null", {"exp": None}, "trust-token-claim"),
    ("exp negative", {"exp": -1}, "trust-token-claim"),
    ("exp beyond all calendars", {"exp": 10**30}, "trust-token-claim"),
    ("exp at the calendar's last second", {"exp": 253_402_300_799}, "trust-token-claim"),
    ("exp late in the last year", {"exp": 253_402_200_000}, "trust-token-lifetime"),
    ("iat beyond all calendars", {"iat": 1e300}, "trust-token-claim"),
    ("iat late in the last year", {"iat": 253_402_200_000}, "trust-token-early"),
    ("nbf a string", {"nbf": "now"}, "trust-token-claim"),
    ("nbf null", {"nbf": None}, "trust-token-claim"),
    ("lives 15 minutes and a second", {"exp": EPOCH_NOW + 901}, "trust-token-lifetime"),
    ("lives a day", {"exp": EPOCH_NOW + 86_400}, "trust-token-lifetime"),
    ("dies as it is born", {"exp": EPOCH_NOW}, "trust-token-lifetime"),
    ("dies before it is born", {"exp": EPOCH_NOW - 5}, "trust-token-lifetime"),
    ("issued long ago with a long life", {"iat": EPOCH_NOW - 86_400}, "trust-token-lifetime"),
]


@pytest.mark.parametrize(("change", "code"), [row[1:] for row in CLAIM_ATTACKS], ids=[row[0] for row in CLAIM_ATTACKS])
def test_a_correctly_signed_token_with_a_bad_claim_is_refused(change, code):
    assert refusal(forged(**change)) == code


TIMES = [
    # exp - now, iat - now, nbf - now, code; the leeway is ten seconds
    (300, 0, None, None),
    (900, 0, None, None),
    (-9, -300, None, None),
    (-10, -300, None, "trust-token-expired"),
    (-60, -300, None, "trust-token-expired"),
    (300, 9, None, None),
    (300, 10, None, None),
    (300, 11, None, "trust-token-early"),
    (300, 60, None, "trust-token-early"),
    (300, 0, 10, None),
    (300, 0, 11, "trust-token-early"),
    (300, 0, 60, "trust-token-early"),
    (300, 0, -3600, None),
    (5, -895, None, None),
    (5, -896, None, "trust-token-lifetime"),
    (900, -1, None, "trust-token-lifetime"),
]


@pytest.mark.parametrize(("exp", "iat", "nbf", "code"), TIMES)
def test_a_clock_may_differ_by_ten_seconds_and_no_more(exp, iat, nbf, code):
    starts = {} if nbf is None else {"nbf": EPOCH_NOW + nbf}
    token = forged(exp=EPOCH_NOW + exp, iat=EPOCH_NOW + iat, **starts)
    if code is None:
        assert check(token).issuer == CELL_MAKER.did
    else:
        assert refusal(token) == code


def test_a_token_dies_ten_seconds_after_its_expiry():
    token = forged()
    assert check(token, now=NOW + seconds(309.999)).jti == "3f6c"
    assert refusal(token, now=NOW + seconds(310)) == "trust-token-expired"


def test_a_token_for_another_receiver_is_refused_by_each():
    token = forged()
    for receiver in (ATTACKER.did, CELL_MAKER.did, "did:web:car.example%3A443"):
        assert refusal(token, audience=receiver) == "trust-token-audience"


PAYLOADS = [
    b"",
    b"null",
    b"[]",
    b'"text"',
    b"{",
    b"\xff",
    b"\xef\xbb\xbf{}",
    b'{"iss":"did:web:attacker.example","iss":"did:web:cell.example"}',
    b'{"exp":1e9999999999999999999}',
    b'{"exp":Infinity}',
    b'{"a":' * 20 + b"1" + b"}" * 20,
    b'{"exp":' + b"9" * 5000 + b"}",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_claims_that_are_no_strict_json_object_are_malformed(payload):
    assert refusal(forge(good_header(), payload, KEY)) == "trust-token-malformed"


def test_a_claim_given_twice_is_malformed_even_if_equal():
    body = json.dumps(good_claims())[:-1] + f', "aud": "{CAR_MAKER.did}"}}'
    assert refusal(forge(good_header(), body.encode(), KEY)) == "trust-token-malformed"


def test_a_header_member_given_twice_is_malformed():
    header = json.dumps(good_header())[:-1] + ', "alg": "ES256"}'
    assert refusal(forge(header.encode(), good_claims(), KEY)) == "trust-token-malformed"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda t: "",
        lambda t: t + "=",
        lambda t: t.replace(".", "=.", 1),
        lambda t: t + "\n",
        lambda t: " " + t,
        lambda t: "Bearer " + t,
        lambda t: t.rsplit(".", 1)[0] + ".",
        lambda t: t.rsplit(".", 1)[0],
        lambda t: t + "." + b64(b"x"),
        lambda t: t + "A" * 16_384,
    ],
)
def test_a_token_that_is_not_spelt_as_it_must_be_is_malformed(spoil):
    assert refusal(spoil(forged())) == "trust-token-malformed"


def test_a_zero_signature_is_refused():
    assert refusal(forged().rsplit(".", 1)[0] + "." + b64(bytes(64))) == "trust-token-signature"


GOOD = forged()


@given(st.integers(0, len(GOOD) - 1), st.characters(exclude_categories=[]))
def test_one_changed_character_is_always_refused_with_a_token_problem(position, character):
    changed = GOOD[:position] + character + GOOD[position + 1 :]
    if changed != GOOD:
        assert refusal(changed).startswith("trust-token-")


VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.lists(st.text(max_size=3))
)


@given(st.sampled_from(["iss", "sub", "aud", "exp", "iat", "nbf", "jti"]), VALUES)
def test_any_value_of_any_claim_is_accepted_or_ends_in_a_token_problem(claim, value):
    token = forged(**{claim: value})
    code = code_of(lambda: check(token))
    assert code is None or code.startswith("trust-token-")


@given(st.integers(1, 900), st.integers(-10, 309))
def test_what_is_minted_is_accepted_while_it_lives(lifetime, age):
    import asyncio

    claims = token_claims(CELL_MAKER.did, CAR_MAKER.did, NOW, "j", lifetime=seconds(lifetime))
    token = asyncio.run(mint(claims, KeySigner(CELL_MAKER.token_kid, KEY)))
    now = NOW + seconds(age)
    if age < lifetime + 10:
        assert check(token, now=now).jti == "j"
    else:
        assert refusal(token, now=now) == "trust-token-expired"
