"""What can go wrong with records that came in another system's form."""

from __future__ import annotations

from typing import Final

from renkei.kernel.problems import Fault, Problem

FOREIGN_SPEAKER: Final = Problem(
    code="formats-other-speaker",
    fault=Fault.CONFIGURATION,
    status=409,
    en="The record speaks for {company}; it cannot be kept as one of {partner}.",
    ja="この記録は {company} のものであり、{partner} の記録としては保存できません。",
    hint_en="Name the partner whose document it is; records of our own are calculated, not taken in.",
    hint_ja="文書の発行元である取引先を指定してください。自社の記録は取り込みではなく計算で作成します。",
)
FOREIGN_OLDER: Final = Problem(
    code="formats-signed-is-newer",
    fault=Fault.CONFIGURATION,
    status=409,
    en="{partner} has signed a record of {part} whose version is not lower than {version}; a document without a "
    "signature does not replace it.",
    ja="{partner} は部品 {part} について版 {version} 以上の署名付き記録を提供済みです。"
    "署名のない文書では置き換えられません。",
    hint_en="Ask the partner for a signed record; or state a higher version, if the document is really newer.",
    hint_ja="取引先に署名付き記録を依頼するか、文書が実際に新しい場合はより高い版番号を指定してください。",
)
