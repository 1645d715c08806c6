"""Why a footprint changed, where it arises, whom to ask first, and what would be if: exact answers."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from battery_samples import US, YEAR, d, inventory, line, own, record, supplier_of, use
from hypothesis import given, settings
from hypothesis import strategies as st

from renkei.battery import (
    Bom,
    CalculationInputs,
    FootprintRecord,
    Inventory,
    Quantity,
    Rounding,
    RuleSet,
    SecondaryFactor,
    SecondaryUse,
    Stage,
    Unit,
)
from renkei.battery.footprint.attribution import attribute
from renkei.battery.footprint.calculation import Origin
from renkei.battery.footprint.changes import CauseKind
from renkei.battery.footprint.factors import FactorList, ListedFactor
from renkei.battery.footprint.hotspots import hotspots
from renkei.battery.footprint.rules import RuleStatus
from renkei.battery.footprint.what_if import with_electricity, with_factor, with_record
from renkei.battery.units import Counting
from renkei.kernel.problems import RenkeiError

STRAIGHT = {stage: stage for stage in Stage}
UPSTREAM = STRAIGHT | {Stage.PRODUCTION: Stage.RAW_MATERIAL, Stage.DISTRIBUTION: Stage.RAW_MATERIAL}
RULES = RuleSet(
    id="urn:test:rules",
    as_of=YEAR.start,
    status=RuleStatus.DRAFT,
    sources=(),
    publication=Rounding(34),
    stage_maps={"component": UPSTREAM, "assembly": STRAIGHT},
    equivalent_cycles={"M1": d(60)},
)
law = settings(max_examples=20, deadline=None)
slow_law = settings(max_examples=6, deadline=None)  # two roll-ups for each change


@contextmanager
def refused(code: str):
    with pytest.raises(RenkeiError) as caught:
        yield
    assert caught.value.code == code


def given_(
    stock: list[Inventory], lines: list[object], received: list[FootprintRecord], part: str = "p", **changes: object
) -> CalculationInputs:
    found = CalculationInputs.of(part, stock, Bom(tuple(lines)), received, RULES)  # type: ignore[arg-type]
    return replace(found, **changes) if changes else found


def grid(value: str, name: str = "grid") -> SecondaryFactor:
    return SecondaryFactor(name, d(value), Unit.KILOWATT_HOUR, "a handbook", "3.1", "CC-BY-4.0")


def powered(name: str, value: str, kilowatt_hours: str, *emissions: object) -> Inventory:
    electricity = SecondaryUse(
        "electricity", Stage.PRODUCTION, Quantity(d(kilowatt_hours), Unit.KILOWATT_HOUR), grid(value)
    )
    begun = inventory(name, *emissions)  # type: ignore[arg-type]
    return replace(begun, secondary=(*begun.secondary, electricity))


def causes(before: CalculationInputs, after: CalculationInputs) -> dict[tuple[CauseKind, str], Fraction]:
    found: dict[tuple[CauseKind, str], Fraction] = {}
    for cause in attribute(before, after).causes:
        key = cause.kind, cause.name
        found[key] = found.get(key, Fraction(0)) + cause.change
    return found


# --- why --------------------------------------------------------------------------------------------------------------

BEGUN = given_(
    [inventory("p", own("10"))], [line("p", "q", "2"), line("p", "r", "1")], [record("q", "70"), record("r", "5")]
)


def test_an_upstream_restatement_is_the_suppliers():
    after = given_(list(BEGUN.inventories), list(BEGUN.bom.lines), [record("q", "60"), record("r", "5")])
    found = attribute(BEGUN, after)
    assert (found.before.total, found.after.total, found.change) == (155, 135, -20)
    assert [(c.kind, c.name, c.company, c.change) for c in found.causes] == [
        (CauseKind.SUPPLIER, "q", supplier_of("q"), -20)
    ]


def test_two_causes_that_multiply_share_what_they_do_together():
    """From 2 × 70 to 3 × 60: each alone moves +70 and -20, together +40; half of the other -10 goes to each."""
    after = given_(
        list(BEGUN.inventories), [line("p", "q", "3"), line("p", "r", "1")], [record("q", "60"), record("r", "5")]
    )
    assert causes(BEGUN, after) == {(CauseKind.AMOUNT, "q"): 65, (CauseKind.SUPPLIER, "q"): -25}


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        pytest.param(
            given_([inventory("p", own("13"))], list(BEGUN.bom.lines), list(BEGUN.received)),
            {(CauseKind.OWN_EMISSION, "plant"): 3},
            id="own emission",
        ),
        pytest.param(
            given_([inventory("p", own("10"), own("4"))], list(BEGUN.bom.lines), list(BEGUN.received)),
            {(CauseKind.OWN_EMISSION, "plant"): 4},
            id="another of the same name",
        ),
        pytest.param(
            given_(list(BEGUN.inventories), [line("p", "q", "2", process_yield="0.5"), line("p", "r", "1")], list(BEGUN.received)),
            {(CauseKind.AMOUNT, "q"): 140},
            id="scrap",
        ),
        pytest.param(
            given_(list(BEGUN.inventories), [line("p", "q", "2")], [record("q", "70")]),
            {(CauseKind.SUPPLIER, "r"): -5},
            id="a component left out",
        ),
        pytest.param(
            given_(
                list(BEGUN.inventories),
                [line("p", "q", "2", supplier="did:web:new.example"), line("p", "r", "1")],
                [record("q", "50", company="did:web:new.example"), record("r", "5")],
            ),
            {(CauseKind.SUPPLIER, "q"): -40},
            id="another supplier",
        ),
        pytest.param(
            given_(list(BEGUN.inventories), list(BEGUN.bom.lines), [record("r", "5")]),
            {(CauseKind.SUPPLIER, "q"): -140},
            id="a supplier withdraws",
        ),
        pytest.param(
            given_([inventory("p", own("10")), inventory("q", own("40"))], [line("p", "q", "2", bought=False), line("p", "r", "1")], list(BEGUN.received)),
            {(CauseKind.SUPPLIER, "q"): -60},
            id="made by ourselves from now on",
        ),
        pytest.param(
            given_([inventory("p", own("20"), amount="2")], [line("p", "q", "4"), line("p", "r", "2")], list(BEGUN.received)),
            {(CauseKind.UNIT, "p"): 155},
            id="declared for twice as much",
        ),
        pytest.param(
            given_(
                list(BEGUN.inventories),
                [line("p", "q", "0.5", unit=Unit.KILOGRAM), line("p", "r", "1")],
                [record("q", "280", unit=Unit.KILOGRAM), record("r", "5")],
            ),
            {},
            id="a supplier declares by mass and we count by mass",
        ),
        pytest.param(
            given_(
                list(BEGUN.inventories),
                [line("p", "q", "0.5", unit=Unit.KILOGRAM), line("p", "r", "1")],
                [record("q", "300", unit=Unit.KILOGRAM), record("r", "5")],
            ),
            {(CauseKind.UNIT, "q"): 10},
            id="the same with another figure",
        ),
        pytest.param(
            replace(BEGUN, rules=replace(RULES, id="urn:test:no-assembly", stages=(Stage.RAW_MATERIAL,))),
            {(CauseKind.METHOD, "urn:test:no-assembly"): -10},
            id="rules",
        ),
    ],
)  # fmt: skip
def test_each_kind_of_change_has_its_name(after, expected):
    assert causes(BEGUN, after) == expected


def test_amount_and_factor_of_what_was_taken_from_the_literature_are_two_causes():
    """3 kWh × 0.7 to 5 kWh × 0.3: alone +1.4 and -1.2, together -0.8."""
    before, after = (given_([powered("p", *both)], [], []) for both in (("0.7", "3"), ("0.3", "5")))
    expected = {(CauseKind.AMOUNT, "electricity"): Fraction(1), (CauseKind.FACTOR, "electricity"): Fraction("-1.6")}
    assert causes(before, after) == expected


def test_fuel_that_is_counted_in_another_unit_is_one_cause():
    """From 3 kWh × 0.7 to 2 of something counted by the piece × 5."""
    before = given_([powered("p", "0.7", "3")], [], [])
    counted = SecondaryUse("electricity", Stage.PRODUCTION, Quantity(d(2), Unit.PIECE), use("5").factor)
    after = given_([replace(inventory("p"), secondary=(counted,))], [], [])
    assert causes(before, after) == {(CauseKind.AMOUNT, "electricity"): Fraction("7.9")}


def test_another_rule_set_with_another_unit_is_explained():
    """10 kg per gram become 10 kg per kilogram: neither rule set has the other's unit."""
    before, after = (
        given_(
            [inventory("p", own("10"), unit=unit)], [], [], rules=replace(RULES, id=f"urn:{unit.code}", units=(unit,))
        )
        for unit in (Unit.GRAM, Unit.KILOGRAM)
    )
    assert attribute(before, after).change == 0
    with refused("battery-rule-unit"):
        attribute(before, replace(after, rules=before.rules))


