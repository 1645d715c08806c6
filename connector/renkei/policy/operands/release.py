"""Left operands for how figures are told: of how many suppliers each is made, in which windows, after how many changes.

They bind by being agreed to, as terms of the permission that uses what is told: provider and consumer both see them in
the agreement, the provider's connector keeps them when it publishes and notifies (``renkei.exchange.disclosure``).
Ours, since no vocabulary has words for it; source: METI's trade-secret principles.
"""

from __future__ import annotations

from typing import Final

from renkei.policy.model import RENKEI, Operator
from renkei.policy.operands.declaration import Datatype, Enforcement, Operand, Source

MINIMUM_CONTRIBUTORS: Final = RENKEI + "minimumContributors"
RELEASE_INTERVAL: Final = RENKEI + "releaseInterval"
RELEASE_CHANGES: Final = RENKEI + "releaseChanges"
_AT_LEAST: Final = frozenset({Operator.GTEQ})


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and 1 <= len(text) <= 9 and not text.startswith("0")


RELEASE_OPERANDS: Final = (
    Operand(
        iri=MINIMUM_CONTRIBUTORS,
        source=Source.AGREED,
        datatype=Datatype.NUMBER,
        operators=_AT_LEAST,
        shape=_is_count,
        form="a whole number from 1",
        enforcement=Enforcement.PREVENTIVE,
        en="the number of suppliers whose shares each figure, and each change of one, is made of",
        ja="各数値およびその変化に寄与が含まれる供給者の数",
    ),
    Operand(
        iri=RELEASE_INTERVAL,
        source=Source.AGREED,
        datatype=Datatype.DURATION,
        operators=_AT_LEAST,
        enforcement=Enforcement.PREVENTIVE,
        en="the length of the windows of the calendar in each of which new figures are told once at most",
        ja="新しい数値の公開が1回以内に限られる暦上の期間の長さ",
    ),
    Operand(
        iri=RELEASE_CHANGES,
        source=Source.AGREED,
        datatype=Datatype.NUMBER,
        operators=_AT_LEAST,
        shape=_is_count,
        form="a whole number from 1",
        enforcement=Enforcement.PREVENTIVE,
        en="the number of contributions that have changed since figures were last told",
        ja="前回の公開以降に変わった寄与の数",
    ),
)
