"""Our message about a process on its way: what is kept of it, and what follows from how the partner takes it."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Awaitable, Callable

from renkei.exchange.machine.courier import Afterwards
from renkei.exchange.machine.drafts import Draft, R
from renkei.exchange.machine.outgoing import Outgoing, Planned, Verdict, attempt, deliver_later, partner_pid, said
from renkei.exchange.machine.steps import Step
from renkei.exchange.ports import Answered
from renkei.exchange.process.processes import M, Processes
from renkei.exchange.records.processes import Failure, NegotiationRecord, Side, TransferRecord
from renkei.kernel.problems import RenkeiError
from renkei.kernel.values import replace
from renkei.protocol.problems import CROSSED
from renkei.store.port import Changes, Delivery
from renkei.wire.dialects import dialect_of

_log = logging.getLogger(__name__)


class Sending(Processes[R, M]):
    """The half of a participant's processes that we move. Also the courier's errand for their messages."""

    @abstractmethod
    async def _left(self, draft: Draft[R]) -> None:
        """A move of ours was acknowledged: what else follows from it."""

    def _plan(self, draft: Draft[R], planned: Planned) -> None:
        delivery = deliver_later(self._ports, self.task, draft.record, planned)
        draft.record = replace(draft.record, sending=delivery.id)
        draft.deliveries.append(delivery)
        draft.events.append(self._event(draft.record, f"sending {type(planned.message).__name__}"))

    async def attempt(self, delivery: Delivery) -> Afterwards | None:
        """The courier's try; see Errand."""
        outgoing = Outgoing.of(delivery)
        record = await self.kept(delivery.subject)
        if record is None or not _sends(record, delivery):
            await self._ports.store.commit(Changes(delivered=(delivery.id,)))
            return None
        verdict, answered = await attempt(self._ports, delivery, outgoing)
        if verdict is Verdict.CROSSED:
            await self._conclude(delivery, self._crossed)
        elif verdict is Verdict.REFUSED:
            dialect = dialect_of(outgoing.version, self._ports.dialects)
            cause = f"{answered.status}: {said(answered, dialect)}"
            await self._conclude(delivery, lambda draft: self._refused(draft, "partner-refused", cause))
        elif record.process.acknowledged().final or not self._ports.settings.lull:
            await self._conclude(delivery, lambda draft: self._taken(draft, answered))
        else:
            return lambda: self._settle(delivery, answered)
        return None

    async def _settle(self, delivery: Delivery, answered: Answered) -> None:
        """A quick partner's next message comes right behind its answer, and taking it settles this one as well."""
        await self._watch.changed(self.record_type.kind, delivery.subject, self._ports.settings.lull)
        await self._conclude(delivery, lambda draft: self._taken(draft, answered))

    async def give_up(self, delivery: Delivery, cause: RenkeiError) -> None:
        """The tries are used up: we are out of this process, unless our last word was its good end."""
        await self._conclude(delivery, lambda draft: self._given_up(draft, cause))

    async def _conclude(self, delivery: Delivery, follow: Callable[[Draft[R]], Awaitable[None]]) -> None:
        """Remove the row; apply what follows unless the partner's own message has already settled this move."""

        async def decide() -> Step[None]:
            record = await self.kept(delivery.subject)
            if record is None or not _sends(record, delivery):
                return Step(None, None)  # the row has gone with that move; were it still there, its next try removes it
            draft = Draft(record)
            draft.delivered.append(delivery.id)
            await follow(draft)
            return Step(draft.changes(), None)

        await self._step(delivery.subject, decide)

    async def _taken(self, draft: Draft[R], answered: Answered) -> None:
        record = draft.record
        if record.partner_pid is None:
            pid = self._partner_pid(record, answered)
            if pid is None:
                await self._refused(draft, "partner-unclear", "the answer names no pid of the partner")
                return
            record = replace(record, partner_pid=pid)
        draft.record = self._acknowledged(record)
        draft.events.append(self._event(draft.record, f"acknowledged {draft.record.state.name}"))
        await self._left(draft)
        if not draft.record.process.final:
            await self._advance(draft)

    async def _crossed(self, draft: Draft[R]) -> None:
        """The partner's own move goes first: ours has not happened, and theirs is on its way to us."""
        draft.events.append(self._event(draft.record, f"crossed {draft.record.process.pending}"))
        failure = Failure(ours=False, code=CROSSED.code)
        draft.record = replace(self._undone(draft.record, failure, final=False), failure=draft.record.failure)

    async def _refused(self, draft: Draft[R], code: str, cause: str) -> None:
        record = draft.record
        assert record.pending is not None
        if record.process.restating:
            self._unheard(draft, cause)
            return
        ended = record.state.name == "INITIAL" or record.pending.name == "TERMINATED"
        draft.record = self._undone(record, Failure(ours=False, code=code, reason=(cause,)), final=ended)
        draft.events.append(self._event(draft.record, f"refused {record.pending.name}"))
        _log.warning("our message was refused", extra={"code": code, "process_id": record.id, "cause": cause})
        if not ended:
            await self._end(draft, code, cause)

    async def _given_up(self, draft: Draft[R], cause: RenkeiError) -> None:
        record = draft.record
        assert record.pending is not None
        if record.process.restating:
            self._unheard(draft, cause.message())
            return
        failure = Failure(ours=True, code=cause.code, reason=(cause.message(),))
        if record.pending.name in {"FINALIZED", "COMPLETED"}:
            draft.record = replace(self._acknowledged(record), failure=failure)
            await self._left(draft)
        else:
            draft.record = self._undone(record, failure, final=True)
        draft.events.append(self._event(draft.record, f"gave up {record.pending.name}"))
        _log.error("gave up", extra={"code": cause.code, "process_id": record.id, "cause": cause.message()})

    def _unheard(self, draft: Draft[R], cause: str) -> None:
        """What was said once more was not taken: both sides are where they were."""
        record = draft.record
        draft.record = self._acknowledged(record)
        draft.events.append(self._event(record, f"not taken {record.state.name}"))
        _log.info("a restatement was not taken", extra={"code": "restatement-refused", "cause": cause})

    def _partner_pid(self, record: R, answered: Answered) -> str | None:
        """The pid that the partner's answer to an opening message names."""
        member = "providerPid" if record.side is Side.CONSUMER else "consumerPid"
        return partner_pid(answered, member, dialect_of(record.protocol_version, self._ports.dialects))

    def _acknowledged(self, record: R) -> R:
        return record.at(record.process.acknowledged())

    def _undone(self, record: R, failure: Failure, *, final: bool) -> R:
        """A move of ours did not happen; with ``final`` the process ends here for us."""
        undone = replace(record.at(record.process.abandoned()), failure=failure)
        return replace(undone, state=type(undone.state).TERMINATED) if final else undone

    async def _end(self, draft: Draft[R], code: str, reason: str) -> None:
        """Send a termination; what had gone wrong before stays the reason that we keep."""
        failure = draft.record.failure
        await self._move(draft, self._termination(code, reason))
        draft.record = replace(draft.record, failure=failure)


def _sends(record: NegotiationRecord | TransferRecord, delivery: Delivery) -> bool:
    """Whether this row is the message of the move that waits: an older one's business is settled."""
    return record.pending is not None and record.sending == delivery.id
