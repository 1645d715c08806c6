"""What is kept of the protocol's processes: negotiations, what a person decides, agreements, transfers, data tokens."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import ClassVar, Generic, Self, TypeVar

from renkei.exchange.records.kept import Document, Kept
from renkei.kernel.values import replace
from renkei.policy.world import Fact
from renkei.protocol.machine import Process, Role
from renkei.protocol.negotiation import Negotiation, NegotiationState
from renkei.protocol.transfer import Transfer, TransferState
from renkei.wire.versions import VERSION

S = TypeVar("S", bound=Enum)


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
class ProcessRecord(Kept, ABC, Generic[S]):
    """What the two processes of the protocol share; ``id`` is our own pid.

    ``address``: base URL to which our messages go, in ``protocol_version``; ``state``: the one that both sides know;
    ``pending``: the one that our message on its way leads to; ``sending``: the outbox row of that message; ``last``:
    digest of the partner's last message that was taken.
    """

    side: Side
    partner: str
    partner_pid: str | None
    address: str
    protocol_version: str = VERSION
    dataset: str
    state: S
    pending: S | None = None
    sending: str = ""
    last: str = ""
    failure: Failure | None = None
    created: datetime

    @property
    @abstractmethod
    def process(self) -> Process[S]:
        """The protocol's view."""

    def at(self, process: Process[S]) -> Self:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class PastOffer:
    """An offer that another one has replaced on the table, and who had put it there."""

    by: Side
    offer: Document


@dataclass(frozen=True, kw_only=True)
class NegotiationRecord(ProcessRecord[NegotiationState]):
    """One contract negotiation.

    ``offer``: the one on the table, as JSON with its target; ``offer_by``: who put it there; ``bare``: the partner gave
    our offer back without our signature; ``earlier``: the offers before it, oldest first; ``asking``: the outbox row
    that ends a person's time to decide, empty when nobody is asked; ``approved_by``: who has approved the offer on the
    table.
    """

    kind: ClassVar[str] = "negotiation"

    state: NegotiationState = NegotiationState.INITIAL
    offer: Document = field(default_factory=dict)
    offer_by: Side = Side.CONSUMER
    bare: bool = False
    earlier: tuple[PastOffer, ...] = ()
    asking: str = ""
    approved_by: str = ""
    agreement: str | None = None

    def put(self, offer: Document, by: Side) -> Self:
        """The same record with another offer on the table; whoever approved the one before has not approved this."""
        past = (PastOffer(by=self.offer_by, offer=self.offer),) if self.offer else ()
        return replace(self, offer=offer, offer_by=by, earlier=(*self.earlier, *past), approved_by="")

    @property
    def process(self) -> Negotiation:
        """The protocol's view."""
        return Negotiation(self.side.role, self.state, self.pending)


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
class TransferRecord(ProcessRecord[TransferState]):
    """One transfer process.

    ``data_address`` is the EDR as the consumer got it; ``token``: the hash under which the provider knows its token;
    ``for_call``: a call of ours takes its bytes, so it ends with that call or with the process in which it runs;
    ``taken``: what it brought is kept, so that it is complete whatever becomes of that call;
    ``resumed``: as consumer we have started it again, and the provider's new address is awaited; ``facts``: what was
    verified of the consumer when it asked, as far as the agreement asks for it; ``consents``: the names of the consents
    under which it was started, as provider those we demanded, as consumer those we were told.
    """

    kind: ClassVar[str] = "transfer"

    agreement: str
    format: str
    state: TransferState = TransferState.INITIAL
    data_address: Document | None = None
    token: str | None = None
    for_call: bool = False
    taken: bool = False
    resumed: bool = False
    facts: Mapping[str, Fact] = field(default_factory=dict)
    consents: tuple[str, ...] = ()

    @property
    def process(self) -> Transfer:
        """The protocol's view."""
        return Transfer(self.side.role, self.state, self.pending)


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
