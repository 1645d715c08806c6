"""Where the bytes of an asset come from: a file below the operator's folder, a stored document, a registered callable.

Whatever its size, a source costs one piece of memory at a time, and no read of a file blocks the event loop.

Raises ConfigurationError ``data-source-unusable`` before the first byte and LocalError ``data-source-broke`` after it;
both name places of ours, so they are for the operator, not for a partner.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import stat
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Protocol, TypeAlias

from renkei.dataplane.problems import SOURCE_BROKE, UNUSABLE_SOURCE
from renkei.exchange.records.assets import Source, SourceKind
from renkei.exchange.records.requests import DocumentRecord
from renkei.kernel import strict_json
from renkei.kernel.problems import RenkeiError
from renkei.store.port import Store

_log = logging.getLogger(__name__)

PIECE: Final = 64 * 1024
# A pipe in the folder must not hang whoever opens it; the two flags are POSIX's.
_NO_FOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)
_FILE: Final = os.O_RDONLY | _NO_FOLLOW | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_FOLDER: Final = os.O_RDONLY | _NO_FOLLOW | getattr(os, "O_DIRECTORY", 0)

ByteCallable: TypeAlias = Callable[[], AsyncIterator[bytes]]


class Pieces(Protocol):
    """Bytes on their way out. ``aclose`` lets go of whatever is open, at any time, also twice."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    async def __anext__(self) -> bytes: ...

    async def aclose(self) -> None:
        """Let go."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSource:
    """Bytes that are ready to be sent. ``size`` and ``digest`` (SHA-256) where they are known beforehand.

    Whoever opened it closes its stream, also when nothing was read of it.
    """

    media_type: str
    stream: Pieces
    size: int | None = None
    digest: bytes | None = None


class Sources:
    """One participant's sources. ``root`` is the folder below which files may be served (``None``: no files)."""

    def __init__(self, root: Path | None, store: Store, callables: Mapping[str, ByteCallable] | None = None) -> None:
        self._root = root
        self._store = store
        self._callables: Mapping[str, ByteCallable] = callables or {}

    async def open(self, source: Source) -> OpenSource:
        """Open a source. Raises ConfigurationError ``data-source-unusable``."""
        match source.kind:
            case SourceKind.FILE:
                return await self._file(source)
            case SourceKind.DOCUMENT:
                return await self._document(source)
            case SourceKind.CALLABLE:
                return self._callable(source)
            case SourceKind.REQUEST_BOX:
                raise _unusable(source, "a request box is written to, never read")
            case SourceKind.PASSPORT:
                raise _unusable(source, "a passport is shown to somebody, never as it is kept")

    async def check(self, source: Source) -> None:
        """Refuse at publishing what could never be served. A request box needs no bytes."""
        if source.kind is not SourceKind.REQUEST_BOX:
            opened = await self.open(source)
            await opened.stream.aclose()

    async def _file(self, source: Source) -> OpenSource:
        if self._root is None:
            raise _unusable(source, "no folder is configured for files")
        try:
            file = await asyncio.to_thread(_open_below, self._root, source.place)
        # RuntimeError: a loop of symbolic links; ValueError: a name that no file system takes.
        except (OSError, ValueError, RuntimeError) as error:
            raise _unusable(source, getattr(error, "strerror", None) or error) from error
        size = os.fstat(file.fileno()).st_size
        return OpenSource(media_type=source.media_type, size=size, stream=_FilePieces(file, size, source))

    async def _document(self, source: Source) -> OpenSource:
        row = await self._store.load(DocumentRecord.kind, source.place)
        if row is None:
            raise _unusable(source, "there is no such document")
        return whole(strict_json.dumps(DocumentRecord.of(row).document), source)

    def _callable(self, source: Source) -> OpenSource:
        make = self._callables.get(source.place)
        if make is None:
            raise _unusable(source, "no callable of that name is registered")
        try:
            pieces = aiter(make())
        except Exception as error:
            raise _unusable(source, repr(error)) from error
        return OpenSource(media_type=source.media_type, stream=_CallablePieces(pieces, source))


