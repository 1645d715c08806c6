"""One step: load, decide, commit; on a conflict load and decide again. Then wake what the commit has scheduled.

Steps on the same thing take turns within this process, so that none is decided in vain: a reply and the message that
overtakes it meet in every quick negotiation. Beside another process the conflict decides. A decision that begins a step
on the very thing it decides about would wait for itself for ever: that is an error of whoever wrote it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar
from weakref import WeakValueDictionary

from renkei.exchange.machine.courier import Courier
from renkei.exchange.machine.watch import Watch
from renkei.exchange.problems import BACKLOG, BUSY, WITHIN_ITSELF
from renkei.kernel.problems import RenkeiError
from renkei.store.port import Changes, Delivery, Store
from renkei.store.problems import CONFLICT

T = TypeVar("T")
_ATTEMPTS: Final = 64  # conflicts need another step to have won, so this many in a row means a flood
_MOST_OWED: Final = 1000  # messages to one partner, of processes that it has begun and does not go on with


@dataclass(frozen=True, slots=True)
class Step(Generic[T]):
    """What was decided: ``changes`` to store (``None``: nothing), and what to tell the caller."""

    changes: Changes | None
    result: T


class Steps:
    """Runs steps against one store."""

    def __init__(self, store: Store, courier: Courier, watch: Watch) -> None:
        self._store = store
        self._courier = courier
        self._watch = watch
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._under_way: dict[str, asyncio.Task[object] | None] = {}

    async def run(self, what: str, decide: Callable[[], Awaitable[Step[T]]]) -> T:
        """A step of our own on ``what``, a name of the thing that changes: what it scheduled starts at once."""
        result, scheduled = await self.run_held(what, decide)
        self._courier.release(scheduled)
        return result

    async def run_held(self, what: str, decide: Callable[[], Awaitable[Step[T]]]) -> tuple[T, tuple[Delivery, ...]]:
        """A step within a partner's request: the caller releases what it scheduled when the answer is on the wire.

        Raises LocalError ``store-busy`` when others change the same record again and again, ``step-within-itself``.
        """
        task = asyncio.current_task()
        if task is not None and self._under_way.get(what) is task:
            raise WITHIN_ITSELF(what=what)
        async with self._turns.setdefault(what, asyncio.Lock()):
            self._under_way[what] = task
            try:
                return await self._run(what, decide)
            finally:
                del self._under_way[what]

    async def _run(self, what: str, decide: Callable[[], Awaitable[Step[T]]]) -> tuple[T, tuple[Delivery, ...]]:
        for _ in range(_ATTEMPTS):
            step = await decide()
            if step.changes is None:
                return step.result, ()
            scheduled = step.changes.deliveries
            self._courier.hold(scheduled)
            try:
                await self._store.commit(step.changes)
            except BaseException as error:
                self._courier.drop(scheduled)
                if isinstance(error, RenkeiError) and error.problem is CONFLICT:
                    continue
                raise
            self._watch.touched(step.changes.records)
            return step.result, scheduled
        raise BUSY(what=what)

    def demand_room(self, peer: str) -> None:
        """Begin nothing new with a partner that does not take what we owe it already.

        Raises PeerError ``process-backlog``.
        """
        if self._courier.backlog(peer) >= _MOST_OWED:
            raise BACKLOG(limit=_MOST_OWED)

    def trouble(self, subject: str) -> str:
        """What the last try to deliver something about this ran into; empty: nothing waits after a failure."""
        return self._courier.trouble(subject)

    def release(self, scheduled: tuple[Delivery, ...]) -> None:
        """Our answer is on the wire."""
        self._courier.release(scheduled)


def together(changes: Iterable[Changes]) -> Changes:
    """Several changes as one; of rows of the outbox that share an id, the one that is due first."""
    every = tuple(changes)
    rows: dict[str, Delivery] = {}
    for row in (row for each in every for row in each.deliveries):
        before = rows.get(row.id)
        if before is None or row.due < before.due:
            rows[row.id] = row
    return Changes(
        records=tuple(row for each in every for row in each.records),
        events=tuple(event for each in every for event in each.events),
        deliveries=tuple(rows.values()),
        delivered=tuple(row for each in every for row in each.delivered),
        replays=tuple(row for each in every for row in each.replays),
        answers=tuple(row for each in every for row in each.answers),
        increments=tuple(row for each in every for row in each.increments),
    )
