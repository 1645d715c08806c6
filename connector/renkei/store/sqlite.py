"""The store in one SQLite file, owned by one process: the embedded default.

Writes go to one thread that commits in groups (``sqlite_writer``), in WAL mode with ``synchronous=FULL``. A read
whose cost is bounded by an index and its limit is done in place, on the event loop's own connection: it takes tens
of microseconds, less than a hop to a thread. Reads that may scan go to a reader thread. Either sees every commit
that has returned; records that were just read or written are not read again (``recent``).

Raises, beside what the port says, LocalError ``store-closed`` and ``store-unfit``, and ConfigurationError
``store-broken`` whenever SQLite itself fails.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from renkei.store import columns, sqlite_writer
from renkei.store.port import Answer, Changes, Delivery, Event, Record
from renkei.store.problems import CLOSED
from renkei.store.recent import Recent
from renkei.store.sqlite_file import OwnedFile, migrate, sound
from renkei.store.sqlite_writer import Writer

# As sqlite3 hands them out; the schema says what each column holds.
_Row = tuple[Any, ...]
_Values = Mapping[str, object]

# Rows that may be read in place; a page of them costs the event loop well under a millisecond.
_IN_PLACE = 100
# Up to so many values a merge of their ranges is cheapest; beyond, rows are walked through and their ref looked up.
_MERGED = 32
# Replay ids dropped in one step, so that commits behind it wait a few milliseconds at most.
_FORGET_AT_ONCE = 2000


class SqliteStore:
    """One participant's database file. Made and used within one event loop."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._session: _Session | None = None
        self._recent = Recent()
        self._ending: asyncio.Task[None] | None = None

    @property
    def groups(self) -> int:
        """How many write transactions were stored since it was opened."""
        return self._ready().writer.groups

    async def open(self) -> None:
        """Take the file, bring its schema up to date, start the threads."""
        if self._session is None:
            await self._ended()
            opening = asyncio.create_task(asyncio.to_thread(_Session, self._path, asyncio.get_running_loop()))
            try:
                self._session = await asyncio.shield(opening)
            except asyncio.CancelledError:
                # The thread goes on regardless; what it took is let go, or the file would stay owned.
                await asyncio.to_thread((await opening).end)
                raise

    async def close(self) -> None:
        """Store what waits, then let the file go; from the first call on nothing more is taken."""
        if self._session is not None:
            session, self._session = self._session, None
            self._recent.clear()
            self._ending = asyncio.create_task(asyncio.to_thread(session.end))
        await self._ended()

    async def load(self, kind: str, record_id: str) -> Record | None:
        """The newest version of one record."""
        self._ready()
        if (recent := self._recent.get(kind, record_id)) is not None:
            return recent
        rows = self._rows(_LOAD, {"kind": kind, "id": record_id})
        if not rows:
            return None
        record = _record(rows[0])
        self._recent.put(record)
        return record

    async def find(
        self,
        kind: str,
        *,
        peer: str | None = None,
        state: str | None = None,
        ref: str | None = None,
        after: str = "",
        limit: int = 100,
    ) -> Sequence[Record]:
        """Records of a kind that match all that is given, by rising id.

        One condition, or a partner's ``ref``, is answered by an index; otherwise rows that meet only one of the
        conditions may have to be passed over, however many they are.
        """
        conditions = {"kind": kind, "peer": peer, "state": state, "ref": ref}
        given = {name for name, value in conditions.items() if value is not None}
        rows = await self._listed(
            _listing(_RECORD, given, "id > :after", "id"),
            {**conditions, "after": after, "limit": limit},
            bounded=len(given) <= 2 or given >= {"peer", "ref"},
        )
        return [_record(row) for row in rows]

    async def among(
        self, kind: str, refs: Collection[str], *, after: str = "", before: str | None = None, limit: int = 100
    ) -> Sequence[Record]:
        """Records of a kind whose ``ref`` is one of many; by falling id with ``before``."""
        wanted = [ref for ref in dict.fromkeys(refs) if columns.storable(ref)]
        if not wanted:
            self._ready()
            return []
        values: dict[str, object] = {"kind": kind, "after": after, "limit": limit}
        if before is not None:
            values["before"] = before
        few = len(wanted) <= _MERGED
        if few:
            values |= {f"ref{number}": ref for number, ref in enumerate(wanted)}
        else:
            values["refs"] = json.dumps(wanted)
        statement = _merging(len(wanted), falling=before is not None) if few else _walking(falling=before is not None)
        rows = await self._listed(statement, values, bounded=few)
        return [_record(row) for row in rows]

    async def answer(self, key: str) -> Answer | None:
        """The stored answer to a message."""
        rows = self._rows("SELECT key, status, body FROM answer WHERE key = :key", {"key": key})
        return Answer(key=rows[0][0], status=rows[0][1], body=rows[0][2]) if rows else None

    async def delivery(self, delivery_id: str) -> Delivery | None:
        """One row of the outbox."""
        rows = self._rows(_DELIVERY_BY_ID, {"id": delivery_id})
        return _delivery(rows[0]) if rows else None

    async def deliveries(self, *, due: datetime | None = None, limit: int = 100) -> Sequence[Delivery]:
        """Rows of the outbox by rising due time, then id."""
        by = columns.LARGEST if due is None else columns.micros(due)
        rows = await self._listed(_DUE, {"due": by, "limit": limit}, bounded=True)
        return [_delivery(row) for row in rows]

    async def events(
        self, *, kind: str | None = None, record_id: str | None = None, after: int = 0, limit: int = 100
    ) -> Sequence[Event]:
        """History by rising ``seq``."""
        conditions = {"kind": kind, "id": record_id}
        given = {name for name, value in conditions.items() if value is not None}
        rows = await self._listed(
            _listing(_EVENT, given, "seq > :after", "seq"),
            {**conditions, "after": max(min(after, columns.LARGEST), 0), "limit": limit},
            bounded=given != {"id"},
        )
        return [_event(row) for row in rows]

    async def count(self, kind: str, *, peer: str | None = None, state: str | None = None) -> int:
        """How many records match: every one of them is passed over."""
        conditions = {"kind": kind, "peer": peer, "state": state}
        given = {name for name, value in conditions.items() if value is not None}
        statement = " ".join(("SELECT count(*) FROM record", _where(given)))
        rows = await self._listed(statement, {**conditions, "limit": 1}, bounded=False)
        return int(rows[0][0]) if rows else 0

    async def counter(self, name: str) -> int:
        """A counter's value."""
        rows = self._rows("SELECT value FROM counter WHERE name = :name", {"name": name})
        return int(rows[0][0]) if rows else 0

    async def commit(self, changes: Changes) -> None:
        """Have the writer store it; returns when it is on disk."""
        writer = self._ready().writer
        columns.check(changes)
        await writer.store(
            partial(sqlite_writer.apply, changes=changes), stored=partial(self._recent.stored, changes.records)
        )

    async def forget(self, now: datetime) -> int:
        """Drop replay ids that expired before ``now``, a bounded number a step."""
        before = columns.micros(now)
        total = 0
        while True:
            step = partial(sqlite_writer.forget, before=before, at_most=_FORGET_AT_ONCE)
            dropped = await self._ready().writer.store(step)
            total += dropped
            if dropped < _FORGET_AT_ONCE:
                return total

    def _ready(self) -> _Session:
        if self._session is None:
            raise CLOSED(store=self._path)
        return self._session

    async def _ended(self) -> None:
        if self._ending is not None:
            await asyncio.shield(self._ending)
            self._ending = None

    def _rows(self, statement: str, values: _Values) -> list[_Row]:
        session = self._ready()
        if not _matchable(values):
            return []
        return session.here(statement, values)

    async def _listed(self, statement: str, values: _Values, *, bounded: bool) -> list[_Row]:
        session = self._ready()
        limit = values["limit"]
        assert isinstance(limit, int)
        if limit < 1 or not _matchable(values):
            return []
        values = {**values, "limit": min(limit, columns.LARGEST)}
        if bounded and limit <= _IN_PLACE:
            return session.here(statement, values)
        return await session.aside(statement, values)


