"""The fast-peer race: a partner that is slower than we are loses no negotiation; one that never takes a message does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from conversations import CELL, contents
from slow_peer import FASHIONS, SlowPeer

from renkei.testing import Fate

MANY = 500
NEVER = 10.0**9
DEAF = tuple(fashion for fashion in FASHIONS if fashion is not Fate.LOSE_ANSWER)


async def negotiated(dataspace, slow: str) -> tuple[dict[str, int], int]:
    """How many negotiations ended in each state, as both sides see them, and how often the slow one refused."""
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    asset = await maker.publish(CELL)
    partner = await buyer.participant.ports.directory.find("maker")
    peer = SlowPeer(7, dataspace.clock, dataspace[slow].origin, lag=0.4)
    dataspace.network.weather = peer
    for _ in range(MANY):
        await buyer.participant.negotiations.open(partner, CELL, asset.offer)
    for _ in range(200):
        await dataspace.advance(0.2)
        if not [row for member in dataspace for row in await member.store.deliveries(limit=1)]:
            break
    ended: dict[str, int] = {}
    for member in dataspace:
        for row in await member.store.find("negotiation", limit=10_000):
            ended[row.state] = ended.get(row.state, 0) + 1
    return ended, peer.refusals


@pytest.mark.parametrize("slow", ["buyer", "maker"])
async def test_every_negotiation_with_a_slow_peer_is_finalized(dataspace, slow) -> None:
    """Five hundred with a slow consumer and five hundred with a slow provider: a thousand of a thousand."""
    ended, refusals = await negotiated(dataspace, slow)
    assert ended == {"FINALIZED": 2 * MANY}
    assert refusals > MANY
    assert await dataspace["maker"].store.count("agreement", state="provider-final") == MANY


@pytest.mark.parametrize("slow", ["buyer", "maker"])
async def test_a_peer_that_never_catches_up_is_given_up_and_the_reason_is_kept(dataspace, slow) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    asset = await maker.publish(CELL)
    partner = await buyer.participant.ports.directory.find("maker")
    dataspace.network.weather = SlowPeer(7, dataspace.clock, dataspace[slow].origin, lag=NEVER, fashions=DEAF)
    await buyer.participant.negotiations.open(partner, CELL, asset.offer)
    await dataspace.rest(timedelta(days=1))
    sender = maker if slow == "buyer" else buyer
    (row,) = await sender.store.find("negotiation")
    kept = await sender.participant.negotiations.kept(row.id)
    assert (kept.state.name, kept.failure.ours, kept.failure.code) == ("TERMINATED", True, "delivery-given-up")
    assert kept.failure.reason
    sent = [c for c in dataspace.network.log if c.passage.sender == sender.origin and c.passage.method == "POST"]
    assert len(sent) <= 2 * 12
    assert [(await contents(member))["outbox"] for member in dataspace] == [[], []]
