"""The CSV tables of the Ouranos applications, in both encodings, in and out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from renkei.battery import (
    Bom,
    Calculation,
    Counting,
    FootprintRecord,
    Inventory,
    Quantity,
    Rounding,
    RuleSet,
    Stages,
    Unit,
    roll_up,
)
from renkei.battery.parts.part import Period
from renkei.formats.forms.ouranos_tables import Naming, OuranosTable, file_ouranos, kind_of, sheet_of
from renkei.formats.forms.signs import UnitNames
from renkei.formats.forms.texts import read_csv
from renkei.kernel import strict_json
from renkei.kernel.problems import ConfigurationError
from renkei.resources import Kind, resource_bytes

UNITS = UnitNames.from_json(strict_json.loads(resource_bytes(Kind.VOCAB, "forms/units.json")))
YEAR = Period(date(2025, 1, 1), date(2025, 12, 31))
STRUCTURE = """部品項目,補助項目,部品名称,CFP算出バージョン,CFP算出期間,任意項目,事業所識別子,活動量,単位,終端フラグ
セルA,2025,,1.0,2025年度,,1234567890123012345,,unit,
正極材,,,,,,1234567890123012345,０．５,kilogram,
銅箔,,,,,,1234567890123012345,0.02,kilogram,終端
"""
# Written by hand after what the application puts in each column.
TABLE = (
    '"レベル","終端フラグ","部品項目","補助項目","事業所名","事業所識別子","トレース識別子","活動量","活動量単位",'
    '"依頼ステータス","事業者名","事業者識別子","原材料取得および前処理CFP","主な製造CFP","単位",'
    '"前処理TeR","前処理TiR","前処理GeR","製造TeR","製造TiR","製造GeR"\n'
    '1,"","B01","A002","第一工場","001","d17833fe-22b7-4a4a-b097-bc3f2150c9a6",1,"kilogram","","B社","1234567890123",'
    '3,20,"kgCO2e/kilogram",1,3,2,2,4,3\n'
    '2,"終端","B0101","","第一工場","001","2680ed32-19a3-435b-a094-23ff43aaa611",0.2,"kilogram","","","",'
    '0.5,1.5,"kgCO2e/kilogram",0,0,0,1,1,1\n'
    '2,"","A01","","第一工場","001","1c2f53bc-5ba5-4fa9-9d8c-2ff43aaa6110",2.5,"kilogram","回答受領済","A社","1234567890124",'
    '1.5,10,"kgCO2e/kilogram",1,1,1,2,2,2\n'
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_parts_structure_becomes_a_part_with_its_components(encoding) -> None:
    sheet = read_csv(STRUCTURE.encode(encoding))
    assert kind_of(sheet) is OuranosTable.STRUCTURE
    filing = file_ouranos(sheet, UNITS)
    assert [finding.error.code for finding in filing.findings if finding.refused] == []
    (part,) = filing.parts
    assert part.id == "セルA/2025"
    assert part.facts == {
        "name": "セルA",
        "support": "2025",
        "plant": "1234567890123012345",
        "unit": "piece",
        "terminated": False,
    }
    assert part.inventory["period"] == {"start": "2025-04-01", "end": "2026-03-31"}  # 2025年度
    assert [line.split(",")[1:4] for line in (part.bom or "").splitlines()[1:]] == [
        ["正極材", "0.5", "kilogram"],
        ["銅箔", "0.02", "kilogram"],
    ]


def test_a_structure_that_does_not_tell_its_days_asks_for_them() -> None:
    untold = STRUCTURE.replace("2025年度", "")
    filing = file_ouranos(read_csv(untold.encode()), UNITS)
    assert (filing.parts, [each.error.code for each in filing.findings if each.refused]) == ((), ["form-day-unclear"])
    assert len(file_ouranos(read_csv(untold.encode()), UNITS, YEAR).parts) == 1


def test_a_footprint_table_tells_our_own_emissions_and_those_of_our_end_parts() -> None:
    filing = file_ouranos(read_csv(TABLE.encode("cp932")), UNITS, YEAR)
    assert filing.whole
    parent, own = filing.parts
    assert (parent.id, own.id) == ("d17833fe-22b7-4a4a-b097-bc3f2150c9a6", "2680ed32-19a3-435b-a094-23ff43aaa611")
    assert [(each["stage"], each["kgCO2e"], each["quality"]) for each in parent.inventory["own"]] == [
        ("rawMaterialAcquisitionAndPreProcessing", "3", {"TeR": "1", "GeR": "2", "TiR": "3"}),
        ("mainProductProduction", "20", {"TeR": "2", "GeR": "3", "TiR": "4"}),
    ]
    assert [each["kgCO2e"] for each in own.inventory["own"]] == ["0.5", "1.5"]
    assert "quality" not in own.inventory["own"][0]  # ratings of 0: there is none
    assert own.facts["terminated"] is True
    bought = [line for line in (parent.bom or "").splitlines() if "1234567890124" in line]
    assert len(bought) == 1  # its figures are the supplier's answer, which is no affair of a file


@pytest.mark.parametrize("unit", ["gCO2e/kilogram", "kgCO2e/gram", "kgCO2e/unit", "kilogram", "kgCO2e"])
def test_figures_that_are_given_per_another_unit_are_refused_with_their_cell(unit) -> None:
    filing = file_ouranos(read_csv(TABLE.replace('20,"kgCO2e/kilogram"', f'20,"{unit}"').encode()), UNITS, YEAR)
    (finding,) = (each for each in filing.findings if each.refused)
    assert (finding.error.code, finding.error.values["at"]) == ("form-unit-unclear", "CSV!O2")
    assert "kgCO2e/kilogram" in finding.error.hint()


def calculated(rules: RuleSet, unit: str = "piece") -> Calculation:
    """3 pieces: 4 and 1 kg of our own, rated; 6 kg of a supplier's, whose record has no rating."""
    own = [
        {"name": "mixing", "stage": "rawMaterialAcquisitionAndPreProcessing", "kgCO2e": "4"},
        {
            "name": "drying",
            "stage": "mainProductProduction",
            "kgCO2e": "1",
            "quality": {"TeR": "1", "GeR": "2", "TiR": "2"},
        },
    ]
    inventory = {
        "@type": "FootprintInventory",
        "part": "P",
        "company": "did:web:a",
        "declaredUnit": unit,
        "declaredUnitAmount": "3",
        "period": {"start": "2025-01-01", "end": "2025-12-31"},
        "own": own,
        "secondary": [],
    }
    record = FootprintRecord(
        id="urn:uuid:1",
        version=1,
        part="Q",
        company="did:web:b",
        declared=Quantity(Decimal(1), Unit.PIECE),
        stages=Stages(Decimal(6), Decimal(0), Decimal(0), Decimal(0)),
        total=Decimal(6),
        period=YEAR,
        rule_set=rules.id,
        rounding=Rounding(34, Counting.SIGNIFICANT),
    )
    bom = Bom.from_csv("parent,component,supplier,amount,unit,stages\nP,Q,did:web:b,1,piece,component\n")
    return roll_up("P", [Inventory.from_json(inventory)], bom, [record], rules)


