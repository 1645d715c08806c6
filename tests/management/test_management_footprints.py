"""Rule sets, our secondary factors, and records made again, over the management API."""

from __future__ import annotations

from management_site import segment

from renkei.exchange.records.calculations import rows_of
from renkei.exchange.records.requests import RequestKind
from renkei.store.port import Changes

INVENTORY = {
    "@type": "FootprintInventory",
    "declaredUnit": "kilogram",
    "declaredUnitAmount": "1",
    "period": {"start": "2025-01-01", "end": "2025-12-31"},
    "own": [{"name": "kiln", "stage": "mainProductProduction", "kgCO2e": "0.1234567"}],
    "secondary": [],
}
BOM = "parent,component,supplier,amount,unit,stages,material\nCELL,ORE,did:web:miner.example,2,kilogram,component,ore\n"
CSV = "material,name,value,unit,source,version,licence\nore,ore of the world,3,kgCO2e/kilogram,a paper,1,CC0\n"


async def given(site) -> str:
    """The id of a record that has left the house."""
    participant = site.connector.participant
    part = await participant.parts.known("CELL")
    document = await participant.parts.record(part, RequestKind.FOOTPRINT)
    await participant.ports.store.commit(Changes(records=rows_of(document)))
    return str(document.document["id"])


async def register(site, **how):
    status, answer = await site.call("PUT", "/parts/CELL", {"inventory": INVENTORY, **how})
    assert status == 200, answer
    return answer


async def test_rule_sets_are_listed_and_shown_by_either_name(maker) -> None:
    listed = (await maker.get("/rules"))["items"]
    assert [one["name"] for one in listed if one["used"]] == ["eu-battery-cfb-2024-draft"]
    assert {one["status"] for one in listed} == {"draft", "in-force", "superseded"}
    shown = await maker.get("/rules/ouranos-1")
    assert shown["publication"] == {"digits": 5, "counting": "decimal-places", "mode": "up"}
    assert await maker.get(f"/rules/{segment(shown['id'])}") == shown
    status, error = await maker.call("GET", "/rules/none")
    assert (status, error["code"]) == (404, "rule-set-unknown")


async def test_factors_are_registered_as_csv_or_json_and_stand_in_for_who_is_silent(maker) -> None:
    await register(maker, bom=BOM)
    assert (await maker.get("/factors"))["factors"] == []
    status, listed = await maker.call("PUT", "/factors", {"csv": CSV})
    assert (status, listed["factors"][0]["material"]) == (200, "ore")
    assert (await maker.call("PUT", "/factors", {"listed": listed})) == (200, listed)
    assert await maker.get("/factors") == listed
    found = await maker.get("/parts/CELL/footprint")
    assert found["total"] == "6.1234567"
    assert found["estimates"][0]["basis"] == "material, of the world"
    assert found["gaps"] == [{"part": "ORE", "company": "did:web:miner.example", "count": 1, "estimated": True}]


async def test_a_factor_list_that_is_both_or_neither_is_refused(maker) -> None:
    for body in ({}, {"csv": CSV, "listed": {"@type": "SecondaryFactorList", "factors": []}}):
        status, error = await maker.call("PUT", "/factors", body)
        assert (status, error["code"]) == (400, "management-bad-body")
    status, error = await maker.call("PUT", "/factors", {"csv": CSV.replace(",3,", ",three,")})
    assert (status, error["code"]) == (400, "battery-input-field-malformed")


async def test_a_record_is_made_again_and_compared(maker) -> None:
    await register(maker)
    record = await given(maker)
    again = await maker.get(f"/footprints/{segment(record)}/recalculation")
    assert (again["reproduced"], again["difference"], again["calculation"]["total"]) == (True, None, "0.1234567")
    assert (await maker.connector.recalculate(record)).to_json() == again
    await register(maker, inventory={**INVENTORY, "own": []})
    today = await maker.get(f"/footprints/{segment(record)}/recalculation?now=true")
    assert (today["reproduced"], today["difference"]["matter"]) == (False, "input")
    compared = await maker.get(f"/footprints/{segment(record)}/comparison?rules=ouranos-1")
    assert (compared["from"]["total"], compared["to"]["total"]) == ("0.1234567", "0.12346")
    assert (await maker.connector.compare_rules(record, "ouranos-1")).to_json() == compared
    (stage,) = [each for each in compared["stages"] if each["reasons"]]
    assert stage["reasons"] == [{"why": "rounding", "kgCO2e": "0.0000033"}]
    status, error = await maker.call("GET", "/footprints/none/recalculation")
    assert (status, error["code"]) == (404, "calculation-unknown")


async def test_a_part_keeps_the_rule_set_that_it_names(maker) -> None:
    answer = await register(maker, rules="ouranos-1")
    assert answer["rules"] == "ouranos-1"
    assert (await maker.get("/parts/CELL"))["rules"] == "ouranos-1"
    assert (await maker.get("/parts/CELL/footprint"))["total"] == "0.12346"
    status, error = await maker.call("PUT", "/parts/CELL", {"inventory": INVENTORY, "rules": "none"})
    assert (status, error["code"]) == (404, "rule-set-unknown")
