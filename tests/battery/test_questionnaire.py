from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from test_diligence_matrix import chain

from renkei.battery import Status
from renkei.battery.diligence.matrix import matrix_of
from renkei.battery.diligence.questionnaire import Answer, Answers, Questionnaire, aggregated, own_answers
from renkei.kernel.problems import PeerError

ASKED = {
    "@type": "DiligenceQuestionnaire",
    "id": "urn:uuid:ask",
    "title": {"en": "Cobalt", "ja": "コバルト"},
    "due": "2026-12-31",
    "questions": [
        {
            "id": "q1",
            "text": {"en": "Child labour?", "ja": "児童労働?"},
            "mineral": "cobalt",
            "risk": "air",
            "step": "4",
        },
        {"id": "q2", "text": {"en": "A hotline?", "ja": "通報窓口?"}},
    ],
}


@pytest.fixture
def asked(codes) -> Questionnaire:
    return Questionnaire.from_json(ASKED, codes)


def test_a_questionnaire_is_written_as_it_was_read(asked):
    assert asked.to_json() == ASKED


def test_the_matrix_answers_what_it_knows_and_a_person_the_rest(asked, codes):
    matrix = matrix_of(chain(codes)[0], codes)
    own = own_answers(asked, {"q2": Status.MET}, matrix)
    assert own.answers == {"q1": Answer(Status.UNKNOWN, Fraction(3, 4)), "q2": Answer(Status.MET, Fraction(1))}
    assert own_answers(asked, {}).answers["q2"] == Answer(Status.UNKNOWN, Fraction(0))


def test_answers_come_up_by_mass_with_counts_and_without_names(asked):
    yes, no = ({"q1": status, "q2": Status.MET} for status in (Status.MET, Status.NOT_MET))
    own = own_answers(asked, yes)
    below = [
        (own_answers(asked, yes), Decimal(1)),
        (own_answers(asked, no), Decimal(2)),
        (None, Decimal(1)),
    ]
    together = aggregated(asked, own, below)
    assert together.answers["q1"] == Answer(Status.NOT_MET, Fraction(3, 4))
    assert together.answers["q2"] == Answer(Status.UNKNOWN, Fraction(3, 4))
    assert (together.answered, together.asked) == (3, 4)
    assert Answers.from_json(together.to_json(), asked) == together


def test_who_has_no_suppliers_answers_for_itself(asked):
    own = own_answers(asked, {"q1": Status.MET})
    assert aggregated(asked, own, []) == own


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"questionnaire": "urn:other"}, "battery-record-field-malformed"),
        ({"answered": 5}, "battery-record-inconsistent"),
        ({"answers": [{"question": "q9", "status": "unknown"}]}, "diligence-question-unknown"),
        ({"answers": [{"question": "q2", "status": "unknown"}] * 2}, "diligence-question-unknown"),
        ({"answers": [{"question": "q2", "status": "met"}]}, "battery-record-inconsistent"),
        ({"company": "someone"}, "battery-record-field-unknown"),
    ],
)
def test_answers_are_read_strictly(asked, change, code):
    with pytest.raises(PeerError) as caught:
        Answers.from_json(own_answers(asked, {}).to_json() | change, asked)
    assert caught.value.code == code


@pytest.mark.parametrize("questions", [[], ASKED["questions"] * 2, [ASKED["questions"][0] | {"risk": "bad_luck"}]])
def test_a_questionnaire_is_read_strictly(codes, questions):
    with pytest.raises(PeerError):
        Questionnaire.from_json(ASKED | {"questions": questions}, codes)


def test_an_answer_to_what_nobody_asked_is_refused(asked):
    with pytest.raises(PeerError):
        own_answers(asked, {"q9": Status.MET})
