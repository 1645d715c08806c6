"""Due diligence over the management API: matrix, report, alerts, questionnaire, workbook, openings."""

from __future__ import annotations

import base64

import pytest

from renkei.battery import DiligenceCodes
from renkei.battery.diligence.facilities import demand_opening
from renkei.kernel import strict_json
from renkei.resources import Kind, resource_bytes
from renkei.spreadsheets import read_workbook

CODES = DiligenceCodes.from_json(
    strict_json.loads(resource_bytes(Kind.VOCAB, "battery/due-diligence/eu-2023-1542.json"))
)
STEPS = dict.fromkeys("12345", "met")
COBALT = {
    "mineral": "cobalt",
    "steps": STEPS,
    "risks": [],
    "evidence": [],
    "status": "met",
    "covered": "1",
    "amount": "1",
    "facilities": [{"role": "smelter", "name": "Refinery", "country": "FI", "scheme": "RMAP", "status": "conformant"}],
}
STATEMENT = {
    "@type": "DiligenceStatement",
    "declaredUnit": "kilogram",
    "declaredUnitAmount": "1",
    "period": {"start": "2026-01-01", "end": "2030-12-31"},
    "minerals": [COBALT],
    "absent": ["lithium", "natural_graphite", "nickel"],
    "expected": [],
}
ASKED = {
    "@type": "DiligenceQuestionnaire",
    "id": "urn:uuid:ask",
    "title": {"en": "Cobalt", "ja": "コバルト"},
    "questions": [
        {"id": "q1", "text": {"en": "A?", "ja": "?"}, "mineral": "cobalt", "risk": "child_labour", "step": "4"},
        {"id": "q2", "text": {"en": "B?", "ja": "?"}},
    ],
}
PART = "/parts/CAM/due-diligence"


@pytest.fixture
async def site(maker):
    status, _ = await maker.call("PUT", "/parts/CAM", {"due_diligence": STATEMENT})
    assert status == 200
    return maker


async def test_the_matrix_shows_all_cells_in_either_view(site) -> None:
    shown = await site.get(f"{PART}/matrix")
    assert (shown["cells"], shown["counts"]) == (180, {"met": 45, "unknown": 0, "not-met": 0, "absent": 135})
    assert (await site.get(f"{PART}/matrix?view=annex-x"))["cells"] == 4 * 17 * 5
    status, error = await site.call("GET", f"{PART}/matrix?view=rainbow")
    assert (status, error["code"]) == (404, "diligence-view-unknown")


async def test_an_alert_is_raised_shown_and_taken_back(site) -> None:
    flag = {"part": "CAM", "mineral": "cobalt", "risks": ["child_labour"]}
    status, raised = await site.call("POST", "/alerts", flag)
    assert (status, raised["origin"], raised["stands"], raised["told"]) == (201, "raised", True, 0)
    assert (await site.get("/alerts"))["items"] == [raised]
    assert (await site.get(f"{PART}/matrix"))["counts"]["not-met"] == 5
    assert (await site.get(f"{PART}/report"))["alerts"][0]["id"] == raised["alert"]
    status, cleared = await site.call("POST", f"/alerts/{raised['alert'].replace(':', '%3A')}/clear", {})
    assert (status, cleared["items"][0]["stands"]) == (200, False)
    assert (await site.get(f"{PART}/matrix"))["counts"]["not-met"] == 0
    status, error = await site.call("POST", "/alerts/none/clear", {})
    assert (status, error["code"]) == (404, "diligence-alert-unknown")


@pytest.mark.parametrize("change", [{"mineral": "gold"}, {"kind": "cleared"}, {"risks": ["x"]}, {"part": "OTHER"}])
async def test_an_alert_that_says_nothing_known_is_refused(site, change) -> None:
    status, _ = await site.call("POST", "/alerts", {"part": "CAM", "mineral": "cobalt"} | change)
    assert status in {400, 404}
    assert (await site.get("/alerts"))["items"] == []


async def test_the_report_is_printed_in_two_languages(site) -> None:
    for language, word in (("en", "Due diligence report"), ("ja", "デューディリジェンス報告書")):
        status, headers, page = await site.raw("GET", f"/v1{PART}/report/page?language={language}")
        assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert word in page.decode()


async def test_a_questionnaire_is_answered_for_all_behind_us(site) -> None:
    below = [
        {
            "answers": {
                "@type": "DiligenceAnswers",
                "questionnaire": "urn:uuid:ask",
                "answered": 1,
                "asked": 1,
                "answers": [{"question": "q1", "status": "met", "covered": "1"}],
            },
            "mass": "3",
        },
        {"mass": "1"},
    ]
    body = {"questionnaire": ASKED, "by_hand": {"q2": "met"}, "below": below}
    status, answered = await site.call("POST", f"{PART}/answers", body)
    assert (status, answered["answered"], answered["asked"]) == (200, 2, 3)
    assert answered["answers"] == [
        {"question": "q1", "status": "unknown", "covered": "0.75"},
        {"question": "q2", "status": "unknown", "covered": "0"},
    ]
    status, _ = await site.call("POST", f"{PART}/answers", body | {"below": [{"mass": "-1"}]})
    assert status == 400


async def test_a_workbook_goes_out_and_comes_back(site) -> None:
    exported = await site.get(f"{PART}/workbook")
    assert [loss["at"] for loss in exported["losses"]] == ["/minerals/cobalt/amount"]
    book = read_workbook(base64.b64decode(exported["file"]))
    assert [sheet.name for sheet in book.sheets] == ["Declaration", "Smelter List", "Mine List", "Product List"]
    status, looked = await site.call("POST", f"{PART}/workbook", {"file": exported["file"], "keep": False})
    assert (status, looked["kept"], looked["minerals"][0]["mineral"]) == (200, False, "cobalt")
    before = (await site.get(f"{PART}/openings"))["items"]
    status, taken = await site.call("POST", f"{PART}/workbook", {"file": exported["file"]})
    assert (status, taken["kept"], taken["losses"]) == (200, True, [])
    assert (await site.get(f"{PART}/openings"))["items"] == before, "the salts stay"
    for wrong in ("not base64", base64.b64encode(b"no workbook").decode()):
        status, _ = await site.call("POST", f"{PART}/workbook", {"file": wrong})
        assert status == 400


async def test_an_opening_fits_the_record_that_a_customer_gets(site) -> None:
    (opening,) = (await site.get(f"{PART}/openings"))["items"]
    parts = site.connector.participant.parts
    record = await parts.due_diligence(await parts.known("CAM"))
    digests = [("cobalt", digest) for digest in record.minerals[0].facilities]
    assert demand_opening(opening, digests, CODES)[1].name == "Refinery"


async def test_a_part_without_a_statement_has_no_workbook(maker) -> None:
    await maker.call("PUT", "/parts/BARE", {})
    status, error = await maker.call("GET", "/parts/BARE/due-diligence/workbook")
    assert (status, error["code"]) == (409, "part-incomplete")


async def test_questionnaires_are_put_listed_and_answered_only_where_there_is_something_to_ask_about(site) -> None:
    assert (await site.get("/questionnaires"))["items"] == []
    body = {"partner": "did:web:other.example", "part": "X", "questionnaire": ASKED}
    status, error = await site.call("POST", "/questionnaires", body)
    assert (status, error["code"]) == (409, "diligence-questionnaire-without-record")
    status, error = await site.call("POST", "/questionnaires/none/answers", {"by_hand": {"q2": "met"}})
    assert (status, error["code"]) == (404, "diligence-questionnaire-unknown")
