"""What can go wrong with questions about a footprint."""

from __future__ import annotations

from renkei.kernel.problems import Fault, Problem

WHAT_IF_NOTHING = Problem(
    code="battery-what-if-nothing",
    fault=Fault.CONFIGURATION,
    status=409,
    en="Nothing that the footprint is calculated from is named {name}.",
    ja="フットプリントの計算に使われているものの中に {name} はありません。",
    hint_en="Ask about one of: {known}.",
    hint_ja="次のいずれかを指定してください: {known}。",
)
FIRST_VERSION = Problem(
    code="battery-footprint-first-version",
    fault=Fault.CONFIGURATION,
    status=409,
    en="The record {record} is the first of its part: there is no earlier one to compare it with.",
    ja="記録 {record} はその部品の最初の版です。比較できる以前の記録がありません。",
    hint_en="Name an earlier record, or compare it with today's inputs.",
    hint_ja="以前の記録を指定するか、現在の入力データと比較してください。",
)
