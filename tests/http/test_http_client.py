"""The guarded line over real loopback sockets, against partners as they are and as they should not be."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import os
import ssl
from functools import partial

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from http_partner import END, HANG, RESET, answer, partner

from renkei.http.addresses import AddressRules
from renkei.http.client import GuardedLine, LineLimits
from renkei.kernel.problems import ConfigurationError, PeerError, RenkeiError

pytestmark = pytest.mark.e2e

LOOPBACK = AddressRules(insecure_loopback=True)
SMALL = LineLimits(answer=1000)
QUICK = LineLimits(total=0.3, idle=0.2)


def line(limits=None, rules=LOOPBACK, **options):
    return GuardedLine(rules, limits=limits, **options)


# --- partners as they are ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "status", "body"),
    [
        (answer(b'{"a":1}', "201 Created", "Content-Type: application/json"), 201, b'{"a":1}'),
        (answer(b"{}"), 200, b"{}"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200, b""),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", 200, b"abc"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (b"HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx", 200, b"x"),
        (answer(b"no", "404 Not Found"), 404, b"no"),
        (answer(b"", "500 Oh"), 500, b""),
        (answer(b"x", "200 OK", "Content-Type: ;;;nonsense"), 200, b"x"),
        (answer(b"x", "200 OK", "Content-Encoding: identity"), 200, b"x"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + answer(b"x"), 200, b"x"),
    ],
)
async def test_an_answer_is_taken_as_it_is(raw, status, body):
    async with partner(raw) as peer, line() as out:
        answered = await out.send("POST", peer.url + "/x", body=b"{}")
    assert (answered.status, answered.body) == (status, body)
    assert answered.ok == (200 <= status < 300)


async def test_an_answer_that_ends_with_the_connection_is_whole():
    async with partner(b"HTTP/1.0 200 OK\r\n\r\nabc", after=END) as peer, line() as out:
        assert (await out.send("GET", peer.url)).body == b"abc"


async def test_a_request_leaves_as_it_was_given():
    async with partner(answer()) as peer, line() as out:
        url = peer.url + "/catalog/datasets/https%3A%2F%2Fx%23y/%252F/../z?a=%20b&c"
        await out.send("POST", url, headers={"Authorization": "Bearer t"}, body=b'{"a":1}')
        await out.send("GET", peer.url)
        await out.send("POST", peer.url, headers={"Content-Type": "text/plain"}, body=b"x")
    first, second, third = (head.decode().lower() for head in peer.heads)
    assert peer.heads[0].startswith(b"POST /catalog/datasets/https%3A%2F%2Fx%23y/%252F/../z?a=%20b&c HTTP/1.1\r\n")
    assert "authorization: bearer t\r\n" in first
    assert "content-type: application/json\r\n" in first
    assert "accept-encoding: identity\r\n" in first
    assert "content-type" not in second
    assert "content-type: text/plain\r\n" in third
    assert peer.bodies == [b'{"a":1}', b"", b"x"]


async def test_header_names_are_lower_case_and_repeated_ones_are_joined():
    async with partner(answer(b"", "200 OK", "LINK: a", "Link: b")) as peer, line() as out:
        assert (await out.send("GET", peer.url)).headers["link"] == "a, b"


async def test_one_connection_is_used_again_and_again():
    async with partner(answer(b"x")) as peer, line() as out:
        for _ in range(10):
            await out.send("POST", peer.url, body=b"x")
            assert await drained(out, "GET", peer.url) == [b"x"]
    assert peer.connections == 1


async def test_fifty_requests_run_side_by_side():
    async with partner(answer(b"x")) as peer, line() as out:
        answers = await asyncio.gather(*(out.send("POST", f"{peer.url}/{n}", body=b"x") for n in range(50)))
    assert all(each.body == b"x" for each in answers)
    assert {head.split(b" ")[1] for head in peer.heads} == {b"/%d" % n for n in range(50)}


async def test_cookies_are_not_kept():
    async with partner(answer(b"", "200 OK", "Set-Cookie: a=b; Path=/")) as peer, line() as out:
        await out.send("GET", peer.url)
        await out.send("GET", peer.url)
    assert not any(b"cookie" in head.lower() for head in peer.heads)


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch):
    async with partner(answer(b"direct")) as peer, partner(answer(b"proxy")) as proxy, line() as out:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setitem(os.environ, name, proxy.url)
        assert (await out.send("GET", peer.url)).body == b"direct"
    assert proxy.connections == 0


async def drained(out, method, url, **options):
    async with out.stream(method, url, **options) as streamed:
        return [piece async for piece in streamed.pieces()]


def chunked(*pieces):
    """An answer whose end is still to come."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


# --- partners as they should not be --------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("way", ["send", "stream"])
async def test_a_redirect_is_an_answer_and_not_followed(status, way):
    async with partner(answer(b"inside")) as trap:
        moved = answer(b"", f"{status} Moved", f"Location: {trap.url}/")
        async with partner(moved) as peer, line() as out:
            if way == "send":
                assert (await out.send("GET", peer.url)).status == status
            else:
                async with out.stream("GET", peer.url) as streamed:
                    assert streamed.status == status
    assert trap.connections == 0


