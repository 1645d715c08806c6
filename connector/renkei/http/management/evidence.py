"""Management of what is kept: stored records, and agreements and records as files that anybody can verify offline."""

from __future__ import annotations

from typing import Final

from renkei.exchange.records.kept import Document
from renkei.exchange.records.notices import NoticeRecord
from renkei.exchange.records.processes import AgreementRecord
from renkei.exchange.records.requests import DocumentRecord
from renkei.http.management.operations import Desk, Nothing, Operation, PathValues, operation
from renkei.http.management.paging import Paging, one_of, page_of
from renkei.http.management.request_views import StoredRecord
from renkei.http.management.views import Page
from renkei.trust.artefacts import Artefact
from renkei.trust.verification import evidence


class RecordPaging(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page; of which partner (ourselves included), part and type (``FootprintRecord`` …)."""

    partner: str | None = None
    part: str | None = None
    type: str | None = None


async def list_documents(desk: Desk, values: PathValues, asked: RecordPaging) -> Page[StoredRecord]:
    """Records we received and records of our own."""
    return await page_of(
        desk,
        DocumentRecord,
        StoredRecord.of,
        asked,
        partner=asked.partner,
        state=asked.type,
        ref=asked.part,
    )


async def show_document(desk: Desk, values: PathValues, asked: Nothing) -> StoredRecord:
    """One stored record."""
    return StoredRecord.of(await one_of(desk, DocumentRecord, values["id"]))


async def export_agreement(desk: Desk, values: PathValues, asked: Nothing) -> Document:
    """An agreement with both signatures and the keys they were made with."""
    kept = await one_of(desk, AgreementRecord, values["id"])
    return _evidence(desk, Artefact.AGREEMENT, kept)


async def export_record(desk: Desk, values: PathValues, asked: Nothing) -> Document:
    """A record with its signature and the key it was made with."""
    kept = await one_of(desk, DocumentRecord, values["id"])
    return _evidence(desk, Artefact.RECORD, kept)


async def export_notice(desk: Desk, values: PathValues, asked: Nothing) -> Document:
    """A notice with its signature and the key it was made with."""
    return _evidence(desk, Artefact.NOTICE, await desk.participant.notices.known(values["id"]))


def _evidence(desk: Desk, artefact: Artefact, kept: AgreementRecord | DocumentRecord | NoticeRecord) -> Document:
    now = desk.participant.ports.clock.now().replace(microsecond=0)
    return evidence(artefact, kept.document, kept.did_documents, now)


OPERATIONS: Final[tuple[Operation, ...]] = (
    operation("GET /documents", "List stored records", list_documents, RecordPaging, Page[StoredRecord]),
    operation("GET /documents/{id}", "Show one stored record", show_document, Nothing, StoredRecord),
    operation("GET /export/agreement/{id}", "Export an agreement as evidence", export_agreement, Nothing, Document),
    operation("GET /export/record/{id}", "Export a record as evidence", export_record, Nothing, Document),
    operation("GET /export/notice/{id}", "Export a notice as evidence", export_notice, Nothing, Document),
)
