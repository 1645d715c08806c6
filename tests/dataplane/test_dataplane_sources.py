"""Sources give the bytes of what lies below the operator's folder, of stored documents and of callables: nothing else."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from dataplane_provider import called, filed, providing

from renkei.dataplane import sources
from renkei.exchange.records.assets import Source, SourceKind
from renkei.kernel.problems import RenkeiError

DESCRIPTORS = Path("/proc/self/fd")


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "shared"
    (root / "batch" / "deep").mkdir(parents=True)
    (root / "report.csv").write_bytes(b"part,kg\n")
    (root / "batch" / "deep" / "データ.bin").write_bytes(b"\x00\x01")
    (root / "urn:uuid:1").write_bytes(b"one")
    (root / "empty").write_bytes(b"")
    (tmp_path / "secret.key").write_bytes(b"private")
    (tmp_path / "shared-too").mkdir()
    (tmp_path / "shared-too" / "secret").write_bytes(b"private")
    (root / "newest.csv").symlink_to("report.csv")
    (root / "newest").symlink_to("batch/deep")
    (root / "out.key").symlink_to(tmp_path / "secret.key")
    (root / "up").symlink_to("..")
    (root / "here").symlink_to(".")
    (root / "loop").symlink_to("loop")
    (root / "back\\slash").write_bytes(b"a separator elsewhere")
    os.mkfifo(root / "pipe")
    return root


async def drained(opened):
    return b"".join([piece async for piece in opened.stream])


@pytest.mark.parametrize(
    ("place", "content"),
    [
        ("report.csv", b"part,kg\n"),
        ("batch/deep/データ.bin", b"\x00\x01"),
        ("urn:uuid:1", b"one"),
        ("empty", b""),
        ("newest.csv", b"part,kg\n"),
        ("newest/データ.bin", b"\x00\x01"),
        ("up/shared/report.csv", b"part,kg\n"),
    ],
)
async def test_a_file_below_the_folder_is_served(folder, place, content):
    async with providing(root=folder) as provider:
        opened = await provider.sources.open(filed(place))
        assert (opened.size, await drained(opened)) == (len(content), content)


@pytest.mark.parametrize(
    "place",
    [
        "../secret.key",
        "batch/../../secret.key",
        "batch/../report.csv",
        "./report.csv",
        "../shared-too/secret",
        "..",
        ".",
        "",
        "/",
        "/etc/passwd",
        "//etc/passwd",
        "batch//deep",
        "report.csv/",
        "report.csv\0.txt",
        "\0",
        "..\\secret.key",
        "back\\slash",
        "%2e%2e/secret.key",
        "..%2fsecret.key",
        "out.key",
        "up/secret.key",
        "up/shared-too/secret",
        "here",
        "loop",
        "batch",
        "pipe",
        "absent.csv",
        "report.csv/inside",
        "x" * 300,
        "x/" * 3000 + "x",
        "half-\ud800-character",
    ],
)
async def test_no_place_leads_out_of_the_folder_or_to_what_is_no_file(folder, place):
    async with providing(root=folder) as provider:
        with pytest.raises(RenkeiError) as refusal:
            await provider.sources.open(filed(place))
        assert refusal.value.code == "data-source-unusable"


async def test_an_absolute_place_inside_the_folder_is_refused_too(folder):
    async with providing(root=folder) as provider:
        with pytest.raises(RenkeiError, match="data-source-unusable"):
            await provider.sources.open(filed(str(folder / "report.csv")))


def test_a_link_put_in_after_the_look_is_not_followed(folder):
    for names in (("out.key",), ("up", "secret.key"), ("newest", "データ.bin")):
        with pytest.raises(OSError, match=r"Too many levels of symbolic links|Not a directory"):
            sources._descend(folder, names)


async def test_without_a_folder_there_are_no_files():
    async with providing() as provider:
        with pytest.raises(RenkeiError, match="no folder is configured"):
            await provider.sources.open(filed("report.csv"))


async def test_a_file_comes_in_pieces_of_64_kib(folder):
    content = os.urandom(150_000)
    (folder / "large").write_bytes(content)
    async with providing(root=folder) as provider:
        opened = await provider.sources.open(filed("large"))
        pieces = [piece async for piece in opened.stream]
    assert [len(piece) for piece in pieces] == [65_536, 65_536, 18_928]
    assert b"".join(pieces) == content


async def test_a_file_that_shrinks_while_it_is_sent_breaks_off(folder):
    (folder / "large").write_bytes(bytes(200_000))
    async with providing(root=folder) as provider:
        opened = await provider.sources.open(filed("large"))
        await anext(opened.stream)
        os.truncate(folder / "large", 70_000)
        with pytest.raises(RenkeiError, match="data-source-broke"):
            await drained(opened)
        await opened.stream.aclose()


async def test_a_file_that_grows_while_it_is_sent_ends_where_it_ended(folder):
    (folder / "large").write_bytes(b"a" * 100_000)
    async with providing(root=folder) as provider:
        opened = await provider.sources.open(filed("large"))
        with (folder / "large").open("ab") as more:
            more.write(b"b" * 1000)
        assert await drained(opened) == b"a" * 100_000


@pytest.mark.skipif(not DESCRIPTORS.is_dir(), reason="this system does not list a process's open files")
async def test_a_stream_closes_its_file_at_any_time_and_twice(folder):
    def open_files():
        return len(list(DESCRIPTORS.iterdir()))

    async with providing(root=folder) as provider:
        await (await provider.sources.open(filed("report.csv"))).stream.aclose()
        before = open_files()
        for _ in range(5):
            opened = await provider.sources.open(filed("report.csv"))
            await opened.stream.aclose()
            await opened.stream.aclose()
            await drained(await provider.sources.open(filed("report.csv")))
            await provider.sources.check(filed("report.csv"))
        assert open_files() == before


async def test_a_document_is_sent_as_it_is_stored_and_tells_its_digest():
    async with providing() as provider:
        source = await provider.keep_document({"@type": "FootprintRecord", "値": "18.9", "n": 3, "empty": {}})
        opened = await provider.sources.open(source)
        body = await drained(opened)
    expected = '{"@type":"FootprintRecord","値":"18.9","n":3,"empty":{}}'.encode()
    assert (body, opened.size, opened.media_type) == (expected, len(expected), "application/json")
    assert opened.digest == hashlib.sha256(expected).digest()


async def test_a_document_that_is_not_there_is_unusable():
    async with providing() as provider:
        with pytest.raises(RenkeiError, match="there is no such document"):
            await provider.sources.open(Source(kind=SourceKind.DOCUMENT, place="sha-256:1"))


async def broken_early():
    raise OSError("database away")
    yield b""


async def broken_late():
    yield b"first"
    raise KeyError("second")


async def mistaken():
    yield "text"


async def fine():
    yield b"first "
    yield b"second"


def failing():
    raise OSError("not even begun")


CALLABLES = {
    "fine": fine,
    "early": broken_early,
    "late": broken_late,
    "mistaken": mistaken,
    "failing": failing,
    "no-iterator": lambda: b"bytes",
}


async def test_a_callable_gives_its_bytes():
    async with providing(callables=CALLABLES) as provider:
        opened = await provider.sources.open(called("fine"))
        assert (opened.size, await drained(opened)) == (None, b"first second")


async def test_a_callable_may_give_an_iterator_that_cannot_be_closed():
    class Once:
        def __init__(self):
            self.left = [b"only"]

        def __aiter__(self):
            return self

        async def __anext__(self):
            if not self.left:
                raise StopAsyncIteration
            return self.left.pop()

    async with providing(callables={"once": Once}) as provider:
        opened = await provider.sources.open(called("once"))
        assert await drained(opened) == b"only"
        await opened.stream.aclose()


async def test_reading_on_after_closing_is_a_typed_error(folder):
    async with providing(root=folder) as provider:
        opened = await provider.sources.open(filed("report.csv"))
        await opened.stream.aclose()
        with pytest.raises(RenkeiError, match="data-source-broke"):
            await drained(opened)


@pytest.mark.parametrize("name", ["unregistered", "failing", "no-iterator"])
async def test_a_callable_that_cannot_begin_is_unusable(name):
    async with providing(callables=CALLABLES) as provider:
        for use in (provider.sources.open, provider.sources.check):
            with pytest.raises(RenkeiError) as refusal:
                await use(called(name))
            assert refusal.value.code == "data-source-unusable"


@pytest.mark.parametrize("name", ["early", "late", "mistaken"])
async def test_a_callable_that_fails_breaks_off_with_a_typed_error(name):
    async with providing(callables=CALLABLES) as provider:
        opened = await provider.sources.open(called(name))
        with pytest.raises(RenkeiError) as refusal:
            await drained(opened)
        assert refusal.value.code == "data-source-broke"


async def test_closing_reaches_the_callable_and_its_failure_there_is_only_logged(caplog):
    closed = []

    async def stubborn():
        try:
            yield b"first"
            yield b"second"
        finally:
            closed.append(True)
            raise OSError("cannot let go")

    async with providing(callables={"stubborn": stubborn}) as provider:
        opened = await provider.sources.open(called("stubborn"))
        await anext(opened.stream)
        await opened.stream.aclose()
    assert closed == [True]
    assert [record.code for record in caplog.records] == ["data-source-broke"]


async def test_a_request_box_is_never_read_but_may_be_published():
    box = Source(kind=SourceKind.REQUEST_BOX)
    async with providing() as provider:
        await provider.sources.check(box)
        with pytest.raises(RenkeiError, match="data-source-unusable"):
            await provider.sources.open(box)
