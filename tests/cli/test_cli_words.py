"""No word of a command line is left unheard, and no answer says what is not so."""

from __future__ import annotations

import pytest

from renkei import __version__


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("maker", "--viewer", "oem"), "--viewer"),
        (("maker", "--profile", "dcat-ap-3"), "--profile"),
        (("maker", "-o", "x"), "--output"),
        (("maker", "--turtle", "--viewer", "oem"), "--viewer"),
        (("maker", "--turtle", "--filter", "id = x"), "--filter"),
        ((), "PARTNER"),
    ],
)
def test_words_that_would_be_ignored_are_a_wrong_command_line(run, scripted, words, named) -> None:
    ended = run("catalog", *words, "--json", *scripted.options)
    assert (ended.code, ended.json["error"]["code"]) == (2, "cli-wrong-command-line")
    assert named in ended.json["error"]["message"]
    assert scripted.asked == []


@pytest.mark.parametrize(
    ("visible_to", "definition", "told"),
    [([], "anyone", "everyone"), ([], "oem", "contract definition oem"), (["did:web:oem.example"], "x", "did:web:oem")],
)
def test_publish_tells_who_may_see_it(run, scripted, visible_to, definition, told) -> None:
    asset = {"id": "urn:a", "title": "", "source": "file", "place": "a.json"}
    scripted.says(201, {**asset, "visible_to": visible_to, "definition": definition})
    shown = run("publish", "--file", "a.json", *scripted.options).out
    assert told in shown.splitlines()[-1]


def test_a_bad_policy_file_is_told_where_policies_are_shown(run, scripted, tmp_path) -> None:
    (tmp_path / "bad.json").write_text("{")
    error = run("publish", "--file", "a", "--policy", "bad.json", "--json", *scripted.options).json["error"]
    assert error["code"] == "cli-file-no-json"
    assert "docs/concepts/policies.md" in error["hint"]


@pytest.mark.parametrize("words", [("--version", "--json"), ("--json", "--version"), ("--version", "--json", "status")])
def test_the_version_is_one_object_too(run, words) -> None:
    ended = run(*words)
    assert (ended.code, ended.json) == (0, {"version": __version__})


def test_an_address_without_a_token_is_told_what_is_missing(run) -> None:
    ended = run("status", "--url", "http://127.0.0.1:1", "--json")
    assert (ended.code, ended.json["error"]["code"]) == (3, "cli-no-token")
    assert "--token-file" in ended.json["error"]["hint"]


def test_a_token_file_that_is_missing_is_named_in_words(run) -> None:
    ended = run("status", "--url", "http://127.0.0.1:1", "--token-file", "gone", "--json")
    assert ended.json["error"]["message"].endswith("gone: No such file or directory.")
