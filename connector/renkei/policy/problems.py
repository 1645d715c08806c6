"""What can be wrong with a policy as a document. A policy that says no is a ``Decision``, not an error."""

from __future__ import annotations

from renkei.kernel.problems import Fault, Problem

MALFORMED = Problem(
    code="policy-malformed",
    fault=Fault.PEER,
    status=400,
    en="{path}: {expected} is expected, not {found}.",
    ja="{path}: {expected} が必要ですが、{found} があります。",
    hint_en="Send the policy as contract-schema.json of DSP 2025-1 describes it.",
    hint_ja="DSP 2025-1のcontract-schema.jsonに従ってポリシーを送ってください。",
)
MISSING_MEMBER = Problem(
    code="policy-missing-member",
    fault=Fault.PEER,
    status=400,
    en="{path}: the member {member} is missing.",
    ja="{path}: 必須の項目 {member} がありません。",
    hint_en="Add the member {member}.",
    hint_ja="項目 {member} を追加してください。",
)
UNKNOWN_TERM = Problem(
    code="policy-unknown-term",
    fault=Fault.PEER,
    status=400,
    en="{path}: the term {term} is not defined here; JSON-LD would drop it and change the contract.",
    ja="{path}: 用語 {term} はここでは定義されていません。JSON-LDで失われ、契約の内容が変わります。",
    hint_en="Remove {term}, or write the member as an absolute IRI.",
    hint_ja="{term} を削除するか、絶対IRIで書いてください。",
)
HIDDEN_TERM = Problem(
    code="policy-hidden-term",
    fault=Fault.PEER,
    status=400,
    en="{path}: {term} spells the member {member} in another way, where plain JSON readers would miss it.",
    ja="{path}: {term} は項目 {member} の別表記で、JSONとして読む相手には見えません。",
    hint_en="Write the member {member} by its name in the DSP context.",
    hint_ja="DSPコンテキストの名前 {member} で書いてください。",
)
EMPTY_ARRAY = Problem(
    code="policy-empty-array",
    fault=Fault.PEER,
    status=400,
    en="{path}: an empty array says nothing and is lost in JSON-LD.",
    ja="{path}: 空の配列は意味を持たず、JSON-LDでは失われます。",
    hint_en="Leave the member out.",
    hint_ja="項目ごと省いてください。",
)
UNKNOWN_OPERATOR = Problem(
    code="policy-unknown-operator",
    fault=Fault.PEER,
    status=400,
    en="{path}: {operator} is not an operator of the DSP profile.",
    ja="{path}: {operator} はDSPプロファイルの演算子ではありません。",
    hint_en="Use one of: {known}.",
    hint_ja="次のいずれかを使ってください: {known}。",
)
NUMERIC_OPERAND = Problem(
    code="policy-numeric-operand",
    fault=Fault.PEER,
    status=400,
    en="{path}: a right operand is a text or an object, not {found}: a bare JSON value would lose its exact type.",
    ja="{path}: 右オペランドは文字列またはオブジェクトです({found} は不可)。正確な型が失われるためです。",
    hint_en='Write "5", or {{"@value": "5", "@type": "xsd:integer"}}.',
    hint_ja='"5" または {{"@value": "5", "@type": "xsd:integer"}} と書いてください。',
)
AMBIGUOUS_CONSTRAINT = Problem(
    code="policy-ambiguous-constraint",
    fault=Fault.PEER,
    status=400,
    en="{path}: a constraint is one of and, or, xone, andSequence, or the three atomic members, not {found}.",
    ja="{path}: 制約は and・or・xone・andSequence のいずれか1つ、または原子制約の3項目です({found} は不可)。",
    hint_en="Nest the constraints instead of mixing them in one object.",
    hint_ja="1つのオブジェクトに混ぜず、入れ子にしてください。",
)
TOO_LARGE = Problem(
    code="policy-too-large",
    fault=Fault.PEER,
    status=413,
    en="{path}: the policy has more than {limit} {what}.",
    ja="{path}: ポリシーの {what} が上限の {limit} を超えています。",
    hint_en="Send a smaller or flatter policy.",
    hint_ja="より小さい、または浅いポリシーを送ってください。",
)
SHARED_OTHERWISE = Problem(
    code="policy-shared-otherwise",
    fault=Fault.PEER,
    status=400,
    en="{path}: {member} stands here and, with another value, on the policy for all rules; ODRL would mean both.",
    ja="{path}: {member} がここと、全ルール共通としてポリシーにも別の値で書かれ、ODRLでは両方の意味になります。",
    hint_en="Write {member} in each rule and not on the policy, or only on the policy.",
    hint_ja="{member} を各ルールにだけ書くか、ポリシーにだけ書いてください。",
)
UNWRITABLE = Problem(
    code="policy-unwritable",
    fault=Fault.LOCAL,
    en="This policy cannot be sent as {kind}: {cause}",
    ja="このポリシーは {kind} として送れません: {cause}",
    hint_en="Mend the policy; nothing was sent.",
    hint_ja="ポリシーを修正してください。まだ何も送信されていません。",
)
TEMPLATE_BROKEN = Problem(
    code="policy-template-broken",
    fault=Fault.CONFIGURATION,
    status=400,
    en="The contract template is not usable: {cause}.",
    ja="契約テンプレートが使えません: {cause}。",
    hint_en="Mend the template file; those in policies/ show the form.",
    hint_ja="テンプレートファイルを修正してください。policies/ のファイルが例です。",
)
TEMPLATE_PARAMETER = Problem(
    code="policy-template-parameter",
    fault=Fault.CONFIGURATION,
    status=400,
    en="The parameter {parameter} of the template {template} is not usable: {cause}.",
    ja="テンプレート {template} のパラメーター {parameter} が使えません: {cause}。",
    hint_en="The template takes: {known}. A point in time is written like 2027-03-31T23:59:59Z.",
    hint_ja="このテンプレートのパラメーター: {known}。日時は 2027-03-31T23:59:59Z の形式です。",
)
OPERAND_TWICE = Problem(
    code="policy-operand-twice",
    fault=Fault.CONFIGURATION,
    en="The operand {operand} is declared twice.",
    ja="オペランド {operand} が二重に宣言されています。",
    hint_en="Declare each operand once; the standard ones are in renkei.policy.operands.",
    hint_ja="オペランドは一度だけ宣言してください。標準のものは renkei.policy.operands にあります。",
)
OPERAND_UNFIT = Problem(
    code="policy-operand-unfit",
    fault=Fault.CONFIGURATION,
    en="The operand {operand} cannot be declared so: {cause}.",
    ja="オペランド {operand} はこのように宣言できません: {cause}。",
    hint_en="Mend the declaration; docs/reference lists the operators of each datatype.",
    hint_ja="宣言を修正してください。データ型ごとの演算子は docs/reference にあります。",
)
UNKNOWN_ATTRIBUTE = Problem(
    code="policy-unknown-attribute",
    fault=Fault.CONFIGURATION,
    status=400,
    en="{name} is neither an attribute of partners nor the absolute IRI of a left operand.",
    ja="{name} は取引先の属性名でも、左オペランドの絶対IRIでもありません。",
    hint_en="Write one of {known}, or an absolute IRI such as https://example.com/policy/plant.",
    hint_ja="{known} のいずれか、または https://example.com/policy/plant のような絶対IRIを書いてください。",
)
NOT_CARRIED = Problem(
    code="policy-not-carried",
    fault=Fault.CONFIGURATION,
    status=400,
    en="Partners who use the profile {profile} could not read this policy as it is meant, because of {terms}: {cause}.",
    ja="プロファイル {profile} の相手は、このポリシーを意図どおりに読めません。原因は {terms} です: {cause}。",
    hint_en="Change the terms named, or publish under another profile: nothing is left out so that the rest may pass.",
    hint_ja="示された項目を変更するか、別のプロファイルで公開してください。一部を省いて通すことはしません。",
)
INHERITANCE = Problem(
    code="policy-inheritance",
    fault=Fault.POLICY,
    status=400,
    en="What the policy {policy} inherits cannot be put together: {cause}.",
    ja="ポリシー {policy} の継承を解決できません: {cause}。",
    hint_en="Give every parent beside the policy, with a profile that is no narrower, and no circle.",
    hint_ja="親ポリシーをすべて渡してください。プロファイルは子より狭くできず、循環も許されません。",
)
ADMISSION_UNUSABLE = Problem(
    code="policy-admission-unusable",
    fault=Fault.CONFIGURATION,
    en="Admission cannot depend on {attribute} as it is configured: {cause}.",
    ja="入場条件の {attribute} は設定どおりには判定できません: {cause}。",
    hint_en="Mend the section [admission]; docs/reference/operands.md lists what can be asked of partners.",
    hint_ja="[admission] を修正してください。取引先について問える項目は docs/reference/operands.md にあります。",
)
