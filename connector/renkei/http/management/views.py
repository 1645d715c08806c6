"""What the management API shows of each kept thing: the record, in the words of the design, without our own wiring.

``partner`` is a participant id; ``partner_name`` beside it the short name that the operator has given it, if any.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Generic, Literal, TypeVar

import msgspec

from renkei.exchange.records.assets import AssetRecord, SourceKind
from renkei.exchange.records.kept import Document
from renkei.exchange.records.processes import (
    AgreementRecord,
    DecisionRecord,
    DecisionState,
    Failure,
    NegotiationRecord,
    Side,
    TransferRecord,
)
from renkei.exchange.records.requests import DocumentRecord, PartRecord, RequestKind, RequestRecord, RequestState
from renkei.policy.write import write_offer
from renkei.protocol.catalog import Dataset
from renkei.store.port import Event

V = TypeVar("V")
Direction = Literal["in", "out"]


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What all answers share."""


class Page(View, Generic[V], frozen=True, kw_only=True):
    """Some of many. ``next``: give it as ``after`` to get those that follow; absent on the last page."""

    items: list[V]
    next: str | None = None


class Problem(View, frozen=True, kw_only=True):
    """An error: a stable code, who must act, what happened, what to do next (Japanese if ``Accept-Language: ja``)."""

    code: str
    fault: Literal["local", "peer", "policy", "configuration"]
    message: str
    hint: str


class Asset(View, frozen=True, kw_only=True):
    """What we offer; ``id`` is the dataset's id as partners see it, ``offer`` the signed offer.

    ``definition``: the contract definition that tells who may see it (``anyone``: every participant).
    """

    id: str
    title: str
    source: SourceKind
    place: str
    media_type: str
    definition: str
    visible_to: tuple[str, ...]
    withdrawn: bool
    offer: Document

    @classmethod
    def of(cls, record: AssetRecord) -> Asset:
        """The view of a record."""
        return cls(
            id=record.id,
            title=title_of(record.description),
            source=record.source.kind,
            place=record.source.place,
            media_type=record.source.media_type,
            definition=record.access,
            visible_to=record.visible_to,
            withdrawn=record.withdrawn,
            offer=record.offer,
        )


class PartnerDataset(View, frozen=True, kw_only=True):
    """What a partner shows us."""

    id: str
    title: str
    formats: list[str]
    offers: list[Document]
    description: Document

    @classmethod
    def of(cls, dataset: Dataset) -> PartnerDataset:
        """The view of a decoded dataset."""
        return cls(
            id=dataset.id,
            title=title_of(dataset.extensions),
            formats=[distribution.format for distribution in dataset.distributions],
            offers=[write_offer(offer) for offer in dataset.offers],
            description=dict(dataset.extensions),
        )


class Negotiation(View, frozen=True, kw_only=True):
    """One contract negotiation; ``id`` is our own pid, ``pending`` a state we have announced and nobody confirmed.

    ``offer_by``: who made the offer on the table; ``asking``: a person of ours must decide; ``approved_by``: who has.
    ``trouble``, where one negotiation is shown: what the last try to deliver our message ran into, while it waits.
    """

    id: str
    side: Side
    partner: str
    partner_name: str = ""
    partner_pid: str | None
    dataset: str
    state: str
    pending: str | None
    final: bool
    offer_by: Side
    asking: bool
    approved_by: str
    agreement: str | None
    failure: Failure | None
    trouble: str = ""
    created: datetime

    @classmethod
    def of(cls, record: NegotiationRecord) -> Negotiation:
        """The view of a record."""
        return cls(
            id=record.id,
            side=record.side,
            partner=record.partner,
            partner_pid=record.partner_pid,
            dataset=record.dataset,
            state=record.state.value,
            pending=record.pending.value if record.pending else None,
            final=record.process.final,
            offer_by=record.offer_by,
            asking=bool(record.asking),
            approved_by=record.approved_by,
            agreement=record.agreement,
            failure=record.failure,
            created=record.created,
        )


class OfferMade(View, frozen=True, kw_only=True):
    """One offer of a negotiation, and which side put it on the table."""

    by: Side
    offer: Document


