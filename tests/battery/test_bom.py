from __future__ import annotations

from fractions import Fraction

import pytest
from battery_samples import d, line

from renkei.battery import Bom, Inventory, Quantity, RuleSet, Unit
from renkei.kernel.problems import ConfigurationError

CSV = (
    "\ufeffparent,component,supplier,amount,unit,yield,stages\r\n"
    "cell,cathode,did:web:cathode.example,1.9,kilogram,0.95,component\r\n"
    "\r\n"
    'pack,"cell, prismatic",,96,piece,,assembly\r\n'
)


def test_lines_are_read_from_csv():
    bom = Bom.from_csv(CSV)
    assert bom.under("cell") == (line("cell", "cathode", "1.9", unit=Unit.KILOGRAM, process_yield="0.95"),)
    assert bom.under("pack") == (line("pack", "cell, prismatic", "96", bought=False, stages="assembly"),)
    assert bom.under("nothing") == ()


def test_a_bill_of_materials_survives_json():
    bom = Bom.from_csv(CSV)
    assert Bom.from_json(bom.to_json()) == bom


@pytest.mark.parametrize("divider", [",", ";", "\t"])
def test_cells_are_divided_as_the_header_shows(divider):
    text = "\ufeff" + divider.join(["parent", "component", "amount", "unit", "stages"]) + "\r\n"
    text += divider.join(["p", "a", "1.5", "piece", "component"]) + "\r\n"
    (line,) = Bom.from_csv(text).lines
    assert (line.parent, line.component, line.amount) == ("p", "a", Quantity(d("1.5"), Unit.PIECE))


def test_columns_may_stand_in_any_order_and_optional_ones_be_left_out():
    assert Bom.from_csv("stages,unit,amount,component,parent\ncomponent,gram,5,a,p\n") == Bom(
        (line("p", "a", "5", unit=Unit.GRAM, bought=False),)
    )


def test_scrap_and_the_declared_amount_count():
    """1.9 kg net at a yield of 95 % is 2 kg, which is 0.16 declared amounts of 12.5 kg."""
    cathode = Bom.from_csv(CSV).under("cell")[0]
    assert cathode.times(Quantity(d("12500"), Unit.GRAM)) == Fraction(4, 25)


HEADER = "parent,component,supplier,amount,unit,yield,stages\n"


@pytest.mark.parametrize(
    ("text", "code", "where"),
    [
        ("", "bom-csv-broken", 1),
        ("\n\n", "bom-csv-broken", 1),
        ("parent,component,amount,unit\n", "bom-csv-broken", 1),
        ("parent,component,amount,unit,stages,price\n", "bom-csv-broken", 1),
        ("parent,component,amount,unit,stages,unit\n", "bom-csv-broken", 1),
        (HEADER + "p,a,,1,piece\n", "bom-csv-broken", 2),
        (HEADER + 'p,"a\n', "bom-csv-broken", 2),
        (HEADER + "p," + "a" * 200_000 + ",,1,piece,,component\n", "bom-csv-broken", 2),
        (HEADER + "p,a,,,piece,,component\n", "input-field-missing", "line 2"),
        (HEADER + ",a,,1,piece,,component\n", "input-field-missing", "line 2"),
        (HEADER + "p,a,,1,piece,,component\np,a,,1.5e3,piece,,component\n", "input-field-malformed", "line 3/amount"),
        (HEADER + 'p,a,,"1,5",piece,,component\n', "input-field-malformed", "line 2/amount"),
        (HEADER.replace(",", ";") + "p;a;;1,5;piece;;component\n", "input-field-malformed", "line 2/amount"),
        (HEADER + "p,a,,1,pieces,,component\n", "input-field-malformed", "line 2/unit"),
        (HEADER + "p,a,,0,piece,,component\n", "input-out-of-range", "line 2/amount"),
        (HEADER + "p,a,,-1,piece,,component\n", "input-out-of-range", "line 2/amount"),
        (HEADER + "p,a,,1,piece,0,component\n", "input-out-of-range", "line 2/yield"),
        (HEADER + "p,a,,1,piece,1.01,component\n", "input-out-of-range", "line 2/yield"),
    ],
)
def test_a_bad_line_is_refused_with_its_number(text, code, where):
    with pytest.raises(ConfigurationError) as caught:
        Bom.from_csv(text)
    assert caught.value.code == f"battery-{code}"
    assert where in caught.value.values.values()


def test_bad_json_is_the_operators_to_mend():
    with pytest.raises(ConfigurationError) as caught:
        Bom.from_json({"@type": "BillOfMaterials", "lines": [{"parent": "p"}]})
    assert caught.value.values["at"] == "/lines/0"


INVENTORY = {
    "@type": "FootprintInventory",
    "part": "cell",
    "company": "did:web:cell.example",
    "plant": "urn:site:1",
    "declaredUnit": "piece",
    "declaredUnitAmount": "1",
    "period": {"start": "2025-01-01", "end": "2025-12-31"},
    "own": [
        {
            "name": "coating",
            "stage": "mainProductProduction",
            "kgCO2e": "-0.5",
            "quality": {"TeR": "1", "GeR": "1", "TiR": "2"},
        }
    ],
    "secondary": [
        {
            "name": "grid electricity",
            "stage": "mainProductProduction",
            "amount": "3600",
            "unit": "megajoule",
            "factor": {
                "name": "electricity mix",
                "value": "0.4",
                "unit": "kgCO2e/kilowatt-hour",
                "source": "a grid operator",
                "version": "2025",
                "licence": "CC-BY-4.0",
            },
        }
    ],
}


def test_an_inventory_is_read_and_written_alike():
    inventory = Inventory.from_json(INVENTORY)
    assert inventory.to_json() == INVENTORY
    assert inventory.secondary[0].emission() == 400


@pytest.mark.parametrize("member", ["part", "company", "period", "own", "secondary", "declaredUnit"])
def test_an_inventory_lacks_nothing(member):
    with pytest.raises(ConfigurationError) as caught:
        Inventory.from_json({name: value for name, value in INVENTORY.items() if name != member})
    assert caught.value.code == "battery-input-field-missing"


def test_the_shipped_rules_know_the_vehicle_categories_of_the_draft_act(rules: RuleSet):
    assert {category: str(cycles) for category, cycles in rules.equivalent_cycles.items()} == {
        "M1": "60", "N1": "60", "L": "20", "M2": "250", "M3": "250", "N2": "250", "N3": "250",
    }  # fmt: skip
