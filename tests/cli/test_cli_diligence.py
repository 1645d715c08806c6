"""``diligence …``: what is asked for and shown, against a daemon that says what the test wants; ``check`` needs none."""

from __future__ import annotations

import base64
import json

import pytest

from renkei.kernel import jcs

CELL = {"status": "met", "covered": "1"}
MATRIX = {
    "counts": {"met": 1, "unknown": 0, "not-met": 0, "absent": 0},
    "minerals": [{"mineral": "cobalt", "facilities": 0, "rows": [{"risk": "air", "steps": {"1": CELL}}]}],
}
ALERT = {
    "alert": "urn:1",
    "revision": 1,
    "origin": "raised",
    "part": "CAM",
    "partner": "",
    "content": {"kind": "red-flag", "mineral": "cobalt", "risks": ["air"]},
    "stands": True,
    "told": 2,
    "created": "2026-11-22T09:00:00Z",
}


def test_the_matrix_is_drawn_with_its_counts(run, scripted) -> None:
    scripted.says(200, MATRIX)
    shown = run("diligence", "matrix", "CAM", *scripted.options).out
    assert "COBALT" in shown
    assert ["air", "+"] in [line.split() for line in shown.splitlines()]
    assert "met (+): 1" in shown
    ((method, path, _, _),) = scripted.asked
    assert (method, path) == ("GET", "/v1/parts/CAM/due-diligence/matrix?view=founding-nine")


def test_an_alert_is_raised_as_it_was_said(run, scripted) -> None:
    scripted.says(201, ALERT)
    words = ("--risk", "air", "--risk", "water", "--step", "4", "--kind", "complaint", "--summary", "heard")
    assert run("diligence", "alert", "raise", "CAM", "cobalt", *words, *scripted.options).code == 0
    assert json.loads(scripted.asked[-1][3]) == {
        "part": "CAM",
        "mineral": "cobalt",
        "kind": "complaint",
        "risks": ["air", "water"],
        "step": "4",
        "summary": "heard",
    }


@pytest.mark.parametrize(
    ("words", "method", "path"),
    [(("list",), "GET", "/v1/alerts"), (("clear", "urn:1"), "POST", "/v1/alerts/urn%3A1/clear")],
)
def test_alerts_are_listed_and_cleared(run, scripted, words, method, path) -> None:
    scripted.says(200, {"items": [ALERT]})
    shown = run("diligence", "alert", *words, *scripted.options).out
    assert [word for word in ("urn:1", "red-flag", "cobalt", "CAM", "raised") if word not in shown] == []
    assert scripted.asked[-1][:2] == (method, path)


def test_the_report_is_shown_or_written_as_a_page(run, scripted, tmp_path) -> None:
    scripted.says(200, {"@type": "DueDiligenceReport"})
    assert run("diligence", "report", "CAM", "--json", *scripted.options).json == {"@type": "DueDiligenceReport"}
    run("diligence", "report", "CAM", "--page", tmp_path / "report.html", "--lang", "ja", *scripted.options)
    assert scripted.asked[-1][1] == "/v1/parts/CAM/due-diligence/report/page?language=ja"
    assert "DueDiligenceReport" in (tmp_path / "report.html").read_text()


def test_a_questionnaire_is_answered_with_what_came_from_below(run, scripted, tmp_path) -> None:
    (tmp_path / "ask.json").write_text('{"id": "q"}')
    (tmp_path / "b.json").write_text('{"answers": []}')
    scripted.says(200, {"answers": [{"question": "q1", "status": "met", "covered": "1"}], "answered": 2, "asked": 3})
    words = ("--answer", "q1=met", "--below", f"{tmp_path / 'b.json'}=2", "--below", "none=1")
    shown = run("diligence", "questionnaire", "count", "CAM", tmp_path / "ask.json", *words, *scripted.options).out
    assert "2/3" in shown
    assert json.loads(scripted.asked[-1][3]) == {
        "questionnaire": {"id": "q"},
        "by_hand": {"q1": "met"},
        "below": [{"answers": {"answers": []}, "mass": "2"}, {"answers": None, "mass": "1"}],
    }


ASKED = {
    "questionnaire": "urn:q",
    "direction": "in",
    "partner": "did:web:a.example",
    "partner_name": "a",
    "part": "CAM",
    "answers": {"answered": 3, "asked": 4},
}


