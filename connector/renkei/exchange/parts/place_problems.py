"""What can go wrong with the register of parts."""

from __future__ import annotations

from typing import Final

from renkei.kernel.problems import Fault, Problem

NOT_UNIQUE: Final = Problem(
    code="part-not-unique",
    fault=Fault.CONFIGURATION,
    status=409,
    en="{name} ({support}) of plant {plant} is registered already, as {other}.",
    ja="事業所 {plant} の {name}(補助項目 {support})は、すでに {other} として登録されています。",
    hint_en="Change that part, or give this one another support name to tell them apart.",
    hint_ja="登録済みの部品を変更するか、区別できる補助項目を指定してください。",
)
BAD_NAME: Final = Problem(
    code="part-name-unfit",
    fault=Fault.CONFIGURATION,
    status=400,
    en="The {member} of part {part} cannot be kept: it is longer than {limit} signs or holds a control character.",
    ja="部品 {part} の {member} は登録できません。{limit}文字を超えているか、制御文字が含まれています。",
    hint_en="Give a shorter text in one line.",
    hint_ja="1行の短い文字列を指定してください。",
)
TERMINATED: Final = Problem(
    code="part-terminated",
    fault=Fault.CONFIGURATION,
    status=400,
    en="Part {part} is marked as terminated, but {component} in it is bought ({at}).",
    ja="部品 {part} は終端とされていますが、{component} を購入しています({at})。",
    hint_en="A terminated part has nothing bought in it: take the mark off, or the line out.",
    hint_ja="終端の部品に購入品を含めることはできません。終端フラグを外すか、その行を削除してください。",
)
UNKNOWN_TRACE: Final = Problem(
    code="trace-unknown",
    fault=Fault.LOCAL,
    status=404,
    en="There is no trace {trace} here.",
    ja="来歴情報 {trace} は登録されていません。",
    hint_en="`renkei trace list` shows those that there are.",
    hint_ja="`renkei trace list` で一覧を確認してください。",
)
