"""One partner that never answers must not keep our messages from the others, nor make us keep ever more of them."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from renkei.exchange.machine.courier import Courier, NotYetError
from renkei.exchange.machine.patience import Patience
from renkei.exchange.machine.steps import Steps
from renkei.exchange.machine.watch import Watch
from renkei.kernel.problems import PeerError
from renkei.store.memory import MemoryStore
from renkei.store.port import Changes, Delivery
from renkei.testing.clock import FakeClock

DEAF, GOOD = "did:web:deaf.example", "did:web:good.example"


class Errands:
    """Tries for the deaf partner last until they are let go; those for others are over at once."""

    patience = Patience()

    def __init__(self, store):
        self.store = store
        self.under_way = Counter()
        self.done = asyncio.Queue()
        self.let_go = asyncio.Event()

    async def attempt(self, delivery):
        self.under_way[delivery.peer] += 1
        if delivery.peer.startswith(DEAF):
            await self.let_go.wait()
        self.under_way[delivery.peer] -= 1
        await self.store.commit(Changes(delivered=(delivery.id,)))
        self.done.put_nowait(delivery.peer)

    async def give_up(self, delivery, cause):
        raise AssertionError(f"{delivery.id} was given up: {cause}")


class Outbox:
    """A courier, its store, and rows put into it as a step does."""

    def __init__(self):
        self.store, self.clock = MemoryStore(), FakeClock()
        self.courier, self.errands = Courier(self.store, self.clock, lambda: 0.5), Errands(self.store)
        self.courier.employ({"message": self.errands, "other": self.errands})

    async def owe(self, peer, number, task="message"):
        rows = tuple(
            Delivery(id=f"{peer} {task} {n}", task=task, subject="x", peer=peer, due=self.clock.now())
            for n in range(number)
        )
        self.courier.hold(rows)
        await self.store.commit(Changes(deliveries=rows))
        self.courier.release(rows)
        for _ in range(5):
            await asyncio.sleep(0)

    async def next_done(self):
        return await asyncio.wait_for(self.errands.done.get(), 10)


@pytest.fixture
async def outbox():
    made = Outbox()
    await made.store.open()
    yield made
    made.errands.let_go.set()
    await made.courier.stop()
    await made.store.close()


async def test_a_deaf_partner_leaves_places_to_the_others(outbox):
    await outbox.owe(DEAF, 500)
    await outbox.owe(GOOD, 100)
    assert {await outbox.next_done() for _ in range(100)} == {GOOD}
    assert outbox.errands.under_way[DEAF] == 16


async def test_several_deaf_partners_still_leave_places(outbox):
    for number in range(3):
        await outbox.owe(f"{DEAF}:{number}", 100)
    await outbox.owe(GOOD, 1)
    assert await outbox.next_done() == GOOD


async def test_many_names_of_one_host_leave_places_to_the_others(outbox):
    for number in range(40):
        await outbox.owe(f"{DEAF}:{number}", 40)
    await outbox.owe(GOOD, 1)
    assert await outbox.next_done() == GOOD
    assert outbox.errands.under_way.total() == 24


async def test_a_deaf_partner_leaves_places_to_the_others_of_its_host(outbox):
    await outbox.owe(DEAF, 500)
    await outbox.owe("did:web:DEAF.example:but-not-this-one", 1)
    assert await outbox.next_done() == "did:web:DEAF.example:but-not-this-one"


async def test_rows_of_another_kind_have_a_share_of_their_own(outbox):
    await outbox.owe(DEAF, 100)
    await outbox.owe(DEAF, 100, "other")
    assert outbox.errands.under_way[DEAF] == 32


async def test_everything_is_delivered_once_a_partner_answers_again(outbox):
    await outbox.owe(DEAF, 200)
    outbox.errands.let_go.set()
    assert await outbox.courier.idle(10)
    assert await outbox.store.deliveries() == []
    assert outbox.courier.backlog(DEAF) == 0


async def test_what_is_under_way_does_not_hide_what_is_due_behind_it(outbox):
    await outbox.owe(DEAF, 1500)
    outbox.clock.advance(1)
    row = Delivery(id="left by an earlier life", task="message", subject="x", peer=GOOD, due=outbox.clock.now())
    await outbox.store.commit(Changes(deliveries=(row,)))
    await outbox.courier.look()
    assert await outbox.next_done() == GOOD


async def test_a_long_outbox_is_looked_through_to_its_end(outbox):
    rows = tuple(
        Delivery(id=str(n), task="message", subject="x", peer=DEAF, due=outbox.clock.now()) for n in range(2500)
    )
    await outbox.store.commit(Changes(deliveries=rows))
    naps = [await outbox.courier.look() for _ in range(3)]
    assert naps[:2] == [0.0, 0.0]
    assert naps[2] > 0
    assert outbox.courier.backlog(DEAF) == 2500


class Reading(MemoryStore):
    """A store that counts the rows it hands out."""

    handed_out = 0

    async def deliveries(self, **conditions):
        rows = await super().deliveries(**conditions)
        self.handed_out += len(rows)
        return rows

    async def delivery(self, delivery_id):
        self.handed_out += 1
        return await super().delivery(delivery_id)


class Unreachable:
    """Every try fails, and may be made again at once; the row goes when the tries are used up."""

    patience = Patience(first=0.0, tries=4)

    def __init__(self, store, number):
        self.store, self.left, self.over = store, number, asyncio.Event()
        self.tries = Counter()

    async def attempt(self, delivery):
        self.tries[delivery.id] += 1
        raise NotYetError("nobody answers")

    async def give_up(self, delivery, cause):
        await self.store.commit(Changes(delivered=(delivery.id,)))
        self.left -= 1
        if not self.left:
            self.over.set()


async def test_a_try_that_is_put_off_costs_its_own_row_and_not_all_that_is_kept():
    number = 400
    store, clock = Reading(), FakeClock()
    await store.open()
    courier, errands = Courier(store, clock, lambda: 0.5), Unreachable(store, number)
    courier.employ({"message": errands})
    courier.start()
    for n in range(number):
        row = Delivery(id=str(n), task="message", subject="x", peer=f"did:web:{n}.example", due=clock.now())
        courier.hold([row])
        await store.commit(Changes(deliveries=(row,)))
        courier.release([row])
    await asyncio.wait_for(errands.over.wait(), 10)
    await courier.stop()
    assert set(errands.tries.values()) == {4}
    assert store.handed_out <= 3 * number + number  # each later try its row, and one look through at most
    await store.close()


async def test_a_row_that_is_put_off_is_tried_when_it_is_due_and_not_before():
    store, clock = Reading(), FakeClock()
    await store.open()
    courier, errands = Courier(store, clock, lambda: 0.5), Unreachable(store, 1)
    errands.patience = Patience(first=2.0, longest=2.0, tries=3)
    courier.employ({"message": errands})
    row = Delivery(id="late", task="message", subject="x", peer=GOOD, due=clock.now())
    await store.commit(Changes(deliveries=(row,)))
    for tries in (1, 1, 2, 2, 3):
        await courier.look()
        await courier.idle(10)
        assert errands.tries["late"] == tries
        clock.advance(0.75)
    assert await store.deliveries() == []
    await courier.stop()
    await store.close()


async def test_nothing_new_is_begun_with_a_partner_that_takes_nothing(outbox):
    steps = Steps(outbox.store, outbox.courier, Watch())
    await outbox.owe(DEAF, 999)
    steps.demand_room(DEAF)
    await outbox.owe(DEAF, 1, "other")
    with pytest.raises(PeerError) as caught:
        steps.demand_room(DEAF)
    assert (caught.value.code, caught.value.problem.status) == ("process-backlog", 429)
    steps.demand_room(GOOD)
    outbox.errands.let_go.set()
    assert await outbox.courier.idle(10)
    steps.demand_room(DEAF)
