"""Our footprints made again: from the inputs kept with each record, from those of today, under another rule set.

And questions about them: why one differs from another, where it arises, what would be if. Also the company's own list
of secondary factors, which stand in for suppliers that have not answered. All of this is for our own eyes; nothing here
leaves the house.
"""

from __future__ import annotations

import asyncio
from typing import Final

from renkei.battery import Bom, CalculationInputs, ChangeCause, FactorList, FootprintRecord, RuleSet, SecondaryFactor
from renkei.battery.footprint.attribution import Attribution, attribute
from renkei.battery.footprint.comparison import RuleComparison
from renkei.battery.footprint.footprint_problems import FIRST_VERSION
from renkei.battery.footprint.hotspots import Hotspots, hotspots
from renkei.battery.footprint.recalculation import Recalculation, recalculate
from renkei.battery.footprint.what_if import with_electricity, with_factor, with_record
from renkei.exchange.answer.part_book import BatteryRules
from renkei.exchange.answer.parts import Parts
from renkei.exchange.machine.steps import Step, Steps, together
from renkei.exchange.ports import Ports
from renkei.exchange.records.calculations import FACTORS_ID, CalculationRecord, FactorListRecord, rows_of
from renkei.exchange.records.parts import PartRecord
from renkei.exchange.records.requests import DocumentRecord, RequestKind
from renkei.kernel.problems import RenkeiError
from renkei.kernel.values import replace
from renkei.store.paging import every
from renkei.store.port import Changes
from renkei.trust.artefacts import unsigned

_HASH: Final = "sha-256:"


class Calculations:
    """One participant's calculations."""

    def __init__(self, ports: Ports, steps: Steps, parts: Parts, battery: BatteryRules) -> None:
        self._ports = ports
        self._steps = steps
        self._parts = parts
        self._battery = battery

    @property
    def rule_sets(self) -> dict[str, RuleSet]:
        """All rule sets by their short names."""
        return dict(self._battery.rule_sets)

    @property
    def in_use(self) -> str:
        """The id of the rule set that holds where a part names no other."""
        return self._battery.rules.id

    def rule_set(self, name: str) -> RuleSet:
        """One of them by its short name or id. Raises ConfigurationError ``rule-set-unknown``."""
        return self._battery.rule_set(name)

    async def recalculated(self, record: str, *, now: bool = False) -> Recalculation:
        """Make a record of ours again. ``record``: its id, or its hash; ``now``: against the inputs of today.

        Raises LocalError ``calculation-unknown``; with ``now`` also what calculating the part raises.
        """
        kept, document = await self._found(record)
        inputs = CalculationInputs.from_json(kept.inputs)
        current = None
        if now:
            current = await self._parts.inputs(await self._parts.known(kept.part))
        return recalculate(
            unsigned(document.document),
            inputs,
            kept=kept.inputs_hash,
            root=kept.committed().root,
            rules=self._today(inputs.rules),
            current=current,
        )

    def _today(self, rules: RuleSet) -> RuleSet | None:
        try:
            return self._battery.rule_set(rules.id)
        except RenkeiError:
            return None  # a rule set that is no longer shipped still gives its figures

    async def compared(self, record: str, rules: str) -> RuleComparison:
        """The kept inputs of a record under another rule set.

        Raises LocalError ``calculation-unknown``; ConfigurationError ``rule-set-unknown``, ``battery-rule-…``.
        """
        chosen = self._battery.rule_set(rules)
        before = CalculationInputs.from_json((await self._found(record))[0].inputs)
        after = replace(before, rules=chosen)
        return RuleComparison(
            before=before.perform(), after=after.perform(), rules_before=before.rules, rules_after=chosen
        )

    async def attributed(self, record: str, *, since: str = "", now: bool = False) -> Attribution:
        """Why a record of ours differs from an earlier one (by default the one it supersedes), or today from it.

        Raises LocalError ``calculation-unknown``; ConfigurationError ``battery-footprint-first-version``; with ``now``
        also what calculating the part raises.
        """
        kept, document = await self._found(record)
        inputs = CalculationInputs.from_json(kept.inputs)
        if now:
            return await _why(inputs, await self._parts.inputs(await self._parts.known(kept.part)))
        earlier = since or str(document.document.get("supersedes") or "")
        if not earlier:
            raise FIRST_VERSION(record=record)
        return await _why(CalculationInputs.from_json((await self._found(earlier))[0].inputs), inputs)

    async def keep(self, part: str) -> DocumentRecord:
        """Keep a part's footprint of today as a record of ours: signed, offered to nobody, a point to compare with.

        Where nothing has changed since the last one, that is it. Raises what calculating the part raises.
        """

        async def decide() -> Step[DocumentRecord]:
            document = await self._parts.record(await self._parts.known(part), RequestKind.FOOTPRINT)
            rows = rows_of(document)
            event = document.event("kept", self._ports.clock.now())
            return Step(Changes(records=rows, events=(event,)) if rows else None, document)

        return await self._steps.run(f"part {part}", decide)

    async def hotspots(self, part: str) -> Hotspots:
        """Where a part's footprint arises today, and whom to ask first. Raises what calculating the part raises."""
        return hotspots(await self._parts.inputs(await self._parts.known(part)))

    async def if_supplied(self, part: str, component: str, record: FootprintRecord) -> Attribution:
        """What a component with this record would change.

        Raises ConfigurationError ``battery-what-if-nothing``, and what calculating the part raises.
        """
        inputs = await self._parts.inputs(await self._parts.known(part))
        return await _why(inputs, with_record(inputs, component, record))

    async def if_powered(self, part: str, factor: SecondaryFactor, use: str = "") -> Attribution:
        """What another factor would change, for all energy or for the uses of one name. Raises as before."""
        inputs = await self._parts.inputs(await self._parts.known(part))
        changed = with_factor(inputs, use, factor) if use else with_electricity(inputs, factor)
        return await _why(inputs, changed)

    async def _found(self, record: str) -> tuple[CalculationRecord, DocumentRecord]:
        if record.startswith(_HASH):
            row = await self._ports.store.load(DocumentRecord.kind, record)
            record = record if row is None else str(DocumentRecord.of(row).document.get("id"))
        return await self._parts.published(record)

    # --- the company's own factors ---------------------------------------------------------------

    async def register_factors(self, listed: FactorList) -> FactorList:
        """Keep this list of secondary factors in place of the one before."""

        async def decide() -> Step[FactorList]:
            row = await self._ports.store.load(FactorListRecord.kind, FACTORS_ID)
            now = self._ports.clock.now()
            kept = FactorListRecord(version=0 if row is None else row.version, listed=listed.to_json(), created=now)
            changes = [Changes(records=(kept.row(),), events=(kept.event("registered", now),))]
            async for each in every(self._ports.store, PartRecord.kind):
                part = PartRecord.of(each)
                if _may_be_estimated(part):
                    changes.append(await self._parts.consequences.of_part(part.id, ChangeCause.METHOD))
            return Step(together(changes), listed)

        return await self._steps.run("factors", decide)


async def _why(before: CalculationInputs, after: CalculationInputs) -> Attribution:
    """Beside the loop: two roll-ups a change take half a minute where three hundred suppliers restate."""
    return await asyncio.to_thread(attribute, before, after)


def _may_be_estimated(part: PartRecord) -> bool:
    try:
        lines = Bom.from_csv(part.bom).lines if part.bom else ()
    except RenkeiError:
        return False  # a BOM that cannot be read any more says so where it is used
    return any(line.material is not None or line.spend is not None for line in lines)
