"""The commands for what is known of partners, and who is admitted as the status tells it."""

from __future__ import annotations

import json

from renkei.cli.exits import Exit

KNOWN = {
    "partner": "did:web:cells.example",
    "partner_name": "cell",
    "admitted": False,
    "refusal": "cell is not admitted",
    "facts": [
        {
            "attribute": "groups",
            "operands": ["urn:g"],
            "values": [],
            "source": "register",
            "until": None,
            "stored": True,
        },
        {
            "attribute": "membership",
            "operands": ["urn:m"],
            "values": ["active"],
            "source": "configuration",
            "until": "2027-03-31T23:59:59Z",
            "stored": False,
        },
    ],
}


def test_facts_are_listed_for_people_and_programs(run, scripted) -> None:
    scripted.says(200, KNOWN)
    listed = run("partner", "facts", "list", "cell", *scripted.options)
    assert listed.code == Exit.OK
    head, groups, membership, refusal = listed.out.splitlines()
    assert head.split() == ["ATTRIBUTE", "VALUES", "SOURCE", "UNTIL", "STATED"]
    assert groups.split() == ["groups", "∅", "register", "—", "✓"]
    assert membership.split() == ["membership", "active", "configuration", "2027-03-31T23:59:59Z", "✗"]
    assert "cell is not admitted" in refusal
    assert "許可されていません" in run("partner", "facts", "list", "cell", "--lang", "ja", *scripted.options).out
    assert run("partner", "facts", "list", "cell", "--json", *scripted.options).json == KNOWN
    assert {asked[:2] for asked in scripted.asked} == {("GET", "/v1/partners/cell/facts")}


def test_facts_are_set_with_several_values_an_end_and_a_source(run, scripted) -> None:
    scripted.says(200, KNOWN)
    words = ("membership=active", "roles=maker", "roles=buyer", "groups=", "--until", "2027-03-31T23:59:59Z")
    assert run("partner", "facts", "set", "cell", *words, "--source", "contract 7", *scripted.options).code == Exit.OK
    method, path, _, body = scripted.asked[0]
    assert (method, path) == ("PUT", "/v1/partners/cell/facts")
    more = {"source": "contract 7", "until": "2027-03-31T23:59:59Z"}
    assert json.loads(body)["facts"] == {
        "membership": {"values": ["active"], **more},
        "roles": {"values": ["maker", "buyer"], **more},
        "groups": {"values": [], **more},
    }


def test_facts_are_taken_back_one_or_all(run, scripted) -> None:
    scripted.says(200, KNOWN)
    assert run("partner", "facts", "remove", "cell", "membership", *scripted.options).code == Exit.OK
    assert run("partner", "facts", "remove", "cell", *scripted.options).code == Exit.OK
    assert [asked[:2] for asked in scripted.asked] == [
        ("DELETE", "/v1/partners/cell/facts?attribute=membership"),
        ("DELETE", "/v1/partners/cell/facts"),
    ]


def test_a_fact_without_a_name_is_a_wrong_command_line(run, scripted) -> None:
    ended = run("partner", "facts", "set", "cell", "active", "--json", *scripted.options)
    assert (ended.code, ended.json["error"]["code"]) == (Exit.COMMAND_LINE, "cli-wrong-command-line")
    assert scripted.asked == []


def test_the_status_tells_who_is_admitted(run, scripted) -> None:
    counts = ("negotiations", "agreements", "transfers", "requests_in", "requests_out")
    standing = {
        **{count: {} for count in counts},
        "did": "did:web:us.example",
        "name": "",
        "uptime_s": 1,
        "assets": 0,
        "parts": 0,
        "documents": 0,
        "outbox": {"rows": 0, "oldest_due": None, "tries": 0},
        "admission": {"everyone": True, "connectors": [], "attributes": {}, "security_profile": ""},
    }
    scripted.says(200, standing)
    assert "everyone" in run("status", *scripted.options).out
    rules = {"everyone": False, "connectors": ["did:web:a.example"], "attributes": {}, "security_profile": "TRUST"}
    scripted.says(200, {**standing, "admission": rules})
    shown = run("status", *scripted.options).out
    assert "connectors did:web:a.example" in shown
    assert "security_profile TRUST" in shown
    assert "attributes" not in shown


def test_an_end_that_is_no_instant_is_told_with_an_example(run) -> None:
    ended = run("partner", "facts", "set", "cell", "membership=active", "--until", "tomorrow", "--lang", "en", "--json")
    assert ended.code == Exit.COMMAND_LINE
    assert "'tomorrow' is not an instant such as 2027-03-31T00:00:00Z" in ended.json["error"]["message"]
