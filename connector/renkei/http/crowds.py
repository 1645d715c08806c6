"""Who waits for one thing of many, how many may, and who makes room: for look-ups that strangers can make us do.

Whoever waits for a fetch holds a connection of the listener meanwhile, so all that wait are bounded in number. When a
crowd is full, the site for which most wait makes room: its oldest fetch is broken off, with all that wait for it. So
one host that never answers, or a thousand callers that name it, keep nobody out; and where every site has few, it is
the one that has come first, and an honest host has answered by then. Few fetches of one site run at a time.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Final, Generic, TypeVar
from weakref import WeakValueDictionary

_Found = TypeVar("_Found")
_RUNNING: Final = 4


@dataclass(slots=True, eq=False)
class Fetch(Generic[_Found]):
    """One fetch that callers wait for. ``task`` is set when the first has been let in."""

    site: str
    crowd: Crowd[_Found]
    task: asyncio.Task[_Found] | None = None
    callers: int = 0
    broken_off: bool = False


class Crowd(Generic[_Found]):
    """At most ``most`` callers at a time, whatever they wait for. Used inside one event loop."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._number = 0
        self._callers: Counter[str] = Counter()
        # By site, oldest first.
        self._fetches: dict[str, dict[Fetch[_Found], None]] = {}
        self._running: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    def running(self, site: str) -> asyncio.Semaphore:
        """What a fetch holds while it asks its host."""
        return self._running.setdefault(site, asyncio.Semaphore(_RUNNING))

    def join(self, fetch: Fetch[_Found]) -> bool:
        """Whether one more may wait for this fetch, others being sent away if need be."""
        if self._number >= self._most and not self._make_room(fetch.site):
            return False
        self._fetches.setdefault(fetch.site, {})[fetch] = None
        fetch.callers += 1
        self._count(fetch.site, 1)
        return True

    def leave(self, fetch: Fetch[_Found]) -> None:
        """One waits no longer."""
        if fetch.broken_off:
            return
        fetch.callers -= 1
        self._count(fetch.site, -1)
        if not fetch.callers:
            self._forget(fetch)

    def _make_room(self, newcomer: str) -> bool:
        crowded, most = max(self._callers.items(), key=lambda entry: entry[1])
        if self._callers[newcomer] >= most:
            return False
        oldest = next(iter(self._fetches[crowded]))
        oldest.broken_off = True
        self._forget(oldest)
        self._count(crowded, -oldest.callers)
        if oldest.task is not None:
            oldest.task.cancel()
        return True

    def _forget(self, fetch: Fetch[_Found]) -> None:
        of_site = self._fetches[fetch.site]
        del of_site[fetch]
        if not of_site:
            del self._fetches[fetch.site]

    def _count(self, site: str, step: int) -> None:
        self._number += step
        self._callers[site] += step
        if not self._callers[site]:
            del self._callers[site]
