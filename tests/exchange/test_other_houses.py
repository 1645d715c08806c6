"""What connectors of other houses do differently, as it was seen with an unmodified Eclipse EDC 0.15.1."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from conversations import CELL, about, agreed, contract_request, message, said, shown_offer, state

from renkei.exchange.machine.endpoint import Reply
from renkei.exchange.machine.outgoing import Planned, deliver_later
from renkei.exchange.records.processes import Side, TransferRecord
from renkei.exchange.transfer.edr import read_edr
from renkei.policy.model import RENKEI, SIGNATURE
from renkei.protocol.messages import DataAddress, MessageKind, TransferCompletion
from renkei.testing import MemberConfig

EDC = "https://w3id.org/edc/v0.0.1/ns/"
BUYER = "did:web:buyer.example"


def names(policy: dict) -> set[str]:
    return {name for name in policy if name.startswith(RENKEI)}


# --- where to pull --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("properties", "header"),
    [
        ({f"{EDC}endpoint": "https://a.example", f"{EDC}authorization": "t", f"{EDC}authType": "bearer"}, "t"),
        ({f"{EDC}authorization": "t", "authType": "bearer"}, "t"),
        ({f"{EDC}authorization": "t"}, "t"),
        ({"authorization": "t", "authType": "bearer"}, "Bearer t"),
        ({"authorization": "t", "authType": "Bearer"}, "Bearer t"),
        ({"authorization": "t"}, "t"),
    ],
)
def test_the_authorization_goes_unchanged_into_the_header_under_edcs_name_and_by_its_type_under_the_plain_one(
    properties, header
) -> None:
    address = DataAddress(endpoint_type="x", endpoint="https://b.example", properties=tuple(properties.items()))
    assert read_edr(address).header == header


# --- who does not sign ----------------------------------------------------------------------------


async def test_who_is_named_as_not_signing_is_shown_offers_without_members_of_ours(dataspace) -> None:
    maker = await dataspace.join("maker", MemberConfig(unsigned_partners=frozenset({BUYER})))
    named, other = dataspace.partner("buyer"), dataspace.partner("other")
    await maker.publish(CELL)
    request = message("CatalogRequestMessage")
    for partner, expected in ((named, set()), (other, {SIGNATURE})):
        page = said(await partner.send(maker, "/catalog/request", request))
        (in_page,) = [dataset["hasPolicy"][0] for dataset in page["dataset"] if dataset["@id"] == CELL]
        alone = await shown_offer(partner, maker)
        assert (names(in_page), names(alone)) == (expected, expected)
        assert in_page["permission"] == alone["permission"] == [{"action": "use"}]


async def test_who_gives_our_offer_back_without_its_signature_gets_an_agreement_of_the_terms_alone(dataspace) -> None:
    maker = await dataspace.join("maker", MemberConfig(unsigned_partners=frozenset({BUYER})))
    partner = dataspace.partner("buyer")
    await maker.publish(CELL)
    pid, agreement = await agreed(partner, maker, dataspace)
    assert names(agreement) == set()
    verified = about(partner, pid, "ContractAgreementVerificationMessage")
    assert (await partner.send(maker, f"/negotiations/{pid}/agreement/verification", verified)).status == 200
    await dataspace.settle()
    assert await state(partner, maker, "negotiations", pid) == "FINALIZED"
    kept = (await maker.participant.agreements.kept(agreement["@id"])).document
    assert SIGNATURE in kept
    assert {name: kept[name] for name in kept if name not in names(kept)} == agreement


async def test_who_gives_our_offer_back_whole_gets_a_signed_agreement(dataspace) -> None:
    maker = await dataspace.join("maker")
    partner = dataspace.partner("buyer")
    await maker.publish(CELL)
    _, agreement = await agreed(partner, maker, dataspace)
    assert SIGNATURE in names(agreement)


async def test_a_later_request_without_the_signature_counts(dataspace) -> None:
    maker = await dataspace.join("maker", MemberConfig(unsigned_partners=frozenset({"*"})))
    partner = dataspace.partner("buyer")
    await maker.publish(CELL)
    offer = await shown_offer(partner, maker)
    assert SIGNATURE in offer
    del offer[SIGNATURE]
    request = contract_request(partner, offer)
    assert (await partner.send(maker, "/negotiations/request", request)).status == 201
    await dataspace.settle()
    (sent,) = partner.messages(MessageKind.CONTRACT_AGREEMENT)
    assert names(sent["agreement"]) == set()


@pytest.mark.parametrize(
    ("unsigned", "pid", "pause"),
    [({BUYER}, "urn:theirs", 0.5), ({"*"}, "urn:theirs", 0.5), (set(), "urn:theirs", 0), ({BUYER}, None, 0)],
)
async def test_only_who_does_not_sign_gets_time_to_store_its_own_step_and_only_after_one(
    dataspace, unsigned, pid, pause
) -> None:
    maker = await dataspace.join("maker")
    ports = maker.participant.ports
    settings = replace(ports.settings, unsigned_partners=frozenset(unsigned), courtesy=0.5)
    record = TransferRecord(
        id="urn:ours",
        side=Side.PROVIDER,
        partner=BUYER,
        partner_pid=pid,
        address="https://buyer.example",
        agreement="urn:agreement",
        dataset=CELL,
        format="HttpData-PULL",
        created=dataspace.clock.now(),
    )
    end = TransferCompletion(message_id="urn:m", provider_pid="urn:ours", consumer_pid="urn:theirs")
    planned = Planned(path="/completion", kind=MessageKind.TRANSFER_COMPLETION, message=end)
    row = deliver_later(replace(ports, settings=settings), "transfer", record, planned)
    assert (row.due - dataspace.clock.now()).total_seconds() == pause


@pytest.mark.parametrize(("unsigned", "pause"), [({BUYER}, 0.1), ({"*"}, 0.1), (set(), 0), ({"urn:other"}, 0)])
async def test_only_who_does_not_sign_waits_for_our_answer(dataspace, unsigned, pause) -> None:
    maker = await dataspace.join("maker")
    settings = replace(maker.participant.ports.settings, unsigned_partners=frozenset(unsigned), answer_pause=0.1)
    assert settings.pause_before_answering(BUYER) == pause


# --- first requests that are refused ------------------------------------------------------------------


def refusing(partner, path: str, kind: str, status: int = 404) -> None:
    body = json.dumps({"@context": ["x"], "@type": kind, "code": "404", "reason": ["Not found"]}).encode()
    partner.answering = lambda request: Reply(status=status, body=body) if request.path.endswith(path) else None


def tries(partner, path: str) -> int:
    return sum(request.path.endswith(path) for request in partner.received)


@pytest.mark.parametrize("status", [404, 409])
async def test_an_offer_that_the_partner_says_it_does_not_know_is_asked_for_once(dataspace, status) -> None:
    buyer, partner = await dataspace.join("buyer"), dataspace.partner("maker")
    offer = await partner.offer(CELL)
    refusing(partner, "/negotiations/request", "ContractNegotiationError", status)
    maker = await buyer.participant.ports.directory.find(partner.did)
    pid = await buyer.participant.negotiations.open(maker, CELL, offer)
    await dataspace.settle()
    record = await buyer.participant.negotiations.kept(pid)
    assert record.state.value == "TERMINATED"
    assert not record.failure.ours
    assert tries(partner, "/negotiations/request") == 1


async def test_a_404_without_the_protocols_words_may_be_a_proxys_and_is_tried_again(dataspace) -> None:
    buyer, partner = await dataspace.join("buyer"), dataspace.partner("maker")
    offer = await partner.offer(CELL)
    partner.answering = lambda request: (
        Reply(status=404, body=b"no such host") if tries(partner, "/negotiations/request") < 3 else None
    )
    maker = await buyer.participant.ports.directory.find(partner.did)
    pid = await buyer.participant.negotiations.open(maker, CELL, offer)
    await dataspace.rest()
    record = await buyer.participant.negotiations.kept(pid)
    assert record.state.value == "REQUESTED"
    assert tries(partner, "/negotiations/request") == 3


async def test_an_agreement_that_the_partner_does_not_know_yet_is_asked_for_again_but_not_for_ever(dataspace) -> None:
    buyer, maker = await dataspace.join("buyer"), await dataspace.join("maker")
    await maker.publish(CELL)
    agreement = await dataspace.run(buyer.negotiate("maker", CELL))
    partner = dataspace.partner("elsewhere")
    refusing(partner, "/transfers/request", "TransferError")
    pid = await buyer.participant.transfers.request(agreement, partner.address, "HttpData-PULL")
    await dataspace.rest()
    record = await buyer.participant.transfers.kept(pid)
    assert record.state.value == "TERMINATED"
    assert not record.failure.ours
    assert tries(partner, "/transfers/request") == 5
