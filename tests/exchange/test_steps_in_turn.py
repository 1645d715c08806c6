"""Steps on one thing are decided one after another, so that none is decided in vain; others do not wait for them."""

from __future__ import annotations

import asyncio

import pytest

from renkei.exchange.machine.courier import Courier
from renkei.exchange.machine.steps import Step, Steps
from renkei.exchange.machine.watch import Watch
from renkei.kernel.problems import LocalError
from renkei.store.memory import MemoryStore
from renkei.store.port import Changes, Record
from renkei.testing.clock import FakeClock


class Counting:
    """A record that counts, raised by steps that wait in the middle of their decision."""

    def __init__(self, store, steps):
        self.store, self.steps = store, steps
        self.decided = 0
        self.let_go = asyncio.Event()

    async def add(self, name="n1", what="n1"):
        async def decide():
            read = await self.store.load("count", name)
            self.decided += 1
            await self.let_go.wait()
            number = int(read.body) if read else 0
            written = Record(kind="count", id=name, version=read.version if read else 0, body=b"%d" % (number + 1))
            return Step(Changes(records=(written,)), number + 1)

        return await self.steps.run(what, decide)


async def counting():
    store = MemoryStore()
    await store.open()
    return Counting(store, Steps(store, Courier(store, FakeClock()), Watch()))


async def test_fifty_steps_on_one_thing_are_decided_once_each() -> None:
    count = await counting()
    count.let_go.set()
    assert sorted(await asyncio.gather(*(count.add() for _ in range(50)))) == list(range(1, 51))
    assert count.decided == 50


async def test_a_step_on_another_thing_does_not_wait() -> None:
    count = await counting()
    slow = [asyncio.create_task(count.add()) for _ in range(3)]
    await asyncio.sleep(0)
    other = asyncio.create_task(count.add("n2", "n2"))
    await asyncio.sleep(0)
    assert count.decided == 2  # the first of three, and the other
    count.let_go.set()
    assert await other == 1
    assert sorted(await asyncio.gather(*slow)) == [1, 2, 3]


async def test_a_step_whose_caller_has_gone_gives_its_turn_away() -> None:
    count = await counting()
    first = asyncio.create_task(count.add())
    second = asyncio.create_task(count.add())
    await asyncio.sleep(0)
    first.cancel()
    count.let_go.set()
    assert await second == 1


async def test_where_another_process_writes_as_well_the_conflict_decides() -> None:
    count = await counting()
    count.let_go.set()
    # Two names for one thing stand for two processes: neither waits for the other.
    both = await asyncio.gather(*(count.add("n1", f"process {number}") for number in range(8)))
    assert sorted(both) == list(range(1, 9))
    assert count.decided >= 8


async def test_a_decision_that_begins_a_step_on_its_own_thing_is_told_so() -> None:
    count = await counting()

    async def decide():
        return Step(None, await count.add())

    with pytest.raises(LocalError) as caught:
        await count.steps.run("n1", decide)
    assert caught.value.code == "step-within-itself"
    count.let_go.set()
    assert await count.add() == 1  # and its turn was given away
