"""What the SQLite store keeps at hand never differs from what is on disk, whoever waits for a commit or does not."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from pathlib import Path

import pytest

from renkei.kernel.problems import RenkeiError
from renkei.store.port import Changes, Record
from renkei.store.recent import Recent
from renkei.store.sqlite import SqliteStore

CAR = Record(kind="negotiation", id="n1", peer="did:web:car", state="REQUESTED", body=b'{"a":1}')


def written(*records: Record) -> Changes:
    return Changes(records=records)


async def test_a_step_whose_caller_has_gone_is_seen_by_the_next_load(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "renkei.db")
    await store.open()
    await store.commit(written(CAR))
    for version in range(1, 20):
        going = asyncio.create_task(store.commit(written(replace(CAR, version=version, state=f"S{version}"))))
        await asyncio.sleep(0)
        going.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await going
        # Steps are stored in order: when this one has returned, so has the one before.
        await store.commit(Changes())
        found = await store.load("negotiation", "n1")
        assert found is not None
        assert (found.version, found.state) == (version + 1, f"S{version}")
        assert [found] == list(await store.find("negotiation"))
    await store.close()


async def test_a_refused_step_leaves_what_is_at_hand_as_it_is_on_disk(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "renkei.db")
    await store.open()
    await store.commit(written(CAR))
    with pytest.raises(RenkeiError, match="n1"):
        await store.commit(written(replace(CAR, version=7, state="AGREED")))
    assert await store.load("negotiation", "n1") == replace(CAR, version=1)
    await store.close()


async def test_another_life_of_the_file_is_read_anew(tmp_path: Path) -> None:
    store, other = SqliteStore(tmp_path / "renkei.db"), SqliteStore(tmp_path / "renkei.db")
    await store.open()
    await store.commit(written(CAR))
    await store.close()
    await other.open()
    await other.commit(written(replace(CAR, version=1, state="AGREED")))
    await other.close()
    await store.open()
    assert await store.load("negotiation", "n1") == replace(CAR, version=2, state="AGREED")
    await store.close()


def test_it_holds_a_bounded_number_of_small_records() -> None:
    recent = Recent()
    for number in range(5000):
        recent.put(replace(CAR, id=f"n{number}"))
    held = [number for number in range(5000) if recent.get("negotiation", f"n{number}") is not None]
    assert held == list(range(5000 - len(held), 5000))
    assert len(held) == 2048
    recent.put(replace(CAR, id="n4999", body=b"x" * 9000))
    assert recent.get("negotiation", "n4999") is None
