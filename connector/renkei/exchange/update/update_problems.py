"""Why what a partner has is not brought up to date."""

from __future__ import annotations

from typing import Final

from renkei.kernel.problems import Fault, Problem

UNSETTLED: Final = Problem(
    code="update-unsettled",
    fault=Fault.POLICY,
    status=409,
    en="{part} of {partner} was restated {rounds} times in a row without coming to rest; it is not passed on further.",
    ja="{partner} の {part} が{rounds}回続けて更新され、値が収束しないため、以降の更新を伝播しません。",
    hint_en="Companies that supply each other return more to each other than they add: look at the amounts with them, "
    "then `renkei update release`.",
    hint_ja="互いに供給し合う会社間で数量が収束していません。相手と数量を確認し、`renkei update release` で"
    "再開してください。",
)
BY_HAND: Final = Problem(
    code="update-by-hand",
    fault=Fault.POLICY,
    status=409,
    en="A new version of {part} waits for a person before it goes to {partner}.",
    ja="{part} の新しい版を {partner} に渡すには担当者の判断が必要です。",
    hint_en="`renkei update release` lets it go.",
    hint_ja="`renkei update release` で渡せます。",
)
BAD_RESTATEMENT: Final = Problem(
    code="update-malformed",
    fault=Fault.PEER,
    status=400,
    en="What {partner} says of a new version is not understood: {cause}.",
    ja="{partner} による新しい版の通知を解釈できません: {cause}。",
    hint_en="Name the dataset that the agreement is over, the record, its version and the part.",
    hint_ja="契約の対象データセット・記録・版・部品を記載してください。",
)
NOT_NEWER: Final = Problem(
    code="update-not-given",
    fault=Fault.PEER,
    status=502,
    en="{partner} told of version {told} of {part}, and gives {found}.",
    ja="{partner} は {part} の第{told}版を通知しましたが、渡されたのは {found} です。",
    hint_en="The next notice is followed as usual; ask the partner if it should have been given.",
    hint_ja="次の通知は通常どおり処理されます。必要な場合は相手に確認してください。",
)
UNKNOWN_UPDATE: Final = Problem(
    code="update-unknown",
    fault=Fault.LOCAL,
    status=404,
    en="No partner has a record of {part} that could be brought up to date.",
    ja="{part} の記録を受け取っている取引先はありません。",
    hint_en="`renkei update list` shows who has which record.",
    hint_ja="`renkei update list` で誰がどの記録を持つかを確認できます。",
)
