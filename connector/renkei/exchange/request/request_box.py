"""Our request box (依頼箱): what partners put into it, and the answers that are fetched because of it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import msgspec

from renkei.battery.parts.crosswalk import PartLink, TradeSide
from renkei.battery.parts.crosswalk_problems import AMBIGUOUS
from renkei.exchange.answer.box_messages import (
    BOX_TYPE,
    AnswerReady,
    AnyBoxMessage,
    Cancellation,
    ConsentDecision,
    ConsentRequest,
    Progress,
    Rejection,
    Remark,
    Reminder,
    Request,
    RequestMessage,
    Return,
    SignedDisclosure,
    SignedNotice,
    box_of,
    read_box_message,
)
from renkei.exchange.answer.parts import TYPES, Parts
from renkei.exchange.answer.reasons import told, waits
from renkei.exchange.catalog.catalogs import Catalogs, Publication
from renkei.exchange.catalog.purposes import demand_primary
from renkei.exchange.consent.consent_box import ConsentBox
from renkei.exchange.disclosure.supply_trees import TELLING, SupplyTrees
from renkei.exchange.machine.endpoint import Reply
from renkei.exchange.machine.steps import Step, Steps, together
from renkei.exchange.notice.notices import Notices
from renkei.exchange.ports import Ports
from renkei.exchange.problems import BAD_BOX_MESSAGE, BAD_RECORD, CIRCLE, TOO_MANY_REQUESTS
from renkei.exchange.records.assets import Source, SourceKind
from renkei.exchange.records.requests import DocumentRecord, RequestKind, RequestRecord, RequestState
from renkei.exchange.request.following import Following
from renkei.exchange.request.request_book import COLLECT_TASK, PREPARE_TASK, WAITING, day
from renkei.exchange.request.request_moves import RequestStep, moved
from renkei.exchange.transfer.transfers import Grant
from renkei.exchange.verification.hearing import hearing
from renkei.kernel import jcs
from renkei.kernel.problems import RenkeiError
from renkei.kernel.values import replace
from renkei.policy.model import Policy, PolicyKind, Rule
from renkei.store.port import Answer, Changes, Delivery

_log = logging.getLogger(__name__)
_MOST_FOR_A_PART: Final = 100
# A circle hands on kinds and day as they are, and costs each company so many requests before it is cut. A customer
# who asks as often for customers of its own has a gap at first, which is filled when the component's record comes.
_MOST_ALIKE: Final = 8
_Worded: TypeAlias = RequestMessage | ConsentRequest | ConsentDecision


@dataclass(frozen=True, slots=True, kw_only=True)
class Collecting:
    """The body of a ``collect`` row."""

    kind: RequestKind
    dataset: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedInboxes:
    """Who takes what is signed by itself, so that it can be shown to others."""

    notices: Notices
    trees: SupplyTrees


class RequestBox:
    """One participant's request box."""

    def __init__(
        self,
        ports: Ports,
        steps: Steps,
        *,
        book: Following,
        catalogs: Catalogs,
        parts: Parts,
        consents: ConsentBox,
        signed: SignedInboxes,
    ) -> None:
        self._consents = consents
        self._notices = signed.notices
        self._trees = signed.trees
        self._ports = ports
        self._steps = steps
        self._book = book
        self._catalogs = catalogs
        self._parts = parts

    async def offer(self) -> None:
        """Offer it, once."""
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

    async def receive(self, grant: Grant, body: bytes) -> Reply:
        """A message in our box, under an agreement on it. A repeat gets the stored answer."""
        partner = grant.agreement.partner
        message = read_box_message(body)
        key = f"box:{partner}:{jcs.digest(body)}"
        taking = await self._taking(partner, message)

        async def decide() -> Step[None]:
            if await self._ports.store.answer(key) is not None:
                return Step(None, None)
            changes = await taking()
            return Step(replace(changes, answers=(Answer(key=key, status=200, body=b"{}"),)), None)

        _, scheduled = await self._steps.run_held(_subject(message), decide)
        return Reply(status=200, body=b"{}", on_wire=lambda: self._steps.release(scheduled))

    async def _taking(self, partner: str, message: AnyBoxMessage) -> Callable[[], Awaitable[Changes]]:
        """The decision about a message; whoever signed a notice is looked up before, since that may take a while."""
        if isinstance(message, SignedNotice):
            notice = await self._notices.checked(partner, message)
            return lambda: self._notices.take(notice)
        if isinstance(message, SignedDisclosure):
            document = await self._trees.checked(partner, message)
            return lambda: self._trees.take(document)
        return lambda: self._take(partner, message)

    async def _take(self, partner: str, message: _Worded) -> Changes:
        match message:
            case Request():
                return await self._take_request(partner, message)
            case AnswerReady() | Rejection() | Progress():
                asked = await self._book.of_partner(partner, message.request, incoming=False)
                return await self._take_of_supplier(asked, message)
            case Cancellation() | Return() | Reminder():
                received = await self._book.of_partner(partner, message.request, incoming=True)
                return self._take_of_asker(received, message)
            case Remark():
                found = await self._book.find(message.request)
                about = await self._book.of_partner(partner, message.request, incoming=found.incoming)
                return self._book.taken_remark(about, message.text)
            case ConsentRequest():
                return await self._consents.take_request(partner, message)
            case ConsentDecision():
                return await self._consents.take_decision(partner, message)

    async def _take_of_supplier(self, record: RequestRecord, message: AnswerReady | Rejection | Progress) -> Changes:
        """Whom we asked speaks about our request."""
        match message:
            case AnswerReady():
                return await self._take_ready(record, message)
            case Progress():
                return await self._book.taken_progress(record, message)
        record = replace(moved(record, RequestStep.REJECT), reason=message.reason)
        return self._book.moved(record, "rejected by partner", None)

    def _take_of_asker(self, record: RequestRecord, message: Cancellation | Return | Reminder) -> Changes:
        """Who asked us speaks about its request."""
        match message:
            case Reminder():
                return self._book.taken_reminder(record)
            case Return():
                step, what = RequestStep.SEND_BACK, "sent back by partner"
            case Cancellation():
                step, what = RequestStep.CANCEL, "cancelled by partner"
        return self._book.moved(replace(moved(record, step), reason=message.reason), what, None)

    async def _take_request(self, partner: str, message: Request) -> Changes:
        key = RequestRecord.key(message.request, incoming=True)
        if await self._ports.store.load(RequestRecord.kind, key) is not None:
            raise BAD_BOX_MESSAGE(cause=f"the request {message.request} is here already")
        day(message.due)
        demand_primary(self._consents.purposes, message.purposes)
        await self._demand_few(partner, message)
        hand = await self._hand(partner, message.part)
        record = RequestRecord(
            id=key,
            request=message.request,
            incoming=True,
            partner=partner,
            part=message.part,
            kinds=message.kinds,
            due=message.due,
            message=message.message,
            purposes=message.purposes,
            delivered=True,
            reason="" if hand is None else told(hand),
            created=self._ports.clock.now(),
        )
        event = record.event("received", self._ports.clock.now())
        if hand is None:
            preparing = self._book.errand(PREPARE_TASK, record)
            return Changes(records=(record.row(),), deliveries=(preparing,), events=(event,))
        _log.warning(
            "a request waits for a person",
            extra={"code": hand.code, "request": record.request, "partner": partner, "cause": hand.message()},
        )
        waiting = record.event(f"waits for a person: {hand.code}", self._ports.clock.now())
        return Changes(records=(record.row(),), events=(event, waiting))

    async def _hand(self, partner: str, number: str) -> RenkeiError | None:
        """Why a request waits for a person; None: it does not."""
        meant = await self._parts.crosswalk.meant_by(partner, number)
        if len(meant) > 1:
            return AMBIGUOUS(number=number, partner=partner, parts=", ".join(meant))
        return waits(await self._parts.kept(meant[0]), meant[0], partner)

    async def _demand_few(self, partner: str, asked: Request) -> None:
        """Companies that supply each other would ask each other without end: at some depth a gap is the answer.

        No request tells of whom it was caused, so a circle is known by its turns. Raises PeerError
        ``request-too-many``, ``request-circle``.
        """
        opened = list[RequestRecord]()
        for state in WAITING:
            name, ref = RequestRecord.columns(state, incoming=True, part=asked.part)
            rows = await self._ports.store.find(
                RequestRecord.kind, peer=partner, state=name, ref=ref, limit=_MOST_FOR_A_PART
            )
            opened += [RequestRecord.of(row) for row in rows]
        if len(opened) >= _MOST_FOR_A_PART:
            raise TOO_MANY_REQUESTS(limit=_MOST_FOR_A_PART, part=asked.part)
        alike = sum((one.due, set(one.kinds)) == (asked.due, set(asked.kinds)) for one in opened)
        if alike >= _MOST_ALIKE:
            circle = CIRCLE(limit=_MOST_ALIKE, part=asked.part)
            _log.warning(circle.message(), extra={"code": circle.code, "partner": partner, "part": asked.part})
            raise circle

    async def _take_ready(self, record: RequestRecord, message: AnswerReady) -> Changes:
        record = moved(record, RequestStep.ANSWER)
        if set(message.answers) != set(record.kinds):
            raise BAD_BOX_MESSAGE(cause="the answer is not about the kinds that were asked for")
        consents = await self._consents.taken(record, message)
        record = replace(
            record,
            answers={kind.value: dataset for kind, dataset in message.answers.items()},
            consents={kind.value: given.consent for kind, given in message.consents.items()},
            below_open=message.below_open,
            below_total=message.below_total,
            below_late=message.below_late,
            complete=message.complete,
            answered_as="" if message.part == record.part else message.part,
            received={},
        )
        collecting = tuple(
            self._book.errand(COLLECT_TASK, record, body=msgspec.json.encode(Collecting(kind=kind, dataset=dataset)))
            for kind, dataset in message.answers.items()
        )
        now = self._ports.clock.now()
        events = (record.event("ready", now), *(consent.event("granted by partner", now) for consent in consents))
        rows = (record.row(), *(consent.row() for consent in consents))
        rows_on = (*collecting, *hearing(self._ports, message.statements, record.partner))
        return Changes(records=rows, deliveries=rows_on, events=events)

    async def collected(self, delivery: Delivery, kind: RequestKind, document: DocumentRecord) -> None:
        """One answer has been fetched and verified; with the last of them the request is answered.

        A record that we cannot count stays a gap, and the request says why.

        Raises PeerError ``record-refused`` for a record that is not about what was asked.
        """

        async def decide() -> Step[None]:
            record = await self._book.by_id(delivery.subject)
            part = record.answered_as or record.part
            if document.document_type != TYPES[kind] or document.part != part:
                cause = f"a {document.document_type} of {document.part} is no {kind.value} of {part}"
                raise BAD_RECORD(partner=record.partner, cause=cause)
            if record.state is not RequestState.READY:
                return Step(Changes(delivered=(delivery.id,)), None)
            received = {**record.received, kind.value: document.id}
            whole = set(received) == {kind.value for kind in record.kinds}
            record = replace(moved(record, RequestStep.COLLECT) if whole else record, received=received)
            linked = await self._linked(record) if record.answered_as else None
            if isinstance(linked, RenkeiError):
                record = replace(record, reason=told(linked))
            misfit = await self._parts.misfit(document, await self._for_part(record))
            if misfit is not None:
                _log.warning("a record does not fit", extra={"code": misfit.code, "cause": misfit.message()})
                record = replace(record, reason=told(misfit))
            changes = self._book.moved(record, "answered" if whole else f"received {kind.value}", None)
            done = (*changes.delivered, delivery.id)
            if isinstance(linked, Changes):
                changes = together((changes, linked))
            return Step(replace(changes, delivered=done), None)

        await self._steps.run(delivery.subject, decide)

    async def _linked(self, record: RequestRecord) -> Changes | RenkeiError | None:
        """The link that an answer tells: what we call a part is, to its supplier, another number. None: it is there."""
        crosswalk, component = self._parts.crosswalk, record.known_as
        if await crosswalk.number_of(component, record.partner) == record.answered_as:
            return None
        number, today = record.answered_as, self._ports.clock.now().date()
        link = PartLink(part=component, partner=record.partner, side=TradeSide.SUPPLIER, number=number, start=today)
        try:
            changes, _ = await crosswalk.linking([link], f"the answer to {record.request}")
        except RenkeiError as error:
            _log.warning("an answer bears another number", extra={"code": error.code, "cause": error.message()})
            return error
        return changes

    async def _for_part(self, record: RequestRecord) -> str:
        """For which part of ours a request was made; empty: a person made it, or nobody knows which is meant."""
        if not record.cause:
            return ""
        cause = await self._book.by_id(record.cause)
        meant = (cause.ours,) if cause.ours else await self._parts.crosswalk.meant_by(cause.partner, cause.part)
        return meant[0] if len(meant) == 1 else ""


def _subject(message: AnyBoxMessage) -> str:
    """What a message changes: what is about the same thing takes turns."""
    if isinstance(message, ConsentRequest | ConsentDecision):
        return f"consent {message.consent}"
    if isinstance(message, SignedNotice):
        return f"notice {message.id}"
    if isinstance(message, SignedDisclosure):
        return TELLING
    return f"request {message.request}"
