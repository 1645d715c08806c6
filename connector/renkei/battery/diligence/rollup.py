"""From a company's own statement and its suppliers' records to the due-diligence record of its part.

For each mineral of the code list: the worst status of all inputs that may hold it, and the share of its mass whose
status is known. Unknown stays unknown upward. An input that does not mention the mineral, a supplier that has not
answered, a record that ran out before our own period starts, and a component that we expect to hold the mineral but
whose record denies it, are unknown; only what everyone declares absent is absent.

A ``DiligenceCalculation`` is for our own eyes; ``publish()`` names no supplier, passes on no supplier's evidence and,
unless asked, no country of origin. Raises ConfigurationError ``battery-part-unknown``, ``-part-twice``,
``-unit-mismatch``, ``-cycle-not-traceable``; PeerError ``battery-records-conflict``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Self

from renkei.battery.diligence.record import (
    DiligenceCodes,
    DueDiligenceRecord,
    MineralEntry,
    Status,
    read_minerals,
    worst,
)
from renkei.battery.footprint.cycles import groups_in_order
from renkei.battery.parts.bom import Bom, BomLine
from renkei.battery.parts.gaps import Gap, masked
from renkei.battery.parts.part import Part, Period
from renkei.battery.problems import CYCLE_NOT_TRACEABLE, INPUT, PART_TWICE, PART_UNKNOWN
from renkei.battery.reading import POSITIVE, Members
from renkei.battery.units import Rounding
from renkei.battery.versions import newest

_PUBLICATION = Rounding(34)


@dataclass(frozen=True, slots=True)
class DiligenceStatement:
    """What a company says of itself: minerals it sources for the part, and what it expects in bought components.

    ``expected`` is, by component, the minerals it must hold, with kg per declared amount of our part where known; a
    component that is not in it may hold anything. Shape: as the record's ``minerals`` and ``absent``, and
    ``"expected": [{"component": "…", "minerals": [{"mineral": "cobalt", "amount": "0.08"}]}]``.
    """

    part: Part
    period: Period
    minerals: tuple[MineralEntry[Decimal], ...]
    absent: tuple[str, ...]
    expected: Mapping[str, Mapping[str, Decimal | None]]

    @classmethod
    def from_json(cls, value: object, codes: DiligenceCodes) -> Self:
        """Read a statement file."""
        members = Members.typed(value, INPUT, "DiligenceStatement")
        minerals, absent = read_minerals(members, codes)
        statement = cls(
            part=Part.read(members),
            period=Period.read(members.inner("period")),
            minerals=minerals,
            absent=absent,
            expected=_read_expected(members, codes),
        )
        members.close()
        return statement


@dataclass(frozen=True, slots=True)
class DiligenceContribution:
    """What one input says about one mineral; an input that is silent says unknown."""

    mineral: str
    name: str
    company: str
    status: Status
    amount: Fraction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiligenceCalculation:
    """A part's minerals with everything that was said of them. Private: ``publish`` what may leave the house."""

    part: Part
    period: Period
    code_list: str
    minerals: tuple[MineralEntry[Fraction], ...]
    absent: tuple[str, ...]
    contributions: tuple[DiligenceContribution, ...]
    gaps: tuple[Gap, ...]

    def publish(
        self,
        record_id: str,
        *,
        version: int = 1,
        supersedes: str | None = None,
        name_gaps: bool = False,
        with_origins: bool = False,
    ) -> DueDiligenceRecord:
        """The record for a customer."""
        return DueDiligenceRecord(
            id=record_id,
            version=version,
            supersedes=supersedes,
            subject=self.part,
            period=self.period,
            minerals=tuple(_rounded(entry, with_origins) for entry in self.minerals),
            absent=self.absent,
            code_list=self.code_list,
            gaps=self.gaps if name_gaps else masked(self.gaps),
        )

    def to_json(self) -> dict[str, object]:
        """Everything, for the company's own eyes (management API, reports)."""
        shown = self.publish("private", name_gaps=True, with_origins=True).to_json()
        del shown["id"], shown["version"]
        return shown | {
            "@type": "DiligenceCalculation",
            "contributions": [
                {"mineral": said.mineral, "name": said.name, "company": said.company, "status": said.status.value}
                for said in self.contributions
            ],
        }


