"""Offers go to and fro: either side may begin, each offer is kept with who made it, and nothing is agreed by mistake."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conversations import (
    CELL,
    UNKNOWN,
    about,
    contents,
    contract_request,
    message,
    refusal,
    said,
    shown_offer,
)

from renkei.exchange.problems import TOO_MANY_OFFERS
from renkei.exchange.records.processes import DecisionState, Side
from renkei.kernel.problems import LocalError, PeerError
from renkei.policy.model import SIGNATURE, Atomic, Operator, Policy, PolicyKind, Rule
from renkei.protocol.messages import MessageKind
from renkei.protocol.negotiation import NegotiationState
from renkei.testing import ANYONE, Fate, MemberConfig

_S = NegotiationState
PURPOSE = "urn:example:research"
NARROW = [
    {"action": "use", "constraint": [{"leftOperand": "purpose", "operator": "eq", "rightOperand": "cx.pcf.base:1"}]}
]


@pytest.fixture
async def maker(dataspace):
    maker = await dataspace.join("maker")
    await maker.publish(CELL)
    return maker


@pytest.fixture
async def buyer(dataspace):
    return await dataspace.join("buyer")


async def kept(member, pid):
    return await member.participant.negotiations.kept(pid)


async def twin(member, pid):
    return await kept(member, (await kept(member, pid)).partner_pid)


async def found(member, name):
    return await member.participant.ports.directory.find(name)


class Waits:
    """A rule book that leaves everything to the test."""

    async def negotiation(self, record, facts):
        return None

    async def transfer(self, record, facts):
        return None


WAITING = MemberConfig(decisions=lambda ports, catalogs: Waits())


# --- a provider begins ----------------------------------------------------------------------------


async def test_an_offer_nobody_has_asked_for_waits_for_a_person_and_is_agreed_after_a_yes(
    dataspace, maker, buyer
) -> None:
    pid = await maker.participant.negotiations.offer(await found(maker, "buyer"), CELL)
    await dataspace.settle()
    record = await kept(maker, pid)
    assert (record.state, record.side, record.pending) == (_S.OFFERED, Side.PROVIDER, None)
    ours = await kept(buyer, record.partner_pid)
    assert (ours.state, ours.side, ours.offer_by, bool(ours.asking)) == (_S.OFFERED, Side.CONSUMER, Side.PROVIDER, True)
    asked = await buyer.participant.negotiations.decision(ours.id)
    assert (asked.state, asked.target, asked.why) == (DecisionState.OPEN, _S.ACCEPTED, "offer-not-asked-for")
    await buyer.participant.negotiations.approve(ours.id, "Hanako")
    await dataspace.settle()
    assert [(await kept(member, one)).state for member, one in ((maker, pid), (buyer, ours.id))] == [_S.FINALIZED] * 2
    agreement = await buyer.participant.agreements.kept((await kept(buyer, ours.id)).agreement)
    assert agreement.final
    assert agreement.signed
    assert [(await contents(member))["outbox"] for member in dataspace] == [[], []]


async def test_an_offer_whose_terms_do_not_permit_what_we_want_is_refused_with_the_reason(dataspace, maker) -> None:
    await dataspace.join("buyer", MemberConfig(purposes=frozenset({PURPOSE})))
    pid = await maker.participant.negotiations.offer(
        await found(maker, "buyer"), CELL, {"@type": "Offer", "permission": NARROW}
    )
    await dataspace.settle()
    record = await kept(maker, pid)
    assert (record.state, record.failure.ours, record.failure.code) == (_S.TERMINATED, False, "policy-refused")
    assert "purpose" in str(record.failure.reason)


async def test_only_what_a_partner_may_see_is_offered_to_it(dataspace, maker, buyer) -> None:
    await maker.publish("urn:example:hidden", visible_to=("did:web:other.example",))
    with pytest.raises(PeerError, match="catalog-unknown-dataset"):
        await maker.participant.negotiations.offer(await found(maker, "buyer"), "urn:example:hidden")


@pytest.mark.parametrize("fate", [Fate.OVERTAKEN, Fate.LOSE_ANSWER, Fate.REPEAT, 503])
async def test_an_opening_offer_on_a_bad_line_opens_one_negotiation(dataspace, maker, buyer, fate) -> None:
    dataspace.network.expect("ContractOfferMessage", fate)
    pid = await maker.participant.negotiations.offer(await found(maker, "buyer"), CELL)
    await dataspace.rest()
    assert await buyer.store.count("negotiation") == 1
    (row,) = await buyer.store.find("negotiation")
    await buyer.participant.negotiations.accept(row.id)
    await dataspace.rest()
    assert (await kept(maker, pid)).state is _S.FINALIZED


def unasked(partner, offer, **members) -> dict:
    opening = {"@id": partner.ids.new(), "providerPid": partner.pid, "callbackAddress": partner.address}
    return message("ContractOfferMessage", **{**opening, "offer": offer, **members})


async def test_an_opening_offer_is_answered_with_the_new_process(dataspace, buyer) -> None:
    partner = dataspace.partner("maker")
    body = unasked(partner, await partner.offer(CELL))
    answers = [await partner.send(buyer, "/negotiations/offers", body) for _ in range(2)]
    assert [answered.status for answered in answers] == [201, 201]
    assert answers[0].body == answers[1].body
    ack = said(answers[0])
    assert (ack["@type"], ack["state"], ack["providerPid"]) == ("ContractNegotiation", "OFFERED", partner.pid)
    assert await buyer.store.count("negotiation") == 1


BAD_OFFERS = {
    "unsigned": (lambda o: {k: v for k, v in o.items() if k != SIGNATURE}, {}, "negotiation-unsigned"),
    "signed over other terms": (lambda o: {**o, "permission": NARROW}, {}, "trust-jws-signature"),
    "in another's name": (lambda o: {**o, "assigner": "did:web:other.example"}, {}, "negotiation-bad-offer"),
    "for somebody else": (lambda o: {**o, "assignee": "did:web:other.example"}, {}, "negotiation-bad-offer"),
    "without a target": (lambda o: {k: v for k, v in o.items() if k != "target"}, {}, "wire-offer-target"),
    "in a process that exists": (lambda o: o, {"consumerPid": UNKNOWN, "callbackAddress": None}, "wire-wrong-type"),
    "back to our own network": (lambda o: o, {"callbackAddress": "https://10.0.0.1/"}, "wire-callback-address"),
    "back to somebody else": (lambda o: o, {"callbackAddress": "https://x.example/"}, "process-foreign-callback"),
}


@pytest.mark.parametrize("what", BAD_OFFERS)
async def test_an_opening_offer_that_is_not_in_order_opens_nothing(dataspace, buyer, what) -> None:
    partner = dataspace.partner("maker")
    change, members, code = BAD_OFFERS[what]
    before = await contents(buyer)
    body = unasked(partner, change(await partner.offer(CELL)), **members)
    answered = await partner.send(buyer, "/negotiations/offers", body)
    status, found_code = refusal(answered)
    assert status == 400
    assert found_code.startswith(code)
    assert said(answered)["@type"] == "ContractNegotiationError"
    assert await contents(buyer) == before


async def test_an_unsigned_opening_offer_is_taken_from_whom_that_is_configured(dataspace) -> None:
    partner = dataspace.partner("maker")
    buyer = await dataspace.join("buyer", MemberConfig(unsigned_partners=frozenset({partner.did})))
    answered = await partner.send(
        buyer, "/negotiations/offers", unasked(partner, await partner.offer(CELL, signed=False))
    )
    assert answered.status == 201


# --- counter-offers -------------------------------------------------------------------------------


async def requested(dataspace, maker, buyer) -> str:
    """The buyer's pid of a negotiation that waits for the maker."""
    partner = await found(buyer, "maker")
    asset = await maker.participant.catalogs.kept(CELL)
    pid = await buyer.participant.negotiations.open(partner, CELL, asset.offer)
    await dataspace.settle()
    return pid


