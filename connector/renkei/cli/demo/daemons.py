"""The demo's daemons: one operating-system process a company, each with its own folder, keys, database and ports.

The parent knows of a daemon what an operator knows: the ready line, the management URL and its token. Whatever
happens, no process is left: SIGTERM, and after a bound SIGKILL.

Raises LocalError ``demo-daemon-ended``, ``demo-timed-out``, and what the management API answers.
"""

from __future__ import annotations

import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from renkei.cli.demo.demo_problems import DAEMON_ENDED, TIMED_OUT
from renkei.daemon.config import TOKEN_FILE

LOG_FILE: Final = "daemon.log"
_LONGEST_STOP: Final = 8.0
_LAST_LINES: Final = 15
_HOST: Final = "127.0.0.1"
_INTERRUPTS: Final = (signal.SIGINT, signal.SIGTERM)
# A busy test machine may take a port between our asking for it and the daemon's binding it.
_STARTS: Final = 3
# In earnest changes are gathered for longer before customers are told: the fewer notices, the less they tell.
_UPDATE_WINDOW: Final = 0.2
_PORT_TAKEN: Final = "http-cannot-listen"


class Deadline:
    """The one bound of the whole demo, in seconds from now."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self, what: str) -> float:
        """Seconds left. Raises LocalError ``demo-timed-out`` when there are none; ``what`` was waited for."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TIMED_OUT(seconds=f"{self.seconds:g}", what=what)
        return left


@dataclass(frozen=True, slots=True, kw_only=True)
class Daemon:
    """One running daemon, as its operator knows it."""

    company: str
    did: str
    management_url: str
    token: str
    process: subprocess.Popen[bytes]
    folder: Path

    def check(self) -> None:
        """Raises LocalError ``demo-daemon-ended`` if it has gone."""
        status = self.process.poll()
        if status is not None:
            raise DAEMON_ENDED(company=self.company, status=status)


class Fleet:
    """All daemons of a demo; ``with`` stops them."""

    def __init__(self, folder: Path, deadline: Deadline) -> None:
        self._folder = folder
        self._deadline = deadline
        self._exit = ExitStack()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.daemons: dict[str, Daemon] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, names: Mapping[str, str], started: Callable[[Daemon], None]) -> None:
        """Start one daemon a company (folder name → what people call it) and wait until all are ready."""
        for attempt in range(1, _STARTS + 1):
            ports = dict(zip(names, _free_ports(len(names)), strict=True))
            for company in names:
                self._launch(company, names[company], ports)
            ended = self._await_ready(started)
            if ended is None:
                return
            taken = _PORT_TAKEN in self.last_lines(ended)
            status = self._processes[ended].returncode
            if attempt == _STARTS or not taken:
                raise DAEMON_ENDED(company=ended, status=status)
            self.stop()

    def stop(self) -> None:
        """No process is left when this returns."""
        try:
            for process in self._processes.values():
                process.terminate()
            end = time.monotonic() + _LONGEST_STOP
            for process in self._processes.values():
                with suppress(subprocess.TimeoutExpired):
                    process.wait(max(0.0, end - time.monotonic()))
        finally:  # also when somebody loses patience with us
            for process in self._processes.values():
                process.kill()
                process.wait()
        self._processes.clear()
        self.daemons.clear()
        self._exit.close()

    def last_lines(self, company: str) -> str:
        """The end of a daemon's log."""
        try:
            lines = (self._folder / company / LOG_FILE).read_text("utf-8", "replace").splitlines()
        except OSError:
            return ""
        return "\n".join(lines[-_LAST_LINES:])

    def _launch(self, company: str, name: str, ports: Mapping[str, int]) -> None:
        folder = self._folder / company
        shutil.rmtree(folder, ignore_errors=True)  # of an earlier start, with another address
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        config = folder / "renkei.toml"
        config.write_text(_config(company, name, ports), "utf-8")
        log = self._exit.enter_context((folder / LOG_FILE).open("wb"))
        # Settings of the caller's own daemon are none of theirs.
        environment = {key: value for key, value in os.environ.items() if not key.startswith("RENKEI")}
        with _uninterrupted():  # a process that was begun is a process that we know of
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and a path of our own
                [sys.executable, "-m", "renkei", "serve", "--config", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
                cwd=folder,
                start_new_session=True,  # Ctrl-C reaches us alone; we stop them in order
            )
            self._processes[company] = process
        assert process.stdout is not None, "a pipe was asked for"
        self._exit.enter_context(process.stdout)

    def _await_ready(self, started: Callable[[Daemon], None]) -> str | None:
        """Wait for every ready line; the company whose daemon ended instead, if one did."""
        with selectors.DefaultSelector() as waiting:
            heard: dict[str, bytes] = {}
            for company, process in self._processes.items():
                assert process.stdout is not None, "a pipe was asked for"
                os.set_blocking(process.stdout.fileno(), False)
                waiting.register(process.stdout, selectors.EVENT_READ, company)
            while waiting.get_map():
                silent = ", ".join(sorted(set(self._processes) - set(self.daemons)))
                for key, _ in waiting.select(self._deadline.left(f"the start of {silent}")):
                    company = str(key.data)
                    piece = os.read(key.fd, 65536)
                    if not piece:
                        self._processes[company].wait(self._deadline.left(f"the end of {company}"))
                        return company
                    heard[company] = heard.get(company, b"") + piece
                    if b"\n" in heard[company]:
                        waiting.unregister(key.fileobj)
                        self.daemons[company] = self._ready(company, heard[company])
                        started(self.daemons[company])
        return None

    def _ready(self, company: str, line: bytes) -> Daemon:
        told = json.loads(line)
        folder = self._folder / company
        return Daemon(
            company=company,
            did=told["did"],
            management_url=told["management_url"],
            token=(folder / TOKEN_FILE).read_text("ascii").strip(),
            process=self._processes[company],
            folder=folder,
        )


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold back what would interrupt the block until it is over."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {wanted: signal.signal(wanted, lambda number, _: came.append(number)) for wanted in _INTERRUPTS}
    try:
        yield
    finally:
        for wanted, handler in before.items():
            signal.signal(wanted, handler)
    for number in came:
        signal.raise_signal(number)


def _config(company: str, name: str, ports: Mapping[str, int]) -> str:
    """The settings file of one company: its own listener, and the others by their short names."""
    partners = [f"{other} = {_quoted(_did(port))}" for other, port in ports.items() if other != company]
    return "\n".join(
        [
            "[connector]",
            f"name = {_quoted(name)}",
            "insecure_loopback = true",
            "[public]",
            f"port = {ports[company]}",
            "[log]",
            'level = "info"',
            "[updates]",
            f"window = {_UPDATE_WINDOW}",
            "[partners]",
            *partners,
            "",
        ]
    )


def _quoted(text: str) -> str:
    """A TOML basic string: JSON escapes what TOML wants escaped; other control characters the chain refuses."""
    return json.dumps(text, ensure_ascii=False)


def _did(port: int) -> str:
    return f"did:web:{_HOST}%3A{port}"


def _free_ports(count: int) -> Sequence[int]:
    """As many free ports; all are held until the last is found, so that none comes twice."""
    with ExitStack() as held:
        found = []
        for _ in range(count):
            one = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            one.bind((_HOST, 0))
            found.append(int(one.getsockname()[1]))
        return found
