"""Part numbers that nothing links: what customers ask for and we do not know, what we buy under our own number alone.

A component counts as linked where the supplier has given a record under our number: then both use the same. For the
rest candidates are proposed with their reasons (``likeness``): our own parts for a customer's number, for a component
of ours the numbers that its supplier's records bear. What remains without a proposal is listed all the same.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

from renkei.battery.parts.crosswalk import TradeSide
from renkei.battery.parts.likeness import Called, Candidates, Proposal
from renkei.exchange.answer.parts import Parts
from renkei.exchange.ports import Ports
from renkei.exchange.records.parts import PartRecord
from renkei.exchange.records.requests import DocumentRecord, RequestRecord
from renkei.exchange.request.request_book import WAITING
from renkei.kernel.problems import RenkeiError
from renkei.store.paging import every


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlinkedNumber:
    """``number``: the customer's, or our own for what we buy. ``needed``: the requests or the parts that need it.

    ``parts``: those of ours between which the crosswalk does not decide.
    """

    partner: str
    side: TradeSide
    number: str
    needed: tuple[str, ...]
    parts: tuple[str, ...] = ()
    proposals: tuple[Proposal, ...] = ()


class Unlinked:
    """The report of one participant."""

    def __init__(self, ports: Ports, parts: Parts) -> None:
        self._ports = ports
        self._parts = parts

    async def report(self) -> list[UnlinkedNumber]:
        """Customers' numbers first, then our components; each by partner and number. Reads every part."""
        return [*await self._of_customers(), *await self._of_suppliers()]

    async def _of_customers(self) -> list[UnlinkedNumber]:
        asked: dict[tuple[str, str], list[str]] = {}
        for state in WAITING:
            column, _ = RequestRecord.columns(state, incoming=True)
            async for row in every(self._ports.store, RequestRecord.kind, state=column):
                record = RequestRecord.of(row)
                if not record.ours:
                    asked.setdefault((record.partner, record.part), []).append(record.request)
        open_ones: list[UnlinkedNumber] = []
        candidates: Candidates | None = None
        for (partner, number), requests in sorted(asked.items()):
            meant = await self._parts.crosswalk.meant_by(partner, number)
            if len(meant) == 1 and await self._parts.kept(meant[0]) is not None:
                continue
            proposals: tuple[Proposal, ...] = ()
            if len(meant) == 1:
                candidates = candidates or Candidates([Called(part.id, part.called) async for part in self._ours()])
                proposals = candidates.like(Called(number, number))
            open_ones.append(
                UnlinkedNumber(
                    partner=partner,
                    side=TradeSide.CUSTOMER,
                    number=number,
                    needed=tuple(requests),
                    parts=meant if len(meant) > 1 else (),
                    proposals=proposals,
                )
            )
        return open_ones

    async def _of_suppliers(self) -> list[UnlinkedNumber]:
        bought: dict[tuple[str, str], list[str]] = {}
        async for part in self._ours():
            for component, supplier in await self._unlinked_of(part):
                bought.setdefault((supplier, component), []).append(part.id)
        open_ones: list[UnlinkedNumber] = []
        of_supplier: dict[str, Candidates] = {}
        for (supplier, component), parts in sorted(bought.items()):
            if supplier not in of_supplier:
                of_supplier[supplier] = Candidates(await self._numbers_of(supplier))
            proposals = of_supplier[supplier].like(Called(component, component))
            open_ones.append(
                UnlinkedNumber(
                    partner=supplier,
                    side=TradeSide.SUPPLIER,
                    number=component,
                    needed=tuple(parts),
                    proposals=proposals,
                )
            )
        return open_ones

    async def _unlinked_of(self, part: PartRecord) -> Iterable[tuple[str, str]]:
        try:
            supplies = await self._parts.supplies(part)
        except RenkeiError:
            return ()  # a BOM that cannot be read any more says so where it is used
        return [
            (supply.ours, supply.supplier)
            for supply in supplies
            if supply.component == supply.ours and not await self._given(supply.component, supply.supplier)
        ]

    async def _given(self, number: str, supplier: str) -> bool:
        """Whether a supplier has given a record under a number."""
        return bool(await self._ports.store.find(DocumentRecord.kind, peer=supplier, ref=number, limit=1))

    async def _numbers_of(self, supplier: str) -> list[Called]:
        rows = every(self._ports.store, DocumentRecord.kind, peer=supplier)
        return [Called(number) for number in sorted({row.ref async for row in rows})]

    async def _ours(self) -> AsyncIterator[PartRecord]:
        async for row in every(self._ports.store, PartRecord.kind):
            yield PartRecord.of(row)
