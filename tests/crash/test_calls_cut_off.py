"""What a call leaves behind that is cut off in the middle, without a process having to die for it."""

from __future__ import annotations

import asyncio

import pytest
from crash_scenarios import DUE, part

from renkei.exchange.records.processes import AgreementRecord, NegotiationRecord, TokenRecord, TransferRecord
from renkei.exchange.records.requests import RequestKind
from renkei.protocol.catalog import HTTP_PULL
from renkei.protocol.transfer import TransferState
from renkei.testing import InMemoryDataspace, Member

DATASET = "urn:example:cell"


@pytest.fixture
async def space():
    async with InMemoryDataspace() as dataspace:
        maker = await dataspace.join("maker")
        await dataspace.join("buyer")
        await maker.publish(DATASET)
        yield dataspace


async def transfers(*members: Member) -> list[TransferRecord]:
    return [TransferRecord.of(row) for member in members for row in await member.store.find(TransferRecord.kind)]


@pytest.mark.parametrize("held_up", ["TransferRequestMessage", "TransferStartMessage"])
async def test_a_fetch_that_is_cancelled_ends_its_transfer_on_both_sides(space, held_up) -> None:
    maker, buyer = space["maker"], space["buyer"]
    await space.run(buyer.negotiate("maker", DATASET))
    space.network.expect(held_up, 503, 503)
    call = asyncio.create_task(buyer.fetch("maker", DATASET))
    await space.settle()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await space.rest()
    both = await transfers(maker, buyer)
    assert [record.state for record in both] == [TransferState.TERMINATED] * 2
    assert [(record.failure.ours, record.failure.code) for record in both] == [
        (False, "call-ended"),
        (True, "call-ended"),
    ]
    assert [TokenRecord.of(row).live for row in await maker.store.find(TokenRecord.kind, state="live")] == []


async def test_a_transfer_that_was_asked_for_by_hand_outlives_a_restart(space) -> None:
    maker, buyer = space["maker"], space["buyer"]
    agreement = await space.run(buyer.negotiate("maker", DATASET))
    await buyer.participant.transfers.request(agreement, maker.address, HTTP_PULL)
    await space.rest()
    await buyer.stop()
    await buyer.start()
    await space.rest()
    assert [record.state for record in await transfers(maker, buyer)] == [TransferState.STARTED] * 2


async def test_an_agreement_concluded_while_it_is_looked_for_is_used(space, monkeypatch) -> None:
    buyer = space["buyer"]
    partner = await buyer.participant.ports.directory.find("maker")
    pid = await buyer.participant.fetching.open(partner, DATASET)
    find = buyer.store.find

    async def find_late(kind: str, **conditions):
        if kind == NegotiationRecord.kind:
            await buyer.participant.negotiations.until(pid, lambda record: record.process.final, "FINALIZED")
        return await find(kind, **conditions)

    monkeypatch.setattr(buyer.store, "find", find_late)
    agreement = await space.run(buyer.negotiate("maker", DATASET))
    assert agreement.negotiation == pid
    assert await buyer.store.count(AgreementRecord.kind) == 1


async def test_a_fetch_that_is_cancelled_when_its_record_is_kept_is_complete_on_both_sides(space, monkeypatch) -> None:
    maker, buyer = space["maker"], space["buyer"]
    await maker.participant.parts.register(part("cell"))
    asked = await buyer.request("maker", "cell", [RequestKind.FOOTPRINT], DUE)
    await space.rest()
    dataset = (await buyer.participant.requests.find(asked.request)).answers["footprint"]
    kept, before = asyncio.Event(), await transfers(maker, buyer)

    async def never(_: str) -> None:
        kept.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(buyer.participant.transfers, "complete", never)
    call = asyncio.create_task(buyer.fetch("maker", dataset))
    await space.settle()
    assert kept.is_set()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await space.rest()
    known = {record.id for record in before}
    last = [record for record in await transfers(maker, buyer) if record.id not in known]
    assert [(record.state, record.failure) for record in last] == [(TransferState.COMPLETED, None)] * 2
