"""What can go wrong between an operator's program and the management API."""

from __future__ import annotations

from typing import Final

from renkei.kernel.problems import Fault, Problem

FOREIGN_HOST: Final = Problem(
    code="management-foreign-host",
    fault=Fault.CONFIGURATION,
    status=403,
    en="The management API does not answer under the name {host}.",
    ja="管理APIは {host} という名前では応答しません。",
    hint_en="Call it as 127.0.0.1 or localhost, or list the name under `hosts` in the [management] section.",
    hint_ja="127.0.0.1 または localhost で呼び出すか、[management] の `hosts` に名前を追加してください。",
)
FOREIGN_ORIGIN: Final = Problem(
    code="management-foreign-origin",
    fault=Fault.POLICY,
    status=403,
    en="A page of {origin} may not use the management API.",
    ja="{origin} のページは管理APIを利用できません。",
    hint_en="Call it from a program, not from a page of another site.",
    hint_ja="他のサイトのページからではなく、プログラムから呼び出してください。",
)
UNAUTHORIZED: Final = Problem(
    code="management-unauthorized",
    fault=Fault.CONFIGURATION,
    status=401,
    en="The management token is missing or wrong.",
    ja="管理トークンがないか、正しくありません。",
    hint_en="It is the content of management.token in the folder of this very connector: give that file with "
    "--token-file, or send `Authorization: Bearer …`.",
    hint_ja="このコネクタのフォルダーにある management.token を --token-file で指定するか、その内容を "
    "`Authorization: Bearer …` で送ってください。",
)
BAD_BODY: Final = Problem(
    code="management-bad-body",
    fault=Fault.CONFIGURATION,
    status=400,
    en="The request does not fit: {cause}.",
    ja="要求の内容が正しくありません: {cause}。",
    hint_en="Compare it with the schema in /v1/openapi.json.",
    hint_ja="/v1/openapi.json のスキーマと照合してください。",
)
BAD_QUERY: Final = Problem(
    code="management-bad-query",
    fault=Fault.CONFIGURATION,
    status=400,
    en="The query does not fit: {cause}.",
    ja="クエリが正しくありません: {cause}。",
    hint_en="Compare it with the parameters in /v1/openapi.json; this one knows: {known}.",
    hint_ja="/v1/openapi.json のパラメーターと照合してください。使用できるのは {known} です。",
)
ONE_SOURCE: Final = Problem(
    code="management-one-source",
    fault=Fault.CONFIGURATION,
    status=400,
    en="A publication needs exactly one of `file`, `document` and `passport`.",
    ja="公開には `file`・`document`・`passport` のうち1つだけが必要です。",
    hint_en="Name a file below the connector's folder `files`, or the id of a stored record or battery passport.",
    hint_ja="コネクタの `files` フォルダー内のファイル、または保存済みの記録か電池パスポートのidを指定してください。",
)
ONE_POLICY: Final = Problem(
    code="management-one-policy",
    fault=Fault.CONFIGURATION,
    status=400,
    en="A publication needs exactly one of `template` and `policy`: nothing is offered without terms.",
    ja="公開には `template` と `policy` のどちらか一方だけが必要です。条件なしでは提供しません。",
    hint_en="Name one of the templates ({known}) with its parameters, or send an ODRL policy.",
    hint_ja="テンプレート({known})とパラメーターを指定するか、ODRLポリシーを送ってください。",
)
BAD_POLICY: Final = Problem(
    code="management-bad-policy",
    fault=Fault.CONFIGURATION,
    status=400,
    en="The policy cannot be offered: {cause}.",
    ja="このポリシーは提供できません: {cause}。",
    hint_en="Correct the policy; terms that a partner would not understand would never permit anything.",
    hint_ja="ポリシーを修正してください。相手が理解できない条件では何も許可されません。",
)
ONE_SUBJECT: Final = Problem(
    code="management-one-subject",
    fault=Fault.CONFIGURATION,
    status=400,
    en="An explanation needs exactly one of `subject` and `policy`.",
    ja="説明には `subject` と `policy` のどちらか一方だけが必要です。",
    hint_en="Name an agreement, a negotiation, a dataset or an offer by its id, or send an ODRL policy.",
    hint_ja="契約・交渉・データセット・オファーのidを指定するか、ODRLポリシーを送ってください。",
)
BAD_NAME: Final = Problem(
    code="management-bad-name",
    fault=Fault.CONFIGURATION,
    status=400,
    en="{name} is not a plain file name.",
    ja="{name} は単純なファイル名ではありません。",
    hint_en="Use one name without slashes that does not begin with a dot; it will stand in the folder `received`.",
    hint_ja="スラッシュを含まず、ドットで始まらない名前を使ってください。`received` フォルダーに保存されます。",
)
FILE_EXISTS: Final = Problem(
    code="management-file-exists",
    fault=Fault.LOCAL,
    status=409,
    en="There is a file {name} in the folder `received` already.",
    ja="`received` フォルダーに {name} が既に存在します。",
    hint_en="Choose another name, or move the file away.",
    hint_ja="別の名前を指定するか、既存のファイルを移動してください。",
)
NO_DATASET: Final = Problem(
    code="management-unknown-dataset",
    fault=Fault.LOCAL,
    status=404,
    en="We offer no dataset {dataset} to {partner}.",
    ja="データセット {dataset} は {partner} に提供していません。",
    hint_en="GET /v1/assets lists what we offer and who may see it; `renkei publish` offers a dataset.",
    hint_ja="GET /v1/assets で提供中のデータと公開先を確認し、`renkei publish` で提供してください。",
)
