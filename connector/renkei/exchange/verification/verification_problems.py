"""What can go wrong with verification statements (検証声明書)."""

from __future__ import annotations

from typing import Final

from renkei.kernel.problems import Fault, Problem

BAD_STATEMENT: Final = Problem(
    code="statement-refused",
    fault=Fault.PEER,
    status=400,
    en="The verification statement is not taken: {cause}.",
    ja="検証声明書を受け付けられません: {cause}。",
    hint_en="It must be whole, signed by its verifier, and be brought by the verifier or by the company it speaks of.",
    hint_ja="必要項目が揃い、検証者が署名し、検証者または対象企業が届けたものでなければなりません。",
)
UNKNOWN_STATEMENT: Final = Problem(
    code="statement-unknown",
    fault=Fault.LOCAL,
    status=404,
    en="There is no verification statement {statement}.",
    ja="検証声明書 {statement} はありません。",
    hint_en="`renkei statement list` shows them with their ids.",
    hint_ja="`renkei statement list` でIDを一覧できます。",
)
NOT_OURS: Final = Problem(
    code="statement-not-ours",
    fault=Fault.LOCAL,
    status=409,
    en="The verification statement {statement} is one of {issuer}, who alone can withdraw it.",
    ja="検証声明書 {statement} は {issuer} が発行したもので、発行者だけが撤回できます。",
    hint_en="Ask the verifier to withdraw it.",
    hint_ja="検証者に撤回を依頼してください。",
)
NOT_TOLD: Final = Problem(
    code="statement-not-told",
    fault=Fault.LOCAL,
    status=409,
    en="{partner} cannot be told of the verification statement: there is no agreement in force between us.",
    ja="{partner} との間に発効中の契約がないため、検証声明書を通知できません。",
    hint_en="Hand it over as a file: `renkei statement export`.",
    hint_ja="`renkei statement export` でファイルに書き出して渡してください。",
)
BAD_FILE: Final = Problem(
    code="statement-file-malformed",
    fault=Fault.PEER,
    status=400,
    en="This is no file of verification statements: {cause}.",
    ja="検証声明書のファイルではありません: {cause}。",
    hint_en="`renkei statement export` writes such files; have it exported again.",
    hint_ja="`renkei statement export` で書き出されるファイルを指定してください。",
)
