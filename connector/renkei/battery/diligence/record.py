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
                   "evidence": [{"step": "4", "kind": "scheme", "reference": "…", "digest": "sha-256:…"}],
                   "status": "met", "covered": "1"}],
     "absent": ["natural_graphite"], "gaps": [], "codeList": "…"}

Raises PeerError ``battery-record-…``; for our own statement ConfigurationError ``battery-input-…``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum, unique
from fractions import Fraction
from typing import Generic, Self, TypeVar

from renkei.battery.parts.gaps import Gap
from renkei.battery.parts.part import Part, Period
from renkei.battery.problems import INPUT, RECORD
from renkei.battery.reading import POSITIVE, SHARE, Members
from renkei.battery.units import render_figure

N = TypeVar("N", Decimal, Fraction)
_COUNTRY = re.compile(r"[A-Z]{2}")
_DIGEST = re.compile(r"sha-256:[0-9a-f]{64}")


@unique
class Status(Enum):
    """The answer to one question of due diligence, best first."""

    MET = "met"
    UNKNOWN = "unknown"
    NOT_MET = "not-met"


_WORSE = tuple(Status)


def worst(statuses: Iterable[Status]) -> Status:
    """The worst of several; nothing asked is nothing known."""
    return max(statuses, key=_WORSE.index, default=Status.UNKNOWN)


@unique
class EvidenceKind(Enum):
    """Who vouches."""

    NOTIFIED_BODY = "notified-body"
    SCHEME = "scheme"
    SECOND_PARTY = "second-party"
    SELF = "self"


@dataclass(frozen=True, slots=True)
class Label:
    """A code's name in two languages."""

    en: str
    ja: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DiligenceCodes:
    """The code lists of one version of the law: minerals, risk categories, OECD steps, each code with its label."""

    id: str
    as_of: date
    sources: tuple[str, ...]
    minerals: Mapping[str, Label]
    risks: Mapping[str, Label]
    steps: Mapping[str, Label]

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read a code list file."""
        members = Members.typed(value, INPUT, "DiligenceCodes")
        codes = cls(
            id=members.text("id"),
            as_of=members.day("asOf"),
            sources=members.texts("sources"),
            minerals=_read_labels(members.inner("minerals")),
            risks=_read_labels(members.inner("riskCategories")),
            steps=_read_labels(members.inner("oecdSteps")),
        )
        members.close()
        return codes


@dataclass(frozen=True, slots=True)
class Evidence:
    """A document behind a step: a name or address, and its hash where there is one."""

    step: str
    kind: EvidenceKind
    reference: str
    digest: str | None = None

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        members: dict[str, object] = {"step": self.step, "kind": self.kind.value, "reference": self.reference}
        return members if self.digest is None else members | {"digest": self.digest}

    @classmethod
    def read(cls, members: Members, codes: DiligenceCodes) -> Self:
        """From an open JSON object."""
        digest = members.optional_text("digest")
        if digest is not None and not _DIGEST.fullmatch(digest):
            raise members.malformed("digest", digest, "sha-256: and 64 lower-case hex digits")
        evidence = cls(
            _code(members, "step", codes.steps), members.choice("kind", EvidenceKind), members.text("reference"), digest
        )
        members.close()
        return evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class MineralEntry(Generic[N]):
    """One mineral in a part. ``covered`` is the share of its mass whose status is known; None: not computable."""

    mineral: str
    steps: Mapping[str, Status]
    risks: Mapping[str, Status]
    amount: N | None = None
    covered: N | None = None
    compound: str | None = None
    origins: tuple[str, ...] | None = None
    evidence: tuple[Evidence, ...] = ()

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
    return members


def read_entry(members: Members, codes: DiligenceCodes) -> MineralEntry[Decimal]:
    """From an open JSON object.

    What must hold beyond the types:
    1. codes are in the code list, no risk category stands twice; a step that is not mentioned is unknown;
    2. the status is the worst of steps and risks;
    3. what is met is covered wholly, what is unknown is not.
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
    )
    steps.close()
    stated = members.choice("status", Status)
    members.close()
    if stated is not entry.status:  # (2)
        raise members.inconsistent("status", stated.value, f"the worst of its steps and risks, {entry.status.value}")
    whole = entry.covered == 1
    if (stated is Status.MET and not whole) or (stated is Status.UNKNOWN and whole):  # (3)
        raise members.inconsistent("covered", entry.covered, f"the status {stated.value}")
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
        return members if self.supersedes is None else members | {"supersedes": self.supersedes}

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
        )
        members.close()
        if record.supersedes == record.id:  # (4)
            raise members.inconsistent("supersedes", record.supersedes, "an earlier record's id")
        return record


def read_minerals(members: Members, codes: DiligenceCodes) -> tuple[tuple[MineralEntry[Decimal], ...], tuple[str, ...]]:
    """The members ``minerals`` and ``absent`` of an open JSON object, each mineral at most once."""
    entries = tuple(read_entry(entry, codes) for entry in members.each("minerals"))
    absent = members.texts("absent")
    for mineral in absent:
        if mineral not in codes.minerals:
            raise members.malformed("absent", mineral, "one of " + ", ".join(codes.minerals))
    named = [entry.mineral for entry in entries] + list(absent)
    for mineral in named:
        if named.count(mineral) > 1:
            raise members.inconsistent("minerals", mineral, "its second mention")
    return entries, absent


def _code(members: Members, name: str, known: Mapping[str, Label]) -> str:
    code = members.text(name)
    if code not in known:
        raise members.malformed(name, code, "one of " + ", ".join(known))
    return code


def _read_labels(members: Members) -> Mapping[str, Label]:
    labels = {}
    for name in members.names():
        label = members.inner(name)
        labels[name] = Label(label.text("en"), label.text("ja"))
        label.close()
    return labels


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
