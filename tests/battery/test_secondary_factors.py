"""What stands in for a supplier who has not answered: the best factor of the list, marked, and the gap stays."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from battery_samples import d, inventory, line, own, record, supplier_of

from renkei.battery import Bom, BomLine, FactorList, FootprintRecord, Gap, Origin, Quality, Stage, Unit, roll_up
from renkei.battery.footprint.factors import Basis
from renkei.kernel.problems import ConfigurationError

CSV = """material,sector,name,value,unit,source,version,licence,region,year,personal,TeR,GeR,TiR
nickel sulfate,,sulfate RER,4.0,kgCO2e/kilogram,a database,3,bought,RER,2025,yes,1,2,1
nickel sulfate,,sulfate DE 2020,5,kgCO2e/kilogram,a database,3,bought,DE,2020,yes,1,1,3
nickel sulfate,,sulfate DE 2024,5.5,kgCO2e/kilogram,a database,3,bought,DE,2024,no,1,1,2
nickel sulfate,,sulfate DE 2026,5.6,kgCO2e/kilogram,a database,3,bought,DE,2026,,1,1,2
nickel sulfate,,sulfate world,7,kgCO2e/tonne,a paper,1,CC-BY-4.0,GLO,,,,,
nickel sulfate,,sulfate per piece,70,kgCO2e/piece,a paper,1,CC-BY-4.0,DE,2025,,,,
,chemicals,chemicals spend,0.9,kgCO2e/euro,a table,2,CC0,GLO,2022,,,,
,chemicals,chemicals spend in yen,0.006,kgCO2e/yen,a table,2,CC0,GLO,2022,,,,
"""
LISTED = FactorList(FactorList.from_csv(CSV).listed, {"DE": "RER", "FR": "RER"})


def bought(**changes: object) -> BomLine:
    told = {"parent": "p", "component": "q", "supplier": supplier_of("q"), "stage_map": "component"}
    plain = line("p", "q", "2", unit=Unit.KILOGRAM, process_yield="0.8")
    members = {"amount": plain.amount, "process_yield": plain.process_yield, "material": "nickel sulfate"}
    return BomLine(**(told | members | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("region", "year", "name", "basis"),
    [
        ("DE", 2024, "sulfate DE 2024", Basis.EXACT),
        ("DE", 2025, "sulfate DE 2024", Basis.OTHER_YEAR),  # as near as 2026; the earlier holds
        ("DE", 2040, "sulfate DE 2026", Basis.OTHER_YEAR),
        ("DE-BY", 2024, "sulfate DE 2024", Basis.LARGER_REGION),
        ("FR", 2025, "sulfate RER", Basis.LARGER_REGION),
        ("JP", 2025, "sulfate world", Basis.WORLD),
        (None, 2025, "sulfate world", Basis.WORLD),
        ("GLO", 2025, "sulfate world", Basis.WORLD),
    ],
)
def test_the_smallest_region_then_the_nearest_year_is_chosen(region, year, name, basis):
    found = LISTED.stand_in(bought(region=region), year)
    assert (found.listed.factor.name, found.basis) == (name, basis)


def test_regions_that_contain_each_other_end_at_the_world():
    round_about = FactorList(LISTED.listed, {"A": "B", "B": "A"})
    assert round_about.stand_in(bought(region="A"), 2025).listed.factor.name == "sulfate world"


def test_the_amount_counts_with_its_scrap_in_the_factors_unit():
    assert LISTED.stand_in(bought(region="DE"), 2024).emission == Fraction("13.75")  # 2 / 0.8 × 5.5
    assert LISTED.stand_in(bought(), 2024).emission == Fraction("0.0175")  # 2.5 kg × 7 kg per tonne


def test_money_spent_helps_only_where_no_material_is_known():
    spent = {"sector": "chemicals", "spend": BOUGHT_FOR}
    assert LISTED.stand_in(bought(region="DE", **spent), 2024).basis is Basis.EXACT
    found = LISTED.stand_in(bought(material="unheard of", **spent), 2024)
    assert (found.listed.factor.name, found.basis) == ("chemicals spend", Basis.SECTOR_SPEND)
    assert found.emission == Fraction("11.25")  # 10 euro / 0.8 × 0.9
    assert LISTED.stand_in(bought(material=None, sector="steel", spend=BOUGHT_FOR), 2024) is None
    assert LISTED.stand_in(bought(material=None, sector="chemicals"), 2024) is None


BOUGHT_FOR = (
    Bom.from_csv("parent,component,amount,unit,stages,spend,currency\np,q,2,kilogram,component,10,euro\n")
    .lines[0]
    .spend
)


def calculated(rules, received=(), region="DE", listed=LISTED):
    lines = (bought(region=region), line("p", "r"))
    return roll_up("p", [inventory("p", own("6.25"))], Bom(lines), received, rules, listed)


def test_a_stand_in_is_marked_and_its_gap_stays(rules):
    found = calculated(rules)
    assert found.stages.raw_material == Fraction("13.75")
    estimate = next(c for c in found.contributions if c.origin is Origin.ESTIMATE)
    assert (estimate.name, estimate.company, estimate.primary_data_share) == ("q", supplier_of("q"), 0)
    assert estimate.quality == Quality(1, 1, 2)
    assert found.primary_data_share == Fraction("31.25")  # 6.25 of 20
    assert set(found.gaps) == {Gap("q", supplier_of("q"), 1, estimated=True), Gap("r", supplier_of("r"), 1)}
    assert not found.complete
    published = found.publish("urn:1")
    assert published.gaps == (Gap("**", "**", 1), Gap("**", "**", 1, estimated=True))
    assert published.secondary[0].name == "sulfate DE 2024"
    assert FootprintRecord.from_json(published.to_json()) == published
    assert found.to_json()["estimates"][0]["basis"] == "material and region, of another year"


def test_without_a_fitting_factor_nothing_is_made_up(rules):
    found = calculated(rules, listed=FactorList())
    assert found.total == Fraction("6.25")
    assert Gap("q", supplier_of("q"), 1) in found.gaps


def test_the_answer_takes_the_stand_ins_place_without_a_new_bill_of_materials(rules):
    answer = record("q", "3", unit=Unit.KILOGRAM)
    found = calculated(rules, [answer])
    assert found.stages.raw_material == Fraction("7.5")
    assert found.gaps == (Gap("r", supplier_of("r"), 1),)
    assert found.estimates == ()
    assert found.factors == ()


def test_a_stand_in_licensed_to_us_alone_is_counted_and_stays_at_home(rules):
    found = calculated(rules, region="FR")
    published = found.publish("urn:1")
    assert (published.secondary, published.withheld_factors) == ((), 1)
    assert "sulfate RER" not in json.dumps(published.to_json())


def test_an_estimate_upstream_is_an_estimate_downstream(rules):
    below = calculated(rules).publish("urn:1")
    above = roll_up("x", [inventory("x")], Bom((line("x", "p", supplier=below.company),)), [below], rules)
    assert {(gap.count, gap.estimated) for gap in above.gaps} == {(1, False), (1, True)}


def test_primary_data_share_is_told_tier_by_tier(rules):
    found = calculated(rules, [record("r", "5", primary="40")])
    tiers = {share.tier: (share.percent, share.primary_data_share) for share in found.tiers()}
    assert tiers == {0: (Fraction(25), Fraction(100)), 1: (Fraction(75), Fraction(5 * 40, Fraction("18.75")))}
    whole = sum(percent * share for percent, share in tiers.values()) / 100
    assert whole == found.primary_data_share


def test_a_record_is_made_of_no_more_of_the_list_than_can_matter():
    line_ = bought(region="DE")
    some = LISTED.about([line_])
    assert {each.material for each in some.listed} == {"nickel sulfate"}
    assert some.stand_in(line_, 2024) == LISTED.stand_in(line_, 2024)
    assert LISTED.about([line("p", "q")]) == FactorList()
    assert [each.sector for each in LISTED.about([bought(material=None, sector="chemicals")]).listed] == [
        "chemicals"
    ] * 2


def test_a_list_is_written_as_it_was_read():
    assert FactorList.from_json(LISTED.to_json()) == LISTED


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (",2025,yes,", ",long ago,yes,", "battery-input-field-malformed"),
        (",2025,yes,", ",999999999999,yes,", "battery-input-out-of-range"),
        (",2025,yes,", ",2025,perhaps,", "battery-input-field-malformed"),
        (",1,2,1\n", ",1,,1\n", "battery-input-field-missing"),
        (",1,2,1\n", ",1,9,1\n", "battery-input-out-of-range"),
        ("4.0,", "four,", "battery-input-field-malformed"),
        ("kgCO2e/kilogram", "kgCO2e/stone", "battery-input-field-malformed"),
        ("nickel sulfate,,sulfate RER", ",,sulfate RER", "battery-input-field-missing"),
        ("material,", "stuff,", "battery-factors-csv-broken"),
        (",1,2,1\n", ",1,2\n", "battery-factors-csv-broken"),
    ],
)
def test_a_broken_list_says_where(old, new, code):
    with pytest.raises(ConfigurationError) as caught:
        FactorList.from_csv(CSV.replace(old, new, 1))
    assert caught.value.code == code
    assert "ine " in caught.value.message()


def test_a_line_of_the_bill_of_materials_keeps_what_it_is_made_of():
    text = (
        "parent,component,supplier,amount,unit,stages,material,region,sector,spend,currency\n"
        "p,q,s,2,kilogram,component,nickel sulfate,CN-SC,chemicals,10,us-dollar\n"
    )
    read = Bom.from_csv(text)
    told = read.lines[0]
    assert (told.material, told.region, told.sector, told.spend.unit) == (
        "nickel sulfate",
        "CN-SC",
        "chemicals",
        Unit.US_DOLLAR,
    )
    assert Bom.from_json(read.to_json()) == read
    with pytest.raises(ConfigurationError):
        Bom.from_csv(text.replace("us-dollar", "kilogram"))


def test_a_stand_in_falls_into_the_stage_of_its_line(rules):
    lines = (bought(region="DE", stage_map="assembly"),)
    found = roll_up("p", [inventory("p")], Bom(lines), [], rules, LISTED)
    assert dict(found.stages.items())[Stage.RAW_MATERIAL] == Fraction("13.75")
    assert found.quality == Quality(d(1), d(1), d(2))
