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
from datetime import UTC, datetime, time, timedelta
from typing import Final

from renkei.battery import Gap
from renkei.exchange.answer.box_messages import (
    AnswerReady,
    Cancellation,
    Rejection,
    Request,
    read_box_message,
    write_box_message,
)
from renkei.exchange.answer.parts import Parts
from renkei.exchange.answer.reasons import lacks, told, waits
from renkei.exchange.catalog.catalogs import Catalogs, Publication
from renkei.exchange.catalog.judgement import named_purposes
from renkei.exchange.catalog.purposes import demand_primary
from renkei.exchange.consent.consents import AUTOMATIC, OPERATOR, Consents, as_given
from renkei.exchange.machine.steps import Step, Steps
from renkei.exchange.ports import Ports
from renkei.exchange.problems import PAST_DATE, UNKNOWN_TEMPLATE
from renkei.exchange.records.assets import AssetRecord, Source, SourceKind
from renkei.exchange.records.consents import ConsentRecord
from renkei.exchange.records.parts import PartRecord
from renkei.exchange.records.requests import DocumentRecord, RequestKind, RequestRecord, RequestState
from renkei.exchange.request.request_book import BOX_TASK, PREPARE_TASK, RequestBook, day
from renkei.kernel import instants
from renkei.kernel.problems import RenkeiError
from renkei.kernel.values import replace
from renkei.policy.model import RENKEI, Policy
from renkei.policy.templates import instantiate
from renkei.store.port import Changes, Delivery

_log = logging.getLogger(__name__)
_TEMPLATE: Final = {
    RequestKind.FOOTPRINT: "footprint-to-customer",
    RequestKind.DUE_DILIGENCE: "due-diligence-report",
}


