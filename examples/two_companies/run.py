"""Two companies in one process: one offers a report under a policy, the other fetches it under a signed contract.

Run it with ``python examples/two_companies/run.py``. Each has its own database, keys and web address; what they say to
each other goes over real sockets, as it would between two sites.
"""

from __future__ import annotations

import asyncio
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from renkei import Connector, ConnectorConfig, Policy, PolicyKind, Publication, Rule, Source, SourceKind
from renkei.kernel import instants
from renkei.policy.model import Atomic, Operator

DATE_TIME = "http://www.w3.org/ns/odrl/2/dateTime"


async def main(folder: Path) -> None:
    """Publish, fetch, show the contract."""
    seller = ConnectorConfig(folder=folder / "seller", insecure_loopback=True)
    buyer = ConnectorConfig(folder=folder / "buyer", insecure_loopback=True)
    async with Connector(seller) as selling, Connector(buyer) as buying:
        (folder / "seller" / "files").mkdir()
        (folder / "seller" / "files" / "report.csv").write_text("part,kgCO2e\ncell-4711,18.9\n")

        tomorrow = instants.render(datetime.now(UTC) + timedelta(days=1))
        until = Atomic(left=DATE_TIME, operator=Operator.LTEQ, right=tomorrow)
        policy = Policy(id="urn:policy:1", kind=PolicyKind.SET, permission=(Rule(action="use", constraint=(until,)),))
        source = Source(kind=SourceKind.FILE, place="report.csv", media_type="text/csv")
        await selling.publish(Publication(dataset="urn:report:2026", policy=policy, source=source))

        fetched = await buying.fetch(selling.did, "urn:report:2026")

        agreement = await buying.participant.agreements.kept(fetched.agreement)
        assert agreement is not None
        assert fetched.received.body is not None
        print(fetched.received.body.decode())
        print(f"under agreement {agreement.id}, signed by both: {agreement.signed}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(main(Path(name)))
