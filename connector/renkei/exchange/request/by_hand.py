"""Suppliers without a system of their own (手作業): asked by a form, and their answers taken from it.

Such a supplier is a participant whose id begins with ``urn:renkei:by-hand:``. Nothing is sent to it: a request waits
until somebody brings the form that it has filled in. What the form tells is reckoned as the supplier itself would have
reckoned it, and kept as its record, unsigned, on our own word; its own components stay gaps, of which only the count
is kept. The request is then answered, and whoever waits for it goes on.

What must hold:

1. the supplier is one that is asked by hand: whoever can sign speaks for itself;
2. the form tells of one part, which is the one that was asked for, and its footprint is what was asked;
3. the request is ours, to this supplier, and still open.

Raises ConfigurationError ``by-hand-…``, ``battery-…``; LocalError ``request-unknown``, ``request-closed``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from renkei.battery import Bom, FootprintRecord, Inventory, RuleSet, roll_up
from renkei.exchange.answer.foreign_records import ForeignRecords
from renkei.exchange.answer.parts import FOOTPRINT, Parts
from renkei.exchange.machine.steps import Step, Steps
from renkei.exchange.ports import Ports
from renkei.exchange.records.kept import Document
from renkei.exchange.records.requests import BY_HAND, DocumentRecord, RequestKind, RequestRecord
from renkei.exchange.request.by_hand_problems import BY_HAND_OTHER_PART, BY_HAND_PARTNER, BY_HAND_REQUEST
from renkei.exchange.request.request_book import RequestBook
from renkei.exchange.request.request_moves import RequestStep, moved
from renkei.kernel.values import replace
from renkei.trust.artefacts import unsigned

_MOST_OPEN: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldPart:
    """What a form tells of a part; ``file``: the hash of the file, by which it is found again."""

    id: str
    inventory: Document
    bom: str | None
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The record that was made of a form, and the request that it answers, if one waited for it."""

    record: DocumentRecord
    request: RequestRecord | None


class ByHand:
    """One participant's dealings with suppliers who have no system."""

    def __init__(
        self,
        ports: Ports,
        steps: Steps,
        *,
        book: RequestBook,
        parts: Parts,
        foreign: ForeignRecords,
        rules: RuleSet,
    ) -> None:
        self._ports = ports
        self._steps = steps
        self._book = book
        self._parts = parts
        self._foreign = foreign
        self._rules = rules

    async def taken(self, partner: str, told: ToldPart, request: str = "", *, dry_run: bool = False) -> Taken | None:
        """Keep what a form tells as the supplier's record, and answer the request. None: a dry run found no fault."""
        asked = await self._asked(partner, told, request)
        supplier = asked.partner if asked is not None else self._ports.directory.identify(partner)
        if not supplier.startswith(BY_HAND):  # 1
            raise BY_HAND_PARTNER(partner=supplier, prefix=BY_HAND)
        waits = asked is not None and not asked.received
        if asked is not None and waits:
            moved(asked, RequestStep.TELL)  # 3
        record = await self._reckoned(supplier, told)
        if dry_run:
            return None
        kept = await self._foreign.keep(supplier, record, taken_from=told.file)
        return Taken(record=kept, request=await self._answered(asked, kept) if asked and waits else asked)

    async def _answered(self, asked: RequestRecord, kept: DocumentRecord) -> RequestRecord:
        async def decide() -> Step[RequestRecord]:
            now = moved(await self._book.known(asked.request, incoming=False), RequestStep.TELL)
            answered = replace(now, received={RequestKind.FOOTPRINT.value: kept.id}, delivered=True)
            return Step(self._book.moved(answered, "answered by hand", None), answered)

        return await self._steps.run(f"request {asked.request}", decide)

    async def _asked(self, partner: str, told: ToldPart, request: str) -> RequestRecord | None:
        """The request that the form answers: by its name, or the only one of this part that waits."""
        if request:
            asked = await self._book.known(request, incoming=False)
        else:
            supplier = self._ports.directory.identify(partner)
            open_ones = [
                one for one in await self._book.asked_of(supplier, limit=_MOST_OPEN) if told.id in {one.part, one.ours}
            ]
            if len(open_ones) != 1:
                return None
            asked = open_ones[0]
        if partner and asked.partner != self._ports.directory.identify(partner):  # 3
            raise BY_HAND_REQUEST(request=asked.request, partner=asked.partner)
        if told.id not in {asked.part, asked.ours} or RequestKind.FOOTPRINT not in asked.kinds:  # 2
            raise BY_HAND_OTHER_PART(part=told.id, request=asked.request, asked=asked.part)
        return asked

    async def _reckoned(self, supplier: str, told: ToldPart) -> FootprintRecord:
        """The supplier's record, as its own calculation would have published it; a new version if it says more."""
        inventory = Inventory.from_json({**told.inventory, "part": told.id, "company": supplier})
        bom = Bom.from_csv(told.bom) if told.bom is not None else Bom(())
        calculation = roll_up(told.id, [inventory], bom, [], self._rules)
        before = await self._parts.newest(supplier, FOOTPRINT, told.id)
        if before is None:
            return calculation.publish(self._ports.ids.new())
        known = self._parts.read(before.document)
        same = calculation.publish(known.id, version=known.version, supersedes=known.supersedes)
        if same.to_json() == unsigned(before.document):
            return same
        return calculation.publish(self._ports.ids.new(), version=known.version + 1, supersedes=known.id)