async def test_offers_go_to_and_fro_and_are_kept_with_who_made_them(dataspace, buyer) -> None:
    maker = await dataspace.join("maker", WAITING)
    asset = await maker.publish(CELL)
    pid = await requested(dataspace, maker, buyer)
    theirs = (await kept(buyer, pid)).partner_pid
    narrow = {**asset.offer, "permission": NARROW}
    await maker.participant.negotiations.counter(theirs, narrow)
    await dataspace.settle()
    assert bool((await kept(buyer, pid)).asking)
    await buyer.participant.negotiations.counter(pid, asset.offer)
    await dataspace.settle()
    for member, one in ((maker, theirs), (buyer, pid)):
        record = await kept(member, one)
        assert record.state is _S.REQUESTED
        made = [(past.by, past.offer["permission"]) for past in record.earlier] + [
            (record.offer_by, record.offer["permission"])
        ]
        assert made == [
            (Side.CONSUMER, asset.offer["permission"]),
            (Side.PROVIDER, NARROW),
            (Side.CONSUMER, asset.offer["permission"]),
        ]
    decision = await buyer.participant.negotiations.decision(pid)
    assert decision.state is DecisionState.VOID


async def test_a_request_equal_to_the_providers_own_counter_offer_is_agreed(dataspace, maker) -> None:
    """The provider has counter-offered by hand; the consumer asks for just that, under an id of its own."""
    partner = dataspace.partner("buyer")
    maker = await dataspace.join("hesitant", WAITING)
    await maker.publish(CELL)
    offer = await shown_offer(partner, maker)
    answered = await partner.send(maker, "/negotiations/request", contract_request(partner, offer))
    pid = said(answered)["providerPid"]
    await maker.participant.negotiations.counter(pid, {**offer, "permission": NARROW})
    await dataspace.settle()
    countered = partner.messages(MessageKind.CONTRACT_OFFER)[-1]["offer"]
    await maker.stop()
    maker.config = MemberConfig()
    await maker.start()
    again = about(partner, pid, "ContractRequestMessage", offer={**countered, "@id": UNKNOWN})
    assert (await partner.send(maker, f"/negotiations/{pid}/request", again)).status == 200
    await dataspace.settle()
    agreement = partner.messages(MessageKind.CONTRACT_AGREEMENT)[-1]["agreement"]
    assert agreement["permission"] == NARROW


