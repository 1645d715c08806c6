"""Fixtures for the whole suite."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# A loaded machine is no defect: examples are bounded in number, not in time.
settings.register_profile("renkei", deadline=None)
settings.load_profile("renkei")

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of official schemas, vectors and samples beside the checkout.

    Where it is absent the test says so and is skipped; in CI that is a failure, since a gap must not hide.
    """
    if not SHARED.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail("../shared is required when CI=true")
        pytest.skip("../shared is absent: official schemas and samples are not here")
    return SHARED


@pytest.fixture(autouse=True)
def _fresh_json_ld_caches():
    """PyLD keeps contexts for the whole process and changes the kept ones on ``@import``: no test inherits them."""
    pyld = sys.modules.get("pyld.jsonld")
    if pyld is not None:
        pyld._resolved_context_cache.clear()
        pyld._inverse_context_cache.clear()
