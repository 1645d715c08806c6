"""Why a step of a decision came out as it did: one code a reason, and its sentence in English and Japanese.

A decision holds codes alone; sentences are made when somebody reads them. ``{verdict}`` is the truth value's word,
``{found}`` what was compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

from renkei.policy.truth import Truth


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
    PROFILE = "profile"
    PERMISSION = "permission"
    PROHIBITION = "prohibition"
    PERMISSIONS = "permissions"
    PROHIBITIONS = "prohibitions"
    POLICY = "policy"
    NO_PERMISSION = "no-permission"


_EN: Final[Mapping[ReasonCode, str]] = {
    ReasonCode.CONSTRAINT: "{left} {operator} {right}: found {found}, so {verdict}",
    ReasonCode.DEFERRED: "{left} {operator} {right} cannot be known yet; it is asked again later",
    ReasonCode.BEGINS: "{left} {operator} {right} is not yet so; it is asked again when the use begins",
    ReasonCode.AGREED: "{left} {operator} {right} binds by being agreed to",
    ReasonCode.CONDUCT: "{left} {operator} {right}: no such use is declared, so {verdict}",
    ReasonCode.ABSENT: "{left} is not known, {operator} {right} is asked for",
    ReasonCode.EXPIRED: "what is known of {left} ({found}) is no longer valid",
    ReasonCode.UNIT: "{left} {operator} {right}: found {found}, in another unit",
    ReasonCode.FOUND: "{left} {operator} {right}: what was found ({found}) cannot be compared with it",
    ReasonCode.OPERAND: "nobody here can evaluate {left}",
    ReasonCode.OPERATOR: "{left} cannot be compared with {operator}",
    ReasonCode.RIGHT: "the right operand {right} cannot be read for {left} {operator}",
    ReasonCode.EXTENSION: "{left} is not understood and could change the meaning",
    ReasonCode.CONNECTIVE: "{operator} of what stands below: {verdict}",
    ReasonCode.SEQUENCE: "{operator}: what stands below, in this order in time: {verdict}",
    ReasonCode.ACTION: "the rule is about {right}, asked is {found}",
    ReasonCode.TARGET: "the rule is about {right}, asked is {found}",
    ReasonCode.PARTY: "the rule is about {right}, the asker is {found}",
    ReasonCode.DUTY: "the duty to {right} stands in nobody's way: {verdict}",
    ReasonCode.FULFILMENT: "{right} was done as it must be: {verdict}",
    ReasonCode.PROFILE: "the profile {right} is not known",
    ReasonCode.PERMISSION: "the permission to {right} holds: {verdict}",
    ReasonCode.PROHIBITION: "the prohibition to {right} is in force: {verdict}",
    ReasonCode.PERMISSIONS: "one of the permissions holds: {verdict}",
    ReasonCode.PROHIBITIONS: "one of the prohibitions is in force: {verdict}",
    ReasonCode.POLICY: "the policy permits it: {verdict}",
    ReasonCode.NO_PERMISSION: "what is not permitted is denied, and no permission holds",
}
_JA: Final[Mapping[ReasonCode, str]] = {
    ReasonCode.CONSTRAINT: "{left} {operator} {right}: 実際は {found}、判定 {verdict}",
    ReasonCode.DEFERRED: "{left} {operator} {right} はまだ判断できません。後の段階で再び判断します",
    ReasonCode.BEGINS: "{left} {operator} {right} はまだ成立していません。利用開始時に再び判断します",
    ReasonCode.AGREED: "{left} {operator} {right} は合意により拘束力を持ちます",
    ReasonCode.CONDUCT: "{left} {operator} {right}: そのような利用の申告はありません。判定 {verdict}",
    ReasonCode.ABSENT: "{left} が不明です({operator} {right} が必要)",
    ReasonCode.EXPIRED: "{left} の情報({found})は有効期限切れです",
    ReasonCode.UNIT: "{left} {operator} {right}: 実際は {found} で、単位が異なります",
    ReasonCode.FOUND: "{left} {operator} {right}: 実際の値 {found} と比較できません",
    ReasonCode.OPERAND: "{left} を評価できません",
    ReasonCode.OPERATOR: "{left} は {operator} で比較できません",
    ReasonCode.RIGHT: "{left} {operator} の右オペランド {right} を読み取れません",
    ReasonCode.EXTENSION: "{left} は理解できず、意味を変える可能性があります",
    ReasonCode.CONNECTIVE: "下位条件の {operator}: 判定 {verdict}",
    ReasonCode.SEQUENCE: "下位条件の {operator}(この時間順序): 判定 {verdict}",
    ReasonCode.ACTION: "ルールの対象は {right}、要求は {found} です",
    ReasonCode.TARGET: "ルールの対象は {right}、要求は {found} です",
    ReasonCode.PARTY: "ルールの相手は {right}、要求者は {found} です",
    ReasonCode.DUTY: "{right} の義務は妨げになりません: 判定 {verdict}",
    ReasonCode.FULFILMENT: "{right} は求められたとおりに履行されました: 判定 {verdict}",
    ReasonCode.PROFILE: "プロファイル {right} は未知です",
    ReasonCode.PERMISSION: "{right} の許可が成立: 判定 {verdict}",
    ReasonCode.PROHIBITION: "{right} の禁止が有効: 判定 {verdict}",
    ReasonCode.PERMISSIONS: "許可のいずれかが成立: 判定 {verdict}",
    ReasonCode.PROHIBITIONS: "禁止のいずれかが有効: 判定 {verdict}",
    ReasonCode.POLICY: "ポリシーによる許可: 判定 {verdict}",
    ReasonCode.NO_PERMISSION: "許可されていないことは拒否されます。成立する許可がありません",
}
_VERDICT_JA: Final = {Truth.TRUE: "真", Truth.FALSE: "偽", Truth.UNKNOWN: "不明", Truth.DEFERRED: "保留"}


def sentence(code: ReasonCode, verdict: Truth, language: str, **values: str) -> str:
    """A reason as a sentence, in ``en`` or ``ja``."""
    japanese = language == "ja"
    word = _VERDICT_JA[verdict] if japanese else verdict.value
    return (_JA if japanese else _EN)[code].format(verdict=word, **values)
