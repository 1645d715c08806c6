"""A finding: what is known of one mineral, one risk and one of the OECD guidance's five steps: a cell of the matrix.

Findings of several suppliers become one by mass: the worst status, the exact share of the mass whose status is known,
the earliest day on which something behind it runs out, all schemes, the number of evidences and the oldest review.
None of it tells whose it is. Nothing is ever made better: an unknown share stays unknown however small it is.

Shape, in a mineral's member ``matrix`` (what is not there follows from the mineral's steps and risks)::

    {"risk": "child_labour", "steps": {"4": {"status": "met", "covered": "1", "expires": "2027-02-10",
                                             "schemes": ["RMAP"], "evidence": 2, "reviewed": "2026-02-11"}}}

``covered`` may be left out of what is met; elsewhere its absence says that nobody can compute it, or, in a company's
own statement, that the whole answer is meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Generic, TypeAlias, TypeVar

from renkei.battery.diligence.codes import DiligenceCodes, Status
from renkei.battery.reading import SHARE, Members
from renkei.battery.units import render_figure

N = TypeVar("N", Decimal, Fraction)
Place: TypeAlias = tuple[str, str]
"""A risk category (or group) and a step."""
_WORSE = tuple(Status)
_MOST_EVIDENCE = 1_000_000  # where counting ends, so that no supplier's absurd count makes ours too large to sign


def worst(statuses: Iterable[Status]) -> Status:
    """The worst of several; nothing asked is nothing known."""
    return max(statuses, key=_WORSE.index, default=Status.UNKNOWN)


def covered_by_mass(shares: Sequence[tuple[Fraction | None, Fraction | None]]) -> Fraction | None:
    """The share of the mass that is covered, from (mass, share) of each; None: it cannot be computed.

    Without masses only what is the same for all can be said.
    """
    if all(share == shares[0][1] for _, share in shares):
        return shares[0][1]
    weighed = [(amount, share) for amount, share in shares if amount is not None and share is not None]
    total = sum((amount for amount, _ in weighed), Fraction(0))
    if len(weighed) < len(shares) or not total:
        return None
    return sum((amount * share for amount, share in weighed), Fraction(0)) / total


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Generic[N]):
    """One cell. ``covered``: the share of the mass whose status is known; None: not computable."""

    status: Status
    covered: N | None
    expires: date | None = None
    schemes: tuple[str, ...] = ()
    evidence: int = 0
    reviewed: date | None = None

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        members: dict[str, object] = {"status": self.status.value}
        if self.covered is not None:
            members["covered"] = render_figure(self.covered) if isinstance(self.covered, Decimal) else str(self.covered)
        if self.expires is not None:
            members["expires"] = self.expires.isoformat()
        if self.schemes:
            members["schemes"] = list(self.schemes)
        if self.evidence:
            members["evidence"] = self.evidence
        if self.reviewed is not None:
            members["reviewed"] = self.reviewed.isoformat()
        return members


def merged(inputs: Sequence[tuple[Fraction | None, Finding[Fraction]]]) -> Finding[Fraction]:
    """One finding for all of several, each with its mass."""
    findings = [finding for _, finding in inputs]
    return Finding(
        status=worst(finding.status for finding in findings),
        covered=covered_by_mass([(amount, finding.covered) for amount, finding in inputs]),
        expires=earliest(finding.expires for finding in findings),
        schemes=tuple(sorted({scheme for finding in findings for scheme in finding.schemes})),
        evidence=min(_MOST_EVIDENCE, sum(finding.evidence for finding in findings)),
        reviewed=earliest(finding.reviewed for finding in findings),
    )


def gathered(findings: Sequence[Finding[Fraction]]) -> Finding[Fraction]:
    """One finding for several risks of the same mass: it is known where all of them are."""
    status = worst(finding.status for finding in findings)
    shares = [finding.covered for finding in findings]
    known = None if None in shares else min(share for share in shares if share is not None)
    if sum(share != 1 for share in shares) > 1 and known:  # two gaps may lie in different mass
        known = None
    return Finding(
        status=status,
        covered=known,
        expires=earliest(finding.expires for finding in findings),
        schemes=tuple(sorted({scheme for finding in findings for scheme in finding.schemes})),
        evidence=max(finding.evidence for finding in findings),
        reviewed=earliest(finding.reviewed for finding in findings),
    )


def earliest(days: Iterable[date | None]) -> date | None:
    """The first of the days that are given."""
    return min((day for day in days if day is not None), default=None)


def findings_to_json(findings: Mapping[Place, Finding[Decimal]]) -> list[dict[str, object]]:
    """The member ``matrix``."""
    by_risk: dict[str, dict[str, object]] = {}
    for (risk, step), finding in findings.items():
        by_risk.setdefault(risk, {})[step] = finding.to_json()
    return [{"risk": risk, "steps": steps} for risk, steps in by_risk.items()]


def read_findings(members: Members, codes: DiligenceCodes) -> dict[Place, Finding[Decimal]]:
    """The member ``matrix`` of an open JSON object; none where it is absent.

    What must hold: 1. risks and steps are in the code list, none twice; 2. what is met is covered wholly, what is
    unknown is not.
    """
    findings: dict[Place, Finding[Decimal]] = {}
    for row in members.each("matrix") if members.has("matrix") else ():
        risk = row.text("risk")
        if risk not in codes.rows:  # (1)
            raise row.malformed("risk", risk, "one of " + ", ".join(codes.rows))
        if any(risk == known for known, _ in findings):
            raise row.inconsistent("risk", risk, "its second mention")
        steps = row.inner("steps")
        for step in steps.names():
            if step not in codes.steps:
                raise steps.malformed(step, step, "one of " + ", ".join(codes.steps))
            findings[risk, step] = _read_finding(steps.inner(step))
        row.close()
    return findings


def _read_finding(members: Members) -> Finding[Decimal]:
    status = members.choice("status", Status)
    covered = members.optional_figure("covered", SHARE)
    if covered is None and status is Status.MET:
        covered = Decimal(1)
    if (status is Status.MET and covered != 1) or (status is Status.UNKNOWN and covered == 1):  # (2)
        raise members.inconsistent("covered", covered, f"the status {status.value}")
    finding = Finding(
        status=status,
        covered=covered,
        expires=members.day("expires") if members.has("expires") else None,
        schemes=members.texts("schemes") if members.has("schemes") else (),
        evidence=members.whole("evidence", 1, _MOST_EVIDENCE) if members.has("evidence") else 0,
        reviewed=members.day("reviewed") if members.has("reviewed") else None,
    )
    members.close()
    return finding