class _Session:
    """All that lives from ``open`` to ``close``: the file, three connections, two threads."""

    def __init__(self, path: Path, loop: asyncio.AbstractEventLoop) -> None:
        with ExitStack() as undo:
            self._file = OwnedFile(path)
            undo.callback(self._file.release)
            written = self._file.connect(writing=True)
            undo.callback(written.close)
            migrate(written)
            self._here = self._file.connect(writing=False)
            undo.callback(self._here.close)
            self._aside = self._file.connect(writing=False)
            undo.pop_all()
        self._readers = ThreadPoolExecutor(max_workers=1, thread_name_prefix="renkei-store-reader")
        self._loop = loop
        self.writer = Writer(written, loop)

    def here(self, statement: str, values: _Values) -> list[_Row]:
        """Read on the event loop. All rows at once, for an unfinished read would hold back the log's checkpoint."""
        with sound():
            return self._here.execute(statement, values).fetchall()

    async def aside(self, statement: str, values: _Values) -> list[_Row]:
        """Read in the reader thread."""
        with sound():
            return await self._loop.run_in_executor(self._readers, _all, self._aside, statement, values)

    def end(self) -> None:
        """Store what waits, then let everything go. Blocks."""
        with sound(), ExitStack() as last:
            last.callback(self._file.release)
            last.callback(self.writer.finish)
            last.callback(self._here.close)
            last.callback(self._aside.close)
            self._readers.shutdown()


