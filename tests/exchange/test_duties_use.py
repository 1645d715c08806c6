"""The life of duties between two connectors: pay before use, delete afterwards, what is missed stops what runs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from conversations import CELL

from renkei.kernel.problems import PeerError, PolicyError, RenkeiError
from renkei.policy import read_set
from renkei.policy.deciding.meaning import Modality
from renkei.policy.deciding.obligations import ObligationState, Word
from renkei.protocol.transfer import TransferState
from renkei.testing import MemberConfig

S = ObligationState
ODRL = "http://www.w3.org/ns/odrl/2/"
PAY, DELETE, INFORM = ODRL + "compensate", ODRL + "delete", ODRL + "inform"
ACCEPTING = MemberConfig(accepted_duties=frozenset({PAY, DELETE, INFORM}))


def within(days: int) -> dict[str, object]:
    return {"leftOperand": f"{ODRL}elapsedTime", "operator": "lteq", "rightOperand": f"P{days}D"}


def duty(action: str, *constraints: object, **members: object) -> dict[str, object]:
    return {"action": action} | ({"constraint": list(constraints)} if constraints else {}) | members


def terms(*duties: object, **members: object):
    permission = {"action": "use"} | ({"duty": list(duties)} if duties else {})
    return read_set({"@id": "urn:t", "@type": "Set", "permission": [permission], **members})


async def two(dataspace, policy, config: MemberConfig = ACCEPTING):
    maker = await dataspace.join("maker")
    buyer = await dataspace.join("buyer", config)
    await maker.publish(CELL, b"bytes", policy=policy, media_type="text/plain")
    return maker, buyer


async def agreed(dataspace, policy):
    maker, buyer = await two(dataspace, policy)
    agreement = await dataspace.run(buyer.negotiate("maker", CELL))
    await dataspace.settle()
    return maker, buyer, agreement


async def owed(member, **asked):
    return await member.participant.obligations.listed(**asked)


async def states(member) -> list[ObligationState]:
    found = sorted(await owed(member), key=lambda one: one.path)
    return [one.state for one in found]


async def running(dataspace, buyer, agreement) -> str:
    at = (await buyer.participant.ports.directory.find("maker")).address
    pid = await buyer.participant.transfers.request(agreement, at, "HttpData-PULL")
    await dataspace.settle()
    return pid


async def transfer_states(dataspace, pid, *members) -> list[TransferState]:
    await dataspace.settle()
    buyer, maker = members
    ours = await buyer.participant.transfers.kept(pid)
    theirs = await maker.participant.transfers.kept(ours.partner_pid)
    return [ours.state, theirs.state]


# --- what is kept -------------------------------------------------------------------------------------------------


async def test_both_sides_keep_what_an_agreement_obliges_to(dataspace) -> None:
    late = duty(PAY, **{"@id": "urn:fee"})
    policy = terms(duty(DELETE, within(30), **{ODRL + "consequence": [late]}), obligation=[duty(INFORM)])
    maker, buyer, agreement = await agreed(dataspace, policy)
    for member, ours in ((maker, False), (buyer, True)):
        found = sorted(await owed(member), key=lambda one: one.path)
        assert [(one.path, one.role, one.state) for one in found] == [
            ("obligation[0]", Modality.OBLIGATION, S.ACTIVE),
            ("permission[0].duty[0]", Modality.CONDITION, S.ACTIVE),
            ("permission[0].duty[0].consequence[0]", Modality.CONSEQUENCE, S.INACTIVE),
        ]
        assert {(one.agreement, one.debtor, one.creditor, one.ours) for one in found} == {
            (agreement.id, buyer.did, maker.did, ours)
        }
        assert found[1].due is not None
    (mine, *_), (theirs, *_) = await owed(maker, due=True), await owed(buyer, due=True)
    assert mine.due == theirs.due  # both count from what the agreement says


async def test_an_agreement_that_obliges_to_nothing_keeps_nothing_and_asks_for_nothing(dataspace) -> None:
    maker, buyer, _ = await agreed(dataspace, terms())
    assert await owed(maker) == await owed(buyer) == []
    assert [await member.store.deliveries(limit=10) for member in (maker, buyer)] == [[], []]


async def test_an_agreement_that_is_confirmed_again_keeps_its_obligations_once(dataspace) -> None:
    maker, buyer, _ = await agreed(dataspace, terms(duty(DELETE, within(30))))
    await dataspace.run(buyer.negotiate("maker", CELL))
    assert len(await owed(maker)) == len(await owed(buyer)) == 1


# --- pay before use -----------------------------------------------------------------------------------------------


async def test_what_must_be_paid_first_is_handed_over_when_the_creditor_has_confirmed_it(dataspace) -> None:
    maker, buyer, agreement = await agreed(dataspace, terms(duty(PAY)))
    with pytest.raises(PeerError) as refused:
        await dataspace.run(buyer.fetch("maker", CELL))
    assert "policy-refused" in refused.value.message()
    (bill,) = await owed(maker, due=True)
    confirmed = await maker.participant.obligations.performed(bill.id, by="Hanako", evidence="transfer 4711")
    assert (confirmed.state, confirmed.performance.word) == (S.FULFILLED, Word.CONFIRMED)
    fetched = await dataspace.run(buyer.fetch("maker", CELL))
    assert fetched.received.body == b"bytes"
    assert fetched.agreement == agreement.id
    assert await maker.store.count("agreement") == await buyer.store.count("agreement") == 1


async def test_what_the_debtor_claims_to_have_paid_opens_nothing(dataspace) -> None:
    maker, buyer, _ = await agreed(dataspace, terms(duty(PAY)))
    (bill,) = await owed(buyer)
    claimed = await buyer.participant.obligations.performed(bill.id, by="Jiro", evidence="paid")
    assert (claimed.state, claimed.performance.word) == (S.FULFILLED, Word.CLAIMED)
    with pytest.raises(PeerError):
        await dataspace.run(buyer.fetch("maker", CELL))
    assert await states(maker) == [S.ACTIVE]


# --- delete afterwards --------------------------------------------------------------------------------------------


async def test_what_is_not_deleted_in_time_stops_what_runs_and_brings_the_consequence(dataspace) -> None:
    fee = duty(PAY, within(2))
    policy = terms(duty(DELETE, within(30), **{ODRL + "consequence": [fee]}))
    maker, buyer, agreement = await agreed(dataspace, policy)
    pid = await running(dataspace, buyer, agreement)
    assert await transfer_states(dataspace, pid, buyer, maker) == [TransferState.STARTED] * 2
    await dataspace.advance(timedelta(days=30))
    assert await states(maker) == [S.ACTIVE, S.INACTIVE]
    await dataspace.advance(1)
    assert await states(maker) == await states(buyer) == [S.VIOLATED, S.ACTIVE]
    assert await transfer_states(dataspace, pid, buyer, maker) == [TransferState.SUSPENDED] * 2
    failure = (await buyer.participant.transfers.kept(pid)).failure
    assert failure.code == "policy-refused"
    assert "the duty to delete is not violated: false" in str(failure.reason)
    deletion, bill = sorted(await owed(maker), key=lambda one: one.path)
    assert bill.due == deletion.due + timedelta(days=2, microseconds=1)
    say = maker.participant.obligations.performed
    await say(bill.id, by="Hanako", evidence="transfer 4712")
    assert await states(maker) == [S.VIOLATED, S.FULFILLED]
    await say(deletion.id, by="Hanako", evidence="signed deletion protocol", digest="sha-256:" + 64 * "0")
    assert await states(maker) == [S.REMEDIED, S.FULFILLED]
    theirs = (await buyer.participant.transfers.kept(pid)).partner_pid
    await maker.participant.transfers.resume(theirs)
    assert await transfer_states(dataspace, pid, buyer, maker) == [TransferState.STARTED] * 2
    events = [event.type for event in await maker.store.events(kind="obligation", record_id=deletion.id)]
    assert events == ["active", "violated", "remedied"]


async def test_what_was_deleted_in_time_goes_on(dataspace) -> None:
    maker, buyer, agreement = await agreed(dataspace, terms(duty(DELETE, within(30))))
    pid = await running(dataspace, buyer, agreement)
    (deletion,) = await owed(maker)
    await maker.participant.obligations.performed(deletion.id, by="Hanako", evidence="protocol")
    await dataspace.advance(timedelta(days=31))
    assert await transfer_states(dataspace, pid, buyer, maker) == [TransferState.STARTED] * 2
    assert await states(maker) == [S.FULFILLED]
    assert await states(buyer) == [S.VIOLATED]  # each side keeps its own book


async def test_no_access_is_granted_between_the_last_moment_and_the_timer(dataspace) -> None:
    maker, buyer, agreement = await agreed(dataspace, terms(duty(DELETE, within(30))))
    pid = await running(dataspace, buyer, agreement)
    kept = await maker.participant.transfers.kept((await buyer.participant.transfers.kept(pid)).partner_pid)
    usage = maker.participant.usage
    record = await maker.participant.agreements.kept(agreement.id)
    dataspace.clock.advance(timedelta(days=30, seconds=1))  # nobody has looked at an outbox since
    assert (await owed(maker))[0].state is S.ACTIVE
    with pytest.raises(PolicyError):
        await usage.begin(record, kept.facts)


async def test_the_last_moment_passes_while_a_member_is_down(dataspace) -> None:
    maker, buyer, agreement = await agreed(dataspace, terms(duty(DELETE, within(30))))
    pid = await running(dataspace, buyer, agreement)
    await maker.stop()
    await dataspace.advance(timedelta(days=40))
    await maker.start()
    await dataspace.settle()
    assert await states(maker) == [S.VIOLATED]
    assert await transfer_states(dataspace, pid, buyer, maker) == [TransferState.SUSPENDED] * 2
    (deletion,) = await owed(maker)
    await maker.participant.obligations.performed(deletion.id, by="Hanako", evidence="late")
    await maker.stop()
    await maker.start()
    assert await states(maker) == [S.REMEDIED]


# --- remedies -----------------------------------------------------------------------------------------------------


async def test_a_remedy_is_owed_when_somebody_says_that_the_prohibition_was_infringed(dataspace) -> None:
    banned = {"action": ODRL + "distribute", ODRL + "remedy": [duty(PAY, within(14))]}
    maker, _, _ = await agreed(dataspace, terms(prohibition=[banned]))
    (remedy,) = await owed(maker)
    assert (remedy.state, await owed(maker, due=True)) == (S.INACTIVE, [])
    obligations = maker.participant.obligations
    begun = await obligations.begin(remedy.id, by="Hanako", evidence="seen at a trade fair")
    assert (begun.state, begun.start.by, begun.due) == (S.ACTIVE, "Hanako", dataspace.clock.now() + timedelta(days=14))
    await dataspace.advance(timedelta(days=15))
    assert await states(maker) == [S.VIOLATED]
    done = await obligations.performed(remedy.id, by="Hanako", evidence="transfer 4713")
    assert done.state is S.REMEDIED


async def test_what_waits_for_a_person_is_begun_by_recording_that_it_was_done(dataspace) -> None:
    event = {"leftOperand": "https://w3id.org/catenax/2025/9/policy/Membership", "operator": "eq", "rightOperand": "x"}
    maker, _, _ = await agreed_by_hand(dataspace, terms(obligation=[duty(INFORM, event)]))
    (inform,) = await owed(maker)
    assert inform.state is S.INACTIVE
    done = await maker.participant.obligations.performed(inform.id, by="Hanako", evidence="letter")
    assert (done.state, done.begun) == (S.FULFILLED, dataspace.clock.now())


async def agreed_by_hand(dataspace, policy):
    """An offer that would not be signed without a person, offered and accepted by one."""
    maker, buyer = await two(dataspace, policy)
    await maker.participant.negotiations.offer(await maker.participant.ports.directory.find("buyer"), CELL)
    await dataspace.settle()
    (row,) = await buyer.store.find("negotiation")
    await buyer.participant.negotiations.approve(row.id, "Jiro")
    await dataspace.settle()
    (row,) = await maker.store.find("agreement")
    return maker, buyer, await maker.participant.agreements.kept(row.id)


# --- what cannot be said ------------------------------------------------------------------------------------------


async def refusal(said) -> str:
    with pytest.raises(RenkeiError) as caught:
        await said
    return caught.value.code


async def test_nothing_is_said_twice_ahead_of_its_time_or_of_what_is_not_owed(dataspace) -> None:
    fee = duty(PAY)
    policy = terms(duty(DELETE, within(30), **{ODRL + "consequence": [fee]}))
    maker, _, _ = await agreed(dataspace, policy)
    obligations = maker.participant.obligations
    deletion, bill = sorted(await owed(maker), key=lambda one: one.path)
    said = {"by": "Hanako", "evidence": "x"}
    later = dataspace.clock.now() + timedelta(seconds=1)
    before = [row.version for row in await maker.store.find("obligation")]
    assert await refusal(obligations.performed("urn:uuid:none", **said)) == "obligation-unknown"
    assert await refusal(obligations.performed(bill.id, **said)) == "obligation-not-owed"
    assert await refusal(obligations.begin(bill.id, **said)) == "obligation-not-owed"
    assert await refusal(obligations.begin(deletion.id, **said)) == "obligation-not-owed"
    assert await refusal(obligations.performed(deletion.id, **said, at=later)) == "obligation-ahead"
    assert [row.version for row in await maker.store.find("obligation")] == before
    await obligations.performed(deletion.id, **said, at=dataspace.clock.now() - timedelta(days=1))
    assert await refusal(obligations.performed(deletion.id, **said)) == "obligation-settled"


async def test_what_two_others_owe_each_other_is_not_ours_to_speak_of(dataspace) -> None:
    third = duty(INFORM, assignee="did:web:third.example")
    _, buyer, _ = await agreed(dataspace, terms(obligation=[third]))
    (foreign,) = await owed(buyer)
    assert (foreign.debtor, foreign.ours) == ("did:web:third.example", False)
    said = buyer.participant.obligations.performed(foreign.id, by="Jiro", evidence="x")
    assert await refusal(said) == "obligation-not-ours"


# --- the newest agreement in force --------------------------------------------------------------------------------


async def test_an_agreement_whose_duty_is_open_is_used_again_and_one_that_has_run_out_is_not(dataspace) -> None:
    until = {"leftOperand": f"{ODRL}elapsedTime", "operator": "lteq", "rightOperand": "P10D"}
    policy = read_set(
        {
            "@id": "urn:t",
            "@type": "Set",
            "permission": [{"action": "use", "constraint": [until], "duty": [duty(PAY)]}],
        }
    )
    _, buyer, agreement = await agreed(dataspace, policy)
    assert (await dataspace.run(buyer.negotiate("maker", CELL))).id == agreement.id
    await dataspace.advance(timedelta(days=11))
    assert (await dataspace.run(buyer.negotiate("maker", CELL))).id != agreement.id
