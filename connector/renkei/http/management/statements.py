"""Management of verification statements (検証声明書): issue, take, look, pass on, withdraw; how a record stands."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

import msgspec

from renkei.battery.verification.statement import Assurance, Conclusion, Finding, Severity, Subject, SubjectKind
from renkei.exchange.answer.box_messages import MaybeName, Name, Words
from renkei.exchange.records.kept import Document
from renkei.exchange.records.requests import DocumentRecord
from renkei.exchange.records.statements import StatementRecord
from renkei.exchange.verification.checking import verification_file
from renkei.exchange.verification.statements import Opinion
from renkei.http.management.operations import Desk, Nothing, Operation, PathValues, operation
from renkei.http.management.paging import Paging, one_of
from renkei.http.management.problems import BAD_BODY
from renkei.http.management.views import Page, View

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Sentence = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]


class StatedSubject(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What else than a record of ours: a company by its DID, a rule set by its id, an engine by its version."""

    kind: SubjectKind
    name: Name
    company: MaybeName = ""
    hash: MaybeName = ""


class StatedFinding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that was found. ``resolved``: put right before the statement was made."""

    severity: Severity
    text: Sentence
    resolved: bool = False


class IssuingStatement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A statement: on the ``record`` (a stored one, by its id) or on another ``subject``.

    ``valid_from``: by default now; ``evidence``: hashes of what was looked at (``sha-256:…``).
    """

    record: MaybeName = ""
    subject: StatedSubject | None = None
    scope: Sentence
    standard: Sentence
    assurance: Assurance
    conclusion: Conclusion = Conclusion.UNMODIFIED
    valid_from: Instant | None = None
    valid_until: Instant
    findings: tuple[StatedFinding, ...] = ()
    evidence: tuple[str, ...] = ()
    reference: MaybeName = ""


class TakingStatement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A signed statement, or a signed withdrawal, that came as a file."""

    document: Document


class WithdrawingStatement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why; whoever was given the statement is told."""

    reason: Annotated[Words, msgspec.Meta(min_length=1)]


class Sharing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to tell: an id or a configured name."""

    partner: Name


class StatementPaging(Paging, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page; of which verifier, and about what (a record's id, a company, a rule set, an engine)."""

    issuer: str | None = None
    subject: str | None = None


class Statement(View, frozen=True, kw_only=True):
    """A statement; ``statement`` is its name, the hash of what was signed. ``standing``: as it stands now.

    ``subject``: a record's hash, or a name; ``given``: to whom we passed it on; ``withdrawn``: since when, and why.
    """

    statement: str
    issuer: str
    kind: SubjectKind
    subject: str
    company: str
    scope: str
    standard: str
    assurance: Assurance
    conclusion: Conclusion
    standing: str
    valid_from: datetime
    valid_until: datetime
    withdrawn: datetime | None
    reason: str
    given: tuple[str, ...]
    document: Document
    created: datetime


async def _shown(desk: Desk, record: StatementRecord) -> Statement:
    statements, now = desk.participant.statements, desk.participant.ports.clock.now()
    stated, withdrawal = await statements.stated(record), await statements.withdrawal_of(record)
    said = stated.statement
    return Statement(
        statement=record.id,
        issuer=record.issuer,
        kind=said.subject.kind,
        subject=record.subject,
        company=record.company,
        scope=said.scope,
        standard=said.standard,
        assurance=said.assurance,
        conclusion=said.conclusion,
        standing=stated.standing(now).value,
        valid_from=said.valid_from,
        valid_until=said.valid_until,
        withdrawn=stated.withdrawn,
        reason="" if withdrawal is None else str(withdrawal.document["reason"]),
        given=record.given,
        document=record.document,
        created=record.created,
    )


