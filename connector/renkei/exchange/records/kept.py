"""What every kept thing is: a typed value and, written as JSON, a row of the store.

A record's body is JSON written from these classes; unknown members of a newer release are an error on purpose (the
schema version guards that). Decoded wire objects (offers, agreements) are kept as the JSON that was signed.
Records have no slots: they are changed often and are few at a time (``kernel.values``).
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import ClassVar, Self, TypeVar, cast

import msgspec

from renkei.kernel.values import replace
from renkei.store.port import Event, Record

Document = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What every kept thing shares; ``version`` is the store's, 0 before the first commit."""

    kind: ClassVar[str]

    id: str
    version: int = 0

    def row(self) -> Record:
        """The store's row for this value."""
        body = msgspec.json.encode(self)
        peer, state, ref = self.keys()
        return Record(kind=self.kind, id=self.id, version=self.version, peer=peer, state=state, ref=ref, body=body)

    def keys(self) -> tuple[str, str, str]:
        """``peer``, ``state`` and ``ref`` columns."""
        return "", "", ""

    def event(self, what: str, at: datetime) -> Event:
        """That something has happened to it."""
        return Event(kind=self.kind, id=self.id, at=at, type=what)

    @classmethod
    def of(cls, row: Record) -> Self:
        """Read a row back."""
        return replace(cast("Self", _decoder(cast("Hashable", cls)).decode(row.body)), version=row.version)


K = TypeVar("K", bound=Kept)


@cache
def _decoder(kind: Hashable) -> msgspec.json.Decoder[object]:
    return msgspec.json.Decoder(cast("type[object]", kind))
