"""Consent between two connectors over real sockets, each with its own SQLite file: asked for, used, taken back.

The provider is restarted in between: what it has consented to outlives the process.
"""

from __future__ import annotations

import pytest

from renkei.exchange.catalog.catalogs import Publication
from renkei.exchange.catalog.purposes import CARBON_FOOTPRINT
from renkei.exchange.records.assets import Source, SourceKind
from renkei.exchange.records.consents import ConsentRecord, ConsentState
from renkei.exchange.records.parts import PartRecord
from renkei.exchange.records.requests import RequestKind, RequestRecord, RequestState
from renkei.kernel.problems import PeerError
from renkei.node import Connector, ConnectorConfig
from renkei.policy.model import RENKEI, Atomic, Operator, Policy, PolicyKind, Rule

pytestmark = pytest.mark.e2e

YEAR = {"start": "2025-01-01", "end": "2025-12-31"}
BENCHMARKING = RENKEI + "purpose/benchmarking"


async def consent_in(connector: Connector, consent: str, state: ConsentState, *, incoming: bool) -> ConsentRecord:
    """A consent, once it stands so on this side."""
    participant = connector.participant

    async def look() -> ConsentRecord | None:
        record = await participant.consents.kept(consent, incoming=incoming)
        return record if record is not None and record.state is state else None

    key = ConsentRecord.key(consent, incoming=incoming)
    return await participant.watch.until(ConsentRecord.kind, key, look, 30)


async def answered(connector: Connector, request: str) -> RequestRecord:
    participant = connector.participant

    async def look() -> RequestRecord | None:
        record = await participant.requests.find(request)
        return record if record.state is RequestState.ANSWERED else None

    key = RequestRecord.key(request, incoming=False)
    return await participant.watch.until(RequestRecord.kind, key, look, 30)


def part() -> PartRecord:
    emission = {"name": "plant", "stage": "mainProductProduction", "kgCO2e": "12.5"}
    unit = {"declaredUnit": "piece", "declaredUnitAmount": "1", "period": YEAR}
    return PartRecord(id="CELL", inventory={"@type": "FootprintInventory", **unit, "own": [emission], "secondary": []})


async def test_what_an_answer_consented_to_is_taken_back_after_a_restart(tmp_path) -> None:
    async with Connector(ConnectorConfig(folder=tmp_path / "buyer", insecure_loopback=True)) as buyer:
        async with Connector(ConnectorConfig(folder=tmp_path / "maker", insecure_loopback=True)) as maker:
            port = int(maker.public_url.rpartition(":")[2])
            await maker.participant.parts.register(part())
            asked = await buyer.request(
                maker.did, "CELL", [RequestKind.FOOTPRINT], "2999-12-31", "our passport", purposes=[CARBON_FOOTPRINT]
            )
            request = await answered(buyer, asked.request)
            dataset, name = request.answers["footprint"], request.consents["footprint"]
            theirs = await consent_in(buyer, name, ConsentState.GRANTED, incoming=False)
            ours = await consent_in(maker, name, ConsentState.GRANTED, incoming=True)
            assert (ours.fields, ours.purposes, ours.wish) == (theirs.fields, theirs.purposes, theirs.wish)
            assert (ours.wish.text, ours.wish.purposes) == ("our passport", (CARBON_FOOTPRINT,))
        config = ConnectorConfig(folder=tmp_path / "maker", port=port, insecure_loopback=True)
        async with Connector(config) as maker:
            again = await buyer.fetch(maker.did, dataset)
            assert (await buyer.participant.transfers.kept(again.transfer)).consents == (name,)
            (kept,) = await maker.consents()
            assert kept.consent == name
            await maker.withdraw_consent(name, "the figures were wrong", by="Hanako")
            gone = await consent_in(buyer, name, ConsentState.WITHDRAWN, incoming=False)
            assert gone.reason == "the figures were wrong"
            with pytest.raises(PeerError, match="consent-withdrawn"):
                await buyer.fetch(maker.did, dataset)


async def test_a_secondary_use_is_asked_for_and_granted_over_the_wire(tmp_path) -> None:
    async with Connector(ConnectorConfig(folder=tmp_path / "maker", insecure_loopback=True)) as maker:
        files = tmp_path / "maker" / "files"
        files.mkdir()
        (files / "tests.csv").write_text("cell,cycles\n1,1200\n")
        purpose = Atomic("purpose", Operator.IS_ANY_OF, (BENCHMARKING,))
        policy = Policy(id="urn:example:terms", kind=PolicyKind.SET, permission=(Rule("use", (purpose,)),))
        source = Source(kind=SourceKind.FILE, place="tests.csv", media_type="text/csv")
        await maker.publish(Publication(dataset="urn:example:tests", policy=policy, source=source))
        config = ConnectorConfig(folder=tmp_path / "buyer", insecure_loopback=True, purposes=frozenset({BENCHMARKING}))
        async with Connector(config) as buyer:
            with pytest.raises(PeerError, match="consent-missing"):
                await buyer.fetch(maker.did, "urn:example:tests")
            asked = await buyer.ask_consent(maker.did, [BENCHMARKING], dataset="urn:example:tests", wish="a ranking")
            await consent_in(maker, asked.consent, ConsentState.ASKED, incoming=True)
            await maker.grant_consent(asked.consent, by="Hanako")
            await consent_in(buyer, asked.consent, ConsentState.GRANTED, incoming=False)
            fetched = await buyer.fetch(maker.did, "urn:example:tests")
            assert fetched.received.size == len("cell,cycles\n1,1200\n")
            other = await buyer.ask_consent(maker.did, [BENCHMARKING], part="CELL", kind=RequestKind.FOOTPRINT)
            await consent_in(maker, other.consent, ConsentState.ASKED, incoming=True)
            await maker.refuse_consent(other.consent, "not this one", by="Hanako")
            assert (await consent_in(buyer, other.consent, ConsentState.REFUSED, incoming=False)).by == maker.did
