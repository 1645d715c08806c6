"""What can go wrong with declarations and reports to an authority."""

from __future__ import annotations

from typing import Final

from renkei.kernel.problems import Fault, Problem

INCOMPLETE: Final = Problem(
    code="declaration-incomplete",
    fault=Fault.CONFIGURATION,
    status=409,
    en="The declaration of {model} lacks: {missing}.",
    ja="{model} の宣言に不足があります: {missing}。",
    hint_en="Add what is missing, or make it as a draft, which says on every page that it is one.",
    hint_ja="不足を補うか、下書きとして作成してください(下書きであることが各ページに表示されます)。",
)
VALUE_UNKNOWN: Final = Problem(
    code="declaration-value-unknown",
    fault=Fault.CONFIGURATION,
    status=400,
    en="The form {form} asks for {value}, which no declaration has.",
    ja="様式 {form} の項目 {value} は、どの宣言にもありません。",
    hint_en="Use one of: {known}.",
    hint_ja="次のいずれかを使ってください: {known}。",
)
OTHER_SUBJECT: Final = Problem(
    code="declaration-other-subject",
    fault=Fault.CONFIGURATION,
    status=409,
    en="{member}: the facts say {found}, but the footprint record says {expected}.",
    ja="{member}: 申告内容は {found} ですが、フットプリント記録は {expected} です。",
    hint_en="A declaration is for one model of one plant: give the facts of this record, or take another record.",
    hint_ja="宣言は電池の型式・製造工場ごとに行います。この記録に対応する内容を指定するか、別の記録を選んでください。",
)
