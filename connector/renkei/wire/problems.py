"""What can be wrong with a message as bytes. What is wrong with an offer's terms is said by ``policy.problems``."""

from __future__ import annotations

from renkei.kernel.problems import Fault, Problem

UNKNOWN_CONTEXT = Problem(
    code="wire-unknown-context",
    fault=Fault.PEER,
    status=400,
    en="The @context {found} is not the one that is understood here.",
    ja="@context {found} はここで解釈できるものではありません。",
    hint_en='Send "@context": ["{expected}"] and write other vocabularies as absolute IRIs.',
    hint_ja='"@context": ["{expected}"] とし、他の語彙は絶対IRIで書いてください。',
)
NESTED_CONTEXT = Problem(
    code="wire-nested-context",
    fault=Fault.PEER,
    status=400,
    en="{path}: an inner @context would give the same words another meaning.",
    ja="{path}: 内側の@contextは同じ語に別の意味を与えるため使えません。",
    hint_en="Use one @context at the top, and absolute IRIs below it.",
    hint_ja="@contextは最上位に1つだけ置き、内側では絶対IRIを使ってください。",
)
WRONG_TYPE = Problem(
    code="wire-wrong-type",
    fault=Fault.PEER,
    status=400,
    en="{path}: {expected} is expected, not {found}.",
    ja="{path}: {expected} が必要ですが、{found} です。",
    hint_en="Send the @type that this place takes.",
    hint_ja="この場所に合う@typeを送ってください。",
)
MISSING_MEMBER = Problem(
    code="wire-missing-member",
    fault=Fault.PEER,
    status=400,
    en="{path}: this member is required.",
    ja="{path}: この項目は必須です。",
    hint_en="Add the member; the schemas of DSP 2025-1 list what each message needs.",
    hint_ja="項目を追加してください。必須項目はDSP 2025-1のスキーマにあります。",
)
WRONG_FORM = Problem(
    code="wire-wrong-form",
    fault=Fault.PEER,
    status=400,
    en="{path}: {expected} is expected, not {found}.",
    ja="{path}: {expected} が必要ですが、{found} です。",
    hint_en="Send the member as the schemas of DSP 2025-1 describe it.",
    hint_ja="DSP 2025-1のスキーマに従って送ってください。",
)
EMPTY_TEXT = Problem(
    code="wire-empty-text",
    fault=Fault.PEER,
    status=400,
    en="{path}: this text is empty.",
    ja="{path}: 文字列が空です。",
    hint_en="Leave the member out or give it its value.",
    hint_ja="項目を省くか、値を入れてください。",
)
FORBIDDEN_MEMBER = Problem(
    code="wire-forbidden-member",
    fault=Fault.PEER,
    status=400,
    en="{path}: this member must not stand here.",
    ja="{path}: この項目はここに置けません。",
    hint_en="Leave the member out.",
    hint_ja="項目を省いてください。",
)
ONE_OF = Problem(
    code="wire-one-of",
    fault=Fault.PEER,
    status=400,
    en="Exactly one of {members} is expected, not {found}.",
    ja="{members} のうち1つだけが必要ですが、{found} です。",
    hint_en="The opening message carries the callback address, every later one the partner's process id.",
    hint_ja="最初のメッセージはコールバックアドレスを、以後は相手のプロセスIDを含めます。",
)
SECOND_SPELLING = Problem(
    code="wire-second-spelling",
    fault=Fault.PEER,
    status=400,
    en="{path} spells the member {member} in another way, where plain JSON readers would miss it.",
    ja="{path} は項目 {member} の別表記で、JSONとして読む相手には見えません。",
    hint_en="Write {member}.",
    hint_ja="{member} と書いてください。",
)
BROKEN_TEXT = Problem(
    code="wire-broken-text",
    fault=Fault.PEER,
    status=400,
    en="{path}: a text holds a lone surrogate or a NUL.",
    ja="{path}: 文字列に単独のサロゲートまたはNULが含まれています。",
    hint_en="Send well-formed Unicode without NUL.",
    hint_ja="NULを含まない正しいUnicodeで送ってください。",
)
BROKEN_JSON_LD = Problem(
    code="wire-json-ld-broken",
    fault=Fault.PEER,
    status=400,
    en="The body is not JSON-LD: {cause}.",
    ja="本文がJSON-LDとして読めません: {cause}。",
    hint_en='Send "@context": ["https://w3id.org/dspace/2025/1/context.jsonld"] alone, and JSON as the schemas say.',
    hint_ja="@contextをDSP 2025-1のものだけにし、スキーマ通りのJSONで送ってください。",
)
TOO_MANY_NODES = Problem(
    code="wire-json-ld-too-large",
    fault=Fault.PEER,
    status=413,
    en="The body has more than {limit} values, too many under more than one @context.",
    ja="複数の@contextを用いる本文の値の数が上限の{limit}を超えています。",
    hint_en='Send "@context": ["https://w3id.org/dspace/2025/1/context.jsonld"] alone, or less in one message.',
    hint_ja="@contextをDSP 2025-1のものだけにするか、1通の量を減らしてください。",
)
TOO_SLOW = Problem(
    code="wire-json-ld-too-slow",
    fault=Fault.PEER,
    status=413,
    en="Reading the body under more than one @context took longer than {limit} seconds.",
    ja="複数の@contextを用いる本文の解釈が{limit}秒以内に終わりませんでした。",
    hint_en='Send "@context": ["https://w3id.org/dspace/2025/1/context.jsonld"] alone, or less in one message.',
    hint_ja="@contextをDSP 2025-1のものだけにするか、1通の量を減らしてください。",
)
LOST_TERMS = Problem(
    code="wire-lost-terms",
    fault=Fault.PEER,
    status=400,
    en="JSON-LD drops or merges these terms of the policy, which would change the contract: {terms}.",
    ja="ポリシーの次の語はJSON-LDで失われるか統合され、契約が変わってしまいます: {terms}。",
    hint_en="Write them as absolute IRIs, each once and with a value.",
    hint_ja="絶対IRIで、それぞれ1回だけ値とともに書いてください。",
)
UNSENDABLE = Problem(
    code="wire-unsendable",
    fault=Fault.LOCAL,
    en="This {kind} cannot be sent: {cause}",
    ja="この{kind}は送れません: {cause}",
    hint_en="Mend the message; nothing was sent.",
    hint_ja="メッセージを修正してください。まだ何も送信されていません。",
)
VERSION_DOCUMENT = Problem(
    code="wire-version-document",
    fault=Fault.PEER,
    status=400,
    en="The partner's version document is not usable: {path}: {expected} is expected.",
    ja="相手のバージョン文書が使えません: {path}: {expected} が必要です。",
    hint_en="The partner must serve /.well-known/dspace-version as DSP 2025-1 describes it.",
    hint_ja="相手は /.well-known/dspace-version をDSP 2025-1の通りに提供する必要があります。",
)
NO_COMMON_VERSION = Problem(
    code="wire-no-common-version",
    fault=Fault.PEER,
    status=400,
    en="The partner speaks {offered}, we speak {ours}.",
    ja="相手の対応版は {offered}、当方は {ours} です。",
    hint_en="The partner must offer a version that we speak.",
    hint_ja="共通の版が必要です。",
)
EMPTY_PID = Problem(
    code="wire-empty-pid",
    fault=Fault.PEER,
    status=400,
    en="{path}: a process id is never empty.",
    ja="{path}: プロセスIDは空にできません。",
    hint_en="Send the id under which the process was opened.",
    hint_ja="プロセス開始時のIDを送ってください。",
)
CALLBACK_ADDRESS = Problem(
    code="wire-callback-address",
    fault=Fault.PEER,
    status=400,
    en="{path}: {found} is not an address that can be called back.",
    ja="{path}: {found} はコールバックできるアドレスではありません。",
    hint_en="Send an absolute http or https URL without user, query or fragment, of at most {limit} characters.",
    hint_ja="ユーザー情報・クエリ・フラグメントのない{limit}文字以内の絶対http(s) URLを送ってください。",
)
OFFER_TARGET = Problem(
    code="wire-offer-target",
    fault=Fault.PEER,
    status=400,
    en="{path}: an offer in a negotiation names the dataset it is about.",
    ja="{path}: 交渉中のオファーは対象データセットを示す必要があります。",
    hint_en="Add the target: the id of the dataset.",
    hint_ja="targetにデータセットのIDを入れてください。",
)
AGREEMENT_TIMESTAMP = Problem(
    code="wire-agreement-timestamp",
    fault=Fault.PEER,
    status=400,
    en="{path}: an agreement tells when it was concluded.",
    ja="{path}: 合意には締結日時が必要です。",
    hint_en="Add the timestamp, like 2026-11-22T09:30:00Z.",
    hint_ja="timestampを 2026-11-22T09:30:00Z のように入れてください。",
)
