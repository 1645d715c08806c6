"""What can go wrong with answers that are brought by hand."""

from __future__ import annotations

from typing import Final

from renkei.kernel.problems import Fault, Problem

BY_HAND_PARTNER: Final = Problem(
    code="by-hand-partner-signs",
    fault=Fault.CONFIGURATION,
    status=409,
    en="{partner} has a system of its own; only it can answer for itself.",
    ja="{partner} は自前のシステムを持つため、代わりに回答を取り込むことはできません。",
    hint_en="A supplier without one is configured under [partners] with an id that begins with {prefix}.",
    hint_ja="システムを持たない取引先は [partners] に {prefix} で始まるIDで設定してください。",
)
BY_HAND_OTHER_PART: Final = Problem(
    code="by-hand-other-part",
    fault=Fault.CONFIGURATION,
    status=409,
    en="The form tells of {part}, but the request {request} asks for the footprint of {asked}.",
    ja="様式は {part} のものですが、依頼{request}は {asked} のCFPを求めています。",
    hint_en="Correct the part number on the form, or name the request that it answers with --request.",
    hint_ja="様式の部品番号を訂正するか、--request で対応する依頼を指定してください。",
)
BY_HAND_REQUEST: Final = Problem(
    code="by-hand-other-partner",
    fault=Fault.CONFIGURATION,
    status=409,
    en="The request {request} went to {partner}, not to whom the form is said to be from.",
    ja="依頼{request}の宛先は {partner} であり、指定された取引先ではありません。",
    hint_en="Leave --told-by out, or name the request that it answers with --request.",
    hint_ja="--told-by を省くか、--request で対応する依頼を指定してください。",
)
ONE_PART: Final = Problem(
    code="by-hand-one-part",
    fault=Fault.CONFIGURATION,
    status=400,
    en="An answer tells of one part; this file tells of {count}.",
    ja="回答は1部品につき1ファイルです。このファイルには{count}部品があります。",
    hint_en="Ask for one form for each part.",
    hint_ja="部品ごとに様式を分けてください。",
)
