"""What lint has to say of a policy: a code for each kind of finding, its sentence in two languages, its example."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Final

from renkei.kernel.instants import render
from renkei.policy.world import Facts, Request


class Severity(Enum):
    """ERROR: not to be offered, because it can permit nothing or would be read otherwise. WARNING: look again."""

    ERROR = "error"
    WARNING = "warning"


class FindingCode(Enum):
    """Each kind of finding."""

    TOO_LARGE = "too-large"
    UNWRITABLE = "unwritable"
    NOT_CARRIED = "not-carried"
    PROFILE = "unknown-profile"
    MEMBER = "unknown-member"
    INHERITED = "not-flattened"
    CYCLE = "cyclic-inheritance"
    SAME_PARTY = "same-party"
    OPERAND = "unknown-operand"
    OPERATOR = "operator-unfit"
    RIGHT = "right-unreadable"
    EMPTY = "empty-list"
    ZONELESS = "zoneless"
    UNIT = "unit-mismatch"
    EXTENSION = "unknown-extension"
    UNKNOWABLE = "never-known"
    IMPOSSIBLE = "impossible"
    COUNT = "count-never"
    CONTRADICTION = "contradiction"
    XONE = "xone-never"
    REDUNDANT = "redundant"
    DEADLINE = "deadline-too-early"
    DUTY_PROHIBITED = "duty-prohibited"
    ACTION = "unknown-action"
    TARGET = "other-target"
    PROHIBITED = "always-prohibited"
    AMBIGUOUS = "ambiguous"
    NOT_PERMITTED = "action-not-permitted"
    NEVER = "never-permits"
    EXPIRED = "expired"


_EN: Final[Mapping[FindingCode, str]] = MappingProxyType(
    {
        FindingCode.TOO_LARGE: "the policy is larger or deeper than what is read: {what}",
        FindingCode.UNWRITABLE: "it could not be read again as it was written: {what}",
        FindingCode.NOT_CARRIED: "{what}",
        FindingCode.PROFILE: "the profile {what} is not known, so nothing is permitted",
        FindingCode.MEMBER: "{what} is not understood and could change the meaning",
        FindingCode.INHERITED: "what is inherited from {what} is not put in yet, so nothing is permitted",
        FindingCode.CYCLE: "the policy inherits from itself",
        FindingCode.SAME_PARTY: "{what} is the assigner and the assignee",
        FindingCode.OPERAND: "nobody here can evaluate {what}",
        FindingCode.OPERATOR: "the operator does not fit: {what}",
        FindingCode.RIGHT: "the right operand cannot be read: {what}",
        FindingCode.EMPTY: "the list on the right is empty: {what}",
        FindingCode.ZONELESS: "the time has no zone: {what}",
        FindingCode.UNIT: "the units do not fit: {what}",
        FindingCode.EXTENSION: "{what} is not understood and could change the meaning",
        FindingCode.UNKNOWABLE: "this is never known when it is asked for ({phase}): {what}",
        FindingCode.IMPOSSIBLE: "this can never be so: {what}",
        FindingCode.COUNT: "a count includes the use that is asked for, so it is 1 or more: {what}",
        FindingCode.CONTRADICTION: "these can never be so together: {what}",
        FindingCode.XONE: "never exactly one of these is so: {what}",
        FindingCode.REDUNDANT: "{what} says nothing more than {other}",
        FindingCode.DEADLINE: "the duty ends before the permission begins: {what}",
        FindingCode.DUTY_PROHIBITED: "the duty to {what} can only be done while it is prohibited",
        FindingCode.ACTION: "nobody knows the action {what}",
        FindingCode.TARGET: "the rule is about {what}, not about what is offered",
        FindingCode.PROHIBITED: "whatever is permitted here is prohibited as well",
        FindingCode.AMBIGUOUS: "in some states {what} is permitted and prohibited, and nothing says which one wins",
        FindingCode.NOT_PERMITTED: "nothing permits {what}, which is what is asked for",
        FindingCode.NEVER: "taken together, the terms can never permit {what}",
        FindingCode.EXPIRED: "what was permitted has run out",
    }
)
_JA: Final[Mapping[FindingCode, str]] = MappingProxyType(
    {
        FindingCode.TOO_LARGE: "ポリシーが読み取れる大きさ・深さを超えています: {what}",
        FindingCode.UNWRITABLE: "書き出すと同じ内容で読み戻せません: {what}",
        FindingCode.NOT_CARRIED: "{what}",
        FindingCode.PROFILE: "プロファイル {what} は未知のため、何も許可されません",
        FindingCode.MEMBER: "{what} は理解できず、意味を変える可能性があります",
        FindingCode.INHERITED: "{what} からの継承が展開されていないため、何も許可されません",
        FindingCode.CYCLE: "ポリシーが自分自身を継承しています",
        FindingCode.SAME_PARTY: "{what} が提供者(assigner)と相手(assignee)の両方です",
        FindingCode.OPERAND: "{what} を評価できません",
        FindingCode.OPERATOR: "演算子が合いません: {what}",
        FindingCode.RIGHT: "右オペランドを読み取れません: {what}",
        FindingCode.EMPTY: "右オペランドのリストが空です: {what}",
        FindingCode.ZONELESS: "日時に時差(タイムゾーン)がありません: {what}",
        FindingCode.UNIT: "単位が合いません: {what}",
        FindingCode.EXTENSION: "{what} は理解できず、意味を変える可能性があります",
        FindingCode.UNKNOWABLE: "必要な段階({phase})では決して判明しません: {what}",
        FindingCode.IMPOSSIBLE: "決して成立しません: {what}",
        FindingCode.COUNT: "回数は要求中の利用を含むため1以上です: {what}",
        FindingCode.CONTRADICTION: "同時には決して成立しません: {what}",
        FindingCode.XONE: "ちょうど1つだけ成立することはありません: {what}",
        FindingCode.REDUNDANT: "{what} は {other} に含まれ、余分です",
        FindingCode.DEADLINE: "許可が始まる前に義務の期限が切れます: {what}",
        FindingCode.DUTY_PROHIBITED: "{what} の義務は、禁止されている間にしか履行できません",
        FindingCode.ACTION: "アクション {what} は未知です",
        FindingCode.TARGET: "ルールの対象は {what} で、提供対象ではありません",
        FindingCode.PROHIBITED: "ここで許可されることは、すべて同時に禁止されています",
        FindingCode.AMBIGUOUS: "状況によって {what} が許可と禁止の両方に当たり、優先順位が定められていません",
        FindingCode.NOT_PERMITTED: "要求される {what} を許可するルールがありません",
        FindingCode.NEVER: "条件全体として、{what} が許可されることはありません",
        FindingCode.EXPIRED: "許可の期間は終わっています",
    }
)


@dataclass(frozen=True, slots=True)
class Example:
    """A request and a state of the world in which it shows."""

    request: Request
    facts: Facts

    def as_json(self) -> dict[str, object]:
        """The form in which an example is shown."""
        request, facts = self.request, self.facts
        shown: dict[str, object] = {
            "party": request.party,
            "action": request.action,
            "purposes": sorted(request.purposes),
            "now": render(facts.now),
            "values": {iri: sorted(fact.values) for iri, fact in sorted(facts.values.items())},
        }
        return {name: value for name, value in shown.items() if value}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about a policy. ``path``: where it stands; ``places``: what else has part in it; ``code``: what it is.

    ``bar``: of ``not-carried``, why the profile does not carry it.
    """

    code: FindingCode
    severity: Severity
    path: str
    values: Mapping[str, str] = field(default_factory=dict, hash=False)
    places: tuple[str, ...] = ()
    example: Example | None = None
    bar: str = ""

    def text(self, language: str = "en") -> str:
        """The finding as a sentence, with its place."""
        japanese = language == "ja"
        values = dict(self.values)
        if japanese and "what_ja" in values:
            values["what"] = values["what_ja"]
        told = (_JA if japanese else _EN)[self.code].format(**values)
        return f"{self.path}: {told}" if self.path else told

    def as_json(self, language: str = "en") -> dict[str, object]:
        """The form in which a finding is logged and shown."""
        shown: dict[str, object] = {
            "code": self.code.value,
            "severity": self.severity.value,
            "path": self.path,
            "text": self.text(language),
        }
        if self.bar:
            shown["bar"] = self.bar
        if self.places:
            shown["places"] = list(self.places)
        return shown if self.example is None else shown | {"example": self.example.as_json()}
