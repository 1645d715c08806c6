"""What the demo makes of the daemons' answers: the tree, the comparison, the texts. No daemon runs here."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from renkei.cli.demo.acts.act import Step
from renkei.cli.demo.chain import Chain, Vocabulary, read_chain
from renkei.cli.demo.outcome import (
    AskerFootprint,
    Counts,
    MineralStatus,
    Outcome,
    OwnRequest,
    conclude,
    outcome_to_json,
)
from renkei.cli.demo.text import OutcomeText
from renkei.cli.output import width
from renkei.cli.words import Text
from renkei.kernel.problems import ConfigurationError

VOCABULARY = Vocabulary.shipped()
RULES = "urn:renkei:rules:eu-battery-cfb:2024-draft"
RAW, PRODUCTION = "rawMaterialAcquisitionAndPreProcessing", "mainProductProduction"
COMPANIES = {"did:web:pack": "pack-maker", "did:web:car": "car-maker"}
COUNTS = Counts(companies=5, requests=4, answered=4, negotiations=16, finalized=16, transfers=15, completed=15)
ANSWERED = OwnRequest(partner="pack-maker", part="PACK-60", state="answered", final=True, below_open=0, below_total=3)
MINERALS = (
    MineralStatus(mineral="cobalt", status="met", covered=Decimal(100)),
    MineralStatus(mineral="natural_graphite", status="unknown", covered=Decimal(0)),
    MineralStatus(mineral="nickel", status="absent", covered=None),
)


def calculation(total: str = "62.9204177617603", raw: str = "49.9744227617603", **changes: object) -> dict[str, object]:
    """What `GET /v1/parts/{id}/footprint` answers at the asker."""
    contributions = [
        {"origin": "component", "name": "PACK-60", "company": "did:web:pack", "stage": stage, "kgCO2e": figure}
        for stage, figure in ((RAW, raw), (PRODUCTION, "12.945995"))
    ]
    return {
        "@type": "FootprintCalculation",
        "part": "EV-BATTERY-60",
        "declaredUnit": "kilowatt-hour-capacity",
        "declaredUnitAmount": "1",
        "stages": {RAW: raw, PRODUCTION: "12.945995", "distribution": "0", "endOfLifeAndRecycling": "0"},
        "total": total,
        "primaryDataShare": "17.52371",
        "gaps": [],
        "ruleSet": RULES,
        "rounding": {"digits": 34, "counting": "significant"},
        "contributions": contributions,
    } | changes


@pytest.fixture(scope="module")
def chain() -> Chain:
    return read_chain(Path(__file__).resolve().parents[2] / "examples" / "chain", VOCABULARY)


def concluded(chain: Chain, document: object, counts: Counts = COUNTS, request: OwnRequest = ANSWERED) -> Outcome:
    return conclude(
        chain,
        AskerFootprint.from_json(document, COMPANIES),
        counts=counts,
        requests=(request,),
        minerals=MINERALS,
        rules=VOCABULARY.rules[RULES],
        elapsed=1.25,
    )


def shown(chain: Chain, outcome: Outcome) -> dict:
    return outcome_to_json(chain, outcome, VOCABULARY.rules[RULES].publication)


def test_right_figures_agree(chain: Chain) -> None:
    document = shown(chain, concluded(chain, calculation()))
    assert document["ok"] is True
    assert document["differences"] == []
    assert (document["total"], document["expected"]) == ("62.9204177617603", "62.9204177617603")
    assert (document["per_delivered"], document["expected_per_delivered"]) == ("0.131084203670", "0.131084203670")
    assert document["functional_unit"] == {"category": "M1", "years": "8", "fullEquivalentCycles": "480"}


def test_figures_are_brought_to_one_kilowatt_hour_of_capacity(chain: Chain) -> None:
    document = calculation("3775.225065705618", "2998.465365705618", declaredUnitAmount="60")
    assert concluded(chain, document).total == Decimal("62.9204177617603")


def test_part_counted_otherwise_has_no_figure_per_capacity() -> None:
    with pytest.raises(ConfigurationError) as caught:
        AskerFootprint.from_json(calculation(declaredUnit="piece"), COMPANIES)
    assert caught.value.code == "battery-capacity-missing"


GAP = {"part": "PACK-60", "company": "did:web:pack", "count": 2}
DIFFERENT = {
    "total": (calculation("63"), COUNTS, {"total", "perDelivered"}),
    "the last digit of the total": (calculation("62.9204177617604"), COUNTS, {"total"}),
    "stage": (calculation(raw="49"), COUNTS, {"stage"}),
    "gap": (calculation(gaps=[GAP]), COUNTS, {"gaps"}),
    "request": (calculation(), replace(COUNTS, answered=3), {"requests"}),
    "negotiation": (calculation(), replace(COUNTS, finalized=15), {"negotiations"}),
    "transfer": (calculation(), replace(COUNTS, completed=0), {"transfers"}),
}


@pytest.mark.parametrize(("document", "counts", "figures"), DIFFERENT.values(), ids=DIFFERENT)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_each_difference_is_named(
    chain: Chain, document: dict, counts: Counts, figures: set[str], language: str
) -> None:
    outcome = concluded(chain, document, counts)
    assert outcome.ok is False
    assert {found["figure"] for found in shown(chain, outcome)["differences"]} == figures
    lines = list(OutcomeText(language, chain, VOCABULARY.codes).lines(outcome))
    assert len(lines) - lines.index({"en": "These figures differ:", "ja": "一致しない値:"}[language]) - 1 == len(
        figures
    )


def test_tree_shows_direct_suppliers_and_masks_the_rest(chain: Chain) -> None:
    tree = shown(chain, concluded(chain, calculation()))["tree"]
    (pack,) = tree["branches"]
    assert (tree["company"], tree["percent"]) == ("car-maker", "100.0")
    assert (pack["company"], pack["kgCO2e"], pack["request"]) == ("pack-maker", "62.9204177617603", "answered")
    assert pack["branches"] == [
        {"company": "**", "part": "**", "kgCO2e": "**", "percent": "**", "below": {"open": 0, "total": 3}}
    ]


def test_request_without_an_answer_is_open_and_has_no_figure(chain: Chain) -> None:
    silent = replace(ANSWERED, state="open", final=False, below_total=0)
    document = calculation("0.5", "0.5", contributions=[], gaps=[GAP])
    outcome = concluded(chain, document, request=silent)
    found = shown(chain, outcome)
    assert found["open_requests"] == [{"partner": "pack-maker", "part": "PACK-60", "state": "open"}]
    assert found["tree"]["branches"] == [
        {"company": "pack-maker", "part": "PACK-60", "kgCO2e": "**", "percent": "**", "request": "open"}
    ]
    lines = list(OutcomeText("en", chain, VOCABULARY.codes).lines(outcome))
    assert "Open requests of Car maker: 1" in lines
    assert "missing: PACK-60 of Pack maker (2)" in lines


def test_own_emissions_of_the_asker_stand_in_its_tree(chain: Chain) -> None:
    own = {"origin": "own", "name": "fitting", "company": "did:web:car", "stage": PRODUCTION, "kgCO2e": "0.5"}
    outcome = concluded(chain, calculation(contributions=[own]))
    assert [(branch.company, branch.part, branch.figure) for branch in outcome.tree.branches] == [
        ("car-maker", "fitting", Fraction(1, 2)),
        ("pack-maker", "PACK-60", None),
    ]


STEPS = (
    Step(
        name="audit",
        title=Text("An audit", "監査"),
        found={"outcome": "refused", "steps": ["1"]},
        expected={"outcome": "proved", "steps": ["1"]},
        lines=(Text("said so", "判定"),),
    ),
    Step(name="form", title=Text("A form", "様式"), found={}, expected={"total": "1"}, lines=(), left_out="no library"),
)


def test_an_act_that_differs_is_told_with_the_member(chain: Chain) -> None:
    outcome = replace(concluded(chain, calculation()), steps=STEPS)
    found = shown(chain, outcome)
    assert (outcome.ok, found["ok"], found["steps"]["audit"]["ok"], found["steps"]["form"]["ok"]) == (
        False,
        False,
        False,
        True,
    )
    assert found["differences"] == [{"figure": "audit", "of": "outcome", "found": "refused", "expected": "proved"}]
    english = list(OutcomeText("en", chain, VOCABULARY.codes).lines(outcome))
    assert english[english.index("An audit: not as expected") :] == [
        "An audit: not as expected",
        "  said so",
        "",
        "A form: left out",
        "  no library",
        "",
        "These figures differ:",
        '  An audit, outcome: "refused" instead of "proved"',
    ]
    japanese = list(OutcomeText("ja", chain, VOCABULARY.codes).lines(outcome))
    assert japanese[-1] == '  監査、outcome: "refused"(期待値 "proved")'
    assert "様式: 省略" in japanese


ENGLISH = """\
A 60 kWh NMC811 battery, from lithium to car: what the Car maker sees

                                     kg CO2e per kWh of capacity    share
