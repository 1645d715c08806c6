"""Companies with fixed keys, and the means to write tokens and signatures that the package itself would refuse to make."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import ec

from renkei.kernel.problems import RenkeiError
from renkei.trust.did import DidDocument, build_document, key_id, read_document
from renkei.trust.keys import KeyPurpose, KeySigner, PrivateKey

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
EPOCH_NOW = 1795339800  # date -u -d '2026-11-22T09:30:00Z' +%s


def fixed_key(number: int) -> PrivateKey:
    """The key whose secret scalar is ``number``: the same in every run, and no secret."""
    return PrivateKey(ec.derive_private_key(number, ec.SECP256R1()))


@dataclass(frozen=True)
class Actor:
    did: str
    token_key: PrivateKey
    assertion_key: PrivateKey

    @property
    def raw_document(self) -> dict[str, object]:
        keys = {KeyPurpose.TOKEN: [self.token_key.public], KeyPurpose.ASSERTION: [self.assertion_key.public]}
        return build_document(self.did, keys)

    @property
    def document(self) -> DidDocument:
        return read_document(self.raw_document, self.did)

    @property
    def token_kid(self) -> str:
        return key_id(self.did, self.token_key.public)

    @property
    def assertion_kid(self) -> str:
        return key_id(self.did, self.assertion_key.public)

    @property
    def token_signer(self) -> KeySigner:
        return KeySigner(self.token_kid, self.token_key)

    @property
    def signer(self) -> KeySigner:
        return KeySigner(self.assertion_kid, self.assertion_key)


CELL_MAKER = Actor("did:web:cell.example", fixed_key(101), fixed_key(102))
CAR_MAKER = Actor("did:web:car.example", fixed_key(201), fixed_key(202))
ATTACKER = Actor("did:web:attacker.example", fixed_key(301), fixed_key(302))


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def forge(header: dict[str, object] | bytes, payload: dict[str, object] | bytes, key: PrivateKey) -> str:
    """A correctly signed compact JWS over any header and payload, written with the standard library alone."""
    parts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, payload)]
    signed = ".".join(b64(part) for part in parts)
    return f"{signed}.{b64(key.sign(signed.encode()))}"


def good_header() -> dict[str, object]:
    return {"alg": "ES256", "kid": CELL_MAKER.token_kid, "typ": "JWT"}


def good_claims() -> dict[str, object]:
    return {
        "iss": CELL_MAKER.did,
        "sub": CELL_MAKER.did,
        "aud": CAR_MAKER.did,
        "jti": "3f6c",
        "iat": EPOCH_NOW,
        "exp": EPOCH_NOW + 300,
    }


def code_of(call: Callable[[], object]) -> str | None:
    """The code of the typed error that a call ends in, if any; every other exception passes through."""
    try:
        call()
    except RenkeiError as error:
        return error.code
    return None


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)
