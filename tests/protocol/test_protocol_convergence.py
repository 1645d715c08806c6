"""Two peers always end in the same state: searched exhaustively while small, at random when longer."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from two_peers import SIDES, World

from renkei.protocol.machine import Role
from renkei.protocol.negotiation import Negotiation, NegotiationState
from renkei.protocol.transfer import Transfer, TransferState

STARTS = {
    "a negotiation the consumer opens": World.begin(Negotiation),
    "a negotiation the provider opens": World.begin(Negotiation, opener=Role.PROVIDER),
    "a negotiation with partners that terminate anywhere": World.begin(Negotiation, lenient=True),
    "a negotiation after the agreement, with such partners": World.begin(
        Negotiation, lenient=True, state=NegotiationState.AGREED
    ),
    "a transfer": World.begin(Transfer),
    "a started transfer": World.begin(Transfer, state=TransferState.STARTED),
    "a suspended transfer": World.begin(Transfer, state=TransferState.SUSPENDED),
}


def after(world, most):
    """Every world one step further: a peer sends, or anything ever sent is delivered."""
    for role in SIDES:
        if world.peer(role).sent < most:
            yield from (world.send(role, target) for target in world.peer(role).targets())
    yield from (world.deliver(item) for item in world.network)


@pytest.mark.parametrize("name", STARTS)
def test_in_every_short_history_two_settled_peers_agree_and_unsettled_ones_settle(name):
    """Every history in which each peer sends up to two messages (a termination in answer to a refusal may come on top)."""
    seen, waiting = {STARTS[name]}, [STARTS[name]]
    while waiting:
        world = waiting.pop()
        assert world.agreed or not world.settled, world
        assert world.calm().agreed, world
        for further in after(world, most=2):
            if further not in seen:
                seen.add(further)
                waiting.append(further)
    assert len(seen) > 50


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(STARTS)), st.lists(st.integers(0, 10_000), max_size=60))
def test_in_long_histories_they_end_in_the_same_state(name, picks):
    world = STARTS[name]
    for pick in picks:
        role = SIDES[pick % 2]
        targets = list(world.peer(role).targets())
        if targets and pick % 3 == 0:
            world = world.send(role, targets[pick // 6 % len(targets)])
        elif world.network:
            # Old copies as likely as new ones.
            items = sorted(world.network, key=lambda item: (item.number, item.sender.value, item.verdict))
            world = world.deliver(items[pick // 6 % len(items)])
        assert world.agreed or not world.settled
    ended = world.calm()
    assert ended.agreed
    assert ended.settled


def test_two_suspensions_at_once_end_in_one_and_a_late_copy_does_not_come_back():
    """The history that makes naive peers part: the void suspension arrives after the transfer was resumed."""
    started = STARTS["a started transfer"]
    world = started.send(Role.CONSUMER, TransferState.SUSPENDED).send(Role.PROVIDER, TransferState.SUSPENDED)
    late = world.consumer.unanswered
    world = world.calm()
    assert world.consumer.process.state is TransferState.SUSPENDED
    world = world.send(Role.PROVIDER, TransferState.STARTED).calm()
    world = world.deliver(late).calm()
    assert {world.consumer.process.state, world.provider.process.state} == {TransferState.STARTED}
