"""Transfers: only under an agreement in force, and a data token lives exactly as long as its transfer runs."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from conversations import (
    CELL,
    EDC,
    ODRL,
    UNKNOWN,
    about,
    agreed,
    concluded,
    contents,
    data_token,
    message,
    pulled,
    refusal,
    said,
    started,
    state,
    transfer_request,
)

from renkei.exchange.process.decisions import TransferStep
from renkei.kernel.problems import PeerError
from renkei.policy.model import Atomic, Operator, Policy, PolicyKind, Rule
from renkei.protocol.messages import MessageKind
from renkei.protocol.transfer import TransferState
from renkei.testing import Fate, MemberConfig

_S = TransferState


@pytest.fixture
async def maker(dataspace):
    maker = await dataspace.join("maker")
    await maker.publish(CELL, b"bytes", media_type="text/plain")
    return maker


@pytest.fixture
def partner(dataspace):
    return dataspace.partner("buyer")


async def told(partner, maker, pid: str, kind: str, path: str, **members):
    return await partner.send(maker, f"/transfers/{pid}/{path}", about(partner, pid, kind, **members))


# --- what opens a transfer ------------------------------------------------------------------------


async def refused_to_open(partner, maker, agreement: str, **members) -> tuple[int, str]:
    before = await contents(maker)
    answered = await partner.send(maker, "/transfers/request", transfer_request(partner, agreement, **members))
    assert said(answered)["@type"] == "TransferError"
    assert said(answered)["consumerPid"] == members.get("consumerPid", partner.pid)
    assert await contents(maker) == before
    return refusal(answered)


async def test_an_agreement_that_does_not_exist_opens_nothing(dataspace, maker, partner) -> None:
    assert await refused_to_open(partner, maker, UNKNOWN) == (400, "transfer-unknown-agreement")


async def test_the_agreement_of_another_participant_opens_nothing(dataspace, maker, partner) -> None:
    agreement = await concluded(partner, maker, dataspace)
    thief = dataspace.partner("thief")
    foreign = await thief.send(maker, "/transfers/request", transfer_request(thief, agreement))
    unknown = await thief.send(maker, "/transfers/request", transfer_request(thief, UNKNOWN))
    assert foreign.status == unknown.status == 400
    assert foreign.body.replace(agreement.encode(), b"-") == unknown.body.replace(UNKNOWN.encode(), b"-")
    assert await maker.store.count("transfer") == 0


async def test_an_agreement_that_is_not_final_opens_nothing(dataspace, maker, partner) -> None:
    _, agreement = await agreed(partner, maker, dataspace)
    assert await refused_to_open(partner, maker, agreement["@id"]) == (400, "transfer-unknown-agreement")


async def test_the_agreement_of_a_terminated_negotiation_opens_nothing(dataspace, maker, partner) -> None:
    pid, agreement = await agreed(partner, maker, dataspace)
    end = about(partner, pid, "ContractNegotiationTerminationMessage")
    assert (await partner.send(maker, f"/negotiations/{pid}/termination", end)).status == 200
    assert await refused_to_open(partner, maker, agreement["@id"]) == (400, "transfer-unknown-agreement")


async def test_an_agreement_whose_terms_have_run_out_opens_nothing(dataspace, maker, partner) -> None:
    until = Atomic(f"{ODRL}dateTime", Operator.LTEQ, {"@value": "2026-11-22T10:00:00Z", "@type": "xsd:dateTime"})
    policy = Policy(id="urn:t", kind=PolicyKind.SET, permission=(Rule("use", constraint=(until,)),))
    await maker.publish(CELL, policy=policy)
    agreement = await concluded(partner, maker, dataspace)
    await dataspace.advance(timedelta(hours=2))
    assert await refused_to_open(partner, maker, agreement) == (403, "policy-refused")


async def test_an_agreement_in_which_we_are_the_consumer_opens_nothing_here(dataspace, maker) -> None:
    buyer = await dataspace.join("buyer-too", MemberConfig(callback_hosts=frozenset({"mirror.example"})))
    agreement = await buyer.negotiate("maker", CELL)
    await dataspace.settle()
    mirror = dataspace.partner("mirror")
    mirror.did, mirror.keys = maker.did, maker.keys
    assert await refused_to_open(mirror, buyer, agreement.id) == (400, "transfer-unknown-agreement")


@pytest.mark.parametrize("wrong", ["HttpData-PUSH", "S3", "httpdata-pull"])
async def test_a_format_that_was_not_offered_opens_nothing(dataspace, maker, partner, wrong) -> None:
    agreement = await concluded(partner, maker, dataspace)
    assert await refused_to_open(partner, maker, agreement, format=wrong) == (400, "transfer-wrong-format")


async def test_a_data_address_that_comes_with_a_pull_is_ignored(dataspace, maker, partner) -> None:
    agreement = await concluded(partner, maker, dataspace)
    address = {
        "@type": "DataAddress",
        "endpointType": "https://w3id.org/idsa/v4.1/HTTP",
        "endpoint": "https://x.example",
    }
    opening = transfer_request(partner, agreement, dataAddress=address)
    assert (await partner.send(maker, "/transfers/request", opening)).status == 201
    await dataspace.settle()
    assert await pulled(partner, maker, data_token(partner)) == (200, b"bytes")
    assert [crossing for crossing in dataspace.network.log if "x.example" in crossing.passage.url] == []


@pytest.mark.parametrize("address", ["http://127.0.0.1/", "https://169.254.169.254/", "https://[::1]/"])
async def test_a_callback_that_must_not_be_called_opens_nothing(dataspace, maker, partner, address) -> None:
    agreement = await concluded(partner, maker, dataspace)
    status, _ = await refused_to_open(partner, maker, agreement, callbackAddress=address)
    assert status == 400


async def test_a_second_request_with_the_same_consumer_pid_is_the_same_process(dataspace, maker, partner) -> None:
    agreement = await concluded(partner, maker, dataspace)
    bodies = [transfer_request(partner, agreement), transfer_request(partner, agreement)]
    answers = [await partner.send(maker, "/transfers/request", body) for body in (*bodies, bodies[0])]
    assert len({said(answered)["providerPid"] for answered in answers}) == 1
    assert await maker.store.count("transfer") == 1


async def test_requests_with_the_same_consumer_pid_at_the_same_time_are_the_same_process(
    dataspace, maker, partner
) -> None:
    agreement = await concluded(partner, maker, dataspace)
    sent = (partner.send(maker, "/transfers/request", transfer_request(partner, agreement)) for _ in range(20))
    answers = await asyncio.gather(*sent)
    assert len({said(answered)["providerPid"] for answered in answers}) == 1
    assert await maker.store.count("transfer") == 1


async def test_the_same_consumer_pid_of_another_partner_is_another_process(dataspace, maker, partner) -> None:
    other = dataspace.partner("other")
    other.pid = partner.pid
    pids = set()
    for one in (partner, other):
        agreement = await concluded(one, maker, dataspace)
        answered = await one.send(maker, "/transfers/request", transfer_request(one, agreement))
        pids.add(said(answered)["providerPid"])
    assert len(pids) == 2


# --- the life of a token --------------------------------------------------------------------------


async def test_the_token_of_a_running_transfer_opens_its_bytes(dataspace, maker, partner) -> None:
    _, token = await started(partner, maker, dataspace)
    assert await pulled(partner, maker, token) == (200, b"bytes")
    assert await pulled(partner, maker, f"Bearer {token}") == (200, b"bytes")


@pytest.mark.parametrize("token", ["", "x", "Bearer", "Basic abc"])
async def test_any_other_token_opens_nothing(dataspace, maker, partner, token) -> None:
    await started(partner, maker, dataspace)
    status, body = await pulled(partner, maker, token)
    assert status == 401
    assert b"bytes" not in body


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("TransferCompletionMessage", "completion"),
        ("TransferTerminationMessage", "termination"),
        ("TransferSuspensionMessage", "suspension"),
    ],
)
async def test_a_token_dies_when_the_consumer_pauses_or_ends_its_transfer(
    dataspace, maker, partner, kind, path
) -> None:
    pid, token = await started(partner, maker, dataspace)
    assert (await told(partner, maker, pid, kind, path)).status == 200
    assert (await pulled(partner, maker, token))[0] == 401


@pytest.mark.parametrize("target", [_S.SUSPENDED, _S.TERMINATED, _S.COMPLETED])
async def test_a_token_dies_when_the_provider_decides_so_before_the_consumer_has_heard_of_it(
    dataspace, maker, partner, target
) -> None:
    pid, token = await started(partner, maker, dataspace)
    dataspace.network.weather = lambda passage: Fate.LOSE if passage.sender == maker.origin else Fate.DELIVER
    await maker.participant.transfers.move(pid, TransferStep(target=target, code="audit", reason=("look",)))
    await dataspace.settle()
    assert (await pulled(partner, maker, token))[0] == 401


async def test_a_resumed_transfer_has_a_new_token_and_the_old_one_stays_dead(dataspace, maker, partner) -> None:
    pid, old = await started(partner, maker, dataspace)
    move = maker.participant.transfers.move
    await move(pid, TransferStep(target=_S.SUSPENDED, code="audit", reason=("look",)))
    await dataspace.settle()
    assert partner.messages(MessageKind.TRANSFER_SUSPENSION)[0]["code"] == "audit"
    await move(pid, TransferStep(target=_S.STARTED))
    await dataspace.settle()
    new = data_token(partner)
    assert new != old
    assert (await pulled(partner, maker, old))[0] == 401
    assert await pulled(partner, maker, new) == (200, b"bytes")


async def test_a_consumer_that_resumes_gets_a_new_token_and_the_old_one_stays_dead(dataspace, maker, partner) -> None:
    pid, old = await started(partner, maker, dataspace)
    assert (await told(partner, maker, pid, "TransferSuspensionMessage", "suspension")).status == 200
    assert (await told(partner, maker, pid, "TransferStartMessage", "start")).status == 200
    assert await state(partner, maker, "transfers", pid) == "STARTED"
    await dataspace.settle()
    new = data_token(partner)
    assert new != old
    assert (await pulled(partner, maker, old))[0] == 401
    assert await pulled(partner, maker, new) == (200, b"bytes")


@pytest.mark.parametrize("answer", [400, 404])
async def test_a_partner_that_does_not_take_the_address_after_it_has_resumed_stays_started(
    dataspace, maker, partner, answer
) -> None:
    pid, _ = await started(partner, maker, dataspace)
    assert (await told(partner, maker, pid, "TransferSuspensionMessage", "suspension")).status == 200
    dataspace.network.weather = lambda p: answer if p.sender == maker.origin else Fate.DELIVER
    assert (await told(partner, maker, pid, "TransferStartMessage", "start")).status == 200
    await dataspace.rest()
    kept = await maker.participant.transfers.kept(pid)
    assert (kept.state, kept.pending) == (_S.STARTED, None)
    assert (await contents(maker))["outbox"] == []
    assert (await told(partner, maker, pid, "TransferCompletionMessage", "completion")).status == 200


async def test_members_suspend_and_resume_on_either_side_and_the_bytes_flow_again(dataspace, maker) -> None:
    buyer = await dataspace.join("buyer-too")
    agreement = await buyer.negotiate("maker", CELL)
    await dataspace.settle()
    at = (await buyer.participant.ports.directory.find("maker")).address
    ours = await buyer.participant.transfers.request(agreement, at, "HttpData-PULL")
    await dataspace.settle()
    theirs = (await buyer.participant.transfers.kept(ours)).partner_pid
    sides = {"buyer": (buyer.participant.transfers, ours), "maker": (maker.participant.transfers, theirs)}
    tokens = set()
    for suspending, resuming in (("buyer", "buyer"), ("maker", "maker"), ("maker", "buyer"), ("buyer", "maker")):
        transfers, pid = sides[suspending]
        await transfers.suspend(pid, "pause", "for a while")
        await dataspace.settle()
        assert (await buyer.participant.transfers.kept(ours)).data_address is None
        transfers, pid = sides[resuming]
        await transfers.resume(pid)
        await dataspace.settle()
        kept = await buyer.participant.transfers.kept(ours)
        tokens.add(kept.data_address["authorization"])
        received = await buyer.participant.ports.data_line.pull(
            kept.data_address["endpoint"], kept.data_address["authorization"]
        )
        assert received.body == b"bytes"
    assert len(tokens) == 4


async def test_a_suspended_transfer_may_be_suspended_again_after_it_was_resumed_with_the_same_bytes(
    dataspace, maker, partner
) -> None:
    """Without an id of its own a second suspension is the same bytes as the first one, and no repeat."""
    pid, _ = await started(partner, maker, dataspace)
    suspension = about(partner, pid, "TransferSuspensionMessage")
    del suspension["@id"]
    for _ in range(2):
        assert (await partner.send(maker, f"/transfers/{pid}/suspension", suspension)).status == 200
        assert await state(partner, maker, "transfers", pid) == "SUSPENDED"
        assert (await told(partner, maker, pid, "TransferStartMessage", "start")).status == 200
        await dataspace.settle()
        assert await state(partner, maker, "transfers", pid) == "STARTED"
    assert (await partner.send(maker, f"/transfers/{pid}/suspension", suspension)).status == 200


async def test_a_token_that_has_run_out_opens_nothing(dataspace, maker, partner) -> None:
    _, token = await started(partner, maker, dataspace)
    await dataspace.advance(299)
    assert (await pulled(partner, maker, token))[0] == 200
    await dataspace.advance(1)
    assert (await pulled(partner, maker, token))[0] == 401


async def test_a_token_is_not_kept_in_clear(dataspace, maker, partner) -> None:
    _, token = await started(partner, maker, dataspace)
    rows = [row for kind, kept in (await contents(maker)).items() if kind != "outbox" for row in kept]
    assert [row.kind for row in rows if token.encode() in row.body] == []


async def test_a_token_opens_only_the_dataset_it_was_given_for(dataspace, maker, partner) -> None:
    await maker.publish("urn:example:other", b"other bytes")
    _, token = await started(partner, maker, dataspace)
    partner.pid = partner.ids.new()
    _, other = await started(partner, maker, dataspace, "urn:example:other")
    assert (await pulled(partner, maker, token))[1] == b"bytes"
    assert (await pulled(partner, maker, other))[1] == b"other bytes"


async def test_a_token_is_bound_to_the_transfer_of_its_consumer(dataspace, maker, partner) -> None:
    """The end of another participant's transfer of the same dataset changes nothing for this one."""
    other = dataspace.partner("other")
    _, token = await started(partner, maker, dataspace)
    pid, theirs = await started(other, maker, dataspace)
    assert (await told(other, maker, pid, "TransferTerminationMessage", "termination")).status == 200
    assert (await pulled(partner, maker, token))[0] == 200
    assert (await pulled(other, maker, theirs))[0] == 401


