"""Bad input over real sockets: a typed error, no state changed, the connector alive, the reason in the log.

Three connectors with their own SQLite files on loopback: ``maker`` is spoken to, ``buyer`` has business with it,
``stranger`` has none.
"""

from __future__ import annotations

import io
import json
import logging
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest
import pytest_asyncio

from renkei.exchange.catalog.catalogs import Publication
from renkei.exchange.records.assets import Source, SourceKind
from renkei.exchange.records.parts import PartRecord
from renkei.exchange.records.requests import RequestKind
from renkei.kernel.problems import PeerError
from renkei.keyfiles import ensure_keys
from renkei.node import Connector, ConnectorConfig
from renkei.policy.model import SIGNATURE, Policy, PolicyKind, Rule
from renkei.trust.did import key_id
from renkei.trust.keys import KeySigner
from renkei.trust.tokens import mint, token_claims

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

CONTEXT = ["https://w3id.org/dspace/2025/1/context.jsonld"]
CELL = "urn:example:cell"
UNKNOWN = "urn:uuid:11111111-2222-4333-8444-555555555555"
ANYONE = Policy(id="urn:example:anyone", kind=PolicyKind.SET, permission=(Rule(action="use"),))
DSP = "/dsp/2025-1"


@dataclass
class World:
    maker: Connector
    buyer: Connector
    stranger: Connector
    session: aiohttp.ClientSession
    negotiation: str  # the maker's pid of a negotiation with the buyer
    offer: dict

    async def call(self, caller: Connector, method: str, path: str, body=None, **headers) -> tuple[int, dict, dict]:
        """One request to the maker with a good token; status, headers, decoded body."""
        identity = caller.participant.ports.identity
        sent = {"content-type": "application/json", **await identity.authorization("test", self.maker.did), **headers}
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        async with self.session.request(method, self.maker.public_url + path, data=data, headers=sent) as answer:
            raw = await answer.read()
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return answer.status, headers, json.loads(raw) if raw else {}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory):
    root: Path = tmp_path_factory.mktemp("bad-input")
    configs = [ConnectorConfig(folder=root / name, insecure_loopback=True) for name in ("maker", "buyer", "stranger")]
    async with (
        Connector(configs[0]) as maker,
        Connector(configs[1]) as buyer,
        Connector(configs[2]) as stranger,
        aiohttp.ClientSession() as session,
    ):
        await offered(maker, CELL, b'{"kgCO2e": "62.9"}')
        asset = await maker.participant.catalogs.kept(CELL)
        agreement = await buyer.negotiate(maker.did, CELL)
        pid = (await buyer.participant.negotiations.kept(agreement.negotiation)).partner_pid
        await stranger.catalog(maker.did)
        for connector in (maker, buyer, stranger):
            assert await connector.participant.courier.idle(5)
        yield World(maker, buyer, stranger, session, pid, dict(asset.offer))


async def offered(connector: Connector, dataset: str, content: bytes) -> None:
    files = connector.config.folder / "files"
    files.mkdir(exist_ok=True)
    place = dataset.rpartition(":")[2] + ".json"
    (files / place).write_bytes(content)
    source = Source(kind=SourceKind.FILE, place=place)
    await connector.publish(Publication(dataset=dataset, policy=ANYONE, source=source))


async def kept(connector: Connector) -> dict[str, list]:
    """Everything in its database but history and used tokens."""
    store = connector.participant.ports.store
    kinds = ("negotiation", "agreement", "transfer", "token", "document", "request", "asset", "part")
    rows = {kind: list(await store.find(kind, limit=10_000)) for kind in kinds}
    return {**rows, "outbox": list(await store.deliveries(limit=10_000))}


def codes(caplog) -> set[str]:
    return {record.code for record in caplog.records if hasattr(record, "code")}


def request(offer: dict, **members) -> dict:
    opening = {"@context": CONTEXT, "@type": "ContractRequestMessage", "@id": UNKNOWN, "consumerPid": UNKNOWN}
    return {**opening, "callbackAddress": "http://127.0.0.1:9/dsp", "offer": offer, **members}


def termination(pid: str, **members) -> dict:
    message = {"@context": CONTEXT, "@type": "ContractNegotiationTerminationMessage", "@id": UNKNOWN}
    return {**message, "providerPid": pid, "consumerPid": UNKNOWN, **members}


