"""Management of due diligence: alerts, the matrix, the yearly report, questionnaires, workbooks, openings."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Final, Literal, cast

import msgspec

from renkei.battery.diligence.alert import AlertKind
from renkei.battery.diligence.codes import Status
from renkei.battery.units import parse_figure
from renkei.exchange.diligence.alerts import Flag
from renkei.exchange.diligence.dossiers import Below
from renkei.exchange.records.alerts import AlertOrigin, AlertRecord
from renkei.exchange.records.kept import Document
from renkei.exchange.records.questionnaires import QuestionnaireRecord
from renkei.formats.emrt import SheetLoss
from renkei.http.management.operations import Desk, Nothing, Operation, PathValues, operation
from renkei.http.management.problems import BAD_BODY
from renkei.http.management.views import Page, View
from renkei.spreadsheets import read_workbook, write_workbook

_LARGEST_WORKBOOK: Final = 12 * 1024 * 1024
RaisedKind = Literal["red-flag", "complaint"]


class Raising(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An alert about a part of ours; ``summary`` goes to everyone downstream, so it must name nobody."""

    part: str
    mineral: str
    kind: RaisedKind = "red-flag"
    risks: tuple[str, ...] = ()
    step: str | None = None
    summary: str | None = None


class DiligenceAlert(View, frozen=True, kw_only=True):
    """An alert at one place; ``origin`` told: of a supplier's component, ``part`` by its number.

    ``stands``: it was not taken back; ``told``: how many notices went to customers for this part.
    """

    alert: str
    revision: int
    origin: AlertOrigin
    part: str
    partner: str
    partner_name: str = ""
    content: Document
    stands: bool
    told: int
    created: datetime

    @classmethod
    def of(cls, record: AlertRecord) -> DiligenceAlert:
        """The view of a record."""
        return cls(
            alert=record.alert_id,
            revision=record.revision,
            origin=record.origin,
            part=record.part,
            partner=record.partner,
            content=record.alert,
            stands=record.stands,
            told=record.told,
            created=record.created,
        )


class Viewing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``founding-nine``: nine risks; ``annex-x``: the codes of the law."""

    view: str = "founding-nine"


class PrintingReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The language of the page."""

    language: Literal["en", "ja"] = "en"


class SupplierAnswers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A supplier's DiligenceAnswers (none: not yet), and the mass that comes from it, a decimal in a string."""

    answers: Document | None = None
    mass: str | None = None


