"""The listener over real loopback sockets."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import ssl
import struct
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from renkei.exchange.machine.endpoint import Reply, Route
from renkei.http.connections import Room
from renkei.http.server import Listener, ServerLimits
from renkei.kernel.problems import ConfigurationError, Fault, Problem

pytestmark = pytest.mark.e2e

REFUSAL = Problem(
    code="test-refused",
    fault=Fault.POLICY,
    status=403,
    en="No to {who}.",
    ja="{who}は不可。",
    hint_en="Ask.",
    hint_ja="聞く。",
)
INSIDE = Problem(code="test-inside", fault=Fault.LOCAL, en="Inside.", ja="内部。", hint_en="-", hint_ja="-")
UNKNOWN = Problem(code="test-unknown", fault=Fault.POLICY, status=401, en="Who?", ja="誰?", hint_en="-", hint_ja="-")
QUICK = ServerLimits(body=0.1, unread=0.2, drain=0.2, lingering=0.1)


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


def parse(raw):
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    if headers.get("transfer-encoding") == "chunked":
        whole = b""
        while body:
            size, _, body = body.partition(b"\r\n")
            length = int(size, 16)
            whole, body = whole + body[:length], body[length + 2 :]
            if not length:
                break
        else:
            raise EOFError("the chunked body has no end")
        body = whole
    elif "content-length" in headers and len(body) != int(headers["content-length"]):
        raise EOFError("the body is shorter than it says")
    return Answer(int(first.split()[1]), headers, body)


@asynccontextmanager
async def connected(listener):
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


def request(method, path, *headers, body=b"", close=True):
    lines = [f"{method} {path} HTTP/1.1", "Host: x", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    if close:
        lines.append("Connection: close")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def exchange(listener, raw):
    async with connected(listener) as (reader, writer):
        writer.write(raw)
        return parse(await asyncio.wait_for(reader.read(), 10))


async def ask(listener, method, path, *headers, body=b""):
    return await exchange(listener, request(method, path, *headers, body=body))


async def echo(inbound):
    seen = {
        "path": inbound.path,
        "values": dict(inbound.path_values),
        "query": dict(inbound.query),
        "headers": dict(inbound.headers),
        "body": inbound.body.decode(),
        "base": inbound.base_url,
    }
    return Reply(body=json.dumps(seen).encode(), headers={"x-seen": "yes"})


def serving(handler, *, method="POST", path="/it", size_limit=1024, **options):
    routes = [
        Route(method=method, path=path, handler=handler, size_limit=size_limit),
        Route(method="GET", path="/echo/{id}", handler=echo),
        Route(method="POST", path="/echo/{id}", handler=echo, size_limit=1024 * 1024),
    ]
    return Listener(routes, **options)


async def crash(_):
    raise RuntimeError("a secret detail")


def crash_twice(error, inbound):
    raise RuntimeError("a secret detail")


async def refuse(_):
    raise REFUSAL(who="you\r\nx")


async def leak(_):
    raise INSIDE()


IDS = [
    "urn:uuid:9b1a",
    "https://x.example/a/b?c=d#e",
    "a%2Fb",
    "100%",
    "連携/データ",
    "a b+c&d=e",
    "..",
    "/",
    "-".join("%/#:?" for _ in range(10)),
]


@pytest.mark.parametrize("times", [1, 2, 10])
@pytest.mark.parametrize("name", IDS)
async def test_an_id_in_the_path_arrives_as_it_was_encoded_once(name, times):
    for _ in range(times - 1):
        name = quote(name, safe="")
    async with serving(echo) as listener:
        answer = await ask(listener, "GET", f"/echo/{quote(name, safe='')}/")
    assert answer.status == 200
    assert answer.json["values"] == {"id": name}


async def test_a_handler_sees_the_request_and_its_reply_arrives():
    async with serving(echo, base_url="https://me.example/dsp/") as listener:
        answer = await ask(
            listener, "POST", "/echo/1?a=b", "X-Thing: 1", "x-thing: 2", "AUTHORIZATION: Bearer t", body=b"hi"
        )
    assert answer.headers["x-seen"] == "yes"
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["server"] == "renkei"
    seen = answer.json
    assert (seen["path"], seen["query"], seen["body"], seen["base"]) == (
        "/echo/1",
        {"a": "b"},
        "hi",
        "https://me.example/dsp",
    )
    assert seen["headers"]["x-thing"] == "1, 2"
    assert seen["headers"]["authorization"] == "Bearer t"


async def test_the_whole_url_in_the_request_line_is_read_as_its_path():
    async with serving(echo) as listener:
        answer = await ask(listener, "GET", "http://elsewhere.example/echo/a%2Fb?q=1")
    assert answer.json["values"] == {"id": "a/b"}
    assert answer.json["query"] == {"q": "1"}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "http-not-found"),
        ("GET", "//echo/1", 404, "http-not-found"),
        ("OPTIONS", "*", 404, "http-not-found"),
        ("DELETE", "/echo/1", 405, "http-method-not-allowed"),
        ("GET", "/echo/%ff", 400, "http-malformed"),
        ("GET", "/echo/1?a=1&a=2", 400, "http-malformed"),
    ],
)
async def test_what_has_no_route_is_answered_with_a_problem(method, path, status, code):
    async with serving(echo) as listener:
        answer = await ask(listener, method, path)
    assert answer.status == status
    assert answer.json["code"] == code
    assert answer.json["fault"] == "peer"
    assert answer.json["message"]
    assert answer.json["hint"]
    if status == 405:
        assert answer.headers["allow"] == "get, post"


async def test_head_is_refused_without_a_body_and_the_connection_goes_on():
    async with serving(echo) as listener, connected(listener) as (reader, writer):
        writer.write(request("HEAD", "/echo/1", close=False) + request("GET", "/echo/2"))
        raw = await asyncio.wait_for(reader.read(), 10)
    first, _, second = raw.partition(b"\r\n\r\n")
    assert first.startswith(b"HTTP/1.1 405 ")
    assert parse(second).json["values"] == {"id": "2"}


async def test_requests_follow_each_other_on_one_connection():
    async with serving(echo) as listener, connected(listener) as (reader, writer):
        for number in range(20):
            writer.write(request("POST", f"/echo/{number}", body=b"x", close=False))
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            assert json.loads(await reader.readexactly(length))["values"] == {"id": str(number)}


async def test_fifty_parallel_requests_are_all_answered_at_once():
    waiting, all_here = 0, asyncio.Event()

    async def together(inbound):
        nonlocal waiting
        waiting += 1
        if waiting == 50:
            all_here.set()
        await all_here.wait()
        return Reply(body=inbound.body)

    async with serving(together) as listener:
        answers = await asyncio.gather(*(ask(listener, "POST", "/it", body=b"%d" % n) for n in range(50)))
    assert [answer.body for answer in answers] == [b"%d" % n for n in range(50)]


# --- bodies --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "status"), [(0, 200), (1, 200), (1023, 200), (1024, 200), (1025, 413), (5 * 1024 * 1024, 413)]
)
@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_is_read_up_to_the_limit_of_its_route(size, status, chunked):
    async def measure(inbound):
        return Reply(body=b"%d" % len(inbound.body))

    if chunked:
        raw = request("POST", "/it", "Transfer-Encoding: chunked")
        body = (b"%x\r\n" % size) + b"x" * size + b"\r\n" if size else b""
        raw += body + b"0\r\n\r\n"
    else:
        raw = request("POST", "/it", body=b"x" * size)
    async with serving(measure, limits=ServerLimits(lingering=10)) as listener:
        answer = await exchange(listener, raw)
        assert (await ask(listener, "GET", "/echo/1")).status == 200
    assert answer.status == status
    assert answer.body == b"%d" % size if status == 200 else answer.json["code"] == "http-too-large"


async def test_an_endless_body_is_cut_off():
    async with serving(echo, limits=QUICK) as listener, connected(listener) as (_, writer):
        writer.write(request("POST", "/it", "Transfer-Encoding: chunked"))
        piece = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        sent = 0
        try:
            while sent < 10 * 1024**3:
                writer.write(piece)
                await asyncio.wait_for(writer.drain(), 10)
                sent += 65536
        except ConnectionError:
            pass
        assert sent < 10 * 1024**3
        answer = await ask(listener, "GET", "/echo/1")
    assert answer.status == 200


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "gzip, identity", "nonsense"])
async def test_a_compressed_body_is_refused(encoding):
    async with serving(echo) as listener:
        answer = await ask(listener, "POST", "/it", f"Content-Encoding: {encoding}", body=b"x")
    assert (answer.status, answer.json["code"]) == (415, "http-encoded")


async def test_identity_is_no_compression():
    async with serving(echo) as listener:
        assert (await ask(listener, "POST", "/it", "Content-Encoding: identity", body=b"x")).json["body"] == "x"


async def test_a_body_that_does_not_come_is_given_up():
    async with serving(echo, limits=QUICK) as listener:
        answer = await exchange(listener, request("POST", "/it", "Content-Length: 10") + b"x")
    assert (answer.status, answer.json["code"]) == (408, "http-slow")


async def test_a_broken_chunk_is_malformed():
    async with serving(echo, limits=QUICK) as listener:
        answer = await exchange(listener, request("POST", "/it", "Transfer-Encoding: chunked") + b"zz\r\nx\r\n")
        assert (await ask(listener, "GET", "/echo/1")).status == 200
    assert answer.status == 400
    assert answer.json["code"] == "http-malformed"


async def test_a_chunk_that_breaks_while_the_body_is_read_is_given_up():
    async with serving(echo, limits=QUICK) as listener, connected(listener) as (reader, writer):
        writer.write(request("POST", "/it", "Transfer-Encoding: chunked", "Expect: 100-continue"))
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        writer.write(b"1\r\nx\r\nzz\r\n")
        answer = parse(await asyncio.wait_for(reader.read(), 10))
        assert (await ask(listener, "GET", "/echo/1")).status == 200
    # aiohttp's compiled parser tells the reader of a body nothing of broken framing: then the time for it runs out.
    assert (answer.status, answer.json["code"]) in {(400, "http-malformed"), (408, "http-slow")}


async def test_a_client_that_waits_for_leave_to_send_gets_it():
    async with serving(echo) as listener, connected(listener) as (reader, writer):
        writer.write(request("POST", "/it", "Content-Length: 2", "Expect: 100-continue"))
        assert await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10) == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"hi")
        assert parse(await asyncio.wait_for(reader.read(), 10)).json["body"] == "hi"


async def test_a_client_that_waits_for_leave_to_send_too_much_is_refused_at_once():
    async with serving(echo, limits=QUICK) as listener:
        answer = await exchange(listener, request("POST", "/it", "Content-Length: 99999", "Expect: 100-continue"))
    assert answer.status == 413


# --- what is not a request -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        b"hello\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
        b"POST /it HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
        b"POST /it HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 20000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"A%d: b\r\n" % n for n in range(200)) + b"\r\n",
    ],
)
async def test_what_is_not_a_request_is_answered_400_and_the_next_one_served(raw):
    async with serving(echo) as listener:
        answer = await exchange(listener, raw)
        assert (answer.status, answer.json["code"]) == (400, "http-malformed")
        assert "secret" not in answer.body.decode()
        assert (await ask(listener, "GET", "/echo/1")).status == 200


HALF_A_HEAD = b"GET /echo/1 HTTP/1.1\r\nHost: x\r\n"
HALF_A_BODY = request("POST", "/it", "Content-Length: 10", close=False) + b"x"


@pytest.mark.parametrize("part", [b"", HALF_A_HEAD], ids=["nothing", "half a head"])
@pytest.mark.parametrize("limits", [ServerLimits(head=0.2), ServerLimits(idle=0.2)], ids=["head", "idle"])
async def test_a_head_that_does_not_come_is_given_up(part, limits):
    async with serving(echo, limits=limits) as listener, connected(listener) as (reader, writer):
        writer.write(part)
        assert await asyncio.wait_for(reader.read(), 10) == b""


async def test_a_handshake_that_does_not_come_is_given_up(tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own_certificate(tmp_path / "own.pem"))
    limits = ServerLimits(head=0.2)
    async with serving(echo, limits=limits, ssl_context=context) as listener, connected(listener) as (reader, _):
        assert await asyncio.wait_for(reader.read(), 10) == b""


def own_certificate(path):
    """A key and a certificate that it has signed itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(datetime(2020, 1, 1, tzinfo=UTC)).not_valid_after(datetime(2100, 1, 1, tzinfo=UTC))
    pem = serialization.Encoding.PEM
    form = (pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(key.private_bytes(*form) + made.sign(key, hashes.SHA256()).public_bytes(pem))
    return path


async def test_a_second_head_is_given_up_as_the_first_would_be():
    async with serving(echo, limits=ServerLimits(head=0.2)) as listener, connected(listener) as (reader, writer):
        await answered(reader, writer)
        writer.write(HALF_A_HEAD)
        assert await asyncio.wait_for(reader.read(), 10) == b""


async def answered(reader, writer):
    """One request on a connection that stays."""
    writer.write(request("GET", "/echo/1", close=False))
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]))


