"""The commands for part numbers, partners from a table, and requests that take longer."""

from __future__ import annotations

import json

import pytest

LINK = {
    "id": "abc",
    "part": "P-1",
    "partner": "did:web:cells.example",
    "partner_name": "cells",
    "side": "supplier",
    "number": "C/77",
    "plant": "",
    "start": "2026-04-01",
    "until": None,
    "source": "operator",
}
PAGE = {"items": [LINK], "next": None}


def test_links_are_listed_and_written_into_the_table_that_import_takes(run, scripted, tmp_path) -> None:
    scripted.says(200, PAGE)
    listed = run("crosswalk", "list", "--part", "P-1", *scripted.options)
    assert [word for word in ("P-1", "cells", "C/77", "2026-04-01", "abc") if word not in listed.out] == []
    assert scripted.asked[-1][1] == "/v1/crosswalk?part=P-1&after=&limit=500"
    assert run("crosswalk", "export", "links.csv", "--json", *scripted.options).json == {
        "file": "links.csv",
        "links": 1,
    }
    written = (tmp_path / "links.csv").read_text("utf-8-sig")
    assert written.splitlines() == [
        "part,partner,side,number,plant,from,until",
        "P-1,did:web:cells.example,supplier,C/77,,2026-04-01,",
    ]
    assert run("crosswalk", "import", "links.csv", *scripted.options).out == "1 links\n"
    assert json.loads(scripted.asked[-1][3]) == {"csv": written}


def test_a_link_is_made_and_taken_back(run, scripted) -> None:
    scripted.says(200, LINK)
    words = ("crosswalk", "link", "P-1", "cells", "C/77", "--side", "supplier", "--from", "2026-04-01")
    assert run(*words, *scripted.options).code == 0
    given = {"part": "P-1", "partner": "cells", "side": "supplier", "number": "C/77", "start": "2026-04-01"}
    assert json.loads(scripted.asked[-1][3]) == given
    assert run("crosswalk", "remove", "abc", *scripted.options).code == 0
    assert scripted.asked[-1][:2] == ("DELETE", "/v1/crosswalk/abc")


@pytest.mark.parametrize(("language", "why"), [("en", "leading zeros"), ("ja", "先頭の0")])
def test_what_nothing_links_is_shown_with_reasons(run, scripted, language, why) -> None:
    proposal = {"number": "0012", "name": "Foil", "reasons": ["same-without-zeros"], "score": 90}
    one = {**LINK, "number": "12", "needed": ["P-1"], "parts": [], "proposals": [proposal]}
    scripted.says(200, {"items": [one], "next": None})
    shown = run("crosswalk", "unlinked", "--lang", language, *scripted.options).out
    assert [word for word in ("cells", "12", "0012", why) if word not in shown] == []


def test_partners_are_made_known_from_a_file(run, scripted, tmp_path) -> None:
    (tmp_path / "partners.csv").write_text("\ufeffname,participant\ncells,did:web:cells.example\n", "utf-8")
    scripted.says(200, {"partners": 1, "new": 1, "links": 0})
    ended = run("partner", "import", "partners.csv", "--dry-run", "--json", *scripted.options)
    assert ended.json == {"partners": 1, "new": 1, "links": 0}
    body = {"csv": "name,participant\ncells,did:web:cells.example\n", "dry_run": True}
    assert json.loads(scripted.asked[-1][3]) == body


STEPS = {
    "return": (("return", "R-1", "--reason", "no power"), {"reason": "no power"}),
    "remind": (("remind", "R-1"), {}),
    "remark": (("remark", "R-1", "Osaka?"), {"text": "Osaka?"}),
    "answer": (("answer", "R-1", "--part", "P-1"), {"part": "P-1"}),
}
REQUEST = {"request": "R-1", "part": "CELL", "kinds": ["footprint"], "due": "2026-12-31", "state": "returned"}


@pytest.mark.parametrize(("words", "body"), STEPS.values(), ids=STEPS)
def test_a_step_of_a_request_is_asked_for(run, scripted, words, body) -> None:
    scripted.says(200, {**REQUEST, "partner": "did:web:cells.example", "reason": ""})
    assert run(*words, *scripted.options).code == 0
    method, path, _, sent = scripted.asked[-1]
    assert (method, path, json.loads(sent)) == ("POST", f"/v1/requests/R-1/{words[0]}", body)


def test_the_words_about_a_request_are_shown_with_who_wrote_them(run, scripted) -> None:
    words = [
        {"ours": True, "text": "Osaka?", "at": "2026-11-22T09:00:00Z"},
        {"ours": False, "text": "yes", "at": "2026-11-23T09:00:00Z"},
    ]
    found = {**REQUEST, "partner": "did:web:cells.example", "partner_name": "cells", "reason": "", "message": ""}
    shown = {**found, "below": {"open": 1, "total": 2, "late": 0}, "remarks": words}
    scripted.says(200, {"request": shown, "asked": [], "records": {}})
    lines = run("inbox", "R-1", *scripted.options).out.splitlines()
    assert "  2026-11-22T09:00:00Z we: Osaka?" in lines
    assert "  2026-11-23T09:00:00Z cells: yes" in lines


def test_counts_are_shown_by_day(run, scripted) -> None:
    day = {"due": "2026-12-31", "total": 7, "answered": 3, "open": 4, "late": 2, "refused": 0}
    scripted.says(200, {"items": [{**day, "below_open": 5, "below_total": 9}], "next": None})
    shown = run("inbox", "--counts", "--sent", *scripted.options).out
    assert scripted.asked[-1][1] == "/v1/completeness?direction=out"
    assert shown.splitlines()[1].split() == ["2026-12-31", "7", "3", "4", "2", "0", "5/9"]


def test_parts_are_searched(run, scripted) -> None:
    part = {"id": "P-1", "name": "Cell", "support": "", "plant": "Osaka", "unit": "piece"}
    scripted.says(200, {"items": [{**part, "parent": True, "terminated": False}], "next": "dG9rZW4="})
    shown = run("part", "search", "--name", "ce", "--parents", *scripted.options).out
    assert json.loads(scripted.asked[-1][3]) == {"name": "ce", "limit": 100, "after": "", "parent": True}
    assert "Osaka" in shown
    assert "--after dG9rZW4=" in shown


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_links_are_read_as_excel_in_japan_saves_them(run, scripted, tmp_path, encoding) -> None:
    text = "part,partner,side,number\n塗装品,oem,customer,C-1\n"
    (tmp_path / "links.csv").write_bytes(text.encode(encoding))
    scripted.says(200, {"links": 1})
    run("crosswalk", "import", "links.csv", *scripted.options)
    assert json.loads(scripted.asked[-1][3])["csv"] == text
