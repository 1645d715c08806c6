"""The line in which the crash matrix tells its size, also when the cells are spread over several processes."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator

import pytest


@pytest.fixture
def matrix(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, record_property
) -> Iterator[Callable[..., None]]:
    """Record how many cells a test had and how many converged; the last test of the run prints the sum."""
    counted = {"cells": 0, "converged": 0}

    def count(*, cells: int, converged: int) -> None:
        counted.update(cells=cells, converged=converged)

    yield count
    for name, value in counted.items():
        record_property(name, value)
    folder = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        folder = folder.parent  # the one that all workers of a run share
    page = folder / "crash-matrix.jsonl"
    with page.open("ab") as file:  # one write in append mode: lines of several processes do not mix
        file.write(json.dumps(counted).encode() + b"\n")
        ours = file.tell()
    before = page.read_bytes()[:ours].splitlines()
    if len(before) == sum(item.get_closest_marker("crash") is not None for item in request.session.items):
        cells, converged = (sum(json.loads(line)[name] for line in before) for name in ("cells", "converged"))
        with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
            print(f"\ncrash matrix: {cells} cells, {converged} converged", file=sys.__stderr__, flush=True)