@asynccontextmanager
async def holding(listener, part, number=1):
    """So many connections on which that much was sent and no more."""
    async with AsyncExitStack() as stack:
        held = []
        for _ in range(number):
            reader, writer = await stack.enter_async_context(connected(listener))
            writer.write(part)
            held.append((reader, writer))
        yield held


@pytest.mark.parametrize("part", [b"", HALF_A_HEAD, HALF_A_BODY], ids=["nothing", "half a head", "half a body"])
async def test_connections_that_wait_for_the_rest_of_a_request_keep_nobody_out(part):
    async with serving(echo, limits=ServerLimits(connections=20)) as listener, holding(listener, part, 60) as held:
        for _ in range(5):
            assert (await ask(listener, "GET", "/echo/1")).status == 200
        for reader, _ in held[:40]:
            with suppress(ConnectionError):
                assert await asyncio.wait_for(reader.read(), 10) == b""


async def test_who_has_waited_longest_makes_room():
    async with (
        serving(echo, limits=ServerLimits(connections=3)) as listener,
        connected(listener) as first,
        connected(listener) as second,
        connected(listener) as third,
    ):
        for one in (second, first, third):
            await answered(*one)
        assert (await ask(listener, "GET", "/echo/1")).status == 200
        assert await asyncio.wait_for(second[0].read(), 10) == b""
        for one in (first, third):
            await answered(*one)


