"""What all tests of the use cases share: an empty data space, and the certainty that nothing crashed unseen."""

from __future__ import annotations

import logging

import pytest

from renkei.testing.plugin import dataspace

__all__ = ["dataspace", "no_crash"]

CRASHES = {"delivery-crashed", "http-crashed"}


@pytest.fixture(autouse=True)
def no_crash(caplog):
    """A defect that is caught at the edge answers 500 and goes on; no test may pass over it."""
    caplog.set_level(logging.INFO)
    yield
    crashed = [record for record in caplog.get_records("call") if getattr(record, "code", "") in CRASHES]
    assert crashed == []
