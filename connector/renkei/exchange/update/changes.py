"""What has changed in what goes into our records: kept with the change, gathered for a while, then looked at once.

Each change brings a row of the outbox with it, due when the window of the first one closes; whichever row comes first
looks at all that waits. So many changes in a row are one look, and a crash in between is an ordinary restart.

A loop of companies that supply each other restates until what is published, rounded, moves no more. One that never
comes to rest (more goes back into it than is added) is cut: a partner's record that others' restatements have restated
``rounds`` times in a row, each within ``echo`` seconds of the one before, is not passed on. That needs no mark that
travels with a change, which would tell companies who have a supplier in common.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from renkei.battery.versions import ChangeCause
from renkei.exchange.ports import Ports
from renkei.exchange.records.requests import DocumentRecord
from renkei.exchange.records.updates import ChangeRecord
from renkei.kernel.values import replace
from renkei.store.paging import every
from renkei.store.port import Changes, Delivery

RESTATE_TASK: Final = "restate"
_LINK: Final = "link"
_ECHOES: Final = frozenset({ChangeCause.SUPPLIER_UPDATE.value, None})


class ChangeBook:
    """One participant's changes (``answer.consequences.Consequences``)."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def of_part(self, part: str, cause: ChangeCause | None) -> Changes:
        """A part of ours has changed: its files say otherwise."""
        before = await self._kept(ChangeRecord.key(part))
        change = ChangeRecord(
            id=ChangeRecord.key(part),
            version=before.version if before else 0,
            part=part,
            cause=cause,
            at=self._ports.clock.now(),
        )
        return await self._gathered(change)

    async def of_record(self, record: DocumentRecord) -> Changes:
        """A partner has given us another record of a component."""
        key, now = ChangeRecord.key(record.part, record.partner, record.document_type), self._ports.clock.now()
        before = await self._kept(key)
        rounds = 0
        if before is not None and record.document.get("cause") in _ECHOES:
            soon = timedelta(seconds=self._ports.settings.updates.echo)
            rounds = before.rounds + 1 if now - before.at <= soon else 0
        change = ChangeRecord(
            id=key,
            version=before.version if before else 0,
            part=record.part,
            partner=record.partner,
            cause=ChangeCause.SUPPLIER_UPDATE,
            at=now,
            rounds=rounds,
        )
        return await self._gathered(change)

    async def of_links(self, supplies: Sequence[tuple[str, str]]) -> Changes:
        """Components (by our number) of suppliers go by other numbers now: other records of them are meant."""
        now, changes = self._ports.clock.now(), list[ChangeRecord]()
        for component, supplier in supplies:
            key = ChangeRecord.key(component, supplier, _LINK)
            before = await self._kept(key)
            changes.append(
                ChangeRecord(
                    id=key,
                    version=before.version if before else 0,
                    part=component,
                    partner=supplier,
                    cause=ChangeCause.BILL_OF_MATERIALS,
                    at=now,
                )
            )
        if not changes:
            return Changes()
        events = tuple(change.event("linked", now) for change in changes)
        one_look = await self._gathered(changes[0])
        return replace(one_look, records=tuple(change.row() for change in changes), events=events)

    async def cause_of(self, parts: Sequence[str], since: datetime) -> ChangeCause:
        """Our own last change of any of these parts since then, else that a supplier has restated.

        A part that was new at that very moment has not changed since.
        """
        kept = [await self._kept(ChangeRecord.key(part)) for part in parts]
        own = [change for change in kept if change and (change.at > since or (change.cause and change.at == since))]
        if not own:
            return ChangeCause.SUPPLIER_UPDATE
        return max(own, key=lambda change: change.at).cause or ChangeCause.OWN_FIGURES

    async def waiting(self) -> list[ChangeRecord]:
        """All that nobody has looked at."""
        rows = every(self._ports.store, ChangeRecord.kind, state="waiting")
        return [ChangeRecord.of(row) async for row in rows]

    @staticmethod
    def seen(changes: Sequence[ChangeRecord]) -> Changes:
        """That they have been looked at: one that has changed again meanwhile is a conflict."""
        return Changes(records=tuple(replace(change, waiting=False).row() for change in changes))

    async def _kept(self, key: str) -> ChangeRecord | None:
        row = await self._ports.store.load(ChangeRecord.kind, key)
        return None if row is None else ChangeRecord.of(row)

    async def _gathered(self, change: ChangeRecord) -> Changes:
        due = change.at + timedelta(seconds=self._ports.settings.updates.window)
        looking = Delivery(
            id=self._ports.ids.new(),
            task=RESTATE_TASK,
            subject=change.id,
            peer=self._ports.identity.participant,
            due=due,
        )
        event = change.event(change.cause.value if change.cause else "new", change.at)
        return Changes(records=(change.row(),), deliveries=(looking,), events=(event,))
