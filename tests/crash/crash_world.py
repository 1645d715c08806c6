"""Two sides on two fixed ports, as the parent of both processes sees them."""

from __future__ import annotations

import multiprocessing
import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from crash_side import Point, main

CONSUMER, PROVIDER = "consumer", "provider"
PATIENCE = 30.0
# A fresh process is forked from one that has made every call already: a restart costs some hundredths of a second.
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["crash_rehearsal"])


def open_fork_server() -> None:
    """Start it, where it is not there yet; before Python 3.12.4 it finds our modules only by ``PYTHONPATH``."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = str(Path(__file__).parent)
    try:
        forkserver.ensure_running()
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


class FailedError(Exception):
    """A side did not do what it was asked."""


class DiedError(FailedError):
    """A side was killed before it answered."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Something a side was asked to do; its outcome may still be on its way."""

    number: int
    life: int


class Side:
    """One side: its folder and port stay, its process comes and goes."""

    def __init__(self, name: str, folder: Path, port: int, window: float) -> None:
        self.name = name
        self.folder = folder
        self._window = window
        self.did = ""
        self.life = 0
        self._port = port
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._number = 0
        self._outcomes: dict[int, tuple[str, Any]] = {}

    def start(self) -> None:
        """Begin a life; returns when partners are answered."""
        self.launch()
        self.did = self.outcome(Asked(0, self.life))

    def launch(self) -> None:
        """Begin a life, without waiting for it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        ours, theirs = _context.Pipe()
        process = _context.Process(target=main, args=(theirs, self.folder, self._port, self._window), name=self.name)
        process.start()
        theirs.close()
        self.life += 1
        self._process, self._pipe, self._outcomes, self._number = process, ours, {}, 0

    def kill(self) -> None:
        """End this life, from outside."""
        if self._process is not None:
            self._process.kill()
            self.gone()

    def gone(self) -> int:
        """Wait until the process has ended; its exit code."""
        assert self._process is not None
        assert self._pipe is not None
        self._process.join(PATIENCE)
        code = self._process.exitcode
        if code is None:
            raise FailedError(f"{self.name} is still alive")
        self._process.close()
        self._pipe.close()
        self._process = self._pipe = None
        return code

    def ask(self, verb: str, *arguments: object) -> Asked:
        """Ask, without waiting for the outcome."""
        assert self._pipe is not None
        self._number += 1
        try:
            self._pipe.send((self._number, verb, arguments))
        except BrokenPipeError:
            raise DiedError(self.name) from None
        return Asked(self._number, self.life)

    def do(self, verb: str, *arguments: object) -> Any:
        """Ask and wait."""
        return self.outcome(self.ask(verb, *arguments))

    def outcome(self, asked: Asked) -> Any:
        """Wait for an outcome. Raises FailedError if it is refused or does not come, DiedError with the process."""
        if asked.life != self.life:
            raise DiedError(self.name)
        deadline = time.monotonic() + PATIENCE
        while asked.number not in self._outcomes:
            self._listen(deadline)
        how, value = self._outcomes.pop(asked.number)
        if how != "done":
            raise FailedError(f"{self.name}: {value}")
        return value

    def died(self) -> bool:
        """Wait for this process to die by itself; whether it has."""
        deadline = time.monotonic() + PATIENCE
        try:
            while True:
                self._listen(deadline)
        except DiedError:
            return True
        except FailedError:
            return False

    def _listen(self, deadline: float) -> None:
        assert self._process is not None
        assert self._pipe is not None
        ready = wait([self._pipe, self._process.sentinel], timeout=max(0.0, deadline - time.monotonic()))
        if self._pipe in ready:
            try:
                number, *outcome = self._pipe.recv()
            except (EOFError, ConnectionError):
                raise DiedError(self.name) from None
            self._outcomes[number] = (outcome[0], outcome[1])
        elif ready:
            raise DiedError(self.name)
        else:
            raise FailedError(f"{self.name} has not answered for {PATIENCE} s")


@dataclass(frozen=True, slots=True)
class World:
    """Both sides."""

    consumer: Side
    provider: Side

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.consumer, self.provider

    def side(self, name: str) -> Side:
        return self.consumer if name == CONSUMER else self.provider

    def settle(self) -> None:
        """Wait until neither side has anything left to do.

        Nothing moves except by a row of the outbox of one side, so what must be seen is one instant in which both are
        empty: each is found empty twice, with no commit in between.
        """
        before = None
        deadline = time.monotonic() + PATIENCE
        while (now := [side.do("rest") for side in self.sides]) != before:
            before = now
            if time.monotonic() > deadline:
                raise FailedError("the two sides do not come to rest")

    def arm(self, name: str = "", mortal: Point | None = None) -> None:
        """Count rows from now on; one side may be given the point at which it dies."""
        for side in self.sides:
            side.do("arm", mortal if side.name == name else None)

    def logs(self) -> str:
        """What both have logged last."""
        return "\n".join(
            f"--- {side.name}\n" + "\n".join((side.folder / "side.log").read_text().splitlines()[-60:])
            for side in self.sides
        )


@contextmanager
def world(folder: Path, window: float) -> Iterator[World]:
    """A fresh pair, gone at the end; ``window``: how long changes are gathered before they are looked at."""
    open_fork_server()
    with ExitStack() as stack:
        names = (CONSUMER, PROVIDER)
        pair = World(*(Side(name, folder / name, stack.enter_context(_port()), window) for name in names))
        for side in pair.sides:
            stack.callback(side.kill)
            side.launch()
        for side in pair.sides:
            side.did = side.outcome(Asked(0, side.life))
        yield pair


@contextmanager
def _port() -> Iterator[int]:
    """A port that stays reserved while nobody listens on it: bound here, never listened on."""
    with socket.socket() as place:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        place.bind(("127.0.0.1", 0))
        yield place.getsockname()[1]
