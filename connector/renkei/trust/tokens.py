"""The self-issued ID token that comes with every protocol request: who is speaking, to whom, for how long.

Minting: ``token_claims`` then ``mint``. Checking is split where a network fetch lies between: ``read_token`` tells
whose DID document is needed, ``verify_token`` does the rest. Together they hold, in this order:

1.  at most 16 KiB, a compact JWS in its one spelling, each JSON name once;
2.  ``alg`` ES256, no extension and no key in the header; ``typ`` absent or ``JWT``;
3.  ``iss`` and ``sub`` are one and the same DID;
4.  ``kid``, where given, is a key of that DID: else any DID could sign in any other's name;
5.  ``aud`` is this receiver, alone;
6.  the DID document is the issuer's;
7.  the key named by ``kid`` (without it: the document's only key) is listed under ``capabilityInvocation``;
8.  the signature is that key's;
9.  ``exp`` and ``iat`` are present, ``nbf`` may be; all are numbers of seconds;
10. now is before ``exp`` plus leeway;
11. ``iat`` and ``nbf`` are not after now plus leeway;
12. ``exp`` is after ``iat`` by fifteen minutes at most, which bounds how long a ``jti`` must be remembered;
13. ``jti`` is present and has 1 to 256 printable characters (a lone surrogate would break the store).

That the ``jti`` is new (14) is for the store to decide, in the commit that the request causes, and last, so that
a forged token cannot use up a genuine one's.

Source: DCP 1.0 section 4.3 (self-issued ID tokens), RFC 7519. Raises PolicyError ``trust-token-…`` (status 401).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from renkei.kernel import instants, jcs
from renkei.kernel.problems import Problem, RenkeiError
from renkei.kernel.strict_json import Limits
from renkei.trust import jws, problems
from renkei.trust.did import DidDocument, did_of, is_did, key_for
from renkei.trust.jws import Jws
from renkei.trust.keys import KeyPurpose, Signer

TOKEN_TYPE: Final = "JWT"  # noqa: S105 - a media type, not a secret
LEEWAY: Final = timedelta(seconds=10)
LONGEST_LIFETIME: Final = timedelta(minutes=15)
DEFAULT_LIFETIME: Final = timedelta(minutes=5)
_LIMITS: Final = Limits(size=jws.COMPACT_LIMIT, depth=16, nodes=2_000)
_LONGEST_JTI: Final = 256
_OURS: Final = frozenset({"iss", "sub", "aud", "iat", "nbf", "exp", "jti"})
_LATEST: Final = 253_402_214_400  # 9999-12-31T00:00:00Z, a day before the last that a datetime can hold
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_AS_TOKEN_PROBLEM: Final[Mapping[str, Problem]] = MappingProxyType(
    {
        problems.JWS_ALGORITHM.code: problems.TOKEN_ALGORITHM,
        problems.JWS_HEADER.code: problems.TOKEN_HEADER,
        problems.KEY_UNKNOWN.code: problems.TOKEN_KEY_UNKNOWN,
        problems.KEY_PURPOSE.code: problems.TOKEN_KEY_PURPOSE,
        problems.KEY_REFUSED.code: problems.TOKEN_KEY_REFUSED,
    }
)


@dataclass(frozen=True, slots=True)
class UnverifiedToken:
    """What a token says of itself. Good for finding the issuer's DID document and for nothing else."""

    issuer: str
    kid: str | None
    claims: Mapping[str, object]
    jws: Jws


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """Who speaks. ``jti`` must be remembered with ``issuer`` until ``forget_after``."""

    issuer: str
    jti: str
    expires: datetime
    claims: Mapping[str, object]

    @property
    def forget_after(self) -> datetime:
        """When this token is refused for its age alone."""
        return self.expires + LEEWAY


