"""``consent …``: what is sent, and what is said of it, against a daemon that says what the test wants."""

from __future__ import annotations

import getpass
import json

import pytest

PURPOSE = "https://w3id.org/renkei/v1/purpose/"
CONSENT = {
    "consent": "urn:uuid:1",
    "direction": "in",
    "partner": "did:web:buyer.example",
    "partner_name": "buyer",
    "dataset": "",
    "part": "CELL",
    "kind": "footprint",
    "purposes": [PURPOSE + "verification"],
    "purpose_class": "primary",
    "fields": ["/total"],
    "wish": {"text": "for the audit", "purposes": [PURPOSE + "verification"], "until": ""},
    "state": "asked",
    "valid_from": None,
    "valid_until": None,
    "request": "",
    "by": "",
    "at": None,
    "reason": "",
    "delivered": True,
    "trouble": "",
    "created": "2026-11-22T09:00:00Z",
}


def sent(scripted) -> tuple[str, str, dict]:
    ((method, path, _, body),) = scripted.asked
    return method, path, json.loads(body)


def test_a_consent_is_asked_for_with_plain_words_for_purposes(run, scripted) -> None:
    scripted.says(201, {**CONSENT, "direction": "out"})
    ended = run(
        *("consent", "ask", "maker", "--purpose", "verification", "--purpose", "cx.pcf.base:1", "--part", "CELL"),
        *("--kind", "footprint", "--until", "2027-03-31T09:00:00+09:00", "--wish", "for the audit"),
        *scripted.options,
    )
    assert ended.code == 0
    assert sent(scripted) == (
        "POST",
        "/v1/consents",
        {
            "partner": "maker",
            "purposes": [PURPOSE + "verification", "cx.pcf.base:1"],
            "dataset": "",
            "part": "CELL",
            "kind": "footprint",
            "until": "2027-03-31T00:00:00Z",
            "wish": "for the audit",
        },
    )
    assert "for the audit" in ended.out


@pytest.mark.parametrize(("words", "query"), [((), "direction=in"), (("--sent",), "direction=out")])
def test_the_list_shows_whom_and_what_for(run, scripted, words, query) -> None:
    scripted.says(200, {"items": [CONSENT], "next": None})
    ended = run("consent", "list", *words, "--state", "asked", *scripted.options)
    line = ended.out.splitlines()[1]
    assert [
        word for word in ("buyer", "CELL (footprint)", "verification", "primary", "asked") if word not in line
    ] == []
    assert PURPOSE not in line
    ((_, path, _, _),) = scripted.asked
    assert path == f"/v1/consents?{query}&state=asked"


def test_one_is_shown_as_the_daemon_has_it(run, scripted) -> None:
    scripted.says(200, CONSENT)
    assert run("consent", "show", "urn:uuid:1", "--json", *scripted.options).json == CONSENT
    assert "/total" in run("consent", "show", "urn:uuid:1", *scripted.options).out


STEPS = {
    "grant": (
        ("--purpose", "verification", "--field", "/total", "--until", "2027-03-31T00:00:00Z", "--by", "Hanako"),
        {
            "purposes": [PURPOSE + "verification"],
            "fields": ["/total"],
            "until": "2027-03-31T00:00:00Z",
            "reason": "",
            "by": "Hanako",
        },
    ),
    "refuse": (("--reason", "no"), {"reason": "no", "by": "taro"}),
    "withdraw": (("--reason", "no more"), {"reason": "no more", "by": "taro"}),
}


@pytest.mark.parametrize(("step", "words", "body"), [(step, *rest) for step, rest in STEPS.items()], ids=STEPS)
def test_a_decision_goes_out_with_the_name_of_who_made_it(run, scripted, monkeypatch, step, words, body) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "taro")
    scripted.says(200, CONSENT)
    assert run("consent", step, "urn:uuid:1", *words, *scripted.options).code == 0
    assert sent(scripted) == ("POST", f"/v1/consents/urn%3Auuid%3A1/{step}", body)


WRONG = {
    "no purpose": ("ask", "maker", "--dataset", "urn:x"),
    "no instant": ("ask", "maker", "--purpose", "resale", "--dataset", "urn:x", "--until", "tomorrow"),
    "no kind": ("ask", "maker", "--purpose", "resale", "--part", "X", "--kind", "price"),
    "no reason to withdraw": ("withdraw", "urn:uuid:1"),
    "no reason to refuse": ("refuse", "urn:uuid:1"),
    "no step": (),
}


@pytest.mark.parametrize("words", WRONG.values(), ids=WRONG)
def test_a_wrong_line_is_told_before_anybody_is_asked(run, scripted, words) -> None:
    assert run("consent", *words, *(scripted.options if words else ())).code == 2
    assert scripted.asked == []


def test_a_dataset_is_published_so_that_it_needs_consent(run, scripted) -> None:
    scripted.says(201, {"id": "urn:x", "title": "", "source": "file", "place": "x", "visible_to": ["a"]})
    assert run("publish", "--file", "x", "--template", "t", "--consent", *scripted.options).code == 0
    assert sent(scripted)[2]["consent"] is True
