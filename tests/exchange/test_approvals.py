"""Where a person must say yes: the question waits, its answer is recorded with a name, and silence ends it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from conversations import CELL, ODRL, about, contents, contract_request, said, shown_offer

from renkei.exchange.ports import Approvals
from renkei.exchange.records.processes import DecisionState
from renkei.kernel.problems import LocalError
from renkei.policy.model import Atomic, Operator, Policy, PolicyKind, Rule
from renkei.protocol.messages import MessageKind
from renkei.protocol.negotiation import NegotiationState
from renkei.testing import MemberConfig

_S = NegotiationState
DAY = 24 * 3600.0
BUYER, MAKER = "did:web:buyer.example", "did:web:maker.example"
ALWAYS = {
    "this asset": Approvals(assets=frozenset({CELL}), within=DAY),
    "this partner": Approvals(partners=frozenset({BUYER, MAKER}), within=DAY),
    "every asset": Approvals(assets=frozenset({"*"}), within=DAY),
    "every partner": Approvals(partners=frozenset({"*"}), within=DAY),
}
NEVER = {
    "nothing": Approvals(),
    "another asset": Approvals(assets=frozenset({"urn:example:other"})),
    "another partner": Approvals(partners=frozenset({"did:web:other.example"})),
}


def careful(approvals: Approvals = ALWAYS["this asset"]) -> MemberConfig:
    return MemberConfig(approvals=approvals)


async def waiting(dataspace, maker_config: MemberConfig, buyer_config: MemberConfig, policy: Policy | None = None):
    """A negotiation under way: the two members, the buyer's pid and the maker's."""
    maker, buyer = await dataspace.join("maker", maker_config), await dataspace.join("buyer", buyer_config)
    asset = await (maker.publish(CELL) if policy is None else maker.publish(CELL, policy=policy))
    partner = await buyer.participant.ports.directory.find("maker")
    ours = await buyer.participant.negotiations.open(partner, CELL, asset.offer)
    await dataspace.settle()
    return maker, buyer, ours, (await buyer.participant.negotiations.kept(ours)).partner_pid


async def state(member, pid):
    return (await member.participant.negotiations.kept(pid)).state


async def happened(member, pid) -> list[str]:
    return [event.type for event in await member.store.events(kind="negotiation", record_id=pid, limit=100)]


@pytest.mark.parametrize("approvals", ALWAYS.values(), ids=ALWAYS)
async def test_a_provider_agrees_only_after_a_persons_yes(dataspace, approvals) -> None:
    maker, buyer, ours, theirs = await waiting(dataspace, careful(approvals), MemberConfig())
    assert (await state(maker, theirs), await state(buyer, ours)) == (_S.REQUESTED, _S.REQUESTED)
    assert await maker.store.count("agreement") == 0
    record = await maker.participant.negotiations.approve(theirs, "Hanako")
    assert (record.approved_by, record.asking) == ("Hanako", "")
    await dataspace.settle()
    assert (await state(maker, theirs), await state(buyer, ours)) == (_S.FINALIZED, _S.FINALIZED)
    decision = await maker.participant.negotiations.decision(theirs)
    assert (decision.state, decision.by, decision.at) == (DecisionState.APPROVED, "Hanako", dataspace.clock.now())
    assert "approved by Hanako" in await happened(maker, theirs)
    assert (await contents(maker))["outbox"] == []


@pytest.mark.parametrize("approvals", NEVER.values(), ids=NEVER)
async def test_what_needs_no_approval_waits_for_nobody(dataspace, approvals) -> None:
    maker, buyer, ours, theirs = await waiting(dataspace, careful(approvals), careful(approvals))
    assert (await state(maker, theirs), await state(buyer, ours)) == (_S.FINALIZED, _S.FINALIZED)
    assert await maker.store.count("decision") == 0


async def test_a_consumer_verifies_only_after_a_persons_yes(dataspace) -> None:
    maker, buyer, ours, theirs = await waiting(dataspace, MemberConfig(), careful())
    assert (await state(maker, theirs), await state(buyer, ours)) == (_S.AGREED, _S.AGREED)
    assert await buyer.store.count("agreement", state="consumer-final") == 0
    await buyer.participant.negotiations.approve(ours, "Taro")
    await dataspace.settle()
    assert (await state(maker, theirs), await state(buyer, ours)) == (_S.FINALIZED, _S.FINALIZED)


async def test_a_no_terminates_with_its_reason_and_the_partner_is_told(dataspace) -> None:
    maker, buyer, ours, theirs = await waiting(dataspace, careful(), MemberConfig())
    await maker.participant.negotiations.refuse(theirs, "Hanako", "not before the audit")
    await dataspace.settle()
    told = await buyer.participant.negotiations.kept(ours)
    assert (told.state, told.failure.code, told.failure.reason) == (
        _S.TERMINATED,
        "decision-refused",
        ("not before the audit",),
    )
    decision = await maker.participant.negotiations.decision(theirs)
    assert (decision.state, decision.by, decision.reason) == (DecisionState.REFUSED, "Hanako", "not before the audit")
    assert "refused by Hanako" in await happened(maker, theirs)


@pytest.mark.parametrize("careful_side", ["maker", "buyer"])
async def test_silence_terminates_at_the_deadline_and_not_before(dataspace, careful_side) -> None:
    configs = [careful() if side == careful_side else MemberConfig() for side in ("maker", "buyer")]
    maker, buyer, ours, theirs = await waiting(dataspace, *configs)
    member, pid = (maker, theirs) if careful_side == "maker" else (buyer, ours)
    await dataspace.advance(DAY - 1)
    assert not (await member.participant.negotiations.kept(pid)).process.final
    await dataspace.advance(1)
    kept = await member.participant.negotiations.kept(pid)
    assert (kept.state, kept.failure.ours, kept.failure.code) == (_S.TERMINATED, True, "decision-overdue")
    assert (await state(maker, theirs), await state(buyer, ours)) == (_S.TERMINATED, _S.TERMINATED)
    assert (await member.participant.negotiations.decision(pid)).state is DecisionState.OVERDUE
    with pytest.raises(LocalError, match="negotiation-nobody-asked"):
        await member.participant.negotiations.approve(pid, "Hanako")


async def test_the_question_and_its_deadline_survive_a_restart(dataspace) -> None:
    maker, buyer, ours, theirs = await waiting(dataspace, careful(), MemberConfig())
    await maker.stop()
    await maker.start()
    assert (await maker.participant.negotiations.decision(theirs)).state is DecisionState.OPEN
    await dataspace.advance(DAY)
    assert await state(buyer, ours) is _S.TERMINATED


async def test_one_yes_is_enough_and_a_second_finds_nothing_to_decide(dataspace) -> None:
    maker, _, _, theirs = await waiting(dataspace, careful(), MemberConfig())
    answers = await asyncio.gather(
        maker.participant.negotiations.approve(theirs, "Hanako"),
        maker.participant.negotiations.refuse(theirs, "Taro", "no"),
        return_exceptions=True,
    )
    assert sorted(isinstance(answer, LocalError) for answer in answers) == [False, True]
    await dataspace.settle()
    assert len([event for event in await happened(maker, theirs) if " by " in event]) == 1


async def test_a_partner_that_ends_it_first_makes_the_question_void(dataspace) -> None:
    maker, buyer, ours, theirs = await waiting(dataspace, careful(), MemberConfig())
    await buyer.participant.negotiations.terminate(ours, "changed-mind", "no longer needed")
    await dataspace.settle()
    assert (await maker.participant.negotiations.decision(theirs)).state is DecisionState.VOID
    assert (await contents(maker))["outbox"] == []
    with pytest.raises(LocalError, match="negotiation-nobody-asked"):
        await maker.participant.negotiations.approve(theirs, "Hanako")


async def test_a_hand_that_goes_ahead_makes_the_question_void(dataspace) -> None:
    maker, buyer, ours, theirs = await waiting(dataspace, careful(), MemberConfig())
    await maker.participant.negotiations.terminate(theirs, "changed-mind", "withdrawn")
    await dataspace.settle()
    assert (await maker.participant.negotiations.decision(theirs)).state is DecisionState.VOID
    assert await state(buyer, ours) is _S.TERMINATED


async def test_the_rules_have_the_last_word_after_a_yes(dataspace) -> None:
    """What a policy no longer permits is not agreed because somebody has said yes to it."""
    limit = Atomic(f"{ODRL}dateTime", Operator.LTEQ, {"@value": "2026-11-22T10:00:00Z", "@type": "xsd:dateTime"})
    policy = Policy(id="urn:t", kind=PolicyKind.SET, permission=(Rule("use", constraint=(limit,)),))
    maker, buyer, ours, theirs = await waiting(dataspace, careful(), MemberConfig(), policy)
    await dataspace.advance(timedelta(hours=2))
    await maker.participant.negotiations.approve(theirs, "Hanako")
    await dataspace.settle()
    assert (await state(maker, theirs), await state(buyer, ours)) == (_S.TERMINATED, _S.TERMINATED)
    assert (await maker.participant.negotiations.kept(theirs)).failure.code == "policy-refused"


async def test_a_request_with_other_terms_is_put_to_a_person_where_one_decides(dataspace) -> None:
    maker, partner = await dataspace.join("maker", careful()), dataspace.partner("buyer")
    await maker.publish(CELL)
    wider = {**await shown_offer(partner, maker), "permission": [{"action": "use"}, {"action": f"{ODRL}sell"}]}
    answered = await partner.send(maker, "/negotiations/request", contract_request(partner, wider))
    pid = said(answered)["providerPid"]
    await dataspace.settle()
    assert (await maker.participant.negotiations.decision(pid)).why == "negotiation-offer-differs"
    assert partner.messages(MessageKind.NEGOTIATION_TERMINATION) == []


async def test_a_counter_offer_with_other_terms_is_put_to_a_person_where_one_decides(dataspace) -> None:
    maker, partner = await dataspace.join("maker", careful()), dataspace.partner("buyer")
    await maker.publish(CELL)
    offer = await shown_offer(partner, maker)
    pid = said(await partner.send(maker, "/negotiations/request", contract_request(partner, offer)))["providerPid"]
    await maker.participant.negotiations.counter(pid, offer)
    await dataspace.settle()
    purpose = {"leftOperand": f"{ODRL}purpose", "operator": "eq", "rightOperand": "https://x.example/purpose"}
    sold = {"action": f"{ODRL}sell", "constraint": [purpose]}
    other = {**offer, "permission": [*offer["permission"], sold]}
    again = about(partner, pid, "ContractRequestMessage", offer=other)
    assert (await partner.send(maker, f"/negotiations/{pid}/request", again)).status == 200
    await dataspace.settle()
    decision = await maker.participant.negotiations.decision(pid)
    assert (decision.state, decision.why) == (DecisionState.OPEN, "negotiation-offer-differs")
    assert partner.messages(MessageKind.NEGOTIATION_TERMINATION) == []
    await maker.participant.negotiations.approve(pid, "Hanako")
    await dataspace.settle()
    assert partner.messages(MessageKind.CONTRACT_AGREEMENT)[-1]["agreement"]["permission"] == other["permission"]


async def test_another_offer_needs_another_yes(dataspace) -> None:
    maker, partner = await dataspace.join("maker", careful()), dataspace.partner("buyer")
    await maker.publish(CELL)
    offer = await shown_offer(partner, maker)
    pid = said(await partner.send(maker, "/negotiations/request", contract_request(partner, offer)))["providerPid"]
    await maker.participant.negotiations.counter(pid, offer)
    await dataspace.settle()
    again = about(partner, pid, "ContractRequestMessage", offer=offer)
    assert (await partner.send(maker, f"/negotiations/{pid}/request", again)).status == 200
    await dataspace.settle()
    decision = await maker.participant.negotiations.decision(pid)
    assert (decision.state, decision.by) == (DecisionState.OPEN, "")
    assert partner.messages(MessageKind.CONTRACT_AGREEMENT) == []
