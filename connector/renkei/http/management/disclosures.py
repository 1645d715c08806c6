"""Management of disclosure (開示): what would leave, who saw what, and inputs for an auditor."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Final

import msgspec

from renkei.battery.disclosure.supply_tree import Sight
from renkei.exchange.disclosure.disclosures import Look
from renkei.exchange.disclosure.preview import Preview
from renkei.exchange.records.disclosures import DisclosureWay
from renkei.exchange.records.kept import Document
from renkei.exchange.records.requests import RequestKind
from renkei.http.management.operations import Desk, Nothing, Operation, PathValues, operation
from renkei.http.management.paging import Limit
from renkei.http.management.problems import BAD_QUERY
from renkei.http.management.views import Page, Problem, View
from renkei.kernel import instants
from renkei.kernel.problems import RenkeiError


class Previewing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An incoming ``request``; or a ``part``, ``to`` whom (an id or a configured name) and which ``kind``."""

    request: str = ""
    part: str = ""
    to: str = ""
    kind: RequestKind = RequestKind.FOOTPRINT


class ShownField(View, frozen=True, kw_only=True):
    """One field that would leave, and for which purposes."""

    path: str
    value: object
    purposes: tuple[str, ...]


class WithheldThing(View, frozen=True, kw_only=True):
    """One thing that stays, how much of it there is, and why."""

    what: str
    count: int
    why: str


class PreviewedRecord(View, frozen=True, kw_only=True):
    """What one partner would get of one kind of record.

    ``template``: the hash of the terms' text; ``rules``: how figures are told under them; ``held``: why nothing new is
    told now; ``findings``: what it could work out of single suppliers; ``unjudged``: why that cannot be said;
    ``below_open``, ``below_total``: what an answer tells of how many suppliers we asked, and so of how many there are.
    """

    partner: str
    partner_name: str = ""
    part: str
    kind: RequestKind
    template: str
    purposes: tuple[str, ...]
    rules: dict[str, int]
    shown: list[ShownField]
    withheld: list[WithheldThing]
    held: Problem | None = None
    findings: list[Document]
    unjudged: Problem | None = None
    below_open: int = 0
    below_total: int = 0

    @classmethod
    def of(cls, preview: Preview, below: tuple[int, int] = (0, 0)) -> PreviewedRecord:
        """The view of a preview; ``below``: open and all requests that we have made because of it."""
        rules, calendar = preview.rules, preview.rules.calendar
        return cls(
            partner=preview.partner,
            part=preview.part,
            kind=preview.kind,
            template=preview.template,
            purposes=preview.purposes,
            rules={
                "contributors": rules.contributors,
                "changes": rules.changes,
                "months": calendar.months,
                "days": calendar.days,
            },
            shown=[ShownField(path=one.path, value=one.value, purposes=one.purposes) for one in preview.shown],
            withheld=[WithheldThing(what=one.what, count=one.count, why=one.why.value) for one in preview.withheld],
            held=_problem(preview.held),
            findings=[finding.to_json() for finding in preview.findings],
            unjudged=_problem(preview.unjudged),
            below_open=below[0],
            below_total=below[1],
        )


