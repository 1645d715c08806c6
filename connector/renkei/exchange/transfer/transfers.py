"""Transfer processes in both roles (HTTP pull), over ``protocol.transfer``, and what a consumer may fetch under them.

A consumer that resumes needs a new data address, and the figure has no arrow on which it could come. So the provider
states its start once more, with the new address (``protocol.machine``, 7), and a consumer that has resumed and has no
address takes it. A partner that knows no such thing refuses it, and nothing is lost by that.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

import msgspec

from renkei.exchange.machine.callbacks import checked_callback
from renkei.exchange.machine.drafts import Draft
from renkei.exchange.machine.endpoint import Reply
from renkei.exchange.machine.outgoing import Planned
from renkei.exchange.machine.steps import Step
from renkei.exchange.ports import Peer
from renkei.exchange.problems import (
    BAD_TOKEN,
    FORBIDDEN_ENDPOINT,
    NOT_FOR_SIDE,
    UNKNOWN_AGREEMENT,
    WRONG_FORMAT,
)
from renkei.exchange.process.decisions import TransferStep
from renkei.exchange.process.processes import Means
from renkei.exchange.process.receiving import Opening, Receiving
from renkei.exchange.process.sending import Sending
from renkei.exchange.records.assets import AssetRecord
from renkei.exchange.records.processes import AgreementRecord, Failure, Side, TransferRecord
from renkei.exchange.transfer import transfer_messages as messages
from renkei.exchange.transfer.continuing import look_again, row_of
from renkei.exchange.transfer.data_tokens import DataTokens
from renkei.exchange.transfer.edr import Edr, read_edr
from renkei.kernel.problems import RenkeiError
from renkei.kernel.values import replace
from renkei.policy.world import Phase
from renkei.protocol.messages import (
    DataAddress,
    Message,
    MessageKind,
    TransferAck,
    TransferCompletion,
    TransferRequest,
    TransferStart,
    TransferSuspension,
    TransferTermination,
)
from renkei.protocol.moves import transfer_aim
from renkei.protocol.transfer import TransferState
from renkei.store.paging import every
from renkei.store.port import Changes, Delivery
from renkei.wire.errors import NO_PID
from renkei.wire.versions import VERSION

_log = logging.getLogger(__name__)
_S: Final = TransferState
_UNDER_WAY: Final = (_S.REQUESTED, _S.STARTED, _S.SUSPENDED)
_REQUEST: Final = TransferStep(target=_S.REQUESTED)
_COMPLETE: Final = TransferStep(target=_S.COMPLETED)
_NOBODY_LEFT: Final = TransferStep(
    target=_S.TERMINATED,
    code="call-ended",
    reason=("The call that asked for this transfer ended before it had taken the bytes.",),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a valid data token opens: these bytes, for this partner, under this agreement."""

    asset: AssetRecord
    agreement: AgreementRecord
    transfer: TransferRecord


