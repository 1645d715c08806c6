"""The commands by which a person decides, against a daemon that says what the test wants."""

from __future__ import annotations

import getpass
import json

NEGOTIATION = {
    "id": "urn:uuid:1",
    "partner": "did:web:maker.example",
    "dataset": "urn:example:cell",
    "state": "OFFERED",
    "pending": "ACCEPTED",
}


def test_a_yes_goes_out_with_the_name_of_who_said_it(run, scripted) -> None:
    scripted.says(200, NEGOTIATION)
    ended = run("approve", "urn:uuid:1", "--by", "Hanako", "--json", *scripted.options)
    assert (ended.code, ended.json["pending"]) == (0, "ACCEPTED")
    ((method, path, _, body),) = scripted.asked
    assert (method, path, json.loads(body)) == ("POST", "/v1/negotiations/urn%3Auuid%3A1/approve", {"by": "Hanako"})


def test_a_no_needs_a_reason_and_names_whoever_is_logged_in(run, scripted, monkeypatch) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "taro")
    assert run("refuse", "urn:uuid:1", *scripted.options).code == 2
    scripted.says(200, {**NEGOTIATION, "pending": "TERMINATED"})
    assert run("refuse", "urn:uuid:1", "--reason", "not now", *scripted.options).code == 0
    ((_, path, _, body),) = scripted.asked
    assert path == "/v1/negotiations/urn%3Auuid%3A1/reject"
    assert json.loads(body) == {"by": "taro", "reason": "not now"}


def test_the_inbox_shows_what_waits_for_a_yes_beside_the_requests(run, scripted) -> None:
    request = {"request": "R-1", "part": "CELL", "kinds": ["footprint"], "due": "2026-12-31", "state": "open"}
    decision = {
        "negotiation": "urn:uuid:1",
        "target": "ACCEPTED",
        "why": "offer-not-asked-for",
        "deadline": "2026-12-01",
    }
    both = {**request, **decision, "reason": "", "partner": "did:web:maker.example", "dataset": "urn:example:cell"}
    scripted.says(200, {"items": [both], "next": None})
    shown = run("inbox", *scripted.options)
    assert shown.code == 0
    assert "R-1" in shown.out
    assert "offer-not-asked-for" in shown.out
    assert run("inbox", "--json", *scripted.options).json["decisions"][0]["negotiation"] == "urn:uuid:1"
    assert "decisions" not in run("inbox", "--sent", "--json", *scripted.options).json


NAMED = {"partner": "did:web:maker.example", "partner_name": "maker"}


def test_partners_are_shown_by_their_short_names_and_programs_get_both(run, scripted) -> None:
    request = {"request": "R-1", "part": "CELL", "kinds": ["footprint"], "due": "2026-12-31", "state": "open"}
    decision = {"negotiation": "urn:uuid:1", "target": "ACCEPTED", "why": "approval-needed", "deadline": "2026-12-01"}
    scripted.says(200, {"items": [{**request, **decision, **NAMED, "reason": "", "dataset": "urn:x"}], "next": None})
    shown = run("inbox", *scripted.options).out
    assert shown.count(" maker ") == 2
    assert "did:web:maker.example" not in shown
    (item,) = run("inbox", "--json", *scripted.options).json["items"]
    assert NAMED.items() <= item.items()
    scripted.says(200, {**NEGOTIATION, **NAMED})
    assert "maker\n" in run("approve", "urn:uuid:1", "--by", "Hanako", *scripted.options).out
    part = {"id": "P-1", "inventory": {}, "due_diligence": {}, "bom": None, "automatic": True}
    customers = {"customers": ["did:web:maker.example"], "customer_names": ["maker"]}
    scripted.says(200, {"items": [{**part, **customers}], "next": None})
    assert "did:web:maker.example" not in run("part", "list", *scripted.options).out


def test_what_is_missing_is_told_with_short_names(run, scripted) -> None:
    gaps = [{"part": "CAM", "company": "did:web:maker.example", "count": 1}]
    calculated = {"declaredUnit": "kilogram", "declaredUnitAmount": "1", "minerals": [], "gaps": gaps}
    scripted.says(200, {**calculated, "partners": {"did:web:maker.example": "maker"}})
    assert "1 × CAM (maker)" in run("part", "show", "P-1", "--due-diligence", *scripted.options).out


def test_one_request_shows_what_it_made_us_ask(run, scripted) -> None:
    request = {"request": "R-1", "part": "CELL", "kinds": ["footprint"], "due": "2026-12-31", "state": "answered"}
    asked = {**request, **NAMED, "request": "R-2", "part": "ORE", "state": "rejected", "reason": "a secret"}
    more = {"reason": "answer-with-gaps: …", "message": "", "below": {"open": 0, "total": 1}, "final": True}
    scripted.says(200, {"request": {**request, **NAMED, **more}, "asked": [asked], "records": {}})
    shown = run("inbox", "R-1", *scripted.options).out
    assert [word for word in ("answer-with-gaps", "R-2", "ORE", "rejected", "a secret") if word not in shown] == []


HELD_UP = {"delivered": False, "trouble": "did-unresolvable: gone", "next_try": "2026-12-01T00:00:00Z"}


def test_a_request_that_was_not_delivered_says_so_wherever_it_is_shown(run, scripted) -> None:
    request = {"request": "R-1", "part": "CELL", "kinds": ["footprint"], "due": "2026-12-31", "state": "open"}
    held_up = {**request, **NAMED, **HELD_UP, "reason": "", "message": "", "below": {"open": 0, "total": 0}}
    event = {"seq": 1, "at": "2026-11-30T00:00:00Z", "kind": "request", "id": "out:R-1", "type": "asked"}
    scripted.says(200, {"items": [{**event, **held_up}], "request": held_up, "asked": [], "records": {}})
    for words in (("inbox", "--sent"), ("inbox", "R-1"), ("status", "--events", "R-1")):
        shown = run(*words, *scripted.options).out
        assert "not delivered yet; did-unresolvable: gone; next try 2026-12-01T00:00:00Z" in shown, words
    assert scripted.asked[-1][1] == "/v1/requests/R-1"
    assert "未配信" in run("inbox", "--sent", "--lang", "ja", *scripted.options).out
