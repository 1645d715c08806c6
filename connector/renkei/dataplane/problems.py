"""What can go wrong when bytes are served or received.

What a partner gets to read of a failing source names the dataset only; the place and the cause are for our own log.
"""

from __future__ import annotations

from typing import Final

from renkei.kernel.problems import Fault, Problem

# --- serving -------------------------------------------------------------------------------------

WRONG_METHOD: Final = Problem(
    code="data-wrong-method",
    fault=Fault.PEER,
    status=405,
    en="The dataset {dataset} does not take {method}, only {allowed}.",
    ja="データセット{dataset}は{method}を受け付けません。使えるのは{allowed}です。",
    hint_en="Read data with GET; only a request box takes a POST.",
    hint_ja="データはGETで取得してください。POSTを受け付けるのは依頼箱だけです。",
)
UNAVAILABLE: Final = Problem(
    code="data-unavailable",
    fault=Fault.LOCAL,
    status=503,
    en="The bytes of the dataset {dataset} cannot be had at the moment.",
    ja="データセット{dataset}のデータは現在提供できません。",
    hint_en="Provider: the log says why. Consumer: try again later or talk to the provider.",
    hint_ja="提供者: 理由はログにあります。消費者: 後で再試行するか、提供者に連絡してください。",
)
ENDED: Final = Problem(
    code="data-stream-ended",
    fault=Fault.POLICY,
    status=401,
    en="The transfer of the dataset {dataset} was suspended, ended or got a new token while it was read.",
    ja="データセット{dataset}の転送は、送信中に一時停止・終了されたか、トークンが更新されました。",
    hint_en="Nothing is wrong here: the stream was cut on purpose. The consumer can request a new transfer.",
    hint_ja="異常ではありません。送信は意図的に打ち切られました。消費者は新しい転送を要求できます。",
)
UNUSABLE_SOURCE: Final = Problem(
    code="data-source-unusable",
    fault=Fault.CONFIGURATION,
    status=400,
    en="The {kind} source {place} cannot be served: {cause}.",
    ja="{kind}のソース{place}は提供できません: {cause}。",
    hint_en="Put the file into the folder files/ of the connector and name it relative to that; a stored document is "
    "named by its id, a callable as it was registered.",
    hint_ja="コネクタの files/ フォルダーにファイルを置き、そこからの相対名で指定してください。保存済み文書はID、"
    "関数は登録名で指定します。",
)
SOURCE_BROKE: Final = Problem(
    code="data-source-broke",
    fault=Fault.LOCAL,
    en="The {kind} source {place} broke off: {cause}.",
    ja="{kind}のソース{place}が途中で途切れました: {cause}。",
    hint_en="The consumer's transfer was cut; mend the source, then let it ask again.",
    hint_ja="消費者への転送は中断されました。ソースを修復し、再度要求してもらってください。",
)

# --- receiving -----------------------------------------------------------------------------------

REFUSED: Final = Problem(
    code="data-refused",
    fault=Fault.PEER,
    status=502,
    en="The provider's data plane answered {status}: {cause}.",
    ja="提供者のデータプレーンが{status}を返しました: {cause}。",
    hint_en="Read the provider's reason. Where a token has ended (401), request a new transfer; where the agreement "
    "permits no more (`policy-refused`: its count is used up, say), a new agreement: `renkei negotiate`.",
    hint_ja="提供者の理由を確認してください。トークンが無効な場合(401)は転送を再度要求してください。回数の上限など、"
    "合意がもう許可しない場合(`policy-refused`)は新しい合意が必要です: `renkei negotiate`。",
)
TOO_LARGE: Final = Problem(
    code="data-too-large",
    fault=Fault.PEER,
    status=502,
    en="The data has more than {limit} bytes.",
    ja="データが上限の{limit}バイトを超えています。",
    hint_en="Fetch it into a file, or raise the limit.",
    hint_ja="ファイルに受け取るか、上限を引き上げてください。",
)
CUT_SHORT: Final = Problem(
    code="data-cut-short",
    fault=Fault.PEER,
    status=502,
    en="The data broke off after {size} bytes: {cause}.",
    ja="データが{size}バイトで途切れました: {cause}。",
    hint_en="Nothing was kept. Fetch it again; the provider may have suspended the transfer.",
    hint_ja="何も保存されていません。再度取得してください。提供者が転送を中断した可能性があります。",
)
DIGEST_DIFFERS: Final = Problem(
    code="data-digest-differs",
    fault=Fault.PEER,
    status=502,
    en="The data has the SHA-256 {found}, but its sender announced {told}.",
    ja="データのSHA-256は{found}ですが、送信者が示した値は{told}です。",
    hint_en="Nothing was kept. Fetch it again; if it stays, ask the provider.",
    hint_ja="何も保存されていません。再度取得し、続く場合は提供者に問い合わせてください。",
)
NOT_WRITTEN: Final = Problem(
    code="data-not-written",
    fault=Fault.CONFIGURATION,
    status=500,
    en="The data cannot be written to {path}: {cause}.",
    ja="データを{path}に書き込めません: {cause}。",
    hint_en="Check the folder, its permissions and the free space.",
    hint_ja="フォルダー、権限、空き容量を確認してください。",
)
