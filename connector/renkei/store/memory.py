"""The store in dicts: for tests and the in-memory data space. Nothing outlives the object.

It behaves as the databases do in everything but durability, down to the order in which a commit's parts are
checked. Closing keeps the contents, so that one object plays a participant's restart.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from renkei.store import columns
from renkei.store.port import Answer, Changes, Delivery, Event, Increment, Record, Replay
from renkei.store.problems import CLOSED, CONFLICT, REPLAYED


class MemoryStore:
    """One participant's memory. No method gives way to another task half-way, so each is one step."""

    def __init__(self) -> None:
        self._open = False
        self._records: dict[str, dict[str, Record]] = {}
        self._events: list[Event] = []
        self._deliveries: dict[str, Delivery] = {}
        self._replays: dict[tuple[str, str], datetime] = {}
        self._answers: dict[str, Answer] = {}
        self._counters: dict[str, int] = {}

    async def open(self) -> None:
        """There is no schema to make."""
        self._open = True

    async def close(self) -> None:
        """Refuse every further call until it is opened again."""
        self._open = False

    async def load(self, kind: str, record_id: str) -> Record | None:
        """The newest version of one record."""
        self._ready()
        return self._records.get(kind, {}).get(record_id)

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
        """Records of a kind that match all that is given, by rising id."""
        self._ready()
        matching = [
            record
            for record in self._records.get(kind, {}).values()
            if record.id > after
            and peer in (None, record.peer)
            and state in (None, record.state)
            and ref in (None, record.ref)
        ]
        return sorted(matching, key=lambda record: record.id)[: max(limit, 0)]

    async def among(
        self, kind: str, refs: Collection[str], *, after: str = "", before: str | None = None, limit: int = 100
    ) -> Sequence[Record]:
        """Records of a kind whose ``ref`` is one of many; by falling id with ``before``."""
        self._ready()
        wanted = frozenset(refs)
        matching = [
            record
            for record in self._records.get(kind, {}).values()
            if record.ref in wanted and record.id > after and (before is None or record.id < before)
        ]
        return sorted(matching, key=lambda record: record.id, reverse=before is not None)[: max(limit, 0)]

    async def answer(self, key: str) -> Answer | None:
        """The stored answer to a message."""
        self._ready()
        return self._answers.get(key)

    async def delivery(self, delivery_id: str) -> Delivery | None:
        """One row of the outbox."""
        self._ready()
        return self._deliveries.get(delivery_id)

    async def deliveries(self, *, due: datetime | None = None, limit: int = 100) -> Sequence[Delivery]:
        """Rows of the outbox by rising due time, then id."""
        self._ready()
        by = None if due is None else columns.utc(due)
        rows = [row for row in self._deliveries.values() if by is None or row.due <= by]
        return sorted(rows, key=lambda row: (row.due, row.id))[: max(limit, 0)]

    async def events(
        self, *, kind: str | None = None, record_id: str | None = None, after: int = 0, limit: int = 100
    ) -> Sequence[Event]:
        """History by rising ``seq``."""
        self._ready()
        rows = self._events[max(after, 0) :]
        return [row for row in rows if kind in (None, row.kind) and record_id in (None, row.id)][: max(limit, 0)]

    async def count(self, kind: str, *, peer: str | None = None, state: str | None = None) -> int:
        """How many records match."""
        self._ready()
        records = self._records.get(kind, {}).values()
        return sum(peer in (None, record.peer) and state in (None, record.state) for record in records)

    async def counter(self, name: str) -> int:
        """A counter's value."""
        self._ready()
        return self._counters.get(name, 0)

    async def commit(self, changes: Changes) -> None:
        """Check everything, then store everything."""
        self._ready()
        columns.check(changes)
        replays = self._unused(changes.replays)
        counters = self._counted(changes.increments)
        records = self._written(changes.records)
        answers = self._first(changes.answers)
        self._replays |= replays
        self._counters |= counters
        for record in records.values():
            self._records.setdefault(record.kind, {})[record.id] = record
        self._answers |= answers
        for seq, event in enumerate(changes.events, len(self._events) + 1):
            self._events.append(replace(event, at=columns.utc(event.at), seq=seq))
        for delivery_id in changes.delivered:
            self._deliveries.pop(delivery_id, None)
        for delivery in changes.deliveries:
            self._deliveries[delivery.id] = replace(delivery, due=columns.utc(delivery.due))

    async def forget(self, now: datetime) -> int:
        """Drop replay ids that expired before ``now``."""
        self._ready()
        before = columns.utc(now)
        expired = [key for key, expires in self._replays.items() if expires < before]
        for key in expired:
            del self._replays[key]
        return len(expired)

    def _ready(self) -> None:
        if not self._open:
            raise CLOSED(store="in memory")

    def _unused(self, replays: Sequence[Replay]) -> Mapping[tuple[str, str], datetime]:
        fresh: dict[tuple[str, str], datetime] = {}
        for replay in replays:
            key = (replay.issuer, replay.jti)
            if key in self._replays or key in fresh:
                raise REPLAYED(issuer=replay.issuer, jti=replay.jti)
            fresh[key] = columns.utc(replay.expires)
        return fresh

    def _counted(self, increments: Sequence[Increment]) -> Mapping[str, int]:
        totals: dict[str, int] = {}
        for increment in increments:
            value = totals.get(increment.name, self._counters.get(increment.name, 0))
            totals[increment.name] = columns.added(value, increment)
        return totals

    def _written(self, records: Sequence[Record]) -> Mapping[tuple[str, str], Record]:
        written: dict[tuple[str, str], Record] = {}
        for record in records:
            key = (record.kind, record.id)
            stored = written.get(key) or self._records.get(record.kind, {}).get(record.id)
            if record.version != (stored.version if stored else 0):
                raise CONFLICT(kind=record.kind, id=record.id, version=record.version)
            written[key] = replace(record, version=record.version + 1)
        return written

    def _first(self, answers: Sequence[Answer]) -> Mapping[str, Answer]:
        first: dict[str, Answer] = {}
        for answer in answers:
            if answer.key in self._answers or answer.key in first:
                raise CONFLICT(kind="answer", id=answer.key, version=0)
            first[answer.key] = answer
        return first
