from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import pytest
from battery_samples import YEAR, d, inventory, line, own, part, places, record, supplier_of, use

from renkei.battery import (
    Bom,
    FootprintRecord,
    Gap,
    Inventory,
    Origin,
    Quality,
    Quantity,
    ServiceLife,
    Stage,
    Stages,
    Unit,
    delivered_energy,
    footprint_per_delivered,
    roll_up,
    roll_up_all,
)
from renkei.kernel.problems import RenkeiError


def calculate(rules, stock, lines=(), received=()):
    return roll_up(stock.part.id, [stock], Bom(tuple(lines)), received, rules)


def test_a_record_per_declared_amount_is_divided_before_it_is_multiplied(rules):
    """2.0 kg CO2e per 12.5 litres, of which 5 litres are used: 0.8 kg."""
    electrolyte = record("electrolyte", "2.0", amount="12.5", unit=Unit.LITRE)
    lines = [line("cell", "electrolyte", "0.005", unit=Unit.CUBIC_METRE)]
    assert calculate(rules, inventory("cell"), lines, [electrolyte]).total == Fraction("0.8")


def test_scrap_counts(rules):
    lines = [line("cell", "foil", "0.9", process_yield="0.75")]
    assert calculate(rules, inventory("cell"), lines, [record("foil", "10")]).total == 12


@pytest.mark.parametrize(
    ("stage_map", "stage", "lands"),
    [
        ("component", Stage.PRODUCTION, Stage.RAW_MATERIAL),
        ("component", Stage.DISTRIBUTION, Stage.RAW_MATERIAL),
        ("component", Stage.END_OF_LIFE, Stage.END_OF_LIFE),
        ("assembly", Stage.PRODUCTION, Stage.PRODUCTION),
        ("assembly", Stage.RAW_MATERIAL, Stage.RAW_MATERIAL),
        ("resale", Stage.DISTRIBUTION, Stage.DISTRIBUTION),
    ],
)
def test_a_components_stages_fall_where_the_line_says(rules, stage_map, stage, lands):
    found = calculate(rules, inventory("p"), [line("p", "q", stages=stage_map)], [record("q", "7", stage=stage)])
    assert {s: figure for s, figure in found.stages.items() if figure} == {lands: 7}


def test_a_supplier_that_has_not_answered_is_a_named_gap_and_never_a_zero(rules):
    found = calculate(rules, inventory("p", own("5")), [line("p", "q"), line("p", "r")], [record("r", "1")])
    assert found.total == 6
    assert found.gaps == (Gap("q", supplier_of("q"), 1),)
    assert not found.complete
    assert not found.publish("urn:1").complete


def test_gaps_go_upward_as_counts_without_names(rules):
    published = calculate(rules, inventory("p"), [line("p", "q"), line("p", "r")]).publish("urn:1")
    assert published.gaps == (Gap("**", "**", 2),)
    above = calculate(
        rules, inventory("top"), [line("top", "p", supplier=published.company), line("top", "s")], [published]
    )
    assert above.gaps == (Gap("p", published.company, 2), Gap("s", supplier_of("s"), 1))
    assert above.publish("urn:2").gaps == (Gap("**", "**", 3),)


def test_names_of_gaps_leave_only_on_request(rules):
    found = calculate(rules, inventory("p"), [line("p", "q")])
    assert found.publish("urn:1", name_gaps=True).gaps == (Gap("q", supplier_of("q"), 1),)


def test_an_own_component_without_an_inventory_is_a_gap(rules):
    stock = inventory("p")
    assert calculate(rules, stock, [line("p", "q", bought=False)]).gaps == (Gap("q", stock.part.company, 1),)


def test_only_the_named_suppliers_record_is_used(rules):
    found = calculate(rules, inventory("p"), [line("p", "q")], [record("q", "9", company="did:web:other.example")])
    assert found.total == 0
    assert found.gaps == (Gap("q", supplier_of("q"), 1),)


def test_one_component_from_two_suppliers(rules):
    lines = [line("p", "q", "0.25", supplier="did:web:a.example"), line("p", "q", "0.75", supplier="did:web:b.example")]
    received = [record("q", "4", company="did:web:a.example"), record("q", "8", company="did:web:b.example")]
    assert calculate(rules, inventory("p"), lines, received).total == 7


def test_the_newest_record_holds(rules):
    old, new = record("q", "9"), record("q", "8", id="urn:uuid:new", version=2, supersedes="urn:uuid:q")
    for received in ([old, new], [new, old], [new, old, new]):
        assert calculate(rules, inventory("p"), [line("p", "q")], received).total == 8


def test_a_record_may_be_superseded_without_counting_up(rules):
    old, new = record("q", "9"), record("q", "8", id="urn:uuid:new", supersedes="urn:uuid:q")
    assert calculate(rules, inventory("p"), [line("p", "q")], [old, new]).total == 8


