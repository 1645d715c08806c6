"""Business partner numbers from configuration: they name partners, and count as what is known of them."""

from __future__ import annotations

import pytest

from renkei.exchange.aliases import Aliases
from renkei.exchange.catalog.catalogs import Publication
from renkei.exchange.ports import Imprint
from renkei.exchange.records.assets import Source, SourceKind
from renkei.node import Connector, ConnectorConfig
from renkei.policy.model import Atomic, Operator, Policy, PolicyKind, Rule
from renkei.policy.operands import BUSINESS_PARTNER_NUMBER
from renkei.policy.world import Fact

NUMBER, OTHER = "BPNL00000000AB12", "BPNL00000000AB13"
TERMS = Policy(id="urn:example:terms", kind=PolicyKind.SET, permission=(Rule(action="use"),))


def test_several_numbers_may_name_one_participant() -> None:
    aliases = Aliases({NUMBER: "did:web:a.example", OTHER: "did:web:a.example"})
    assert aliases.canonical(NUMBER) == aliases.canonical("did:web:a.example") == "did:web:a.example"
    numbers = aliases.facts("did:web:a.example")[BUSINESS_PARTNER_NUMBER]
    assert numbers == aliases.facts(OTHER)[BUSINESS_PARTNER_NUMBER] == Fact(frozenset({NUMBER, OTHER}), "configuration")
    assert aliases.facts("did:web:b.example") == {}


@pytest.mark.e2e
async def test_a_connector_knows_its_partners_by_number(tmp_path) -> None:
    def config(name, **more):
        return ConnectorConfig(folder=tmp_path / name, insecure_loopback=True, database="memory", **more)

    async with Connector(config("buyer")) as buyer:
        numbered = {"aliases": {NUMBER: buyer.did}, "partners": {"customer": NUMBER}, "imprint": Imprint(title="Ours")}
        async with Connector(config("maker", page=1, **numbered)) as maker:
            directory = maker.participant.ports.directory
            assert directory.identify(NUMBER) == directory.identify("customer") == buyer.did
            constraint = Atomic(BUSINESS_PARTNER_NUMBER, Operator.EQ, NUMBER)
            access = Policy(
                id="urn:example:access", kind=PolicyKind.SET, permission=(Rule(action="use", constraint=(constraint,)),)
            )
            source = Source(kind=SourceKind.DOCUMENT, place="urn:example:document")
            for name, how in (("fact", {"access": access}), ("party", {"visible_to": (NUMBER,)})):
                await maker.publish(Publication(dataset=f"urn:example:{name}", policy=TERMS, source=source, **how))
            shown = {dataset.id for dataset in await buyer.catalog(maker.did)}
            assert {"urn:example:fact", "urn:example:party"} <= shown
            agreement = await buyer.negotiate(maker.did, "urn:example:fact")
            assert agreement.final