def whole(body: bytes, source: Source) -> OpenSource:
    """Bytes that are all here, as a source."""
    digest = hashlib.sha256(body).digest()
    return OpenSource(media_type=source.media_type, size=len(body), digest=digest, stream=_cut(body))


def _open_below(root: Path, place: str) -> BinaryIO:
    """Open a file that lies below a folder, and nothing else.

    What must hold:

    1. the place is a relative path of plain names, cut by slashes;
    2. it exists, and with every symbolic link followed it still lies below the folder;
    3. on that followed way there is no link any more, however quickly somebody puts one there;
    4. it is a regular file.

    Raises OSError, ValueError or RuntimeError.
    """
    if any(name in {"", ".", ".."} or "\\" in name or "\0" in name for name in place.split("/")):  # 1
        raise ValueError("it is not a relative path of plain names")
    top = root.resolve(strict=True)
    real = (top / place).resolve(strict=True)  # 2
    if not real.is_relative_to(top):
        raise ValueError("it lies outside the configured folder")
    descriptor = _descend(top, real.relative_to(top).parts)  # 3
    file = os.fdopen(descriptor, "rb")
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):  # 4
        file.close()
        raise ValueError("it is not a regular file")
    return file


def _descend(top: Path, names: tuple[str, ...]) -> int:
    """Walk down folder by folder, following no link; the descriptor of what the last name is."""
    if not names or os.open not in os.supports_dir_fd:
        return os.open(top.joinpath(*names), _FILE)
    with ExitStack() as folders:
        folder = os.open(top, _FOLDER)
        folders.callback(os.close, folder)
        for name in names[:-1]:
            folder = os.open(name, _FOLDER, dir_fd=folder)
            folders.callback(os.close, folder)
        return os.open(names[-1], _FILE, dir_fd=folder)


class _FilePieces:
    """A file, read in threads. It sends as many bytes as it had when it was opened, or breaks."""

    def __init__(self, file: BinaryIO, size: int, source: Source) -> None:
        # Buffered files have a lock of their own: closing waits for a read that a cancelled task has left behind.
        self._file = file
        self._left = size
        self._source = source

    def __aiter__(self) -> _FilePieces:
        return self

    async def __anext__(self) -> bytes:
        if not self._left:
            await self.aclose()
            raise StopAsyncIteration
        try:
            piece = await asyncio.to_thread(self._file.read, min(PIECE, self._left))
        except (OSError, ValueError) as error:
            raise _broke(self._source, error) from error
        if not piece:
            raise _broke(self._source, f"it lacks {self._left} of the bytes it had when it was opened")
        self._left -= len(piece)
        return piece

    async def aclose(self) -> None:
        await asyncio.to_thread(self._file.close)


class _CallablePieces:
    """What an embedding program hands out, with its errors made ours."""

    def __init__(self, pieces: AsyncIterator[bytes], source: Source) -> None:
        self._pieces = pieces
        self._source = source

    def __aiter__(self) -> _CallablePieces:
        return self

    async def __anext__(self) -> bytes:
        try:
            piece = await anext(self._pieces)
        except (StopAsyncIteration, RenkeiError):
            raise
        except Exception as error:
            raise _broke(self._source, repr(error)) from error
        if not isinstance(piece, bytes):
            raise _broke(self._source, f"it gave {type(piece).__name__}, not bytes")
        return piece

    async def aclose(self) -> None:
        close = getattr(self._pieces, "aclose", None)
        if close is None:
            return
        try:
            await close()
        except Exception:  # noqa: BLE001 - what the program does on closing must not hide how the stream ended
            _log.exception("source did not close", extra={"code": SOURCE_BROKE.code, "place": self._source.place})


async def _cut(body: bytes) -> AsyncGenerator[bytes, None]:
    for start in range(0, len(body), PIECE):
        yield body[start : start + PIECE]


def _unusable(source: Source, cause: object) -> RenkeiError:
    return UNUSABLE_SOURCE(kind=source.kind.value, place=source.place, cause=cause)


def _broke(source: Source, cause: object) -> RenkeiError:
    return SOURCE_BROKE(kind=source.kind.value, place=source.place, cause=cause)
