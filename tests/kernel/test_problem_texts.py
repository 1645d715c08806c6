"""How an error's values are put into its texts."""

from __future__ import annotations

import pytest

from renkei.kernel.problems import Fault, Problem

BROKEN = Problem(
    code="test-broken",
    fault=Fault.LOCAL,
    en="The {thing} of {name} is broken: {cause}.",
    ja="{name}の{thing}が壊れています: {cause}。",
    hint_en="Mend {thing}.",
    hint_ja="{thing}を直してください。",
)


@pytest.mark.parametrize(
    ("cause", "shown"),
    [
        ("no power", "no power"),
        ("No power.", "No power"),
        ("電源がありません。", "電源がありません"),
        (BROKEN(thing="plug", name="A.", cause="It fell."), "test-broken: The plug of A. is broken: It fell"),
        ("wait...", "wait..."),
        ("..", ".."),
        ("/srv/..", "/srv/.."),
        (".", "."),
        ("", ""),
    ],
)
def test_a_cause_that_is_a_sentence_closes_the_sentence_once(cause, shown) -> None:
    error = BROKEN(thing="lamp", name="B", cause=cause)
    assert error.message() == f"The lamp of B is broken: {shown}."
    assert error.message("ja") == f"Bのlampが壊れています: {shown}。"
    assert BROKEN(thing=cause, name="B", cause="x").hint() == f"Mend {shown}."


def test_a_value_within_a_sentence_stays_as_it_is_and_one_that_is_missing_shows() -> None:
    assert BROKEN(thing="lamp", name="Maker Co.", cause="x").message() == "The lamp of Maker Co. is broken: x."
    assert BROKEN(thing="lamp").message() == "The lamp of ? is broken: ?."
