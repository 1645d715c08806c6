"""What can be wrong with a daemon's settings."""

from __future__ import annotations

from typing import Final

from renkei.kernel.problems import Fault, Problem

UNREADABLE: Final = Problem(
    code="config-unreadable",
    fault=Fault.CONFIGURATION,
    en="The configuration {path} cannot be read: {cause}.",
    ja="設定ファイル {path} を読み込めません: {cause}。",
    hint_en="Name the file with --config; `renkei init FOLDER` writes a new one.",
    hint_ja="--config でファイルを指定してください。`renkei init FOLDER` で新規に作成できます。",
)
NO_TOML: Final = Problem(
    code="config-no-toml",
    fault=Fault.CONFIGURATION,
    en="The configuration {path} is not TOML: {cause}.",
    ja="設定ファイル {path} は正しいTOMLではありません: {cause}。",
    hint_en="Correct that place, and save the file as UTF-8; `renkei init FOLDER` writes a good one to compare with.",
    hint_ja="該当箇所を修正し、UTF-8で保存してください。`renkei init FOLDER` で正しい見本を作成できます。",
)
UNKNOWN_KEY: Final = Problem(
    code="config-unknown-key",
    fault=Fault.CONFIGURATION,
    en="{where} has no setting {key}.",
    ja="{where} に {key} という設定はありません。",
    hint_en="The nearest one is {nearest}; all are listed in docs/reference/configuration.md.",
    hint_ja="最も近い設定は {nearest} です。一覧は docs/reference/configuration.md にあります。",
)
BAD_VALUE: Final = Problem(
    code="config-bad-value",
    fault=Fault.CONFIGURATION,
    en="A setting in {where} has a wrong value: {cause}.",
    ja="{where} の設定値が正しくありません: {cause}。",
    hint_en="Correct the value; docs/reference/configuration.md tells what each setting takes.",
    hint_ja="値を修正してください。各設定の値は docs/reference/configuration.md にあります。",
)
