"""What was handed out under an agreement, counted so that it survives a crash: pulls and bytes.

A pull is counted before its first byte leaves (``exchange.process.usage``). Bytes are counted every second of
a long stream and at its end, never by the piece; a crash loses at most the bytes of the last second. The transfer's
history gets one line for each pull that ended.
"""

from __future__ import annotations

import msgspec

from renkei.exchange.ports import Clock
from renkei.exchange.records.processes import TransferRecord
from renkei.exchange.transfer.transfers import Grant
from renkei.kernel.problems import RenkeiError
from renkei.store.port import Changes, Event, Increment, Store


def bytes_of(agreement: str) -> str:
    """The counter of bytes handed out under an agreement."""
    return f"bytes:{agreement}"


class Meter:
    """Counts one pull."""

    def __init__(self, store: Store, clock: Clock, grant: Grant) -> None:
        self._store = store
        self._clock = clock
        self._grant = grant
        self._sent = 0
        self._counted = 0
        self._ended = False

    def add(self, size: int) -> None:
        """So many bytes were handed to the network."""
        self._sent += size

    async def keep(self) -> None:
        """Store the count as far as it has come."""
        if self._sent > self._counted:
            await self._commit()

    async def end(self, *, whole: bool) -> None:
        """The stream has ended, ``whole`` or cut. Once that is stored a second call does nothing."""
        if self._ended:
            return
        self._ended = True
        event = Event(
            kind=TransferRecord.kind,
            id=self._grant.transfer.id,
            at=self._clock.now(),
            type="pulled" if whole else "pull cut",
            body=msgspec.json.encode({"bytes": self._sent}),
        )
        try:
            await self._commit(event)
        except RenkeiError:
            self._ended = False
            raise

    async def _commit(self, *events: Event) -> None:
        counted, sent = self._counted, self._sent
        more = Increment(name=bytes_of(self._grant.agreement.id), by=sent - counted)
        # Counted beforehand: a commit whose caller is cancelled goes through all the same.
        self._counted = sent
        try:
            await self._store.commit(Changes(events=events, increments=(more,)))
        except RenkeiError:
            self._counted = counted
            raise
