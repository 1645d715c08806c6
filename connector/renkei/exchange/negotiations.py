"""Contract negotiation in both roles, over ``protocol.negotiation``: what each message brings, what follows from it."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Final
from urllib.parse import quote

from renkei.exchange.agreements import Agreements
from renkei.exchange.catalogs import Catalogs
from renkei.exchange.courier import Patience
from renkei.exchange.decisions import Decisions, NegotiationStep
from renkei.exchange.endpoint import Reply
from renkei.exchange.judgement import demand_parties, demand_same, without_names
from renkei.exchange.outgoing import Planned, partner_pid
from renkei.exchange.ports import Answered, Partner, Peer, Ports
from renkei.exchange.problems import NOT_FOR_SIDE, UNKNOWN_OFFER, UNKNOWN_PROCESS
from renkei.exchange.processes import Draft, Processes
from renkei.exchange.records import AgreementRecord, Document, Failure, NegotiationRecord, Side
from renkei.exchange.steps import Step, Steps
from renkei.exchange.watch import Watch
from renkei.kernel.problems import RenkeiError
from renkei.policy.model import SIGNATURE, Policy
from renkei.policy.read import read_offer
from renkei.policy.write import write_offer
from renkei.protocol.messages import (
    AgreementVerification,
    ContractAgreement,
    ContractOffer,
    ContractRequest,
    EventType,
    Message,
    MessageKind,
    NegotiationAck,
    NegotiationEvent,
    NegotiationTermination,
)
from renkei.protocol.moves import negotiation_aim
from renkei.protocol.negotiation import NegotiationState
from renkei.store.port import Answer, Record
from renkei.trust.artefacts import COUNTERSIGNATURE
from renkei.wire.codec import encode
from renkei.wire.errors import NO_PID, error_message

_S: Final = NegotiationState


class Negotiations(Processes[NegotiationRecord]):
    """All contract negotiations of one participant."""

    record_type: ClassVar[type[NegotiationRecord]] = NegotiationRecord
    task: ClassVar[str] = "negotiation"

    def __init__(
        self,
        ports: Ports,
        steps: Steps,
        watch: Watch,
        patience: Patience,
        *,
        catalogs: Catalogs,
        agreements: Agreements,
        decisions: Decisions,
    ) -> None:
        super().__init__(ports, steps, watch, patience)
        self._catalogs = catalogs
        self._agreements = agreements
        self._decisions = decisions

    # --- our own steps ---------------------------------------------------------------------------

    async def open(self, partner: Partner, dataset: str, offer: Document) -> str:
        """As consumer: ask for a contract on an offer; returns our pid as soon as it is stored."""
        record = NegotiationRecord(
            id=self._ports.ids.new(),
            side=Side.CONSUMER,
            partner=partner.id,
            partner_pid=None,
            address=partner.address,
            dataset=dataset,
            offer=offer,
            offer_by=Side.CONSUMER,
            created=self._ports.clock.now(),
        )

        async def decide() -> Step[str]:
            draft = Draft(record)
            await self._move(draft, NegotiationStep(target=_S.REQUESTED, offer=offer))
            return Step(draft.changes(), record.id)

        return await self._steps.run(self.task, decide)

    async def move(self, pid: str, step: NegotiationStep) -> NegotiationRecord:
        """A move by hand, along the figure's arrows. Raises LocalError ``protocol-our-illegal-move`` and others."""

        async def decide() -> Step[NegotiationRecord]:
            record = await self.kept(pid)
            if record is None:
                raise UNKNOWN_PROCESS()
            draft = Draft(record)
            await self._move(draft, step)
            return Step(draft.changes(), draft.record)

        return await self._steps.run(self.task, decide)

    async def terminate(self, pid: str, code: str, reason: str) -> NegotiationRecord:
        """End a negotiation by hand."""
        return await self.move(pid, NegotiationStep(target=_S.TERMINATED, code=code, reason=(reason,)))

    # --- a partner opens one ---------------------------------------------------------------------

    async def opened(self, peer: Peer, message: ContractRequest, digest: str) -> Reply:
        """As provider: a first ContractRequest. Repeats, also with other bytes, never make a second negotiation."""
        key = f"open:{peer.id}:{digest}"

        async def decide() -> Step[Reply]:
            if (answer := await self._ports.store.answer(key)) is not None:
                return Step(None, Reply(status=answer.status, body=answer.body))
            try:
                draft = await self._opening(peer, message)
                ack = NegotiationAck(
                    provider_pid=draft.record.id, consumer_pid=message.consumer_pid, state=_S.REQUESTED
                )
                await self._advance(draft)
            except RenkeiError as error:
                if error.problem.status == 401:
                    raise
                return Step(None, self._refuse(peer.id, error, NO_PID, message.consumer_pid))
            body = encode(ack)
            draft.answers.append(Answer(key=key, status=201, body=body))
            return Step(draft.changes(), Reply(status=201, body=body))

        return await self._answer(peer, decide)

    async def _opening(self, peer: Peer, message: ContractRequest) -> Draft[NegotiationRecord]:
        assert message.callback_address is not None
        self._steps.demand_room(peer.id)
        self._check_callback(message.callback_address)
        dataset = message.offer.target or ""
        asset = await self._catalogs.offered(dataset, peer.id, peer.facts)
        if asset is None or asset.offer.get("@id") != message.offer.id:
            raise UNKNOWN_OFFER(offer=message.offer.id, dataset=dataset)
        record = NegotiationRecord(
            id=self._ports.ids.new(),
            side=Side.PROVIDER,
            partner=peer.id,
            partner_pid=message.consumer_pid,
            address=message.callback_address.rstrip("/"),
            dataset=dataset,
            offer=_ours_if_same(message.offer, asset.offer, peer),
            offer_by=Side.CONSUMER,
            bare=SIGNATURE not in message.offer.extensions,
            created=self._ports.clock.now(),
        )
        return self._draft(self._receive(record, message), peer, message)

    # --- what Processes asks for -----------------------------------------------------------------

    def _read(self, row: Record) -> NegotiationRecord:
        return NegotiationRecord.of(row)

    def _receive(self, record: NegotiationRecord, message: Message) -> NegotiationRecord:
        aim = negotiation_aim(message)
        if aim is None:
            raise NOT_FOR_SIDE(message=type(message).__name__, side=record.side.value)
        return record.at(record.process.receive(aim))

    def _acknowledged(self, record: NegotiationRecord) -> NegotiationRecord:
        return record.at(record.process.acknowledged())

    def _undone(self, record: NegotiationRecord, failure: Failure, *, final: bool) -> NegotiationRecord:
        undone = replace(record.at(record.process.abandoned()), failure=failure)
        return replace(undone, state=_S.TERMINATED) if final else undone

    async def _end(self, draft: Draft[NegotiationRecord], code: str, reason: str) -> None:
        failure = draft.record.failure
        await self._move(draft, NegotiationStep(target=_S.TERMINATED, code=code, reason=(reason,)))
        draft.record = replace(draft.record, failure=failure)

    async def _take(self, draft: Draft[NegotiationRecord], message: Message) -> None:
        record = draft.record
        match message:
            case ContractRequest(offer=offer):
                bare = SIGNATURE not in offer.extensions
                draft.record = replace(record, offer=write_offer(offer), offer_by=Side.CONSUMER, bare=bare)
            case ContractOffer(offer=offer):
                draft.record = replace(record, offer=write_offer(offer), offer_by=Side.PROVIDER)
            case ContractAgreement(agreement=agreement):
                taken = await self._agreements.take(record, agreement)
                draft.rows.append(taken.row())
                draft.record = replace(record, agreement=taken.id)
            case AgreementVerification(extensions=extensions):
                kept = await self._agreement(record)
                countersigned = await self._agreements.take_countersignature(kept, extensions)
                draft.rows.append(countersigned.row())
            case NegotiationEvent(event_type=EventType.FINALIZED):
                draft.rows.append(replace(await self._agreement(record), final=True).row())
            case NegotiationTermination(code=code, reason=reason):
                draft.record = replace(record, failure=Failure(ours=False, code=code or "terminated", reason=reason))

    async def _agreement(self, record: NegotiationRecord) -> AgreementRecord:
        kept = await self._agreements.kept(record.agreement or "")
        assert kept is not None, "a negotiation beyond AGREED has its agreement in the same database"
        return kept

    async def _advance(self, draft: Draft[NegotiationRecord]) -> None:
        step = await self._decisions.negotiation(draft.record, draft.facts)
        if step is not None:
            await self._move(draft, step)

    async def _left(self, draft: Draft[NegotiationRecord]) -> None:
        """Nothing more: the agreement came into force when FINALIZED was decided or received."""

    async def _move(self, draft: Draft[NegotiationRecord], step: NegotiationStep) -> None:
        record = draft.record.at(draft.record.process.send(step.target))
        if step.offer is not None:
            record = replace(record, offer=step.offer, offer_by=record.side)
        draft.record = record
        match step.target:
            case _S.AGREED:
                await self._move_to_agreed(draft)
            case _S.VERIFIED:
                await self._move_to_verified(draft)
            case _:
                self._plan(draft, await self._planned(draft, step))

    async def _move_to_agreed(self, draft: Draft[NegotiationRecord]) -> None:
        agreement = await self._agreements.make(draft.record)
        draft.rows.append(agreement.row())
        draft.record = replace(draft.record, agreement=agreement.id)
        message = ContractAgreement(
            message_id=self._ports.ids.new(),
            provider_pid=draft.record.provider_pid,
            consumer_pid=draft.record.consumer_pid,
            agreement=_for_partner(self._agreements.policy(agreement), bare=draft.record.bare),
        )
        path = f"/negotiations/{_segment(draft.record.partner_pid)}/agreement"
        self._plan(draft, Planned(path=path, kind=MessageKind.CONTRACT_AGREEMENT, message=message))

    async def _move_to_verified(self, draft: Draft[NegotiationRecord]) -> None:
        taken = [row for row in draft.rows if row.kind == AgreementRecord.kind]
        kept = AgreementRecord.of(taken[0]) if taken else await self._agreement(draft.record)
        agreement = await self._agreements.countersign(kept)
        draft.rows[:] = [row for row in draft.rows if row.kind != AgreementRecord.kind]
        draft.rows.append(agreement.row())
        message = AgreementVerification(
            message_id=self._ports.ids.new(),
            provider_pid=draft.record.provider_pid,
            consumer_pid=draft.record.consumer_pid,
            extensions={COUNTERSIGNATURE: agreement.document[COUNTERSIGNATURE]},
        )
        path = f"/negotiations/{_segment(draft.record.partner_pid)}/agreement/verification"
        self._plan(draft, Planned(path=path, kind=MessageKind.AGREEMENT_VERIFICATION, message=message))

    async def _planned(self, draft: Draft[NegotiationRecord], step: NegotiationStep) -> Planned:
        record, new = draft.record, self._ports.ids.new()
        known = f"/negotiations/{_segment(record.partner_pid)}"
        consumer, provider = record.consumer_pid, record.provider_pid
        match step.target:
            case _S.REQUESTED:
                opening = record.partner_pid is None
                request = ContractRequest(
                    message_id=new,
                    consumer_pid=record.id,
                    provider_pid=record.partner_pid,
                    callback_address=self._ports.settings.address if opening else None,
                    offer=read_offer(record.offer, in_catalog=False),
                )
                path = "/negotiations/request" if opening else f"{known}/request"
                return Planned(path=path, kind=MessageKind.CONTRACT_REQUEST, message=request)
            case _S.OFFERED:
                offer = ContractOffer(
                    message_id=new,
                    provider_pid=record.id,
                    consumer_pid=record.partner_pid,
                    offer=read_offer(record.offer, in_catalog=False),
                )
                return Planned(path=f"{known}/offers", kind=MessageKind.CONTRACT_OFFER, message=offer)
            case _S.ACCEPTED | _S.FINALIZED:
                if step.target is _S.FINALIZED:
                    await self._in_force(draft)
                event = NegotiationEvent(
                    message_id=new,
                    provider_pid=provider,
                    consumer_pid=consumer,
                    event_type=EventType(step.target.value),
                )
                return Planned(path=f"{known}/events", kind=MessageKind.NEGOTIATION_EVENT, message=event)
            case _:
                draft.record = replace(
                    record, failure=Failure(ours=True, code=step.code or "terminated", reason=step.reason)
                )
                end = NegotiationTermination(
                    message_id=new,
                    provider_pid=provider,
                    consumer_pid=consumer,
                    code=step.code,
                    reason=step.reason,
                )
                return Planned(path=f"{known}/termination", kind=MessageKind.NEGOTIATION_TERMINATION, message=end)

    async def _in_force(self, draft: Draft[NegotiationRecord]) -> None:
        """Both have signed: it binds us from the moment we say so, whenever the partner's answer arrives."""
        taken = [row for row in draft.rows if row.kind == AgreementRecord.kind]
        kept = AgreementRecord.of(taken[0]) if taken else await self._agreement(draft.record)
        draft.rows[:] = [row for row in draft.rows if row.kind != AgreementRecord.kind]
        draft.rows.append(replace(kept, final=True).row())

    def _state(self, record: NegotiationRecord) -> Message:
        return NegotiationAck(
            provider_pid=record.provider_pid or NO_PID,
            consumer_pid=record.consumer_pid or NO_PID,
            state=record.state if record.state is not _S.INITIAL else _S.REQUESTED,
        )

    def _error(self, provider_pid: str, consumer_pid: str, error: RenkeiError) -> Message:
        return error_message(error, MessageKind.NEGOTIATION_ERROR, provider_pid=provider_pid, consumer_pid=consumer_pid)

    def _partner_pid(self, answered: Answered) -> str | None:
        return partner_pid(answered, "providerPid")


def _segment(pid: str | None) -> str:
    """A pid as one segment of a path: partners' pids may be any string."""
    return quote(pid or "", safe=":")


def _for_partner(agreement: Policy, *, bare: bool) -> Policy:
    """An agreement as it is sent.

    A connector that drops members it does not know compares what is left of the offer with all of the agreement (EDC
    does, and refuses), so it is sent the terms alone. We keep, and can prove, the signed one.
    """
    if not bare:
        return agreement
    return replace(agreement, extensions=without_names(agreement.extensions))


def _ours_if_same(asked: Policy, ours: Document, peer: Peer) -> Document:
    """Our own signed offer, if that is what is asked for: other connectors drop members that they do not know."""
    offer = read_offer(ours, in_catalog=False)
    try:
        demand_same(asked, offer)
        demand_parties(asked, offer, peer.id)
    except RenkeiError:
        return write_offer(asked)
    return ours
