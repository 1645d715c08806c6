"""The sync facade: the same calls, from a thread without a loop."""

from __future__ import annotations

import asyncio
import inspect

import pytest

import renkei
from renkei.exchange.catalog.catalogs import Publication
from renkei.exchange.records.assets import Source, SourceKind
from renkei.kernel.problems import LocalError
from renkei.node import Connector, ConnectorConfig
from renkei.policy.model import Policy, PolicyKind, Rule
from renkei.sync import SyncConnector

OPEN = Policy(id="urn:policy:open", kind=PolicyKind.SET, permission=(Rule(action="use"),))


def _public(kind: type) -> dict[str, inspect.Signature]:
    return {
        name: inspect.signature(method)
        for name, method in vars(kind).items()
        if not name.startswith("_") and inspect.isfunction(method)
    }


def test_every_public_method_of_the_connector_has_a_sync_twin_with_the_same_signature():
    assert _public(SyncConnector) == _public(Connector)


@pytest.mark.e2e
def test_two_companies_exchange_a_file_without_an_event_loop(tmp_path):
    (tmp_path / "seller" / "files").mkdir(parents=True)
    (tmp_path / "seller" / "files" / "report.txt").write_text("18.9")
    seller = ConnectorConfig(folder=tmp_path / "seller", insecure_loopback=True)
    buyer = ConnectorConfig(folder=tmp_path / "buyer", insecure_loopback=True)
    with SyncConnector(seller) as selling, SyncConnector(buyer) as buying:
        source = Source(kind=SourceKind.FILE, place="report.txt", media_type="text/plain")
        selling.publish(Publication(dataset="urn:report", policy=OPEN, source=source))
        fetched = buying.fetch(selling.did, "urn:report")
    assert fetched.received.body == b"18.9"


@pytest.mark.e2e
def test_a_call_from_a_running_loop_is_refused(tmp_path):
    async def misuse(connector: SyncConnector) -> None:
        with pytest.raises(LocalError, match="sync-in-event-loop"):
            connector.inbox()

    with SyncConnector(ConnectorConfig(folder=tmp_path, insecure_loopback=True)) as connector:
        asyncio.run(misuse(connector))


def test_a_call_outside_its_with_block_is_refused(tmp_path):
    with pytest.raises(LocalError, match="sync-not-running"):
        SyncConnector(ConnectorConfig(folder=tmp_path)).inbox()


def test_public_names_are_sorted_complete_and_there():
    assert renkei.__all__ == sorted(renkei.__all__)
    assert set(renkei.__all__) == set(renkei._HOME) | {"__version__"}
    for name in renkei.__all__:
        assert getattr(renkei, name) is not None
    with pytest.raises(AttributeError, match="no_such_name"):
        renkei.no_such_name  # noqa: B018 - the look-up is the test
