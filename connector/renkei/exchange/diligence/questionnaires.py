"""Questionnaires: handed down in each company's own name, answered upward for all behind it at once.

A customer asks under the agreement by which it has the due diligence of a part. In the commit in which the questions
come in, they are handed down to all suppliers of whom we have due diligence, under another id, and what our own matrix
knows is answered; whenever an answer comes from below, or a person of ours gives one, the answers go up again. They
tell the worst, the share of the mass, and how many of how many have answered, and nobody's name.

A questionnaire is taken only if

1. it is whole, with codes of our code list, and not too many of the partner's are here;
2. it comes under an agreement over the due diligence of the part that it asks about, with us as provider;
3. the partner may still have that due diligence, by a consent that lives: answers tell of it cell by cell;
4. it has not come before; the same questions about the same part are not handed down twice, so a circle ends.

Answers are taken only from whom we have asked, to what we have asked, with what was asked. Ours go no further than 3.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from fractions import Fraction
from typing import Final, TypeAlias

from renkei.battery.diligence.codes import DiligenceCodes, Status
from renkei.battery.diligence.matrix import ANNEX_X, matrix_of
from renkei.battery.diligence.questionnaire import Answers, Questionnaire, aggregated, own_answers
from renkei.battery.diligence.rollup import DiligenceCalculation
from renkei.battery.problems import INPUT
from renkei.exchange.agreement.agreements import Agreements
from renkei.exchange.answer.parts import DUE_DILIGENCE, Parts
from renkei.exchange.catalog.catalogs import Catalogs
from renkei.exchange.diligence.alert_problems import BAD_QUESTIONNAIRE, NOTHING_TO_ASK_ABOUT, UNKNOWN_QUESTIONNAIRE
from renkei.exchange.machine.steps import Step, Steps, together
from renkei.exchange.notice.notices import Followed, Notices
from renkei.exchange.ports import Ports
from renkei.exchange.records.kept import Document
from renkei.exchange.records.notices import NoticeKind, NoticeRecord
from renkei.exchange.records.processes import AgreementRecord, Side
from renkei.exchange.records.questionnaires import QuestionnaireRecord
from renkei.kernel import jcs
from renkei.kernel.problems import RenkeiError
from renkei.kernel.values import replace
from renkei.store.paging import every
from renkei.store.port import Changes

_MOST: Final = 200
Permitted: TypeAlias = Callable[[str, str], Awaitable[bool]]
"""Whether a partner may still have what a dataset of ours says."""


class Questionnaires:
    """One participant's questionnaires (``notice.notices.NoticeHandler`` of their two kinds)."""

    def __init__(
        self,
        ports: Ports,
        steps: Steps,
        codes: DiligenceCodes,
        *,
        parts: Parts,
        catalogs: Catalogs,
        agreements: Agreements,
        notices: Notices,
        permitted: Permitted,
    ) -> None:
        self._ports = ports
        self._steps = steps
        self._codes = codes
        self._parts = parts
        self._catalogs = catalogs
        self._agreements = agreements
        self._notices = notices
        self._permitted = permitted

    # --- asking ----------------------------------------------------------------------------------

    async def ask(self, name: str, part: str, document: Document) -> QuestionnaireRecord:
        """Put questions to a supplier about a component whose due diligence we have from it.

        Raises ConfigurationError ``battery-input-…``, LocalError ``diligence-questionnaire-without-record``.
        """
        partner = self._ports.directory.identify(name)
        asked = replace(Questionnaire.from_json(document, self._codes, INPUT), id=self._ports.ids.new())
        agreement = await self._had_under(partner, part)
        if agreement is None:
            raise NOTHING_TO_ASK_ABOUT(part=part, partner=name)
        changes = await self._handed(asked, part, agreement)
        record = QuestionnaireRecord.of(changes.records[0])

        async def decide() -> Step[QuestionnaireRecord]:
            return Step(changes, record)

        return await self._steps.run(record.id, decide)

    async def _had_under(self, partner: str, part: str) -> AgreementRecord | None:
        held = await self._parts.newest(partner, DUE_DILIGENCE, part)
        return None if held is None else await self._agreements.kept(held.agreement)

    async def _handed(self, asked: Questionnaire, part: str, agreement: AgreementRecord, cause: str = "") -> Changes:
        record = self._record(asked, part, agreement, incoming=False, cause=cause)
        told = await self._notices.drafted(NoticeKind.QUESTIONNAIRE, agreement, part, asked.to_json())
        return replace(told, records=(record.row(), *told.records))

    def _record(
        self, asked: Questionnaire, part: str, agreement: AgreementRecord, *, incoming: bool, cause: str = ""
    ) -> QuestionnaireRecord:
        document = asked.to_json()
        return QuestionnaireRecord(
            id=QuestionnaireRecord.key(asked.id, incoming=incoming),
            incoming=incoming,
            partner=agreement.partner,
            part=part,
            agreement=agreement.id,
            document=document,
            fingerprint=jcs.digest(jcs.canonical(document["questions"])),
            cause=cause,
            created=self._ports.clock.now(),
        )

    # --- being asked, and told -------------------------------------------------------------------

    async def take(self, record: NoticeRecord, agreement: AgreementRecord) -> Followed:
        """Take questions or answers. Raises PeerError ``diligence-questionnaire-malformed``."""
        try:
            if record.about is NoticeKind.QUESTIONNAIRE:
                return Followed(changes=await self._asked(record, agreement))
            return Followed(changes=await self._answered(record))
        except RenkeiError as error:
            if error.problem is BAD_QUESTIONNAIRE:
                raise
            cause = f"{error.code}: {error.message()}"
            raise BAD_QUESTIONNAIRE(partner=record.partner, cause=cause) from error

    async def _asked(self, notice: NoticeRecord, agreement: AgreementRecord) -> Changes:
        asked = Questionnaire.from_json(notice.content, self._codes)  # 1
        asset = await self._catalogs.kept(agreement.dataset)
        holds = None if asset is None or asset.withdrawn else asset.holds
        about = None if holds is None else (holds.document_type, holds.part)
        if agreement.side is not Side.PROVIDER or about != (DUE_DILIGENCE, notice.subject):  # 2
            raise BAD_QUESTIONNAIRE(partner=notice.partner, cause=f"it has no due diligence of {notice.subject}")
        if not await self._permitted(agreement.partner, agreement.dataset):  # 3
            raise BAD_QUESTIONNAIRE(partner=notice.partner, cause=f"no consent to have {notice.subject} lives")
        record = self._record(asked, notice.subject, agreement, incoming=True)
        if await self._kept(record.id) is not None:  # 4
            return Changes()
        if await self._ports.store.count(QuestionnaireRecord.kind, peer=notice.partner, state="in") >= _MOST:  # 1
            raise BAD_QUESTIONNAIRE(partner=notice.partner, cause=f"{_MOST} of its questionnaires are here")
        _, _, ref = record.keys()
        again = await self._ports.store.find(QuestionnaireRecord.kind, state="in", ref=ref, limit=1)
        handed = [] if again else await self._hand_down(asked, record)  # 4
        below = [QuestionnaireRecord.of(changes.records[0]) for changes in handed]
        return together([await self._answers(record, below), *handed])

    async def _hand_down(self, asked: Questionnaire, record: QuestionnaireRecord) -> list[Changes]:
        handed = []
        for supply in await self._parts.supplies(await self._parts.known(record.part)):
            agreement = await self._had_under(supply.supplier, supply.component)
            if agreement is not None:
                ours = replace(asked, id=self._ports.ids.new())
                handed.append(await self._handed(ours, supply.component, agreement, record.id))
        return handed

    async def _answered(self, notice: NoticeRecord) -> Changes:
        name = notice.content.get("questionnaire")
        record = await self._kept(QuestionnaireRecord.key(str(name), incoming=False))
        if record is None or record.partner != notice.partner:
            raise BAD_QUESTIONNAIRE(partner=notice.partner, cause="it was not asked")
        Answers.from_json(notice.content, Questionnaire.from_json(record.document, self._codes))
        record = replace(record, answers=notice.content)
        stored = Changes(records=(record.row(),))
        cause = await self._kept(record.cause) if record.cause else None
        if cause is None:
            return stored
        others = [each for each in await self._below(cause) if each.id != record.id]
        return together([stored, await self._answers(cause, [*others, record])])

    async def say(self, questionnaire: str, by_hand: Mapping[str, Status]) -> QuestionnaireRecord:
        """Answer by hand what we are asked; the customer gets the answers anew.

        Raises LocalError ``diligence-questionnaire-unknown``, PeerError ``diligence-question-unknown``.
        """
        key = QuestionnaireRecord.key(questionnaire, incoming=True)

        async def decide() -> Step[QuestionnaireRecord]:
            record = await self._kept(key)
            if record is None:
                raise UNKNOWN_QUESTIONNAIRE(questionnaire=questionnaire)
            said = {question: status.value for question, status in by_hand.items()}
            record = replace(record, by_hand={**record.by_hand, **said})
            changes = await self._answers(record, await self._below(record))
            return Step(changes, QuestionnaireRecord.of(changes.records[0]))

        return await self._steps.run(key, decide)

    # --- answering -------------------------------------------------------------------------------

    async def _answers(self, record: QuestionnaireRecord, below: Sequence[QuestionnaireRecord]) -> Changes:
        """The answers as they are now, stored and told, unless they are what was told last."""
        asked = Questionnaire.from_json(record.document, self._codes)
        calculation = await self._calculation(record.part)
        matrix = None if calculation is None else matrix_of(calculation, self._codes, ANNEX_X)
        by_hand = {question: Status(status) for question, status in record.by_hand.items()}
        own = own_answers(asked, by_hand, matrix)
        given = [(_read(each, self._codes), _masses(each, calculation)) for each in below]
        answers = aggregated(asked, own, given).to_json()
        after = replace(record, answers=answers)
        agreement = await self._agreements.kept(record.agreement)
        if answers == record.answers or agreement is None:
            return Changes(records=(after.row(),))
        if not await self._permitted(agreement.partner, agreement.dataset):  # 3
            return Changes(records=(after.row(),))
        told = await self._notices.drafted(NoticeKind.ANSWERS, agreement, record.part, answers)
        return replace(told, records=(after.row(), *told.records))

    async def _calculation(self, part: str) -> DiligenceCalculation | None:
        try:
            return await self._parts.due_diligence(await self._parts.known(part))
        except RenkeiError:
            return None  # what cannot be calculated answers nothing

    async def _below(self, record: QuestionnaireRecord) -> list[QuestionnaireRecord]:
        rows = every(self._ports.store, QuestionnaireRecord.kind, state="out", ref=record.id)
        return [QuestionnaireRecord.of(row) async for row in rows]

    # --- looking ---------------------------------------------------------------------------------

    async def listed(self) -> list[QuestionnaireRecord]:
        """All, the newest first."""
        found = [QuestionnaireRecord.of(row) async for row in every(self._ports.store, QuestionnaireRecord.kind)]
        return sorted(found, key=lambda record: (record.created, record.id), reverse=True)

    async def _kept(self, key: str) -> QuestionnaireRecord | None:
        row = await self._ports.store.load(QuestionnaireRecord.kind, key)
        return None if row is None else QuestionnaireRecord.of(row)


def _read(record: QuestionnaireRecord, codes: DiligenceCodes) -> Answers | None:
    if not record.answers:
        return None
    return Answers.from_json(record.answers, Questionnaire.from_json(record.document, codes))


def _masses(record: QuestionnaireRecord, calculation: DiligenceCalculation | None) -> Mapping[str, Fraction] | None:
    """How much of each mineral comes with the component that was asked about."""
    if calculation is None:
        return None
    return {
        said.mineral: said.amount
        for said in calculation.contributions
        if (said.name, said.company) == (record.part, record.partner) and said.amount is not None
    }