async def test_who_asks_and_asks_and_reads_nothing_makes_room(monkeypatch):
    stalled, stall = asyncio.Semaphore(0), Room.stall

    def tell(*arguments):
        stall(*arguments)
        stalled.release()

    monkeypatch.setattr(Room, "stall", tell)

    async def much(_):
        return Reply(body=b"x" * 1024 * 1024)

    async with (
        serving(much, limits=ServerLimits(connections=2)) as listener,
        connected(listener) as (_, first),
        connected(listener) as (_, second),
    ):
        for writer in (first, second):
            writer.transport.pause_reading()
            writer.write(request("POST", "/it", "Content-Length: 0", close=False) * 100)
        for _ in range(2):
            await asyncio.wait_for(stalled.acquire(), 10)
        assert (await ask(listener, "GET", "/echo/1")).status == 200


async def test_a_connection_too_many_is_told_so_when_nobody_can_make_room():
    here, go = asyncio.Semaphore(0), asyncio.Event()

    async def busy(_):
        here.release()
        await go.wait()
        return Reply()

    async with serving(busy, limits=ServerLimits(connections=2)) as listener:
        working = [asyncio.create_task(ask(listener, "POST", "/it", body=b"x")) for _ in range(2)]
        for _ in working:
            await here.acquire()
        async with connected(listener) as (third, _):
            refused = parse(await asyncio.wait_for(third.read(), 10))
        go.set()
        assert [answer.status for answer in await asyncio.gather(*working)] == [200, 200]
        assert (await ask(listener, "GET", "/echo/1")).status == 200
    assert (refused.status, refused.json["code"], refused.headers["retry-after"]) == (503, "http-busy", "1")


