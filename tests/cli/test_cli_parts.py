"""``part register``: what is sent, and what is said of it, against a daemon that says what the test wants."""

from __future__ import annotations

import json

import pytest

PART = {"id": "P-1", "bom": None, "inventory": {}, "due_diligence": {}, "automatic": True, "customers": []}


@pytest.mark.parametrize(("content", "sent"), [(None, None), ("", ""), (" \n", " \n")], ids=["none", "empty", "blank"])
def test_an_empty_bom_is_not_taken_for_none(run, scripted, tmp_path, content, sent) -> None:
    scripted.says(200, PART)
    words = []
    if content is not None:
        (tmp_path / "bom.csv").write_text(content)
        words = ["--bom", tmp_path / "bom.csv"]
    assert run("part", "register", "P-1", *words, *scripted.options).code == 0
    assert json.loads(scripted.asked[-1][3])["bom"] == sent


KEPT = {
    **PART,
    "name": "Cell",
    "support": "",
    "plant": "Osaka",
    "unit": "piece",
    "terminated": False,
    "bom": "parent,component,supplier,amount,unit,yield,stages\nP-1,ORE,miner,2,piece,1,component\n",
    "inventory": {"@type": "FootprintInventory"},
    "due_diligence": {"@type": "DiligenceStatement"},
    "automatic": False,
    "customers": ["did:web:buyer.example"],
    "customer_names": ["buyer"],
}
MEMBERS = (
    "name",
    "support",
    "plant",
    "unit",
    "terminated",
    "bom",
    "inventory",
    "due_diligence",
    "automatic",
    "customers",
)
AGAIN = {
    "nothing": ((), {}),
    "one file": (("--inventory", "inventory.json"), {"inventory": {"own": []}}),
    "answered by itself again": (("--automatic",), {"automatic": True}),
    "other customers": (("--customer", "a", "--customer", "b"), {"customers": ["a", "b"]}),
}
WITHOUT = {"bom": "bom", "inventory": "inventory", "due-diligence": "due_diligence", "customers": "customers"}


@pytest.mark.parametrize(("words", "changed"), AGAIN.values(), ids=AGAIN)
def test_what_is_not_given_of_a_known_part_stays(run, scripted, tmp_path, monkeypatch, words, changed) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inventory.json").write_text('{"own": []}')
    scripted.says(200, KEPT)
    ended = run("part", "register", "P-1", *words, *scripted.options)
    assert ended.code == 0
    assert [(method, path) for method, path, _, _ in scripted.asked] == [
        ("GET", "/v1/parts/P-1"),
        ("PUT", "/v1/parts/P-1"),
    ]
    assert json.loads(scripted.asked[-1][3]) == {name: KEPT[name] for name in MEMBERS} | changed
    assert [line for line in ("BOM lines", "inventory", "due diligence", "customers") if line not in ended.out] == []


@pytest.mark.parametrize(("word", "member"), WITHOUT.items())
def test_what_a_known_part_shall_be_without_is_removed(run, scripted, word, member) -> None:
    scripted.says(200, KEPT)
    assert run("part", "register", "P-1", "--without", word, *scripted.options).code == 0
    assert json.loads(scripted.asked[-1][3]) == {name: KEPT[name] for name in MEMBERS if name != member}


def test_a_part_is_not_changed_where_what_is_kept_cannot_be_read(run, scripted) -> None:
    scripted.says(503, {"code": "store-busy", "fault": "local", "message": "No.", "hint": "Wait."})
    assert run("part", "register", "P-1", "--manual", *scripted.options).code == 4
    assert [method for method, *_ in scripted.asked] == ["GET"]


def test_a_part_that_is_new_is_registered_with_what_is_given(run, scripted) -> None:
    scripted.says(404, {"code": "part-unknown", "fault": "local", "message": "No.", "hint": "Register it."})
    run("part", "register", "P-1", "--manual", *scripted.options)
    assert (scripted.asked[-1][0], json.loads(scripted.asked[-1][3])) == ("PUT", {"automatic": False})
