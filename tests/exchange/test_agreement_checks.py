"""A consumer takes an agreement only if everything in it is as it should be; otherwise nothing of it is kept."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from conversations import CELL, contents, message, refusal, said

from renkei.kernel import instants
from renkei.kernel.problems import PolicyError
from renkei.policy.model import SIGNATURE
from renkei.protocol.messages import MessageKind
from renkei.testing import START, MemberConfig
from renkei.trust.artefacts import Artefact

NAMESPACE = "https://w3id.org/renkei/v1/"
MAKER, BUYER = "did:web:maker.example", "did:web:buyer.example"


class Bargain:
    """A member in the middle of a negotiation with a provider that a test drives."""

    def __init__(self, dataspace, buyer, maker, offer) -> None:
        self.dataspace, self.buyer, self.maker, self.offer = dataspace, buyer, maker, offer
        self.waiting = asyncio.ensure_future(buyer.negotiate("maker", CELL))
        self.pid = ""

    async def begin(self) -> Bargain:
        await self.dataspace.settle()
        (request,) = self.maker.messages(MessageKind.CONTRACT_REQUEST)
        self.pid = request["consumerPid"]
        return self

    def agreement(self, **changes) -> dict:
        terms = {name: value for name, value in self.offer.items() if name not in {SIGNATURE, "@type", "@id"}}
        good = {"@type": "Agreement", "@id": self.maker.ids.new(), **terms, "assignee": BUYER}
        members = {**good, "timestamp": instants.render(self.dataspace.clock.now()), **changes}
        return {name: value for name, value in members.items() if value is not None}

    async def say(self, agreement: dict, **changes):
        pids = {"@id": self.maker.ids.new(), "providerPid": self.maker.pid, "consumerPid": self.pid}
        body = message("ContractAgreementMessage", **{**pids, "agreement": agreement, **changes})
        answered = await self.maker.send(self.buyer, f"/negotiations/{self.pid}/agreement", body)
        await self.dataspace.settle()
        return answered

    async def signed(self, **changes) -> dict:
        return await self.maker.sign(self.agreement(**changes), Artefact.AGREEMENT)


@pytest.fixture
async def bargain(dataspace):
    buyer, maker = await dataspace.join("buyer"), dataspace.partner("maker")
    made = Bargain(dataspace, buyer, maker, await maker.offer(CELL))
    yield await made.begin()
    made.waiting.cancel()


def at(seconds: float) -> str:
    return instants.render(START + timedelta(seconds=seconds))


async def test_a_good_agreement_is_verified_and_comes_into_force_when_finalized(bargain) -> None:
    answered = await bargain.say(await bargain.signed())
    assert answered.status == 200, answered.body
    (verified,) = bargain.maker.messages(MessageKind.AGREEMENT_VERIFICATION)
    assert f"{NAMESPACE}countersignature" in verified
    assert await bargain.buyer.store.count("agreement", state="consumer-final") == 0
    event = message(
        "ContractNegotiationEventMessage",
        **{"@id": bargain.maker.ids.new(), "providerPid": bargain.maker.pid, "consumerPid": bargain.pid},
        eventType="FINALIZED",
    )
    assert (await bargain.maker.send(bargain.buyer, f"/negotiations/{bargain.pid}/events", event)).status == 200
    assert (await bargain.waiting).final


# The numbers are those of the list in ``exchange.agreement.agreements``.
TAMPERED = {
    "1 another dataset": {"target": "urn:example:other"},
    "2 another assigner": {"assigner": "did:web:other.example"},
    "2 another assignee": {"assignee": "did:web:other.example"},
    "2 the sides changed": {"assigner": BUYER, "assignee": MAKER},
    "3 another permission": {"permission": [{"action": "distribute"}]},
    "3 one more permission": {"permission": [{"action": "use"}, {"action": "distribute"}]},
    "3 a narrower permission": {
        "permission": [
            {"action": "use", "constraint": [{"leftOperand": "purpose", "operator": "eq", "rightOperand": "urn:x"}]}
        ]
    },
    "3 an obligation": {"obligation": [{"action": "compensate"}]},
    "3 a prohibition": {"prohibition": [{"action": "use"}]},
    "4 an old timestamp": {"timestamp": at(-61)},
    "4 a timestamp ahead": {"timestamp": at(61)},
    "4 no timestamp": {"timestamp": None},
    "4 a malformed timestamp": {"timestamp": "yesterday"},
    "4 a timestamp without zone": {"timestamp": "2026-11-22T09:00:00"},
    "6 another offer's hash": {f"{NAMESPACE}offer": "sha-256:" + "0" * 64},
    "6 another consumer pid": {f"{NAMESPACE}consumerPid": "urn:uuid:0"},
    "6 another provider pid": {f"{NAMESPACE}providerPid": "urn:uuid:0"},
    "6 a template that was not offered": {f"{NAMESPACE}template": "sha-256:" + "0" * 64},
}


@pytest.mark.parametrize("changes", TAMPERED.values(), ids=TAMPERED)
async def test_a_tampered_agreement_is_refused_though_its_signature_is_right(bargain, changes) -> None:
    await refused(bargain, await bargain.signed(**changes))


async def refused(bargain, agreement: dict) -> str:
    before = await contents(bargain.buyer)
    answered = await bargain.say(agreement)
    assert answered.status == 400, answered.body
    assert said(answered)["@type"] == "ContractNegotiationError"
    after = await contents(bargain.buyer)
    assert after["agreement"] == []
    assert after == before
    assert bargain.maker.messages(MessageKind.AGREEMENT_VERIFICATION) == []
    assert not bargain.waiting.done()
    return said(answered)["code"]


async def test_5_an_unsigned_agreement_is_refused(bargain) -> None:
    assert await refused(bargain, bargain.agreement()) == "negotiation-unsigned"


async def test_5_a_signature_over_other_bytes_is_refused(bargain) -> None:
    signed = await bargain.signed()
    changed = {**signed, "timestamp": at(1)}
    assert await refused(bargain, changed) == "trust-jws-signature"


async def test_5_a_signature_of_somebody_else_is_refused(bargain) -> None:
    other = bargain.dataspace.partner("other")
    assert await refused(bargain, await other.sign(bargain.agreement(), Artefact.AGREEMENT)) == "trust-wrong-signer"


async def test_5_a_signature_for_another_kind_of_document_is_refused(bargain) -> None:
    signed = await bargain.maker.sign(bargain.agreement(), Artefact.OFFER)
    assert await refused(bargain, signed) == "trust-jws-type"


async def test_5_a_signature_with_the_key_for_tokens_is_refused(bargain) -> None:
    from renkei.trust.artefacts import sign

    signed = await sign(bargain.agreement(), Artefact.AGREEMENT, bargain.maker.keys.token_signer)
    assert await refused(bargain, signed) == "trust-key-purpose"


@pytest.mark.parametrize("pids", [{"consumerPid": "urn:uuid:0"}, {"providerPid": "urn:uuid:0"}])
async def test_an_agreement_for_another_process_is_refused(bargain, pids) -> None:
    before = await contents(bargain.buyer)
    answered = await bargain.say(await bargain.signed(), **pids)
    assert refusal(answered) == (400, "process-wrong-pid")
    assert await contents(bargain.buyer) == before


async def test_after_a_refused_agreement_the_right_one_is_still_taken(bargain) -> None:
    await refused(bargain, await bargain.signed(target="urn:example:other"))
    assert (await bargain.say(await bargain.signed())).status == 200
    assert len(bargain.maker.messages(MessageKind.AGREEMENT_VERIFICATION)) == 1


async def test_an_agreement_that_takes_the_id_of_another_one_is_refused(bargain) -> None:
    """Whoever may choose an id must not write over what we hold, be it with whom it may."""
    third = await bargain.dataspace.join("third")
    await third.publish("urn:example:third")
    held = await bargain.buyer.negotiate("third", "urn:example:third")
    before = await bargain.buyer.participant.agreements.kept(held.id)
    answered = await bargain.say(await bargain.signed(**{"@id": held.id}))
    assert answered.status == 400
    assert await bargain.buyer.participant.agreements.kept(held.id) == before


async def test_an_unsigned_offer_is_not_asked_for(dataspace) -> None:
    buyer, maker = await dataspace.join("buyer"), dataspace.partner("maker")
    await maker.offer(CELL, signed=False)
    with pytest.raises(PolicyError, match="negotiation-unsigned"):
        await buyer.negotiate("maker", CELL)
    assert maker.messages(MessageKind.CONTRACT_REQUEST) == []


async def test_an_unsigned_agreement_is_taken_where_configured_and_recorded_as_unsigned(dataspace) -> None:
    config = MemberConfig(unsigned_partners=frozenset({MAKER}))
    buyer, maker = await dataspace.join("buyer", config), dataspace.partner("maker")
    bargain = await Bargain(dataspace, buyer, maker, await maker.offer(CELL, signed=False)).begin()
    agreement = bargain.agreement()
    assert (await bargain.say(agreement)).status == 200
    kept = await buyer.participant.agreements.kept(agreement["@id"])
    assert not kept.signed
    assert f"{NAMESPACE}countersignature" in kept.document
    bargain.waiting.cancel()
