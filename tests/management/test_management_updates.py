"""Updates over the management APIs of two companies: a changed part is held, let go, and arrives."""

from __future__ import annotations

from management_site import once

INVENTORY = {
    "@type": "FootprintInventory",
    "declaredUnit": "piece",
    "declaredUnitAmount": "1",
    "period": {"start": "2025-01-01", "end": "2025-12-31"},
    "secondary": [],
}


async def register(site, own: str, **how) -> None:
    emission = {"name": "plant", "stage": "mainProductProduction", "kgCO2e": own}
    status, answer = await site.call("PUT", "/parts/CELL", {"inventory": {**INVENTORY, "own": [emission]}, **how})
    assert status == 200, answer


async def test_a_new_version_is_held_let_go_and_arrives(maker, buyer) -> None:
    await register(maker, "5")
    asked = await buyer.post(
        "/requests", {"partner": "maker", "part": "CELL", "kinds": ["footprint"], "due": "2999-12-31"}
    )

    async def request():
        return (await buyer.get(f"/requests/{asked['request'].replace(':', '%3A')}"))["request"]["state"]

    await once(request, lambda state: state == "answered")
    assert (await maker.get("/updates"))["items"] == []
    await register(maker, "4", automatic=False, cause="energy-mix")

    async def copies():
        return (await maker.get("/updates?part=CELL"))["items"]

    (held,) = await once(copies, lambda items: items and items[0]["state"] == "held")
    assert (held["partner"], held["kind"], held["changes"]) == (buyer.did, "footprint", 1)
    assert held["reason"].startswith("update-by-hand")
    (released,) = (await maker.post("/updates", {"part": "CELL"}))["items"]
    assert released["state"] == "waiting"

    async def heard():
        return (await buyer.get("/notices?kind=restated"))["items"]

    (notice,) = await once(heard, lambda items: items and items[0]["state"] == "done")
    (told,) = await once(copies, lambda items: items[0]["state"] == "told")
    assert notice["cause"] == "energy-mix"
    assert (told["notice"], told["version"], told["record"]) == (
        notice["notice"],
        2,
        notice["content"]["record"],
    )
    status, error = await maker.call("POST", "/updates", {"part": "NONE"})
    assert (status, error["code"]) == (404, "part-unknown")
