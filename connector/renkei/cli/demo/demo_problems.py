"""What can go wrong with the demo itself."""

from __future__ import annotations

from typing import Final

from renkei.kernel.problems import Fault, Problem

CHAIN_BROKEN: Final = Problem(
    code="demo-chain-broken",
    fault=Fault.CONFIGURATION,
    en="The chain's file {file} cannot be used: {cause}.",
    ja="チェーンのファイル {file} を使用できません: {cause}。",
    hint_en="Compare with the shipped example; docs/how-to/replace-the-chain.md describes the files.",
    hint_ja="付属の例と比較してください。ファイルの説明は docs/how-to/replace-the-chain.md にあります。",
)
FOLDER_USED: Final = Problem(
    code="demo-folder-used",
    fault=Fault.CONFIGURATION,
    en="The folder {path} cannot take the demo: {cause}.",
    ja="フォルダー {path} をデモに使用できません: {cause}。",
    hint_en="Name a folder that does not exist yet, or an empty one.",
    hint_ja="まだ存在しないフォルダー、または空のフォルダーを指定してください。",
)
DAEMON_ENDED: Final = Problem(
    code="demo-daemon-ended",
    fault=Fault.LOCAL,
    en="The daemon of {company} ended with code {status} although it should be running.",
    ja="{company} のデーモンが実行中に終了コード {status} で終了しました。",
    hint_en="The last lines of its log stand above; --keep FOLDER keeps all of it.",
    hint_ja="上にログの末尾があります。--keep FOLDER ですべてのログを残せます。",
)
STUCK: Final = Problem(
    code="demo-request-stuck",
    fault=Fault.LOCAL,
    en="The request for {part} cannot go on at {company}: {cause}.",
    ja="{company} での {part} の依頼が進みません: {cause}。",
    hint_en="The last lines of its log stand above; --keep FOLDER keeps all of it.",
    hint_ja="上にログの末尾があります。--keep FOLDER ですべてのログを残せます。",
)
TIMED_OUT: Final = Problem(
    code="demo-timed-out",
    fault=Fault.LOCAL,
    en="The demo was not done within {seconds} s; it waited for: {what}.",
    ja="デモは {seconds} 秒以内に終わりませんでした。待っていたもの: {what}。",
    hint_en="Give it longer with --timeout, or look at the logs with --keep FOLDER.",
    hint_ja="--timeout で時間を延ばすか、--keep FOLDER でログを確認してください。",
)
FORM_REFUSED: Final = Problem(
    code="demo-form-refused",
    fault=Fault.CONFIGURATION,
    en="The filled form cannot be taken: {cause}.",
    ja="記入済みの様式を取り込めません: {cause}。",
    hint_en="Correct the member cells in acts/excel_answer.json of the chain's folder.",
    hint_ja="チェーンのフォルダーにある acts/excel_answer.json の cells を修正してください。",
)
