"""Every command against real daemons: two companies, each a process of its own, made by ``renkei init``."""

from __future__ import annotations

import json

import pytest
from cli_daemons import ServedFolder, free_ports

from renkei.cli import main
from renkei.daemon.config import read_config

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("cli-daemons")]
PERIOD = {"start": "2025-01-01", "end": "2025-12-31"}
INVENTORY = {
    "@type": "FootprintInventory",
    "declaredUnit": "kilogram",
    "declaredUnitAmount": "1",
    "period": PERIOD,
    "own": [
        {
            "name": "kiln",
            "stage": "mainProductProduction",
            "kgCO2e": "18.9",
            "quality": {"TeR": "1", "GeR": "1", "TiR": "2"},
        }
    ],
    "secondary": [],
}
FREE = {"permission": [{"action": "use"}]}


@pytest.fixture(scope="module")
def companies(tmp_path_factory):
    root = tmp_path_factory.mktemp("companies")
    ports = free_ports(4)
    served = []
    try:
        for index, name in enumerate(("maker", "buyer")):
            words = ["--port", ports[2 * index], "--management-port", ports[2 * index + 1], "--name", name, "--quiet"]
            assert main(["init", str(root / name), "--loopback", *map(str, words)]) == 0
            config = root / name / "renkei.toml"
            did = f'"did:web:127.0.0.1%3A{ports[0]}"'
            config.write_text(config.read_text("utf-8").replace("[partners]", f"[partners]\nmaker = {did}\n#", 1))
            served.append(ServedFolder(root / name))
        (root / "maker" / "files" / "pcf.json").write_text('{"x": 1.50}')
        (root / "inventory.json").write_text(json.dumps(INVENTORY))
        (root / "free.json").write_text(json.dumps(FREE))
        yield served
    finally:
        for company in served:
            company.stop()


@pytest.fixture
def maker(companies):
    return companies[0]


@pytest.fixture
def buyer(companies):
    return companies[1]


@pytest.fixture
def offered(run, maker):
    """A dataset that anyone may use, offered by the maker."""
    policy = maker.folder.parent / "free.json"
    words = ["--dataset", "urn:dataset:pcf", "--file", "pcf.json", "--policy", policy, "--title", "鉛筆"]
    assert run("publish", *words, "--config", maker.config).code == 0
    return "urn:dataset:pcf"


def ok(ended):
    assert ended.code == 0, ended.err
    return ended.json


def test_init_makes_what_serve_needs_and_never_writes_over_it(run, tmp_path) -> None:
    made = ok(run("init", tmp_path / "node", "--json", "--port", "18080", "--name", 'a "quoted" 名\n前'))
    assert made["config"] == str(tmp_path / "node" / "renkei.toml")
    assert made["participant"] == "did:web:127.0.0.1%3A18080"
    before = {path: path.read_bytes() for path in (tmp_path / "node").rglob("*") if path.is_file()}
    assert {path.name for path in before} == {"renkei.toml", "token.pem", "assertion.pem", "management.token"}
    again = run("init", tmp_path / "node", "--json")
    assert (again.code, again.json["error"]["code"]) == (4, "cli-already-there")
    assert {path: path.read_bytes() for path in before} == before
    settings = read_config(tmp_path / "node" / "renkei.toml", {})
    assert (settings.public.port, settings.management.port) == (18080, made["management_port"]) == (18080, 18081)


@pytest.mark.parametrize("port", ["0", "65536", "x", "-1", "８０"])
def test_init_takes_only_a_port(run, tmp_path, port) -> None:
    assert run("init", tmp_path / "node", f"--port={port}").code == 2
    assert not (tmp_path / "node").exists()


def test_init_takes_only_a_web_address_and_two_ports(run, tmp_path) -> None:
    for words in (["--public-url", "ftp://x"], ["--public-url", "x.example"], ["--management-port", "8080"]):
        assert run("init", tmp_path / "node", *words).code == 2
    assert not (tmp_path / "node").exists()


