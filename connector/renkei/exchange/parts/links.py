"""The crosswalk (品番対応) that is kept: which of a partner's part numbers is which of ours.

Requests and answers ask here: what a customer's number means to us, which number of a supplier's to ask for. Where
there is no link, both sides are taken to use the same number. What nobody has linked is proposed, never linked by
itself: the same number may be another part at another company.

Rows are never taken out of the store, so a link that is removed stays as a row that nothing finds, and one that has
ended stays with its end.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date
from typing import Final, Protocol

from renkei.battery.parts.crosswalk import PartLink, TradeSide, demand_one_number, number_of, parts_of
from renkei.battery.parts.crosswalk_problems import AMBIGUOUS, UNKNOWN_LINK
from renkei.exchange.machine.steps import Step, Steps
from renkei.exchange.ports import Ports
from renkei.exchange.problems import NO_PARTNER
from renkei.exchange.records.crosswalk import LinkRecord
from renkei.kernel.problems import RenkeiError
from renkei.kernel.values import replace
from renkei.store.paging import every
from renkei.store.port import Changes

OPERATOR: Final = "operator"
_STEP: Final = "crosswalk"
_MOST_FOR_ONE: Final = 1000


class LinkedLines(Protocol):
    """Who keeps current what is made of what our bills of materials name."""

    async def of_links(self, supplies: Sequence[tuple[str, str]]) -> Changes:
        """What to store where components (by our number) of suppliers (by id) now go by other numbers."""
        ...


class NoLinkedLines:
    """Nobody keeps anything current."""

    async def of_links(self, supplies: Sequence[tuple[str, str]]) -> Changes:  # noqa: ARG002 - the port's shape
        """Nothing."""
        return Changes()


class Crosswalk:
    """One participant's crosswalk."""

    def __init__(self, ports: Ports, steps: Steps) -> None:
        self._ports = ports
        self._steps = steps
        self.lines: LinkedLines = NoLinkedLines()

    # --- asking ----------------------------------------------------------------------------------

    async def number_of(self, component: str, supplier: str, plant: str = "") -> str:
        """What a supplier calls a component of ours today; without a link, what we call it."""
        held = await self._held(LinkRecord.of_part(TradeSide.SUPPLIER, component))
        links = [record.link for record in held if record.partner == supplier]
        return number_of(links, self._today(), plant) or component

    async def meant_by(self, customer: str, number: str) -> tuple[str, ...]:
        """The parts of ours that a customer's number may mean today; without a link, the part of that number."""
        rows = await self._ports.store.find(
            LinkRecord.kind, peer=customer, ref=LinkRecord.of_number(TradeSide.CUSTOMER, number), limit=_MOST_FOR_ONE
        )
        return parts_of((LinkRecord.of(row).link for row in rows), self._today()) or (number,)

    async def meant(self, customer: str, number: str) -> str:
        """The one part of ours that a customer's number means. Raises LocalError ``crosswalk-ambiguous``."""
        parts = await self.meant_by(customer, number)
        if len(parts) > 1:
            raise AMBIGUOUS(number=number, partner=customer, parts=", ".join(parts))
        return parts[0]

    async def known(self, link: str) -> LinkRecord:
        """One link. Raises LocalError ``crosswalk-unknown``."""
        row = await self._ports.store.load(LinkRecord.kind, link)
        record = None if row is None else LinkRecord.of(row)
        if record is None or record.removed:
            raise UNKNOWN_LINK(link=link)
        return record

    async def search(
        self,
        *,
        partner: str | None = None,
        part: str | None = None,
        number: str | None = None,
        side: TradeSide | None = None,
        after: str = "",
    ) -> AsyncIterator[LinkRecord]:
        """Links that meet every condition; each condition but ``side`` alone is answered by an index.

        By rising id, those beyond ``after``; where a part or a number is given, customers' before suppliers'.
        """
        sides = tuple(TradeSide) if side is None else (side,)
        for each in sides if part is not None or number is not None else (None,):
            state = None if part is None or each is None else LinkRecord.of_part(each, part)
            ref = None if number is None or each is None else LinkRecord.of_number(each, number)
            async for row in every(self._ports.store, LinkRecord.kind, peer=partner, state=state, ref=ref, after=after):
                record = LinkRecord.of(row)
                if not record.removed and record.side in sides:
                    yield record

    # --- changing --------------------------------------------------------------------------------

    async def link(self, links: Iterable[PartLink], source: str = OPERATOR) -> tuple[LinkRecord, ...]:
        """Keep links, all or none; one that is there already gets the end that is given now.

        Partners may be configured names. Raises ConfigurationError ``crosswalk-overlap``, ``partner-unknown``.
        """
        wanted = [replace(link, partner=self._identified(link)).checked() for link in links]

        async def decide() -> Step[tuple[LinkRecord, ...]]:
            changes, records = await self.linking(wanted, source)
            return Step(changes, records)

        return await self._steps.run(_STEP, decide)

    async def linking(self, links: Sequence[PartLink], source: str) -> tuple[Changes, tuple[LinkRecord, ...]]:
        """What keeping links stores; ``links``: of partners by id. To be decided in a turn of its own."""
        now, new = self._ports.clock.now(), dict[str, LinkRecord]()
        of_part: dict[tuple[TradeSide, str], list[PartLink]] = {}
        for link in links:
            beside = of_part.setdefault((link.side, link.part), [])
            if not beside:
                beside += [each.link for each in await self._held(LinkRecord.of_part(link.side, link.part))]
            beside[:] = [each for each in beside if each.id != link.id]
            demand_one_number(link, [each for each in beside if each.partner == link.partner])
            beside.append(link)
            record, row = LinkRecord.made(link, now, source), await self._ports.store.load(LinkRecord.kind, link.id)
            if row is not None:
                kept = LinkRecord.of(row)
                record = replace(kept, until=link.until, removed=False)
                if kept.removed:
                    record = replace(record, source=source, created=now)
            new[record.id] = record
        records = tuple(new.values())
        return await self._stored(records, "linked"), records

    async def remove(self, link: str) -> LinkRecord:
        """Take back a link that never held; one that holds no longer is given an end instead."""

        async def decide() -> Step[LinkRecord]:
            record = replace(await self.known(link), removed=True)
            return Step(await self._stored([record], "removed"), record)

        return await self._steps.run(_STEP, decide)

    async def _stored(self, records: Sequence[LinkRecord], what: str) -> Changes:
        """The rows, and a look at what is made of components that go by other numbers now."""
        now = self._ports.clock.now()
        bought = dict.fromkeys((each.part, each.partner) for each in records if each.side is TradeSide.SUPPLIER)
        follows = await self.lines.of_links(tuple(bought)) if bought else Changes()
        rows = (*(record.row() for record in records), *follows.records)
        events = (*(record.event(what, now) for record in records), *follows.events)
        return replace(follows, records=rows, events=events)

    async def _held(self, of_part: str) -> list[LinkRecord]:
        rows = await self._ports.store.find(LinkRecord.kind, state=of_part, limit=_MOST_FOR_ONE)
        return [LinkRecord.of(row) for row in rows]

    def _identified(self, link: PartLink) -> str:
        try:
            partner = self._ports.directory.identify(link.partner)
        except RenkeiError as error:
            if error.problem is not NO_PARTNER or not link.at:
                raise
            cause = f"{link.at} of the crosswalk names it, but it is neither an id nor configured"
            raise NO_PARTNER(partner=link.partner, cause=cause) from error
        return self._ports.settings.aliases.canonical(partner)

    def _today(self) -> date:
        return self._ports.clock.now().date()
