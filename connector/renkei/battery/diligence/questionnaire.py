"""A customer's questionnaire that is handed down, and its answers that come up without telling whose they are.

A questionnaire is data: questions, each about a mineral, a risk and a step where it can be said, so that what is known
already answers it; where our own matrix says nothing, a person answers. Each company answers for itself, hands the
questions down to its own suppliers in its own name, and tells its customer one set of answers for all: the worst, the
exact share of the mass for which an answer is known, and how many have answered, of how many that were asked.

Shape::

    {"@type": "DiligenceQuestionnaire", "id": "urn:uuid:…", "title": {"en": "…", "ja": "…"}, "due": "2026-12-31",
     "questions": [{"id": "q1", "text": {"en": "…", "ja": "…"},
                    "mineral": "cobalt", "risk": "child_labour", "step": "2"}]}
    {"@type": "DiligenceAnswers", "questionnaire": "urn:uuid:…", "answered": 3, "asked": 4,
     "answers": [{"question": "q1", "status": "met", "covered": "1"}]}

What nobody answers is unknown. Raises PeerError ``battery-record-…``, ``diligence-question-unknown``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final, Self, TypeAlias

from renkei.battery.diligence.codes import DiligenceCodes, Status
from renkei.battery.diligence.diligence_problems import QUESTION_UNKNOWN
from renkei.battery.diligence.finding import covered_by_mass, worst
from renkei.battery.diligence.matrix import Matrix
from renkei.battery.label import Label
from renkei.battery.problems import RECORD, FieldProblems
from renkei.battery.reading import SHARE, Members
from renkei.battery.units import Rounding, render_figure

_MOST_QUESTIONS: Final = 500
_MOST_COUNTED: Final = 1_000_000  # where counting ends, so that no supplier's absurd count makes ours unreadable
_PUBLICATION: Final = Rounding(34)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question; with ``mineral``, ``risk`` and ``step`` the matrix answers it."""

    id: str
    text: Label
    mineral: str | None = None
    risk: str | None = None
    step: str | None = None

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        place = {"mineral": self.mineral, "risk": self.risk, "step": self.step}
        given = {name: value for name, value in place.items() if value is not None}
        return {"id": self.id, "text": self.text.to_json(), **given}

    @classmethod
    def read(cls, members: Members, codes: DiligenceCodes) -> Self:
        """From an open JSON object."""
        question = cls(
            id=members.text("id"),
            text=Label.read(members.inner("text")),
            mineral=_known(members, "mineral", codes.minerals),
            risk=_known(members, "risk", dict.fromkeys(codes.rows)),
            step=_known(members, "step", codes.steps),
        )
        members.close()
        return question


@dataclass(frozen=True, slots=True, kw_only=True)
class Questionnaire:
    """What is asked. ``id`` is the asker's own: whoever hands it down gives it one of theirs."""

    id: str
    title: Label
    questions: tuple[Question, ...]
    due: date | None = None

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        members: dict[str, object] = {
            "@type": "DiligenceQuestionnaire",
            "id": self.id,
            "title": self.title.to_json(),
            "questions": [question.to_json() for question in self.questions],
        }
        return members if self.due is None else members | {"due": self.due.isoformat()}

    @classmethod
    def from_json(cls, value: object, codes: DiligenceCodes, problems: FieldProblems = RECORD) -> Self:
        """Read one: known members of their types, codes of the list, no question twice, not more than 500."""
        members = Members.typed(value, problems, "DiligenceQuestionnaire")
        questions = tuple(Question.read(one, codes) for one in members.each("questions"))
        asked = cls(
            id=members.text("id"),
            title=Label.read(members.inner("title")),
            questions=questions,
            due=members.day("due") if members.has("due") else None,
        )
        members.close()
        names = {question.id for question in questions}
        if not questions or len(questions) > _MOST_QUESTIONS or len(names) < len(questions):
            raise members.malformed("questions", len(questions), f"1 to {_MOST_QUESTIONS} questions, none twice")
        return asked


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; ``covered``: the share of the mass for which it is known, None: not computable."""

    status: Status
    covered: Fraction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """One company's answers, or those of all behind it. ``answered`` of ``asked`` companies have answered."""

    questionnaire: str
    answers: Mapping[str, Answer]
    answered: int
    asked: int

    def to_json(self) -> dict[str, object]:
        """The plain JSON form; it names nobody."""
        answers = []
        for question, answer in self.answers.items():
            shown: dict[str, object] = {"question": question, "status": answer.status.value}
            if answer.covered is not None:
                rounded = _PUBLICATION.apply(answer.covered)
                if rounded != 1 or answer.covered == 1:
                    shown["covered"] = render_figure(rounded)
            answers.append(shown)
        return {
            "@type": "DiligenceAnswers",
            "questionnaire": self.questionnaire,
            "answered": self.answered,
            "asked": self.asked,
            "answers": answers,
        }

    @classmethod
    def from_json(cls, value: object, asked: Questionnaire) -> Self:
        """Read the answers to a questionnaire of ours.

        What must hold: 1. they answer this questionnaire; 2. no question of another, none twice; 3. not more have
        answered than were asked; 4. what is met is covered wholly, what is unknown is not.
        """
        members = Members.typed(value, RECORD, "DiligenceAnswers")
        questionnaire = members.text("questionnaire")
        if questionnaire != asked.id:  # 1
            raise members.malformed("questionnaire", questionnaire, asked.id)
        known, read = {question.id for question in asked.questions}, dict[str, Answer]()
        for one in members.each("answers"):
            question, status = one.text("question"), one.choice("status", Status)
            covered = one.optional_figure("covered", SHARE)
            one.close()
            if question not in known or question in read:  # 2
                raise QUESTION_UNKNOWN(question=question, questionnaire=asked.id)
            if (status is Status.MET and covered != 1) or (status is Status.UNKNOWN and covered == 1):  # 4
                raise one.inconsistent("covered", covered, f"the status {status.value}")
            read[question] = Answer(status, None if covered is None else Fraction(covered))
        answers = cls(
            questionnaire=questionnaire,
            answers=read,
            answered=members.whole("answered", 0, _MOST_COUNTED),
            asked=members.whole("asked", 1, _MOST_COUNTED),
        )
        members.close()
        if answers.answered > answers.asked:  # 3
            raise members.inconsistent("answered", answers.answered, f"the {answers.asked} that were asked")
        return answers


