"""What is kept of notices (通知): signed words between two companies about something that one has given the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import ClassVar

from renkei.exchange.records.kept import Document, Kept


class NoticeKind(Enum):
    """What a notice tells.

    RESTATED: a record was replaced by a newer version; ALERT: something is wrong with what a record speaks of;
    STATEMENT: a third party has said something about a record or a company; WITHDRAWN: such words hold no more;
    QUESTIONNAIRE: a customer asks about the due diligence behind a record; ANSWERS: what is known of that so far.
    """

    RESTATED = "restated"
    ALERT = "alert"
    STATEMENT = "statement"
    WITHDRAWN = "withdrawn"
    QUESTIONNAIRE = "questionnaire"
    ANSWERS = "answers"


class NoticeState(Enum):
    """OPEN: ours is on its way, theirs is being followed; DONE: taken, or followed; FAILED: given up, with a reason."""

    OPEN = "open"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class NoticeRecord(Kept):
    """One notice, as either side keeps it; ``id`` is the sender's id for it, prefixed by direction.

    ``incoming``: we were told. ``subject``: what it is about, in the words of its kind; ``agreement``: the one that
    binds both of us to what it is about; ``cause``: why, a code; ``content``: what its kind says more; ``document``:
    all of it as it was signed; ``reason``: why it ended as it did, a code and words, never sent.
    """

    kind: ClassVar[str] = "notice"

    notice: str
    incoming: bool
    partner: str
    about: NoticeKind
    subject: str
    agreement: str
    cause: str
    content: Document
    document: Document
    did_documents: Mapping[str, Document] = field(default_factory=dict)
    state: NoticeState = NoticeState.OPEN
    reason: str = ""
    due: datetime
    created: datetime

    @staticmethod
    def key(notice: str, *, incoming: bool) -> str:
        """The record's id: the same notice may be kept on both ends in tests."""
        return f"{'in' if incoming else 'out'}:{notice}"

    def keys(self) -> tuple[str, str, str]:
        """Found again by what it is about; ``state`` tells the direction, too."""
        return self.partner, self.column(self.state, incoming=self.incoming), self.subject

    @staticmethod
    def column(state: NoticeState, *, incoming: bool) -> str:
        """The state column."""
        return f"{'in' if incoming else 'out'}-{state.value}"
