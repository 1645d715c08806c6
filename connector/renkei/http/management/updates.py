"""Management of updates (値の自動更新): how far each customer's copy of our records has come, and letting one go."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from renkei.exchange.answer.box_messages import Name
from renkei.exchange.records.requests import RequestKind
from renkei.exchange.records.updates import UpdateRecord, UpdateState
from renkei.http.management.operations import Desk, Operation, PathValues, operation
from renkei.http.management.paging import Limit
from renkei.http.management.views import Page, View


class ListingUpdates(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of one part, or of all; the last touched first."""

    part: str | None = None
    limit: Limit = 100


class Releasing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose copies are to be brought up to date now, also those that are held or stopped."""

    part: Name


class Update(View, frozen=True, kw_only=True):
    """One customer's copy of our record of a part, since a change was first looked at.

    ``state``: waiting until ``due`` (none: for more changes), held for a person, told of the newest version, current
    (nothing to tell), or stopped with a ``reason``; ``record`` and ``version``: what it is now given; ``notice``: by
    which it was told; ``changes``: how many are gathered and not told.
    """

    partner: str
    partner_name: str = ""
    part: str
    kind: RequestKind
    dataset: str
    state: UpdateState
    reason: str
    record: str
    version: int
    notice: str
    changes: int
    due: datetime | None
    at: datetime

    @classmethod
    def of(cls, copy: UpdateRecord) -> Update:
        """The view of a record."""
        return cls(
            partner=copy.partner,
            part=copy.part,
            kind=copy.record_kind,
            dataset=copy.dataset,
            state=copy.state,
            reason=copy.reason,
            record=copy.offered,
            version=copy.number,
            notice=copy.notice,
            changes=copy.changes,
            due=copy.due,
            at=copy.at,
        )


async def list_updates(desk: Desk, values: PathValues, asked: ListingUpdates) -> Page[Update]:
    """How far customers' copies have come."""
    found = await desk.participant.successors.listed(asked.part)
    return Page(items=[Update.of(copy) for copy in found[: asked.limit]])


async def release_updates(desk: Desk, values: PathValues, asked: Releasing) -> Page[Update]:
    """Bring all customers' copies of a part up to date."""
    return Page(items=[Update.of(copy) for copy in await desk.participant.successors.release(asked.part)])


OPERATIONS: Final[tuple[Operation, ...]] = (
    operation("GET /updates", "List how current customers' copies are", list_updates, ListingUpdates, Page[Update]),
    operation("POST /updates", "Bring copies of a part up to date", release_updates, Releasing, Page[Update]),
)
