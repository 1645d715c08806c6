"""A page of a large catalog as a requester gets it: a real request with its own token, over a socket, from SQLite.

100,000 offers hang on 1,000 access policies of different forms (parties, business partner numbers, validity, nested
connectives); the requester may see those of ten, 1 %. Beside it stands a catalog with the same visible offers and none
hidden. Every page is asked for with no decision remembered, all ten pages of the crawl in turn.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from dataclasses import replace
from pathlib import Path

from renkei.exchange.catalog.access import ANYONE
from renkei.exchange.catalog.catalogs import Publication
from renkei.exchange.records.assets import AssetRecord, Source, SourceKind
from renkei.node import Connector, ConnectorConfig
from renkei.policy.model import Atomic, Connective, Logical, Operator, Policy, PolicyKind, Rule
from renkei.policy.operands import ASSIGNEE, BUSINESS_PARTNER_NUMBER, DATE_TIME
from renkei.protocol.messages import CatalogMessage, CatalogRequest, MessageKind
from renkei.store.port import Changes
from renkei.wire.codec import decode, encode

OFFERS, DEFINITIONS, SEEN = 100_000, 1_000, 10
EVERY = DEFINITIONS // SEEN
ROUNDS = 5
TERMS = Policy(id="urn:bench:terms", kind=PolicyKind.SET, permission=(Rule(action="use"),))


def access(number: int, requester: str) -> Policy:
    """One of the access policies; every hundredth admits the requester, each in another way."""
    others = tuple(f"did:web:partner-{number}-{other}.example" for other in range(10))
    admitted = (*others, requester) if number % EVERY == 0 else others
    party = Atomic(ASSIGNEE, Operator.IS_ANY_OF, admitted)
    valid = Atomic(DATE_TIME, Operator.LT, f"2099-01-01T00:00:{number % 60:02}Z")
    numbered = Atomic(BUSINESS_PARTNER_NUMBER, Operator.IS_ANY_OF, tuple(f"BPNL{number:06}{n:02}" for n in range(10)))
    forms = (
        (party,),
        (party, valid),
        (Logical(Connective.AND, (valid, party)),),
        (Logical(Connective.OR, (numbered, party)), valid),
    )
    rule = Rule(action="use", constraint=forms[(number // EVERY if number % EVERY == 0 else number) % len(forms)])
    return Policy(id=f"urn:bench:access:{number}", kind=PolicyKind.SET, permission=(rule,))


async def fill(connector: Connector, requester: str, numbers: list[int]) -> None:
    """Publish ``OFFERS / DEFINITIONS`` offers under each of these definitions, all under ids that interleave."""
    catalogs, store = connector.participant.catalogs, connector.participant.ports.store
    await catalogs.withdraw(f"{connector.did}#request-box")
    source = Source(kind=SourceKind.DOCUMENT, place="urn:bench:document")
    sample = await catalogs.prepare(
        Publication(
            dataset="urn:bench:dataset:000000",
            policy=TERMS,
            source=source,
            description={"dct:title": "Carbon footprint of a cell", "dcat:keyword": ["battery", "footprint"]},
        )
    )
    assert sample.access == ANYONE
    for number in numbers:
        await catalogs.access.define(f"bench:{number:04}", access(number, requester))
    rows = [
        AssetRecord.row(_named(sample, f"urn:bench:dataset:{place * DEFINITIONS + number:06}", f"bench:{number:04}"))
        for place in range(OFFERS // DEFINITIONS)
        for number in numbers
    ]
    for begin in range(0, len(rows), 2000):
        await store.commit(Changes(records=tuple(rows[begin : begin + 2000])))


def _named(sample: AssetRecord, dataset: str, definition: str) -> AssetRecord:
    shown = sample.shown.replace(sample.id, dataset)
    return replace(sample, id=dataset, access=definition, shown=shown, offer={**sample.offer, "target": dataset})


async def crawl(requester: Connector, provider: Connector) -> tuple[list[float], set[str]]:
    """Ask for page after page; seconds for each, and what was seen."""
    ports = requester.participant.ports
    url: str | None = f"{provider.participant.ports.settings.address}/catalog/request"
    body = encode(CatalogRequest(message_id=ports.ids.new()))
    seconds: list[float] = []
    seen: list[str] = []
    while url is not None:
        provider.participant.catalogs.access._answers.clear()
        headers = {
            "content-type": "application/json",
            **await ports.identity.authorization(MessageKind.CATALOG_REQUEST, provider.did),
        }
        begun = time.perf_counter()
        answered = await ports.line.send("POST", url, headers=headers, body=body)
        seconds.append(time.perf_counter() - begun)
        message = decode(answered.body, expect=MessageKind.CATALOG)
        assert isinstance(message, CatalogMessage)
        assert len(message.catalog.datasets) == 100
        seen += [dataset.id for dataset in message.catalog.datasets]
        links = dict(reversed(link.split("; ")) for link in answered.headers.get("link", "").split(", ") if link)
        onwards = links.get('rel="next"')
        url = None if onwards is None else onwards[1:-1]
    assert len(seen) == len(set(seen)) == OFFERS * SEEN // DEFINITIONS
    return seconds, set(seen)


async def measure(folder: Path) -> dict[str, float]:
    """Both catalogs in turn, so that what else the machine does meets both."""
    config = {"insecure_loopback": True}
    async with (
        Connector(ConnectorConfig(folder=folder / "requester", **config)) as requester,
        Connector(ConnectorConfig(folder=folder / "hiding", **config)) as hiding,
        Connector(ConnectorConfig(folder=folder / "plain", **config)) as plain,
    ):
        await fill(hiding, requester.did, list(range(DEFINITIONS)))
        await fill(plain, requester.did, list(range(0, DEFINITIONS, EVERY)))
        times: dict[str, list[float]] = {"hiding": [], "plain": []}
        shown: dict[str, set[str]] = {}
        for _ in range(ROUNDS + 1):
            for name, provider in (("hiding", hiding), ("plain", plain)):
                seconds, shown[name] = await crawl(requester, provider)
                times[name].append(statistics.median(seconds))
        assert shown["hiding"] == shown["plain"]
    # The first round of each warms the caches of the operating system.
    hidden, bare = (statistics.median(times[name][1:]) for name in ("hiding", "plain"))
    return {"catalog_page_ms": round(hidden * 1000, 2), "catalog_hidden_ratio": round(hidden / bare, 2)}


def catalog(folder: Path) -> dict[str, float]:
    """``catalog_page_ms`` for a page of 100, and ``catalog_hidden_ratio`` to a catalog that hides nothing."""
    return asyncio.run(measure(folder / "catalog"))