def test_a_stranger_cannot_supersede_anothers_record(rules):
    forged = record("q", "0", id="urn:uuid:x", company="did:web:other.example", supersedes="urn:uuid:q", version=9)
    assert calculate(rules, inventory("p"), [line("p", "q")], [record("q", "9"), forged]).total == 9


def test_credits_weigh_with_their_absolute_value(rules):
    """9 primary and a credit of 3 from a record that is 20 % primary: (9·100 + 3·20) / 12."""
    recycler = record("scrap", "-3", stage=Stage.END_OF_LIFE, primary="20")
    found = calculate(rules, inventory("p", own("9")), [line("p", "scrap")], [recycler])
    assert found.total == 6
    assert found.primary_data_share == 80


def test_what_nobody_calls_primary_is_not(rules):
    found = calculate(rules, inventory("p", own("1")), [line("p", "q")], [record("q", "3", primary=None)])
    assert found.primary_data_share == 25


def test_without_emissions_there_is_nothing_to_weigh(rules):
    found = calculate(rules, inventory("p", own("0")))
    assert found.primary_data_share is None
    assert found.quality is None
    assert found.percent(found.contributions[0]) is None
    assert FootprintRecord.from_json(found.publish("urn:1").to_json()).total == 0


def test_quality_is_unknown_when_one_input_does_not_state_it(rules):
    rated = Quality(d(1), d(2), d(3))
    lines, received = [line("p", "q")], [record("q", "3", quality=Quality(d(5), d(5), d(5)))]
    known = calculate(rules, inventory("p", own("1", quality=rated)), lines, received)
    assert known.quality == Quality(Fraction(4), Fraction(17, 4), Fraction(9, 2))
    assert calculate(rules, inventory("p", own("1")), lines, received).quality is None


def test_what_leaves_the_house_holds_no_input(rules):
    stock = inventory("p", own("5", name="secret process"), use("2", "3"))
    lines = [line("p", "cathode", "1.25", supplier="did:web:secret.example")]
    received = [record("cathode", "40", company="did:web:secret.example")]
    found = calculate(rules, stock, lines, received)
    private, public = json.dumps(found.to_json()), json.dumps(found.publish("urn:1").to_json())
    for word in ("secret process", "cathode", "secret.example", '"50"'):
        assert word in private
        assert word not in public
    assert found.publish("urn:1").secondary == (use("2").factor,)
    assert "contributions" not in public


def test_our_own_view_shows_every_contribution(rules):
    rated = Quality(d(1), d(2), d(3))
    view = calculate(rules, inventory("p", own("5", quality=rated)), [line("p", "q")]).to_json()
    assert view["contributions"] == [
        {
            "origin": "own",
            "name": "plant",
            "company": "did:web:us.example",
            "stage": "mainProductProduction",
            "kgCO2e": "5",
            "primaryDataShare": "100",
            "percent": "100",
            "quality": {"TeR": "1", "GeR": "2", "TiR": "3"},
        }
    ]
    assert view["gaps"] == [{"part": "q", "company": supplier_of("q"), "count": 1}]


def test_a_suppliers_factors_are_not_passed_on(rules):
    received = [record("q", "1", secondary=(use("2").factor,))]
    assert calculate(rules, inventory("p"), [line("p", "q")], received).publish("urn:1").secondary == ()


def test_shares_of_all_contributions_make_a_hundred_percent(rules):
    found = calculate(rules, inventory("p", own("5"), use("2", "3")), [line("p", "q")], [record("q", "-1")])
    assert [found.percent(c) for c in found.contributions] == [50, 60, -10]
    assert [c.origin for c in found.contributions] == [Origin.OWN, Origin.SECONDARY, Origin.COMPONENT]


def test_a_house_with_its_own_components_hands_down_factors_and_gaps(rules):
    stock = [inventory("p", own("1")), inventory("q", use("3"), amount="2", unit=Unit.KILOGRAM)]
    lines = (line("p", "q", "500", unit=Unit.GRAM, bought=False), line("q", "ore"), line("p", "ore"))
    found = roll_up("p", stock, Bom(lines), [], rules)
    assert found.total == Fraction("1.75")
    assert found.factors == (use("3").factor,)
    assert found.gaps == (Gap("ore", supplier_of("ore"), 1),)


