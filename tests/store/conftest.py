"""The engines under test. A further engine is one more entry: the contract suite runs on all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from renkei.store.memory import MemoryStore
from renkei.store.port import Store
from renkei.store.sqlite import SqliteStore

ENGINES: dict[str, Callable[[Path], Store]] = {
    "memory": lambda folder: MemoryStore(),
    "sqlite": lambda folder: SqliteStore(folder / "node.db"),
}


@pytest.fixture(params=ENGINES)
def closed_store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return ENGINES[request.param](tmp_path)


@pytest.fixture
async def store(closed_store: Store) -> AsyncIterator[Store]:
    await closed_store.open()
    yield closed_store
    await closed_store.close()
