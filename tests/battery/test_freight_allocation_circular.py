"""Freight, co-products and recycling: the worked cases W6, W7 and W8 of battery.md, and what their entries refuse."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from battery_samples import d, inventory, own, places, use

from renkei.battery import Bom, CalculationInputs, Inventory, Quantity, SecondaryFactor, Stage, Unit, roll_up
from renkei.battery.footprint.allocation import AllocatedEmission, AllocationBasis, CoProduct, allocate
from renkei.battery.footprint.circular import CircularMaterial
from renkei.battery.footprint.methods import Methods, Recycling
from renkei.battery.footprint.rules import RuleSet
from renkei.battery.footprint.transport import Distance, Leg, Transport, TransportScenarios, utilisation, vehicle_share
from renkei.battery.problems import INPUT
from renkei.battery.reading import Members
from renkei.kernel import strict_json
from renkei.kernel.problems import RenkeiError

VOCAB = Path(__file__).resolve().parents[2] / "vocab" / "battery"

METHODS = Methods(
    rules="urn:test",
    recycling=Recycling.CIRCULAR_FOOTPRINT_FORMULA,
    largest_price_ratio=Decimal(4),
    allocation_factors={"metals": Decimal("0.2")},
)


def factor(value: str, unit: Unit = Unit.KILOGRAM, name: str = "x") -> SecondaryFactor:
    return SecondaryFactor(name, d(value), unit, "a handbook", "3.1", "CC-BY-4.0")


def tonnes(value: str) -> Quantity:
    return Quantity(d(value), Unit.TONNE)


def kilometres(value: str) -> Quantity:
    return Quantity(d(value), Unit.KILOMETRE)


def refused(code: str, read, value: dict[str, object]) -> None:
    with pytest.raises(RenkeiError) as caught:
        read(Members(value, INPUT, "/0"))
    assert caught.value.code == code


# --- freight (W8) -----------------------------------------------------------------------------------------------------


@pytest.fixture
def scenarios() -> TransportScenarios:
    return TransportScenarios.from_json(strict_json.loads((VOCAB / "transport.json").read_bytes()))


def test_a_load_answers_for_its_part_of_the_payload():
    assert vehicle_share(tonnes("0.5"), tonnes("22")) == Fraction(1, 44)  # 0.0227272…
    assert utilisation([tonnes("22"), tonnes("11")], tonnes("22")) == Fraction(3, 4)


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        ("supplier-outside-europe", {"truck": 450, "ship": 8100}),
        ("supplier-outside-europe-by-air", {"truck": 450, "plane": 4500}),
        ("supplier-in-europe", {"truck": Fraction("58.5"), "train": 108, "barge": Fraction("121.5")}),
        ("client-near", {"truck": 540}),
        ("client-far", {"truck": 1575}),
        ("client-overseas", {"truck": 450, "ship": 8100}),
    ],
)
def test_the_tonne_kilometres_of_a_pack_of_450_kg(scenarios, scenario, expected):
    pack = Quantity(d(450), Unit.KILOGRAM)
    assert {way.mode: way.freight(pack) for way in scenarios.ways(scenario)} == expected


def test_what_is_assumed_is_dated_and_has_a_source(scenarios):
    assert (scenarios.as_of.isoformat(), scenarios.utilisation) == ("2026-11-22", 64)
    assert scenarios.sources
    assert set(scenarios.scenarios) == {
        "supplier-in-europe", "supplier-outside-europe", "supplier-outside-europe-by-air",
        "client-near", "client-far", "client-overseas",
    }  # fmt: skip


def test_freight_emits_by_leg_and_factor(scenarios):
    """450 tkm × 0.1 + 8,100,000 kg·km × 0.00001."""
    modes = {"truck": factor("0.1", Unit.TONNE_KILOMETRE), "ship": factor("0.00001", Unit.KILOGRAM_KILOMETRE)}
    legs = scenarios.legs("supplier-outside-europe", modes)
    moved = Transport("cathode", Stage.RAW_MATERIAL, Quantity(d(450), Unit.KILOGRAM), legs)
    (found,) = moved.emissions()
    assert (found.exact, found.stage, found.measured) == (126, Stage.RAW_MATERIAL, False)
    assert list(moved.factors()) == list(modes.values())
    assert Transport.read(Members(moved.to_json(), INPUT, "")) == moved


def test_a_mode_without_a_factor_and_a_scenario_that_is_not_there_are_refused(scenarios):
    for name, modes in (("supplier-in-europe", {}), ("by-camel", {})):
        with pytest.raises(RenkeiError) as caught:
            scenarios.legs(name, modes)
        assert caught.value.code == "battery-rule-unknown"


def test_a_factor_that_is_not_per_freight_is_refused():
    leg = Leg(Distance("ship", kilometres("10")), factor("1"))
    with pytest.raises(RenkeiError) as caught:
        leg.emission(tonnes("1"))
    assert caught.value.code == "battery-unit-mismatch"


# --- co-products (W6) -------------------------------------------------------------------------------------------------

NMC721 = [
    ("Li2CO3", "0.0226", "68.03"), ("MnSO4.H2O", "0.0426", "2.90"), ("CoSO4.7H2O", "0.0838", "40.92"),
    ("NiSO4.6H2O", "0.253", "14.89"), ("Al", "0.00893", "1.97"), ("Cu mix", "0.0212", "6.76"),
]  # fmt: skip
NMC111 = [("LiOH", "0.082", "68.03"), ("Mn", "0.168", "2.90"), ("Co", "0.173", "40.92"), ("Ni", "0.172", "14.89"),
          ("Al", "0.054", "1.97"), ("Cu", "0.213", "6.76")]  # fmt: skip


def products(rows) -> list[CoProduct]:
    return [CoProduct(name, Quantity(d(mass), Unit.KILOGRAM), d(price)) for name, mass, price in rows]


@pytest.mark.parametrize(
    ("rows", "whole_mass", "by_mass", "by_value"),
    [
        (
            NMC721,
            "0.43213",
            ["5.230", "9.858", "19.392", "58.547", "2.067", "4.906"],
            ["17.049", "1.370", "38.024", "41.773", "0.195", "1.589"],
        ),
        (
            NMC111,
            "0.862",
            ["9.513", "19.490", "20.070", "19.954", "6.265", "24.710"],
            ["32.335", "2.824", "41.033", "14.845", "0.617", "8.346"],
        ),
    ],
)
def test_the_products_of_hydrometallurgy(rows, whole_mass, by_mass, by_value):
    made = products(rows)
    assert sum(each.kilograms() for each in made) == Fraction(whole_mass)
    weighed = allocate(made, METHODS, AllocationBasis.MASS)
    assert [places(share * 100, 3) for share in weighed.shares.values()] == by_mass
    assert [s * Fraction(whole_mass) for s in weighed.shares.values()] == [Fraction(mass) for _, mass, _ in rows]
    valued = allocate(made, METHODS)
    assert (valued.basis, valued.price_ratio) == (AllocationBasis.ECONOMIC, Fraction("68.03") / Fraction("1.97"))
    assert [places(share * 100, 3) for share in valued.shares.values()] == by_value
    assert sum(valued.shares.values()) == sum(weighed.shares.values()) == 1


def test_the_worth_of_the_products_of_nmc721_is_exact():
    assert sum(each.worth() for each in products(NMC721)) == Fraction("9.0181881")
    assert sum(each.worth() for each in products(NMC111)) == Fraction("17.25216")


@pytest.mark.parametrize(("dearest", "basis"), [("8", AllocationBasis.MASS), ("8.000001", AllocationBasis.ECONOMIC)])
def test_up_to_four_times_the_price_mass_decides(dearest, basis):
    assert allocate(products([("a", "1", "2"), ("b", "3", dearest)]), METHODS).basis is basis


def test_the_part_answers_for_its_products_share():
    """Masses 1 and 3 at prices 2 and 8: by mass a quarter of 10."""
    made = AllocatedEmission(
        "leaching", Stage.PRODUCTION, d("10"), "a", tuple(products([("a", "1", "2"), ("b", "3", "8")]))
    )
    (found,) = made.emissions(METHODS)
    assert (found.exact, found.measured) == (Fraction(5, 2), True)
    assert AllocatedEmission.read(Members(made.to_json(), INPUT, "")) == made


def test_an_allocation_to_no_product_or_to_one_twice_is_refused():
    made = AllocatedEmission("leaching", Stage.PRODUCTION, d("10"), "a", tuple(products([("a", "1", "2")]))).to_json()
    refused("battery-input-inconsistent", AllocatedEmission.read, made | {"product": "c"})
    refused("battery-input-inconsistent", AllocatedEmission.read, made | {"products": []})
    twice = [*made["products"], *made["products"]]
    refused("battery-input-field-malformed", AllocatedEmission.read, made | {"products": twice})
    free = [made["products"][0] | {"price": "0"}]
    refused("battery-input-out-of-range", AllocatedEmission.read, made | {"products": free})


# --- recycling (W7) ---------------------------------------------------------------------------------------------------


def nickel(**changes: object) -> CircularMaterial:
    members: dict[str, object] = {
        "name": "nickel",
        "amount": Quantity(d(1), Unit.KILOGRAM),
        "kind": "metals",
        "allocation": None,
        "recycled_content": d("0.12"),
        "recycled_at_end": d("0.9"),
        "energy_recovered": d(0),
        "evidence": "urn:uuid:mass-balance",
        "factors": {
            "virgin": factor("4.9"), "recycled": factor("2.3"), "recycling": factor("2.3"),
            "displaced": factor("4.9"), "disposal": factor("0.5"),
        },
    }  # fmt: skip
    return CircularMaterial(**(members | changes))  # type: ignore[arg-type]


def by(method: Recycling) -> Methods:
    return replace(METHODS, recycling=method)


@pytest.mark.parametrize(
    ("method", "terms", "first", "last"),
    [
        (Recycling.CIRCULAR_FOOTPRINT_FORMULA, ["4.312", "0.5256", "-1.872", "0", "0.05"], "4.8376", "-1.822"),
        (Recycling.CUT_OFF, ["4.312", "0.276", "0", "0", "0.05"], "4.588", "0.05"),
    ],
)
def test_a_kilogram_of_nickel(method, terms, first, last):
    found = nickel().terms(by(method))
    assert list(found) == [Fraction(term) for term in terms]
    assert (found.first_stage, found.last_stage) == (Fraction(first), Fraction(last))
    made, ended = nickel().emissions(by(method))
    assert (made.stage, made.exact) == (Stage.RAW_MATERIAL, Fraction(first))
    assert (ended.stage, ended.exact) == (Stage.END_OF_LIFE, Fraction(last))


def test_the_totals_of_both_methods():
    totals = [sum(nickel().terms(by(method))) for method in (Recycling.CIRCULAR_FOOTPRINT_FORMULA, Recycling.CUT_OFF)]
    assert totals == [Fraction("3.0156"), Fraction("4.638")]


def test_recycled_content_without_evidence_counts_as_virgin():
    found = nickel(evidence=None).terms(METHODS)
    assert (found.virgin, found.recycled) == (Fraction("4.9"), 0)


def test_qualities_and_energy_recovery_count():
    """R1 part: 0.12 (0.2·2.3 + 0.8·4.9·0.5); end: 0.8·0.5 (2.3 - 4.9·0.4) + 0.3·(-1) + 0.2·0.5; all for 2 kg."""
    found = nickel(
        amount=Quantity(d(2000), Unit.GRAM),
        quality_in=d("0.5"),
        quality_out=d("0.4"),
        recycled_at_end=d("0.5"),
        energy_recovered=d("0.3"),
        factors={**nickel().factors, "energy": factor("-1")},
    ).terms(METHODS)
    assert list(found) == [Fraction(2) * Fraction(term) for term in ("4.312", "0.2904", "0.136", "-0.3", "0.1")]


def test_a_material_is_read_as_it_was_written():
    for material in (
        nickel(),
        nickel(evidence=None, quality_in=Decimal("0.7")),
        nickel(kind=None, allocation=d("0.3")),
    ):
        assert CircularMaterial.read(Members(material.to_json(), INPUT, "")) == material


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"R1": "1.1"}, "battery-input-out-of-range"),
        ({"A": "0.2"}, "battery-input-field-malformed"),  # beside a kind
        ({"kind": ""}, "battery-input-field-malformed"),
        ({"R2": "0.9", "R3": "0.2"}, "battery-input-inconsistent"),
        ({"factors": {}}, "battery-input-field-missing"),
        ({"factors": {"virgin": factor("4.9").to_json()}}, "battery-input-field-missing"),
        ({"R3": "0.05"}, "battery-input-field-missing"),
        ({"factors": nickel().to_json()["factors"] | {"other": 1}}, "battery-input-field-unknown"),
        ({"qualityIn": "0"}, "battery-input-out-of-range"),
        ({"A": 0.2}, "battery-input-number-not-text"),
    ],
)
def test_a_material_that_cannot_be_is_refused(changes, code):
    refused(code, CircularMaterial.read, nickel().to_json() | changes)


def test_the_allocation_factors_are_the_rule_sets():
    rules = RuleSet.from_json(strict_json.loads((VOCAB / "rules" / "pef-cff.json").read_bytes()))
    assert [rules.methods.allocation_factor(kind) for kind in ("metals", "plastics", "other")] == [
        Fraction(1, 5),
        Fraction(1, 2),
        Fraction(1, 2),
    ]
    with pytest.raises(RenkeiError, match="battery-rule-unknown"):
        nickel(kind="wood").terms(rules.methods)
    assert sum(nickel(kind="wood").terms(by(Recycling.CUT_OFF))) == Fraction("4.638")  # which needs no A


def test_an_a_of_ones_own_goes_before_the_rule_sets():
    assert sum(nickel(kind=None, allocation=d(1)).terms(METHODS)) == Fraction("4.638")


def test_a_rule_set_that_does_not_say_how_to_divide_is_not_guessed():
    with pytest.raises(RenkeiError, match="battery-rule-unknown"):
        allocate(products(NMC721), Methods(rules="urn:silent"))


@pytest.mark.parametrize("name", sorted(path.stem for path in (VOCAB / "rules").glob("*.json")))
def test_every_shipped_rule_set_says_how_to_divide_and_credit(name):
    rules = RuleSet.from_json(strict_json.loads((VOCAB / "rules" / f"{name}.json").read_bytes()))
    assert rules.methods.largest_price_ratio == 4
    assert bool(rules.methods.allocation_factors) is (rules.recycling is Recycling.CIRCULAR_FOOTPRINT_FORMULA)
    assert RuleSet.from_json(rules.to_json()) == rules


# --- in an inventory --------------------------------------------------------------------------------------------------


def full_inventory() -> Inventory:
    ship = Leg(Distance("ship", kilometres("18000")), factor("0.01", Unit.TONNE_KILOMETRE, "ship"))
    leached = AllocatedEmission(
        "leaching", Stage.PRODUCTION, d("10"), "a", tuple(products([("a", "1", "2"), ("b", "3", "8")]))
    )
    return replace(
        inventory("p", own("7"), use("2", "1.5")),
        transport=(Transport("to the client", Stage.DISTRIBUTION, tonnes("0.5"), (ship,)),),
        allocation=(leached,),
        circular=(nickel(),),
    )


@pytest.mark.parametrize(
    ("method", "stages"),
    [
        (Recycling.CIRCULAR_FOOTPRINT_FORMULA, ["7.8376", "9.5", "90", "-1.822"]),
        (Recycling.CUT_OFF, ["7.588", "9.5", "90", "0.05"]),
    ],
)
def test_all_entries_of_an_inventory_are_rolled_up_under_the_method_of_the_rule_set(rules, method, stages):
    """Stage 1: 1.5 × 2 and W7; stage 2: 7 and a quarter of 10; stage 3: 9,000 tkm × 0.01; stage 4: W7."""
    found = roll_up("p", [full_inventory()], Bom(()), [], replace(rules, recycling=method))
    assert [figure for _, figure in found.stages.items()] == [Fraction(figure) for figure in stages]
    assert found.own == found.stages
    measured = Fraction("9.5")
    assert found.primary_data_share == measured * 100 / sum(abs(Fraction(figure)) for figure in stages)
    assert {each.name for each in found.factors} == {"ore", "ship", "x"}


def test_an_inventory_with_all_entries_is_read_as_it_was_written():
    written = full_inventory().to_json()
    assert Inventory.from_json(written) == full_inventory()
    assert {"transport", "allocation", "circular"} & set(inventory("p").to_json()) == set()


def test_every_entry_is_a_leaf_of_the_inputs_that_can_be_opened_alone(rules):
    inputs = CalculationInputs.of("p", [full_inventory()], Bom(()), [], rules)
    leaves = {leaf.name: leaf.value for leaf in inputs.leaves()}
    assert leaves["/inventories/0/circular/0"] == nickel().to_json()
    assert CalculationInputs.from_leaves(leaves) == inputs
