"""What can be wrong with a minerals reporting workbook."""

from __future__ import annotations

from typing import Final

from renkei.kernel.problems import Fault, Problem

UNSAFE_CELL: Final = Problem(
    code="emrt-cell-unsafe",
    fault=Fault.CONFIGURATION,
    status=400,
    en="{sheet}!{at} holds {found}, which a spreadsheet program would calculate or takes for an error.",
    ja="{sheet}!{at} の {found} は、表計算ソフトが計算式またはエラーとして扱う内容です。",
    hint_en="Type the text or figure itself: a cell must not be a formula, nor begin with = or #.",
    hint_ja="文字または数値そのものを入力してください。計算式や、= または # で始まるセルは使えません。",
)
BAD_WORKBOOK: Final = Problem(
    code="emrt-malformed",
    fault=Fault.CONFIGURATION,
    status=400,
    en="{sheet}!{at}: {found} is not {expected}.",
    ja="{sheet}!{at}: {found} は {expected} ではありません。",
    hint_en="Take the form from `renkei diligence export`, and fill in what it asks for.",
    hint_ja="`renkei diligence export` で出力した様式に、指定の内容を記入してください。",
)
