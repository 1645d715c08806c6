"""Our side: the production connector. Test-side are only how EDC's mock tokens are read, and a rule book that can wait.

Both come in through public ports (``Identity``, ``Decisions``); database, routes, data plane and outbox are those of
every connector.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.interop.edc import NAME

from renkei.exchange.catalog.catalogs import Catalogs, Publication
from renkei.exchange.partner.identity import NO_TOKEN
from renkei.exchange.ports import Partner, Peer, Ports
from renkei.exchange.process.decisions import NegotiationStep, PolicyDecisions, TransferStep
from renkei.exchange.records.assets import Source, SourceKind
from renkei.exchange.records.processes import NegotiationRecord, Side, TransferRecord
from renkei.kernel import strict_json
from renkei.kernel.problems import RenkeiError
from renkei.node import Connector, ConnectorConfig, Replacements
from renkei.policy.model import Policy, PolicyKind, Rule
from renkei.policy.world import Fact
from renkei.protocol.messages import MessageKind
from renkei.protocol.negotiation import NegotiationState

WAITING: Final = "wait"
"""What a dataset's id ends with where our rule book leaves the next move to the scenario."""


@dataclass
class MockIdentity:
    """EDC's mock tokens: plain JSON that says who calls. ``banned``: whom we don't let in, for a while."""

    participant: str
    banned: set[str] = field(default_factory=set)

    async def authenticate(self, message: MessageKind | str, headers: Mapping[str, str]) -> Peer:
        """Whoever it says it is."""
        try:
            claims = strict_json.loads_object(headers.get("authorization", "").encode())
        except RenkeiError as error:
            raise NO_TOKEN() from error
        name = claims.get("clientId")
        if not isinstance(name, str) or name in self.banned:
            raise NO_TOKEN()
        return Peer(id=name)

    async def authorization(self, message: MessageKind | str, audience: str) -> Mapping[str, str]:
        """The same of us."""
        return {"authorization": mock_token(self.participant, audience)}


def mock_token(name: str, audience: str) -> str:
    """What EDC's mock identity takes: without a region it answers 500."""
    return strict_json.dumps({"clientId": name, "audience": audience, "region": "any"}).decode()


@dataclass(frozen=True)
class WaitingDecisions:
    """The default rule book, but datasets whose id ends with ``WAITING`` wait for the scenario."""

    usual: PolicyDecisions

    async def negotiation(self, record: NegotiationRecord, facts: dict[str, Fact]) -> NegotiationStep | None:
        """As usual, or nothing."""
        halts = {Side.PROVIDER: NegotiationState.REQUESTED, Side.CONSUMER: NegotiationState.AGREED}
        if record.dataset.endswith(WAITING) and record.state is halts[record.side]:
            return None
        return await self.usual.negotiation(record, facts)

    async def transfer(self, record: TransferRecord, facts: dict[str, Fact]) -> TransferStep | None:
        """As usual."""
        return await self.usual.transfer(record, facts)


@dataclass(frozen=True)
class Ours:
    """Our running connector, who may call it, and where its partner is."""

    connector: Connector
    identity: MockIdentity
    partner: Partner

    def __getattr__(self, name: str) -> Any:
        """The use cases by name: ``ours.negotiations``, ``ours.transfers`` …"""
        return getattr(self.connector.participant, name)

    async def publish(self, dataset: str, *rules: Rule, **more: Any) -> None:
        """Offer our bytes under these rules."""
        policy = Policy(id="urn:policy", kind=PolicyKind.SET, permission=rules or (Rule(action="use"),))
        source = Source(kind=SourceKind.FILE, place="bytes.bin", media_type="application/octet-stream")
        await self.connector.publish(Publication(dataset=dataset, policy=policy, source=source, **more))


@asynccontextmanager
async def running(folder: Path, edc_address: str, content: bytes) -> AsyncIterator[Ours]:
    """Our connector over a database of its own, from its start to its end."""
    (folder / "files").mkdir(parents=True)
    (folder / "files" / "bytes.bin").write_bytes(content)
    config = ConnectorConfig(
        folder=folder,
        insecure_loopback=True,
        addresses={NAME: edc_address},
        unsigned_partners=frozenset({NAME}),
        answer_pause=0.1,  # its memory store looks for work while it stores what was answered, and sends that again
    )

    def decisions(ports: Ports, catalogs: Catalogs) -> WaitingDecisions:
        return WaitingDecisions(PolicyDecisions(ports, catalogs))

    identities: list[MockIdentity] = []

    def identity(connector: Connector) -> MockIdentity:
        identities.append(MockIdentity(connector.did))
        return identities[-1]

    async with Connector(config, Replacements(identity=identity, decisions=decisions)) as connector:
        yield Ours(connector, identities[-1], Partner(id=NAME, address=edc_address))