def own_answers(asked: Questionnaire, by_hand: Mapping[str, Status], matrix: Matrix | None = None) -> Answers:
    """Our own answers: what a person says, else what our own matrix says, else unknown."""
    answers = {}
    for question in asked.questions:
        if question.id in by_hand:
            status = by_hand[question.id]
            answers[question.id] = Answer(status, Fraction(status is not Status.UNKNOWN))
        else:
            answers[question.id] = _from_matrix(question, matrix)
    unknown = set(by_hand) - set(answers)
    if unknown:
        raise QUESTION_UNKNOWN(question=", ".join(sorted(unknown)), questionnaire=asked.id)
    return Answers(questionnaire=asked.id, answers=answers, answered=1, asked=1)


Mass: TypeAlias = Decimal | Mapping[str, Fraction] | None
"""What comes from a supplier: in all, or of each mineral; None: not known."""


def aggregated(asked: Questionnaire, own: Answers, below: Sequence[tuple[Answers | None, Mass]]) -> Answers:
    """One set of answers for us and all behind us; ``below``: each supplier's answers (None: none yet) with its mass.

    Our own answer speaks for what we do ourselves, so it counts towards the worst status and not towards the mass.
    """
    answers = {}
    for question in asked.questions:
        ours = own.answers[question.id]
        given = [
            (_mass_for(question, mass), _NONE if said is None else said.answers.get(question.id, _NONE))
            for said, mass in below
        ]
        shares = [(mass, answer.covered) for mass, answer in given]
        covered = covered_by_mass(shares) if shares else ours.covered
        status = worst((ours.status, *(answer.status for _, answer in given)))
        if ours.status is Status.UNKNOWN and covered == 1:
            covered = Fraction(0)
        answers[question.id] = Answer(status, covered)
    return Answers(
        questionnaire=asked.id,
        answers=answers,
        answered=min(_MOST_COUNTED, own.answered + sum(said.answered for said, _ in below if said is not None)),
        asked=min(_MOST_COUNTED, own.asked + sum(1 if said is None else said.asked for said, _ in below)),
    )


_NONE: Final = Answer(Status.UNKNOWN, Fraction(0))


def _mass_for(question: Question, mass: Mass) -> Fraction | None:
    if isinstance(mass, Decimal):
        return Fraction(mass)
    return None if mass is None or question.mineral is None else mass.get(question.mineral)


def _from_matrix(question: Question, matrix: Matrix | None) -> Answer:
    if matrix is None or question.mineral is None or question.risk is None or question.step is None:
        return _NONE
    place = (question.mineral, question.risk, question.step)
    if place not in matrix.cells:
        return _NONE
    cell = matrix.cells[place]
    return Answer(Status.MET, Fraction(1)) if cell is None else Answer(cell.status, cell.covered)


def _known(members: Members, name: str, codes: Mapping[str, object]) -> str | None:
    value = members.optional_text(name)
    if value is not None and value not in codes:
        raise members.malformed(name, value, "one of " + ", ".join(codes))
    return value
