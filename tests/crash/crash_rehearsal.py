"""What the fork server does once, before the first side is forked from it: every scenario, both sides in one process.

A process that has never made a call spends half of its first one on imports and on readers that are worked out when
they are first needed. A side that is forked after the rehearsal has that behind it, and its database, keys and sockets
are its own all the same: none of the rehearsal is open any more.
"""

from __future__ import annotations

import asyncio
import gc
import tempfile
import threading
from contextlib import AsyncExitStack
from pathlib import Path

from crash_scenarios import SCENARIOS, Scenario
from crash_side import Desk, MortalStore, configured
from crash_world import CONSUMER, PROVIDER, World

from renkei.node import Connector, Replacements


class Player:
    """A side in this process; as a ``World`` knows it."""

    def __init__(self, runner: asyncio.Runner, name: str, folder: Path, window: float) -> None:
        self.name = name
        self.folder = folder / name
        self._runner = runner
        self._stack = AsyncExitStack()
        self.folder.mkdir()
        runner.run(self._start(window))

    async def _start(self, window: float) -> None:
        store = MortalStore(self.folder / "renkei.db")
        config = configured(self.folder, 0, window)
        connector = await self._stack.enter_async_context(Connector(config, Replacements(store=store)))
        self.did = connector.did
        self._desk = Desk(connector, store)

    def do(self, verb: str, *arguments: object) -> object:
        """Ask and wait."""
        return self._runner.run(getattr(self._desk, verb)(*arguments))

    def stop(self) -> None:
        """Leave nothing open."""
        self._runner.run(self._stack.aclose())


def rehearse(scenario: Scenario) -> None:
    """One scenario without a crash."""
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as runner:
        sides = [Player(runner, name, Path(folder), scenario.window) for name in (CONSUMER, PROVIDER)]
        pair = World(*sides)
        scenario.furnish(pair)
        pair.settle()
        pair.arm()
        pair.side(scenario.caller).do(scenario.verb, *scenario.arguments(pair))
        pair.settle()
        for side in sides:
            side.stop()


for part in SCENARIOS:
    rehearse(part)
assert threading.active_count() == 1, threading.enumerate()  # a thread does not come along when a process forks
gc.freeze()
