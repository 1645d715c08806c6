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
