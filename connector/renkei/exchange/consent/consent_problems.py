"""What can go wrong with consents (同意) and with the purposes that they name."""

from __future__ import annotations

from typing import Final

from renkei.kernel.problems import Fault, Problem

UNKNOWN_CONSENT: Final = Problem(
    code="consent-unknown",
    fault=Fault.LOCAL,
    status=404,
    en="There is no consent {consent}.",
    ja="同意{consent}はありません。",
    hint_en="`renkei consent list` shows those we are asked for, `renkei consent list --sent` those we have asked for.",
    hint_ja="求められた同意は `renkei consent list`、求めた同意は `renkei consent list --sent` で一覧できます。",
)
CONSENT_CLOSED: Final = Problem(
    code="consent-closed",
    fault=Fault.LOCAL,
    status=409,
    en="The consent {consent} is {state} and takes no {step}.",
    ja="同意{consent}は{state}のため、{step}できません。",
    hint_en="Ask for a new consent.",
    hint_ja="新しい同意を求めてください。",
)
MISSING: Final = Problem(
    code="consent-missing",
    fault=Fault.POLICY,
    status=403,
    en="There is no consent to use {dataset} for {purposes}.",
    ja="{dataset}を{purposes}の目的で利用することへの同意がありません。",
    hint_en="The user asks for it with `renkei consent ask`; the provider grants it with `renkei consent grant`.",
    hint_ja="利用者が `renkei consent ask` で同意を求め、提供者が `renkei consent grant` で同意します。",
)
WITHDRAWN: Final = Problem(
    code="consent-withdrawn",
    fault=Fault.POLICY,
    status=403,
    en="The consent {consent} to use {dataset} for {purposes} was withdrawn.",
    ja="{dataset}を{purposes}の目的で利用することへの同意{consent}は撤回されました。",
    hint_en="Use it no further for that; talk to the provider, or ask for a new consent.",
    hint_ja="この目的での利用を中止し、提供者に相談するか、新しい同意を求めてください。",
)
EXPIRED: Final = Problem(
    code="consent-expired",
    fault=Fault.POLICY,
    status=403,
    en="The consent {consent} to use {dataset} for {purposes} has ended.",
    ja="{dataset}を{purposes}の目的で利用することへの同意{consent}は期限切れです。",
    hint_en="Ask for a new consent with `renkei consent ask`.",
    hint_ja="`renkei consent ask` で新しい同意を求めてください。",
)
BEYOND_WISH: Final = Problem(
    code="consent-beyond-wish",
    fault=Fault.LOCAL,
    status=400,
    en="The consent {consent} was not asked for to that extent: {cause}.",
    ja="同意{consent}は、その範囲では求められていません: {cause}。",
    hint_en="Grant what was asked for, or less; `renkei consent show` tells what that was.",
    hint_ja="求められた範囲内で同意してください。範囲は `renkei consent show` で確認できます。",
)
NOT_WISHED: Final = Problem(
    code="consent-not-wished",
    fault=Fault.CONFIGURATION,
    status=409,
    en="The terms of the answer are for {purposes}, which the asker of {request} did not ask for.",
    ja="回答の条件にある目的 {purposes} は、依頼{request}で求められていません。",
    hint_en="Reject the request, and ask its sender to name the purposes for which this is offered.",
    hint_ja="依頼を拒否し、提供対象の目的を指定するよう相手に求めてください。",
)
TOO_MANY: Final = Problem(
    code="consent-too-many",
    fault=Fault.PEER,
    status=409,
    en="{limit} consents that this participant asked for wait for an answer already.",
    ja="この参加者が求めた同意が既に{limit}件未回答です。",
    hint_en="Wait for the provider's decisions.",
    hint_ja="提供者の判断をお待ちください。",
)
