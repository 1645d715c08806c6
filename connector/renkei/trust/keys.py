"""Keys by purpose: P-256 key pairs as JWK and PEM, and the ``Signer`` port behind which a key may live anywhere.

A key is named by its RFC 7638 thumbprint. Signatures are ES256 as in RFC 7518 section 3.4: R and S, 32 bytes each.
They are deterministic (RFC 6979), so that signing has neither randomness nor two answers. Only ``generate`` draws
randomness, and only from ``cryptography``. No file is opened here: PEM goes in and out as bytes.

Raises PeerError ``trust-key-refused`` for a stranger's key, ConfigurationError ``trust-key-unreadable`` for our own.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from renkei.trust.problems import KEY_REFUSED, KEY_UNREADABLE

ES256: Final = "ES256"
SIGNATURE_SIZE: Final = 64
_COORDINATE_SIZE: Final = 32
_VERIFYING: Final = ec.ECDSA(hashes.SHA256())
_SIGNING: Final = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
# RFC 7518 sections 6.2.2, 6.3.2 and 6.4: whoever publishes one of these has lost the key.
_PRIVATE_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class KeyPurpose(Enum):
    """What a key may be used for; the value is the DID document's verification relationship."""

    TOKEN = "capabilityInvocation"  # noqa: S105 - the name of a relationship, not a secret
    ASSERTION = "assertionMethod"
    PRESENTATION = "authentication"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A point on P-256 as a JWK writes it: two base64url coordinates. Made by ``from_jwk`` only from a valid point."""

    x: str
    y: str

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, object]) -> PublicKey:
        """Read a public JWK.

        What must hold:

        1. no private member;
        2. ``kty`` EC and ``crv`` P-256;
        3. ``alg``, ``use`` and ``key_ops``, where given, allow verifying ES256;
        4. ``x`` and ``y`` are 32 bytes each, in the one base64url spelling;
        5. they are a point on the curve.

        Raises PeerError ``trust-key-refused``.
        """
        # 1
        if name := private_member(jwk):
            raise KEY_REFUSED(cause=f"it carries the private member {name}")
        # 2
        if jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":
            raise KEY_REFUSED(cause=f"kty {jwk.get('kty')} and crv {jwk.get('crv')} are not EC and P-256")
        # 3
        operations = jwk.get("key_ops", ["verify"])
        allowed = isinstance(operations, list) and "verify" in operations
        if jwk.get("alg", ES256) != ES256 or jwk.get("use", "sig") != "sig" or not allowed:
            raise KEY_REFUSED(cause="its alg, use or key_ops does not allow verifying ES256")
        # 4
        x, y = jwk.get("x"), jwk.get("y")
        if not isinstance(x, str) or not isinstance(y, str):
            raise KEY_REFUSED(cause="x and y must be strings")
        for name, text in (("x", x), ("y", y)):
            raw = from_base64url(text)
            if raw is None or len(raw) != _COORDINATE_SIZE:
                raise KEY_REFUSED(cause=f"{name} is not 32 bytes of unpadded base64url")
        # 5
        key = cls(x, y)
        _point(key.x, key.y)
        return key

    @property
    def thumbprint(self) -> str:
        """The RFC 7638 SHA-256 thumbprint, unpadded base64url: the fragment of the key's id."""
        members = f'{{"crv":"P-256","kty":"EC","x":"{self.x}","y":"{self.y}"}}'
        return to_base64url(hashlib.sha256(members.encode("ascii")).digest())

    def jwk(self) -> dict[str, object]:
        """The public JWK, with ``kid`` and ``alg``."""
        return {"kty": "EC", "crv": "P-256", "x": self.x, "y": self.y, "alg": ES256, "kid": self.thumbprint}

    def verifies(self, payload: bytes, signature: bytes) -> bool:
        """Whether these 64 bytes are this key's ES256 signature of the payload."""
        if len(signature) != SIGNATURE_SIZE:
            return False
        r = int.from_bytes(signature[:_COORDINATE_SIZE], "big")
        s = int.from_bytes(signature[_COORDINATE_SIZE:], "big")
        if not r or not s:
            return False
        try:
            _point(self.x, self.y).verify(encode_dss_signature(r, s), payload, _VERIFYING)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PrivateKey:
    """A P-256 private key in memory. Shows its thumbprint, never itself."""

    _key: ec.EllipticCurvePrivateKey

    @classmethod
    def from_pem(cls, pem: bytes, passphrase: bytes | None = None) -> PrivateKey:
        """Read a PEM private key. Raises ConfigurationError ``trust-key-unreadable``."""
        try:
            key = serialization.load_pem_private_key(pem, passphrase)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            # The library's own words could quote the file; they are not repeated.
            raise KEY_UNREADABLE(cause="it is no PEM private key, or the passphrase does not fit") from None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise KEY_UNREADABLE(cause="it is not a P-256 key")
        return cls(key)

    def pem(self, passphrase: bytes | None = None) -> bytes:
        """PKCS#8 PEM, encrypted where a passphrase (not empty) is given."""
        if passphrase == b"":
            raise KEY_UNREADABLE(cause="an empty passphrase protects nothing")
        protection = (
            serialization.NoEncryption() if passphrase is None else serialization.BestAvailableEncryption(passphrase)
        )
        return self._key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection)

    @property
    def public(self) -> PublicKey:
        """The public half."""
        numbers = self._key.public_key().public_numbers()
        x, y = (to_base64url(n.to_bytes(_COORDINATE_SIZE, "big")) for n in (numbers.x, numbers.y))
        return PublicKey(x, y)

    def sign(self, payload: bytes) -> bytes:
        """R and S, 64 bytes: the same for the same payload."""
        r, s = decode_dss_signature(self._key.sign(payload, _SIGNING))
        return r.to_bytes(_COORDINATE_SIZE, "big") + s.to_bytes(_COORDINATE_SIZE, "big")

    def __repr__(self) -> str:
        return f"PrivateKey({self.public.thumbprint})"


