"""The other side of the negotiation benchmark: a connector of its own in a process of its own."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from renkei.exchange.catalog.catalogs import Publication
from renkei.exchange.records.assets import Source, SourceKind
from renkei.exchange.records.processes import NegotiationRecord
from renkei.node import Connector, ConnectorConfig
from renkei.policy.model import Policy, PolicyKind, Rule

DATASET = "urn:bench:dataset"


async def main(folder: Path) -> None:
    """Publish one dataset, say where we are, and answer lines on standard input until it ends."""
    async with Connector(ConnectorConfig(folder=folder, insecure_loopback=True)) as connector:
        policy = Policy(id=DATASET, kind=PolicyKind.SET, permission=(Rule(action="use"),))
        source = Source(kind=SourceKind.FILE, place="bench.json")
        await connector.publish(Publication(dataset=DATASET, policy=policy, source=source))
        print(json.dumps({"did": connector.did}), flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            assert line.strip() == "count"
            finalized = await connector.participant.ports.store.count(NegotiationRecord.kind, state="FINALIZED")
            print(json.dumps({"finalized": finalized}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
