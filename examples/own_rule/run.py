"""Your own rule book: who gets a contract is decided by your program, not by Renkei's default.

Here a supplier deals only with partners on its own list. Everything else stays as it is: policies, signatures, the
protocol. Run it with ``python examples/own_rule/run.py``.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from renkei import (
    Connector,
    ConnectorConfig,
    PeerError,
    Policy,
    PolicyKind,
    Publication,
    Replacements,
    Rule,
    Source,
    SourceKind,
)
from renkei.exchange.process.decisions import NegotiationStep, PolicyDecisions
from renkei.exchange.records.processes import NegotiationRecord, Side
from renkei.policy import Fact
from renkei.protocol.negotiation import NegotiationState


class KnownPartnersOnly(PolicyDecisions):
    """The default rule book, behind a list."""

    known: frozenset[str] = frozenset()

    async def negotiation(self, record: NegotiationRecord, facts: dict[str, Fact]) -> NegotiationStep | None:
        """Strangers are refused with a reason; for the others the default decides."""
        stranger = record.side is Side.PROVIDER and record.partner not in self.known
        if stranger and record.state is NegotiationState.REQUESTED:
            return NegotiationStep(
                target=NegotiationState.TERMINATED, code="not-a-customer", reason=("Please call our sales desk.",)
            )
        return await super().negotiation(record, facts)


async def main(folder: Path) -> None:
    """A stranger asks and is told why not."""
    seller = Connector(
        ConnectorConfig(folder=folder / "seller", insecure_loopback=True),
        Replacements(decisions=KnownPartnersOnly),
    )
    async with seller as selling, Connector(ConnectorConfig(folder=folder / "b", insecure_loopback=True)) as stranger:
        policy = Policy(id="urn:policy:1", kind=PolicyKind.SET, permission=(Rule(action="use"),))
        source = Source(kind=SourceKind.FILE, place="report.csv")
        await selling.publish(Publication(dataset="urn:report:2026", policy=policy, source=source))
        try:
            await stranger.fetch(selling.did, "urn:report:2026")
        except PeerError as error:
            print(error.message())


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(main(Path(name)))
