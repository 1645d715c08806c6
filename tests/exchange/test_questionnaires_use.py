"""Questionnaires handed down a chain of four, answered upward for all behind, without names and without end."""

from __future__ import annotations

import json

import pytest
from test_alerts_use import build

from renkei.battery import Status
from renkei.exchange.records.notices import NoticeKind
from renkei.kernel.problems import RenkeiError

ASKED = {
    "@type": "DiligenceQuestionnaire",
    "id": "urn:uuid:ask",
    "title": {"en": "Cobalt", "ja": "コバルト"},
    "questions": [
        {"id": "q1", "text": {"en": "Audited?", "ja": "?"}, "mineral": "cobalt", "risk": "child_labour", "step": "4"},
        {"id": "q2", "text": {"en": "A hotline?", "ja": "?"}},
    ],
}


async def answers(member) -> dict:
    (record,) = [one for one in await member.participant.questionnaires.listed() if not one.incoming]
    return record.answers


async def test_a_questionnaire_goes_down_the_chain_and_answers_come_up_without_names(dataspace) -> None:
    members = await build(dataspace)
    await members["oem"].participant.questionnaires.ask("a", "A", ASKED)
    await dataspace.rest()
    found = await answers(members["oem"])
    assert (found["answered"], found["asked"]) == (4, 4)
    assert found["answers"] == [
        {"question": "q1", "status": "met", "covered": "1"},
        {"question": "q2", "status": "unknown", "covered": "0"},
    ]
    came = await members["d"].participant.notices.listed(incoming=True, about=NoticeKind.QUESTIONNAIRE)
    text = json.dumps([one.document for one in came])
    assert [name for name in ("b", "a", "oem") if members[name].did in text] == [], "nor who asks above the customer"
    told = await members["oem"].participant.notices.listed(incoming=True, about=NoticeKind.ANSWERS)
    text = json.dumps([one.document for one in told])
    assert [name for name in ("b", "c", "d") if members[name].did in text] == []
    assert "urn:uuid:ask" not in text


async def test_what_persons_answer_comes_up_when_all_have(dataspace) -> None:
    members = await build(dataspace)
    await members["oem"].participant.questionnaires.ask("a", "A", ASKED)
    await dataspace.rest()
    for name in "abcd":
        room = members[name].participant.questionnaires
        (record,) = [one for one in await room.listed() if one.incoming]
        assert (await answers(members["oem"]))["answers"][1]["status"] == "unknown"
        await room.say(record.id.removeprefix("in:"), {"q2": Status.MET})
        await dataspace.rest()
    assert (await answers(members["oem"]))["answers"][1] == {"question": "q2", "status": "met", "covered": "1"}


async def test_a_supplier_that_does_not_answer_is_counted_and_stays_unknown(dataspace) -> None:
    members = await build(dataspace)
    await members["d"].stop()
    await members["oem"].participant.questionnaires.ask("a", "A", ASKED)
    await dataspace.rest()
    found = await answers(members["oem"])
    assert (found["answered"], found["asked"]) == (3, 4)
    assert found["answers"][0]["status"] == "unknown"


async def test_the_same_questions_about_the_same_part_are_not_handed_down_twice(dataspace) -> None:
    """So a circle of companies ends where it began."""
    members = await build(dataspace)
    for _ in range(2):
        await members["oem"].participant.questionnaires.ask("a", "A", ASKED)
        await dataspace.rest()
    found = [one.answers["asked"] for one in await members["oem"].participant.questionnaires.listed()]
    assert sorted(found) == [1, 4]
    assert len(await members["b"].participant.questionnaires.listed()) == 2


async def test_without_a_record_nobody_is_asked(dataspace) -> None:
    members = await build(dataspace)
    with pytest.raises(RenkeiError) as caught:
        await members["oem"].participant.questionnaires.ask("b", "B", ASKED)
    assert caught.value.code == "diligence-questionnaire-without-record"
    with pytest.raises(RenkeiError) as caught:
        await members["oem"].participant.questionnaires.say("none", {})
    assert caught.value.code == "diligence-questionnaire-unknown"


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (NoticeKind.QUESTIONNAIRE, {"@type": "DiligenceQuestionnaire"}),
        (NoticeKind.QUESTIONNAIRE, ASKED),
        (NoticeKind.ANSWERS, {"@type": "DiligenceAnswers", "questionnaire": "urn:none"}),
    ],
)
async def test_what_was_not_asked_or_may_not_be_is_refused(dataspace, kind, content) -> None:
    """The maker asks its customer, which has given it nothing; and answers what nobody asked."""
    members = await build(dataspace)
    b = members["b"].participant
    (agreement,) = await b.alerts._customers(await b.parts.known("B"))
    await b.notices.tell(kind, agreement, "B", content)
    await dataspace.rest()
    (sent,) = await b.notices.listed(incoming=False, about=kind)
    assert (sent.state.value, "diligence-questionnaire-malformed" in sent.reason) == ("failed", True)


async def test_who_has_no_consent_any_more_is_not_told_by_questions_either(dataspace) -> None:
    """What was asked before is answered no further, and nothing that is asked now is handed down."""
    members = await build(dataspace)
    await members["oem"].participant.questionnaires.ask("a", "A", ASKED)
    await dataspace.rest()
    before = await answers(members["oem"])
    (consent,) = await members["a"].participant.consents.listed(incoming=True)
    await members["a"].participant.consents.withdraw(consent.consent, "enough")
    await dataspace.rest()
    for name in "dcba":
        room = members[name].participant.questionnaires
        (record,) = [one for one in await room.listed() if one.incoming]
        await room.say(record.id.removeprefix("in:"), {"q2": Status.MET})
        await dataspace.rest()
    assert await answers(members["oem"]) == before
    other = ASKED | {"questions": [ASKED["questions"][0] | {"step": "2"}]}
    await members["oem"].participant.questionnaires.ask("a", "A", other)
    await dataspace.rest()
    sent = await members["oem"].participant.notices.listed(incoming=False, about=NoticeKind.QUESTIONNAIRE)
    assert sorted(one.state.value for one in sent) == ["done", "failed"]
    assert len([one for one in await members["b"].participant.questionnaires.listed() if one.incoming]) == 1
