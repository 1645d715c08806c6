"""Requests, parts, records and the overview, over the management APIs of two companies."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime

import pytest
from management_site import once, segment

from renkei.trust.verification import Outcome, verify_bundle

PERIOD = {"start": "2025-01-01", "end": "2025-12-31"}
INVENTORY = {
    "@type": "FootprintInventory",
    "declaredUnit": "kilogram",
    "declaredUnitAmount": "2",
    "period": PERIOD,
    "own": [
        {
            "name": "kiln",
            "stage": "mainProductProduction",
            "kgCO2e": "18.9",
            "quality": {"TeR": "1", "GeR": "1", "TiR": "2"},
        }
    ],
    "secondary": [],
}
STATEMENT = {
    "@type": "DiligenceStatement",
    "declaredUnit": "kilogram",
    "declaredUnitAmount": "2",
    "period": PERIOD,
    "minerals": [],
    "absent": ["cobalt", "lithium", "natural_graphite", "nickel"],
    "expected": [],
}
PART = "部品/1 (α)"
KINDS = ["footprint"]


async def ask(buyer, part=PART, **how):
    body = {"partner": "maker", "part": part, "kinds": KINDS, "due": "2999-12-31", "message": "お願いします", **how}
    return await buyer.post("/requests", body)


async def register(site, part=PART, **how):
    body = {"inventory": INVENTORY, "due_diligence": STATEMENT, **how}
    status, answer = await site.call("PUT", f"/parts/{segment(part)}", body)
    assert status == 200, answer
    return answer


async def arrived(site, request):
    """Wait until a request stands in a company's inbox."""
    kind, record = "request", f"in:{request}"
    participant = site.connector.participant

    async def look():
        return await participant.ports.store.load(kind, record)

    await participant.watch.until(kind, record, look, 20)


async def test_a_request_is_answered_without_a_hand_and_its_record_comes_with_it(maker, buyer) -> None:
    await register(maker)
    asked = await ask(buyer)
    assert (asked["direction"], asked["state"], asked["final"]) == ("out", "open", False)
    detail = await buyer.get(f"/requests/{segment(asked['request'])}", wait=30)
    assert (detail["request"]["state"], detail["request"]["final"]) == ("answered", True)
    record = detail["records"]["footprint"]
    assert (record["type"], record["part"], record["partner"], record["signed"]) == (
        "FootprintRecord",
        PART,
        maker.did,
        True,
    )
    assert record["document"]["total"] == "18.9"
    bundle = await buyer.get(f"/export/record/{segment(record['id'])}")
    assert verify_bundle(bundle).outcome is Outcome.VERIFIED
    listed = await buyer.get("/documents", partner="maker", type="FootprintRecord", part=PART)
    assert [item["id"] for item in listed["items"]] == [record["id"]]
    received = (await maker.get("/requests", direction="in"))["items"]
    assert [(item["state"], item["message"]) for item in received] == [("answered", "お願いします")]


async def test_a_request_for_a_part_nobody_registered_waits_for_a_hand(maker, buyer) -> None:
    asked = await ask(buyer)
    await arrived(maker, asked["request"])
    detail = await buyer.get(f"/requests/{segment(asked['request'])}", wait=0)
    assert detail["request"]["state"] == "open"
    status, error = await maker.call("POST", f"/requests/{segment(asked['request'])}/answer")
    assert (status, error["code"]) == (404, "part-unknown")
    await register(maker, automatic=False)
    answered = await maker.post(f"/requests/{segment(asked['request'])}/answer")
    assert answered["state"] == "answered"
    detail = await buyer.get(f"/requests/{segment(asked['request'])}", wait=30)
    assert set(detail["records"]) == {"footprint"}


async def test_who_waits_for_a_request_is_woken_by_its_end(maker, buyer) -> None:
    asked = await ask(buyer)
    await arrived(maker, asked["request"])
    waiting = asyncio.create_task(buyer.get(f"/requests/{segment(asked['request'])}", wait=60))
    rejected = await maker.post(f"/requests/{segment(asked['request'])}/reject", {"reason": "作っていません"})
    assert rejected["state"] == "rejected"
    detail = await waiting
    assert (detail["request"]["state"], detail["request"]["reason"]) == ("rejected", "作っていません")


