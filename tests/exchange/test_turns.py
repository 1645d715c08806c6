"""Those who want one thing have it one after the other, each in turn, and nobody's many keep the others out."""

from __future__ import annotations

import asyncio

import pytest

from renkei.exchange.machine.turns import Turns
from renkei.kernel.problems import PeerError


class Bench:
    """Tasks that want a turn; each ends its own when the test says so. ``had``: the order in which they got it."""

    def __init__(self, each=4, total=64):
        self.turns = Turns(each, total)
        self.had = []
        self.gates = {}
        self.tasks = {}

    async def want(self, *names, bounded=True):
        """``a1``: the first of ``a``; ``host:a1``: of a did:web below a host."""
        for name in names:
            self.gates[name] = asyncio.Event()
            self.tasks[name] = asyncio.create_task(self._use(name, bounded))
        await self.settle()

    async def _use(self, name, bounded):
        who = f"did:web:{name[:-1]}" if ":" in name else name[0]
        async with self.turns.turn(who, bounded=bounded):
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


def refused(bench):
    """Which of the wishes were."""
    done = {name: task for name, task in bench.tasks.items() if task.done() and not task.cancelled()}
    return {name for name, task in done.items() if getattr(task.exception(), "code", "") == "reading-backlog"}


async def test_many_names_of_one_host_have_one_turn_between_them():
    bench = Bench()
    await bench.want("evil.example:a1", "evil.example:b1", "evil.example%3A8443:c1", "EVIL.example:d1", "z1")
    assert await bench.end_all() == [
        "evil.example:a1",
        "z1",
        "evil.example:b1",
        "evil.example%3A8443:c1",
        "EVIL.example:d1",
    ]


async def test_when_all_places_are_taken_the_site_with_most_makes_room():
    bench = Bench(each=2, total=4)
    await bench.want("now", "b1", *(f"evil.example:{name}1" for name in "wxy"))
    await bench.want("c1")
    assert refused(bench) == {"evil.example:y1"}
    await bench.want("c2", "b2")
    assert refused(bench) == {"evil.example:y1", "c2", "b2"}
    assert await bench.end_all() == ["now", "b1", "evil.example:w1", "c1", "evil.example:x1"]


async def test_nobody_makes_room_for_one_that_has_as_many():
    bench = Bench(total=2)
    await bench.want("a1", "b1", "c1", "d1", "b2")
    assert refused(bench) == {"d1", "b2"}
    assert await bench.end_all() == ["a1", "b1", "c1"]


async def test_an_answer_to_us_is_never_refused_to_make_room():
    bench = Bench(total=2)
    await bench.want("a1")
    await bench.want("b1", "b2")
    await bench.want("b3", "b4", bounded=False)
    await bench.want("c1")
    assert refused(bench) == {"b2"}
    assert await bench.end_all() == ["a1", "b1", "c1", "b3", "b4"]


async def test_who_is_refused_and_no_longer_wants_it_has_not_had_it():
    bench = Bench(total=2)
    await bench.want("a1", "b1", "b2")
    late = asyncio.create_task(bench.want("c1"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    bench.tasks["b2"].cancel()
    await late
    assert bench.had == ["a1"]
    assert await bench.end_all() == ["a1", "b1", "c1"]


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
