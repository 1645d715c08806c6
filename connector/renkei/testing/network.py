"""The network in memory: real requests with real bodies, carried by a function call, and spoilt as a test wants.

What happens to a request is its fate. A script says it for the next requests of a kind, a weather (any function, such
as a seeded ``Storm``) for all others::

    network.expect("ContractAgreementMessage", Fate.LOSE_ANSWER, 503)   # the first two; later ones arrive
    network.weather = Storm(seed=7, lose=0.3)

A status as fate is answered in the partner's place; a ``Passage`` as fate is carried instead of the one sent, which is
how a test plays the man in the middle.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from random import Random
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from renkei.exchange.machine.endpoint import Inbound, Reply, Route
from renkei.exchange.ports import Answered, Clock, Streamed
from renkei.http.addresses import AddressRules, shown
from renkei.http.dsp import partner_problem
from renkei.http.problems import CRASHED, TIMEOUT, TOO_LARGE, UNREACHABLE
from renkei.http.routing import RouteTable, read_query
from renkei.kernel import strict_json
from renkei.kernel.problems import RenkeiError

_log = logging.getLogger(__name__)
_TURNS: Final = 100
_PIECE: Final = 64 * 1024
Site: TypeAlias = Callable[[Inbound], Awaitable[Reply]]


class Fate(Enum):
    """What becomes of one request; its sender learns of a loss at once, as a time-out.

    LOSE: it never arrives. LOSE_ANSWER: it arrives, the answer does not. REPEAT: it arrives twice at the same time, the
    first answer counts. LATE: given up by its sender, it arrives ``Network.lateness`` seconds later all the same.
    OVERTAKEN: the answer comes only after the partner's next request to the sender.
    """

    DELIVER = "deliver"
    LOSE = "lose"
    LOSE_ANSWER = "lose-answer"
    REPEAT = "repeat"
    LATE = "late"
    OVERTAKEN = "overtaken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One request on its way. ``sender`` is the origin it comes from; ``number`` counts all requests."""

    number: int
    sender: str
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def origin(self) -> str:
        """Scheme and authority of whom it is sent to."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def kind(self) -> str:
        """The ``@type`` of the message it carries; empty where there is none."""
        try:
            word = strict_json.loads_object(self.body).get("@type")
        except RenkeiError:
            return ""
        return word if isinstance(word, str) else ""


@dataclass(frozen=True, slots=True)
class Crossing:
    """A request that was sent and what its sender was answered; status 0 where it heard nothing."""

    passage: Passage
    status: int
    body: bytes = b""


Ruling: TypeAlias = Fate | int | Passage
Weather: TypeAlias = Callable[[Passage], Ruling]


class Storm:
    """A bad line that is equally bad in every run.

    ``lose``, ``repeat`` and ``late`` are shares of the requests; half of ``lose`` lose only the answer. ``methods``
    says which requests it strikes: what is posted is tried again by whoever sent it, a look-up is its caller's affair.
    """

    def __init__(
        self,
        seed: int,
        *,
        lose: float = 0.3,
        repeat: float = 0.1,
        late: float = 0.1,
        methods: frozenset[str] = frozenset({"POST"}),
    ) -> None:
        self._random = Random(seed)  # noqa: S311 - a failing run must be repeatable
        self._methods = methods
        self._bounds = (
            (lose / 2, Fate.LOSE),
            (lose, Fate.LOSE_ANSWER),
            (lose + repeat, Fate.REPEAT),
            (lose + repeat + late, Fate.LATE),
        )

    def __call__(self, passage: Passage) -> Ruling:
        """The next throw of the dice."""
        if passage.method not in self._methods:
            return Fate.DELIVER
        thrown = self._random.random()
        return next((fate for bound, fate in self._bounds if thrown < bound), Fate.DELIVER)


class Network:
    """Who can be reached under which origin, and what happens on the way."""

    def __init__(self, clock: Clock, lateness: float = 5.0) -> None:
        self.weather: Weather | None = None
        self.lateness = lateness
        self.log: list[Crossing] = []
        self.count = 0
        self._clock = clock
        self._sites: dict[str, Site] = {}
        self._expected: defaultdict[str, deque[Ruling]] = defaultdict(deque)
        self._late: list[tuple[datetime, int, Passage]] = []
        self._arrived: defaultdict[str, int] = defaultdict(int)
        self._moving = 0
        self._still = asyncio.Event()

    # --- who is there ----------------------------------------------------------------------------

    def open(self, origin: str, site: Site) -> None:
        """Answer requests to an origin such as ``https://alice.example``."""
        self._sites[origin] = site

    def close(self, origin: str) -> None:
        """From now on nobody is there."""
        self._sites.pop(origin, None)

    # --- what happens on the way -----------------------------------------------------------------

    def expect(self, what: str, *rulings: Ruling) -> None:
        """The fates of the next requests of a message type, or of those whose path ends with ``what``, in turn."""
        self._expected[what].extend(rulings)

    def sent(self, kind: str) -> list[Crossing]:
        """All that was sent of one message type, so far."""
        return [crossing for crossing in self.log if crossing.passage.kind == kind]

    @property
    def moving(self) -> int:
        """How many requests are on their way right now."""
        return self._moving

    async def still(self) -> None:
        """Wait until nothing is on its way."""
        while self._moving:
            self._still.clear()
            await self._still.wait()

    @property
    def next_late(self) -> datetime | None:
        """When the next late request arrives."""
        return self._late[0][0] if self._late else None

    async def deliver_late(self) -> int:
        """Let arrive what is late enough; how many that were."""
        due = 0
        while self._late and self._late[0][0] <= self._clock.now():
            _, _, passage = heapq.heappop(self._late)
            due += 1
            await self._on_its_way(self._deliver(passage))
        return due

    async def carry(self, passage: Passage) -> Answered:
        """One request to its fate. Raises PeerError ``line-unreachable`` or ``line-timeout``."""
        try:
            answered = await self._on_its_way(self._to_its_fate(passage))
        except RenkeiError:
            self.log.append(Crossing(passage, 0))
            raise
        self.log.append(Crossing(passage, answered.status, answered.body))
        return answered

    async def _on_its_way(self, travel: Awaitable[Answered]) -> Answered:
        self._moving += 1
        self.count += 1
        try:
            return await travel
        finally:
            self._moving -= 1
            if not self._moving:
                self._still.set()

    async def _to_its_fate(self, passage: Passage) -> Answered:
        match self._ruling(passage):
            case int() as status:
                return Answered(status=status)
            case Passage() as changed:
                return await self._deliver(changed)
            case Fate.REPEAT:
                first, _ = await asyncio.gather(self._deliver(passage), self._deliver(passage))
                return first
            case Fate.OVERTAKEN:
                arrived = self._arrived[passage.sender]
                answered = await self._deliver(passage)
                # Bounded: where the partner has nothing to say, nothing overtakes.
                for _ in range(_TURNS):
                    if self._arrived[passage.sender] > arrived:
                        break
                    await asyncio.sleep(0)
                return answered
            case Fate.LOSE:
                raise TIMEOUT(url=shown(passage.url))
            case Fate.LOSE_ANSWER:
                await self._deliver(passage)
                raise TIMEOUT(url=shown(passage.url))
            case Fate.LATE:
                due = self._clock.now() + timedelta(seconds=self.lateness)
                heapq.heappush(self._late, (due, passage.number, passage))
                raise TIMEOUT(url=shown(passage.url))
            case _:
                return await self._deliver(passage)

    def _ruling(self, passage: Passage) -> Ruling:
        path = urlsplit(passage.url).path
        for what, rulings in self._expected.items():
            if rulings and (what == passage.kind or path.endswith(what)):
                return rulings.popleft()
        return self.weather(passage) if self.weather is not None else Fate.DELIVER

    async def _deliver(self, passage: Passage) -> Answered:
        site = self._sites.get(passage.origin)
        if site is None:
            raise UNREACHABLE(url=shown(passage.url), cause="nobody is there")
        parts = urlsplit(passage.url)
        reply = await site(
            Inbound(
                method=passage.method,
                path=parts.path,
                query=read_query(parts.query),
                headers=passage.headers,
                body=passage.body,
                base_url=passage.origin,
            )
        )
        try:
            body = await _whole(reply)
        except Exception as error:
            _log.info("stream broke", extra={"code": "line-unreachable", "cause": repr(error)})
            raise UNREACHABLE(url=shown(passage.url), cause="the answer broke off") from error
        finally:
            self._arrived[passage.origin] += 1
            if reply.on_wire is not None:
                reply.on_wire()
        headers = {"content-type": reply.content_type, **{name.lower(): text for name, text in reply.headers.items()}}
        return Answered(status=reply.status, body=body, headers=headers)


