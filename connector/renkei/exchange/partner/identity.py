"""Who is calling, and who we are: self-issued ES256 tokens, checked against the caller's did:web document.

The default of the ``Identity`` port. The numbered checks stand in ``trust.tokens``; what is added here is the
resolution of the DID, one refresh when a key is unknown (it may have been rotated), and the token id that the step
must store so that the token works once, also across restarts.
"""

from __future__ import annotations

from collections.abc import Mapping

from renkei.exchange.ports import Admission, Clock, DidResolver, Identity, Ids, Peer
from renkei.kernel.problems import Fault, Problem, RenkeiError
from renkei.policy.world import Fact
from renkei.protocol.messages import MessageKind
from renkei.store.port import Replay
from renkei.trust.keys import Signer
from renkei.trust.problems import TOKEN_KEY_UNKNOWN
from renkei.trust.tokens import UnverifiedToken, VerifiedToken, mint, read_token, token_claims, verify_token

PARTICIPANT = "https://w3id.org/renkei/v1/participant"
"""The fact that every authenticated peer has: its own id."""


class AdmittedIdentity:
    """An identity whose peers are only those that may speak with us: whoever it is, it is asked for here."""

    def __init__(self, identity: Identity, admission: Admission) -> None:
        self._identity = identity
        self._admission = admission

    @property
    def participant(self) -> str:
        """Our own id."""
        return self._identity.participant

    async def authenticate(self, message: MessageKind | str, headers: Mapping[str, str]) -> Peer:
        """See the Identity port. Raises PolicyError ``admission-refused`` as well."""
        peer = await self._identity.authenticate(message, headers)
        await self._admission.demand(peer.id, peer.facts)
        return peer

    async def authorization(self, message: MessageKind | str, audience: str) -> Mapping[str, str]:
        """See the Identity port."""
        return await self._identity.authorization(message, audience)


NO_TOKEN = Problem(
    code="identity-no-token",
    fault=Fault.POLICY,
    status=401,
    en="The request carries no bearer token.",
    ja="要求にBearerトークンがありません。",
    hint_en="Send `Authorization: Bearer` with a self-issued token.",
    hint_ja="自己発行トークンを `Authorization: Bearer` で送ってください。",
)


class SelfIssuedIdentity:
    """did:web and self-issued tokens (the form of DCP 1.0 section 4.3, without presentations)."""

    def __init__(self, participant: str, signer: Signer, resolver: DidResolver, clock: Clock, ids: Ids) -> None:
        self._participant = participant
        self._signer = signer
        self._resolver = resolver
        self._clock = clock
        self._ids = ids

    @property
    def participant(self) -> str:
        """Our DID."""
        return self._participant

    async def authenticate(self, message: MessageKind | str, headers: Mapping[str, str]) -> Peer:  # noqa: ARG002 - the port's shape
        """Check the bearer token in full; see the Identity port."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise NO_TOKEN()
        unverified = read_token(token.strip())
        verified = await self._verify(unverified)
        return Peer(
            id=verified.issuer,
            facts={PARTICIPANT: Fact(frozenset({verified.issuer}), "self-issued token", verified.expires)},
            replay=Replay(issuer=verified.issuer, jti=verified.jti, expires=verified.forget_after),
        )

    async def _verify(self, token: UnverifiedToken) -> VerifiedToken:
        document = await self._resolver.resolve(token.issuer)
        try:
            return verify_token(token, document, self._participant, self._clock.now())
        except RenkeiError as error:
            if error.problem is not TOKEN_KEY_UNKNOWN:
                raise
        document = await self._resolver.resolve(token.issuer, fresh=True)
        return verify_token(token, document, self._participant, self._clock.now())

    async def authorization(self, message: MessageKind | str, audience: str) -> Mapping[str, str]:  # noqa: ARG002 - the port's shape
        """A fresh token for one try."""
        claims = token_claims(self._participant, audience, self._clock.now(), self._ids.new())
        return {"authorization": f"Bearer {await mint(claims, self._signer)}"}
