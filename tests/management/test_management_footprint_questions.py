"""Why a footprint changed, where it arises and what would be if, over the management API."""

from __future__ import annotations

from management_site import segment

from renkei.exchange.records.calculations import rows_of
from renkei.exchange.records.requests import RequestKind
from renkei.store.port import Changes

FACTOR = {
    "name": "wind power", "value": "0.01", "unit": "kgCO2e/kilowatt-hour", "source": "a paper", "version": "1",
    "licence": "CC0",
}  # fmt: skip
GRID = FACTOR | {"name": "grid", "value": "0.5"}
BOM = "parent,component,supplier,amount,unit,stages\nCELL,ORE,did:web:miner.example,2,kilogram,component\n"


def inventory(own: str) -> dict[str, object]:
    return {
        "@type": "FootprintInventory",
        "declaredUnit": "kilogram",
        "declaredUnitAmount": "1",
        "period": {"start": "2025-01-01", "end": "2025-12-31"},
        "own": [{"name": "kiln", "stage": "mainProductProduction", "kgCO2e": own}],
        "secondary": [
            {
                "name": "electricity",
                "stage": "mainProductProduction",
                "amount": "4",
                "unit": "kilowatt-hour",
                "factor": GRID,
            }
        ],
    }


def offer(total: str) -> dict[str, object]:
    stages = (
        "rawMaterialAcquisitionAndPreProcessing",
        "mainProductProduction",
        "distribution",
        "endOfLifeAndRecycling",
    )
    return {
        "@type": "FootprintRecord", "id": "urn:uuid:offer", "version": 1, "part": "ORE", "company": "did:web:other.example",
        "declaredUnit": "kilogram", "declaredUnitAmount": "1", "unit": "kgCO2e",
        "stages": {stage: total if "main" in stage else "0" for stage in stages}, "total": total,
        "period": {"start": "2025-01-01", "end": "2025-12-31"}, "secondary": [], "gaps": [], "ruleSet": "x",
        "rounding": {"digits": 34, "counting": "significant"},
    }  # fmt: skip


async def register(site, own: str, **how) -> None:
    status, answer = await site.call("PUT", "/parts/CELL", {"inventory": inventory(own), **how})
    assert status == 200, answer


async def given(site) -> str:
    """The id of a record that has left the house."""
    participant = site.connector.participant
    part = await participant.parts.known("CELL")
    document = await participant.parts.record(part, RequestKind.FOOTPRINT)
    await participant.ports.store.commit(Changes(records=rows_of(document)))
    return str(document.document["id"])


async def test_a_change_is_attributed_to_its_causes(maker) -> None:
    await register(maker, "10")
    record = await given(maker)
    status, error = await maker.call("GET", f"/footprints/{segment(record)}/attribution")
    assert (status, error["code"]) == (409, "battery-footprint-first-version")
    await register(maker, "7.5")
    found = await maker.get(f"/footprints/{segment(record)}/attribution?now=true")
    assert (found["from"], found["to"], found["change"]) == ("12", "9.5", "-2.5")
    assert [(cause["kind"], cause["name"], cause["kgCO2e"]) for cause in found["causes"]] == [
        ("own-emission", "kiln", "-2.5")
    ]
    masked = await maker.get(f"/footprints/{segment(record)}/attribution?now=true&visible=did:web:nobody.example")
    assert [cause["name"] for cause in masked["causes"]] == ["**"]


async def test_a_later_record_is_compared_with_the_one_it_supersedes(maker) -> None:
    await register(maker, "10")
    first = await given(maker)
    await register(maker, "9")
    second = await given(maker)
    found = await maker.get(f"/footprints/{segment(second)}/attribution")
    assert found["change"] == "-1"
    assert await maker.get(f"/footprints/{segment(second)}/attribution?since={segment(first)}") == found


async def test_hotspots_of_a_part(maker) -> None:
    await register(maker, "10", bom=BOM)
    found = await maker.get("/parts/CELL/hotspots")
    assert [(one["name"], one["kgCO2e"]) for one in found["sources"]] == [("kiln", "10"), ("electricity", "2")]
    assert [(one["name"], one["reaches"]) for one in found["ladder"]] == [("electricity", "100")]
    assert [gap["part"] for gap in found["unknown"]] == ["ORE"]


async def test_what_another_supplier_or_other_electricity_would_change(maker) -> None:
    await register(maker, "10", bom=BOM)
    found = await maker.call("POST", "/parts/CELL/what-if", {"component": "ORE", "record": offer("3")})
    assert (found[0], found[1]["change"]) == (200, "6")
    for body in ({"factor": FACTOR}, {"factor": FACTOR, "use": "electricity"}):
        status, found = await maker.call("POST", "/parts/CELL/what-if", body)
        assert (status, found["change"]) == (200, "-1.96")
        assert found["causes"][0]["kind"] == "factor"


async def test_a_question_that_is_none_is_refused(maker) -> None:
    await register(maker, "10", bom=BOM)
    for body in ({}, {"component": "ORE"}, {"record": offer("3"), "factor": FACTOR}):
        status, error = await maker.call("POST", "/parts/CELL/what-if", body)
        assert (status, error["code"]) == (400, "management-bad-body")
    status, error = await maker.call("POST", "/parts/CELL/what-if", {"factor": FACTOR, "use": "steam"})
    assert (status, error["code"]) == (409, "battery-what-if-nothing")


async def test_whoever_gives_a_footprint_to_nobody_keeps_one_to_compare_with(maker) -> None:
    await maker.call("PUT", "/parts/CELL", {"inventory": inventory("10")})
    status, kept = await maker.call("POST", "/parts/CELL/footprint", {})
    assert (status, kept["document"]["total"], kept["signed"]) == (200, "12", True)  # 10 + 4 x 0.5
    _, again = await maker.call("POST", "/parts/CELL/footprint", {})
    assert again["id"] == kept["id"]
    await maker.call("PUT", "/parts/CELL", {"inventory": inventory("7")})
    why = await maker.get(f"/footprints/{segment(kept['document']['id'])}/attribution?now=true")
    assert [(cause["kind"], cause["name"], cause["kgCO2e"]) for cause in why["causes"]] == [
        ("own-emission", "kiln", "-3")
    ]