# --- sides, pids, ends ----------------------------------------------------------------------------


async def test_a_start_that_is_the_providers_to_send_is_refused_from_the_consumer(dataspace, maker, partner) -> None:
    agreement = await concluded(partner, maker, dataspace)
    dataspace.network.weather = lambda passage: (
        503 if passage.kind == "TransferStartMessage" and passage.sender == maker.origin else Fate.DELIVER
    )
    answered = await partner.send(maker, "/transfers/request", transfer_request(partner, agreement))
    pid = said(answered)["providerPid"]
    await dataspace.settle()
    assert (await told(partner, maker, pid, "TransferStartMessage", "start")).status == 400


@pytest.mark.parametrize("wrong", [{"providerPid": UNKNOWN}, {"consumerPid": UNKNOWN}])
async def test_pids_that_do_not_belong_together_are_refused(dataspace, maker, partner, wrong) -> None:
    pid, token = await started(partner, maker, dataspace)
    before = await contents(maker)
    answered = await told(partner, maker, pid, "TransferCompletionMessage", "completion", **wrong)
    assert refusal(answered) == (400, "process-wrong-pid")
    assert (said(answered)["providerPid"], said(answered)["consumerPid"]) == (pid, partner.pid)
    assert await contents(maker) == before
    assert (await pulled(partner, maker, token))[0] == 200


