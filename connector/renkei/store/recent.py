"""The records that were read or written last, as they are on disk: a process in motion is read a dozen times a second.

Right only for an engine through which everything is written, and only if it hears of every commit, also of those whose
caller has gone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from renkei.store.port import Record

# At most 16 MiB in all. Large documents are seldom read twice.
_MOST: Final = 2048
_LARGEST_BODY: Final = 8 * 1024


class Recent:
    """A bounded number of small records by kind and id; those that were put in first leave first."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str], Record] = {}

    def get(self, kind: str, record_id: str) -> Record | None:
        """The record, if it is here."""
        return self._records.get((kind, record_id))

    def put(self, record: Record) -> None:
        """What was read from disk, or is there now."""
        key = (record.kind, record.id)
        self._records.pop(key, None)
        if len(record.body) <= _LARGEST_BODY:
            self._records[key] = record
            if len(self._records) > _MOST:
                del self._records[next(iter(self._records))]

    def stored(self, written: Iterable[Record]) -> None:
        """A commit is on disk: each record has its next version."""
        for record in written:
            kept = Record(
                kind=record.kind,
                id=record.id,
                version=record.version + 1,
                peer=record.peer,
                state=record.state,
                ref=record.ref,
                body=record.body,
            )
            self.put(kept)

    def clear(self) -> None:
        """Forget everything."""
        self._records.clear()
