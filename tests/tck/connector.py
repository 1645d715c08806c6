"""The connector under test: the production connector with the kit's fixtures, its scripts and its notion of identity.

``python -m tests.tck.connector FOLDER PORT TRIGGER_PORT``; says one JSON line when ready; ends when its standard input
does. Test-side are only the rule book (the production decision port), the identity (the production identity port: the
kit sends no tokens), prepared agreements, and two trigger addresses for the scenarios in which we begin.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Final

from tests.tck.scenarios import (
    CATALOG,
    CONSUMER_NEGOTIATIONS,
    CONSUMER_TRANSFERS,
    PROVIDER_NEGOTIATIONS,
    PROVIDER_TRANSFERS,
)

from renkei.exchange.catalog.catalogs import Catalogs, Publication
from renkei.exchange.machine.endpoint import Inbound, Reply, Route
from renkei.exchange.ports import Partner, Peer, Ports
from renkei.exchange.process.decisions import NegotiationStep, TransferStep
from renkei.exchange.records.assets import Source, SourceKind
from renkei.exchange.records.processes import AgreementRecord, NegotiationRecord, Side, TransferRecord
from renkei.http.server import Listener
from renkei.kernel import instants, strict_json
from renkei.node import Connector, ConnectorConfig, Replacements
from renkei.policy.model import Policy, PolicyKind, Rule
from renkei.policy.world import Fact
from renkei.policy.write import write_agreement, write_offer
from renkei.protocol.catalog import HTTP_PULL
from renkei.protocol.messages import MessageKind
from renkei.protocol.negotiation import NegotiationState
from renkei.protocol.transfer import TransferState
from renkei.store.port import Changes

KIT: Final = "TCK_PARTICIPANT"
US: Final = "CONNECTOR_UNDER_TEST"
USE: Final = (Rule(action="use"),)


def offer_id(dataset: str) -> str:
    """The id of our offer of a dataset; ``settings.py`` tells the kit the same."""
    return f"offer:{dataset}"


class KitIdentity:
    """Everyone who calls is the kit."""

    participant = US

    async def authenticate(self, message: MessageKind | str, headers: Mapping[str, str]) -> Peer:
        """The kit, always."""
        return Peer(id=KIT)

    async def authorization(self, message: MessageKind | str, audience: str) -> Mapping[str, str]:
        """Nothing to show."""
        return {}


@dataclass(frozen=True)
class Scripted:
    """A rule book that reads the scenario tables."""

    ports: Ports
    catalogs: Catalogs

    async def negotiation(self, record: NegotiationRecord, facts: dict[str, Fact]) -> NegotiationStep | None:
        """The row for this dataset, state and arrival."""
        tables = PROVIDER_NEGOTIATIONS if record.side is Side.PROVIDER else CONSUMER_NEGOTIATIONS
        visit = await self._visits(record, record.state)
        target = tables.get(record.dataset, {}).get((record.state, visit))
        if target is None:
            return None
        offer = None
        if target is NegotiationState.REQUESTED:
            offer = record.offer
        elif target is NegotiationState.OFFERED:
            offer = {**record.offer, "@id": self.ports.ids.new()}
        return NegotiationStep(target=target, offer=offer, code="scripted", reason=("as the scenario wants it",))

    async def transfer(self, record: TransferRecord, facts: dict[str, Fact]) -> TransferStep | None:
        """The row for this agreement, state and arrival."""
        tables = PROVIDER_TRANSFERS if record.side is Side.PROVIDER else CONSUMER_TRANSFERS
        visit = await self._visits(record, record.state)
        target = tables.get(record.agreement, {}).get((record.state, visit))
        if target is None:
            return None
        return TransferStep(target=target, code="scripted", reason=("as the scenario wants it",))

    async def _visits(self, record: NegotiationRecord | TransferRecord, state: Enum) -> int:
        """How often it came to this state before: this arrival is not stored yet."""
        events = await self.ports.store.events(kind=record.kind, record_id=record.id)
        arrived = {f"acknowledged {state.name}", f"received {_MESSAGE.get(state, '')}"}
        return sum(event.type in arrived for event in events)


_MESSAGE: Final[Mapping[Enum, str]] = {
    NegotiationState.REQUESTED: "ContractRequest",
    NegotiationState.OFFERED: "ContractOffer",
    NegotiationState.AGREED: "ContractAgreement",
    NegotiationState.VERIFIED: "AgreementVerification",
    TransferState.REQUESTED: "TransferRequest",
    TransferState.STARTED: "TransferStart",
    TransferState.SUSPENDED: "TransferSuspension",
}


async def prepare(connector: Connector) -> None:
    """Datasets with one open offer each, and the agreements the transfer scenarios stand on."""
    policy = Policy(id="urn:policy:use", kind=PolicyKind.SET, permission=USE)
    source = Source(kind=SourceKind.FILE, place="kit.json")
    catalogs, store = connector.participant.catalogs, connector.participant.ports.store
    for dataset in (*CATALOG, *PROVIDER_NEGOTIATIONS):
        # The kit has some of its datasets' ids built in, and they are no IRIs: nobody else may publish such a thing.
        offered = Publication(dataset=dataset, policy=policy, source=source, offer_id=offer_id(dataset))
        await store.commit(catalogs.storing(await catalogs.prepare(offered), version=0))
    for agreement in PROVIDER_TRANSFERS:
        await connector.publish(Publication(dataset=f"data:{agreement}", policy=policy, source=source))
    agreements = [_agreement(name, Side.PROVIDER) for name in PROVIDER_TRANSFERS]
    agreements += [_agreement(name, Side.CONSUMER) for name in CONSUMER_TRANSFERS]
    await store.commit(Changes(records=tuple(record.row() for record in agreements)))


def _agreement(name: str, side: Side) -> AgreementRecord:
    now = datetime.now(UTC)
    ours = side is Side.PROVIDER
    policy = Policy(
        id=name,
        kind=PolicyKind.AGREEMENT,
        target=f"data:{name}",
        assigner=US if ours else KIT,
        assignee=KIT if ours else US,
        timestamp=instants.render(now),
        permission=USE,
    )
    return AgreementRecord(
        id=name,
        side=side,
        partner=KIT,
        dataset=f"data:{name}",
        document=write_agreement(policy),
        negotiation="urn:prepared",
        signed=False,
        final=True,
        created=now,
    )


@dataclass(frozen=True)
class Triggers:
    """The kit's two addresses by which it asks us to begin."""

    connector: Connector

    def routes(self) -> list[Route]:
        """Both."""
        return [
            Route(method="POST", path="/negotiations", handler=self.negotiate),
            Route(method="POST", path="/transfers", handler=self.transfer),
        ]

    async def negotiate(self, request: Inbound) -> Reply:
        """``{providerId, offerId, datasetId, connectorAddress}``: ask for that offer, its id unchanged."""
        wanted = strict_json.loads_object(request.body)
        partner = Partner(id=KIT, address=str(wanted["connectorAddress"]))
        dataset = str(wanted["datasetId"])
        offer = Policy(id=str(wanted["offerId"]), kind=PolicyKind.OFFER, target=dataset, permission=USE)
        await self.connector.participant.negotiations.open(partner, dataset, write_offer(offer))
        return Reply()

    async def transfer(self, request: Inbound) -> Reply:
        """``{providerId, agreementId, format, connectorAddress}``: ask for that agreement's bytes."""
        wanted = strict_json.loads_object(request.body)
        agreement = await self.connector.participant.agreements.kept(str(wanted["agreementId"]))
        assert agreement is not None
        address = str(wanted["connectorAddress"])
        await self.connector.participant.transfers.request(agreement, address, str(wanted.get("format") or HTTP_PULL))
        return Reply()


async def main(folder: Path, port: int, trigger_port: int) -> None:
    """Run until standard input ends."""
    config = ConnectorConfig(
        folder=folder,
        port=port,
        participant=US,
        insecure_loopback=True,
        unsigned_partners=frozenset({KIT}),
        courtesy=0.25,  # the kit takes a start before it has stored that it asked, and then forgets it
    )
    own = Replacements(identity=lambda _: KitIdentity(), decisions=Scripted)
    async with Connector(config, own) as connector:
        await prepare(connector)
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
        async with Listener(Triggers(connector).routes(), "127.0.0.1", trigger_port):
            print(json.dumps({"ready": True}), flush=True)
            await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
