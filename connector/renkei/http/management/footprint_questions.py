"""Management of questions about footprints: why one changed, where it arises, what would be if.

All of it is for our own eyes; ``visible`` shows what somebody could be shown who may see those companies' names only.
"""

from __future__ import annotations

from typing import Final

import msgspec

from renkei.battery import FootprintRecord, SecondaryFactor
from renkei.battery.problems import INPUT
from renkei.battery.reading import Members
from renkei.exchange.records.kept import Document
from renkei.http.management.operations import Desk, Nothing, Operation, PathValues, operation
from renkei.http.management.problems import BAD_BODY
from renkei.http.management.request_views import StoredRecord


class Attributing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``since``: an earlier record, by default the one that is superseded; ``now``: from the record to today instead.

    ``visible``: participant ids, divided by commas; all others' names are masked.
    """

    since: str = ""
    now: bool = False
    visible: str = ""


class Supposing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``component`` with a supplier's ``record``; or a secondary ``factor``, for all energy or for one ``use``."""

    component: str = ""
    record: Document = {}
    factor: Document = {}
    use: str = ""


async def attribute_footprint(desk: Desk, values: PathValues, asked: Attributing) -> Document:
    """The exact part of each cause in the difference between two calculations."""
    found = await desk.participant.calculations.attributed(values["id"], since=asked.since, now=asked.now)
    return (found.masked(set(asked.visible.split(","))) if asked.visible else found).to_json()


async def keep_footprint(desk: Desk, values: PathValues, asked: Nothing) -> StoredRecord:
    """Keep a part's footprint of today as a record of ours, offered to nobody: what later ones are compared with."""
    return StoredRecord.of(await desk.participant.calculations.keep(values["id"]))


async def show_hotspots(desk: Desk, values: PathValues, asked: Nothing) -> Document:
    """Where a part's footprint arises, largest first, and whose answers would make most of it primary data."""
    return (await desk.participant.calculations.hotspots(values["id"])).to_json()


async def suppose(desk: Desk, values: PathValues, asked: Supposing) -> Document:
    """What another supplier or another factor would change. Nothing is stored or sent."""
    calculations = desk.participant.calculations
    if asked.record and asked.component and not (asked.factor or asked.use):
        record = FootprintRecord.from_json(asked.record)
        return (await calculations.if_supplied(values["id"], asked.component, record)).to_json()
    if asked.factor and not (asked.record or asked.component):
        factor = SecondaryFactor.read(Members(asked.factor, INPUT, "/factor"))
        return (await calculations.if_powered(values["id"], factor, asked.use)).to_json()
    raise BAD_BODY(cause="either component and record must be given, or factor (and perhaps use)")


OPERATIONS: Final[tuple[Operation, ...]] = (
    operation(
        "GET /footprints/{id}/attribution", "Why a footprint changed", attribute_footprint, Attributing, Document
    ),
    operation("POST /parts/{id}/footprint", "Keep the footprint of today", keep_footprint, Nothing, StoredRecord),
    operation("GET /parts/{id}/hotspots", "Where a footprint arises", show_hotspots, Nothing, Document),
    operation("POST /parts/{id}/what-if", "What would change a footprint", suppose, Supposing, Document),
)
