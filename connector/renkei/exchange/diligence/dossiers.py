"""What is made of a part's due diligence for people: its matrix, the yearly report, a workbook, answers, openings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from renkei.battery.diligence.codes import DiligenceCodes, Status
from renkei.battery.diligence.matrix import FOUNDING_NINE, matrix_of
from renkei.battery.diligence.questionnaire import Answers, Questionnaire, aggregated, own_answers
from renkei.battery.diligence.report import report_of
from renkei.battery.diligence.report_page import Language, page_of
from renkei.battery.diligence.statement import DiligenceStatement
from renkei.battery.problems import INPUT
from renkei.exchange.answer.parts import Parts
from renkei.exchange.ports import Ports
from renkei.exchange.problems import INCOMPLETE_PART
from renkei.exchange.records.kept import Document
from renkei.exchange.records.parts import PartRecord
from renkei.exchange.records.requests import RequestKind
from renkei.formats.cells import Workbook
from renkei.formats.emrt import EmrtContent, SheetLoss, read_emrt, write_emrt
from renkei.formats.emrt_taken import TakenStatement, taken_into
from renkei.kernel.values import replace


@dataclass(frozen=True, slots=True)
class Below:
    """A supplier's answers to a questionnaire (None: not yet), and how much of what is bought is its."""

    answers: Mapping[str, object] | None
    mass: Decimal | None


@dataclass(frozen=True, slots=True)
class TakenWorkbook:
    """What a workbook says, and our statement with it."""

    content: EmrtContent
    taken: TakenStatement


class Dossiers:
    """One participant's due diligence, part by part. All raise LocalError ``part-unknown``, ``part-incomplete``."""

    def __init__(self, ports: Ports, codes: DiligenceCodes, parts: Parts) -> None:
        self._ports = ports
        self._codes = codes
        self._parts = parts

    async def matrix(self, part: str, view: str = FOUNDING_NINE) -> Document:
        """Every cell of a view. Raises ConfigurationError ``diligence-view-unknown``."""
        calculation = await self._parts.due_diligence(await self._parts.known(part))
        return matrix_of(calculation, self._codes, view).to_json()

    async def report(self, part: str, view: str = FOUNDING_NINE) -> Document:
        """The yearly report as it is today."""
        calculation = await self._parts.due_diligence(await self._parts.known(part))
        return report_of(calculation, self._codes, made=self._ports.clock.now().date(), view=view)

    async def page(self, part: str, language: Language) -> str:
        """The same, fit for print."""
        return page_of(await self.report(part), language)

    async def openings(self, part: str) -> list[Document]:
        """What a verifier must be given to see the facilities of our own statement behind their hashes."""
        statement = self._statement(await self._parts.known(part))
        return [one.opening(mineral) for mineral, each in statement.facilities.items() for one in each]

    async def workbook(self, part: str) -> tuple[Workbook, tuple[SheetLoss, ...]]:
        """The reporting workbook, and what it does not hold."""
        known = await self._parts.known(part)
        return write_emrt(self._statement(known), await self._parts.due_diligence(known), self._codes)

    async def take_workbook(self, part: str, book: Workbook, *, keep: bool) -> TakenWorkbook:
        """Take what a workbook knows into our statement: all of it, or nothing; what we know beside it stays.

        ``keep`` false: only look. Raises ConfigurationError ``emrt-…``, ``battery-input-…``.
        """
        known = await self._parts.known(part)
        ours = self._statement(known).part
        content = read_emrt(book, self._codes)
        shown = None
        if (content.company, content.part) == (ours.company, ours.id):
            shown = read_emrt((await self.workbook(part))[0], self._codes)
        taken = taken_into(known.due_diligence, content, shown, self._codes)
        if taken.statement != known.due_diligence:
            await self._parts.register_all([replace(known, due_diligence=dict(taken.statement))], dry_run=not keep)
        return TakenWorkbook(content, taken)

    async def answers(
        self, part: str, questionnaire: Document, by_hand: Mapping[str, Status], below: Sequence[Below]
    ) -> Document:
        """Our answers to a questionnaire, with those of our suppliers in them, and without their names.

        Raises ConfigurationError ``battery-input-…``, PeerError ``battery-record-…``, ``diligence-question-unknown``.
        """
        asked = Questionnaire.from_json(questionnaire, self._codes, INPUT)
        calculation = await self._parts.due_diligence(await self._parts.known(part))
        own = own_answers(asked, by_hand, matrix_of(calculation, self._codes, "annex-x"))
        given = [(None if one.answers is None else Answers.from_json(one.answers, asked), one.mass) for one in below]
        return aggregated(asked, own, given).to_json()

    def _statement(self, part: PartRecord) -> DiligenceStatement:
        if not part.due_diligence:
            kind = RequestKind.DUE_DILIGENCE.value
            raise INCOMPLETE_PART(part=part.id, missing="due-diligence statement", kind=kind)
        return DiligenceStatement.from_json(part.due_diligence, self._codes)