_RECORD = "SELECT kind, id, version, peer, state, ref, body FROM record"
_EVENT = "SELECT seq, kind, id, at, type, body FROM event"
_DELIVERY = "SELECT id, task, subject, peer, due, tries, body FROM delivery"
_ARM = "SELECT id, rowid FROM record WHERE kind = :kind AND ref = :ref{number} {beyond}"
_LOAD = _RECORD + " WHERE kind = :kind AND id = :id"
_DELIVERY_BY_ID = _DELIVERY + " WHERE id = :id"
_DUE = _DELIVERY + " WHERE due <= :due ORDER BY due, id LIMIT :limit"


def _listing(columns_of: str, given: AbstractSet[str], beyond: str, order: str) -> str:
    return " ".join((columns_of, _where(given, beyond), "ORDER BY", order, "LIMIT :limit"))


def _where(given: AbstractSet[str], *more: str) -> str:
    return "WHERE " + " AND ".join((*(f"{name} = :{name}" for name in sorted(given)), *more))


def _merging(many: int, *, falling: bool) -> str:
    """Ranges of one index, each in order already, merged: no more of each is read than is handed out."""
    beyond = "AND id > :after AND id < :before" if falling else "AND id > :after"
    arms = (_ARM.format(number=number, beyond=beyond) for number in range(many))
    order = "ORDER BY id DESC" if falling else "ORDER BY id"
    return " ".join(
        (_RECORD, "WHERE rowid IN (SELECT rowid FROM (", " UNION ALL ".join(arms), order, "LIMIT :limit))", order)
    )


def _walking(*, falling: bool) -> str:
    """Along an index that holds id and ref, so that rows that are not wanted are never read themselves."""
    order = "ORDER BY id DESC" if falling else "ORDER BY id"
    return " ".join(
        (
            _RECORD,
            "WHERE rowid IN (SELECT rowid FROM record INDEXED BY record_by_id WHERE kind = :kind AND id > :after",
            "AND id < :before" if falling else "",
            "AND ref IN (SELECT value FROM json_each(:refs))",
            order,
            "LIMIT :limit)",
            order,
        )
    )


def _matchable(values: _Values) -> bool:
    return columns.storable(*(value for value in values.values() if isinstance(value, str)))


def _all(connection: sqlite3.Connection, statement: str, values: _Values) -> list[_Row]:
    return connection.execute(statement, values).fetchall()


def _record(row: _Row) -> Record:
    kind, record_id, version, peer, state, ref, body = row
    return Record(kind=kind, id=record_id, version=version, peer=peer, state=state, ref=ref, body=body)


def _event(row: _Row) -> Event:
    seq, kind, record_id, at, name, body = row
    return Event(seq=seq, kind=kind, id=record_id, at=columns.instant(at), type=name, body=body)


def _delivery(row: _Row) -> Delivery:
    delivery_id, task, subject, peer, due, tries, body = row
    return Delivery(
        id=delivery_id, task=task, subject=subject, peer=peer, due=columns.instant(due), tries=tries, body=body
    )
