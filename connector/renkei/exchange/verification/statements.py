"""Verification statements (検証声明書): made, taken, passed on with the figures they are about, withdrawn.

A verifier's statement goes to the company that it speaks of; that company passes a statement on one of its records on
to whoever has that record, and gives it with each new answer; nobody else passes it on, since further down the chain
another record stands, which another statement must be about. A withdrawal goes the same way to the same companies.

A statement (or withdrawal) is taken only if

1. it is whole and agrees with itself;
2. it is signed by its issuer, whoever brings it, and never unsigned;
3. who brings it is its issuer or the company it speaks of (the operator of this participant may bring any);
4. there are not too many on the same subject already: verifiers can be made up in any number.

A withdrawal counts for a statement only if both have the same issuer; it may come before the statement does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from renkei.battery.problems import INPUT
from renkei.battery.verification.standing import Stated, Verifiable, Verification, verification
from renkei.battery.verification.statement import (
    Assurance,
    Conclusion,
    Finding,
    Statement,
    Subject,
    SubjectKind,
    Withdrawal,
)
from renkei.exchange.answer.box_messages import box_of
from renkei.exchange.answer.parts import DUE_DILIGENCE, FOOTPRINT
from renkei.exchange.machine.steps import Step, Steps, together
from renkei.exchange.notice.notices import Notices
from renkei.exchange.partner.signatures import Signatures
from renkei.exchange.ports import Ports
from renkei.exchange.problems import UNKNOWN_THING
from renkei.exchange.records.assets import AssetRecord
from renkei.exchange.records.kept import Document
from renkei.exchange.records.notices import NoticeKind
from renkei.exchange.records.processes import AgreementRecord, Side
from renkei.exchange.records.requests import DocumentRecord, RequestRecord, RequestState
from renkei.exchange.records.statements import StatementRecord, WithdrawalRecord
from renkei.exchange.verification.verification_problems import BAD_STATEMENT, NOT_OURS, NOT_TOLD, UNKNOWN_STATEMENT
from renkei.kernel.values import replace
from renkei.policy.operands import ROLE
from renkei.store.paging import every
from renkei.store.port import Changes
from renkei.trust.artefacts import Artefact, content_hash, unsigned

KINDS: Final[Mapping[str, SubjectKind]] = {
    FOOTPRINT: SubjectKind.FOOTPRINT,
    DUE_DILIGENCE: SubjectKind.DUE_DILIGENCE,
}
MOST_ATTACHED: Final = 20
MOST_ABOUT: Final = 100
VERIFIERS: Final = frozenset({"verifier", "auditor", "notified-body"})
"""The roles by which the partner register knows somebody as a verifier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What a verifier of ours states; the subject is a record that we hold, or named by itself."""

    scope: str
    standard: str
    assurance: Assurance
    conclusion: Conclusion
    valid_from: datetime
    valid_until: datetime
    findings: tuple[Finding, ...] = ()
    evidence: tuple[str, ...] = ()
    reference: str | None = None


class Statements:
    """One participant's statements: those it makes, those about its records, and those about what it received."""

    def __init__(self, ports: Ports, steps: Steps, *, signatures: Signatures, notices: Notices) -> None:
        self._ports = ports
        self._steps = steps
        self._signatures = signatures
        self._notices = notices

    # --- as verifier -----------------------------------------------------------------------------

    async def subject_of(self, record: str) -> Subject:
        """A record that we hold as the subject of a statement. Raises LocalError ``record-unknown``."""
        row = await self._ports.store.load(DocumentRecord.kind, record)
        if row is None:
            raise UNKNOWN_THING(kind=DocumentRecord.kind, id=record, place="/documents")
        kept = DocumentRecord.of(row)
        return Subject(
            kind=KINDS[kept.document_type], name=str(kept.document["id"]), company=kept.partner, hash=kept.id
        )

    async def issue(self, subject: Subject, opinion: Opinion) -> StatementRecord:
        """State something, signed; the company that it speaks of is told, if there is an agreement with it.

        Raises ConfigurationError ``battery-input-…``.
        """
        us = self._ports.identity.participant
        made = Statement(
            id=self._ports.ids.new(),
            issuer=us,
            issued=self._ports.clock.now(),
            valid_from=opinion.valid_from,
            valid_until=opinion.valid_until,
            subject=subject,
            scope=opinion.scope,
            standard=opinion.standard,
            assurance=opinion.assurance,
            conclusion=opinion.conclusion,
            findings=opinion.findings,
            evidence=opinion.evidence,
            reference=opinion.reference,
        )
        read = Statement.from_json(made.to_json(), INPUT)
        document = await self._signatures.sign(read.to_json(), Artefact.STATEMENT)
        record = self._kept(read, document, await self._signatures.snapshot(us))
        return await self._store(record, "issued", [subject.company] if subject.company else [])

    async def withdraw(self, statement: str, reason: str) -> WithdrawalRecord:
        """Take back a statement of ours; whoever was given it is told. A second time changes nothing.

        Raises LocalError ``statement-unknown``, ``statement-not-ours``.
        """
        us = self._ports.identity.participant
        kept = await self.known(statement)
        if kept.issuer != us:
            raise NOT_OURS(statement=kept.id, issuer=kept.issuer)
        before = await self._withdrawal(kept)
        if before is not None:
            return before
        now = self._ports.clock.now()
        made = Withdrawal(id=self._ports.ids.new(), issuer=us, statement=kept.id, at=now, reason=reason)
        read = Withdrawal.from_json(made.to_json())
        document = await self._signatures.sign(read.to_json(), Artefact.STATEMENT)
        return await self._store_withdrawal(read, document, await self._signatures.snapshot(us))

    # --- being told ------------------------------------------------------------------------------

    async def take(self, document: Document, bringer: str = "") -> StatementRecord:
        """Keep a statement that somebody brought (``bringer`` empty: our operator), and pass it on (1 to 4).

        Raises PeerError ``battery-record-…``, ``statement-refused``, ``trust-…``.
        """
        statement = Statement.from_json(unsigned(document))  # 1
        proof = await self._proof(document, statement.issuer)  # 2
        if bringer not in {"", statement.issuer, statement.subject.company}:  # 3
            raise BAD_STATEMENT(cause=f"{bringer} is neither its verifier nor the company that it speaks of")
        record = self._kept(statement, document, proof)
        rows = await self._ports.store.find(StatementRecord.kind, ref=record.subject, limit=MOST_ABOUT)
        if bringer and len(rows) >= MOST_ABOUT and all(row.id != record.id for row in rows):  # 4
            raise BAD_STATEMENT(cause=f"there are {MOST_ABOUT} on the same subject already")
        ours = statement.subject.company == self._ports.identity.participant
        return await self._store(record, "received", await self._holders(statement.subject) if ours else [])

    async def take_withdrawal(self, document: Document, bringer: str = "") -> WithdrawalRecord:
        """Keep a withdrawal that somebody brought, and pass it on to whom we gave the statement (1 to 3).

        Raises as ``take``.
        """
        withdrawal = Withdrawal.from_json(unsigned(document))  # 1
        proof = await self._proof(document, withdrawal.issuer)  # 2
        kept = await self._load(withdrawal.statement)
        company = "" if kept is None or kept.issuer != withdrawal.issuer else kept.company
        if bringer not in {"", withdrawal.issuer, company}:  # 3
            raise BAD_STATEMENT(cause=f"{bringer} is neither its verifier nor the company that it speaks of")
        return await self._store_withdrawal(withdrawal, document, proof)

    async def _proof(self, document: Document, issuer: str) -> dict[str, Document]:
        checked = await self._signatures.check(document, Artefact.STATEMENT, issuer)
        if not checked.signed or checked.did_document is None:
            raise BAD_STATEMENT(cause="it is not signed")
        return {issuer: checked.did_document}

    # --- passing on ------------------------------------------------------------------------------

    async def share(self, statement: str, partner: str) -> StatementRecord:
        """Tell one partner of a statement by hand. Raises LocalError ``statement-unknown``, ``statement-not-told``."""
        kept = await self.known(statement)
        if await self._agreement(partner) is None:
            raise NOT_TOLD(partner=partner)

        async def decide() -> Step[StatementRecord]:
            record = await self.known(kept.id)
            changes, told = await self._told(record, [partner])
            return Step(changes, told)

        return await self._steps.run(f"statement {kept.id}", decide)

    async def attached(
        self, records: Iterable[DocumentRecord], partner: str
    ) -> tuple[tuple[Document, ...], tuple[StatementRecord, ...]]:
        """What goes with an answer that gives records to a partner: the statements that hold, and that it has them."""
        now = self._ports.clock.now()
        found: dict[str, Stated] = {}
        for record in records:
            found |= {stated.hash: stated for stated in (await self.of(record)).stated}
        holding = [one.hash for one in found.values() if one.withdrawn is None and one.statement.valid_until > now]
        kept = [await self.known(name) for name in holding[:MOST_ATTACHED]]
        given = (replace(one, given=(*one.given, partner)) for one in kept if partner not in one.given)
        return tuple(one.document for one in kept), tuple(given)

    async def _holders(self, subject: Subject) -> list[str]:
        """Who was given a record of ours, as it is."""
        row = await self._ports.store.load(DocumentRecord.kind, subject.hash) if subject.hash else None
        if row is None:
            return []
        state, ref = RequestRecord.columns(RequestState.ANSWERED, incoming=True, part=DocumentRecord.of(row).part)
        found: dict[str, None] = {}
        async for asked in every(self._ports.store, RequestRecord.kind, state=state, ref=ref):
            request = RequestRecord.of(asked)
            for dataset in request.answers.values():
                asset = await self._ports.store.load(AssetRecord.kind, dataset)
                if asset is not None and AssetRecord.of(asset).source.place == subject.hash:
                    found[request.partner] = None
        return list(found)

    async def _told(self, record: StatementRecord, partners: Iterable[str]) -> tuple[Changes, StatementRecord]:
        """The notices to those who have not been given it yet, and the statement that says so."""
        changes = Changes()
        given = list(record.given)
        for partner in partners:
            if partner in given or partner == record.issuer:
                continue
            more = await self._notice(NoticeKind.STATEMENT, record, partner, {"statement": record.document})
            if more is not None:
                given.append(partner)
                changes = together((changes, more))
        told = replace(record, given=tuple(given))
        return replace(changes, records=(told.row(), *changes.records)), told

    async def _notice(
        self, kind: NoticeKind, record: StatementRecord, partner: str, content: Document
    ) -> Changes | None:
        """A notice under any agreement with a partner; None where there is none, or where we are the partner."""
        agreement = await self._agreement(partner)
        if agreement is None or partner == self._ports.identity.participant:
            return None
        return await self._notices.drafted(kind, agreement, record.id, content)

    async def _agreement(self, partner: str) -> AgreementRecord | None:
        """The newest agreement in force: one over data if there is any, else one over a request box."""
        found: list[AgreementRecord] = []
        for side in Side:
            state = AgreementRecord.state_of(side, final=True)
            rows = await self._ports.store.find(AgreementRecord.kind, peer=partner, state=state, limit=1000)
            found += map(AgreementRecord.of, rows)
        boxes = {box_of(partner), box_of(self._ports.identity.participant)}
        return max(found, key=lambda one: (one.dataset not in boxes, one.created), default=None)

    # --- keeping ---------------------------------------------------------------------------------

    def _kept(self, statement: Statement, document: Document, proof: Mapping[str, Document]) -> StatementRecord:
        return StatementRecord(
            id=content_hash(document),
            issuer=statement.issuer,
            about=statement.subject.kind.value,
            subject=statement.subject.hash if statement.subject.kind.is_record else statement.subject.name,
            company=statement.subject.company,
            document=document,
            did_documents=proof,
            created=self._ports.clock.now(),
        )

    async def _store(self, record: StatementRecord, what: str, partners: Sequence[str]) -> StatementRecord:
        """Named by its content, a statement that comes twice is kept once."""

        async def decide() -> Step[StatementRecord]:
            before = await self._load(record.id)
            if before is not None:
                return Step(None, before)
            changes, told = await self._told(record, partners)
            event = told.event(what, record.created)
            return Step(replace(changes, events=(event, *changes.events)), told)

        return await self._steps.run(f"statement {record.id}", decide)

    async def _store_withdrawal(
        self, withdrawal: Withdrawal, document: Document, proof: Mapping[str, Document]
    ) -> WithdrawalRecord:
        now = self._ports.clock.now()
        record = WithdrawalRecord(
            id=WithdrawalRecord.key(withdrawal.statement, withdrawal.issuer),
            issuer=withdrawal.issuer,
            statement=withdrawal.statement,
            at=withdrawal.at,
            document=document,
            did_documents=proof,
            created=now,
        )

        async def decide() -> Step[WithdrawalRecord]:
            row = await self._ports.store.load(WithdrawalRecord.kind, record.id)
            if row is not None:
                return Step(None, WithdrawalRecord.of(row))
            changes = Changes(records=(record.row(),), events=(record.event("withdrawn", now),))
            kept = await self._load(record.statement)
            if kept is not None and kept.issuer == record.issuer:
                changes = replace(changes, events=(*changes.events, kept.event("withdrawn", now)))
                for partner in kept.given:
                    more = await self._notice(NoticeKind.WITHDRAWN, kept, partner, {"withdrawal": document})
                    changes = changes if more is None else together((changes, more))
            return Step(changes, record)

        return await self._steps.run(f"statement {record.statement}", decide)

    async def _load(self, statement: str) -> StatementRecord | None:
        row = await self._ports.store.load(StatementRecord.kind, statement)
        return None if row is None else StatementRecord.of(row)

    async def _withdrawal(self, record: StatementRecord) -> WithdrawalRecord | None:
        key = WithdrawalRecord.key(record.id, record.issuer)
        row = await self._ports.store.load(WithdrawalRecord.kind, key)
        return None if row is None else WithdrawalRecord.of(row)

    # --- looking ---------------------------------------------------------------------------------

    async def known(self, statement: str) -> StatementRecord:
        """A statement by its hash. Raises LocalError ``statement-unknown``."""
        found = await self._load(statement)
        if found is None:
            raise UNKNOWN_STATEMENT(statement=statement)
        return found

    async def stated(self, record: StatementRecord) -> Stated:
        """A statement with whether it was withdrawn, and whether its issuer is known here as a verifier."""
        withdrawal = await self._withdrawal(record)
        role = (await self._ports.register.about(record.issuer)).facts.get(ROLE)
        lasts = role is not None and (role.expires_at is None or role.expires_at > self._ports.clock.now())
        return Stated(
            statement=Statement.from_json(unsigned(record.document)),
            hash=record.id,
            withdrawn=None if withdrawal is None else withdrawal.at,
            recognised=role is not None and lasts and bool(role.values & VERIFIERS),
        )

    async def withdrawal_of(self, record: StatementRecord) -> WithdrawalRecord | None:
        """The verifier's withdrawal of a statement, if there is one."""
        return await self._withdrawal(record)

    async def of(self, record: DocumentRecord) -> Verification:
        """How a record stands now by all the statements that concern it."""
        subject = verifiable(record)
        refs = {name for name in (subject.hash, subject.company, subject.procedure, subject.engine) if name}
        kept: list[StatementRecord] = []
        after = ""
        while rows := await self._ports.store.among(StatementRecord.kind, refs, after=after):
            kept += map(StatementRecord.of, rows)
            after = rows[-1].id
        return verification(subject, [await self.stated(one) for one in kept], self._ports.clock.now())


def verifiable(record: DocumentRecord) -> Verifiable:
    """What there is of a stored record to be verified."""
    calculation = record.document.get("calculation")
    engine = calculation.get("engine") if isinstance(calculation, dict) else None
    return Verifiable(
        kind=KINDS[record.document_type],
        hash=record.id,
        company=record.partner,
        procedure=str(record.document.get("ruleSet", record.document.get("codeList", ""))),
        engine=engine if isinstance(engine, str) else "",
    )
