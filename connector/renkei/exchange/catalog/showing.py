"""What a requester is shown of what we offer: filtered before it is counted and cut, page after page.

A page is found by id: it begins after the last id of the one before (or ends before the first one of the one after), so
a crawl shows everything that stays offered once, whatever is published or withdrawn meanwhile. What is hidden costs
nothing and leaves no trace: the store is asked only for what hangs on definitions that permit this requester. What has
run out for everybody is not listed; who asks for it by its id learns from its terms why it cannot be had.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from weakref import WeakValueDictionary

import msgspec

from renkei.exchange.catalog.access import ANYONE, Access
from renkei.exchange.catalog.catalog_filters import CatalogFilter, read_filter
from renkei.exchange.catalog.judgement import without_names
from renkei.exchange.catalog.page_tokens import PageTokens, Place
from renkei.exchange.ports import Peer, Ports
from renkei.exchange.problems import UNKNOWN_DATASET
from renkei.exchange.records.assets import AssetRecord
from renkei.exchange.records.kept import Document
from renkei.kernel.values import replace
from renkei.policy.model import RENKEI
from renkei.policy.world import Fact
from renkei.protocol.catalog import Catalog, DataService, Dataset
from renkei.protocol.messages import CatalogRequest, DatasetMessage, MessageKind
from renkei.store.port import Record
from renkei.wire.catalog_page import catalog_page, dataset_message, render_dataset
from renkei.wire.codec import decode

WELL_KNOWN: Final = "/.well-known/renkei-self-description"
SELF_DESCRIPTION: Final = RENKEI + "selfDescription"
_AT_ONCE: Final = 500
# Rows that may all be passed over before a page goes out with what there is; the next page goes on from there.
_REFUSED: Final = 10_000
# Criteria judged and rows read before others on the loop have their turn: 2 or 3 ms.
_UNINTERRUPTED: Final = 128
# What a look for one id counts beside that.
_LOOK: Final = 4
_LAST_SIGN: Final = "\x01"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page as it is sent, and the tokens of its neighbours (for the ``Link`` header)."""

    body: bytes
    next: str | None = None
    previous: str | None = None


class _Asset(msgspec.Struct):
    """Of an asset's record, what showing it needs."""

    shown: str
    description: Document
    until: datetime | None = None

    def lasts(self, now: datetime) -> bool:
        """Whether its terms may permit something to somebody."""
        return self.until is None or now <= self.until


_ASSET: Final = msgspec.json.Decoder(_Asset)


class _Stint:
    """Work on the loop, counted, so that what takes long is cut into short pieces."""

    def __init__(self) -> None:
        self._done = 0

    async def add(self, work: int) -> None:
        """Let others go on when enough has been done since they last did."""
        self._done += work
        if self._done >= _UNINTERRUPTED:
            self._done = 0
            await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class _Scan:
    """Datasets by rising id, as JSON; ``end``: the id from which to go on in the same direction, if there is more."""

    rows: Sequence[tuple[str, str]]
    end: str | None


