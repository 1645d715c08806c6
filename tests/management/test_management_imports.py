"""What files tell, over the management API: parts together, and the answers of suppliers without a system."""

from __future__ import annotations

from renkei.exchange.records.requests import BY_HAND

PERIOD = {"start": "2025-01-01", "end": "2025-12-31"}
MINE = BY_HAND + "mine"
DIGEST = "sha-256:" + "ab" * 32


def told(own: str, **facts) -> dict[str, object]:
    inventory = {
        "@type": "FootprintInventory",
        "declaredUnit": "piece",
        "declaredUnitAmount": "1",
        "period": PERIOD,
        "own": [{"name": "kiln", "stage": "mainProductProduction", "kgCO2e": own}],
        "secondary": [],
    }
    return {"inventory": inventory, "unit": "piece", **facts}


async def test_parts_of_a_file_are_registered_and_keep_what_no_file_tells(maker) -> None:
    await maker.call("PUT", "/parts/P-1", {"automatic": False, "customers": [maker.did], **told("1")})
    status, imported = await maker.call(
        "POST", "/imports", {"parts": {"P-1": told("2"), "P-2": told("3", name="Cell")}}
    )
    assert (status, imported) == (200, {"parts": ["P-1", "P-2"], "dry_run": False})
    kept = await maker.get("/parts/P-1")
    assert (kept["automatic"], kept["customers"], kept["inventory"]["own"][0]["kgCO2e"]) == (False, [maker.did], "2")
    assert (await maker.get("/parts/P-2"))["name"] == "Cell"


async def test_a_dry_run_and_a_bad_file_store_nothing(maker) -> None:
    status, imported = await maker.call("POST", "/imports", {"parts": {"P-1": told("1")}, "dry_run": True})
    assert (status, imported["dry_run"]) == (200, True)
    status, error = await maker.call("POST", "/imports", {"parts": {"P-1": told("1"), "P-2": told("much")}})
    assert (status, error["code"]) == (400, "battery-input-field-malformed")
    assert (await maker.get("/parts"))["items"] == []


async def test_a_suppliers_form_answers_the_request_and_stays_unsigned(maker) -> None:
    asked = {"partner": MINE, "part": "ORE", "kinds": ["footprint"], "due": "2099-12-31"}
    _, request = await maker.call("POST", "/requests", asked)
    body = {"parts": {"ORE": told("2.5")}, "request": request["request"], "file_digest": DIGEST}
    status, took = await maker.call("POST", "/imports/answers", {**body, "dry_run": True})
    assert (status, took["record"], took["dry_run"]) == (200, None, True)
    status, took = await maker.call("POST", "/imports/answers", body)
    assert status == 200, took
    record = took["record"]
    assert (record["signed"], record["taken_from"], record["partner"]) == (False, DIGEST, MINE)
    assert (took["request"]["state"], took["request"]["received"]) == ("answered", {"footprint": record["id"]})


async def test_an_answer_tells_of_one_part(maker) -> None:
    body = {"parts": {"A": told("1"), "B": told("2")}, "partner": MINE, "file_digest": DIGEST}
    status, error = await maker.call("POST", "/imports/answers", body)
    assert (status, error["code"]) == (400, "by-hand-one-part")


async def test_a_footprint_is_shown_in_the_columns_of_the_ouranos_applications(maker) -> None:
    await maker.call("PUT", "/parts/P-1", told("2.000001", name="セル"))
    sheet = await maker.get("/parts/P-1/ouranos-sheet")
    assert (sheet["cells"]["部品項目"], sheet["cells"]["製造自社由来排出量"], sheet["gaps"]) == ("セル", "2.00001", 0)


async def test_requests_for_parts_of_a_file_may_wait_for_a_person(maker) -> None:
    await maker.call("POST", "/imports", {"parts": {"P-1": told("1")}, "manual": True})
    await maker.call("POST", "/imports", {"parts": {"P-1": told("2")}})  # what is known stays as it was
    assert (await maker.get("/parts/P-1"))["automatic"] is False