def test_init_names_partners_and_tells_who_one_is(run, tmp_path) -> None:
    words = [
        "--public-url",
        "https://c.example/renkei",
        "--partner",
        "cells=did:web:cells.example",
        "--partner",
        "あ=BPNL000000000002",
    ]
    made = ok(run("init", tmp_path / "node", "--json", *words))
    assert made["participant"] == "did:web:c.example:renkei"
    settings = read_config(tmp_path / "node" / "renkei.toml", {})
    assert settings.partners == {"cells": "did:web:cells.example", "あ": "BPNL000000000002"}


@pytest.mark.parametrize(
    ("words", "told"), [([], True), (["--loopback"], False), (["--public-url", "https://c.example"], False)]
)
def test_init_says_when_partners_could_not_reach_it(run, tmp_path, words, told) -> None:
    said = run("init", tmp_path / "node", *words).out
    assert ("insecure_loopback" in said) is told
    assert f"renkei serve --config {tmp_path / 'node' / 'renkei.toml'}" in said


def test_init_into_a_place_that_is_no_folder_is_told(run, tmp_path) -> None:
    (tmp_path / "file").write_text("")
    ended = run("init", tmp_path / "file" / "node", "--json")
    assert (ended.code, ended.json["error"]["code"]) == (3, "cli-file-unwritable")


def test_status_tells_who_and_how(run, maker) -> None:
    assert ok(run("status", "--json", "--config", maker.config))["did"] == maker.ready["did"]
    assert maker.ready["did"] in run("status", "--config", maker.config).out


def test_what_is_published_is_shown_negotiated_fetched_and_exported(run, maker, buyer, offered, tmp_path) -> None:
    at = ("--config", buyer.config)
    shown = ok(run("catalog", "maker", "--json", *at))
    assert offered in {item["id"] for item in shown["items"]}
    assert "鉛筆" in run("catalog", "maker", *at).out

    found = ok(run("negotiate", "maker", offered, "--json", *at))
    assert found["state"] == "FINALIZED"
    spoken = run("negotiate", "maker", offered, *at)
    assert spoken.code == 0
    assert "FINALIZED" in spoken.out
    assert spoken.err.startswith("Negotiating with maker")
    assert run("negotiate", "maker", offered, "--quiet", *at).err == ""

    assert ok(run("fetch", "maker", offered, "--json", *at))["text"] == '{"x": 1.50}'
    copy = tmp_path / "copy.json"
    assert run("fetch", "maker", offered, "-o", copy, *at).code == 0
    assert copy.read_bytes() == b'{"x": 1.50}'
    kept = ok(run("fetch", "maker", offered, "--into", f"{tmp_path.name}.json", "--json", *at))
    assert kept["file"].startswith(str(buyer.folder))

    evidence = tmp_path / "agreement.json"
    assert run("export", "agreement", found["agreement"], "-o", evidence, *at).code == 0
    verdict = ok(run("verify", evidence, "--json"))
    assert (verdict["outcome"], len(verdict["steps"])) == ("verified", 6)
    printed = run("export", "agreement", found["agreement"], "--json", *at)
    assert printed.json["artefact"] == "agreement"
    history = ok(run("status", "--events", found["id"], "--json", *at))
    assert "received NegotiationEvent" in {event["type"] for event in history["items"]}


def test_a_dataset_that_is_not_there_is_the_partners_answer(run, buyer) -> None:
    ended = run("fetch", "maker", "urn:dataset:nothing", "--json", "--config", buyer.config)
    assert (ended.code, ended.json["error"]["code"]) == (5, "catalog-unknown-dataset")


def test_a_publication_without_terms_is_refused_with_a_hint(run, maker) -> None:
    ended = run("publish", "--file", "pcf.json", "--config", maker.config)
    assert ended.code == 3
    assert "footprint-to-customer" in ended.err


