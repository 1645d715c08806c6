"""Management of traces (来歴情報): who ordered and made a part, from what, where and when."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec

from renkei.battery.parts.trace import TraceRecord
from renkei.exchange.parts.traces import Traces
from renkei.exchange.records.kept import Document
from renkei.exchange.records.traces import TraceRow
from renkei.formats.serial_part import serial_part
from renkei.http.management.operations import Desk, Operation, PathValues, operation
from renkei.http.management.paging import Paging, page_of
from renkei.http.management.views import Page, View


class Tracing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``trace``: a TraceRecord with all its nine fields."""

    trace: Document


class TraceSearch(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Traces of a part, by who made it, or all."""

    part: str | None = None
    maker: str | None = None


class TraceLook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``form``: our own, or the aspect SerialPart of Catena-X, with the ``customer_part`` and the ``number`` (BPN)."""

    form: Literal["trace", "serial-part"] = "trace"
    customer_part: Annotated[str, msgspec.Meta(max_length=500)] = ""
    number: Annotated[str, msgspec.Meta(max_length=100)] = ""


class Trace(View, frozen=True, kw_only=True):
    """A trace; ``left_out``: which of its fields another form has no place for."""

    id: str
    part: str
    maker: str
    document: Document
    left_out: tuple[str, ...] = ()
    created: datetime

    @classmethod
    def of(cls, row: TraceRow) -> Trace:
        """The view of a record."""
        return cls(id=row.id, part=row.part, maker=row.maker, document=row.document, created=row.created)


async def register_trace(desk: Desk, values: PathValues, asked: Tracing) -> Trace:
    """Keep a trace, in place of the one before with its id."""
    return Trace.of(await _traces(desk).register(asked.trace))


async def list_traces(desk: Desk, values: PathValues, asked: TraceSearch) -> Page[Trace]:
    """Traces, by rising id."""
    maker = None if asked.maker is None else desk.participant.ports.directory.identify(asked.maker)
    return await page_of(desk, TraceRow, Trace.of, asked, partner=maker, ref=asked.part)


async def show_trace(desk: Desk, values: PathValues, asked: TraceLook) -> Trace:
    """One trace, in our own form or in another."""
    row = await _traces(desk).known(values["id"])
    shown = Trace.of(row)
    if asked.form == "trace":
        return shown
    aspect = serial_part(TraceRecord.from_json(row.document), asked.customer_part, asked.number)
    return msgspec.structs.replace(shown, document=dict(aspect.document), left_out=aspect.left_out)


def _traces(desk: Desk) -> Traces:
    return desk.participant.parts.traces


OPERATIONS: Final[tuple[Operation, ...]] = (
    operation("POST /traces", "Register a trace", register_trace, Tracing, Trace),
    operation("GET /traces", "List traces", list_traces, TraceSearch, Page[Trace]),
    operation("GET /traces/{id}", "Show one trace", show_trace, TraceLook, Trace),
)