def test_an_answer_in_place_of_a_stand_in_is_the_suppliers():
    lines = [replace(line("p", "q", "2"), material="nickel")]
    listed = FactorList((ListedFactor(use("9").factor, "nickel"),))
    before = given_([inventory("p")], lines, [], factors=listed)
    after = given_([inventory("p")], lines, [record("q", "7")], factors=listed)
    assert before.perform().total == 18
    assert causes(before, after) == {(CauseKind.SUPPLIER, "q"): -4}


def test_other_factors_to_stand_in_are_a_factor():
    lines = [replace(line("p", "q", "2"), material="nickel")]
    before, after = (
        given_([inventory("p")], lines, [], factors=FactorList((ListedFactor(use(value).factor, "nickel"),)))
        for value in ("9", "8")
    )
    assert list(causes(before, after).values()) == [-2]
    assert attribute(before, after).causes[0].kind is CauseKind.FACTOR


def test_masked_names_are_summed_by_kind():
    after = given_([inventory("p", own("11"))], list(BEGUN.bom.lines), [record("q", "60"), record("r", "9")])
    found = attribute(BEGUN, after).masked({US})
    assert [(c.kind, c.name, c.company, c.change) for c in found.causes] == [
        (CauseKind.SUPPLIER, "**", "**", -16),
        (CauseKind.OWN_EMISSION, "plant", US, 1),
    ]
    assert found.change == sum(cause.change for cause in found.causes)
    text = str(found.to_json())
    assert supplier_of("q") not in text
    assert "'q'" not in text