@pytest.mark.parametrize("path", ["start", "suspension", "completion", "termination", None])
async def test_another_participants_transfer_does_not_exist_for_us(dataspace, maker, partner, path) -> None:
    pid, token = await started(partner, maker, dataspace)
    thief = dataspace.partner("thief")
    before = await contents(maker)
    answers = []
    for tried in (pid, UNKNOWN):
        if path is None:
            answered = await thief.get(maker, f"/transfers/{tried}")
        else:
            kind = f"Transfer{path.capitalize()}Message"
            body = message(kind, **{"@id": UNKNOWN, "providerPid": tried, "consumerPid": partner.pid})
            answered = await thief.send(maker, f"/transfers/{tried}/{path}", body)
        answers.append((answered.status, answered.headers, answered.body))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404
    assert await contents(maker) == before
    assert (await pulled(partner, maker, token))[0] == 200


async def test_nothing_more_is_taken_after_the_end(dataspace, maker, partner) -> None:
    pid, _ = await started(partner, maker, dataspace)
    assert (await told(partner, maker, pid, "TransferCompletionMessage", "completion")).status == 200
    before = await contents(maker)
    for kind, path in (("Start", "start"), ("Suspension", "suspension"), ("Termination", "termination")):
        answered = await told(partner, maker, pid, f"Transfer{kind}Message", path)
        assert refusal(answered) == (400, "protocol-illegal-move")
    assert await contents(maker) == before


