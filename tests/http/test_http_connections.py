"""Who makes room when every place of a listener is taken, and when a head is too late; a loop with its own clock."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field

import pytest

from renkei.http.connections import Room


class Timer:
    def __init__(self, when, call):
        self.when, self.call, self.cancelled = when, call, False

    def cancel(self):
        self.cancelled = True


class Loop:
    def __init__(self):
        self.now = 0.0
        self.timers = []

    def time(self):
        return self.now

    def call_at(self, when, call):
        self.timers.append(Timer(when, call))
        return self.timers[-1]

    def advance(self, seconds):
        self.now += seconds
        due = [timer for timer in self.timers if timer.when <= self.now]
        self.timers = [timer for timer in self.timers if timer.when > self.now]
        for timer in due:
            if not timer.cancelled:
                timer.call()


@dataclass(eq=False)
class Line:
    has_request: bool = False
    ended: list[float] = field(default_factory=list)
    loop: Loop | None = None

    def abort(self):
        self.ended.append(self.loop.now)


@pytest.fixture
def loop():
    return Loop()


def entered(loop, room, number):
    """So many connections, one each second."""
    lines = []
    for _ in range(number):
        lines.append(Line(loop=loop))
        assert room.enter(lines[-1])
        loop.advance(1)
    return lines


def test_the_longest_waiting_goes_first_whatever_it_waits_for(loop):
    room = Room(loop, 4, 100.0)
    head, body, idle, late = entered(loop, room, 4)
    room.work(idle)
    room.rest(idle, loop.now)
    loop.advance(1)
    room.work(body)
    room.await_body(body)
    loop.advance(1)
    room.work(late)
    room.rest(late, loop.now)
    loop.advance(1)
    room.begin(late)
    for expected in (head, idle, body, late):
        assert not expected.ended
        assert room.enter(Line(loop=loop))
        assert expected.ended


def test_who_leaves_an_answer_unread_waits_too_whatever_it_has_sent_behind(loop):
    room = Room(loop, 2, 5.0)
    stalled, slow = entered(loop, room, 2)
    for line in (stalled, slow):
        room.work(line)
        line.has_request = True
        room.stall(line)
        loop.advance(1)
    room.flow(slow)
    assert room.enter(Line(loop=loop))
    assert (stalled.ended, slow.ended) == ([4.0], [])
    room.rest(stalled, loop.now)


def test_who_takes_its_answer_after_all_works_and_rests_as_before(loop):
    room = Room(loop, 1, 5.0)
    (line,) = entered(loop, room, 1)
    room.work(line)
    room.stall(line)
    room.flow(line)
    assert not room.enter(Line(loop=loop))
    room.stall(line)
    room.rest(line, loop.now)
    room.flow(line)
    assert not line.ended
    assert room.enter(Line(loop=loop))
    assert line.ended


def test_who_works_is_never_closed_and_a_place_is_free_when_it_has_left(loop):
    room = Room(loop, 2, 5.0)
    lines = entered(loop, room, 2)
    for line in lines:
        room.work(line)
    loop.advance(1000)
    assert not room.enter(Line(loop=loop))
    room.leave(lines[0])
    assert room.enter(Line(loop=loop))
    assert not any(line.ended for line in lines)


def test_a_request_that_has_come_and_is_not_yet_taken_up_is_spared(loop):
    room = Room(loop, 2, 5.0)
    lines = entered(loop, room, 2)
    for line in lines:
        line.has_request = True
    assert not room.enter(Line(loop=loop))
    loop.advance(1000)
    assert not any(line.ended for line in lines)


def test_each_head_has_its_own_time_and_one_timer_watches_them_all(loop):
    room = Room(loop, 10, 5.0)
    lines = entered(loop, room, 4)
    assert len(loop.timers) == 1
    for _ in range(10):
        loop.advance(1)
    assert [line.ended for line in lines] == [[5.0], [6.0], [7.0], [8.0]]
    assert loop.timers == []


def test_an_answered_connection_may_be_quiet_until_its_next_head_begins(loop):
    room = Room(loop, 10, 5.0)
    (line,) = entered(loop, room, 1)
    room.work(line)
    room.rest(line, loop.now)
    loop.advance(100)
    assert not line.ended
    room.begin(line)
    loop.advance(4)
    room.begin(line)
    assert not line.ended
    loop.advance(1)
    assert line.ended == [106.0]


def test_what_follows_the_end_of_a_connection_does_not_bring_it_back(loop):
    room = Room(loop, 1, 5.0)
    (gone,) = entered(loop, room, 1)
    room.leave(gone)
    room.rest(gone, loop.now)
    room.await_body(gone)
    room.stall(gone)
    room.begin(gone)
    (line,) = entered(loop, room, 1)
    room.work(line)
    assert not room.enter(Line(loop=loop))
    loop.advance(100)
    assert not gone.ended


def test_a_closed_room_watches_nothing(loop):
    room = Room(loop, 10, 5.0)
    (line,) = entered(loop, room, 1)
    room.close()
    room.close()
    loop.advance(100)
    assert not line.ended


@pytest.mark.parametrize("full", [False, True])
def test_a_request_costs_the_same_calls_however_many_wait(loop, full):
    def cost(others):
        room = Room(loop, others + (0 if full else 1), 1e9)
        entered(loop, room, others)
        line, calls = Line(loop=loop), 0

        def count(_frame, event, _argument):
            nonlocal calls
            calls += event in {"call", "c_call"}

        sys.setprofile(count)
        try:
            room.enter(line)
            room.work(line)
            room.await_body(line)
            room.work(line)
            room.stall(line)
            room.flow(line)
            room.rest(line, 0.0)
            room.begin(line)
            room.leave(line)
        finally:
            sys.setprofile(None)
        return calls

    assert cost(2) == cost(2000)