def test_printed_causes_sum_to_the_printed_change():
    """Thirds, to two places: what rounding adds is said."""
    rules = replace(RULES, publication=Rounding(2, Counting.DECIMAL_PLACES))
    lines = [line("p", name, "1", process_yield="0.3") for name in "qr"]
    before, after = (
        replace(given_([inventory("p")], lines, [record("q", a), record("r", b)]), rules=rules)
        for a, b in (("1", "1"), ("3", "3"))
    )
    shown = attribute(before, after).to_json()
    figures = [Decimal(cause["kgCO2e"]) for cause in shown["causes"]]
    assert (shown["from"], shown["to"], shown["change"]) == ("6.67", "20", "13.33")
    assert [cause["kind"] for cause in shown["causes"]] == ["supplier", "supplier", "rounding"]
    assert figures == [Decimal("6.67"), Decimal("6.67"), Decimal("-0.01")]


def decimals(low: int, high: int, digits: int) -> st.SearchStrategy[Decimal]:
    return st.integers(low * 10**digits, high * 10**digits).map(lambda n: Decimal(n).scaleb(-digits))


figures, amounts = decimals(-50, 50, 2), decimals(0, 3, 2).filter(bool)


@st.composite
def companies(draw):
    """A part over two of our own over three bought ones, any of which may be missing, twice or from another supplier."""
    stock = [
        powered(
            name, str(draw(figures)), str(draw(amounts)), *draw(st.lists(st.builds(own, figures.map(str)), max_size=2))
        )
        for name in ("p", "a", "b")
    ]
    lines = []
    for parent, component in (("p", "a"), ("p", "b"), ("a", "b")):
        if draw(st.booleans()):
            lines.append(
                line(
                    parent,
                    component,
                    str(draw(amounts)),
                    bought=False,
                    stages=draw(st.sampled_from(["component", "assembly"])),
                )
            )
    if draw(st.booleans()):  # returned scrap
        lines.append(line("b", "p", "0.01", bought=False, stages="assembly"))
    received = []
    for name in ("q", "r"):
        for company in draw(st.sets(st.sampled_from([f"did:web:{name}1", f"did:web:{name}2"]))):
            share = str(draw(st.integers(0, 100)))
            stage = draw(st.sampled_from(Stage))
            received.append(record(name, str(draw(figures)), company=company, primary=share, stage=stage))
        for parent in draw(st.sets(st.sampled_from(["p", "a", "b"]))):
            lines.append(line(parent, name, str(draw(amounts)), supplier=f"did:web:{name}{draw(st.integers(1, 2))}"))
    return given_(stock, lines, received)


