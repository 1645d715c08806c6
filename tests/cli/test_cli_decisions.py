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
