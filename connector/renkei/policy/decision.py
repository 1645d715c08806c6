"""What a decision is made of: the request, the facts, and the answer with its reasons.

All values; instants are aware ``datetime``. Texts are made from codes, in English and Japanese.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from renkei.kernel.instants import BAD_INSTANT, render
from renkei.policy.model import Rule
from renkei.policy.terms import ODRL

USE = ODRL + "use"


class Truth(Enum):
    """Kleene's three values. Unknown never permits, and never lifts a prohibition."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"

    @classmethod
    def of(cls, value: bool | None) -> Truth:
        """True, False or (``None``) unknown."""
        return cls.UNKNOWN if value is None else cls.TRUE if value else cls.FALSE

    def __invert__(self) -> Truth:
        return _OPPOSITE[self]


_OPPOSITE = {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE, Truth.UNKNOWN: Truth.UNKNOWN}


def all_of(values: Iterable[Truth]) -> Truth:
    """Kleene conjunction; of nothing: true."""
    seen = list(values)
    return Truth.FALSE if Truth.FALSE in seen else Truth.UNKNOWN if Truth.UNKNOWN in seen else Truth.TRUE


def any_of(values: Iterable[Truth]) -> Truth:
    """Kleene disjunction; of nothing: false."""
    return ~all_of(~value for value in values)


def one_of(values: Iterable[Truth]) -> Truth:
    """Exactly one: false as soon as two are certain, unknown while an unknown could decide."""
    listed = list(values)
    certain = listed.count(Truth.TRUE)
    if certain > 1:
        return Truth.FALSE
    return Truth.UNKNOWN if Truth.UNKNOWN in listed else Truth.of(certain == 1)


@dataclass(frozen=True, slots=True)
class Request:
    """Who wants to do what with which dataset, and what for. Purposes are what the asker declares, as texts or IRIs."""

    party: str
    target: str
    action: str = USE
    purposes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Fact:
    """What is known about the party for one operand: the values it holds, who says so, until when it may be used."""

    values: frozenset[str]
    source: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """The state of the world, gathered before the decision: the time, and facts by absolute operand IRI."""

    now: datetime
    values: Mapping[str, Fact] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise BAD_INSTANT(text=self.now)


class ReasonCode(Enum):
    """Each kind of reason, with its sentence in English and Japanese."""

    CONSTRAINT = "constraint"
    CONNECTIVE = "connective"
    SEQUENCE = "sequence"
    OPERAND = "operand"
    OPERATOR = "operator"
    RIGHT = "right"
    ABSENT = "absent"
    EXPIRED = "expired"
    ACTION = "action"
    TARGET = "target"
    PARTY = "party"
    DUTY = "duty"
    EXTENSION = "extension"
    PROFILE = "profile"
    PERMISSION = "permission"
    PROHIBITION = "prohibition"
    NO_PERMISSION = "no-permission"


