"""What a participant says of itself: public, signed, named by its catalog, checked offline and by partners."""

from __future__ import annotations

import json

import pytest
from catalog_crawls import REQUEST

from renkei.exchange.machine.endpoint import Reply
from renkei.exchange.ports import Imprint
from renkei.kernel.problems import PeerError, PolicyError
from renkei.policy.model import SIGNATURE
from renkei.testing import MemberConfig
from renkei.trust.artefacts import Artefact
from renkei.trust.verification import Outcome, verify_bundle

PATH = "/.well-known/renkei-self-description"


@pytest.fixture
async def maker(dataspace):
    return await dataspace.join("maker", MemberConfig(imprint=Imprint(name="メーカー", title="Parts", version="9.9")))


async def test_it_says_who_where_and_with_which_keys(dataspace, maker) -> None:
    partner = dataspace.partner("b")
    answered = await partner.line.send("GET", maker.origin + PATH)
    described = json.loads(answered.body)
    assert answered.status == 200
    assert described["participant"] == maker.did
    assert described["name"] == "メーカー"
    assert described["connector"] == {"software": "Renkei", "version": "9.9"}
    assert described["versions"] == [{"version": "2025-1", "path": "/dsp/2025-1", "binding": "HTTPS"}]
    assert described["services"] == [
        {"id": f"{maker.did}#connector", "type": "DataService", "endpointURL": maker.address}
    ]
    assert sorted(key["purposes"][0] for key in described["keys"]) == ["assertionMethod", "capabilityInvocation"]
    assert (await partner.line.send("GET", maker.origin + PATH)).body == answered.body


async def test_the_catalog_leads_to_it(dataspace, maker) -> None:
    partner = dataspace.partner("b")
    catalog = json.loads((await partner.send(maker, "/catalog/request", REQUEST)).body)
    link = catalog["https://w3id.org/renkei/v1/selfDescription"]["@id"]
    assert catalog["dct:title"] == "Parts"
    assert json.loads((await partner.line.send("GET", link)).body)["participant"] == maker.did


async def test_it_is_verified_offline_and_a_change_shows(maker) -> None:
    bundle = json.loads(json.dumps(await maker.participant.self_description.exported()))
    verdict = verify_bundle(bundle)
    assert (verdict.outcome, bundle["artefact"]) == (Outcome.VERIFIED, "self_description")
    bundle["document"]["services"][0]["endpointURL"] = "https://else.example"
    assert verify_bundle(bundle).outcome is Outcome.REFUSED
    bundle["document"].pop(SIGNATURE)
    assert verify_bundle(bundle).outcome is Outcome.UNSIGNED


async def test_a_partners_is_fetched_and_verified(dataspace, maker) -> None:
    buyer = await dataspace.join("buyer")
    partner = await buyer.participant.ports.directory.find("maker")
    bundle = await buyer.participant.self_description.of(partner)
    assert verify_bundle(json.loads(json.dumps(bundle))).outcome is Outcome.VERIFIED
    assert bundle["document"]["name"] == "メーカー"


async def signed(partner, **members):
    described = {"type": "renkei-self-description", "participant": partner.did, **members}
    return await partner.sign(described, Artefact.SELF_DESCRIPTION)


async def test_a_partners_that_does_not_hold_is_refused(dataspace) -> None:
    buyer, partner = await dataspace.join("buyer"), dataspace.partner("maker")
    good = await signed(partner)
    answers = (
        (b"{}", PeerError, "partner-refused"),
        (json.dumps(await signed(partner, participant=buyer.did)).encode(), PeerError, "partner-refused"),
        (json.dumps({**good, "name": "changed"}).encode(), PeerError, "trust-jws-signature"),
        (json.dumps({**good, SIGNATURE: None} | {}).encode(), PeerError, "trust-jws"),
        (b"no json", PeerError, "json-"),
        (None, PeerError, "partner-refused"),
    )
    found = await buyer.participant.ports.directory.find("maker")
    for body, kind, code in answers:
        partner.answering = _answering(body)
        with pytest.raises(kind, match=code):
            await buyer.participant.self_description.of(found)
    partner.answering = _answering(json.dumps({k: v for k, v in good.items() if k != SIGNATURE}).encode())
    with pytest.raises(PolicyError, match="negotiation-unsigned"):
        await buyer.participant.self_description.of(found)


async def test_an_unsigned_one_is_shown_as_such_where_that_is_configured(dataspace) -> None:
    config = MemberConfig(unsigned_partners=frozenset({"did:web:maker.example"}))
    buyer, partner = await dataspace.join("buyer", config), dataspace.partner("maker")
    described = {"type": "renkei-self-description", "participant": partner.did}
    partner.answering = _answering(json.dumps(described).encode())
    found = await buyer.participant.ports.directory.find("maker")
    bundle = await buyer.participant.self_description.of(found)
    assert verify_bundle(bundle).outcome is Outcome.UNSIGNED


def _answering(body):
    def answer(request):
        if request.path != PATH:
            return None
        return Reply(status=404) if body is None else Reply(body=body)

    return answer
