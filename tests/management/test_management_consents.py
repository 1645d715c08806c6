"""Consents over the management APIs of two companies: asked for, granted, shown, withdrawn."""

from __future__ import annotations

import pytest
from management_site import once, segment

PURPOSE = "https://w3id.org/renkei/v1/purpose/carbon-footprint"
TERMS = {
    "permission": [
        {
            "action": "use",
            "constraint": [
                {
                    "leftOperand": "http://www.w3.org/ns/odrl/2/purpose",
                    "operator": "isAnyOf",
                    "rightOperand": [PURPOSE],
                }
            ],
        }
    ]
}
DATASET = "urn:dataset:pcf"


async def shown(site, consent: str, state: str) -> dict:
    """One side's view, once it stands so."""
    place = f"/consents/{segment(consent)}"
    _, found = await once(lambda: site.call("GET", place), lambda seen: seen[0] == 200 and seen[1]["state"] == state)
    return found


async def asked(maker, buyer, **how) -> dict:
    body = {"partner": "maker", "purposes": ["cx.pcf.base:1"], "dataset": DATASET, "wish": "算定のため", **how}
    found = await buyer.post("/consents", body)
    assert (found["direction"], found["state"], found["delivered"]) == ("out", "asked", False)
    return await shown(maker, found["consent"], "asked")


async def test_a_consent_goes_its_way_from_the_wish_to_the_withdrawal(maker, buyer) -> None:
    asset = await maker.publish("pcf", policy=TERMS, consent=True)
    assert (asset["consent"], asset["fields"]) == (True, [])
    status, error = await buyer.call("POST", "/fetch", {"partner": "maker", "dataset": DATASET})
    assert status >= 400
    assert "consent-missing" in error["message"]
    waiting = await asked(maker, buyer, until="2999-01-01T00:00:00+09:00")
    assert waiting["wish"] == {
        "text": "算定のため",
        "purposes": ["cx.pcf.base:1"],
        "until": "2998-12-31T15:00:00Z",
    }
    (listed,) = (await maker.get("/consents"))["items"]
    assert (listed["consent"], listed["partner"], listed["purpose_class"]) == (
        waiting["consent"],
        buyer.did,
        "primary",
    )
    path = f"/consents/{segment(waiting['consent'])}"
    granted = await maker.post(f"{path}/grant", {"by": "Hanako", "until": "2990-01-01T00:00:00Z"})
    assert (granted["state"], granted["by"], granted["valid_until"]) == ("granted", "Hanako", "2990-01-01T00:00:00Z")
    theirs = await shown(buyer, waiting["consent"], "granted")
    assert (theirs["partner_name"], theirs["purposes"]) == ("maker", [PURPOSE])
    fetched = await buyer.post("/fetch", {"partner": "maker", "dataset": DATASET})
    assert fetched["text"] == '{"x": 1}'
    types = [event["type"] for event in (await buyer.get("/events", id=fetched["transfer"]))["items"]]
    assert f"under consent {waiting['consent']}" in types
    await maker.post(f"{path}/withdraw", {"by": "Hanako", "reason": "we were sold"})
    assert (await shown(buyer, waiting["consent"], "withdrawn"))["reason"] == "we were sold"
    status, error = await buyer.call("POST", "/fetch", {"partner": "maker", "dataset": DATASET})
    assert "consent-withdrawn" in error["message"]
    assert (await buyer.get("/consents"))["items"] == []
    assert len((await buyer.get("/consents", direction="out", state="withdrawn"))["items"]) == 1
    status, error = await maker.call("POST", f"{path}/grant", {"by": "Hanako"})
    assert (status, error["code"]) == (409, "consent-closed")


async def test_a_refusal_is_told_with_its_reason(maker, buyer) -> None:
    waiting = await asked(maker, buyer, dataset="", part="CELL", kind="footprint")
    assert (waiting["part"], waiting["kind"], waiting["dataset"]) == ("CELL", "footprint", "")
    await maker.post(f"/consents/{segment(waiting['consent'])}/refuse", {"by": "Hanako", "reason": "not this year"})
    assert (await shown(buyer, waiting["consent"], "refused"))["reason"] == "not this year"


BAD = {
    "both classes": (
        {"purposes": [PURPOSE, PURPOSE.replace("carbon-footprint", "resale")]},
        (400, "consent-secondary-apart"),
    ),
    "unknown": ({"purposes": ["urn:example:purpose"]}, (400, "consent-purpose-unknown")),
    "about nothing": ({"dataset": ""}, (400, "request-malformed")),
    "no zone": ({"until": "2999-01-01T00:00:00"}, (400, "management-bad-body")),
    "nobody": ({"partner": "nobody"}, (404, "partner-unknown")),
    "too long a wish": ({"wish": "x" * 4001}, (400, "management-bad-body")),
}


@pytest.mark.parametrize(("changes", "answer"), BAD.values(), ids=BAD)
async def test_what_cannot_be_asked_for_is_refused(buyer, changes, answer) -> None:
    body = {"partner": "maker", "purposes": [PURPOSE], "dataset": DATASET, **changes}
    status, error = await buyer.call("POST", "/consents", body)
    assert (status, error["code"]) == answer
    assert (await buyer.get("/consents", direction="out"))["items"] == []


@pytest.mark.parametrize("step", ["", "/grant", "/refuse", "/withdraw"])
async def test_an_unknown_consent_is_unknown_to_every_step(maker, step) -> None:
    bodies = {"/grant": {"by": "H"}, "/refuse": {"by": "H", "reason": "r"}, "/withdraw": {"by": "H", "reason": "r"}}
    status, error = await maker.call("POST" if step else "GET", f"/consents/urn:x{step}", bodies.get(step))
    assert (status, error["code"]) == (404, "consent-unknown")


@pytest.mark.parametrize("step", ["refuse", "withdraw"])
async def test_a_no_needs_a_reason(maker, step) -> None:
    status, error = await maker.call("POST", f"/consents/urn:x/{step}", {"by": "H"})
    assert (status, error["code"]) == (400, "management-bad-body")