DEEP = b'{"a":' * 500 + b"1" + b"}" * 500
# what → (path, body as a function of the world, status, code, type of the answer)
CASES = {
    "broken JSON": (f"{DSP}/negotiations/request", lambda _: b'{"@context": [', 400, "json-broken", "Negotiation"),
    "no JSON at all": (f"{DSP}/transfers/request", lambda _: b"\xff\xfe\x00", 400, "json-broken", "Transfer"),
    "an empty body": (f"{DSP}/catalog/request", lambda _: b"", 400, "json-broken", "Catalog"),
    "a name twice": (f"{DSP}/catalog/request", lambda _: b'{"a": 1, "a": 2}', 400, "json-broken", "Catalog"),
    "not a number": (f"{DSP}/catalog/request", lambda _: b'{"a": NaN}', 400, "json-broken", "Catalog"),
    "deep JSON": (f"{DSP}/catalog/request", lambda _: DEEP, 400, "json-too-deep", "Catalog"),
    "a wrong context": (
        f"{DSP}/negotiations/request",
        lambda w: request(w.offer, **{"@context": ["https://w3id.org/dspace/2024/1/context.json"]}),
        400,
        "wire-unknown-context",
        "Negotiation",
    ),
    "a context that is a text": (
        f"{DSP}/negotiations/request",
        lambda w: request(w.offer, **{"@context": CONTEXT[0]}),
        400,
        "wire-unknown-context",
        "Negotiation",
    ),
    "a wrong type": (
        f"{DSP}/negotiations/request",
        lambda _: termination(UNKNOWN),
        400,
        "wire-wrong-type",
        "Negotiation",
    ),
    "an unknown dataset": (
        f"{DSP}/negotiations/request",
        lambda w: request({**w.offer, "target": "urn:example:none"}),
        400,
        "negotiation-unknown-offer",
        "Negotiation",
    ),
    "a callback that must not be called": (
        f"{DSP}/negotiations/request",
        lambda w: request(w.offer, callbackAddress="https://169.254.169.254/latest"),
        400,
        "wire-callback-address",
        "Negotiation",
    ),
    "an unknown agreement": (
        f"{DSP}/transfers/request",
        lambda _: {
            "@context": CONTEXT,
            "@type": "TransferRequestMessage",
            "consumerPid": UNKNOWN,
            "agreementId": UNKNOWN,
            "format": "HttpData-PULL",
            "callbackAddress": "http://127.0.0.1:9/dsp",
        },
        400,
        "transfer-unknown-agreement",
        "Transfer",
    ),
}
TYPES = {"Negotiation": "ContractNegotiationError", "Transfer": "TransferError", "Catalog": "CatalogError"}


@pytest.mark.parametrize("what", CASES)
async def test_a_bad_message_is_refused_with_a_typed_error_and_changes_nothing(world, caplog, what) -> None:
    caplog.set_level(logging.INFO)
    path, body, status, code, kind = CASES[what]
    before = await kept(world.maker)
    found, _, said = await world.call(world.buyer, "POST", path, body(world))
    assert (found, said["@type"], said["code"]) == (status, TYPES[kind], code)
    assert await kept(world.maker) == before
    assert code in codes(caplog)
    await alive(world)


async def alive(world: World) -> None:
    assert CELL in {dataset.id for dataset in await world.stranger.catalog(world.maker.did)}


async def test_an_unknown_dataset_is_not_found(world, caplog) -> None:
    path = f"{DSP}/catalog/datasets/{quote('urn:example:none', safe='')}"
    status, _, said = await world.call(world.buyer, "GET", path)
    assert (status, said["@type"], said["code"]) == (404, "CatalogError", "catalog-unknown-dataset")
    assert "catalog-unknown-dataset" in codes(caplog)


async def test_an_unknown_dataset_ends_our_own_call_with_the_same_code(world) -> None:
    with pytest.raises(PeerError, match="catalog-unknown-dataset"):
        await world.buyer.fetch(world.maker.did, "urn:example:none")


async def spoilt_token(world: World, age: timedelta, **claims) -> str:
    """A token of the buyer's, signed with its own key, minted ``age`` ago."""
    did, keys = world.buyer.did, ensure_keys(world.buyer.config.folder)
    now = world.buyer.participant.ports.clock.now() - age
    made = {**token_claims(did, world.maker.did, now, world.buyer.participant.ports.ids.new()), **claims}
    return "Bearer " + await mint(made, KeySigner(key_id(did, keys.token.public), keys.token))


@pytest.mark.parametrize(
    ("age", "claims", "code"),
    [
        (timedelta(hours=1), {}, "trust-token-expired"),
        (timedelta(0), {"aud": "did:web:other.example"}, "trust-token-audience"),
        (timedelta(0), {"iss": "did:web:other.example", "sub": "did:web:other.example"}, "trust-token-kid"),
    ],
)
async def test_a_token_that_is_expired_or_not_for_us_is_refused(world, caplog, age, claims, code) -> None:
    before = await kept(world.maker)
    token = await spoilt_token(world, age, **claims)
    body = termination(world.negotiation)
    path = f"{DSP}/negotiations/{world.negotiation}/termination"
    status, headers, said = await world.call(world.buyer, "POST", path, body, authorization=token)
    assert (status, headers["www-authenticate"]) == (401, "Bearer")
    assert (said["@type"], said["code"]) == ("ContractNegotiationError", code)
    assert code in codes(caplog)
    assert await kept(world.maker) == before
    await alive(world)


