"""Two connectors over real sockets: stricter terms are agreed without a person, wider ones refused with what differs."""

from __future__ import annotations

import pytest

from renkei.exchange.catalog.catalogs import Publication
from renkei.exchange.records.assets import Source, SourceKind
from renkei.exchange.records.processes import NegotiationRecord
from renkei.node import Connector, ConnectorConfig
from renkei.policy.model import Atomic, Operator, Policy, PolicyKind, Rule
from renkei.protocol.negotiation import NegotiationState

pytestmark = pytest.mark.e2e

DATASET = "urn:example:tests"
DATE = "http://www.w3.org/ns/odrl/2/dateTime"


def until(year: int) -> dict:
    return {
        "action": "use",
        "constraint": [{"leftOperand": DATE, "operator": "lteq", "rightOperand": f"{year}-01-01Z"}],
    }


async def ended(connector: Connector, pid: str) -> NegotiationRecord:
    participant = connector.participant

    async def look() -> NegotiationRecord | None:
        record = await participant.negotiations.kept(pid)
        return record if record is not None and record.process.final else None

    return await participant.watch.until(NegotiationRecord.kind, pid, look, 30)


async def test_stricter_terms_are_agreed_to_the_letter_and_wider_ones_refused_with_a_use_that_shows_it(
    tmp_path,
) -> None:
    async with (
        Connector(ConnectorConfig(folder=tmp_path / "maker", insecure_loopback=True)) as maker,
        Connector(ConnectorConfig(folder=tmp_path / "buyer", insecure_loopback=True)) as buyer,
    ):
        end = Atomic(DATE, Operator.LTEQ, "2990-01-01Z")
        policy = Policy(id="urn:example:terms", kind=PolicyKind.SET, permission=(Rule("use", (end,)),))
        source = Source(kind=SourceKind.FILE, place="tests.csv", media_type="text/csv")
        asset = await maker.publish(Publication(dataset=DATASET, policy=policy, source=source))
        partner = await buyer.participant.ports.directory.find(maker.did)
        asked = {
            year: await buyer.participant.negotiations.open(
                partner, DATASET, {**asset.offer, "permission": [until(year)]}
            )
            for year in (2980, 2999)
        }
        stricter = await ended(buyer, asked[2980])
        assert stricter.state is NegotiationState.FINALIZED
        agreement = await buyer.participant.agreements.kept(stricter.agreement)
        assert agreement.document["permission"] == [until(2980)]
        wider = await ended(buyer, asked[2999])
        assert (wider.state, wider.failure.code) == (NegotiationState.TERMINATED, "negotiation-offer-differs")
        assert "what is asked for is looser than what is offered; use (2990-01-02 00:00 UTC)" in str(
            wider.failure.reason
        )