@pytest.mark.parametrize(
    "raw",
    [
        answer(b"x" * 1001)[:-1],
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        chunked(b"x" * 256, b"x" * 4095),
    ],
)
async def test_an_answer_that_is_too_large_is_refused_and_its_connection_closed(raw):
    async with partner(raw, after=HANG) as peer, line(SMALL) as out:
        with pytest.raises(PeerError) as caught:
            await out.send("GET", peer.url + "/x?token=hush")
        assert caught.value.code == "line-answer-too-large"
        assert "hush" not in str(caught.value)
        await asyncio.wait_for(peer.gone.wait(), 10)


async def test_an_answer_of_just_the_limit_is_taken():
    async with partner(answer(b"x" * 1000)) as peer, line(SMALL) as out:
        assert len((await out.send("GET", peer.url)).body) == 1000


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\nA:",
        b"",
    ],
    ids=["body", "chunk", "head", "nothing"],
)
@pytest.mark.parametrize("after", [RESET, END])
async def test_an_answer_that_breaks_off_is_unreachable_and_never_shorter(raw, after):
    async with partner(raw, after=after) as peer, line() as out:
        with pytest.raises(PeerError) as caught:
            await out.send("POST", peer.url, body=b"x")
        assert caught.value.code == "line-unreachable"
        with pytest.raises(PeerError) as caught:
            await drained(out, "POST", peer.url, body=b"x")
        assert caught.value.code == "line-unreachable"


@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0-OpenSSH_9.9\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nA: " + b"a" * 100_000 + b"\r\n\r\n",
        answer(b"\x1f\x8b\x08\x00", "200 OK", "Content-Encoding: gzip"),
        answer(b"x", "200 OK", "Content-Encoding: br"),
    ],
    ids=["not http", "length", "chunk", "long header", "gzip", "brotli"],
)
async def test_an_answer_that_is_no_plain_http_is_unreachable(raw):
    async with partner(raw, after=END) as peer, line() as out:
        with pytest.raises(PeerError) as caught:
            await out.send("GET", peer.url)
    assert caught.value.code == "line-unreachable"


@pytest.mark.parametrize("raw", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"])
@pytest.mark.parametrize("way", ["send", "stream"])
async def test_silence_is_a_timeout(raw, way):
    async with partner(raw, after=HANG) as peer, line(QUICK) as out:
        ask = out.send if way == "send" else partial(drained, out)
        with pytest.raises(PeerError) as caught:
            await ask("GET", peer.url)
    assert caught.value.code == "line-timeout"
    assert caught.value.problem.status == 504


async def test_a_port_where_nobody_listens_is_unreachable():
    async with partner(answer()) as peer:
        url = peer.url
    async with line() as out:
        with pytest.raises(PeerError) as caught:
            await out.send("GET", url)
    assert caught.value.code == "line-unreachable"


async def test_a_line_recovers_after_every_kind_of_failure():
    async with line(LineLimits(total=1, answer=1000)) as out:
        for raw, after in ((b"", RESET), (b"", HANG), (answer(b"x" * 2000), HANG)):
            async with partner(raw, after=after) as peer:
                with pytest.raises(PeerError):
                    await out.send("GET", peer.url)
        async with partner(answer(b"x")) as peer:
            assert (await out.send("GET", peer.url)).body == b"x"


# --- streams -------------------------------------------------------------------------------------


async def test_a_stream_has_no_size_limit_and_its_pieces_have_one():
    size = 8 * 1024 * 1024
    async with (
        partner(answer(b"x" * size)) as peer,
        line(LineLimits(answer=10)) as out,
        out.stream("GET", peer.url) as streamed,
    ):
        assert streamed.headers["content-length"] == str(size)
        sizes = [len(piece) async for piece in streamed.pieces()]
    assert sum(sizes) == size
    assert max(sizes) <= 64 * 1024


async def test_a_stream_left_early_gives_up_its_connection():
    async with partner(answer(b"x" * 64 * 1024 * 1024)) as peer, line() as out:
        async with out.stream("GET", peer.url) as streamed:
            async for _ in streamed.pieces():
                break
        await asyncio.wait_for(peer.gone.wait(), 10)


async def test_what_fails_inside_a_stream_block_is_not_taken_for_the_line():
    async with partner(answer(b"x")) as peer, line() as out:
        with pytest.raises(ValueError, match="mine"):
            async with out.stream("GET", peer.url):
                raise ValueError("mine")


# --- what never leaves ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers", [{"authorization": "a\r\nX: y"}, {"a": "b\0"}, {"a\r\nb": "c"}, {"a": "é"}, {"": "x"}, {"a:": "b"}]
)
async def test_a_header_that_would_split_the_request_is_never_sent(headers):
    async with partner(answer()) as peer, line() as out:
        with pytest.raises(PeerError) as caught:
            await out.send("GET", peer.url, headers=headers)
    assert caught.value.code == "line-forbidden-header"
    assert peer.connections == 0