@slow_law
@given(companies(), companies(), st.sets(st.sampled_from([US, "did:web:q1", "did:web:r2"])))
def test_the_causes_of_any_change_sum_to_it_exactly_in_every_stage_masked_or_not(before, after, visible):
    found = attribute(before, after)
    for each in (found, found.masked(visible)):
        for stage in Stage:
            moved = found.after.stages[stage] - found.before.stages[stage]
            assert sum((cause.stages[stage] for cause in each.causes), Fraction(0)) == moved


@slow_law
@given(companies(), companies())
def test_the_way_back_has_the_same_causes_with_the_other_sign(before, after):
    there, back = causes(before, after), causes(after, before)
    assert there == {key: -change for key, change in back.items()}


def test_nothing_changed_nothing_to_explain():
    assert attribute(BEGUN, BEGUN).causes == ()


# --- hotspots ---------------------------------------------------------------------------------------------------------


def test_sources_are_found_through_parts_of_our_own():
    """p = 10 + 2 a + 5 q; a = 3 + 4 r: measured 16, bought 5 × 7 and 2 × 4 × 6."""
    inputs = given_(
        [inventory("p", own("10")), inventory("a", own("3"))],
        [line("p", "a", "2", bought=False), line("p", "q", "5"), line("a", "r", "4")],
        [record("q", "7", primary="60"), record("r", "6", primary=None)],
    )
    found = hotspots(inputs)
    assert [(s.origin, s.name, s.part, s.emission) for s in found.sources] == [
        (Origin.COMPONENT, "r", "a", 48),
        (Origin.COMPONENT, "q", "p", 35),
        (Origin.OWN, "plant", "p", 10),
        (Origin.OWN, "plant", "a", 6),
    ]
    assert found.percent(found.sources[0]) == Fraction(4800, 99)
    assert found.calculation.primary_data_share == Fraction(16 * 100 + 35 * 60, 99)
    assert [(rung.source.name, rung.reached) for rung in found.ladder()] == [
        ("r", Fraction(16 * 100 + 35 * 60 + 48 * 100, 99)),
        ("q", 100),
    ]


def test_a_gap_that_nothing_stands_in_for_comes_last_and_is_named():
    inputs = given_([inventory("p", own("1"))], [line("p", "q"), line("p", "r")], [record("r", "1", primary="0")])
    found = hotspots(inputs)
    assert [gap.part for gap in found.unknown] == ["q"]
    assert found.to_json()["unknown"] == [{"part": "q", "company": supplier_of("q"), "count": 1}]
    assert [rung.reached for rung in found.ladder()] == [100]


