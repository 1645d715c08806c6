"""Declarations (宣言): made from the newest record of a part, signed once, and never changed.

The record that was declared is marked, and stays; what changes later makes a new record, and a new declaration that
supersedes this one and names it. A draft is kept too, but marks nothing and supersedes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final

from renkei.battery import FootprintRecord
from renkei.battery.declaration.declaration import declared
from renkei.battery.declaration.facts import DeclarationFacts
from renkei.battery.declaration.figures import DeclarationBasis
from renkei.battery.declaration.form import DeclarationForm
from renkei.battery.declaration.page import page
from renkei.battery.print_page import Language
from renkei.exchange.answer.part_book import BatteryRules
from renkei.exchange.answer.parts import Parts
from renkei.exchange.answer.told_share import told_share
from renkei.exchange.declaration.declaration_use_problems import UNKNOWN_DECLARATION, UNKNOWN_FORM
from renkei.exchange.machine.steps import Step, Steps
from renkei.exchange.partner.signatures import Signatures
from renkei.exchange.ports import Ports
from renkei.exchange.records.calculations import rows_of
from renkei.exchange.records.declarations import DeclarationRecord
from renkei.exchange.records.kept import Document
from renkei.exchange.records.requests import DocumentRecord, RequestKind
from renkei.exchange.verification.statements import Statements
from renkei.kernel.values import replace
from renkei.store.paging import every
from renkei.store.port import Changes
from renkei.trust.artefacts import Artefact, unsigned

ARTICLE_7: Final = "eu-2023-1542-article-7"


class Declarations:
    """One participant's declarations."""

    def __init__(
        self,
        ports: Ports,
        steps: Steps,
        *,
        signatures: Signatures,
        parts: Parts,
        statements: Statements,
        battery: BatteryRules,
    ) -> None:
        self._ports = ports
        self._steps = steps
        self._signatures = signatures
        self._parts = parts
        self._statements = statements
        self._battery = battery

    @property
    def forms(self) -> Mapping[str, DeclarationForm]:
        """The forms there are, by short name."""
        return self._battery.forms

    def form(self, name: str) -> DeclarationForm:
        """A form by its short name or id. Raises ConfigurationError ``declaration-form-unknown``."""
        for short, form in self.forms.items():
            if name in {short, form.id}:
                return form
        raise UNKNOWN_FORM(form=name, known=", ".join(self.forms))

    async def declare(self, facts: Document, form: str = ARTICLE_7, *, draft: bool = False) -> DeclarationRecord:
        """Make one of a part of ours, as its record is now.

        Raises ConfigurationError ``declaration-…``, ``battery-…``, LocalError ``part-unknown``.
        """
        read, asked = DeclarationFacts.from_json(facts), self.form(form)

        async def decide() -> Step[DeclarationRecord]:
            part = await self._parts.known(read.part)
            record = await self._parts.record(part, RequestKind.FOOTPRINT)
            made = await self._made(record, read, asked, await told_share(self._parts, part), draft=draft)
            before = None if draft else await self._newest(made)
            if before is not None and before.record == record.id and _same(before.document, made.document):
                return Step(None, before)
            signed = await self._signed(made, before)
            rows = [signed.row()]
            if not draft:
                record = replace(record, declared=(*record.declared, signed.id))
            rows += rows_of(record)
            if record.version and not draft:
                rows.append(record.row())  # the mark on what is stored already
            if before is not None:
                rows.append(replace(before, successor=signed.id).row())
            event = signed.event("drafted" if draft else "declared", signed.created)
            return Step(Changes(records=tuple(rows), events=(event,)), signed)

        return await self._steps.run(f"record of {read.part}", decide)

    async def _made(
        self,
        record: DocumentRecord,
        facts: DeclarationFacts,
        form: DeclarationForm,
        told: Fraction,
        *,
        draft: bool,
    ) -> DeclarationRecord:
        footprint = self._parts.read(record.document)
        assert isinstance(footprint, FootprintRecord), "a record of that kind was asked for"
        basis = DeclarationBasis(
            record=footprint,
            record_hash=record.id,
            rules=self._battery.rule_set(footprint.rule_set),
            facts=facts,
            verification=await self._statements.of(record),
            told=told,
        )
        now = self._ports.clock.now()
        name = self._ports.ids.new()
        document = declared(basis, form, declaration_id=name, issued=now, draft=draft)
        return DeclarationRecord(
            id=name,
            part=footprint.part,
            model=facts.model,
            plant=str(document["plant"]),
            form=form.id,
            record=record.id,
            draft=draft,
            number=1,
            document=document,
            created=now,
        )

    async def _signed(self, made: DeclarationRecord, before: DeclarationRecord | None) -> DeclarationRecord:
        document = made.document
        if before is not None:
            document = {**document, "version": before.number + 1, "supersedes": before.id}
        return replace(
            made,
            number=1 if before is None else before.number + 1,
            document=await self._signatures.sign(document, Artefact.DECLARATION),
            did_documents=await self._signatures.snapshot(self._ports.identity.participant),
        )

    async def _newest(self, made: DeclarationRecord) -> DeclarationRecord | None:
        """The declaration that this one supersedes: of the same form, model and plant."""
        same = [
            one
            for one in await self.listed(made.part, drafts=False)
            if (one.form, one.model, one.plant) == (made.form, made.model, made.plant)
        ]
        return max(same, key=lambda one: one.number, default=None)

    # --- looking ---------------------------------------------------------------------------------

    async def listed(self, part: str | None = None, *, drafts: bool = True) -> Sequence[DeclarationRecord]:
        """All of them or those of one part, the newest first."""
        state = None if drafts else "declared"
        rows = every(self._ports.store, DeclarationRecord.kind, state=state, ref=part)
        found = [DeclarationRecord.of(row) async for row in rows]
        return sorted(found, key=lambda one: (one.created, one.number), reverse=True)

    async def known(self, declaration: str) -> DeclarationRecord:
        """A declaration by its id. Raises LocalError ``declaration-unknown``."""
        row = await self._ports.store.load(DeclarationRecord.kind, declaration)
        if row is None:
            raise UNKNOWN_DECLARATION(declaration=declaration)
        return DeclarationRecord.of(row)

    async def page(self, declaration: str, language: Language) -> str:
        """A declaration as a page fit for print."""
        return page((await self.known(declaration)).document, language)


def _same(before: Document, made: Document) -> bool:
    """Whether a declaration says nothing new."""
    apart = {"id", "version", "issued", "supersedes"}
    old = {name: value for name, value in unsigned(before).items() if name not in apart}
    return old == {name: value for name, value in made.items() if name not in apart}
