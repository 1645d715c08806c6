"""What can go wrong with the declarations that are kept."""

from __future__ import annotations

from typing import Final

from renkei.kernel.problems import Fault, Problem

UNKNOWN_DECLARATION: Final = Problem(
    code="declaration-unknown",
    fault=Fault.LOCAL,
    status=404,
    en="There is no declaration {declaration}.",
    ja="宣言 {declaration} はありません。",
    hint_en="`renkei declaration list` shows them.",
    hint_ja="`renkei declaration list` で一覧できます。",
)
UNKNOWN_FORM: Final = Problem(
    code="declaration-form-unknown",
    fault=Fault.CONFIGURATION,
    status=404,
    en="There is no form {form}.",
    ja="様式 {form} はありません。",
    hint_en="Use one of: {known}.",
    hint_ja="次のいずれかを使ってください: {known}。",
)
