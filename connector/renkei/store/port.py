"""The one port to a database, asynchronous, and the same for memory, SQLite and PostgreSQL.

How it is used: facts are gathered first; ``load`` gives a snapshot with its version; pure code decides; ``commit``
stores state, events, outbox rows, replay ids, stored answers and counters at once against the versions that were
read. A conflict (``store-conflict``) means load and decide again. No network call happens in between.

The store knows nothing of what it keeps: a record's ``body`` is JSON that ``exchange.records`` writes and reads;
only what is searched for (``peer``, ``state``, ``ref``) stands in columns of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One thing that is kept, with the version that was read (0: it must not exist yet).

    ``peer``: the partner to whom it belongs, or ``""``; ``state``: its state's name; ``ref``: the one other key by
    which it is looked up (the partner's pid of a process, the dataset of an agreement, …).
    """

    kind: str
    id: str
    version: int = 0
    peer: str = ""
    state: str = ""
    ref: str = ""
    body: bytes = b"{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of history, never changed or removed. ``seq`` is given by the store, rising without end."""

    kind: str
    id: str
    at: datetime
    type: str
    body: bytes = b"{}"
    seq: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One row of the outbox: something to be done towards a partner, tried until it is done or given up.

    ``task`` names what to do, ``subject`` the record it belongs to, ``due`` when to try (again), ``tries`` how often
    it was tried.
    """

    id: str
    task: str
    subject: str
    peer: str
    due: datetime
    tries: int = 0
    body: bytes = b"{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A token id that was used: kept until the token would have expired anyway."""

    issuer: str
    jti: str
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was answered to a message, so that its repeat gets the same. ``key``: process and digest of the body."""

    key: str
    status: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Increment:
    """Add to a counter; beyond ``at_most`` nothing of the commit happens (``store-counter-spent``)."""

    name: str
    by: int = 1
    at_most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What one step stores, all of it or nothing.

    ``deliveries`` are inserted, or replaced where their id exists (a new due time); ``delivered`` are removed by id.
    """

    records: tuple[Record, ...] = ()
    events: tuple[Event, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    delivered: tuple[str, ...] = ()
    replays: tuple[Replay, ...] = ()
    answers: tuple[Answer, ...] = ()
    increments: tuple[Increment, ...] = ()


class Store(Protocol):
    """What every engine offers. All methods may be called from many tasks of one event loop."""

    async def open(self) -> None:
        """Make the schema or check its version.

        Raises ConfigurationError ``store-schema-too-new``, ``store-owned``, ``store-broken``.
        """
        ...

    async def close(self) -> None:
        """Finish what was begun and let the database go. Safe to call twice."""
        ...

    async def load(self, kind: str, record_id: str) -> Record | None:
        """The newest version of one record."""
        ...

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
        """Records of a kind that match all that is given, by rising id, those beyond ``after``."""
        ...

    async def among(
        self, kind: str, refs: Collection[str], *, after: str = "", before: str | None = None, limit: int = 100
    ) -> Sequence[Record]:
        """Records of a kind whose ``ref`` is one of many, by rising id, those beyond ``after``.

        With ``before`` those between the two, by falling id: the page ahead of a place. The cost is that of the rows
        handed out, whatever else is kept: other values of ``ref`` are not passed over one by one.
        """
        ...

    async def answer(self, key: str) -> Answer | None:
        """The stored answer to a message."""
        ...

    async def delivery(self, delivery_id: str) -> Delivery | None:
        """One row of the outbox."""
        ...

    async def deliveries(self, *, due: datetime | None = None, limit: int = 100) -> Sequence[Delivery]:
        """Rows of the outbox by rising due time; with ``due`` only those due by then."""
        ...

    async def events(
        self, *, kind: str | None = None, record_id: str | None = None, after: int = 0, limit: int = 100
    ) -> Sequence[Event]:
        """History by rising ``seq`` beyond ``after``."""
        ...

    async def count(self, kind: str, *, peer: str | None = None, state: str | None = None) -> int:
        """How many records match."""
        ...

    async def counter(self, name: str) -> int:
        """A counter's value; 0 if it was never touched."""
        ...

    async def commit(self, changes: Changes) -> None:
        """Store all of it at once; when this returns it survives a power cut (memory engine excepted).

        Each record is written as ``version + 1`` if its stored version is still ``version``.

        Raises LocalError ``store-conflict``, PolicyError ``store-replayed`` or ``store-counter-spent``; nothing is
        stored then.
        """
        ...

    async def forget(self, now: datetime) -> int:
        """Drop replay ids that expired before ``now``; how many."""
        ...
