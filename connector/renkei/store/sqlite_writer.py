"""The one thread that writes to SQLite, and how one step of the port is written.

Steps that wait are taken together and stored in one transaction, so that one flush to disk serves them all (group
commit). Each has a savepoint: one that is refused is undone alone. If a transaction breaks, each of its steps is
tried again by itself, so that only the culprit fails. Outcomes go back to the event loop in one call a group,
after the transaction is on disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread

from renkei.kernel.problems import RenkeiError
from renkei.store import columns
from renkei.store.port import Changes, Increment, Record
from renkei.store.problems import CONFLICT, REPLAYED
from renkei.store.sqlite_file import broken

Step = Callable[[sqlite3.Connection], int]
_Outcome = int | RenkeiError

# So that the first of a group does not wait for a crowd.
_LARGEST_GROUP = 256


@dataclass(frozen=True, slots=True)
class _Waiting:
    step: Step
    caller: asyncio.Future[int]
    stored: Callable[[], None]


class Writer:
    """Owns the write connection. ``groups`` counts the transactions that were stored."""

    def __init__(self, connection: sqlite3.Connection, loop: asyncio.AbstractEventLoop) -> None:
        self.groups = 0
        self._connection = connection
        self._loop = loop
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="renkei-store-writer", daemon=True)
        self._thread.start()

    async def store(self, step: Step, stored: Callable[[], None] = lambda: None) -> int:
        """Have a step stored; returns or raises what the step does, once that is certain.

        A caller that is cancelled meanwhile does not learn the outcome; the step may be stored nevertheless, and
        ``stored`` is called on the event loop whenever it was.
        """
        caller: asyncio.Future[int] = self._loop.create_future()
        self._queue.put(_Waiting(step, caller, stored))
        return await caller

    def finish(self) -> None:
        """Store what was handed in before, then end the thread. Blocks."""
        self._queue.put(None)
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        more = True
        while more:
            group, more = self._next_group()
            if group:
                outcomes = self._stored(group)
                # A loop that is gone has no caller left to tell.
                with contextlib.suppress(RuntimeError):
                    self._loop.call_soon_threadsafe(_tell, group, outcomes)

    def _next_group(self) -> tuple[Sequence[_Waiting], bool]:
        group: list[_Waiting] = []
        entry = self._queue.get()
        while entry is not None:
            group.append(entry)
            if len(group) == _LARGEST_GROUP:
                return group, True
            try:
                entry = self._queue.get_nowait()
            except Empty:
                return group, True
        return group, False

    def _stored(self, group: Sequence[_Waiting]) -> Sequence[_Outcome]:
        try:
            outcomes = self._transaction(group)
        except Exception as error:  # noqa: BLE001 - whatever breaks, callers are told and the thread lives on
            self._undo()
            if len(group) > 1:
                return [outcome for waiting in group for outcome in self._stored([waiting])]
            return [broken(error)]
        self.groups += 1
        return outcomes

    def _transaction(self, group: Sequence[_Waiting]) -> Sequence[_Outcome]:
        execute = self._connection.execute
        outcomes: list[_Outcome] = []
        execute("BEGIN IMMEDIATE")
        if len(group) == 1:
            return [self._alone(group[0])]
        for waiting in group:
            execute("SAVEPOINT step")
            try:
                outcomes.append(waiting.step(self._connection))
            except RenkeiError as refused:
                execute("ROLLBACK TO step")
                outcomes.append(refused)
            execute("RELEASE step")
        execute("COMMIT")
        return outcomes

    def _alone(self, waiting: _Waiting) -> _Outcome:
        """One step needs no savepoint: the transaction is its own."""
        try:
            outcome = waiting.step(self._connection)
        except RenkeiError as refused:
            self._connection.execute("ROLLBACK")
            return refused
        self._connection.execute("COMMIT")
        return outcome

    def _undo(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")


def _tell(group: Sequence[_Waiting], outcomes: Sequence[_Outcome]) -> None:
    for waiting, outcome in zip(group, outcomes, strict=True):
        if isinstance(outcome, RenkeiError):
            if not waiting.caller.done():
                waiting.caller.set_exception(outcome)
            continue
        waiting.stored()
        if not waiting.caller.done():
            waiting.caller.set_result(outcome)


def apply(connection: sqlite3.Connection, changes: Changes) -> int:
    """Write one step: refusals that last come first, then those that mean "decide again".

    (1) no token was used before; (2) no counter passes its limit; (3) each record has the version that was read;
    (4) no message was answered before. History and outbox cannot fail.
    """
    execute = connection.execute
    for replay in changes.replays:  # (1)
        row = (replay.issuer, replay.jti, columns.micros(replay.expires))
        if execute("INSERT OR IGNORE INTO replay (issuer, jti, expires) VALUES (?, ?, ?)", row).rowcount == 0:
            raise REPLAYED(issuer=replay.issuer, jti=replay.jti)
    for increment in changes.increments:  # (2)
        _add(connection, increment)
    for record in changes.records:  # (3)
        _write(connection, record)
    for answer in changes.answers:  # (4)
        given = (answer.key, answer.status, answer.body)
        if execute("INSERT OR IGNORE INTO answer (key, status, body) VALUES (?, ?, ?)", given).rowcount == 0:
            raise CONFLICT(kind="answer", id=answer.key, version=0)
    if changes.events:
        lines = [(event.kind, event.id, columns.micros(event.at), event.type, event.body) for event in changes.events]
        connection.executemany("INSERT INTO event (kind, id, at, type, body) VALUES (?, ?, ?, ?, ?)", lines)
    for delivery_id in changes.delivered:
        execute("DELETE FROM delivery WHERE id = ?", (delivery_id,))
    for item in changes.deliveries:
        due = columns.micros(item.due)
        execute(_DELIVER, (item.id, item.task, item.subject, item.peer, due, item.tries, item.body))
    return 0


_DELIVER = "INSERT OR REPLACE INTO delivery (id, task, subject, peer, due, tries, body) VALUES (?, ?, ?, ?, ?, ?, ?)"


def forget(connection: sqlite3.Connection, before: int, at_most: int) -> int:
    """Drop replay ids that expired before an instant, at most so many; how many."""
    return connection.execute(_FORGET, (before, at_most)).rowcount


_FORGET = "DELETE FROM replay WHERE (issuer, jti) IN (SELECT issuer, jti FROM replay WHERE expires < ? LIMIT ?)"


def _add(connection: sqlite3.Connection, increment: Increment) -> None:
    rows = connection.execute("SELECT value FROM counter WHERE name = ?", (increment.name,)).fetchall()
    total = columns.added(rows[0][0] if rows else 0, increment)
    connection.execute("INSERT OR REPLACE INTO counter (name, value) VALUES (?, ?)", (increment.name, total))


def _write(connection: sqlite3.Connection, record: Record) -> None:
    content = (record.version + 1, record.peer, record.state, record.ref, record.body, record.kind, record.id)
    if record.version == 0:
        written = connection.execute(
            "INSERT OR IGNORE INTO record (version, peer, state, ref, body, kind, id) VALUES (?, ?, ?, ?, ?, ?, ?)",
            content,
        )
    else:
        written = connection.execute(
            "UPDATE record SET version = ?, peer = ?, state = ?, ref = ?, body = ?"
            " WHERE kind = ? AND id = ? AND version = ?",
            (*content, record.version),
        )
    if written.rowcount == 0:
        raise CONFLICT(kind=record.kind, id=record.id, version=record.version)
