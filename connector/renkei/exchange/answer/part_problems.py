"""What can go wrong with the parts we make, beside what the battery domain says of their figures."""

from __future__ import annotations

from typing import Final

from renkei.kernel.problems import Fault, Problem

IN_ITSELF: Final = Problem(
    code="part-in-itself",
    fault=Fault.CONFIGURATION,
    status=400,
    en="{at}: {component} is made by ourselves, and {part} would go into itself through it.",
    ja="{at}: {component} は自社製のため、{part} が自分自身の構成部品になってしまいます。",
    hint_en="Name the company that it is bought from, or take the line out; what goes back into the process is told by "
    "`yield`.",
    hint_ja="購入先の会社を記載するか、その行を削除してください。工程に戻る分は `yield` で表します。",
)
RULES_UNKNOWN: Final = Problem(
    code="rule-set-unknown",
    fault=Fault.CONFIGURATION,
    status=404,
    en="There is no rule set {rules}.",
    ja="ルールセット {rules} はありません。",
    hint_en="Use one of: {known}. `renkei rules list` shows them.",
    hint_ja="次のいずれかを使ってください: {known}。`renkei rules list` で一覧できます。",
)
CALCULATION_UNKNOWN: Final = Problem(
    code="calculation-unknown",
    fault=Fault.LOCAL,
    status=404,
    en="Nothing is kept of how the record {record} was calculated.",
    ja="記録 {record} の計算過程は保存されていません。",
    hint_en="Name a footprint record of your own, by its id; what partners gave is calculated by them.",
    hint_ja="自社のフットプリント記録のIDを指定してください。取引先から受け取った記録の計算過程は相手側にあります。",
)
OTHER_UNIT: Final = Problem(
    code="part-other-unit",
    fault=Fault.CONFIGURATION,
    status=400,
    en="The due-diligence statement of {part} is per {given}, but its {where} counts the part in {wanted}.",
    ja="{part} のデューディリジェンス申告は{given}当たりですが、{where_ja}では{wanted}で数えています。",
    hint_en="Give the statement, and the amounts of minerals in it, in a unit of the kind that the part is counted in.",
    hint_ja="申告の単位と鉱物の量を、部品を数える単位と同じ種類の単位で記入してください。",
)
