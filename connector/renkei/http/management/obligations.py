"""Management of what agreements oblige to: list, look, record what was done, and what has begun to be owed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

import msgspec

from renkei.exchange.answer.box_messages import Name
from renkei.exchange.records.obligations import ObligationRecord, Testimony
from renkei.http.management.operations import Desk, Nothing, Operation, PathValues, operation
from renkei.http.management.paging import Limit
from renkei.http.management.views import Page, View
from renkei.policy.deciding.meaning import Modality
from renkei.policy.deciding.obligations import ObligationState, Word


class Owing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which: of a partner (an id or a configured name), of an agreement; ``due``: only what is owed now.

    What is to be done first stands first.
    """

    partner: str | None = None
    agreement: str | None = None
    due: bool = False
    limit: Limit = 100


class Testifying(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who says so, and what shows it; ``digest``: of a document that does; ``at``: when it happened, by default now."""

    by: Name
    evidence: Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]
    digest: Annotated[str, msgspec.Meta(pattern="^(sha-256:[0-9a-f]{64})?$")] = ""
    at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class Said(View, frozen=True, kw_only=True):
    """What a person said. ``word``: confirmed by the one to whom it is owed, or claimed by the one who owes it.

    ``at``: when it happened; ``recorded``: when it was said, which is what counts.
    """

    word: Word
    by: str
    at: datetime
    recorded: datetime
    evidence: str
    digest: str

    @classmethod
    def of(cls, testimony: Testimony | None) -> Said | None:
        """The view of a testimony."""
        if testimony is None:
            return None
        return cls(
            word=testimony.word,
            by=testimony.by,
            at=testimony.at,
            recorded=testimony.recorded,
            evidence=testimony.evidence,
            digest=testimony.digest,
        )


class Obligation(View, frozen=True, kw_only=True):
    """One obligation of an agreement, as we keep it. ``debtor`` owes the ``action`` to ``creditor``; ``ours``: we do.

    ``path``: its place in the agreed policy; ``role``: what it hangs on, and ``above`` where that stands; ``due``: its
    last moment, once it is owed; ``start`` and ``performance``: what persons said of it.
    """

    id: str
    agreement: str
    partner: str
    partner_name: str = ""
    dataset: str
    path: str
    role: Modality
    above: str
    action: str
    debtor: str
    creditor: str
    ours: bool
    state: ObligationState
    due: datetime | None
    start: Said | None
    performance: Said | None
    created: datetime

    @classmethod
    def of(cls, record: ObligationRecord) -> Obligation:
        """The view of a record."""
        return cls(
            id=record.id,
            agreement=record.agreement,
            partner=record.partner,
            dataset=record.dataset,
            path=record.path,
            role=record.role,
            above=record.above,
            action=record.action,
            debtor=record.debtor,
            creditor=record.creditor,
            ours=record.ours,
            state=record.state,
            due=record.due,
            start=Said.of(record.start),
            performance=Said.of(record.performance),
            created=record.created,
        )


async def list_obligations(desk: Desk, values: PathValues, asked: Owing) -> Page[Obligation]:
    """What agreements oblige us and our partners to."""
    participant = desk.participant
    partner = None if asked.partner is None else participant.ports.directory.identify(asked.partner)
    found = await participant.obligations.listed(due=asked.due, partner=partner, agreement=asked.agreement)
    return Page(items=[Obligation.of(record) for record in found[: asked.limit]])


async def show_obligation(desk: Desk, values: PathValues, asked: Nothing) -> Obligation:
    """One obligation, with what was said of it."""
    return Obligation.of(await desk.participant.obligations.known(values["id"]))


async def record_performance(desk: Desk, values: PathValues, asked: Testifying) -> Obligation:
    """Record that it was performed: confirmed where it is owed to us, claimed where we owe it."""
    said = desk.participant.obligations.performed
    return Obligation.of(
        await said(values["id"], by=asked.by, evidence=asked.evidence, digest=asked.digest, at=asked.at)
    )


async def begin_obligation(desk: Desk, values: PathValues, asked: Testifying) -> Obligation:
    """Record that it is owed from now on: a prohibition was infringed, or its condition has come about."""
    said = desk.participant.obligations.begin
    return Obligation.of(
        await said(values["id"], by=asked.by, evidence=asked.evidence, digest=asked.digest, at=asked.at)
    )


OPERATIONS: Final[tuple[Operation, ...]] = (
    operation("GET /obligations", "List what agreements oblige to", list_obligations, Owing, Page[Obligation]),
    operation("GET /obligations/{id}", "Show one obligation", show_obligation, Nothing, Obligation),
    operation("POST /obligations/{id}/done", "Record that it was done", record_performance, Testifying, Obligation),
    operation("POST /obligations/{id}/begin", "Record that it is owed", begin_obligation, Testifying, Obligation),
)
