"""What negotiations and transfers have in common: how a message is taken, and how one of ours is sent.

Taking a message, in this order; everything from 3 on happens again when another step was quicker (a conflict):

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

import hashlib
import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import ClassVar, Generic, TypeVar
from urllib.parse import urlsplit

from renkei.exchange.courier import Afterwards, Patience
from renkei.exchange.endpoint import Reply
from renkei.exchange.outgoing import Outgoing, Planned, Verdict, attempt, deliver_later, said
from renkei.exchange.ports import Answered, Peer, Ports
from renkei.exchange.problems import FOREIGN_CALLBACK, TIMED_OUT, UNKNOWN_PROCESS, WRONG_PID
from renkei.exchange.records.processes import Failure, NegotiationRecord, TransferRecord
from renkei.exchange.steps import Step, Steps
from renkei.exchange.watch import Watch
from renkei.kernel.problems import RenkeiError
from renkei.kernel.values import replace
from renkei.policy.decision import Fact
from renkei.protocol.messages import Message
from renkei.protocol.problems import CROSSED
from renkei.store.port import Answer, Changes, Delivery, Event, Record, Replay
from renkei.trust.did import parse_did_web
from renkei.wire.codec import encode
from renkei.wire.errors import NO_PID
from renkei.wire.problems import CALLBACK_ADDRESS
from renkei.wire.prose import LONGEST_ADDRESS

_log = logging.getLogger(__name__)

R = TypeVar("R", NegotiationRecord, TransferRecord)
T = TypeVar("T")


@dataclass(slots=True)
class Draft(Generic[R]):
    """A step in the making: the process as it will be, and all that is stored with it."""

    record: R
    facts: dict[str, Fact] = field(default_factory=dict)
    rows: list[Record] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    delivered: list[str] = field(default_factory=list)
    replays: list[Replay] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    def changes(self) -> Changes:
        """Everything, for one commit."""
        return Changes(
            records=(self.record.row(), *self.rows),
            events=tuple(self.events),
            deliveries=tuple(self.deliveries),
            delivered=tuple(self.delivered),
            replays=tuple(self.replays),
            answers=tuple(self.answers),
        )


def _sends(record: NegotiationRecord | TransferRecord, delivery: Delivery) -> bool:
    """Whether this row is the message of the move that waits: an older one's business is settled."""
    return record.pending is not None and record.sending == delivery.id


async def _check_host(ports: Ports, partner: str, host: str) -> None:
    if not partner.startswith("did:web:") or host == parse_did_web(partner).host:
        return
    if host in ports.settings.callback_hosts:
        return
    document = await ports.resolver.resolve(partner)
    if host not in {_host(service.endpoint) for service in document.services}:
        raise FOREIGN_CALLBACK(host=host, partner=partner)


def _host(url: str) -> str:
    """The host of an address that was checked, in lower case; empty where there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def digest_of(raw: bytes) -> str:
    """What makes two bodies the same message."""
    return hashlib.sha256(raw).hexdigest()


class Processes(ABC, Generic[R]):
    """One participant's processes of one kind. Also the courier's errand for their messages."""

    record_type: ClassVar[type[NegotiationRecord | TransferRecord]]
    task: ClassVar[str]

    def __init__(self, ports: Ports, steps: Steps, watch: Watch, patience: Patience) -> None:
        self._ports = ports
        self._steps = steps
        self._watch = watch
        self.patience = patience

    # --- what the two kinds fill in --------------------------------------------------------------

    @abstractmethod
    def _read(self, row: Record) -> R:
        """A row as this kind's record."""

    @abstractmethod
    def _receive(self, record: R, message: Message) -> R:
        """The table's verdict on a partner's move (4)."""

    @abstractmethod
    async def _take(self, draft: Draft[R], message: Message) -> None:
        """Check the content and take it in (5)."""

    @abstractmethod
    async def _advance(self, draft: Draft[R]) -> None:
        """Ask the rule book, and plan our next message (6)."""

    @abstractmethod
    async def _left(self, draft: Draft[R]) -> None:
        """A move of ours was acknowledged: what else follows from it."""

    @abstractmethod
    def _acknowledged(self, record: R) -> R: ...

    @abstractmethod
    def _undone(self, record: R, failure: Failure, *, final: bool) -> R:
        """A move of ours did not happen; with ``final`` the process ends here for us."""

    @abstractmethod
    async def _end(self, draft: Draft[R], code: str, reason: str) -> None:
        """Send a termination if the table has an arrow for it, else end it for us."""

    @abstractmethod
    def _state(self, record: R) -> Message:
        """The acknowledgement that shows the state."""

    @abstractmethod
    def _error(self, provider_pid: str, consumer_pid: str, error: RenkeiError) -> Message:
        """The typed error of this kind."""

    # --- taking a message ------------------------------------------------------------------------

    async def state_for(self, peer: Peer, pid: str) -> Reply:
        """GET: the state, for the partner of this process only."""
        record = await self._mine(peer, pid)
        if record is None:
            return self._unknown(peer, pid)
        return Reply(body=encode(self._state(record)))

    async def receive(self, peer: Peer, pid: str, message: Message, digest: str) -> Reply:
        """A message about a process that should exist."""

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
        if record.pending is not None:
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

    async def _step(self, pid: str, decide: Callable[[], Awaitable[Step[T]]]) -> T:
        """A step of our own on one process."""
        return await self._steps.run(f"{self.task} {pid}", decide)

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

    async def _callback(self, peer: Peer, address: str | None) -> str:
        """Where our messages to this partner go.

        What must hold of a callback address:

        1. it is one that we may call at all;
        2. it is at a host of the partner's: of its did:web or a service in its DID document, or one that the operator
           has allowed; a partner that is known by no such id is taken at its word.

        An address that does not hold is the fault of whoever named it, whatever our own rules are. Raises PeerError.
        """
        given = address or ""
        try:
            self._ports.line.check(given)  # 1
        except RenkeiError as error:
            raise CALLBACK_ADDRESS(path="callbackAddress", found=given, limit=LONGEST_ADDRESS) from error
        await _check_host(self._ports, peer.id, _host(given))  # 2
        return given.rstrip("/")

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

    # --- sending a message -----------------------------------------------------------------------

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
            cause = f"{answered.status}: {said(answered)}"
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

    @abstractmethod
    def _partner_pid(self, record: R, answered: Answered) -> str | None:
        """The pid that the partner's answer to an opening message names."""

    # --- looking and waiting ---------------------------------------------------------------------

    async def kept(self, pid: str) -> R | None:
        """A process of ours."""
        row = await self._ports.store.load(self.record_type.kind, pid)
        return None if row is None else self._read(row)

    async def until(self, pid: str, ready: Callable[[R], bool], state: str, seconds: float | None = None) -> R:
        """Wait until a process is as the caller wants it. Raises PeerError ``process-timed-out``."""
        limit = self._ports.settings.wait if seconds is None else seconds
        partner = ""

        async def look() -> R | None:
            nonlocal partner
            record = await self.kept(pid)
            if record is None:
                return None
            partner = record.partner
            return record if ready(record) else None

        try:
            return await self._watch.until(self.record_type.kind, pid, look, limit)
        except TimeoutError:
            cause = self._steps.trouble(pid) or "the partner has not taken its next step"
            kind = self.record_type.kind
            raise TIMED_OUT(process=kind, id=pid, partner=partner, state=state, seconds=limit, cause=cause) from None

    def _event(self, record: R, what: str) -> Event:
        return Event(kind=record.kind, id=record.id, at=self._ports.clock.now(), type=what)
