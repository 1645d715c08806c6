"""How much is shown, and when: one thing, now or when it has ended; lists page by page, by rising id.

A page begins after the last id of the one before, whatever changed in between.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeAlias, TypeVar

import msgspec

from renkei.exchange.problems import UNKNOWN_THING
from renkei.exchange.records.kept import K
from renkei.http.management.operations import BASE, Desk
from renkei.http.management.views import Page

V = TypeVar("V")
Limit: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=500)]
Seconds: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=60)]


class Paging(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page."""

    after: str = ""
    limit: Limit = 100


class PartnerPaging(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page, of which partner (an id or a configured name) and in which state."""

    partner: str | None = None
    state: str | None = None


class Waiting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``wait``: seconds to wait for the end before answering with what there is."""

    wait: Seconds = 0.0


async def page_of(
    desk: Desk,
    kept: type[K],
    view: Callable[[K], V],
    asked: Paging,
    *,
    partner: str | None = None,
    state: str | None = None,
    ref: str | None = None,
) -> Page[V]:
    """One page of records of a kind."""
    ports = desk.participant.ports
    peer = None if partner is None else ports.directory.identify(partner)
    # One more than asked for tells whether there is a next page.
    rows = await ports.store.find(kept.kind, peer=peer, state=state, ref=ref, after=asked.after, limit=asked.limit + 1)
    shown = rows[: asked.limit]
    more = len(rows) > asked.limit
    return Page(items=[view(kept.of(row)) for row in shown], next=shown[-1].id if more else None)


async def one_of(desk: Desk, kept: type[K], record_id: str) -> K:
    """One record. Raises LocalError ``record-unknown``."""
    row = await desk.participant.ports.store.load(kept.kind, record_id)
    if row is None:
        raise UNKNOWN_THING(kind=kept.kind, id=record_id, place=f"{BASE}/{kept.kind}s")
    return kept.of(row)
