"""What can be wrong with what is said of obligations, and with taking them on."""

from __future__ import annotations

from typing import Final

from renkei.kernel.problems import Fault, Problem

BURDENED: Final = Problem(
    code="negotiation-burdened",
    fault=Fault.POLICY,
    status=403,
    en="This is not signed without a person: {burdens}.",
    ja="担当者の判断なしには署名しません: {burdens}。",
    hint_en="Ask the provider for an offer by hand and accept it yourself, or list the actions that may be owed "
    'without asking under `accepts` in [duties], such as accepts = ["odrl:inform"].',
    hint_ja="提供者にオファーの提示を依頼して自ら承諾するか、確認なしに負ってよい行為を [duties] の `accepts` に"
    '列挙してください(例 accepts = ["odrl:inform"])。',
)
UNKNOWN_ACTION: Final = Problem(
    code="config-unknown-action",
    fault=Fault.CONFIGURATION,
    status=400,
    en="{action} in `accepts` of [duties] is no action that a policy can name.",
    ja="[duties] の `accepts` の {action} は、ポリシーで指定できる行為ではありません。",
    hint_en="Write an action of ODRL, such as odrl:inform, or the absolute IRI of another one.",
    hint_ja="odrl:inform のようなODRLの行為か、その他の行為の絶対IRIを指定してください。",
)
UNKNOWN_OBLIGATION: Final = Problem(
    code="obligation-unknown",
    fault=Fault.LOCAL,
    status=404,
    en="There is no obligation {obligation}.",
    ja="義務 {obligation} はありません。",
    hint_en="`renkei obligations list` shows those of all agreements.",
    hint_ja="`renkei obligations list` で全契約の義務を一覧できます。",
)
OBLIGATION_SETTLED: Final = Problem(
    code="obligation-settled",
    fault=Fault.LOCAL,
    status=409,
    en="The obligation {obligation} was recorded as performed already and is {state}.",
    ja="義務 {obligation} は既に履行済みとして記録されており、状態は {state} です。",
    hint_en="What was recorded stays; see `renkei obligations list --agreement {agreement}` for what is still owed.",
    hint_ja="記録は変更できません。残りの義務は `renkei obligations list --agreement {agreement}` で確認してください。",
)
OBLIGATION_NOT_OWED: Final = Problem(
    code="obligation-not-owed",
    fault=Fault.LOCAL,
    status=409,
    en="The obligation {obligation} is {state}: it is not owed now.",
    ja="義務 {obligation} の状態は {state} で、現在は負っていません。",
    hint_en="A consequence is owed when the duty above it is violated, another one from the instant its terms name; "
    "only what waits for a person is begun by one.",
    hint_ja="帰結は上位の義務に違反したとき、その他は条件が示す時点から生じます。人が開始できるのは、"
    "人の判断を待つ義務だけです。",
)
OBLIGATION_NOT_OURS: Final = Problem(
    code="obligation-not-ours",
    fault=Fault.LOCAL,
    status=409,
    en="{debtor} owes the obligation {obligation} to {creditor}: it is not ours to say anything of it.",
    ja="義務 {obligation} は {debtor} が {creditor} に対して負うもので、当社が記録できるものではありません。",
    hint_en="Ask one of the two.",
    hint_ja="当事者のいずれかに確認してください。",
)
OBLIGATION_AHEAD: Final = Problem(
    code="obligation-ahead",
    fault=Fault.LOCAL,
    status=400,
    en="{at} lies in the future.",
    ja="{at} は未来の時刻です。",
    hint_en="Record what was done when it has been done.",
    hint_ja="実施した後に記録してください。",
)
