"""The fixture ``dataspace``, for whoever writes ``pytest_plugins = ["renkei.testing.plugin"]`` into a ``conftest.py``.

It is not registered by itself: an installed package must not change everybody's test runs.
"""

from __future__ import annotations

import pytest

from renkei.testing.dataspace import InMemoryDataspace


@pytest.fixture
def dataspace() -> InMemoryDataspace:
    """An empty data space; its members live in the test's event loop, whichever plugin runs that, and end with it."""
    return InMemoryDataspace()