def test_cycles_carry_shares_of_quality_and_gaps(rules):
    """X = 5 + 0.1 Y, Y = 3 + 0.2 X with X's own primary and Y's own secondary.

    PDS: X·p = 500 + 0.1·Y·q and Y·q = 0.2·X·p, so X·p = 500 / 0.98 and p = 500 / 0.98 / (265/49) = 5000/53.
    """
    rated = Quality(d(1), d(2), d(3))
    stock = [
        inventory("X", own("5", quality=rated)),
        Inventory(part("Y"), YEAR, (), (replace(use("3"), quality=rated),)),
    ]
    lines = (line("X", "Y", "0.1", bought=False), line("Y", "X", "0.2", bought=False), line("Y", "z"))
    found = roll_up_all(stock, Bom(lines), [], rules)
    assert found["X"].total == Fraction(265, 49)
    assert found["X"].primary_data_share == Fraction(5000, 53)
    assert found["Y"].primary_data_share == Fraction(1, 5) * Fraction(265, 49) * Fraction(5000, 53) / Fraction(200, 49)
    assert found["X"].quality.figures() == (1, 2, 3)
    assert found["X"].gaps == found["Y"].gaps == (Gap("z", supplier_of("z"), 1),)
    assert found["X"].factors == found["Y"].factors == (use("3").factor,)
    assert sum(c.emission for c in found["Y"].contributions) == Fraction(200, 49)


def test_a_part_that_contains_itself_is_solved(rules):
    """Scrap of 20 % goes back in: C = 4 + 0.2 C."""
    assert calculate(rules, inventory("p", own("4")), [line("p", "p", "0.2", bought=False)]).total == 5


def test_a_cycle_without_emissions_has_none(rules):
    lines = (line("X", "Y", "0.5", bought=False), line("Y", "X", "0.5", bought=False))
    found = roll_up_all([inventory("X"), inventory("Y")], Bom(lines), [], rules)
    assert found["X"].total == 0
    assert found["X"].primary_data_share is None


@pytest.mark.parametrize(("there", "back"), [("1", "1"), ("2", "0.5"), ("3", "7")])
def test_a_cycle_that_feeds_on_itself_is_refused(rules, there, back):
    lines = (line("X", "Y", there, bought=False), line("Y", "X", back, bought=False))
    with pytest.raises(RenkeiError) as caught:
        roll_up_all([inventory("X", own("5")), inventory("Y")], Bom(lines), [], rules)
    assert caught.value.code == "battery-cycle-unphysical"
    assert caught.value.values["parts"] == "X, Y"


def test_a_very_deep_chain_is_walked_without_recursion(rules):
    depth = 1500
    stock = [inventory(f"p{i}", own("1")) for i in range(depth)]
    lines = tuple(line(f"p{i}", f"p{i + 1}", bought=False) for i in range(depth - 1))
    assert roll_up("p0", stock, Bom(lines), [], rules).total == depth


def test_only_what_is_below_the_part_is_calculated(rules):
    stock = [inventory("p", own("1")), inventory("other", own("1"))]
    broken = (line("other", "other", "5", bought=False),)
    assert roll_up("p", stock, Bom(broken), [], rules).total == 1


@pytest.mark.parametrize(
    ("lines", "received", "code"),
    [
        ([line("p", "q", stages="magic")], [record("q", "1")], "battery-rule-unknown"),
        ([line("p", "q", unit=Unit.KILOGRAM)], [record("q", "1")], "battery-unit-mismatch"),
        (
            [line("p", "q", unit=Unit.KILOWATT_HOUR_CAPACITY)],
            [record("q", "1", unit=Unit.KILOWATT_HOUR_DELIVERED)],
            "battery-unit-mismatch",
        ),
        ([line("p", "q")], [record("q", "1"), record("q", "2", id="urn:uuid:b")], "battery-records-conflict"),
    ],
)
def test_what_cannot_be_calculated_is_said(rules, lines, received, code):
    with pytest.raises(RenkeiError) as caught:
        calculate(rules, inventory("p"), lines, received)
    assert caught.value.code == code


def test_a_secondary_amount_must_fit_its_factor(rules):
    stock = inventory("p", replace(use("3"), amount=Quantity(d(1), Unit.KILOGRAM)))
    with pytest.raises(RenkeiError) as caught:
        calculate(rules, stock)
    assert caught.value.code == "battery-unit-mismatch"


def test_a_part_without_inventory_or_with_two_is_refused(rules):
    for stock, code in [
        ([], "battery-part-unknown"),
        ([inventory("p"), inventory("p", own("1"))], "battery-part-twice"),
    ]:
        with pytest.raises(RenkeiError) as caught:
            roll_up("p", stock, Bom(()), [], rules)
        assert caught.value.code == code


def test_a_newer_version_names_the_one_it_replaces(rules):
    published = calculate(rules, inventory("p", own("1"))).publish("urn:2", version=2, supersedes="urn:1")
    assert (published.version, published.supersedes) == (2, "urn:1")


PACK = record("pack", "480", unit=Unit.KILOWATT_HOUR_CAPACITY, amount="10")


