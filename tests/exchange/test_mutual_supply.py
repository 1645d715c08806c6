"""Companies that supply each other ask each other: that comes to an end, with a gap where it was cut."""

from __future__ import annotations

import pytest
from chains import DUE, FOOTPRINT, part, received, state_of

from renkei.exchange.ports import UpdateRules
from renkei.exchange.request import request_box
from renkei.testing import MemberConfig

MOST = 6


@pytest.fixture(autouse=True)
def few(monkeypatch) -> None:
    monkeypatch.setattr(request_box, "_MOST_FOR_A_PART", MOST)


async def test_two_companies_that_supply_each_other_come_to_an_end(dataspace) -> None:
    once = MemberConfig(updates=UpdateRules(automatic=False))  # what a loop comes to afterwards is told elsewhere
    maker, recycler, buyer = [await dataspace.join(name, once) for name in ("maker", "recycler", "buyer")]
    await maker.participant.parts.register(part("CELL", "12", ("SALT", "recycler", "1")))
    await recycler.participant.parts.register(part("SALT", "3", ("CELL", "maker", "0.1")))
    asked = await buyer.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.rest()
    assert await state_of(buyer, asked.request) == "answered"
    (cell,) = await received(buyer, maker)
    assert len(cell["gaps"]) == 1
    assert await maker.store.count("request", state="in-preparing") == 0
    assert await maker.store.count("request", peer=recycler.did, state="in-answered") == MOST


async def test_one_partners_open_requests_for_a_part_are_bounded_and_no_other_partners(dataspace) -> None:
    maker, flood, buyer = [await dataspace.join(name) for name in ("maker", "flood", "buyer")]
    for _ in range(MOST + 1):
        await flood.request("maker", "UNKNOWN", [FOOTPRINT], DUE)
    await dataspace.settle()
    assert await maker.store.count("request", peer=flood.did) == MOST
    refused = [record for record in await flood.participant.requests.listed(incoming=False) if record.state.final]
    assert len(refused) == 1
    assert "request-too-many" in refused[0].reason
    await flood.request("maker", "ANOTHER", [FOOTPRINT], DUE)
    await buyer.request("maker", "UNKNOWN", [FOOTPRINT], DUE)
    await dataspace.settle()
    assert await maker.store.count("request", state="in-open") == MOST + 2


async def test_a_part_named_like_a_request_is_not_counted_below_it(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    first = await buyer.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.settle()
    kept = await maker.participant.requests.find(first.request)
    await buyer.request("maker", kept.id, [FOOTPRINT], DUE)
    await dataspace.settle()
    assert (await maker.participant.requests.below(kept)).total == 0
