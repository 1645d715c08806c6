"""JSON Web Signatures in compact form (RFC 7515), ES256 only, payload attached (``h.p.s``) or detached (``h..s``).

Reading a JWS proves nothing: ``read`` gives an unverified value, ``verify`` holds it against a key. The key comes
from the signer's DID document, never from the header. What ``read`` demands:

1. at most ``limit`` characters, three segments, the payload present when attached and empty when detached;
2. every segment in its one unpadded base64url spelling;
3. a header that is a JSON object with each name once;
4. ``alg`` ES256;
5. no ``crit`` and no ``b64``: there is no extension that we understand;
6. no key or pointer to a key (``jwk``, ``jku``, ``x5u``, ``x5c``);
7. ``typ`` and ``kid``, where given, are strings;
8. a signature of 64 bytes.

Raises PeerError ``trust-jws-malformed``, ``trust-jws-algorithm``, ``trust-jws-header``, ``trust-jws-signature``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from renkei.kernel import jcs, strict_json
from renkei.kernel.problems import RenkeiError
from renkei.kernel.strict_json import Limits
from renkei.trust.keys import ES256, SIGNATURE_SIZE, PublicKey, Signer, from_base64url, to_base64url
from renkei.trust.problems import JWS_ALGORITHM, JWS_HEADER, JWS_MALFORMED, JWS_SIGNATURE, SIGNER_BROKEN

COMPACT_LIMIT: Final = 16 * 1024
_HEADER_LIMITS: Final = Limits(size=4096, depth=8, nodes=256)
_SEGMENTS: Final = 3
_NOT_TAKEN: Final = ("crit", "b64", "jwk", "jku", "x5u", "x5c")


@dataclass(frozen=True, slots=True)
class Jws:
    """A JWS as it was read: well-formed, not yet verified. ``signing_input`` is what the signature covers."""

    typ: str | None
    kid: str | None
    payload: bytes
    signing_input: bytes
    signature: bytes


def signing_input(typ: str, kid: str, payload: bytes) -> bytes:
    """The bytes to sign: canonical header, dot, payload, both as base64url."""
    return f"{_written_header(typ, kid)}.{to_base64url(payload)}".encode("ascii")


@lru_cache(maxsize=64)
def _written_header(typ: str, kid: str) -> str:
    return to_base64url(jcs.canonical({"alg": ES256, "kid": kid, "typ": typ}))


def assemble(signed: bytes, signature: bytes) -> str:
    """The compact form with its payload (``h.p.s``)."""
    return f"{signed.decode('ascii')}.{to_base64url(signature)}"


def assemble_detached(signed: bytes, signature: bytes) -> str:
    """The compact form without its payload (``h..s``, RFC 7515 appendix F)."""
    header, _, _ = signed.decode("ascii").partition(".")
    return f"{header}..{to_base64url(signature)}"


async def signature_by(signer: Signer, signed: bytes) -> bytes:
    """Await a signer and hold it to its promise. Raises LocalError ``trust-signer-broken``."""
    if signer.algorithm != ES256:
        raise SIGNER_BROKEN(kid=signer.kid, cause=f"algorithm {signer.algorithm}")
    signature = await signer.sign(signed)
    if len(signature) != SIGNATURE_SIZE:
        raise SIGNER_BROKEN(kid=signer.kid, cause=f"{len(signature)} bytes")
    return signature


def read(compact: str, limit: int = COMPACT_LIMIT) -> Jws:
    """Read a JWS that carries its payload."""
    header, payload, signature = _segments(compact, limit)
    raw = _decoded(payload, "payload")
    return _read(header, payload, signature, raw)


def read_detached(compact: str, payload: bytes, limit: int = COMPACT_LIMIT) -> Jws:
    """Read a JWS whose payload is known from elsewhere."""
    header, nothing, signature = _segments(compact, limit)
    # 1
    if nothing:
        raise JWS_MALFORMED(cause="a payload stands where none may be")
    return _read(header, to_base64url(payload), signature, payload)


def verify(jws: Jws, key: PublicKey) -> None:
    """Hold a JWS against a key. Raises PeerError ``trust-jws-signature``."""
    if not key.verifies(jws.signing_input, jws.signature):
        raise JWS_SIGNATURE(kid=jws.kid)


def json_object(raw: bytes, limits: Limits) -> dict[str, object]:
    """A JSON object inside a JWS. Raises PeerError ``trust-jws-malformed``."""
    try:
        return strict_json.loads_object(raw, limits)
    except RenkeiError as error:
        raise JWS_MALFORMED(cause=error) from error


def _segments(compact: str, limit: int) -> list[str]:
    # 1
    if len(compact) > limit:
        raise JWS_MALFORMED(cause=f"it has more than {limit} characters")
    segments = compact.split(".")
    if len(segments) != _SEGMENTS:
        raise JWS_MALFORMED(cause=f"it has {len(segments)} segments, not three")
    return segments


def _decoded(segment: str, name: str) -> bytes:
    # 2
    raw = from_base64url(segment)
    if not raw:
        raise JWS_MALFORMED(cause=f"the {name} is empty or not unpadded base64url")
    return raw


def _read(header: str, payload: str, signature: str, raw: bytes) -> Jws:
    typ, kid = _header(header)
    # 8
    signature_bytes = _decoded(signature, "signature")
    if len(signature_bytes) != SIGNATURE_SIZE:
        raise JWS_MALFORMED(cause=f"the signature has {len(signature_bytes)} bytes, not {SIGNATURE_SIZE}")
    return Jws(typ, kid, raw, f"{header}.{payload}".encode("ascii"), signature_bytes)


@lru_cache(maxsize=1024)
def _header(segment: str) -> tuple[str | None, str | None]:
    """``typ`` and ``kid``. A signer's header is the same on all it signs."""
    # 3
    members = json_object(_decoded(segment, "header"), _HEADER_LIMITS)
    # 4
    if members.get("alg") != ES256:
        raise JWS_ALGORITHM(algorithm=members.get("alg"))
    # 5, 6
    for name in _NOT_TAKEN:
        if name in members:
            raise JWS_HEADER(member=name)
    # 7
    return _text(members, "typ"), _text(members, "kid")


def _text(members: Mapping[str, object], name: str) -> str | None:
    if name not in members:
        return None
    value = members[name]
    if not isinstance(value, str):
        raise JWS_MALFORMED(cause=f"{name} in the header is not a string")
    return value
