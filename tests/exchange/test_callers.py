"""Who may speak: tokens that are somebody's, for us, for now, and for once."""

from __future__ import annotations

import asyncio

import pytest
from conversations import (
    CELL,
    UNKNOWN,
    about,
    agreed,
    contents,
    contract_request,
    message,
    refusal,
    said,
    shown_offer,
    verification,
)

from renkei.exchange.process.decisions import PolicyDecisions
from renkei.testing import START, Keyring, MemberConfig
from renkei.trust.keys import KeySigner

NOW = int(START.timestamp())
CATALOG = message("CatalogRequestMessage")
TERMINATION = "ContractNegotiationTerminationMessage"

BAD_CLAIMS = {
    "for somebody else": ({"aud": "did:web:other.example"}, "trust-token-audience"),
    "for two": ({"aud": ["did:web:maker.example", "did:web:other.example"]}, "trust-token-audience"),
    "expired": ({"iat": NOW - 400, "exp": NOW - 60}, "trust-token-expired"),
    "not yet": ({"iat": NOW + 60, "exp": NOW + 120}, "trust-token-early"),
    "too long": ({"iat": NOW, "exp": NOW + 7 * 24 * 3600}, "trust-token-lifetime"),
    "no id": ({"jti": ""}, "trust-token-claim"),
    "another subject": ({"sub": "did:web:other.example"}, "trust-token-issuer"),
    "another issuer's name": ({"iss": "did:web:victim.example", "sub": "did:web:victim.example"}, "trust-token-kid"),
}


@pytest.mark.parametrize(("claims", "code"), BAD_CLAIMS.values(), ids=BAD_CLAIMS)
async def test_a_token_that_is_not_as_it_should_be_opens_nothing(dataspace, claims, code) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    dataspace.partner("victim")
    before = maker.store.commits
    answered = await partner.send(maker, "/catalog/request", CATALOG, token=await partner.token(maker.did, **claims))
    assert refusal(answered) == (401, code)
    assert answered.headers["www-authenticate"] == "Bearer"
    assert maker.store.commits == before


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "e30.e30.e30"])
async def test_no_token_is_no_access(dataspace, token) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    assert (await partner.send(maker, "/catalog/request", CATALOG, token=token)).status == 401
    assert (await partner.send(maker, f"/negotiations/{UNKNOWN}", method="GET", token=token)).status == 401


async def test_the_version_document_needs_no_token(dataspace) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    answered = await partner.line.send("GET", maker.origin + "/.well-known/dspace-version")
    assert [entry["version"] for entry in said(answered)["protocolVersions"]] == ["2025-1"]


async def test_a_token_signed_with_the_key_for_documents_is_refused(dataspace) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    token = await partner.token(maker.did, signer=partner.keys.assertion_signer)
    assert refusal(await partner.send(maker, "/catalog/request", CATALOG, token=token)) == (
        401,
        "trust-token-key-purpose",
    )


async def test_a_forged_token_uses_up_nothing(dataspace) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    forger = KeySigner(partner.keys.token_signer.kid, Keyring.of("buyer").token)
    forged = await partner.token(maker.did, signer=forger, jti="one")
    genuine = await partner.token(maker.did, jti="one")
    assert refusal(await partner.send(maker, "/catalog/request", CATALOG, token=forged)) == (
        401,
        "trust-token-signature",
    )
    assert (await partner.send(maker, "/catalog/request", CATALOG, token=genuine)).status == 200


async def test_a_token_works_once_also_across_a_restart(dataspace) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    token = await partner.token(maker.did)
    assert (await partner.send(maker, "/catalog/request", CATALOG, token=token)).status == 200
    assert refusal(await partner.send(maker, "/catalog/request", CATALOG, token=token)) == (401, "store-replayed")
    await maker.stop()
    await maker.start()
    assert refusal(await partner.send(maker, "/catalog/request", CATALOG, token=token)) == (401, "store-replayed")


async def test_of_fifty_uses_of_one_token_at_a_time_exactly_one_counts(dataspace) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL)
    offer, token = await shown_offer(partner, maker), await partner.token(maker.did)
    requests = [
        partner.send(maker, "/negotiations/request", contract_request(partner, offer), token=token) for _ in range(50)
    ]
    statuses = [answered.status for answered in await asyncio.gather(*requests)]
    assert sorted(statuses) == [201] + [401] * 49
    assert await maker.store.count("negotiation") == 1


async def test_the_same_token_id_of_another_issuer_is_another_token(dataspace) -> None:
    maker, one, two = await dataspace.join("maker"), dataspace.partner("one"), dataspace.partner("two")
    for partner in (one, two):
        token = await partner.token(maker.did, jti="the same")
        assert (await partner.send(maker, "/catalog/request", CATALOG, token=token)).status == 200


BAD_MESSAGES = {
    "no JSON": ("/catalog/request", b"{", 400),
    "a wrong context": ("/catalog/request", {**CATALOG, "@context": ["https://example.com/"]}, 400),
    "a wrong type": ("/catalog/request", message("Catalog"), 400),
    "no such process": (f"/negotiations/{UNKNOWN}/events", None, 404),
    "an unknown offer": ("/negotiations/request", None, 400),
}


@pytest.mark.parametrize("what", BAD_MESSAGES)
async def test_a_good_token_is_used_up_by_a_bad_message(dataspace, what) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL)
    path, body, status = BAD_MESSAGES[what]
    if what == "no such process":
        body = about(partner, UNKNOWN, "ContractNegotiationEventMessage", eventType="ACCEPTED")
    elif what == "an unknown offer":
        body = contract_request(partner, {**await shown_offer(partner, maker), "@id": UNKNOWN})
    token = await partner.token(maker.did)
    before = await contents(maker)
    assert (await partner.send(maker, path, body, token=token)).status == status
    assert refusal(await partner.send(maker, "/catalog/request", CATALOG, token=token)) == (401, "store-replayed")
    assert await contents(maker) == before


