"""The commands around the catalog: Turtle, definitions, the self-description."""

from __future__ import annotations

import json

import pytest

from renkei.cli.exits import Exit

TURTLE = "<urn:a> a <urn:b> .\n"


def test_our_catalog_is_printed_as_turtle(run, scripted) -> None:
    scripted.body = TURTLE.encode()
    ended = run("catalog", "--turtle", "--profile", "dcat-ap-3", "--viewer", "buyer", *scripted.options)
    assert (ended.code, ended.out) == (Exit.OK, TURTLE)
    assert scripted.asked[0][:2] == ("GET", "/v1/catalog.ttl?partner=&viewer=buyer&profile=dcat-ap-3")


def test_a_partners_catalog_goes_into_a_file(run, scripted, tmp_path) -> None:
    scripted.body = TURTLE.encode()
    ended = run("catalog", "maker", "--turtle", "-o", "catalog.ttl", "--json", *scripted.options)
    assert ended.json == {"file": "catalog.ttl"}
    assert (tmp_path / "catalog.ttl").read_text() == TURTLE


def test_turtle_in_json_is_one_text(run, scripted) -> None:
    scripted.body = TURTLE.encode()
    assert run("catalog", "--turtle", "--json", *scripted.options).json == {"turtle": TURTLE}


def test_an_error_is_told_as_ever(run, scripted) -> None:
    problem = {"code": "partner-unknown", "fault": "configuration", "message": "No.", "hint": "Look."}
    scripted.says(404, problem)
    ended = run("catalog", "who", "--turtle", "--json", *scripted.options)
    assert ended.json["error"]["code"] == "partner-unknown"
    scripted.status, scripted.body = 500, b"no json"
    assert run("catalog", "--turtle", "--json", *scripted.options).json["error"]["code"] == "cli-daemon-unreachable"


def test_a_catalog_without_turtle_is_somebodys(run, scripted) -> None:
    ended = run("catalog", "--json", *scripted.options)
    assert (ended.code, ended.json["error"]["code"]) == (Exit.COMMAND_LINE, "cli-wrong-command-line")
    assert scripted.asked == []


def test_the_self_description_is_exported_without_an_id(run, scripted) -> None:
    scripted.says(200, {"type": "renkei-evidence", "artefact": "self_description"})
    assert run("export", "self-description", "--json", *scripted.options).json["artefact"] == "self_description"
    assert scripted.asked[0][:2] == ("GET", "/v1/export/self-description")
    for words in (("self-description", "x"), ("agreement",)):
        ended = run("export", *words, "--json", *scripted.options)
        assert ended.json["error"]["code"] == "cli-wrong-command-line"


def test_a_publication_may_name_its_definition(run, scripted) -> None:
    scripted.says(
        200, {"id": "urn:d", "title": "", "source": "file", "place": "x", "visible_to": [], "definition": "partners"}
    )
    assert run("publish", "--file", "x", "--definition", "partners", *scripted.options).code == Exit.OK
    assert json.loads(scripted.asked[0][3])["definition"] == "partners"


def test_a_publication_tells_what_is_worth_a_look_in_its_terms(run, scripted) -> None:
    shown = {"id": "urn:d", "title": "", "source": "file", "place": "x", "visible_to": [], "definition": "anyone"}
    warning = {"code": "expired", "path": "permission", "text": "permission: over", "text_ja": "permission: 終了"}
    scripted.says(200, shown | {"warnings": [warning]})
    assert "warning: permission: over" in run("publish", "--file", "x", "--lang", "en", *scripted.options).out
    assert "警告: permission: 終了" in run("publish", "--file", "x", "--lang", "ja", *scripted.options).out


def test_definitions_are_listed_shown_and_deleted(run, scripted) -> None:
    made = {"id": "partners", "access": {"@type": "Set"}, "terms": None}
    scripted.says(200, {"items": [made], "next": None})
    listed = run("definition", "list", *scripted.options)
    assert (listed.code, listed.out.split()) == (Exit.OK, ["DEFINITION", "TERMS", "partners", "✗"])
    scripted.says(200, made)
    assert json.loads(run("definition", "show", "partners", *scripted.options).out) == made
    assert run("definition", "delete", "partners", *scripted.options).out == "partners\n"
    said = [(method, path) for method, path, _, _ in scripted.asked]
    one = "/v1/contract-definitions/partners"
    assert said == [("GET", "/v1/contract-definitions?limit=500"), ("GET", one), ("DELETE", one)]
    used = {"code": "catalog-definition-used", "fault": "local", "message": "2 of our datasets", "hint": "h"}
    scripted.says(409, used)
    ended = run("definition", "delete", "partners", *scripted.options)
    assert (ended.code, "2 of our datasets" in ended.err) == (Exit.LOCAL_STATE, True)


def test_a_catalog_is_asked_for_with_criteria(run, scripted) -> None:
    scripted.says(200, {"items": [], "next": None})
    words = (
        "--filter",
        "dct:title = Cell of 2026",
        "--filter",
        "id like urn:cells:%",
        "--filter",
        "id in urn:a, urn:b",
    )
    assert run("catalog", "maker", *words, *scripted.options).code == Exit.OK
    ((method, path, _, body),) = scripted.asked
    assert (method, path) == ("POST", "/v1/catalog")
    assert json.loads(body) == {
        "partner": "maker",
        "filter": [
            {"operandLeft": "dct:title", "operator": "=", "operandRight": "Cell of 2026"},
            {"operandLeft": "id", "operator": "like", "operandRight": "urn:cells:%"},
            {"operandLeft": "id", "operator": "in", "operandRight": ["urn:a", "urn:b"]},
        ],
    }


@pytest.mark.parametrize("words", [("--filter", "title"), ("--filter", "id > 3"), ("--filter", "id = x", "--turtle")])
def test_what_is_no_filter_is_refused_before_anybody_is_asked(run, scripted, words) -> None:
    assert run("catalog", "maker", *words, *scripted.options).code == Exit.COMMAND_LINE
    assert scripted.asked == []