def roll_up_diligence(
    part: str,
    statements: Iterable[DiligenceStatement],
    bom: Bom,
    received: Iterable[DueDiligenceRecord],
    codes: DiligenceCodes,
) -> DiligenceCalculation:
    """The due diligence of one part of ours, through all components that we make ourselves."""
    own: dict[str, DiligenceStatement] = {}
    for statement in statements:
        if own.setdefault(statement.part.id, statement) is not statement:
            raise PART_TWICE(part=statement.part.id)
    if part not in own:
        raise PART_UNKNOWN(part=part)
    records = newest(received)
    done: dict[str, DiligenceCalculation] = {}
    edges = {name: [line.component for line in bom.under(name) if line.supplier is None] for name in own}
    for group in groups_in_order(_below(part, edges)):
        if len(group) > 1 or group[0] in edges[group[0]]:
            raise CYCLE_NOT_TRACEABLE(parts=", ".join(sorted(group)))
        done[group[0]] = _calculate(own[group[0]], bom, records, done, codes)
    return done[part]


@dataclass(frozen=True, slots=True)
class _Input:
    """One thing that may bring minerals: ourselves or a component. ``entry_of`` gives None for silence."""

    name: str
    company: str
    entry_of: Callable[[str], MineralEntry[Fraction] | None]
    absent: tuple[str, ...] = ()
    end: date = date.max


def _calculate(
    statement: DiligenceStatement,
    bom: Bom,
    records: Mapping[tuple[str, str], DueDiligenceRecord],
    done: Mapping[str, DiligenceCalculation],
    codes: DiligenceCodes,
) -> DiligenceCalculation:
    part, gaps = statement.part, dict[Gap, None]()
    inputs = [_Input(part.id, part.company, _finder(statement.minerals, Fraction(1)), statement.absent)]
    for line in bom.under(part.id):
        company = line.supplier or part.company
        record = records.get((line.component, company)) if line.supplier is not None else None
        made = done.get(line.component) if line.supplier is None else None
        if record is not None and record.period.end >= statement.period.start:
            gaps.update(dict.fromkeys(_behind(line, company, record)))
            inputs.append(_from_source(line, company, record.subject, record))
        elif made is not None and made.period.end >= statement.period.start:
            gaps.update(dict.fromkeys(made.gaps))
            inputs.append(_from_source(line, company, made.part, made))
        else:
            gaps[Gap(line.component, company)] = None
            inputs.append(_unanswered(line.component, company, statement, codes))
    minerals, absent, contributions = [], [], []
    for mineral in codes.minerals:
        said = list(_said(mineral, inputs, statement, codes))
        contributions += [DiligenceContribution(mineral, i.name, i.company, e.status, e.amount) for i, e in said]
        if said:
            minerals.append(_merge(mineral, [entry for _, entry in said], statement))
        else:
            absent.append(mineral)
    return DiligenceCalculation(
        part=part,
        period=Period(statement.period.start, min(statement.period.end, *(i.end for i in inputs))),
        code_list=codes.id,
        minerals=tuple(minerals),
        absent=tuple(absent),
        contributions=tuple(contributions),
        gaps=tuple(gaps),
    )


def _said(
    mineral: str, inputs: Sequence[_Input], statement: DiligenceStatement, codes: DiligenceCodes
) -> Iterator[tuple[_Input, MineralEntry[Fraction]]]:
    for given in inputs:
        entry = given.entry_of(mineral)
        expected = statement.expected.get(given.name, {})
        if entry is not None:
            yield given, entry
        elif mineral not in given.absent or mineral in expected:
            only = sum(other.name == given.name for other in inputs) == 1  # else the amount's split is not known
            yield given, _silence(mineral, expected.get(mineral) if only else None, codes)


def _merge(
    mineral: str, entries: Sequence[MineralEntry[Fraction]], statement: DiligenceStatement
) -> MineralEntry[Fraction]:
    own = next((entry for entry in statement.minerals if entry.mineral == mineral), None)
    categories = dict.fromkeys(category for entry in entries for category in entry.risks)
    amounts = [entry.amount for entry in entries if entry.amount is not None]
    countries = [entry.origins for entry in entries if entry.origins is not None]
    compounds = {entry.compound for entry in entries}
    return MineralEntry(
        mineral=mineral,
        steps={step: worst(entry.steps[step] for entry in entries) for step in entries[0].steps},
        risks={category: worst(_risk(category, entry) for entry in entries) for category in categories},
        amount=sum(amounts, Fraction(0)) if len(amounts) == len(entries) else None,
        covered=_covered(entries),
        compound=compounds.pop() if len(compounds) == 1 else None,
        origins=tuple(sorted({c for some in countries for c in some})) if len(countries) == len(entries) else None,
        evidence=() if own is None else own.evidence,
    )