# --- faults --------------------------------------------------------------------------------------


async def test_a_crash_is_500_without_details_and_the_next_request_is_served(caplog):
    async with serving(crash) as listener:
        for _ in range(3):
            answer = await ask(listener, "POST", "/it")
            assert (answer.status, answer.json["code"]) == (500, "http-crashed")
            assert b"secret" not in answer.body
        assert (await ask(listener, "GET", "/echo/1")).status == 200
    crashes = [record for record in caplog.records if record.exc_info]
    assert [record.code for record in crashes] == ["http-crashed"] * 3
    assert "a secret detail" in caplog.text


async def test_an_error_of_ours_leaves_with_its_own_status():
    async with serving(refuse) as listener:
        answer = await ask(listener, "POST", "/it")
        japanese = await ask(listener, "POST", "/it", "Accept-Language: ja-JP,en;q=0.5")
    assert answer.status == 403
    assert answer.json == {
        "code": "test-refused",
        "fault": "policy",
        "message": "No to you\\x0d\\x0ax.",
        "hint": "Ask.",
    }
    assert japanese.json["hint"] == "聞く。"


async def test_who_is_not_known_is_told_how_to_show_it():
    async def unknown(_):
        raise UNKNOWN()

    async with serving(unknown) as listener:
        answer = await ask(listener, "POST", "/it")
    assert (answer.status, answer.headers["www-authenticate"]) == (401, "bearer")


