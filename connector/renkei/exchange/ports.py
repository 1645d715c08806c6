"""What the use cases need from outside, as ports: time, ids, identity, the line to a partner, decisions.

Everything that differs between a test, an embedded library and a daemon comes in through one of these.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from renkei.exchange.aliases import Aliases
from renkei.exchange.machine.decoder import Decoder
from renkei.policy.admission import AdmissionRules
from renkei.policy.operands import STANDARD
from renkei.policy.operands.declaration import Registry
from renkei.policy.world import Fact
from renkei.protocol.messages import MessageKind
from renkei.store.port import Replay, Store
from renkei.trust.did import DidDocument
from renkei.trust.keys import Signer
from renkei.wire.dialects import DIALECTS, DSP_2025_1, Dialect, dialect_of
from renkei.wire.versions import VERSION


class Clock(Protocol):
    """The one source of time."""

    def now(self) -> datetime:
        """Now, aware, in UTC."""
        ...


class Ids(Protocol):
    """The one source of names and secrets nobody can guess."""

    def new(self) -> str:
        """A new ``urn:uuid:…``."""
        ...

    def secret(self) -> str:
        """A new unguessable token, at least 256 bits, URL-safe."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """The authenticated sender of one request. ``id`` is its participant id, which need not be a DID.

    ``facts``: what it has proved with this message, by the absolute IRI of the operand they answer (what the register
    says of it is asked for where something is decided); ``replay`` is what must be stored so that the same token is
    never taken twice (``None`` where the trust framework has no such thing); ``version``: the protocol's in which it
    speaks here.
    """

    id: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    replay: Replay | None = None
    version: str = VERSION


class Identity(Protocol):
    """A trust framework: who is calling, and how we show who we are. Self-issued tokens with did:web by default."""

    @property
    def participant(self) -> str:
        """Our own participant id."""
        ...

    async def authenticate(self, message: MessageKind | str, headers: Mapping[str, str]) -> Peer:
        """Whose request this is, checked in full.

        Raises PolicyError with status 401, or PeerError with status 503 when the check cannot be made now.
        """
        ...

    async def authorization(self, message: MessageKind | str, audience: str) -> Mapping[str, str]:
        """The headers that show ``audience`` who we are: minted for one delivery attempt."""
        ...


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one participant, at one moment.

    ``facts`` by the absolute IRI of the operand they answer; ``part_of``: the collections that this participant, and
    any value, lies in; closed (``policy.world.Facts.part_of``).
    """

    facts: Mapping[str, Fact] = field(default_factory=dict)
    part_of: Mapping[str, frozenset[str]] = field(default_factory=dict)


class PartnerFacts(Protocol):
    """What is known of participants, each fact with its source and until when it holds; asked whenever we decide.

    Answers from memory; it is also asked where nobody is authenticated (a data token, a timer).
    """

    async def about(self, participant: str) -> Known:
        """All there is; nothing, where nothing is known."""
        ...


class NothingKnown:
    """The register of who keeps none."""

    async def about(self, participant: str) -> Known:  # noqa: ARG002 - the port's shape
        """Nothing."""
        return Known()


class Admission(Protocol):
    """Who may speak with this connector at all, whatever it is about."""

    async def demand(self, participant: str, shown: Mapping[str, Fact] | None = None) -> None:
        """Go on only with a participant that is admitted. ``shown``: what was verified of it with its message.

        Raises PolicyError ``admission-refused``, which tells the participant nothing of the reasons.
        """
        ...

    async def demand_partner(self, participant: str) -> None:
        """The same before we turn to a participant ourselves. Raises PolicyError ``partner-not-admitted``."""
        ...


class EveryoneAdmitted:
    """No condition beside being who one says."""

    async def demand(self, participant: str, shown: Mapping[str, Fact] | None = None) -> None:
        """Always."""

    async def demand_partner(self, participant: str) -> None:
        """Always."""


class DidResolver(Protocol):
    """From a DID to its document."""

    async def resolve(self, did: str, *, fresh: bool = False) -> DidDocument:
        """The document, from a short-lived cache unless ``fresh``.

        Raises PeerError ``trust-did-unresolvable`` or another ``trust-did-…``.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a partner answered to a request of ours. Header names are lower case."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Any 2xx: partners answer 200 where 201 is due, and without a content type."""
        return 200 <= self.status < 300


class Streamed(Protocol):
    """An answer whose body is read piece by piece."""

    @property
    def status(self) -> int:
        """HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Lower-case names."""
        ...

    def pieces(self) -> AsyncIterator[bytes]:
        """The body, in pieces of bounded size."""
        ...


