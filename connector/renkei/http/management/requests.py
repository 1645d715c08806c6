"""Management of requests (依頼): ask, look, answer, send back, reject, cancel, remind, and wait for the end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final

import msgspec

from renkei.exchange.answer.box_messages import Day, Name, Purposes, Words
from renkei.exchange.records.requests import DocumentRecord, RequestKind, RequestRecord, RequestState
from renkei.exchange.request.request_book import BOX_TASK, COLLECT_TASK
from renkei.http.management.operations import Desk, Nothing, Operation, PathValues, operation
from renkei.http.management.paging import Limit, Waiting, one_of
from renkei.http.management.request_views import Below, Direction, Request, RequestDetail, StoredRecord
from renkei.http.management.views import Page

_MOST_ROWS: Final = 1000
_LINES: Final = frozenset({BOX_TASK, COLLECT_TASK})


class RequestAsking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom, for which part, for what, until which day; ``purposes``: by default what each kind is meant for."""

    partner: str
    part: Name
    kinds: Annotated[tuple[RequestKind, ...], msgspec.Meta(min_length=1, max_length=2)]
    due: Day
    message: Words = ""
    purposes: Purposes = ()


class Listing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``in``: what we were asked; ``out``: what we asked; of one state or of all; the newest first."""

    direction: Direction = "in"
    state: RequestState | None = None
    limit: Limit = 100


class Reason(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the partner is told."""

    reason: Words = ""


class RequestAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``part``: which of ours is meant, where the crosswalk does not tell."""

    part: Annotated[str, msgspec.Meta(max_length=500)] = ""


class Remarking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the other side reads."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]


class Rejecting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the other side is told; a rejection, or an answer sent back, needs it."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]


async def ask_request(desk: Desk, values: PathValues, asked: RequestAsking) -> Request:
    """Ask a supplier; returns as soon as it is stored, the delivery follows."""
    record = await desk.participant.requests.ask(
        asked.partner, asked.part, asked.kinds, asked.due, asked.message, purposes=asked.purposes
    )
    return Request.of(record)


async def list_requests(desk: Desk, values: PathValues, asked: Listing) -> Page[Request]:
    """Requests of one direction."""
    records = await desk.participant.requests.listed(incoming=asked.direction == "in")
    wanted = [record for record in records if asked.state is None or record.state is asked.state]
    tries = await next_tries(desk)
    return Page(items=[standing(desk, record, tries) for record in wanted[: asked.limit]])


async def show_request(desk: Desk, values: PathValues, asked: Waiting) -> RequestDetail:
    """One request with everything that hangs on it, now or when it has ended."""
    requests, watch = desk.participant.requests, desk.participant.watch
    found = await requests.find(values["id"])

    async def ended() -> RequestRecord | None:
        record = await one_of(desk, RequestRecord, found.id)
        return record if record.state.final else None

    try:
        record = await watch.until(RequestRecord.kind, found.id, ended, asked.wait)
    except TimeoutError:
        record = await one_of(desk, RequestRecord, found.id)
    return await _detail(desk, record)


async def _detail(desk: Desk, record: RequestRecord) -> RequestDetail:
    rows = await desk.participant.ports.store.find(RequestRecord.kind, ref=record.id, limit=1000)
    tries = await next_tries(desk)
    caused = [standing(desk, RequestRecord.of(row), tries) for row in rows]
    below = None
    if record.incoming:
        counted = await desk.participant.requests.below(record)
        below = Below(open=counted.open, total=counted.total, late=counted.late)
    records = {
        kind: StoredRecord.of(await one_of(desk, DocumentRecord, document))
        for kind, document in record.received.items()
    }
    shown = standing(desk, record, tries, below)
    return RequestDetail(request=shown, asked=caused, records=records)


async def next_tries(desk: Desk) -> Mapping[str, datetime]:
    """When the outbox tries next, by the record it is about; of a very long outbox, what is due first."""
    rows = await desk.participant.ports.store.deliveries(limit=_MOST_ROWS)
    return {row.subject: row.due for row in reversed(rows) if row.task in _LINES}


def standing(desk: Desk, record: RequestRecord, tries: Mapping[str, datetime], below: Below | None = None) -> Request:
    """A request, and what holds up the delivery that it waits for."""
    trouble = desk.participant.courier.trouble(record.id)
    return msgspec.structs.replace(Request.of(record, below), trouble=trouble, next_try=tries.get(record.id))


async def answer_request(desk: Desk, values: PathValues, asked: RequestAnswer) -> Request:
    """Answer from what has been received; suppliers that are silent become named gaps."""
    return Request.of(await desk.participant.requests.answer(values["id"], asked.part))


async def prepare_request(desk: Desk, values: PathValues, asked: Nothing) -> Request:
    """Ask our own suppliers first; it is answered when they have, or at the date."""
    return Request.of(await desk.participant.requests.prepare(values["id"]))


async def reject_request(desk: Desk, values: PathValues, asked: Rejecting) -> Request:
    """Say no, with a reason."""
    return Request.of(await desk.participant.requests.reject(values["id"], asked.reason))


async def cancel_request(desk: Desk, values: PathValues, asked: Reason) -> Request:
    """Take a request of ours back."""
    return Request.of(await desk.participant.requests.cancel(values["id"], asked.reason))


async def return_request(desk: Desk, values: PathValues, asked: Rejecting) -> Request:
    """Send an answer back (差戻し), with what is wrong with it; the supplier answers again, or rejects."""
    return Request.of(await desk.participant.requests.send_back(values["id"], asked.reason))


async def remind_request(desk: Desk, values: PathValues, asked: Nothing) -> Request:
    """Remind the supplier of a request of ours; at most once a day."""
    return Request.of(await desk.participant.requests.remind(values["id"]))


async def remark_request(desk: Desk, values: PathValues, asked: Remarking) -> Request:
    """Write to the other side of a request."""
    return Request.of(await desk.participant.requests.remark(values["id"], asked.text))


OPERATIONS: Final[tuple[Operation, ...]] = (
    operation("POST /requests", "Ask a supplier for data of a part", ask_request, RequestAsking, Request, status=201),
    operation("GET /requests", "List requests", list_requests, Listing, Page[Request]),
    operation("GET /requests/{id}", "Show one request", show_request, Waiting, RequestDetail),
    operation("POST /requests/{id}/answer", "Answer a request", answer_request, RequestAnswer, Request),
    operation("POST /requests/{id}/prepare", "Ask our suppliers first", prepare_request, Nothing, Request),
    operation("POST /requests/{id}/reject", "Reject a request", reject_request, Rejecting, Request),
    operation("POST /requests/{id}/return", "Send an answer back", return_request, Rejecting, Request),
    operation("POST /requests/{id}/remind", "Remind the supplier", remind_request, Nothing, Request),
    operation("POST /requests/{id}/remark", "Write to the other side", remark_request, Remarking, Request),
    operation("POST /requests/{id}/cancel", "Take a request back", cancel_request, Reason, Request),
)
