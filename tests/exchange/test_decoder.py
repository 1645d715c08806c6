"""Messages under more contexts than ours are read by a spare process, each within its time, and never on the loop."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal

import pytest
from conversations import CELL, CONTEXT, contract_request, message, refusal, said, shown_offer

from renkei.exchange import decoder_process
from renkei.exchange.decoder import Decoder
from renkei.kernel.problems import PeerError
from renkei.protocol.messages import MessageKind, TransferCompletion

BOTH = [*CONTEXT, "https://w3id.org/edc/dspace/v0.0.1"]


def completion(pid: str = "urn:uuid:c", **more) -> bytes:
    pids = {"providerPid": {"@id": "urn:uuid:p"}, "dspace:consumerPid": {"@id": pid}}
    return json.dumps({**message("TransferCompletionMessage", **pids), "@context": BOTH, **more}).encode()


@pytest.fixture
async def decoder():
    # A loaded machine is no defect here; where the limit matters a test has its own.
    opened = Decoder(seconds=60.0)
    yield opened
    await opened.close()


async def refused(decoder, raw, **options):
    with pytest.raises(PeerError) as caught:
        await decoder.decode(raw, **options)
    return caught.value


async def test_plain_and_unpinned_messages_start_no_process(decoder) -> None:
    plain = json.dumps(message("TransferCompletionMessage", providerPid="urn:uuid:p", consumerPid="urn:uuid:c"))
    assert await decoder.decode(plain.encode()) == TransferCompletion(
        provider_pid="urn:uuid:p", consumer_pid="urn:uuid:c"
    )
    unpinned = completion(**{"@context": [*CONTEXT, "https://x.example/context.jsonld"]})
    assert (await refused(decoder, unpinned)).code == "wire-unknown-context"
    assert decoder.process_id is None


async def test_one_process_reads_them_all_and_tells_what_was_lost(decoder) -> None:
    ignored: list[str] = []
    read = await decoder.decode(completion(note="x"), expect=MessageKind.TRANSFER_COMPLETION, ignored=ignored)
    assert read == TransferCompletion(provider_pid="urn:uuid:p", consumer_pid="urn:uuid:c")
    assert ignored == ["note"]
    first = decoder.process_id
    pids = [f"urn:uuid:{number}" for number in range(5)]
    found = await asyncio.gather(*(decoder.decode(completion(pid)) for pid in pids))
    assert [item.consumer_pid for item in found] == pids
    assert decoder.process_id == first is not None


async def test_what_the_process_refuses_arrives_as_the_same_error(decoder) -> None:
    offer = {"@id": "urn:o", "@type": "Offer", "target": CELL, "conflict": "perm", "permission": [{"action": "use"}]}
    request = message("ContractRequestMessage", consumerPid="urn:c", callbackAddress="https://a.example", offer=offer)
    error = await refused(decoder, json.dumps({**request, "@context": BOTH}).encode())
    assert (error.code, error.values["terms"]) == ("wire-lost-terms", "offer.conflict")
    assert (await refused(decoder, completion(), expect=MessageKind.TRANSFER)).code == "wire-wrong-type"


async def test_numbers_and_letters_cross_unchanged(decoder) -> None:
    raw = completion(**{"https://x.example/y": ["電池", 12345678901234567890123]}).replace(
        b"45678901234567890123", b"4.50"
    )
    read = await decoder.decode(raw)
    assert [str(item) for item in read.extensions["https://x.example/y"]] == ["電池", "1234.50"]


async def test_what_takes_too_long_is_ended_and_the_next_one_is_read() -> None:
    hasty = Decoder(seconds=0.0)
    error = await refused(hasty, completion())
    assert (error.code, error.problem.status) == ("wire-json-ld-too-slow", 413)
    assert hasty.process_id is None
    await hasty.close()


async def test_a_process_that_died_is_replaced(decoder) -> None:
    await decoder.decode(completion())
    os.kill(decoder.process_id, signal.SIGKILL)
    assert (await refused(decoder, completion())).code == "wire-json-ld-broken"
    assert (await decoder.decode(completion())).consumer_pid == "urn:uuid:c"


async def test_nobody_gets_the_answer_to_a_cancelled_question(decoder) -> None:
    await decoder.decode(completion())
    cancelled = asyncio.create_task(decoder.decode(completion("urn:uuid:cancelled")))
    await asyncio.sleep(0)
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    assert (await decoder.decode(completion("urn:uuid:next"))).consumer_pid == "urn:uuid:next"


async def test_closing_twice_or_unused_is_no_error(decoder) -> None:
    await decoder.close()
    await decoder.decode(completion())
    await decoder.close()
    await decoder.close()


def test_the_process_answers_each_question_in_order() -> None:
    def framed(body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + body

    questions = framed(b"2025-1\n" + completion("urn:uuid:one")) + framed(b"2025-1\nno json") + framed(b"0.8\n{}")
    answers = io.BytesIO()
    decoder_process.serve(io.BytesIO(questions), answers)
    answers.seek(0)
    told = []
    while head := answers.read(4):
        body = answers.read(int.from_bytes(head, "big"))
        told.append(json.loads(body) if body else None)
    ready, known, broken, unspoken = told
    assert ready is None
    assert known["document"]["consumerPid"] == "urn:uuid:one"
    assert known["document"]["@context"] == CONTEXT
    assert broken["problem"] == "json-broken"
    assert unspoken["problem"] == "wire-no-common-version"


# --- at the endpoints ----------------------------------------------------------------------------


async def test_a_partner_with_another_vocabulary_is_served(dataspace) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL)
    request = contract_request(partner, await shown_offer(partner, maker))
    prefixed = {"dspace:consumerPid" if name == "consumerPid" else name: value for name, value in request.items()}
    prefixed["dspace:consumerPid"] = {"@id": request["consumerPid"]}
    answered = await partner.send(maker, "/negotiations/request", {**prefixed, "@context": BOTH})
    assert (answered.status, said(answered)["consumerPid"]) == (201, partner.pid)


async def test_a_changed_offer_in_another_vocabulary_is_refused(dataspace) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL)
    offer = {**await shown_offer(partner, maker), "inheritFrom": "urn:x"}
    request = {**contract_request(partner, offer), "@context": BOTH}
    assert refusal(await partner.send(maker, "/negotiations/request", request)) == (400, "wire-lost-terms")
