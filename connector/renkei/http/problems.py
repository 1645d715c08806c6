"""What can go wrong at the edge: a request that cannot be served, a line to a partner that cannot be used."""

from __future__ import annotations

from typing import Final

from renkei.kernel.problems import Fault, Problem

# --- requests that come in -----------------------------------------------------------------------

NOT_FOUND: Final = Problem(
    code="http-not-found",
    fault=Fault.PEER,
    status=404,
    en="There is nothing at {path}.",
    ja="{path} には何もありません。",
    hint_en="Check the path; the base address ends before /catalog, /negotiations or /transfers.",
    hint_ja="パスを確認してください。ベースアドレスは /catalog、/negotiations、/transfers の手前までです。",
)
METHOD_NOT_ALLOWED: Final = Problem(
    code="http-method-not-allowed",
    fault=Fault.PEER,
    status=405,
    en="{path} does not take {method}, only {allowed}.",
    ja="{path} は {method} を受け付けません。使えるのは {allowed} です。",
    hint_en="Use one of the methods named.",
    hint_ja="示されたメソッドを使ってください。",
)
MALFORMED: Final = Problem(
    code="http-malformed",
    fault=Fault.PEER,
    status=400,
    en="The request is not well-formed: {cause}.",
    ja="要求の形式が正しくありません: {cause}。",
    hint_en="Send HTTP/1.1 with percent-encoded UTF-8 in the path and each query name once.",
    hint_ja="HTTP/1.1で、パスはパーセント符号化したUTF-8、クエリの名前は1度ずつで送ってください。",
)
TOO_LARGE: Final = Problem(
    code="http-too-large",
    fault=Fault.PEER,
    status=413,
    en="The body has more than {limit} bytes.",
    ja="本文が上限の{limit}バイトを超えています。",
    hint_en="Send less in one request.",
    hint_ja="1回の要求の量を減らしてください。",
)
ENCODED: Final = Problem(
    code="http-encoded",
    fault=Fault.PEER,
    status=415,
    en="The body is encoded with {encoding}; only bodies as they are get read.",
    ja="本文が{encoding}で符号化されています。符号化されていない本文のみ受け付けます。",
    hint_en="Send the body without Content-Encoding.",
    hint_ja="Content-Encodingなしで本文を送ってください。",
)
WRONG_MEDIA_TYPE: Final = Problem(
    code="http-wrong-media-type",
    fault=Fault.PEER,
    status=415,
    en="The body is {found}; JSON is expected.",
    ja="本文が {found} です。JSONが必要です。",
    hint_en="Send application/json (application/ld+json is taken as well).",
    hint_ja="application/json で送ってください(application/ld+json も受け付けます)。",
)
SLOW: Final = Problem(
    code="http-slow",
    fault=Fault.PEER,
    status=408,
    en="The body did not arrive within {seconds} seconds.",
    ja="本文が{seconds}秒以内に届きませんでした。",
    hint_en="Send it again on a better line.",
    hint_ja="回線の状態を確認して再送してください。",
)
VANISHED: Final = Problem(
    code="http-vanished",
    fault=Fault.PEER,
    status=400,
    en="The sender broke off after {size} bytes, before the body was complete.",
    ja="送信側が{size}バイトを送った後、本文の途中で切断しました。",
    hint_en="Send the request again.",
    hint_ja="もう一度送ってください。",
)
BUSY: Final = Problem(
    code="http-busy",
    fault=Fault.LOCAL,
    status=503,
    en="All {limit} connections are in use.",
    ja="{limit}本の接続がすべて使用中です。",
    hint_en="Try again shortly; the operator can raise the number of connections.",
    hint_ja="少し待って再試行してください。接続数の上限は運用者が変更できます。",
)
CRASHED: Final = Problem(
    code="http-crashed",
    fault=Fault.LOCAL,
    status=500,
    en="The request could not be served because of a fault on this side.",
    ja="こちら側の不具合により要求を処理できませんでした。",
    hint_en="Try again later; the operator finds the cause in the log.",
    hint_ja="後で再試行してください。原因は運用者がログで確認できます。",
)
CANNOT_LISTEN: Final = Problem(
    code="http-cannot-listen",
    fault=Fault.CONFIGURATION,
    en="Cannot listen on {host} port {port}: {cause}.",
    ja="{host} のポート{port}で待ち受けできません: {cause}。",
    hint_en="Choose a free port and an address of this machine, or stop the program that holds it.",
    hint_ja="空いているポートとこの機械のアドレスを指定するか、使用中のプログラムを止めてください。",
)
ROUTE_TWICE: Final = Problem(
    code="http-route-twice",
    fault=Fault.LOCAL,
    en="The route {method} {path} stands twice in the table or is not a path.",
    ja="経路 {method} {path} が表に2度あるか、パスになっていません。",
    hint_en="Keep one of the two.",
    hint_ja="どちらか一方だけにしてください。",
)

