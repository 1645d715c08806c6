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
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Final

from renkei.battery import Gap
from renkei.exchange.answer.box_messages import (
    AnswerReady,
    Cancellation,
    Rejection,
    Request,
    Return,
    read_box_message,
    write_box_message,
)
from renkei.exchange.answer.part_book import Supply
from renkei.exchange.answer.parts import FOOTPRINT, Parts
from renkei.exchange.answer.reasons import lacks, told, waits
from renkei.exchange.catalog.catalogs import Catalogs, Publication
from renkei.exchange.catalog.purposes import demand_primary
from renkei.exchange.consent.consents import AUTOMATIC, OPERATOR, Consents, as_given
from renkei.exchange.disclosure.releases_agreed import AgreedReleases
from renkei.exchange.machine.steps import Step, Steps
from renkei.exchange.ports import Ports
from renkei.exchange.problems import PAST_DATE, UNKNOWN_TEMPLATE
from renkei.exchange.records.assets import AssetRecord, Source, SourceKind
from renkei.exchange.records.calculations import rows_of
from renkei.exchange.records.consents import ConsentRecord
from renkei.exchange.records.disclosures import DisclosureRecord, DisclosureWay
from renkei.exchange.records.parts import PartRecord
from renkei.exchange.records.requests import BY_HAND, DocumentRecord, RequestKind, RequestRecord, RequestState
from renkei.exchange.request.following import Following
from renkei.exchange.request.request_book import BOX_TASK, PREPARE_TASK, day
from renkei.exchange.request.request_moves import RequestStep, moved
from renkei.exchange.verification.statements import Statements
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


@dataclass(slots=True)
class _Prepared:
    """An answer while it is made; ``held``: why a record in it is not the newest."""

    documents: dict[str, DocumentRecord] = field(default_factory=dict)
    assets: dict[RequestKind, AssetRecord] = field(default_factory=dict)
    consents: dict[RequestKind, ConsentRecord] = field(default_factory=dict)
    shown: list[DisclosureRecord] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    endings: list[Delivery] = field(default_factory=list)
    held: RenkeiError | None = None


