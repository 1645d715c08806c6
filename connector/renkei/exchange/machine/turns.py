"""Whose turn it is at something that only one can use at a time: each site in turn, so nobody's many keep others out.

Many are the wishes of one, or the names that cost nothing below one host. Within a site the order is that of arrival.
What waits is bounded for each participant and for all; when it is all that may, the site of which most wait makes room.

Errors: PeerError ``reading-backlog``.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from renkei.exchange.machine.sites import site_of
from renkei.exchange.problems import READING_BACKLOG


@dataclass(slots=True, eq=False)
class _Wish:
    who: str
    site: str
    bounded: bool
    granted: asyncio.Future[bool]
    """``False``: refused, for others to have room."""


class Turns:
    """``each``: how many of one may wait; ``total``: of all together. Used inside one event loop."""

    def __init__(self, each: int, total: int) -> None:
        self._each = each
        self._total = total
        self._taken = False
        # By site, in the order in which they come to their next turn; nobody stands here who waits for nothing.
        self._waiting: OrderedDict[str, deque[_Wish]] = OrderedDict()
        # Those that may be refused: of each participant, of each site.
        self._of_one: Counter[str] = Counter()
        self._of_site: Counter[str] = Counter()
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
            if (site := site_of(who)) in self._waiting:
                self._waiting.move_to_end(site)
            self._hand_on()

    async def _wait(self, who: str, *, bounded: bool) -> None:
        site = site_of(who)
        if bounded:
            if self._of_one[who] >= self._each:
                raise READING_BACKLOG(limit=self._each)
            if self._number >= self._total:
                self._make_room(site)
        mine = _Wish(who, site, bounded, asyncio.get_running_loop().create_future())
        self._waiting.setdefault(site, deque()).append(mine)
        self._count(mine, 1)
        try:
            granted = await mine.granted
        except asyncio.CancelledError:
            if mine in self._waiting.get(site, ()):
                self._remove(mine)
            elif not mine.granted.cancelled() and mine.granted.result():
                # The turn came together with the wish not to have it.
                self._hand_on()
            raise
        if not granted:
            raise READING_BACKLOG(limit=self._each)

    def _make_room(self, newcomer: str) -> None:
        """Refuse the last wish of the site that has most, unless the newcomer's would then have as many."""
        crowded, most = max(self._of_site.items(), key=lambda entry: entry[1], default=("", 0))
        if most <= self._of_site[newcomer] + 1:
            raise READING_BACKLOG(limit=self._each)
        last = next(wish for wish in reversed(self._waiting[crowded]) if wish.bounded)
        self._remove(last)
        if not last.granted.cancelled():
            last.granted.set_result(False)

    def _hand_on(self) -> None:
        """Wake who is next; the thing stays taken until then, so that nobody comes in between."""
        while self._waiting:
            site, own = self._waiting.popitem(last=False)
            next_one = own.popleft()
            self._count(next_one, -1)
            if own:
                self._waiting[site] = own
            if not next_one.granted.cancelled():
                next_one.granted.set_result(True)
                return
        self._taken = False

    def _remove(self, wish: _Wish) -> None:
        own = self._waiting[wish.site]
        own.remove(wish)
        if not own:
            del self._waiting[wish.site]
        self._count(wish, -1)

    def _count(self, wish: _Wish, step: int) -> None:
        if not wish.bounded:
            return
        self._number += step
        for counter, key in ((self._of_one, wish.who), (self._of_site, wish.site)):
            counter[key] += step
            if not counter[key]:
                del counter[key]
