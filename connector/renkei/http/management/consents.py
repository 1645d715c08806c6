"""Management of consents (同意): ask for one, look, grant, refuse, withdraw."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

import msgspec

from renkei.exchange.answer.box_messages import Fields, MaybeName, Name, Purposes, Words
from renkei.exchange.records.consents import ConsentRecord, ConsentState
from renkei.exchange.records.requests import RequestKind
from renkei.http.management.operations import Desk, Nothing, Operation, PathValues, operation
from renkei.http.management.paging import Limit
from renkei.http.management.request_views import Direction
from renkei.http.management.views import Page, View

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]


class AskingConsent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom, what for, and about what: a ``dataset``, or the records of one ``kind`` of a ``part``.

    ``purposes``: all primary or all secondary; ``wish``: what the provider is to consider, in our words.
    """

    partner: str
    purposes: Purposes
    dataset: MaybeName = ""
    part: MaybeName = ""
    kind: RequestKind | None = None
    until: Instant | None = None
    wish: Words = ""


class ListingConsents(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``in``: what we are asked for and have given; ``out``: what we asked for and were given; the newest first."""

    direction: Direction = "in"
    state: ConsentState | None = None
    limit: Limit = 100


class Granting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who consents; fewer purposes or fields, or a nearer end, than was asked for, where they are named."""

    by: Name
    purposes: Purposes = ()
    fields: Fields = ()
    until: Instant | None = None
    reason: Words = ""


class Denying(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who says no, or takes a consent back, and what the partner is told."""

    by: Name
    reason: Reason


class ConsentWish(View, frozen=True, kw_only=True):
    """What the user asked for, verbatim."""

    text: str
    purposes: tuple[str, ...]
    until: str


class Consent(View, frozen=True, kw_only=True):
    """A consent; ``direction`` ``in``: ours to give. ``state``: as it stands now, its time included.

    ``fields``: member paths of the record it covers (none: the dataset is no record, and all of it is covered);
    ``request``: the data request whose answer it is; ``by``: who decided (``automatic``: the operator, beforehand);
    ``delivered``: the partner has our last word; ``trouble``: what delivering it ran into.
    """

    consent: str
    direction: Direction
    partner: str
    partner_name: str = ""
    dataset: str
    part: str
    kind: RequestKind | None
    purposes: tuple[str, ...]
    purpose_class: str
    fields: tuple[str, ...]
    wish: ConsentWish
    state: ConsentState
    valid_from: datetime | None
    valid_until: datetime | None
    request: str
    by: str
    at: datetime | None
    reason: str
    delivered: bool
    trouble: str
    created: datetime

    @classmethod
    def of(cls, desk: Desk, record: ConsentRecord) -> Consent:
        """The view of a record, now."""
        return cls(
            consent=record.consent,
            direction="in" if record.incoming else "out",
            partner=record.partner,
            dataset=record.dataset,
            part=record.part,
            kind=record.record_kind,
            purposes=record.purposes,
            purpose_class=record.purpose_class.value,
            fields=record.fields,
            wish=ConsentWish(text=record.wish.text, purposes=record.wish.purposes, until=record.wish.until),
            state=record.standing(desk.participant.ports.clock.now()),
            valid_from=record.valid_from,
            valid_until=record.valid_until,
            request=record.request,
            by=record.by,
            at=record.at,
            reason=record.reason,
            delivered=record.delivered,
            trouble=desk.participant.courier.trouble(record.id),
            created=record.created,
        )


async def ask_consent(desk: Desk, values: PathValues, asked: AskingConsent) -> Consent:
    """Ask a provider; returns as soon as it is stored, the delivery follows."""
    record = await desk.participant.consents.ask(
        asked.partner,
        asked.purposes,
        dataset=asked.dataset,
        part=asked.part,
        kind=asked.kind,
        until=asked.until,
        wish=asked.wish,
    )
    return Consent.of(desk, record)


async def list_consents(desk: Desk, values: PathValues, asked: ListingConsents) -> Page[Consent]:
    """Consents of one direction, of one state or of all."""
    records = await desk.participant.consents.listed(incoming=asked.direction == "in")
    shown = [Consent.of(desk, record) for record in records]
    return Page(items=[one for one in shown if asked.state in {None, one.state}][: asked.limit])


async def show_consent(desk: Desk, values: PathValues, asked: Nothing) -> Consent:
    """One consent."""
    return Consent.of(desk, await desk.participant.consents.find(values["id"]))


async def grant_consent(desk: Desk, values: PathValues, asked: Granting) -> Consent:
    """Consent to what was asked for, or to less."""
    record = await desk.participant.consents.grant(
        values["id"],
        purposes=asked.purposes,
        fields=asked.fields,
        until=asked.until,
        by=asked.by,
        reason=asked.reason,
    )
    return Consent.of(desk, record)


async def refuse_consent(desk: Desk, values: PathValues, asked: Denying) -> Consent:
    """Say no, with a reason."""
    return Consent.of(desk, await desk.participant.consents.refuse(values["id"], asked.reason, by=asked.by))


async def withdraw_consent(desk: Desk, values: PathValues, asked: Denying) -> Consent:
    """Take a consent back; what it carried is suspended."""
    return Consent.of(desk, await desk.participant.consents.withdraw(values["id"], asked.reason, by=asked.by))


OPERATIONS: Final[tuple[Operation, ...]] = (
    operation("POST /consents", "Ask a provider for consent", ask_consent, AskingConsent, Consent, status=201),
    operation("GET /consents", "List consents", list_consents, ListingConsents, Page[Consent]),
    operation("GET /consents/{id}", "Show one consent", show_consent, Nothing, Consent),
    operation("POST /consents/{id}/grant", "Grant a consent", grant_consent, Granting, Consent),
    operation("POST /consents/{id}/refuse", "Refuse a consent", refuse_consent, Denying, Consent),
    operation("POST /consents/{id}/withdraw", "Withdraw a consent", withdraw_consent, Denying, Consent),
)
