"""What can go wrong with the battery passports that are kept."""

from __future__ import annotations

from typing import Final

from renkei.kernel.problems import Fault, Problem

UNKNOWN_PASSPORT: Final = Problem(
    code="passport-unknown",
    fault=Fault.LOCAL,
    status=404,
    en="There is no passport or model {passport} here.",
    ja="パスポートまたは型式 {passport} はありません。",
    hint_en="`renkei passport list` shows them; a battery's model comes first.",
    hint_ja="`renkei passport list` で一覧できます。個体の前に型式を登録してください。",
)
PASSPORT_TWICE: Final = Problem(
    code="passport-exists",
    fault=Fault.LOCAL,
    status=409,
    en="There is a passport or model {passport} already.",
    ja="パスポートまたは型式 {passport} は既にあります。",
    hint_en="Enter values into it: nothing is ever overwritten.",
    hint_ja="既存の台帳に値を追記してください。上書きはできません。",
)
