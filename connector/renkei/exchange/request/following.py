"""What follows a request while it waits: reminders, words either way, and how far those are whom we asked for it.

Each request has at most one reminder waiting, on the next of the days that the settings name (so many days before its
day, and on it); it goes when the request is open then, and names the one after it. By hand one more may be sent a day.
The asker's side counts them and stops at a bound; the side that is reminded counts one an hour, whatever comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Final

from renkei.exchange.answer.box_messages import Progress, Reminder
from renkei.exchange.answer.box_messages import Remark as Word
from renkei.exchange.machine.steps import Step
from renkei.exchange.records.requests import Remark, RequestRecord, RequestState
from renkei.exchange.request.request_book import REMIND_TASK, RequestBook, day, row_of
from renkei.exchange.request.request_moves import RequestStep, moved
from renkei.exchange.request.request_problems import NO_BOX, REMARKED, REMINDED
from renkei.kernel.problems import RenkeiError
from renkei.kernel.values import replace
from renkei.store.port import Changes, Delivery, Event

_MOST_REMINDERS: Final = 20
_MOST_REMARKS: Final = 200
_BETWEEN_BY_HAND: Final = timedelta(days=1)
_BETWEEN_COUNTED: Final = timedelta(hours=1)


class Following(RequestBook):
    """One participant's requests while they wait."""

    # --- reminders -------------------------------------------------------------------------------

    async def remind(self, request: str) -> RequestRecord:
        """As asker: remind the supplier now.

        Raises LocalError ``request-closed``, ``request-reminded``, ``request-by-hand``.
        """

        async def decide() -> Step[RequestRecord]:
            record = moved(await self.known(request, incoming=False), RequestStep.REMIND)
            if record.by_hand:
                raise NO_BOX(partner=record.partner)
            last = record.reminded_at
            early = last is not None and self._ports.clock.now() < last + _BETWEEN_BY_HAND
            if early or record.reminded >= _MOST_REMINDERS:
                raise REMINDED(request=request, count=record.reminded, last=last, most=_MOST_REMINDERS)
            record, rows = self._reminded(record)
            event = record.event("reminded", self._ports.clock.now())
            return Step(Changes(records=(record.row(),), deliveries=rows, events=(event,)), record)

        return await self._steps.run(f"request {request}", decide)

    async def reminder_due(self, delivery: Delivery) -> None:
        """The day of a reminder has come: it goes, if the request waits still and has reached the supplier at all."""

        async def decide() -> Step[None]:
            record = await self.by_id(delivery.subject)
            if record.state not in {RequestState.OPEN, RequestState.RETURNED}:
                return Step(Changes(delivered=(delivery.id,)), None)
            rows: Sequence[Delivery] = ()
            events: tuple[Event, ...] = ()
            if record.delivered and record.reminded < _MOST_REMINDERS:
                record, rows = self._reminded(record)
                events = (record.event("reminded", self._ports.clock.now()),)
            following = self._reminding(record)
            # The row of the next reminder has the same id, and takes the place of this one.
            done = () if following else (delivery.id,)
            changes = Changes(records=(record.row(),), deliveries=(*rows, *following), delivered=done, events=events)
            return Step(changes, None)

        await self._steps.run(delivery.subject, decide)

    def _reminded(self, record: RequestRecord) -> tuple[RequestRecord, tuple[Delivery, ...]]:
        note = Reminder(id=self._ports.ids.new(), request=record.request, due=record.due)
        record = replace(record, reminded=record.reminded + 1, reminded_at=self._ports.clock.now())
        return record, (self.noting(record, note),)

    def _reminding(self, record: RequestRecord) -> tuple[Delivery, ...]:
        """The row of the next reminder to come, if there is one."""
        now, due = self._ports.clock.now(), day(record.due)
        if due < now.date():  # whoever asks us may name any day, the very first of the calendar too
            return ()
        days = (due - timedelta(days=before) for before in self._ports.settings.reminders)
        coming = [moment for each in days if (moment := datetime.combine(each, time(), UTC)) > now]
        if not coming:
            return ()
        row = row_of(REMIND_TASK, record)
        return (Delivery(id=row, task=REMIND_TASK, subject=record.id, peer=record.partner, due=min(coming)),)

    def taken_reminder(self, record: RequestRecord) -> Changes:
        """A partner reminds us; more than one an hour is not counted, and nothing is made of it."""
        record, now = moved(record, RequestStep.REMIND), self._ports.clock.now()
        if record.state.final or (record.reminded_at is not None and now < record.reminded_at + _BETWEEN_COUNTED):
            return Changes()
        record = replace(record, reminded=record.reminded + 1, reminded_at=now)
        return Changes(records=(record.row(),), events=(record.event("reminded by partner", now),))

    # --- words -----------------------------------------------------------------------------------

    async def remark(self, request: str, text: str) -> RequestRecord:
        """Write to the other side. Raises LocalError ``request-closed``, ``request-unknown``, ``request-remarks``."""

        async def decide() -> Step[RequestRecord]:
            found = await self.find(request)
            note = Word(id=self._ports.ids.new(), request=request, text=text)
            record = self._remarked(found, text, ours=True)
            event = record.event("remark", self._ports.clock.now())
            sent = () if record.by_hand else (self.noting(record, note),)
            return Step(Changes(records=(record.row(),), deliveries=sent, events=(event,)), record)

        return await self._steps.run(f"request {request}", decide)

    def taken_remark(self, record: RequestRecord, text: str) -> Changes:
        """The partner writes. Raises LocalError ``request-closed``, ``request-remarks``."""
        record = self._remarked(record, text, ours=False)
        return Changes(records=(record.row(),), events=(record.event("remark by partner", self._ports.clock.now()),))

    def _remarked(self, record: RequestRecord, text: str, *, ours: bool) -> RequestRecord:
        record = moved(record, RequestStep.REMARK)
        if len(record.remarks) >= _MOST_REMARKS:
            raise REMARKED(request=record.request, limit=_MOST_REMARKS)
        remark = Remark(ours=ours, text=text, at=self._ports.clock.now())
        return replace(record, remarks=(*record.remarks, remark))

    # --- how far it is ---------------------------------------------------------------------------

    async def progress(self, delivery: Delivery) -> Progress | None:
        """What the asker is told now; None: it is answered or ended, and told by that."""
        record = await self.by_id(delivery.subject)
        if record.state is not RequestState.PREPARING:
            return None
        below = await self.below(record)
        return Progress(
            id=self._ports.ids.new(),
            request=record.request,
            below_open=below.open,
            below_total=below.total,
            below_late=below.late,
        )

    async def reported(self, delivery: Delivery, told: Progress | None) -> None:
        """It has been told; what has changed meanwhile is told again."""

        async def decide() -> Step[None]:
            now = await self.progress(delivery) if told is not None else None
            if now is None or told is None or _counts(now) == _counts(told):
                return Step(Changes(delivered=(delivery.id,)), None)
            return Step(Changes(deliveries=(self.reporting(delivery.subject, delivery.peer),)), None)

        await self._steps.run(delivery.subject, decide)

    async def taken_progress(self, record: RequestRecord, message: Progress) -> Changes:
        """The partner has begun, and tells how far those are whom it asked; our own asker hears of it in turn."""
        record = moved(record, RequestStep.REPORT)
        if record.state.final or record.state is RequestState.READY:
            return Changes()
        record = replace(
            record,
            begun=True,
            below_open=message.below_open,
            below_total=message.below_total,
            below_late=message.below_late,
        )
        events = (record.event("preparing at partner", self._ports.clock.now()),)
        above = await self.by_id(record.cause) if record.cause else None
        waits = above is not None and above.state is RequestState.PREPARING
        deliveries = (self.reporting(above.id, above.partner),) if above is not None and waits else ()
        return Changes(records=(record.row(),), deliveries=deliveries, events=events)

    # --- the row of a word or a reminder ---------------------------------------------------------

    async def noted(self, delivery: Delivery, cause: RenkeiError | None = None) -> None:
        """It has been taken, or was given up: nothing but its history hangs on it."""

        async def decide() -> Step[None]:
            record = await self.by_id(delivery.subject)
            what = "word delivered" if cause is None else f"word not delivered: {cause.code}"
            event = record.event(what, self._ports.clock.now())
            return Step(Changes(delivered=(delivery.id,), events=(event,)), None)

        await self._steps.run(delivery.subject, decide)


def _counts(progress: Progress) -> tuple[int, int, int]:
    return progress.below_open, progress.below_total, progress.below_late
