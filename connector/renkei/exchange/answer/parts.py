"""What we may say of the parts we make, computed from our own figures and received records.

What leaves the house is the published record: totals, shares and ratings, never the inputs, and of these only what the
purpose needs for which it is drawn (``purposes``). It is signed once; while nothing in it changes, the same record is
given again; when something changes, a new version supersedes the old one.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Final

from renkei.battery import (
    Bom,
    BomLine,
    Calculation,
    CalculationInputs,
    DiligenceCalculation,
    DiligenceStatement,
    DueDiligenceRecord,
    FactorList,
    FootprintRecord,
    Gap,
    Inventory,
    roll_up_diligence,
)
from renkei.battery.footprint.coarse_ratings import coarsened
from renkei.battery.footprint.recalculation import cause_of
from renkei.battery.versions import ChangeCause
from renkei.exchange.answer.consequences import substance
from renkei.exchange.answer.part_book import BatteryRules, PartBook
from renkei.exchange.answer.part_problems import CALCULATION_UNKNOWN
from renkei.exchange.answer.told_alerts import told_alerts
from renkei.exchange.catalog import purposes
from renkei.exchange.machine.steps import Steps
from renkei.exchange.partner.signatures import Signatures
from renkei.exchange.ports import Ports
from renkei.exchange.problems import INCOMPLETE_PART, UNFIT_UNIT
from renkei.exchange.records.calculations import FACTORS_ID, CalculationRecord, FactorListRecord, drawn_of
from renkei.exchange.records.kept import Document
from renkei.exchange.records.parts import PartRecord
from renkei.exchange.records.requests import DocumentRecord, RequestKind
from renkei.kernel.problems import RenkeiError
from renkei.store.paging import every
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


class Parts(PartBook):
    """One participant's parts."""

    def __init__(self, ports: Ports, steps: Steps, signatures: Signatures, battery: BatteryRules) -> None:
        super().__init__(ports, steps, battery)
        self._signatures = signatures

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
        making = await self.making(part)
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

    async def calculated(self, record: str) -> CalculationRecord:
        """The same, where it must be there. Raises LocalError ``calculation-unknown``."""
        kept = await self.calculation(record)
        if kept is None:
            raise CALCULATION_UNKNOWN(record=record)
        return kept

    async def published(self, record: str) -> tuple[CalculationRecord, DocumentRecord]:
        """The same, with the record as it was signed. Raises LocalError ``calculation-unknown``."""
        kept, us = await self.calculated(record), self._ports.identity.participant
        async for row in every(self._ports.store, DocumentRecord.kind, peer=us, state=FOOTPRINT, ref=kept.part):
            document = DocumentRecord.of(row)
            if document.document.get("id") == record:
                return kept, document
        raise CALCULATION_UNKNOWN(record=record)

    async def due_diligence(self, part: PartRecord) -> DiligenceCalculation:
        """The due diligence with everything that was said; for our own eyes.

        Raises ConfigurationError ``part-incomplete``, ``battery-…``.
        """
        if not part.due_diligence:
            missing = "due-diligence statement"
            raise INCOMPLETE_PART(part=part.id, missing=missing, kind=RequestKind.DUE_DILIGENCE.value)
        making, codes = await self.making(part), self._battery.codes
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

        ``coarse``: with ratings that are no fingerprint (``battery.footprint.coarse_ratings.coarsened``).
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
        made_of = [made.id for made in (await self.making(part)).parts]
        noted = await self.consequences.cause_of(made_of, before.created)
        kept = await self.calculation(str(before.document["id"]))
        if kept is None:
            return noted
        seen = cause_of(CalculationInputs.from_json(kept.inputs), inputs)
        refined = (seen, noted) in {
            (ChangeCause.ENERGY_MIX, ChangeCause.OWN_FIGURES),
            (ChangeCause.BILL_OF_MATERIALS, ChangeCause.SUPPLIER_UPDATE),  # by the crosswalk: no part of ours changed
        }
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
                lines = (await self.making(each)).bom.bought().get(supply, ())
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


def _version(document: DocumentRecord) -> int:
    version = document.document.get("version")
    return version if isinstance(version, int) else 0
