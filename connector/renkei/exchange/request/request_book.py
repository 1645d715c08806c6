"""The requests that are kept: found by name, by partner and by what caused them, and what each change of one stores."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from renkei.exchange.answer.box_messages import MOST_COUNTED, AnyBoxMessage, Remark, Reminder, write_box_message
from renkei.exchange.machine.steps import Steps
from renkei.exchange.ports import Ports
from renkei.exchange.problems import BAD_BOX_MESSAGE, UNKNOWN_REQUEST
from renkei.exchange.records.requests import RequestRecord, RequestState
from renkei.store.paging import every
from renkei.store.port import Changes, Delivery, Record

BOX_TASK: Final = "box"
PREPARE_TASK: Final = "prepare"
COLLECT_TASK: Final = "collect"
NOTE_TASK: Final = "request-note"
REMIND_TASK: Final = "request-remind"
PROGRESS_TASK: Final = "request-progress"
WAITING: Final = (RequestState.OPEN, RequestState.PREPARING, RequestState.RETURNED)
"""The states in which the one asked still owes an answer."""
_PROGRESS_PAUSE: Final = timedelta(seconds=30)  # suppliers often answer together: the asker is told once
_MOST_CAUSED: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Below:
    """Requests deeper in the chain: how many there are, are open, and are open although their day has passed."""

    open: int
    total: int
    late: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """Requests wanted by one day: how many in all, answered, still open (``late``: past it), ended without an answer.

    ``below_open`` of ``below_total`` hang on them deeper in the chain.
    """

    due: str
    total: int = 0
    answered: int = 0
    open: int = 0
    late: int = 0
    refused: int = 0
    below_open: int = 0
    below_total: int = 0

    def with_one(self, record: RequestRecord, *, late: bool) -> Completeness:
        """With one more."""
        waits, answered = not record.state.final, record.state is RequestState.ANSWERED
        return Completeness(
            due=self.due,
            total=self.total + 1,
            answered=self.answered + answered,
            open=self.open + waits,
            late=self.late + (waits and late),
            refused=self.refused + (not waits and not answered),
            below_open=self.below_open + record.below_open,
            below_total=self.below_total + record.below_total,
        )


class RequestBook:
    """One participant's requests, both asked and received."""

    def __init__(self, ports: Ports, steps: Steps) -> None:
        self._ports = ports
        self._steps = steps

    # --- looking ---------------------------------------------------------------------------------

    async def listed(self, *, incoming: bool) -> list[RequestRecord]:
        """All requests of one direction, newest first."""
        records = [RequestRecord.of(row) async for row in every(self._ports.store, RequestRecord.kind)]
        return sorted(
            (record for record in records if record.incoming is incoming),
            key=lambda record: record.created,
            reverse=True,
        )

    async def inbox(self) -> list[RequestRecord]:
        """What waits for us, of all customers, by the day until which it is wanted."""
        waiting = [record async for record in self._in(WAITING, incoming=True)]
        return sorted(waiting, key=lambda record: (record.due, record.created, record.id))

    async def completeness(self, *, incoming: bool) -> list[Completeness]:
        """How far all requests of one direction are, by the day until which they are wanted: counts, not whose."""
        found: dict[str, Completeness] = {}
        today = self._ports.clock.now().date()
        async for record in self._in(RequestState, incoming=incoming):
            so_far = found.get(record.due) or Completeness(due=record.due)
            found[record.due] = so_far.with_one(record, late=day(record.due) < today)
        return [found[due] for due in sorted(found)]

    async def _in(self, states: Iterable[RequestState], *, incoming: bool) -> AsyncIterator[RequestRecord]:
        for state in states:
            column, _ = RequestRecord.columns(state, incoming=incoming)
            async for row in every(self._ports.store, RequestRecord.kind, state=column):
                yield RequestRecord.of(row)

    async def asked_of(self, partner: str, limit: int) -> list[RequestRecord]:
        """What a partner still owes us, the oldest rows first."""
        rows: list[Record] = []
        for state in (RequestState.OPEN, RequestState.RETURNED):
            column, _ = RequestRecord.columns(state, incoming=False)
            rows += await self._ports.store.find(RequestRecord.kind, peer=partner, state=column, limit=limit)
        return [RequestRecord.of(row) for row in rows]

    async def find(self, request: str) -> RequestRecord:
        """A request by its name, asked or received. Raises LocalError ``request-unknown``."""
        for incoming in (False, True):
            row = await self._ports.store.load(RequestRecord.kind, RequestRecord.key(request, incoming=incoming))
            if row is not None:
                return RequestRecord.of(row)
        raise UNKNOWN_REQUEST(request=request)

    async def below(self, record: RequestRecord) -> Below:
        """Counts of all requests that hang on this one, ours and, as partners told us, deeper ones."""
        return self.counted(await self.caused_by(record))

    def counted(self, asked: Iterable[RequestRecord]) -> Below:
        """Counts of requests and of all that hang on them; what hangs on one that has ended waits for nobody here."""
        opened = total = late = 0
        today = self._ports.clock.now().date()
        for request in asked:
            waiting = not request.state.final
            opened += waiting + request.below_open
            total += 1 + request.below_total
            late += (waiting and day(request.due) < today) + request.below_late
        # One supplier that tells absurd counts must not keep our answer from our customer, whose box has a bound.
        return Below(open=min(opened, MOST_COUNTED), total=min(total, MOST_COUNTED), late=min(late, MOST_COUNTED))

    async def caused_by(self, record: RequestRecord) -> list[RequestRecord]:
        """What we have asked because of an incoming request."""
        rows = await self._ports.store.find(RequestRecord.kind, ref=record.id, limit=_MOST_CAUSED)
        return [RequestRecord.of(row) for row in rows]

    async def known(self, request: str, *, incoming: bool) -> RequestRecord:
        """A request of one direction by its name. Raises LocalError ``request-unknown``."""
        row = await self._ports.store.load(RequestRecord.kind, RequestRecord.key(request, incoming=incoming))
        if row is None:
            raise UNKNOWN_REQUEST(request=request)
        return RequestRecord.of(row)

    async def of_partner(self, partner: str, request: str, *, incoming: bool) -> RequestRecord:
        """A request of this partner's; another partner's does not exist for it."""
        record = await self.known(request, incoming=incoming)
        if record.partner != partner:
            raise UNKNOWN_REQUEST(request=request)
        return record

    async def by_id(self, record_id: str) -> RequestRecord:
        """The request of an errand."""
        row = await self._ports.store.load(RequestRecord.kind, record_id)
        assert row is not None, "an errand's request is stored in the same commit"
        return RequestRecord.of(row)

    # --- what is stored --------------------------------------------------------------------------

    def moved(self, record: RequestRecord, what: str, note: AnyBoxMessage | None) -> Changes:
        """A request's new state, what is sent about it, and a look at the request that waits for it."""
        deliveries = [self.posting(record, note)] if note is not None and not record.by_hand else []
        if record.cause and record.state.final:
            deliveries.append(self.errand(PREPARE_TASK, record, subject=record.cause))
        over = [row_of(task, record) for task in (REMIND_TASK, PROGRESS_TASK) if record.state.final]
        event = record.event(what, self._ports.clock.now())
        return Changes(records=(record.row(),), deliveries=tuple(deliveries), delivered=tuple(over), events=(event,))

    def posting(self, record: RequestRecord, message: AnyBoxMessage) -> Delivery:
        """The row that puts a message into the partner's box."""
        return self.errand(BOX_TASK, record, body=write_box_message(message))

    def noting(self, record: RequestRecord, message: Reminder | Remark) -> Delivery:
        """The row of a message that changes nothing, so that nothing hangs on whether it is taken."""
        return self.errand(NOTE_TASK, record, body=write_box_message(message))

    def reporting(self, record_id: str, partner: str) -> Delivery:
        """The one row that tells the asker how far those are whom we asked; made anew, it waits from then."""
        due = self._ports.clock.now() + _PROGRESS_PAUSE
        row = f"{PROGRESS_TASK}:{record_id}"
        return Delivery(id=row, task=PROGRESS_TASK, subject=record_id, peer=partner, due=due)

    def errand(
        self,
        task: str,
        record: RequestRecord,
        *,
        body: bytes = b"{}",
        subject: str | None = None,
        due: datetime | None = None,
    ) -> Delivery:
        """A row about a request; without ``subject`` about this one, without ``due`` at once."""
        return Delivery(
            id=self._ports.ids.new(),
            task=task,
            subject=subject or record.id,
            peer=record.partner,
            due=due or self._ports.clock.now(),
            body=body,
        )


def row_of(task: str, record: RequestRecord) -> str:
    """The id of a row of which a request has one at most."""
    return f"{task}:{record.id}"


def day(text: str) -> date:
    """A date as boxes take it. Raises PeerError ``request-malformed``."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BAD_BOX_MESSAGE(cause=f"{text} is not a day") from None