class ListingDisclosures(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """To one partner (an id or a configured name), or of one part; the newest first."""

    partner: str | None = None
    part: str | None = None
    limit: Limit = 100


class Disclosure(View, frozen=True, kw_only=True):
    """One thing that was put before a partner at ``at``, and when it was ``seen``, as far as it was fetched from us."""

    partner: str
    partner_name: str = ""
    part: str
    way: DisclosureWay
    dataset: str
    document: str
    record: str
    document_type: str
    fields: tuple[str, ...]
    purposes: tuple[str, ...]
    at: datetime
    seen: tuple[datetime, ...]

    @classmethod
    def of(cls, look: Look) -> Disclosure:
        """The view of a line of the log."""
        line = look.disclosure
        return cls(
            partner=line.partner,
            part=line.part,
            way=line.way,
            dataset=line.dataset,
            document=line.document,
            record=line.record,
            document_type=line.document_type,
            fields=line.fields,
            purposes=line.purposes,
            at=line.at,
            seen=look.seen,
        )


class Revealing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Inputs of a ``record`` of ours, by name; without ``leaves`` all of them. ``to``: who gets the file."""

    record: Annotated[str, msgspec.Meta(min_length=1)]
    leaves: list[str] | None = None
    to: str = ""


class RevealedInputs(View, frozen=True, kw_only=True):
    """A ``file`` for ``renkei audit``; ``hands_on``: whose records are in it, which agreements with them must allow."""

    file: Document
    hands_on: tuple[str, ...]


class LeafNames(View, frozen=True, kw_only=True):
    """The names of all inputs of a record."""

    leaves: tuple[str, ...]


class TreeCell(View, frozen=True, kw_only=True):
    """One company behind a part. ``sight``: value, name or nothing; ``value``: its total, or ``**``."""

    tier: int
    sight: Sight
    node: str
    under: str
    company: str
    part: str
    value: str


class TellingTree(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """To whom the tree of a part is told: a customer's id or configured name."""

    to: Annotated[str, msgspec.Meta(min_length=1)]


class NamingOurselves(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The ``customer`` that was told the part's tree, ``to`` whom we name ourselves, and ``until`` when."""

    customer: Annotated[str, msgspec.Meta(min_length=1)]
    to: Annotated[str, msgspec.Meta(min_length=1)]
    until: datetime


async def show_tree(desk: Desk, values: PathValues, asked: Nothing) -> Page[TreeCell]:
    """The companies behind a part, as far as each of them consents: value, name, or neither."""
    cells = await desk.participant.supply_trees.screen(values["id"])
    return Page(
        items=[
            TreeCell(
                tier=cell.tier,
                sight=cell.sight,
                node=cell.node,
                under=cell.under,
                company=cell.company,
                part=cell.part,
                value=cell.shown,
            )
            for cell in cells
        ]
    )


async def tell_tree(desk: Desk, values: PathValues, asked: TellingTree) -> Disclosure:
    """Tell a customer how many stand where behind a part of ours, and not who."""
    to = desk.participant.ports.directory.identify(asked.to)
    line = await desk.participant.supply_trees.tell(values["id"], to)
    return Disclosure.of(Look(disclosure=line, seen=()))


async def name_ourselves(desk: Desk, values: PathValues, asked: NamingOurselves) -> Disclosure:
    """Say to a collector that it is we who stand at the node of a part."""
    identify = desk.participant.ports.directory.identify
    until = instants.parse(instants.render(asked.until))
    trees = desk.participant.supply_trees
    line = await trees.name(values["id"], identify(asked.customer), identify(asked.to), until)
    return Disclosure.of(Look(disclosure=line, seen=()))


async def preview_disclosure(desk: Desk, values: PathValues, asked: Previewing) -> Page[PreviewedRecord]:
    """What would leave: every field, its value and why; what stays; what it would tell of single suppliers."""
    participant, below = desk.participant, (0, 0)
    if asked.request:
        request = await participant.requests.known(asked.request, incoming=True)
        counted = participant.requests.counted(await participant.requests.caused_by(request))
        below = (counted.open, counted.total)
        found = await participant.previews.of_request(request)
    elif asked.part and asked.to:
        to = participant.ports.directory.identify(asked.to)
        found = await participant.previews.of(asked.part, (asked.kind,), to)
    else:
        raise BAD_QUERY(cause="a request, or a part and to whom, must be named", known="request, part, to, kind")
    return Page(items=[PreviewedRecord.of(one, below) for one in found])


async def list_disclosures(desk: Desk, values: PathValues, asked: ListingDisclosures) -> Page[Disclosure]:
    """Who was shown what, and when."""
    partner = None if asked.partner is None else desk.participant.ports.directory.identify(asked.partner)
    found = await desk.participant.disclosures.listed(partner=partner, part=asked.part)
    return Page(items=[Disclosure.of(look) for look in found[: asked.limit]])


async def list_leaves(desk: Desk, values: PathValues, asked: Nothing) -> LeafNames:
    """By which names the inputs of a record of ours can be revealed."""
    return LeafNames(leaves=await desk.participant.disclosures.leaves(values["id"]))


async def reveal_inputs(desk: Desk, values: PathValues, asked: Revealing) -> RevealedInputs:
    """Open inputs of a record for an auditor; it is written into the log."""
    to = desk.participant.ports.directory.identify(asked.to) if asked.to else ""
    revealed = await desk.participant.disclosures.reveal(asked.record, asked.leaves, to)
    return RevealedInputs(file=revealed.file, hands_on=revealed.hands_on)


def _problem(error: RenkeiError | None) -> Problem | None:
    return None if error is None else msgspec.convert(error.as_json(), type=Problem)


def _rows() -> Iterator[Operation]:
    yield operation(
        "GET /disclosures", "List who was shown what", list_disclosures, ListingDisclosures, Page[Disclosure]
    )
    yield operation(
        "GET /disclosures/preview",
        "Preview what would leave",
        preview_disclosure,
        Previewing,
        Page[PreviewedRecord],
    )
    yield operation("GET /disclosures/leaves/{id}", "List a record's inputs", list_leaves, Nothing, LeafNames)
    yield operation("GET /disclosures/tree/{id}", "Show what is behind a part", show_tree, Nothing, Page[TreeCell])
    yield operation("POST /disclosures/tree/{id}", "Tell a customer a part's tree", tell_tree, TellingTree, Disclosure)
    yield operation(
        "POST /disclosures/tree/{id}/name", "Name ourselves to a collector", name_ourselves, NamingOurselves, Disclosure
    )
    yield operation("POST /disclosures/reveal", "Open inputs for an auditor", reveal_inputs, Revealing, RevealedInputs)


OPERATIONS: Final[tuple[Operation, ...]] = tuple(_rows())
