"""Management of the parts we make, and the figures behind them for our own eyes."""

from __future__ import annotations

from base64 import b64decode, urlsafe_b64encode
from typing import Final

import msgspec

from renkei.battery.versions import ChangeCause
from renkei.exchange.parts.places import Sought
from renkei.exchange.records.kept import Document
from renkei.exchange.records.parts import PartRecord
from renkei.http.management.operations import Desk, Nothing, Operation, PathValues, operation
from renkei.http.management.paging import Paging, page_of
from renkei.http.management.problems import BAD_BODY
from renkei.http.management.request_views import ListedPart, Part
from renkei.http.management.views import Page

_LARGEST_PART: Final = 16 * 1024 * 1024


class Registering(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part. ``bom``: CSV text; ``inventory``: a FootprintInventory; ``due_diligence``: a DueDiligenceStatement.

    ``name`` and ``support`` (部品項目・補助項目) are found by ``search``; no other part of the ``plant`` has both.
    ``terminated`` (終端): nothing in it is bought, as a claim of ours.

    A BOM that lists nothing has its header line all the same; without one, nothing is bought.

    Suppliers in the BOM and ``customers`` may be configured names. Figures are decimals in strings. ``rules``: under
    which rule set its footprint is calculated (``GET /rules``); empty: the one that is used here. ``split``: its
    records tell how much of each stage arose in our own plants, and how much was supplied.
    ``terms``: the template under which its footprint is given (``GET /templates``); empty: the usual one.
    ``cause``: why it changes, which customers are told with the new version; by default what changes tells it.
    """

    name: str = ""
    support: str = ""
    plant: str = ""
    unit: str = ""
    terminated: bool = False
    bom: str | None = None
    inventory: Document = {}
    due_diligence: Document = {}
    automatic: bool = True
    customers: tuple[str, ...] = ()
    rules: str = ""
    cause: ChangeCause | None = None
    split: bool = False
    terms: str = ""


class PartSearch(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which parts, and which page. ``parent``: those with components, or those without."""

    name: str = ""
    plant: str | None = None
    parent: bool | None = None


async def register_part(desk: Desk, values: PathValues, asked: Registering) -> Part:
    """Register a part, or replace all that is known of it: what is left out is removed.

    Open requests use it as it then is.
    """
    identify = desk.participant.ports.directory.identify
    record = PartRecord(
        id=values["id"],
        name=asked.name,
        support=asked.support,
        plant=asked.plant,
        unit=asked.unit,
        terminated=asked.terminated,
        bom=asked.bom,
        inventory=asked.inventory,
        due_diligence=asked.due_diligence,
        automatic=asked.automatic,
        customers=tuple(dict.fromkeys(identify(customer) for customer in asked.customers)),
        rules=asked.rules,
        split=asked.split,
        terms=asked.terms,
    )
    return Part.of(await desk.participant.parts.register(record, asked.cause))


async def list_parts(desk: Desk, values: PathValues, asked: Paging) -> Page[Part]:
    """All our parts."""
    return await page_of(desk, PartRecord, Part.of, asked)


async def search_parts(desk: Desk, values: PathValues, asked: PartSearch) -> Page[ListedPart]:
    """Our parts that meet every condition, by name: those whose name begins like this, of a plant, parents or not."""
    sought = Sought(name=asked.name, plant=asked.plant, parent=asked.parent)
    found = await desk.participant.parts.places.search(sought, after=_place(asked.after), limit=asked.limit)
    following = None if found.next is None else urlsafe_b64encode(found.next.encode()).decode()
    return Page(items=[ListedPart.of(part) for part in found.parts], next=following)


def _place(after: str) -> str:
    """The place behind a token of ours; of what is none, the beginning."""
    try:
        return b64decode(after.encode(), altchars=b"-_", validate=True).decode()
    except ValueError:
        raise BAD_BODY(cause=f"after: {after!r} is not the `next` of a page") from None


async def show_part(desk: Desk, values: PathValues, asked: Nothing) -> Part:
    """One part."""
    return Part.of(await desk.participant.parts.known(values["id"]))


async def calculate_footprint(desk: Desk, values: PathValues, asked: Nothing) -> Document:
    """The footprint as it is now, every contribution by name and verdict; it leaves the house only as a total."""
    participant = desk.participant
    return await participant.trees.footprint(await participant.parts.known(values["id"]))


async def calculate_due_diligence(desk: Desk, values: PathValues, asked: Nothing) -> Document:
    """The due diligence as it is now, with everything that was said by whom."""
    parts = desk.participant.parts
    calculation = await parts.due_diligence(await parts.known(values["id"]))
    return calculation.to_json()


OPERATIONS: Final[tuple[Operation, ...]] = (
    operation("PUT /parts/{id}", "Register a part", register_part, Registering, Part, size_limit=_LARGEST_PART),
    operation("GET /parts", "List our parts", list_parts, Paging, Page[Part]),
    operation("POST /parts/search", "Search our parts", search_parts, PartSearch, Page[ListedPart]),
    operation("GET /parts/{id}", "Show one part", show_part, Nothing, Part),
    operation("GET /parts/{id}/footprint", "Calculate a part's footprint", calculate_footprint, Nothing, Document),
    operation(
        "GET /parts/{id}/due-diligence",
        "Calculate a part's due diligence",
        calculate_due_diligence,
        Nothing,
        Document,
    ),
)
