"""What the conformance tests share: an empty data space, and the certainty that nothing crashed unseen."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
# The conversations and the official schemas are told once, beside the tests that need them most.
sys.path[:0] = [str(TESTS / area) for area in ("exchange", "wire", "protocol") if str(TESTS / area) not in sys.path]

from renkei.testing.plugin import dataspace  # noqa: E402 - after the path it needs

__all__ = ["dataspace", "no_crash"]

CRASHES = {"delivery-crashed", "http-crashed"}


@pytest.fixture(autouse=True)
def no_crash(caplog):
    """A defect that is caught at the edge answers 500 and goes on; no test may pass over it."""
    caplog.set_level(logging.INFO)
    yield
    crashed = [record for record in caplog.get_records("call") if getattr(record, "code", "") in CRASHES]
    assert crashed == []