def site_of(routes: Sequence[Route]) -> Site:
    """A table of routes, answered as ``http.server.Listener`` does: same look-up, same limits, same errors."""
    table = RouteTable(routes)

    async def answer(request: Inbound) -> Reply:
        try:
            route, values = table.find(request.method, request.path)
            _check_size(request, route)
            return await route.handler(replace(request, path_values=values))
        except RenkeiError as error:
            _log.info("request refused", extra={"code": error.code, "path": request.path})
            return partner_problem(error, request)
        except Exception:  # noqa: BLE001 - as at a listener: whatever a handler does, the sender is answered
            _log.exception("handler crashed", extra={"code": CRASHED.code, "path": request.path})
            return partner_problem(CRASHED(), request)

    return answer


def _check_size(request: Inbound, route: Route) -> None:
    if len(request.body) > route.size_limit:
        raise TOO_LARGE(limit=route.size_limit)


class MemoryLine:
    """Implements ``exchange.ports.Line`` over a network, with the address rules of the real one."""

    def __init__(self, network: Network, sender: str, rules: AddressRules | None = None) -> None:
        self._network = network
        self._sender = sender
        self._rules = rules or AddressRules()

    def check(self, url: str) -> None:
        """Refuse what would never be called."""
        self._rules.check_url(url)

    async def send(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Answered:
        """One request."""
        self.check(url)
        lower = {name.lower(): value for name, value in (headers or {}).items()}
        number = self._network.count
        return await self._network.carry(
            Passage(number=number, sender=self._sender, method=method, url=url, headers=lower, body=body)
        )

    @asynccontextmanager
    async def stream(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> AsyncIterator[Streamed]:
        """One request; its answer, which memory holds anyway, is handed on in pieces."""
        yield _Pieces(await self.send(method, url, headers=headers, body=body))


@dataclass(frozen=True, slots=True)
class _Pieces:
    answered: Answered

    @property
    def status(self) -> int:
        return self.answered.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self.answered.headers

    async def pieces(self) -> AsyncIterator[bytes]:
        body = self.answered.body
        for start in range(0, len(body), _PIECE):
            yield body[start : start + _PIECE]


async def _whole(reply: Reply) -> bytes:
    if reply.stream is None:
        return reply.body
    try:
        return b"".join([piece async for piece in reply.stream])
    finally:
        if (aclose := getattr(reply.stream, "aclose", None)) is not None:
            await aclose()
