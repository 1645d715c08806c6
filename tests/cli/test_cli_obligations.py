"""``obligations …``: what is sent, and what is shown of it, against a daemon that says what the test wants."""

from __future__ import annotations

import getpass
import hashlib
import json

import pytest

SAID = {
    "word": "confirmed",
    "by": "Hanako",
    "at": "2026-11-22T09:00:00Z",
    "recorded": "2026-11-22T09:05:00Z",
    "evidence": "transfer 4711",
    "digest": "",
}
OBLIGATION = {
    "id": "urn:uuid:1",
    "agreement": "urn:uuid:a",
    "partner": "did:web:buyer.example",
    "partner_name": "buyer",
    "dataset": "urn:dataset:cell",
    "path": "permission[0].duty[0]",
    "role": "duty",
    "above": "",
    "action": "http://www.w3.org/ns/odrl/2/compensate",
    "debtor": "did:web:buyer.example",
    "creditor": "did:web:maker.example",
    "ours": False,
    "state": "active",
    "due": "2026-12-22T09:00:00Z",
    "start": None,
    "performance": None,
    "created": "2026-11-22T09:00:00Z",
}


def sent(scripted) -> tuple[str, str, dict]:
    ((method, path, _, body),) = scripted.asked
    return method, path, json.loads(body or b"{}")


@pytest.mark.parametrize(
    ("words", "query"),
    [
        ((), ""),
        (("--due",), "?due=true"),
        (("--partner", "buyer", "--agreement", "urn:uuid:a"), "?partner=buyer&agreement=urn%3Auuid%3Aa"),
    ],
)
def test_what_is_owed_is_listed_in_words_for_people(run, scripted, words, query) -> None:
    scripted.says(200, {"items": [OBLIGATION], "next": None})
    ended = run("obligations", "list", *words, *scripted.options)
    line = ended.out.splitlines()[1]
    shown = ("urn:uuid:1", "buyer", "partner", "compensate", "2026-12-22T09:00:00Z", "active", "urn:dataset:cell")
    assert [word for word in shown if word not in line] == []
    assert "did:web" not in line
    assert sent(scripted)[1] == f"/v1/obligations{query}"
    assert "相手" in run("obligations", "list", "--lang", "ja", *scripted.options).out


def test_one_is_shown_with_what_was_said_of_it(run, scripted) -> None:
    scripted.says(200, {**OBLIGATION, "state": "fulfilled", "performance": SAID})
    shown = run("obligations", "show", "urn:uuid:1", *scripted.options).out
    assert "confirmed · Hanako · 2026-11-22T09:00:00Z · transfer 4711" in shown
    assert "permission[0].duty[0]" in shown
    assert "did:web:maker.example" in shown
    assert run("obligations", "show", "urn:uuid:1", "--json", *scripted.options).json["performance"] == SAID


@pytest.mark.parametrize("step", ["done", "begin"])
def test_what_was_done_goes_out_with_its_evidence(run, scripted, monkeypatch, tmp_path, step) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "taro")
    proof = tmp_path / "receipt.pdf"
    proof.write_bytes(b"paid")
    scripted.says(200, OBLIGATION)
    words = ("--evidence", "transfer 4711", "--file", proof, "--at", "2026-11-22T18:00:00+09:00")
    assert run("obligations", step, "urn:uuid:1", *words, *scripted.options).code == 0
    method, path, body = sent(scripted)
    assert (method, path) == ("POST", f"/v1/obligations/urn%3Auuid%3A1/{step}")
    assert (body["by"], body["evidence"]) == ("taro", "transfer 4711")
    assert body["digest"] == "sha-256:" + hashlib.sha256(b"paid").hexdigest()
    assert body["at"].startswith("2026-11-22T")


@pytest.mark.parametrize(
    "words",
    [
        ("done", "urn:uuid:1"),
        ("done", "urn:uuid:1", "--evidence", "x", "--at", "yesterday"),
        ("done", "--evidence", "x"),
    ],
)
def test_a_wrong_line_is_told_before_anybody_is_asked(run, scripted, words) -> None:
    assert run("obligations", *words, *scripted.options).code == 2
    assert scripted.asked == []


def test_a_document_that_is_not_there_is_told_before_anybody_is_asked(run, scripted) -> None:
    ended = run("obligations", "done", "urn:uuid:1", "--evidence", "x", "--file", "not-there", *scripted.options)
    assert (ended.code, scripted.asked) == (3, [])
