"""``update …``: what is asked for, and what is shown of it, against a daemon that says what the test wants."""

from __future__ import annotations

import json

from renkei.battery.versions import ChangeCause
from renkei.cli.parts import COMMANDS

UPDATE = {
    "partner": "did:web:buyer.example",
    "partner_name": "buyer",
    "part": "CELL",
    "kind": "footprint",
    "dataset": "urn:uuid:d",
    "state": "held",
    "reason": "update-by-hand: a person is to look",
    "record": "urn:uuid:r",
    "version": 3,
    "notice": "urn:uuid:n",
    "changes": 2,
    "due": None,
    "at": "2026-11-22T09:00:00Z",
}


def test_copies_are_listed_with_what_they_wait_for(run, scripted) -> None:
    scripted.says(200, {"items": [UPDATE], "next": None})
    ended = run("update", "list", "--part", "CELL", *scripted.options)
    shown = ("CELL", "buyer", "footprint", "3", "held", "update-by-hand")
    assert [word for word in shown if word not in ended.out.splitlines()[1]] == []
    ((method, path, _, _),) = scripted.asked
    assert (method, path) == ("GET", "/v1/updates?part=CELL")


def test_copies_of_a_part_are_let_go(run, scripted) -> None:
    scripted.says(200, {"items": [{**UPDATE, "state": "waiting", "reason": ""}], "next": None})
    ended = run("update", "release", "CELL", "--json", *scripted.options)
    assert ended.json["items"][0]["state"] == "waiting"
    ((method, path, _, body),) = scripted.asked
    assert (method, path, json.loads(body)) == ("POST", "/v1/updates", {"part": "CELL"})


def test_a_part_is_registered_with_any_cause_that_a_record_can_name() -> None:
    (register,) = [part for command in COMMANDS for part in command.parts if part.name == "register"]
    (cause,) = [argument for argument in register.arguments if "--cause" in argument.names]
    assert set(cause.how["choices"]) == {cause.value for cause in ChangeCause}
