"""What can go wrong with catalogs, beside what ``problems`` has of it."""

from __future__ import annotations

from typing import Final

from renkei.kernel.problems import Fault, Problem

UNUSABLE_ACCESS: Final = Problem(
    code="catalog-access-unusable",
    fault=Fault.CONFIGURATION,
    status=400,
    en="This access policy cannot be used: {cause}.",
    ja="このアクセスポリシーは使用できません: {cause_ja}。",
    hint_en="Write an ODRL set of permissions without targets: which assets it is about is told by the assets.",
    hint_ja="対象(target)を含まない許可のODRLセットを記述してください。対象は各アセットが指定します。",
)
UNKNOWN_DEFINITION: Final = Problem(
    code="catalog-unknown-definition",
    fault=Fault.CONFIGURATION,
    status=404,
    en="There is no contract definition {definition}.",
    ja="契約定義{definition}は存在しません。",
    hint_en="Store it first with `PUT /v1/contract-definitions/{{id}}`.",
    hint_ja="先に `PUT /v1/contract-definitions/{{id}}` で登録してください。",
)
USED_DEFINITION: Final = Problem(
    code="catalog-definition-used",
    fault=Fault.LOCAL,
    status=409,
    en="The contract definition {definition} tells who may see {count} of our datasets, so it cannot be deleted.",
    ja="契約定義{definition}は当方のデータセット{count}件の公開先を定めているため、削除できません。",
    hint_en="Withdraw them with `DELETE /v1/assets/{{id}}`, or publish them under another definition first.",
    hint_ja="先に `DELETE /v1/assets/{{id}}` で提供を終了するか、別の契約定義で公開し直してください。",
)
RESERVED_DEFINITION: Final = Problem(
    code="catalog-definition-reserved",
    fault=Fault.CONFIGURATION,
    status=400,
    en="A contract definition cannot be named {definition}.",
    ja="契約定義の名前に{definition}は使用できません。",
    hint_en="`anyone` and names that begin with `sha-256:` are given by Renkei itself; choose another one.",
    hint_ja="`anyone` と `sha-256:` で始まる名前は予約されています。別の名前を指定してください。",
)
NO_IRI: Final = Problem(
    code="catalog-dataset-no-iri",
    fault=Fault.CONFIGURATION,
    status=400,
    en="{dataset} cannot be a dataset's id: it is not an absolute IRI.",
    ja="{dataset} はデータセットIDにできません。絶対IRIではありません。",
    hint_en="Write it like urn:example:pcf-2026 or https://example.com/pcf-2026, or leave it out to have one made.",
    hint_ja="urn:example:pcf-2026 や https://example.com/pcf-2026 のように書くか、省略して自動で採番してください。",
)
TWO_AUDIENCES: Final = Problem(
    code="catalog-two-audiences",
    fault=Fault.CONFIGURATION,
    status=400,
    en="The dataset {dataset} is given more than one of `visible_to`, `access` and `definition`.",
    ja="データセット{dataset}に `visible_to`、`access`、`definition` が複数指定されています。",
    hint_en="Say once who may see it.",
    hint_ja="公開先の指定はいずれか1つにしてください。",
)
NO_TERMS: Final = Problem(
    code="catalog-no-terms",
    fault=Fault.CONFIGURATION,
    status=400,
    en="The dataset {dataset} has no terms: it names no policy, and its contract definition has none.",
    ja="データセット{dataset}に条件がありません。ポリシーも、条件を持つ契約定義も指定されていません。",
    hint_en="Give a policy, or a contract definition with terms: nothing is offered without them.",
    hint_ja="ポリシー、または条件を持つ契約定義を指定してください。条件なしでは提供しません。",
)
FILTER_TOO_LARGE: Final = Problem(
    code="catalog-filter-too-large",
    fault=Fault.PEER,
    status=413,
    en="The catalog filter has more than {limit} criteria or more than {values} values, too many to look through.",
    ja="カタログフィルターの条件が{limit}個、または値が{values}個を超えており、検索できません。",
    hint_en="Ask in several requests, each for a part, or without a filter, following the Link header.",
    hint_ja="複数の要求に分けるか、フィルターなしで要求してLinkヘッダーをたどってください。",
)
NEVER_PERMIT: Final = Problem(
    code="catalog-terms-never-permit",
    fault=Fault.CONFIGURATION,
    status=400,
    en="These terms can never permit anything, to nobody: {cause}.",
    ja="この条件では、誰に対しても何も許可されません: {cause_ja}。",
    hint_en="Correct the places named. What cannot be evaluated here, such as another vendor's operand, denies every "
    "use, so there is no point in offering it.",
    hint_ja="示された箇所を修正してください。他社独自のオペランドなど、評価できない条件はすべての利用を拒否するため、"
    "提供しても意味がありません。",
)
TOO_MANY: Final = Problem(
    code="catalog-terms-too-many",
    fault=Fault.CONFIGURATION,
    status=400,
    en="These terms have more than {limit} rules and constraints or more than {values} values: nobody would negotiate "
    "about them, nor would we.",
    ja="この条件の規則と制約が{limit}個、または値が{values}個を超えています。相手も当方も交渉できません。",
    hint_en="Put fewer terms into one offer, or name a document that holds them.",
    hint_ja="1つのオファーの条件を減らすか、条件を記した文書を指定してください。",
)
NOT_CARRIED: Final = Problem(
    code="catalog-terms-not-carried",
    fault=Fault.CONFIGURATION,
    status=400,
    en="Partners could not read these terms as they are meant, under the wire profile {profile}: {cause}.",
    ja="ワイヤープロファイル {profile} では、相手がこの条件を意図どおりに読めません: {cause_ja}。",
    hint_en="Correct the places named: write absolute IRIs, or claim a profile that carries the terms. "
    "`renkei policy lint FILE` checks a file beforehand.",
    hint_ja="示された箇所を修正してください。絶対IRIで書くか、その条件を運べるプロファイルを宣言してください。"
    "`renkei policy lint FILE` で事前に確認できます。",
)
ENDLESS_CATALOG: Final = Problem(
    code="catalog-endless",
    fault=Fault.PEER,
    status=502,
    en="The catalog of {partner} does not end: {cause}.",
    ja="{partner}のカタログが終わりません: {cause}。",
    hint_en="Ask for single datasets by id, and tell the partner that its pages run in a circle.",
    hint_ja="データセットをidで個別に要求し、ページが循環していることを相手に伝えてください。",
)
