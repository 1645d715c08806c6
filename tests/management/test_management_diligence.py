"""Due diligence over the management API: matrix, report, alerts, questionnaire, workbook, openings."""

from __future__ import annotations

import base64
from decimal import Decimal

import pytest

from renkei.battery import DiligenceCodes
from renkei.battery.diligence.facilities import demand_opening
from renkei.formats.cells import Workbook
from renkei.kernel import strict_json
from renkei.kernel.values import replace
from renkei.resources import Kind, resource_bytes
from renkei.spreadsheets import read_workbook, write_workbook

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


SILENT = "parent,component,supplier,amount,unit,stages\nCAM,COSO4,did:web:silent.example,1,kilogram,component\n"
PARTLY = {
    "mineral": "nickel",
    "steps": {"1": "met", "4": "not-met"},
    "risks": [{"category": "child_labour", "status": "unknown"}],
    "evidence": [],
    "status": "not-met",
    "covered": "0.3333333333333333333333333333333333",
    "facilities": [
        {"role": "refiner", "name": "North", "country": "FI", "expires": "2030-01-01", "status": "active"},
        {"role": "mine", "name": "Pit"},
        {"role": "smelter", "name": "North", "schemeId": "CID1"},
    ],
}
RISKY = COBALT | {
    "risks": [{"category": "air", "status": "unknown"}],
    "status": "unknown",
    "covered": "0.5",
    "evidence": [{"step": "4", "kind": "scheme", "reference": "audit", "expires": "2030-12-31", "reviewer": "me"}],
    "matrix": [{"risk": "air", "steps": {"4": {"status": "unknown"}}}],
}


def edited(file: str, cells: dict[tuple[str, int, int], object]) -> str:
    book = read_workbook(base64.b64decode(file))
    sheets = []
    for sheet in book.sheets:
        rows = [list(row) for row in sheet.rows]
        for (name, row, column), cell in cells.items():
            if name == sheet.name:
                rows += [[] for _ in range(row + 1 - len(rows))]
                rows[row] += [None] * (column + 1 - len(rows[row]))
                rows[row][column] = cell
        sheets.append(replace(sheet, rows=tuple(map(tuple, rows))))
    return base64.b64encode(write_workbook(Workbook(tuple(sheets)))).decode()


def column(mineral: str) -> int:
    return list(CODES.minerals).index(mineral) + 1


@pytest.mark.parametrize(
    "stated",
    [
        {},
        {"minerals": [RISKY, PARTLY], "absent": ["natural_graphite"], "grievance": "https://a.example/voice"},
        {"minerals": [], "absent": []},
        {"minerals": [], "absent": ["cobalt", "lithium"]},
    ],
)
async def test_a_workbook_that_nobody_has_edited_leaves_our_statement_as_it_was(maker, stated) -> None:
    assert (await maker.call("PUT", "/parts/CAM", {"due_diligence": STATEMENT | stated, "bom": SILENT}))[0] == 200
    before = await maker.get("/parts/CAM")
    exported = await maker.get(f"{PART}/workbook")
    status, taken = await maker.call("POST", f"{PART}/workbook", {"file": exported["file"]})
    assert (status, taken["kept"]) == (200, True)
    assert all(row["before"] == row["after"] for row in taken["comparison"])
    assert await maker.get("/parts/CAM") == before


