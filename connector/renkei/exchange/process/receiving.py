"""Taking a partner's message about a process, or one that opens it.

In this order; everything from 3 on happens again when another step was quicker (a conflict):

1. the process exists and belongs to this peer, or the answer is 404, the same bytes in both cases;
2. a repeat (same body bytes) gets the same answer;
3. both pids are those of the process; the partner's is learnt when its message overtakes its own reply;
4. the table allows the move (``protocol.machine``);
5. the content is checked and taken in;
6. the rule book says what we do next, and that message is made and signed;
7. all of it is committed at once, with the token's id and our answer; then the answer goes out;
8. only when the answer is on the wire does our next message leave.
"""

from __future__ import annotations

import asyncio
import logging
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from typing import ClassVar, TypeAlias

from renkei.exchange.machine.drafts import Draft, R
from renkei.exchange.machine.endpoint import Reply
from renkei.exchange.machine.steps import Step
from renkei.exchange.ports import Peer
from renkei.exchange.problems import UNKNOWN_PROCESS, WRONG_PID
from renkei.exchange.process.processes import M, Processes
from renkei.exchange.records.processes import Side
from renkei.kernel.problems import RenkeiError
from renkei.kernel.values import replace
from renkei.protocol.messages import ContractOffer, ContractRequest, Message, MessageKind, TransferRequest
from renkei.protocol.problems import CROSSED
from renkei.store.port import Answer, Changes
from renkei.wire.codec import encode
from renkei.wire.errors import NO_PID, error_message

_log = logging.getLogger(__name__)
Opening: TypeAlias = ContractRequest | ContractOffer | TransferRequest