def test_an_access_policy_hides_a_dataset_until_what_it_asks_for_is_known(run, maker, buyer, tmp_path) -> None:
    constraint = {"leftOperand": "Membership", "operator": "eq", "rightOperand": "active"}
    members = tmp_path / "members.json"
    members.write_text(json.dumps({"permission": [{"action": "use", "constraint": [constraint]}]}), "utf-8")
    words = ["--dataset", "urn:dataset:members", "--file", "pcf.json", "--policy", maker.folder.parent / "free.json"]
    ok(run("publish", *words, "--access", members, "--json", "--config", maker.config))

    def seen() -> bool:
        shown = ok(run("catalog", "maker", "--json", "--config", buyer.config))
        return "urn:dataset:members" in {item["id"] for item in shown["items"]}

    facts = ("partner", "facts")
    assert not seen()
    ok(run(*facts, "set", buyer.ready["did"], "membership=active", "--json", "--config", maker.config))
    assert seen()
    ok(run(*facts, "remove", buyer.ready["did"], "--json", "--config", maker.config))
    assert not seen()


def test_a_request_is_asked_answered_and_shown_on_both_sides(run, maker, buyer) -> None:
    inventory = maker.folder.parent / "inventory.json"
    registered = ok(run("part", "register", "P-1", "--inventory", inventory, "--json", "--config", maker.config))
    assert registered["automatic"] is True
    words = ["request", "maker", "P-1", "--kind", "footprint", "--due", "2999-12-31", "--wait", "60"]
    detail = ok(run(*words, "--json", "--config", buyer.config))
    assert detail["request"]["state"] == "answered"
    record = detail["records"]["footprint"]
    assert (record["document"]["total"], record["signed"]) == ("18.9", True)
    name = detail["request"]["request"]
    assert name in {item["request"] for item in ok(run("inbox", "--all", "--json", "--config", maker.config))["items"]}
    assert name in run("inbox", "--sent", "--state", "answered", "--config", buyer.config).out
    shown = run("inbox", name, "--config", buyer.config).out
    assert record["id"] in shown
    assert "18.9 kgCO2e / 1 kilogram" in shown
    assert "answered" in run("status", "--events", name, "--config", buyer.config).out
    calculated = ok(run("part", "show", "P-1", "--footprint", "--json", "--config", maker.config))
    assert calculated["total"] == "18.9"
    assert "18.9 kgCO2e" in run("part", "show", "P-1", "--footprint", "--config", maker.config).out
    nothing = run("status", "--events", "urn:nothing", "--json", "--config", maker.config)
    assert (nothing.code, nothing.json["error"]["code"]) == (4, "cli-no-history")
    assert "P-1" in run("part", "list", "--config", maker.config).out
    spoken = run(*words, "--config", buyer.config)
    assert spoken.code == 0
    assert "answered" in spoken.out


def test_a_request_can_be_answered_rejected_and_taken_back_by_hand(run, maker, buyer) -> None:
    def ask(part):
        words = ["request", "maker", part, "--kind", "footprint", "--due", "2999-12-31", "--json"]
        return ok(run(*words, "--config", buyer.config))["request"]

    def arrived(name):
        # The maker's API does not know the name before the request is there; each look is a whole round trip.
        looks = (run("inbox", name, "--json", "--config", maker.config).code for _ in range(3000))
        assert any(code == 0 for code in looks), "the request did not arrive"

    inventory = maker.folder.parent / "inventory.json"
    by_hand = ["part", "register", "P-2", "--inventory", inventory, "--manual", "--config", maker.config]
    assert run(*by_hand).code == 0
    name = ask("P-2")
    arrived(name)
    assert ok(run("answer", name, "--json", "--config", maker.config))["state"] == "answered"
    again = run("answer", name, "--json", "--config", maker.config)
    assert (again.code, again.json["error"]["code"]) == (4, "request-closed")

    name = ask("P-3")
    arrived(name)
    assert run("answer", name, "--config", maker.config).code == 4
    assert ok(run("reject", name, "--reason", "いいえ", "--json", "--config", maker.config))["state"] == "rejected"

    name = ask("P-2")
    arrived(name)
    assert ok(run("cancel", name, "--json", "--config", buyer.config))["state"] == "cancelled"


