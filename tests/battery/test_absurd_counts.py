"""Counts that suppliers tell may be as large as they are let in: what we make of them can be signed and read again."""

from __future__ import annotations

import pytest
from battery_samples import inventory, line, own, record
from test_due_diligence import calculate, document, entry, kg
from test_questionnaire import ASKED

from renkei.battery import Bom, DueDiligenceRecord, FootprintRecord, roll_up
from renkei.battery.diligence.questionnaire import Answers, Questionnaire, aggregated, own_answers
from renkei.battery.parts.gaps import Gap
from renkei.kernel import jcs
from renkei.kernel.problems import PeerError
from renkei.kernel.values import replace

MOST = 1_000_000


def gap(count: int) -> dict[str, object]:
    return {"part": "**", "company": "**", "count": count}


def test_gaps_of_two_suppliers_give_a_footprint_that_is_signed_and_read(rules) -> None:
    received = [record(name, "1", gaps=(Gap("**", "**", MOST),)) for name in ("q", "r")]
    found = roll_up("p", [inventory("p", own("1"))], Bom((line("p", "q"), line("p", "r"))), received, rules)
    published = found.publish("urn:1").to_json()
    assert jcs.canonical(published)
    assert [each.count for each in FootprintRecord.from_json(published).gaps] == [MOST]


def test_gaps_and_evidence_of_two_suppliers_give_a_due_diligence_that_is_signed_and_read(codes) -> None:
    finding = {"risk": "child_labour", "steps": {"4": {"status": "met", "evidence": MOST}}}
    received = [document(name, entry("cobalt", amount="1", matrix=[finding]), gaps=[gap(MOST)]) for name in "qr"]
    published = calculate(codes, [kg("p", "q"), kg("p", "r")], received).publish("urn:1").to_json()
    assert jcs.canonical(published)
    read = DueDiligenceRecord.from_json(published, codes)
    assert [each.count for each in read.gaps] == [MOST]
    assert read.minerals[0].findings["child_labour", "4"].evidence == MOST


def test_answers_of_two_suppliers_give_answers_that_are_read(codes) -> None:
    asked = Questionnaire.from_json(ASKED, codes)
    ours = own_answers(asked, {})
    below = [(replace(ours, answered=MOST, asked=MOST), None)] * 2
    told = Answers.from_json(aggregated(asked, ours, below).to_json(), asked)
    assert (told.answered, told.asked) == (MOST, MOST)


def test_a_count_beyond_the_bound_is_refused(codes) -> None:
    finding = {"risk": "child_labour", "steps": {"4": {"status": "met", "evidence": MOST + 1}}}
    asked = Questionnaire.from_json(ASKED, codes)
    answers = own_answers(asked, {}).to_json()
    for read in (
        lambda: FootprintRecord.from_json(record("q", "1").to_json() | {"gaps": [gap(MOST + 1)]}),
        lambda: DueDiligenceRecord.from_json(document("q", gaps=[gap(MOST + 1)]), codes),
        lambda: DueDiligenceRecord.from_json(document("q", entry("cobalt", matrix=[finding])), codes),
        lambda: Answers.from_json(answers | {"asked": MOST + 1}, asked),
    ):
        with pytest.raises(PeerError, match="battery-record-out-of-range"):
            read()
