"""What is kept of what agreements oblige to: how far each obligation has come, and on whose word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from renkei.exchange.records.kept import Kept
from renkei.policy.deciding.meaning import Modality
from renkei.policy.deciding.obligations import ObligationState, Progress, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Testimony:
    """What a person said of an obligation: who, when, and what shows it.

    ``word``: what it is worth; ``at``: when it happened, as the person says; ``recorded``: when it was said, which is
    what counts; ``digest``: of a document that shows it, ``sha-256:`` and hex, where there is one.
    """

    word: Word
    by: str
    at: datetime
    recorded: datetime
    evidence: str
    digest: str = ""


@dataclass(frozen=True, kw_only=True)
class ObligationRecord(Kept):
    """One obligation of an agreement, as one side keeps it.

    ``path``: its place in the agreed policy; ``role``: what it hangs on, ``above`` where that is; ``action``: as it was
    written; ``debtor`` owes it to ``creditor``; ``ours``: we owe it; ``begun``, ``due``: from where its time counts and
    its last moment, once it is owed; ``start``, ``performance``: what persons said.
    """

    kind: ClassVar[str] = "obligation"

    agreement: str
    partner: str
    dataset: str
    path: str
    role: Modality
    action: str
    debtor: str
    creditor: str
    ours: bool
    above: str = ""
    state: ObligationState = ObligationState.INACTIVE
    begun: datetime | None = None
    due: datetime | None = None
    start: Testimony | None = None
    performance: Testimony | None = None
    created: datetime

    def keys(self) -> tuple[str, str, str]:
        """Found again by agreement."""
        return self.partner, self.state.value, self.agreement

    @property
    def progress(self) -> Progress:
        """The pure view."""
        done = None if self.performance is None else self.performance.recorded
        return Progress(state=self.state, begun=self.begun, due=self.due, done=done)