class Decision(View, frozen=True, kw_only=True):
    """What a person is or was asked about a negotiation.

    ``target``: what we do after a yes; ``why``: a code; ``deadline``: without a word until then it is terminated;
    ``by``, ``at`` and ``reason``: who decided, when and why.
    """

    negotiation: str
    partner: str
    partner_name: str = ""
    dataset: str
    target: str
    why: str
    state: DecisionState
    asked: datetime
    deadline: datetime
    by: str
    at: datetime | None
    reason: str

    @classmethod
    def of(cls, record: DecisionRecord) -> Decision:
        """The view of a record."""
        return cls(
            negotiation=record.id,
            partner=record.partner,
            dataset=record.dataset,
            target=record.target.value,
            why=record.why,
            state=record.state,
            asked=record.asked,
            deadline=record.deadline,
            by=record.by,
            at=record.at,
            reason=record.reason,
        )


class NegotiationDetail(View, frozen=True, kw_only=True):
    """One negotiation with every offer made in it, the one on the table last, and what a person was last asked."""

    negotiation: Negotiation
    offers: list[OfferMade]
    decision: Decision | None

    @classmethod
    def of(cls, record: NegotiationRecord, decision: DecisionRecord | None) -> NegotiationDetail:
        """The view of a record."""
        made = [OfferMade(by=past.by, offer=past.offer) for past in record.earlier]
        return cls(
            negotiation=Negotiation.of(record),
            offers=[*made, OfferMade(by=record.offer_by, offer=record.offer)],
            decision=None if decision is None else Decision.of(decision),
        )


class Agreement(View, frozen=True, kw_only=True):
    """One agreement; ``signed``: both signatures were verified; ``in_force``: it is final."""

    id: str
    side: Side
    partner: str
    partner_name: str = ""
    dataset: str
    negotiation: str
    signed: bool
    in_force: bool
    document: Document
    created: datetime

    @classmethod
    def of(cls, record: AgreementRecord) -> Agreement:
        """The view of a record."""
        return cls(
            id=record.id,
            side=record.side,
            partner=record.partner,
            dataset=record.dataset,
            negotiation=record.negotiation,
            signed=record.signed,
            in_force=record.final,
            document=record.document,
            created=record.created,
        )


class Transfer(View, frozen=True, kw_only=True):
    """One transfer process; the token in its data address is nobody's affair and not shown."""

    id: str
    side: Side
    partner: str
    partner_name: str = ""
    partner_pid: str | None
    agreement: str
    dataset: str
    format: str
    state: str
    pending: str | None
    final: bool
    failure: Failure | None
    created: datetime

    @classmethod
    def of(cls, record: TransferRecord) -> Transfer:
        """The view of a record."""
        return cls(
            id=record.id,
            side=record.side,
            partner=record.partner,
            partner_pid=record.partner_pid,
            agreement=record.agreement,
            dataset=record.dataset,
            format=record.format,
            state=record.state.value,
            pending=record.pending.value if record.pending else None,
            final=record.process.final,
            failure=record.failure,
            created=record.created,
        )


class StoredRecord(View, frozen=True, kw_only=True):
    """A signed footprint or due-diligence record, received and verified, or our own; ``id`` is its content's hash."""

    id: str
    partner: str
    partner_name: str = ""
    part: str
    type: str
    signed: bool
    agreement: str
    transfer: str
    document: Document
    created: datetime

    @classmethod
    def of(cls, record: DocumentRecord) -> StoredRecord:
        """The view of a record."""
        return cls(
            id=record.id,
            partner=record.partner,
            part=record.part,
            type=record.document_type,
            signed=record.signed,
            agreement=record.agreement,
            transfer=record.transfer,
            document=record.document,
            created=record.created,
        )


class Fetched(View, frozen=True, kw_only=True):
    """What a fetch brought, and what was checked.

    ``digest`` is over the bytes as they came. A signed record stands in ``record`` (its signature was verified before
    it was stored); a file is named in ``file``; other content is in ``text`` (UTF-8) or ``base64``.
    """

    agreement: str
    transfer: str
    media_type: str
    size: int
    digest: str
    record: StoredRecord | None = None
    file: str | None = None
    text: str | None = None
    base64: str | None = None


