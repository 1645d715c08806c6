"""What can go wrong on the command line itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from renkei.kernel.problems import Fault, Problem, RenkeiError

WRONG_COMMAND_LINE: Final = Problem(
    code="cli-wrong-command-line",
    fault=Fault.CONFIGURATION,
    en="{cause}",
    ja="コマンドラインが正しくありません: {cause}",
    hint_en="See `{program} --help`.",
    hint_ja="`{program} --help` を参照してください。",
)
CRASHED: Final = Problem(
    code="cli-crashed",
    fault=Fault.LOCAL,
    en="The command failed because of a fault in Renkei: {cause}.",
    ja="Renkeiの不具合によりコマンドが失敗しました: {cause}。",
    hint_en="Set RENKEI_TRACE=1 to see where, and report it.",
    hint_ja="RENKEI_TRACE=1 を設定して発生箇所を確認し、報告してください。",
)
UNREACHABLE: Final = Problem(
    code="cli-daemon-unreachable",
    fault=Fault.LOCAL,
    en="No daemon answers at {url}: {cause}.",
    ja="{url} のデーモンに接続できません: {cause}。",
    hint_en="Start it with `renkei serve --config FILE`, or name another one with --config or --url.",
    hint_ja="`renkei serve --config FILE` で起動するか、--config または --url で指定してください。",
)
NO_TOKEN: Final = Problem(
    code="cli-no-token",
    fault=Fault.CONFIGURATION,
    en="The management token cannot be read: {cause}.",
    ja="管理トークンを読み込めません: {cause}。",
    hint_en="Name its file with --token-file or RENKEI_TOKEN_FILE; it is management.token in the connector's folder.",
    hint_ja="--token-file または RENKEI_TOKEN_FILE で指定してください(フォルダー内の management.token)。",
)
BAD_URL: Final = Problem(
    code="cli-bad-url",
    fault=Fault.CONFIGURATION,
    en="{url} is no address of a management API.",
    ja="{url} は管理APIのアドレスではありません。",
    hint_en="Write it like http://127.0.0.1:8081.",
    hint_ja="http://127.0.0.1:8081 のように書いてください。",
)
FILE_UNREADABLE: Final = Problem(
    code="cli-file-unreadable",
    fault=Fault.CONFIGURATION,
    en="The file {path} cannot be read: {cause}.",
    ja="ファイル {path} を読み込めません: {cause}。",
    hint_en="Check the name and the permissions.",
    hint_ja="ファイル名と権限を確認してください。",
)
NOT_UTF8: Final = Problem(
    code="cli-file-not-utf8",
    fault=Fault.CONFIGURATION,
    en="The file {path} is not UTF-8: {cause}.",
    ja="ファイル {path} の文字コードがUTF-8ではありません: {cause}。",
    hint_en='Save it as UTF-8; in Excel choose the file type "CSV UTF-8".',
    hint_ja="UTF-8で保存してください。Excelではファイルの種類「CSV UTF-8(コンマ区切り)」を選びます。",
)
NO_JSON: Final = Problem(
    code="cli-file-no-json",
    fault=Fault.CONFIGURATION,
    en="The file {path} holds no usable JSON object: {cause}.",
    ja="ファイル {path} は使用できるJSONオブジェクトではありません: {cause}。",
    hint_en="Correct that place; {like} shows what such a file looks like.",
    hint_ja="該当箇所を修正してください。{like} に例があります。",
)
FILE_UNWRITABLE: Final = Problem(
    code="cli-file-unwritable",
    fault=Fault.CONFIGURATION,
    en="The file {path} cannot be written: {cause}.",
    ja="ファイル {path} に書き込めません: {cause}。",
    hint_en="Check the folder and the permissions.",
    hint_ja="フォルダーと権限を確認してください。",
)
ALREADY_THERE: Final = Problem(
    code="cli-already-there",
    fault=Fault.LOCAL,
    en="There is a connector in {folder} already; nothing was changed.",
    ja="{folder} には既にコネクタがあります。何も変更していません。",
    hint_en="Choose another folder, or start this one with `renkei serve`.",
    hint_ja="別のフォルダーを指定するか、`renkei serve` で起動してください。",
)
SHORT_NAME: Final = Problem(
    code="cli-short-name",
    fault=Fault.CONFIGURATION,
    en="{value} for {parameter} is no participant id.",
    ja="{parameter} の {value} は参加者IDではありません。",
    hint_en="Write the id, such as did:web:connector.example.com. Short names are known to the daemon alone: "
    "`renkei publish --template` takes them.",
    hint_ja="did:web:connector.example.com のような参加者IDを指定してください。略称を使えるのはデーモンだけです"
    "(`renkei publish --template`)。",
)
NO_HISTORY: Final = Problem(
    code="cli-no-history",
    fault=Fault.LOCAL,
    en="Nothing is known of {id}.",
    ja="{id} の履歴はありません。",
    hint_en="Give the id of a negotiation, transfer, request, dataset or part; an agreement's history is its "
    "negotiation's.",
    hint_ja="交渉・転送・依頼・データセット・部品のIDを指定してください。合意の履歴は交渉のIDで見られます。",
)
TIMED_OUT: Final = Problem(
    code="cli-timed-out",
    fault=Fault.PEER,
    en="After {seconds} s the {process} {id} is still {state}: {cause}.",
    ja="{process} {id} は{seconds}秒経過しても {state} のままです: {cause}。",
    hint_en="It goes on in the background; look again later, or wait longer with --wait.",
    hint_ja="処理は継続しています。後で確認するか、--wait を長くしてください。",
)


def still_going(process: str, name: str, found: Mapping[str, object], waited: float) -> RenkeiError:
    """That something has not ended in time, with what the daemon's last try to deliver ran into, if it did."""
    cause = found.get("trouble") or "the partner has not answered yet"
    return TIMED_OUT(seconds=waited, process=process, id=name, state=found["state"], cause=cause)
