"""What the specification demands in words beside the 37 items and the matrix: answers, their types and their contents."""

from __future__ import annotations

from conversations import CELL, agreed, concluded, message, said, shown_offer, transfer_request, verification
from stage import CONSUMER, MESSAGES, PROVIDER, Stage

from renkei.node import DSP_BASE
from renkei.protocol.messages import MessageKind

REQUEST = message("CatalogRequestMessage")


async def test_every_answer_to_a_protocol_request_is_json(dataspace) -> None:
    stage = await (await Stage(dataspace, PROVIDER).up()).negotiation("AGREED")
    answers = [await stage.say(target) for target in MESSAGES]
    answers += [
        await stage.partner.send(stage.us, "/catalog/request", REQUEST),
        await stage.partner.get(stage.us, "/catalog/datasets/absent"),
        await stage.partner.get(stage.us, f"/negotiations/{stage.pid}"),
        await stage.partner.send(stage.us, "/catalog/request", REQUEST, token=""),
    ]
    assert {answered.headers["content-type"] for answered in answers} == {"application/json"}


async def test_every_message_of_ours_goes_out_as_json_with_an_authorization(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.publish(CELL)
    await buyer.fetch("maker", CELL)
    await dataspace.settle()
    sent = [c.passage for c in dataspace.network.log if DSP_BASE in c.passage.url]
    assert len(sent) >= 7
    assert {passage.headers["content-type"] for passage in sent} == {"application/json"}
    assert all(passage.headers["authorization"].startswith("Bearer ") for passage in sent)


async def test_an_opening_request_is_answered_201_with_the_new_process(dataspace) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL)
    offer = await shown_offer(partner, maker)
    opening = {"consumerPid": partner.pid, "callbackAddress": partner.address, "offer": offer}
    answered = await partner.send(maker, "/negotiations/request", message("ContractRequestMessage", **opening))
    ack = said(answered)
    assert (answered.status, ack["@type"], ack["state"]) == (201, "ContractNegotiation", "REQUESTED")
    assert ack["consumerPid"] == partner.pid
    assert ack["providerPid"] not in {"", partner.pid}


async def test_a_transfer_request_is_answered_201_with_the_new_process(dataspace) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL)
    agreement = await concluded(partner, maker, dataspace)
    answered = await partner.send(maker, "/transfers/request", transfer_request(partner, agreement))
    ack = said(answered)
    assert (answered.status, ack["@type"], ack["state"]) == (201, "TransferProcess", "REQUESTED")
    assert ack["consumerPid"] == partner.pid
    assert ack["providerPid"] not in {"", partner.pid}


async def test_the_start_of_a_pull_brings_a_data_address(dataspace) -> None:
    stage = await (await Stage(dataspace, PROVIDER).up()).transfer("STARTED")
    (start,) = stage.partner.messages(MessageKind.TRANSFER_START)
    assert start["dataAddress"]["endpointType"]
    names = {row["name"] for row in start["dataAddress"]["endpointProperties"]}
    assert {"https://w3id.org/edc/v0.0.1/ns/endpoint", "https://w3id.org/edc/v0.0.1/ns/authorization"} <= names


async def test_each_offer_in_the_catalog_has_its_own_id_and_names_no_target(dataspace) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    for number in range(3):
        await maker.publish(f"urn:example:{number}")
    catalog = said(await partner.send(maker, "/catalog/request", REQUEST))
    offers = [offer for dataset in catalog["dataset"] for offer in dataset["hasPolicy"]]
    assert len({offer["@id"] for offer in offers}) == len(offers) == 4
    assert [offer for offer in offers if "target" in offer] == []
    assert [rule for offer in offers for rule in offer["permission"] if "target" in rule] == []


async def test_every_distribution_leads_to_a_service_of_the_version_it_was_asked_in(dataspace) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL)
    catalog = said(await partner.send(maker, "/catalog/request", REQUEST))
    services = {service["@id"]: service["endpointURL"] for service in catalog["service"]}
    for dataset in catalog["dataset"]:
        assert dataset["hasPolicy"]
        for distribution in dataset["distribution"]:
            service = distribution["accessService"]
            at = services[service] if isinstance(service, str) else service["endpointURL"]
            assert at == maker.address


async def test_an_agreement_is_whole(dataspace) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL)
    pid, agreement = await agreed(partner, maker, dataspace)
    assert (agreement["target"], agreement["assigner"], agreement["assignee"]) == (CELL, maker.did, partner.did)
    assert agreement["timestamp"].startswith("2026-11-22T")
    assert agreement["@id"].startswith("urn:uuid:")
    assert [rule for rule in agreement["permission"] if "target" in rule] == []
    (sent,) = partner.messages(MessageKind.CONTRACT_AGREEMENT)
    assert (sent["providerPid"], sent["consumerPid"]) == (pid, partner.pid)


async def test_process_ids_are_never_used_again(dataspace) -> None:
    stage = await (await Stage(dataspace, PROVIDER).up()).negotiation("TERMINATED")
    first, stage.pid, stage.partner.pid = stage.pid, "", stage.partner.ids.new()
    await stage.negotiation("TERMINATED")
    assert stage.pid != first


async def test_the_sides_come_apart_no_further_when_our_agreement_is_refused(dataspace) -> None:
    """A partner that does not take our move is told that the negotiation is over."""
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL)
    dataspace.network.expect("ContractNegotiationEventMessage", 400)
    pid, agreement = await agreed(partner, maker, dataspace)
    body = await verification(partner, pid, agreement)
    assert (await partner.send(maker, f"/negotiations/{pid}/agreement/verification", body)).status == 200
    await dataspace.settle()
    (end,) = partner.messages(MessageKind.NEGOTIATION_TERMINATION)
    assert end["providerPid"] == pid
    assert said(await partner.get(maker, f"/negotiations/{pid}"))["state"] == "TERMINATED"


async def test_nothing_is_said_after_the_end(dataspace) -> None:
    stage = await (await Stage(dataspace, CONSUMER).up()).negotiation("FINALIZED")
    sent = len(dataspace.network.log)
    await dataspace.rest()
    assert [c for c in dataspace.network.log[sent:] if c.passage.sender == stage.us.origin] == []


async def test_a_suspension_and_a_completion_name_both_processes(dataspace) -> None:
    stage = await (await Stage(dataspace, CONSUMER).up()).transfer("STARTED")
    await stage.us.participant.transfers.suspend(stage.pid, "pause", "for a while")
    await dataspace.settle()
    await stage.us.participant.transfers.terminate(stage.pid, "over", "enough")
    await dataspace.settle()
    for kind in (MessageKind.TRANSFER_SUSPENSION, MessageKind.TRANSFER_TERMINATION):
        (sent,) = stage.partner.messages(kind)
        assert {name: sent[name] for name in stage.pids} == stage.pids