def token_claims(
    issuer: str,
    audience: str,
    now: datetime,
    jti: str,
    *,
    lifetime: timedelta = DEFAULT_LIFETIME,
    extra: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """The claims of a token from us to one partner, in whole seconds. ``extra`` (DCP's ``token``) cannot replace them.

    Raises LocalError ``trust-token-claim-ours``.
    """
    more = dict(extra or {})
    if clash := sorted(_OURS & more.keys()):
        raise problems.TOKEN_CLAIM_OURS(cause=f"{clash[0]} is set by the token itself")
    if not timedelta(seconds=1) <= lifetime <= LONGEST_LIFETIME:
        raise problems.TOKEN_CLAIM_OURS(cause=f"a lifetime of {lifetime} is out of bounds")
    if not 1 <= len(jti) <= _LONGEST_JTI:
        raise problems.TOKEN_CLAIM_OURS(cause="its jti must have 1 to 256 characters")
    issued = (now - _EPOCH) // timedelta(seconds=1)
    expires = issued + lifetime // timedelta(seconds=1)
    ours = {"iss": issuer, "sub": issuer, "aud": audience, "iat": issued, "exp": expires, "jti": jti}
    return {**ours, **more}


async def mint(claims: Mapping[str, object], signer: Signer) -> str:
    """Sign claims with the key for tokens. Raises LocalError ``trust-signer-broken``, ``json-not-canonical``."""
    signed = jws.signing_input(TOKEN_TYPE, signer.kid, jcs.canonical(dict(claims)))
    return jws.assemble(signed, await jws.signature_by(signer, signed))


def read_token(token: str) -> UnverifiedToken:
    """Steps 1 to 4: whose token this claims to be."""
    try:
        # 1, 2
        read = jws.read(token)
        claims = jws.json_object(read.payload, _LIMITS)
    except RenkeiError as error:
        raise _as_token_problem(error) from error
    # 2
    if read.typ is not None and read.typ.upper() != TOKEN_TYPE:
        raise problems.TOKEN_TYPE(found=read.typ)
    # 3
    issuer = claims.get("iss")
    if not isinstance(issuer, str) or not is_did(issuer) or claims.get("sub") != issuer:
        raise problems.TOKEN_ISSUER(issuer=issuer, subject=claims.get("sub"))
    # 4
    if read.kid is not None and _did_or_nothing(read.kid) != issuer:
        raise problems.TOKEN_KID(kid=read.kid, issuer=issuer)
    return UnverifiedToken(issuer, read.kid, MappingProxyType(claims), read)


def verify_token(token: UnverifiedToken, document: DidDocument, audience: str, now: datetime) -> VerifiedToken:
    """Steps 5 to 13: whether it is really theirs, for us, and now."""
    claims = token.claims
    # 5
    found = claims.get("aud")
    if found not in (audience, [audience]):
        raise problems.TOKEN_AUDIENCE(found=found, expected=audience)
    # 6
    if document.did != token.issuer:
        raise problems.TOKEN_DOCUMENT(found=document.did, issuer=token.issuer)
    try:
        # 7
        key = key_for(document, token.kid, KeyPurpose.TOKEN)
    except RenkeiError as error:
        raise _as_token_problem(error) from error
    # 8
    if not key.verifies(token.jws.signing_input, token.jws.signature):
        raise problems.TOKEN_SIGNATURE(kid=token.kid)
    expires = _check_times(claims, now)
    # 13
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 1 <= len(jti) <= _LONGEST_JTI or not jti.isprintable():
        raise problems.TOKEN_CLAIM(claim="jti", cause="1 to 256 printable characters are expected")
    return VerifiedToken(token.issuer, jti, expires, claims)


def _check_times(claims: Mapping[str, object], now: datetime) -> datetime:
    # 9
    expires, issued = _instant(claims, "exp"), _instant(claims, "iat")
    starts = {"iat": issued} if "nbf" not in claims else {"iat": issued, "nbf": _instant(claims, "nbf")}
    # 10
    if now >= expires + LEEWAY:
        raise problems.TOKEN_EXPIRED(expires=instants.render(expires), now=instants.render(now))
    # 11
    for claim, start in starts.items():
        if start > now + LEEWAY:
            raise problems.TOKEN_EARLY(claim=claim, moment=instants.render(start), now=instants.render(now))
    # 12
    if not timedelta(0) < expires - issued <= LONGEST_LIFETIME:
        seconds = (expires - issued).total_seconds()
        raise problems.TOKEN_LIFETIME(seconds=seconds, limit=LONGEST_LIFETIME.total_seconds())
    return expires


def _instant(claims: Mapping[str, object], name: str) -> datetime:
    """An RFC 7519 NumericDate: seconds since 1970, fractions allowed (cut to whole seconds)."""
    value = claims.get(name)
    # 9: a boolean is an int to Python, and years beyond 9999 are nothing to a datetime
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not 0 <= value < _LATEST:
        raise problems.TOKEN_CLAIM(claim=name, cause="a number of seconds since 1970 is expected")
    return _EPOCH + timedelta(seconds=int(value))


def _did_or_nothing(kid: str) -> str | None:
    try:
        return did_of(kid)
    except RenkeiError:
        return None


def _as_token_problem(error: RenkeiError) -> RenkeiError:
    problem = _AS_TOKEN_PROBLEM.get(error.code, problems.TOKEN_MALFORMED)
    return problem(cause=error)
