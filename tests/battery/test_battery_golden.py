"""The worked cases W1, W2, W3, W4, W9 and W11 of the battery reference, figure by figure."""

from __future__ import annotations

import csv
from decimal import Decimal
from fractions import Fraction

import pytest
from battery_samples import d, inventory, line, own, part, places, record, use

from renkei.battery import (
    Bom,
    Counting,
    FootprintRecord,
    Inventory,
    Quality,
    Quantity,
    Rounding,
    ServiceLife,
    Stage,
    Unit,
    footprint_per_delivered,
    roll_up,
    roll_up_all,
)

W1_EMISSIONS = {
    "steel": "5",
    "aluminium": "2",
    "copper": "1",
    "resin": "0.8",
    "electricity": "5",
    "natural gas liquids": "3",
    "gasoline": "2.1",
}


def w1_module(rules):
    stages = [Stage.RAW_MATERIAL] * 4 + [Stage.PRODUCTION] * 3
    emissions = [own(v, s, k) for (k, v), s in zip(W1_EMISSIONS.items(), stages, strict=True)]
    return roll_up("module", [inventory("module", *emissions)], Bom(()), [], rules)


def test_w1_a_module_screen_adds_up_exactly(rules):
    module = w1_module(rules)
    assert module.stages.raw_material == Fraction("8.8")
    assert module.stages.production == Fraction("10.1")
    assert module.publish("r").to_json()["total"] == "18.9"


@pytest.mark.parametrize(
    ("share", "exact", "shown"),
    [
        ("0.90", "17.01", "17.0"),
        ("0.80", "15.12", "15.1"),
        ("0.35", "6.615", "6.6"),
        ("0.05", "0.945", "0.9"),
        ("0.10", "1.89", "1.9"),
        ("0.08", "1.512", "1.5"),
    ],
    ids=["cell", "cathode", "active material", "binder", "anode", "electrolyte"],
)
def test_w1_shares_of_the_module_are_shown_with_one_decimal(rules, share, exact, shown):
    figure = w1_module(rules).total * Fraction(share)
    assert figure == Fraction(exact)
    assert str(Rounding(1, Counting.DECIMAL_PLACES).apply(figure)) == shown


W2_LINES = (line("B", "A"), line("C", "A"), line("C", "B", bought=False), line("D", "B", bought=False))
W2_OWN = (inventory("B", own("30")), inventory("C", own("10")), inventory("D", use("360")))


@pytest.mark.parametrize(
    ("a", "totals", "primary"),
    [
        ("70", {"B": "100", "C": "180", "D": "460"}, {"C": "84.444444444444"}),
        (
            "60",
            {"B": "90", "C": "160", "D": "450"},
            {"B": "86.666666666667", "C": "85.000000000000", "D": "17.333333333333"},
        ),
    ],
    ids=["before", "after"],
)
def test_w2_a_change_of_one_supplier_reaches_every_part(rules, a, totals, primary):
    found = roll_up_all(W2_OWN, Bom(W2_LINES), [record("A", a, primary="80")], rules)
    assert {name: str(calculation.total) for name, calculation in found.items()} == totals
    assert {name: places(found[name].primary_data_share, 12) for name in primary} == primary


W2_CHAIN = (line("B", "A"), line("C", "B", "2", bought=False), line("D", "C", "0.5", bought=False))
W2_CHAIN_OWN = (inventory("B", own("30")), inventory("C", own("-20", name="credit")), inventory("D", own("370")))


@pytest.mark.parametrize(
    ("lines", "stocks"), [(W2_CHAIN, W2_CHAIN_OWN), (W2_LINES, W2_OWN)], ids=["our chain", "our diamond"]
)
def test_w2_both_reconstructions_give_the_printed_figures(rules, lines, stocks):
    """The source prints the figures only; which amounts join the companies is our reconstruction, in two ways."""
    before, after = (
        {name: str(found.total) for name, found in roll_up_all(stocks, Bom(lines), [record("A", a)], rules).items()}
        for a in ("70", "60")
    )
    assert before == {"B": "100", "C": "180", "D": "460"}
    assert after == {"B": "90", "C": "160", "D": "450"}


def test_w2_company_by_company_gives_the_same_as_one_house(rules):
    """Each part in its own company, records rounded and read again as JSON between them."""
    a = record("A", "60", primary="80")
    b = hand_over(rules, inventory("B", own("30")), (line("B", "A"),), [a])
    c = hand_over(rules, inventory("C", own("10")), (line("C", "A"), line("C", "B", supplier=b.company)), [a, b])
    e = hand_over(rules, inventory("D", use("360")), (line("D", "B", supplier=b.company),), [b])
    assert [str(r.total) for r in (b, c, e)] == ["90", "160", "450"]
    assert c.to_json()["primaryDataShare"] == "85"


def hand_over(rules, stock: Inventory, lines, received) -> FootprintRecord:
    published = roll_up(stock.part.id, [stock], Bom(lines), received, rules).publish(f"urn:{stock.part.id}")
    return FootprintRecord.from_json(published.to_json())


