"""A clock that stands still until it is moved, and names that are the same in every run with the same seed."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

START: Final = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class FakeClock:
    """Implements ``exchange.ports.Clock``. In a data space, move it with ``InMemoryDataspace.advance``."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start

    def now(self) -> datetime:
        """Where it was put."""
        return self._now

    def advance(self, by: float | timedelta) -> None:
        """Move it on by seconds, or by any span; never back."""
        span = by if isinstance(by, timedelta) else timedelta(seconds=by)
        if span < timedelta(0):
            raise ValueError("time does not run backwards here")
        self._now += span


class SeededIds:
    """Implements ``exchange.ports.Ids`` with a seeded generator: good for tests, useless against an attacker."""

    def __init__(self, seed: str) -> None:
        self._random = Random(seed)  # noqa: S311 - a failing run must be repeatable, and nothing here is secret

    def new(self) -> str:
        """The next ``urn:uuid:…``."""
        return f"urn:uuid:{UUID(int=self._random.getrandbits(128), version=4)}"

    def chance(self) -> float:
        """The next number in [0, 1): the jitter of a pause."""
        return self._random.random()

    def secret(self) -> str:
        """The next token of 256 bits."""
        return base64.urlsafe_b64encode(self._random.randbytes(32)).decode().rstrip("=")
