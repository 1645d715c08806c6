"""Management of the one inbox (受信箱) of all customers' requests, and of how far requests are, by day."""

from __future__ import annotations

from typing import Final

import msgspec

from renkei.exchange.request.request_book import Completeness
from renkei.http.management.operations import Desk, Operation, PathValues, operation
from renkei.http.management.paging import Limit
from renkei.http.management.request_views import Direction, Request
from renkei.http.management.requests import next_tries, standing
from renkei.http.management.views import Page, View


class Opening(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of one customer (an id or a configured name) or of all; what is wanted by this day, or by any."""

    partner: str | None = None
    due: str | None = None
    limit: Limit = 100


class Counting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``in``: what we were asked; ``out``: what we asked."""

    direction: Direction = "out"


class DayOfRequests(View, frozen=True, kw_only=True):
    """Requests that are wanted by one day, as counts: which of them whose is not told.

    ``open``: of these ``late`` although the day has passed; ``refused``: ended without an answer; ``below_open`` of
    ``below_total`` hang on them deeper in the chain.
    """

    due: str
    total: int
    answered: int
    open: int
    late: int
    refused: int
    below_open: int
    below_total: int

    @classmethod
    def of(cls, counted: Completeness) -> DayOfRequests:
        """The view of the counts."""
        return cls(**{name: getattr(counted, name) for name in cls.__struct_fields__})


async def show_inbox(desk: Desk, values: PathValues, asked: Opening) -> Page[Request]:
    """What waits for us, of all customers, what is wanted first at the top."""
    requests, ports = desk.participant.requests, desk.participant.ports
    partner = None if asked.partner is None else ports.directory.identify(asked.partner)
    waiting = [
        record
        for record in await requests.inbox()
        if partner in {None, record.partner} and (asked.due is None or record.due <= asked.due)
    ]
    tries = await next_tries(desk)
    return Page(items=[standing(desk, record, tries) for record in waiting[: asked.limit]])


async def show_completeness(desk: Desk, values: PathValues, asked: Counting) -> Page[DayOfRequests]:
    """How many requests are answered and how many are open, by the day until which they are wanted."""
    counted = await desk.participant.requests.completeness(incoming=asked.direction == "in")
    return Page(items=[DayOfRequests.of(each) for each in counted])


OPERATIONS: Final[tuple[Operation, ...]] = (
    operation("GET /inbox", "What waits for us", show_inbox, Opening, Page[Request]),
    operation("GET /completeness", "How far requests are", show_completeness, Counting, Page[DayOfRequests]),
)
