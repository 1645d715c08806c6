"""Templates listed, shown and filled in, without a daemon."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from renkei.cli.exits import Exit
from renkei.policy import read_offer, template_of

ROOT = Path(__file__).resolve().parents[2]
FILLED = ("--set", "customer=did:web:a.example", "--set", "until=2099-01-01T00:00:00Z")


def test_templates_are_listed_with_what_partners_can_read_them(run) -> None:
    listed = run("template", "list", "--lang", "en")
    shipped = len(list((ROOT / "policies").glob("*.json")))
    assert (listed.code, len(listed.out.splitlines())) == (Exit.OK, shipped + 1)  # and the head
    assert "footprint-to-customer  plain-dsp, catena-x-1.2  Carbon footprint to a customer" in listed.out
    items = run("template", "list", "--json", "--lang", "ja").json["items"]
    assert {item["id"]: item["title"] for item in items}["trial"] == "合成データによる試用"


def test_a_template_is_shown_with_its_wording_and_its_blanks(run) -> None:
    shown = run("template", "show", "trial", "--lang", "ja").out
    assert "合成データであり" in shown
    assert "P30D" in shown
    document = run("template", "show", "trial", "--json").json
    assert document["hash"].startswith("sha-256:")
    assert document["parameters"]["period"]["default"] == "P30D"


def test_a_template_is_filled_in_for_a_profile(run) -> None:
    plain = json.loads(run("template", "fill", "footprint-to-customer", *FILLED, "--id", "urn:x").out)
    hashed = run("template", "show", "footprint-to-customer", "--json").json["hash"]
    assert template_of(read_offer(plain, in_catalog=True)) == hashed
    assert plain["@id"] == "urn:x"
    theirs = run("template", "fill", "footprint-to-customer", *FILLED, "--profile", "catena-x-1.2", "--json").json
    assert theirs["profile"] == "https://w3id.org/catenax/2025/9/policy/"


def test_what_is_worth_a_look_is_told_beside_it(run) -> None:
    over = ("--set", "customer=did:web:a.example", "--set", "until=2001-01-01T00:00:00Z")
    ended = run("template", "fill", "emergency-recall", *over, "--lang", "en")
    assert (ended.code, "what was permitted has run out" in ended.err) == (Exit.OK, True)
    assert json.loads(ended.out)["@type"] == "Offer"


def test_a_file_of_ones_own_is_a_template_too(run, tmp_path) -> None:
    document = run("template", "show", "trial", "--json").json
    del document["hash"]
    place = tmp_path / "own.json"
    place.write_text(json.dumps(document | {"id": "own"}), "utf-8")
    assert run("template", "show", str(place), "--json").json["id"] == "own"
    place.write_text("{}", "utf-8")
    assert run("template", "show", str(place), "--json").json["error"]["code"] == "policy-template-broken"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("show", "unheard"), "template-unknown"),
        (("fill", "trial"), "policy-template-parameter"),
        (("fill", "trial", "--set", "customer=did:web:a.example", "--profile", "catena-x-1.2"), "policy-not-carried"),
        (("fill", "trial", "--profile", "smoke"), "cli-wrong-command-line"),
    ],
)
def test_what_cannot_be_filled_in_is_told(run, words, code) -> None:
    ended = run("template", *words, "--json")
    assert ended.json["error"]["code"] == code
    assert ended.code != Exit.OK


def test_a_policy_file_is_linted_as_what_it_is(run, tmp_path) -> None:
    place = tmp_path / "access.json"
    rule = {
        "action": "access",
        "constraint": [{"leftOperand": "Membership", "operator": "eq", "rightOperand": "active"}],
    }
    cx = "https://w3id.org/catenax/2025/9/policy/"
    place.write_text(json.dumps({"@id": "urn:a", "@type": "Set", "profile": cx, "permission": [rule]}), "utf-8")
    assert run("policy", "lint", str(place), "--access", "--json").json["findings"] == []
    found = run("policy", "lint", str(place), "--json")
    assert (found.code, found.json["findings"][0]["code"]) == (Exit.CONFIGURATION, "unknown-action")
    usage = {"@id": "urn:u", "@type": "Set", "profile": cx, "permission": [{"action": "use"}]}
    place.write_text(json.dumps(usage), "utf-8")
    assert {each["bar"] for each in run("policy", "lint", str(place), "--json").json["findings"]} == {
        "one-constraint",
        "operand-required",
    }


def test_a_short_name_is_not_filled_in_as_if_it_were_an_id(run) -> None:
    ended = run("template", "fill", "trial", "--set", "customer=carmaker", "--json")
    assert (ended.code, ended.json["error"]["code"]) == (Exit.CONFIGURATION, "cli-short-name")
    assert run("template", "fill", "trial", "--set", "customer=BPNL000000000003").code == Exit.OK
