"""Offers and decisions over the management API: what waits for a person is seen, answered, and kept with a name."""

from __future__ import annotations

import pytest
from management_site import TERMS, segment

DATASET = "urn:dataset:pcf"


async def offered(maker, buyer) -> tuple[str, dict]:
    """An offer that nobody has asked for: the maker's pid, and the buyer's negotiation about it."""
    await maker.publish("pcf")
    ours = await maker.post("/negotiations/offers", {"partner": buyer.did, "dataset": DATASET})
    found = await maker.get(f"/negotiations/{segment(ours['id'])}")
    assert found["side"] == "provider"
    for _ in range(400):
        waiting = (await buyer.get("/negotiations", pending="true"))["items"]
        if waiting:
            return ours["id"], waiting[0]
    raise AssertionError("the offer has not arrived")


async def test_an_offer_waits_in_the_inbox_until_a_person_has_said_yes(maker, buyer) -> None:
    theirs, waiting = await offered(maker, buyer)
    assert (waiting["state"], waiting["asking"], waiting["offer_by"]) == ("OFFERED", True, "provider")
    (decision,) = (await buyer.get("/decisions"))["items"]
    assert (decision["negotiation"], decision["target"], decision["state"]) == (waiting["id"], "ACCEPTED", "open")
    said = await buyer.post(f"/negotiations/{segment(waiting['id'])}/approve", {"by": "Hanako"})
    assert said["approved_by"] == "Hanako"
    ended = await maker.get(f"/negotiations/{segment(theirs)}", wait=20)
    assert ended["state"] == "FINALIZED"
    detail = await buyer.get(f"/negotiations/{segment(waiting['id'])}/offers")
    assert [offer["by"] for offer in detail["offers"]] == ["provider"]
    assert (detail["decision"]["state"], detail["decision"]["by"]) == ("approved", "Hanako")
    assert (await buyer.get("/decisions"))["items"] == []
    assert len((await buyer.get("/decisions", state="approved"))["items"]) == 1
    types = [event["type"] for event in (await buyer.get("/events", id=waiting["id"]))["items"]]
    assert "approved by Hanako" in types


async def test_a_no_ends_it_with_the_reason_on_the_other_side(maker, buyer) -> None:
    theirs, waiting = await offered(maker, buyer)
    path = f"/negotiations/{segment(waiting['id'])}/reject"
    await buyer.post(path, {"by": "Hanako", "reason": "not this year"})
    ended = await maker.get(f"/negotiations/{segment(theirs)}", wait=20)
    assert (ended["state"], ended["failure"]["code"], ended["failure"]["reason"]) == (
        "TERMINATED",
        "decision-refused",
        ["not this year"],
    )
    status, error = await buyer.call("POST", path, {"by": "Taro", "reason": "again"})
    assert (status, error["code"]) == (409, "negotiation-nobody-asked")


async def test_a_counter_offer_and_an_acceptance_go_their_way(maker, buyer) -> None:
    _, waiting = await offered(maker, buyer)
    path = f"/negotiations/{segment(waiting['id'])}"
    status, error = await buyer.call("POST", f"{path}/counter", {"offer": {"permission": [{"action": {"@id": "use"}}]}})
    assert (status, error["code"]) == (400, "management-bad-policy")
    countered = await buyer.post(f"{path}/counter", {"offer": TERMS})
    assert (countered["asking"], countered["offer_by"]) == (False, "consumer")
    ended = await buyer.get(path, wait=20)
    assert ended["state"] == "FINALIZED", "the counter-offer says what the maker has published"
    assert len((await buyer.get(f"{path}/offers"))["offers"]) == 2


async def test_an_offer_is_accepted_by_hand(maker, buyer) -> None:
    _, waiting = await offered(maker, buyer)
    await buyer.post(f"/negotiations/{segment(waiting['id'])}/accept", {})
    ended = await buyer.get(f"/negotiations/{segment(waiting['id'])}", wait=20)
    assert ended["state"] == "FINALIZED"
    renewed = await buyer.post(f"/agreements/{segment(ended['agreement'])}/renew", {})
    again = await buyer.get(f"/negotiations/{segment(renewed['id'])}", wait=20)
    assert again["state"] == "FINALIZED"
    assert again["agreement"] != ended["agreement"]


@pytest.mark.parametrize("step", ["approve", "reject", "accept", "counter"])
async def test_an_unknown_negotiation_is_unknown_to_every_step(maker, step) -> None:
    bodies = {"approve": {"by": "H"}, "reject": {"by": "H", "reason": "r"}, "accept": {}, "counter": {"offer": TERMS}}
    status, error = await maker.call("POST", f"/negotiations/urn:x/{step}", bodies[step])
    assert (status, error["code"]) == (404, "record-unknown")
