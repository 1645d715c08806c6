"""Negotiations as a user meets them: from the consumer's call to FINALIZED on both sides, everything switched on.

Two processes on loopback, SQLite with ``synchronous=FULL`` on both, self-issued tokens on every message, offers and
agreements signed and verified on both sides.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.provider import DATASET

from renkei.exchange.fetching import as_document
from renkei.node import Connector, ConnectorConfig


class Provider:
    """The other process, spoken to in lines."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.did = self._line()["did"]

    def finalized(self) -> int:
        """How many negotiations are FINALIZED there, stored and acknowledged."""
        assert self._process.stdin is not None
        self._process.stdin.write("count\n")
        self._process.stdin.flush()
        return int(self._line()["finalized"])

    def _line(self) -> dict[str, str]:
        assert self._process.stdout is not None
        answered: dict[str, str] = json.loads(self._process.stdout.readline())
        return answered


@contextmanager
def provider(folder: Path) -> Iterator[Provider]:
    """A provider for the time of a measurement."""
    command = [sys.executable, "-m", "tests.bench.provider", str(folder)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Provider(process)
        assert process.stdin is not None
        process.stdin.close()
        process.wait(15)
    finally:
        process.kill()
        process.wait()


async def measure(folder: Path, other: Provider, rounds: int) -> dict[str, float]:
    """Percentiles one at a time, and rates with 1, 10 and 50 in flight."""
    async with Connector(ConnectorConfig(folder=folder, insecure_loopback=True)) as connector:
        participant = connector.participant
        partner = await participant.ports.directory.find(other.did)
        dataset = await participant.catalogs.look(partner, DATASET)
        offer = as_document(dataset.offers[0], DATASET)

        async def one() -> float:
            begun = time.perf_counter()
            await participant.fetching.concluded(await participant.negotiations.open(partner, DATASET, offer))
            return time.perf_counter() - begun

        for _ in range(30):
            await one()
        figures: dict[str, float] = {}
        done = 30
        for at_once, count in ((1, rounds), (10, rounds), (50, rounds * 2)):
            places = asyncio.Semaphore(at_once)

            async def placed(places: asyncio.Semaphore = places) -> float:
                async with places:
                    return await one()

            begun = time.perf_counter()
            seconds = sorted(await asyncio.gather(*(placed() for _ in range(count))))
            figures[f"negotiations_per_s_{at_once}"] = round(count / (time.perf_counter() - begun), 1)
            if at_once == 1:
                for percent in (50, 95, 99):
                    value = seconds[min(len(seconds) - 1, len(seconds) * percent // 100)]
                    figures[f"negotiation_p{percent}_ms"] = round(value * 1000, 2)
            done += count
        await participant.courier.idle(10)
        finalized = 0
        for _ in range(100):  # the last acknowledgement is stored there a moment after it has reached us
            if (finalized := await asyncio.to_thread(other.finalized)) == done:
                break
            await asyncio.sleep(0.1)
        assert finalized == done, f"{finalized} of {done} negotiations are FINALIZED on both sides"
    return figures


def negotiations(folder: Path, rounds: int = 300) -> dict[str, float]:
    """All figures about negotiations."""
    with provider(folder / "provider") as other:
        return asyncio.run(measure(folder / "consumer", other, rounds))
