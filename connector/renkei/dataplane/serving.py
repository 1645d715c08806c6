"""The provider's data endpoint: ``GET``, ``HEAD`` and ``POST /data``, where the token alone tells what is meant.

What must hold for every request, and 1 and 2 again while a long answer is on its way:

1. the token is one of ours, lives, and its transfer is running (``Transfers.grant``);
2. the agreement is in force, its policy permits this now, and the consents that it needs are live;
3. the method is one that the dataset takes: a request box takes ``POST``, everything else is read.

While an answer streams, 1 and 2 are looked at again before a piece leaves, at most once a second: a suspended or
ended transfer breaks the stream off. That the token's time runs out does not: its lifetime bounds when a pull may
begin, so that a large file can be had with a short-lived token.

The ``Authorization`` header holds the bare token (as in Catena-X' EDR, CX-0018 v4.2) or ``Bearer`` and the token.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from renkei.dataplane.digests import REPR_DIGEST, write_repr_digest
from renkei.dataplane.metering import Meter
from renkei.dataplane.problems import ENDED, UNAVAILABLE, WRONG_METHOD
from renkei.dataplane.sources import OpenSource, Sources, whole
from renkei.exchange.machine.endpoint import Inbound, Reply, Route
from renkei.exchange.ports import Clock
from renkei.exchange.problems import BAD_TOKEN
from renkei.exchange.process.usage import Usage
from renkei.exchange.records.assets import SourceKind
from renkei.exchange.transfer.transfers import Grant, Transfers
from renkei.kernel import jcs
from renkei.kernel.problems import ConfigurationError, RenkeiError
from renkei.policy.world import Phase
from renkei.protocol.transfer import TransferState
from renkei.store.port import Store

_log = logging.getLogger(__name__)

PATH: Final = "/data"
BoxHandler: TypeAlias = Callable[[Grant, bytes], Awaitable[Reply]]
ViewHandler: TypeAlias = Callable[[Grant], Awaitable[bytes]]
_LOOK_AGAIN: Final = timedelta(seconds=1)
_READ: Final = "GET, HEAD"


class Serving:
    """One participant's data endpoint. ``box`` takes what is posted to a request box; ``views`` shows passports."""

    def __init__(
        self,
        transfers: Transfers,
        usage: Usage,
        sources: Sources,
        box: BoxHandler | None = None,
        *,
        store: Store,
        clock: Clock,
        views: ViewHandler | None = None,
    ) -> None:
        self._transfers = transfers
        self._usage = usage
        self._sources = sources
        self._box = box
        self._views = views
        self._store = store
        self._clock = clock

    def routes(self) -> tuple[Route, ...]:
        """The rows of the endpoint table."""
        return (
            Route(method="GET", path=PATH, handler=self.get, summary="The bytes that a token opens", size_limit=0),
            Route(method="HEAD", path=PATH, handler=self.head, summary="Their type and size", size_limit=0),
            Route(method="POST", path=PATH, handler=self.post, summary="Into the request box that a token opens"),
        )

    async def get(self, request: Inbound) -> Reply:
        """The bytes, streamed. The carrier closes the stream (``aclose``) whatever happens to it."""
        began = self._clock.now()
        token = _token(request)
        grant = await self._transfers.grant(token)  # 1, 2
        source = await self._open(grant, request.method)
        meter = Meter(self._store, self._clock, grant)
        try:
            await self._usage.begin(grant.agreement, grant.transfer.facts)
        except BaseException:
            await source.stream.aclose()
            raise
        watched = _Watched(self._transfers, self._usage, self._clock, grant, jcs.digest(token.encode()), began)
        return Reply(content_type=source.media_type, headers=_headers(source), stream=_Pull(source, meter, watched))

    async def head(self, request: Inbound) -> Reply:
        """What ``GET`` would say of the bytes; no pull is counted."""
        grant = await self._transfers.grant(_token(request))  # 1, 2
        source = await self._open(grant, request.method)
        await source.stream.aclose()
        return Reply(content_type=source.media_type, headers={"content-type": source.media_type, **_headers(source)})

    async def post(self, request: Inbound) -> Reply:
        """Hand a document to the request box: a use like any other, counted before it is looked at."""
        grant = await self._transfers.grant(_token(request))  # 1, 2
        if grant.asset.source.kind is not SourceKind.REQUEST_BOX:  # 3
            raise WRONG_METHOD(dataset=grant.asset.id, method=request.method, allowed=_READ)
        if self._box is None:
            raise _unavailable(grant, "no request box is served here")
        await self._usage.begin(grant.agreement, grant.transfer.facts)
        return await self._box(grant, request.body)

    async def _open(self, grant: Grant, method: str) -> OpenSource:
        if grant.asset.source.kind is SourceKind.REQUEST_BOX:  # 3
            raise WRONG_METHOD(dataset=grant.asset.id, method=method, allowed="POST")
        try:
            if grant.asset.source.kind is SourceKind.PASSPORT and self._views is not None:
                return whole(await self._views(grant), grant.asset.source)
            return await self._sources.open(grant.asset.source)
        except ConfigurationError as error:
            raise _unavailable(grant, error) from error


