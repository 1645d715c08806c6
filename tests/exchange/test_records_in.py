"""A received record is verified before anything of it is kept; what is refused ends its transfer with the reason."""

from __future__ import annotations

import json

import pytest
from chains import DUE, FOOTPRINT, part, received, state_of
from conversations import CELL, contents

from renkei.exchange.machine.decoder import LARGE_DOCUMENT
from renkei.exchange.records.requests import DocumentRecord
from renkei.kernel import strict_json
from renkei.kernel.problems import PeerError
from renkei.policy.model import SIGNATURE
from renkei.protocol.transfer import TransferState
from renkei.testing import MemberConfig
from renkei.trust.artefacts import Artefact, content_hash, sign, unsigned


@pytest.fixture
async def maker(dataspace):
    return await dataspace.join("maker")


@pytest.fixture
async def buyer(dataspace):
    return await dataspace.join("buyer", MemberConfig(callback_hosts=frozenset({"voice.example"})))


async def good(maker, kind=FOOTPRINT) -> dict:
    await maker.participant.parts.register(part("CELL", "12.5", automatic=False))
    return (await maker.participant.parts.record(await maker.participant.parts.known("CELL"), kind)).document


async def resigned(maker, record: dict, artefact: Artefact = Artefact.RECORD, **changes) -> dict:
    members = {**unsigned(record), **changes}
    content = {name: value for name, value in members.items() if value is not None}
    return await sign(content, artefact, maker.keys.assertion_signer)


async def refused(dataspace, maker, buyer, body: bytes, cause: str) -> None:
    """Nothing is stored, and both sides say why the transfer ended."""
    await maker.publish(CELL, body)
    with pytest.raises(PeerError, match="record-refused") as caught:
        await buyer.fetch("maker", CELL)
    assert cause in str(caught.value)
    await dataspace.settle()
    assert (await contents(buyer))["document"] == []
    for member, processes in ((buyer, buyer.participant.transfers), (maker, maker.participant.transfers)):
        (row,) = await member.store.find("transfer")
        kept = await processes.kept(row.id)
        assert (kept.state, kept.failure.code) == (TransferState.TERMINATED, "record-refused")
        assert cause in str(kept.failure.reason)
    await dataspace.rest()
    assert [(await contents(member))["outbox"] for member in dataspace] == [[], []]


async def test_a_good_record_is_kept_once_with_what_proves_it(maker, buyer) -> None:
    record = await good(maker)
    await maker.publish(CELL, json.dumps(record, indent=3).encode())
    first, second = await buyer.fetch("maker", CELL), await buyer.fetch("maker", CELL)
    assert first.record.id == second.record.id
    (row,) = await buyer.store.find("document")
    kept = DocumentRecord.of(row)
    assert (kept.document, kept.partner, kept.part, kept.signed) == (record, maker.did, "CELL", True)
    assert kept.did_documents[maker.did]["id"] == maker.did
    assert (kept.agreement, kept.transfer) == (first.agreement, first.transfer)


ALTERED = {
    "a figure": {"total": "12.4"},
    "the company": {"company": "did:web:other.example"},
    "one more member": {"note": "x"},
    "the signature": {SIGNATURE: "e30..AAAA"},
}


@pytest.mark.parametrize("changes", ALTERED.values(), ids=ALTERED)
async def test_a_record_altered_after_it_was_signed_is_refused(dataspace, maker, buyer, changes) -> None:
    await refused(dataspace, maker, buyer, json.dumps({**await good(maker), **changes}).encode(), "trust-jws-")


async def test_a_signature_with_one_other_bit_is_refused(dataspace, maker, buyer) -> None:
    record = await good(maker)
    head, _, tail = record[SIGNATURE].partition("..")
    flipped = ("B" if tail[0] == "A" else "A") + tail[1:]
    altered = {**record, SIGNATURE: f"{head}..{flipped}"}
    await refused(dataspace, maker, buyer, json.dumps(altered).encode(), "trust-jws-signature")


async def test_a_record_without_its_signature_is_refused(dataspace, maker, buyer) -> None:
    await refused(dataspace, maker, buyer, json.dumps(unsigned(await good(maker))).encode(), "negotiation-unsigned")


async def test_a_record_signed_by_somebody_else_is_refused(dataspace, maker, buyer) -> None:
    stranger = dataspace.partner("stranger")
    record = await stranger.sign(unsigned(await good(maker)), Artefact.RECORD)
    await refused(dataspace, maker, buyer, json.dumps(record).encode(), "trust-wrong-signer")


async def test_a_signature_for_another_kind_of_document_is_refused(dataspace, maker, buyer) -> None:
    record = await resigned(maker, await good(maker), Artefact.AGREEMENT)
    await refused(dataspace, maker, buyer, json.dumps(record).encode(), "trust-jws-type")


async def test_a_record_that_speaks_for_another_company_is_refused(dataspace, maker, buyer) -> None:
    record = await resigned(maker, await good(maker), company="did:web:other.example")
    await refused(dataspace, maker, buyer, json.dumps(record).encode(), "it speaks for did:web:other.example")


WRONG = {
    "a total that is not the sum of its stages": {"total": "12.4"},
    "a member too many": {"note": "x"},
    "no period": {"period": None},
    "no part": {"part": None},
    "a number where a text belongs": {"total": 12},
    "a version that is none": {"version": 0},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG)