def generate() -> PrivateKey:
    """Make a new key pair. The one impure place of this package: called where key files are made, nowhere else."""
    return PrivateKey(ec.generate_private_key(ec.SECP256R1()))


class Signer(Protocol):
    """Whatever holds a private key: memory, a key service, a security module. Awaited before the commit."""

    @property
    def kid(self) -> str:
        """The absolute DID URL of the key."""
        ...

    @property
    def algorithm(self) -> str:
        """The JOSE name of the algorithm; ``ES256`` today."""
        ...

    async def sign(self, payload: bytes) -> bytes:
        """The raw signature (R and S, 64 bytes) of a JWS signing input."""
        ...


@dataclass(frozen=True, slots=True)
class KeySigner:
    """A signer whose key is in this process."""

    kid: str
    key: PrivateKey
    algorithm: str = ES256

    async def sign(self, payload: bytes) -> bytes:
        """Sign at once; nothing is awaited."""
        return self.key.sign(payload)


def private_member(jwk: Mapping[str, object]) -> str:
    """The first private member of a JWK, or nothing."""
    return next((name for name in sorted(_PRIVATE_MEMBERS) if name in jwk), "")


def to_base64url(raw: bytes) -> str:
    """Unpadded base64url (RFC 7515 appendix C)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes | None:
    """The bytes, or ``None`` unless ``text`` is their one unpadded base64url spelling.

    The decoder alone skips foreign characters and stray bits; two spellings of one signature would then pass.
    """
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    return raw if to_base64url(raw) == text else None


@lru_cache(maxsize=4096)
def _point(x: str, y: str) -> ec.EllipticCurvePublicKey:
    """The loaded key: finding it again is far cheaper than checking the point again."""
    raw_x, raw_y = from_base64url(x), from_base64url(y)
    if raw_x is None or raw_y is None:
        raise KEY_REFUSED(cause="x or y is not base64url")
    try:
        return ec.EllipticCurvePublicNumbers(
            int.from_bytes(raw_x, "big"), int.from_bytes(raw_y, "big"), ec.SECP256R1()
        ).public_key()
    except ValueError:
        raise KEY_REFUSED(cause="x and y are not a point on P-256") from None
