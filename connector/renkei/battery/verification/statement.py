"""The verification statement: what a third party has checked, against which standard, how surely, and until when.

Its subject is a record (by the hash of what is signed), a company, a calculation procedure (a rule set) or an engine
version. The words follow ISO 14064-3:2019 and ISO/IEC 17029:2019: scope, criteria (``standard``), level of assurance,
opinion (``conclusion``), findings. Where W3C Verifiable Credentials 2.0 has a member for something it has the same
name and form here (``issuer``, ``validFrom``, ``validUntil``), so that a statement becomes the claims of a credential
without loss (``credential``).

Shape (``subject/hash`` is a must for records, ``subject/company`` names whose it is; ``reference`` may be absent)::

    {"@type": "VerificationStatement", "id": "urn:uuid:…", "issuer": "did:web:verifier.example",
     "issued": "2026-11-22T09:30:00Z", "validFrom": "…", "validUntil": "…",
     "subject": {"kind": "footprint-record", "name": "urn:uuid:…", "company": "did:web:…", "hash": "sha-256:…"},
     "scope": "…", "standard": "ISO 14064-3:2019", "assurance": "limited", "conclusion": "unmodified",
     "findings": [{"severity": "minor", "text": "…", "resolved": true}],
     "evidence": ["sha-256:…"], "reference": "https://…"}

Raises PeerError ``battery-record-…``; for a statement of our own ConfigurationError ``battery-input-…``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, unique
from typing import Final, Self

from renkei.battery.problems import RECORD, FieldProblems
from renkei.battery.reading import Members
from renkei.kernel import instants

STATEMENT: Final = "VerificationStatement"
WITHDRAWAL: Final = "StatementWithdrawal"
_VC: Final = "https://www.w3.org/ns/credentials/v2"
_MOST: Final = 1000


@unique
class SubjectKind(Enum):
    """What was verified."""

    FOOTPRINT = "footprint-record"
    DUE_DILIGENCE = "due-diligence-record"
    COMPANY = "company"
    PROCEDURE = "calculation-procedure"
    ENGINE = "engine"

    @property
    def is_record(self) -> bool:
        """Whether it is one document, which its hash names."""
        return self in {SubjectKind.FOOTPRINT, SubjectKind.DUE_DILIGENCE}


@unique
class Assurance(Enum):
    """How surely (ISO 14064-3:2019, 3.6.5): limited says "nothing came to our attention", reasonable says "it is"."""

    LIMITED = "limited"
    REASONABLE = "reasonable"


@unique
class Conclusion(Enum):
    """The opinion (ISO 14064-3:2019, 9.3)."""

    UNMODIFIED = "unmodified"
    MODIFIED = "modified"
    ADVERSE = "adverse"
    DISCLAIMED = "disclaimed"

    @property
    def confirms(self) -> bool:
        """Whether the verifier stands behind the subject, be it with remarks."""
        return self in {Conclusion.UNMODIFIED, Conclusion.MODIFIED}


@unique
class Severity(Enum):
    """How much a finding weighs."""

    OBSERVATION = "observation"
    MINOR = "minor"
    MAJOR = "major"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a statement is about. ``name``: a record's id, a company's DID, a rule set's id, an engine's version.

    ``company``: whose record, procedure or engine it is; empty for an engine that anybody may run.
    """

    kind: SubjectKind
    name: str
    company: str = ""
    hash: str = ""

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        members: dict[str, object] = {"kind": self.kind.value, "name": self.name}
        if self.company:
            members["company"] = self.company
        if self.hash:
            members["hash"] = self.hash
        return members

    @classmethod
    def read(cls, members: Members) -> Self:
        """From an open JSON object.

        What must hold: 1. a record is named by its hash, and its company with it; 2. a company is named by itself.
        """
        kind = members.choice("kind", SubjectKind)
        name, company = members.text("name"), members.optional_text("company") or ""
        digest = members.digest("hash") if kind.is_record or members.has("hash") else ""  # 1
        members.close()
        if kind.is_record and not company:  # 1
            raise members.malformed("company", company, "the company whose record it is")
        if kind is SubjectKind.COMPANY and company not in {"", name}:  # 2
            raise members.inconsistent("company", company, f"the company {name}")
        return cls(kind=kind, name=name, company=name if kind is SubjectKind.COMPANY else company, hash=digest)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something the verifier has found. ``resolved``: it was put right before the statement was made."""

    severity: Severity
    text: str
    resolved: bool

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        return {"severity": self.severity.value, "text": self.text, "resolved": self.resolved}

    @classmethod
    def read(cls, members: Members) -> Self:
        """From an open JSON object."""
        finding = cls(members.choice("severity", Severity), members.text("text"), members.flag("resolved"))
        members.close()
        return finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a verifier states. See the module for the JSON form."""

    id: str
    issuer: str
    issued: datetime
    valid_from: datetime
    valid_until: datetime
    subject: Subject
    scope: str
    standard: str
    assurance: Assurance
    conclusion: Conclusion
    findings: tuple[Finding, ...] = ()
    evidence: tuple[str, ...] = ()
    reference: str | None = None

    def to_json(self) -> dict[str, object]:
        """The plain JSON form, ready to be canonicalised and signed."""
        members: dict[str, object] = {
            "@type": STATEMENT,
            "id": self.id,
            "issuer": self.issuer,
            "issued": instants.render(self.issued),
            "validFrom": instants.render(self.valid_from),
            "validUntil": instants.render(self.valid_until),
            "subject": self.subject.to_json(),
            "scope": self.scope,
            "standard": self.standard,
            "assurance": self.assurance.value,
            "conclusion": self.conclusion.value,
            "findings": [finding.to_json() for finding in self.findings],
            "evidence": list(self.evidence),
        }
        return members if self.reference is None else members | {"reference": self.reference}

    @classmethod
    def from_json(cls, value: object, problems: FieldProblems = RECORD) -> Self:
        """Read a statement that somebody gave.

        What must hold:
        1. every member is known, present where it must be, and of its type; hashes are hashes;
        2. the subject is named as its kind demands (``Subject.read``);
        3. it ends after it begins;
        4. nobody verifies itself: the issuer is not the company that it speaks of;
        5. who confirms without remarks has no unresolved major finding.
        """
        members = Members.typed(value, problems, STATEMENT)  # 1
        statement = cls(
            id=members.text("id"),
            issuer=members.text("issuer"),
            issued=members.instant("issued"),
            valid_from=members.instant("validFrom"),
            valid_until=members.instant("validUntil"),
            subject=Subject.read(members.inner("subject")),  # 2
            scope=members.text("scope"),
            standard=members.text("standard"),
            assurance=members.choice("assurance", Assurance),
            conclusion=members.choice("conclusion", Conclusion),
            findings=tuple(Finding.read(finding) for finding in members.each("findings")),
            evidence=_hashes(members),
            reference=members.optional_text("reference"),
        )
        members.close()
        if statement.valid_until <= statement.valid_from:  # 3
            raise members.inconsistent("validUntil", statement.valid_until, "an end after validFrom")
        if statement.issuer == statement.subject.company:  # 4
            raise members.inconsistent("issuer", statement.issuer, "a third party: nobody verifies itself")
        worst = any(finding.severity is Severity.MAJOR and not finding.resolved for finding in statement.findings)
        if worst and statement.conclusion is Conclusion.UNMODIFIED:  # 5
            raise members.inconsistent("conclusion", statement.conclusion.value, "an unresolved major finding")
        return statement

    def credential(self) -> dict[str, object]:
        """The same as the claims of a W3C Verifiable Credential 2.0: whoever signs it so adds the proof."""
        claims = self.to_json()
        subject = self.subject.to_json()
        return {
            "@context": [_VC],
            "type": ["VerifiableCredential", STATEMENT],
            **{name: claims[name] for name in ("id", "issuer", "validFrom", "validUntil")},
            "credentialSubject": {
                "id": self.subject.name,
                **subject,
                **{
                    name: claims[name]
                    for name in claims
                    if name not in {"@type", "id", "issuer", "validFrom", "validUntil", "subject"}
                },
            },
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """That a verifier takes a statement back; ``statement``: the hash of what was signed.

    Shape: ``{"@type": "StatementWithdrawal", "id": "…", "issuer": "did:…", "statement": "sha-256:…",
    "at": "2026-11-22T09:30:00Z", "reason": "…"}``.
    """

    id: str
    issuer: str
    statement: str
    at: datetime
    reason: str

    def to_json(self) -> dict[str, object]:
        """The plain JSON form, ready to be canonicalised and signed."""
        return {
            "@type": WITHDRAWAL,
            "id": self.id,
            "issuer": self.issuer,
            "statement": self.statement,
            "at": instants.render(self.at),
            "reason": self.reason,
        }

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read a withdrawal that somebody gave."""
        members = Members.typed(value, RECORD, WITHDRAWAL)
        withdrawal = cls(
            id=members.text("id"),
            issuer=members.text("issuer"),
            statement=members.digest("statement"),
            at=members.instant("at"),
            reason=members.text("reason"),
        )
        members.close()
        return withdrawal


def _hashes(members: Members) -> tuple[str, ...]:
    named = members.texts("evidence")
    if len(named) > _MOST:
        raise members.malformed("evidence", len(named), f"at most {_MOST} hashes")
    inner = Members({str(i): one for i, one in enumerate(named)}, members.problems, f"{members.at}/evidence")
    return tuple(inner.digest(str(i)) for i in range(len(named)))
