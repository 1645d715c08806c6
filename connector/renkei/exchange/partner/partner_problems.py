"""What can be wrong with what is known of partners, and with letting them in."""

from __future__ import annotations

from typing import Final

from renkei.kernel.problems import Fault, Problem

REFUSED: Final = Problem(
    code="admission-refused",
    fault=Fault.POLICY,
    status=403,
    en="This connector does not take requests from {participant}.",
    ja="このコネクターは {participant} からの要求を受け付けません。",
    hint_en="Ask its operator to admit you.",
    hint_ja="相手の運用者に許可を依頼してください。",
)
NOT_ADMITTED: Final = Problem(
    code="partner-not-admitted",
    fault=Fault.POLICY,
    status=403,
    en="{partner} is not admitted here: {reasons}.",
    ja="{partner} はここで許可されていません: {reasons}。",
    hint_en="Add what is missing with `renkei partner facts set`, or change the section [admission].",
    hint_ja="`renkei partner facts set` で不足を補うか、[admission] を変更してください。",
)
NO_FACTS: Final = Problem(
    code="partner-facts-unusable",
    fault=Fault.CONFIGURATION,
    status=400,
    en="What is said of {partner} cannot be kept: {cause}.",
    ja="{partner} についての登録内容を保存できません: {cause}。",
    hint_en="Give each attribute values that its operand takes; docs/reference/operands.md lists them.",
    hint_ja="各属性に、オペランドが受け付ける値を指定してください。docs/reference/operands.md に一覧があります。",
)
PARTNER_CSV: Final = Problem(
    code="partner-csv-broken",
    fault=Fault.CONFIGURATION,
    status=400,
    en="Line {line} of the partners: {cause}.",
    ja="取引先一覧の{line}行目: {cause}。",
    hint_en="The first line names the columns name, participant, address, side, part, number, plant, from, until; only "
    "the first two are needed.",
    hint_ja="1行目は列名 name, participant, address, side, part, number, plant, from, until です。"
    "必須は最初の2つです。",
)
BAD_ENTRY: Final = Problem(
    code="partner-entry-unfit",
    fault=Fault.CONFIGURATION,
    status=400,
    en="The partner {name} at {at} cannot be taken: {cause}.",
    ja="取引先 {name}({at})を登録できません: {cause}。",
    hint_en="A name is one word of ours for one participant; a participant id is a DID, or another IRI with an "
    "address.",
    hint_ja="名前は参加者ごとに1つの自社用の名称です。参加者IDはDID、またはアドレスを伴うその他のIRIとしてください。",
)