class Answering(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A DiligenceQuestionnaire; ``by_hand``: what a person answers, by question; ``below``: of each supplier asked."""

    questionnaire: Document
    by_hand: dict[str, Status] = {}
    below: Annotated[tuple[SupplierAnswers, ...], msgspec.Meta(max_length=1000)] = ()


class Loss(View, frozen=True, kw_only=True):
    """What does not come through: where it stands, and why."""

    at: str
    why: dict[str, str]

    @classmethod
    def of(cls, loss: SheetLoss) -> Loss:
        """The view of one."""
        return cls(at=loss.at, why=loss.why.to_json())


class Asking(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A DiligenceQuestionnaire for a supplier (an id or a configured name) about a component, by its number."""

    partner: str
    part: str
    questionnaire: Document


class Saying(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person answers, a status by question."""

    by_hand: dict[str, Status]


class DiligenceQuestions(View, frozen=True, kw_only=True):
    """A questionnaire; ``direction`` ``in``: we are asked. ``answers``: the last that were sent, or came."""

    questionnaire: str
    direction: Literal["in", "out"]
    partner: str
    partner_name: str = ""
    part: str
    content: Document
    by_hand: dict[str, str]
    answers: Document
    created: datetime

    @classmethod
    def of(cls, record: QuestionnaireRecord) -> DiligenceQuestions:
        """The view of a record."""
        return cls(
            questionnaire=record.id.partition(":")[2],
            direction="in" if record.incoming else "out",
            partner=record.partner,
            part=record.part,
            content=record.document,
            by_hand=dict(record.by_hand),
            answers=record.answers,
            created=record.created,
        )


class Workbook(View, frozen=True, kw_only=True):
    """An .xlsx file in base64."""

    file: str
    losses: list[Loss]


class TakingWorkbook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An .xlsx file in base64; ``keep`` false: only look."""

    file: str
    keep: bool = True


class ComparedAnswer(View, frozen=True, kw_only=True):
    """An answer of our statement beside the workbook's.

    ``step``: 1 to 5, ``covered`` (a share of the mass) or ``facilities`` (how many).
    """

    mineral: str
    step: str
    before: str
    workbook: str
    after: str


class TakenWorkbook(View, frozen=True, kw_only=True):
    """Our statement with what the workbook knows, and what of it was left out; ``kept``: it is our statement now.

    ``comparison``: each answer in which the workbook differs from what we stated; what it does not know stays.
    """

    company: str
    part: str
    minerals: list[Document]
    absent: list[str]
    comparison: list[ComparedAnswer]
    losses: list[Loss]
    kept: bool


async def list_alerts(desk: Desk, values: PathValues, asked: Nothing) -> Page[DiligenceAlert]:
    """All alerts: raised here, told by suppliers, reached our parts."""
    return Page(items=[DiligenceAlert.of(record) for record in await desk.participant.alerts.listed()])


async def raise_alert(desk: Desk, values: PathValues, asked: Raising) -> DiligenceAlert:
    """Raise one; all who have the part's due diligence from us are told at once."""
    flag = Flag(
        part=asked.part,
        mineral=asked.mineral,
        kind=AlertKind(asked.kind),
        risks=asked.risks,
        step=asked.step,
        summary=asked.summary,
    )
    return DiligenceAlert.of(await desk.participant.alerts.raise_flag(flag))


async def clear_alert(desk: Desk, values: PathValues, asked: Nothing) -> Page[DiligenceAlert]:
    """Take back one that we raised, wherever it reached."""
    return Page(items=[DiligenceAlert.of(record) for record in await desk.participant.alerts.clear(values["id"])])


async def show_matrix(desk: Desk, values: PathValues, asked: Viewing) -> Document:
    """Each mineral, each risk, each step."""
    return await desk.participant.dossiers.matrix(values["id"], asked.view)


async def show_report(desk: Desk, values: PathValues, asked: Viewing) -> Document:
    """The yearly report as it is today."""
    return await desk.participant.dossiers.report(values["id"], asked.view)


async def print_report(desk: Desk, values: PathValues, asked: PrintingReport) -> str:
    """The same as a page fit for print."""
    return await desk.participant.dossiers.page(values["id"], asked.language)


async def list_openings(desk: Desk, values: PathValues, asked: Nothing) -> Page[Document]:
    """What reveals the facilities of our own statement to a verifier: for that verifier's eyes only."""
    return Page(items=await desk.participant.dossiers.openings(values["id"]))


async def answer_questionnaire(desk: Desk, values: PathValues, asked: Answering) -> Document:
    """One set of answers for us and all behind us."""
    below = []
    for one in asked.below:
        mass = None if one.mass is None else parse_figure(one.mass)
        if one.mass is not None and (mass is None or mass <= 0):
            raise BAD_BODY(cause=f"the mass {one.mass!r} is not a decimal above 0 such as 12.5")
        below.append(Below(one.answers, mass))
    return await desk.participant.dossiers.answers(values["id"], asked.questionnaire, asked.by_hand, below)


async def ask_questions(desk: Desk, values: PathValues, asked: Asking) -> DiligenceQuestions:
    """Put a questionnaire to a supplier, who hands it down."""
    rooms = desk.participant.questionnaires
    return DiligenceQuestions.of(await rooms.ask(asked.partner, asked.part, asked.questionnaire))


async def list_questionnaires(desk: Desk, values: PathValues, asked: Nothing) -> Page[DiligenceQuestions]:
    """Those that came and those that were sent, with their answers so far."""
    return Page(items=[DiligenceQuestions.of(one) for one in await desk.participant.questionnaires.listed()])


async def say_answers(desk: Desk, values: PathValues, asked: Saying) -> DiligenceQuestions:
    """Answer by hand what we are asked; the customer gets the answers anew."""
    return DiligenceQuestions.of(await desk.participant.questionnaires.say(values["id"], asked.by_hand))


async def export_workbook(desk: Desk, values: PathValues, asked: Nothing) -> Workbook:
    """The reporting workbook for a customer, with what it does not hold."""
    book, losses = await desk.participant.dossiers.workbook(values["id"])
    file = base64.b64encode(write_workbook(book)).decode()
    return Workbook(file=file, losses=[Loss.of(loss) for loss in losses])


async def import_workbook(desk: Desk, values: PathValues, asked: TakingWorkbook) -> TakenWorkbook:
    """Take what a filled-in workbook knows into our statement: all of it, or nothing; the rest stays."""
    try:
        content = base64.b64decode(asked.file, validate=True)
    except (binascii.Error, ValueError):
        raise BAD_BODY(cause="file is not base64") from None
    book = await asyncio.to_thread(read_workbook, content)  # a stranger's file may take seconds
    taken = await desk.participant.dossiers.take_workbook(values["id"], book, keep=asked.keep)
    said, statement = taken.content, taken.taken.statement
    return TakenWorkbook(
        company=said.company,
        part=said.part,
        minerals=[dict(mineral) for mineral in cast("Sequence[Document]", statement["minerals"])],
        absent=list(cast("Sequence[str]", statement["absent"])),
        comparison=[
            ComparedAnswer(
                mineral=one.mineral, step=one.step, before=one.before, workbook=one.workbook, after=one.after
            )
            for one in taken.taken.comparison
        ],
        losses=[Loss.of(loss) for loss in said.losses],
        kept=asked.keep,
    )


_OF_PART: Final = "/parts/{id}/due-diligence"
OPERATIONS: Final[tuple[Operation, ...]] = (
    operation("GET /alerts", "List due-diligence alerts", list_alerts, Nothing, Page[DiligenceAlert]),
    operation("POST /alerts", "Raise an alert", raise_alert, Raising, DiligenceAlert, status=201),
    operation("POST /alerts/{id}/clear", "Take back an alert", clear_alert, Nothing, Page[DiligenceAlert]),
    operation(f"GET {_OF_PART}/matrix", "Show the matrix of risks and steps", show_matrix, Viewing, Document),
    operation(f"GET {_OF_PART}/report", "Make the yearly report", show_report, Viewing, Document),
    replace(
        operation(f"GET {_OF_PART}/report/page", "Print the yearly report", print_report, PrintingReport, str),
        media_type="text/html; charset=utf-8",
    ),
    operation(f"GET {_OF_PART}/openings", "List openings of facilities", list_openings, Nothing, Page[Document]),
    operation(f"POST {_OF_PART}/answers", "Answer a questionnaire", answer_questionnaire, Answering, Document),
    operation("GET /questionnaires", "List questionnaires", list_questionnaires, Nothing, Page[DiligenceQuestions]),
    operation("POST /questionnaires", "Ask a supplier", ask_questions, Asking, DiligenceQuestions, status=201),
    operation("POST /questionnaires/{id}/answers", "Answer by hand", say_answers, Saying, DiligenceQuestions),
    operation(f"GET {_OF_PART}/workbook", "Export a reporting workbook", export_workbook, Nothing, Workbook),
    operation(
        f"POST {_OF_PART}/workbook",
        "Import a reporting workbook",
        import_workbook,
        TakingWorkbook,
        TakenWorkbook,
        size_limit=_LARGEST_WORKBOOK,
    ),
)
