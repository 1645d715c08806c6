"""Management of notices (通知): what partners told us about what we have of them, and what we told ours."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from renkei.exchange.records.kept import Document
from renkei.exchange.records.notices import NoticeKind, NoticeRecord, NoticeState
from renkei.http.management.operations import Desk, Nothing, Operation, PathValues, operation
from renkei.http.management.paging import Limit
from renkei.http.management.request_views import Direction
from renkei.http.management.views import Page, View


class ListingNotices(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``in``: what we were told; ``out``: what we told; of a partner (an id or a configured name); the newest first."""

    direction: Direction = "in"
    partner: str | None = None
    kind: NoticeKind | None = None
    limit: Limit = 100


class Notice(View, frozen=True, kw_only=True):
    """A notice; ``direction`` ``in``: we were told.

    ``kind``: what it tells; ``subject``: what it is about; ``agreement``: under which; ``cause``: why, a code;
    ``content``: what its kind says more; ``state``: open until it was taken or followed; ``reason``: why it ended so;
    ``due``: when it may leave; ``trouble``: what delivering it ran into.
    """

    notice: str
    direction: Direction
    partner: str
    partner_name: str = ""
    kind: NoticeKind
    subject: str
    agreement: str
    cause: str
    content: Document
    state: NoticeState
    reason: str
    due: datetime
    trouble: str
    created: datetime

    @classmethod
    def of(cls, record: NoticeRecord, trouble: str = "") -> Notice:
        """The view of a record."""
        return cls(
            notice=record.notice,
            direction="in" if record.incoming else "out",
            partner=record.partner,
            kind=record.about,
            subject=record.subject,
            agreement=record.agreement,
            cause=record.cause,
            content=record.content,
            state=record.state,
            reason=record.reason,
            due=record.due,
            trouble=trouble,
            created=record.created,
        )


async def list_notices(desk: Desk, values: PathValues, asked: ListingNotices) -> Page[Notice]:
    """What we were told, or told."""
    participant = desk.participant
    partner = None if asked.partner is None else participant.ports.directory.identify(asked.partner)
    found = await participant.notices.listed(incoming=asked.direction == "in", partner=partner, about=asked.kind)
    return Page(items=[_view(desk, record) for record in found[: asked.limit]])


async def show_notice(desk: Desk, values: PathValues, asked: Nothing) -> Notice:
    """One notice."""
    return _view(desk, await desk.participant.notices.known(values["id"]))


def _view(desk: Desk, record: NoticeRecord) -> Notice:
    return Notice.of(record, desk.participant.courier.trouble(record.id))


OPERATIONS: Final[tuple[Operation, ...]] = (
    operation("GET /notices", "List notices that came or were sent", list_notices, ListingNotices, Page[Notice]),
    operation("GET /notices/{id}", "Show one notice", show_notice, Nothing, Notice),
)