async def test_a_token_works_once(world, caplog) -> None:
    token = await spoilt_token(world, timedelta(0))
    body = {"@context": CONTEXT, "@type": "CatalogRequestMessage"}
    statuses = [
        (await world.call(world.buyer, "POST", f"{DSP}/catalog/request", body, authorization=token))[0]
        for _ in range(2)
    ]
    assert statuses == [200, 401]
    assert "store-replayed" in codes(caplog)


async def test_another_participants_process_does_not_exist(world, caplog) -> None:
    caplog.set_level(logging.INFO)
    before = await kept(world.maker)
    answers = []
    for pid in (world.negotiation, UNKNOWN):
        path = f"{DSP}/negotiations/{pid}"
        for method, below, body in (("GET", "", None), ("POST", "/termination", termination(pid))):
            status, headers, said = await world.call(world.stranger, method, path + below, body)
            assert (status, said["@type"]) == (404, "ContractNegotiationError")
            answers.append((headers["content-length"], said))
    assert answers[:2] == answers[2:]
    assert await kept(world.maker) == before
    assert "process-unknown" in codes(caplog)
    await alive(world)


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_of_5_mb_is_refused_before_it_is_read(world, caplog, chunked) -> None:
    caplog.set_level(logging.INFO)
    before = await kept(world.maker)
    size = 5_000_000

    async def pieces():
        for _ in range(size // 50_000):
            yield b" " * 50_000

    body = pieces() if chunked else io.BytesIO(b" " * size)
    status, _, said = await world.call(world.buyer, "POST", f"{DSP}/negotiations/request", body)
    assert (status, said["code"]) == (413, "http-too-large")
    assert "http-too-large" in codes(caplog)
    assert await kept(world.maker) == before
    await alive(world)


async def test_a_stolen_or_made_up_data_token_opens_nothing(world, caplog) -> None:
    caplog.set_level(logging.INFO)
    for token in ("made-up", "Bearer made-up"):
        status, _, said = await world.call(world.buyer, "GET", "/data", authorization=token)
        assert (status, said["code"]) == (401, "data-token-refused")
    assert "data-token-refused" in codes(caplog)


# --- records --------------------------------------------------------------------------------------


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def record(world) -> dict:
    """A signed footprint of the maker's."""
    unit = {"declaredUnit": "piece", "declaredUnitAmount": "1", "period": {"start": "2025-01-01", "end": "2025-12-31"}}
    plant = {"name": "plant", "stage": "mainProductProduction", "kgCO2e": "62.9"}
    inventory = {"@type": "FootprintInventory", **unit, "own": [plant], "secondary": []}
    part = await world.maker.participant.parts.register(PartRecord(id="CELL", inventory=inventory))
    return (await world.maker.participant.parts.record(part, RequestKind.FOOTPRINT)).document


def flipped(signature: str) -> str:
    head, _, tail = signature.partition("..")
    return f"{head}..{'B' if tail[0] == 'A' else 'A'}{tail[1:]}"


ALTERED = {
    "figure": lambda record: {**record, "total": "6.29"},
    "signature": lambda record: {**record, SIGNATURE: flipped(record[SIGNATURE])},
    "no-signature": lambda record: {name: value for name, value in record.items() if name != SIGNATURE},
}


@pytest.mark.parametrize("what", ALTERED)
async def test_a_record_that_was_altered_is_refused_and_not_kept(world, record, caplog, what) -> None:
    dataset = f"urn:example:{what}"
    await offered(world.maker, dataset, json.dumps(ALTERED[what](record)).encode())
    with pytest.raises(PeerError, match="record-refused"):
        await world.buyer.fetch(world.maker.did, dataset)
    assert (await kept(world.buyer))["document"] == []
    for connector in (world.buyer, world.maker):
        assert await connector.participant.courier.idle(5)
        transfers = connector.participant.transfers
        rows = (await kept(connector))["transfer"]
        ends = [await transfers.kept(row.id) for row in rows if dataset in row.body.decode()]
        assert [(end.state.value, end.failure.code) for end in ends] == [("TERMINATED", "record-refused")]
    await alive(world)


async def test_the_record_as_it_was_signed_is_kept(world, record) -> None:
    await offered(world.maker, "urn:example:good", json.dumps(record).encode())
    fetched = await world.buyer.fetch(world.maker.did, "urn:example:good")
    assert fetched.record.document == record
    assert len((await kept(world.buyer))["document"]) == 1
