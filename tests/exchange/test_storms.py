"""On a line that loses, doubles, delays and reorders, both sides still come to the same end, and nothing is done twice."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest
from chains import DILIGENCE, DUE, FOOTPRINT, part, received, state_of
from conversations import CELL, agreed, contents, verification

from renkei.exchange.machine.patience import Patience
from renkei.exchange.process.decisions import NegotiationStep, TransferStep
from renkei.kernel.problems import LocalError, RenkeiError
from renkei.protocol.negotiation import NegotiationState
from renkei.protocol.transfer import TransferState
from renkei.store.problems import CONFLICT
from renkei.testing import InMemoryDataspace, MemberConfig, Storm

# With three of ten lost, twenty tries in a row fail once in 10^10.
PATIENT = MemberConfig(
    messages=Patience(first=0.1, longest=10.0, tries=20), errands=Patience(first=0.5, longest=20.0, tries=200)
)
EVERYTHING = frozenset({"GET", "POST"})


async def pairs(*members) -> set[tuple]:
    """Every process as both sides see it: (consumer's state and pending, provider's state and pending)."""
    seen = set()
    for kind in ("negotiation", "transfer"):
        for member in members:
            processes = member.participant.negotiations if kind == "negotiation" else member.participant.transfers
            for row in await member.store.find(kind, limit=10_000):
                record = await processes.kept(row.id)
                if record.side.value == "consumer":
                    other = next(one for one in members if one.did == record.partner)
                    theirs = other.participant.negotiations if kind == "negotiation" else other.participant.transfers
                    twin = await theirs.kept(record.partner_pid)
                    seen.add((kind, record.state.value, record.pending, twin.state.value, twin.pending))
    return seen


@pytest.mark.parametrize("seed", range(8))
async def test_negotiations_end_alike_on_both_sides(seed) -> None:
    async with InMemoryDataspace(seed) as dataspace:
        maker, buyer = await dataspace.join("maker", PATIENT), await dataspace.join("buyer", PATIENT)
        names = [f"urn:example:{number}" for number in range(4)]
        for name in names:
            await maker.publish(name)
        dataspace.network.weather = Storm(seed, lose=0.3, repeat=0.15, late=0.15)
        agreements = await dataspace.run(gathered(*(buyer.negotiate("maker", name) for name in names)))
        await dataspace.rest()
        assert await pairs(maker, buyer) == {("negotiation", "FINALIZED", None, "FINALIZED", None)}
        assert await maker.store.count("negotiation") == len(names)
        for agreement in agreements:
            twin = await maker.participant.agreements.kept(agreement.id)
            ours = await buyer.participant.agreements.kept(agreement.id)
            assert (twin.document, twin.final, twin.signed) == (ours.document, True, True)
        assert [(await contents(member))["outbox"] for member in dataspace] == [[], []]


async def gathered(*work):
    return await asyncio.gather(*work)


@pytest.mark.parametrize("seed", range(5))
async def test_transfers_paused_and_resumed_by_both_sides_end_alike(seed) -> None:
    async with InMemoryDataspace(seed) as dataspace:
        maker, buyer = await dataspace.join("maker", PATIENT), await dataspace.join("buyer", PATIENT)
        await maker.publish(CELL)
        agreement = await buyer.negotiate("maker", CELL)
        await dataspace.settle()
        address = (await buyer.participant.ports.directory.find("maker")).address
        dataspace.network.weather = Storm(seed, lose=0.3, repeat=0.15, late=0.15)
        pid = await buyer.participant.transfers.request(agreement, address, "HttpData-PULL")
        await dataspace.rest()
        theirs = (await buyer.participant.transfers.kept(pid)).partner_pid
        steps = [TransferState.SUSPENDED, TransferState.STARTED, TransferState.SUSPENDED, TransferState.TERMINATED]
        for step in steps:
            for member, own in ((buyer, pid), (maker, theirs)):
                with suppress(LocalError):  # the other one was first
                    await member.participant.transfers.move(own, TransferStep(target=step, code="x"))
            await dataspace.rest()
        assert await pairs(maker, buyer) == {
            ("negotiation", "FINALIZED", None, "FINALIZED", None),
            ("transfer", "TERMINATED", None, "TERMINATED", None),
        }
        assert [(await contents(member))["outbox"] for member in dataspace] == [[], []]


@pytest.mark.parametrize("seed", range(4))
async def test_a_request_through_three_tiers_ends_alike_and_is_done_once(seed) -> None:
    async with InMemoryDataspace(seed) as dataspace:
        miner, maker, buyer = [await dataspace.join(name, PATIENT) for name in ("miner", "maker", "buyer")]
        await miner.participant.parts.register(part("ORE", "3"))
        await maker.participant.parts.register(part("CELL", "12", ("ORE", "miner", "2")))
        dataspace.network.weather = Storm(seed, lose=0.2, repeat=0.1, late=0.1, methods=EVERYTHING)
        asked = await buyer.request("maker", "CELL", [FOOTPRINT, DILIGENCE], DUE)
        await dataspace.rest(timedelta(days=1))
        assert [await state_of(member, asked.request) for member in (buyer, maker)] == ["answered", "answered"]
        assert [row["total"] for row in await received(buyer, maker)] == ["18"]
        assert len(await received(buyer, maker, "DueDiligenceRecord")) == 1
        assert [await member.store.count("request") for member in (miner, maker, buyer)] == [1, 2, 1]
        ends = await pairs(miner, maker, buyer)
        assert {(kind, ours, theirs) for kind, ours, _, theirs, _ in ends} <= {
            ("negotiation", "FINALIZED", "FINALIZED"),
            ("transfer", "COMPLETED", "COMPLETED"),
            ("transfer", "TERMINATED", "TERMINATED"),
        }


@pytest.mark.parametrize("seed", range(6))
async def test_terminations_from_both_sides_at_any_moment_end_alike(seed) -> None:
    async with InMemoryDataspace(seed) as dataspace:
        maker, buyer = await dataspace.join("maker", PATIENT), await dataspace.join("buyer", PATIENT)
        offer = await maker.publish(CELL)
        partner = await buyer.participant.ports.directory.find("maker")
        dataspace.network.weather = Storm(seed, lose=0.4, repeat=0.1, late=0.1)
        pid = await buyer.participant.negotiations.open(partner, CELL, offer.offer)
        end = NegotiationStep(target=NegotiationState.TERMINATED, code="enough")
        for _ in range(seed + 1):
            await dataspace.advance(0.2)
        for member in (buyer, maker):
            for row in await member.store.find("negotiation"):
                with suppress(LocalError):  # something is on its way, or it has ended
                    await member.participant.negotiations.move(row.id, end)
        await dataspace.rest()
        (seen,) = await pairs(maker, buyer)
        assert seen in {
            ("negotiation", "FINALIZED", None, "FINALIZED", None),
            ("negotiation", "TERMINATED", None, "TERMINATED", None),
        }, pid
        finals = [
            await member.store.count("agreement", state=f"{side}-final")
            for member, side in ((maker, "provider"), (buyer, "consumer"))
        ]
        assert finals == ([1, 1] if seen[1] == "FINALIZED" else [0, 0])


# --- steps that meet in the store -----------------------------------------------------------------


async def test_a_step_that_loses_the_race_for_a_record_decides_again(dataspace) -> None:
    """Each of the first commits of a record finds that another step was quicker."""
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL)
    pid, agreement = await agreed(partner, maker, dataspace)
    commit, races = maker.store.commit, 3

    async def raced(changes):
        nonlocal races
        if changes.records and races:
            races -= 1
            raise CONFLICT(kind="negotiation", id=pid, version=1)
        await commit(changes)

    maker.store.commit = raced
    path = f"/negotiations/{pid}/agreement/verification"
    answered = await partner.send(maker, path, await verification(partner, pid, agreement))
    await dataspace.settle()
    assert (answered.status, races) == (200, 0)
    assert len(dataspace.network.sent("ContractNegotiationEventMessage")) == 1
    assert (await maker.participant.negotiations.kept(pid)).state is NegotiationState.FINALIZED


async def test_a_record_that_others_change_again_and_again_is_answered_as_busy(dataspace) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL)
    pid, agreement = await agreed(partner, maker, dataspace)
    commit = maker.store.commit

    async def lost(changes):
        if changes.records:
            raise CONFLICT(kind="negotiation", id=pid, version=1)
        await commit(changes)

    maker.store.commit = lost
    before = await contents(maker)
    path = f"/negotiations/{pid}/agreement/verification"
    answered = await partner.send(maker, path, await verification(partner, pid, agreement))
    assert answered.status == 503
    assert await contents(maker) == before


async def test_moves_by_hand_at_the_same_time_make_one_move(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    offer = await maker.publish(CELL)
    partner = await buyer.participant.ports.directory.find("maker")
    dataspace.network.weather = lambda passage: (
        503 if passage.kind == "ContractAgreementMessage" else Storm(0, lose=0, repeat=0, late=0)(passage)
    )
    pid = await buyer.participant.negotiations.open(partner, CELL, offer.offer)
    await dataspace.settle()
    ends = (buyer.participant.negotiations.terminate(pid, "enough", "x") for _ in range(5))
    outcomes = await asyncio.gather(*ends, return_exceptions=True)
    assert sum(not isinstance(outcome, RenkeiError) for outcome in outcomes) == 1
    assert {outcome.code for outcome in outcomes if isinstance(outcome, RenkeiError)} <= {
        "protocol-still-unacknowledged",
        "protocol-our-illegal-move",
    }
    dataspace.network.weather = None
    await dataspace.rest()
    assert await pairs(maker, buyer) == {("negotiation", "TERMINATED", None, "TERMINATED", None)}
