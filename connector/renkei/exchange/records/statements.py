"""What is kept of verification statements: what third parties have stated, and what they have taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from renkei.exchange.records.kept import Document, Kept


@dataclass(frozen=True, kw_only=True)
class StatementRecord(Kept):
    """A statement with a right signature; ``id`` is the hash of what was signed.

    ``about`` and ``subject``: the kind of subject, and its hash (a record) or name; ``given``: to whom we passed it on.
    """

    kind: ClassVar[str] = "statement"

    issuer: str
    about: str
    subject: str
    company: str
    document: Document
    did_documents: Mapping[str, Document] = field(default_factory=dict)
    given: tuple[str, ...] = ()
    created: datetime

    def keys(self) -> tuple[str, str, str]:
        """Found again by verifier, kind of subject, and subject."""
        return self.issuer, self.about, self.subject


@dataclass(frozen=True, kw_only=True)
class WithdrawalRecord(Kept):
    """That a verifier has taken a statement back, with its signature. It may come before the statement does."""

    kind: ClassVar[str] = "statement-withdrawal"

    issuer: str
    statement: str
    at: datetime
    document: Document
    did_documents: Mapping[str, Document] = field(default_factory=dict)
    created: datetime

    @staticmethod
    def key(statement: str, issuer: str) -> str:
        """The record's id: what somebody else withdraws is not the verifier's."""
        return f"{statement} {issuer}"

    def keys(self) -> tuple[str, str, str]:
        """Found again by verifier and statement."""
        return self.issuer, "", self.statement
