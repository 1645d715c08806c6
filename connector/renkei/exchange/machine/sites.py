"""The site of a participant: what many names share that cost their owner nothing.

A did:web names a path on a host: whoever has the host has as many names below it as it likes, on any port. So what
nobody may use up for the others is shared out by host. Ids of other methods are given out by somebody, one by one:
each is a site of its own.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

_DID_WEB: Final = "did:web:"


@lru_cache(maxsize=4096)
def site_of(participant: str) -> str:
    """The host of a did:web name, in lower case and without its port; any other id as it is."""
    if not participant.startswith(_DID_WEB):
        return participant
    authority = participant.removeprefix(_DID_WEB).partition(":")[0]
    return authority.lower().partition("%3a")[0]