def test_a_request_that_is_rejected_while_one_waits_ends_as_the_partners_no(run, scripted) -> None:
    request = {
        "request": "urn:1",
        "partner": "p",
        "part": "x",
        "kinds": ["footprint"],
        "due": "2999-12-31",
        "state": "rejected",
        "final": True,
        "reason": "いいえ",
    }
    scripted.says(200, {**request, "request": {**request, "below": {"open": 0, "total": 0}}, "records": {}})
    words = ["request", "p", "x", "--due", "2999-12-31", "--wait", "5", "--json", *scripted.options]
    ended = run(*words)
    assert (ended.code, ended.json["error"]["code"]) == (5, "process-ended")
    assert "いいえ" in ended.json["error"]["message"]


@pytest.mark.parametrize(
    ("failure", "code", "error"),
    [
        ({"ours": True, "code": "policy-refused", "reason": ["too late"]}, 6, "policy-refused"),
        ({"ours": False, "code": "policy-refused", "reason": ["too late"]}, 5, "process-ended"),
        ({"ours": True, "code": "delivery-given-up", "reason": []}, 5, "process-ended"),
        (None, 5, "process-ended"),
    ],
)
def test_a_negotiation_that_came_to_nothing_ends_by_whose_no_it_was(run, scripted, failure, code, error) -> None:
    scripted.says(200, {"id": "urn:1", "partner": "p", "state": "TERMINATED", "final": True, "failure": failure})
    ended = run("negotiate", "p", "d", "--json", *scripted.options)
    assert (ended.code, ended.json["error"]["code"]) == (code, error)


@pytest.mark.parametrize("option", ["--inventory", "--bom", "--due-diligence"])
def test_a_file_that_is_not_there_is_told(run, scripted, option) -> None:
    ended = run("part", "register", "p", option, "nothing", "--json", *scripted.options)
    assert (ended.code, ended.json["error"]["code"]) == (3, "cli-file-unreadable")
    assert scripted.asked == []


@pytest.mark.parametrize(
    ("option", "content", "code"),
    [
        ("--bom", b"\x81\xff", "form-encoding-unknown"),
        ("--inventory", "部品".encode("cp932"), "cli-file-not-utf8"),
        ("--inventory", b"{", "cli-file-no-json"),
        ("--inventory", b"[]", "cli-file-no-json"),
    ],
)
def test_a_file_that_is_something_else_is_told(run, scripted, tmp_path, option, content, code) -> None:
    (tmp_path / "file").write_bytes(content)
    ended = run("part", "register", "p", option, "file", "--json", *scripted.options)
    assert (ended.code, ended.json["error"]["code"]) == (3, code)
    assert ".." not in ended.json["error"]["message"]


def test_due_diligence_is_shown_with_what_is_missing(run, scripted) -> None:
    minerals = [{"mineral": "cobalt", "status": "met"}, {"mineral": "lithium", "status": "unknown"}]
    gaps = [{"part": "CAM", "company": "**", "count": 2}]
    found = {"declaredUnit": "kilogram", "declaredUnitAmount": "1", "minerals": minerals, "gaps": gaps}
    scripted.says(200, found)
    said = run("part", "show", "p", "--due-diligence", *scripted.options).out
    assert [line.split() for line in said.splitlines()] == [
        ["due", "diligence", "1", "kilogram"],
        ["cobalt", "met"],
        ["lithium", "unknown"],
        ["missing", "2", "×", "CAM", "(**)"],
    ]


def test_a_partners_address_is_no_management_api(run, scripted) -> None:
    scripted.says(404, {"code": "http-not-found", "fault": "peer", "message": "m", "hint": "h"})
    ended = run("status", "--json", *scripted.options)
    assert (ended.code, ended.json["error"]["code"]) == (8, "cli-daemon-unreachable")


def test_options_of_all_commands_may_stand_before_the_command(run) -> None:
    ended = run("--json", "--lang", "ja", "verify", "nothing")
    assert ended.json["error"]["message"].startswith("ファイル nothing")


@pytest.mark.parametrize("content", ["{", "[]", '{"a": 1, "a": 2}', "x" * 10])
def test_a_file_that_is_no_evidence_is_not_verified(run, tmp_path, content) -> None:
    path = tmp_path / "x.json"
    path.write_text(content)
    ended = run("verify", path, "--json")
    assert (ended.code, ended.json["outcome"]) == (7, "refused")
    assert "✗" in run("verify", path).out
