"""Two companies that know each other; ``buyer`` calls ``maker`` by its short name."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest
from management_site import start


@pytest.fixture
async def maker(tmp_path):
    async with AsyncExitStack() as stack:
        yield await start(stack, tmp_path / "maker", name="メーカー")


@pytest.fixture
async def buyer(tmp_path, maker):
    async with AsyncExitStack() as stack:
        yield await start(stack, tmp_path / "buyer", {"maker": maker.did})
