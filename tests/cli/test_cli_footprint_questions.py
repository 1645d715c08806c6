"""``footprint why``, ``hotspots`` and ``what-if`` against a daemon that says what the test wants."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from renkei.policy.model import SIGNATURE
from renkei.trust.artefacts import Artefact
from renkei.trust.verification import evidence

CAUSES = [
    {"kind": "supplier", "kgCO2e": "-20", "name": "CELL", "company": "did:web:maker", "stages": {}},
    {"kind": "rounding", "kgCO2e": "0.01"},
]
CHANGED = {"part": "PACK", "from": "155", "to": "135.01", "change": "-19.99", "causes": CAUSES}
SOURCE = {
    "origin": "component",
    "name": "CELL",
    "company": "did:web:maker",
    "inPart": "PACK",
    "kgCO2e": "90",
    "primaryDataShare": "0",
    "gain": "60",
    "percent": "60",
}
PLANT = SOURCE | {"origin": "own", "name": "oven", "company": "did:web:us", "gain": "0", "percent": "40"}
HOTSPOTS = {
    "part": "PACK",
    "total": "150",
    "primaryDataShare": "40",
    "sources": [SOURCE, PLANT],
    "ladder": [SOURCE | {"reaches": "100"}],
    "unknown": [{"part": "FOIL", "company": "did:web:silent", "count": 1}],
}


@pytest.mark.parametrize(("language", "said"), [("en", "supplier"), ("ja", "供給者")])
def test_why_names_each_cause_with_its_part(run, scripted, language, said) -> None:
    scripted.says(200, CHANGED)
    ended = run("footprint", "why", "urn:uuid:2", "--lang", language, *scripted.options)
    assert ended.code == 0
    assert scripted.asked[-1][1] == "/v1/footprints/urn%3Auuid%3A2/attribution"
    for word in (said, "CELL", "did:web:maker", "-20", "-19.99"):
        assert word in ended.out


def test_why_asks_since_when_until_when_and_who_may_be_named(run, scripted) -> None:
    scripted.says(200, CHANGED | {"causes": []})
    ended = run(
        "footprint", "why", "b", "--since", "a", "--show", "did:web:x", "--show", "did:web:y", *scripted.options
    )
    assert "since=a" in scripted.asked[-1][1]
    assert "visible=did%3Aweb%3Ax%2Cdid%3Aweb%3Ay" in scripted.asked[-1][1]
    assert "nothing changes" in ended.out
    run("footprint", "why", "b", "--now", *scripted.options)
    assert scripted.asked[-1][1].endswith("?now=true")


@pytest.mark.parametrize(
    ("language", "words"), [("en", ("measured", "nobody knows how much")), ("ja", ("実測", "量が不明"))]
)
def test_hotspots_rank_sources_and_say_whom_to_ask(run, scripted, language, words) -> None:
    scripted.says(200, HOTSPOTS)
    ended = run("footprint", "hotspots", "PACK", "--lang", language, *scripted.options)
    assert (ended.code, scripted.asked[-1][1]) == (0, "/v1/parts/PACK/hotspots")
    for word in (*words, "oven", "did:web:silent"):
        assert word in ended.out
    assert "oven" not in run("footprint", "hotspots", "PACK", "--limit", "1", *scripted.options).out
    assert run("footprint", "hotspots", "PACK", "--json", *scripted.options).json == HOTSPOTS


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        (("--component", "CELL", "--record"), {"component": "CELL", "record": {"id": "r"}}),
        (("--use", "electricity", "--factor"), {"use": "electricity", "factor": {"id": "r"}}),
    ],
)
def test_what_if_sends_what_is_supposed(run, scripted, tmp_path, words, sent) -> None:
    path = tmp_path / "supposed.json"
    path.write_text(json.dumps({"id": "r"}))
    scripted.says(200, CHANGED)
    ended = run("footprint", "what-if", "PACK", *words, path, *scripted.options)
    assert (ended.code, scripted.asked[-1][:2]) == (0, ("POST", "/v1/parts/PACK/what-if"))
    assert json.loads(scripted.asked[-1][3]) == sent
    assert "135.01" in ended.out


def test_what_if_takes_a_record_as_it_was_exported(run, scripted, tmp_path) -> None:
    record = {"@type": "FootprintRecord", "id": "r"}
    path = tmp_path / "exported.json"
    path.write_text(
        json.dumps(evidence(Artefact.RECORD, record | {SIGNATURE: "ey..x"}, {}, datetime(2026, 11, 22, tzinfo=UTC)))
    )
    scripted.says(200, CHANGED)
    ended = run("footprint", "what-if", "PACK", "--component", "CELL", "--record", path, *scripted.options)
    assert ended.code == 0
    assert json.loads(scripted.asked[-1][3]) == {"component": "CELL", "record": record}
