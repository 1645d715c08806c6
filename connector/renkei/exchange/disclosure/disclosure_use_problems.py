"""What can be wrong with a supply tree or a naming (ノードの名乗り) that a partner puts into our box, or we tell."""

from __future__ import annotations

from typing import Final

from renkei.kernel.problems import Fault, Problem

NOT_TAKEN: Final = Problem(
    code="disclosure-not-taken",
    fault=Fault.PEER,
    status=400,
    en="The supply tree or naming of {partner} is not taken: {cause}.",
    ja="{partner} のサプライツリーまたは名乗りを受け取れません: {cause}。",
    hint_en="It must be signed by who puts it into our box, about a part of its own and, if it names a node, to us.",
    hint_ja="届けた本人が署名し、自社の部品に関するもので、名乗りの場合は当社宛てでなければなりません。",
)
TOO_MANY: Final = Problem(
    code="disclosure-too-many",
    fault=Fault.PEER,
    status=429,
    en="{limit} supply trees and namings of this partner are kept; no more are taken.",
    ja="この相手のサプライツリーと名乗りは上限の{limit}件に達しており、これ以上受け取れません。",
    hint_en="Tell the trees of fewer parts.",
    hint_ja="対象の部品を減らしてください。",
)
