"""Those who want one thing have it one after the other, each in turn, and nobody's many keep the others out."""

from __future__ import annotations

import asyncio

import pytest

from renkei.exchange.turns import Turns
from renkei.kernel.problems import PeerError


class Bench:
    """Tasks that want a turn; each ends its own when the test says so. ``had``: the order in which they got it."""

    def __init__(self, each=4, total=64):
        self.turns = Turns(each, total)
        self.had = []
        self.gates = {}
        self.tasks = {}

    async def want(self, *names, bounded=True):
        """``a1``: the first of ``a``."""
        for name in names:
            self.gates[name] = asyncio.Event()
            self.tasks[name] = asyncio.create_task(self._use(name, bounded))
        await self.settle()

    async def _use(self, name, bounded):
        async with self.turns.turn(name[0], bounded=bounded):
            self.had.append(name)
            await self.gates[name].wait()

    async def settle(self):
        for _ in range(5):
            await asyncio.sleep(0)

    async def end(self, name):
        self.gates[name].set()
        await self.tasks[name]
        await self.settle()

    async def end_all(self):
        ended = 0
        while ended < len(self.had):
            await self.end(self.had[ended])
            ended += 1
        return self.had


async def test_one_has_it_at_a_time_and_each_comes_in_turn():
    bench = Bench()
    await bench.want("a1", "a2", "a3", "a4", "b1", "b2", "c1")
    assert bench.had == ["a1"]
    assert await bench.end_all() == ["a1", "b1", "c1", "a2", "b2", "a3", "a4"]


async def test_more_than_a_few_of_one_are_refused_and_nobody_elses():
    bench = Bench(each=2)
    await bench.want("a1", "a2", "a3", "a4", "b1")
    with pytest.raises(PeerError) as refused:
        await bench.tasks["a4"]
    assert (refused.value.code, refused.value.problem.status, refused.value.values["limit"]) == (
        "reading-backlog",
        429,
        2,
    )
    assert await bench.end_all() == ["a1", "b1", "a2", "a3"]


async def test_more_than_many_of_all_are_refused_but_those_that_are_not_bounded():
    bench = Bench(each=2, total=2)
    await bench.want("a1", "b1", "c1", "d1")
    await bench.want("e1", "e2", "e3", bounded=False)
    with pytest.raises(PeerError, match="reading-backlog"):
        await bench.tasks["d1"]
    assert await bench.end_all() == ["a1", "b1", "c1", "e1", "e2", "e3"]
    await bench.want("d2")
    assert await bench.end_all() == ["a1", "b1", "c1", "e1", "e2", "e3", "d2"]


async def test_who_no_longer_waits_leaves_its_place():
    bench = Bench(each=1, total=1)
    await bench.want("a1", "b1")
    bench.tasks["b1"].cancel()
    await bench.settle()
    await bench.want("c1")
    assert await bench.end_all() == ["a1", "c1"]


async def test_a_turn_that_comes_together_with_the_wish_not_to_have_it_goes_on():
    bench = Bench()
    async with bench.turns.turn("a"):
        await bench.want("b1", "c1")
    bench.tasks["b1"].cancel()
    await bench.settle()
    assert bench.had == ["c1"]


async def test_the_wish_not_to_have_it_that_comes_before_the_turn_does_no_harm():
    bench = Bench()
    await bench.want("a1", "b1", "c1")
    bench.gates["a1"].set()
    bench.tasks["b1"].cancel()
    await bench.settle()
    assert bench.had == ["a1", "c1"]


async def test_a_turn_that_ends_badly_is_handed_on():
    turns = Turns(4, 64)

    async def fail():
        async with turns.turn("a"):
            raise ValueError

    failed = await asyncio.gather(fail(), fail(), fail(), return_exceptions=True)
    assert [type(error) for error in failed] == [ValueError] * 3
    async with turns.turn("b"):
        pass