async def test_a_good_token_is_used_up_where_we_fail_ourselves(dataspace, monkeypatch, caplog) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(maker.participant.catalogs.showing, "page", fail)
    token = await partner.token(maker.did)
    answered = await partner.send(maker, "/catalog/request", CATALOG, token=token)
    assert (answered.status, said(answered)["@type"], said(answered)["code"]) == (500, "CatalogError", "internal-error")
    assert "ZeroDivisionError" in caplog.text
    caplog.clear()  # the one crash in this suite that is meant
    monkeypatch.undo()
    assert refusal(await partner.send(maker, "/catalog/request", CATALOG, token=token)) == (401, "store-replayed")


class Slow(PolicyDecisions):
    """A rule book that takes its time over agreements."""

    let_go = asyncio.Event()

    async def negotiation(self, record, facts):
        await self.let_go.wait()
        return await super().negotiation(record, facts)


async def test_a_stranger_does_not_wait_for_a_step_of_somebody_elses_process(dataspace) -> None:
    Slow.let_go = asyncio.Event()
    maker = await dataspace.join("maker", MemberConfig(decisions=Slow))
    partner, stranger = dataspace.partner("buyer"), dataspace.partner("stranger")
    await maker.publish(CELL)
    Slow.let_go.set()
    pid, agreement = await agreed(partner, maker, dataspace)
    Slow.let_go.clear()
    body = await verification(partner, pid, agreement)
    verifying = asyncio.ensure_future(partner.send(maker, f"/negotiations/{pid}/agreement/verification", body))
    for _ in range(50):
        await asyncio.sleep(0)
    there = await stranger.send(maker, f"/negotiations/{pid}/termination", about(stranger, pid, TERMINATION))
    absent = await stranger.send(maker, f"/negotiations/{UNKNOWN}/termination", about(stranger, UNKNOWN, TERMINATION))
    assert (there.status, there.body) == (absent.status, absent.body)
    assert there.status == 404
    Slow.let_go.set()
    assert (await verifying).status == 200


async def test_a_caller_whose_identity_cannot_be_checked_now_is_asked_to_try_again(dataspace) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    dataspace.network.expect("/.well-known/did.json", 503)
    assert refusal(await partner.send(maker, "/catalog/request", CATALOG)) == (503, "trust-did-unresolvable")
    await dataspace.advance(2)
    assert (await partner.send(maker, "/catalog/request", CATALOG)).status == 200


# --- repeats --------------------------------------------------------------------------------------


async def test_the_same_opening_bytes_get_the_same_answer_and_make_one_negotiation(dataspace) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL)
    request = contract_request(partner, await shown_offer(partner, maker))
    answers = [await partner.send(maker, "/negotiations/request", request) for _ in range(3)]
    await dataspace.settle()
    answers.append(await partner.send(maker, "/negotiations/request", request))
    assert {(answered.status, answered.body) for answered in answers} == {(201, answers[0].body)}
    assert await maker.store.count("negotiation") == 1
    assert await maker.store.count("agreement") == 1


async def test_the_same_opening_bytes_of_another_partner_are_another_matter(dataspace) -> None:
    maker, one, two = await dataspace.join("maker"), dataspace.partner("one"), dataspace.partner("two")
    await maker.publish(CELL)
    request = contract_request(one, await shown_offer(one, maker))
    pids = {said(await partner.send(maker, "/negotiations/request", request))["providerPid"] for partner in (one, two)}
    assert len(pids) == 2


@pytest.mark.parametrize("with_id", [True, False])
async def test_fifty_identical_messages_at_a_time_make_one_transition(dataspace, with_id) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL)
    pid, agreement = await agreed(partner, maker, dataspace)
    body = await verification(partner, pid, agreement)
    if not with_id:
        del body["@id"]
    path = f"/negotiations/{pid}/agreement/verification"
    answers = await asyncio.gather(*(partner.send(maker, path, body) for _ in range(50)))
    await dataspace.settle()
    assert {answered.status for answered in answers} == {200}
    events = await maker.store.events(kind="negotiation", record_id=pid, limit=1000)
    assert [event.type for event in events].count("received AgreementVerification") == 1
    assert len(dataspace.network.sent("ContractNegotiationEventMessage")) == 1


@pytest.mark.parametrize("with_id", [True, False])
async def test_a_repeat_after_the_next_step_is_answered_as_the_first_time(dataspace, with_id) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL)
    pid, agreement = await agreed(partner, maker, dataspace)
    body = await verification(partner, pid, agreement)
    if not with_id:
        del body["@id"]
    path = f"/negotiations/{pid}/agreement/verification"
    first = await partner.send(maker, path, body)
    await dataspace.settle()
    before = await contents(maker)
    again = await partner.send(maker, path, body)
    assert (first.status, first.body) == (again.status, again.body) == (200, b"")
    assert await contents(maker) == before


async def test_a_changed_message_under_the_id_of_an_earlier_one_is_no_repeat(dataspace) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL)
    pid, agreement = await agreed(partner, maker, dataspace)
    body = await verification(partner, pid, agreement)
    path = f"/negotiations/{pid}/agreement/verification"
    assert (await partner.send(maker, path, body)).status == 200
    await dataspace.settle()
    changed = {**body, "https://example.com/note": "x"}
    assert refusal(await partner.send(maker, path, changed)) == (400, "protocol-illegal-move")
