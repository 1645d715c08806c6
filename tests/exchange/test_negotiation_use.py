"""Negotiations from offer to agreement, and everything that must not become one."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from conversations import (
    CELL,
    ODRL,
    UNKNOWN,
    about,
    agreed,
    concluded,
    contents,
    contract_request,
    message,
    refusal,
    said,
    shown_offer,
    state,
    verification,
)

from renkei.kernel.problems import PeerError, PolicyError
from renkei.policy.model import COUNTERSIGNATURE, SIGNATURE, Atomic, Operator, Policy, PolicyKind, Rule
from renkei.protocol.messages import MessageKind
from renkei.protocol.negotiation import NegotiationState
from renkei.testing import ANYONE, Fate, MemberConfig

_S = NegotiationState


def terms(*constraints: Atomic) -> Policy:
    return Policy(id="urn:example:terms", kind=PolicyKind.SET, permission=(Rule("use", constraint=constraints),))


def until(instant: str) -> Policy:
    return terms(Atomic(f"{ODRL}dateTime", Operator.LTEQ, {"@value": instant, "@type": "xsd:dateTime"}))


# --- the good way ---------------------------------------------------------------------------------


async def test_a_negotiation_ends_with_the_same_doubly_signed_agreement_on_both_sides(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.publish(CELL, b'{"kgCO2e": "62.9"}')
    fetched = await buyer.fetch("maker", CELL)
    await dataspace.settle()
    assert fetched.received.body == b'{"kgCO2e": "62.9"}'
    ours = await buyer.participant.agreements.kept(fetched.agreement)
    theirs = await maker.participant.agreements.kept(fetched.agreement)
    assert ours.document == theirs.document
    assert {SIGNATURE, COUNTERSIGNATURE} <= set(ours.document)
    assert [ours.final, theirs.final, ours.signed, theirs.signed] == [True] * 4
    assert [len((await contents(member))["outbox"]) for member in dataspace] == [0, 0]


async def test_a_second_fetch_uses_the_agreement_again(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.publish(CELL)
    first, second = await buyer.fetch("maker", CELL), await buyer.fetch("maker", CELL)
    assert first.agreement == second.agreement
    assert first.transfer != second.transfer
    assert await buyer.store.count("negotiation") == 1


async def test_fetches_at_the_same_time_share_one_negotiation(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.publish(CELL)
    fetched = await asyncio.gather(*(buyer.fetch("maker", CELL) for _ in range(5)))
    assert len({one.agreement for one in fetched}) == 1
    assert await maker.store.count("negotiation") == 1
    assert await maker.store.count("transfer") == 5


async def test_a_negotiation_left_by_an_earlier_life_is_joined(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.publish(CELL)
    await buyer.catalog("maker")
    dataspace.network.expect("ContractRequestMessage", Fate.LOSE)
    waiting = asyncio.ensure_future(buyer.negotiate("maker", CELL))
    await dataspace.settle()
    waiting.cancel()
    await buyer.stop()
    await buyer.start()
    await dataspace.run(buyer.negotiate("maker", CELL))
    assert await buyer.store.count("negotiation") == 1


async def test_a_message_that_overtakes_the_reply_to_our_request_is_taken(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.publish(CELL)
    dataspace.network.expect("ContractRequestMessage", Fate.OVERTAKEN)
    dataspace.network.expect("TransferRequestMessage", Fate.OVERTAKEN)
    fetched = await buyer.fetch("maker", CELL)
    await dataspace.settle()
    answers = [
        c for c in dataspace.network.log if c.passage.kind in {"ContractAgreementMessage", "ContractRequestMessage"}
    ]
    assert [(c.passage.kind, c.status) for c in answers] == [
        ("ContractAgreementMessage", 200),
        ("ContractRequestMessage", 201),
    ]
    assert fetched.received.body == b"{}"
    assert (await contents(buyer))["outbox"] == []


async def test_a_message_that_shows_that_ours_arrived_takes_its_outbox_row_along(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.publish(CELL)
    await buyer.catalog("maker")
    dataspace.network.expect("ContractRequestMessage", Fate.OVERTAKEN)
    before = buyer.store.commits
    await buyer.negotiate("maker", CELL)
    await dataspace.settle()
    # The request; the agreement, which settles it; the verification's acknowledgement; the end.
    assert buyer.store.commits - before == 4
    assert (await contents(buyer))["outbox"] == []


async def test_each_message_of_a_negotiation_is_sent_once(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.publish(CELL)
    await buyer.negotiate("maker", CELL)
    await dataspace.settle()
    kinds = [crossing.passage.kind for crossing in dataspace.network.log if crossing.passage.method == "POST"]
    assert kinds == [
        "ContractRequestMessage",
        "ContractAgreementMessage",
        "ContractAgreementVerificationMessage",
        "ContractNegotiationEventMessage",
    ]


async def test_a_callback_address_with_or_without_a_slash_is_the_same_place(dataspace) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL)
    offer = await shown_offer(partner, maker)
    await partner.send(
        maker, "/negotiations/request", contract_request(partner, offer, callbackAddress=partner.address + "/")
    )
    await dataspace.settle()
    assert [c.passage.url for c in dataspace.network.sent("ContractAgreementMessage")] == [
        f"{partner.address}/negotiations/{partner.pid}/agreement"
    ]


# --- offers that are not ours ---------------------------------------------------------------------

WIDENED = {
    "another action": lambda offer: {**offer, "permission": [{"action": "distribute"}]},
    "a second permission": lambda offer: {**offer, "permission": [*offer["permission"], {"action": "distribute"}]},
    "a constraint taken away": lambda offer: {**offer, "permission": [{"action": "use"}]},
    "a later date": lambda offer: {
        **offer,
        "permission": [
            {
                "action": "use",
                "constraint": [
                    {**offer["permission"][0]["constraint"][0], "rightOperand": "2036-01-01T00:00:00Z"},
                ],
            }
        ],
    },
    "another assigner": lambda offer: {**offer, "assigner": "did:web:other.example"},
    "another assignee": lambda offer: {**offer, "assignee": "did:web:other.example"},
    "an obligation of ours": lambda offer: {
        **offer,
        "obligation": [{"action": "compensate", "assignee": "did:web:maker.example"}],
    },
}


@pytest.mark.parametrize("change", WIDENED.values(), ids=WIDENED)
async def test_an_offer_with_changed_terms_is_never_agreed(dataspace, change) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL, policy=until("2027-01-01T00:00:00Z"))
    changed = change(await shown_offer(partner, maker))
    answered = await partner.send(maker, "/negotiations/request", contract_request(partner, changed))
    await dataspace.settle()
    assert partner.messages(MessageKind.CONTRACT_AGREEMENT) == []
    assert await maker.store.count("agreement") == 0
    if answered.status == 201:
        (end,) = partner.messages(MessageKind.NEGOTIATION_TERMINATION)
        assert end["code"] == "negotiation-offer-differs"
    else:
        assert (answered.status, await maker.store.count("negotiation")) == (400, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"@id": UNKNOWN},
        {"target": "urn:example:other"},
        {"target": "urn:example:hidden"},
    ],
)
async def test_an_offer_that_is_not_ours_opens_nothing(dataspace, change) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL)
    await maker.publish("urn:example:other")
    await maker.publish("urn:example:hidden", visible_to=("did:web:somebody.example",))
    offer = {**await shown_offer(partner, maker), **change}
    before = await contents(maker)
    answered = await partner.send(maker, "/negotiations/request", contract_request(partner, offer))
    assert refusal(answered) == (400, "negotiation-unknown-offer")
    assert said(answered)["@type"] == "ContractNegotiationError"
    assert said(answered)["consumerPid"] == partner.pid
    assert await contents(maker) == before


async def test_asking_again_in_new_words_opens_no_second_negotiation(dataspace) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL)
    offer = await shown_offer(partner, maker)
    first = await partner.send(maker, "/negotiations/request", contract_request(partner, offer))
    second = await partner.send(maker, "/negotiations/request", contract_request(partner, offer))
    assert (first.status, second.status) == (201, 200)
    assert said(first)["providerPid"] == said(second)["providerPid"]
    assert await maker.store.count("negotiation") == 1


async def test_a_pid_that_names_a_negotiation_is_refused_for_another_dataset(dataspace) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL)
    await maker.publish("urn:example:other")
    await partner.send(maker, "/negotiations/request", contract_request(partner, await shown_offer(partner, maker)))
    other = contract_request(partner, await shown_offer(partner, maker, "urn:example:other"))
    assert refusal(await partner.send(maker, "/negotiations/request", other)) == (400, "process-pid-used")
    assert await maker.store.count("negotiation") == 1


async def test_the_offer_of_a_hidden_dataset_is_as_unknown_as_one_that_never_was(dataspace) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    hidden = await maker.publish(CELL, visible_to=("did:web:somebody.example",))
    answers = []
    for offer_id in (hidden.offer["@id"], UNKNOWN):
        offer = {**hidden.offer, "@id": offer_id}
        answered = await partner.send(maker, "/negotiations/request", contract_request(partner, offer))
        answers.append(answered.body.replace(str(offer_id).encode(), b"-"))
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "ftp://buyer.example/dsp",
        "http://buyer.example/dsp",
        "https://127.0.0.1/dsp",
        "https://localhost/dsp",
        "https://[::1]/dsp",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.7/dsp",
        "https://[::ffff:10.0.0.7]/dsp",
        "https://2130706433/dsp",
        "https://0x7f.1/dsp",
        "https://user:secret@buyer.example/dsp",
        "https://buyer.example:0/dsp",
        "https://buyer.example/" + "a" * 10_000,
        "https://buyer.example\\@127.0.0.1/",
        "",
        "buyer",
    ],
)
async def test_a_callback_that_must_not_be_called_is_refused_and_nothing_is_kept(dataspace, address) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL)
    offer = await shown_offer(partner, maker)
    before, calls = await contents(maker), dataspace.network.count
    request = contract_request(partner, offer, callbackAddress=address)
    answered = await partner.send(maker, "/negotiations/request", request)
    await dataspace.settle()
    assert refusal(answered) == (400, "wire-callback-address")
    assert await contents(maker) == before
    assert dataspace.network.count == calls + 1


# --- agreeing, or not -----------------------------------------------------------------------------


async def test_terms_that_have_run_out_are_refused_by_the_consumer(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.publish(CELL, policy=until("2026-01-01T00:00:00Z"))
    with pytest.raises(PolicyError, match="policy-refused") as caught:
        await buyer.negotiate("maker", CELL)
    assert "dateTime" in str(caught.value)
    assert await maker.store.count("negotiation") == 0


async def test_terms_that_have_run_out_are_refused_by_the_provider(dataspace) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL, policy=until("2026-01-01T00:00:00Z"))
    await partner.send(maker, "/negotiations/request", contract_request(partner, await shown_offer(partner, maker)))
    await dataspace.settle()
    (end,) = partner.messages(MessageKind.NEGOTIATION_TERMINATION)
    assert end["code"] == "policy-refused"
    assert "dateTime" in str(end["reason"])
    assert await maker.store.count("agreement") == 0


async def test_a_purpose_that_we_have_not_declared_is_refused_with_its_reason(dataspace) -> None:
    maker = await dataspace.join("maker")
    buyer = await dataspace.join("buyer", MemberConfig(purposes=frozenset({"urn:example:research"})))
    await maker.publish(CELL, policy=terms(Atomic(f"{ODRL}purpose", Operator.EQ, "urn:example:marketing")))
    with pytest.raises(PolicyError, match="policy-refused") as caught:
        await buyer.negotiate("maker", CELL)
    assert "purpose" in str(caught.value)


async def test_terms_for_somebody_else_are_refused_by_both_sides(dataspace) -> None:
    maker, buyer, partner = await dataspace.join("maker"), await dataspace.join("buyer"), dataspace.partner("other")
    await maker.publish(CELL, policy=replace(ANYONE, assignee="did:web:somebody.example"))
    with pytest.raises(PolicyError, match="policy-refused"):
        await buyer.negotiate("maker", CELL)
    await partner.send(maker, "/negotiations/request", contract_request(partner, await shown_offer(partner, maker)))
    await dataspace.settle()
    assert partner.messages(MessageKind.NEGOTIATION_TERMINATION)[0]["code"] == "policy-refused"


async def test_a_dataset_withdrawn_while_we_negotiate_is_not_agreed(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.publish(CELL)
    dataspace.network.expect("ContractRequestMessage", 503)
    waiting = asyncio.ensure_future(buyer.negotiate("maker", CELL))
    await dataspace.settle()
    await maker.participant.catalogs.withdraw(CELL)
    with pytest.raises(PeerError, match="negotiation-unknown-offer"):
        await dataspace.run(_result(waiting))


async def _result(task):
    return await task


# --- the consumer's word --------------------------------------------------------------------------


async def test_the_provider_finalizes_what_a_stranger_of_another_make_has_verified(dataspace) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL)
    agreement = await concluded(partner, maker, dataspace)
    (event,) = partner.messages(MessageKind.NEGOTIATION_EVENT)
    assert event["eventType"] == "FINALIZED"
    kept = await maker.participant.agreements.kept(agreement)
    assert kept.final
    assert kept.signed


@pytest.mark.parametrize("spoilt", ["absent", "garbled", "the provider's own", "of other bytes", "of another kind"])
async def test_a_verification_without_the_right_countersignature_brings_nothing_into_force(dataspace, spoilt) -> None:
    from renkei.trust.artefacts import Artefact

    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL)
    pid, agreement = await agreed(partner, maker, dataspace)
    body = await verification(partner, pid, agreement)
    match spoilt:
        case "absent":
            del body[COUNTERSIGNATURE]
        case "garbled":
            body[COUNTERSIGNATURE] = body[COUNTERSIGNATURE][:-8] + "AAAAAAAA"
        case "the provider's own":
            body[COUNTERSIGNATURE] = agreement[SIGNATURE]
        case "of other bytes":
            other = await partner.sign(
                {**agreement, "timestamp": "2026-11-22T09:00:01Z"}, Artefact.AGREEMENT, COUNTERSIGNATURE
            )
            body[COUNTERSIGNATURE] = other[COUNTERSIGNATURE]
        case _:
            other = await partner.sign(agreement, Artefact.OFFER, COUNTERSIGNATURE)
            body[COUNTERSIGNATURE] = other[COUNTERSIGNATURE]
    before = await contents(maker)
    answered = await partner.send(maker, f"/negotiations/{pid}/agreement/verification", body)
    await dataspace.settle()
    assert answered.status == 400
    assert (said(answered)["providerPid"], said(answered)["consumerPid"]) == (pid, partner.pid)
    assert await contents(maker) == before
    assert await state(partner, maker, "negotiations", pid) == "AGREED"


async def test_an_unsigned_partner_is_dealt_with_where_configured_and_recorded_as_unsigned(dataspace) -> None:
    maker = await dataspace.join("maker", MemberConfig(unsigned_partners=frozenset({"did:web:buyer.example"})))
    partner = dataspace.partner("buyer")
    await maker.publish(CELL)
    pid, agreement = await agreed(partner, maker, dataspace)
    body = about(partner, pid, "ContractAgreementVerificationMessage")
    assert (await partner.send(maker, f"/negotiations/{pid}/agreement/verification", body)).status == 200
    await dataspace.settle()
    kept = await maker.participant.agreements.kept(agreement["@id"])
    assert kept.final
    assert not kept.signed


async def test_a_wrong_signature_is_refused_also_where_none_is_needed(dataspace) -> None:
    maker = await dataspace.join("maker", MemberConfig(unsigned_partners=frozenset({"*"})))
    partner = dataspace.partner("buyer")
    await maker.publish(CELL)
    pid, agreement = await agreed(partner, maker, dataspace)
    body = await verification(partner, pid, agreement, **{COUNTERSIGNATURE: agreement[SIGNATURE]})
    assert (await partner.send(maker, f"/negotiations/{pid}/agreement/verification", body)).status == 400


async def test_a_countersignature_stripped_on_the_way_is_missed(dataspace) -> None:
    import json

    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.publish(CELL)

    def strip(passage):
        if passage.kind != "ContractAgreementVerificationMessage":
            return Fate.DELIVER
        body = json.loads(passage.body)
        del body[COUNTERSIGNATURE]
        return replace(passage, body=json.dumps(body).encode())

    dataspace.network.weather = strip
    with pytest.raises(PeerError, match="process-ended") as caught:
        await buyer.negotiate("maker", CELL)
    assert "negotiation-unsigned" in str(caught.value)
    await dataspace.settle()
    assert [
        await member.store.count("agreement", state=f"{side}-final")
        for member, side in ((maker, "provider"), (buyer, "consumer"))
    ] == [0, 0]


# --- sides, pids, ends ----------------------------------------------------------------------------

WRONG_SIDE = {
    "the provider's agreement": ("/agreement", "ContractAgreementMessage"),
    "the provider's offer": ("/offers", "ContractOfferMessage"),
    "the provider's event": ("/events", "ContractNegotiationEventMessage"),
}


async def test_an_event_of_the_other_side_is_refused(dataspace) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL)
    pid, _ = await agreed(partner, maker, dataspace)
    before = await contents(maker)
    body = about(partner, pid, "ContractNegotiationEventMessage", eventType="FINALIZED")
    assert (await partner.send(maker, f"/negotiations/{pid}/events", body)).status == 400
    assert await contents(maker) == before


async def test_accepting_when_the_last_offer_is_the_consumers_own_is_refused(dataspace) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL)
    pid, _ = await agreed(partner, maker, dataspace)
    body = about(partner, pid, "ContractNegotiationEventMessage", eventType="ACCEPTED")
    assert (await partner.send(maker, f"/negotiations/{pid}/events", body)).status == 400


async def test_the_consumers_messages_are_refused_at_the_consumer(dataspace) -> None:
    buyer, partner = await dataspace.join("buyer"), dataspace.partner("maker")
    await partner.offer(CELL)
    waiting = asyncio.ensure_future(buyer.negotiate("maker", CELL))
    await dataspace.settle()
    (request,) = partner.messages(MessageKind.CONTRACT_REQUEST)
    theirs = request["consumerPid"]
    pids = {"@id": UNKNOWN, "providerPid": partner.pid, "consumerPid": theirs}
    before = await contents(buyer)
    for path, body in (
        ("agreement/verification", message("ContractAgreementVerificationMessage", **pids)),
        ("events", message("ContractNegotiationEventMessage", **pids, eventType="ACCEPTED")),
        ("events", message("ContractNegotiationEventMessage", **pids, eventType="FINALIZED")),
    ):
        answered = await partner.send(buyer, f"/negotiations/{theirs}/{path}", body)
        assert answered.status == 400
        assert (said(answered)["providerPid"], said(answered)["consumerPid"]) == (partner.pid, theirs)
    assert await contents(buyer) == before
    waiting.cancel()


@pytest.mark.parametrize("after", ["requested", "agreed"])
async def test_a_partner_may_terminate_in_any_state_that_is_not_final(dataspace, after) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL)
    if after == "requested":
        dataspace.network.weather = lambda p: 503 if p.kind == "ContractAgreementMessage" else Fate.DELIVER
        request = contract_request(partner, await shown_offer(partner, maker))
        pid = said(await partner.send(maker, "/negotiations/request", request))["providerPid"]
        await dataspace.settle()
    else:
        pid, _ = await agreed(partner, maker, dataspace)
    reasons = ["too dear", {"@value": "zu teuer", "@language": "de"}, {"code": 7}]
    body = about(partner, pid, "ContractNegotiationTerminationMessage", code="N-7", reason=reasons)
    assert (await partner.send(maker, f"/negotiations/{pid}/termination", body)).status == 200
    await dataspace.rest()
    kept = await maker.participant.negotiations.kept(pid)
    assert kept.state is _S.TERMINATED
    assert (kept.failure.ours, kept.failure.code, list(kept.failure.reason)) == (False, "N-7", reasons)
    assert await maker.store.count("agreement", state="provider-final") == 0


async def test_nothing_more_is_taken_after_the_end(dataspace) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL)
    pid, agreement = await agreed(partner, maker, dataspace)
    ended = about(partner, pid, "ContractNegotiationTerminationMessage")
    assert (await partner.send(maker, f"/negotiations/{pid}/termination", ended)).status == 200
    before = await contents(maker)
    late = await verification(partner, pid, agreement)
    answered = await partner.send(maker, f"/negotiations/{pid}/agreement/verification", late)
    assert refusal(answered) == (400, "protocol-illegal-move")
    again = about(partner, pid, "ContractNegotiationTerminationMessage")
    assert (await partner.send(maker, f"/negotiations/{pid}/termination", again)).status == 400
    assert await contents(maker) == before


@pytest.mark.parametrize("wrong", [{"providerPid": UNKNOWN}, {"consumerPid": UNKNOWN}])
async def test_pids_that_do_not_belong_together_are_refused(dataspace, wrong) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL)
    pid, agreement = await agreed(partner, maker, dataspace)
    before = await contents(maker)
    body = {**await verification(partner, pid, agreement), **wrong}
    answered = await partner.send(maker, f"/negotiations/{pid}/agreement/verification", body)
    assert refusal(answered) == (400, "process-wrong-pid")
    assert (said(answered)["providerPid"], said(answered)["consumerPid"]) == (pid, partner.pid)
    assert await contents(maker) == before


MESSAGES = {
    "request": (
        "request",
        lambda p, pid, offer: message(
            "ContractRequestMessage", **{"@id": UNKNOWN}, providerPid=pid, consumerPid=p.pid, offer=offer
        ),
    ),
    "event": (
        "events",
        lambda p, pid, _: about(p, pid, "ContractNegotiationEventMessage", eventType="ACCEPTED", **{"@id": UNKNOWN}),
    ),
    "verification": (
        "agreement/verification",
        lambda p, pid, _: about(p, pid, "ContractAgreementVerificationMessage", **{"@id": UNKNOWN}),
    ),
    "termination": (
        "termination",
        lambda p, pid, _: about(p, pid, "ContractNegotiationTerminationMessage", **{"@id": UNKNOWN}),
    ),
    "state": (None, None),
}


@pytest.mark.parametrize("what", MESSAGES)
async def test_another_participants_process_does_not_exist_for_us(dataspace, what) -> None:
    maker, victim, thief = await dataspace.join("maker"), dataspace.partner("buyer"), dataspace.partner("thief")
    await maker.publish(CELL)
    pid, _ = await agreed(victim, maker, dataspace)
    offer = await shown_offer(thief, maker)
    before = await contents(maker)
    path, make = MESSAGES[what]
    answers = []
    for tried in (pid, UNKNOWN):
        if path is None:
            answered = await thief.get(maker, f"/negotiations/{tried}")
        else:
            answered = await thief.send(maker, f"/negotiations/{tried}/{path}", make(victim, tried, offer))
        answers.append((answered.status, answered.headers, answered.body))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404
    assert await contents(maker) == before
