"""What all tests of the use cases share: an empty data space, and what holds after every one of them.

1. Nothing crashed unseen.
2. Every message that was sent or accepted is valid by the official schemas (where those are there; in CI they are).
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest

# The official schemas as an oracle are told once, beside the tests of the wire.
sys.path[:0] = [area for area in [str(Path(__file__).resolve().parents[1] / "wire")] if area not in sys.path]

from schema_watch import SHARED, WATCH  # noqa: E402 - after the path it needs

from renkei.testing import InMemoryDataspace  # noqa: E402
from renkei.testing.plugin import dataspace  # noqa: E402

__all__ = ["dataspace", "no_crash", "valid_traffic"]

CRASHES = {"delivery-crashed", "http-crashed"}


@pytest.fixture(autouse=True)
def no_crash(caplog):
    """A defect that is caught at the edge answers 500 and goes on; no test may pass over it."""
    caplog.set_level(logging.INFO)
    yield
    crashed = [record for record in caplog.get_records("call") if getattr(record, "code", "") in CRASHES]
    assert crashed == []


@pytest.fixture(autouse=True)
def valid_traffic(monkeypatch):
    """No test, whatever it is about, may pass over a message of ours that a strict partner would refuse."""
    make = InMemoryDataspace.__init__

    def watched(self, *arguments, **named):
        make(self, *arguments, **named)
        WATCH.spaces.append(self)

    monkeypatch.setattr(InMemoryDataspace, "__init__", watched)
    yield
    if SHARED.is_dir():
        assert WATCH.errors() == []
