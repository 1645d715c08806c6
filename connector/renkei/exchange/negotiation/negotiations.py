"""Contract negotiation in both roles, over ``protocol.negotiation``: what each message brings, what follows from it.

Either side may open one. ``bargaining`` tells of the offers on the table, ``agreements`` of what is concluded from
them, ``questions`` of what waits for a person.
"""

from __future__ import annotations

from typing import ClassVar, Final

from renkei.exchange.machine.callbacks import checked_callback
from renkei.exchange.machine.drafts import Draft
from renkei.exchange.machine.endpoint import Reply
from renkei.exchange.machine.steps import Step
from renkei.exchange.negotiation import negotiation_messages as messages
from renkei.exchange.negotiation.bargaining import Bargaining, ours_if_same
from renkei.exchange.partner.signatures import Signatures
from renkei.exchange.ports import Partner, Peer
from renkei.exchange.problems import (
    NOT_FOR_SIDE,
    PID_USED,
    UNKNOWN_DATASET,
    UNKNOWN_OFFER,
    UNKNOWN_PROCESS,
)
from renkei.exchange.process.decisions import NegotiationStep, Question
from renkei.exchange.process.processes import Means
from renkei.exchange.process.questions import Questions
from renkei.exchange.process.receiving import Opening, Receiving
from renkei.exchange.process.sending import Sending
from renkei.exchange.records.kept import Document
from renkei.exchange.records.processes import (
    AgreementRecord,
    DecisionRecord,
    DecisionState,
    Failure,
    NegotiationRecord,
    Side,
)
from renkei.kernel.values import replace
from renkei.policy.model import COUNTERSIGNATURE, SIGNATURE
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
    TransferRequest,
)
from renkei.protocol.moves import negotiation_aim
from renkei.protocol.negotiation import NegotiationState
from renkei.store.port import Changes, Delivery
from renkei.wire.errors import NO_PID

_S: Final = NegotiationState


