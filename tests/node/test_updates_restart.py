"""A restated value on the way through real connectors over SQLite: each is stopped and started again in between."""

from __future__ import annotations

import asyncio
import socket
from contextlib import AsyncExitStack, closing

from renkei.exchange.machine.patience import Patience
from renkei.exchange.participant import Habits
from renkei.exchange.ports import UpdateRules
from renkei.exchange.records.parts import PartRecord
from renkei.exchange.records.requests import RequestKind
from renkei.node import Connector, ConnectorConfig

HEAD = "parent,component,supplier,amount,unit,yield,stages\n"
QUICK = Patience(first=0.02, longest=0.1, tries=2000)


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def part(name: str, own: str, component: str = "", supplier: str = "") -> PartRecord:
    emission = {"name": "plant", "stage": "mainProductProduction", "kgCO2e": own}
    inventory = {
        "@type": "FootprintInventory",
        "declaredUnit": "piece",
        "declaredUnitAmount": "1",
        "period": {"start": "2025-01-01", "end": "2025-12-31"},
        "own": [emission],
        "secondary": [],
    }
    bom = f"{HEAD}{name},{component},{supplier},1,piece,1,component\n" if component else None
    return PartRecord(id=name, bom=bom, inventory=inventory)


async def told(buyer: Connector, supplier: str, item: str, total: str) -> None:
    """Once the buyer holds a record of the supplier with that total."""
    newest = None
    for _ in range(1000):
        newest = await buyer.participant.parts.newest(supplier, "FootprintRecord", item)
        if newest is not None and newest.document["total"] == total:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(newest and newest.document["total"])


async def test_a_change_goes_on_after_every_company_was_restarted(tmp_path) -> None:
    def config(name: str, port: int) -> ConnectorConfig:
        habits = Habits(messages=QUICK, errands=QUICK)
        rules = UpdateRules(window=0.1)
        return ConnectorConfig(folder=tmp_path / name, port=port, insecure_loopback=True, habits=habits, updates=rules)

    configs = {name: config(name, free_port()) for name in ("mine", "cells", "cars")}
    async with AsyncExitStack() as stack:
        mine, cells, cars = [await stack.enter_async_context(Connector(each)) for each in configs.values()]
        await mine.participant.parts.register(part("ORE", "70"))
        await cells.participant.parts.register(part("CELL", "30", "ORE", mine.did))
        await cars.request(cells.did, "CELL", [RequestKind.FOOTPRINT], "2999-12-31")
        await told(cars, cells.did, "CELL", "100")

    # The mine changes while nobody else runs, and is stopped before the window of its change has closed.
    async with Connector(configs["mine"]) as mine:
        await mine.participant.parts.register(part("ORE", "60"))
    # Then it tells, and is not heard.
    async with Connector(configs["mine"]) as mine:
        for _ in range(500):
            copies = await mine.participant.successors.listed("ORE")
            if [copy.state.value for copy in copies] == ["told"]:
                break
            await asyncio.sleep(0.02)
        assert [copy.state.value for copy in copies] == ["told"]
    async with Connector(configs["cells"]), Connector(configs["mine"]), Connector(configs["cars"]) as cars:
        await told(cars, cells.did, "CELL", "90")
        (heard,) = await cars.participant.notices.listed(incoming=True)
        assert heard.partner == cells.did
