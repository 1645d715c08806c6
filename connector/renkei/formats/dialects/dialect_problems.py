"""What can go wrong between a footprint record and another system's form of it."""

from __future__ import annotations

from typing import Final

from renkei.kernel.problems import Fault, Problem

UNKNOWN_FORMAT: Final = Problem(
    code="formats-unknown",
    fault=Fault.CONFIGURATION,
    status=404,
    en="There is no format {format}.",
    ja="形式 {format} はありません。",
    hint_en="Use one of: {known}.",
    hint_ja="次のいずれかを使ってください: {known}。",
)
NOT_RECOGNISED: Final = Problem(
    code="formats-not-recognised",
    fault=Fault.CONFIGURATION,
    status=400,
    en="The document has the members of no format that Renkei knows.",
    ja="文書の項目がいずれの形式とも一致しません。",
    hint_en="Name the format: {known}.",
    hint_ja="形式を指定してください: {known}。",
)
INVALID: Final = Problem(
    code="formats-invalid",
    fault=Fault.PEER,
    status=400,
    en="{path}: {found} does not fit {format}; it must be {expected}. {count} findings in all.",
    ja="{path}: {found} は {format} に適合しません。{expected} である必要があります。指摘は全部で{count}件です。",
    hint_en="`renkei formats check` lists all findings; the sender must correct them.",
    hint_ja="`renkei formats check` で全件を確認し、送付元に修正を依頼してください。",
)
NEEDED: Final = Problem(
    code="formats-fact-needed",
    fault=Fault.CONFIGURATION,
    status=400,
    en="{format} needs {leaf} ({path}), which is not known.",
    ja="{format} には {leaf} ({path}) が必要ですが、値がありません。",
    hint_en="Give {leaf}: what begins with details. in the product details, the rest as a given value.",
    hint_ja="{leaf} を指定してください。details. で始まるものは製品詳細に、その他は値として指定します。",
)
OUT_OF_RANGE: Final = Problem(
    code="formats-out-of-range",
    fault=Fault.CONFIGURATION,
    status=409,
    en="{format} cannot say {found} at {path}; it must be {expected}.",
    ja="{format} では {path} に {found} を記載できません。{expected} である必要があります。",
    hint_en="Allow another unit or the format's own rounding if that helps; nothing is cut off silently.",
    hint_ja="単位の変更または形式の規定による丸めを許可してください。値が黙って切り捨てられることはありません。",
)
UNIT_NOT_THERE: Final = Problem(
    code="formats-unit-not-there",
    fault=Fault.CONFIGURATION,
    status=409,
    en="{format} has no unit {unit}.",
    ja="{format} には単位 {unit} がありません。",
    hint_en="Allow rescaling to another unit of the same kind. kWh of capacity, kWh delivered and kWh of energy are "
    "three kinds: from capacity to pieces leads capacityPerPiece in the product details.",
    hint_ja="同じ種類の単位への換算を許可してください。容量・供給・使用エネルギーのkWhは別の種類です。"
    "容量から個数へは製品詳細の capacityPerPiece を使います。",
)
NOT_EXACT: Final = Problem(
    code="formats-not-exact",
    fault=Fault.CONFIGURATION,
    status=409,
    en="{leaf} has no end in decimals when it is counted as {format} does.",
    ja="{leaf} は {format} の数え方では有限小数になりません。",
    hint_en="Allow rounding (34 significant digits), or declare the record for another amount.",
    hint_ja="丸め(有効数字34桁)を許可するか、別の宣言単位量で記録を作成してください。",
)
PERCENT_OR_KILOGRAM: Final = Problem(
    code="formats-percent-or-kilogram",
    fault=Fault.PEER,
    status=409,
    en="The four stages add up to 100, not to the total {total}: they seem to be percentages.",
    ja="4つの段階の合計が総量 {total} ではなく100です。百分率と思われます。",
    hint_en="Ask the sender, or allow rescaling to have them read as percentages of the total.",
    hint_ja="送付元に確認するか、総量に対する百分率として読むよう換算を許可してください。",
)
TOTAL_DISAGREES: Final = Problem(
    code="formats-total-disagrees",
    fault=Fault.PEER,
    status=409,
    en="The stages add up to {sum}, not to the stated total {total}.",
    ja="各段階の合計 {sum} が、記載された総量 {total} と一致しません。",
    hint_en="Ask the sender which of them is missing or wrong, or allow rescaling to take their sum for the total.",
    hint_ja="不足または誤りのある段階を送付元に確認するか、換算を許可して各段階の合計を総量としてください。",
)
NOT_READABLE: Final = Problem(
    code="formats-not-readable",
    fault=Fault.PEER,
    status=400,
    en="{path}: {found} is not {expected}.",
    ja="{path}: {found} は {expected} ではありません。",
    hint_en="The document fits its schema, but no record can be made of it; ask the sender what is meant.",
    hint_ja="スキーマには適合しますが、記録に変換できません。送付元に意図を確認してください。",
)
BROKEN_TABLE: Final = Problem(
    code="formats-broken-table",
    fault=Fault.LOCAL,
    status=500,
    en="The table of {format} is wrong at {at}: {cause}.",
    ja="{format} の表の {at} が正しくありません: {cause}。",
    hint_en="Restore the file in vocab/formats from the release.",
    hint_ja="vocab/formats のファイルをリリースから復元してください。",
)