class Negotiations(Receiving[NegotiationRecord, NegotiationStep], Sending[NegotiationRecord, NegotiationStep]):
    """All contract negotiations of one participant."""

    record_type = NegotiationRecord
    task: ClassVar[str] = "negotiation"
    error_kind: ClassVar[MessageKind] = MessageKind.NEGOTIATION_ERROR

    def __init__(self, means: Means, signatures: Signatures) -> None:
        super().__init__(means)
        self._bargaining = Bargaining(means.ports, signatures)
        self._questions = Questions(means.ports)
        self._obligations = means.obligations

    # --- our own steps ---------------------------------------------------------------------------

    async def open(self, partner: Partner, dataset: str, offer: Document) -> str:
        """As consumer: ask for a contract on an offer; returns our pid as soon as it is stored.

        Raises PolicyError ``partner-not-admitted``.
        """
        await self._ports.admission.demand_partner(partner.id)
        step = NegotiationStep(target=_S.REQUESTED, offer=offer)
        return await self._begin(self._new(partner, dataset, Side.CONSUMER), step)

    async def offer(self, partner: Partner, dataset: str, offer: Document | None = None) -> str:
        """As provider: offer a contract to a partner that has not asked; by default on the offer we have published.

        Raises PeerError ``catalog-unknown-dataset`` for what this partner may not see, PolicyError
        ``partner-not-admitted``.
        """
        await self._ports.admission.demand_partner(partner.id)
        asset = await self._catalogs.offered(dataset, partner.id, {})
        if asset is None:
            raise UNKNOWN_DATASET(dataset=dataset)
        table = asset.offer if offer is None else {**offer, "@id": self._ports.ids.new()}
        step = NegotiationStep(target=_S.OFFERED, offer=table)
        return await self._begin(self._new(partner, dataset, Side.PROVIDER), step)

    def _new(self, partner: Partner, dataset: str, side: Side) -> NegotiationRecord:
        return NegotiationRecord(
            id=self._ports.ids.new(),
            side=side,
            partner=partner.id,
            partner_pid=None,
            address=partner.address.rstrip("/"),
            protocol_version=partner.dialect.version,
            dataset=dataset,
            created=self._ports.clock.now(),
        )

    async def counter(self, pid: str, offer: Document) -> NegotiationRecord:
        """Put another offer on the table: as consumer in answer to an offer, as provider to a request."""
        record = await self.kept(pid)
        if record is None:
            raise UNKNOWN_PROCESS()
        target = _S.OFFERED if record.side is Side.PROVIDER else _S.REQUESTED
        return await self.move(pid, NegotiationStep(target=target, offer=self._bargaining.counter(record, offer)))

    async def accept(self, pid: str) -> NegotiationRecord:
        """As consumer: accept the provider's offer on the table."""
        return await self.move(pid, NegotiationStep(target=_S.ACCEPTED))

    # --- a person decides ------------------------------------------------------------------------

    async def approve(self, pid: str, by: str) -> NegotiationRecord:
        """Somebody says yes to what we were about to do; the rules have the last word, with the facts of then.

        Raises LocalError ``negotiation-nobody-asked``.
        """

        async def act(draft: Draft[NegotiationRecord]) -> None:
            draft.facts.update((await self._questions.open(draft.record)).facts)
            await self._questions.close(draft, DecisionState.APPROVED, by=by)
            draft.record = replace(draft.record, approved_by=by)
            await self._advance(draft)

        return await self._by_hand(pid, act)

    async def refuse(self, pid: str, by: str, reason: str) -> NegotiationRecord:
        """Somebody says no: the negotiation is terminated with that reason. Raises as ``approve``."""

        async def act(draft: Draft[NegotiationRecord]) -> None:
            await self._questions.open(draft.record)
            await self._questions.close(draft, DecisionState.REFUSED, by=by, reason=reason)
            await self._move(draft, self._termination("decision-refused", reason))

        return await self._by_hand(pid, act)

    async def overdue(self, delivery: Delivery) -> None:
        """Nobody has decided in time: terminate, unless this question was settled long since."""

        async def decide() -> Step[None]:
            record = await self.kept(delivery.subject)
            if record is None or record.asking != delivery.id:
                return Step(Changes(delivered=(delivery.id,)), None)
            draft = Draft(record)
            await self._questions.close(draft, DecisionState.OVERDUE)
            reason = "nobody has decided in the time that was set for it"
            await self._move(draft, self._termination("decision-overdue", reason))
            return Step(draft.changes(), None)

        await self._step(delivery.subject, decide)

    async def decision(self, pid: str) -> DecisionRecord | None:
        """What a person is, or was last, asked about a negotiation."""
        return await self._questions.kept(pid)

    # --- a partner opens one ---------------------------------------------------------------------

    async def opened(self, peer: Peer, message: ContractRequest, digest: str) -> Reply:
        """As provider: a first ContractRequest. A repeat never makes a second negotiation."""
        return await self._opened(peer, message, digest, lambda: self._opening(peer, message))

    async def offered(self, peer: Peer, message: ContractOffer, digest: str) -> Reply:
        """As consumer: a first ContractOffer, for which nobody has asked. A repeat never makes a second negotiation."""
        return await self._opened(peer, message, digest, lambda: self._opening_offer(peer, message))

    def _check_same(self, known: NegotiationRecord, message: Opening) -> None:
        """Raises PeerError ``process-pid-used`` when that one has ended or is about another dataset."""
        same = not isinstance(message, TransferRequest) and known.dataset == message.offer.target
        if known.process.final or not same:
            raise PID_USED(pid=known.partner_pid)

    async def _opening(self, peer: Peer, message: ContractRequest) -> Draft[NegotiationRecord]:
        self._steps.demand_room(peer.id)
        dataset = message.offer.target or ""
        address = await checked_callback(self._ports, peer.id, message.callback_address)
        asset = await self._catalogs.offered(dataset, peer.id, peer.facts)
        if asset is None or asset.offer.get("@id") != message.offer.id:
            raise UNKNOWN_OFFER(offer=message.offer.id, dataset=dataset)
        record = NegotiationRecord(
            id=self._ports.ids.new(),
            side=Side.PROVIDER,
            partner=peer.id,
            partner_pid=message.consumer_pid,
            address=address,
            protocol_version=peer.version,
            dataset=dataset,
            offer=ours_if_same(message.offer, (asset.offer,), peer.id),
            offer_by=Side.CONSUMER,
            bare=SIGNATURE not in message.offer.extensions,
            created=self._ports.clock.now(),
        )
        return self._draft(self._receive(record, message), peer, message)

    async def _opening_offer(self, peer: Peer, message: ContractOffer) -> Draft[NegotiationRecord]:
        self._steps.demand_room(peer.id)
        record = NegotiationRecord(
            id=self._ports.ids.new(),
            side=Side.CONSUMER,
            partner=peer.id,
            partner_pid=message.provider_pid,
            address=await checked_callback(self._ports, peer.id, message.callback_address),
            protocol_version=peer.version,
            dataset=message.offer.target or "",
            created=self._ports.clock.now(),
        )
        draft = self._draft(self._receive(record, message), peer, message)
        await self._take(draft, message)
        return draft

    # --- what Receiving and Sending ask for ------------------------------------------------------

    def _receive(self, record: NegotiationRecord, message: Message) -> NegotiationRecord:
        aim = negotiation_aim(message)
        if aim is None:
            raise NOT_FOR_SIDE(message=type(message).__name__, side=record.side.value)
        return record.at(record.process.receive(aim))

    async def _take(self, draft: Draft[NegotiationRecord], message: Message) -> None:
        await self._questions.close(draft, DecisionState.VOID)
        record = draft.record
        match message:
            case ContractRequest(offer=offer) | ContractOffer(offer=offer):
                draft.record = await self._bargaining.take(record, offer)
            case ContractAgreement(agreement=agreement):
                taken = await self._agreements.take(record, agreement)
                draft.rows.append(taken.row())
                draft.record = replace(record, agreement=taken.id)
            case AgreementVerification(extensions=extensions):
                kept = await self._agreement(record)
                countersigned = await self._agreements.take_countersignature(kept, extensions)
                draft.rows.append(countersigned.row())
            case NegotiationEvent(event_type=EventType.FINALIZED):
                self._put_in_force(draft, await self._agreement(record))
            case NegotiationTermination(code=code, reason=reason):
                draft.record = replace(record, failure=Failure(ours=False, code=code or "terminated", reason=reason))

    async def _agreement(self, record: NegotiationRecord) -> AgreementRecord:
        kept = await self._agreements.kept(record.agreement or "")
        assert kept is not None, "a negotiation beyond AGREED has its agreement in the same database"
        return kept

    async def _advance(self, draft: Draft[NegotiationRecord]) -> None:
        step = await self._decisions.negotiation(draft.record, await self._known_facts(draft))
        if isinstance(step, Question) and draft.record.approved_by:
            step = step.step
        if isinstance(step, Question):
            await self._questions.ask(draft, step)
        elif step is not None:
            await self._move(draft, step)

    def _termination(self, code: str, reason: str) -> NegotiationStep:
        return NegotiationStep(target=_S.TERMINATED, code=code, reason=(reason,))

    async def _left(self, draft: Draft[NegotiationRecord]) -> None:
        """Nothing more: the agreement came into force when FINALIZED was decided or received."""

    async def _move(self, draft: Draft[NegotiationRecord], step: NegotiationStep) -> None:
        await self._questions.close(draft, DecisionState.VOID)
        draft.record = record = draft.record.at(draft.record.process.send(step.target))
        new, callback = self._ports.ids.new(), self._ports.address(record.protocol_version)
        match step.target:
            case _S.REQUESTED:
                draft.record = self._bargaining.put(record, step.offer)
                planned = messages.contract_request(draft.record, new, callback)
            case _S.OFFERED:
                draft.record = await self._bargaining.put_signed(record, step.offer)
                planned = messages.contract_offer(draft.record, new, callback)
            case _S.AGREED:
                agreement, terms = await self._agreements.make(record)
                draft.rows.append(agreement.row())
                draft.record = replace(record, agreement=agreement.id)
                planned = messages.contract_agreement(draft.record, new, terms)
            case _S.VERIFIED:
                agreement = await self._agreements.countersign(await self._agreement_in(draft))
                draft.rows.append(agreement.row())
                planned = messages.agreement_verification(record, new, agreement.document[COUNTERSIGNATURE])
            case _S.ACCEPTED:
                planned = messages.negotiation_event(record, new, EventType.ACCEPTED)
            case _S.FINALIZED:
                # Both have signed: it binds us from the moment we say so, whenever the partner's answer arrives.
                self._put_in_force(draft, await self._agreement_in(draft))
                planned = messages.negotiation_event(record, new, EventType.FINALIZED)
            case _:
                failure = Failure(ours=True, code=step.code or "terminated", reason=step.reason)
                draft.record = replace(record, failure=failure)
                planned = messages.termination(record, new, step.code, step.reason)
        self._plan(draft, planned)

    def _put_in_force(self, draft: Draft[NegotiationRecord], agreement: AgreementRecord) -> None:
        """It binds from here on, and whatever it obliges to is kept; once, however often we say so."""
        draft.rows.append(replace(agreement, final=True).row())
        if not agreement.final:
            self._obligations.open(draft, agreement)

    async def _agreement_in(self, draft: Draft[NegotiationRecord]) -> AgreementRecord:
        """The agreement as this very step has it; whoever takes it puts its newer form back."""
        taken = [row for row in draft.rows if row.kind == AgreementRecord.kind]
        draft.rows[:] = [row for row in draft.rows if row.kind != AgreementRecord.kind]
        return AgreementRecord.of(taken[0]) if taken else await self._agreement(draft.record)

    def _state(self, record: NegotiationRecord) -> Message:
        return NegotiationAck(
            provider_pid=record.provider_pid or NO_PID,
            consumer_pid=record.consumer_pid or NO_PID,
            state=record.state if record.state is not _S.INITIAL else record.pending or _S.TERMINATED,
        )