async def test_a_problem_reply_that_crashes_is_still_an_answer(caplog):
    async with serving(refuse, problem_reply=crash_twice) as listener:
        answer = await ask(listener, "POST", "/it")
        assert (answer.status, answer.json["code"]) == (500, "http-crashed")
        assert (await ask(listener, "GET", "/echo/1")).status == 200
    assert "listener crashed" in caplog.text


async def test_an_error_without_a_status_is_500():
    async with serving(leak) as listener:
        answer = await ask(listener, "POST", "/it")
    assert (answer.status, answer.json["code"]) == (500, "test-inside")


async def test_how_an_error_leaves_can_be_replaced():
    def own(error, inbound):
        return Reply(status=418, body=f"{error.code} {inbound.path}".encode(), content_type="text/plain")

    async with serving(refuse, problem_reply=own) as listener:
        answer = await ask(listener, "POST", "/it")
        missing = await ask(listener, "GET", "/none")
    assert (answer.status, answer.body) == (418, b"test-refused /it")
    assert missing.body == b"http-not-found /none"


@pytest.mark.parametrize("headers", [{"x": "a\r\nSet-Cookie: b"}, {"x\r\ny": "a"}, {"x": "\0"}])
async def test_a_reply_that_would_split_is_never_sent(headers):
    async def split(_):
        return Reply(headers=headers)

    async with serving(split) as listener:
        answer = await ask(listener, "POST", "/it")
    assert answer.status == 500
    assert "set-cookie" not in answer.headers


# --- what is on the wire -------------------------------------------------------------------------


async def test_on_wire_is_called_when_the_client_can_read_the_whole_answer():
    readable, called = [], asyncio.Event()
    with socket.socket() as client:

        def read():
            readable.append(client.recv(65536))
            called.set()

        async def reply(_):
            return Reply(body=b"x" * 1000, on_wire=read)

        async with serving(reply) as listener:
            await asyncio.get_running_loop().sock_connect(client, ("127.0.0.1", listener.port))
            # The socket is read inside ``on_wire`` itself, while the server's loop stands still.
            client.settimeout(5)
            client.sendall(request("POST", "/it"))
            await asyncio.wait_for(called.wait(), 10)
    answer = parse(readable[0])
    assert (answer.status, answer.body) == (200, b"x" * 1000)


