"""The due-diligence record: for each mineral in a part, what was done about its origin, and what is not known.

Regulation (EU) 2023/1542 Articles 49 and 50 and Annex X (minerals, risk categories) and the OECD guidance's five steps;
the code lists are data (``vocab/battery/due-diligence``) and passed in. A status is ``met``, ``not-met`` or
``unknown``. Silence is never good news: a mineral that a record neither lists nor declares absent, a step it does not
mention, a supplier without an answer are all unknown.

Shape (``plant``, ``supersedes`` and, in an entry, ``compound``, ``amount`` in kg per declared amount, ``covered``
and ``originCountries`` may be absent)::

    {"@type": "DueDiligenceRecord", "id": "…", "version": 1, "part": "…", "company": "…",
     "declaredUnit": "piece", "declaredUnitAmount": "1", "period": {"start": "…", "end": "…"},
     "minerals": [{"mineral": "cobalt", "compound": "CoSO4.7H2O", "amount": "0.0838", "originCountries": ["CD"],
                   "steps": {"1": "met", …}, "risks": [{"category": "child_labour", "status": "met"}],
                   "evidence": [{"step": "4", "kind": "scheme", "reference": "…", "digest": "sha-256:…",
                                 "risk": "child_labour", "scheme": "RMAP", "expires": "2027-02-10"}],
                   "status": "met", "covered": "1", "matrix": […], "expires": {"4": "2027-02-10"},
                   "schemes": ["RMAP"], "facilities": ["sha-256:…"]}],
     "absent": ["natural_graphite"], "gaps": [], "codeList": "…", "grievance": "https://…", "alerts": [{…}]}

``matrix`` (``finding``) tells of each risk at each step; where it is silent, the answer follows from step and risk.
``expires``: by step, the earliest day on which something behind it runs out; ``facilities``: hashes (``facilities``).

Raises PeerError ``battery-record-…``; for our own statement ConfigurationError ``battery-input-…``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum, unique
from fractions import Fraction
from typing import Generic, Self, TypeVar

from renkei.battery.diligence.alert import Alert, read_alerts
from renkei.battery.diligence.codes import DiligenceCodes, Status
from renkei.battery.diligence.facilities import DIGEST, read_digests
from renkei.battery.diligence.finding import Finding, Place, findings_to_json, read_findings, worst
from renkei.battery.label import Label
from renkei.battery.parts.gaps import Gap
from renkei.battery.parts.part import Part, Period
from renkei.battery.problems import RECORD
from renkei.battery.reading import POSITIVE, SHARE, Members
from renkei.battery.units import render_figure

__all__ = [
    "DiligenceCodes",
    "DueDiligenceRecord",
    "Evidence",
    "EvidenceKind",
    "MineralEntry",
    "Status",
    "entry_to_json",
    "read_absent",
    "read_entry",
    "read_minerals",
    "worst",
]
N = TypeVar("N", Decimal, Fraction)
_COUNTRY = re.compile(r"[A-Z]{2}")


@unique
class EvidenceKind(Enum):
    """Who vouches."""

    NOTIFIED_BODY = "notified-body"
    SCHEME = "scheme"
    SECOND_PARTY = "second-party"
    SELF = "self"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A document behind a step: a name or address, and its hash where there is one.

    ``risk``: the one it speaks of; None: all at that step. ``reviewer``, ``reviewed``: who of us has read it, and when;
    the reviewer's name stays with us.
    """

    step: str
    kind: EvidenceKind
    reference: str
    digest: str | None = None
    risk: str | None = None
    scheme: str | None = None
    issued: date | None = None
    expires: date | None = None
    reviewer: str | None = None
    reviewed: date | None = None

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        optional = {
            "digest": self.digest,
            "risk": self.risk,
            "scheme": self.scheme,
            "issued": None if self.issued is None else self.issued.isoformat(),
            "expires": None if self.expires is None else self.expires.isoformat(),
            "reviewer": self.reviewer,
            "reviewed": None if self.reviewed is None else self.reviewed.isoformat(),
        }
        members: dict[str, object] = {"step": self.step, "kind": self.kind.value, "reference": self.reference}
        return members | {name: value for name, value in optional.items() if value is not None}

    @classmethod
    def read(cls, members: Members, codes: DiligenceCodes) -> Self:
        """From an open JSON object."""
        digest = members.optional_text("digest")
        if digest is not None and not DIGEST.fullmatch(digest):
            raise members.malformed("digest", digest, "sha-256: and 64 lower-case hex digits")
        evidence = cls(
            step=_code(members, "step", codes.steps),
            kind=members.choice("kind", EvidenceKind),
            reference=members.text("reference"),
            digest=digest,
            risk=_code(members, "risk", codes.risks) if members.has("risk") else None,
            scheme=members.optional_text("scheme"),
            issued=members.day("issued") if members.has("issued") else None,
            expires=members.day("expires") if members.has("expires") else None,
            reviewer=members.optional_text("reviewer"),
            reviewed=members.day("reviewed") if members.has("reviewed") else None,
        )
        members.close()
        return evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class MineralEntry(Generic[N]):
    """One mineral in a part. ``covered`` is the share of its mass whose status is known; None: not computable.

    ``findings``: what is said of single risks at single steps; ``facilities``: the hashes of those behind it.
    """

    mineral: str
    steps: Mapping[str, Status]
    risks: Mapping[str, Status]
    amount: N | None = None
    covered: N | None = None
    compound: str | None = None
    origins: tuple[str, ...] | None = None
    evidence: tuple[Evidence, ...] = ()
    findings: Mapping[Place, Finding[N]] = field(default_factory=dict)
    expires: Mapping[str, date] = field(default_factory=dict)
    schemes: tuple[str, ...] = ()
    facilities: tuple[str, ...] = ()

    @property
    def status(self) -> Status:
        """Met only where every step is met and every risk named is dealt with."""
        return worst((*self.steps.values(), *self.risks.values()))


