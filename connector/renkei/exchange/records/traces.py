"""What is kept of traces (来歴情報): one record for each part or batch that was made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from renkei.exchange.records.kept import Document, Kept


@dataclass(frozen=True, kw_only=True)
class TraceRow(Kept):
    """A trace record; ``id`` is the record's own. ``part``, ``maker``: as found in it."""

    kind: ClassVar[str] = "trace"

    part: str
    maker: str
    document: Document
    created: datetime

    def keys(self) -> tuple[str, str, str]:
        """Found by its maker and by its part."""
        return self.maker, "kept", self.part