class _Watched:
    """A grant that is looked at again while it is used."""

    def __init__(
        self, transfers: Transfers, usage: Usage, clock: Clock, grant: Grant, token: str, seen: datetime
    ) -> None:
        self._transfers = transfers
        self._usage = usage
        self._clock = clock
        self._grant = grant
        self._token = token
        self._seen = seen

    @property
    def due(self) -> bool:
        """Whether the last look is a second old (or the clock was set back)."""
        return not timedelta(0) <= self._clock.now() - self._seen < _LOOK_AGAIN

    async def look(self) -> None:
        """Raises PolicyError ``data-stream-ended``, ``policy-refused`` or ``consent-…``."""
        now = self._clock.now()
        transfer = await self._transfers.kept(self._grant.transfer.id)
        if (  # 1
            transfer is None
            or transfer.token != self._token
            or TransferState.STARTED not in {transfer.state, transfer.pending}
        ):
            raise ENDED(dataset=self._grant.asset.id)
        await self._usage.demand(self._grant.agreement, Phase.CONTINUOUS, transfer.facts)  # 2
        self._seen = now


class _Pull:
    """One answer on its way: watched, counted, closed."""

    def __init__(self, source: OpenSource, meter: Meter, watched: _Watched) -> None:
        self._stream = source.stream
        self._meter = meter
        self._watched = watched

    def __aiter__(self) -> _Pull:
        return self

    async def __anext__(self) -> bytes:
        try:
            piece = await anext(self._stream)
        except StopAsyncIteration:
            await self._meter.end(whole=True)
            raise
        if self._watched.due:
            await self._watched.look()
            await self._meter.keep()
        self._meter.add(len(piece))
        return piece

    async def aclose(self) -> None:
        """Let go of the source; what was not read to its end is counted as cut."""
        try:
            await self._stream.aclose()
        finally:
            try:
                await self._meter.end(whole=False)
            except RenkeiError as error:
                _log.exception("pull was not counted", extra={"code": error.code})


def _token(request: Inbound) -> str:
    value = request.headers.get("authorization", "").strip()
    scheme, _, rest = value.partition(" ")
    token = rest.strip() if scheme.lower() == "bearer" else value
    if not token or not token.isascii():
        raise BAD_TOKEN()
    return token


def _headers(source: OpenSource) -> Mapping[str, str]:
    headers = {"cache-control": "no-store"}
    if source.size is not None:
        headers["content-length"] = str(source.size)
    if source.digest is not None:
        headers[REPR_DIGEST] = write_repr_digest(source.digest)
    return headers


def _unavailable(grant: Grant, cause: object) -> RenkeiError:
    """The partner hears of the dataset, our log of the cause."""
    error = UNAVAILABLE(dataset=grant.asset.id)
    _log.error("no bytes", extra={"code": error.code, "dataset": grant.asset.id, "cause": str(cause)})
    return error
