"""From a company's own statement and its suppliers' records to the due-diligence record of its part.

For each mineral of the code list: the worst status of all inputs that may hold it, and the share of its mass whose
status is known. Unknown stays unknown upward. An input that does not mention the mineral, a supplier that has not
answered, a record that ran out before our own period starts, and a component that we expect to hold the mineral but
whose record denies it, are unknown; only what everyone declares absent is absent. What has run out by ``as_of``, and
what is under an alert, counts as ``standing`` says; facilities are passed on as hashes.

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
from typing import TypeAlias

from renkei.battery.diligence.alert import Alert, newest_alerts
from renkei.battery.diligence.codes import DiligenceCodes, Status
from renkei.battery.diligence.finding import Finding, Place, worst
from renkei.battery.diligence.record import DueDiligenceRecord, MineralEntry
from renkei.battery.diligence.standing import (
    exact,
    finding_at,
    merged_cover,
    merged_expiries,
    merged_findings,
    own_entry,
    places,
    standing,
)
from renkei.battery.diligence.statement import DiligenceStatement
from renkei.battery.footprint.cycles import groups_in_order
from renkei.battery.parts.bom import Bom, BomLine
from renkei.battery.parts.gaps import Gap, masked
from renkei.battery.parts.part import Part, Period
from renkei.battery.problems import CYCLE_NOT_TRACEABLE, PART_TWICE, PART_UNKNOWN
from renkei.battery.units import Rounding
from renkei.battery.versions import newest
from renkei.kernel.values import replace

Alerts: TypeAlias = Mapping[tuple[str, str], Sequence[Alert]]
"""By part and company, what was told of it."""
_PUBLICATION = Rounding(34)


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
    alerts: tuple[Alert, ...] = ()
    grievance: str | None = None

    def findings(self, codes: DiligenceCodes) -> Mapping[str, Mapping[Place, Finding[Fraction]]]:
        """The whole matrix: by mineral that may be in the part, every risk (and group) at every step."""
        return {
            entry.mineral: {place: finding_at(place, entry, codes) for place in places(codes)}
            for entry in self.minerals
        }

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
            grievance=self.grievance,
            alerts=self.alerts,
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
    *,
    alerts: Alerts | None = None,
    as_of: date | None = None,
) -> DiligenceCalculation:
    """The due diligence of one part of ours, through all components that we make ourselves.

    ``alerts``: what was told since the records were made, and our own; ``as_of``: the day on which it must stand.
    """
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
        done[group[0]] = _Rolling(own[group[0]], bom, records, done, codes, alerts or {}, as_of).calculate()
    return done[part]


@dataclass(frozen=True, slots=True)
class _Input:
    """One thing that may bring minerals: ourselves or a component. ``entry_of`` gives None for silence."""

    name: str
    company: str
    entry_of: Callable[[str], MineralEntry[Fraction] | None]
    absent: tuple[str, ...] = ()
    end: date = date.max
    alerts: tuple[Alert, ...] = ()


@dataclass(frozen=True, slots=True)
class _Rolling:
    """One part of ours while it is calculated."""

    statement: DiligenceStatement
    bom: Bom
    records: Mapping[tuple[str, str], DueDiligenceRecord]
    done: Mapping[str, DiligenceCalculation]
    codes: DiligenceCodes
    alerts: Alerts
    as_of: date | None

    def calculate(self) -> DiligenceCalculation:
        part, period = self.statement.part, self.statement.period
        gaps = dict[Gap, None]()
        inputs = [self._ourselves(), *(self._bought(line, gaps) for line in self.bom.under(part.id))]
        minerals, absent, contributions = [], [], []
        for mineral in self.codes.minerals:
            said = list(self._said(mineral, inputs))
            contributions += [DiligenceContribution(mineral, i.name, i.company, e.status, e.amount) for i, e in said]
            if said:
                minerals.append(self._merge(mineral, [entry for _, entry in said]))
            else:
                absent.append(mineral)
        return DiligenceCalculation(
            part=part,
            period=Period(period.start, min(period.end, *(i.end for i in inputs))),
            code_list=self.codes.id,
            minerals=tuple(minerals),
            absent=tuple(absent),
            contributions=tuple(contributions),
            gaps=tuple(gaps),
            alerts=newest_alerts(alert for given in inputs for alert in given.alerts),
            grievance=self.statement.grievance,
        )

    def _ourselves(self) -> _Input:
        part, statement = self.statement.part, self.statement
        entries = [
            own_entry(entry, statement.facilities.get(entry.mineral, ()), self.codes) for entry in statement.minerals
        ]
        told = tuple(self.alerts.get((part.id, part.company), ()))
        return _Input(part.id, part.company, _finder(entries, Fraction(1)), statement.absent, alerts=told)

    def _bought(self, line: BomLine, gaps: dict[Gap, None]) -> _Input:
        company = line.supplier or self.statement.part.company
        told = tuple(self.alerts.get((line.component, company), ()))
        record = self.records.get((line.component, company)) if line.supplier is not None else None
        made = self.done.get(line.component) if line.supplier is None else None
        if record is not None and record.period.end >= self.statement.period.start:
            gaps.update(dict.fromkeys(_behind(line, company, record)))
            return _from_source(line, company, record.subject, record, told)
        if made is not None and made.period.end >= self.statement.period.start:
            gaps.update(dict.fromkeys(made.gaps))
            return _from_source(line, company, made.part, made, ())
        gaps[Gap(line.component, company)] = None
        return replace(_unanswered(line.component, company, self.statement, self.codes), alerts=told)

    def _said(self, mineral: str, inputs: Sequence[_Input]) -> Iterator[tuple[_Input, MineralEntry[Fraction]]]:
        for given in inputs:
            entry = given.entry_of(mineral)
            expected = self.statement.expected.get(given.name, {})
            flagged = any(alert.mineral == mineral and alert.is_open for alert in given.alerts)
            if entry is None and (mineral not in given.absent or mineral in expected or flagged):
                only = sum(other.name == given.name for other in inputs) == 1  # else the amount's split is not known
                entry = _silence(mineral, expected.get(mineral) if only else None, self.codes)
            if entry is not None:
                yield given, standing(entry, self.codes, newest_alerts(given.alerts), self.as_of)

    def _merge(self, mineral: str, entries: Sequence[MineralEntry[Fraction]]) -> MineralEntry[Fraction]:
        own = next((entry for entry in self.statement.minerals if entry.mineral == mineral), None)
        categories = dict.fromkeys(category for entry in entries for category in entry.risks)
        amounts = [entry.amount for entry in entries if entry.amount is not None]
        countries = [entry.origins for entry in entries if entry.origins is not None]
        compounds = {entry.compound for entry in entries}
        return MineralEntry(
            mineral=mineral,
            steps={step: worst(entry.steps[step] for entry in entries) for step in entries[0].steps},
            risks={category: worst(_risk(category, entry) for entry in entries) for category in categories},
            amount=sum(amounts, Fraction(0)) if len(amounts) == len(entries) else None,
            covered=merged_cover(entries),
            compound=compounds.pop() if len(compounds) == 1 else None,
            origins=tuple(sorted({c for some in countries for c in some})) if len(countries) == len(entries) else None,
            evidence=() if own is None else own.evidence,
            findings=merged_findings(entries, self.codes),
            expires=merged_expiries(entries),
            schemes=tuple(sorted({scheme for entry in entries for scheme in entry.schemes})),
            facilities=tuple(sorted({digest for entry in entries for digest in entry.facilities})),
        )


def _risk(category: str, entry: MineralEntry[Fraction]) -> Status:
    """Silence on a category is good only where the whole assessment was."""
    silent = Status.MET if entry.status is Status.MET else Status.UNKNOWN
    return entry.risks.get(category, silent)


def _from_source(
    line: BomLine, company: str, part: Part, source: DueDiligenceRecord | DiligenceCalculation, told: tuple[Alert, ...]
) -> _Input:
    return _Input(
        line.component,
        company,
        _finder(source.minerals, line.times(part.declared)),
        source.absent,
        source.period.end,
        (*source.alerts, *told),
    )


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
    by_mineral = {entry.mineral: exact(entry, times) for entry in entries}
    return by_mineral.get


def _silence(mineral: str, amount: Decimal | None, codes: DiligenceCodes) -> MineralEntry[Fraction]:
    return MineralEntry(
        mineral=mineral,
        steps=dict.fromkeys(codes.steps, Status.UNKNOWN),
        risks={},
        amount=None if amount is None else Fraction(amount),
        covered=Fraction(0),
    )


def _share(covered: Fraction | None) -> Decimal | None:
    rounded = None if covered is None else _PUBLICATION.apply(covered)
    return None if rounded == 1 and covered != 1 else rounded  # nearly whole must not read as whole


def _rounded(entry: MineralEntry[Fraction], with_origins: bool) -> MineralEntry[Decimal]:
    return MineralEntry(
        mineral=entry.mineral,
        steps=entry.steps,
        risks=entry.risks,
        amount=None if entry.amount is None else _PUBLICATION.apply(entry.amount),
        covered=_share(entry.covered),
        compound=entry.compound,
        origins=entry.origins if with_origins else None,
        evidence=tuple(replace(evidence, reviewer=None) for evidence in entry.evidence),
        findings={
            place: Finding(
                status=finding.status,
                covered=_share(finding.covered),
                expires=finding.expires,
                schemes=finding.schemes,
                evidence=finding.evidence,
                reviewed=finding.reviewed,
            )
            for place, finding in entry.findings.items()
        },
        expires=entry.expires,
        schemes=entry.schemes,
        facilities=entry.facilities,
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
