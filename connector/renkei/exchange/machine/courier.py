"""The outbox at work: what is due towards a partner is tried until it is done or given up.

A committed row is started at once by the step that committed it, as soon as our own answer is on the wire
(``hold`` before the commit, ``release`` after the answer). The loop over due rows is the safety net: after a restart,
and for tries that come later. Each try is bounded; each next one waits longer, with jitter; the number is bounded.

Tries of one kind share places, and neither a partner nor a host with all the did:web names below it holds more than a
part of them: who never answers must not keep our messages from the others, nor one name those to its host's others.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final, Protocol
from weakref import WeakValueDictionary

from renkei.exchange.machine.patience import Patience
from renkei.exchange.machine.sites import site_of
from renkei.exchange.ports import Clock
from renkei.exchange.problems import GIVEN_UP
from renkei.kernel.problems import RenkeiError
from renkei.kernel.values import replace
from renkei.store.port import Changes, Delivery, Store

_log = logging.getLogger(__name__)
_LONGEST_NAP: Final = 5.0
_AT_ONCE: Final = 96
_SITE_SHARE: Final = 24
_SHARE: Final = 16
_LOOKED_AT: Final = 1000


class NotYetError(Exception):
    """This try did not succeed and another one may: the partner is away, busy, or behind us."""

    def __init__(self, cause: str, *, count: bool = True) -> None:
        super().__init__(cause)
        self.count = count
        """Whether it uses up one of the tries."""


Afterwards = Callable[[], Awaitable[None]]


class Errand(Protocol):
    """What one kind of row means. ``attempt`` removes the row by its own commit when it is done."""

    @property
    def patience(self) -> Patience:
        """How long to go on trying."""
        ...

    async def attempt(self, delivery: Delivery) -> Afterwards | None:
        """Try once. Raises NotYetError (or any PeerError of the line) when it should be tried again.

        What it returns is called when the place is free for others, and may raise the same.
        """
        ...

    async def give_up(self, delivery: Delivery, cause: RenkeiError) -> None:
        """The tries are used up: store what follows from that, and remove the row."""
        ...


class Courier:
    """Delivers the outbox. One for each store; lives as long as its node."""

    def __init__(self, store: Store, clock: Clock, chance: Callable[[], float] = random.random) -> None:
        self._store = store
        self._clock = clock
        self._chance = chance
        self._errands: dict[str, Errand] = {}
        self._held: dict[str, Delivery] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()
        self._places: dict[str, asyncio.Semaphore] = {}
        self._shares: WeakValueDictionary[tuple[str, str], asyncio.Semaphore] = WeakValueDictionary()
        self._site_shares: WeakValueDictionary[tuple[str, str], asyncio.Semaphore] = WeakValueDictionary()
        self._waiting: Counter[str] = Counter()
        self._troubles: dict[str, str] = {}
        self._loop: asyncio.Task[None] | None = None
        self._closing = False

    def employ(self, errands: Mapping[str, Errand]) -> None:
        """Say what each kind of row means; once, before ``start``."""
        self._errands.update(errands)
        # One row may wait for another kind's (an answer for its negotiation): they must not share places.
        self._places.update((task, asyncio.Semaphore(_AT_ONCE)) for task in errands)

    def start(self) -> None:
        """Begin with whatever an earlier life has left in the outbox."""
        self._loop = asyncio.create_task(self._run(), name="courier")

    async def stop(self, grace: float = 2.0) -> None:
        """Finish the tries that are under way, for at most ``grace`` seconds; the rest stays in the outbox."""
        self._closing = True
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
        if running := list(self._running.values()):
            _, late = await asyncio.wait(running, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def idle(self, seconds: float) -> bool:
        """Wait until nothing is under way, at most so long; whether that came true."""
        try:
            async with asyncio.timeout(seconds):
                while running := [task for task in self._running.values() if not task.done()]:
                    await asyncio.wait(running)
        except TimeoutError:
            return False
        return True

    def backlog(self, peer: str) -> int:
        """How many rows for a partner are being tried or wait for their turn."""
        return self._waiting[peer]

    def trouble(self, subject: str) -> str:
        """What the last try ran into, of the rows about this that wait for another one; empty: there is none."""
        return self._troubles.get(subject, "")

    def hold(self, deliveries: Iterable[Delivery]) -> None:
        """Rows about to be committed: the loop must not start them before they are released."""
        self._held.update((delivery.id, delivery) for delivery in deliveries)

    def drop(self, deliveries: Iterable[Delivery]) -> None:
        """Their commit failed: they do not exist."""
        for delivery in deliveries:
            self._held.pop(delivery.id, None)

    def release(self, deliveries: Iterable[Delivery]) -> None:
        """Our answer is on the wire: start what is due."""
        for delivery in deliveries:
            if self._held.pop(delivery.id, None) is None:
                continue
            if delivery.due <= self._clock.now():
                self._launch(delivery)
            else:
                self._wake.set()

    def _launch(self, delivery: Delivery) -> None:
        if self._closing:
            return
        before = self._running.get(delivery.id)
        task = asyncio.create_task(self._carry(delivery, before), name=f"{delivery.task} {delivery.id}")
        self._running[delivery.id] = task
        self._waiting[delivery.peer] += 1
        task.add_done_callback(lambda done: self._finished(delivery, done))

    def _finished(self, delivery: Delivery, task: asyncio.Task[None]) -> None:
        if self._running.get(delivery.id) is task:
            del self._running[delivery.id]
        self._waiting[delivery.peer] -= 1
        if not self._waiting[delivery.peer]:
            del self._waiting[delivery.peer]
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("delivery failed", exc_info=error, extra={"code": "delivery-crashed"})

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            nap = await self.look()
            try:
                async with asyncio.timeout(nap):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def look(self) -> float:
        """Start every row that is due; how many seconds to wait for the next one. Whoever moves the clock calls it."""
        now = self._clock.now()
        # What is under way must not hide what is due behind it.
        limit = _LOOKED_AT + len(self._running) + len(self._held)
        rows = await self._store.deliveries(limit=limit)
        for delivery in rows:
            if delivery.id in self._held or delivery.id in self._running:
                continue
            if delivery.due > now:
                return min(_LONGEST_NAP, (delivery.due - now).total_seconds())
            self._launch(delivery)
        return _LONGEST_NAP if len(rows) < limit else 0.0

    async def _carry(self, delivery: Delivery, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.gather(before, return_exceptions=True)
        task, peer = delivery.task, delivery.peer
        share = self._shares.setdefault((task, peer), asyncio.Semaphore(_SHARE))
        site = self._site_shares.setdefault((task, site_of(peer)), asyncio.Semaphore(_SITE_SHARE))
        errand = self._errands[delivery.task]
        try:
            # Its own share first: whoever waits for that must not do so in a place that others could use.
            async with share, site, self._places[delivery.task]:
                afterwards = await errand.attempt(delivery)
            self._troubles.pop(delivery.subject, None)
            if afterwards is not None:
                await afterwards()
        except NotYetError as late:
            await self._again(errand, delivery, str(late), count=late.count)
        except RenkeiError as error:
            await self._again(errand, delivery, str(error), count=True)
        except Exception as error:  # noqa: BLE001 - a defect in one errand must not stop the others, nor lose its row
            _log.exception("delivery failed", extra={"code": "delivery-crashed", "task": delivery.task})
            await self._again(errand, delivery, repr(error), count=True)

    async def _again(self, errand: Errand, delivery: Delivery, cause: str, *, count: bool) -> None:
        """Put the row off, or give it up."""
        tries = delivery.tries + (1 if count else 0)
        _log.info(
            "delivery postponed",
            extra={"code": "delivery-postponed", "task": delivery.task, "tries": tries, "cause": cause},
        )
        if tries >= errand.patience.tries:
            self._troubles.pop(delivery.subject, None)
            await errand.give_up(delivery, GIVEN_UP(partner=delivery.peer, tries=tries, cause=cause))
            return
        self._troubles[delivery.subject] = cause
        due = self._clock.now() + errand.patience.wait(tries, self._chance())
        await self._store.commit(Changes(deliveries=(replace(delivery, tries=tries, due=due),)))
        self._wake.set()
