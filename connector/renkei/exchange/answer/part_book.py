"""The parts we make, as they are registered: their files, checked, and what goes into them.

What we buy goes by the supplier's number from here on, as the crosswalk tells it: requests name it, records bear it.
A component that we make ourselves (a BOM line without a supplier, or with us as supplier) is counted with its own BOM
and figures, if it is registered: nobody is asked for it but our suppliers.

Several parts are registered together or not at all; they may name each other, whichever comes first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from renkei.battery import (
    Bom,
    BomLine,
    DiligenceCodes,
    DiligenceStatement,
    Inventory,
    RuleSet,
)
from renkei.battery.declaration.form import DeclarationForm
from renkei.battery.label import Label
from renkei.battery.passport.view import PassportLists
from renkei.battery.problems import OTHER_PART
from renkei.battery.units import UNITS, Unit
from renkei.battery.versions import ChangeCause
from renkei.exchange.answer.consequences import Consequences, NoConsequences, change_of
from renkei.exchange.answer.part_problems import IN_ITSELF, OTHER_UNIT, RULES_UNKNOWN
from renkei.exchange.answer.told_alerts import expiry_row, salted, same_salts
from renkei.exchange.catalog import purposes
from renkei.exchange.machine.steps import Step, Steps, together
from renkei.exchange.parts.links import Crosswalk
from renkei.exchange.parts.place_problems import TERMINATED
from renkei.exchange.parts.places import Places, demand_distinct
from renkei.exchange.parts.traces import Traces
from renkei.exchange.ports import Ports
from renkei.exchange.problems import UNKNOWN_PART
from renkei.exchange.records.kept import Document
from renkei.exchange.records.parts import PartRecord
from renkei.kernel.problems import RenkeiError
from renkei.kernel.values import replace
from renkei.store.port import Changes, Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryRules:
    """The dated data the battery domain works by; ``purposes``: which fields of a record each purpose needs.

    ``rules`` hold where nobody names others; ``rule_sets``: all there are, by their short names; ``forms``: what
    authorities ask for, by short name; ``passport``: the lists that passports go by.
    """

    rules: RuleSet
    codes: DiligenceCodes
    purposes: purposes.PurposeList
    rule_sets: Mapping[str, RuleSet] = field(default_factory=dict)
    forms: Mapping[str, DeclarationForm] = field(default_factory=dict)
    passport: PassportLists

    def rule_set(self, name: str) -> RuleSet:
        """A rule set by its short name or its id; none named: the one that holds.

        Raises ConfigurationError ``rule-set-unknown``.
        """
        if name in {"", self.rules.id}:
            return self.rules
        for short, rules in self.rule_sets.items():
            if name in {short, rules.id}:
                return rules
        raise RULES_UNKNOWN(rules=name, known=", ".join(self.rule_sets))


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """One component we buy: by the supplier's number and by ``ours``, and from which participant."""

    component: str
    supplier: str
    ours: str


@dataclass(frozen=True, slots=True)
class Making:
    """A part of ours and all parts of ours that go into it, however deep; ``bom``: the lines of them all."""

    parts: tuple[PartRecord, ...]
    bom: Bom