def entry_to_json(entry: MineralEntry[Decimal]) -> dict[str, object]:
    """The plain JSON form."""
    members: dict[str, object] = {
        "mineral": entry.mineral,
        "status": entry.status.value,
        "steps": {step: status.value for step, status in entry.steps.items()},
        "risks": [{"category": code, "status": status.value} for code, status in entry.risks.items()],
        "evidence": [evidence.to_json() for evidence in entry.evidence],
    }
    if entry.amount is not None:
        members["amount"] = render_figure(entry.amount)
    if entry.covered is not None:
        members["covered"] = render_figure(entry.covered)
    if entry.compound is not None:
        members["compound"] = entry.compound
    if entry.origins is not None:
        members["originCountries"] = list(entry.origins)
    # Empty too: whoever consents to a record sees what a later version of it may hold.
    members["matrix"] = findings_to_json(entry.findings)
    members["expires"] = {step: day.isoformat() for step, day in entry.expires.items()}
    members["schemes"] = list(entry.schemes)
    members["facilities"] = list(entry.facilities)
    return members


def read_entry(members: Members, codes: DiligenceCodes, *, digests: bool = True) -> MineralEntry[Decimal]:
    """From an open JSON object. ``digests``: facilities are hashes in it; in our own statement they are named.

    What must hold beyond the types:
    1. codes are in the code list, no risk category stands twice; a step that is not mentioned is unknown;
    2. the status is the worst of steps and risks;
    3. what is met is covered wholly, what is unknown is not;
    4. no finding of its matrix is worse than its status: nothing red hides behind green.
    """
    steps = members.inner("steps")
    entry: MineralEntry[Decimal] = MineralEntry(
        mineral=_code(members, "mineral", codes.minerals),
        compound=members.optional_text("compound"),
        amount=members.optional_figure("amount", POSITIVE),
        covered=members.optional_figure("covered", SHARE),
        origins=_read_countries(members) if members.has("originCountries") else None,
        steps={step: steps.choice(step, Status) if steps.has(step) else Status.UNKNOWN for step in codes.steps},
        risks=_read_risks(members, codes),
        evidence=tuple(Evidence.read(evidence, codes) for evidence in members.each("evidence")),
        findings=read_findings(members, codes),
        expires=_read_expiries(members, codes),
        schemes=members.texts("schemes") if members.has("schemes") else (),
        facilities=read_digests(members) if digests else (),
    )
    steps.close()
    stated = members.choice("status", Status)
    if digests:
        members.close()
    if stated is not entry.status:  # (2)
        raise members.inconsistent("status", stated.value, f"the worst of its steps and risks, {entry.status.value}")
    whole = entry.covered == 1
    if (stated is Status.MET and not whole) or (stated is Status.UNKNOWN and whole):  # (3)
        raise members.inconsistent("covered", entry.covered, f"the status {stated.value}")
    hidden = worst((stated, *(finding.status for finding in entry.findings.values())))
    if hidden is not stated:  # (4)
        raise members.inconsistent("matrix", hidden.value, f"the status {stated.value}")
    return entry


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDiligenceRecord:
    """What a company states about the minerals in one of its parts. See the module for the JSON form."""

    id: str
    version: int
    subject: Part
    period: Period
    minerals: tuple[MineralEntry[Decimal], ...]
    absent: tuple[str, ...]
    code_list: str
    gaps: tuple[Gap, ...] = ()
    supersedes: str | None = None
    grievance: str | None = None
    alerts: tuple[Alert, ...] = ()

    @property
    def part(self) -> str:
        """The part's id."""
        return self.subject.id

    @property
    def company(self) -> str:
        """Who states it."""
        return self.subject.company

    def status(self, mineral: str) -> Status | None:
        """The mineral's status; None when it is declared absent; unknown when the record is silent."""
        if mineral in self.absent:
            return None
        return next((entry.status for entry in self.minerals if entry.mineral == mineral), Status.UNKNOWN)

    def to_json(self) -> dict[str, object]:
        """The plain JSON form, ready to be canonicalised and signed."""
        members: dict[str, object] = {
            "@type": "DueDiligenceRecord",
            "id": self.id,
            "version": self.version,
            **self.subject.members(),
            "period": self.period.to_json(),
            "minerals": [entry_to_json(entry) for entry in self.minerals],
            "absent": list(self.absent),
            "gaps": [gap.to_json() for gap in self.gaps],
            "codeList": self.code_list,
        }
        if self.supersedes is not None:
            members["supersedes"] = self.supersedes
        if self.grievance is not None:
            members["grievance"] = self.grievance
        members["alerts"] = [alert.to_json() for alert in self.alerts]
        return members

    @classmethod
    def from_json(cls, value: object, codes: DiligenceCodes) -> Self:
        """Read a record that a partner gave.

        What must hold:
        1. every member is known, present where it must be, and of its type; codes are in the code list;
        2. the record was made with this code list;
        3. each entry agrees with itself (``read_entry``), no mineral stands twice or is both listed and absent;
        4. the record does not supersede itself.
        """
        members = Members.typed(value, RECORD, "DueDiligenceRecord")  # (1)
        code_list = members.text("codeList")
        if code_list != codes.id:  # (2)
            raise members.malformed("codeList", code_list, codes.id)
        minerals, absent = read_minerals(members, codes)  # (3)
        record = cls(
            id=members.text("id"),
            version=members.whole("version", 1),
            subject=Part.read(members),
            period=Period.read(members.inner("period")),
            minerals=minerals,
            absent=absent,
            code_list=code_list,
            gaps=tuple(Gap.read(gap) for gap in members.each("gaps")),
            supersedes=members.optional_text("supersedes"),
            grievance=members.optional_text("grievance"),
            alerts=read_alerts(members, codes),
        )
        members.close()
        if record.supersedes == record.id:  # (4)
            raise members.inconsistent("supersedes", record.supersedes, "an earlier record's id")
        return record


