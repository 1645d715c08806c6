"""``rules``, ``factors`` and ``recalc`` against a daemon that says what the test wants."""

from __future__ import annotations

import json

import pytest

RULES = {
    "name": "ouranos-1",
    "id": "urn:renkei:rules:ouranos:1",
    "title": {"en": "Ouranos", "ja": "ウラノス"},
    "as_of": "2026-11-22",
    "status": "in-force",
    "used": False,
}
FACTORS = {
    "@type": "SecondaryFactorList",
    "within": {},
    "factors": [
        {
            "material": "ore",
            "factor": {
                "name": "ore of the world",
                "value": "3",
                "unit": "kgCO2e/kilogram",
                "source": "a paper",
                "version": "1",
                "licence": "CC0",
                "region": "GLO",
            },
        }
    ],
}
CALCULATION = {"total": "12.5", "unit": "kgCO2e", "declaredUnitAmount": "1", "declaredUnit": "piece"}
AGAIN = {"record": "urn:uuid:1", "reproduced": True, "difference": None, "calculation": CALCULATION}
DIFFERENCE = {"matter": "input", "at": "/bom/2", "stated": {"component": "A"}, "found": None}
COMPARED = {
    "from": {"ruleSet": "urn:a", "total": "12.5", "primaryDataShare": "80"},
    "to": {"ruleSet": "urn:b", "total": "12", "quality": {"TeR": "1", "GeR": "2", "TiR": "3"}},
    "stages": [
        {
            "stage": "distribution",
            "from": "0.5",
            "to": "0",
            "reasons": [{"why": "scope", "name": "trucks", "company": "did:web:us", "kgCO2e": "-0.5"}],
        },
        {"stage": "endOfLifeAndRecycling", "from": "0", "to": "0", "reasons": []},
    ],
}


@pytest.mark.parametrize(("language", "title"), [("en", "Ouranos"), ("ja", "ウラノス")])
def test_rule_sets_are_listed_in_the_readers_language(run, scripted, language, title) -> None:
    scripted.says(200, {"items": [RULES]})
    ended = run("rules", "list", "--lang", language, *scripted.options)
    assert ended.code == 0
    assert title in ended.out
    assert "in-force" in ended.out


def test_a_rule_set_is_shown_in_full(run, scripted) -> None:
    scripted.says(200, {"@type": "BatteryRuleSet", "id": RULES["id"]})
    assert json.loads(run("rules", "show", "ouranos-1", *scripted.options).out)["id"] == RULES["id"]
    assert scripted.asked[-1][1] == "/v1/rules/ouranos-1"


@pytest.mark.parametrize(
    ("name", "content", "sent"),
    [("list.csv", "material,name\n", {"csv": "material,name\n"}), ("list.json", "{}", {"listed": {}})],
)
def test_a_list_of_factors_is_sent_as_what_it_is(run, scripted, tmp_path, name, content, sent) -> None:
    (tmp_path / name).write_text(content)
    scripted.says(200, FACTORS)
    ended = run("factors", "register", tmp_path / name, *scripted.options)
    assert (ended.code, json.loads(scripted.asked[-1][3])) == (0, sent)
    assert "ore of the world" in ended.out


def test_factors_are_shown(run, scripted) -> None:
    scripted.says(200, FACTORS)
    assert run("factors", "show", "--json", *scripted.options).json == FACTORS


@pytest.mark.parametrize(("language", "said"), [("en", "reproduced to the last digit"), ("ja", "再現されました")])
def test_a_record_that_comes_out_again_is_said_to(run, scripted, language, said) -> None:
    scripted.says(200, AGAIN)
    ended = run("recalc", "urn:uuid:1", "--lang", language, *scripted.options)
    assert ended.code == 0
    assert said in ended.out
    assert "12.5 kgCO2e / 1 piece" in ended.out


def test_a_record_that_does_not_ends_with_a_code_of_its_own(run, scripted) -> None:
    scripted.says(200, AGAIN | {"reproduced": False, "difference": DIFFERENCE})
    ended = run("recalc", "urn:uuid:1", "--now", *scripted.options)
    assert ended.code == 9
    assert "now=true" in scripted.asked[-1][1]
    assert "an input is another: /bom/2" in ended.out
    assert '{"component": "A"}' in ended.out


def test_another_rule_set_is_compared_reason_by_reason(run, scripted) -> None:
    scripted.says(200, COMPARED)
    ended = run("recalc", "urn:uuid:1", "--rules", "pact-3", *scripted.options)
    assert ended.code == 0
    assert "comparison?rules=pact-3" in scripted.asked[-1][1]
    assert "trucks counted under one rule set only" in ended.out
    assert "1, 2, 3" in ended.out
    assert "end of life" not in ended.out
    assert (
        "一方のルールセットでのみ算入" in run("recalc", "x", "--rules", "pact-3", "--lang", "ja", *scripted.options).out
    )


PART = {"id": "P", "bom": None, "inventory": {}, "due_diligence": {}, "automatic": True, "customers": []}


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        ((), {"rules": "meti-1.0", "split": True}),
        (("--rules", "ouranos-1"), {"rules": "ouranos-1", "split": True}),
        (("--rules", "", "--no-split"), {"rules": "", "split": False}),
    ],
)
def test_a_parts_rule_set_and_split_stay_until_they_are_told_anew(run, scripted, words, sent) -> None:
    scripted.says(200, PART | {"rules": "meti-1.0", "split": True, "terms": "one"})
    assert run("part", "register", "P", *words, *scripted.options).code == 0
    body = json.loads(scripted.asked[-1][3])
    assert {name: body[name] for name in ("rules", "split")} == sent
    assert body["terms"] == "one"