QUESTIONS = {"id": "q"}
PUT = {
    ("ask", "b", "C", "ask.json"): ("/v1/questionnaires", {"partner": "b", "part": "C", "questionnaire": QUESTIONS}),
    ("say", "urn:q", "--answer", "q1=met"): ("/v1/questionnaires/urn%3Aq/answers", {"by_hand": {"q1": "met"}}),
}


@pytest.mark.parametrize("words", PUT)
def test_questions_are_put_and_answered(run, scripted, tmp_path, monkeypatch, words) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ask.json").write_text(json.dumps(QUESTIONS))
    scripted.says(200, ASKED)
    assert "3/4" in run("diligence", "questionnaire", *words, *scripted.options).out
    _, path, _, body = scripted.asked[-1]
    assert (path, json.loads(body)) == PUT[words]


def test_questionnaires_are_listed_with_how_many_have_answered(run, scripted) -> None:
    scripted.says(200, {"items": [ASKED, ASKED | {"answers": {}}]})
    shown = run("diligence", "questionnaire", "list", *scripted.options).out
    assert "3/4" in shown
    assert "urn:q" in shown


def test_a_workbook_is_written_and_read_with_its_losses(run, scripted, tmp_path) -> None:
    loss = {"at": "/minerals/cobalt/amount", "why": {"en": "no place", "ja": "欄なし"}}
    scripted.says(200, {"file": base64.b64encode(b"xlsx").decode(), "losses": [loss]})
    shown = run("diligence", "export", "CAM", tmp_path / "out.xlsx", *scripted.options).out
    assert (tmp_path / "out.xlsx").read_bytes() == b"xlsx"
    assert "/minerals/cobalt/amount: no place" in shown
    row = {"mineral": "cobalt", "step": "4", "before": "met", "workbook": "unknown", "after": "met"}
    scripted.says(200, {"minerals": [], "absent": [], "comparison": [row], "losses": [loss], "kept": False})
    shown = run("diligence", "import", "CAM", tmp_path / "out.xlsx", "--dry-run", *scripted.options).out
    assert ["cobalt", "4", "met", "unknown", "met"] in [line.split() for line in shown.splitlines()]
    assert json.loads(scripted.asked[-1][3]) == {"file": base64.b64encode(b"xlsx").decode(), "keep": False}
    assert run("diligence", "import", "CAM", tmp_path / "none.xlsx", *scripted.options).code != 0


def test_openings_are_shown_and_held_against_a_record_offline(run, scripted, tmp_path) -> None:
    facility, salt = {"role": "smelter", "name": "Refinery"}, "s" * 22
    opening = {"@type": "FacilityOpening", "mineral": "cobalt", "salt": salt, "facility": facility}
    scripted.says(200, {"items": [opening]})
    assert "Refinery" in run("diligence", "openings", "CAM", *scripted.options).out
    digest = jcs.digest(jcs.canonical({"facility": facility, "salt": salt}))
    steps = dict.fromkeys("12345", "met")
    entry = {"mineral": "cobalt", "steps": steps, "risks": [], "evidence": [], "status": "met", "covered": "1"}
    record = {
        "@type": "DueDiligenceRecord",
        "id": "urn:uuid:1",
        "version": 1,
        "part": "CAM",
        "company": "did:web:a.example",
        "declaredUnit": "kilogram",
        "declaredUnitAmount": "1",
        "period": {"start": "2026-01-01", "end": "2026-12-31"},
        "minerals": [entry | {"facilities": [digest]}],
        "absent": ["lithium", "natural_graphite", "nickel"],
        "gaps": [],
        "codeList": "urn:renkei:codes:due-diligence:eu-2023-1542",
    }
    (tmp_path / "record.json").write_text(json.dumps(record))
    (tmp_path / "opening.json").write_text(json.dumps(opening))
    ended = run("diligence", "check", tmp_path / "record.json", tmp_path / "opening.json", "--json")
    assert (ended.code, ended.json["facility"]["name"], ended.json["digest"]) == (0, "Refinery", digest)
    (tmp_path / "opening.json").write_text(json.dumps(opening | {"salt": "t" * 22}))
    assert run("diligence", "check", tmp_path / "record.json", tmp_path / "opening.json").code != 0
