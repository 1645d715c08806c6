"""Management of the crosswalk (品番対応・取引関係情報): link part numbers, look them up, see what nobody has linked."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

import msgspec

from renkei.battery.parts.crosswalk import PartLink, TradeSide, read_links
from renkei.battery.parts.likeness import Likeness, Proposal
from renkei.exchange.answer.box_messages import MaybeName, Name
from renkei.exchange.records.crosswalk import LinkRecord
from renkei.exchange.request.unlinked import UnlinkedNumber
from renkei.http.management.operations import Desk, Nothing, Operation, PathValues, operation
from renkei.http.management.paging import Paging
from renkei.http.management.views import Page, View

_LARGEST: Final = 16 * 1024 * 1024


class Linking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Our ``part`` is the ``partner``'s (an id or a configured name) ``number``; days are the first and the last.

    ``plant``: the one of ours for which alone it holds.
    """

    part: Name
    partner: Name
    side: TradeSide
    number: Name
    plant: MaybeName = ""
    start: date | None = None
    until: date | None = None


class LinkImport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``csv``: a table with the columns part, partner, side, number and perhaps plant, from, until."""

    csv: str


class LinkSearch(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Links of a partner (an id or a configured name), of a part of ours, with a number of theirs, of a side."""

    partner: str | None = None
    part: str | None = None
    number: str | None = None
    side: TradeSide | None = None


class Link(View, frozen=True, kw_only=True):
    """A trade relation (取引関係): what our ``part`` is called by a customer or a supplier. ``source``: who said so."""

    id: str
    part: str
    partner: str
    partner_name: str = ""
    side: TradeSide
    number: str
    plant: str
    start: date | None
    until: date | None
    source: str
    created: datetime

    @classmethod
    def of(cls, record: LinkRecord) -> Link:
        """The view of a record."""
        return cls(
            id=record.id,
            part=record.part,
            partner=record.partner,
            side=record.side,
            number=record.number,
            plant=record.plant,
            start=record.start,
            until=record.until,
            source=record.source,
            created=record.created,
        )


class Proposed(View, frozen=True, kw_only=True):
    """What a number may stand for, why, and how strongly that speaks for it (0 to 100): never linked by itself."""

    number: str
    name: str
    reasons: list[Likeness]
    score: int

    @classmethod
    def of(cls, proposal: Proposal) -> Proposed:
        """The view of a proposal."""
        return cls(number=proposal.number, name=proposal.name, reasons=list(proposal.reasons), score=proposal.score)


class Unlinked(View, frozen=True, kw_only=True):
    """A customer's number that we do not know, or a component of ours whose supplier's number we do not know.

    ``needed``: the requests, or the parts, that need it; ``parts``: those between which the crosswalk does not decide.
    """

    partner: str
    partner_name: str = ""
    side: TradeSide
    number: str
    needed: list[str]
    parts: list[str]
    proposals: list[Proposed]

    @classmethod
    def of(cls, found: UnlinkedNumber) -> Unlinked:
        """The view of what was found."""
        return cls(
            partner=found.partner,
            side=found.side,
            number=found.number,
            needed=list(found.needed),
            parts=list(found.parts),
            proposals=[Proposed.of(proposal) for proposal in found.proposals],
        )


async def link_numbers(desk: Desk, values: PathValues, asked: Linking) -> Link:
    """Link a part of ours with a partner's number; a link that is there already gets the end that is given now."""
    link = PartLink(**{name: getattr(asked, name) for name in asked.__struct_fields__})
    (record,) = await desk.participant.parts.crosswalk.link([link])
    return Link.of(record)


async def import_links(desk: Desk, values: PathValues, asked: LinkImport) -> Page[Link]:
    """Keep the links of a table, all or none."""
    records = await desk.participant.parts.crosswalk.link(read_links(asked.csv), "import")
    return Page(items=[Link.of(record) for record in records])


async def list_links(desk: Desk, values: PathValues, asked: LinkSearch) -> Page[Link]:
    """Links that meet every condition, by rising id."""
    participant = desk.participant
    partner = None if asked.partner is None else participant.ports.directory.identify(asked.partner)
    narrow = asked.part is not None or asked.number is not None
    found: list[LinkRecord] = []
    async for record in participant.parts.crosswalk.search(
        partner=partner, part=asked.part, number=asked.number, side=asked.side, after=asked.after
    ):
        found.append(record)
        if len(found) > asked.limit and not narrow:
            break
    found.sort(key=lambda record: record.id)
    shown = found[: asked.limit]
    return Page(items=[Link.of(record) for record in shown], next=shown[-1].id if len(found) > len(shown) else None)


async def show_link(desk: Desk, values: PathValues, asked: Nothing) -> Link:
    """One link."""
    return Link.of(await desk.participant.parts.crosswalk.known(values["id"]))


async def remove_link(desk: Desk, values: PathValues, asked: Nothing) -> Link:
    """Take back a link that never held; give one that holds no longer an end instead."""
    return Link.of(await desk.participant.parts.crosswalk.remove(values["id"]))


async def list_unlinked(desk: Desk, values: PathValues, asked: Nothing) -> Page[Unlinked]:
    """Numbers that nothing links, with what they may stand for."""
    return Page(items=[Unlinked.of(found) for found in await desk.participant.unlinked.report()])


OPERATIONS: Final[tuple[Operation, ...]] = (
    operation("POST /crosswalk", "Link part numbers", link_numbers, Linking, Link),
    operation(
        "POST /crosswalk/import",
        "Link the numbers of a table",
        import_links,
        LinkImport,
        Page[Link],
        size_limit=_LARGEST,
    ),
    operation("GET /crosswalk", "Search links", list_links, LinkSearch, Page[Link]),
    operation("GET /crosswalk/{id}", "Show one link", show_link, Nothing, Link),
    operation("DELETE /crosswalk/{id}", "Take a link back", remove_link, Nothing, Link),
    operation("GET /unlinked", "List numbers that nothing links", list_unlinked, Nothing, Page[Unlinked]),
)
