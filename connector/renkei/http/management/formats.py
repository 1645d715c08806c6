"""Management of other systems' forms of footprints: records given out, documents judged and taken in."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

import msgspec

from renkei.battery import FootprintRecord
from renkei.exchange.records.kept import Document
from renkei.exchange.records.requests import DocumentRecord
from renkei.formats.dialects.checking import Severity, check
from renkei.formats.dialects.details import TYPE as DETAILS_TYPE
from renkei.formats.dialects.details import ProductDetails
from renkei.formats.dialects.fitting import Leeway
from renkei.formats.dialects.table import Formats, read_tables
from renkei.formats.dialects.taking import take_record
from renkei.formats.dialects.writing import write_record
from renkei.http.management.operations import Desk, Nothing, Operation, PathValues, operation
from renkei.http.management.paging import one_of
from renkei.http.management.views import Page
from renkei.resources import Kind, resource_json, resource_names
from renkei.trust.artefacts import unsigned

_LARGEST: Final = 16 * 1024 * 1024
_JSON: Final = msgspec.json.Encoder(decimal_format="number")


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """One format: its id, where its definition comes from, our units to its own, what it cannot say."""

    id: str
    title: dict[str, str]
    source: str
    units: dict[str, str]
    notes: dict[str, str]


class Writing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``document``: the id of a stored footprint record; ``details``: members of ProductDetails that are demanded.

    ``rescale``: it may be counted in another unit, exactly; ``round``: as the format's own rules say.
    """

    document: str
    details: Document = {}
    rescale: bool = False
    round: bool = False


class Checking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``document``: the JSON document itself."""

    document: object


class Taking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A partner's document. ``given``: what it lacks (``part``, ``period.start`` …); its company is the partner.

    ``keep``: keep the record, without a signature, as one of the partner's.
    """

    document: object
    partner: str
    given: dict[str, str] = {}
    rescale: bool = False
    keep: bool = False


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """``text``: the document as JSON, with all digits; ``losses``: what was not copied, and why."""

    text: str
    losses: list[Document]


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """``valid``: nothing is wrong; what is merely odd is a warning among the findings."""

    valid: bool
    findings: list[Document]


class Took(msgspec.Struct, frozen=True, kw_only=True):
    """The record, what else the document says of the product, the losses; ``kept``: the id under which it is kept."""

    record: Document
    details: Document
    losses: list[Document]
    kept: str | None = None


@cache
def formats() -> Formats:
    """The formats that ship with Renkei."""
    return read_tables({name: resource_json(Kind.VOCAB, name) for name in resource_names(Kind.VOCAB, "formats/")})


async def list_formats(desk: Desk, values: PathValues, asked: Nothing) -> Page[Format]:
    """All formats that are written, checked and read."""
    return Page(
        items=[
            Format(
                id=each.id,
                title=dict(each.title),
                source=each.source,
                units=dict(each.units),
                notes=dict(each.notes),
            )
            for each in formats().tables.values()
        ]
    )


async def write_in_format(desk: Desk, values: PathValues, asked: Writing) -> Given:
    """A stored record in another format. It leaves nothing: handing it to somebody is the caller's deed."""
    table = formats().table(values["format"])
    kept = await one_of(desk, DocumentRecord, asked.document)
    details = ProductDetails.from_json({**asked.details, "@type": DETAILS_TYPE})
    record = FootprintRecord.from_json(unsigned(kept.document))
    written = write_record(table, record, details, Leeway(asked.rescale, asked.round))
    return Given(
        text=_JSON.encode(written.document).decode(), losses=[each.to_json() for each in written.report.losses]
    )


async def check_format(desk: Desk, values: PathValues, asked: Checking) -> Verdict:
    """Judge a document: what does not fit the format, and where."""
    findings = check(formats().table(values["format"]), asked.document)
    wrong = any(each.severity is Severity.ERROR for each in findings)
    return Verdict(valid=not wrong, findings=[each.to_json() for each in findings])


async def read_from_format(desk: Desk, values: PathValues, asked: Taking) -> Took:
    """Read a partner's document; with ``keep`` it is reckoned with from then on."""
    partner = desk.participant.ports.directory.identify(asked.partner)
    given: Mapping[str, object] = {**asked.given, "company": partner}
    taken = take_record(formats().table(values["format"]), asked.document, given, Leeway(asked.rescale))
    kept = await desk.participant.foreign.keep(partner, taken.record) if asked.keep else None
    return Took(
        record=taken.record.to_json(),
        details=taken.details.to_json(),
        losses=[each.to_json() for each in taken.report.losses],
        kept=None if kept is None else kept.id,
    )


OPERATIONS: Final[tuple[Operation, ...]] = (
    operation("GET /formats", "List the formats of other systems", list_formats, Nothing, Page[Format]),
    operation("POST /formats/{format}/write", "Say a stored record in a format", write_in_format, Writing, Given),
    operation("POST /formats/{format}/check", "Judge a document", check_format, Checking, Verdict, size_limit=_LARGEST),
    operation(
        "POST /formats/{format}/read", "Read a partner's document", read_from_format, Taking, Took, size_limit=_LARGEST
    ),
)
