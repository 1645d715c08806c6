"""One side of the crash matrix: a whole connector in a process of its own, which kills itself where it is told.

The process is steered over a pipe: ``(number, verb, arguments)`` comes in, ``(number, outcome, value)`` goes out.
It is real in everything but one point: its SQLite store knows which row of the outbox a commit adds or removes, and
sends SIGKILL to its own process just before or just after that commit.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import traceback
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec

from renkei.exchange.catalog.catalogs import Publication
from renkei.exchange.machine.patience import Patience
from renkei.exchange.participant import Habits
from renkei.exchange.ports import UpdateRules
from renkei.exchange.records.assets import AssetRecord
from renkei.exchange.records.consents import ConsentRecord
from renkei.exchange.records.kept import Kept
from renkei.exchange.records.notices import NoticeRecord
from renkei.exchange.records.parts import PartRecord
from renkei.exchange.records.processes import AgreementRecord, NegotiationRecord, TokenRecord, TransferRecord
from renkei.exchange.records.requests import DocumentRecord, RequestRecord
from renkei.exchange.records.updates import UpdateRecord
from renkei.kernel.problems import RenkeiError
from renkei.node import Connector, ConnectorConfig, Replacements
from renkei.store.port import Changes, Delivery
from renkei.store.sqlite import SqliteStore

SURVEYED = (
    NegotiationRecord,
    AgreementRecord,
    TransferRecord,
    TokenRecord,
    AssetRecord,
    DocumentRecord,
    RequestRecord,
    ConsentRecord,
    NoticeRecord,
    UpdateRecord,
)
# Short waits, and so many tries that a partner's restart never uses them up.
HABITS = Habits(
    messages=Patience(first=0.02, longest=0.2, tries=1000), errands=Patience(first=0.02, longest=0.2, tries=1000)
)
# What is due later than this is an appointment, not something that has yet to settle.
SOON = timedelta(minutes=5)


class Moment(Enum):
    """When, in the life of a row of the outbox, its process dies."""

    BEFORE_COMMIT = "before-commit"
    AFTER_COMMIT = "after-commit"
    AFTER_SEND = "after-send"


@dataclass(frozen=True, slots=True)
class Point:
    """One moment of one row: the ``number``-th with this ``label``, counted from when the store was armed."""

    label: str
    number: int
    moment: Moment

    def __str__(self) -> str:
        return f"{self.label} {self.number} {self.moment.value}"


def label_of(row: Delivery) -> str:
    """What a row is about, the same in every run of a scenario."""
    body = msgspec.json.decode(row.body)
    detail = body.get("aims") or body.get("@type") or body.get("kind") or ""
    return f"{row.task} {detail}".strip()


class MortalStore(SqliteStore):
    """The real store; knows the points it passes, and dies at one."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.passed: list[Point] = []
        self.commits = 0
        self._armed = False
        self._mortal: Point | None = None
        self._counts: Counter[str] = Counter()
        self._known: dict[str, tuple[str, int]] = {}
        self._one_at_a_time = asyncio.Lock()
        self._committed = asyncio.Event()

    def arm(self, mortal: Point | None) -> None:
        """Count rows from now on; die at the point, if there is one."""
        self._armed, self._mortal = True, mortal

    async def commit(self, changes: Changes) -> None:
        if not self._armed:
            await self._store_it(changes)
            return
        # The number of a row is certain only if no other commit runs between counting and storing.
        async with self._one_at_a_time:
            added = await self._added(changes)
            for row_id in changes.delivered:
                if row_id in self._known:
                    self._pass(*self._known[row_id], Moment.AFTER_SEND)
            self._pass_all(added, Moment.BEFORE_COMMIT)
            await self._store_it(changes)
            self._known.update(added)
            self._counts.update(label for label, _ in added.values())
            self._pass_all(added, Moment.AFTER_COMMIT)

    async def rest(self) -> int:
        """Wait until nothing is due soon; how many commits this life has seen by then."""
        while True:
            self._committed.clear()
            rows = await self.deliveries(due=datetime.now(UTC) + SOON, limit=1)
            if not rows:
                return self.commits
            await self._committed.wait()

    async def _store_it(self, changes: Changes) -> None:
        await super().commit(changes)
        self.commits += 1
        self._committed.set()

    async def _added(self, changes: Changes) -> dict[str, tuple[str, int]]:
        """Rows that are new, not put off."""
        added: dict[str, tuple[str, int]] = {}
        counts = self._counts.copy()
        for row in changes.deliveries:
            if row.id not in self._known and await self.delivery(row.id) is None:
                label = label_of(row)
                counts[label] += 1
                added[row.id] = (label, counts[label])
        return added

    def _pass_all(self, rows: dict[str, tuple[str, int]], moment: Moment) -> None:
        for label, number in rows.values():
            self._pass(label, number, moment)

    def _pass(self, label: str, number: int, moment: Moment) -> None:
        point = Point(label, number, moment)
        if point == self._mortal:
            os.kill(os.getpid(), signal.SIGKILL)
        if point not in self.passed:
            self.passed.append(point)


