"""Waiting for something kept to change, without asking the database over and over."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from renkei.store.port import Record

T = TypeVar("T")


class Watch:
    """Wakes those who wait for a record, after the commit that changed it."""

    def __init__(self) -> None:
        self._waiting: defaultdict[tuple[str, str], set[asyncio.Event]] = defaultdict(set)

    def touched(self, rows: Iterable[Record]) -> None:
        """These records have just been committed."""
        for row in rows:
            for event in self._waiting.get((row.kind, row.id), ()):
                event.set()

    async def until(self, kind: str, record_id: str, look: Callable[[], Awaitable[T | None]], seconds: float) -> T:
        """Call ``look`` now and after each change until it returns something; TimeoutError after ``seconds``."""
        with self._waiting_for(kind, record_id) as event:
            async with asyncio.timeout(seconds):
                while True:
                    event.clear()
                    found = await look()
                    if found is not None:
                        return found
                    await event.wait()

    async def changed(self, kind: str, record_id: str, seconds: float) -> None:
        """Wait for the next change, at most so long."""
        with self._waiting_for(kind, record_id) as event, suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()

    @contextmanager
    def _waiting_for(self, kind: str, record_id: str) -> Iterator[asyncio.Event]:
        event = asyncio.Event()
        key = (kind, record_id)
        self._waiting[key].add(event)
        try:
            yield event
        finally:
            waiting = self._waiting[key]
            waiting.discard(event)
            if not waiting:
                del self._waiting[key]
