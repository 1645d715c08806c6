"""The vectors of the Ouranos front end, exact under the Ouranos rule set and under no other.

There a stage's total is the sum of amounts times the children's figures, and a rating the mean by emission with what
is missing counted as 0; a stage with no emission has the rating 0. Pre is raw material, main is production.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from battery_samples import d, inventory, line, own, record

from renkei.battery import Bom, Quality, Stage, Stages, roll_up
from renkei.battery.units import render_figure
from renkei.kernel import strict_json

INDICATORS = ("TeR", "GeR", "TiR")


@pytest.fixture(scope="session")
def vectors(shared):
    return strict_json.loads((shared / "data" / "ouranos-ecosystem" / "calculation-vectors.json").read_bytes())


def child(name, pre="0", main="0", rating=None):
    figures = Stages(d(pre), d(main), d(0), d(0))
    return replace(record(name, "0", quality=rating), stages=figures, total=d(pre) + d(main))


def rating_of(case):
    if "dqr" in case and d(case["dqr"]):
        return Quality(*[d(case["dqr"])] * 3)
    return Quality(*(d(case[name]) for name in INDICATORS)) if "TeR" in case else None


def calculated(case, rules):
    parent = case.get("parent", {})
    stock = inventory("parent", own(parent.get("emission", "0"), Stage.PRODUCTION, "main", rating_of(parent)))
    received = [
        child(f"child {i}", each.get("pre", "0"), each.get("main", each.get("emission", "0")), rating_of(each))
        for i, each in enumerate(case["inputs"])
    ]
    lines = [line("parent", f"child {i}", each["amount"]) for i, each in enumerate(case["inputs"])]
    return roll_up("parent", [stock], Bom(tuple(lines)), received, rules)


def shown(exact, rules):
    return render_figure(rules.publication.apply(exact))


def test_the_vectors_are_the_ones_that_the_front_end_prints(vectors):
    printed = {case["expected"] for case in vectors["dqr_value"]} | {
        case["expected"]["dqr"] for case in vectors["dqr_values"] + vectors["dqr_sum"]
    }
    assert {"2.13226", "1.71183", "2.23334"} <= printed
    assert vectors["cfp_sum"][0]["expected"] == {"pre": "1120.5", "main": "11205"}


def test_stage_totals_are_exact(vectors, rule_sets):
    rules = rule_sets["ouranos-1"]
    for case in vectors["cfp_sum"]:
        found = calculated(case, rules)
        assert shown(found.stages.raw_material, rules) == case["expected"]["pre"]
        assert shown(found.stages.production, rules) == case["expected"]["main"]


def test_one_rating_is_the_mean_by_emission(vectors, rule_sets):
    rules = rule_sets["ouranos-1"]
    for case in vectors["dqr_value"]:
        assert shown(calculated(case, rules).quality.exact_rating(), rules) == case["expected"]


def test_three_ratings_and_their_mean_count_what_is_missing_as_nothing(vectors, rule_sets):
    rules = rule_sets["ouranos-1"]
    for case in vectors["dqr_values"] + vectors["dqr_sum"]:
        found = calculated(case, rules)
        figures = {name: shown(figure, rules) for name, figure in zip(INDICATORS, found.quality.figures(), strict=True)}
        assert figures | {"dqr": shown(found.quality.exact_rating(), rules)} == case["expected"]
        assert found.quality_of(Stage.PRODUCTION, rules.missing_rating) == found.quality


def test_w11_the_tutorials_report_is_rounded_up(rule_sets):
    """Own pre 3.0 (1, 2, 3) and own main 20.0 (2, 3, 4): the means are 43/23, 66/23 and 89/23."""
    rules = rule_sets["ouranos-1"]
    pre = own("3.0", Stage.RAW_MATERIAL, "pre", Quality(d(1), d(2), d(3)))
    main = own("20.0", Stage.PRODUCTION, "main", Quality(d(2), d(3), d(4)))
    published = roll_up("p", [inventory("p", pre, main)], Bom(()), [], rules).publish("urn:1", split=True)
    assert [str(figure) for figure in published.quality.figures()] == ["1.86957", "2.86957", "3.86957"]
    assert (published.total, published.own.raw_material, published.own.production) == (23, 3, 20)


@pytest.mark.parametrize("name", ["meti-1.0", "pact-3", "eu-battery-cfb-2024-draft"])
def test_elsewhere_what_is_missing_leaves_the_rating_unknown(vectors, rule_sets, name):
    assert calculated(vectors["dqr_values"][0], rule_sets[name]).quality is None


def test_a_rating_below_one_is_not_passed_on_as_a_rating(rule_sets):
    rules = rule_sets["ouranos-1"]
    rated = own("1", quality=Quality(d(1), d(1), d(1)))
    found = roll_up("p", [inventory("p", rated, own("3", name="unrated"))], Bom(()), [], rules)
    assert found.quality == Quality(d("0.25"), d("0.25"), d("0.25"))
    assert found.publish("urn:1").quality is None
