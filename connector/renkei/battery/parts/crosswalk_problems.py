"""What can go wrong with the crosswalk of part numbers."""

from __future__ import annotations

from typing import Final

from renkei.kernel.problems import Fault, Problem

CROSSWALK_CSV: Final = Problem(
    code="crosswalk-csv-broken",
    fault=Fault.CONFIGURATION,
    status=400,
    en="Line {line} of the crosswalk: {cause}.",
    ja="品番対応表の{line}行目: {cause}。",
    hint_en="The first line names the columns part, partner, side, number, plant, from, until; side is customer or "
    "supplier, days are such as 2026-12-31.",
    hint_ja="1行目は列名 part, partner, side, number, plant, from, until です。side は customer または supplier、"
    "日付は 2026-12-31 の形式で記載してください。",
)
OVERLAP: Final = Problem(
    code="crosswalk-overlap",
    fault=Fault.CONFIGURATION,
    status=400,
    en="{partner} would have two numbers for our {part} on the same day: {number} and {other}.",
    ja="同じ日に、{partner} における自社部品 {part} の品番が {number} と {other} の2つになってしまいます。",
    hint_en="End the other link the day before, name the plant of ours for which each holds, or divide the line of the "
    "bill of materials in two components.",
    hint_ja="もう一方の対応を前日で終了させるか、それぞれ対象となる自社事業所を指定するか、部品表の行を2つの部品に分けて"
    "ください。",
)
PERIOD: Final = Problem(
    code="crosswalk-period",
    fault=Fault.CONFIGURATION,
    status=400,
    en="The link of {part} to {number} of {partner} would end on {until}, before it begins on {start}.",
    ja="{part} と {partner} の {number} の対応は、開始日 {start} より前の {until} に終了しています。",
    hint_en="Give an end that is not before the beginning, or leave one of them out.",
    hint_ja="開始日以降の終了日を指定するか、どちらかを省略してください。",
)
AMBIGUOUS: Final = Problem(
    code="crosswalk-ambiguous",
    fault=Fault.LOCAL,
    status=409,
    en="{number} of {partner} stands for more than one part of ours: {parts}.",
    ja="{partner} の {number} は自社の複数の部品に対応しています: {parts}。",
    hint_en="Say which one is meant: `renkei answer REQUEST --part PART`, or end the links that no longer hold.",
    hint_ja="`renkei answer REQUEST --part PART` で対象の部品を指定するか、無効になった対応を終了させてください。",
)
UNKNOWN_LINK: Final = Problem(
    code="crosswalk-unknown",
    fault=Fault.LOCAL,
    status=404,
    en="There is no link {link} in the crosswalk.",
    ja="品番対応表に {link} という対応はありません。",
    hint_en="`renkei crosswalk list` shows those that there are.",
    hint_ja="`renkei crosswalk list` で一覧を確認してください。",
)
