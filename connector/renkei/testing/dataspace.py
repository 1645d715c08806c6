"""A whole data space in one process: members, scripted partners, a network, and a clock in the test's hand."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from datetime import datetime, timedelta
from typing import Final, Self, TypeVar

from renkei.testing.clock import START, FakeClock
from renkei.testing.member import Member, MemberConfig
from renkei.testing.network import Network
from renkei.testing.scripted import ScriptedPartner

T = TypeVar("T")
_TURNS: Final = 20  # of the event loop without a sign of life: no chain of awaits in memory is nearly that long
_HOUR: Final = timedelta(hours=1)


class InMemoryDataspace:
    """Members by short name: ``alice`` is ``did:web:alice.example``. The same seed gives the same run."""

    def __init__(self, seed: int = 0, start: datetime = START) -> None:
        self.clock = FakeClock(start)
        self.network = Network(self.clock)
        self._seed = seed
        self._members: dict[str, Member] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop every member."""
        for member in self:
            await member.stop()

    def __iter__(self) -> Iterator[Member]:
        return iter(list(self._members.values()))

    def __getitem__(self, name: str) -> Member:
        return self._members[name]

    async def join(self, name: str, config: MemberConfig | None = None) -> Member:
        """A new member, running."""
        assert name not in self._members, f"{name} is a member already"
        member = Member(name, self.network, self.clock, seed=self._seed, config=config or MemberConfig())
        self._members[name] = member
        await member.start()
        return member

    def partner(self, name: str) -> ScriptedPartner:
        """A peer with real keys that says only what the test makes it say."""
        return ScriptedPartner(name, self.network, self.clock, seed=self._seed)

    # --- time ------------------------------------------------------------------------------------

    async def settle(self) -> None:
        """Let happen all that can happen without the clock moving on."""
        seen: object = None
        turns = 0
        while turns < _TURNS:
            members = self._running()
            signs = (self.network.count, *(member.store.commits for member in members))
            if signs != seen:
                seen, turns = signs, 0
                await self.network.deliver_late()
                for member in members:
                    await member.participant.courier.look()
            if self.network.moving:
                await self.network.still()
            await asyncio.sleep(0)
            turns += 1

    async def advance(self, by: float | timedelta) -> None:
        """Move the clock on by seconds, or by any span, and let happen what then is due."""
        self.clock.advance(by)
        await self.settle()

    async def run(self, work: Coroutine[object, object, T], at_most: timedelta = _HOUR) -> T:
        """What ``work`` returns or raises, moving the clock to the next due thing whenever everybody waits."""
        end = self.clock.now() + at_most
        task = asyncio.ensure_future(work)
        try:
            await self.settle()
            while not task.done():
                due = await self._next_due()
                if due is None or due > end:
                    raise AssertionError(f"nothing more happens within {at_most}, and this still waits")
                await self.advance(due - self.clock.now())
            return task.result()
        finally:
            task.cancel()

    async def rest(self, at_most: timedelta = _HOUR) -> None:
        """Move the clock on until no outbox holds anything that is due within ``at_most`` from now."""
        end = self.clock.now() + at_most
        await self.settle()
        while (due := await self._next_due()) is not None and due <= end:
            await self.advance(due - self.clock.now())

    def _running(self) -> list[Member]:
        return [member for member in self if member.running]

    async def _next_due(self) -> datetime | None:
        now = self.clock.now()
        dues = [self.network.next_late]
        for member in self._running():
            rows = await member.store.deliveries(limit=100_000)
            dues.extend(row.due for row in rows if row.due > now)
        return min((due for due in dues if due is not None), default=None)
