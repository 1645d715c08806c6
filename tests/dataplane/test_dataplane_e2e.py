"""Provider and consumer over real sockets: constant memory, streams that break, refusals as they arrive."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tracemalloc
from contextlib import asynccontextmanager

import pytest
from dataplane_provider import called, filed, providing

from renkei.dataplane.metering import bytes_of
from renkei.dataplane.receiving import Receiving
from renkei.exchange.machine.endpoint import Reply
from renkei.exchange.process.usage import uses_of
from renkei.exchange.records.assets import Source, SourceKind
from renkei.http.addresses import AddressRules
from renkei.http.client import GuardedLine
from renkei.http.server import Listener
from renkei.kernel.problems import RenkeiError
from renkei.protocol.transfer import TransferState

pytestmark = pytest.mark.e2e
PIECE = bytes(range(256)) * 256
COUNT = 1024
LARGE = COUNT * len(PIECE)  # 64 MiB


async def generated():
    for _ in range(COUNT):
        yield PIECE


@asynccontextmanager
async def connected(provider):
    async with (
        Listener(provider.serving.routes()) as listener,
        GuardedLine(AddressRules(insecure_loopback=True)) as line,
    ):
        yield f"{listener.base_url}/data", Receiving(line), line


def sum_of(pieces) -> str:
    whole = hashlib.sha256()
    for piece in pieces:
        whole.update(piece)
    return f"sha-256:{whole.hexdigest()}"


@pytest.mark.parametrize(("source", "size"), [(called("generated"), LARGE), (filed("large.bin"), LARGE // 2)])
async def test_large_content_costs_both_sides_together_no_more_than_4_mib(tmp_path, source, size):
    count = size // len(PIECE)
    root, into = tmp_path / "offered", tmp_path / "received.bin"
    root.mkdir()
    with (root / "large.bin").open("wb") as file:
        file.writelines([PIECE] * count)
    async with providing(root=root, callables={"generated": generated}) as provider:
        agreement = await provider.agree(source)
        await provider.start(agreement)
        async with connected(provider) as (endpoint, receiving, _):
            tracemalloc.start()
            try:
                received = await receiving.pull(endpoint, provider.ids.secrets[-1], into)
                peak = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
        assert await provider.store.counter(uses_of(agreement)) == 1
        assert await provider.store.counter(bytes_of(agreement)) == size
    assert (received.size, received.digest) == (size, sum_of([PIECE] * count))
    with into.open("rb") as file:
        assert sum_of(iter(lambda: file.read(1024 * 1024), b"")) == received.digest
    assert 0 < peak < 4 * 1024 * 1024


async def test_a_suspended_transfer_stops_mid_stream_and_leaves_no_file(tmp_path):
    under_way, go_on = asyncio.Event(), asyncio.Event()

    async def halting():
        yield PIECE
        under_way.set()
        await go_on.wait()
        while True:
            yield PIECE

    async with providing(callables={"halting": halting}) as provider:
        transfer = await provider.start(await provider.agree(called("halting")))
        async with connected(provider) as (endpoint, receiving, _):
            pull = asyncio.create_task(receiving.pull(endpoint, provider.ids.secrets[-1], tmp_path / "received.bin"))
            await under_way.wait()
            await provider.move(transfer, TransferState.SUSPENDED)
            provider.clock.step(1)
            go_on.set()
            with pytest.raises(RenkeiError) as refusal:
                await pull
        assert (refusal.value.code, refusal.value.values["size"]) == ("data-cut-short", len(PIECE))
        assert await provider.history(transfer) == [("pull cut", b'{"bytes":%d}' % len(PIECE))]
    assert list(tmp_path.iterdir()) == []


async def test_a_suspended_transfer_stops_a_file_whose_reader_is_slow(tmp_path):
    with (tmp_path / "large.bin").open("wb") as file:
        file.truncate(LARGE * 16)  # far more than the sockets between the two take in
    came = []

    async def drain(pieces):
        async for piece in pieces:
            came.append(len(piece))

    async with providing(root=tmp_path) as provider:
        transfer = await provider.start(await provider.agree(filed("large.bin")))
        headers = {"authorization": provider.ids.secrets[-1]}
        async with connected(provider) as (endpoint, _, line), line.stream("GET", endpoint, headers=headers) as answer:
            assert answer.headers["content-length"] == str(LARGE * 16)
            pieces = answer.pieces()
            came.append(len(await anext(pieces)))
            await provider.move(transfer, TransferState.SUSPENDED)
            provider.clock.step(1)
            with pytest.raises(RenkeiError, match="line-unreachable"):
                await drain(pieces)
    assert 0 < sum(came) < LARGE * 8


async def test_a_consumer_that_goes_away_ends_the_stream_and_closes_the_source(tmp_path):
    under_way, closed = asyncio.Event(), asyncio.Event()

    async def endless():
        try:
            for _ in range(COUNT):  # more than the sockets between the two take in
                yield PIECE
            under_way.set()
            while True:
                yield PIECE
        finally:
            closed.set()

    async with providing(callables={"endless": endless}) as provider:
        transfer = await provider.start(await provider.agree(called("endless")))
        async with connected(provider) as (endpoint, receiving, _):
            pull = asyncio.create_task(receiving.pull(endpoint, provider.ids.secrets[-1], tmp_path / "received.bin"))
            await under_way.wait()
            assert len(list(tmp_path.iterdir())) == 1
            pull.cancel()
            with pytest.raises(asyncio.CancelledError):
                await pull
            async with asyncio.timeout(10):
                await closed.wait()
        assert [what for what, _ in await provider.history(transfer)] == ["pull cut"]
    assert list(tmp_path.iterdir()) == []


async def test_a_record_is_read_into_memory_with_its_digest():
    async with providing() as provider:
        token = await provider.token_for(await provider.keep_document({"@type": "FootprintRecord", "kg": "18.9"}))
        async with connected(provider) as (endpoint, receiving, line):
            received = await receiving.pull(endpoint, f"Bearer {token}")
            head = await line.send("HEAD", endpoint, headers={"authorization": token})
    body = b'{"@type":"FootprintRecord","kg":"18.9"}'
    assert (received.body, received.media_type) == (body, "application/json")
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(body)))
    assert head.headers["content-type"] == "application/json"
    assert "repr-digest" in head.headers


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537])
async def test_files_of_every_size_arrive_whole(tmp_path, size):
    content = os.urandom(size)
    (tmp_path / "offered").write_bytes(content)
    async with providing(root=tmp_path) as provider:
        token = await provider.token_for(filed("offered"))
        async with connected(provider) as (endpoint, receiving, _):
            received = await receiving.pull(endpoint, token)
    assert received.body == content


async def test_refusals_arrive_with_status_code_and_reason():
    async with providing() as provider:
        document = await provider.token_for(await provider.keep_document({"a": "1"}))
        box = await provider.token_for(Source(kind=SourceKind.REQUEST_BOX), dataset="urn:box")
        async with connected(provider) as (endpoint, receiving, line):
            with pytest.raises(RenkeiError) as dead:
                await receiving.pull(endpoint, "no-token-of-ours")
            with pytest.raises(RenkeiError) as unread:
                await receiving.pull(endpoint, box)
            posted = await receiving.push(endpoint, document, b"{}")
            put = await line.send("PUT", endpoint, headers={"authorization": document}, body=b"{}")
    assert (dead.value.code, dead.value.values["status"]) == ("data-refused", 401)
    assert str(dead.value.values["cause"]).startswith("data-token-refused ")
    assert (unread.value.code, unread.value.values["status"]) == ("data-refused", 405)
    assert (posted.status, posted.headers["allow"]) == (405, "GET, HEAD")
    assert (put.status, put.headers["allow"]) == (405, "GET, HEAD, POST")


async def test_a_push_reaches_the_request_box():
    async def box(grant, body):
        return Reply(status=200, body=body.upper())

    async with providing(box=box) as provider:
        token = await provider.token_for(Source(kind=SourceKind.REQUEST_BOX))
        async with connected(provider) as (endpoint, receiving, _):
            answered = await receiving.push(endpoint, token, b'{"a":"b"}')
    assert (answered.status, answered.body) == (200, b'{"A":"B"}')


async def test_the_token_stands_in_no_log_line(caplog):
    caplog.set_level("DEBUG", logger="renkei")
    async with providing(callables={"generated": generated}) as provider:
        transfer = await provider.start(await provider.agree(called("generated")))
        token = provider.ids.secrets[-1]
        async with connected(provider) as (endpoint, receiving, _):
            with pytest.raises(RenkeiError, match="data-too-large"):
                await receiving.pull(endpoint, token)
            await provider.move(transfer, TransferState.TERMINATED)
            with pytest.raises(RenkeiError, match="data-refused"):
                await receiving.pull(endpoint, token)
    assert caplog.records
    assert [record for record in caplog.records if token in str(vars(record))] == []
