"""Management of the way from a partner's catalog to its bytes: catalog, negotiations, agreements, transfers, fetch."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from typing import Annotated, Final

import msgspec

from renkei.exchange.answer.box_messages import Name
from renkei.exchange.fetching import Fetched as FetchedBytes
from renkei.exchange.ports import Received
from renkei.exchange.problems import UNKNOWN_DATASET
from renkei.exchange.records.kept import Document
from renkei.exchange.records.processes import (
    AgreementRecord,
    DecisionRecord,
    DecisionState,
    NegotiationRecord,
    TransferRecord,
)
from renkei.http.management.contract_views import (
    Agreement,
    Decision,
    Negotiation,
    NegotiationDetail,
    PartnerDataset,
    Transfer,
)
from renkei.http.management.operations import Desk, Nothing, Operation, PathValues, operation
from renkei.http.management.paging import Paging, PartnerPaging, Seconds, Waiting, one_of, page_of
from renkei.http.management.problems import BAD_NAME, BAD_POLICY, FILE_EXISTS, NO_DATASET
from renkei.http.management.request_views import Fetched, StoredRecord
from renkei.http.management.views import Page
from renkei.kernel.problems import PeerError, RenkeiError
from renkei.policy.read import read_offer

_LONGEST_NAME: Final = 200


class Browsing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose catalog: a participant id or a configured name.

    ``filter``: what is asked of the partner as it stands; every item must hold. A partner with this connector knows
    ``{"operandLeft": "dct:type", "operator": "=", "operandRight": "…"}`` (also ``in`` with a list, ``like`` with a
    text that ends with ``%``).
    """

    partner: str
    filter: tuple[Document, ...] = ()


