"""What is kept of battery passports: the sheets of models and of batteries, each with all its entries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from renkei.exchange.records.kept import Document, Kept


@dataclass(frozen=True, kw_only=True)
class PassportRecord(Kept):
    """A sheet; ``id`` is the passport's (or the model's) own. ``salt``: what hides what is withheld; never shown."""

    kind: ClassVar[str] = "passport"

    level: str
    model: str
    document: Document
    salt: str
    created: datetime

    def keys(self) -> tuple[str, str, str]:
        """Batteries are found again by their model."""
        return "", self.level, self.model
