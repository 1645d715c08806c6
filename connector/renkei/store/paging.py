"""All records that match, read a page at a time, so that nobody holds all rows; what changes meanwhile does no harm."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from renkei.store.port import Record, Store

PAGE: Final = 500


async def every(
    store: Store,
    kind: str,
    *,
    peer: str | None = None,
    state: str | None = None,
    ref: str | None = None,
    after: str = "",
) -> AsyncIterator[Record]:
    """Records of a kind that match all that is given, by rising id, those beyond ``after`` (see ``Store.find``)."""
    while rows := await store.find(kind, peer=peer, state=state, ref=ref, after=after, limit=PAGE):
        for row in rows:
            yield row
        after = rows[-1].id