@law
@given(companies())
def test_sources_sum_to_the_total_and_their_weights_to_the_primary_data_share(inputs):
    found = hotspots(inputs)
    assert sum((s.emission for s in found.sources), Fraction(0)) == found.calculation.total
    share = found.calculation.primary_data_share
    if share is not None:
        assert sum(s.weight for s in found.sources) == 1
        assert sum(s.weight * s.primary_data_share for s in found.sources) == share
        rungs = found.ladder()
        assert (rungs[-1].reached if rungs else share) == 100
        assert [r.source.gain for r in rungs] == sorted((r.source.gain for r in rungs), reverse=True)


@law
@given(companies(), st.sampled_from(["q", "r"]))
def test_a_rung_is_what_rolling_up_with_that_answer_gives(inputs, name):
    """Each supplier of a name answers with all primary: the gains of its sources are what the roll-up then shows."""
    found = hotspots(inputs)
    answered = [replace(r, primary_data_share=d(100)) if r.part == name else r for r in inputs.received]
    again = replace(inputs, received=tuple(answered)).perform()
    if found.calculation.primary_data_share is not None:
        gains = sum(s.gain for s in found.sources if s.name == name)
        assert again.primary_data_share == found.calculation.primary_data_share + gains


def test_under_a_narrower_scope_sources_still_sum_to_the_total():
    inputs = given_(
        [
            inventory("p", own("10"), own("4", Stage.DISTRIBUTION)),
            inventory("a", own("3", Stage.END_OF_LIFE), own("2")),
        ],
        [line("p", "a", "2", bought=False), line("a", "p", "0.1", bought=False, stages="assembly")],
        [],
        rules=replace(RULES, stages=(Stage.RAW_MATERIAL, Stage.PRODUCTION)),
    )
    found = hotspots(inputs)
    assert sum(s.emission for s in found.sources) == found.calculation.total
    assert sum(s.weight for s in found.sources) == 1


# --- what if ----------------------------------------------------------------------------------------------------------


def test_another_supplier():
    offer = record("q-green", "40", company="did:web:green.example")
    found = attribute(BEGUN, with_record(BEGUN, "q", offer))
    assert (found.after.total, found.change) == (95, -60)
    assert {(c.name, c.company, c.change) for c in found.causes} == {
        ("q", supplier_of("q"), -140),
        ("q-green", "did:web:green.example", 80),
    }


def test_the_same_supplier_with_another_record():
    found = attribute(BEGUN, with_record(BEGUN, "q", record("q", "40")))
    assert [(c.name, c.company, c.change) for c in found.causes] == [("q", supplier_of("q"), -60)]


def test_a_cell_with_other_electricity():
    """battery.md W5's what-if: 1.1875 kWh a cell, 0.72591 kg of cell a pack."""
    pack = replace(inventory("pack"), part=replace(inventory("pack").part, id="pack"))
    inputs = given_(
        [pack, powered("cell", "0.685458", "1.1875", own("17"))],
        [line("pack", "cell", "0.72591", bought=False)],
        [],
        part="pack",
    )
    for changed in (with_electricity(inputs, grid("0.349507")), with_factor(inputs, "electricity", grid("0.349507"))):
        found = attribute(inputs, changed)
        assert found.change == Fraction("0.72591") * Fraction("1.1875") * (Fraction("0.349507") - Fraction("0.685458"))
        assert [(c.kind, c.name) for c in found.causes] == [(CauseKind.FACTOR, "electricity")]


@pytest.mark.parametrize(
    "ask",
    [
        lambda: with_record(BEGUN, "x", record("x", "1")),
        lambda: with_factor(BEGUN, "x", grid("1")),
        lambda: with_electricity(BEGUN, grid("1")),
    ],
)
def test_a_question_about_nothing_is_refused(ask):
    with refused("battery-what-if-nothing"):
        ask()
