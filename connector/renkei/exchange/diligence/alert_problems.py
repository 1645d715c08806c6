"""What can be wrong with an alert, at the one who raises it and the one who is told."""

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