# --- the line to a partner -----------------------------------------------------------------------

UNREACHABLE: Final = Problem(
    code="line-unreachable",
    fault=Fault.PEER,
    status=502,
    en="No usable answer from {url}: {cause}.",
    ja="{url} から使える応答がありません: {cause}。",
    hint_en="Check that the partner's system is running and that this machine may reach it.",
    hint_ja="相手のシステムが動作しており、この機械から到達できることを確認してください。",
)
TIMEOUT: Final = Problem(
    code="line-timeout",
    fault=Fault.PEER,
    status=504,
    en="{url} did not answer in time.",
    ja="{url} が時間内に応答しませんでした。",
    hint_en="Try again later; if it stays slow, raise the time limit of the line.",
    hint_ja="後で再試行してください。遅い状態が続く場合は時間制限を延ばしてください。",
)
ANSWER_TOO_LARGE: Final = Problem(
    code="line-answer-too-large",
    fault=Fault.PEER,
    status=502,
    en="The answer of {url} has more than {limit} bytes.",
    ja="{url} の応答が上限の{limit}バイトを超えています。",
    hint_en="Ask for less at once, or raise the limit if this partner is trusted.",
    hint_ja="一度に求める量を減らすか、信頼できる相手なら上限を上げてください。",
)
FORBIDDEN_ADDRESS: Final = Problem(
    code="line-forbidden-address",
    fault=Fault.CONFIGURATION,
    status=400,
    en="{url} must not be called: {cause}.",
    ja="{url} への接続は許可されていません: {cause}。",
    hint_en="Use a public https address, or list the host or network among the allowed addresses.",
    hint_ja="公開されたhttpsアドレスを使うか、許可アドレスにホストまたはネットワークを追加してください。",
)
FORBIDDEN_HEADER: Final = Problem(
    code="line-forbidden-header",
    fault=Fault.PEER,
    status=400,
    en="The header {name} cannot be sent: it holds a character that no header may hold.",
    ja="ヘッダー {name} は送信できません。使用できない文字が含まれています。",
    hint_en="Ask the partner for an address and a token made of printable ASCII characters.",
    hint_ja="印字可能なASCII文字だけの宛先とトークンを相手に求めてください。",
)
BAD_ALLOWANCE: Final = Problem(
    code="line-bad-allowance",
    fault=Fault.CONFIGURATION,
    en="{entry} is neither a host name nor a network.",
    ja="{entry} はホスト名でもネットワークでもありません。",
    hint_en="Write a name like erp.example.com, an address, or a network like 10.20.0.0/16.",
    hint_ja="erp.example.com のような名前、アドレス、または 10.20.0.0/16 のようなネットワークを書いてください。",
)

# --- DID documents -------------------------------------------------------------------------------

DID_UNRESOLVABLE: Final = Problem(
    code="trust-did-unresolvable",
    fault=Fault.PEER,
    status=503,
    en="The DID document of {did} cannot be read now: {cause}.",
    ja="{did} の DID ドキュメントを現在取得できません: {cause}。",
    hint_en="Try again shortly; check that the host in the DID is running and reachable.",
    hint_ja="少し待って再試行し、DIDのホストが動作していて到達できることを確認してください。",
)
DID_REFUSED: Final = Problem(
    code="trust-did-refused",
    fault=Fault.PEER,
    status=401,
    en="What lies at the address of {did} is no DID document: {cause}.",
    ja="{did} の示す場所にあるものは DID ドキュメントではありません: {cause}。",
    hint_en="Ask the partner to serve its did.json as JSON, over https and without redirects.",
    hint_ja="did.json を https でリダイレクトなしに JSON として公開するよう相手に依頼してください。",
)