async def issue_statement(desk: Desk, values: PathValues, asked: IssuingStatement) -> Statement:
    """State something as a verifier, signed; the company is told, if there is an agreement with it."""
    statements = desk.participant.statements
    if bool(asked.record) == (asked.subject is not None):
        raise BAD_BODY(cause="exactly one of record and subject names what the statement is about")
    if asked.subject is None:
        subject = await statements.subject_of(asked.record)
    else:
        named = asked.subject
        subject = Subject(kind=named.kind, name=named.name, company=named.company, hash=named.hash)
    opinion = Opinion(
        scope=asked.scope,
        standard=asked.standard,
        assurance=asked.assurance,
        conclusion=asked.conclusion,
        valid_from=asked.valid_from or desk.participant.ports.clock.now().replace(microsecond=0),
        valid_until=asked.valid_until,
        findings=tuple(Finding(one.severity, one.text, one.resolved) for one in asked.findings),
        evidence=asked.evidence,
        reference=asked.reference or None,
    )
    return await _shown(desk, await statements.issue(subject, opinion))


async def take_statement(desk: Desk, values: PathValues, asked: TakingStatement) -> Statement:
    """Take a signed statement, or the withdrawal of one that is here, from a file."""
    statements = desk.participant.statements
    if asked.document.get("@type") == "StatementWithdrawal":
        withdrawal = await statements.take_withdrawal(asked.document)
        return await _shown(desk, await statements.known(withdrawal.statement))
    return await _shown(desk, await statements.take(asked.document))


async def list_statements(desk: Desk, values: PathValues, asked: StatementPaging) -> Page[Statement]:
    """Statements that we made or were given."""
    rows = await desk.participant.ports.store.find(
        StatementRecord.kind, peer=asked.issuer, ref=asked.subject, after=asked.after, limit=asked.limit + 1
    )
    shown = [await _shown(desk, StatementRecord.of(row)) for row in rows[: asked.limit]]
    return Page(items=shown, next=shown[-1].statement if len(rows) > asked.limit else None)


async def show_statement(desk: Desk, values: PathValues, asked: Nothing) -> Statement:
    """One statement."""
    return await _shown(desk, await desk.participant.statements.known(values["id"]))


async def withdraw_statement(desk: Desk, values: PathValues, asked: WithdrawingStatement) -> Statement:
    """Take back a statement of ours."""
    await desk.participant.statements.withdraw(values["id"], asked.reason)
    return await show_statement(desk, values, Nothing())


async def share_statement(desk: Desk, values: PathValues, asked: Sharing) -> Statement:
    """Tell a partner of a statement."""
    partner = desk.participant.ports.directory.identify(asked.partner)
    return await _shown(desk, await desk.participant.statements.share(values["id"], partner))


async def show_verification(desk: Desk, values: PathValues, asked: Nothing) -> Document:
    """How a stored record stands by the statements about it; without any it is unverified."""
    record = await one_of(desk, DocumentRecord, values["id"])
    return (await desk.participant.statements.of(record)).to_json()


async def export_statement(desk: Desk, values: PathValues, asked: Nothing) -> Document:
    """A statement with the record it is about (where we have it), a withdrawal, and the keys: checked offline."""
    statements, ports = desk.participant.statements, desk.participant.ports
    kept = await statements.known(values["id"])
    withdrawal = await statements.withdrawal_of(kept)
    row = await ports.store.load(DocumentRecord.kind, kept.subject)
    record = None if row is None else DocumentRecord.of(row)
    snapshots = {**kept.did_documents}
    snapshots |= {} if record is None else record.did_documents
    snapshots |= {} if withdrawal is None else withdrawal.did_documents
    return verification_file(
        None if record is None else record.document,
        [kept.document],
        [] if withdrawal is None else [withdrawal.document],
        snapshots,
        ports.clock.now().replace(microsecond=0),
    )


OPERATIONS: Final[tuple[Operation, ...]] = (
    operation(
        "POST /statements", "Issue a verification statement", issue_statement, IssuingStatement, Statement, status=201
    ),
    operation("POST /statements/received", "Take a statement from a file", take_statement, TakingStatement, Statement),
    operation("GET /statements", "List verification statements", list_statements, StatementPaging, Page[Statement]),
    operation("GET /statements/{id}", "Show one statement", show_statement, Nothing, Statement),
    operation(
        "POST /statements/{id}/withdraw", "Withdraw a statement", withdraw_statement, WithdrawingStatement, Statement
    ),
    operation("POST /statements/{id}/share", "Tell a partner of a statement", share_statement, Sharing, Statement),
    operation("GET /documents/{id}/verification", "How a record was verified", show_verification, Nothing, Document),
    operation("GET /export/statement/{id}", "Export a statement", export_statement, Nothing, Document),
)
