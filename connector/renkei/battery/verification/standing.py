"""How a subject stands by the statements about it: verified, no longer, or not at all; and that is said, too.

A figure counts as verified only by a statement, of a verifier whom we know as one, on the very record that holds it (by
hash: a successor has another hash and is unverified until somebody states otherwise). Statements on its company, its
rule set or its engine are shown beside it under their own kind; they do not make a figure verified.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, unique
from fractions import Fraction

from renkei.battery.verification.statement import Statement, SubjectKind
from renkei.kernel import instants


@unique
class Standing(Enum):
    """How one statement stands, best first."""

    HOLDS = "holds"
    NOT_YET = "not-yet"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@unique
class Verdict(Enum):
    """What is said of a subject; ``DENIED``: a statement that holds comes to an adverse conclusion or to none.

    ``STRANGER``: a statement holds, of whatever conclusion, but nobody whom we know as a verifier has made one.
    """

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    DENIED = "denied"
    STRANGER = "unknown-verifier"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A statement whose signature has been checked. ``hash``: of what was signed; ``withdrawn``: since when.

    ``recognised``: whoever shows it knows the issuer as a verifier. Anybody can sign; the word of one who is nobody's
    verifier is shown as such and decides nothing.
    """

    statement: Statement
    hash: str
    withdrawn: datetime | None = None
    recognised: bool = False

    def standing(self, now: datetime) -> Standing:
        """How it stands; what was withdrawn never holds again."""
        if self.withdrawn is not None:
            return Standing.WITHDRAWN
        if now < self.statement.valid_from:
            return Standing.NOT_YET
        return Standing.HOLDS if now < self.statement.valid_until else Standing.EXPIRED

    def to_json(self, now: datetime) -> dict[str, object]:
        """What is shown of it beside a figure."""
        said = self.statement
        return {
            "statement": self.hash,
            "issuer": said.issuer,
            "recognised": self.recognised,
            "kind": said.subject.kind.value,
            "scope": said.scope,
            "standard": said.standard,
            "assurance": said.assurance.value,
            "conclusion": said.conclusion.value,
            "openFindings": sum(not finding.resolved for finding in said.findings),
            "validUntil": instants.render(said.valid_until),
            "standing": self.standing(now).value,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifiable:
    """What there is of a record to be verified: its own hash, whose it is, the rules and the engine it was made by."""

    kind: SubjectKind
    hash: str
    company: str
    procedure: str = ""
    engine: str = ""

    def concerned(self, statement: Statement) -> bool:
        """Whether a statement is about this record, or about what stands behind it."""
        subject = statement.subject
        match subject.kind:
            case SubjectKind.COMPANY:
                return subject.name == self.company
            case SubjectKind.PROCEDURE:
                return subject.name == self.procedure and subject.company in {"", self.company}
            case SubjectKind.ENGINE:
                return subject.name == self.engine and subject.company in {"", self.company}
        return subject.kind is self.kind and subject.hash == self.hash and subject.company == self.company


@dataclass(frozen=True, slots=True)
class Verification:
    """A record's verdict and the statements that concern it, the decisive one first."""

    verdict: Verdict
    stated: tuple[Stated, ...]
    at: datetime

    def to_json(self) -> dict[str, object]:
        """``{"status": "verified", "statements": […]}``; a record without a statement says that it is unverified."""
        return {"status": self.verdict.value, "statements": [one.to_json(self.at) for one in self.stated]}


def verification(record: Verifiable, stated: Iterable[Stated], now: datetime) -> Verification:
    """How a record stands.

    In this order, of the statements by recognised verifiers: 1. any on it that holds and denies it decides; 2. one that
    holds and confirms; 3. what was withdrawn is said before what has expired. 4. If there are none, that one of
    somebody else's holds is said; 5. else nobody has verified it.
    """
    about = sorted((one for one in stated if record.concerned(one.statement)), key=_newest, reverse=True)
    own = [one for one in about if one.statement.subject.kind.is_record]
    known = [one for one in own if one.recognised]
    holding = [one for one in known if one.standing(now) is Standing.HOLDS]
    denying = [one for one in holding if not one.statement.conclusion.confirms]
    gone = [one for one in known if one.standing(now) is Standing.WITHDRAWN]
    over = [one for one in known if one.standing(now) is Standing.EXPIRED]
    strange = [one for one in own if not one.recognised and one.standing(now) is Standing.HOLDS]
    for decisive, verdict in (  # 1, 2, 3, 4
        (denying, Verdict.DENIED),
        (holding, Verdict.VERIFIED),
        (gone, Verdict.WITHDRAWN),
        (over, Verdict.EXPIRED),
        (strange, Verdict.STRANGER),
    ):
        if decisive:
            first = decisive[0]
            return Verification(verdict, (first, *(one for one in about if one is not first)), now)
    return Verification(Verdict.UNVERIFIED, tuple(about), now)  # 5


def share_of(weights: Iterable[tuple[Fraction, bool]]) -> Fraction | None:
    """By the size of each contribution, the percent of a total that is marked; None where nothing counts.

    As the primary data share: absolute values, since credits are negative.
    """
    weighed = [(abs(weight), marked) for weight, marked in weights]
    total = sum((weight for weight, _ in weighed), Fraction(0))
    if not total:
        return None
    return sum((weight for weight, marked in weighed if marked), Fraction(0)) * 100 / total


def _newest(one: Stated) -> tuple[datetime, str]:
    return one.statement.issued, one.hash