@pytest.mark.parametrize(
    ("life", "expected"),
    [
        (ServiceLife("M1", d("8")), "0.1000"),
        (ServiceLife("L", d("8")), "0.3000"),
        (ServiceLife("N3", d("8")), "0.0240"),
        (ServiceLife("forklift", d("8"), d("120"), "measured on 40 trucks"), "0.0500"),
    ],
)
def test_per_kwh_delivered_by_category(rules, life, expected):
    assert places(footprint_per_delivered(PACK, life, rules).per_kilowatt_hour, 4) == expected


def test_the_energy_of_a_life(rules):
    life = ServiceLife("M1", d("8"))
    assert delivered_energy(Quantity(d("60000"), Unit.WATT_HOUR_CAPACITY), life, rules) == 28_800
    assert footprint_per_delivered(PACK, life, rules).to_json(rules.publication) == {
        "@type": "DeliveredFootprint",
        "record": "urn:uuid:pack",
        "value": "0.1",
        "unit": "kgCO2e/kilowatt-hour-delivered",
        "category": "M1",
        "years": "8",
        "fullEquivalentCycles": "480",
        "ruleSet": rules.id,
    }


CAPACITY = Quantity(d("60"), Unit.KILOWATT_HOUR_CAPACITY)


@pytest.mark.parametrize(
    ("footprint", "life", "capacity", "code"),
    [
        (PACK, ServiceLife("boat", d("8")), None, "battery-rule-unknown"),
        (PACK, ServiceLife("M1", d("0")), None, "battery-input-out-of-range"),
        (PACK, ServiceLife("M1", d("8"), d("90"), "we like it"), None, "battery-input-inconsistent"),
        (PACK, ServiceLife("boat", d("8"), d("90")), None, "battery-input-field-missing"),
        (PACK, ServiceLife("boat", d("8"), d("-1"), "x"), None, "battery-input-out-of-range"),
        (PACK, ServiceLife("M1", d("8")), CAPACITY, "battery-input-inconsistent"),
        (record("pack", "1"), ServiceLife("M1", d("8")), None, "battery-capacity-missing"),
        (record("pack", "1"), ServiceLife("M1", d("8")), Quantity(d(60), Unit.KILOWATT_HOUR), "battery-unit-mismatch"),
        (
            record("pack", "1"),
            ServiceLife("M1", d("8")),
            Quantity(d(0), Unit.KILOWATT_HOUR_CAPACITY),
            "battery-input-out-of-range",
        ),
    ],
)
def test_a_functional_unit_that_does_not_fit_is_refused(rules, footprint, life, capacity, code):
    with pytest.raises(RenkeiError) as caught:
        footprint_per_delivered(footprint, life, rules, capacity)
    assert caught.value.code == code


def test_what_arose_in_our_own_plants_is_told_from_what_was_supplied(rules):
    stocks = [inventory("p", own("10"), use("2", "3")), inventory("q", own("4"))]
    lines = [line("p", "q", "2", bought=False), line("p", "s", "5"), line("q", "t", "3")]
    found = roll_up("p", stocks, Bom(tuple(lines)), [record("s", "7"), record("t", "1")], rules)
    assert found.own == Stages(d(6) + 2 * d(4), d(10), d(0), d(0))  # own use, own component's own; own plant
    assert found.supplied == Stages(d(5) * 7 + 2 * d(3), d(0), d(0), d(0))
    published = found.publish("urn:1", split=True)
    assert published.own == Stages(d(14), d(10), d(0), d(0))
    assert found.publish("urn:1").own is None
    assert FootprintRecord.from_json(published.to_json()) == published


def test_in_a_cycle_too_own_and_supplied_add_up(rules):
    """X = 5 own + 1 bought + 0.1 Y, Y = 3 own + 0.2 X: own by X = 5 + 0.1 Y, Y = 3 + 0.2 X; the rest is bought."""
    stocks = [inventory("X", own("5", Stage.RAW_MATERIAL)), inventory("Y", own("3", Stage.RAW_MATERIAL))]
    lines = [line("X", "Y", "0.1", bought=False), line("Y", "X", "0.2", bought=False), line("X", "z", "1")]
    found = roll_up("X", stocks, Bom(tuple(lines)), [record("z", "1")], rules)
    assert found.own.raw_material == Fraction(265, 49)
    assert found.supplied.raw_material == Fraction(50, 49)


def test_a_factor_licensed_to_us_alone_never_leaves(rules):
    ours = replace(use("2").factor, personal=True, name="a private factor")
    bought = replace(use("2"), factor=ours)
    found = calculate(rules, inventory("p", use("3"), bought))
    published = found.publish("urn:1")
    assert published.secondary == (use("3").factor,)
    assert published.withheld_factors == 1
    assert "private" not in json.dumps(published.to_json())
    assert "a private factor" in json.dumps(found.to_json())
    assert published.total == 5
