"""The listener: a table of routes served over HTTP/1.1 by aiohttp, with every cost bounded.

It sits on aiohttp's low-level server, without an application or middlewares: the hot path is one look-up, one read,
one handler, one write. ``Reply.on_wire`` is called once the operating system has taken the last byte, or the client
has gone: what follows from an answer never overtakes it.

What is bounded: connections and the time for a head (``connections``), head lines and head size (aiohttp's parser),
body size by route, the time for a body, the time a client may leave our bytes unread. Request bodies are never
inflated.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import ssl
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self, cast

from aiohttp import web

from renkei.exchange.machine.endpoint import Inbound, Reply, Route
from renkei.http.connections import Room
from renkei.http.headers import lower_case
from renkei.http.problems import (
    BUSY,
    CANNOT_LISTEN,
    CRASHED,
    ENCODED,
    MALFORMED,
    SLOW,
    TOO_LARGE,
    VANISHED,
)
from renkei.http.routing import RouteTable, read_query
from renkei.kernel.problems import PeerError, PolicyError, RenkeiError, printable
from renkei.kernel.strict_json import dumps

_log = logging.getLogger(__name__)

_SLOWEST_BODY: Final = 64 * 1024  # bytes per second, on top of ``ServerLimits.body``
ProblemReply = Callable[[RenkeiError, Inbound], Reply]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLimits:
    """What one listener may cost. Times are seconds, sizes bytes.

    ``head`` bounds the arrival of a request's head, from the connection's beginning or the head's first byte (and the
    TLS handshake before it); ``idle`` the quiet between two requests; ``body`` the arrival of a body (plus one second
    for each 64 KiB the route allows); ``unread`` how long a client may leave our bytes unread; ``drain`` how long
    ``stop`` waits for requests under way; ``lingering`` how long the rest of a refused body is thrown away so that the
    client gets to read why.
    """

    connections: int = 1000
    head: float = 5.0
    idle: float = 30.0
    body: float = 10.0
    unread: float = 30.0
    drain: float = 10.0
    lingering: float = 2.0
    line: int = 16 * 1024
    headers: int = 128


def problem_reply(error: RenkeiError, request: Inbound) -> Reply:
    """An error as JSON, in Japanese for whoever asks for it, with the headers that its status demands."""
    language = "ja" if request.headers.get("accept-language", "").lower().startswith("ja") else "en"
    status = error.problem.status or 500
    headers: dict[str, str] = {}
    if status == 405:
        headers["allow"] = str(error.values.get("allowed", ""))
    elif status == 401:
        headers["www-authenticate"] = "Bearer"
    return Reply(status=status, body=dumps(error.as_json(language)), headers=headers)


class Listener:
    """One address on which a table of routes is served. Port 0 takes a free one; ``port`` then tells which.

    ``base_url`` is what partners call us by when it is not this very address (a reverse proxy).
    ``problem_reply`` says how an error leaves that no handler has made into a reply.
    """

    def __init__(
        self,
        routes: Sequence[Route],
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        base_url: str | None = None,
        problem_reply: ProblemReply = problem_reply,
        limits: ServerLimits | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._table = RouteTable(routes)
        self._host = host
        self._port = port
        self._base_url = base_url.rstrip("/") if base_url else ""
        self._problem_reply = problem_reply
        self._limits = limits or ServerLimits()
        self._ssl = ssl_context
        self._server: web.Server | None = None
        self._room: Room | None = None
        self._sockets: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port, once started."""
        return self._port

    @property
    def base_url(self) -> str:
        """The address that handlers see as their own, without a slash at the end."""
        if self._base_url:
            return self._base_url
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{'https' if self._ssl else 'http'}://{host}:{self._port}"

    async def start(self) -> None:
        """Begin to listen. Raises ConfigurationError ``http-cannot-listen``."""
        loop = asyncio.get_running_loop()
        server, limits = web.Server(self._serve), self._limits
        room = Room(loop, limits.connections, limits.head)
        self._server, self._room = server, room
        try:
            self._sockets = await loop.create_server(
                lambda: _Connection(server, room, loop=loop, limits=limits, busy=self._busy),
                self._host,
                self._port,
                ssl=self._ssl,
                ssl_handshake_timeout=limits.head if self._ssl else None,
                backlog=512,
            )
        except (OSError, OverflowError) as error:
            raise CANNOT_LISTEN(host=self._host, port=self._port, cause=_system_says(error)) from error
        self._port = int(self._sockets.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Take no more requests, let those under way end (bounded), close everything. May be called twice."""
        server, room, sockets = self._server, self._room, self._sockets
        self._server = self._room = self._sockets = None
        if server is None or room is None or sockets is None:
            return
        sockets.close()
        room.close()
        # A request that has just arrived gets its turn of the loop before idle connections are closed.
        await asyncio.sleep(0)
        server.pre_shutdown()
        await server.shutdown(self._limits.drain)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._limits.drain):
                await sockets.wait_closed()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _busy(self) -> Reply:
        return self._problem_reply(BUSY(limit=self._limits.connections), Inbound(method="", path=""))

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        loop = asyncio.get_running_loop()
        began = loop.time()
        connection = cast("_Connection", request.protocol)
        connection.room.work(connection)
        reply, error = await self._handle(request)
        try:
            response, status = await self._write(request, reply)
        finally:
            if reply.on_wire is not None:
                _call(reply.on_wire)
        ended = loop.time()
        connection.room.rest(connection, ended)
        _log_access(request, status, ended - began, error)
        return response

    async def _handle(self, request: web.BaseRequest) -> tuple[Reply, RenkeiError | None]:
        path, query = _target(request)
        headers = lower_case(request.headers)
        inbound = Inbound(method=request.method, path=path, headers=headers, base_url=self.base_url)
        try:
            route, values = self._table.find(request.method, path)
            inbound = Inbound(
                method=request.method,
                path=path,
                path_values=values,
                query=read_query(query),
                headers=headers,
                body=await self._read(request, headers, route.size_limit),
                base_url=inbound.base_url,
            )
            reply = await route.handler(inbound)
            _check_headers(reply)
        except RenkeiError as error:
            return self._problem_reply(error, inbound), error
        except Exception:  # noqa: BLE001  # whatever a handler does, the process lives and the client is answered
            _log.exception("handler crashed", extra={"code": CRASHED.code, "path": printable(path)})
            crash = CRASHED()
            return self._problem_reply(crash, inbound), crash
        return reply, None

    async def _read(self, request: web.BaseRequest, headers: Mapping[str, str], limit: int) -> bytes:
        """The whole body.

        What must hold:

        1. it is sent as it is, not compressed (a small one could unfold to any size);
        2. it has at most ``limit`` bytes, by its own word and when counted;
        3. it arrives in time;
        4. it arrives whole.
        """
        # 1
        encoding = headers.get("content-encoding", "").strip().lower()
        if encoding not in {"", "identity"}:
            raise ENCODED(encoding=encoding)
        _check_size(request.content_length or 0, limit)
        if not request.can_read_body:
            return b""
        if headers.get("expect", "").lower() == "100-continue" and request.transport is not None:
            request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        try:
            if request.content.is_eof():  # a short body has come with its head
                body = request.content.read_nowait()
                _check_size(len(body), limit)
                return body
            return await self._gathered(request, limit)
        except web.RequestPayloadError:
            # 4
            raise MALFORMED(cause="its body is not framed as HTTP says") from None

    async def _gathered(self, request: web.BaseRequest, limit: int) -> bytes:
        """A body that comes piece by piece (2, 3 and 4)."""
        seconds = self._limits.body + limit / _SLOWEST_BODY
        body = bytearray()
        connection = cast("_Connection", request.protocol)
        connection.room.await_body(connection)
        try:
            async with asyncio.timeout(seconds):
                while piece := await request.content.readany():
                    body += piece
                    _check_size(len(body), limit)
        except TimeoutError:
            # 3; chunks that break after this has begun end here too: the compiled parser does not wake the reader
            raise SLOW(seconds=round(seconds, 1)) from None
        except ConnectionError:
            # 4
            raise VANISHED(size=len(body)) from None
        finally:
            connection.room.work(connection)
        return bytes(body)

    async def _write(self, request: web.BaseRequest, reply: Reply) -> tuple[web.StreamResponse, int]:
        """Send the reply. Returns the status that the log shows: 499 where the client did not take it all."""
        headers = {"server": "renkei", **reply.headers}
        if reply.body or reply.stream is not None:
            headers["content-type"] = reply.content_type
        response: web.StreamResponse
        if reply.stream is None:
            response = web.Response(status=reply.status, body=reply.body, headers=headers)
        else:
            response = web.StreamResponse(status=reply.status, headers=headers)
        try:
            if reply.stream is None:
                async with asyncio.timeout(self._limits.unread):
                    await response.prepare(request)
                    await response.write_eof()
            else:
                await self._send_stream(request, response, reply.stream)
        except (ConnectionError, TimeoutError):
            _abort(request)
            return response, 499
        return response, reply.status

    async def _send_stream(
        self, request: web.BaseRequest, response: web.StreamResponse, pieces: AsyncIterator[bytes]
    ) -> None:
        unread = self._limits.unread
        left = response.content_length
        try:
            await response.prepare(request)
            async for piece in pieces:
                if left is not None:
                    left = _less(left, len(piece))
                async with asyncio.timeout(unread):
                    await response.write(piece)
            _less(0, left or 0)
            async with asyncio.timeout(unread):
                await response.write_eof()
        except (ConnectionError, TimeoutError):
            raise
        except Exception as error:  # noqa: BLE001  # a source may break in any way
            # The head has left with its status; only a broken connection still tells the client that this is no end.
            _log_cut(error, printable(_target(request)[0]))
            _abort(request)
        finally:
            if (aclose := getattr(pieces, "aclose", None)) is not None:
                await aclose()


class _Connection(web.RequestHandler):
    """aiohttp's connection, changed in how long it waits, what "written" means and how a broken request is answered."""

    __slots__ = ("_busy", "room")

    def __init__(
        self,
        server: web.Server,
        room: Room,
        *,
        loop: asyncio.AbstractEventLoop,
        limits: ServerLimits,
        busy: Callable[[], Reply],
    ) -> None:
        super().__init__(
            server,
            loop=loop,
            logger=_log,
            access_log=None,  # type: ignore[arg-type]  # None is how aiohttp's own access log is switched off
            keepalive_timeout=limits.idle,
            lingering_time=limits.lingering,
            max_line_size=limits.line,
            max_field_size=limits.line,
            max_headers=limits.headers,
            auto_decompress=False,
        )
        self.room = room
        self._busy = busy

    @property
    def has_request(self) -> bool:
        return bool(self._messages)

    def abort(self) -> None:
        transport = self.transport
        self.force_close()
        if transport is not None:
            transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        stream = cast("asyncio.Transport", transport)
        if not self.room.enter(self):
            _log.warning("connection refused", extra={"code": BUSY.code})
            self.force_close()
            try:
                stream.write(_unread(self._busy()))
            finally:
                stream.close()
            return
        super().connection_made(transport)
        # With no room in the transport's own buffer a drained write is one that the operating system has taken.
        stream.set_write_buffer_limits(high=0)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self._messages:
            self.room.begin(self)

    def pause_writing(self) -> None:
        super().pause_writing()
        self.room.stall(self)

    def resume_writing(self) -> None:
        super().resume_writing()
        self.room.flow(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        self.room.leave(self)
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what never became a request (400), or what went wrong outside every handler (500)."""
        if request.writer.output_size > 0:
            raise ConnectionResetError("a part of the answer has left already")
        if status < 500:
            error = MALFORMED(cause=(message or "not HTTP").strip().partition("\n")[0])
            _log.info("request refused", extra={"code": error.code, "reason": error.message(), "peer": request.remote})
        else:
            error = CRASHED()
            _log.error("listener crashed", exc_info=exc, extra={"code": error.code})
        reply = problem_reply(error, Inbound(method="", path=""))
        response = web.Response(status=reply.status, body=reply.body, content_type=reply.content_type)
        response.force_close()
        return response


def _unread(reply: Reply) -> bytes:
    """The answer to a connection too many, whatever was asked: one reply and the end."""
    head = (
        f"HTTP/1.1 {reply.status} Busy\r\ncontent-type: {reply.content_type}\r\n"
        f"content-length: {len(reply.body)}\r\nretry-after: 1\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + reply.body


def _check_size(size: int, limit: int) -> None:
    # 2
    if size > limit:
        raise TOO_LARGE(limit=limit)


def _less(left: int, size: int) -> int:
    """A stream keeps to the length it has announced, or the next answer would be read from the wrong place."""
    if size > left:
        raise ValueError("the stream is not as long as its content-length")
    return left - size


def _target(request: web.BaseRequest) -> tuple[str, str]:
    """Raw path and query; a proxy may send the whole URL (RFC 9112 section 3.2.2)."""
    raw = request.raw_path
    if not raw.startswith("/"):
        raw = request.rel_url.raw_path_qs
    path, _, query = raw.partition("?")
    return path, query


def _abort(request: web.BaseRequest) -> None:
    if request.transport is not None:
        request.transport.abort()


def _call(on_wire: Callable[[], None]) -> None:
    try:
        on_wire()
    except Exception:  # noqa: BLE001  # the answer has left; what follows it must not undo that
        _log.exception("on_wire failed", extra={"code": CRASHED.code})


def _check_headers(reply: Reply) -> None:
    """A handler's header that could split the answer is our own fault, found before anything has left."""
    for name, value in reply.headers.items():
        if not (name.isprintable() and value.isprintable()):
            raise ValueError(f"the header {name!r} holds a control character")


def _log_cut(error: Exception, path: str) -> None:
    """Why a stream was broken off: what a policy or the partner ended is no fault of ours."""
    if isinstance(error, PolicyError | PeerError):
        _log.info("stream ended", extra={"code": error.code, "cause": error.message(), "path": path})
    else:
        code = error.code if isinstance(error, RenkeiError) else CRASHED.code
        _log.error("stream broke", exc_info=error, extra={"code": code, "path": path})


def _log_access(request: web.BaseRequest, status: int, seconds: float, error: RenkeiError | None) -> None:
    """One line per request. The query and the headers stay out: they may carry secrets."""
    level = logging.WARNING if status >= 500 else logging.INFO
    if not _log.isEnabledFor(level):
        return
    path = printable(_target(request)[0])
    reason = "" if error is None else f" {error}"
    _log.log(
        level,
        "%s %s %d %.1f ms%s",
        request.method,
        path,
        status,
        seconds * 1000,
        reason,
        extra={
            "code": "http-request" if error is None else error.code,
            "method": request.method,
            "path": path,
            "status": status,
            "peer": request.remote,
        },
    )


def _system_says(error: OSError | OverflowError) -> str:
    """What the system says of it, without the wrapping of the event loop."""
    return os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
