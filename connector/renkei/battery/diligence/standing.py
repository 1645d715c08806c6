"""How an entry stands on a day: what has run out, what is under an alert, what it says of each risk at each step.

Nothing here makes an answer better. A step whose evidence has run out is not known any more; while a red flag stands,
nothing about its risks is met; both lower what was met and leave what was worse.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from renkei.battery.diligence.alert import Alert
from renkei.battery.diligence.codes import DiligenceCodes, Status
from renkei.battery.diligence.facilities import Facility
from renkei.battery.diligence.finding import Finding, Place, covered_by_mass, earliest, gathered, merged, worst
from renkei.battery.diligence.record import Evidence, MineralEntry
from renkei.kernel.values import replace

_AUDIT = "4"
_ASSESSMENT = "2"


def exact(entry: MineralEntry[Decimal] | MineralEntry[Fraction], times: Fraction) -> MineralEntry[Fraction]:
    """The same entry in exact figures, its mass counted ``times``; its evidence stays with whoever has it."""
    return MineralEntry(
        mineral=entry.mineral,
        steps=entry.steps,
        risks=entry.risks,
        amount=None if entry.amount is None else Fraction(entry.amount) * times,
        covered=None if entry.covered is None else Fraction(entry.covered),
        compound=entry.compound,
        origins=entry.origins,
        findings={place: _exact(finding) for place, finding in entry.findings.items()},
        expires=entry.expires,
        schemes=entry.schemes,
        facilities=entry.facilities,
    )


def _exact(finding: Finding[Decimal] | Finding[Fraction]) -> Finding[Fraction]:
    return Finding(
        status=finding.status,
        covered=None if finding.covered is None else Fraction(finding.covered),
        expires=finding.expires,
        schemes=finding.schemes,
        evidence=finding.evidence,
        reviewed=finding.reviewed,
    )


def own_entry(
    entry: MineralEntry[Decimal], facilities: Sequence[Facility], codes: DiligenceCodes
) -> MineralEntry[Fraction]:
    """What we say ourselves, with what follows from our evidence and the facilities that we know, now only hashes."""
    audits = [facility.expires for facility in facilities]
    expires = {
        step: day
        for step in codes.steps
        if (day := earliest([*_ends(entry.evidence, step), *(audits if step == _AUDIT else ())])) is not None
    }
    named = [*(each.scheme for each in entry.evidence), *(facility.scheme for facility in facilities)]
    schemes = {scheme for scheme in named if scheme is not None}
    own = replace(
        exact(entry, Fraction(1)),
        expires={**expires, **entry.expires},
        schemes=tuple(sorted(schemes | set(entry.schemes))),
        facilities=tuple(sorted(facility.digest for facility in facilities)),
    )
    backed = {(evidence.risk, evidence.step) for evidence in entry.evidence}
    if not own.findings and not any(risk is not None for risk, _ in backed):
        return own
    return replace(own, findings={place: _backed(place, own, entry.evidence, codes) for place in places(codes)})


def _ends(evidence: Iterable[Evidence], step: str) -> list[date | None]:
    return [each.expires for each in evidence if each.step == step]


def _backed(
    place: Place, entry: MineralEntry[Fraction], evidence: Iterable[Evidence], codes: DiligenceCodes
) -> Finding[Fraction]:
    """A finding of ours with the evidence behind it."""
    risk, step = place
    said, behind = finding_at(place, entry, codes), codes.members_of(risk)
    ours = [each for each in evidence if each.step == step and (each.risk is None or each.risk in behind)]
    whole = Fraction(said.status is not Status.UNKNOWN)
    return replace(
        said,
        covered=whole if said.covered is None else said.covered,
        expires=earliest([said.expires, *(each.expires for each in ours)]),
        schemes=tuple(sorted({*said.schemes, *(each.scheme for each in ours if each.scheme is not None)})),
        evidence=said.evidence + len(ours),
        reviewed=earliest([said.reviewed, *(each.reviewed for each in ours)]),
    )


def places(codes: DiligenceCodes) -> list[Place]:
    """All cells of one mineral, groups included."""
    return [(risk, step) for risk in codes.rows for step in codes.steps]


def finding_at(place: Place, entry: MineralEntry[Fraction], codes: DiligenceCodes) -> Finding[Fraction]:
    """What an entry says of one risk at one step: in its own words, or what follows from them.

    Silence on a risk is good only where the whole assessment was.
    """
    if place in entry.findings:
        return entry.findings[place]
    risk, step = place
    if risk in codes.groups:
        return gathered([finding_at((each, step), entry, codes) for each in codes.members_of(risk)])
    silent = Status.MET if entry.status is Status.MET else Status.UNKNOWN
    status = worst((entry.steps[step], entry.risks.get(risk, silent)))
    covered = Fraction(1)
    if status is Status.NOT_MET:
        return Finding(status=status, covered=entry.covered, expires=entry.expires.get(step), schemes=entry.schemes)
    if status is Status.UNKNOWN:
        partly = entry.status is Status.UNKNOWN and entry.covered is not None
        covered = entry.covered if partly and entry.covered is not None else Fraction(0)
    return Finding(status=status, covered=covered, expires=entry.expires.get(step), schemes=entry.schemes)


def merged_findings(
    entries: Sequence[MineralEntry[Fraction]], codes: DiligenceCodes
) -> Mapping[Place, Finding[Fraction]]:
    """Every cell of several entries; none where none of them speaks of single cells."""
    if not any(entry.findings for entry in entries):
        return {}
    return {
        place: merged([(entry.amount, finding_at(place, entry, codes)) for entry in entries]) for place in places(codes)
    }


def merged_cover(entries: Sequence[MineralEntry[Fraction]]) -> Fraction | None:
    """The share of the mass of all entries whose status is known."""
    return covered_by_mass([(entry.amount, entry.covered) for entry in entries])


def merged_expiries(entries: Sequence[MineralEntry[Fraction]]) -> Mapping[str, date]:
    """By step, the first day on which something behind any of the entries runs out."""
    steps = dict.fromkeys(step for entry in entries for step in entry.expires)
    days = {step: earliest(entry.expires.get(step) for entry in entries) for step in sorted(steps)}
    return {step: day for step, day in days.items() if day is not None}


def standing(
    entry: MineralEntry[Fraction], codes: DiligenceCodes, alerts: Iterable[Alert] = (), as_of: date | None = None
) -> MineralEntry[Fraction]:
    """The entry on a day and under its open alerts (those of its mineral)."""
    for step, day in entry.expires.items():
        if as_of is not None and day < as_of:
            entry = _unknown(entry, step)
    for place, finding in entry.findings.items():
        if as_of is not None and finding.expires is not None and finding.expires < as_of:
            entry = replace(entry, findings={**entry.findings, place: _lowered(finding)})
    if as_of is not None and entry.findings:
        entry = _not_better(entry)
    for alert in alerts:
        if alert.mineral == entry.mineral:
            entry = _not_met(entry, alert, codes) if alert.red else _unknown(entry, alert.audit_step)
    return entry


def _lowered(finding: Finding[Fraction]) -> Finding[Fraction]:
    if finding.status is not Status.MET:
        return finding
    return replace(finding, status=Status.UNKNOWN, covered=Fraction(0))


def _with(entry: MineralEntry[Fraction], changed: MineralEntry[Fraction]) -> MineralEntry[Fraction]:
    """The changed entry; of what was met and is not known any more, nothing is covered."""
    if entry.status is Status.MET and changed.status is Status.UNKNOWN:
        return replace(changed, covered=Fraction(0))
    return changed


def _not_better(entry: MineralEntry[Fraction]) -> MineralEntry[Fraction]:
    """A step is not met where one of its findings is not any more."""
    hidden = worst((entry.status, *(finding.status for finding in entry.findings.values())))
    if hidden is entry.status:
        return entry
    steps = dict(entry.steps)
    for (_, step), finding in entry.findings.items():
        steps[step] = worst((steps[step], finding.status))
    return _with(entry, replace(entry, steps=steps))


def _unknown(entry: MineralEntry[Fraction], step: str) -> MineralEntry[Fraction]:
    if entry.steps[step] is not Status.MET:
        return entry
    findings = {place: _lowered(said) if place[1] == step else said for place, said in entry.findings.items()}
    return _with(entry, replace(entry, steps={**entry.steps, step: Status.UNKNOWN}, findings=findings))


def _not_met(entry: MineralEntry[Fraction], alert: Alert, codes: DiligenceCodes) -> MineralEntry[Fraction]:
    if alert.risks:
        changed = replace(entry, risks={**entry.risks, **dict.fromkeys(alert.risks, Status.NOT_MET)})
    else:
        changed = replace(entry, steps={**entry.steps, _ASSESSMENT: Status.NOT_MET})
    findings = {
        place: replace(said, status=Status.NOT_MET) if _concerns(alert, place, codes) else said
        for place, said in entry.findings.items()
    }
    return _with(entry, replace(changed, findings=findings))


def _concerns(alert: Alert, place: Place, codes: DiligenceCodes) -> bool:
    risk, step = place
    if alert.risks:
        return not set(alert.risks).isdisjoint(codes.members_of(risk))
    return step == _ASSESSMENT
