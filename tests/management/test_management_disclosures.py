"""Disclosure over the management API: the preview before, the log afterwards, and a file that an auditor checks."""

from __future__ import annotations

import json

from management_site import once, segment

from renkei.exchange.disclosure.audit import Finding, audit
from renkei.kernel import strict_json

PERIOD = {"start": "2025-01-01", "end": "2025-12-31"}
INVENTORY = {
    "@type": "FootprintInventory",
    "declaredUnit": "kilogram",
    "declaredUnitAmount": "1",
    "period": PERIOD,
    "own": [{"name": "kiln", "stage": "mainProductProduction", "kgCO2e": "18.9"}],
    "secondary": [],
}


async def test_what_would_leave_leaves_and_can_be_proved_later(maker, buyer) -> None:
    status, _ = await maker.call("PUT", "/parts/CELL", {"inventory": INVENTORY})
    assert status == 200
    (seen,) = (await maker.get(f"/disclosures/preview?part=CELL&to={segment(buyer.did)}"))["items"]
    assert (seen["partner"], seen["kind"]) == (buyer.did, "footprint")
    shown = {field["path"]: field["value"] for field in seen["shown"]}
    assert shown["/total"] == "18.9"
    assert all(field["purposes"] for field in seen["shown"])
    assert {"what": "own-figures", "count": 1, "why": "input"} in seen["withheld"]
    assert (seen["held"], seen["findings"]) == (None, [])
    assert (await maker.get("/disclosures"))["items"] == []

    await buyer.post("/requests", {"partner": "maker", "part": "CELL", "kinds": ["footprint"], "due": "2999-12-31"})

    async def fetched():
        return [
            line for line in (await maker.get(f"/disclosures?partner={segment(buyer.did)}"))["items"] if line["seen"]
        ]

    (line,) = await once(fetched)
    assert (line["part"], line["way"]) == ("CELL", "answer")
    # the record of the preview was another one: each is named, signed and committed to by itself
    assert set(shown) == set(line["fields"])

    record = line["record"]
    names = (await maker.get(f"/disclosures/leaves/{segment(record)}"))["leaves"]
    assert "/inventories/0/own/0" in names
    whole = await maker.post("/disclosures/reveal", {"record": record, "to": buyer.did})
    assert whole["hands_on"] == []
    checked = audit(strict_json.loads(json.dumps(whole["file"]).encode(), strict_json.DOCUMENT))
    assert checked.finding is Finding.PROVED, checked.as_json()
    some = await maker.post("/disclosures/reveal", {"record": record, "leaves": ["/inventories/0/own/0"]})
    checked = audit(some["file"])
    assert checked.finding is Finding.PARTIAL
    assert checked.revealed == {"/inventories/0/own/0": INVENTORY["own"][0]}
    ways = [each["way"] for each in (await maker.get("/disclosures?part=CELL"))["items"]]
    assert sorted(ways) == ["answer", "reveal", "reveal"]


async def test_what_cannot_be_shown_is_said(maker, buyer) -> None:
    for path, status, code in (
        ("/disclosures/preview", 400, "management-bad-query"),
        (f"/disclosures/preview?part=NONE&to={segment(buyer.did)}", 404, "part-unknown"),
        ("/disclosures/preview?request=none", 404, "request-unknown"),
        ("/disclosures/leaves/none", 404, "calculation-unknown"),
    ):
        answered, error = await maker.call("GET", path)
        assert (answered, error["code"]) == (status, code)
    answered, error = await maker.call("POST", "/disclosures/reveal", {"record": "none"})
    assert (answered, error["code"]) == (404, "calculation-unknown")


async def test_the_shape_behind_a_part_is_told_and_shown(maker, buyer) -> None:
    assert (await maker.call("PUT", "/parts/CELL", {"inventory": INVENTORY}))[0] == 200
    bom = f"parent,component,supplier,amount,unit,stages\nPACK,CELL,{maker.did},2,kilogram,component\n"
    assert (await buyer.call("PUT", "/parts/PACK", {"inventory": INVENTORY, "bom": bom}))[0] == 200
    told = await maker.post("/disclosures/tree/CELL", {"to": buyer.did})
    assert (told["way"], told["document_type"]) == ("tree", "SupplyTree")

    async def tree():
        cells = (await buyer.get("/disclosures/tree/PACK"))["items"]
        return cells if cells[0]["node"] else None

    (cell,) = await once(tree)
    assert [cell[name] for name in ("tier", "sight", "company", "part", "value")] == [
        1,
        "name",
        maker.did,
        "CELL",
        "**",
    ]
    named = await maker.post(
        "/disclosures/tree/CELL/name", {"customer": buyer.did, "to": buyer.did, "until": "2999-01-01T00:00:00Z"}
    )
    assert (named["way"], named["document_type"]) == ("naming", "NodeNaming")
    status, error = await maker.call("POST", "/disclosures/tree/NONE", {"to": buyer.did})
    assert (status, error["code"]) == (404, "part-unknown")


async def test_a_request_is_previewed_with_what_it_tells_of_the_breadth(maker, buyer) -> None:
    assert (await maker.call("PUT", "/parts/CELL", {"inventory": INVENTORY, "automatic": False}))[0] == 200
    asked = await buyer.post(
        "/requests", {"partner": "maker", "part": "CELL", "kinds": ["footprint"], "due": "2999-12-31"}
    )

    async def came():
        status, found = await maker.call("GET", f"/disclosures/preview?request={segment(asked['request'])}")
        return found["items"] if status == 200 else None

    (seen,) = await once(came)
    assert (seen["partner"], seen["part"], seen["below_total"]) == (buyer.did, "CELL", 0)


async def test_a_request_under_the_customers_own_number_is_previewed_as_it_is_answered(maker, buyer) -> None:
    body = {"inventory": INVENTORY, "automatic": False}
    for name in ("CELL", "CELL-B"):
        assert (await maker.call("PUT", f"/parts/{name}", body))[0] == 200
    link = {"part": "CELL", "partner": buyer.did, "side": "customer", "number": "Z-9"}
    await maker.post("/crosswalk", link)
    asked = await buyer.post(
        "/requests", {"partner": "maker", "part": "Z-9", "kinds": ["footprint"], "due": "2999-12-31"}
    )
    path = f"/disclosures/preview?request={segment(asked['request'])}"

    async def came():
        status, found = await maker.call("GET", path)
        return found["items"] if status == 200 else None

    (seen,) = await once(came)
    assert (seen["partner"], seen["part"]) == (buyer.did, "CELL")
    await maker.post("/crosswalk", {**link, "part": "CELL-B"})
    status, error = await maker.call("GET", path)
    assert (status, error["code"]) == (409, "crosswalk-ambiguous")