async def test_a_workbook_with_unknown_answers_and_none_takes_nothing_away(maker) -> None:
    assert (await maker.call("PUT", "/parts/CAM", {"due_diligence": STATEMENT, "bom": SILENT}))[0] == 200
    before = await maker.get("/parts/CAM")
    exported = (await maker.get(f"{PART}/workbook"))["file"]
    nobody = {("Smelter List", 1, place): None for place in range(18)}
    other = edited(exported, {("Declaration", 1, 1): "did:web:other.example", **nobody})
    status, taken = await maker.call("POST", f"{PART}/workbook", {"file": other})
    assert status == 200
    step = {"mineral": "cobalt", "step": "4", "before": "met", "workbook": "unknown", "after": "met"}
    facility = {"mineral": "cobalt", "step": "facilities", "before": "1", "workbook": "", "after": "1"}
    lithium = {"mineral": "lithium", "step": "1", "before": "absent", "workbook": "unknown", "after": "absent"}
    assert [row for row in (step, facility, lithium) if row not in taken["comparison"]] == []
    denied = edited(other, {("Declaration", 9, column("cobalt")): "No"})
    status, taken = await maker.call("POST", f"{PART}/workbook", {"file": denied})
    assert (status, taken["absent"]) == (200, STATEMENT["absent"])
    assert await maker.get("/parts/CAM") == before


async def test_what_the_workbook_knows_replaces_and_the_rest_stays(maker) -> None:
    stated = STATEMENT | {"minerals": [RISKY, PARTLY], "absent": ["natural_graphite"]}
    assert (await maker.call("PUT", "/parts/CAM", {"due_diligence": stated, "bom": SILENT}))[0] == 200
    before = (await maker.get("/parts/CAM"))["due_diligence"]
    exported = (await maker.get(f"{PART}/workbook"))["file"]
    nickel, lithium = column("nickel"), column("lithium")
    steps = {("Declaration", row, lithium): "Met" for row in range(11, 16)}
    new = {("Smelter List", 4, 1): "Nickel", ("Smelter List", 4, 3): "South", ("Smelter List", 2, 7): "conformant"}
    file = edited(
        exported,
        {**steps, **new, ("Declaration", 10, lithium): Decimal(1), ("Declaration", 14, nickel): "Met"},
    )
    body = {"file": file, "keep": False}
    status, looked = await maker.call("POST", f"{PART}/workbook", body)
    assert status == 200, looked
    changed = [
        (row["mineral"], row["step"], row["before"], row["after"])
        for row in looked["comparison"]
        if row["before"] != row["after"]
    ]
    assert set(changed) == {
        ("nickel", "4", "not-met", "met"),
        ("nickel", "facilities", "3", "4"),
        *(("lithium", step, "unknown", "met") for step in "12345"),
        ("lithium", "covered", "0", "1"),
    }
    assert (await maker.get("/parts/CAM"))["due_diligence"] == before, "it was only looked at"
    await maker.call("POST", f"{PART}/workbook", body | {"keep": True})
    after = (await maker.get("/parts/CAM"))["due_diligence"]
    was, now = before["minerals"][1], after["minerals"][1]
    assert after["minerals"][0] == before["minerals"][0], "what was not edited stays, with its evidence"
    assert (now["steps"], now["status"]) == ({"1": "met", "4": "met"}, "unknown")
    assert (now["risks"], now["covered"]) == (was["risks"], was["covered"])
    first, *others, added = now["facilities"]
    assert (first["role"], first["expires"], first["status"]) == ("refiner", "2030-01-01", "conformant")
    assert first["salt"] != was["facilities"][0]["salt"], "another facility to a verifier"
    assert others == was["facilities"][1:]
    assert (added["role"], added["name"]) == ("smelter", "South")
    assert after["minerals"][2]["mineral"] == "lithium"
    assert after["absent"] == ["natural_graphite"]


async def test_a_workbook_that_contradicts_itself_is_refused_already_when_it_is_looked_at(site) -> None:
    exported = (await site.get(f"{PART}/workbook"))["file"]
    lithium = column("lithium")
    cells = {("Declaration", row, lithium): "Met" for row in range(11, 16)}
    cells |= {("Declaration", 9, lithium): "Yes", ("Declaration", 10, lithium): Decimal("0.5")}
    status, error = await site.call("POST", f"{PART}/workbook", {"file": edited(exported, cells), "keep": False})
    assert (status, error["code"]) == (400, "battery-input-inconsistent")