class Showing:
    """One participant's catalog as others see it."""

    def __init__(self, ports: Ports, access: Access, tokens: PageTokens) -> None:
        self._ports = ports
        self._access = access
        self._tokens = tokens
        # Kept by those who wait for their turn or have it.
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def page(self, peer: Peer, request: CatalogRequest, token: str | None = None) -> Page:
        """One page for one requester; of each requester one request at a time is looked through.

        Raises PeerError ``catalog-unsupported-filter``, ``catalog-filter-too-large``, ``catalog-bad-page``.
        """
        wanted = read_filter(request.filter)
        asked = {"asker": peer.id, "question": wanted.question}
        place = Place() if token is None else await self._tokens.read(token, **asked)
        size = min(self._ports.settings.page, wanted.limit or self._ports.settings.page)
        async with self._turns.setdefault(peer.id, asyncio.Lock()):
            definitions = await self._access.permitted(peer.id, peer.facts)
            scan = await self._scan(definitions, wanted, place, size)
        onwards, back = _neighbours(place, scan)
        return Page(
            body=catalog_page(self.head(), [self._for(peer, shown) for _, shown in scan.rows]),
            next=None if onwards is None else await self._tokens.write(onwards, **asked),
            previous=None if back is None else await self._tokens.write(back, **asked),
        )

    async def dataset(self, peer: Peer, dataset: str) -> bytes:
        """The message with one dataset for one requester. Raises PeerError ``catalog-unknown-dataset``."""
        asset = await self.asset(dataset, peer.id, peer.facts)
        if asset is None:
            raise UNKNOWN_DATASET(dataset=dataset)
        return dataset_message(self._for(peer, asset.shown))

    async def asset(self, dataset: str, participant: str, facts: Mapping[str, Fact]) -> AssetRecord | None:
        """An asset as far as a participant may see it; hidden and absent look the same, also by the clock.

        What the participant may see is found out first, whether there is such an asset or not.
        """
        definitions = frozenset(await self._access.permitted(participant, facts))
        row = await self._ports.store.load(AssetRecord.kind, dataset)
        return None if row is None or row.ref not in definitions else AssetRecord.of(row)

    async def whole(self, viewer: str = "") -> Catalog:
        """The whole catalog as a participant sees it by its id and number alone; without one, what everyone sees."""
        definitions = await self._access.permitted(viewer, {}) if viewer else (ANYONE,)
        datasets: list[Dataset] = []
        place: Place | None = Place()
        while place is not None:
            scan = await self._scan(definitions, CatalogFilter(), place, _AT_ONCE)
            datasets += [_decoded(shown) for _, shown in scan.rows]
            place = None if scan.end is None else Place(scan.end)
        return replace(self.head(), datasets=tuple(datasets))

    def _for(self, peer: Peer, shown: str) -> str:
        """A dataset as this requester can use it.

        Who is configured as one that does not sign has a connector that copies an offer whole into its own books, loses
        what it does not know when it asks for it, and then misses just that in our agreement (EDC does).
        """
        return _unsigned(shown) if peer.id in self._ports.settings.unsigned_partners else shown

    def head(self) -> Catalog:
        """Our catalog without its datasets."""
        settings = self._ports.settings
        us = self._ports.identity.participant
        extensions: dict[str, object] = {SELF_DESCRIPTION: {"@id": settings.root + WELL_KNOWN}} if settings.root else {}
        said = {"dct:title": settings.imprint.title, "dct:description": settings.imprint.description}
        extensions |= {name: text for name, text in said.items() if text}
        return Catalog(
            id=f"{us}#catalog", participant_id=us, services=(service_of(self._ports),), extensions=extensions
        )

    async def _scan(self, definitions: Collection[str], wanted: CatalogFilter, place: Place, size: int) -> _Scan:
        """Up to ``size`` datasets from a place on, in its direction."""
        found: list[tuple[str, str]] = []
        last, seen, now, stint = place.id, 0, self._ports.clock.now(), _Stint()
        if (names := wanted.ids) is not None:
            offered = self._named(names, frozenset(definitions), place, stint)
        else:
            offered = self._all(definitions, place, _AT_ONCE if wanted.criteria else size + 1)
        async with aclosing(offered):
            async for row in offered:
                if seen >= _REFUSED:
                    return _ordered(found, last, place)
                asset = _ASSET.decode(row.body)
                if asset.lasts(now) and wanted.matches(row.id, asset.description):
                    if len(found) == size:
                        return _ordered(found, found[-1][0], place)
                    found.append((row.id, asset.shown))
                last, seen = row.id, seen + 1
                await stint.add(1 + len(wanted.criteria))
        return _ordered(found, None, place)

    async def _named(
        self, names: Collection[str], definitions: frozenset[str], place: Place, stint: _Stint
    ) -> AsyncGenerator[Record, None]:
        """What is offered under these ids, from a place on, each looked for once and when it is needed."""
        beyond = [name for name in names if (name < place.id if place.backwards else name > place.id)]
        for name in sorted(beyond, reverse=place.backwards):
            row = await self._ports.store.load(AssetRecord.kind, name)
            if row is not None and row.ref in definitions:
                yield row
            await stint.add(_LOOK)

    async def _all(self, definitions: Collection[str], place: Place, at_once: int) -> AsyncGenerator[Record, None]:
        """All that is offered from a place on, read so many at once."""
        last = place.id
        while True:
            bounds = {"before": last} if place.backwards else {"after": last}
            rows = await self._ports.store.among(AssetRecord.kind, definitions, **bounds, limit=at_once)
            for row in rows:
                yield row
            if len(rows) < at_once:
                return
            last = rows[-1].id


def service_of(ports: Ports) -> DataService:
    """The service under which all we offer is negotiated and transferred."""
    return DataService(id=f"{ports.identity.participant}#connector", endpoint_url=ports.settings.address)


def _neighbours(place: Place, scan: _Scan) -> tuple[Place | None, Place | None]:
    """Where the next page begins and the previous one ends, as far as there are such pages.

    From where one has come there is a page: it was shown. An empty page keeps the place that led to it.
    """
    onwards = None if scan.end is None else Place(scan.end, place.backwards)
    if place.backwards:
        came_from = Place(scan.rows[-1][0] if scan.rows else "")
        return came_from, onwards
    if not place.id:
        return onwards, None
    # The smallest id that may be kept and comes after this one, so that this one is among those before it.
    return onwards, Place(scan.rows[0][0] if scan.rows else place.id + _LAST_SIGN, backwards=True)


def _ordered(found: list[tuple[str, str]], end: str | None, place: Place) -> _Scan:
    return _Scan(found[::-1] if place.backwards else found, end)


def _unsigned(shown: str) -> str:
    """A dataset whose offers hold their terms alone."""
    dataset = _decoded(shown)
    offers = tuple(replace(offer, extensions=without_names(offer.extensions)) for offer in dataset.offers)
    return render_dataset(replace(dataset, offers=offers))


def _decoded(shown: str) -> Dataset:
    message = decode(dataset_message(shown), expect=MessageKind.DATASET)
    assert isinstance(message, DatasetMessage)
    return message.dataset
