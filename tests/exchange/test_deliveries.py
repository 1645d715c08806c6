"""A partner may be slow, away or deaf: what we send is tried again, a bounded number of times, and the reason is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from conversations import CELL, contents, message, said

from renkei.exchange.machine.endpoint import Reply
from renkei.exchange.machine.patience import Patience
from renkei.exchange.problems import UNKNOWN_PROCESS
from renkei.kernel.problems import PeerError
from renkei.protocol.messages import MessageKind
from renkei.protocol.negotiation import NegotiationState
from renkei.testing import Fate, MemberConfig

_S = NegotiationState
LATER = [401, 404, 408, 409, 425, 429, 500, 502, 503, Fate.LOSE]


@pytest.mark.parametrize("fate", LATER)
@pytest.mark.parametrize(
    "kind",
    [
        "ContractRequestMessage",
        "ContractAgreementMessage",
        "ContractAgreementVerificationMessage",
        "ContractNegotiationEventMessage",
    ],
)
async def test_what_a_partner_does_not_take_yet_is_sent_again(dataspace, kind, fate) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.publish(CELL)
    dataspace.network.expect(kind, fate, fate, fate)
    agreement = await dataspace.run(buyer.negotiate("maker", CELL))
    await dataspace.rest()
    assert len(dataspace.network.sent(kind)) == 4
    assert (await maker.participant.agreements.kept(agreement.id)).final
    assert [(await contents(member))["outbox"] for member in dataspace] == [[], []]


async def test_the_same_bytes_are_sent_again_with_another_token(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.publish(CELL)
    dataspace.network.expect("ContractRequestMessage", 503, 503)
    await dataspace.run(buyer.negotiate("maker", CELL))
    sent = [crossing.passage for crossing in dataspace.network.sent("ContractRequestMessage")]
    assert len({passage.body for passage in sent}) == 1
    assert len({passage.headers["authorization"] for passage in sent}) == 3


async def test_each_pause_is_longer_than_the_one_before_up_to_a_limit() -> None:
    patience = Patience(first=1.0, longest=10.0, tries=9)
    shortest = [patience.wait(tries, 0.0).total_seconds() for tries in range(1, 7)]
    longest = [patience.wait(tries, 1.0).total_seconds() for tries in range(1, 7)]
    assert shortest == [1.0, 2.0, 4.0, 5.0, 5.0, 5.0]
    assert longest == [2.0, 4.0, 8.0, 10.0, 10.0, 10.0]


async def test_a_message_waits_its_pause_and_not_longer(dataspace) -> None:
    config = MemberConfig(messages=Patience(first=10.0, longest=100.0, tries=5))
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer", config)
    offer = await maker.publish(CELL)
    partner = await buyer.participant.ports.directory.find("maker")
    dataspace.network.expect("ContractRequestMessage", 503)
    await buyer.participant.negotiations.open(partner, CELL, offer.offer)
    await dataspace.settle()
    await dataspace.advance(9.9)
    assert len(dataspace.network.sent("ContractRequestMessage")) == 1
    await dataspace.advance(10.2)
    assert len(dataspace.network.sent("ContractRequestMessage")) == 2


@pytest.mark.parametrize("fate", [404, 500, 503, Fate.LOSE])
async def test_a_partner_that_never_takes_it_is_given_up_after_a_bounded_number_of_tries(dataspace, fate) -> None:
    buyer, partner = await dataspace.join("buyer"), dataspace.partner("maker")
    await partner.offer(CELL)
    dataspace.network.expect("ContractRequestMessage", *[fate] * 100)
    with pytest.raises(PeerError, match="process-ended") as caught:
        await dataspace.run(buyer.negotiate("maker", CELL))
    await dataspace.rest(timedelta(days=1))
    assert len(dataspace.network.sent("ContractRequestMessage")) == 12
    (row,) = await buyer.store.find("negotiation")
    kept = await buyer.participant.negotiations.kept(row.id)
    assert (kept.state, kept.failure.ours, kept.failure.code) == (_S.TERMINATED, True, "delivery-given-up")
    assert ("did not answer in time" if fate is Fate.LOSE else str(fate)) in str(kept.failure.reason)
    assert "delivery-given-up" in str(caught.value)
    assert (await contents(buyer))["outbox"] == []


@pytest.mark.parametrize("status", [400, 403, 410, 422])
async def test_what_a_partner_refuses_is_not_sent_again_and_its_reason_is_kept(dataspace, status) -> None:
    buyer, partner = await dataspace.join("buyer"), dataspace.partner("maker")
    await partner.offer(CELL)
    partner.answering = lambda request: (
        Reply(status=status, body=b'{"code": "too dear"}') if request.path.endswith("/negotiations/request") else None
    )
    with pytest.raises(PeerError, match="too dear"):
        await dataspace.run(buyer.negotiate("maker", CELL))
    await dataspace.rest()
    assert len(partner.messages(MessageKind.CONTRACT_REQUEST)) == 1


async def test_a_refused_agreement_is_followed_by_our_termination(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.publish(CELL)
    dataspace.network.expect("ContractAgreementMessage", 400)
    with pytest.raises(PeerError, match="process-ended"):
        await dataspace.run(buyer.negotiate("maker", CELL))
    await dataspace.rest()
    states = [NegotiationState(row.state) for member in dataspace for row in await member.store.find("negotiation")]
    assert states == [_S.TERMINATED, _S.TERMINATED]
    assert await maker.store.count("agreement", state="provider-final") == 0


async def test_an_agreement_holds_though_its_last_word_was_never_heard(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer", MemberConfig(wait=0.05))
    await maker.publish(CELL)
    dataspace.network.expect("ContractNegotiationEventMessage", *[Fate.LOSE] * 100)
    with pytest.raises(PeerError, match="process-timed-out"):
        await buyer.negotiate("maker", CELL)
    await dataspace.rest(timedelta(hours=2))
    (row,) = await maker.store.find("negotiation")
    kept = await maker.participant.negotiations.kept(row.id)
    assert (kept.state, kept.pending, kept.failure.code) == (_S.FINALIZED, None, "delivery-given-up")


async def test_who_waits_in_vain_is_told_what_the_last_delivery_ran_into(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer", MemberConfig(wait=0.05))
    await maker.publish(CELL)
    await dataspace.run(buyer.negotiate("maker", CELL))
    await maker.stop()
    with pytest.raises(PeerError, match="process-timed-out") as caught:
        await buyer.fetch("maker", CELL)
    (row,) = await buyer.store.find("transfer")
    assert "line-unreachable" in caught.value.message()
    assert f"renkei status --events {row.id}" in caught.value.hint()


async def test_a_partner_that_takes_its_time_is_not_said_to_be_away(dataspace) -> None:
    buyer, partner = await dataspace.join("buyer", MemberConfig(wait=0.05)), dataspace.partner("maker")
    await partner.offer(CELL)
    dataspace.network.expect("ContractRequestMessage", 503)
    with pytest.raises(PeerError, match="process-timed-out") as first:
        await buyer.negotiate("maker", CELL)
    assert "503" in first.value.message()
    await dataspace.rest()
    assert len(partner.messages(MessageKind.CONTRACT_REQUEST)) == 1
    with pytest.raises(PeerError, match="process-timed-out") as second:
        await buyer.negotiate("maker", CELL)
    assert second.value.values["cause"] == "the partner has not taken its next step"


async def test_a_partner_that_is_away_for_an_hour_is_served_when_it_is_back(dataspace) -> None:
    patient = MemberConfig(messages=Patience(first=1.0, longest=600.0, tries=40))
    maker, buyer = await dataspace.join("maker", patient), await dataspace.join("buyer", patient)
    offer = await maker.publish(CELL)
    partner = await buyer.participant.ports.directory.find("maker")
    await maker.stop()
    pid = await buyer.participant.negotiations.open(partner, CELL, offer.offer)
    await dataspace.advance(timedelta(hours=1))
    await maker.start()
    await dataspace.rest()
    assert (await buyer.participant.negotiations.kept(pid)).state is _S.FINALIZED


async def test_an_acknowledgement_is_taken_in_any_success_with_or_without_a_type(dataspace) -> None:
    import json

    buyer, partner = await dataspace.join("buyer"), dataspace.partner("maker")
    document = await partner.offer(CELL)
    ack = message("ContractNegotiation", providerPid=partner.pid, state="REQUESTED")
    partner.answering = lambda request: (
        Reply(
            status=202,
            content_type="",
            body=json.dumps({**ack, "consumerPid": json.loads(request.body)["consumerPid"]}).encode(),
        )
        if request.path.endswith("/negotiations/request")
        else None
    )
    found = await buyer.participant.ports.directory.find("maker")
    pid = await buyer.participant.negotiations.open(found, CELL, document)
    await dataspace.settle()
    kept = await buyer.participant.negotiations.kept(pid)
    assert (kept.state, kept.partner_pid) == (_S.REQUESTED, partner.pid)


async def test_an_unknown_process_is_tried_again_since_the_partner_may_be_behind_us(dataspace) -> None:
    """It may answer our request before it has stored it, and so not know its own pid for a moment."""
    buyer, partner = await dataspace.join("buyer"), dataspace.partner("maker")
    document = await partner.offer(CELL)
    found = await buyer.participant.ports.directory.find("maker")
    pid = await buyer.participant.negotiations.open(found, CELL, document)
    await dataspace.settle()
    answers = [Reply(status=404), Reply(status=404), Reply(status=200)]
    partner.answering = lambda request: answers.pop(0) if request.path.endswith("/termination") else None
    await buyer.participant.negotiations.terminate(pid, "changed-mind", "we do not need it")
    await dataspace.rest()
    assert answers == []
    assert (await buyer.participant.negotiations.kept(pid)).state is _S.TERMINATED
    (ended, *again) = partner.messages(MessageKind.NEGOTIATION_TERMINATION)
    assert (ended["code"], ended["reason"]) == ("changed-mind", ["we do not need it"])
    assert again == [ended, ended]


async def test_a_partner_that_asks_after_our_state_is_told_it(dataspace) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    from conversations import agreed

    await maker.publish(CELL)
    pid, _ = await agreed(partner, maker, dataspace)
    answered = said(await partner.get(maker, f"/negotiations/{pid}"))
    assert answered == {
        "@context": ["https://w3id.org/dspace/2025/1/context.jsonld"],
        "@type": "ContractNegotiation",
        "providerPid": pid,
        "consumerPid": partner.pid,
        "state": "AGREED",
    }


def test_the_hint_of_an_unknown_process_does_not_tell_whether_it_exists() -> None:
    assert UNKNOWN_PROCESS().message() == "There is no such process."
