"""What agreements oblige to, over the management API: listed, recorded with evidence, refused with a code."""

from __future__ import annotations

import pytest
from management_site import segment

ODRL = "http://www.w3.org/ns/odrl/2/"
SAID = {"by": "Hanako", "evidence": "transfer 4711", "digest": "sha-256:" + 64 * "a"}
TERMS = {
    "permission": [
        {
            "action": "use",
            "duty": [
                {
                    "action": ODRL + "compensate",
                    "constraint": [
                        {"leftOperand": ODRL + "elapsedTime", "operator": "lteq", "rightOperand": "P30D"},
                    ],
                    ODRL + "consequence": [{"action": ODRL + "inform"}],
                }
            ],
        }
    ]
}


@pytest.fixture
async def sites(maker, buyer):
    """An agreement that obliges the buyer, offered by the maker and accepted by a person."""
    await maker.publish("paid", policy=TERMS)
    status, refused = await buyer.call("POST", "/negotiations", {"partner": "maker", "dataset": "urn:dataset:paid"})
    assert (status, refused["code"]) == (403, "negotiation-burdened")
    ours = await maker.post("/negotiations/offers", {"partner": buyer.did, "dataset": "urn:dataset:paid"})
    waiting = []
    for _ in range(400):
        if waiting := (await buyer.get("/negotiations", pending="true"))["items"]:
            break
    await buyer.post(f"/negotiations/{segment(waiting[0]['id'])}/approve", {"by": "Jiro"})
    ended = await maker.get(f"/negotiations/{segment(ours['id'])}", wait=20)
    assert ended["state"] == "FINALIZED"
    return maker, buyer


async def test_what_is_owed_is_listed_and_recorded_with_its_evidence(sites) -> None:
    maker, buyer = sites
    (bill,) = (await maker.get("/obligations", due="true"))["items"]
    assert (bill["role"], bill["path"], bill["state"], bill["ours"]) == (
        "duty",
        "permission[0].duty[0]",
        "active",
        False,
    )
    assert (bill["debtor"], bill["creditor"], bill["partner"]) == (buyer.did, maker.did, buyer.did)
    assert len((await maker.get("/obligations", partner=buyer.did))["items"]) == 2
    assert (await maker.get("/obligations", agreement="urn:uuid:none"))["items"] == []
    path = f"/obligations/{segment(bill['id'])}"
    done = await maker.post(f"{path}/done", SAID)
    assert done["state"] == "fulfilled"
    assert {**SAID, "word": "confirmed"}.items() <= done["performance"].items()
    assert await maker.get(path) == done
    types = [event["type"] for event in (await maker.get("/events", id=bill["id"]))["items"]]
    assert types == ["active", "fulfilled"]
    mine = (await buyer.get("/obligations", due="true"))["items"]
    assert [(one["partner_name"], one["ours"], one["state"]) for one in mine] == [("maker", True, "active")]


async def test_what_cannot_be_recorded_is_refused_with_its_code(sites) -> None:
    maker, _ = sites
    bill, inform = sorted((await maker.get("/obligations"))["items"], key=lambda one: one["path"])
    first, second = (f"/obligations/{segment(one['id'])}" for one in (bill, inform))
    cases = [
        ("/obligations/none/done", SAID, (404, "obligation-unknown")),
        (f"{second}/done", SAID, (409, "obligation-not-owed")),
        (f"{first}/begin", SAID, (409, "obligation-not-owed")),
        (f"{first}/done", {**SAID, "at": "2999-01-01T00:00:00Z"}, (400, "obligation-ahead")),
        (f"{first}/done", {**SAID, "at": "2026-11-22T09:30:00"}, (400, "management-bad-body")),
        (f"{first}/done", {**SAID, "evidence": ""}, (400, "management-bad-body")),
        (f"{first}/done", {**SAID, "digest": "sha-1:00"}, (400, "management-bad-body")),
    ]
    for path, body, expected in cases:
        status, answer = await maker.call("POST", path, body)
        assert (status, answer["code"]) == expected
    await maker.post(f"{first}/done", SAID)
    status, answer = await maker.call("POST", f"{first}/done", SAID)
    assert (status, answer["code"]) == (409, "obligation-settled")