def _risk(category: str, entry: MineralEntry[Fraction]) -> Status:
    """Silence on a category is good only where the whole assessment was."""
    silent = Status.MET if entry.status is Status.MET else Status.UNKNOWN
    return entry.risks.get(category, silent)


def _covered(entries: Sequence[MineralEntry[Fraction]]) -> Fraction | None:
    """Mass-weighted; without masses only what is the same for all inputs can be said."""
    shares = [entry.covered for entry in entries]
    if all(share == shares[0] for share in shares):
        return shares[0]
    weighed = [(e.amount, e.covered) for e in entries if e.amount is not None and e.covered is not None]
    if len(weighed) < len(entries):
        return None
    return sum((amount * share for amount, share in weighed), Fraction(0)) / sum(amount for amount, _ in weighed)


def _from_source(line: BomLine, company: str, part: Part, source: DueDiligenceRecord | DiligenceCalculation) -> _Input:
    times = line.times(part.declared)
    return _Input(line.component, company, _finder(source.minerals, times), source.absent, source.period.end)


def _unanswered(component: str, company: str, statement: DiligenceStatement, codes: DiligenceCodes) -> _Input:
    """Of a component whose content we know, other minerals are absent; any other component may hold all."""
    absent: tuple[str, ...] = ()
    if component in statement.expected:
        absent = tuple(mineral for mineral in codes.minerals if mineral not in statement.expected[component])
    return _Input(component, company, _finder((), Fraction(1)), absent)


def _behind(line: BomLine, company: str, record: DueDiligenceRecord) -> Iterator[Gap]:
    if record.gaps:
        yield Gap(line.component, company, sum(gap.count for gap in record.gaps))


def _finder(
    entries: Sequence[MineralEntry[Decimal]] | Sequence[MineralEntry[Fraction]], times: Fraction
) -> Callable[[str], MineralEntry[Fraction] | None]:
    by_mineral = {entry.mineral: _scaled(entry, times) for entry in entries}
    return by_mineral.get


def _scaled(entry: MineralEntry[Decimal] | MineralEntry[Fraction], times: Fraction) -> MineralEntry[Fraction]:
    return MineralEntry(
        mineral=entry.mineral,
        steps=entry.steps,
        risks=entry.risks,
        amount=None if entry.amount is None else Fraction(entry.amount) * times,
        covered=None if entry.covered is None else Fraction(entry.covered),
        compound=entry.compound,
        origins=entry.origins,
    )


def _silence(mineral: str, amount: Decimal | None, codes: DiligenceCodes) -> MineralEntry[Fraction]:
    return MineralEntry(
        mineral=mineral,
        steps=dict.fromkeys(codes.steps, Status.UNKNOWN),
        risks={},
        amount=None if amount is None else Fraction(amount),
        covered=Fraction(0),
    )


def _rounded(entry: MineralEntry[Fraction], with_origins: bool) -> MineralEntry[Decimal]:
    covered = None if entry.covered is None else _PUBLICATION.apply(entry.covered)
    if covered == 1 and entry.covered != 1:
        covered = None  # nearly whole must not read as whole
    return MineralEntry(
        mineral=entry.mineral,
        steps=entry.steps,
        risks=entry.risks,
        amount=None if entry.amount is None else _PUBLICATION.apply(entry.amount),
        covered=covered,
        compound=entry.compound,
        origins=entry.origins if with_origins else None,
        evidence=entry.evidence,
    )


def _below(part: str, edges: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    reached: dict[str, Sequence[str]] = {}
    waiting = [part]
    while waiting:
        name = waiting.pop()
        if name in edges and name not in reached:
            reached[name] = edges[name]
            waiting += edges[name]
    return reached


def _read_expected(members: Members, codes: DiligenceCodes) -> Mapping[str, Mapping[str, Decimal | None]]:
    expected: dict[str, Mapping[str, Decimal | None]] = {}
    for component in members.each("expected"):
        name = component.text("component")
        if name in expected:
            raise component.inconsistent("component", name, "its second mention")
        minerals: dict[str, Decimal | None] = {}
        for mineral in component.each("minerals"):
            code = mineral.text("mineral")
            if code not in codes.minerals or code in minerals:
                raise mineral.malformed("mineral", code, "one of " + ", ".join(codes.minerals) + ", each once")
            minerals[code] = mineral.optional_figure("amount", POSITIVE)
            mineral.close()
        component.close()
        expected[name] = minerals
    return expected
