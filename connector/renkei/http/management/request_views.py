"""What the management API shows of requests (依頼), the parts they are about, and the records that answer them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from renkei.exchange.records.kept import Document
from renkei.exchange.records.parts import PartRecord
from renkei.exchange.records.requests import DocumentRecord, RequestKind, RequestRecord, RequestState
from renkei.http.management.views import View

Direction = Literal["in", "out"]


class StoredRecord(View, frozen=True, kw_only=True):
    """A signed footprint or due-diligence record, received and verified, or our own; ``id`` is its content's hash.

    ``signed`` is false for what was told outside the protocol; ``taken_from``: the hash of the file that told it;
    ``declared``: the declarations to an authority that are made from it.
    """

    id: str
    partner: str
    partner_name: str = ""
    part: str
    type: str
    signed: bool
    agreement: str
    transfer: str
    taken_from: str = ""
    declared: tuple[str, ...] = ()
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
            taken_from=record.taken_from,
            declared=record.declared,
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
    """Requests deeper in the chain, as counts; ``late``: those of the open ones whose day has passed."""

    open: int
    total: int
    late: int = 0


class Remark(View, frozen=True, kw_only=True):
    """A word about a request; ``ours``: we wrote it."""

    ours: bool
    text: str
    at: datetime


class Request(View, frozen=True, kw_only=True):
    """A request (依頼); ``direction`` ``in``: we were asked. ``cause``: the incoming request that made us ask.

    ``purposes``: what the asker named (none: what each kind is meant for); ``consents``: by kind, the consent that the
    answer is. ``reason``: why it stands as it does, in a code and words where they are ours; ``delivered``: our last
    word about it has reached the partner; while something about it waits to be delivered or fetched, ``trouble``: what
    the last try ran into, and ``next_try``: when the next one is (past: it is under way).

    ``part``: the number that both sides speak of; ``ours``: what we call it; ``answered_as``: the supplier's own number
    where it has told another. ``begun``: the partner prepares an answer; ``complete`` (終端済み): nothing deeper in the
    chain is left to ask. ``reminded``: how often the asker has reminded.
    """

    request: str
    direction: Direction
    partner: str
    partner_name: str = ""
    part: str
    kinds: tuple[RequestKind, ...]
    due: str
    message: str
    purposes: tuple[str, ...]
    state: RequestState
    final: bool
    delivered: bool
    reason: str
    cause: str
    answers: dict[str, str]
    received: dict[str, str]
    consents: dict[str, str]
    below: Below
    ours: str = ""
    answered_as: str = ""
    begun: bool = False
    complete: bool = False
    remarks: tuple[Remark, ...] = ()
    reminded: int = 0
    reminded_at: datetime | None = None
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
            purposes=record.purposes,
            state=record.state,
            final=record.state.final,
            delivered=record.delivered,
            reason=record.reason,
            cause=record.cause.partition(":")[2],
            answers=dict(record.answers),
            received=dict(record.received),
            consents=dict(record.consents),
            below=below or Below(open=record.below_open, total=record.below_total, late=record.below_late),
            ours=record.ours,
            answered_as=record.answered_as,
            begun=record.begun,
            complete=record.complete,
            remarks=tuple(Remark(ours=remark.ours, text=remark.text, at=remark.at) for remark in record.remarks),
            reminded=record.reminded,
            reminded_at=record.reminded_at,
            created=record.created,
        )


class RequestDetail(View, frozen=True, kw_only=True):
    """One request with the requests it made us send (``asked``) and the records that came for it, by kind."""

    request: Request
    asked: list[Request]
    records: dict[str, StoredRecord]


class ListedPart(View, frozen=True, kw_only=True):
    """A part as a search lists it, without its figures. ``parent``: it has components; ``terminated`` (終端)."""

    id: str
    name: str
    support: str
    plant: str
    unit: str
    parent: bool
    terminated: bool

    @classmethod
    def of(cls, record: PartRecord) -> ListedPart:
        """The view of a record."""
        return cls(
            id=record.id,
            name=record.called,
            support=record.support,
            plant=record.plant,
            unit=record.unit,
            parent=record.parent,
            terminated=record.terminated,
        )


class Part(View, frozen=True, kw_only=True):
    """A part we make (部品構成情報), found by ``name`` (部品項目), ``support`` (補助項目) and ``plant`` (事業所).

    ``terminated`` (終端): nothing in it is bought. ``automatic``: its requests are answered without a hand;
    ``customers``: who may ask (or all). ``rules``: its rule set, where it is not the one that is used here;
    ``split``: its records tell own from supplied.
    ``customer_names``: the same, in the same order, by their short names where they have one.
    """

    id: str
    name: str
    support: str
    plant: str
    unit: str
    terminated: bool
    bom: str | None
    inventory: Document
    due_diligence: Document
    automatic: bool
    customers: tuple[str, ...]
    rules: str = ""
    split: bool = False
    terms: str = ""
    customer_names: tuple[str, ...] = ()

    @classmethod
    def of(cls, record: PartRecord) -> Part:
        """The view of a record."""
        return cls(
            id=record.id,
            name=record.name,
            support=record.support,
            plant=record.plant,
            unit=record.unit,
            terminated=record.terminated,
            bom=record.bom or None,
            inventory=record.inventory,
            due_diligence=record.due_diligence,
            automatic=record.automatic,
            customers=record.customers,
            rules=record.rules,
            split=record.split,
            terms=record.terms,
        )
