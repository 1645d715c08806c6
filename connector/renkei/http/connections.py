"""The connections of one listener: how many there are, which of them wait for a request, and who makes room.

A connection is busy from the last byte of a request to the last byte of its answer, but for the times in which the
client takes nothing of it; then, before, between and after it waits for its client, and costs a place. When every place
is taken, the one that has waited longest is closed for the new one; only when all are busy the new one is turned away.
So half-sent requests, unread answers and idle connections keep nobody out, however many there are.

Every step is one look-up in a table, whatever the number of connections.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from typing import Protocol

from renkei.http.problems import BUSY

_log = logging.getLogger(__name__)


class Connection(Protocol):
    """What is asked of a connection here."""

    @property
    def has_request(self) -> bool:
        """Whether a whole head has come that nobody has looked at yet."""
        ...

    def abort(self) -> None:
        """Close at once, without a word."""
        ...


class Room:
    """The places of one listener: ``places`` connections, and ``seconds`` for a head once it is waited for.

    A new connection's head is waited for at once. One that has been answered may be quiet until the first byte of its
    next head; for how long is not decided here.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, places: int, seconds: float) -> None:
        self._loop = loop
        self._places = places
        self._seconds = seconds
        self._open: set[Connection] = set()
        # Each with the time since when, longest first.
        self._heads: OrderedDict[Connection, float] = OrderedDict()
        self._bodies: OrderedDict[Connection, float] = OrderedDict()
        self._unread: OrderedDict[Connection, float] = OrderedDict()
        self._idle: OrderedDict[Connection, float] = OrderedDict()
        self._timer: asyncio.TimerHandle | None = None

    def enter(self, connection: Connection) -> bool:
        """Whether there is a place for a new connection, another one's if need be."""
        if len(self._open) >= self._places and not self._make_place():
            return False
        self._open.add(connection)
        self._await_head(connection)
        return True

    def leave(self, connection: Connection) -> None:
        """Its place is free."""
        self._open.discard(connection)
        self.work(connection)
        self.flow(connection)

    def begin(self, connection: Connection) -> None:
        """Bytes have come that are no whole head yet."""
        if self._idle.pop(connection, None) is not None:
            self._await_head(connection)

    def await_body(self, connection: Connection) -> None:
        """It has sent a head, and the body is not all here."""
        if connection in self._open:
            self._bodies[connection] = self._loop.time()

    def work(self, connection: Connection) -> None:
        """It has sent what was waited for."""
        self._idle.pop(connection, None)
        self._heads.pop(connection, None)
        self._bodies.pop(connection, None)

    def stall(self, connection: Connection) -> None:
        """Its client takes nothing more of what we have for it."""
        if connection in self._open:
            self._unread[connection] = self._loop.time()

    def flow(self, connection: Connection) -> None:
        """Its client has taken everything."""
        self._unread.pop(connection, None)

    def rest(self, connection: Connection, now: float) -> None:
        """Its request is answered."""
        if connection in self._open:
            self._idle[connection] = now

    def close(self) -> None:
        """Watch the heads no longer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _await_head(self, connection: Connection) -> None:
        self._heads[connection] = now = self._loop.time()
        if self._timer is None:
            self._timer = self._loop.call_at(now + self._seconds, self._end_late_heads)

    def _end_late_heads(self) -> None:
        self._timer = None
        now = self._loop.time()
        while self._heads:
            connection, since = next(iter(self._heads.items()))
            if now < since + self._seconds:
                self._timer = self._loop.call_at(since + self._seconds, self._end_late_heads)
                return
            self._end(connection, self._heads)

    def _make_place(self) -> bool:
        """Close the connection that has waited longest; whether there was one."""
        while waiting := [queue for queue in (self._heads, self._bodies, self._unread, self._idle) if queue]:
            queue = min(waiting, key=lambda queue: next(iter(queue.values())))
            if self._end(next(iter(queue)), queue):
                return True
        return False

    def _end(self, connection: Connection, queue: OrderedDict[Connection, float]) -> bool:
        """Close a waiting connection, unless its request has come and is about to be taken up.

        What has come behind a body or an answer that does not move will not be.
        """
        if connection.has_request and (queue is self._heads or queue is self._idle):
            del queue[connection]
            return False
        self.leave(connection)
        _log.info("waiting connection closed", extra={"code": BUSY.code})
        connection.abort()
        return True
