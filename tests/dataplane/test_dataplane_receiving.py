"""Bytes are kept whole, within their limit and as announced; of anything else nothing stays behind."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from renkei.dataplane.digests import read_repr_digest, write_repr_digest
from renkei.dataplane.receiving import Receiving
from renkei.exchange.ports import Answered
from renkei.kernel.problems import Fault, Problem, RenkeiError

LOST = Problem(code="line-lost", fault=Fault.PEER, en="Lost.", ja="切断。", hint_en="Again.", hint_ja="再度。")
ENDPOINT, TOKEN = "https://cells.example/data", "token"


@dataclass
class Gate:
    """A place in an answer where it waits: what came before has been written by then."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class ScriptedAnswer:
    """What a provider answers, piece by piece; an error among the pieces is raised in its place."""

    script: tuple = ()
    status: int = 200
    headers: dict = field(default_factory=dict)

    async def pieces(self):
        for item in self.script:
            if isinstance(item, Gate):
                item.reached.set()
                await item.opened.wait()
            elif isinstance(item, bytes):
                yield item
            else:
                raise item


@dataclass
class ScriptedLine:
    answer: ScriptedAnswer | RenkeiError
    asked: list = field(default_factory=list)

    @asynccontextmanager
    async def stream(self, method, url, *, headers=None, body=b""):
        self.asked.append((method, url, headers, body))
        if isinstance(self.answer, RenkeiError):
            raise self.answer
        yield self.answer

    async def send(self, method, url, *, headers=None, body=b""):
        self.asked.append((method, url, headers, body))
        return Answered(status=202, body=b"taken")

    def check(self, url):
        raise AssertionError(url)


def answering(*script, status=200, **headers):
    return ScriptedLine(
        ScriptedAnswer(script, status, {name.replace("_", "-"): text for name, text in headers.items()})
    )


def digest_header(raw: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(raw).digest()).decode()}:"


@pytest.fixture(params=["memory", "file"])
def into(request, tmp_path):
    return None if request.param == "memory" else tmp_path / "received.bin"


ABC = "sha-256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-4, "abc"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content_length": "3"},
        {"content_length": "unknown"},
        {"content_length": "-3"},
        {"content_length": "9" * 30},
        {"repr_digest": digest_header(b"abc")},
        {"repr_digest": "md5=:AAAA:, " + digest_header(b"abc") + ", unixsum=:AAAA:"},
        {"repr_digest": "sha-256=:not-a-digest:"},
        {"content_length": "3", "repr_digest": digest_header(b"abc")},
    ],
)
async def test_what_comes_as_announced_is_kept(into, headers, tmp_path):
    line = answering(b"a", b"bc", content_type="text/csv; charset=utf-8", **headers)
    received = await Receiving(line).pull(ENDPOINT, TOKEN, into)
    kept = received.body if into is None else into.read_bytes()
    assert (kept, received.size, received.digest, received.path) == (b"abc", 3, ABC, into)
    assert received.media_type == "text/csv; charset=utf-8"
    assert (received.body is None) == (into is not None)
    assert list(tmp_path.iterdir()) == ([into] if into else [])
    assert line.asked == [("GET", ENDPOINT, {"authorization": TOKEN, "accept": "*/*"}, b"")]


async def test_nothing_is_something_too(into):
    received = await Receiving(answering()).pull(ENDPOINT, TOKEN, into)
    assert (received.size, received.media_type) == (0, "application/octet-stream")
    assert into is None or into.read_bytes() == b""


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (answering(b"abc", status=401), "data-refused"),
        (answering(b"abc", status=503), "data-refused"),
        (answering(b"abc", status=302), "data-refused"),
        (answering(b"abc", status=206), "data-refused"),
        (answering(status=202), "data-refused"),
        (answering(b"x" * 11), "data-too-large"),
        (answering(b"x" * 6, b"x" * 5), "data-too-large"),
        (answering(content_length="11"), "data-too-large"),
        (answering(b"abc", content_length="4"), "data-cut-short"),
        (answering(b"abc", content_length="2"), "data-cut-short"),
        (answering(b"abc", LOST()), "data-cut-short"),
        (answering(LOST()), "data-cut-short"),
        (answering(b"abd", repr_digest=digest_header(b"abc")), "data-digest-differs"),
        (ScriptedLine(LOST()), "line-lost"),
    ],
)
async def test_of_what_goes_wrong_nothing_stays_behind(into, line, code, tmp_path):
    if into is not None:
        into.write_bytes(b"earlier")
    with pytest.raises(RenkeiError) as refusal:
        await Receiving(line, 10, file_limit=10).pull(ENDPOINT, TOKEN, into)
    assert refusal.value.code == code
    assert [path.read_bytes() for path in tmp_path.iterdir()] == ([] if into is None else [b"earlier"])


async def test_the_limit_itself_is_allowed(into):
    received = await Receiving(answering(b"x" * 10, content_length="10"), 10, file_limit=10).pull(ENDPOINT, TOKEN, into)
    assert received.size == 10


async def test_memory_and_files_have_limits_of_their_own(tmp_path):
    receiving = Receiving(answering(b"x" * 11), 10, file_limit=20)
    assert (await receiving.pull(ENDPOINT, TOKEN, tmp_path / "file")).size == 11
    with pytest.raises(RenkeiError, match="data-too-large"):
        await receiving.pull(ENDPOINT, TOKEN)