async def test_the_reasons_of_a_termination_are_kept_whatever_their_form(dataspace, maker, partner) -> None:
    pid, _ = await started(partner, maker, dataspace)
    reasons = ["enough", {"@value": "genug", "@language": "de"}, {"code": 7}]
    await told(partner, maker, pid, "TransferTerminationMessage", "termination", code="T-1", reason=reasons)
    kept = await maker.participant.transfers.kept(pid)
    assert (kept.state, kept.failure.code, list(kept.failure.reason)) == (_S.TERMINATED, "T-1", reasons)


# --- our own fetch --------------------------------------------------------------------------------

ADDRESSES = {
    "none": None,
    "without endpoint": {"@type": "DataAddress", "endpointType": "HTTP", "endpointProperties": []},
    "to our own network": {
        "@type": "DataAddress",
        "endpointType": "HTTP",
        "endpoint": "https://10.0.0.1/data",
        "endpointProperties": [{"@type": "EndpointProperty", "name": f"{EDC}authorization", "value": "token"}],
    },
}


@pytest.mark.parametrize("what", ADDRESSES)
async def test_a_start_whose_address_cannot_be_used_makes_no_call_and_no_success(dataspace, what) -> None:
    config = MemberConfig(wait=0.05)
    buyer, provider = await dataspace.join("buyer", config), await dataspace.join("maker")
    await provider.publish(CELL)

    def changed(passage):
        import json
        from dataclasses import replace

        if passage.kind != "TransferStartMessage":
            return Fate.DELIVER
        body = {**json.loads(passage.body), "dataAddress": ADDRESSES[what]}
        if body["dataAddress"] is None:
            del body["dataAddress"]
        return replace(passage, body=json.dumps(body).encode())

    dataspace.network.weather = changed
    with pytest.raises(PeerError):
        await buyer.fetch("maker", CELL)
    assert [c for c in dataspace.network.log if c.passage.url.endswith("/data")] == []