async def test_an_offer_equal_to_what_we_asked_for_is_accepted_by_itself(dataspace, buyer) -> None:
    maker = await dataspace.join("maker", WAITING)
    asset = await maker.publish(CELL)
    pid = await requested(dataspace, maker, buyer)
    theirs = (await kept(buyer, pid)).partner_pid
    await maker.participant.negotiations.counter(theirs, asset.offer)
    await dataspace.settle()
    assert (await kept(buyer, pid)).state is _S.ACCEPTED
    assert (await kept(maker, theirs)).state is _S.ACCEPTED


async def test_a_counter_request_with_other_terms_is_refused_with_the_differences(dataspace) -> None:
    partner, maker = dataspace.partner("buyer"), await dataspace.join("hesitant", WAITING)
    await maker.publish(CELL)
    offer = await shown_offer(partner, maker)
    pid = said(await partner.send(maker, "/negotiations/request", contract_request(partner, offer)))["providerPid"]
    await maker.participant.negotiations.counter(pid, offer)
    await dataspace.settle()
    await maker.stop()
    maker.config = MemberConfig()
    await maker.start()
    wider = {**offer, "permission": [*offer["permission"], {"action": "http://www.w3.org/ns/odrl/2/sell"}]}
    again = about(partner, pid, "ContractRequestMessage", offer=wider)
    assert (await partner.send(maker, f"/negotiations/{pid}/request", again)).status == 200
    await dataspace.settle()
    assert partner.messages(MessageKind.NEGOTIATION_TERMINATION)[-1]["code"] == "negotiation-offer-differs"
    assert await maker.store.count("agreement") == 0


async def test_an_offer_about_another_dataset_does_not_get_onto_the_table(dataspace, maker) -> None:
    partner, maker = dataspace.partner("buyer"), await dataspace.join("hesitant", WAITING)
    await maker.publish(CELL)
    offer = await shown_offer(partner, maker)
    pid = said(await partner.send(maker, "/negotiations/request", contract_request(partner, offer)))["providerPid"]
    await maker.participant.negotiations.counter(pid, offer)
    await dataspace.settle()
    before = await contents(maker)
    again = about(partner, pid, "ContractRequestMessage", offer={**offer, "target": "urn:example:other"})
    assert refusal(await partner.send(maker, f"/negotiations/{pid}/request", again)) == (400, "negotiation-bad-offer")
    assert await contents(maker) == before


async def test_a_negotiation_takes_no_more_than_so_many_offers(dataspace) -> None:
    maker, buyer = await dataspace.join("maker", WAITING), await dataspace.join("buyer", WAITING)
    asset = await maker.publish(CELL)
    pid = await requested(dataspace, maker, buyer)
    theirs = (await kept(buyer, pid)).partner_pid
    for _ in range(15):
        await maker.participant.negotiations.counter(theirs, asset.offer)
        await dataspace.settle()
        await buyer.participant.negotiations.counter(pid, asset.offer)
        await dataspace.settle()
    await maker.participant.negotiations.counter(theirs, asset.offer)
    await dataspace.settle()
    with pytest.raises(PeerError, match=TOO_MANY_OFFERS.code):
        await buyer.participant.negotiations.counter(pid, asset.offer)
    assert len((await kept(buyer, pid)).earlier) == 31


