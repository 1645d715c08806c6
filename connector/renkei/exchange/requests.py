"""Requests (依頼): ask a supplier for data of a part by a date; be asked, ask one's own suppliers, and answer.

A request moves under a contract like everything else: what is sent is put into the partner's request box (a dataset
whose endpoint takes a POST), the answer is a dataset offered to the asker alone, and that it is ready goes into the
asker's box; the asker's own daemon then fetches it. Each of these steps is a row of the outbox, so a crash anywhere is
an ordinary restart:

``box``      put a message into a partner's box
``prepare``  ask our suppliers for what is missing; when all have answered (or the date has come), compute and answer
``collect``  fetch one answer that a partner has announced
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import msgspec

from renkei.battery import Gap
from renkei.exchange.box import (
    BOX_TYPE,
    AnswerReady,
    AnyBoxMessage,
    Cancellation,
    Rejection,
    Request,
    box_of,
    read_box_message,
    write_box_message,
)
from renkei.exchange.catalogs import Catalogs, Publication
from renkei.exchange.endpoint import Reply
from renkei.exchange.parts import TYPES, Parts
from renkei.exchange.ports import Ports
from renkei.exchange.problems import (
    BAD_BOX_MESSAGE,
    BAD_RECORD,
    PAST_DATE,
    REQUEST_CLOSED,
    TOO_MANY_REQUESTS,
    UNKNOWN_REQUEST,
    UNKNOWN_TEMPLATE,
)
from renkei.exchange.reasons import lacks, told, waits
from renkei.exchange.records.assets import AssetRecord, Source, SourceKind
from renkei.exchange.records.requests import DocumentRecord, PartRecord, RequestKind, RequestRecord, RequestState
from renkei.exchange.steps import Step, Steps
from renkei.exchange.transfers import Grant
from renkei.kernel import instants, jcs
from renkei.kernel.problems import RenkeiError
from renkei.kernel.values import replace
from renkei.policy.model import Policy, PolicyKind, Rule
from renkei.policy.templates import instantiate
from renkei.store.port import Answer, Changes, Delivery, Event

_log = logging.getLogger(__name__)
BOX_TASK: Final = "box"
PREPARE_TASK: Final = "prepare"
COLLECT_TASK: Final = "collect"
_MOST_FOR_A_PART: Final = 100
_TEMPLATE: Final = {
    RequestKind.FOOTPRINT: "footprint-to-customer",
    RequestKind.DUE_DILIGENCE: "due-diligence-report",
}
_RECORD_TYPE: Final = {
    RequestKind.FOOTPRINT: "https://w3id.org/renkei/v1/FootprintRecord",
    RequestKind.DUE_DILIGENCE: "https://w3id.org/renkei/v1/DueDiligenceRecord",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Collecting:
    """The body of a ``collect`` row."""

    kind: RequestKind
    dataset: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Below:
    """Requests deeper in the chain: how many there are, and how many are open."""

    open: int
    total: int


class Requests:
    """One participant's requests, both asked and received."""

    def __init__(
        self,
        ports: Ports,
        steps: Steps,
        *,
        catalogs: Catalogs,
        parts: Parts,
        templates: dict[str, object],
    ) -> None:
        self._ports = ports
        self._steps = steps
        self._catalogs = catalogs
        self._parts = parts
        self._templates = templates

    async def offer_box(self) -> None:
        """Offer our request box, once."""
        us = self._ports.identity.participant
        if await self._catalogs.kept(box_of(us)) is not None:
            return
        policy = Policy(id=box_of(us), kind=PolicyKind.SET, permission=(Rule(action="use"),))
        await self._catalogs.publish(
            Publication(
                dataset=box_of(us),
                policy=policy,
                source=Source(kind=SourceKind.REQUEST_BOX),
                dataset_type=BOX_TYPE,
                description={"dct:title": "Request box"},
            )
        )

    # --- asking ----------------------------------------------------------------------------------

    async def ask(
        self, partner: str, part: str, kinds: Sequence[RequestKind], due: str, message: str = "", cause: str = ""
    ) -> RequestRecord:
        """Ask a partner (an id or a configured name); returns as soon as it is stored.

        Raises PeerError ``request-malformed`` for what no box would take (kinds, date, lengths), ConfigurationError
        ``partner-unknown``, LocalError ``request-date-past``.
        """
        if _day(due) < self._ports.clock.now().date():
            raise PAST_DATE(due=due)
        record, delivery = self._asking(self._ports.directory.identify(partner), part, kinds, due, message, cause)

        async def decide() -> Step[RequestRecord]:
            event = self._event(record, "asked")
            return Step(Changes(records=(record.row(),), deliveries=(delivery,), events=(event,)), record)

        return await self._steps.run(f"request {record.request}", decide)

    def _asking(
        self, partner: str, part: str, kinds: Sequence[RequestKind], due: str, message: str, cause: str
    ) -> tuple[RequestRecord, Delivery]:
        name = self._ports.ids.new()
        request = Request(
            id=self._ports.ids.new(),
            request=name,
            part=part,
            kinds=tuple(dict.fromkeys(kinds)),
            due=due,
            message=message,
        )
        read_box_message(write_box_message(request))
        _day(due)
        record = RequestRecord(
            id=RequestRecord.key(name, incoming=False),
            request=name,
            incoming=False,
            partner=partner,
            part=part,
            kinds=request.kinds,
            due=due,
            message=message,
            cause=cause,
            created=self._ports.clock.now(),
        )
        return record, self._posting(record, request)

    async def cancel(self, request: str, reason: str = "") -> RequestRecord:
        """As asker: take a request back."""

        async def decide() -> Step[RequestRecord]:
            record = self._open(await self._known(request, incoming=False), "cancel")
            record = replace(record, state=RequestState.CANCELLED, reason=reason, delivered=False)
            note = Cancellation(id=self._ports.ids.new(), request=request, reason=reason)
            return Step(self._moved(record, "cancelled", note), record)

        return await self._steps.run(f"request {request}", decide)

    # --- being asked -----------------------------------------------------------------------------

    async def reject(self, request: str, reason: str) -> RequestRecord:
        """As supplier: say no, with a reason."""

        async def decide() -> Step[RequestRecord]:
            record = self._open(await self._known(request, incoming=True), "reject")
            record = replace(record, state=RequestState.REJECTED, reason=reason, delivered=False)
            note = Rejection(id=self._ports.ids.new(), request=request, reason=reason)
            return Step(self._moved(record, "rejected", note), record)

        return await self._steps.run(f"request {request}", decide)

    async def prepare(self, request: str) -> RequestRecord:
        """As supplier: ask our own suppliers for what this request needs; answered when they have (or at the date)."""

        async def decide() -> Step[RequestRecord]:
            record = self._open(await self._known(request, incoming=True), "prepare")
            part = await self._parts.known(record.part)
            changes, record = await self._asking_below(record, part)
            return Step(changes, record)

        return await self._steps.run(f"request {request}", decide)

    async def answer(self, request: str) -> RequestRecord:
        """As supplier: compute from what has been received, offer it to the asker alone, and tell the asker.

        Suppliers that have not answered are named gaps in our own calculation and counted in what we hand on.
        Raises LocalError ``part-unknown``, ``request-closed``; ConfigurationError ``battery-…``.
        """

        async def decide() -> Step[RequestRecord]:
            record = self._open(await self._known(request, incoming=True), "answer")
            changes, record = await self._answering(record, await self._parts.known(record.part))
            return Step(changes, record)

        return await self._steps.run(f"request {request}", decide)

    async def _asking_below(self, record: RequestRecord, part: PartRecord) -> tuple[Changes, RequestRecord]:
        record = replace(record, state=RequestState.PREPARING, reason="")
        rows, deliveries = [record.row()], []
        for supply in await self._parts.supplies(part):
            asked, delivery = self._asking(supply.supplier, supply.component, record.kinds, record.due, "", record.id)
            rows.append(asked.row())
            deliveries.append(delivery)
        # At the date the answer goes out with what there is: a supplier that is silent becomes a gap.
        at_due = datetime.combine(_day(record.due), time.max, UTC)
        deliveries.append(self._errand(PREPARE_TASK, record, due=at_due if len(rows) > 1 else None))
        event = self._event(record, f"asked {len(rows) - 1} suppliers")
        return Changes(records=tuple(rows), deliveries=tuple(deliveries), events=(event,)), record

    async def _answering(self, record: RequestRecord, part: PartRecord) -> tuple[Changes, RequestRecord]:
        documents: dict[str, DocumentRecord] = {}
        assets: dict[RequestKind, AssetRecord] = {}
        gaps: list[Gap] = []
        for kind in record.kinds:
            document, missing = await self._parts.drawn(part, kind)
            gaps += missing
            documents[document.id] = document
            assets[kind] = await self._catalogs.prepare(self._publication(record, kind, document))
        below = await self.below(record)
        lack = lacks(gaps, await self._caused_by(record), self._ports.identity.participant)
        if lack is not None:
            _log.warning(
                "an answer lacks something",
                extra={
                    "code": lack.code,
                    "request": record.request,
                    "partner": record.partner,
                    "cause": lack.message(),
                },
            )
        record = replace(
            record,
            state=RequestState.ANSWERED,
            reason="" if lack is None else told(lack),
            answers={kind.value: asset.id for kind, asset in assets.items()},
            below_open=below.open,
            below_total=below.total,
            delivered=False,
        )
        note = AnswerReady(
            id=self._ports.ids.new(),
            request=record.request,
            answers={kind: asset.id for kind, asset in assets.items()},
            below_open=below.open,
            below_total=below.total,
        )
        rows = [document.row() for document in documents.values() if document.version == 0]
        moved = self._moved(record, "answered", note)
        return replace(moved, records=(*moved.records, *rows, *(asset.row() for asset in assets.values()))), record

    def _publication(self, record: RequestRecord, kind: RequestKind, document: DocumentRecord) -> Publication:
        name = _TEMPLATE[kind]
        if name not in self._templates:
            raise UNKNOWN_TEMPLATE(template=name, known=", ".join(sorted(self._templates)))
        until = self._ports.clock.now() + timedelta(days=self._ports.settings.validity_days)
        values = {"customer": record.partner, "until": instants.render(until.replace(microsecond=0))}
        dataset = self._ports.ids.new()
        return Publication(
            dataset=dataset,
            policy=instantiate(self._templates[name], values, policy_id=dataset),
            source=Source(kind=SourceKind.DOCUMENT, place=document.id),
            visible_to=(record.partner,),
            dataset_type=_RECORD_TYPE[kind],
            description={"dct:title": f"{document.document_type} of {record.part}"},
        )

    # --- the box ---------------------------------------------------------------------------------

    async def receive(self, grant: Grant, body: bytes) -> Reply:
        """A message in our box, under an agreement on it. A repeat gets the stored answer."""
        partner = grant.agreement.partner
        message = read_box_message(body)
        key = f"box:{partner}:{jcs.digest(body)}"

        async def decide() -> Step[None]:
            if await self._ports.store.answer(key) is not None:
                return Step(None, None)
            changes = await self._take(partner, message)
            return Step(replace(changes, answers=(Answer(key=key, status=200, body=b"{}"),)), None)

        _, scheduled = await self._steps.run_held(f"request {message.request}", decide)
        return Reply(status=200, body=b"{}", on_wire=lambda: self._steps.release(scheduled))

    async def _take(self, partner: str, message: AnyBoxMessage) -> Changes:
        match message:
            case Request():
                return await self._take_request(partner, message)
            case AnswerReady():
                return await self._take_ready(await self._of(partner, message.request, incoming=False), message)
            case Rejection():
                record = self._open(await self._of(partner, message.request, incoming=False), "reject")
                record = replace(record, state=RequestState.REJECTED, reason=message.reason)
                return self._moved(record, "rejected by partner", None)
            case Cancellation():
                # The asker's word is the last one: an answer or a rejection that crosses it was never taken.
                record = await self._of(partner, message.request, incoming=True)
                if record.state is RequestState.CANCELLED:
                    raise REQUEST_CLOSED(request=record.request, state=record.state.value, step="cancel")
                record = replace(record, state=RequestState.CANCELLED, reason=message.reason)
                return self._moved(record, "cancelled by partner", None)

    async def _take_request(self, partner: str, message: Request) -> Changes:
        key = RequestRecord.key(message.request, incoming=True)
        if await self._ports.store.load(RequestRecord.kind, key) is not None:
            raise BAD_BOX_MESSAGE(cause=f"the request {message.request} is here already")
        _day(message.due)
        await self._demand_few(partner, message.part)
        hand = waits(await self._parts.kept(message.part), message.part, partner)
        record = RequestRecord(
            id=key,
            request=message.request,
            incoming=True,
            partner=partner,
            part=message.part,
            kinds=message.kinds,
            due=message.due,
            message=message.message,
            delivered=True,
            reason="" if hand is None else told(hand),
            created=self._ports.clock.now(),
        )
        events = [self._event(record, "received")]
        if hand is None:
            return Changes(
                records=(record.row(),), deliveries=(self._errand(PREPARE_TASK, record),), events=tuple(events)
            )
        _log.warning(
            "a request waits for a person",
            extra={"code": hand.code, "request": record.request, "partner": partner, "cause": hand.message()},
        )
        events.append(self._event(record, f"waits for a person: {hand.code}"))
        return Changes(records=(record.row(),), events=tuple(events))

    async def _demand_few(self, partner: str, part: str) -> None:
        """Companies that supply each other would ask each other without end: at some depth a gap is the answer.

        Raises PeerError ``request-too-many``.
        """
        opened = 0
        for state in (RequestState.OPEN, RequestState.PREPARING):
            name, ref = RequestRecord.columns(state, incoming=True, part=part)
            rows = await self._ports.store.find(
                RequestRecord.kind, peer=partner, state=name, ref=ref, limit=_MOST_FOR_A_PART
            )
            opened += len(rows)
        if opened >= _MOST_FOR_A_PART:
            raise TOO_MANY_REQUESTS(limit=_MOST_FOR_A_PART, part=part)

    async def _take_ready(self, record: RequestRecord, message: AnswerReady) -> Changes:
        record = self._open(record, "answer")
        if set(message.answers) != set(record.kinds):
            raise BAD_BOX_MESSAGE(cause="the answer is not about the kinds that were asked for")
        record = replace(
            record,
            state=RequestState.READY,
            answers={kind.value: dataset for kind, dataset in message.answers.items()},
            below_open=message.below_open,
            below_total=message.below_total,
        )
        collecting = tuple(
            self._errand(COLLECT_TASK, record, body=msgspec.json.encode(Collecting(kind=kind, dataset=dataset)))
            for kind, dataset in message.answers.items()
        )
        return Changes(records=(record.row(),), deliveries=collecting, events=(self._event(record, "ready"),))

    # --- steps the errands take ------------------------------------------------------------------

    async def posted(self, delivery: Delivery) -> None:
        """The partner's box has taken our message."""

        async def decide() -> Step[None]:
            record = await self._by_id(delivery.subject)
            changes = Changes(
                records=(replace(record, delivered=True).row(),),
                delivered=(delivery.id,),
                events=(self._event(record, "delivered"),),
            )
            return Step(changes, None)

        await self._steps.run(delivery.subject, decide)

    async def collected(self, delivery: Delivery, kind: RequestKind, document: DocumentRecord) -> None:
        """One answer has been fetched and verified; with the last of them the request is answered.

        A record that we cannot count stays a gap, and the request says why.

        Raises PeerError ``record-refused`` for a record that is not about what was asked.
        """

        async def decide() -> Step[None]:
            record = await self._by_id(delivery.subject)
            if document.document_type != TYPES[kind] or document.part != record.part:
                cause = f"a {document.document_type} of {document.part} is no {kind.value} of {record.part}"
                raise BAD_RECORD(partner=record.partner, cause=cause)
            if record.state is not RequestState.READY:
                return Step(Changes(delivered=(delivery.id,)), None)
            received = {**record.received, kind.value: document.id}
            whole = set(received) == {kind.value for kind in record.kinds}
            record = replace(record, received=received, state=RequestState.ANSWERED if whole else RequestState.READY)
            misfit = await self._parts.misfit(document, await self._for_part(record))
            if misfit is not None:
                _log.warning("a record does not fit", extra={"code": misfit.code, "cause": misfit.message()})
                record = replace(record, reason=told(misfit))
            changes = self._moved(record, "answered" if whole else f"received {kind.value}", None)
            return Step(replace(changes, delivered=(delivery.id,)), None)

        await self._steps.run(delivery.subject, decide)

    async def prepared(self, delivery: Delivery) -> None:
        """One look at an incoming request: ask below, wait, or answer."""

        async def decide() -> Step[None]:
            record = await self._by_id(delivery.subject)
            part = await self._parts.kept(record.part)
            if record.state.final or part is None:
                return Step(Changes(delivered=(delivery.id,)), None)
            if record.state is RequestState.OPEN:
                changes, _ = await self._asking_below(record, part)
            elif self._late(record) or all(asked.state.final for asked in await self._caused_by(record)):
                changes, _ = await self._answering(record, part)
            else:
                changes = Changes()
            return Step(replace(changes, delivered=(delivery.id,)), None)

        await self._steps.run(delivery.subject, decide)

    async def failed(self, delivery: Delivery, cause: RenkeiError) -> None:
        """An errand was given up: it stays visible at the request, and who waits for it is woken."""

        async def decide() -> Step[None]:
            record = await self._by_id(delivery.subject)
            if record.state.final and delivery.task != BOX_TASK:
                return Step(Changes(delivered=(delivery.id,)), None)
            state = record.state if record.incoming or record.state.final else RequestState.REJECTED
            kept = record.reason if record.state.final else ""
            record = replace(record, state=state, reason=kept or told(cause))
            changes = self._moved(record, f"gave up {delivery.task}", None)
            return Step(replace(changes, delivered=(delivery.id,)), None)

        _log.error("errand given up", extra={"code": cause.code, "task": delivery.task, "cause": cause.message()})
        await self._steps.run(delivery.subject, decide)

    # --- looking ---------------------------------------------------------------------------------

    async def listed(self, *, incoming: bool) -> list[RequestRecord]:
        """All requests of one direction, newest first."""
        records: list[RequestRecord] = []
        after = ""
        while rows := await self._ports.store.find(RequestRecord.kind, after=after, limit=500):
            records.extend(RequestRecord.of(row) for row in rows)
            after = rows[-1].id
        return sorted(
            (record for record in records if record.incoming is incoming),
            key=lambda record: record.created,
            reverse=True,
        )

    async def find(self, request: str) -> RequestRecord:
        """A request by its name, asked or received. Raises LocalError ``request-unknown``."""
        for incoming in (False, True):
            row = await self._ports.store.load(RequestRecord.kind, RequestRecord.key(request, incoming=incoming))
            if row is not None:
                return RequestRecord.of(row)
        raise UNKNOWN_REQUEST(request=request)

    async def below(self, record: RequestRecord) -> Below:
        """Counts of all requests that hang on this one, ours and, as partners told us, deeper ones."""
        asked = await self._caused_by(record)
        return Below(
            open=sum(not request.state.final for request in asked) + sum(request.below_open for request in asked),
            total=len(asked) + sum(request.below_total for request in asked),
        )

    async def _caused_by(self, record: RequestRecord) -> list[RequestRecord]:
        rows = await self._ports.store.find(RequestRecord.kind, ref=record.id, limit=1000)
        return [RequestRecord.of(row) for row in rows]

    async def _for_part(self, record: RequestRecord) -> str:
        """For which part of ours a request was made; empty: a person made it."""
        return (await self._by_id(record.cause)).part if record.cause else ""

    async def _known(self, request: str, *, incoming: bool) -> RequestRecord:
        row = await self._ports.store.load(RequestRecord.kind, RequestRecord.key(request, incoming=incoming))
        if row is None:
            raise UNKNOWN_REQUEST(request=request)
        return RequestRecord.of(row)

    async def _of(self, partner: str, request: str, *, incoming: bool) -> RequestRecord:
        """A request of this partner's; another partner's does not exist for it."""
        record = await self._known(request, incoming=incoming)
        if record.partner != partner:
            raise UNKNOWN_REQUEST(request=request)
        return record

    async def _by_id(self, record_id: str) -> RequestRecord:
        row = await self._ports.store.load(RequestRecord.kind, record_id)
        assert row is not None, "an errand's request is stored in the same commit"
        return RequestRecord.of(row)

    @staticmethod
    def _open(record: RequestRecord, step: str) -> RequestRecord:
        if record.state.final:
            raise REQUEST_CLOSED(request=record.request, state=record.state.value, step=step)
        return record

    def _late(self, record: RequestRecord) -> bool:
        return self._ports.clock.now().date() > _day(record.due)

    # --- what is stored --------------------------------------------------------------------------

    def _moved(self, record: RequestRecord, what: str, note: AnyBoxMessage | None) -> Changes:
        """A request's new state, what is sent about it, and a look at the request that waits for it."""
        deliveries = [self._posting(record, note)] if note is not None else []
        if record.cause and record.state.final:
            deliveries.append(self._errand(PREPARE_TASK, record, subject=record.cause))
        return Changes(records=(record.row(),), deliveries=tuple(deliveries), events=(self._event(record, what),))

    def _posting(self, record: RequestRecord, message: AnyBoxMessage) -> Delivery:
        return self._errand(BOX_TASK, record, body=write_box_message(message))

    def _errand(
        self,
        task: str,
        record: RequestRecord,
        *,
        body: bytes = b"{}",
        subject: str | None = None,
        due: datetime | None = None,
    ) -> Delivery:
        return Delivery(
            id=self._ports.ids.new(),
            task=task,
            subject=subject or record.id,
            peer=record.partner,
            due=due or self._ports.clock.now(),
            body=body,
        )

    def _event(self, record: RequestRecord, what: str) -> Event:
        return record.event(what, self._ports.clock.now())


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BAD_BOX_MESSAGE(cause=f"{text} is not a day") from None