async def test_loopback_is_not_called_without_the_switch():
    async with partner(answer()) as peer, line(rules=AddressRules()) as out:
        for url in (peer.url, f"https://127.0.0.1:{peer.port}/", f"https://localhost:{peer.port}/"):
            with pytest.raises(ConfigurationError) as caught:
                out.check(url)
            assert caught.value.code == "line-forbidden-address"
            with pytest.raises(ConfigurationError):
                await out.send("POST", url)
            with pytest.raises(ConfigurationError):
                await drained(out, "POST", url)
    assert peer.connections == 0


class Names:
    """A name service that gives one answer after the other."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    async def __call__(self, name):
        self.asked.append(name)
        found = self.answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """Server and client contexts for a certificate of partner.example that only these tests trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "partner.example")])
    start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    names = [x509.DNSName("partner.example"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    folder = tmp_path_factory.mktemp("tls")
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "both.pem").write_bytes(private + pem)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(folder / "both.pem")
    return server, ssl.create_default_context(cadata=pem.decode())


OPEN = AddressRules.of(["127.0.0.1"])


async def test_the_address_that_was_checked_is_the_one_connected_to(tls):
    names = Names(["127.0.0.1"], ["169.254.169.254"])
    async with partner(answer(b"x"), ssl=tls[0]) as peer:
        url = f"https://partner.example:{peer.port}/"
        async with line(rules=OPEN, ssl_context=tls[1], lookup=names) as out:
            for _ in range(5):
                assert (await out.send("GET", url)).body == b"x"
    assert names.asked == ["partner.example"]


async def test_a_name_that_moves_inside_is_refused_when_it_is_asked_again(tls):
    names = Names(["127.0.0.1"], ["169.254.169.254", "10.0.0.1", "::1", "::ffff:127.0.0.1"])
    async with partner(answer(b"x", "200 OK", "Connection: close"), after=END, ssl=tls[0]) as peer:
        url = f"https://partner.example:{peer.port}/"
        async with line(LineLimits(names=0), rules=OPEN, ssl_context=tls[1], lookup=names) as out:
            assert (await out.send("GET", url)).body == b"x"
            with pytest.raises(ConfigurationError) as caught:
                await out.send("GET", url)
    assert caught.value.code == "line-forbidden-address"
    assert peer.connections == 1


async def test_a_name_that_leads_to_this_machine_is_refused_even_with_the_loopback_switch(tls):
    out = line(rules=LOOPBACK, ssl_context=tls[1], lookup=Names(["127.0.0.1"]))
    async with partner(answer(b"x"), ssl=tls[0]) as peer, out:
        with pytest.raises(ConfigurationError) as caught:
            await out.send("GET", f"https://partner.example:{peer.port}/")
    assert caught.value.code == "line-forbidden-address"
    assert peer.connections == 0


async def test_many_requests_to_a_forbidden_name_ask_for_it_once_and_all_fail_typed():
    async with line(rules=AddressRules(), lookup=Names(["10.0.0.1"])) as out:
        outcomes = await asyncio.gather(
            *(out.send("GET", "https://partner.example/") for _ in range(10)), return_exceptions=True
        )
    assert {outcome.code for outcome in outcomes if isinstance(outcome, RenkeiError)} == {"line-forbidden-address"}
    assert len(outcomes) == 10


async def test_a_name_nobody_knows_is_unreachable():
    async with line(rules=AddressRules(), lookup=Names(OSError("no such name"))) as out:
        with pytest.raises(PeerError) as caught:
            await out.send("GET", "https://partner.example/")
    assert caught.value.code == "line-unreachable"


@pytest.mark.parametrize("trusted", [True, False], ids=["wrong name", "unknown authority"])
async def test_a_certificate_that_does_not_fit_is_unreachable(tls, trusted):
    host = "other.example" if trusted else "partner.example"
    context = tls[1] if trusted else None
    out = line(rules=OPEN, ssl_context=context, lookup=Names(["127.0.0.1"]))
    async with partner(answer(b"x"), ssl=tls[0]) as peer, out:
        with pytest.raises(PeerError) as caught:
            await out.send("GET", f"https://{host}:{peer.port}/")
    assert caught.value.code == "line-unreachable"
    assert peer.heads == []


async def test_a_line_may_be_closed_twice():
    out = line()
    async with partner(answer()) as peer:
        await out.send("GET", peer.url)
        await out.close()
        await out.close()


async def test_one_slow_host_takes_only_its_part_of_the_connections():
    async with (
        partner(answer(b"x"), after=HANG) as quick,
        partner(b"", after=HANG) as slow,
        line(LineLimits(connections=3, per_host=2, total=10)) as out,
    ):
        waiting = [asyncio.create_task(out.send("GET", slow.url + "/x")) for _ in range(10)]
        try:
            assert (await out.send("GET", quick.url + "/x")).body == b"x"
            assert slow.connections <= 2
            assert not any(task.done() for task in waiting)
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