class Requests(Following):
    """What one participant asks, and how it answers what it is asked."""

    def __init__(
        self,
        ports: Ports,
        steps: Steps,
        *,
        catalogs: Catalogs,
        parts: Parts,
        consents: Consents,
        statements: Statements,
        releases: AgreedReleases,
        templates: dict[str, object],
    ) -> None:
        super().__init__(ports, steps)
        self._consents = consents
        self._catalogs = catalogs
        self._parts = parts
        self._statements = statements
        self._releases = releases
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
        record, sent = self._asking(whom, part, kinds, due, message=message, cause=cause, purposes=tuple(purposes))

        async def decide() -> Step[RequestRecord]:
            event = record.event("asked", self._ports.clock.now())
            return Step(Changes(records=(record.row(),), deliveries=sent, events=(event,)), record)

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
        ours: str = "",
        purposes: tuple[str, ...] = (),
    ) -> tuple[RequestRecord, tuple[Delivery, ...]]:
        """A new request and what is sent of it: nothing to a supplier without a system."""
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
            ours="" if ours == part else ours,
            created=self._ports.clock.now(),
        )
        return record, () if record.by_hand else (self.posting(record, request), *self._reminding(record))

    async def cancel(self, request: str, reason: str = "") -> RequestRecord:
        """As asker: take a request back."""

        async def decide() -> Step[RequestRecord]:
            record = moved(await self.known(request, incoming=False), RequestStep.CANCEL)
            record = replace(record, reason=reason, delivered=False)
            note = Cancellation(id=self._ports.ids.new(), request=request, reason=reason)
            return Step(self.moved(record, "cancelled", note), record)

        return await self._steps.run(f"request {request}", decide)

    async def send_back(self, request: str, reason: str) -> RequestRecord:
        """As asker: send an answer back (差戻し), with what is wrong with it; the supplier answers again or rejects."""

        async def decide() -> Step[RequestRecord]:
            record = moved(await self.known(request, incoming=False), RequestStep.SEND_BACK)
            record = replace(record, reason=reason, answers={}, received={}, begun=False, delivered=False)
            note = Return(id=self._ports.ids.new(), request=request, reason=reason)
            changes = self.moved(record, "sent back", note)
            return Step(replace(changes, deliveries=(*changes.deliveries, *self._reminding(record))), record)

        return await self._steps.run(f"request {request}", decide)

    # --- being asked -----------------------------------------------------------------------------

    async def reject(self, request: str, reason: str) -> RequestRecord:
        """As supplier: say no, with a reason."""

        async def decide() -> Step[RequestRecord]:
            record = moved(await self.known(request, incoming=True), RequestStep.REJECT)
            record = replace(record, reason=reason, delivered=False)
            note = Rejection(id=self._ports.ids.new(), request=request, reason=reason)
            return Step(self.moved(record, "rejected", note), record)

        return await self._steps.run(f"request {request}", decide)

    async def prepare(self, request: str) -> RequestRecord:
        """As supplier: ask our own suppliers for what this request needs; answered when they have (or at the date)."""

        async def decide() -> Step[RequestRecord]:
            record = await self.known(request, incoming=True)
            changes, record = await self._asking_below(record, await self._part(record))
            return Step(changes, record)

        return await self._steps.run(f"request {request}", decide)

    async def answer(self, request: str, part: str = "") -> RequestRecord:
        """As supplier: compute from what has been received, offer it to the asker alone, and tell the asker.

        ``part``: which of ours is meant, where the crosswalk does not tell. Suppliers that have not answered are named
        gaps in our own calculation and counted in what we hand on. Raises LocalError ``part-unknown``,
        ``crosswalk-ambiguous``, ``request-closed``; ConfigurationError ``battery-…``.
        """

        async def decide() -> Step[RequestRecord]:
            record = await self.known(request, incoming=True)
            moved(record, RequestStep.ANSWER)  # that it is closed goes before what else may be wrong
            if part:
                record = replace(record, ours=part)
            changes, record = await self._answering(record, await self._part(record), OPERATOR)
            return Step(changes, record)

        return await self._steps.run(f"request {request}", decide)

    async def _asking_below(self, record: RequestRecord, part: PartRecord) -> tuple[Changes, RequestRecord]:
        record = replace(moved(record, RequestStep.PREPARE), reason="")
        rows, deliveries = [record.row()], list[Delivery]()
        for supply in await self._parts.supplies(part):
            if await self._told(supply):
                continue
            asked, sent = self._asking(
                supply.supplier, supply.component, record.kinds, record.due, cause=record.id, ours=supply.ours
            )
            rows.append(asked.row())
            deliveries += sent
        if len(rows) > 1:
            deliveries.append(self.reporting(record.id, record.partner))
        # At the date the answer goes out with what there is: a supplier that is silent becomes a gap.
        at_due = datetime.combine(day(record.due), time.max, UTC)
        deliveries.append(self.errand(PREPARE_TASK, record, due=at_due if len(rows) > 1 else None))
        event = record.event(f"asked {len(rows) - 1} suppliers", self._ports.clock.now())
        return Changes(records=tuple(rows), deliveries=tuple(deliveries), events=(event,)), record

    async def _told(self, supply: Supply) -> bool:
        """Whether a supplier without a system has told its figure: nobody fills a form in for each customer of ours."""
        if not supply.supplier.startswith(BY_HAND):
            return False
        return await self._parts.newest(supply.supplier, FOOTPRINT, supply.component) is not None

    async def _answering(self, record: RequestRecord, part: PartRecord, by: str) -> tuple[Changes, RequestRecord]:
        record = moved(record, RequestStep.ANSWER)
        made = await self._prepared(record, part, by)
        documents, assets, consents = made.documents, made.assets, made.consents
        asked = await self.caused_by(record)
        below = self.counted(asked)
        lack = lacks(made.gaps, asked, self._ports.identity.participant) or made.held
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
            reason="" if lack is None else told(lack),
            answers={kind.value: asset.id for kind, asset in assets.items()},
            consents={kind.value: consent.consent for kind, consent in consents.items()},
            below_open=below.open,
            below_total=below.total,
            below_late=below.late,
            complete=await self._complete(part, asked),
            ours=part.id if part.id != record.part else "",
            delivered=False,
        )
        stated, given_on = await self._statements.attached(documents.values(), record.partner)
        note = AnswerReady(
            id=self._ports.ids.new(),
            request=record.request,
            answers={kind: asset.id for kind, asset in assets.items()},
            consents={kind: as_given(consent) for kind, consent in consents.items()},
            below_open=below.open,
            below_total=below.total,
            below_late=below.late,
            complete=record.complete,
            part=record.ours,
            statements=stated,
        )
        rows = [row for document in documents.values() for row in rows_of(document)]
        rows += [kept.row() for kept in (*assets.values(), *consents.values(), *made.shown, *given_on)]
        stored = self.moved(record, "answered", note)
        given = (consent.event("granted", self._ports.clock.now()) for consent in consents.values())
        changes = replace(
            stored,
            records=(*stored.records, *rows),
            deliveries=(*stored.deliveries, *made.endings),
            events=(*stored.events, *given),
        )
        return changes, record

    async def _prepared(self, record: RequestRecord, part: PartRecord, by: str) -> _Prepared:
        """What the asker gets of each kind: as it is now, or where its terms hold that back, as it was given last."""
        made = _Prepared()
        for kind in record.kinds:
            terms = self.terms_for(record.partner, part, kind)
            drawn = await self._releases.drawn(part, kind, terms, record.partner)
            made.gaps += drawn.gaps
            made.held = made.held or drawn.held
            made.documents[drawn.document.id] = drawn.document
            asset = await self._catalogs.prepare(self._publication(record, terms, drawn.document))
            made.assets[kind] = asset
            way = DisclosureWay.ANSWER
            made.shown.append(await self._releases.noted(drawn.document, record.partner, way, asset.id, terms))
            made.consents[kind], ending = self._consents.given(record, kind, asset, by)
            made.endings.append(ending)
        return made

    async def _part(self, record: RequestRecord) -> PartRecord:
        """The part of ours that an incoming request is about. Raises ``part-unknown``, ``crosswalk-ambiguous``."""
        return await self._parts.known(record.ours or await self._parts.crosswalk.meant(record.partner, record.part))

    async def _complete(self, part: PartRecord, asked: Sequence[RequestRecord]) -> bool:
        """Whether nothing deeper is left to ask: whom we buy from has said so, and we buy from nobody else."""
        answered = {
            (request.partner, request.answered_as or request.part)
            for request in asked
            if request.state is RequestState.ANSWERED and request.complete
        }
        bought = {(supply.supplier, supply.component) for supply in await self._parts.supplies(part)}
        return bought <= answered and await self._parts.terminated(part)

    def terms_for(self, partner: str, part: PartRecord, kind: RequestKind) -> Policy:
        """The terms of an answer, named after the dataset to be; of a footprint those that the part names.

        Raises ConfigurationError ``template-unknown``, ``policy-template-…``.
        """
        name = (part.terms if kind is RequestKind.FOOTPRINT else "") or _TEMPLATE[kind]
        if name not in self._templates:
            raise UNKNOWN_TEMPLATE(template=name, known=", ".join(sorted(self._templates)))
        until = self._ports.clock.now() + timedelta(days=self._ports.settings.validity_days)
        values = {"customer": partner, "until": instants.render(until.replace(microsecond=0))}
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
            if record.state not in {RequestState.OPEN, RequestState.PREPARING}:
                return Step(Changes(delivered=(delivery.id,)), None)
            part = await self._part(record)
            if record.state is RequestState.OPEN:
                changes, _ = await self._asking_below(record, part)
            elif self._late(record) or all(asked.state.final for asked in await self.caused_by(record)):
                by = AUTOMATIC if waits(part, part.id, record.partner) is None else OPERATOR
                changes, _ = await self._answering(record, part, by)
            else:
                changes = Changes(deliveries=(self.reporting(record.id, record.partner),))
            return Step(replace(changes, delivered=(*changes.delivered, delivery.id)), None)

        await self._steps.run(delivery.subject, decide)

    async def failed(self, delivery: Delivery, cause: RenkeiError) -> None:
        """An errand was given up: it stays visible at the request, and who waits for it is woken."""

        async def decide() -> Step[None]:
            record = await self.by_id(delivery.subject)
            if record.state.final and delivery.task != BOX_TASK:
                return Step(Changes(delivered=(delivery.id,)), None)
            kept = record.reason if record.state.final else ""
            if not record.incoming and not record.state.final:
                record = moved(record, RequestStep.GIVE_UP)
            record = replace(record, reason=kept or told(cause))
            changes = self.moved(record, f"gave up {delivery.task}", None)
            return Step(replace(changes, delivered=(*changes.delivered, delivery.id)), None)

        _log.error("errand given up", extra={"code": cause.code, "task": delivery.task, "cause": cause.message()})
        await self._steps.run(delivery.subject, decide)

    def _late(self, record: RequestRecord) -> bool:
        return self._ports.clock.now().date() > day(record.due)