_EN = {
    ReasonCode.CONSTRAINT: "{left} {operator} {right}: found {found}, so {verdict}",
    ReasonCode.CONNECTIVE: "{operator} of what stands below: {verdict}",
    ReasonCode.SEQUENCE: "the order in time that andSequence asks for is not recorded",
    ReasonCode.OPERAND: "nobody here can evaluate {left}",
    ReasonCode.OPERATOR: "{left} cannot be compared with {operator}",
    ReasonCode.RIGHT: "the right operand {right} cannot be read for {left} {operator}",
    ReasonCode.ABSENT: "{left} is not known, {operator} {right} is asked for",
    ReasonCode.EXPIRED: "what is known of {left} ({found}) is no longer valid",
    ReasonCode.ACTION: "the rule is about {right}, asked is {found}",
    ReasonCode.TARGET: "the rule is about {right}, asked is {found}",
    ReasonCode.PARTY: "the rule is about {right}, the asker is {found}",
    ReasonCode.DUTY: "{right} must be done first, and nothing shows that it was",
    ReasonCode.EXTENSION: "{left} is not understood and could change the meaning",
    ReasonCode.PROFILE: "the profile {right} is not known",
    ReasonCode.PERMISSION: "the permission to {right} holds: {verdict}",
    ReasonCode.PROHIBITION: "the prohibition to {right} is in force: {verdict}",
    ReasonCode.NO_PERMISSION: "what is not permitted is denied, and no permission holds",
}
_JA = {
    ReasonCode.CONSTRAINT: "{left} {operator} {right}: 実際は {found}、判定 {verdict}",
    ReasonCode.CONNECTIVE: "下位条件の {operator}: 判定 {verdict}",
    ReasonCode.SEQUENCE: "andSequence が求める時間順序の記録がありません",
    ReasonCode.OPERAND: "{left} を評価できません",
    ReasonCode.OPERATOR: "{left} は {operator} で比較できません",
    ReasonCode.RIGHT: "{left} {operator} の右オペランド {right} を読み取れません",
    ReasonCode.ABSENT: "{left} が不明です({operator} {right} が必要)",
    ReasonCode.EXPIRED: "{left} の情報({found})は有効期限切れです",
    ReasonCode.ACTION: "ルールの対象は {right}、要求は {found} です",
    ReasonCode.TARGET: "ルールの対象は {right}、要求は {found} です",
    ReasonCode.PARTY: "ルールの相手は {right}、要求者は {found} です",
    ReasonCode.DUTY: "先に {right} を行う義務があり、履行の記録がありません",
    ReasonCode.EXTENSION: "{left} は理解できず、意味を変える可能性があります",
    ReasonCode.PROFILE: "プロファイル {right} は未知です",
    ReasonCode.PERMISSION: "{right} の許可が成立: 判定 {verdict}",
    ReasonCode.PROHIBITION: "{right} の禁止が有効: 判定 {verdict}",
    ReasonCode.NO_PERMISSION: "許可されていないことは拒否されます。成立する許可がありません",
}
_VERDICT_JA = {Truth.TRUE: "真", Truth.FALSE: "偽", Truth.UNKNOWN: "不明"}


@dataclass(frozen=True, slots=True)
class Reason:
    """One step of a decision, in the order of the policy; ``path`` tells where in the policy it was taken.

    ``left``, ``operator`` and ``right`` are as written, ``found`` is what was compared, ``source`` who says so.
    """

    path: str
    code: ReasonCode
    verdict: Truth
    left: str = ""
    operator: str = ""
    right: str = ""
    found: str = ""
    source: str = ""

    def text(self, language: str = "en") -> str:
        """The reason as a sentence."""
        japanese = language == "ja"
        verdict = _VERDICT_JA[self.verdict] if japanese else self.verdict.value
        return f"{self.path}: " + (_JA if japanese else _EN)[self.code].format(
            left=self.left, operator=self.operator, right=self.right, found=self.found, verdict=verdict
        )

    def as_json(self, language: str = "en") -> dict[str, str]:
        """The form in which a reason is logged, stored and shown."""
        values = {
            "left": self.left,
            "operator": self.operator,
            "right": self.right,
            "found": self.found,
            "source": self.source,
        }
        head = {"path": self.path, "code": self.code.value, "verdict": self.verdict.value}
        return head | {name: value for name, value in values.items() if value} | {"text": self.text(language)}


class Outcome(Enum):
    """The answer."""

    PERMIT = "permit"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer, why, what it obliges to, and the first instant at which it may be another one."""

    outcome: Outcome
    reasons: tuple[Reason, ...]
    duties: tuple[Rule, ...] = ()
    expires_at: datetime | None = None

    @property
    def permits(self) -> bool:
        """Whether the answer is yes."""
        return self.outcome is Outcome.PERMIT

    @property
    def obstacles(self) -> tuple[Reason, ...]:
        """Of a denial, the reasons that stand against it: what a permission lacks, and the prohibitions in force."""
        if self.permits:
            return ()
        return tuple(reason for reason in self.reasons if _stands_against(reason))

    def as_json(self, language: str = "en") -> dict[str, object]:
        """The form in which a decision is logged, stored and shown."""
        shown: dict[str, object] = {
            "outcome": self.outcome.value,
            "reasons": [reason.as_json(language) for reason in self.reasons],
        }
        return shown | ({} if self.expires_at is None else {"expires_at": render(self.expires_at)})


def _stands_against(reason: Reason) -> bool:
    if reason.path.startswith("prohibition"):
        return reason.code is ReasonCode.PROHIBITION and reason.verdict is not Truth.FALSE
    return reason.verdict is not Truth.TRUE
