"""Parts we make: registering them, and computing what we may say of them from our own figures and received records.

What we buy goes by the supplier's number from here on, as the crosswalk tells it: requests name it, records bear it.
A component that we make ourselves (a BOM line without a supplier, or with us as supplier) is counted with its own BOM
and figures, if it is registered: nobody is asked for it but our suppliers.

What leaves the house is the published record: totals, shares and ratings, never the inputs, and of these only what the
purpose needs for which it is drawn (``purposes``). It is signed once; while nothing in it changes, the same record is
given again; when something changes, a new version supersedes the old one.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from renkei.battery import (
    Bom,
    BomLine,
    Calculation,
    CalculationInputs,
    DiligenceCalculation,
    DiligenceCodes,
    DiligenceStatement,
    DueDiligenceRecord,
    FactorList,
    FootprintRecord,
    Gap,
    Inventory,
    RuleSet,
    roll_up_diligence,
)
from renkei.battery.declaration.form import DeclarationForm
from renkei.battery.disclosure.releases import coarsened
from renkei.battery.footprint.recalculation import cause_of
from renkei.battery.passport.view import PassportLists
from renkei.battery.problems import OTHER_PART
from renkei.battery.versions import ChangeCause
from renkei.exchange.answer.consequences import Consequences, NoConsequences, change_of, substance
from renkei.exchange.answer.part_problems import IN_ITSELF, RULES_UNKNOWN
from renkei.exchange.answer.told_alerts import expiry_row, salted, same_salts, told_alerts
from renkei.exchange.catalog import purposes
from renkei.exchange.machine.steps import Step, Steps
from renkei.exchange.partner.signatures import Signatures
from renkei.exchange.parts.links import Crosswalk
from renkei.exchange.parts.place_problems import TERMINATED
from renkei.exchange.parts.places import Places
from renkei.exchange.parts.traces import Traces
from renkei.exchange.ports import Ports
from renkei.exchange.problems import INCOMPLETE_PART, UNFIT_UNIT, UNKNOWN_PART
from renkei.exchange.records.calculations import FACTORS_ID, CalculationRecord, FactorListRecord, drawn_of
from renkei.exchange.records.kept import Document
from renkei.exchange.records.parts import PartRecord
from renkei.exchange.records.requests import DocumentRecord, RequestKind
from renkei.kernel.problems import RenkeiError
from renkei.kernel.values import replace
from renkei.store.paging import every
from renkei.store.port import Changes, Delivery
from renkei.trust.artefacts import Artefact, content_hash, unsigned

_log = logging.getLogger(__name__)
FOOTPRINT: Final = "FootprintRecord"
DUE_DILIGENCE: Final = "DueDiligenceRecord"
TYPES: Final[Mapping[RequestKind, str]] = {
    RequestKind.FOOTPRINT: FOOTPRINT,
    RequestKind.DUE_DILIGENCE: DUE_DILIGENCE,
}
KINDS: Final[Mapping[str, RequestKind]] = {document_type: kind for kind, document_type in TYPES.items()}
PURPOSE_OF: Final[Mapping[RequestKind, str]] = {
    RequestKind.FOOTPRINT: purposes.CARBON_FOOTPRINT,
    RequestKind.DUE_DILIGENCE: purposes.DUE_DILIGENCE,
}
"""What each kind of record is drawn for where nobody says otherwise."""


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
class _Making:
    """A part of ours and all parts of ours that go into it, however deep; ``bom``: the lines of them all."""

    parts: tuple[PartRecord, ...]
    bom: Bom


class Parts:
    """One participant's parts."""

    def __init__(self, ports: Ports, steps: Steps, signatures: Signatures, battery: BatteryRules) -> None:
        self._ports = ports
        self._steps = steps
        self._signatures = signatures
        self._battery = battery
        self.consequences: Consequences = NoConsequences()
        self.places = Places(ports, steps)
        self.crosswalk = Crosswalk(ports, steps)
        self.traces = Traces(ports, steps)

    async def register(self, part: PartRecord, cause: ChangeCause | None = None) -> PartRecord:
        """Keep a part with its BOM and figures, checked. ``cause``: why they change; by default what changes tells it.

        Raises ConfigurationError ``battery-…``, ``part-in-itself``, ``part-terminated``, which tell in which of the
        three documents what stands wrong; ``part-name-unfit``, ``part-not-unique``.
        """
        with _reading("bill of materials"):
            if part.bom is not None:
                Bom.from_csv(part.bom)  # also where it is empty: a file that went wrong does not say "buys nothing"
            bom = await self._bom(part)
            bom.demand_of(part.id, self._battery.rule_set(part.rules).stage_maps)
            await self._demand_no_circle(part.id, bom)
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
                looks = expiry_row(said, self._battery.codes, self._ports)

        async def decide() -> Step[PartRecord]:
            kept = await self.kept(part.id)
            stored = replace(part, version=kept.version if kept else 0)
            event = stored.event("registered", self._ports.clock.now())
            places = await self.places.moved(stored, kept)
            why = cause if kept is None else (cause or change_of(kept, stored))
            follows = Changes() if kept and why is None else await self.consequences.of_part(part.id, why)
            records = (stored.row(), *places, *follows.records)
            rows = (*looks, *follows.deliveries)
            follows = replace(follows, records=records, deliveries=rows, events=(event, *follows.events))
            return Step(follows, stored)

        return await self._steps.run(f"part {part.id}", decide)

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
        bom = (await self._making(part)).bom
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
        making = await self._making(part)
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

    async def _making(self, part: PartRecord) -> _Making:
        """All that a part is made of in our house. What is not registered is left out, so that it is a gap by name."""
        made, lines, waiting = {part.id: part}, list[BomLine](), [part]
        while waiting:
            bom = await self._bom(waiting.pop())
            lines += bom.lines
            for line in bom.lines:
                if line.supplier is None and line.component not in made:
                    component = await self.kept(line.component)
                    if component is not None:
                        made[component.id] = component
                        waiting.append(component)
        return _Making(tuple(made.values()), Bom(tuple(lines)))

    async def _demand_no_circle(self, part: str, bom: Bom) -> None:
        """That a part does not go into itself. Raises ConfigurationError ``part-in-itself`` with the line."""
        for line in bom.lines:
            if line.supplier is None and (line.component == part or await self._holds(line.component, part)):
                raise IN_ITSELF(at=line.at, part=part, component=line.component)

    async def _holds(self, component: str, part: str) -> bool:
        """Whether a component of ours, as it is registered, has a part in it."""
        kept = await self.kept(component)
        try:
            lines = () if kept is None else (await self._making(kept)).bom.lines
        except RenkeiError:
            return False  # a BOM that cannot be read any more says so where it is used
        return any(line.supplier is None and line.component == part for line in lines)

    # --- computing -------------------------------------------------------------------------------

    async def footprint(self, part: PartRecord) -> Calculation:
        """The exact footprint with all that went into it; for our own eyes.

        Raises ConfigurationError ``part-incomplete``, ``battery-…``.
        """
        return (await self.inputs(part)).perform()

    async def inputs(self, part: PartRecord, rules: str = "") -> CalculationInputs:
        """All that its footprint is calculated from today; ``rules``: under which rule set, by default the part's.

        Raises ConfigurationError ``part-incomplete``, ``rule-set-unknown``, ``battery-…``.
        """
        if not part.inventory:
            raise INCOMPLETE_PART(part=part.id, missing="inventory", kind=RequestKind.FOOTPRINT.value)
        making = await self._making(part)
        read = await self._received(making.bom, FOOTPRINT)
        received = [record for record in read if isinstance(record, FootprintRecord)]
        inventories = [Inventory.from_json(each.inventory) for each in making.parts if each.inventory]
        chosen = self._battery.rule_set(rules or part.rules)
        factors = (await self.factors()).about(making.bom.lines)
        return CalculationInputs.of(part.id, inventories, making.bom, received, chosen, factors)

    async def factors(self) -> FactorList:
        """Our own list of secondary factors, which stand in for suppliers that have not answered."""
        row = await self._ports.store.load(FactorListRecord.kind, FACTORS_ID)
        return FactorList() if row is None else FactorList.from_json(FactorListRecord.of(row).listed)

    async def calculation(self, record: str) -> CalculationRecord | None:
        """What one of our records was calculated from."""
        row = await self._ports.store.load(CalculationRecord.kind, record)
        return None if row is None else CalculationRecord.of(row)

    async def due_diligence(self, part: PartRecord) -> DiligenceCalculation:
        """The due diligence with everything that was said; for our own eyes.

        Raises ConfigurationError ``part-incomplete``, ``battery-…``.
        """
        if not part.due_diligence:
            missing = "due-diligence statement"
            raise INCOMPLETE_PART(part=part.id, missing=missing, kind=RequestKind.DUE_DILIGENCE.value)
        making, codes = await self._making(part), self._battery.codes
        read = await self._received(making.bom, DUE_DILIGENCE)
        received = [record for record in read if isinstance(record, DueDiligenceRecord)]
        said = [DiligenceStatement.from_json(each.due_diligence, codes) for each in making.parts if each.due_diligence]
        us, made = self._ports.identity.participant, [each.id for each in making.parts]
        told = await told_alerts(self._ports.store, codes, us, made, making.bom.bought())
        today = self._ports.clock.now().date()
        return roll_up_diligence(part.id, said, making.bom, received, codes, alerts=told, as_of=today)

    async def record(self, part: PartRecord, kind: RequestKind, needed_for: Iterable[str] = ()) -> DocumentRecord:
        """What may leave the house: the signed record as it is now, new only if something changed. Not stored yet.

        ``needed_for``: purposes, by default that of the kind; it holds no field that none of them needs.
        """
        return (await self.drawn(part, kind, needed_for))[0]

    async def drawn(
        self, part: PartRecord, kind: RequestKind, needed_for: Iterable[str] = (), *, coarse: bool = False
    ) -> tuple[DocumentRecord, tuple[Gap, ...]]:
        """The record as for ``record``, and which components it lacks, by name: that is for our own eyes.

        ``coarse``: with ratings that are no fingerprint (``battery.disclosure.releases.coarsened``).
        """
        wanted = tuple(needed_for) or (PURPOSE_OF[kind],)
        if kind is RequestKind.FOOTPRINT:
            inputs = await self.inputs(part)
            calculation = inputs.perform()
            return await self._recorded(part, kind, calculation, wanted, inputs, coarse=coarse), calculation.gaps
        diligence = await self.due_diligence(part)
        return await self._recorded(part, kind, diligence, wanted), diligence.gaps

    async def _recorded(
        self,
        part: PartRecord,
        kind: RequestKind,
        calculation: Calculation | DiligenceCalculation,
        needed_for: Sequence[str],
        inputs: CalculationInputs | None = None,
        *,
        coarse: bool = False,
    ) -> DocumentRecord:
        us, listed = self._ports.identity.participant, self._battery.purposes
        before = await self.newest(us, TYPES[kind], part.id)
        name = self._ports.ids.new()
        if isinstance(calculation, Calculation):
            published: FootprintRecord | DueDiligenceRecord = calculation.publish(name, split=part.split)
        else:
            published = calculation.publish(name)
        if coarse and isinstance(published, FootprintRecord):
            published = coarsened(published)
        fresh = published.to_json()
        if before is not None:
            if substance(listed.reduced(fresh, needed_for)) == substance(before.document):
                return before
            version, known = _version(before) + 1, str(before.document["id"])
            fresh = {**fresh, "version": version, "supersedes": known}
            if inputs is not None:
                fresh["cause"] = (await self._cause(part, before, inputs)).value
        kept = None if inputs is None else self._kept_calculation(str(fresh["id"]), inputs)
        if inputs is not None and kept is not None:
            fresh["calculation"] = kept.provenance(inputs).to_json()
        signed = await self._signatures.sign(listed.reduced(fresh, needed_for), Artefact.RECORD)
        document = DocumentRecord(
            id=content_hash(signed),
            partner=us,
            part=part.id,
            document_type=TYPES[kind],
            document=signed,
            signed=True,
            did_documents=await self._signatures.snapshot(us),
            created=self._ports.clock.now(),
        )
        return document if kept is None else drawn_of(document, kept)

    def _kept_calculation(self, record: str, inputs: CalculationInputs) -> CalculationRecord:
        return CalculationRecord(
            id=record,
            part=inputs.part,
            inputs=inputs.to_json(),
            inputs_hash=inputs.hash,
            token=self._ports.ids.secret(),
            created=self._ports.clock.now(),
        )

    async def _cause(self, part: PartRecord, before: DocumentRecord, inputs: CalculationInputs) -> ChangeCause:
        """Why the new version: what was noted, unless the inputs themselves tell it better."""
        made_of = [made.id for made in (await self._making(part)).parts]
        noted = await self.consequences.cause_of(made_of, before.created)
        kept = await self.calculation(str(before.document["id"]))
        if kept is None:
            return noted
        seen = cause_of(CalculationInputs.from_json(kept.inputs), inputs)
        refined = seen is ChangeCause.ENERGY_MIX and noted is ChangeCause.OWN_FIGURES
        return seen if refined or seen is ChangeCause.METHOD else noted

    def read(self, document: Document) -> FootprintRecord | DueDiligenceRecord:
        """A record as a typed value, its signature aside. Raises PeerError ``battery-record-…``."""
        content = unsigned(document)
        if document.get("@type") == FOOTPRINT:
            return FootprintRecord.from_json(content)
        return DueDiligenceRecord.from_json(content, self._battery.codes)

    async def misfit(self, document: DocumentRecord, part: str) -> RenkeiError | None:
        """Why a received record cannot be counted in a part of ours; without a part, in any that buys its component."""
        read, supply = self.read(document.document), (document.part, document.partner)
        async for each in self._each(part):
            try:
                lines = (await self._making(each)).bom.bought().get(supply, ())
            except RenkeiError:
                continue  # a BOM that cannot be read any more says so where it is used; the record is none the worse
            if (found := _misfit(lines, read)) is not None:
                return found
        return None

    async def _each(self, part: str) -> AsyncIterator[PartRecord]:
        """One part of ours if it is named, else all."""
        if part:
            if (kept := await self.kept(part)) is not None:
                yield kept
            return
        after = ""
        while parts := await self.listed(after):
            for each in parts:
                yield each
            after = parts[-1].id

    async def _received(self, bom: Bom, document_type: str) -> list[FootprintRecord | DueDiligenceRecord]:
        """What suppliers have given for a part; what cannot be counted is left out, so that it is a gap by name."""
        records: list[FootprintRecord | DueDiligenceRecord] = []
        for (component, supplier), lines in bom.bought().items():
            newest = await self.newest(supplier, document_type, component)
            if newest is None:
                continue
            read = self.read(newest.document)
            misfit = _misfit(lines, read)
            if misfit is None:
                records.append(read)
            else:
                _log.warning("a record is left out", extra={"code": misfit.code, "cause": misfit.message()})
        return records

    async def newest(self, partner: str, document_type: str, part: str) -> DocumentRecord | None:
        """The record of the highest version that a partner (or we) have given for a part."""
        rows = every(self._ports.store, DocumentRecord.kind, peer=partner, state=document_type, ref=part)
        documents = [DocumentRecord.of(row) async for row in rows]
        return max(documents, key=lambda document: (_version(document), document.created), default=None)


def _misfit(lines: Sequence[BomLine], read: FootprintRecord | DueDiligenceRecord) -> RenkeiError | None:
    declared = read.declared if isinstance(read, FootprintRecord) else read.subject.declared
    line = next((line for line in lines if not line.counts(declared)), None)
    if line is None:
        return None
    return UNFIT_UNIT(
        partner=read.company,
        component=line.component,
        given=declared.unit.code,
        line=line.at,
        part=line.parent,
        wanted=line.amount.unit.code,
    )


@contextmanager
def _reading(document: str) -> Iterator[None]:
    """Say in which of an operator's documents a mistake stands."""
    try:
        yield
    except RenkeiError as error:
        if "at" not in error.values:
            raise
        raise error.problem(**{**error.values, "at": f"{document}, {error.values['at']}"}) from error


def _version(document: DocumentRecord) -> int:
    version = document.document.get("version")
    return version if isinstance(version, int) else 0