async def test_a_signed_record_that_is_wrong_in_itself_is_refused(dataspace, maker, buyer, changes) -> None:
    record = await resigned(maker, await good(maker), **changes)
    await refused(dataspace, maker, buyer, json.dumps(record).encode(), "battery-record-")


async def test_a_record_that_is_no_strict_json_is_refused(dataspace, maker, buyer) -> None:
    body = json.dumps(await good(maker)).encode().replace(b'"total"', b'"total": "1", "total"')
    await refused(dataspace, maker, buyer, body, "total")


async def test_an_unsigned_record_is_kept_as_unsigned_where_configured(dataspace, maker) -> None:
    buyer = await dataspace.join("trusting", MemberConfig(unsigned_partners=frozenset({maker.did})))
    await maker.publish(CELL, json.dumps(unsigned(await good(maker))).encode())
    fetched = await buyer.fetch("maker", CELL)
    assert not fetched.record.signed


LARGE = b" " * LARGE_DOCUMENT


async def test_a_large_record_is_read_beside_the_loop_and_kept_as_a_small_one_is(maker, buyer, monkeypatch) -> None:
    record = await good(maker)
    read = strict_json.loads

    def read_small(raw, *limits):
        assert len(raw) <= LARGE_DOCUMENT
        return read(raw, *limits)

    monkeypatch.setattr(strict_json, "loads", read_small)
    await maker.publish(CELL, json.dumps(record).encode() + LARGE)
    first = await buyer.fetch("maker", CELL)
    (row,) = await buyer.store.find("document")
    kept = DocumentRecord.of(row)
    assert (kept.id, kept.document, kept.signed) == (content_hash(record), record, True)
    assert first.record.id == kept.id


LARGE_AND_WRONG = {
    "altered": ({"total": "12.4"}, False, "trust-jws-signature"),
    "unsigned": ({SIGNATURE: None}, False, "negotiation-unsigned"),
    "wrong in itself": ({"note": "x"}, True, "battery-record-"),
    "for another company": ({"company": "did:web:other.example"}, True, "it speaks for did:web:other.example"),
    "not signable": ({"note": 1.5}, False, "trust-not-signable"),
}


@pytest.mark.parametrize(("changes", "signed", "cause"), LARGE_AND_WRONG.values(), ids=LARGE_AND_WRONG)
async def test_a_large_record_that_is_wrong_is_refused(dataspace, maker, buyer, changes, signed, cause) -> None:
    record = await good(maker)
    record = await resigned(maker, record, **changes) if signed else {**record, **changes}
    members = {name: value for name, value in record.items() if value is not None}
    await refused(dataspace, maker, buyer, json.dumps(members).encode() + LARGE, cause)


async def test_a_large_record_that_is_no_strict_json_is_refused(dataspace, maker, buyer) -> None:
    body = json.dumps(await good(maker)).encode().replace(b'"total"', b'"total": "1", "total"')
    await refused(dataspace, maker, buyer, body + LARGE, "total")


@pytest.mark.parametrize(
    "body",
    [b'{"@type": "Invoice"}' + LARGE, b'{"@type": ["FootprintRecord"]}', b'{"@type": "Invoice"}', b"[1, 2]", b"null"],
)
async def test_other_content_is_the_callers_affair(maker, buyer, body) -> None:
    await maker.publish(CELL, body)
    fetched = await buyer.fetch("maker", CELL)
    assert (fetched.received.body, fetched.record) == (body, None)


# --- in answer to a request -----------------------------------------------------------------------


async def answered_with(dataspace, maker, buyer, body: bytes) -> str:
    """A supplier that tells us an answer is ready which is not what we asked for; our request's end."""
    from test_requests_use import posted

    asked = await buyer.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.settle()
    await maker.publish(CELL, body)
    ready = {"@type": "AnswerReady", "@id": "urn:uuid:9", "request": asked.request, "answers": {"footprint": CELL}}
    voice = dataspace.partner("voice")
    voice.did, voice.keys = maker.did, maker.keys
    assert (await posted(voice, buyer, dataspace, ready)).status == 200
    await dataspace.rest()
    record = await buyer.participant.requests.find(asked.request)
    assert await state_of(buyer, asked.request) == "rejected"
    assert (await contents(buyer))["outbox"] == []
    return record.reason


async def test_an_answer_whose_record_is_altered_counts_as_none(dataspace, maker, buyer) -> None:
    altered = {**await good(maker), "total": "1"}
    reason = await answered_with(dataspace, maker, buyer, json.dumps(altered).encode())
    assert reason.startswith("record-refused")
    assert await received(buyer, maker) == []


async def test_an_answer_about_another_part_counts_as_none(dataspace, maker, buyer) -> None:
    other = await resigned(maker, await good(maker), part="PACK")
    reason = await answered_with(dataspace, maker, buyer, json.dumps(other).encode())
    assert reason.startswith("record-refused")


async def test_an_answer_of_another_kind_counts_as_none(dataspace, maker, buyer) -> None:
    from chains import DILIGENCE

    reason = await answered_with(dataspace, maker, buyer, json.dumps(await good(maker, DILIGENCE)).encode())
    assert reason.startswith("record-refused")


async def test_an_answer_that_is_no_record_counts_as_none(dataspace, maker, buyer) -> None:
    reason = await answered_with(dataspace, maker, buyer, b'{"@type": "Invoice"}')
    assert reason.startswith("record-refused")
