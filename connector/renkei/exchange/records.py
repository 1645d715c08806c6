"""What is kept of each process and thing, as typed values, and how they become rows of the store.

A record's body is JSON written from these classes; unknown members of a newer release are an error on purpose (the
schema version guards that). Decoded wire objects (offers, agreements) are kept as the JSON that was signed.
Records have no slots: they are changed often and are few at a time (``kernel.values``).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import cache
from typing import ClassVar, Self, TypeVar, cast

import msgspec

from renkei.kernel.values import replace
from renkei.policy.decision import Fact
from renkei.protocol.machine import Role
from renkei.protocol.negotiation import Negotiation, NegotiationState
from renkei.protocol.transfer import Transfer, TransferState
from renkei.store.port import Record
from renkei.wire.versions import VERSION

Document = dict[str, object]


class Side(Enum):
    """``protocol.machine.Role`` as it is stored."""

    CONSUMER = "consumer"
    PROVIDER = "provider"

    @property
    def role(self) -> Role:
        """The protocol's role."""
        return Role.CONSUMER if self is Side.CONSUMER else Role.PROVIDER


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why something ended or was refused: whose words (``ours`` or the partner's), a code, reasons of any form."""

    ours: bool
    code: str
    reason: tuple[object, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What every kept thing shares; ``version`` is the store's, 0 before the first commit."""

    kind: ClassVar[str]

    id: str
    version: int = 0

    def row(self) -> Record:
        """The store's row for this value."""
        body = msgspec.json.encode(self)
        peer, state, ref = self.keys()
        return Record(kind=self.kind, id=self.id, version=self.version, peer=peer, state=state, ref=ref, body=body)

    def keys(self) -> tuple[str, str, str]:
        """``peer``, ``state`` and ``ref`` columns."""
        return "", "", ""

    @classmethod
    def of(cls, row: Record) -> Self:
        """Read a row back."""
        return replace(cast("Self", _decoder(cast("Hashable", cls)).decode(row.body)), version=row.version)


K = TypeVar("K", bound=Kept)


@cache
def _decoder(kind: Hashable) -> msgspec.json.Decoder[object]:
    return msgspec.json.Decoder(cast("type[object]", kind))


@dataclass(frozen=True, slots=True, kw_only=True)
class PastOffer:
    """An offer that another one has replaced on the table, and who had put it there."""

    by: Side
    offer: Document


@dataclass(frozen=True, kw_only=True)
class NegotiationRecord(Kept):
    """One contract negotiation; ``id`` is our own pid.

    ``address``: base URL to which our messages go, in ``protocol_version``; ``offer``: the one on the table, as
    JSON with its target; ``offer_by``: who put it there; ``bare``: the partner gave our offer back without our
    signature; ``earlier``: the offers before it, oldest first; ``asking``: the outbox row that ends a person's time
    to decide, empty when nobody is asked; ``approved_by``: who has approved the offer on the table; ``sending``:
    the outbox row of the pending move; ``last``: digest of the partner's last message that was taken.
    """

    kind: ClassVar[str] = "negotiation"

    side: Side
    partner: str
    partner_pid: str | None
    address: str
    dataset: str
    state: NegotiationState = NegotiationState.INITIAL
    pending: NegotiationState | None = None
    sending: str = ""
    last: str = ""
    offer: Document = field(default_factory=dict)
    offer_by: Side = Side.CONSUMER
    bare: bool = False
    earlier: tuple[PastOffer, ...] = ()
    asking: str = ""
    approved_by: str = ""
    protocol_version: str = VERSION
    agreement: str | None = None
    failure: Failure | None = None
    created: datetime

    def put(self, offer: Document, by: Side) -> Self:
        """The same record with another offer on the table; whoever approved the one before has not approved this."""
        past = (PastOffer(by=self.offer_by, offer=self.offer),) if self.offer else ()
        return replace(self, offer=offer, offer_by=by, earlier=(*self.earlier, *past), approved_by="")

    @property
    def process(self) -> Negotiation:
        """The protocol's view."""
        return Negotiation(self.side.role, self.state, self.pending)

    def at(self, process: Negotiation) -> Self:
        """The same record after a move."""
        return replace(self, state=process.state, pending=process.pending)

    @property
    def consumer_pid(self) -> str:
        """Empty while the partner has not named its own."""
        return self.id if self.side is Side.CONSUMER else self.partner_pid or ""

    @property
    def provider_pid(self) -> str:
        """Empty while the partner has not named its own."""
        return self.id if self.side is Side.PROVIDER else self.partner_pid or ""

    def keys(self) -> tuple[str, str, str]:
        """Found again by the partner's pid (a repeated opening message)."""
        return self.partner, self.state.value, self.partner_pid or ""


class DecisionState(Enum):
    """VOID: what was asked about has changed or ended before anybody decided."""

    OPEN = "open"
    APPROVED = "approved"
    REFUSED = "refused"
    OVERDUE = "overdue"
    VOID = "void"


@dataclass(frozen=True, kw_only=True)
class DecisionRecord(Kept):
    """What a person is or was asked about a negotiation; ``id`` is the negotiation's.

    ``why`` is a code; ``target``: what follows a yes; ``facts``: what was verified about the partner when it was asked;
    ``by``, ``at``, ``reason``: who decided, when and why.
    """

    kind: ClassVar[str] = "decision"

    partner: str
    dataset: str
    target: NegotiationState
    why: str
    asked: datetime
    deadline: datetime
    facts: Mapping[str, Fact] = field(default_factory=dict)
    state: DecisionState = DecisionState.OPEN
    by: str = ""
    at: datetime | None = None
    reason: str = ""

    def keys(self) -> tuple[str, str, str]:
        """The inbox is those that are open."""
        return self.partner, self.state.value, self.dataset


@dataclass(frozen=True, kw_only=True)
class AgreementRecord(Kept):
    """One agreement, as both sides keep it. ``document`` is the signed JSON; ``signed``: both signatures verified."""

    kind: ClassVar[str] = "agreement"

    side: Side
    partner: str
    dataset: str
    document: Document
    negotiation: str
    signed: bool
    final: bool = False
    did_documents: Mapping[str, Document] = field(default_factory=dict)
    created: datetime

    def keys(self) -> tuple[str, str, str]:
        """Found again by dataset; ``state`` tells our side and whether it is in force."""
        return self.partner, self.state_of(self.side, final=self.final), self.dataset

    @staticmethod
    def state_of(side: Side, *, final: bool) -> str:
        """The state column for a side."""
        return f"{side.value}-{'final' if final else 'open'}"


@dataclass(frozen=True, kw_only=True)
class TransferRecord(Kept):
    """One transfer process; ``id`` is our own pid.

    ``protocol_version``: of the messages at ``address``; ``data_address`` is the EDR as the consumer got it;
    ``token``: the hash under which the provider knows its token; ``sending``: the outbox row of the pending move;
    ``last``: digest of the partner's last message that was taken; ``for_call``: a call of ours takes its bytes, so
    it ends with that call or with the process in which it runs; ``resumed``: as consumer we have started it again,
    and the provider's new address is awaited.
    """

    kind: ClassVar[str] = "transfer"

    side: Side
    partner: str
    partner_pid: str | None
    address: str
    agreement: str
    dataset: str
    format: str
    state: TransferState = TransferState.INITIAL
    pending: TransferState | None = None
    sending: str = ""
    last: str = ""
    data_address: Document | None = None
    token: str | None = None
    for_call: bool = False
    resumed: bool = False
    protocol_version: str = VERSION
    failure: Failure | None = None
    created: datetime

    @property
    def process(self) -> Transfer:
        """The protocol's view."""
        return Transfer(self.side.role, self.state, self.pending)

    def at(self, process: Transfer) -> Self:
        """The same record after a move."""
        return replace(self, state=process.state, pending=process.pending)

    @property
    def consumer_pid(self) -> str:
        """Empty while the partner has not named its own."""
        return self.id if self.side is Side.CONSUMER else self.partner_pid or ""

    @property
    def provider_pid(self) -> str:
        """Empty while the partner has not named its own."""
        return self.id if self.side is Side.PROVIDER else self.partner_pid or ""

    def keys(self) -> tuple[str, str, str]:
        """Found again by the partner's pid (a repeated request)."""
        return self.partner, self.state.value, self.partner_pid or ""


@dataclass(frozen=True, kw_only=True)
class TokenRecord(Kept):
    """A data-plane token the provider gave out; ``id`` is its SHA-256, the token itself is never kept.

    Bound to agreement, transfer, dataset and consumer; ``live`` is false from the moment the transfer pauses or ends.
    """

    kind: ClassVar[str] = "token"

    partner: str
    transfer: str
    agreement: str
    dataset: str
    expires: datetime
    live: bool = True

    def keys(self) -> tuple[str, str, str]:
        """Found again by transfer."""
        return self.partner, "live" if self.live else "dead", self.transfer


class SourceKind(Enum):
    """Where an asset's bytes come from."""

    DOCUMENT = "document"
    FILE = "file"
    REQUEST_BOX = "request-box"
    CALLABLE = "callable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """``place``: a file below the configured folder, the id of a stored document, or a registered callable's name."""

    kind: SourceKind
    place: str = ""
    media_type: str = "application/json"


@dataclass(frozen=True, kw_only=True)
class AssetRecord(Kept):
    """What we own and offer; ``id`` is the dataset's id as partners see it.

    ``access``: the contract definition that tells who may see it; empty: nobody. ``visible_to``: the participant ids
    from which that was made, if it was; ``offer``: the signed offer with its target; ``description``: members of the
    dataset such as ``dct:title``; ``shown``: the dataset as it stands in a catalog, as JSON; ``until``: the last
    instant at which the offer permits anything to anybody, if it has one.
    """

    kind: ClassVar[str] = "asset"

    offer: Document
    source: Source
    access: str = ""
    visible_to: tuple[str, ...] = ()
    description: Document = field(default_factory=dict)
    format: str = "HttpData-PULL"
    shown: str = ""
    until: datetime | None = None
    withdrawn: bool = False

    def keys(self) -> tuple[str, str, str]:
        """Found again by who may see it, as long as it is offered."""
        return ("", "withdrawn", "") if self.withdrawn else ("", "offered", self.access)


@dataclass(frozen=True, kw_only=True)
class ContractDefinitionRecord(Kept):
    """Who may see what is published under it (``access``, an ODRL set) and, if any, under which terms (an offer).

    A changed ``access`` holds at once, for everything under it; changed ``terms`` for what is published from then on,
    since offers are signed once. ``deleted``: there is no such definition any more; its id may be given again.
    """

    kind: ClassVar[str] = "contract-definition"

    access: Document
    terms: Document | None = None
    deleted: bool = False

    def keys(self) -> tuple[str, str, str]:
        """Those that there are have no state."""
        return "", "deleted" if self.deleted else "", ""


@dataclass(frozen=True, kw_only=True)
class DocumentRecord(Kept):
    """A signed document (footprint, due diligence): our own, or received and verified.

    ``partner``: whose it is (ours: our own id); ``part`` and ``document_type`` as found in it; ``signed`` is false only
    for a partner with whom unsigned exchange is configured; ``agreement`` and ``transfer`` under which it came.
    """

    kind: ClassVar[str] = "document"

    partner: str
    part: str
    document_type: str
    document: Document
    signed: bool
    agreement: str = ""
    transfer: str = ""
    did_documents: Mapping[str, Document] = field(default_factory=dict)
    created: datetime

    def keys(self) -> tuple[str, str, str]:
        """Found again by part; ``state`` is the type."""
        return self.partner, self.document_type, self.part


class RequestKind(Enum):
    """What can be asked for."""

    FOOTPRINT = "footprint"
    DUE_DILIGENCE = "due-diligence"


class RequestState(Enum):
    """OPEN: on its way or waiting; PREPARING: we asked our own suppliers; READY: answered, not yet fetched."""

    OPEN = "open"
    PREPARING = "preparing"
    READY = "ready"
    ANSWERED = "answered"
    REJECTED = "rejected"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Nothing may follow."""
        return self in {RequestState.ANSWERED, RequestState.REJECTED, RequestState.CANCELLED}


@dataclass(frozen=True, kw_only=True)
class RequestRecord(Kept):
    """A request (依頼) as either side keeps it; ``id`` is the asker's id for it, prefixed by direction.

    ``incoming``: we were asked. ``cause``: the incoming request that made us ask (our own affair, never sent).
    ``delivered``: the partner's box has taken our last message. ``answers``: kind → dataset id; ``received``: kind →
    document id. ``below``: how many requests deeper in the chain are still open, as the partner counts them.
    """

    kind: ClassVar[str] = "request"

    request: str
    incoming: bool
    partner: str
    part: str
    kinds: tuple[RequestKind, ...]
    due: str
    message: str = ""
    state: RequestState = RequestState.OPEN
    delivered: bool = False
    reason: str = ""
    cause: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    received: Mapping[str, str] = field(default_factory=dict)
    below_open: int = 0
    below_total: int = 0
    created: datetime

    @staticmethod
    def key(request: str, *, incoming: bool) -> str:
        """The record's id: the same company may stand on both ends of one request in tests."""
        return f"{'in' if incoming else 'out'}:{request}"

    def keys(self) -> tuple[str, str, str]:
        """Found again by the request that caused it; where we were asked, by the part.

        The partner chooses the part's name: prefixed, it is never taken for the id of a request.
        """
        return self.partner, *self.columns(self.state, incoming=self.incoming, part=self.part, cause=self.cause)

    @staticmethod
    def columns(state: RequestState, *, incoming: bool, part: str = "", cause: str = "") -> tuple[str, str]:
        """The state and ref columns."""
        return f"{'in' if incoming else 'out'}-{state.value}", f"part:{part}" if incoming else cause


@dataclass(frozen=True, kw_only=True)
class PartRecord(Kept):
    """A part we make: its BOM, our own inventory and due-diligence facts, as the JSON and CSV they came in.

    ``automatic``: a request for it is answered without a hand on it; ``customers``: who may ask (empty: any partner).
    """

    kind: ClassVar[str] = "part"

    bom: str = ""
    inventory: Document = field(default_factory=dict)
    due_diligence: Document = field(default_factory=dict)
    automatic: bool = True
    customers: tuple[str, ...] = ()
