"""The guarded way out: one pool of connections on which every request to a partner leaves.

Bounded in time and size, no redirects, no cookies, no proxy from the environment, no compressed answers, and only to
addresses that ``AddressRules`` lets through. Peers are taken as they are: any status, no content type, an empty
chunked body. Implements ``exchange.ports.Line``.

Raises PeerError ``line-unreachable``, ``line-timeout``, ``line-answer-too-large``, ``line-forbidden-header`` and
ConfigurationError ``line-forbidden-address``.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Self

import aiohttp
from yarl import URL

from renkei.exchange.ports import Answered, Streamed
from renkei.http.addresses import AddressRules, Lookup, PinnedResolver, shown
from renkei.http.headers import lower_case
from renkei.http.problems import ANSWER_TOO_LARGE, FORBIDDEN_HEADER, TIMEOUT, UNREACHABLE
from renkei.kernel.problems import RenkeiError

_PIECE: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class LineLimits:
    """What one request may cost. Times are seconds, sizes bytes.

    ``connect`` bounds one attempt to connect; ``total`` a whole request, waiting for a free connection included;
    ``idle`` the silence inside a streamed answer. ``keep`` is how long an unused connection stays open: less than
    servers keep theirs, so that a request rarely meets one that is just being closed. ``per_host``: how many of the
    connections one host and port may take, 0 for all. ``names``: how long the
    checked addresses of a name are used.
    """

    connect: float = 3.0
    total: float = 15.0
    idle: float = 30.0
    answer: int = 1024 * 1024
    connections: int = 200
    per_host: int = 0
    keep: float = 15.0
    names: int = 10


class GuardedLine:
    """Requests to partners, on one keep-alive pool. Use it inside the loop it was first used in; close it at the end.

    ``ssl_context`` is for a private certificate authority; ``lookup`` replaces the operating system's name service.
    """

    def __init__(
        self,
        rules: AddressRules | None = None,
        *,
        limits: LineLimits | None = None,
        ssl_context: ssl.SSLContext | None = None,
        lookup: Lookup | None = None,
    ) -> None:
        self._rules = rules or AddressRules()
        self._limits = limits or LineLimits()
        self._ssl = ssl_context
        self._resolver = PinnedResolver(self._rules, lookup)
        self._patience = aiohttp.ClientTimeout(total=self._limits.total, sock_connect=self._limits.connect)
        self._session: aiohttp.ClientSession | None = None

    def check(self, url: str) -> None:
        """Refuse a URL that would never be called, judged by its text alone."""
        self._rules.check_url(url)

    async def send(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Answered:
        """One request and its whole answer, of any status. A body without a content type is sent as JSON."""
        limit = self._limits.answer
        pieces: list[bytes] = []
        size = 0
        async with self._request(method, url, headers, body, self._patience) as response:
            if (response.content_length or 0) > limit:
                raise ANSWER_TOO_LARGE(url=shown(url), limit=limit)
            async for piece in _pieces(response, url):
                size += len(piece)
                if size > limit:
                    raise ANSWER_TOO_LARGE(url=shown(url), limit=limit)
                pieces.append(piece)
            return Answered(status=response.status, body=b"".join(pieces), headers=lower_case(response.headers))

    @asynccontextmanager
    async def stream(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> AsyncIterator[Streamed]:
        """One request whose answer is read piece by piece, as long as pieces keep coming."""
        limits = self._limits
        patience = aiohttp.ClientTimeout(
            total=None, connect=limits.total, sock_connect=limits.connect, sock_read=limits.idle
        )
        async with self._request(method, url, headers, body, patience) as response:
            yield _StreamedAnswer(response, url)

    async def close(self) -> None:
        """Close the pool. May be called twice."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()
            await self._resolver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @asynccontextmanager
    async def _request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        body: bytes,
        patience: aiohttp.ClientTimeout,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """One request up to the head of its answer. What is not read of the answer is never waited for."""
        self._rules.check_url(url)
        sent = _checked(headers)
        if body:
            sent.setdefault("content-type", "application/json")
        try:
            response = await self._pool().request(
                method,
                URL(url, encoded=True),
                headers=sent,
                data=body or None,
                allow_redirects=False,
                timeout=patience,
            )
        except RenkeiError:
            raise
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _trouble(url, error) from error
        try:
            encoding = response.headers.get("content-encoding", "identity").strip().lower()
            if encoding not in {"identity", ""}:
                raise UNREACHABLE(
                    url=shown(url), cause=f"the answer is encoded with {encoding}, which was not asked for"
                )
            yield response
        finally:
            # After the last byte the connection is back in the pool already; before it, it is of no more use.
            response.close()

    def _pool(self) -> aiohttp.ClientSession:
        if self._session is None:
            limits = self._limits
            connector = aiohttp.TCPConnector(
                resolver=self._resolver,
                limit=limits.connections,
                limit_per_host=limits.per_host,
                ttl_dns_cache=limits.names,
                keepalive_timeout=limits.keep,
                ssl=self._ssl or True,
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"accept-encoding": "identity", "user-agent": "renkei"},
                auto_decompress=False,
                trust_env=False,
            )
        return self._session


class _StreamedAnswer:
    """An answer under way; implements ``exchange.ports.Streamed``."""

    def __init__(self, response: aiohttp.ClientResponse, url: str) -> None:
        self._response = response
        self._url = url

    @property
    def status(self) -> int:
        return self._response.status

    @property
    def headers(self) -> Mapping[str, str]:
        return lower_case(self._response.headers)

    def pieces(self) -> AsyncIterator[bytes]:
        return _pieces(self._response, self._url)


async def _pieces(response: aiohttp.ClientResponse, url: str) -> AsyncIterator[bytes]:
    """The body in pieces of at most 64 KiB; one that breaks off is ``line-unreachable``, never a shorter body."""
    while True:
        try:
            piece = await response.content.read(_PIECE)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _trouble(url, error) from error
        if not piece:
            return
        yield piece


def _trouble(url: str, error: Exception) -> RenkeiError:
    # asyncio's and aiohttp's time-outs are all TimeoutError, which is an OSError: it goes first.
    if isinstance(error, TimeoutError):
        return TIMEOUT(url=shown(url))
    return UNREACHABLE(url=shown(url), cause=str(error) or type(error).__name__)


def _checked(headers: Mapping[str, str] | None) -> dict[str, str]:
    """Headers may hold a partner's words (the token of a data address): none may split the request."""
    sent: dict[str, str] = {}
    for name, value in (headers or {}).items():
        if not (value.isascii() and value.isprintable() and name.isascii() and name.replace("-", "").isalnum()):
            raise FORBIDDEN_HEADER(name=name)
        sent[name.lower()] = value
    return sent