ASSEMBLY = {"carbon dioxide with oxidised VOC and CO": "11.926", "methane": "0.923353", "nitrous oxide": "0.096642"}
W3_PACKS = {"NMC811": ("49.9744227617603", "62.9204177617603"), "LFP": ("41.7905017494751", "54.7364967494751")}


def w3_pack(rules, materials: str):
    stock = inventory("pack", *(own(v, name=k) for k, v in ASSEMBLY.items()), unit=Unit.KILOWATT_HOUR_CAPACITY)
    bom = Bom((line("pack", "materials", unit=Unit.KILOWATT_HOUR_CAPACITY),))
    return roll_up("pack", [stock], bom, [record("materials", materials, unit=Unit.KILOWATT_HOUR_CAPACITY)], rules)


@pytest.mark.parametrize("chemistry", W3_PACKS)
def test_w3_materials_and_assembly_make_the_pack(rules, chemistry):
    materials, total = W3_PACKS[chemistry]
    pack = w3_pack(rules, materials).publish("urn:pack")
    assert pack.to_json()["total"] == total
    assert pack.to_json()["stages"][Stage.PRODUCTION.value] == "12.945995"
    assert pack.to_json()["stages"][Stage.RAW_MATERIAL.value] == materials


def test_w3_figures_are_those_of_the_published_tables(shared):
    folder = shared / "data" / "greet-derived"
    assembly = {row["emission"]: row for row in read(folder / "LIB_Assembly.csv")}
    grams = {gas: Decimal(assembly[gas]["g_per_kWh"]) for gas in ("CO2 (VOC, CO, CO2)", "CH4", "N2O")}
    gwp = {gas: Decimal(assembly[gas]["GWP_factor"]) for gas in ("CH4", "N2O")}
    assert grams["CO2 (VOC, CO, CO2)"] == Decimal(1000) * d(ASSEMBLY["carbon dioxide with oxidised VOC and CO"])
    assert grams["CH4"] * gwp["CH4"] == Decimal(1000) * d(ASSEMBLY["methane"])
    assert grams["N2O"] * gwp["N2O"] == Decimal(1000) * d(ASSEMBLY["nitrous oxide"])
    materials = {
        row["LIB_Chem"]: row["kgco2e_kwh"] for row in read(folder / "upstream_libmaterial.csv") if row["Type"] == "CAR"
    }
    assert {chemistry: materials[chemistry] for chemistry in W3_PACKS} == {c: m for c, (m, _) in W3_PACKS.items()}


def read(path):
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize(
    ("chemistry", "years", "expected"),
    [("NMC811", "8", "0.131084203670"), ("NMC811", "10", "0.104867362936"), ("LFP", "8", "0.114034368228")],
)
def test_w4_per_kwh_delivered(rules, chemistry, years, expected):
    pack = w3_pack(rules, W3_PACKS[chemistry][0]).publish("urn:pack")
    delivered = footprint_per_delivered(pack, ServiceLife("M1", d(years)), rules)
    assert format(delivered.rounded(Rounding(12, Counting.DECIMAL_PLACES)), "f") == expected
    assert places(delivered.per_kilowatt_hour, 12) == expected


def test_w4_capacity_cancels(rules):
    """A pack of 60 kWh, declared as one piece: 3775.225065705618 kg."""
    pack = record("pack", "3775.225065705618")
    delivered = footprint_per_delivered(
        pack, ServiceLife("M1", d("8")), rules, Quantity(d("60"), Unit.KILOWATT_HOUR_CAPACITY)
    )
    assert places(delivered.per_kilowatt_hour, 12) == "0.131084203670"
    assert delivered.cycles == 480


def test_w9_two_parts_that_need_each_other_are_solved_exactly(rules):
    lines = (line("X", "Y", "0.1", bought=False), line("Y", "X", "0.2", bought=False))
    found = roll_up_all([inventory("X", own("5")), inventory("Y", own("3"))], Bom(lines), [], rules)
    assert found["X"].total == Fraction(265, 49)
    assert found["Y"].total == Fraction(200, 49)


def test_w11_quality_is_weighted_by_emissions(rules):
    pre = own("3.0", Stage.RAW_MATERIAL, "pre", Quality(d(1), d(2), d(3)))
    main = own("20.0", Stage.PRODUCTION, "main", Quality(d(2), d(3), d(4)))
    found = roll_up("p", [inventory("p", pre, main)], Bom(()), [], rules)
    assert found.total == 23
    assert [places(figure, 6) for figure in found.quality.figures()] == ["1.869565", "2.869565", "3.869565"]
    assert places(found.quality.exact_rating(), 6) == "2.869565"


def test_a_part_is_named_by_its_company_and_plant(rules):
    assert part("p").members() == {
        "part": "p",
        "company": "did:web:us.example",
        "declaredUnit": "piece",
        "declaredUnitAmount": "1",
    }
