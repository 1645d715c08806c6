"""The outbox at work: what is due towards a partner is tried until it is done or given up.

A committed row is started at once by the step that committed it, as soon as our own answer is on the wire
(``hold`` before the commit, ``release`` after the answer). One that is put off is tried when its time has come, by an
agenda of what is due soon, so that a wake costs what is due and not what is kept. The look through the outbox, a few
seconds apart, is the safety net: after a restart, and for rows that came in by another way. Each try is bounded; each
next one waits longer, with jitter; the number is bounded.

Tries of one kind share places, and neither a partner nor a host with all the did:web names below it holds more than a
part of them: who never answers must not keep our messages from the others, nor one name those to its host's others.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
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
        self._running: dict[str, asyncio.Task[Delivery | None]] = {}
        self._wake = asyncio.Event()
        self._agenda: list[tuple[datetime, str]] = []
        self._appointed: dict[str, datetime] = {}
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
                self._appoint(delivery)

    def _appoint(self, delivery: Delivery) -> None:
        """Try a row when it is due; what is due later than the next look is found by that."""
        soon = delivery.due - self._clock.now() <= timedelta(seconds=_LONGEST_NAP)
        if soon and self._appointed.get(delivery.id) != delivery.due:
            self._appointed[delivery.id] = delivery.due
            heapq.heappush(self._agenda, (delivery.due, delivery.id))
            if self._agenda[0][1] == delivery.id:
                self._wake.set()

    def _launch(self, delivery: Delivery) -> None:
        if self._closing:
            return
        before = self._running.get(delivery.id)
        task = asyncio.create_task(self._carry(delivery, before), name=f"{delivery.task} {delivery.id}")
        self._running[delivery.id] = task
        self._waiting[delivery.peer] += 1
        task.add_done_callback(lambda done: self._finished(delivery, done))

    def _finished(self, delivery: Delivery, task: asyncio.Task[Delivery | None]) -> None:
        if self._running.get(delivery.id) is task:
            del self._running[delivery.id]
        self._waiting[delivery.peer] -= 1
        if not self._waiting[delivery.peer]:
            del self._waiting[delivery.peer]
        if task.cancelled():
            return
        if (error := task.exception()) is not None:
            _log.error("delivery failed", exc_info=error, extra={"code": "delivery-crashed"})
        elif (late := task.result()) is not None:
            self._appoint(late)

    async def _run(self) -> None:
        now = asyncio.get_running_loop().time
        while True:
            ends = now() + await self.look()
            while (left := ends - now()) > 0:
                self._wake.clear()
                try:
                    async with asyncio.timeout(min(left, await self._keep_appointments())):
                        await self._wake.wait()
                except TimeoutError:
                    continue

    async def look(self) -> float:
        """Start every row that is due; how many seconds until the next look. Whoever moves the clock calls it."""
        now = self._clock.now()
        # What is under way must not hide what is due behind it.
        limit = _LOOKED_AT + len(self._running) + len(self._held)
        rows = await self._store.deliveries(limit=limit)
        for delivery in rows:
            if delivery.id in self._held or delivery.id in self._running:
                continue
            if delivery.due <= now:
                self._launch(delivery)
            else:
                self._appoint(delivery)
        return _LONGEST_NAP if len(rows) < limit or rows[-1].due > now else 0.0

    async def _keep_appointments(self) -> float:
        """Start what is due of the agenda; how many seconds until the next of it is."""
        while self._agenda and self._agenda[0][0] <= self._clock.now():
            due, row = heapq.heappop(self._agenda)
            if self._appointed.get(row) != due:
                continue  # it was put off again
            del self._appointed[row]
            delivery = await self._store.delivery(row)
            if delivery is None or row in self._held or row in self._running:
                continue
            if delivery.due <= self._clock.now():
                self._launch(delivery)
            else:
                self._appoint(delivery)
        if not self._agenda:
            return _LONGEST_NAP
        return max(0.0, (self._agenda[0][0] - self._clock.now()).total_seconds())

    async def _carry(self, delivery: Delivery, before: asyncio.Task[Delivery | None] | None) -> Delivery | None:
        """One try; the row as it was put off, if it was."""
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
            return await self._again(errand, delivery, str(late), count=late.count)
        except RenkeiError as error:
            return await self._again(errand, delivery, str(error), count=True)
        except Exception as error:  # noqa: BLE001 - a defect in one errand must not stop the others, nor lose its row
            _log.exception("delivery failed", extra={"code": "delivery-crashed", "task": delivery.task})
            return await self._again(errand, delivery, repr(error), count=True)
        else:
            return None

    async def _again(self, errand: Errand, delivery: Delivery, cause: str, *, count: bool) -> Delivery | None:
        """Put the row off, or give it up; the row as it is then."""
        tries = delivery.tries + (1 if count else 0)
        _log.info(
            "delivery postponed",
            extra={"code": "delivery-postponed", "task": delivery.task, "tries": tries, "cause": cause},
        )
        if tries >= errand.patience.tries:
            self._troubles.pop(delivery.subject, None)
            await errand.give_up(delivery, GIVEN_UP(partner=delivery.peer, tries=tries, cause=cause))
            return None
        self._troubles[delivery.subject] = cause
        due = self._clock.now() + errand.patience.wait(tries, self._chance())
        late = replace(delivery, tries=tries, due=due)
        await self._store.commit(Changes(deliveries=(late,)))
        return late
