"""A token opens the bytes of its agreement while its transfer runs, by the methods its dataset takes."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from dataplane_provider import START, called, filed, providing, read

from renkei.dataplane.metering import bytes_of
from renkei.exchange.machine.endpoint import Reply
from renkei.exchange.process.usage import uses_of
from renkei.exchange.records.assets import Source, SourceKind
from renkei.kernel.problems import RenkeiError
from renkei.protocol.transfer import TransferState
from renkei.store.columns import LARGEST
from renkei.store.port import Changes, Increment

BOX = Source(kind=SourceKind.REQUEST_BOX)
SECOND = 1.0


async def ten_pieces():
    for digit in range(10):
        yield b"%d" % digit


TEN = {"ten": ten_pieces}


async def refused(awaitable) -> str:
    with pytest.raises(RenkeiError) as refusal:
        await awaitable
    return refusal.value.code


@pytest.mark.parametrize("form", ["{}", "Bearer {}", "bearer {}", "BEARER  {} "])
async def test_the_token_opens_the_bytes_bare_or_as_bearer(form):
    async with providing(callables=TEN) as provider:
        token = await provider.token_for(called("ten"))
        reply = await provider.ask(form.format(token))
        assert (reply.status, reply.content_type) == (200, "application/octet-stream")
        assert await read(reply) == b"0123456789"


async def test_what_is_known_of_a_document_is_told_before_it():
    async with providing() as provider:
        source = await provider.keep_document({"a": "1"})
        token = await provider.token_for(source)
        got, told = await provider.ask(token), await provider.ask(token, "HEAD")
        body = await read(got)
    digest = base64.b64encode(hashlib.sha256(b'{"a":"1"}').digest()).decode()
    expected = {"cache-control": "no-store", "content-length": "9", "repr-digest": f"sha-256=:{digest}:"}
    assert (body, dict(got.headers), got.content_type) == (b'{"a":"1"}', expected, "application/json")
    assert (told.status, told.stream, told.body) == (200, None, b"")
    assert dict(told.headers) == {**expected, "content-type": "application/json"}


@pytest.mark.parametrize(
    "spoilt",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "{}x",
        "{}, {}",
        "Bearer {}, Bearer {}",
        "Basic {}",
        "Bearer Bearer {}",
        "トークン",
        "\udce3\udc81",
        "x" * 16_000,
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
async def test_whatever_is_not_a_token_of_ours_is_refused(spoilt, method):
    async with providing(callables=TEN) as provider:
        token = await provider.token_for(called("ten"))
        value = None if spoilt is None else spoilt.replace("{}", token)
        assert await refused(provider.ask(value, method)) == "data-token-refused"


@pytest.mark.parametrize("state", [TransferState.SUSPENDED, TransferState.COMPLETED, TransferState.TERMINATED])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
async def test_the_token_dies_with_its_transfer(state, method):
    async with providing(callables=TEN) as provider:
        transfer = await provider.start(await provider.agree(called("ten")))
        await provider.move(transfer, state)
        assert await refused(provider.ask(provider.ids.secrets[-1], method)) == "data-token-refused"


async def test_the_token_dies_of_age():
    async with providing(callables=TEN, lifetime=60) as provider:
        token = await provider.token_for(called("ten"))
        provider.clock.step(59)
        assert await read(await provider.ask(token)) == b"0123456789"
        provider.clock.step(1)
        assert await refused(provider.ask(token)) == "data-token-refused"


async def test_a_token_opens_only_what_it_was_made_for():
    async def other():
        yield b"other"

    async with providing(callables={**TEN, "other": other}) as provider:
        ten = await provider.token_for(called("ten"), dataset="urn:cfp:ten")
        another = await provider.token_for(called("other"), dataset="urn:cfp:other")
        assert await read(await provider.ask(ten)) == b"0123456789"
        assert await read(await provider.ask(another)) == b"other"


async def test_what_the_policy_no_longer_permits_is_refused():
    async with providing(callables=TEN) as provider:
        token = await provider.token_for(called("ten"), until=START + timedelta(seconds=10))
        provider.clock.step(10)
        assert await refused(provider.ask(token)) == "policy-refused"


@pytest.mark.parametrize("state", [TransferState.SUSPENDED, TransferState.COMPLETED, TransferState.TERMINATED])
async def test_a_stream_stops_within_a_second_of_its_transfer(state):
    async with providing(callables=TEN) as provider:
        transfer = await provider.start(await provider.agree(called("ten")))
        stream = (await provider.ask(provider.ids.secrets[-1])).stream
        came = [await anext(stream), await anext(stream)]
        await provider.move(transfer, state)
        provider.clock.step(0.9)
        came.append(await anext(stream))
        provider.clock.step(0.1)
        assert await refused(anext(stream)) == "data-stream-ended"
        await stream.aclose()
        assert came == [b"0", b"1", b"2"]
        assert await provider.history(transfer) == [("pull cut", b'{"bytes":3}')]


async def test_a_stream_stops_when_its_start_was_given_up():
    async with providing(callables=TEN) as provider:
        transfer = await provider.start(await provider.agree(called("ten")))
        stream = (await provider.ask(provider.ids.secrets[-1])).stream
        await anext(stream)
        # As the courier leaves it when the partner never took the start: ended for us, with its token still named.
        given_up = replace(await provider.transfers.kept(transfer), state=TransferState.TERMINATED)
        await provider.store.commit(Changes(records=(given_up.row(),)))
        provider.clock.step(1)
        assert await refused(anext(stream)) == "data-stream-ended"
        await stream.aclose()


async def test_a_stream_stops_when_its_policy_ends():
    async with providing(callables=TEN) as provider:
        token = await provider.token_for(called("ten"), until=START + timedelta(seconds=10))
        stream = (await provider.ask(token)).stream
        await anext(stream)
        provider.clock.step(9)
        await anext(stream)
        provider.clock.step(1)
        assert await refused(anext(stream)) == "policy-refused"
        await stream.aclose()


async def test_a_stream_outlives_its_tokens_age_but_not_a_newer_token():
    async with providing(callables=TEN, lifetime=60) as provider:
        transfer = await provider.start(await provider.agree(called("ten")))
        stream = (await provider.ask(provider.ids.secrets[-1])).stream
        await anext(stream)
        provider.clock.step(3600)
        assert await anext(stream) == b"1"
        await provider.move(transfer, TransferState.SUSPENDED)
        await provider.move(transfer, TransferState.STARTED)
        provider.clock.step(1)
        assert await refused(anext(stream)) == "data-stream-ended"
        await stream.aclose()
        assert await read(await provider.ask(provider.ids.secrets[-1])) == b"0123456789"


async def test_a_clock_set_back_does_not_blind_the_watch():
    async with providing(callables=TEN) as provider:
        transfer = await provider.start(await provider.agree(called("ten")))
        stream = (await provider.ask(provider.ids.secrets[-1])).stream
        await anext(stream)
        await provider.move(transfer, TransferState.SUSPENDED)
        provider.clock.step(-3600)
        assert await refused(anext(stream)) == "data-stream-ended"
        await stream.aclose()


@pytest.mark.parametrize(
    ("source", "method", "allowed"),
    [
        (called("ten"), "POST", "GET, HEAD"),
        (BOX, "GET", "POST"),
        (BOX, "HEAD", "POST"),
    ],
)
async def test_a_method_that_the_dataset_does_not_take_is_refused(source, method, allowed):
    async with providing(callables=TEN) as provider:
        token = await provider.token_for(source)
        with pytest.raises(RenkeiError) as refusal:
            await provider.ask(token, method)
        error = refusal.value
        assert (error.code, error.problem.status, error.values["allowed"]) == ("data-wrong-method", 405, allowed)
        assert await provider.store.events(kind="asset") == []


async def test_what_is_posted_to_a_request_box_reaches_its_handler_with_the_grant():
    came = []

    async def box(grant, body):
        came.append((grant.agreement.partner, grant.asset.id, body))
        return Reply(status=202, body=b"{}")

    async with providing(box=box) as provider:
        token = await provider.token_for(BOX, dataset="urn:box")
        reply = await provider.ask(token, "POST", b'{"@type": "Request"}')
    assert reply.status == 202
    assert came == [("did:web:cars.example", "urn:box", b'{"@type": "Request"}')]


@pytest.mark.parametrize("source", [filed("../secret.key"), called("unregistered"), filed("absent.csv")])
async def test_a_partner_never_reads_where_a_source_lies(tmp_path, source, caplog):
    async with providing(root=tmp_path) as provider:
        agreement = await provider.agree(source)
        await provider.start(agreement)
        for method in ("GET", "HEAD"):
            with pytest.raises(RenkeiError) as refusal:
                await provider.ask(provider.ids.secrets[-1], method)
            error = refusal.value
            assert (error.code, error.problem.status) == ("data-unavailable", 503)
            for language in ("en", "ja"):
                said = str(error.as_json(language))
                assert source.place not in said
                assert str(tmp_path) not in said
        assert await provider.store.counter(uses_of(agreement)) == 0
    assert all(source.place in record.cause for record in caplog.records)
    assert len(caplog.records) == 2


async def test_a_box_that_nobody_serves_is_unavailable():
    async with providing() as provider:
        token = await provider.token_for(BOX)
        assert await refused(provider.ask(token, "POST", b"{}")) == "data-unavailable"


async def test_pulls_and_bytes_are_counted_under_their_agreement():
    async with providing(callables=TEN) as provider:
        agreement = await provider.agree(called("ten"))
        transfer = await provider.start(agreement)
        token = provider.ids.secrets[-1]
        await provider.ask(token, "HEAD")
        assert await provider.store.counter(uses_of(agreement)) == 0
        for pulls in (1, 2, 3):
            await read(await provider.ask(token))
            assert await provider.store.counter(uses_of(agreement)) == pulls
            assert await provider.store.counter(bytes_of(agreement)) == pulls * 10
        assert await provider.history(transfer) == [("pulled", b'{"bytes":10}')] * 3


async def test_a_long_stream_is_counted_while_it_runs_and_once_only():
    async with providing(callables=TEN) as provider:
        agreement = await provider.agree(called("ten"))
        transfer = await provider.start(agreement)
        stream = (await provider.ask(provider.ids.secrets[-1])).stream
        counted = []
        for _ in range(6):
            await anext(stream)
            counted.append(await provider.store.counter(bytes_of(agreement)))
            provider.clock.step(SECOND / 2)
        assert counted == [0, 0, 2, 2, 4, 4]
        await stream.aclose()
        await stream.aclose()
        assert await provider.store.counter(bytes_of(agreement)) == 6
        assert await provider.history(transfer) == [("pull cut", b'{"bytes":6}')]


async def test_an_answer_that_was_never_read_is_a_pull_of_no_bytes():
    async with providing(callables=TEN) as provider:
        agreement = await provider.agree(called("ten"))
        transfer = await provider.start(agreement)
        reply = await provider.ask(provider.ids.secrets[-1])
        await reply.stream.aclose()
        assert await provider.store.counter(uses_of(agreement)) == 1
        assert await provider.store.counter(bytes_of(agreement)) == 0
        assert await provider.history(transfer) == [("pull cut", b'{"bytes":0}')]


async def test_what_cannot_be_counted_is_not_served():
    closed = []

    class Watched:
        def __aiter__(self):
            return self

        async def __anext__(self):
            raise AssertionError("a byte was read")

        async def aclose(self):
            closed.append(True)

    async with providing(callables={"watched": Watched}) as provider:
        agreement = await provider.agree(called("watched"))
        await provider.start(agreement)
        full = Increment(name=uses_of(agreement), by=LARGEST)
        await provider.store.commit(Changes(increments=(full,)))
        assert await refused(provider.ask(provider.ids.secrets[-1])) == "store-unfit"
    assert closed == [True]


async def test_what_cannot_be_counted_does_not_end_as_whole(caplog):
    async with providing(callables=TEN) as provider:
        token = await provider.token_for(called("ten"))
        stream = (await provider.ask(token)).stream
        await provider.store.close()
        for _ in range(10):
            await anext(stream)
        assert await refused(anext(stream)) == "store-closed"
        await stream.aclose()
    assert [record.code for record in caplog.records] == ["store-closed"]
