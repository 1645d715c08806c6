"""What can go wrong with the parts we make, beside what the battery domain says of their figures."""

from __future__ import annotations

from typing import Final

from renkei.kernel.problems import Fault, Problem

IN_ITSELF: Final = Problem(
    code="part-in-itself",
    fault=Fault.CONFIGURATION,
    status=400,
    en="{at}: {component} is made by ourselves, and {part} would go into itself through it.",
    ja="{at}: {component} は自社製のため、{part} が自分自身の構成部品になってしまいます。",
    hint_en="Name the company that it is bought from, or take the line out; what goes back into the process is told by "
    "`yield`.",
    hint_ja="購入先の会社を記載するか、その行を削除してください。工程に戻る分は `yield` で表します。",
)