class Line(Protocol):
    """The guarded way out: bounded, no redirects, and only to addresses that may be called."""

    async def send(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Answered:
        """One request.

        Raises PeerError ``line-unreachable``, ``line-timeout``, ``line-answer-too-large``, or ConfigurationError
        ``line-forbidden-address`` for an address that must not be called.
        """
        ...

    def stream(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> AbstractAsyncContextManager[Streamed]:
        """One request whose answer is streamed; same errors."""
        ...

    def check(self, url: str) -> None:
        """Refuse a URL that we would never call, before anything is stored (``line-forbidden-address``)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """Bytes that were handed over: in memory (``body``) or in a file (``path``), never both; sizes in bytes."""

    media_type: str
    size: int
    digest: str
    body: bytes | None = None
    path: Path | None = None


class DataLine(Protocol):
    """The consumer's end of the data plane."""

    async def pull(self, endpoint: str, authorization: str, into: Path | None = None) -> Received:
        """Get the bytes: streamed into a file with constant memory, or (``into`` is None) into bounded memory.

        Raises PeerError ``data-refused``, ``data-too-large``, or the line's errors; a half-written file is removed.
        """
        ...

    async def push(self, endpoint: str, authorization: str, body: bytes) -> Answered:
        """Post a small JSON document to an endpoint that takes one (a request box)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """Where a participant is reached: its id, the base URL of its endpoints, and the version they speak."""

    id: str
    address: str
    dialect: Dialect = DSP_2025_1


class Directory(Protocol):
    """From a participant's id (or a configured short name) to where it is reached."""

    def identify(self, name: str) -> str:
        """The participant id behind a configured short name, or the id itself.

        Raises ConfigurationError ``partner-unknown`` for a bare word that nobody has configured: most likely a slip.
        """
        ...

    def named(self, name: str) -> str | None:
        """The participant id for which a short name stands; None: for nobody's."""
        ...

    def learn(self, name: str, participant: str, address: str = "") -> None:
        """Make a short name known, and where to reach a participant whose id does not tell."""
        ...

    async def find(self, name: str) -> Partner:
        """The partner.

        Raises ConfigurationError ``partner-unknown`` or PeerError ``wire-no-common-version``, or the line's errors.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Imprint:
    """Who publishes our catalog, in words for people; ``version``: the connector's release."""

    name: str = ""
    title: str = ""
    description: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvals:
    """Where a person must say yes before we bind ourselves.

    ``assets``: dataset ids, ours or a partner's; ``partners``: participant ids; ``*`` in either: all of them.
    ``within``: seconds a person has; what nobody has decided by then is terminated.
    """

    assets: frozenset[str] = frozenset()
    partners: frozenset[str] = frozenset()
    within: float = 7 * 24 * 3600.0

    def need(self, partner: str, dataset: str) -> bool:
        """Whether a contract with this partner over this dataset needs a person's yes."""
        return bool(self.assets & {dataset, "*"} or self.partners & {partner, "*"})


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRules:
    """How what partners have of us is kept current.

    ``automatic``: no person looks first; ``window``: seconds in which changes are gathered before they are told at
    once; ``rounds``: how often in a row a partner's record may be restated because of others' before it is not passed
    on; ``echo``: seconds within which the next one is taken for one in a row.
    """

    automatic: bool = True
    window: float = 1.0
    rounds: int = 100
    echo: float = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What one participant has decided about itself.

    ``address``: our DSP base URL (also our callback address); ``data_address``: where our data plane answers;
    ``unsigned_partners``: with whom unsigned offers and agreements are taken (``*``: anyone); ``purposes``: absolute
    IRIs of what we use partners' data for; ``wait``: seconds a caller waits for a partner's step; ``token_lifetime``:
    seconds a data token lives; ``page``: datasets on one page of our catalog; ``root``: what our well-known documents
    stand below; ``aliases``: other names of participants; ``imprint``: what our catalog says of us;
    ``validity_days``: how long an answer to a request may be used; ``courtesy``: seconds a partner that does not sign
    gets to store its own step before our next message of the process leaves (some answer before they have stored);
    ``answer_pause``: seconds that our answer to such a partner waits (one that looks for work while it stores what was
    answered may send its message twice); ``lull``: seconds that an acknowledged message waits for the partner's next
    one, which settles it without a commit of its own; ``approvals``: where a person decides; ``callback_hosts``: hosts
    that any partner may name as its callback address, beside its own; ``registry``: the left operands that policies may
    ask for; ``admitted``: who may speak with us (``Ports.admission`` decides); ``accepted_duties``: absolute IRIs of
    the actions that an offer may oblige us to without a person's yes; ``reminders``: how many days before the day of a
    request its supplier is reminded; ``updates``: how partners' copies of our records are kept current.
    """

    address: str
    data_address: str
    unsigned_partners: frozenset[str] = frozenset()
    purposes: frozenset[str] = frozenset()
    wait: float = 30.0
    token_lifetime: int = 300
    page: int = 100
    root: str = ""
    aliases: Aliases = field(default_factory=Aliases)
    imprint: Imprint = field(default_factory=Imprint)
    validity_days: int = 365
    courtesy: float = 0.0
    answer_pause: float = 0.0
    lull: float = 0.0
    approvals: Approvals = field(default_factory=Approvals)
    callback_hosts: frozenset[str] = frozenset()
    registry: Registry = STANDARD
    accepted_duties: frozenset[str] = frozenset()
    admitted: AdmissionRules = field(default_factory=AdmissionRules)
    reminders: tuple[int, ...] = (7, 1, 0)
    updates: UpdateRules = field(default_factory=UpdateRules)

    def takes_unsigned(self, partner: str) -> bool:
        """Whether this partner may leave its offers and agreements unsigned."""
        return partner in self.unsigned_partners or "*" in self.unsigned_partners

    def pause_before_answering(self, partner: str) -> float:
        """Seconds that our answer to a message of this partner's waits."""
        return self.answer_pause if self.takes_unsigned(partner) else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """All that the use cases stand on, in one value."""

    store: Store
    clock: Clock
    ids: Ids
    identity: Identity
    line: Line
    data_line: DataLine
    resolver: DidResolver
    signer: Signer
    directory: Directory
    settings: Settings
    register: PartnerFacts = field(default_factory=NothingKnown)
    admission: Admission = field(default_factory=EveryoneAdmitted)
    decoder: Decoder = field(default_factory=Decoder)
    dialects: Sequence[Dialect] = DIALECTS

    def address(self, version: str) -> str:
        """Our base URL in that version: nothing we name leads a partner from one version to another."""
        if version == VERSION:
            return self.settings.address
        return self.settings.address.removesuffix(DSP_2025_1.path) + dialect_of(version, self.dialects).path