class Requests(RequestBook):
    """What one participant asks, and how it answers what it is asked."""

    def __init__(
        self,
        ports: Ports,
        steps: Steps,
        *,
        catalogs: Catalogs,
        parts: Parts,
        consents: Consents,
        templates: dict[str, object],
    ) -> None:
        super().__init__(ports, steps)
        self._consents = consents
        self._catalogs = catalogs
        self._parts = parts
        self._templates = templates

    # --- asking ----------------------------------------------------------------------------------

    async def ask(
        self,
        partner: str,
        part: str,
        kinds: Sequence[RequestKind],
        due: str,
        message: str = "",
        *,
        cause: str = "",
        purposes: Sequence[str] = (),
    ) -> RequestRecord:
        """Ask a partner (an id or a configured name); returns as soon as it is stored.

        ``message`` is the wish that a supplier considers when it consents; ``purposes``: what for, by default what each
        kind is meant for. Raises PeerError ``request-malformed`` for what no box would take (kinds, date, lengths),
        ``consent-purpose-unknown``, ``consent-secondary-apart``; ConfigurationError ``partner-unknown``, LocalError
        ``request-date-past``.
        """
        if day(due) < self._ports.clock.now().date():
            raise PAST_DATE(due=due)
        demand_primary(self._consents.purposes, purposes)
        whom = self._ports.directory.identify(partner)
        record, delivery = self._asking(whom, part, kinds, due, message=message, cause=cause, purposes=tuple(purposes))

        async def decide() -> Step[RequestRecord]:
            event = record.event("asked", self._ports.clock.now())
            return Step(Changes(records=(record.row(),), deliveries=(delivery,), events=(event,)), record)

        return await self._steps.run(f"request {record.request}", decide)

    def _asking(
        self,
        partner: str,
        part: str,
        kinds: Sequence[RequestKind],
        due: str,
        *,
        message: str = "",
        cause: str = "",
        purposes: tuple[str, ...] = (),
    ) -> tuple[RequestRecord, Delivery]:
        name = self._ports.ids.new()
        request = Request(
            id=self._ports.ids.new(),
            request=name,
            part=part,
            kinds=tuple(dict.fromkeys(kinds)),
            due=due,
            message=message,
            purposes=tuple(dict.fromkeys(purposes)),
        )
        read_box_message(write_box_message(request))
        day(due)
        record = RequestRecord(
            id=RequestRecord.key(name, incoming=False),
            request=name,
            incoming=False,
            partner=partner,
            part=part,
            kinds=request.kinds,
            due=due,
            message=message,
            purposes=request.purposes,
            cause=cause,
            created=self._ports.clock.now(),
        )
        return record, self.posting(record, request)

    async def cancel(self, request: str, reason: str = "") -> RequestRecord:
        """As asker: take a request back."""

        async def decide() -> Step[RequestRecord]:
            record = self.demand_open(await self.known(request, incoming=False), "cancel")
            record = replace(record, state=RequestState.CANCELLED, reason=reason, delivered=False)
            note = Cancellation(id=self._ports.ids.new(), request=request, reason=reason)
            return Step(self.moved(record, "cancelled", note), record)

        return await self._steps.run(f"request {request}", decide)

    # --- being asked -----------------------------------------------------------------------------

    async def reject(self, request: str, reason: str) -> RequestRecord:
        """As supplier: say no, with a reason."""

        async def decide() -> Step[RequestRecord]:
            record = self.demand_open(await self.known(request, incoming=True), "reject")
            record = replace(record, state=RequestState.REJECTED, reason=reason, delivered=False)
            note = Rejection(id=self._ports.ids.new(), request=request, reason=reason)
            return Step(self.moved(record, "rejected", note), record)

        return await self._steps.run(f"request {request}", decide)

    async def prepare(self, request: str) -> RequestRecord:
        """As supplier: ask our own suppliers for what this request needs; answered when they have (or at the date)."""

        async def decide() -> Step[RequestRecord]:
            record = self.demand_open(await self.known(request, incoming=True), "prepare")
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
            record = self.demand_open(await self.known(request, incoming=True), "answer")
            changes, record = await self._answering(record, await self._parts.known(record.part), OPERATOR)
            return Step(changes, record)

        return await self._steps.run(f"request {request}", decide)

    async def _asking_below(self, record: RequestRecord, part: PartRecord) -> tuple[Changes, RequestRecord]:
        record = replace(record, state=RequestState.PREPARING, reason="")
        rows, deliveries = [record.row()], []
        for supply in await self._parts.supplies(part):
            asked, delivery = self._asking(supply.supplier, supply.component, record.kinds, record.due, cause=record.id)
            rows.append(asked.row())
            deliveries.append(delivery)
        # At the date the answer goes out with what there is: a supplier that is silent becomes a gap.
        at_due = datetime.combine(day(record.due), time.max, UTC)
        deliveries.append(self.errand(PREPARE_TASK, record, due=at_due if len(rows) > 1 else None))
        event = record.event(f"asked {len(rows) - 1} suppliers", self._ports.clock.now())
        return Changes(records=tuple(rows), deliveries=tuple(deliveries), events=(event,)), record

    async def _answering(self, record: RequestRecord, part: PartRecord, by: str) -> tuple[Changes, RequestRecord]:
        documents: dict[str, DocumentRecord] = {}
        assets: dict[RequestKind, AssetRecord] = {}
        consents: dict[RequestKind, ConsentRecord] = {}
        gaps: list[Gap] = []
        endings: list[Delivery] = []
        for kind in record.kinds:
            terms = self._terms(record, kind)
            document, missing = await self._parts.drawn(part, kind, named_purposes(terms))
            gaps += missing
            documents[document.id] = document
            assets[kind] = await self._catalogs.prepare(self._publication(record, terms, document))
            consents[kind], ending = self._consents.given(record, kind, assets[kind], by)
            endings.append(ending)
        below = await self.below(record)
        lack = lacks(gaps, await self.caused_by(record), self._ports.identity.participant)
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
            consents={kind.value: consent.consent for kind, consent in consents.items()},
            below_open=below.open,
            below_total=below.total,
            delivered=False,
        )
        note = AnswerReady(
            id=self._ports.ids.new(),
            request=record.request,
            answers={kind: asset.id for kind, asset in assets.items()},
            consents={kind: as_given(consent) for kind, consent in consents.items()},
            below_open=below.open,
            below_total=below.total,
        )
        rows = [document.row() for document in documents.values() if document.version == 0]
        rows += [kept.row() for kept in (*assets.values(), *consents.values())]
        moved = self.moved(record, "answered", note)
        given = (consent.event("granted", self._ports.clock.now()) for consent in consents.values())
        changes = replace(
            moved,
            records=(*moved.records, *rows),
            deliveries=(*moved.deliveries, *endings),
            events=(*moved.events, *given),
        )
        return changes, record

    def _terms(self, record: RequestRecord, kind: RequestKind) -> Policy:
        """The terms of an answer, named after the dataset to be."""
        name = _TEMPLATE[kind]
        if name not in self._templates:
            raise UNKNOWN_TEMPLATE(template=name, known=", ".join(sorted(self._templates)))
        until = self._ports.clock.now() + timedelta(days=self._ports.settings.validity_days)
        values = {"customer": record.partner, "until": instants.render(until.replace(microsecond=0))}
        return instantiate(self._templates[name], values, policy_id=self._ports.ids.new())

    def _publication(self, record: RequestRecord, terms: Policy, document: DocumentRecord) -> Publication:
        """An answer needs consent: it is one (``Consents.given``), and lasts as long as that."""
        return Publication(
            dataset=terms.id,
            policy=terms,
            consent=True,
            document=document,
            source=Source(kind=SourceKind.DOCUMENT, place=document.id),
            visible_to=(record.partner,),
            dataset_type=RENKEI + document.document_type,
            description={"dct:title": f"{document.document_type} of {record.part}"},
        )

    # --- steps the errands take ------------------------------------------------------------------

    async def posted(self, delivery: Delivery) -> None:
        """The partner's box has taken our message."""

        async def decide() -> Step[None]:
            record = await self.by_id(delivery.subject)
            changes = Changes(
                records=(replace(record, delivered=True).row(),),
                delivered=(delivery.id,),
                events=(record.event("delivered", self._ports.clock.now()),),
            )
            return Step(changes, None)

        await self._steps.run(delivery.subject, decide)

    async def prepared(self, delivery: Delivery) -> None:
        """One look at an incoming request: ask below, wait, or answer."""

        async def decide() -> Step[None]:
            record = await self.by_id(delivery.subject)
            part = await self._parts.kept(record.part)
            if record.state.final or part is None:
                return Step(Changes(delivered=(delivery.id,)), None)
            if record.state is RequestState.OPEN:
                changes, _ = await self._asking_below(record, part)
            elif self._late(record) or all(asked.state.final for asked in await self.caused_by(record)):
                by = AUTOMATIC if waits(part, part.id, record.partner) is None else OPERATOR
                changes, _ = await self._answering(record, part, by)
            else:
                changes = Changes()
            return Step(replace(changes, delivered=(delivery.id,)), None)

        await self._steps.run(delivery.subject, decide)

    async def failed(self, delivery: Delivery, cause: RenkeiError) -> None:
        """An errand was given up: it stays visible at the request, and who waits for it is woken."""

        async def decide() -> Step[None]:
            record = await self.by_id(delivery.subject)
            if record.state.final and delivery.task != BOX_TASK:
                return Step(Changes(delivered=(delivery.id,)), None)
            state = record.state if record.incoming or record.state.final else RequestState.REJECTED
            kept = record.reason if record.state.final else ""
            record = replace(record, state=state, reason=kept or told(cause))
            changes = self.moved(record, f"gave up {delivery.task}", None)
            return Step(replace(changes, delivered=(delivery.id,)), None)

        _log.error("errand given up", extra={"code": cause.code, "task": delivery.task, "cause": cause.message()})
        await self._steps.run(delivery.subject, decide)

    def _late(self, record: RequestRecord) -> bool:
        return self._ports.clock.now().date() > day(record.due)
