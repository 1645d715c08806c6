"""Why a step of a decision came out as it did: one code a reason, and its sentence in English and Japanese.

A decision holds codes alone; sentences are made when somebody reads them. ``{condition}`` is the comparison in words,
``{found}`` what was compared, ``{verdict}`` the truth value's word.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

from renkei.policy.deciding.meaning import Atom
from renkei.policy.deciding.phrases import action_of, condition, found_of, name_of
from renkei.policy.deciding.truth import Truth


class ReasonCode(Enum):
    """Each kind of reason."""

    CONSTRAINT = "constraint"
    DEFERRED = "deferred"
    BEGINS = "begins"
    AGREED = "agreed"
    CONDUCT = "conduct"
    ABSENT = "absent"
    EXPIRED = "expired"
    UNIT = "unit"
    FOUND = "found"
    OPERAND = "operand"
    OPERATOR = "operator"
    RIGHT = "right"
    EXTENSION = "extension"
    CONNECTIVE = "connective"
    SEQUENCE = "sequence"
    ACTION = "action"
    TARGET = "target"
    PARTY = "party"
    DUTY = "duty"
    FULFILMENT = "fulfilment"
    VIOLATION = "violation"
    PROFILE = "profile"
    PERMISSION = "permission"
    PROHIBITION = "prohibition"
    PERMISSIONS = "permissions"
    PROHIBITIONS = "prohibitions"
    POLICY = "policy"
    NO_PERMISSION = "no-permission"


_EN: Final[Mapping[ReasonCode, str]] = {
    ReasonCode.CONSTRAINT: "{condition}: found {found}, so {verdict}",
    ReasonCode.DEFERRED: "{condition}: this cannot be known yet; it is asked again later",
    ReasonCode.BEGINS: "{condition}: this is not yet so; it is asked again when the use begins",
    ReasonCode.AGREED: "{condition}: this binds by being agreed to",
    ReasonCode.CONDUCT: "{condition}: no such use is declared, so {verdict}",
    ReasonCode.ABSENT: "{condition}: nothing is known of it",
    ReasonCode.EXPIRED: "{condition}: what is known of it ({found}) is no longer valid",
    ReasonCode.UNIT: "{condition}: found {found}, in another unit",
    ReasonCode.FOUND: "{condition}: what was found ({found}) cannot be compared with it",
    ReasonCode.OPERAND: "nobody here can evaluate {left}",
    ReasonCode.OPERATOR: "{left} cannot be compared with {operator}",
    ReasonCode.RIGHT: "the right operand {right} cannot be read for {left} {operator}",
    ReasonCode.EXTENSION: "{left} is not understood and could change the meaning",
    ReasonCode.CONNECTIVE: "{operator} of what stands below: {verdict}",
    ReasonCode.SEQUENCE: "{operator}: what stands below, in this order in time: {verdict}",
    ReasonCode.ACTION: "the rule is about the action {right}, asked is {found}",
    ReasonCode.TARGET: "the rule is about {right}, asked is {found}",
    ReasonCode.PARTY: "the rule is about {right}, the asker is {found}",
    ReasonCode.DUTY: "the duty to {right} stands in nobody's way: {verdict}",
    ReasonCode.FULFILMENT: "{right} was done as it must be: {verdict}",
    ReasonCode.VIOLATION: "the duty to {right} is not violated: {verdict}",
    ReasonCode.PROFILE: "the profile {right} is not known",
    ReasonCode.PERMISSION: "the permission to {right} holds: {verdict}",
    ReasonCode.PROHIBITION: "the prohibition to {right} is in force: {verdict}",
    ReasonCode.PERMISSIONS: "one of the permissions holds: {verdict}",
    ReasonCode.PROHIBITIONS: "one of the prohibitions is in force: {verdict}",
    ReasonCode.POLICY: "the policy permits it: {verdict}",
    ReasonCode.NO_PERMISSION: "what is not permitted is denied, and no permission holds",
}
_JA: Final[Mapping[ReasonCode, str]] = {
    ReasonCode.CONSTRAINT: "{condition}: 実際は {found}、判定 {verdict}",
    ReasonCode.DEFERRED: "{condition}: まだ判断できません。後の段階で再び判断します",
    ReasonCode.BEGINS: "{condition}: まだ成立していません。利用開始時に再び判断します",
    ReasonCode.AGREED: "{condition}: 合意により拘束力を持ちます",
    ReasonCode.CONDUCT: "{condition}: そのような利用の申告はありません。判定 {verdict}",
    ReasonCode.ABSENT: "{condition}: これについて何も分かっていません",
    ReasonCode.EXPIRED: "{condition}: 把握している値({found})は有効期限切れです",
    ReasonCode.UNIT: "{condition}: 実際は {found} で、単位が異なります",
    ReasonCode.FOUND: "{condition}: 実際の値 {found} と比較できません",
    ReasonCode.OPERAND: "{left} を評価できません",
    ReasonCode.OPERATOR: "{left} は {operator} で比較できません",
    ReasonCode.RIGHT: "{left} {operator} の右オペランド {right} を読み取れません",
    ReasonCode.EXTENSION: "{left} は理解できず、意味を変える可能性があります",
    ReasonCode.CONNECTIVE: "下位条件の {operator}: 判定 {verdict}",
    ReasonCode.SEQUENCE: "下位条件の {operator}(この時間順序): 判定 {verdict}",
    ReasonCode.ACTION: "ルールの対象行為は {right}、要求は {found} です",
    ReasonCode.TARGET: "ルールの対象は {right}、要求は {found} です",
    ReasonCode.PARTY: "ルールの相手は {right}、要求者は {found} です",
    ReasonCode.DUTY: "{right} の義務は妨げになりません: 判定 {verdict}",
    ReasonCode.FULFILMENT: "{right} は求められたとおりに履行されました: 判定 {verdict}",
    ReasonCode.VIOLATION: "{right} の義務に違反はありません: 判定 {verdict}",
    ReasonCode.PROFILE: "プロファイル {right} は未知です",
    ReasonCode.PERMISSION: "{right} の許可が成立: 判定 {verdict}",
    ReasonCode.PROHIBITION: "{right} の禁止が有効: 判定 {verdict}",
    ReasonCode.PERMISSIONS: "許可のいずれかが成立: 判定 {verdict}",
    ReasonCode.PROHIBITIONS: "禁止のいずれかが有効: 判定 {verdict}",
    ReasonCode.POLICY: "ポリシーによる許可: 判定 {verdict}",
    ReasonCode.NO_PERMISSION: "許可されていないことは拒否されます。成立する許可がありません",
}
# What was found is not always told: a partner does not learn what we hold (``partner_view``).
_UNTOLD_EN: Final[Mapping[ReasonCode, str]] = {
    **_EN,
    ReasonCode.CONSTRAINT: "{condition}: {verdict}",
    ReasonCode.EXPIRED: "{condition}: what is known of it is no longer valid",
    ReasonCode.UNIT: "{condition}: found in another unit",
    ReasonCode.FOUND: "{condition}: what was found cannot be compared with it",
}
_UNTOLD_JA: Final[Mapping[ReasonCode, str]] = {
    **_JA,
    ReasonCode.CONSTRAINT: "{condition}: 判定 {verdict}",
    ReasonCode.EXPIRED: "{condition}: 把握している値は有効期限切れです",
    ReasonCode.UNIT: "{condition}: 単位が異なります",
    ReasonCode.FOUND: "{condition}: 実際の値と比較できません",
}
_VERDICT_JA: Final = {Truth.TRUE: "真", Truth.FALSE: "偽", Truth.UNKNOWN: "不明", Truth.DEFERRED: "保留"}
_OF_ACTIONS: Final = frozenset(
    {
        ReasonCode.ACTION,
        ReasonCode.DUTY,
        ReasonCode.FULFILMENT,
        ReasonCode.VIOLATION,
        ReasonCode.PERMISSION,
        ReasonCode.PROHIBITION,
    }
)


def sentence(
    code: ReasonCode,
    verdict: Truth,
    language: str,
    *,
    left: str,
    operator: str,
    right: str,
    found: str,
    atom: Atom | None = None,
) -> str:
    """A reason as a sentence, in ``en`` or ``ja``."""
    japanese = language == "ja"
    told, untold = (_JA, _UNTOLD_JA) if japanese else (_EN, _UNTOLD_EN)
    words = (told if found else untold)[code]
    if code in _OF_ACTIONS:
        right, found = action_of(right), action_of(found)
    return words.format(
        verdict=_VERDICT_JA[verdict] if japanese else verdict.value,
        condition=condition(atom, left, operator, right, language) if "{condition}" in words else "",
        left=left if code is ReasonCode.EXTENSION else name_of(atom, left, language),
        operator=operator,
        right=right,
        found=found_of(atom, found, right, language),
    )
