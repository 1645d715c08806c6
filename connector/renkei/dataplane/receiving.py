"""The consumer's end of the data plane: bytes come in with bounded memory, whole or not at all.

What must hold before received bytes are kept:

1. the answer is a 200;
2. they are not more than the limit, by their sender's word and when counted, and do not come at a trickle;
3. they are as many as was told, and the line did not break;
4. they have the SHA-256 that was told.

Raises PeerError ``data-refused`` (1), ``data-too-large`` (2), ``data-cut-short`` (2, 3), ``data-digest-differs`` (4),
ConfigurationError ``data-not-written``, and the line's own errors until the answer's head is there.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from renkei.dataplane.digests import REPR_DIGEST, read_repr_digest
from renkei.dataplane.problems import CUT_SHORT, DIGEST_DIFFERS, NOT_WRITTEN, REFUSED, TOO_LARGE
from renkei.exchange.ports import Answered, Line, Received, Streamed
from renkei.kernel import strict_json
from renkei.kernel.jcs import digest_name
from renkei.kernel.problems import RenkeiError

MEMORY_LIMIT: Final = 16 * 1024 * 1024
FILE_LIMIT: Final = 64 * 1024 * 1024 * 1024
_LONGEST_REASON: Final = 16 * 1024
# A sender that drips would hold us for ever: after the first minute it must have sent a KiB for each second.
_UNHURRIED: Final = 60.0
_SLOWEST: Final = 1024


class _Target(Protocol):
    """Where bytes go."""

    async def write(self, piece: bytes) -> None: ...

    async def keep(self) -> None: ...

    def discard(self) -> None: ...


@dataclass(frozen=True, slots=True)
class _Sum:
    size: int
    digest: bytes


class Receiving:
    """Implements ``exchange.ports.DataLine`` over a line. Limits in bytes; ``seconds`` tells how time passes."""

    def __init__(
        self,
        line: Line,
        memory_limit: int = MEMORY_LIMIT,
        *,
        file_limit: int = FILE_LIMIT,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._line = line
        self._seconds = seconds
        self._memory_limit = memory_limit
        self._file_limit = file_limit

    async def pull(self, endpoint: str, authorization: str, into: Path | None = None) -> Received:
        """Get the bytes into a file (readable by its owner only), or into memory."""
        headers = {"authorization": authorization, "accept": "*/*"}
        async with self._line.stream("GET", endpoint, headers=headers) as answer:
            if answer.status != 200:  # 1
                raise REFUSED(status=answer.status, cause=await _reason(answer))
            media_type = answer.headers.get("content-type", "").strip() or "application/octet-stream"
            if into is None:
                memory = _Memory()
                took = await _take(answer, memory, self._memory_limit, self._seconds)
                body = b"".join(memory.pieces)
                return Received(media_type=media_type, size=took.size, digest=digest_name(took.digest), body=body)
            took = await _take(answer, _File(into), self._file_limit, self._seconds)
            return Received(media_type=media_type, size=took.size, digest=digest_name(took.digest), path=into)

    async def push(self, endpoint: str, authorization: str, body: bytes) -> Answered:
        """Post a small JSON document; what is answered, of any status."""
        headers = {"authorization": authorization, "content-type": "application/json"}
        return await self._line.send("POST", endpoint, headers=headers, body=body)


async def _take(answer: Streamed, target: _Target, limit: int, seconds: Callable[[], float]) -> _Sum:
    """Everything (2 to 4) or nothing: a target that is not kept is discarded."""
    try:
        took = await _copy(answer, target, limit, seconds)
        await target.keep()
    except BaseException:
        target.discard()
        raise
    return took


async def _copy(answer: Streamed, target: _Target, limit: int, seconds: Callable[[], float]) -> _Sum:
    told = _told_size(answer.headers)
    if told is not None and told > limit:  # 2
        raise TOO_LARGE(limit=limit)
    counting = hashlib.sha256()
    size, began = 0, seconds()
    pieces = answer.pieces()
    while True:
        try:
            piece = await anext(pieces, None)
        except RenkeiError as error:  # 3
            raise CUT_SHORT(size=size, cause=error.message()) from error
        if piece is None:
            break
        size += len(piece)
        if size > limit:  # 2
            raise TOO_LARGE(limit=limit)
        if (lasted := seconds() - began) > _UNHURRIED and size < lasted * _SLOWEST:  # 2
            raise CUT_SHORT(size=size, cause=f"they came at less than {_SLOWEST} a second")
        counting.update(piece)
        await target.write(piece)
    if told is not None and size != told:  # 3
        raise CUT_SHORT(size=size, cause=f"{told} were announced")
    digest = counting.digest()
    announced = read_repr_digest(answer.headers.get(REPR_DIGEST, ""))
    if announced is not None and announced != digest:  # 4
        raise DIGEST_DIFFERS(found=digest_name(digest), told=digest_name(announced))
    return _Sum(size, digest)


class _Memory:
    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    async def write(self, piece: bytes) -> None:
        self.pieces.append(piece)

    async def keep(self) -> None:
        pass

    def discard(self) -> None:
        self.pieces.clear()


class _File:
    """A file that appears under its name when it is whole and on the disk."""

    def __init__(self, into: Path) -> None:
        self._into = into
        try:
            descriptor, name = tempfile.mkstemp(prefix=".renkei-", suffix=".part", dir=into.parent)
        except (OSError, ValueError) as error:
            raise self._not_written(error) from error
        self._part = Path(name)
        # Buffered files have a lock of their own: closing waits for a write that a cancelled task has left behind.
        self._file = os.fdopen(descriptor, "wb")

    async def write(self, piece: bytes) -> None:
        try:
            await asyncio.to_thread(self._file.write, piece)
        except OSError as error:
            raise self._not_written(error) from error

    async def keep(self) -> None:
        try:
            await asyncio.to_thread(self._settle)
        except (OSError, ValueError) as error:
            raise self._not_written(error) from error

    def discard(self) -> None:
        # A full disk may refuse the last buffered bytes once more; they are not wanted.
        with contextlib.suppress(OSError):
            self._file.close()
        self._part.unlink(missing_ok=True)

    def _settle(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.replace(self._into)
        if os.name == "posix":
            folder = os.open(self._into.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def _not_written(self, error: Exception) -> RenkeiError:
        return NOT_WRITTEN(path=self._into, cause=getattr(error, "strerror", None) or error)


def _told_size(headers: Mapping[str, str]) -> int | None:
    told = headers.get("content-length", "").strip()
    return int(told) if told.isdecimal() and len(told) < 20 else None


async def _reason(answer: Streamed) -> str:
    """What a refusing data plane says, for people: ours says a code and a message, others say anything."""
    body = b""
    with contextlib.suppress(RenkeiError):
        async for piece in answer.pieces():
            body += piece
            if len(body) > _LONGEST_REASON:
                break
    body = body[:_LONGEST_REASON]
    try:
        members = strict_json.loads_object(body)
    except RenkeiError:
        return body.decode("utf-8", "replace").strip() or "no reason given"
    return " ".join(str(members[name]) for name in ("code", "message") if name in members) or body.decode()