async def test_bytes_that_break_off_are_no_success_and_the_transfer_ends_with_the_reason(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.publish(CELL)
    dataspace.network.expect("/data", 500)
    with pytest.raises(PeerError, match="data-refused"):
        await buyer.fetch("maker", CELL)
    await dataspace.settle()
    (row,) = await maker.store.find("transfer")
    kept = await maker.participant.transfers.kept(row.id)
    assert (kept.state, kept.failure.ours, kept.failure.code) == (_S.TERMINATED, False, "data-refused")


async def test_bytes_are_fetched_into_a_file(dataspace, maker, tmp_path) -> None:
    buyer = await dataspace.join("buyer-too")
    fetched = await buyer.fetch("maker", CELL, tmp_path / "cell.bin")
    assert fetched.received.path.read_bytes() == b"bytes"


async def test_a_fetch_leaves_both_sides_completed(dataspace, maker) -> None:
    buyer = await dataspace.join("buyer-too")
    fetched = await buyer.fetch("maker", CELL)
    await dataspace.settle()
    ours = await buyer.participant.transfers.kept(fetched.transfer)
    theirs = await maker.participant.transfers.kept(ours.partner_pid)
    assert (ours.state, ours.pending, theirs.state, theirs.pending) == (_S.COMPLETED, None, _S.COMPLETED, None)