Car maker · EV-BATTERY-60                                62.9204  100.0 %
└─ Pack maker · PACK-60                                  62.9204  100.0 %  answered
   ├─ raw materials, pre-processing                      49.9744   79.4 %
   ├─ production                                         12.9460   20.6 %
   └─ **                                                      **       **  3 requests deeper, 0 open
primary data share 17.5 %

Due diligence
  cobalt            met      100 % of the mass known
  natural graphite  unknown  0 % of the mass known
  nickel            absent

Open requests of Car maker: 0
  Requests answered      4 of 4
  Contracts finalized  16 of 16
  Transfers completed  15 of 15

Total                            62.9204177617603  as expected
Per kWh delivered (M1, 8 years)    0.131084203670  as expected
Everything agrees. 1.2 s"""


def test_report_in_english(chain: Chain) -> None:
    outcome = concluded(chain, calculation())
    assert "\n".join(OutcomeText("en", chain, VOCABULARY.codes).lines(outcome)) == ENGLISH


def test_report_in_japanese_is_aligned_by_columns(chain: Chain) -> None:
    outcome = concluded(chain, calculation())
    lines = list(OutcomeText("ja", chain, VOCABULARY.codes).lines(outcome))
    percents = [width(line[: line.index(" %")]) for line in lines[3:7]]
    assert len(set(percents)) == 1
    assert "  天然黒鉛  不明    質量の 0 % が既知" in lines
    assert not [line for line in lines if "agree" in line]
