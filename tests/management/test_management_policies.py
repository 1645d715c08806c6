"""Why decisions come out as they do, and what a partner would see, over the management API."""

from __future__ import annotations

import pytest
from management_site import FORBIDDING, TERMS

MEMBERS = {
    "permission": [
        {"action": "use", "constraint": [{"leftOperand": "Membership", "operator": "eq", "rightOperand": "active"}]}
    ]
}


async def test_a_dataset_is_explained_for_a_partner(maker, buyer) -> None:
    asset = await maker.publish("cell", policy=MEMBERS)
    told = await maker.post("/policy/explain", {"subject": asset["id"], "partner": buyer.did})
    assert (told["outcome"], told["party"], told["phase"]) == ("deny", buyer.did, "negotiation")
    assert [fix["possible"] for fix in told["fixes"]] == [True]
    assert told["text"][0].startswith("denied (negotiation, ")
    asked = {"subject": asset["offer"]["@id"], "partner": buyer.did, "facts": {"membership": ["active"]}}
    supposed = await maker.post("/policy/explain", asked | {"language": "ja", "purposes": [], "phase": "access"})
    assert (supposed["outcome"], supposed["phase"]) == ("permit", "access")
    assert supposed["text"][0].startswith("許可 (access, ")


async def test_a_policy_at_hand_is_explained_as_well(maker, buyer) -> None:
    body = {"policy": TERMS, "partner": buyer.did, "target": "urn:d", "at": "3000-01-01T00:00:00Z", "action": "display"}
    told = await maker.post("/policy/explain", body)
    assert (told["outcome"], told["target"], told["at"]) == ("deny", "urn:d", "3000-01-01T00:00:00Z")
    assert told["fixes"][0]["changes"][0]["by"] == "asker"


async def test_what_a_partner_would_see_is_told_page_by_page(maker, buyer) -> None:
    seen = await maker.publish("cell", title="Cell", policy=TERMS)
    hidden = await maker.publish("secret", policy=TERMS, visible_to=[maker.did])
    first = await maker.post("/policy/what-if", {"partner": buyer.did, "limit": 1})
    assert (first["partner"], first["partner_name"], first["admitted"], len(first["items"])) == (
        buyer.did,
        "",
        True,
        1,
    )
    assert first["next"] == first["items"][0]["dataset"]
    whole = await maker.post("/policy/what-if", {"partner": buyer.did})
    found = {item["dataset"]: item for item in whole["items"]}
    assert (found[seen["id"]]["visible"], found[hidden["id"]]["visible"]) == (True, False)
    assert found[hidden["id"]]["access"]["outcome"] == "deny"
    assert whole["next"] is None
    assert any("Cell" in line for line in whole["text"])


async def test_partners_are_known_by_their_configured_names(buyer, maker) -> None:
    outlook = await buyer.post("/policy/what-if", {"partner": "maker"})
    assert (outlook["partner"], outlook["partner_name"]) == (maker.did, "maker")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "management-one-subject"),
        ({"subject": "urn:x", "policy": FORBIDDING}, "management-one-subject"),
        ({"subject": "urn:x"}, "explain-unknown-subject"),
        ({"policy": {"permission": []}}, "management-bad-policy"),
        ({"subject": "urn:x", "partner": "nobody"}, "partner-unknown"),
        ({"subject": "urn:x", "at": "2027-01-01T00:00:00"}, "management-bad-body"),
        ({"subject": "urn:x", "phase": "dusk"}, "management-bad-body"),
        ({"policy": TERMS, "facts": {"colour": ["red"]}}, "policy-unknown-attribute"),
    ],
)
async def test_a_question_that_cannot_be_answered_is_refused(maker, body, code) -> None:
    status, answer = await maker.call("POST", "/policy/explain", body)
    assert (status >= 400, answer["code"]) == (True, code)
    if "partner" not in body:
        asset = await maker.publish("cell", policy=TERMS)
        status, answer = await maker.call("POST", "/policy/explain", {"subject": asset["id"]})
        assert (status, answer["code"]) == (400, "explain-nobody-asks")