@pytest.mark.parametrize("streamed", [False, True])
async def test_on_wire_waits_for_the_last_byte_to_leave(streamed):
    size = 32 * 1024 * 1024
    called = asyncio.Event()

    async def pieces():
        for _ in range(32):
            yield b"x" * (size // 32)

    async def reply(_):
        if streamed:
            return Reply(stream=pieces(), headers={"content-length": str(size)}, on_wire=called.set)
        return Reply(body=b"x" * size, on_wire=called.set)

    async with serving(reply) as listener, connected(listener) as (reader, writer):
        writer.write(request("POST", "/it"))
        await reader.readuntil(b"\r\n\r\n")
        left = size
        # The kernel's two buffers hold far less than half of it.
        while left > size // 2:
            assert not called.is_set()
            left -= len(await reader.read(65536))
        while left:
            left -= len(await reader.read(65536))
        await asyncio.wait_for(called.wait(), 10)


async def test_on_wire_is_called_when_the_client_has_gone():
    here, go, called = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def reply(_):
        here.set()
        await go.wait()
        return Reply(on_wire=called.set)

    async with serving(reply) as listener:
        async with connected(listener) as (_, writer):
            writer.write(request("POST", "/it"))
            await here.wait()
            reset(writer)
        go.set()
        await asyncio.wait_for(called.wait(), 10)
        assert (await ask(listener, "GET", "/echo/1")).status == 200


def reset(writer):
    """Close so that the other side sees a reset, not an end."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def test_an_on_wire_that_fails_does_not_spoil_the_connection(caplog):
    def fail():
        raise RuntimeError("no")

    async def reply(_):
        return Reply(body=b"x", on_wire=fail)

    async with serving(reply) as listener:
        assert (await ask(listener, "POST", "/it")).body == b"x"
    assert "on_wire failed" in caplog.text


async def test_a_client_that_leaves_an_answer_unread_is_left():
    called = asyncio.Event()

    async def reply(_):
        return Reply(body=b"x" * (64 * 1024 * 1024), on_wire=called.set)

    async with serving(reply, limits=QUICK) as listener, connected(listener) as (_, writer):
        writer.write(request("POST", "/it"))
        await asyncio.wait_for(called.wait(), 10)


async def test_a_client_that_vanishes_in_its_body_costs_nothing(caplog):
    caplog.set_level(logging.INFO)
    async with serving(echo) as listener:
        async with connected(listener) as (_, writer):
            writer.write(request("POST", "/it", "Content-Length: 10") + b"x")
            await writer.drain()
            reset(writer)
        assert (await ask(listener, "GET", "/echo/1")).status == 200
        await listener.stop()
    assert "http-vanished" in [getattr(record, "code", "") for record in caplog.records]


# --- streams -------------------------------------------------------------------------------------


async def test_a_stream_is_pulled_only_as_fast_as_it_is_read():
    made, ended = 0, asyncio.Event()

    async def pieces():
        nonlocal made
        try:
            while True:
                made += 1
                yield b"x" * 65536
        finally:
            ended.set()

    async def reply(_):
        return Reply(stream=pieces(), content_type="application/octet-stream")

    async with serving(reply) as listener:
        async with connected(listener) as (reader, writer):
            writer.write(request("POST", "/it"))
            for _ in range(1000):
                await reader.readexactly(65536)
            # What is made but not read lies in the kernel's buffers, whatever was read before.
            assert made < 1000 + 1000
            reset(writer)
        await asyncio.wait_for(ended.wait(), 10)


async def test_a_stream_arrives_whole():
    async def pieces():
        for number in range(100):
            yield b"%04d" % number

    async def reply(_):
        return Reply(stream=pieces(), content_type="text/plain", status=206)

    async with serving(reply) as listener:
        answer = await ask(listener, "POST", "/it")
    assert (answer.status, answer.headers["content-type"]) == (206, "text/plain")
    assert answer.body == b"".join(b"%04d" % number for number in range(100))


@pytest.mark.parametrize("headers", [{}, {"content-length": "100"}, {"content-length": "2"}])
async def test_a_stream_that_breaks_never_looks_complete(headers):
    called, closed = asyncio.Event(), asyncio.Event()

    async def pieces():
        try:
            yield b"xxxx"
            if not headers:
                raise RuntimeError("source broke")
        finally:
            closed.set()

    async def reply(_):
        return Reply(stream=pieces(), headers=headers, on_wire=called.set)

    async with serving(reply) as listener:
        with pytest.raises((EOFError, ConnectionError)):
            await ask(listener, "POST", "/it")
        await asyncio.wait_for(called.wait(), 10)
        assert closed.is_set()
        assert (await ask(listener, "GET", "/echo/1")).status == 200


@pytest.mark.parametrize(
    ("problem", "logged"),
    [
        (REFUSAL, ("INFO", "stream ended", "test-refused", False)),
        (INSIDE, ("ERROR", "stream broke", "test-inside", True)),
        (None, ("ERROR", "stream broke", "http-crashed", True)),
    ],
)
async def test_the_log_tells_a_stream_that_was_ended_from_one_that_broke(problem, logged, caplog):
    caplog.set_level(logging.INFO, "renkei")

    async def pieces():
        yield b"xxxx"
        raise problem(who="you") if problem else RuntimeError("source broke")

    async def reply(_):
        return Reply(stream=pieces())

    async with serving(reply) as listener:
        with pytest.raises((EOFError, ConnectionError)):
            await ask(listener, "POST", "/it")
    told = [
        (record.levelname, record.message, record.code, record.exc_info is not None)
        for record in caplog.records
        if record.message.startswith("stream")
    ]
    assert told == [logged]


# --- life ----------------------------------------------------------------------------------------


async def test_stop_lets_a_request_under_way_end():
    here, go = asyncio.Event(), asyncio.Event()

    async def reply(_):
        here.set()
        await go.wait()
        return Reply(body=b"done")

    listener = serving(reply)
    await listener.start()
    asking = asyncio.create_task(ask(listener, "POST", "/it"))
    await here.wait()
    stopping = asyncio.create_task(listener.stop())
    await asyncio.sleep(0)
    go.set()
    assert (await asking).body == b"done"
    await asyncio.wait_for(stopping, 10)
    with pytest.raises(ConnectionError):
        await asyncio.open_connection("127.0.0.1", listener.port)


async def test_stop_does_not_wait_for_ever_and_may_be_called_twice():
    here, ended = asyncio.Event(), asyncio.Event()

    async def reply(_):
        here.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    listener = serving(reply, limits=QUICK)
    await listener.start()
    async with connected(listener) as (_, writer):
        writer.write(request("POST", "/it"))
        await here.wait()
        await asyncio.wait_for(listener.stop(), 10)
        await listener.stop()
        await asyncio.wait_for(ended.wait(), 10)


async def test_a_port_that_is_taken_is_a_typed_error():
    async with serving(echo) as listener:
        with pytest.raises(ConfigurationError) as caught:
            await serving(echo, port=listener.port).start()
    assert caught.value.code == "http-cannot-listen"


async def test_the_base_url_is_the_address_unless_another_is_given():
    async with serving(echo) as listener:
        assert listener.base_url == f"http://127.0.0.1:{listener.port}"
        assert (await ask(listener, "GET", "/echo/1")).json["base"] == listener.base_url


# --- the log -------------------------------------------------------------------------------------


async def test_the_log_has_a_line_for_every_request_and_no_secrets(caplog):
    caplog.set_level(logging.INFO, "renkei")
    async with serving(refuse) as listener:
        await ask(listener, "GET", "/echo/a?token=hush-1", "Authorization: Bearer hush-2", "Cookie: hush-3")
        await ask(listener, "POST", "/it", body=b"hush-4")
        await ask(listener, "GET", "/echo/%1b%5b31m")
    lines = [(record.code, record.status, record.path) for record in caplog.records if hasattr(record, "status")]
    assert lines == [
        ("http-request", 200, "/echo/a"),
        ("test-refused", 403, "/it"),
        ("http-malformed", 400, "/echo/%1b%5b31m"),
    ]
    assert "hush" not in caplog.text
    assert all(character.isprintable() or character == "\n" for character in caplog.text)