async def test_a_request_that_was_taken_back_is_closed_on_both_sides(maker, buyer) -> None:
    asked = await ask(buyer)
    await arrived(maker, asked["request"])
    path = f"/requests/{segment(asked['request'])}"
    assert (await buyer.post(f"{path}/cancel", {"reason": "no longer"}))["state"] == "cancelled"
    detail = await maker.get(path, wait=30)
    assert (detail["request"]["state"], detail["request"]["reason"]) == ("cancelled", "no longer")
    status, error = await maker.call("POST", f"{path}/answer")
    assert (status, error["code"], error["fault"]) == (409, "request-closed", "local")


async def test_a_supplier_asks_its_own_supplier_first_and_the_counts_tell_of_it(maker, buyer) -> None:
    """``buyer`` makes a part of what ``maker`` makes; ``maker`` asks for it; nobody answers yet below."""
    header = "parent,component,supplier,amount,unit,yield,stages"
    await register(buyer, "top", bom=f"{header}\ntop,unknown,maker,1,kilogram,,component\n")
    body = {"partner": buyer.did, "part": "top", "kinds": KINDS, "due": "2999-12-31"}
    asked = await maker.post("/requests", body)
    await arrived(buyer, asked["request"])
    below = (await once(lambda: buyer.get("/requests", direction="out"), lambda found: found["items"]))["items"]
    assert (below[0]["cause"], below[0]["part"], below[0]["partner"]) == (asked["request"], "unknown", maker.did)
    detail = await buyer.get(f"/requests/{segment(asked['request'])}")
    assert detail["request"]["state"] == "preparing"
    assert detail["request"]["below"] == {"open": 1, "total": 1, "late": 0}
    assert [item["request"] for item in detail["asked"]] == [below[0]["request"]]


async def test_a_prepared_request_is_answered_when_nothing_is_left_to_ask(maker, buyer) -> None:
    asked = await ask(buyer)
    await arrived(maker, asked["request"])
    await register(maker, automatic=False)
    await maker.post(f"/requests/{segment(asked['request'])}/prepare")
    detail = await buyer.get(f"/requests/{segment(asked['request'])}", wait=30)
    assert detail["request"]["state"] == "answered"


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"kinds": []}, "management-bad-body"),
        ({"kinds": ["price"]}, "management-bad-body"),
        ({"due": "soon"}, "management-bad-body"),
        ({"due": "2026-02-30"}, "request-malformed"),
        ({"part": ""}, "management-bad-body"),
        ({"message": "x" * 4001}, "management-bad-body"),
    ],
)
async def test_a_request_no_box_would_take_is_not_made(maker, buyer, how, code) -> None:
    body = {"partner": "maker", "part": "p", "kinds": KINDS, "due": "2999-12-31", **how}
    status, error = await buyer.call("POST", "/requests", body)
    assert (status, error["code"]) == (400, code)
    assert (await buyer.get("/requests", direction="out"))["items"] == []


async def test_requests_are_listed_newest_first_and_by_state(maker, buyer) -> None:
    names = [(await ask(buyer, f"p{index}"))["request"] for index in range(3)]
    listed = (await buyer.get("/requests", direction="out", limit=2))["items"]
    assert [item["request"] for item in listed] == names[:0:-1]
    assert (await buyer.get("/requests", direction="out", state="answered"))["items"] == []
    assert (await buyer.get("/requests"))["items"] == []


async def test_a_part_is_kept_as_it_was_given_and_calculated_for_our_own_eyes(maker, buyer) -> None:
    part = await register(maker, customers=[buyer.did, buyer.did])
    assert (part["id"], part["customers"], part["automatic"]) == (PART, [buyer.did], True)
    assert part["inventory"]["company"] == maker.did
    assert [item["id"] for item in (await maker.get("/parts"))["items"]] == [PART]
    assert await maker.get(f"/parts/{segment(PART)}") == part
    footprint = await maker.get(f"/parts/{segment(PART)}/footprint")
    assert (footprint["total"], footprint["contributions"][0]["name"]) == ("18.9", "kiln")
    diligence = await maker.get(f"/parts/{segment(PART)}/due-diligence")
    assert sorted(diligence["absent"]) == STATEMENT["absent"]


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"inventory": {**INVENTORY, "surprise": 1}}, "battery-input-field-unknown"),
        (
            {"inventory": {**INVENTORY, "own": [{**INVENTORY["own"][0], "kgCO2e": 18.9}]}},
            "battery-input-number-not-text",
        ),
        ({"bom": "nonsense"}, "battery-bom-csv-broken"),
        ({"bomm": ""}, "management-bad-body"),
    ],
)
async def test_a_part_that_does_not_fit_is_refused_and_not_kept(maker, how, code) -> None:
    status, error = await maker.call("PUT", "/parts/p", how)
    assert (status, error["code"], error["fault"]) == (400, code, "configuration")
    assert (await maker.get("/parts"))["items"] == []


