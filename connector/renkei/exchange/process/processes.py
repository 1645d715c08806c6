"""What negotiations and transfers have in common, whoever moves them: steps by hand, and looking at them.

``receiving`` tells how a partner's message is taken, ``sending`` how one of ours is brought to it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from renkei.exchange.agreement.agreements import Agreements
from renkei.exchange.agreement.obligations import Obligations
from renkei.exchange.catalog.catalogs import Catalogs
from renkei.exchange.consent.consent_demands import ConsentDemands
from renkei.exchange.machine.drafts import Draft, R
from renkei.exchange.machine.patience import Patience
from renkei.exchange.machine.steps import Step, Steps
from renkei.exchange.machine.watch import Watch
from renkei.exchange.partner.register import known_of
from renkei.exchange.ports import Ports
from renkei.exchange.problems import TIMED_OUT, UNKNOWN_PROCESS
from renkei.exchange.process.decisions import Decisions, NegotiationStep, TransferStep
from renkei.exchange.process.usage import Usage
from renkei.policy.world import Fact
from renkei.store.port import Event

M = TypeVar("M", NegotiationStep, TransferStep)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What one participant's processes work with.

    ``decisions``: its rule book; ``usage``: what agreements permit.
    """

    ports: Ports
    steps: Steps
    watch: Watch
    patience: Patience
    catalogs: Catalogs
    agreements: Agreements
    consents: ConsentDemands
    obligations: Obligations
    decisions: Decisions
    usage: Usage


class Processes(ABC, Generic[R, M]):
    """One participant's processes of one kind: ``R`` is what is kept of each, ``M`` a move of ours."""

    task: ClassVar[str]

    def __init__(self, means: Means) -> None:
        self._ports = means.ports
        self._steps = means.steps
        self._watch = means.watch
        self.patience = means.patience
        self._catalogs = means.catalogs
        self._agreements = means.agreements
        self._consents = means.consents
        self._decisions = means.decisions

    # --- what the two kinds fill in --------------------------------------------------------------

    @property
    @abstractmethod
    def record_type(self) -> type[R]:
        """What is kept of each process."""

    @abstractmethod
    async def _move(self, draft: Draft[R], step: M) -> None:
        """Make a move of ours: the table must allow it, and its message goes into the outbox."""

    @abstractmethod
    def _termination(self, code: str, reason: str) -> M:
        """The move that ends a process."""

    @abstractmethod
    async def _advance(self, draft: Draft[R]) -> None:
        """Ask the rule book, and make the move that it names."""

    async def _known_facts(self, draft: Draft[R]) -> dict[str, Fact]:
        """What is known of the partner right now: what it has proved in this step goes before the register."""
        registered = (await self._ports.register.about(draft.record.partner)).facts
        return known_of(registered, draft.facts, self._ports.clock.now())

    # --- our own steps ---------------------------------------------------------------------------

    async def _begin(self, record: R, step: M) -> str:
        """Open a process; returns our pid as soon as it is stored."""

        async def decide() -> Step[str]:
            draft = Draft(record)
            await self._move(draft, step)
            return Step(draft.changes(), record.id)

        return await self._step(record.id, decide)

    async def move(self, pid: str, step: M) -> R:
        """A move by hand, along the figure's arrows. Raises LocalError ``protocol-our-illegal-move`` and others."""
        return await self._by_hand(pid, lambda draft: self._move(draft, step))

    async def terminate(self, pid: str, code: str, reason: str) -> R:
        """End a process by hand."""
        return await self.move(pid, self._termination(code, reason))

    async def _by_hand(self, pid: str, act: Callable[[Draft[R]], Awaitable[None]]) -> R:
        async def decide() -> Step[R]:
            record = await self.kept(pid)
            if record is None:
                raise UNKNOWN_PROCESS()
            draft = Draft(record)
            await act(draft)
            return Step(draft.changes(), draft.record)

        return await self._step(pid, decide)

    async def _step(self, pid: str, decide: Callable[[], Awaitable[Step[T]]]) -> T:
        """A step of our own on one process."""
        return await self._steps.run(f"{self.task} {pid}", decide)

    # --- looking and waiting ---------------------------------------------------------------------

    async def kept(self, pid: str) -> R | None:
        """A process of ours."""
        row = await self._ports.store.load(self.record_type.kind, pid)
        return None if row is None else self.record_type.of(row)

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
        return record.event(what, self._ports.clock.now())
