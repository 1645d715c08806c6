"""What can go wrong when something is stored."""

from __future__ import annotations

from renkei.kernel.problems import Fault, Problem

CONFLICT = Problem(
    code="store-conflict",
    fault=Fault.LOCAL,
    status=409,
    en="{kind} {id} was changed by another step since version {version} was read.",
    ja="{kind} {id} は版{version}の読み取り後に別の処理で変更されました。",
    hint_en="Load it again and decide again.",
    hint_ja="読み直して、もう一度判断してください。",
)
REPLAYED = Problem(
    code="store-replayed",
    fault=Fault.POLICY,
    status=401,
    en="The token {jti} of {issuer} was used before.",
    ja="{issuer}のトークン{jti}は既に使用されています。",
    hint_en="Mint a new token for every request.",
    hint_ja="要求ごとに新しいトークンを発行してください。",
)
SPENT = Problem(
    code="store-counter-spent",
    fault=Fault.POLICY,
    status=403,
    en="The counter {name} would pass its limit of {limit}.",
    ja="カウンター{name}が上限の{limit}を超えます。",
    hint_en="Negotiate a new agreement.",
    hint_ja="新しい契約を交渉してください。",
)
TOO_NEW = Problem(
    code="store-schema-too-new",
    fault=Fault.CONFIGURATION,
    en="The database has schema version {found}; this release knows {known}.",
    ja="データベースのスキーマ版は{found}ですが、この版が扱えるのは{known}です。",
    hint_en="Start the release that wrote it, or a newer one.",
    hint_ja="それを書いた版かより新しい版を起動してください。",
)
OWNED = Problem(
    code="store-owned",
    fault=Fault.CONFIGURATION,
    en="The database {path} is in use by another process.",
    ja="データベース{path}は別のプロセスが使用中です。",
    hint_en="One process owns a SQLite file: stop the other one, or give this one a folder of its own.",
    hint_ja="SQLiteファイルは1プロセス専用です。他方を止めるか、別のフォルダーを使ってください。",
)
BROKEN = Problem(
    code="store-broken",
    fault=Fault.CONFIGURATION,
    status=500,
    en="The database cannot be used: {cause}.",
    ja="データベースを使用できません: {cause}。",
    hint_en="Check disk space, permissions and the file itself; restore from a backup if it is damaged.",
    hint_ja="空き容量、権限、ファイルを確認し、壊れている場合はバックアップから復元してください。",
)
CLOSED = Problem(
    code="store-closed",
    fault=Fault.LOCAL,
    status=503,
    en="The store {store} is not open.",
    ja="ストア{store}が開かれていません。",
    hint_en="Open it first; once closing has begun, nothing more is read or stored.",
    hint_ja="先に開いてください。終了処理の開始後は読み書きできません。",
)
UNFIT = Problem(
    code="store-unfit",
    fault=Fault.LOCAL,
    status=500,
    en="The value {value} of {field} cannot be stored: {cause}.",
    ja="{field}の値{value}は保存できません: {cause}。",
    hint_en="Refuse such a value where it comes in, before it is stored.",
    hint_ja="保存する前、受け取る時点でこの値を拒否してください。",
)
