"""did:web documents over the line, with a cache that bounds what strangers can make us fetch.

A document is used for its ``max-age``, but not less than 60 s and not more than 600 s: a key taken out of a document
stops verifying within 600 s. Failures are kept too: 30 s when the host answered with something unusable, one second
when it could not be reached, since companies do not all start at the same time. At most one fetch per DID is under
way, and one forced refresh per DID happens in 30 s, however many unknown keys are presented. What is kept is bounded in
number and in bytes; the least used goes first, and failures stand apart, so that names which lead nowhere cost no
partner its document.

Whoever asks for a document waits in one of two crowds (``crowds``): for names that have been found before, and for all
the others, which may be anybody's invention. Both together hold no more than half of a listener's connections.

Implements ``exchange.ports.DidResolver``. Raises PeerError ``trust-did-unresolvable`` (try again),
``trust-did-refused``, ``trust-document-refused``, ``trust-did-malformed``, ConfigurationError ``trust-did-loopback``.
Source: did:web (w3c-ccg), DCP 1.0; the figures are Renkei's own choice.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from renkei.exchange.machine.sites import site_of
from renkei.exchange.ports import Clock, DidResolver, Line, Streamed
from renkei.http.crowds import Crowd, Fetch
from renkei.http.problems import ANSWER_TOO_LARGE, DID_REFUSED, DID_UNRESOLVABLE, TIMEOUT, UNREACHABLE
from renkei.kernel.problems import RenkeiError
from renkei.kernel.strict_json import BROKEN_JSON, Limits, dumps, loads_object
from renkei.trust.did import DidDocument, document_url, read_document

_DOCUMENT: Final = Limits(size=256 * 1024, depth=32, nodes=10_000)
_SHORTEST: Final = timedelta(seconds=60)
_LONGEST: Final = timedelta(seconds=600)
_USUAL: Final = timedelta(seconds=300)
_REFUSED: Final = timedelta(seconds=30)
_UNREACHED: Final = timedelta(seconds=1)
_REFRESH: Final = timedelta(seconds=30)
_MOST: Final = 4096
_MOST_FAILURES: Final = 1024
_MOST_BYTES: Final = 16 * 1024 * 1024
_FETCH_SECONDS: Final = 5.0
MOST_WAITING: Final = 250
"""How many callers may wait for the documents of strangers, and as many for those of whom we have known."""
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=\"?([0-9]{1,9})", re.IGNORECASE)
_JSON = re.compile(r"application/(?:json|[a-z0-9.+-]+\+json|did)", re.IGNORECASE)
_CROWDED: Final = "too many others wait for documents"
_TRANSIENT: Final = frozenset({UNREACHABLE.code, TIMEOUT.code, DID_UNRESOLVABLE.code})


@dataclass(frozen=True, slots=True)
class _Found:
    document: DidDocument
    until: datetime
    size: int


@dataclass(frozen=True, slots=True)
class _Failed:
    error: RenkeiError
    until: datetime


class WebDidResolver:
    """From a did:web name to its document. Close it at the end."""

    def __init__(
        self,
        line: Line,
        clock: Clock,
        *,
        insecure_loopback: bool = False,
        fetch_seconds: float = _FETCH_SECONDS,
        most: int = _MOST,
        most_failures: int = _MOST_FAILURES,
        most_bytes: int = _MOST_BYTES,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._line = line
        self._clock = clock
        self._insecure_loopback = insecure_loopback
        self._fetch_seconds = fetch_seconds
        self._most = most
        self._most_failures = most_failures
        self._most_bytes = most_bytes
        self._bytes = 0
        self._found: OrderedDict[str, _Found] = OrderedDict()
        self._failed: OrderedDict[str, _Failed] = OrderedDict()
        self._refreshed: OrderedDict[str, datetime] = OrderedDict()
        self._known: Crowd[_Found | _Failed] = Crowd(most_waiting)
        self._strangers: Crowd[_Found | _Failed] = Crowd(most_waiting)
        self._under_way: dict[str, Fetch[_Found | _Failed]] = {}

    async def resolve(self, did: str, *, fresh: bool = False) -> DidDocument:
        """The document; ``fresh`` asks its host again, if that was not done for this DID within 30 s."""
        url = document_url(did, insecure_loopback=self._insecure_loopback)
        entry = self._kept(did)
        if entry is None or (fresh and self._may_refresh(did)):
            entry = await self._fetched(did, url)
        if isinstance(entry, _Failed):
            # A new error each time: a raised one grows with every place it passes.
            raise entry.error.problem(**entry.error.values)
        return entry.document

    async def close(self) -> None:
        """Break off what is under way."""
        tasks = [fetch.task for fetch in self._under_way.values() if fetch.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _may_refresh(self, did: str) -> bool:
        now = self._clock.now()
        last = self._refreshed.get(did)
        if last is not None and now < last + _REFRESH:
            return False
        self._refreshed[did] = now
        self._refreshed.move_to_end(did)
        if len(self._refreshed) > self._most:
            self._refreshed.popitem(last=False)
        return True

    def _kept(self, did: str) -> _Found | _Failed | None:
        now = self._clock.now()
        found = self._found.get(did)
        if found is not None and now < found.until:
            self._found.move_to_end(did)
            return found
        failed = self._failed.get(did)
        return failed if failed is not None and now < failed.until else None

    def _keep(self, did: str, entry: _Found | _Failed) -> None:
        """One table has it, never both."""
        self._failed.pop(did, None)
        before = self._found.pop(did, None)
        self._bytes -= before.size if before else 0
        if isinstance(entry, _Failed):
            self._failed[did] = entry
            if len(self._failed) > self._most_failures:
                self._failed.popitem(last=False)
            return
        self._found[did] = entry
        self._bytes += entry.size
        while len(self._found) > self._most or self._bytes > self._most_bytes:
            _, oldest = self._found.popitem(last=False)
            self._bytes -= oldest.size

    async def _fetched(self, did: str, url: str) -> _Found | _Failed:
        """Join the fetch that is under way, or begin one. It outlives a caller that gives up: others may wait."""
        fetch = self._under_way.get(did)
        if fetch is None or fetch.broken_off:
            # Also when its document has run out: a name that was found, and has not failed since, is no invention.
            fetch = Fetch(site_of(did), self._known if did in self._found else self._strangers)
        if not fetch.crowd.join(fetch):
            return self._crowded(did)
        try:
            if fetch.task is None:
                fetch.task = asyncio.create_task(self._fetch(did, url, fetch), name=f"did {did[:80]}")
                self._under_way[did] = fetch
                fetch.task.add_done_callback(lambda _: self._end(did, fetch))
            return await asyncio.shield(fetch.task)
        except asyncio.CancelledError:
            caller = asyncio.current_task()
            if fetch.broken_off and not (caller and caller.cancelling()):
                return self._crowded(did)
            raise
        finally:
            fetch.crowd.leave(fetch)

    def _end(self, did: str, fetch: Fetch[_Found | _Failed]) -> None:
        if self._under_way.get(did) is fetch:
            del self._under_way[did]

    def _crowded(self, did: str) -> _Failed:
        return _Failed(DID_UNRESOLVABLE(did=did, cause=_CROWDED), self._clock.now())

    async def _fetch(self, did: str, url: str, fetch: Fetch[_Found | _Failed]) -> _Found | _Failed:
        entry: _Found | _Failed
        try:
            document, age, size = await self._read(did, url, fetch.crowd.running(fetch.site))
        except RenkeiError as error:
            entry = self._failure(did, error)
            if error.code in _TRANSIENT and isinstance(self._kept(did), _Found):
                # A host that is down for a moment must not cost the document that is still good.
                return entry
        else:
            entry = _Found(document, self._clock.now() + age, size)
        self._keep(did, entry)
        return entry

    def _failure(self, did: str, error: RenkeiError) -> _Failed:
        now = self._clock.now()
        if error.code in _TRANSIENT:
            cause = error.values.get("cause", error.message())
            return _Failed(DID_UNRESOLVABLE(did=did, cause=cause), now + _UNREACHED)
        if error.code.startswith("trust-"):
            return _Failed(error, now + _REFUSED)
        return _Failed(DID_REFUSED(did=did, cause=error.message()), now + _REFUSED)

    async def _read(self, did: str, url: str, running: asyncio.Semaphore) -> tuple[DidDocument, timedelta, int]:
        """Fetch and read a document.

        What must hold:

        1. the host answers 200 within 5 s, its other fetches that go first included (redirects are not followed; 408,
           429 and 5xx may pass);
        2. the type is a JSON type, or none is given;
        3. the body has at most 256 KiB and is strict JSON that can be written again, since evidence keeps it;
        4. it is this DID's document (``trust.did.read_document``).
        """
        try:
            async with (
                asyncio.timeout(self._fetch_seconds),
                running,
                self._line.stream("GET", url, headers={"accept": "application/did+json, application/json"}) as answer,
            ):
                # 1
                if answer.status in {408, 429} or answer.status >= 500:
                    raise DID_UNRESOLVABLE(did=did, cause=f"its host answers {answer.status}")
                if answer.status != 200:
                    raise DID_REFUSED(did=did, cause=f"its host answers {answer.status}")
                # 2
                kind = answer.headers.get("content-type", "application/json").partition(";")[0].strip()
                if not _JSON.fullmatch(kind):
                    raise DID_REFUSED(did=did, cause=f"its type is {kind}")
                age = _age(answer.headers.get("cache-control", ""))
                body = await _bounded(answer, url)
        except TimeoutError:
            # 1
            raise TIMEOUT(url=url) from None
        # 3
        decoded = loads_object(body, _DOCUMENT)
        try:
            dumps(decoded)
        except (ValueError, OverflowError):
            raise BROKEN_JSON(cause="a text holds a lone surrogate, or a number is too large") from None
        # 4
        return read_document(decoded, did), age, len(body)


class OwnFirst:
    """A resolver that knows our own document without asking the network."""

    def __init__(self, own: DidDocument, others: DidResolver) -> None:
        self._own = own
        self._others = others

    async def resolve(self, did: str, *, fresh: bool = False) -> DidDocument:
        """Our own, or what the others find."""
        return self._own if did == self._own.did else await self._others.resolve(did, fresh=fresh)


async def _bounded(answer: Streamed, url: str) -> bytes:
    body = bytearray()
    async for piece in answer.pieces():
        body += piece
        # 3
        if len(body) > _DOCUMENT.size:
            raise ANSWER_TOO_LARGE(url=url, limit=_DOCUMENT.size)
    return bytes(body)


def _age(cache_control: str) -> timedelta:
    if "no-store" in cache_control or "no-cache" in cache_control:
        return _SHORTEST
    match = _MAX_AGE.search(cache_control)
    wanted = _USUAL if match is None else timedelta(seconds=int(match[1]))
    return min(max(wanted, _SHORTEST), _LONGEST)