class Negotiating(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For which dataset of whom. ``wait``: seconds to wait for the end before answering with what there is."""

    partner: str
    dataset: str
    wait: Seconds = 0.0


class Terminating(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the partner is told."""

    reason: str
    code: str = "terminated-by-operator"


class Offering(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """To whom, and which dataset of ours; ``offer``: other terms than those published, as an ODRL offer."""

    partner: str
    dataset: str
    offer: Document | None = None


class Countering(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The offer to put on the table, as an ODRL offer; its target is the dataset that is negotiated."""

    offer: Document


class Approving(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who says yes; kept with the negotiation."""

    by: Name


class Refusing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who says no, and what the partner is told."""

    by: Name
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]


class NegotiationPaging(PartnerPaging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``pending``: only those about which a person of ours must decide; no ``state`` then."""

    pending: bool = False


class Fetching(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which dataset of whom. ``file``: a name in the folder ``received`` into which the bytes are streamed."""

    partner: str
    dataset: str
    file: str = ""


class DecisionPaging(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page, of which partner, in which state."""

    partner: str | None = None
    state: DecisionState | None = DecisionState.OPEN


class AgreementPaging(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page, of which partner and dataset."""

    partner: str | None = None
    dataset: str | None = None


async def browse_catalog(desk: Desk, values: PathValues, asked: Browsing) -> Page[PartnerDataset]:
    """All a partner shows us, asked now."""
    participant = desk.participant
    partner = await participant.ports.directory.find(asked.partner)
    shown = await participant.catalogs.browse(partner, asked.filter)
    return Page(items=[PartnerDataset.of(dataset) for dataset in shown])


# --- negotiations ------------------------------------------------------------------------------------


async def open_negotiation(desk: Desk, values: PathValues, asked: Negotiating) -> Negotiation:
    """Begin to negotiate for the first offer whose terms permit what we want."""
    participant = desk.participant
    partner = await participant.ports.directory.find(asked.partner)
    pid = await participant.fetching.open(partner, asked.dataset)
    return await _after_waiting(desk, pid, asked.wait)


async def offer_negotiation(desk: Desk, values: PathValues, asked: Offering) -> Negotiation:
    """Offer a contract to a partner that has not asked."""
    participant = desk.participant
    partner = await participant.ports.directory.find(asked.partner)
    try:
        pid = await participant.negotiations.offer(partner, asked.dataset, _checked(asked.offer))
    except PeerError as error:
        if error.problem is not UNKNOWN_DATASET:
            raise
        raise NO_DATASET(dataset=asked.dataset, partner=asked.partner) from error
    return Negotiation.of(await one_of(desk, NegotiationRecord, pid))


async def list_negotiations(desk: Desk, values: PathValues, asked: NegotiationPaging) -> Page[Negotiation]:
    """All contract negotiations, of both roles; or only those that wait for a person."""
    if not asked.pending:
        return await page_of(desk, NegotiationRecord, Negotiation.of, asked, partner=asked.partner, state=asked.state)
    state = DecisionState.OPEN.value
    page = await page_of(desk, DecisionRecord, Decision.of, asked, partner=asked.partner, state=state)
    items = [Negotiation.of(await one_of(desk, NegotiationRecord, one.negotiation)) for one in page.items]
    return Page(items=items, next=page.next)


async def list_decisions(desk: Desk, values: PathValues, asked: DecisionPaging) -> Page[Decision]:
    """What persons are asked, or were."""
    state = None if asked.state is None else asked.state.value
    return await page_of(desk, DecisionRecord, Decision.of, asked, partner=asked.partner, state=state)


async def show_negotiation(desk: Desk, values: PathValues, asked: Waiting) -> Negotiation:
    """One negotiation, now or when it has ended."""
    return await _after_waiting(desk, values["id"], asked.wait)


async def show_offers(desk: Desk, values: PathValues, asked: Nothing) -> NegotiationDetail:
    """One negotiation with every offer made in it."""
    record = await one_of(desk, NegotiationRecord, values["id"])
    return NegotiationDetail.of(record, await desk.participant.negotiations.decision(record.id))


async def counter_negotiation(desk: Desk, values: PathValues, asked: Countering) -> Negotiation:
    """Put another offer on the table."""
    await one_of(desk, NegotiationRecord, values["id"])
    offer = _checked(asked.offer) or {}
    return Negotiation.of(await desk.participant.negotiations.counter(values["id"], offer))


async def accept_negotiation(desk: Desk, values: PathValues, asked: Nothing) -> Negotiation:
    """Accept the provider's offer on the table."""
    await one_of(desk, NegotiationRecord, values["id"])
    return Negotiation.of(await desk.participant.negotiations.accept(values["id"]))


async def approve_negotiation(desk: Desk, values: PathValues, asked: Approving) -> Negotiation:
    """A person says yes to what waits for that."""
    await one_of(desk, NegotiationRecord, values["id"])
    return Negotiation.of(await desk.participant.negotiations.approve(values["id"], asked.by))


async def reject_negotiation(desk: Desk, values: PathValues, asked: Refusing) -> Negotiation:
    """A person says no; the partner is told why."""
    await one_of(desk, NegotiationRecord, values["id"])
    return Negotiation.of(await desk.participant.negotiations.refuse(values["id"], asked.by, asked.reason))


def _checked(offer: Document | None) -> Document | None:
    """An offer that a person wrote, refused here if it could not be sent. Raises ``management-bad-policy``."""
    if offer is None:
        return None
    try:
        read_offer(
            {"@id": "urn:renkei:draft", "@type": "Offer", "target": "urn:renkei:draft", **offer}, in_catalog=False
        )
    except RenkeiError as error:
        raise BAD_POLICY(cause=error.message()) from error
    return {"@id": "urn:renkei:draft", "@type": "Offer", **offer}


async def terminate_negotiation(desk: Desk, values: PathValues, asked: Terminating) -> Negotiation:
    """End a negotiation by hand, and tell the partner."""
    await one_of(desk, NegotiationRecord, values["id"])
    record = await desk.participant.negotiations.terminate(values["id"], asked.code, asked.reason)
    return Negotiation.of(record)


async def _after_waiting(desk: Desk, pid: str, seconds: float) -> Negotiation:
    async def ended() -> NegotiationRecord | None:
        record = await one_of(desk, NegotiationRecord, pid)
        return record if record.process.final else None

    try:
        found = await desk.participant.watch.until(NegotiationRecord.kind, pid, ended, seconds)
    except TimeoutError:
        found = await one_of(desk, NegotiationRecord, pid)
    trouble = desk.participant.courier.trouble(found.id)
    return msgspec.structs.replace(Negotiation.of(found), trouble=trouble)


# --- agreements and transfers ------------------------------------------------------------------------


async def list_agreements(desk: Desk, values: PathValues, asked: AgreementPaging) -> Page[Agreement]:
    """All agreements, of both roles."""
    return await page_of(desk, AgreementRecord, Agreement.of, asked, partner=asked.partner, ref=asked.dataset)


async def show_agreement(desk: Desk, values: PathValues, asked: Nothing) -> Agreement:
    """One agreement with its signed document."""
    return Agreement.of(await one_of(desk, AgreementRecord, values["id"]))


async def renew_agreement(desk: Desk, values: PathValues, asked: Nothing) -> Negotiation:
    """Negotiate anew for the dataset of an agreement; the old one stays as it is."""
    agreement = await one_of(desk, AgreementRecord, values["id"])
    pid = await desk.participant.fetching.renew(agreement)
    return Negotiation.of(await one_of(desk, NegotiationRecord, pid))


async def list_transfers(desk: Desk, values: PathValues, asked: PartnerPaging) -> Page[Transfer]:
    """All transfer processes, of both roles."""
    return await page_of(desk, TransferRecord, Transfer.of, asked, partner=asked.partner, state=asked.state)


async def show_transfer(desk: Desk, values: PathValues, asked: Nothing) -> Transfer:
    """One transfer process."""
    return Transfer.of(await one_of(desk, TransferRecord, values["id"]))


# --- fetch -------------------------------------------------------------------------------------------


async def fetch_dataset(desk: Desk, values: PathValues, asked: Fetching) -> Fetched:
    """The bytes of a dataset, under an agreement (a live one is used again), verified."""
    into = await asyncio.to_thread(_place, desk.folder / "received", asked.file) if asked.file else None
    fetched = await desk.participant.fetching.fetch(asked.partner, asked.dataset, into)
    return _shown(fetched, fetched.received)


def _shown(fetched: FetchedBytes, received: Received) -> Fetched:
    shown = Fetched(
        agreement=fetched.agreement,
        transfer=fetched.transfer,
        media_type=received.media_type,
        size=received.size,
        digest=received.digest,
    )
    if fetched.record is not None:
        return msgspec.structs.replace(shown, record=StoredRecord.of(fetched.record))
    if received.path is not None:
        return msgspec.structs.replace(shown, file=str(received.path))
    body = received.body or b""
    try:
        return msgspec.structs.replace(shown, text=body.decode("utf-8"))
    except UnicodeDecodeError:
        return msgspec.structs.replace(shown, base64=base64.b64encode(body).decode("ascii"))


def _place(folder: Path, name: str) -> Path:
    """Where a file will stand: one plain name in one folder, and never over a file that is there."""
    plain = name.isprintable() and not name.startswith(".") and not set(name) & set('/\\:*?"<>|')
    if not plain or name != name.strip() or len(name.encode()) > _LONGEST_NAME:
        raise BAD_NAME(name=name)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    place = folder / name
    if place.exists() or place.is_symlink():
        raise FILE_EXISTS(name=name)
    return place


OPERATIONS: Final[tuple[Operation, ...]] = (
    operation("POST /catalog", "Show a partner's catalog", browse_catalog, Browsing, Page[PartnerDataset]),
    operation("POST /negotiations", "Negotiate a contract", open_negotiation, Negotiating, Negotiation, status=201),
    operation("GET /negotiations", "List negotiations", list_negotiations, NegotiationPaging, Page[Negotiation]),
    operation("POST /negotiations/offers", "Offer a contract", offer_negotiation, Offering, Negotiation, status=201),
    operation("GET /negotiations/{id}", "Show one negotiation", show_negotiation, Waiting, Negotiation),
    operation("GET /negotiations/{id}/offers", "Show the offers made in one", show_offers, Nothing, NegotiationDetail),
    operation(
        "POST /negotiations/{id}/counter",
        "Put another offer on the table",
        counter_negotiation,
        Countering,
        Negotiation,
    ),
    operation("POST /negotiations/{id}/accept", "Accept the partner's offer", accept_negotiation, Nothing, Negotiation),
    operation("POST /negotiations/{id}/approve", "Say yes as a person", approve_negotiation, Approving, Negotiation),
    operation("POST /negotiations/{id}/reject", "Say no as a person", reject_negotiation, Refusing, Negotiation),
    operation(
        "POST /negotiations/{id}/terminate", "End a negotiation", terminate_negotiation, Terminating, Negotiation
    ),
    operation("GET /decisions", "List what persons must decide", list_decisions, DecisionPaging, Page[Decision]),
    operation("GET /agreements", "List agreements", list_agreements, AgreementPaging, Page[Agreement]),
    operation("GET /agreements/{id}", "Show one agreement", show_agreement, Nothing, Agreement),
    operation("POST /agreements/{id}/renew", "Negotiate anew", renew_agreement, Nothing, Negotiation, status=201),
    operation("GET /transfers", "List transfers", list_transfers, PartnerPaging, Page[Transfer]),
    operation("GET /transfers/{id}", "Show one transfer", show_transfer, Nothing, Transfer),
    operation("POST /fetch", "Fetch a dataset", fetch_dataset, Fetching, Fetched),
)
