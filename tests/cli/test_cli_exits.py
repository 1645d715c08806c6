"""Every row of the documented table of exit codes can be reached, and is what the table says."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cli_daemons import free_ports

from renkei.cli import program
from renkei.cli.exits import Exit, exit_of
from renkei.kernel.problems import Fault, Problem
from renkei.trust.artefacts import Artefact, sign
from renkei.trust.did import build_document, key_id
from renkei.trust.keys import KeyPurpose, KeySigner, generate
from renkei.trust.verification import evidence

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "exit-codes.md"
ROW = re.compile(r"^\| (\d+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
DOCUMENTED = {
    int(code): (meaning.strip(), japanese.strip()) for code, meaning, japanese in ROW.findall(PAGE.read_text("utf-8"))
}
# The demo's own test runs a chain whose expectation was changed.
BY_THE_DEMO = Exit.DIFFERS
ISSUER = "did:web:issuer.example"


def problem(code, fault):
    return {"code": code, "fault": fault, "message": f"it was {{{code}}}", "hint": "do 100 % better"}


async def bundle(path):
    key = generate()
    document = {"@type": "FootprintRecord", "id": "urn:uuid:1", "company": ISSUER, "total": "18.9"}
    signed = await sign(document, Artefact.RECORD, KeySigner(key_id(ISSUER, key.public), key))
    did_document = build_document(ISSUER, {KeyPurpose.ASSERTION: [key.public]}, [])
    now = datetime(2026, 11, 22, tzinfo=UTC)
    path.write_text(json.dumps(evidence(Artefact.RECORD, signed, {ISSUER: did_document}, now)))
    return path


async def verified(run, scripted, tmp_path, monkeypatch):
    return run("verify", await bundle(tmp_path / "good.json"))


async def altered(run, scripted, tmp_path, monkeypatch):
    path = await bundle(tmp_path / "bad.json")
    path.write_text(path.read_text().replace("18.9", "18.8"))
    return run("verify", path)


async def told_status(run, scripted, value):
    scripted.says(409, value)
    return run("status", *scripted.options)


async def crashed(run, scripted, tmp_path, monkeypatch):
    def broken(arguments, output):
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(program, "build_parser", lambda language: broken(None, None))
    return run("status")


async def wrong_words(run, scripted, tmp_path, monkeypatch):
    return run("request", "a", "b", "--due", "soon")


async def no_configuration(run, scripted, tmp_path, monkeypatch):
    return run("status", "--config", tmp_path / "nothing.toml")


async def already_there(run, scripted, tmp_path, monkeypatch):
    run("init", tmp_path / "node")
    return run("init", tmp_path / "node")


async def partner(run, scripted, tmp_path, monkeypatch):
    return await told_status(run, scripted, problem("line-unreachable", "peer"))


async def policy(run, scripted, tmp_path, monkeypatch):
    return await told_status(run, scripted, problem("policy-refused", "policy"))


async def no_daemon(run, scripted, tmp_path, monkeypatch):
    token = tmp_path / "token"
    return run("status", "--url", f"http://127.0.0.1:{free_ports(1)[0]}", "--token-file", token)


async def still_going(run, scripted, tmp_path, monkeypatch):
    scripted.says(200, {"id": "urn:1", "state": "REQUESTED", "final": False})
    return run("negotiate", "a", "b", "--wait", "0", *scripted.options)


SCENARIOS = {
    Exit.OK: verified,
    Exit.UNEXPECTED: crashed,
    Exit.COMMAND_LINE: wrong_words,
    Exit.CONFIGURATION: no_configuration,
    Exit.LOCAL_STATE: already_there,
    Exit.PARTNER: partner,
    Exit.POLICY: policy,
    Exit.VERIFICATION: altered,
    Exit.NO_DAEMON: no_daemon,
    Exit.TIMED_OUT: still_going,
}


async def test_who_waited_in_vain_is_told_what_the_last_delivery_ran_into(run, scripted) -> None:
    scripted.says(200, {"id": "urn:1", "state": "REQUESTED", "final": False, "trouble": "line-unreachable: Gone."})
    ended = run("negotiate", "a", "b", "--wait", "0", *scripted.options)
    assert "line-unreachable: Gone. [cli-timed-out]" in ended.err


def test_the_table_and_the_code_know_the_same_codes() -> None:
    assert set(DOCUMENTED) == {int(code) for code in Exit}
    assert set(SCENARIOS) | {BY_THE_DEMO} == set(Exit)
    assert [row for row in DOCUMENTED.values() if not all(row)] == []


@pytest.mark.parametrize(
    "code", sorted(set(DOCUMENTED) - {int(BY_THE_DEMO)}), ids=lambda code: f"{code} {DOCUMENTED[code][0]}"
)
async def test_a_command_ends_with_the_documented_code(code, run, scripted, tmp_path, monkeypatch) -> None:
    ended = await SCENARIOS[Exit(code)](run, scripted, tmp_path, monkeypatch)
    assert ended.code == code, ended.err
    if code not in {Exit.OK, Exit.VERIFICATION}:
        assert ended.out == ""
        assert re.search(r"^Error: .+ \[[a-z0-9-]+\]\n  → .+\n$", ended.err, re.MULTILINE)


@pytest.mark.parametrize("fault", ["local", "peer", "policy", "configuration"])
def test_what_the_daemon_answers_ends_by_its_fault_with_its_own_words(fault, run, scripted) -> None:
    said = problem("some-new-code", fault)
    scripted.says(400, said)
    ended = run("status", "--json", *scripted.options)
    expected = {"local": 4, "peer": 5, "policy": 6, "configuration": 3}
    assert (ended.code, ended.json) == (expected[fault], {"error": said})


def test_a_fault_of_the_daemon_is_no_state_of_ours() -> None:
    error = Problem(code="http-crashed", fault=Fault.LOCAL, en="x", ja="x", hint_en="x", hint_ja="x")()
    assert exit_of(error) is Exit.UNEXPECTED


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>"),
        (200, b"[]"),
        (500, b"{}"),
        (502, b'{"code": 3, "fault": "peer"}'),
        (400, b'{"code": "x-y", "fault": "nobody", "message": "", "hint": ""}'),
        (302, b""),
    ],
)
def test_something_else_at_the_address_is_no_daemon(status, body, run, scripted) -> None:
    scripted.status, scripted.body = status, body
    ended = run("status", "--json", *scripted.options)
    assert (ended.code, ended.json["error"]["code"]) == (8, "cli-daemon-unreachable")
