"""What can go wrong while a request waits."""

from __future__ import annotations

from typing import Final

from renkei.kernel.problems import Fault, Problem

REMINDED: Final = Problem(
    code="request-reminded",
    fault=Fault.LOCAL,
    status=409,
    en="The supplier has been reminded of {request} {count} times, last at {last}: at most once a day, {most} times in "
    "all.",
    ja="依頼{request}の督促はすでに{count}回送信しています(最終 {last})。督促は1日1回、合計{most}回までです。",
    hint_en="Wait a day, write to the supplier (`renkei remark`), or cancel the request.",
    hint_ja="1日待つか、`renkei remark` で仕入先に連絡するか、依頼を取り消してください。",
)
REMARKED: Final = Problem(
    code="request-remarks",
    fault=Fault.LOCAL,
    status=409,
    en="There are {limit} remarks on the request {request} already.",
    ja="依頼{request}のメッセージはすでに{limit}件あります。",
    hint_en="Go on by another way, or make a new request.",
    hint_ja="別の手段で連絡するか、新しい依頼を作成してください。",
)
NO_BOX: Final = Problem(
    code="request-by-hand",
    fault=Fault.LOCAL,
    status=409,
    en="{partner} has no system that could be reminded.",
    ja="{partner} はシステムを持たないため、督促を送信できません。",
    hint_en="Write to it yourself; `renkei template footprint --request` makes the form that it fills in.",
    hint_ja="直接ご連絡ください。記入用の様式は `renkei template footprint --request` で作成できます。",
)
