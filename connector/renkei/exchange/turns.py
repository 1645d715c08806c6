"""Whose turn it is at something that only one can use at a time: each in turn, so that nobody's many keep others out.

Within one's own the order is that of arrival. What waits is bounded for each and for all.

Errors: PeerError ``reading-backlog``.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from renkei.exchange.problems import READING_BACKLOG


class Turns:
    """``each``: how many of one may wait; ``total``: of all together. Used inside one event loop."""

    def __init__(self, each: int, total: int) -> None:
        self._each = each
        self._total = total
        self._taken = False
        # In the order in which they come to their next turn; nobody stands here who waits for nothing.
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._number = 0

    @asynccontextmanager
    async def turn(self, who: str, *, bounded: bool = True) -> AsyncIterator[None]:
        """Wait for a turn and have it. ``bounded``: refused rather than let wait behind too many."""
        if self._taken:
            await self._wait(who, bounded=bounded)
        self._taken = True
        try:
            yield
        finally:
            if who in self._waiting:
                self._waiting.move_to_end(who)
            self._hand_on()

    async def _wait(self, who: str, *, bounded: bool) -> None:
        if bounded and (len(self._waiting.get(who, ())) >= self._each or self._number >= self._total):
            raise READING_BACKLOG(limit=self._each)
        mine = asyncio.get_running_loop().create_future()
        own = self._waiting.setdefault(who, deque())
        own.append(mine)
        self._number += 1
        try:
            await mine
        except asyncio.CancelledError:
            if mine in own:
                own.remove(mine)
                self._number -= 1
                if not own:
                    del self._waiting[who]
            elif not mine.cancelled():
                # The turn came together with the wish not to have it.
                self._hand_on()
            raise

    def _hand_on(self) -> None:
        """Wake who is next; the thing stays taken until then, so that nobody comes in between."""
        while self._waiting:
            who, own = self._waiting.popitem(last=False)
            next_one = own.popleft()
            self._number -= 1
            if own:
                self._waiting[who] = own
            if not next_one.cancelled():
                next_one.set_result(None)
                return
        self._taken = False