@pytest.mark.parametrize(
    ("script", "cause"),
    [
        ((b'{"code": "data-token-refused", "message": "Not valid."}',), "data-token-refused Not valid."),
        ((b'{"error": "gone"}',), '{"error": "gone"}'),
        ((b"Service ", b"Unavailable\n"), "Service Unavailable"),
        ((), "no reason given"),
        ((LOST(),), "no reason given"),
        ((b"\xff\x00",), "\ufffd\x00"),
        ((b"x" * 70_000, AssertionError("nobody reads that much of a refusal")), "x" * 16_384),
    ],
)
async def test_a_refusal_tells_status_and_cause(script, cause):
    with pytest.raises(RenkeiError) as refusal:
        await Receiving(answering(*script, status=403)).pull(ENDPOINT, TOKEN)
    assert (refusal.value.values["status"], refusal.value.values["cause"]) == (403, cause)
    assert refusal.value.message().isprintable()


async def test_a_cut_tells_how_far_it_came():
    with pytest.raises(RenkeiError) as refusal:
        await Receiving(answering(b"abc", LOST())).pull(ENDPOINT, TOKEN)
    assert (refusal.value.values["size"], refusal.value.values["cause"]) == (3, "Lost.")


async def test_a_file_appears_only_when_it_is_whole_and_is_for_its_owner(tmp_path):
    into, gate = tmp_path / "received.bin", Gate()
    pull = asyncio.create_task(Receiving(answering(b"abc", gate, b"def")).pull(ENDPOINT, TOKEN, into))
    await gate.reached.wait()
    (part,) = tmp_path.iterdir()
    assert part.suffix == ".part"
    gate.opened.set()
    await pull
    assert list(tmp_path.iterdir()) == [into]
    assert (into.read_bytes(), into.stat().st_mode & 0o777) == (b"abcdef", 0o600)


async def test_a_cancelled_pull_leaves_nothing(tmp_path):
    gate = Gate()
    pull = asyncio.create_task(Receiving(answering(b"abc", gate)).pull(ENDPOINT, TOKEN, tmp_path / "received.bin"))
    await gate.reached.wait()
    assert len(list(tmp_path.iterdir())) == 1
    pull.cancel()
    with pytest.raises(asyncio.CancelledError):
        await pull
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["absent/received.bin", "folder", "file/inside", "nul\0", "x" * 300])
async def test_a_place_that_cannot_be_written_is_named(tmp_path, place):
    (tmp_path / "folder" / "inside").mkdir(parents=True)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RenkeiError) as refusal:
        await Receiving(answering(b"abc")).pull(ENDPOINT, TOKEN, tmp_path / place)
    assert refusal.value.code == "data-not-written"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "folder", "inside"]


@pytest.mark.parametrize("size", [150_000, 65_537])
async def test_a_disk_that_takes_no_more_is_a_typed_error(tmp_path, size):
    resource = pytest.importorskip("resource", reason="only POSIX can bound a file's size")
    # The larger one fails while it is written, the smaller one when its buffer is flushed at the end.
    pieces = [b"x" * 65_536] * (size // 65_536) + [b"x" * (size % 65_536)]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, hard))
    try:
        with pytest.raises(RenkeiError) as refusal:
            await Receiving(answering(*pieces)).pull(ENDPOINT, TOKEN, tmp_path / "received.bin")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert refusal.value.code == "data-not-written"
    assert list(tmp_path.iterdir()) == []


async def test_a_push_is_one_post_of_json():
    line = answering()
    answered = await Receiving(line).push(ENDPOINT, "Bearer token", b'{"a":1}')
    assert (answered.status, answered.body) == (202, b"taken")
    headers = {"authorization": "Bearer token", "content-type": "application/json"}
    assert line.asked == [("POST", ENDPOINT, headers, b'{"a":1}')]


def test_a_digest_header_is_the_one_of_the_standard():
    # RFC 9530, section B.1, the first of its sample digests: {"hello": "world"} and a line end.
    raw = b'{"hello": "world"}\n'
    told = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
    assert write_repr_digest(hashlib.sha256(raw).digest()) == told
    assert read_repr_digest(told) == hashlib.sha256(raw).digest()


@pytest.mark.parametrize(
    "header", ["", "sha-256", "sha-256=abc", "sha-256=::", "sha-512=:AAAA:", "sha-256=:" + "=" * 44 + ":"]
)
def test_a_digest_header_that_is_not_understood_tells_nothing(header):
    assert read_repr_digest(header) is None


class Passing:
    """A clock that a test's answer moves on with each piece."""

    def __init__(self, each):
        self.now, self.each = 0.0, each

    def __call__(self):
        self.now += self.each
        return self.now


async def test_a_sender_that_drips_is_left(into, tmp_path):
    receiving = Receiving(answering(*[b"x" * 1024] * 1000), seconds=Passing(each=5))
    with pytest.raises(RenkeiError) as caught:
        await receiving.pull(ENDPOINT, TOKEN, into)
    assert caught.value.code == "data-cut-short"
    assert caught.value.values["size"] == 13 * 1024
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("size", "each"), [(1024, 1), (10 * 1024, 10), (1, 0.01)])
async def test_a_slow_sender_is_heard_out(into, size, each):
    receiving = Receiving(answering(*[b"x" * size] * 200), seconds=Passing(each=each))
    assert (await receiving.pull(ENDPOINT, TOKEN, into)).size == size * 200
