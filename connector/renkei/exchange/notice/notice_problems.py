"""What can be wrong with a notice (通知) that a partner puts into our box."""

from __future__ import annotations

from typing import Final

from renkei.kernel.problems import Fault, Problem

BAD_NOTICE: Final = Problem(
    code="notice-malformed",
    fault=Fault.PEER,
    status=400,
    en="The notice of {partner} is not taken: {cause}.",
    ja="{partner} の通知を受け取れません: {cause}。",
    hint_en="It must be whole, signed by its sender, made for us, and be put into our box by its sender alone.",
    hint_ja="必要項目が揃い、送信者が署名し、当社宛てで、送信者自身が届けたものでなければなりません。",
)
NOTICE_TWICE: Final = Problem(
    code="notice-conflict",
    fault=Fault.PEER,
    status=409,
    en="{partner} has sent another notice by the name {notice} already.",
    ja="{partner} から同じ名前 {notice} の別の通知が既に届いています。",
    hint_en="A notice is never changed: send what is new under a new id.",
    hint_ja="通知は変更できません。新しい内容は新しいIDで送ってください。",
)
NO_AGREEMENT: Final = Problem(
    code="notice-without-agreement",
    fault=Fault.PEER,
    status=403,
    en="{partner} gives notice under {agreement}, which is no agreement in force between us over what it is about.",
    ja="{partner} の通知が根拠とする {agreement} は、その対象について両社間で発効している契約ではありません。",
    hint_en="Name the agreement under which the record that the notice is about was given.",
    hint_ja="通知の対象である記録を渡した際の契約IDを指定してください。",
)
TOO_MANY_NOTICES: Final = Problem(
    code="notice-too-many",
    fault=Fault.PEER,
    status=429,
    en="{limit} notices of this partner wait to be followed; no more are taken until some have been.",
    ja="この相手の未処理の通知が{limit}件あるため、処理が進むまで新しい通知を受け取れません。",
    hint_en="Put several changes into one notice, and try again later.",
    hint_ja="変更をまとめて1件で通知し、時間をおいて再送してください。",
)
UNKNOWN_NOTICE: Final = Problem(
    code="notice-unknown",
    fault=Fault.LOCAL,
    status=404,
    en="There is no notice {notice}.",
    ja="通知 {notice} はありません。",
    hint_en="`renkei notice list` shows those that came and those that were sent.",
    hint_ja="`renkei notice list` で受信・送信した通知を一覧できます。",
)
