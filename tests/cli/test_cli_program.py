"""The program itself: help in two languages, one JSON object, quick to load, and finding the right daemon."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from renkei.cli.commands import all_arguments
from renkei.cli.management import find_daemon
from renkei.cli.output import Output, pairs, table
from renkei.cli.program import build_parser
from renkei.cli.words import language_of
from renkei.kernel.problems import RenkeiError

NETWORK = ["aiohttp", "asyncio", "http.client", "socket", "ssl", "urllib.request"]
JAPANESE = range(0x3041, 0x9FFF)
NEEDED = {
    "init",
    "serve",
    "publish",
    "catalog",
    "negotiate",
    "fetch",
    "request",
    "inbox",
    "answer",
    "reject",
    "cancel",
    "export",
    "verify",
    "status",
    "demo",
}


def leaves(commands, before=()):
    for command in commands:
        if command.parts:
            yield from leaves(command.parts, (*before, command.name))
        else:
            yield (*before, command.name), command


LEAVES = dict(leaves(build_parser()[1]))


def test_all_commands_are_there() -> None:
    assert {words[0] for words in LEAVES} >= NEEDED


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
def test_a_command_and_its_arguments_are_explained_in_both_languages(words) -> None:
    command = LEAVES[words]
    for text in (command.summary, *(argument.help for argument in all_arguments(command))):
        assert text.en
        assert not any(ord(sign) in JAPANESE for sign in text.en)
        assert any(ord(sign) in JAPANESE for sign in text.ja) or text.ja == "ID"


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_help_shows_every_argument(words, language, run) -> None:
    ended = run(*words, "--lang", language, "--help")
    assert ended.code == 0
    assert LEAVES[words].summary(language).split(" ")[0] in ended.out
    for argument in all_arguments(LEAVES[words]):
        spellings = {argument.names[-1], argument.how.get("metavar"), *argument.how.get("choices", ())} - {None}
        assert any(spelling in ended.out for spelling in spellings), argument.names


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
def test_every_command_takes_json_and_tells_a_wrong_word_as_one_object(words, run) -> None:
    ended = run(*words, "--json", "--surprise")
    assert (ended.code, ended.err) == (2, "")
    assert ended.json["error"]["code"] == "cli-wrong-command-line"


def test_no_word_is_a_wrong_command_line(run) -> None:
    assert run().code == 2


def test_version_is_told(run) -> None:
    assert run("--version").out.startswith("renkei ")


@pytest.mark.parametrize(
    ("words", "environment", "language"),
    [
        ([], {}, "en"),
        ([], {"LANG": "ja_JP.UTF-8"}, "ja"),
        ([], {"LANG": "en_US.UTF-8", "LC_ALL": "ja_JP.UTF-8"}, "ja"),
        ([], {"LANG": "ja_JP.UTF-8", "LC_ALL": "C"}, "en"),
        ([], {"LANG": "ja_JP.UTF-8", "LC_ALL": ""}, "ja"),
        (["--lang", "en"], {"LANG": "ja_JP.UTF-8"}, "en"),
        (["status", "--lang=ja"], {}, "ja"),
        (["--lang"], {"LANG": "ja_JP.UTF-8"}, "en"),
    ],
)
def test_the_language_is_the_one_asked_for_or_the_locales(words, environment, language) -> None:
    assert language_of(words, environment) == language


def test_an_error_is_told_in_japanese(run, monkeypatch) -> None:
    monkeypatch.setenv("LANG", "ja_JP.UTF-8")
    ended = run("status", "--config", "nothing.toml")
    assert ended.err.startswith("エラー: 設定ファイル")


def test_an_unforeseen_failure_is_one_object_too(run, monkeypatch) -> None:
    monkeypatch.setattr("renkei.cli.program.build_parser", lambda language: 1 / 0)
    ended = run("status", "--json")
    assert (ended.code, ended.json["error"]["code"]) == (1, "cli-crashed")
    assert "ZeroDivisionError" in ended.json["error"]["message"]


LOADED = """
import sys
from renkei.cli import main
code = main(sys.argv[2:])
print(code, *sorted(set(sys.argv[1].split(",")) & set(sys.modules)))
"""


@pytest.mark.parametrize(
    ("words", "heavy"),
    [
        (
            ["--help"],
            [*NETWORK, "cryptography", "jsonschema", "rdflib", "renkei.node", "renkei.exchange.request.requests"],
        ),
        (["verify", "nothing.json"], [*NETWORK, "jsonschema", "rdflib", "renkei.node"]),
        (["init", "node"], ["aiohttp", "asyncio", "http.client", "jsonschema", "rdflib", "renkei.node"]),
        (["status", "--url", "http://127.0.0.1:1", "--token-file", "token"], ["aiohttp", "asyncio", "cryptography"]),
    ],
    ids=lambda value: value[0],
)
def test_a_command_loads_nothing_it_does_not_need(words, heavy, tmp_path) -> None:
    (tmp_path / "token").write_text("x")
    command = [sys.executable, "-W", "error", "-c", LOADED, ",".join(heavy), *words]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert ended.stdout.splitlines()[-1].split()[1:] == []


def test_the_module_is_the_command(tmp_path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "renkei", "--version"], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert ended.stdout.startswith("renkei ")


def test_a_reader_that_goes_away_is_no_crash(tmp_path) -> None:
    command = f"{sys.executable} -m renkei --help | true"
    ended = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert "Traceback" not in ended.stderr


# --- which daemon ------------------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, port in (("renkei.toml", 1), ("other.toml", 2)):
        Path(name).write_text(f"[management]\nport = {port}\n")
    Path("management.token").write_text("own\n")
    Path("token").write_text("given\n")
    Path("env-token").write_text("env\n")
    return tmp_path


ENVIRONMENT = {"RENKEI_URL": "http://127.0.0.1:3", "RENKEI_TOKEN_FILE": "env-token"}


@pytest.mark.parametrize(
    ("given", "environment", "found"),
    [
        ({}, {}, ("http://127.0.0.1:1", "own")),
        ({"config": "other.toml"}, {}, ("http://127.0.0.1:2", "own")),
        ({"config": "other.toml"}, ENVIRONMENT, ("http://127.0.0.1:2", "own")),
        ({}, ENVIRONMENT, ("http://127.0.0.1:3", "env")),
        ({"url": "http://127.0.0.1:4"}, ENVIRONMENT, ("http://127.0.0.1:4", "env")),
        ({"url": "http://127.0.0.1:4", "token_file": "token"}, ENVIRONMENT, ("http://127.0.0.1:4", "given")),
        ({"url": "http://127.0.0.1:4"}, {}, ("http://127.0.0.1:4", "own")),
        ({"token_file": "token"}, {}, ("http://127.0.0.1:1", "given")),
    ],
)
def test_the_command_line_goes_before_the_environment_before_the_folder(place, given, environment, found) -> None:
    asked = {"url": None, "token_file": None, "config": None, **given}
    assert find_daemon(**asked, environment=environment) == found


def test_a_daemon_that_does_not_run_and_has_no_fixed_port_cannot_be_reached(place) -> None:
    Path("renkei.toml").write_text("")
    with pytest.raises(RenkeiError) as caught:
        find_daemon(url=None, token_file=None, config=None, environment={})
    assert caught.value.code == "cli-daemon-unreachable"


def test_a_token_that_cannot_be_read_is_told(place) -> None:
    Path("management.token").unlink()
    with pytest.raises(RenkeiError) as caught:
        find_daemon(url=None, token_file=None, config=None, environment={})
    assert caught.value.code == "cli-no-token"


@pytest.mark.parametrize(
    "url", ["", "ftp://x", "http://", "http://[::1", "http://a:99999", "http://u@a", "http://a/b", "x"]
)
def test_an_address_that_is_none_is_told(url, run, tmp_path) -> None:
    (tmp_path / "token").write_text("x")
    ended = run("status", "--json", f"--url={url}", "--token-file", tmp_path / "token")
    assert ended.code == 3
    assert ended.json["error"]["code"] in {"cli-bad-url", "config-unreadable"}


def test_the_token_and_the_language_go_with_every_call(scripted, run) -> None:
    scripted.says(400, {"code": "a-b", "fault": "local", "message": "m", "hint": "h"})
    run("part", "show", "部品/1", "--lang", "ja", *scripted.options)
    method, path, headers, _ = scripted.asked[0]
    assert (method, path) == ("GET", "/v1/parts/%E9%83%A8%E5%93%81%2F1")
    assert (headers["Authorization"], headers["Accept-Language"]) == ("Bearer the-token", "ja")


def test_a_proxy_of_the_environment_is_not_used(scripted, run, monkeypatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    scripted.says(200, {"items": [], "next": None})
    assert run("part", "list", *scripted.options).code == 0


# --- what is shown -----------------------------------------------------------------------------------


def test_columns_are_as_wide_as_what_stands_in_them() -> None:
    assert list(table(("A", "部品"), [("x", 1), ("セル", True)])) == ["A     部品", "x     1", "セル  ✓"]


def test_a_strangers_words_cannot_move_the_cursor() -> None:
    shown = "\n".join(pairs({"reason": "a\nb\x1b[2J\u202e"}))
    assert shown == "reason  a·b·[2J·"


def test_a_strangers_words_in_a_line_cannot_move_the_cursor_either(capsys) -> None:
    Output().result({}, ["two\nlines\x1b[2J\u202e\u3000部"])
    assert capsys.readouterr().out == "two\nlines·[2J·\u3000部\n"
