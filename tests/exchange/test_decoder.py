"""Messages under more contexts than ours are read by a spare process, each within its time, and never on the loop."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
from dataclasses import replace

import pytest
from conversations import CELL, CONTEXT, contents, contract_request, message, refusal, said, shown_offer

from renkei.exchange.machine import decoder_process
from renkei.exchange.machine.bounds import MOST_TERMS, MOST_VALUES
from renkei.exchange.machine.decoder import LARGE_DOCUMENT, LARGE_MESSAGE, Decoder
from renkei.kernel.problems import PeerError, RenkeiError
from renkei.policy.model import SIGNATURE
from renkei.protocol.messages import MessageKind, TransferCompletion
from renkei.wire.dialects import DSP_2025_1

CONSTRAINT = {"leftOperand": "https://x.example/left", "operator": "eq", "rightOperand": "x"}
BOTH = [*CONTEXT, "https://w3id.org/edc/dspace/v0.0.1"]


def contract(**terms) -> bytes:
    offer = {"@id": "urn:o", "@type": "Offer", "target": CELL, "permission": [{"action": "use"}], **terms}
    opening = {"consumerPid": "urn:c", "callbackAddress": "https://a.example", "offer": offer}
    return json.dumps(message("ContractRequestMessage", **opening)).encode()


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
    def framed(head: dict, body: bytes) -> bytes:
        whole = json.dumps(head).encode() + b"\n" + body
        return len(whole).to_bytes(4, "big") + whole

    def asked(body: bytes, version: str = "2025-1", expect: list[str] | None = None) -> bytes:
        return framed({"task": "message", "version": version, "expect": expect}, body)

    def document(body: bytes) -> bytes:
        return framed({"task": "document", "types": ["A", "B"]}, body)

    questions = [
        asked(completion("urn:uuid:one")),
        asked(plain_completion()),
        asked(b"no json"),
        asked(plain_completion(), expect=["TransferProcess", "TransferError"]),
        asked(b"{}", version="0.8"),
        document(b'{"@type": "A", "z": 1, "a": [2]}'),
        document(b'{"@type": "C"}'),
        document(b'{"@type": ["A"]}'),
        document(b'{"@type": "B", "x": 1.5}'),
    ]
    answers = io.BytesIO()
    decoder_process.serve(io.BytesIO(b"".join(questions)), answers)
    answers.seek(0)
    told, rest = [], []
    while head := answers.read(4):
        line, _, more = answers.read(int.from_bytes(head, "big")).partition(b"\n")
        told.append(json.loads(line) if line else None)
        rest.append(more)
    ready, known, plain, *others = told
    assert ready is None
    assert known["document"]["consumerPid"] == "urn:uuid:one"
    assert known["document"]["@context"] == CONTEXT
    assert plain == {}
    assert [answer.get("problem", answer) for answer in others] == [
        "json-broken",
        "wire-wrong-type",
        "wire-no-common-version",
        {"signatures": {}},
        {},
        {},
        "trust-not-signable",
    ]
    assert [more for more in rest if more] == [b'{"@type":"A","a":[2],"z":1}']


# --- what is large -------------------------------------------------------------------------------


def never(*_, **__):
    raise AssertionError("this is not read on the loop")


def plain_completion(pid: str | None = "urn:uuid:c", **more) -> bytes:
    return json.dumps(message("TransferCompletionMessage", providerPid="urn:uuid:p", consumerPid=pid, **more)).encode()


LARGE = " " * LARGE_MESSAGE
UNREAD = replace(DSP_2025_1, parse=never)


async def test_a_large_message_is_read_beside_the_loop_and_means_the_same(decoder) -> None:
    numbers = {"https://x.example/y": ["電池", "x" * LARGE_MESSAGE, 2**70, 1.5, True, None, {"a": []}]}
    raw = plain_completion(**numbers, note=1)
    beside, here = [], []
    read = await decoder.decode(raw, sender="a", ignored=beside, dialect=UNREAD)
    assert decoder.process_id is not None
    assert read == await decoder.decode(raw, ignored=here)
    assert beside == here == ["note"]
    assert (await decoder.decode(completion(note=LARGE), sender="a", dialect=UNREAD)).consumer_pid == "urn:uuid:c"


async def test_a_message_of_just_the_size_is_read_at_once(decoder) -> None:
    raw = plain_completion()
    await decoder.decode(raw + b" " * (LARGE_MESSAGE - len(raw)), sender="a")
    assert decoder.process_id is None
    await decoder.decode(raw + b" " * (LARGE_MESSAGE - len(raw) + 1), sender="a")
    assert decoder.process_id is not None


BROKEN = {
    "no json": (b"x", {}),
    "a name twice": (plain_completion().replace(b"providerPid", b"consumerPid"), {}),
    "not a number": (plain_completion(**{"https://x.example/y": float("nan")}), {}),
    "half a letter": (plain_completion(**{"https://x.example/y": "\ud800"}), {}),
    "too deep": (plain_completion(x="@").replace(b'"@"', b"[" * 100 + b"]" * 100), {}),
    "too many": (plain_completion(**{"https://x.example/y": [0] * 60_000}), {}),
    "a list": (b"[]", {}),
    "another context": (plain_completion(**{"@context": ["https://x.example/context.jsonld"]}), {}),
    "a context inside": (plain_completion(**{"https://x.example/y": {"@context": {}}}), {}),
    "another type": (plain_completion(), {"expect": MessageKind.TRANSFER}),
    "another of several types": (plain_completion(), {"expect": (MessageKind.TRANSFER, MessageKind.TRANSFER_ERROR)}),
    "no pid": (plain_completion(None), {}),
    "an unknown term in the offer": (contract(conflict="perm"), {}),
    "an operator that is none": (
        contract(permission=[{"action": "use", "constraint": [CONSTRAINT | {"operator": "x"}]}]),
        {},
    ),
    "a policy too large": (contract(permission=[{"action": "use", "constraint": [CONSTRAINT] * 500}]), {}),
}


async def test_what_is_wrong_with_a_large_message_is_told_in_the_same_words(decoder) -> None:
    here, beside = {}, {}
    for name, (raw, options) in BROKEN.items():
        error = await refused(decoder, raw, **options)
        here[name] = error.code, error.message()
        error = await refused(decoder, raw + LARGE.encode(), sender="a", dialect=UNREAD, **options)
        beside[name] = error.code, error.message()
    assert beside == here


async def test_one_sender_cannot_keep_the_process_from_the_others(decoder) -> None:
    order: list[str] = []

    async def read(sender: str) -> None:
        await decoder.decode(completion(), sender=sender)
        order.append(sender)

    outcomes = await asyncio.gather(*(read("greedy") for _ in range(68)), read("modest"), return_exceptions=True)
    refusals = [error for error in outcomes if error is not None]
    assert [(error.code, error.problem.status) for error in refusals] == [("reading-backlog", 429)] * 3
    assert order == ["greedy", "modest", *["greedy"] * 64]


async def test_what_answers_us_is_never_refused_for_those_that_wait(decoder) -> None:
    pids = [f"urn:uuid:{number}" for number in range(10)]
    found = await asyncio.gather(*(decoder.decode(completion(pid)) for pid in pids))
    assert [item.consumer_pid for item in found] == pids


# --- documents -----------------------------------------------------------------------------------

TYPES = frozenset({"A"})
SIGNED = {"@type": "A", "z": [1, None, True, "電池"], "a": {"b": ""}, SIGNATURE: "e30..AAAA"}
CANONICAL = '{"@type":"A","a":{"b":""},"z":[1,null,true,"電池"]}'.encode()


@pytest.mark.parametrize("pad", [0, LARGE_DOCUMENT])
async def test_a_document_is_read_and_made_canonical(decoder, pad, monkeypatch) -> None:
    raw = json.dumps(SIGNED).encode() + b" " * pad
    if pad:
        monkeypatch.setattr("renkei.kernel.strict_json.loads", never)
    content = await decoder.document(raw, "a", TYPES)
    assert (content.document, content.canonical) == (SIGNED, CANONICAL)


@pytest.mark.parametrize("pad", [0, LARGE_DOCUMENT])
async def test_a_document_of_another_type_is_none_and_a_broken_one_is_refused(decoder, pad) -> None:
    async def read(document: str):
        return await decoder.document(document.encode() + b" " * pad, "a", TYPES)

    for other in ('{"@type": "C", "x": 1.5}', '{"@type": ["A"]}', '{"@type": null}', "{}", "[1]", "null", '"A"'):
        assert await read(other) is None
    codes = []
    for broken in (
        "{",
        '{"@type": "A", "@type": "A"}',
        "[NaN]",
        '{"@type": "A", "x": 1.5}',
        '{"@type": "A", "x": "\\ud800"}',
    ):
        with pytest.raises(RenkeiError) as caught:
            await read(broken)
        codes.append(caught.value.code)
    assert codes == ["json-broken"] * 3 + ["trust-not-signable"] * 2


async def test_a_document_that_takes_too_long_is_refused_and_its_reader_replaced() -> None:
    hasty = Decoder(document_seconds=0.0)
    with pytest.raises(PeerError, match="record-refused"):
        await hasty.document(json.dumps(SIGNED).encode() + b" " * LARGE_DOCUMENT, "a", TYPES)
    await hasty.close()


# --- at the endpoints ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("constraints", "refused_as"),
    [
        ([CONSTRAINT] * 2_000, "negotiation-too-many-terms"),
        ([CONSTRAINT] * MOST_TERMS, "negotiation-too-many-terms"),
        ([CONSTRAINT] * (MOST_TERMS - 1), None),
        ([{"and": [CONSTRAINT] * (MOST_TERMS - 2)}], None),
        ([{"and": [CONSTRAINT] * (MOST_TERMS - 1)}], "negotiation-too-many-terms"),
        ([{**CONSTRAINT, "rightOperand": ["x"] * MOST_VALUES}], None),
        ([{**CONSTRAINT, "rightOperand": ["x"] * (MOST_VALUES + 1)}], "negotiation-too-many-terms"),
    ],
)
async def test_a_policy_too_large_to_negotiate_is_refused(constraints, refused_as, decoder) -> None:
    raw = contract(permission=[{"action": "use", "constraint": constraints}])
    if refused_as is None:
        assert (await decoder.decode(raw)).offer.permission[0].constraint
    else:
        assert (await refused(decoder, raw)).code == refused_as


@pytest.mark.parametrize("member", ["odrl:refinement", "odrl:consequence", "odrl:remedy"])
async def test_terms_in_a_member_of_their_own_are_counted_as_well(member, decoder) -> None:
    inner = {"xone": [CONSTRAINT] * MOST_TERMS}
    terms = inner if member == "odrl:refinement" else {"action": "use", "constraint": [inner]}
    raw = contract(permission=[{"action": "use", member: [terms]}])
    assert (await refused(decoder, raw)).code == "negotiation-too-many-terms"


async def test_a_partner_is_told_that_its_policy_is_too_large(dataspace) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL)
    offer = await shown_offer(partner, maker)
    offer["permission"][0]["constraint"] = [CONSTRAINT] * (MOST_TERMS + 1)
    answered = await partner.send(maker, "/negotiations/request", contract_request(partner, offer))
    assert refusal(answered) == (413, "negotiation-too-many-terms")
    assert (await contents(maker))["negotiation"] == []


async def test_who_sends_too_much_at_once_is_told_when_to_come_again(dataspace) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    wrong = {"@context": BOTH, "@type": "CatalogRequestMessage"}
    answers = await asyncio.gather(*(partner.send(maker, "/catalog/request", wrong) for _ in range(67)))
    assert sorted(answered.status for answered in answers) == [200] * 65 + [429] * 2
    late = next(answered for answered in answers if answered.status == 429)
    assert (said(late)["code"], late.headers["retry-after"]) == ("reading-backlog", "5")


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
