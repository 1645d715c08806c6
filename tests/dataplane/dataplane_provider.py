"""A provider whose transfers run for real over a store in memory; its partner takes every message."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from renkei.dataplane.serving import BoxHandler, Serving
from renkei.dataplane.sources import ByteCallable, Sources
from renkei.exchange.agreement.agreements import Agreements
from renkei.exchange.agreement.obligations import Obligations
from renkei.exchange.catalog.catalogs import Catalogs
from renkei.exchange.consent.consent_demands import ConsentDemands
from renkei.exchange.machine.courier import Courier
from renkei.exchange.machine.endpoint import Inbound, Reply
from renkei.exchange.machine.patience import Patience
from renkei.exchange.machine.steps import Steps
from renkei.exchange.machine.watch import Watch
from renkei.exchange.partner.signatures import Signatures
from renkei.exchange.ports import Answered, Peer, Ports, Settings
from renkei.exchange.process.decisions import TransferStep
from renkei.exchange.process.processes import Means
from renkei.exchange.process.usage import Usage
from renkei.exchange.records.assets import AssetRecord, Source, SourceKind
from renkei.exchange.records.processes import AgreementRecord, Side
from renkei.exchange.records.requests import DocumentRecord
from renkei.exchange.transfer.continuing import RECHECK_TASK, Recheck
from renkei.exchange.transfer.transfers import Transfers
from renkei.kernel import instants
from renkei.node import shipped
from renkei.policy.model import Atomic, Operator, Policy, PolicyKind, Rule
from renkei.policy.world import Fact
from renkei.policy.write import write_agreement
from renkei.protocol.catalog import HTTP_PULL
from renkei.protocol.messages import TransferRequest
from renkei.protocol.transfer import TransferState
from renkei.store.memory import MemoryStore
from renkei.store.port import Changes, Store
from renkei.trust.did import DidDocument, read_document

US, PARTNER = "did:web:cells.example", "did:web:cars.example"
START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@dataclass
class SteppedClock:
    time: datetime = START

    def now(self) -> datetime:
        return self.time

    def step(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass
class CountedIds:
    count: int = 0
    secrets: list[str] = field(default_factory=list)

    def new(self) -> str:
        self.count += 1
        return f"urn:uuid:00000000-0000-4000-8000-{self.count:012d}"

    def secret(self) -> str:
        self.secrets.append(f"token-{len(self.secrets)}-{'s' * 43}")
        return self.secrets[-1]


class OpenIdentity:
    participant = US

    async def authenticate(self, message, headers) -> Peer:
        return Peer(id=PARTNER)

    async def authorization(self, message, audience) -> dict[str, str]:
        return {"authorization": "Bearer ours"}


class AgreeablePartner:
    """The line to a partner that takes every protocol message, and of which nothing else is asked."""

    async def send(self, method, url, *, headers=None, body=b"") -> Answered:
        return Answered(status=200)

    def check(self, url: str) -> None:
        assert url.startswith("https://cars.example")


class StartsAtOnce:
    """The rule book of a provider that starts every transfer that it has taken."""

    async def negotiation(self, record, facts) -> None:
        raise AssertionError(record)

    async def transfer(self, record, facts) -> TransferStep | None:
        return TransferStep(target=TransferState.STARTED) if record.state is TransferState.REQUESTED else None


class Nobody:
    """Ports that serving bytes never needs: it has nothing that could be asked."""


class Documents:
    """The DID documents of partners: each says its own id, and with it the host it calls from."""

    async def resolve(self, did: str, *, fresh: bool = False) -> DidDocument:
        return read_document({"id": did}, did)


class Provider:
    def __init__(
        self,
        root: Path | None = None,
        callables: dict[str, ByteCallable] | None = None,
        box: BoxHandler | None = None,
        lifetime: int = 300,
        store: Store | None = None,
    ) -> None:
        self.store, self.clock, self.ids = store or MemoryStore(), SteppedClock(), CountedIds()
        settings = Settings(
            address="https://cells.example/dsp",
            data_address="https://cells.example/data",
            token_lifetime=lifetime,
        )
        nobody = Nobody()
        ports = Ports(
            store=self.store,
            clock=self.clock,
            ids=self.ids,
            identity=OpenIdentity(),
            line=AgreeablePartner(),
            data_line=nobody,
            resolver=Documents(),
            signer=nobody,
            directory=nobody,
            settings=settings,
        )
        self.courier, watch = Courier(self.store, self.clock), Watch()
        steps = Steps(self.store, self.courier, watch)
        signatures = Signatures(nobody, nobody, settings)
        purposes = shipped()[0].purposes
        agreements = Agreements(ports, signatures)
        self.catalogs = Catalogs(ports, steps, signatures, purposes)
        self.consents = ConsentDemands(ports, steps, catalogs=self.catalogs, agreements=agreements, purposes=purposes)
        self.ports, usage = ports, Usage(ports, self.consents)
        means = Means(
            ports=ports,
            steps=steps,
            watch=watch,
            patience=Patience(),
            catalogs=self.catalogs,
            agreements=agreements,
            consents=self.consents,
            obligations=Obligations(ports, steps, agreements),
            decisions=StartsAtOnce(),
            usage=usage,
        )
        self.transfers = Transfers(means)
        self.courier.employ({Transfers.task: self.transfers, RECHECK_TASK: Recheck(self.transfers.recheck, Patience())})
        self.sources = Sources(root, self.store, callables)
        self.serving = Serving(self.transfers, usage, self.sources, box, store=self.store, clock=self.clock)

    async def agree(
        self,
        source: Source,
        *constraint: Atomic,
        until: datetime | None = None,
        dataset: str = "urn:cfp:cell-1",
    ) -> str:
        """An agreement with the partner about a dataset with this source, as a negotiation would have left it."""
        if until is not None:
            constraint = (*constraint, Atomic("dateTime", Operator.LT, instants.render(until)))
        policy = Policy(
            id=self.ids.new(),
            kind=PolicyKind.AGREEMENT,
            target=dataset,
            assigner=US,
            assignee=PARTNER,
            timestamp=instants.render(START),
            permission=(Rule("use", constraint),),
        )
        agreement = AgreementRecord(
            id=policy.id,
            side=Side.PROVIDER,
            partner=PARTNER,
            dataset=dataset,
            document=write_agreement(policy),
            negotiation=self.ids.new(),
            signed=False,
            final=True,
            created=START,
        )
        asset = AssetRecord(id=dataset, offer={"@id": self.ids.new()}, source=source)
        await self.store.commit(Changes(records=(agreement.row(), asset.row())))
        return agreement.id

    async def start(self, agreement: str, **facts: Fact) -> str:
        """The partner asks for the bytes, shows these facts and is sent a token; our pid of the transfer."""
        request = TransferRequest(
            message_id=self.ids.new(),
            consumer_pid=f"urn:uuid:consumer-{self.ids.count}",
            agreement_id=agreement,
            format=HTTP_PULL,
            callback_address="https://cars.example/dsp",
        )
        reply = await self.transfers.opened(Peer(id=PARTNER, facts=facts), request, request.message_id)
        assert reply.status == 201
        assert reply.on_wire is not None
        reply.on_wire()
        assert await self.courier.idle(5)
        (row,) = await self.store.find("transfer", ref=request.consumer_pid)
        assert row.state == "STARTED"
        return row.id

    async def token_for(self, source: Source, **agreed) -> str:
        await self.start(await self.agree(source, **agreed))
        return self.ids.secrets[-1]

    async def move(self, transfer: str, target: TransferState) -> None:
        await self.transfers.move(transfer, TransferStep(target=target))
        assert await self.courier.idle(5)

    async def ask(self, token: str | None, method: str = "GET", body: bytes = b"") -> Reply:
        (route,) = [route for route in self.serving.routes() if route.method == method]
        headers = {} if token is None else {"authorization": token}
        return await route.handler(Inbound(method=method, path=route.path, headers=headers, body=body))

    async def keep_document(self, document: dict[str, object]) -> Source:
        record = DocumentRecord(
            id="sha-256:0",
            partner=US,
            part="cell-1",
            document_type="FootprintRecord",
            document=document,
            signed=True,
            created=START,
        )
        await self.store.commit(Changes(records=(record.row(),)))
        return Source(kind=SourceKind.DOCUMENT, place=record.id)

    async def history(self, transfer: str) -> list[tuple[str, bytes]]:
        events = await self.store.events(kind="transfer", record_id=transfer)
        return [(event.type, event.body) for event in events if event.type.startswith("pull")]


@asynccontextmanager
async def providing(**settings) -> AsyncIterator[Provider]:
    provider = Provider(**settings)
    await provider.store.open()
    try:
        yield provider
    finally:
        await provider.courier.stop()
        await provider.store.close()


def called(place: str) -> Source:
    return Source(kind=SourceKind.CALLABLE, place=place, media_type="application/octet-stream")


def filed(place: str) -> Source:
    return replace(called(place), kind=SourceKind.FILE)


async def read(reply: Reply) -> bytes:
    assert reply.stream is not None
    pieces = [piece async for piece in reply.stream]
    await reply.stream.aclose()
    return b"".join(pieces)
