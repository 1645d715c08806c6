"""What can go wrong with masking, release rules and openings (秘匿・公開規則・開示)."""

from __future__ import annotations

from typing import Final

from renkei.kernel.problems import Fault, Problem

TREE_BROKEN: Final = Problem(
    code="disclosure-tree-broken",
    fault=Fault.PEER,
    status=400,
    en="The supply tree cannot be read: {cause}.",
    ja="サプライツリーを読み取れません: {cause}。",
    hint_en="Ask the supplier for its tree again.",
    hint_ja="サプライツリーの再送を供給者に依頼してください。",
)
TOO_FEW: Final = Problem(
    code="disclosure-too-few-contributors",
    fault=Fault.POLICY,
    status=403,
    en="{part}: {figure} would show what fewer than {least} suppliers contribute ({found}); {partner} is not told it.",
    ja="{part}: {figure} から、{least}社に満たない供給者({found}社)の寄与が分かるため、{partner}には開示しません。",
    hint_en="Wait until more suppliers have changed, merge the part with others, or agree on terms without the rule.",
    hint_ja="さらに多くの供給者の値が変わるまで待つか、他の部品とまとめるか、この規則のない条件で合意してください。",
)
DETERMINED: Final = Problem(
    code="disclosure-supplier-determined",
    fault=Fault.POLICY,
    status=403,
    en="{part}: with what {partner} has already, this record would determine {figure} of one supplier.",
    ja="{part}: {partner}が既に持つ情報と合わせると、この記録から供給者1社の{figure}が確定します。",
    hint_en="Wait until more suppliers have changed, or publish coarser figures; see `renkei disclosure preview`.",
    hint_ja="さらに多くの供給者の値が変わるまで待つか、より粗い数値で公開してください"
    "(詳細は `renkei disclosure preview`)。",
)
NOT_YET: Final = Problem(
    code="disclosure-not-yet",
    fault=Fault.POLICY,
    status=403,
    en="{part}: the release rules agreed with {partner} let nothing new out before {opens}: {cause}.",
    ja="{part}: {partner}と合意した公開規則により、{opens}より前には新しい値を公開しません: {cause_ja}。",
    hint_en="It is released by itself when the window opens and enough has changed.",
    hint_ja="公開時期になり、十分な変更がそろえば自動的に公開されます。",
)
RULES_UNREADABLE: Final = Problem(
    code="disclosure-rules-unreadable",
    fault=Fault.CONFIGURATION,
    status=400,
    en="The release rules cannot be kept as they are written: {cause}.",
    ja="公開規則をこのままでは守れません: {cause}。",
    hint_en="Write minimumContributors and releaseChanges as whole numbers from 1 (gteq), releaseInterval as a "
    "duration such as P3M (gteq).",
    hint_ja="minimumContributors と releaseChanges は1以上の整数(gteq)、releaseInterval は P3M のような期間(gteq)で"
    "記述してください。",
)
TOO_MUCH: Final = Problem(
    code="disclosure-too-much-to-judge",
    fault=Fault.LOCAL,
    status=409,
    en="What the recipient could work out cannot be judged within {limit} steps, so nothing is told.",
    ja="受領者が推定できる内容を{limit}手以内に判定できないため、開示しません。",
    hint_en="Release less often, or merge components, so that there is less to compare.",
    hint_ja="公開の頻度を下げるか、部品をまとめて、比較する量を減らしてください。",
)
AUDIT_FAILED: Final = Problem(
    code="disclosure-audit-failed",
    fault=Fault.PEER,
    status=400,
    en="The record is not proved by what was revealed: {cause}.",
    ja="開示された内容では記録を証明できません: {cause_ja}。",
    hint_en="Do not rely on it; ask the company to reveal the inputs of this very record.",
    hint_ja="信頼しないでください。この記録そのものの入力の開示を、その会社に求めてください。",
)
