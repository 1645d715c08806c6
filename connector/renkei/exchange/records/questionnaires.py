"""What is kept of questionnaires: those that customers put to us, and those that we put to suppliers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from renkei.exchange.records.kept import Document, Kept


@dataclass(frozen=True, kw_only=True)
class QuestionnaireRecord(Kept):
    """One questionnaire between us and one partner; ``id`` is the asker's, prefixed by direction.

    ``incoming``: we are asked. ``part``: ours, or (asked by us) the supplier's; ``agreement``: by which its record is
    had; ``cause``: the incoming one that made us ask (our own affair, never sent); ``fingerprint``: of the questions
    alone; ``by_hand``: what a person of ours answers, a status by question; ``answers``: the last that were sent, or
    came.
    """

    kind: ClassVar[str] = "questionnaire"

    incoming: bool
    partner: str
    part: str
    agreement: str
    document: Document
    fingerprint: str
    cause: str = ""
    by_hand: Mapping[str, str] = field(default_factory=dict)
    answers: Document = field(default_factory=dict)
    created: datetime

    @staticmethod
    def key(questionnaire: str, *, incoming: bool) -> str:
        """The record's id."""
        return f"{'in' if incoming else 'out'}:{questionnaire}"

    def keys(self) -> tuple[str, str, str]:
        """Found again by what caused it, or by what is asked of which part."""
        if self.incoming:
            return self.partner, "in", f"{self.fingerprint}:{self.part}"
        return self.partner, "out", self.cause
