"""Management of what a file tells: parts registered together, and answers of suppliers who have no system."""

from __future__ import annotations

from typing import Final

import msgspec

from renkei.exchange.records.parts import PartRecord
from renkei.exchange.request.by_hand import ToldPart
from renkei.exchange.request.by_hand_problems import ONE_PART
from renkei.formats.forms.ouranos_tables import Naming, sheet_of
from renkei.http.management.operations import Desk, Nothing, Operation, PathValues, operation
from renkei.http.management.parts import Registering
from renkei.http.management.request_views import Request, StoredRecord
from renkei.kernel.values import replace

_LARGEST: Final = 64 * 1024 * 1024
_OURANOS: Final = "ouranos-1"
_FILED: Final = ("name", "support", "plant", "unit", "terminated", "bom", "inventory")


class Importing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Parts by their ids. ``manual``: requests for those that are new wait for a person.

    ``dry_run``: only find out what is wrong.
    """

    parts: dict[str, Registering]
    manual: bool = False
    dry_run: bool = False


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """The ids of the parts that are registered now, or (``dry_run``) could be."""

    parts: list[str]
    dry_run: bool


class TakingAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a supplier's form tells: one part. ``partner`` or ``request`` may be left out, not both.

    ``file_digest``: the hash of the form, by which it is found again.
    """

    parts: dict[str, Registering]
    partner: str = ""
    request: str = ""
    file_digest: str
    dry_run: bool = False


class TookAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The supplier's record, unsigned, and the request that it answers; neither after a dry run."""

    partner: str
    record: StoredRecord | None = None
    request: Request | None = None
    dry_run: bool = False


class OuranosSheet(msgspec.Struct, frozen=True, kw_only=True):
    """The footprint sheet of the Ouranos applications, by column; ``gaps``: how many suppliers are not in it."""

    cells: dict[str, str]
    gaps: int


async def import_parts(desk: Desk, values: PathValues, asked: Importing) -> Imported:
    """Register parts as a file tells them, all or none; of those that are known, what no file tells stays."""
    parts = desk.participant.parts
    records = []
    for name, told in asked.parts.items():
        kept = await parts.kept(name)
        said = {member: getattr(told, member) for member in _FILED}
        records.append(
            PartRecord(id=name, automatic=not asked.manual, **said) if kept is None else replace(kept, **said)
        )
    if records:
        await parts.register_all(records, dry_run=asked.dry_run)
    return Imported(parts=list(asked.parts), dry_run=asked.dry_run)


async def take_answer(desk: Desk, values: PathValues, asked: TakingAnswer) -> TookAnswer:
    """Keep what a supplier's form tells as its record, on our own word, and answer our request with it."""
    if len(asked.parts) != 1:
        raise ONE_PART(count=len(asked.parts))
    ((name, told),) = asked.parts.items()
    form = ToldPart(id=name, inventory=told.inventory, bom=told.bom, file=asked.file_digest)
    taken = await desk.participant.by_hand.taken(asked.partner, form, asked.request, dry_run=asked.dry_run)
    if taken is None:
        return TookAnswer(partner=asked.partner, dry_run=True)
    return TookAnswer(
        partner=taken.record.partner,
        record=StoredRecord.of(taken.record),
        request=None if taken.request is None else Request.of(taken.request),
    )


async def show_ouranos_sheet(desk: Desk, values: PathValues, asked: Nothing) -> OuranosSheet:
    """A part's footprint by the Ouranos rules, in the columns of its applications."""
    parts = desk.participant.parts
    part = await parts.known(values["id"])
    inputs = await parts.inputs(part, _OURANOS)
    calculation = inputs.perform()
    naming = Naming(name=part.called, support=part.support, plant=part.plant, trace=part.id)
    return OuranosSheet(
        cells=sheet_of(calculation, inputs.rules.missing_rating, naming),
        gaps=sum(gap.count for gap in calculation.gaps),
    )


OPERATIONS: Final[tuple[Operation, ...]] = (
    operation(
        "GET /parts/{id}/ouranos-sheet", "Show a footprint as Ouranos does", show_ouranos_sheet, Nothing, OuranosSheet
    ),
    operation("POST /imports", "Register the parts of a file", import_parts, Importing, Imported, size_limit=_LARGEST),
    operation(
        "POST /imports/answers",
        "Take the answer of a supplier without a system",
        take_answer,
        TakingAnswer,
        TookAnswer,
        size_limit=_LARGEST,
    ),
)