async def test_whose_turn_it_is_not_cannot_counter_or_accept(dataspace, buyer) -> None:
    maker = await dataspace.join("maker", WAITING)
    asset = await maker.publish(CELL)
    pid = await requested(dataspace, maker, buyer)
    for step in (
        buyer.participant.negotiations.counter(pid, asset.offer),
        buyer.participant.negotiations.accept(pid),
    ):
        with pytest.raises(LocalError, match="protocol-our-illegal-move"):
            await step


async def test_a_termination_by_hand_is_kept_with_code_and_reason_on_both_sides(dataspace, buyer) -> None:
    maker = await dataspace.join("maker", WAITING)
    await maker.publish(CELL)
    pid = await requested(dataspace, maker, buyer)
    await buyer.participant.negotiations.terminate(pid, "N-1", "found another supplier")
    await dataspace.settle()
    ours, theirs = await kept(buyer, pid), await twin_of(maker, buyer, pid)
    assert (ours.failure.ours, ours.failure.code, ours.failure.reason) == (True, "N-1", ("found another supplier",))
    assert (theirs.failure.ours, theirs.failure.code, theirs.failure.reason) == (
        False,
        "N-1",
        ("found another supplier",),
    )


async def twin_of(other, member, pid):
    return await kept(other, (await kept(member, pid)).partner_pid)


# --- renewals -------------------------------------------------------------------------------------


def until(instant: str) -> Policy:
    limit = Atomic("http://www.w3.org/ns/odrl/2/dateTime", Operator.LTEQ, {"@value": instant, "@type": "xsd:dateTime"})
    return Policy(id="urn:t", kind=PolicyKind.SET, permission=(Rule("use", constraint=(limit,)),))


async def test_an_agreement_that_permits_no_longer_is_negotiated_anew_by_the_next_fetch(
    dataspace, maker, buyer
) -> None:
    await maker.publish(CELL, policy=until("2026-11-22T10:00:00Z"))
    first = await buyer.fetch("maker", CELL)
    await maker.publish(CELL, policy=until("2027-11-22T10:00:00Z"))
    assert (await buyer.fetch("maker", CELL)).agreement == first.agreement
    await dataspace.advance(2 * 3600)
    assert (await buyer.fetch("maker", CELL)).agreement != first.agreement


@pytest.mark.parametrize("side", ["buyer", "maker"])
async def test_an_agreement_is_renewed_before_its_end_by_either_side(dataspace, maker, buyer, side) -> None:
    agreement = await buyer.negotiate("maker", CELL)
    await dataspace.settle()
    await maker.publish(CELL, policy=replace(ANYONE, id="urn:example:newer"))
    member = dataspace[side]
    old = await member.participant.agreements.kept(agreement.id)
    pid = await member.participant.fetching.renew(old)
    await dataspace.settle()
    if side == "maker":
        await buyer.participant.negotiations.approve((await kept(maker, pid)).partner_pid, "Hanako")
        await dataspace.settle()
    assert (await kept(member, pid)).state is _S.FINALIZED
    assert len(await buyer.participant.agreements.live(maker.did, CELL)) == 2


# --- where answers are sent -----------------------------------------------------------------------


@pytest.mark.parametrize("host", ["other.example", "maker.example", "buyer.example.evil.example", "x.buyer.example"])
async def test_a_callback_at_a_host_that_is_not_the_partners_is_refused(dataspace, maker, host) -> None:
    partner = dataspace.partner("buyer")
    request = contract_request(partner, await shown_offer(partner, maker), callbackAddress=f"https://{host}/dsp")
    before = await contents(maker)
    assert refusal(await partner.send(maker, "/negotiations/request", request)) == (400, "process-foreign-callback")
    assert await contents(maker) == before


async def test_a_callback_at_a_service_of_the_did_document_or_an_allowed_host_is_taken(dataspace) -> None:
    maker = await dataspace.join("maker", MemberConfig(callback_hosts=frozenset({"gateway.example"})))
    await maker.publish(CELL)
    partner = dataspace.partner("buyer")
    for host in ("buyer.example", "buyer.example:8443", "gateway.example"):
        partner.pid = partner.ids.new()
        request = contract_request(partner, await shown_offer(partner, maker), callbackAddress=f"https://{host}/dsp")
        assert (await partner.send(maker, "/negotiations/request", request)).status == 201
