"""``notice …``: what is asked for, and what is shown of it, against a daemon that says what the test wants."""

from __future__ import annotations

import pytest

NOTICE = {
    "notice": "urn:uuid:1",
    "direction": "in",
    "partner": "did:web:maker.example",
    "partner_name": "maker",
    "kind": "restated",
    "subject": "CELL",
    "agreement": "urn:uuid:a",
    "cause": "energy-mix",
    "content": {"version": 2},
    "state": "failed",
    "reason": "consent-withdrawn: no more",
    "due": "2026-11-22T09:00:00Z",
    "trouble": "",
    "created": "2026-11-22T09:00:00Z",
}


@pytest.mark.parametrize(
    ("words", "query"),
    [
        ((), "?direction=in"),
        (("--sent",), "?direction=out"),
        (("--partner", "maker", "--kind", "alert"), "?direction=in&partner=maker&kind=alert"),
    ],
)
def test_notices_are_listed_with_what_came_of_them(run, scripted, words, query) -> None:
    scripted.says(200, {"items": [NOTICE], "next": None})
    ended = run("notice", "list", *words, *scripted.options)
    shown = ("urn:uuid:1", "maker", "restated", "CELL", "energy-mix", "failed", "consent-withdrawn")
    assert [word for word in shown if word not in ended.out.splitlines()[1]] == []
    ((method, path, _, _),) = scripted.asked
    assert (method, path) == ("GET", f"/v1/notices{query}")


def test_one_notice_is_shown_in_full(run, scripted) -> None:
    scripted.says(200, NOTICE)
    shown = run("notice", "show", "urn:uuid:1", *scripted.options).out
    assert [word for word in ("urn:uuid:a", '{"version": 2}', "consent-withdrawn: no more") if word not in shown] == []
    assert run("notice", "show", "urn:uuid:1", "--json", *scripted.options).json == NOTICE