class Transfers(Receiving[TransferRecord, TransferStep], Sending[TransferRecord, TransferStep]):
    """All transfer processes of one participant."""

    record_type = TransferRecord
    task: ClassVar[str] = "transfer"
    error_kind: ClassVar[MessageKind] = MessageKind.TRANSFER_ERROR

    def __init__(self, means: Means) -> None:
        super().__init__(means)
        self._tokens = DataTokens(means.ports)
        self.usage = means.usage
        self._calls: set[str] = set()

    # --- our own steps ---------------------------------------------------------------------------

    async def request(self, agreement: AgreementRecord, address: str, data_format: str, version: str = VERSION) -> str:
        """As consumer: ask for the bytes of an agreement; returns our pid as soon as it is stored.

        Whoever asks ends the transfer; nothing else will.
        """
        record = self._requested(agreement, address, data_format, version)
        return await self._begin(record, _REQUEST)

    @asynccontextmanager
    async def for_call(
        self, agreement: AgreementRecord, address: str, data_format: str, version: str = VERSION
    ) -> AsyncIterator[str]:
        """As consumer: a transfer that lives no longer than the block.

        What the block has not ended is terminated (completed, if what it brought is kept) as soon as the figure allows
        it: when the block is left, when what is on its way has been settled, or at the next start if the process dies
        inside it.
        """
        record = replace(self._requested(agreement, address, data_format, version), for_call=True)
        self._calls.add(record.id)
        try:
            yield await self._begin(record, _REQUEST)
        finally:
            self._calls.discard(record.id)
            await self._end_forsaken(record.id)

    async def end_forsaken(self) -> None:
        """End what calls of an earlier life have left behind; once, at the start."""
        for state in _UNDER_WAY:
            async for row in every(self._ports.store, TransferRecord.kind, state=state.value):
                await self._end_forsaken(row.id)

    async def _end_forsaken(self, pid: str) -> None:
        async def decide() -> Step[None]:
            record = await self.kept(pid)
            if record is None or not self._forsaken(record):
                return Step(None, None)
            draft = Draft(record)
            await self._move(draft, _end_of(record))
            return Step(draft.changes(), None)

        await self._step(pid, decide)

    async def taken(self, pid: str) -> Changes:
        """That what a transfer brought is kept: for the commit that keeps it."""
        record = await self.kept(pid)
        return Changes() if record is None else Changes(records=(replace(record, taken=True).row(),))

    def _forsaken(self, record: TransferRecord) -> bool:
        """Whether nobody will ever take its bytes (or has them), and it can be said now."""
        return record.for_call and record.id not in self._calls and record.process.may_send(_S.TERMINATED)

    def _requested(self, agreement: AgreementRecord, address: str, data_format: str, version: str) -> TransferRecord:
        return TransferRecord(
            id=self._ports.ids.new(),
            side=Side.CONSUMER,
            partner=agreement.partner,
            partner_pid=None,
            address=address,
            protocol_version=version,
            agreement=agreement.id,
            dataset=agreement.dataset,
            format=data_format,
            created=self._ports.clock.now(),
        )

    async def suspend(self, pid: str, code: str, reason: str) -> TransferRecord:
        """Pause a transfer by hand; its token dies at once."""
        return await self.move(pid, TransferStep(target=_S.SUSPENDED, code=code, reason=(reason,)))

    async def pause(self, pid: str, code: str, reason: str) -> bool:
        """As provider: suspend a transfer that is not allowed to run any more; whether it runs no longer.

        False: its start is on its way; ask again.
        """

        async def decide() -> Step[bool]:
            record = await self.kept(pid)
            if record is None or (record.pending or record.state) is not _S.STARTED:
                return Step(None, True)
            if not record.process.may_send(_S.SUSPENDED):
                return Step(None, False)
            draft = Draft(record)
            await self._move(draft, TransferStep(target=_S.SUSPENDED, code=code, reason=(reason,)))
            return Step(draft.changes(), True)

        return await self._step(pid, decide)

    async def under(self, consent: str, partner: str) -> list[str]:
        """As provider: our pids of a partner's transfers that a consent carries and that are not over."""
        found = list[str]()
        for state in _UNDER_WAY:
            async for row in every(self._ports.store, TransferRecord.kind, peer=partner, state=state.value):
                one = TransferRecord.of(row)
                if one.side is Side.PROVIDER and consent in one.consents:
                    found.append(one.id)
        return found

    async def resume(self, pid: str) -> TransferRecord:
        """Go on with a paused one, under a new token. Nobody starts a transfer that is not paused by hand."""
        return await self.move(pid, TransferStep(target=_S.STARTED))

    async def complete(self, pid: str) -> TransferRecord:
        """All was handed over."""
        return await self.move(pid, TransferStep(target=_S.COMPLETED))

    async def grant(self, token: str) -> Grant:
        """What a data token opens right now.

        It holds while all of this does: 1. the token is one of ours and not expired; 2. its transfer is running;
        3. the agreement is in force, its policy still permits, and the consents that it needs are live; 4. the dataset
        still has its bytes.

        Raises PolicyError ``data-token-refused``, ``policy-refused`` or ``consent-…``.
        """
        known = await self._tokens.live(token)  # 1
        transfer = await self.kept(known.transfer)
        if transfer is None or _S.STARTED not in {transfer.state, transfer.pending}:  # 2
            raise BAD_TOKEN()
        agreement = await self._in_force(known.agreement, known.partner)  # 3
        await self.usage.demand(agreement, Phase.ACCESS, transfer.facts)
        asset = await self._catalogs.kept(known.dataset)
        if asset is None:  # 4
            raise BAD_TOKEN()
        return Grant(asset=asset, agreement=agreement, transfer=transfer)

    async def recheck(self, delivery: Delivery) -> None:
        """A permission may have ended: what is no longer allowed is suspended, what still is gets the next look."""

        async def decide() -> Step[None]:
            record = await self.kept(delivery.subject)
            if record is None or record.process.final or record.state is _S.SUSPENDED:
                return Step(Changes(delivered=(delivery.id,)), None)
            draft = Draft(record, delivered=[delivery.id])
            try:
                await self._watch_over(draft)
            except RenkeiError as error:
                step = TransferStep(target=_S.SUSPENDED, code=error.code, reason=(error.message(),))
                await self._move(draft, step)
            return Step(draft.changes(), None)

        await self._step(delivery.subject, decide)

    async def recheck_all(self, partner: str) -> None:
        """Something is known of a partner that may end its permissions: look at its transfers now."""
        async for row in every(self._ports.store, TransferRecord.kind, peer=partner, state=_S.STARTED.value):
            record = TransferRecord.of(row)
            if record.side is Side.PROVIDER:
                await self._look_at(record, self._ports.clock.now())

    async def _look_at(self, record: TransferRecord, now: datetime) -> None:
        async def decide() -> Step[None]:
            return Step(Changes(deliveries=(look_again(record, now),)), None)

        await self._step(record.id, decide)

    async def _watch_over(self, draft: Draft[TransferRecord]) -> None:
        """As provider: a transfer runs while it is permitted, and is looked at again when that may end.

        Raises PolicyError ``policy-refused``.
        """
        agreement = await self._agreements.kept(draft.record.agreement)
        assert agreement is not None, "a transfer is stored after its agreement"
        decision = await self.usage.demand(agreement, Phase.CONTINUOUS, draft.record.facts)
        if decision.expires_at is not None:
            draft.deliveries.append(look_again(draft.record, decision.expires_at))
            if row_of(draft.record.id) in draft.delivered:
                draft.delivered.remove(row_of(draft.record.id))

    async def _in_force(self, agreement_id: str, partner: str) -> AgreementRecord:
        agreement = await self._agreements.kept(agreement_id)
        if (
            agreement is None
            or not agreement.final
            or agreement.side is not Side.PROVIDER
            or agreement.partner != partner
        ):
            raise UNKNOWN_AGREEMENT(agreement=agreement_id)
        return agreement

    # --- a partner opens one ---------------------------------------------------------------------

    async def opened(self, peer: Peer, message: TransferRequest, digest: str) -> Reply:
        """As provider: a TransferRequest. The same consumer pid of the same partner is the same process."""
        return await self._opened(peer, message, digest, lambda: self._opening(peer, message))

    def _check_same(self, known: TransferRecord, message: Opening) -> None:
        """Nothing: a request for what has ended is shown that end."""

    async def _opening(self, peer: Peer, message: TransferRequest) -> Draft[TransferRecord]:
        self._steps.demand_room(peer.id)
        address = await checked_callback(self._ports, peer.id, message.callback_address)
        agreement = await self._in_force(message.agreement_id, peer.id)
        decision = await self.usage.demand(agreement, Phase.TRANSFER, peer.facts)
        asset = await self._catalogs.kept(agreement.dataset)
        if asset is None or asset.format != message.format:
            raise WRONG_FORMAT(format=message.format, dataset=agreement.dataset)
        if message.data_address is not None:
            # Of a pull it is the provider who names the address; one that comes all the same is ignored (CX-0018).
            _log.info("data address of a pull ignored", extra={"code": "transfer-address-ignored", "partner": peer.id})
        record = TransferRecord(
            id=self._ports.ids.new(),
            side=Side.PROVIDER,
            partner=peer.id,
            partner_pid=message.consumer_pid,
            address=address,
            protocol_version=peer.version,
            agreement=agreement.id,
            dataset=agreement.dataset,
            format=message.format,
            facts={iri: fact for iri, fact in peer.facts.items() if iri in decision.asked.operands},
            created=self._ports.clock.now(),
        )
        return self._draft(self._receive(record, message), peer, message)

    # --- what Receiving and Sending ask for ------------------------------------------------------

    def _receive(self, record: TransferRecord, message: Message) -> TransferRecord:
        aim = transfer_aim(message)
        if aim is None:
            raise NOT_FOR_SIDE(message=type(message).__name__, side=record.side.value)
        if record.resumed and aim is record.state:
            return record
        return record.at(record.process.receive(aim))

    async def _take(self, draft: Draft[TransferRecord], message: Message) -> None:
        record = draft.record
        match message:
            case TransferStart(data_address=address):
                await self._take_start(draft, address)
            case TransferSuspension() | TransferTermination():
                failure = Failure(ours=False, code=message.code or _word(message), reason=message.reason)
                draft.record = replace(record, failure=failure, resumed=False, data_address=None)
                await self._stop(draft)
            case TransferCompletion():
                await self._stop(draft)

    async def _take_start(self, draft: Draft[TransferRecord], address: DataAddress | None) -> None:
        record = draft.record
        if record.pending is not None:
            return  # what we are about to say has made this address worthless
        if record.side is Side.CONSUMER:
            # Whoever wants the bytes will miss an address that is absent or unusable (``Fetching.channel``).
            edr = self._address(address)
            named = () if edr is None else edr.consents
            kept = None if edr is None else dict(msgspec.to_builtins(edr))
            draft.record = replace(record, data_address=kept, resumed=False, consents=named)
            draft.events.extend(self._event(record, f"under consent {name}") for name in named)
        else:
            draft.record = record.at(record.process.restate())
            self._plan(draft, await self._planned_start(draft))

    def _address(self, address: DataAddress | None) -> Edr | None:
        if address is None:
            return None
        try:
            edr = read_edr(address)
        except RenkeiError:
            return None
        try:
            self._ports.line.check(edr.endpoint)
        except RenkeiError as error:
            raise FORBIDDEN_ENDPOINT(endpoint=edr.endpoint, cause=error.message()) from error
        return edr

    async def _advance(self, draft: Draft[TransferRecord]) -> None:
        step = await self._decisions.transfer(draft.record, await self._known_facts(draft))
        if step is None and self._forsaken(draft.record):
            step = _end_of(draft.record)
        if step is not None:
            await self._move(draft, step)

    def _termination(self, code: str, reason: str) -> TransferStep:
        return TransferStep(target=_S.TERMINATED, code=code, reason=(reason,))

    async def _left(self, draft: Draft[TransferRecord]) -> None:
        """A token dies when its end is decided, not when the partner has heard of it; a new address is awaited."""
        record = draft.record
        resumed = record.side is Side.CONSUMER and record.state is _S.STARTED
        draft.record = replace(record, resumed=resumed)

    async def _move(self, draft: Draft[TransferRecord], step: TransferStep) -> None:
        draft.record = record = draft.record.at(draft.record.process.send(step.target))
        match step.target:
            case _S.REQUESTED:
                callback = self._ports.address(record.protocol_version)
                planned = messages.transfer_request(record, self._ports.ids.new(), callback)
            case _S.STARTED:
                planned = await self._planned_start(draft)
            case _S.COMPLETED:
                await self._stop(draft)
                planned = messages.completion(draft.record, self._ports.ids.new())
            case _:
                planned = await self._planned_refusal(draft, step)
        self._plan(draft, planned)

    async def _planned_start(self, draft: Draft[TransferRecord]) -> Planned:
        """A provider's start brings a fresh token, a consumer's brings nothing and awaits one."""
        if draft.record.side is Side.PROVIDER:
            await self._watch_over(draft)
            await self._consents.carry(draft)
            address = await self._tokens.issue(draft)
        else:
            address = None
            draft.record = replace(draft.record, data_address=None)
        return messages.transfer_start(draft.record, self._ports.ids.new(), address)

    async def _planned_refusal(self, draft: Draft[TransferRecord], step: TransferStep) -> Planned:
        """Suspension and termination: both carry a code and reasons, and both stop the token at once."""
        await self._stop(draft)
        failure = Failure(ours=True, code=step.code or step.target.value.lower(), reason=step.reason)
        draft.record = replace(draft.record, failure=failure, data_address=None)
        message = messages.suspension if step.target is _S.SUSPENDED else messages.termination
        return message(draft.record, self._ports.ids.new(), step)

    async def _stop(self, draft: Draft[TransferRecord]) -> None:
        """Nothing is handed out any more, and nobody looks after it."""
        await self._tokens.revoke(draft)
        draft.delivered.append(row_of(draft.record.id))

    def _state(self, record: TransferRecord) -> Message:
        return TransferAck(
            provider_pid=record.provider_pid or NO_PID,
            consumer_pid=record.consumer_pid or NO_PID,
            state=record.state if record.state is not _S.INITIAL else _S.REQUESTED,
        )


def _end_of(record: TransferRecord) -> TransferStep:
    """How a transfer ends whose call has: what it brought may be kept, and only the word of it not have been sent."""
    return _COMPLETE if record.taken and record.process.may_send(_S.COMPLETED) else _NOBODY_LEFT


def _word(message: TransferSuspension | TransferTermination) -> str:
    """The code of a refusal that names none."""
    return "suspended" if isinstance(message, TransferSuspension) else "terminated"