def read_minerals(members: Members, codes: DiligenceCodes) -> tuple[tuple[MineralEntry[Decimal], ...], tuple[str, ...]]:
    """The members ``minerals`` and ``absent`` of an open JSON object, each mineral at most once."""
    entries = tuple(read_entry(entry, codes) for entry in members.each("minerals"))
    return entries, read_absent(members, codes, entries)


def read_absent(members: Members, codes: DiligenceCodes, entries: Iterable[MineralEntry[Decimal]]) -> tuple[str, ...]:
    """The member ``absent``: no mineral twice, and none that is listed."""
    absent = members.texts("absent")
    for mineral in absent:
        if mineral not in codes.minerals:
            raise members.malformed("absent", mineral, "one of " + ", ".join(codes.minerals))
    named = [entry.mineral for entry in entries] + list(absent)
    for mineral in named:
        if named.count(mineral) > 1:
            raise members.inconsistent("minerals", mineral, "its second mention")
    return absent


def _code(members: Members, name: str, known: Mapping[str, Label]) -> str:
    code = members.text(name)
    if code not in known:
        raise members.malformed(name, code, "one of " + ", ".join(known))
    return code


def _read_expiries(members: Members, codes: DiligenceCodes) -> Mapping[str, date]:
    steps = members.optional_inner("expires")
    if steps is None:
        return {}
    days = {step: steps.day(step) for step in codes.steps if steps.has(step)}
    steps.close()
    return days


def _read_countries(members: Members) -> tuple[str, ...]:
    countries = members.texts("originCountries")
    for country in countries:
        if not _COUNTRY.fullmatch(country):
            raise members.malformed("originCountries", country, "an ISO 3166-1 code of two letters")
    return countries


def _read_risks(members: Members, codes: DiligenceCodes) -> Mapping[str, Status]:
    risks: dict[str, Status] = {}
    for risk in members.each("risks"):
        category = _code(risk, "category", codes.risks)
        if category in risks:
            raise risk.inconsistent("category", category, "its second mention")  # (1)
        risks[category] = risk.choice("status", Status)
        risk.close()
    return risks
