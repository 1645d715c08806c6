"""A record made again: reproduced, or the first difference by name; and the same evidence under another rule set."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from battery_samples import YEAR, d, inventory, line, own, part, record, use
from hypothesis import given, settings
from hypothesis import strategies as st

from renkei.battery import (
    Bom,
    CalculationInputs,
    ChangeCause,
    Inventory,
    OwnEmission,
    Period,
    Quality,
    Quantity,
    SecondaryUse,
    Stage,
    Unit,
)
from renkei.battery.footprint.comparison import RuleComparison, Why
from renkei.battery.footprint.recalculation import Matter, cause_of, input_differences, recalculate

STOCK = inventory("p", own("5", quality=Quality(d(1), d(1), d(1))), use("2", "3"))
LINES = (line("p", "s", "5"), line("p", "absent", "1"))


@pytest.fixture
def inputs(rules):
    return CalculationInputs.of("p", [STOCK], Bom(LINES), [record("s", "7", primary="40")], rules)


def stated(inputs, **changes):
    document = inputs.perform().publish("urn:1", split=True).to_json()
    document["calculation"] = {"ruleSet": inputs.rules.hash, "engine": inputs.engine, "inputs": "sha-256:root"}
    return document | changes


def first(inputs, document, **how):
    found = recalculate(document, inputs, **({"kept": inputs.hash} | how))
    return None if found.first is None else (found.first.matter, found.first.at)


def test_the_same_inputs_give_the_same_record(inputs):
    again = recalculate(stated(inputs), inputs, kept=inputs.hash, root="sha-256:root", rules=inputs.rules)
    assert again.reproduced
    assert again.calculation.total == 5 + 6 + 35
    assert again.to_json()["difference"] is None


def test_a_member_that_was_never_given_is_no_difference(inputs):
    document = stated(inputs)
    for name in ("own", "calculation", "secondary", "primaryDataShare"):
        del document[name]
    assert first(inputs, document) is None


FIGURES = {
    "total": "46.1",
    "primaryDataShare": "41",
    "withheldFactors": 2,
    "gaps": [],
    "rounding": {"digits": 3, "counting": "significant"},
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_that_does_not_come_out_is_named(inputs, name):
    assert first(inputs, stated(inputs, **{name: FIGURES[name]})) == (Matter.FIGURE, f"/{name}")


def test_coarse_ratings_are_reproduced_and_nothing_coarser(inputs):
    coarse = stated(inputs, primaryDataShare="40")  # 1,900 of 46: 41.3 %
    assert first(inputs, coarse) is None
    assert first(inputs, coarse | {"total": "47"}) == (Matter.FIGURE, "/total")
    assert first(inputs, stated(inputs, primaryDataShare="50")) == (Matter.FIGURE, "/primaryDataShare")


def test_a_stage_is_named_before_the_total_that_follows_from_it(inputs):
    document = stated(inputs, total="47")
    document["stages"] = document["stages"] | {"mainProductProduction": "6"}
    assert first(inputs, document) == (Matter.FIGURE, "/stages/mainProductProduction")


def test_a_cause_is_named_before_what_follows_from_it(inputs, rule_sets):
    document = stated(inputs, total="47")
    assert first(replace(inputs, engine="older"), document)[0] is Matter.ENGINE
    assert first(inputs, document, rules=rule_sets["meti-1.0"]) == (Matter.RULE, "/calculation/ruleSet")
    assert first(inputs, document, kept="sha-256:other") == (Matter.INPUT, "")
    assert first(inputs, document, root="sha-256:other") == (Matter.INPUT, "/calculation/inputs")
    assert first(inputs, document)[0] is Matter.FIGURE


def test_against_todays_inputs_the_first_entry_that_changed_is_named(inputs):
    stock = replace(STOCK, own=(replace(STOCK.own[0], emission=d("5.5")),))
    today = CalculationInputs.of("p", [stock], inputs.bom, inputs.received, inputs.rules)
    found = recalculate(stated(inputs), inputs, kept=inputs.hash, current=today)
    assert (found.first.matter, found.first.at) == (Matter.INPUT, "/inventories/0/own/0")
    assert (found.first.stated["kgCO2e"], found.first.found["kgCO2e"]) == ("5", "5.5")


def test_entries_that_came_and_went_are_told_apart(inputs):
    fewer = replace(inputs, bom=Bom(LINES[:1]))
    assert [each.at for each in input_differences(inputs, fewer)] == ["", "/bom/1"]
    (_, came) = input_differences(fewer, inputs)
    assert (came.stated, came.found["component"]) == (None, "absent")


def grid(figure="0.5"):
    factor = replace(use("1").factor, unit=Unit.KILOWATT_HOUR, value=d(figure))
    return SecondaryUse("grid", Stage.PRODUCTION, Quantity(d(3), Unit.KILOWATT_HOUR), factor)


CAUSES = {
    "energy": (replace(STOCK, secondary=(grid("0.4"),)), {}, ChangeCause.ENERGY_MIX),
    "own": (replace(STOCK, secondary=(grid(),), own=(own("4"),)), {}, ChangeCause.OWN_FIGURES),
    "period": (replace(STOCK, secondary=(grid(),), period=Period(YEAR.end, YEAR.end)), {}, ChangeCause.PERIOD),
    "bom": (replace(STOCK, secondary=(grid(),)), {"bom": Bom(LINES[:1])}, ChangeCause.BILL_OF_MATERIALS),
    "supplier": (replace(STOCK, secondary=(grid(),)), {"received": (record("s", "8"),)}, ChangeCause.SUPPLIER_UPDATE),
    "engine": (replace(STOCK, secondary=(grid(),)), {"engine": "older"}, ChangeCause.METHOD),
    "nothing": (replace(STOCK, secondary=(grid(),)), {}, ChangeCause.CORRECTION),
}


@pytest.mark.parametrize(("stock", "changes", "cause"), CAUSES.values(), ids=CAUSES)
def test_the_cause_of_a_new_version_is_read_from_the_inputs(inputs, stock, changes, cause):
    before = replace(inputs, inventories=(replace(STOCK, secondary=(grid(),)),))
    assert cause_of(before, replace(before, inventories=(stock,), **changes)) is cause


def compared(inputs, rules):
    after = replace(inputs, rules=rules)
    return RuleComparison(before=inputs.perform(), after=after.perform(), rules_before=inputs.rules, rules_after=rules)


def test_another_rule_set_is_explained_stage_by_stage(inputs, rule_sets):
    """Cradle to gate leaves our recycling out; Ouranos keeps a component's production in production, and rounds up."""
    stock = replace(STOCK, own=(*STOCK.own, own("0.1234567", Stage.END_OF_LIFE, "recycling")))
    evidence = replace(inputs, inventories=(stock,))
    found = {each.stage: each for each in compared(evidence, rule_sets["ouranos-1"]).stages()}
    assert [(r.why, r.name, r.change) for r in found[Stage.END_OF_LIFE].reasons] == [
        (Why.SCOPE, "recycling", Fraction("-0.1234567"))
    ]
    assert [(r.why, r.name, r.change) for r in found[Stage.RAW_MATERIAL].reasons] == [(Why.STAGE_MAP, "s", -35)]
    assert [(r.why, r.name, r.change) for r in found[Stage.PRODUCTION].reasons] == [(Why.STAGE_MAP, "s", 35)]


