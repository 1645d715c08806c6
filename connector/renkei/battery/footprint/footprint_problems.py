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
