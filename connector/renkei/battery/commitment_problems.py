"""What can go wrong with commitments and their openings."""

from __future__ import annotations

from typing import Final

from renkei.kernel.problems import Fault, Problem

LEAF_UNKNOWN: Final = Problem(
    code="disclosure-leaf-unknown",
    fault=Fault.CONFIGURATION,
    status=404,
    en="The calculation has no input called {leaf}.",
    ja="この算定に {leaf} という入力はありません。",
    hint_en="Name one of: {known}.",
    hint_ja="次のいずれかを指定してください: {known}。",
)
OPENING_BROKEN: Final = Problem(
    code="disclosure-opening-broken",
    fault=Fault.PEER,
    status=400,
    en="The opened inputs are not what the record was bound to: {cause}.",
    ja="開示された入力は、記録が拘束する内容と一致しません: {cause}。",
    hint_en="Do not rely on them; ask the company to reveal its inputs again.",
    hint_ja="信頼しないでください。開示をやり直すよう、その会社に求めてください。",
)
TOO_MANY_LEAVES: Final = Problem(
    code="disclosure-too-many-leaves",
    fault=Fault.CONFIGURATION,
    status=400,
    en="{count} inputs are more than the {limit} that one commitment takes.",
    ja="入力が{count}件あり、1つのコミットメントの上限{limit}件を超えています。",
    hint_en="Split the part into parts that are made by yourselves.",
    hint_ja="自社製の部品に分割して登録してください。",
)