class Receiving(Processes[R, M]):
    """The half of a participant's processes that partners move."""

    error_kind: ClassVar[MessageKind]

    # --- what the two kinds fill in --------------------------------------------------------------

    @abstractmethod
    def _receive(self, record: R, message: Message) -> R:
        """The table's verdict on a partner's move (4)."""

    @abstractmethod
    async def _take(self, draft: Draft[R], message: Message) -> None:
        """Check the content and take it in (5)."""

    @abstractmethod
    def _state(self, record: R) -> Message:
        """The acknowledgement that shows the state."""

    @abstractmethod
    def _check_same(self, known: R, message: Opening) -> None:
        """What must hold of a process that an opening message names by a pid we know."""

    # --- a partner opens one ---------------------------------------------------------------------

    async def _opened(
        self, peer: Peer, message: Opening, digest: str, opening: Callable[[], Awaitable[Draft[R]]]
    ) -> Reply:
        """The first message of a process; a repeat never makes a second one, in whatever words."""
        key = f"open:{peer.id}:{digest}"
        if isinstance(message, ContractOffer):
            side, pid = Side.CONSUMER, message.provider_pid
        else:
            side, pid = Side.PROVIDER, message.consumer_pid

        async def decide() -> Step[Reply]:
            if (answer := await self._ports.store.answer(key)) is not None:
                return Step(None, Reply(status=answer.status, body=answer.body))
            try:
                if (known := await self._known(peer, side, pid)) is not None:
                    self._check_same(known, message)
                    return Step(None, Reply(status=200, body=encode(self._state(known))))
                draft = await opening()
                body = encode(self._state(draft.record))
                await self._advance(draft)
            except RenkeiError as error:
                if error.problem.status == 401:
                    raise
                pids = (pid or NO_PID, NO_PID) if side is Side.CONSUMER else (NO_PID, pid or NO_PID)
                return Step(None, self._refuse(peer.id, error, *pids))
            draft.answers.append(Answer(key=key, status=201, body=body))
            return Step(draft.changes(), Reply(status=201, body=body))

        return await self._answer(peer, f"{peer.id} {pid}", decide)

    async def _known(self, peer: Peer, side: Side, pid: str | None) -> R | None:
        """The process that a partner's pid names already: some ask again in new words when an answer is late."""
        for row in await self._ports.store.find(self.record_type.kind, peer=peer.id, ref=pid or "", limit=10):
            record = self.record_type.of(row)
            if record.side is side:
                return record
        return None

    # --- a message about one ---------------------------------------------------------------------

    async def state_for(self, peer: Peer, pid: str) -> Reply:
        """GET: the state, for the partner of this process only."""
        record = await self._mine(peer, pid)
        if record is None:
            return self._unknown(peer, pid)
        return Reply(body=encode(self._state(record)))

    async def receive(self, peer: Peer, pid: str, message: Message, digest: str) -> Reply:
        """A message about a process that should exist. Whoever it does not belong to takes no turn in it."""
        if await self._mine(peer, pid) is None:  # 1
            await self.burn(peer)
            return self._unknown(peer, pid)

        async def decide() -> Step[Reply]:
            record = await self._mine(peer, pid)  # 1
            if record is None:
                return Step(None, self._unknown(peer, pid))
            if (answered := await self._repeats(record, message, digest)) is not None:  # 2
                return Step(None, answered)
            try:
                return await self._decide(peer, record, message, digest)
            except RenkeiError as error:
                if error.problem.status == 401:
                    raise
                return self._refused_step(peer, record, message, digest, error)

        return await self._answer(peer, pid, decide)

    async def _decide(self, peer: Peer, record: R, message: Message, digest: str) -> Step[Reply]:
        record = self._check_pids(record, message)  # 3
        draft = self._draft(replace(self._receive(record, message), last=digest), peer, message)  # 4
        if record.pending is not None and draft.record.pending is None:
            draft.delivered.append(record.sending)  # it has arrived, or does not count any more
        await self._take(draft, message)  # 5
        if draft.record.pending is None and not draft.record.process.final:
            await self._advance(draft)  # 6
        if message.message_id is not None:
            draft.answers.append(Answer(key=f"{record.id}:{digest}", status=200, body=b""))
        return Step(draft.changes(), Reply(status=200))  # 7

    def _refused_step(self, peer: Peer, record: R, message: Message, digest: str, error: RenkeiError) -> Step[Reply]:
        """Nothing has changed. That a message came too late to count is remembered: a copy of it is void as well."""
        reply = self._refusal(record, error)
        if error.problem is not CROSSED or message.message_id is None:
            return Step(None, reply)
        answer = Answer(key=f"{record.id}:{digest}", status=reply.status, body=reply.body)
        return Step(Changes(answers=(answer,), replays=(peer.replay,) if peer.replay else ()), reply)

    def _draft(self, record: R, peer: Peer, message: Message) -> Draft[R]:
        draft = Draft(record, facts=dict(peer.facts))
        draft.replays.extend([peer.replay] if peer.replay else [])
        draft.events.append(self._event(record, f"received {type(message).__name__}"))
        return draft

    async def _answer(self, peer: Peer, pid: str, decide: Callable[[], Awaitable[Step[Reply]]]) -> Reply:
        """Commit, and hand out the answer with what must happen once it is on the wire (8).

        ``pid`` is the partner's where there is none of ours yet.
        """
        burnt = False

        async def once() -> Step[Reply]:
            nonlocal burnt
            step = await decide()
            burnt = step.changes is not None
            return step

        reply, scheduled = await self._steps.run_held(f"{self.task} {pid}", once)
        if not burnt:
            await self.burn(peer)
        if pause := self._ports.settings.pause_before_answering(peer.id):
            await asyncio.sleep(pause)
        if scheduled:
            return replace(reply, on_wire=lambda: self._steps.release(scheduled))
        return reply

    async def burn(self, peer: Peer) -> None:
        """A token is used up even when its message changes nothing."""
        if peer.replay is not None:
            await self._ports.store.commit(Changes(replays=(peer.replay,)))

    async def _repeats(self, record: R, message: Message, digest: str) -> Reply | None:
        """The answer that the same bytes got before.

        A message with an id is a repeat for ever. Without one, equal bytes may be a new message (a second suspension):
        only the last one taken counts, and only where the table would not allow it again.
        """
        if message.message_id is not None:
            answer = await self._ports.store.answer(f"{record.id}:{digest}")
            return None if answer is None else Reply(status=answer.status, body=answer.body)
        if record.last != digest:
            return None
        try:
            self._receive(record, message)
        except RenkeiError:
            return Reply(status=200)
        return None

    def _check_pids(self, record: R, message: Message) -> R:
        for name, known in (("consumer_pid", record.consumer_pid), ("provider_pid", record.provider_pid)):
            given = getattr(message, name, None)
            if given is None:
                continue
            if not known:
                record = replace(record, partner_pid=given)
            elif given != known:
                raise WRONG_PID(name=name, given=given, known=known)
        return record

    async def _mine(self, peer: Peer, pid: str) -> R | None:
        record = await self.kept(pid)
        return record if record is not None and record.partner == peer.id else None

    def _unknown(self, peer: Peer, pid: str) -> Reply:
        return self._refuse(peer.id, UNKNOWN_PROCESS(), NO_PID, NO_PID, process_id=pid)

    def _refusal(self, record: R, error: RenkeiError) -> Reply:
        pids = record.provider_pid or NO_PID, record.consumer_pid or NO_PID
        return self._refuse(record.partner, error, *pids, process_id=record.id)

    def _refuse(
        self, partner: str, error: RenkeiError, provider_pid: str, consumer_pid: str, process_id: str = ""
    ) -> Reply:
        """The typed error for the partner, and the reason for whoever reads our log."""
        known = {"process_id": process_id, "partner": partner, "cause": error.message()}
        _log.warning("message refused", extra={"code": error.code, **known})
        body = encode(self._error(provider_pid, consumer_pid, error))
        return Reply(status=error.problem.status or 500, body=body)

    def _error(self, provider_pid: str, consumer_pid: str, error: RenkeiError) -> Message:
        return error_message(error, self.error_kind, provider_pid=provider_pid, consumer_pid=consumer_pid)