class PartBook:
    """One participant's parts, as it keeps them."""

    def __init__(self, ports: Ports, steps: Steps, battery: BatteryRules) -> None:
        self._ports = ports
        self._steps = steps
        self._battery = battery
        self.consequences: Consequences = NoConsequences()
        self.places = Places(ports, steps)
        self.crosswalk = Crosswalk(ports, steps)
        self.traces = Traces(ports, steps)

    async def register(self, part: PartRecord, cause: ChangeCause | None = None) -> PartRecord:
        """Keep a part with its BOM and figures, checked. ``cause``: why they change; by default what changes tells it.

        Raises ConfigurationError ``battery-…``, ``part-in-itself``, ``part-terminated``, which tell in which of the
        three documents what stands wrong; ``part-other-unit``, ``part-name-unfit``, ``part-not-unique``.
        """
        return (await self.register_all([part], cause))[0]

    async def register_all(
        self, parts: Sequence[PartRecord], cause: ChangeCause | None = None, *, dry_run: bool = False
    ) -> list[PartRecord]:
        """Keep several parts in one commit, or none of them. ``dry_run``: only find out what is wrong.

        Raises as ``register``; ``part-not-unique`` also for two of these that share a name.
        """
        among = {part.id: part for part in parts}
        checked = [await self._checked(part, among) for part in parts]
        demand_distinct([part for part, _ in checked])

        async def decide() -> Step[list[PartRecord]]:
            stored = [await self._storing(part, looks, cause) for part, looks in checked]
            if dry_run:
                return Step(None, [part for part, _ in stored])
            return Step(together(changes for _, changes in stored), [part for part, _ in stored])

        return await self._steps.run(f"part {parts[0].id}" if len(parts) == 1 else "parts", decide)

    async def _checked(
        self, part: PartRecord, among: Mapping[str, PartRecord]
    ) -> tuple[PartRecord, tuple[Delivery, ...]]:
        """A part whose documents can be read, and the row that looks at what in them ends by itself."""
        with _reading("bill of materials"):
            if part.bom is not None:
                Bom.from_csv(part.bom)  # also where it is empty: a file that went wrong does not say "buys nothing"
            bom = await self._bom(part)
            bom.demand_of(part.id, self._battery.rule_set(part.rules).stage_maps)
            await self._demand_no_circle(part.id, bom, among)
            if part.terminated and (line := next((line for line in bom.lines if line.supplier), None)) is not None:
                raise TERMINATED(part=part.id, component=line.called, at=line.at)
        with _reading("inventory"):
            part = replace(part, inventory=self._ours(part, part.inventory))
            if part.inventory:
                Inventory.from_json(part.inventory)
        looks: tuple[Delivery, ...] = ()
        with _reading("due-diligence statement"):
            before = await self.kept(part.id)
            stated = self._ours(part, part.due_diligence)
            stated = salted(same_salts(before.due_diligence, stated) if before else stated, self._ports.ids.secret)
            part = replace(part, due_diligence=stated)
            if stated:
                said = DiligenceStatement.from_json(stated, self._battery.codes)
                _demand_unit(part, said.part.declared.unit)
                looks = expiry_row(said, self._battery.codes, self._ports)
        return part, looks

    async def _storing(
        self, part: PartRecord, looks: tuple[Delivery, ...], cause: ChangeCause | None
    ) -> tuple[PartRecord, Changes]:
        kept = await self.kept(part.id)
        stored = replace(part, version=kept.version if kept else 0)
        event = stored.event("registered", self._ports.clock.now())
        places = await self.places.moved(stored, kept)
        why = cause if kept is None else (cause or change_of(kept, stored))
        follows = Changes() if kept and why is None else await self.consequences.of_part(part.id, why)
        records = (stored.row(), *places, *follows.records)
        rows = (*looks, *follows.deliveries)
        return stored, replace(follows, records=records, deliveries=rows, events=(event, *follows.events))

    def _ours(self, part: PartRecord, document: Document) -> Document:
        """A file of ours with whose it is, and of which part: it may leave both out, but not name another part."""
        if not document:
            return {}
        named = document.get("part", part.id)
        if named != part.id:
            raise OTHER_PART(at="/part", found=named, part=part.id)
        return {**document, "part": part.id, "company": self._ports.identity.participant}

    async def kept(self, part: str) -> PartRecord | None:
        """A part of ours."""
        row = await self._ports.store.load(PartRecord.kind, part)
        return None if row is None else PartRecord.of(row)

    async def known(self, part: str) -> PartRecord:
        """A part of ours. Raises LocalError ``part-unknown``."""
        kept = await self.kept(part)
        if kept is None:
            raise UNKNOWN_PART(part=part)
        return kept

    async def listed(self, after: str = "", limit: int = 100) -> Sequence[PartRecord]:
        """Our parts by rising id."""
        return [PartRecord.of(row) for row in await self._ports.store.find(PartRecord.kind, after=after, limit=limit)]

    async def supplies(self, part: PartRecord) -> list[Supply]:
        """What we buy for a part, also for what we make for it, each component of each supplier once."""
        bom = (await self.making(part)).bom
        return [
            Supply(component=component, supplier=supplier, ours=lines[0].called)
            for (component, supplier), lines in bom.bought().items()
        ]

    async def lines(self, part: PartRecord) -> Bom:
        """The lines of its own BOM as suppliers speak of them, ourselves left out."""
        return await self._bom(part)

    async def _bom(self, part: PartRecord) -> Bom:
        """The BOM as suppliers speak of it: they by participant id, ourselves left out, what they sell by their number.

        Files may use the configuration's names, and name components as we do.
        """
        if not part.bom:  # before, no BOM was kept as no text
            return Bom(())
        return Bom(tuple([await self._bought(part, line) for line in Bom.from_csv(part.bom).lines]))

    async def _bought(self, part: PartRecord, line: BomLine) -> BomLine:
        supplier = self._supplier(line)
        if supplier is None:
            return replace(line, supplier=None)
        number = await self.crosswalk.number_of(line.component, supplier, part.plant)
        return replace(line, supplier=supplier, component=number, ours=line.component)

    async def terminated(self, part: PartRecord) -> bool:
        """Whether all that we buy for it is in our BOMs (終端): what we make of nothing is said to be so."""
        making = await self.making(part)
        made = {each.id for each in making.parts}
        missing = any(line.supplier is None and line.component not in made for line in making.bom.lines)
        return not missing and all(each.terminated or making.bom.under(each.id) for each in making.parts)

    def _supplier(self, line: BomLine) -> str | None:
        if line.supplier is None:
            return None
        try:
            supplier = self._ports.directory.identify(line.supplier)
        except RenkeiError as error:
            cause = f"{line.at} of the bill of materials names it as supplier, but it is neither an id nor configured"
            raise error.problem(partner=line.supplier, cause=cause) from error
        ours = self._ports.settings.aliases.canonical(supplier) == self._ports.identity.participant
        return None if ours else supplier

    async def making(self, part: PartRecord, among: Mapping[str, PartRecord] | None = None) -> Making:
        """All that a part is made of in our house. What is not registered is left out, so that it is a gap by name.

        ``among``: parts that are about to be registered, which go before what is kept of them.
        """
        coming = among or {}
        made, lines, waiting = {part.id: part}, list[BomLine](), [part]
        while waiting:
            bom = await self._bom(waiting.pop())
            lines += bom.lines
            for line in bom.lines:
                if line.supplier is None and line.component not in made:
                    component = coming.get(line.component) or await self.kept(line.component)
                    if component is not None:
                        made[component.id] = component
                        waiting.append(component)
        return Making(tuple(made.values()), Bom(tuple(lines)))

    async def _demand_no_circle(self, part: str, bom: Bom, among: Mapping[str, PartRecord]) -> None:
        """That a part does not go into itself. Raises ConfigurationError ``part-in-itself`` with the line."""
        for line in bom.lines:
            if line.supplier is None and (line.component == part or await self._holds(line.component, part, among)):
                raise IN_ITSELF(at=line.at, part=part, component=line.component)

    async def _holds(self, component: str, part: str, among: Mapping[str, PartRecord]) -> bool:
        """Whether a component of ours, as it is registered or about to be, has a part in it."""
        kept = among.get(component) or await self.kept(component)
        try:
            lines = () if kept is None else (await self.making(kept, among)).bom.lines
        except RenkeiError:
            return False  # a BOM that cannot be read any more says so where it is used
        return any(line.supplier is None and line.component == part for line in lines)


def _demand_unit(part: PartRecord, given: Unit) -> None:
    """That due diligence is of the kind of amount that the part has figures for, or is counted in.

    One BOM counts for both, so an inventory goes before a unit. Raises ConfigurationError ``part-other-unit``.
    """
    if part.inventory:
        wanted, where = Inventory.from_json(part.inventory).part.declared.unit, Label("inventory", "インベントリ")
    elif part.unit in UNITS:  # a unit that people call otherwise says nothing of its kind
        wanted, where = UNITS[part.unit], Label("register", "部品の登録")
    else:
        return
    if wanted.dimension is not given.dimension:
        raise OTHER_UNIT(part=part.id, given=given.code, wanted=wanted.code, where=where.en, where_ja=where.ja)


@contextmanager
def _reading(document: str) -> Iterator[None]:
    """Say in which of an operator's documents a mistake stands."""
    try:
        yield
    except RenkeiError as error:
        if "at" not in error.values:
            raise
        raise error.problem(**{**error.values, "at": f"{document}, {error.values['at']}"}) from error
