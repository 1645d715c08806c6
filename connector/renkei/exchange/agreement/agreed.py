"""What was agreed, made ready to be asked: the terms of an agreement, and from when its durations count."""

from __future__ import annotations

from datetime import datetime

from renkei.exchange.records.processes import AgreementRecord
from renkei.kernel.instants import parse
from renkei.kernel.problems import RenkeiError
from renkei.policy.deciding.evaluate import CompiledPolicy, compile_policy
from renkei.policy.operands import STANDARD
from renkei.policy.operands.declaration import Registry
from renkei.policy.read import read_agreement


def began(agreement: AgreementRecord) -> datetime:
    """From when durations count: the conclusion of the agreement, as it says; as we stored it, where it has no zone."""
    try:
        return parse(str(agreement.document.get("timestamp", "")))
    except RenkeiError:
        return agreement.created


def compiled(agreement: AgreementRecord, registry: Registry = STANDARD) -> CompiledPolicy:
    """The agreed terms, ready to be asked."""
    return compile_policy(read_agreement(agreement.document), registry)