def test_a_sheet_is_written_per_unit_in_five_places_rounded_up() -> None:
    rules = RuleSet.from_json(strict_json.loads(resource_bytes(Kind.VOCAB, "battery/rules/ouranos-1.json")))
    told = sheet_of(calculated(rules), rules.missing_rating, Naming(name="セルA", plant_name="第一工場"))
    assert len(told) == 21
    assert told["CFP合計"] == "3.66667"  # 11/3 = 3.6666…
    assert told["原材料取得および前処理CFP合計"] == "3.33334"  # 10/3, the sixth decimal rounded up
    assert told["前処理自社由来排出量"] == "1.33334"
    assert told["前処理部品由来排出量"] == "2"
    assert told["製造部品由来排出量"] == "0"
    assert told["単位"] == "kgCO2e/unit"
    assert told["主な製造DQR合計"] == "1.66667"  # (1 + 2 + 2) / 3
    assert told["原材料取得および前処理DQR合計"] == "0"  # nobody has rated it


def test_a_name_that_begins_like_a_formula_is_not_written() -> None:
    rules = RuleSet.from_json(strict_json.loads(resource_bytes(Kind.VOCAB, "battery/rules/ouranos-1.json")))
    with pytest.raises(ConfigurationError) as refused:
        sheet_of(calculated(rules), rules.missing_rating, Naming(name="=HYPERLINK(1)"))
    assert refused.value.code == "form-text-like-formula"


def test_a_part_in_kilowatt_hours_is_a_battery_and_its_capacity_is_meant() -> None:
    filing = file_ouranos(read_csv(STRUCTURE.replace(",,unit,", ",,kilowatt-hour,").encode()), UNITS)
    assert filing.parts[0].facts["unit"] == "kilowatt-hour-capacity"
    assert [(each.error.code, each.error.values["at"]) for each in filing.findings] == [
        ("form-unit-is-capacity", "CSV!I2")
    ]


def test_another_table_is_named_with_its_header() -> None:
    with pytest.raises(ConfigurationError) as refused:
        file_ouranos(read_csv("品番,数量\nA,1\n".encode()), UNITS, YEAR)
    assert refused.value.code == "form-table-unknown"
    assert "品番 | 数量" in refused.value.message()