def test_a_rounding_is_a_reason_of_its_own(inputs, rule_sets):
    evidence = replace(inputs, inventories=(replace(STOCK, own=(own("0.1234567"),)),), received=(), bom=Bom(()))
    (stage,) = [each for each in compared(evidence, rule_sets["ouranos-1"]).stages() if each.stage is Stage.PRODUCTION]
    assert (stage.before, stage.after) == (Fraction("0.1234567"), Fraction("0.12346"))
    assert [(r.why, r.change) for r in stage.reasons] == [(Why.ROUNDING, Fraction("0.0000033"))]


def test_the_rating_says_how_a_missing_one_counts(inputs, rule_sets):
    shown = compared(inputs, rule_sets["ouranos-1"]).to_json()
    assert "quality" not in shown["from"]
    assert (shown["from"]["missingRating"], shown["to"]["missingRating"]) == ("unrated", "zero")
    assert shown["to"]["quality"]["TeR"] == "0.1087"  # 5 of 46, rounded up


figures = st.decimals(min_value=-50, max_value=50, places=7)


@settings(max_examples=40, deadline=None)
@given(
    emissions=st.lists(st.tuples(figures, st.sampled_from(Stage)), min_size=1, max_size=5),
    supplied=st.lists(st.tuples(figures, st.sampled_from(Stage)), max_size=4),
    names=st.tuples(st.integers(0, 6), st.integers(0, 6)),
)
def test_the_reasons_of_a_stage_add_up_to_its_difference(rule_sets, emissions, supplied, names):
    """A law for any two rule sets; and in each, own and supplied add up to the stages and these to the total."""
    one, other = (list(rule_sets.values())[i] for i in names)
    stock = Inventory(
        part("p"), YEAR, tuple(OwnEmission(f"e{i}", stage, figure) for i, (figure, stage) in enumerate(emissions))
    )
    received = [record(f"c{i}", str(figure), stage=stage) for i, (figure, stage) in enumerate(supplied)]
    lines = [line("p", f"c{i}", "0.3") for i in range(len(received))]
    found = compared(CalculationInputs.of("p", [stock], Bom(tuple(lines)), received, one), other)
    for stage in found.stages():
        assert sum((reason.change for reason in stage.reasons), Fraction(0)) == stage.after - stage.before
    for calculation in (found.before, found.after):
        for stage in Stage:
            assert calculation.own[stage] + calculation.supplied[stage] == calculation.stages[stage]
        assert sum(figure for _, figure in calculation.stages.items()) == calculation.total
        assert calculation.primary_data_share is None or 0 <= calculation.primary_data_share <= 100
        tiers = calculation.tiers()
        assert sum((tier.percent for tier in tiers), Fraction(0)) in {0, 100}
        weighted = sum((tier.percent * tier.primary_data_share for tier in tiers), Fraction(0)) / 100
        assert weighted == (calculation.primary_data_share or 0)
