"""The log: one JSON object a line, with a code and without a secret."""

from __future__ import annotations

import json
import logging

import pytest

from renkei.daemon.log import JsonLines


def line(message="hello", level=logging.INFO, error=None, **given):
    record = logging.LogRecord("renkei.test", level, "file.py", 1, message, (), error)
    vars(record).update(given)
    text = JsonLines().format(record)
    assert "\n" not in text
    return json.loads(text)


def test_a_line_tells_when_how_bad_and_what() -> None:
    said = line("process %s", code="process-ended", partner="did:web:a.example")
    assert list(said) == ["at", "level", "code", "logger", "message", "partner"]
    assert (said["level"], said["code"], said["logger"]) == ("info", "process-ended", "renkei.test")
    assert said["at"].endswith("Z")


def test_a_break_of_the_line_in_a_strangers_words_stays_inside_the_line() -> None:
    assert line("a\nb\r\nc", cause="x\n{}")["cause"] == "x\n{}"


@pytest.mark.parametrize("name", ["token", "access_token", "Authorization", "client_secret", "password", "cookie"])
def test_what_is_named_like_a_secret_is_not_written(name) -> None:
    assert "s3cret" not in json.dumps(line(**{name: "s3cret"}))


def test_values_of_any_kind_are_written() -> None:
    class Odd:
        def __str__(self):
            return "odd \ud800"

    said = line(count=3, flag=True, nothing=None, names=["a", Odd()], odd=Odd(), lone="x\udfff")
    assert (said["count"], said["flag"], said["nothing"]) == (3, True, None)
    assert said["names"] == ["a", "odd ?"]
    assert (said["odd"], said["lone"]) == ("odd ?", "x?")


def test_what_broke_is_traced_in_the_same_line() -> None:
    try:
        raise ValueError("the cause")
    except ValueError as error:
        said = line(level=logging.ERROR, error=(type(error), error, error.__traceback__))
    assert "ValueError: the cause" in said["trace"]