@dataclass(slots=True)
class Desk:
    """What can be asked of a side, by name."""

    connector: Connector
    store: MortalStore
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def arm(self, mortal: Point | None) -> None:
        self.store.arm(mortal)

    async def passed(self) -> list[Point]:
        return self.store.passed

    async def rest(self) -> int:
        return await self.store.rest()

    async def survey(self) -> dict[str, list[Kept]]:
        """Everything kept, by kind."""
        return {
            kept.kind: [kept.of(row) for row in await self.store.find(kept.kind, limit=10_000)] for kept in SURVEYED
        }

    async def publish(self, publication: Publication) -> None:
        await self.connector.publish(publication)

    async def register(self, part: PartRecord) -> None:
        await self.connector.participant.parts.register(part)

    async def negotiate(self, partner: str, dataset: str) -> str:
        return (await self.connector.negotiate(partner, dataset)).id

    async def fetch(self, partner: str, dataset: str) -> bytes | None:
        return (await self.connector.fetch(partner, dataset)).received.body

    async def request(self, partner: str, *rest: object) -> str:
        return (await self.connector.request(partner, *rest)).request

    async def send_back(self, request: str) -> None:
        await self.connector.send_back(request, "another period is meant")

    async def answer(self, request: str) -> None:
        await self.connector.answer(request)


def configured(folder: Path, port: int, window: float) -> ConnectorConfig:
    """A side; ``window``: how long it gathers changes before it looks at them."""
    updates = UpdateRules(window=window)
    return ConnectorConfig(folder=folder, port=port, insecure_loopback=True, habits=HABITS, updates=updates)


def main(pipe: Connection, folder: Path, port: int, window: float) -> None:
    """The process: log into the folder, serve until the pipe ends."""
    with (folder / "side.log").open("a") as log:
        os.dup2(log.fileno(), sys.stderr.fileno())
        logging.basicConfig(level=logging.INFO, force=True)
        logging.getLogger().handlers[0].setFormatter(_Fields("%(asctime)s %(name)s %(message)s"))
        asyncio.run(_serve(pipe, folder, port, window))


async def _serve(pipe: Connection, folder: Path, port: int, window: float) -> None:
    store = MortalStore(folder / "renkei.db")
    async with Connector(configured(folder, port, window), Replacements(store=store)) as connector:
        desk = Desk(connector, store)
        pipe.send((0, "done", connector.did))
        while True:
            try:
                number, verb, arguments = await asyncio.to_thread(pipe.recv)
            except EOFError:
                return
            task = asyncio.create_task(_do(pipe, number, getattr(desk, verb)(*arguments)))
            desk.tasks.add(task)
            task.add_done_callback(desk.tasks.discard)


async def _do(pipe: Connection, number: int, work) -> None:
    try:
        pipe.send((number, "done", await work))
    except RenkeiError as error:
        pipe.send((number, "refused", f"{error.code}: {error.message()}"))
    except Exception:
        pipe.send((number, "crashed", traceback.format_exc()))


class _Fields(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        names = ("code", "task", "cause", "path", "status")
        fields = {name: record.__dict__[name] for name in names if name in record.__dict__}
        return f"{super().format(record)} {fields or ''}"