class Below(View, frozen=True, kw_only=True):
    """Requests deeper in the chain, as counts."""

    open: int
    total: int


class Request(View, frozen=True, kw_only=True):
    """A request (依頼); ``direction`` ``in``: we were asked. ``cause``: the incoming request that made us ask.

    ``reason``: why it stands as it does, in a code and words where they are ours; ``delivered``: our last word about it
    has reached the partner; while something about it waits to be delivered or fetched, ``trouble``: what the last try
    ran into, and ``next_try``: when the next one is (past: it is under way).
    """

    request: str
    direction: Direction
    partner: str
    partner_name: str = ""
    part: str
    kinds: tuple[RequestKind, ...]
    due: str
    message: str
    state: RequestState
    final: bool
    delivered: bool
    reason: str
    cause: str
    answers: dict[str, str]
    received: dict[str, str]
    below: Below
    trouble: str = ""
    next_try: datetime | None = None
    created: datetime

    @classmethod
    def of(cls, record: RequestRecord, below: Below | None = None) -> Request:
        """The view of a record; ``below`` where it was counted anew, else as the record has it."""
        return cls(
            request=record.request,
            direction="in" if record.incoming else "out",
            partner=record.partner,
            part=record.part,
            kinds=record.kinds,
            due=record.due,
            message=record.message,
            state=record.state,
            final=record.state.final,
            delivered=record.delivered,
            reason=record.reason,
            cause=record.cause.partition(":")[2],
            answers=dict(record.answers),
            received=dict(record.received),
            below=below or Below(open=record.below_open, total=record.below_total),
            created=record.created,
        )


class RequestDetail(View, frozen=True, kw_only=True):
    """One request with the requests it made us send (``asked``) and the records that came for it, by kind."""

    request: Request
    asked: list[Request]
    records: dict[str, StoredRecord]


class Part(View, frozen=True, kw_only=True):
    """A part we make. ``automatic``: its requests are answered without a hand; ``customers``: who may ask (or all).

    ``customer_names``: the same, in the same order, by their short names where they have one.
    """

    id: str
    bom: str | None
    inventory: Document
    due_diligence: Document
    automatic: bool
    customers: tuple[str, ...]
    customer_names: tuple[str, ...] = ()

    @classmethod
    def of(cls, record: PartRecord) -> Part:
        """The view of a record."""
        return cls(
            id=record.id,
            bom=record.bom or None,
            inventory=record.inventory,
            due_diligence=record.due_diligence,
            automatic=record.automatic,
            customers=record.customers,
        )


class HistoryEvent(View, frozen=True, kw_only=True):
    """One line of history; ``kind`` and ``id`` name what it happened to."""

    seq: int
    at: datetime
    kind: str
    id: str
    type: str

    @classmethod
    def of(cls, event: Event) -> HistoryEvent:
        """The view of an event."""
        return cls(seq=event.seq, at=event.at, kind=event.kind, id=event.id, type=event.type)


def named(answer: object, names: Mapping[str, str]) -> object:
    """An answer with the short name of every partner in it that has one; ``names``: by participant id."""
    if isinstance(answer, View):
        found = {field: _named(answer, field, names) for field in answer.__struct_fields__}
        return msgspec.structs.replace(answer, **found)
    if isinstance(answer, list) and answer and isinstance(answer[0], View):
        return [named(item, names) for item in answer]
    if isinstance(answer, dict) and any(isinstance(item, View) for item in answer.values()):
        return {key: named(item, names) for key, item in answer.items()}
    return answer


def _named(view: View, field: str, names: Mapping[str, str]) -> object:
    match field, view:
        case "customer_names", Part():
            return tuple(names.get(customer, customer) for customer in view.customers)
        case "partner_name", _:
            return names.get(str(getattr(view, "partner", "")), "")
        case _:
            return named(getattr(view, field), names)


def title_of(description: Mapping[str, object]) -> str:
    """The title, where there is a plain one."""
    title = description.get("dct:title")
    return title if isinstance(title, str) else ""