async def test_a_supplier_that_nobody_knows_is_named_with_its_line(maker) -> None:
    bom = "parent,component,supplier,amount,unit,yield,stages\np,ore,nobody,2,piece,1,component\n"
    status, error = await maker.call("PUT", "/parts/p", {"bom": bom})
    assert (status, error["code"]) == (404, "partner-unknown")
    assert "nobody" in error["message"]
    assert "line 2 of the bill of materials" in error["message"]


async def test_the_overview_counts_what_there_is(maker, buyer) -> None:
    await maker.publish("a")
    await buyer.post("/fetch", {"partner": "maker", "dataset": "urn:dataset:a"})
    asked = await ask(buyer)
    await arrived(maker, asked["request"])
    status = await maker.get("/status")
    assert (status["did"], status["name"], status["ready"]) == (maker.did, "メーカー", True)
    assert status["negotiations"] == {"FINALIZED": 2}, "one for the dataset, one for the request box"
    assert status["requests_in"] == {"open": 1}
    assert status["assets"] == 1, "the request box is none of them"
    about = await maker.get("/about")
    assert (about["did"], about["public_url"]) == (maker.did, maker.connector.public_url)
    assert "footprint-to-customer" in about["templates"]
    assert (await maker.get("/health")) == {"ready": True}


async def test_a_partner_with_a_short_name_is_shown_by_it_beside_its_id(maker, buyer) -> None:
    await maker.publish("a")
    fetched = await buyer.post("/fetch", {"partner": "maker", "dataset": "urn:dataset:a"})
    asked = await ask(buyer)
    part = await register(buyer, part="CAR", customers=["maker", "did:web:other.example"])
    assert part["customers"] == [maker.did, "did:web:other.example"]
    assert part["customer_names"] == ["maker", "did:web:other.example"]
    lists = ("/requests?direction=out", "/negotiations", "/agreements", "/transfers")
    shown = [one for path in lists for one in (await buyer.get(path))["items"]]
    shown += [asked, (await buyer.get(f"/requests/{segment(asked['request'])}"))["request"]]
    shown += [await buyer.get(f"/agreements/{segment(fetched['agreement'])}")]
    assert {(one["partner"], one["partner_name"]) for one in shown} == {(maker.did, "maker")}
    assert (await buyer.get("/about"))["partners"] == {maker.did: "maker"}
    theirs = (await maker.get("/agreements"))["items"]
    assert {(one["partner"], one["partner_name"]) for one in theirs} == {(buyer.did, "")}, "nobody has named it there"


async def test_a_withdrawn_box_is_not_counted_off(maker) -> None:
    await maker.publish("a")
    await maker.call("DELETE", f"/assets/{segment(maker.did + '#request-box')}")
    assert (await maker.get("/status"))["assets"] == 1


async def test_history_is_read_on_from_where_one_was(maker) -> None:
    for name in ("a", "b", "c"):
        await maker.publish(name)
    first = await maker.get("/events", limit=2)
    rest = await maker.get("/events", after=first["next"], limit=500)
    numbers = [event["seq"] for event in first["items"] + rest["items"]]
    assert numbers == sorted(set(numbers))
    assert rest["next"] is None
    only = await maker.get("/events", kind="asset", id="urn:dataset:b")
    assert [event["type"] for event in only["items"]] == ["published"]


async def test_a_request_that_cannot_be_delivered_tells_why_and_when_it_is_tried_again(buyer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    before = datetime.now(UTC)
    asked = await ask(buyer, partner=f"did:web:127.0.0.1%3A{port}")

    async def troubled():
        listed = await buyer.get("/requests", direction="out")
        return [item for item in listed["items"] if item["trouble"]]

    (listed,) = await once(troubled)
    assert (listed["request"], listed["delivered"]) == (asked["request"], False)
    assert datetime.fromisoformat(listed["next_try"]) >= before
    shown = (await buyer.get(f"/requests/{segment(asked['request'])}"))["request"]
    assert shown["trouble"] or shown["reason"]


async def test_a_part_is_replaced_as_a_whole(maker) -> None:
    await register(maker, automatic=False, customers=["did:web:buyer.example"])
    status, again = await maker.call("PUT", f"/parts/{segment(PART)}", {"inventory": INVENTORY})
    assert status == 200
    assert (again["bom"], again["due_diligence"], again["automatic"], again["customers"]) == (None, {}, True, [])
    assert again["inventory"]["own"] == INVENTORY["own"]
