"""The shipped rule sets, and what the same evidence gives under each of them."""

from __future__ import annotations

import copy
from datetime import date
from fractions import Fraction

import pytest
from battery_samples import inventory, line, own, record

from renkei.battery import Bom, Mode, RuleSet, Stage, Unit, roll_up
from renkei.battery.footprint.rules import RuleStatus
from renkei.kernel.problems import ConfigurationError

NAMES = (
    "eu-battery-cfb-2024-draft",
    "pef-cff",
    "meti-1.0",
    "ouranos-1",
    "pact-3",
    "proposal-2020",
    "eu-2023-1542",
)


def test_every_rule_set_is_shipped_and_no_other(rule_sets):
    assert set(rule_sets) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_set_says_what_it_is_and_where_from(rule_sets, name):
    rules = rule_sets[name]
    assert rules.title["en"]
    assert rules.title["ja"]
    assert rules.sources
    assert rules.as_of <= date(2026, 11, 22)
    assert {"component", "assembly", "resale"} == set(rules.stage_maps)
    assert RuleSet.from_json(rules.to_json()) == rules


def test_only_ouranos_rounds_up_and_counts_a_missing_rating_as_nothing(rule_sets):
    up = [name for name, rules in rule_sets.items() if rules.publication.mode is Mode.UP]
    zero = [name for name, rules in rule_sets.items() if rules.missing_rating.value == "zero"]
    assert up == zero == ["ouranos-1"]


def test_a_hash_names_the_content_and_not_only_the_id(rule_sets):
    one = rule_sets["meti-1.0"]
    other = copy.deepcopy(one.to_json())
    other["publication"]["digits"] = 33
    assert RuleSet.from_json(other).hash != one.hash
    assert len({rules.hash for rules in rule_sets.values()}) == len(NAMES)


@pytest.mark.parametrize(
    ("name", "topic", "on", "percent"),
    [
        ("proposal-2020", "material-recovery", "2025-12-31", None),
        ("proposal-2020", "material-recovery", "2026-01-01", "cobalt 90 copper 90 lead 90 lithium 35 nickel 90"),
        ("proposal-2020", "material-recovery", "2030-01-01", "cobalt 95 copper 95 lead 95 lithium 70 nickel 95"),
        ("proposal-2020", "recycled-content", "2030-01-01", "cobalt 12 lead 85 lithium 4 nickel 4"),
        ("proposal-2020", "recycled-content", "2035-01-01", "cobalt 20 lead 85 lithium 10 nickel 12"),
        ("eu-2023-1542", "material-recovery", "2027-12-30", None),
        ("eu-2023-1542", "material-recovery", "2027-12-31", "cobalt 90 copper 90 lead 90 lithium 50 nickel 90"),
        ("eu-2023-1542", "material-recovery", "2031-12-31", "cobalt 95 copper 95 lead 95 lithium 80 nickel 95"),
        ("eu-2023-1542", "recycled-content", "2031-08-18", "cobalt 16 lead 85 lithium 6 nickel 6"),
        ("eu-2023-1542", "recycled-content", "2036-08-18", "cobalt 26 lead 85 lithium 12 nickel 15"),
        ("meti-1.0", "recycled-content", "2036-08-18", None),
    ],
)
def test_the_founding_documents_and_todays_thresholds_stand_side_by_side(rule_sets, name, topic, on, percent):
    found = rule_sets[name].threshold(topic, date.fromisoformat(on))
    shown = found and " ".join(f"{metal} {figure}" for metal, figure in found.percent.items())
    assert shown == percent


def test_the_passports_day_moved_from_the_proposal_to_the_regulation(rule_sets):
    days = {name: rule_sets[name].milestones["battery-passport"] for name in ("proposal-2020", "eu-2023-1542")}
    assert days == {"proposal-2020": date(2026, 1, 1), "eu-2023-1542": date(2027, 2, 18)}
    assert rule_sets["proposal-2020"].status is RuleStatus.SUPERSEDED


STOCK = inventory(
    "pack",
    own("10"),
    own("4", Stage.DISTRIBUTION, "trucks"),
    own("-1", Stage.END_OF_LIFE, "recycling"),
    amount="1",
)
CELL = record("cell", "3", stage=Stage.DISTRIBUTION)


@pytest.mark.parametrize(
    ("name", "total", "raw", "excluded"),
    [
        ("eu-battery-cfb-2024-draft", "19", "6", []),
        ("meti-1.0", "19", "6", []),
        ("pact-3", "16", "6", ["trucks", "recycling"]),
        ("ouranos-1", "16", "6", ["trucks", "recycling"]),
    ],
)
def test_the_same_evidence_counts_the_stages_that_the_rule_set_counts(rule_sets, name, total, raw, excluded):
    """A supplier's outgoing transport is inbound here, so that it counts from cradle to gate as well."""
    found = roll_up("pack", [STOCK], Bom((line("pack", "cell", "2"),)), [CELL], rule_sets[name])
    assert found.total == Fraction(total)
    assert found.stages.raw_material == Fraction(raw)
    assert [c.name for c in found.excluded] == excluded
    assert found.publish("urn:1").rule_set == rule_sets[name].id


def test_what_lies_outside_one_parts_scope_is_inbound_to_the_next(rule_sets):
    """q's own distribution is not in q's cradle-to-gate figure, but it brings q to p."""
    stocks = [inventory("p"), inventory("q", own("5"), own("2", Stage.DISTRIBUTION))]
    bom = Bom((line("p", "q", "3", bought=False),))
    rules = rule_sets["pact-3"]
    assert roll_up("q", stocks, bom, [], rules).total == 5
    assert roll_up("p", stocks, bom, [], rules).total == 21


def test_a_unit_that_the_rule_set_does_not_have_is_refused(rule_sets):
    stock = inventory("paste", own("1"), unit=Unit.GRAM)
    assert roll_up("paste", [stock], Bom(()), [], rule_sets["meti-1.0"]).total == 1
    with pytest.raises(ConfigurationError) as caught:
        roll_up("paste", [stock], Bom(()), [], rule_sets["ouranos-1"])
    assert caught.value.code == "battery-rule-unit"


def changed(rules, **changes):
    return rules.to_json() | changes


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"status": "maybe"}, "field-malformed"),
        ({"units": ["kilogram", "stone"]}, "field-malformed"),
        ({"stages": ["useStage"]}, "field-malformed"),
        ({"cutOff": {"percent": "101", "of": "mass"}}, "out-of-range"),
        ({"thresholds": [{"topic": "x", "from": "2030", "percent": {}}]}, "field-malformed"),
        ({"thresholds": [{"topic": "x", "from": "2030-01-01", "percent": {"cobalt": "101"}}]}, "out-of-range"),
        ({"milestones": [{"topic": "x", "from": "2030-01-01"}] * 2}, "inconsistent"),
        ({"title": {"en": "only English"}}, "field-missing"),
        ({"recycling": "magic"}, "field-malformed"),
        ({"missingRating": "ten"}, "field-malformed"),
    ],
)
def test_a_broken_rule_set_is_refused(rule_sets, changes, code):
    with pytest.raises(ConfigurationError) as caught:
        RuleSet.from_json(changed(rule_sets["meti-1.0"], **changes))
    assert caught.value.code == f"battery-input-{code}"
