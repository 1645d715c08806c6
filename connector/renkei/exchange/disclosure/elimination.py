"""What partners could work out, worked out beside the event loop where there is much of it.

The estimator eliminates over rationals: a few suppliers and versions take milliseconds, hundreds of both take seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from renkei.battery.disclosure.releases import Release

T = TypeVar("T")
_MUCH: Final = 200  # shares over all releases; so many take about as long as one commit


async def eliminated(releases: Sequence[Release], work: Callable[[], T]) -> T:
    """Do a piece of work over these releases, at once or in a thread, so that the loop waits for moments only."""
    if sum(len(release.shares) for release in releases) <= _MUCH:
        return work()
    return await asyncio.to_thread(work)
