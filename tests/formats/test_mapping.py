"""A company's own columns: what a mapping takes from them, and what it refuses."""

from __future__ import annotations

import tomllib

import pytest

from renkei.formats.cells import Sheet
from renkei.formats.forms.mapping import TableMapping, file_mapped
from renkei.formats.forms.signs import UnitNames
from renkei.kernel import strict_json
from renkei.kernel.problems import ConfigurationError
from renkei.resources import Kind, resource_bytes

UNITS = UnitNames.from_json(strict_json.loads(resource_bytes(Kind.VOCAB, "forms/units.json")))
MAPPING = """
[[table]]
rows = "parts"
constants = {unit = "piece", start = "2025-01-01", end = "2025-12-31"}
[table.columns]
part = "品番"
name = "品名"

[[table]]
rows = "own"
sheet = "工程"
[table.columns]
part = "品番"
name = "工程名"
kgCO2e = {column = "排出量(t)", times = "1000"}
stage = {column = "区分", values = {"前工程" = "rawMaterialAcquisitionAndPreProcessing", "製造" = "mainProductProduction"}}

[[table]]
rows = "components"
sheet = "部品表"
[table.columns]
parent = "親"
component = "子"
amount = {column = "重量(g)", unit = "gram", into = "kilogram"}
[table.constants]
unit = "kilogram"
stages = "component"
"""
PARTS = Sheet(name="品目", rows=(("品番", "品名", "倉庫"), ("P-1", "セル", "A"), ("P-2", "モジュール", "B")))
OWN = Sheet(
    name="工程",
    rows=(
        ("品番", "工程名", "排出量(t)", "区分"),
        ("P-1", "塗工", "0.0129", "製造"),
        ("P-2", "溶接", "0.001", "出荷"),
        ("P-9", "検査", "0.001", "製造"),
    ),
)
BOM = Sheet(name="部品表", rows=(("親", "子", "重量(g)"), ("P-1", "CAM", "1,250")))


def mapping(text: str = MAPPING) -> TableMapping:
    return TableMapping.from_json(tomllib.loads(text))


def test_own_columns_become_parts_with_units_converted_exactly() -> None:
    filing = file_mapped(mapping(), (PARTS, OWN, BOM), UNITS)
    first, second = filing.parts
    assert (first.id, first.facts["name"]) == ("P-1", "セル")
    assert [each["kgCO2e"] for each in first.inventory["own"]] == ["12.9"]
    assert "P-1,CAM,1.25,kilogram" in (first.bom or "")
    assert second.inventory["own"] == []


def test_a_dry_run_shows_rows_accepted_and_refused_and_why() -> None:
    filing = file_mapped(mapping(), (PARTS, OWN, BOM), UNITS)
    assert (filing.accepted, filing.refused) == (4, 2)
    told = [(each.error.code, each.error.values["at"], each.refused) for each in filing.findings]
    assert told == [
        ("form-column-ignored", "品目!C1", False),
        ("form-choice-unknown", "工程!D3", True),
        ("form-part-missing", "工程!4", True),
    ]


@pytest.mark.parametrize(
    ("before", "after", "cause"),
    [
        ('rows = "own"', 'rows = "owned"', "owned"),
        ('name = "工程名"', "", "own need name"),
        ('name = "工程名"', 'nom = "工程名"', "nom"),
        ('times = "1000"', 'times = "0"', "more than 0"),
        ('into = "kilogram"', 'into = "liter"', "unit of mass"),
        ('part = "品番"\nname = "品名"', 'part = {column = "品番", times = "2"}', "no figure"),
        ('unit = "kilogram"\nstages', 'amount = "1"\nunit = "kilogram"\nstages', "amount"),
        ('sheet = "工程"', 'sheet = "工程"\nmode = "x"', "mode"),
    ],
)
def test_a_mapping_that_cannot_be_used_says_where(before, after, cause) -> None:
    assert before in MAPPING
    with pytest.raises(ConfigurationError) as refused:
        mapping(MAPPING.replace(before, after))
    assert refused.value.code == "form-mapping-broken"
    assert cause in refused.value.message()


def test_a_source_without_the_needed_columns_is_named() -> None:
    with pytest.raises(ConfigurationError) as refused:
        file_mapped(mapping(), (PARTS, BOM, BOM), UNITS)
    assert refused.value.code == "form-table-unknown"
