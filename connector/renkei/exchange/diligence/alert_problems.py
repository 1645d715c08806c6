"""What can be wrong with an alert or a questionnaire, at the one who sends it and the one who is told."""

from __future__ import annotations

from typing import Final

from renkei.kernel.problems import Fault, Problem

UNKNOWN_ALERT: Final = Problem(
    code="diligence-alert-unknown",
    fault=Fault.LOCAL,
    status=404,
    en="We have raised no alert {alert} that still stands.",
    ja="当社が発した有効なアラート {alert} はありません。",
    hint_en="`renkei diligence alert list` shows them; what a supplier has raised only that supplier can clear.",
    hint_ja="`renkei diligence alert list` で一覧できます。供給者が発したアラートを解除できるのはその供給者だけです。",
)
BAD_ALERT: Final = Problem(
    code="diligence-alert-malformed",
    fault=Fault.PEER,
    status=400,
    en="The alert of {partner} is not taken: {cause}.",
    ja="{partner} のアラートを受け取れません: {cause}。",
    hint_en="Send an alert as docs/concepts/due-diligence.md describes it, about a part whose record the partner has.",
    hint_ja="docs/concepts/due-diligence.md の形式で、相手が記録を受け取っている部品について送ってください。",
)
TOO_MANY_ALERTS: Final = Problem(
    code="diligence-alerts-too-many",
    fault=Fault.PEER,
    status=429,
    en="{partner} has told of {limit} alerts; no more are taken.",
    ja="{partner} からのアラートが {limit} 件に達しているため、これ以上受け取れません。",
    hint_en="Put what belongs together into one alert.",
    hint_ja="関連する内容は1つのアラートにまとめてください。",
)
UNKNOWN_QUESTIONNAIRE: Final = Problem(
    code="diligence-questionnaire-unknown",
    fault=Fault.LOCAL,
    status=404,
    en="There is no questionnaire {questionnaire}.",
    ja="質問票 {questionnaire} はありません。",
    hint_en="`renkei diligence questionnaire list` shows those that came and those that were sent.",
    hint_ja="`renkei diligence questionnaire list` で受信・送信した質問票を一覧できます。",
)
NOTHING_TO_ASK_ABOUT: Final = Problem(
    code="diligence-questionnaire-without-record",
    fault=Fault.LOCAL,
    status=409,
    en="We have no due diligence of {part} from {partner}, so there is no agreement to ask under.",
    ja="{partner} から {part} のデューディリジェンスを受け取っていないため、質問の根拠となる契約がありません。",
    hint_en="Request it first: renkei request {partner} {part} --kind due-diligence.",
    hint_ja="先に依頼してください: renkei request {partner} {part} --kind due-diligence。",
)
BAD_QUESTIONNAIRE: Final = Problem(
    code="diligence-questionnaire-malformed",
    fault=Fault.PEER,
    status=400,
    en="The questionnaire or answers of {partner} are not taken: {cause}.",
    ja="{partner} の質問票または回答を受け取れません: {cause}。",
    hint_en="Ask about a part whose due diligence you have, and answer what was asked.",
    hint_ja="デューディリジェンスを受け取っている部品について質問し、質問された項目に回答してください。",
)
