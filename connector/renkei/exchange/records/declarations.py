"""What is kept of declarations to an authority: each as it was signed, frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from renkei.exchange.records.kept import Document, Kept


@dataclass(frozen=True, kw_only=True)
class DeclarationRecord(Kept):
    """One declaration; ``record``: the hash of the footprint record that it is made from.

    ``number`` counts those of one form, model and plant of one part, drafts apart; ``successor``: the declaration that
    has superseded it.
    """

    kind: ClassVar[str] = "declaration"

    part: str
    model: str
    plant: str
    form: str
    record: str
    draft: bool
    number: int
    document: Document
    did_documents: Mapping[str, Document] = field(default_factory=dict)
    successor: str = ""
    created: datetime

    def keys(self) -> tuple[str, str, str]:
        """Found again by part; drafts apart."""
        return "", "draft" if self.draft else "declared", self.part
