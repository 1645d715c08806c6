"""What can go wrong in the use cases."""

from __future__ import annotations

from renkei.kernel.problems import Fault, Problem

UNKNOWN_PROCESS = Problem(
    code="process-unknown",
    fault=Fault.PEER,
    status=404,
    en="There is no such process.",
    ja="該当するプロセスはありません。",
    hint_en="Check the pid; a process of another participant does not exist for you.",
    hint_ja="pidを確認してください。他の参加者のプロセスは存在しないものとして扱われます。",
)
WRONG_PID = Problem(
    code="process-wrong-pid",
    fault=Fault.PEER,
    status=400,
    en="The message names {name} {given}, but this process has {known}.",
    ja="メッセージの{name}は{given}ですが、このプロセスでは{known}です。",
    hint_en="Send the pids of the process in the path.",
    hint_ja="パスのプロセスと同じpidを送ってください。",
)
PID_USED = Problem(
    code="process-pid-used",
    fault=Fault.PEER,
    status=400,
    en="The pid {pid} names another negotiation of yours already.",
    ja="pid {pid} は既に別の交渉に使われています。",
    hint_en="Choose a new pid for every negotiation; send the same bytes to repeat a message.",
    hint_ja="交渉ごとに新しいpidを選んでください。再送は同じ内容で送ってください。",
)
UNKNOWN_DATASET = Problem(
    code="catalog-unknown-dataset",
    fault=Fault.PEER,
    status=404,
    en="There is no dataset {dataset} for you.",
    ja="データセット{dataset}は提供されていません。",
    hint_en="Look at the catalog: what is not shown there cannot be had.",
    hint_ja="カタログを確認してください。表示されないものは取得できません。",
)
BACKLOG = Problem(
    code="process-backlog",
    fault=Fault.PEER,
    status=429,
    en="{limit} of our messages to this participant wait to be taken: nothing new is begun before.",
    ja="この参加者への当方のメッセージが{limit}件受信待ちです。それまで新しい処理は開始しません。",
    hint_en="Answer at your callback address, then try again.",
    hint_ja="コールバックアドレスで応答してから再試行してください。",
)
TOO_MANY_TERMS = Problem(
    code="negotiation-too-many-terms",
    fault=Fault.PEER,
    status=413,
    en="The policy has more than {limit} rules and constraints or more than {values} values, too many to negotiate.",
    ja="ポリシーの規則と制約が{limit}個、または値が{values}個を超えており、交渉できません。",
    hint_en="Put fewer terms into one offer, or name a document that holds them.",
    hint_ja="1つのオファーの条件を減らすか、条件を記した文書を指定してください。",
)
READING_BACKLOG = Problem(
    code="reading-backlog",
    fault=Fault.PEER,
    status=429,
    en="Too many messages wait to be read before this one; at most {limit} of one participant may.",
    ja="読み取り待ちのメッセージが多すぎます。1参加者につき{limit}件までです。",
    hint_en="Try again shortly; a small message under the @context of DSP 2025-1 alone never waits.",
    hint_ja="少し待って再試行してください。小さく、@contextがDSP 2025-1のものだけのメッセージは待ちません。",
)
UNSUPPORTED_FILTER = Problem(
    code="catalog-unsupported-filter",
    fault=Fault.PEER,
    status=400,
    en="This provider does not support that catalog filter: {cause}.",
    ja="このカタログフィルターには対応していません: {cause}。",
    hint_en="Correct that criterion, or ask without a filter and follow the Link header to the next page.",
    hint_ja="その条件を修正するか、フィルターなしで要求してLinkヘッダーで次のページへ進んでください。",
)
BAD_PAGE = Problem(
    code="catalog-bad-page",
    fault=Fault.PEER,
    status=400,
    en="That page of the catalog does not exist.",
    ja="そのカタログのページは存在しません。",
    hint_en="Follow the Link headers as they were given.",
    hint_ja="与えられたLinkヘッダーをそのまま使ってください。",
)
UNKNOWN_OFFER = Problem(
    code="negotiation-unknown-offer",
    fault=Fault.PEER,
    status=400,
    en="The offer {offer} is not one of ours for {dataset}.",
    ja="オファー{offer}は{dataset}に対する当方のものではありません。",
    hint_en="Fetch the dataset from the catalog and ask for one of its offers.",
    hint_ja="カタログからデータセットを取得し、そのオファーを要求してください。",
)
OFFER_DIFFERS = Problem(
    code="negotiation-offer-differs",
    fault=Fault.POLICY,
    status=400,
    en="The terms asked for are not the terms offered: {differences}.",
    ja="要求された条件が提示条件と異なります: {differences}。",
    hint_en="Ask for the offer as it stands in the catalog.",
    hint_ja="カタログのオファーをそのまま要求してください。",
)
TOO_MANY_OFFERS = Problem(
    code="negotiation-too-many-offers",
    fault=Fault.PEER,
    status=400,
    en="This negotiation has seen {count} offers, and takes no more.",
    ja="この交渉では既に{count}件のオファーが提示されており、これ以上は受け付けられません。",
    hint_en="Accept the offer on the table, or end this negotiation and begin another.",
    hint_ja="提示中のオファーを承諾するか、この交渉を終了して新たに始めてください。",
)
NO_OFFER_FOR_US = Problem(
    code="negotiation-bad-offer",
    fault=Fault.PEER,
    status=400,
    en="The offer cannot be put on the table: {cause}.",
    ja="このオファーは提示できません: {cause}。",
    hint_en="Offer the dataset that is negotiated, in the provider's name, signed.",
    hint_ja="交渉中のデータセットについて、提供者の名義で署名したオファーを提示してください。",
)
NOBODY_ASKED = Problem(
    code="negotiation-nobody-asked",
    fault=Fault.LOCAL,
    status=409,
    en="Negotiation {pid} waits for nobody's decision.",
    ja="交渉{pid}は承認待ちではありません。",
    hint_en="See with `renkei inbox` what waits; it may have been decided, or its time may have run out.",
    hint_ja="`renkei inbox` で承認待ちの一覧を確認してください。既に決定済みか、期限切れの可能性があります。",
)
FOREIGN_CALLBACK = Problem(
    code="process-foreign-callback",
    fault=Fault.PEER,
    status=400,
    en="The callback address is at {host}, which is no host of {partner}.",
    ja="コールバックアドレスのホスト{host}は、{partner}のものではありません。",
    hint_en="Name a host of the DID or of a service in the DID document; the operator here may also list the host.",
    hint_ja="DIDまたはDID文書のサービスのホストを指定してください。受信側の運用者が設定でホストを許可することもできます。",
)
NOT_FOR_SIDE = Problem(
    code="negotiation-not-for-side",
    fault=Fault.PEER,
    status=400,
    en="{message} cannot be sent to the {side}.",
    ja="{message}は{side}に送れません。",
    hint_en="Only the consumer accepts and verifies; only the provider offers, agrees and finalizes.",
    hint_ja="承諾と検証は消費者だけが、提示・合意・確定は提供者だけが送れます。",
)
BAD_AGREEMENT = Problem(
    code="negotiation-bad-agreement",
    fault=Fault.PEER,
    status=400,
    en="The agreement cannot be taken: {cause}.",
    ja="この合意は受け入れられません: {cause}。",
    hint_en="Send the agreement for the last offer, between the two of us, signed.",
    hint_ja="最後のオファーに対する、両者間の署名付き合意を送ってください。",
)
UNSIGNED = Problem(
    code="negotiation-unsigned",
    fault=Fault.POLICY,
    status=400,
    en="The {artefact} of {partner} is not signed.",
    ja="{partner}の{artefact}に署名がありません。",
    hint_en="Ask the partner to sign, or name it under `unsigned_partners` in the configuration.",
    hint_ja="相手に署名を依頼するか、設定の `unsigned_partners` に相手を記載してください。",
)
REFUSED_BY_POLICY = Problem(
    code="policy-refused",
    fault=Fault.POLICY,
    status=403,
    en="The policy does not permit this: {reasons}.",
    ja="ポリシーにより許可されません: {reasons}。",
    hint_en="Read the reasons. What we use data for stands under `purposes` in [connector], what we are ourselves in "
    "[register] under our own id; `renkei policy explain` tells what else would help.",
    hint_ja="理由を確認してください。利用目的は設定の [connector] の `purposes` に、自社の属性は自社IDの [register] に"
    "記載します。ほかの解決策は `renkei policy explain` で確認できます。",
)
ENDED = Problem(
    code="process-ended",
    fault=Fault.PEER,
    status=409,
    en="The {process} with {partner} ended as {state}: {cause}.",
    ja="{partner}との{process}は{state}で終了しました: {cause}。",
    hint_en="Read the partner's reason; then ask again or talk to the partner.",
    hint_ja="相手の理由を確認し、再度要求するか相手に連絡してください。",
)
TIMED_OUT = Problem(
    code="process-timed-out",
    fault=Fault.PEER,
    status=504,
    en="The {process} with {partner} did not reach {state} within {seconds} s: {cause}.",
    ja="{partner}との{process}は{seconds}秒以内に{state}に達しませんでした: {cause}。",
    hint_en="See `renkei status --events {id}`; ask again when the partner answers, or wait longer "
    "(`wait` in [connector]).",
    hint_ja="`renkei status --events {id}` で経過を確認し、相手が応答するようになったら再度要求するか、待ち時間"
    "([connector] の `wait`)を延ばしてください。",
)
NO_PARTNER = Problem(
    code="partner-unknown",
    fault=Fault.CONFIGURATION,
    status=404,
    en="{partner} is no partner that can be reached: {cause}.",
    ja="{partner}は到達できる取引先ではありません: {cause}。",
    hint_en="Check the spelling: GET /v1/about lists the names that are known. A new one goes under `[partners]` "
    "(short name = participant id) of renkei.toml; the daemon reads that when it is started again.",
    hint_ja="綴りを確認してください。登録済みの名前は GET /v1/about で一覧できます。新しい相手は renkei.toml の "
    "`[partners]` に追加し(短い名前 = 参加者ID)、デーモンを再起動してください。",
)
PARTNER_REFUSED = Problem(
    code="partner-refused",
    fault=Fault.PEER,
    status=502,
    en="{partner} answered {status}: {cause}.",
    ja="{partner}が{status}を返しました: {cause}。",
    hint_en="Act on what it says, then try again; where that does not help, its operator finds the call in its log.",
    hint_ja="相手の理由に対応してから再試行してください。解決しない場合は、相手の運用者がログで呼び出しを確認できます。",
)
UNREADABLE_ANSWER = Problem(
    code="partner-answer-unreadable",
    fault=Fault.PEER,
    status=502,
    en="The answer of {partner} to {asked} cannot be read: {cause}.",
    ja="{asked}に対する{partner}の回答を解釈できません: {cause}。",
    hint_en="Show this to the partner's operator: its connector sent it.",
    hint_ja="相手の運用者にこの内容を伝えてください。相手のコネクタが送信したものです。",
)
UNKNOWN_AGREEMENT = Problem(
    code="transfer-unknown-agreement",
    fault=Fault.PEER,
    status=400,
    en="There is no agreement {agreement} in force between us.",
    ja="合意{agreement}は両者間で有効ではありません。",
    hint_en="Negotiate an agreement first and wait until it is FINALIZED.",
    hint_ja="先に合意を交渉し、FINALIZEDになるまで待ってください。",
)
WRONG_FORMAT = Problem(
    code="transfer-wrong-format",
    fault=Fault.PEER,
    status=400,
    en="{format} is not a format of {dataset}.",
    ja="{format}は{dataset}の形式ではありません。",
    hint_en="Send the format of one of the dataset's distributions.",
    hint_ja="データセットの配信形式のいずれかを指定してください。",
)
BAD_TOKEN = Problem(
    code="data-token-refused",
    fault=Fault.POLICY,
    status=401,
    en="The data token is not valid here: unknown, expired, or its transfer is not running.",
    ja="データトークンは無効です(未知、期限切れ、または転送が進行中ではありません)。",
    hint_en="Request a transfer again and use the token of its start message.",
    hint_ja="転送を再度要求し、その開始メッセージのトークンを使ってください。",
)
NO_DATA_ADDRESS = Problem(
    code="transfer-no-data-address",
    fault=Fault.PEER,
    status=400,
    en="The start of a pull has no usable data address: {cause}.",
    ja="pull転送の開始に有効なデータアドレスがありません: {cause}。",
    hint_en="Send an endpoint and an authorization as endpoint properties.",
    hint_ja="エンドポイントと認可情報をプロパティとして送ってください。",
)
BAD_RECORD = Problem(
    code="record-refused",
    fault=Fault.PEER,
    status=400,
    en="The record from {partner} is refused: {cause}.",
    ja="{partner}からの記録を拒否しました: {cause}。",
    hint_en="Nothing was stored. Ask the partner for the record as it was signed.",
    hint_ja="何も保存されていません。署名された通りの記録を相手に求めてください。",
)
UNKNOWN_REQUEST = Problem(
    code="request-unknown",
    fault=Fault.LOCAL,
    status=404,
    en="There is no request {request}.",
    ja="依頼{request}はありません。",
    hint_en="`renkei inbox` lists those we were asked, `renkei inbox --sent` those we have asked.",
    hint_ja="受け取った依頼は `renkei inbox`、送った依頼は `renkei inbox --sent` で一覧できます。",
)
REQUEST_CLOSED = Problem(
    code="request-closed",
    fault=Fault.LOCAL,
    status=409,
    en="The request {request} is {state} and takes no {step}.",
    ja="依頼{request}は{state}のため、{step}できません。",
    hint_en="Make a new request.",
    hint_ja="新しい依頼を作成してください。",
)
TOO_MANY_REQUESTS = Problem(
    code="request-too-many",
    fault=Fault.PEER,
    status=409,
    en="{limit} requests of this participant for {part} are open already.",
    ja="この参加者からの{part}に関する依頼が既に{limit}件未回答です。",
    hint_en="Wait for an answer or cancel some; where two companies supply each other, answer with a gap.",
    hint_ja="回答を待つか、一部を取り消してください。相互に供給している場合は欠落として回答してください。",
)
CIRCLE = Problem(
    code="request-circle",
    fault=Fault.PEER,
    status=409,
    en="{limit} requests of this participant for {part}, of the same kinds and for the same day, are open already: "
    "companies that supply each other ask in a circle.",
    ja="この参加者からの{part}に関する同じ種類・同じ期限の依頼が既に{limit}件未回答です。相互に供給する企業の間で依頼が循環しています。",
    hint_en="Do nothing: the answer goes out with a gap, and is restated once the component's record comes.",
    hint_ja="対応は不要です。回答は欠落付きで送られ、部品のレコードが届いた時点で自動的に更新されます。",
)
BAD_BOX_MESSAGE = Problem(
    code="request-malformed",
    fault=Fault.PEER,
    status=400,
    en="The message in the request box is not understood: {cause}.",
    ja="依頼箱のメッセージを解釈できません: {cause}。",
    hint_en="Send one of Request, AnswerReady, Progress, Return, Reminder, Remark, Rejection, Cancellation, "
    "ConsentRequest, ConsentDecision, Notice with all its members.",
    hint_ja="Request、AnswerReady、Progress、Return、Reminder、Remark、Rejection、Cancellation、ConsentRequest、"
    "ConsentDecision、Notice のいずれかを必要項目付きで送ってください。",
)
UNKNOWN_PART = Problem(
    code="part-unknown",
    fault=Fault.LOCAL,
    status=404,
    en="The part {part} is not registered here.",
    ja="部品{part}は登録されていません。",
    hint_en="Register it with its BOM and inventory before answering.",
    hint_ja="回答の前に、部品表とインベントリーとともに登録してください。",
)
INCOMPLETE_PART = Problem(
    code="part-incomplete",
    fault=Fault.CONFIGURATION,
    status=409,
    en="The part {part} has no {missing}, so it cannot be answered for {kind}.",
    ja="部品{part}には{missing}がないため、{kind}に回答できません。",
    hint_en="Register the part again with that file, or reject the request.",
    hint_ja="そのファイルを付けて部品を登録し直すか、依頼を拒否してください。",
)
BY_HAND = Problem(
    code="part-by-hand",
    fault=Fault.LOCAL,
    status=409,
    en="Requests for the part {part} are answered by a person.",
    ja="部品{part}への依頼には担当者が回答します。",
    hint_en="Answer or reject it; register the part again with --automatic to have its requests answered at once.",
    hint_ja="回答または拒否してください。自動で回答するには、--automatic を付けて部品を登録し直してください。",
)
OTHER_CUSTOMERS = Problem(
    code="part-other-customers",
    fault=Fault.LOCAL,
    status=409,
    en="{partner} is not one of the customers for whom the part {part} is answered automatically.",
    ja="{partner}は、部品{part}に自動で回答する顧客に含まれていません。",
    hint_en="Answer or reject it; to have this one answered at once, register the part with a --customer for each.",
    hint_ja="回答または拒否してください。自動で回答するには、全顧客を --customer で指定して登録し直してください。",
)
UNFIT_UNIT = Problem(
    code="record-unfit-unit",
    fault=Fault.PEER,
    status=409,
    en="The record of {partner} for {component} is per {given}, but {line} of the bill of materials of {part} counts "
    "it in {wanted}.",
    ja="{partner}の{component}の記録は{given}当たりですが、{part}の部品表の{line}では{wanted}で数えています。",
    hint_en="Until they fit the component is a gap: correct that line and register the part again, or ask the supplier "
    "for a record in a unit of that kind.",
    hint_ja="単位が合うまでこの部品は欠落として扱われます。部品表の行を修正して登録し直すか、合う単位の記録を"
    "供給者に求めてください。",
)
GAPS = Problem(
    code="answer-with-gaps",
    fault=Fault.PEER,
    status=409,
    en="The answer went out without {count} of the components: {gaps}.",
    ja="回答には部品{count}件のデータが含まれていません: {gaps}。",
    hint_en="Look with `renkei inbox REQUEST` at what each supplier was asked and said; answer again when it is there.",
    hint_ja="`renkei inbox REQUEST` で各供給者への依頼と回答を確認し、データがそろったら再度回答してください。",
)
PAST_DATE = Problem(
    code="request-date-past",
    fault=Fault.LOCAL,
    status=400,
    en="The date {due} is past.",
    ja="期日{due}は過ぎています。",
    hint_en="Ask for a day from today on.",
    hint_ja="本日以降の日付を指定してください。",
)
UNKNOWN_TEMPLATE = Problem(
    code="template-unknown",
    fault=Fault.CONFIGURATION,
    status=400,
    en="There is no policy template {template}.",
    ja="ポリシーテンプレート{template}はありません。",
    hint_en="Use one of: {known}.",
    hint_ja="次のいずれかを使ってください: {known}。",
)
UNKNOWN_THING = Problem(
    code="record-unknown",
    fault=Fault.LOCAL,
    status=404,
    en="There is no {kind} {id} here.",
    ja="{kind} {id} はありません。",
    hint_en="Check the id; GET {place} of the management API lists what there is.",
    hint_ja="idを確認してください。管理APIの GET {place} で一覧できます。",
)
BUSY = Problem(
    code="store-busy",
    fault=Fault.LOCAL,
    status=503,
    en="{what} was changed by other steps again and again.",
    ja="{what}が他の処理により繰り返し変更されました。",
    hint_en="Try again; if it stays, look for a partner that floods this process.",
    hint_ja="再試行してください。続く場合は、このプロセスに過剰に送信する相手を調べてください。",
)
WITHIN_ITSELF = Problem(
    code="step-within-itself",
    fault=Fault.LOCAL,
    en="A decision about {what} has begun another step on it.",
    ja="{what}についての判断の途中で、同じ対象への処理が開始されました。",
    hint_en="A rule book says what to do next and does not act by itself: return the step instead.",
    hint_ja="ルールブックは次の処理を返すだけにし、自ら実行しないでください。",
)
FORBIDDEN_ENDPOINT = Problem(
    code="transfer-forbidden-endpoint",
    fault=Fault.PEER,
    status=400,
    en="The data address {endpoint} cannot be used: {cause}.",
    ja="データアドレス {endpoint} は使用できません: {cause}。",
    hint_en="Name an https address that can be reached from outside your own network.",
    hint_ja="外部から到達できるhttpsアドレスを指定してください。",
)
GIVEN_UP = Problem(
    code="delivery-given-up",
    fault=Fault.PEER,
    status=504,
    en="{partner} could not be reached after {tries} tries: {cause}.",
    ja="{partner}に{tries}回試行しても届きませんでした: {cause}。",
    hint_en="Check that the partner is up, then begin again.",
    hint_ja="相手の稼働を確認し、やり直してください。",
)
COUNT_CONTESTED = Problem(
    code="usage-contested",
    fault=Fault.LOCAL,
    status=503,
    en="Uses under the agreement {agreement} are counted by so many at once that this one did not get its turn.",
    ja="契約 {agreement} の利用回数を多数が同時に数えているため、この利用の順番が回りませんでした。",
    hint_en="Try again in a moment; this use was not counted.",
    hint_ja="しばらくして再試行してください。この利用は数えられていません。",
)
NOTHING_TO_EXPLAIN = Problem(
    code="explain-unknown-subject",
    fault=Fault.LOCAL,
    status=404,
    en="There is no agreement, negotiation, dataset or offer {subject} here.",
    ja="契約・交渉・データセット・オファー {subject} はありません。",
    hint_en="Check the id; `renkei status` and GET /v1/assets of the management API list what there is.",
    hint_ja="idを確認してください。`renkei status` と管理APIの GET /v1/assets で一覧できます。",
)
NOBODY_ASKS = Problem(
    code="explain-nobody-asks",
    fault=Fault.CONFIGURATION,
    status=400,
    en="What we offer with {subject} is judged for somebody, and nobody is named.",
    ja="{subject} の提供条件は相手ごとに判断しますが、相手が指定されていません。",
    hint_en="Name the partner: `--partner`.",
    hint_ja="`--partner` で相手を指定してください。",
)
