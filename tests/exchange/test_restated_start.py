"""A provider's restated start crosses what the consumer says next: what was decided is said, whatever comes between."""

from __future__ import annotations

import asyncio

import pytest
from conversations import CELL, EDC, message

from renkei.kernel import instants
from renkei.policy.model import SIGNATURE_MEMBERS
from renkei.protocol.messages import MessageKind
from renkei.protocol.transfer import TransferState
from renkei.testing import Fate
from renkei.trust.artefacts import Artefact

_S = TransferState
AFTERWARDS = {"suspend": _S.SUSPENDED, "terminate": _S.TERMINATED}


@pytest.mark.parametrize("move", AFTERWARDS)
async def test_two_members_end_alike_when_the_new_address_is_late(dataspace, move) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.publish(CELL, b"bytes")
    agreement = await buyer.negotiate("maker", CELL)
    address = (await buyer.participant.ports.directory.find("maker")).address
    transfers = buyer.participant.transfers
    pid = await transfers.request(agreement, address, "HttpData-PULL")
    await dataspace.settle()
    await transfers.suspend(pid, "a", "b")
    await dataspace.settle()
    dataspace.network.weather = lambda passage: 503 if passage.sender == maker.origin else Fate.DELIVER
    await transfers.resume(pid)
    await dataspace.settle()
    assert (await transfers.kept(pid)).resumed
    # Both are on their way at once: the provider's new address, and what the consumer has decided in the meantime.
    dataspace.network.weather = lambda _: 503
    await getattr(transfers, move)(pid, "x", "y")
    await dataspace.settle()
    dataspace.network.weather = lambda _: Fate.DELIVER
    await dataspace.rest()
    ours = await transfers.kept(pid)
    theirs = await maker.participant.transfers.kept(ours.partner_pid)
    assert (ours.state, ours.pending, theirs.state, theirs.pending) == (AFTERWARDS[move], None, AFTERWARDS[move], None)
    assert ours.data_address is None
    assert [*await buyer.store.deliveries(), *await maker.store.deliveries()] == []


class Provider:
    """A scripted provider whose transfer to ``buyer`` runs, and who says its start again whenever it likes."""

    def __init__(self, space, buyer) -> None:
        self.space, self.buyer, self.partner = space, buyer, space.partner("provider")
        self.pid = ""

    async def running(self) -> Provider:
        offer = await self.partner.offer(CELL)
        concluding = asyncio.ensure_future(self.buyer.negotiate("provider", CELL))
        await self.space.settle()
        pid = self.partner.messages(MessageKind.CONTRACT_REQUEST)[-1]["consumerPid"]
        left_out = {*SIGNATURE_MEMBERS, "@type", "@id", "assigner"}
        document = {
            **{name: value for name, value in offer.items() if name not in left_out},
            "@type": "Agreement",
            "@id": self.partner.ids.new(),
            "assigner": self.partner.did,
            "assignee": self.buyer.did,
            "timestamp": instants.render(self.space.clock.now()),
        }
        agreement = await self.partner.sign(document, Artefact.AGREEMENT)
        await self.say("ContractAgreementMessage", f"/negotiations/{pid}/agreement", pid, agreement=agreement)
        await self.space.settle()
        await self.say("ContractNegotiationEventMessage", f"/negotiations/{pid}/events", pid, eventType="FINALIZED")
        await self.space.settle()
        transfers = self.buyer.participant.transfers
        self.pid = await transfers.request(await concluding, self.partner.address, "HttpData-PULL")
        await self.space.settle()
        assert (await self.start("t1")).status == 200
        return self

    async def say(self, kind: str, path: str, consumer_pid: str, **members):
        pids = {"providerPid": self.partner.pid, "consumerPid": consumer_pid}
        return await self.partner.send(
            self.buyer, path, message(kind, **{"@id": self.partner.ids.new()}, **pids, **members)
        )

    async def start(self, token: str, endpoint: str = "https://provider.example/data"):
        address = {
            "@type": "DataAddress",
            "endpointType": "https://w3id.org/idsa/v4.1/HTTP",
            "endpoint": endpoint,
            "endpointProperties": [{"@type": "EndpointProperty", "name": f"{EDC}authorization", "value": token}],
        }
        return await self.say("TransferStartMessage", f"/transfers/{self.pid}/start", self.pid, dataAddress=address)


async def test_a_start_said_again_does_not_take_our_termination_along(dataspace) -> None:
    buyer = await dataspace.join("buyer")
    provider = await Provider(dataspace, buyer).running()
    transfers = buyer.participant.transfers
    await transfers.suspend(provider.pid, "a", "b")
    await dataspace.settle()
    await transfers.resume(provider.pid)
    await dataspace.settle()
    dataspace.network.weather = lambda passage: 503 if passage.sender == buyer.origin else Fate.DELIVER
    await transfers.terminate(provider.pid, "enough", "reason")
    await dataspace.settle()
    assert (await provider.start("t2")).status == 200
    dataspace.network.weather = lambda _: Fate.DELIVER
    await dataspace.rest()
    assert len(provider.partner.messages(MessageKind.TRANSFER_TERMINATION)) == 1
    kept = await transfers.kept(provider.pid)
    assert (kept.state, kept.pending, kept.data_address) == (_S.TERMINATED, None, None)


@pytest.mark.parametrize(
    "endpoint", ["https://[::1]@", "https://127.0.0.1/x", "ftp://provider.example/", "http://a b/"]
)
async def test_an_endpoint_that_may_not_be_called_is_the_partners_fault(dataspace, endpoint) -> None:
    buyer = await dataspace.join("buyer")
    provider = await Provider(dataspace, buyer).running()
    transfers = buyer.participant.transfers
    await transfers.suspend(provider.pid, "a", "b")
    await dataspace.settle()
    await transfers.resume(provider.pid)
    await dataspace.settle()
    before = await transfers.kept(provider.pid)
    answered = await provider.start("t2", endpoint)
    assert answered.status == 400
    assert b"transfer-forbidden-endpoint" in answered.body
    assert await transfers.kept(provider.pid) == before
