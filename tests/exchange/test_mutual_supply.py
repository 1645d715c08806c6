"""Companies that supply each other ask each other: that comes to an end, with a gap where it was cut."""

from __future__ import annotations

import pytest
from chains import DILIGENCE, DUE, FOOTPRINT, part, received, state_of

from renkei.exchange.ports import UpdateRules
from renkei.exchange.request import request_box
from renkei.testing import MemberConfig

MOST, ALIKE = 6, 8


@pytest.fixture
def few(monkeypatch) -> None:
    monkeypatch.setattr(request_box, "_MOST_FOR_A_PART", MOST)


@pytest.mark.usefixtures("few")
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


@pytest.mark.usefixtures("few")
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


async def circle(space):
    """A buys of B, B of C, and C of A; what a loop of figures comes to is told elsewhere."""
    once = MemberConfig(updates=UpdateRules(automatic=False))
    members = [await space.join(name, once) for name in "abc"]
    for name, member, supplier in zip("ABC", members, "bca", strict=True):
        await member.participant.parts.register(part(name, "1", (supplier.upper(), supplier, "0.5")))
    return members


@pytest.mark.parametrize("kind", [FOOTPRINT, DILIGENCE])
async def test_a_circle_of_three_ends_after_a_few_turns_and_says_why(dataspace, caplog, kind) -> None:
    a, b, c = await circle(dataspace)
    buyer = await dataspace.join("buyer")
    asked = await buyer.request("a", "A", [kind], DUE)
    before = dataspace.network.count
    await dataspace.rest()
    assert await state_of(buyer, asked.request) == "answered"
    assert dataspace.network.count - before < 80 * ALIKE
    assert await b.store.count("request", peer=a.did, state="in-answered") == ALIKE
    assert [await member.store.count("request", state="in-preparing") for member in (a, b, c)] == [0, 0, 0]
    (refused,) = [one for one in await a.participant.requests.listed(incoming=False) if one.state.value == "rejected"]
    assert "request-circle" in refused.reason
    told = [one.reason for one in await a.participant.requests.listed(incoming=True) if "request-circle" in one.reason]
    assert len(told) == 1
    assert "B of did:web:b.example (rejected, request-circle)" in told[0]
    seen = [one for one in caplog.records if one.name == request_box.__name__]
    assert [(one.code, one.partner, one.part) for one in seen] == [("request-circle", a.did, "B")]


async def test_requests_that_differ_are_no_circle(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    for _ in range(ALIKE):
        await buyer.request("maker", "UNKNOWN", [FOOTPRINT], DUE)
    await dataspace.settle()
    for kinds, due in [([DILIGENCE], DUE), ([FOOTPRINT, DILIGENCE], DUE), ([FOOTPRINT], "2026-12-30")]:
        await buyer.request("maker", "UNKNOWN", kinds, due)
    await buyer.request("maker", "UNKNOWN", [FOOTPRINT], DUE)
    await dataspace.settle()
    assert await maker.store.count("request", state="in-open") == ALIKE + 3
    ended = [one for one in await buyer.participant.requests.listed(incoming=False) if one.state.final]
    assert ["request-circle" in one.reason for one in ended] == [True]


async def test_a_supplier_of_many_customers_gives_a_gap_at_first_and_fills_it(dataspace) -> None:
    """Nine customers wish the same by the same day, so it asks its own supplier nine times, who answers by hand."""
    deep, maker = await dataspace.join("deep"), await dataspace.join("maker")
    await deep.participant.parts.register(part("SALT", "3", automatic=False))
    await maker.participant.parts.register(part("CELL", "12", ("SALT", "deep", "1")))
    customers = [await dataspace.join(f"customer-{number}") for number in range(ALIKE + 1)]
    for customer in customers:
        await customer.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.rest()
    (early,) = [customer for customer in customers if await received(customer, maker)]
    assert [len(record["gaps"]) for record in await received(early, maker)] == [1]
    for asked in await deep.participant.requests.inbox():
        await deep.participant.requests.answer(asked.request)
    await dataspace.rest()
    totals = [(await received(customer, maker))[-1]["total"] for customer in customers]
    assert totals == ["15"] * (ALIKE + 1)
