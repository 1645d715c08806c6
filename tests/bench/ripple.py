"""A change that travels through ten companies: from a supplier's new figure to the car maker's, nine partners away.

Ten connectors on loopback sockets, SQLite with ``synchronous=FULL`` in each, everything signed and verified. Each hop
is a new version, a signed notice in the partner's box, a transfer under the agreement and the customer's own roll-up.
No window gathers changes (``[updates] window = 0``): what is measured is the way, not the waiting.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from renkei.exchange.ports import UpdateRules
from renkei.exchange.records.parts import PartRecord
from renkei.exchange.records.requests import DocumentRecord, RequestKind
from renkei.node import Connector, ConnectorConfig

_COMPANIES: Final = 10
_RUNS: Final = 5
_HEAD: Final = "parent,component,supplier,amount,unit,yield,stages\n"
_LOOKS: Final = 12_000
_PAUSE: Final = 0.005
_PERIOD: Final = {"start": "2025-01-01", "end": "2025-12-31"}


async def _register(connector: Connector, tier: int, supplier: str, own: str) -> None:
    emission = {"name": "plant", "stage": "mainProductProduction", "kgCO2e": own}
    bom = f"{_HEAD}P{tier},P{tier - 1},{supplier},1,piece,1,component\n" if supplier else None
    inventory: dict[str, object] = {
        "@type": "FootprintInventory",
        "declaredUnit": "piece",
        "declaredUnitAmount": "1",
        "period": _PERIOD,
        "own": [emission],
        "secondary": [],
    }
    await connector.participant.parts.register(PartRecord(id=f"P{tier}", bom=bom, inventory=inventory))


async def _total(connector: Connector, supplier: Connector, tier: int) -> str:
    newest = await connector.participant.parts.newest(supplier.did, "FootprintRecord", f"P{tier}")
    return "" if newest is None else str(DocumentRecord.of(newest.row()).document["total"])


async def _until(connector: Connector, supplier: Connector, tier: int, total: str) -> None:
    for _ in range(_LOOKS):
        if await _total(connector, supplier, tier) == total:
            return
        await asyncio.sleep(_PAUSE)
    raise AssertionError(f"{supplier.did} has not told of {total} in time")


async def _chain(stack: AsyncExitStack, folder: Path) -> list[Connector]:
    companies = []
    for tier in range(_COMPANIES):
        config = ConnectorConfig(
            folder=folder / f"ripple{tier}", insecure_loopback=True, updates=UpdateRules(window=0.0)
        )
        companies.append(await stack.enter_async_context(Connector(config)))
    for tier, company in enumerate(companies):
        await _register(company, tier, companies[tier - 1].did if tier else "", "1")
    last, before = companies[-1], companies[-2]
    await last.request(before.did, f"P{_COMPANIES - 2}", [RequestKind.FOOTPRINT], "2999-12-31")
    await _until(last, before, _COMPANIES - 2, str(_COMPANIES - 1))
    return companies


async def _ripples(folder: Path) -> list[float]:
    async with AsyncExitStack() as stack:
        companies = await _chain(stack, folder)
        taken = []
        for run in range(_RUNS):
            begun = time.perf_counter()
            await _register(companies[0], 0, "", str(2 + run))
            await _until(companies[-1], companies[-2], _COMPANIES - 2, str(_COMPANIES + run))
            taken.append(time.perf_counter() - begun)
        return taken


def ripple(folder: Path) -> dict[str, object]:
    """Seconds until the last of ten companies has verified and counted what the first has changed: median and worst."""
    taken = sorted(asyncio.run(_ripples(folder)))
    return {"ripple_ten_s": round(taken[len(taken) // 2], 3), "ripple_ten_worst_s": round(taken[-1], 3)}
