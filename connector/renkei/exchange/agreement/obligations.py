"""Duties, obligations and what follows from them, over ``policy.obligations``: begun, performed, violated, remedied.

Both sides keep the obligations of an agreement, each for itself, from the commit that puts it in force. No message
tells the other side of them: the one to whom something is owed records that it has come (a payment), the one who owes
it that it was done (a deletion), and each acts on what it has recorded itself. So what a debtor claims opens nothing at
its creditor's.

At the last moment of an obligation a row of the outbox falls due: what was not performed is violated, and its
consequences are owed. Whatever changes what decisions see is stored together with a look at the partner's running
transfers: a violated duty suspends what it carried, also after a crash in between.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeAlias

from renkei.exchange.agreement.agreed import compiled
from renkei.exchange.agreement.agreements import Agreements
from renkei.exchange.agreement.obligation_book import ObligationBook, Owed
from renkei.exchange.agreement.obligation_problems import (
    OBLIGATION_AHEAD,
    OBLIGATION_NOT_OURS,
    OBLIGATION_NOT_OWED,
    OBLIGATION_SETTLED,
    UNKNOWN_OBLIGATION,
)
from renkei.exchange.machine.drafts import Draft
from renkei.exchange.machine.steps import Step, Steps
from renkei.exchange.partner.register_book import RECHECK_PARTNER_TASK
from renkei.exchange.ports import Ports
from renkei.exchange.records.obligations import ObligationRecord, Testimony
from renkei.exchange.records.processes import AgreementRecord, NegotiationRecord, Side
from renkei.kernel.instants import render
from renkei.kernel.values import replace
from renkei.policy.deciding.evaluate import CompiledPolicy
from renkei.policy.deciding.obligations import Obligation, ObligationState, Progress, may_begin, next_turn, obliges
from renkei.store.paging import every
from renkei.store.port import Changes, Delivery, Event, Record

OBLIGATIONS_TASK: Final = "obligations"
_OWED: Final = (ObligationState.ACTIVE, ObligationState.VIOLATED)
Said: TypeAlias = Callable[[Owed, ObligationRecord], ObligationRecord]
"""What a person's word makes of a record."""


class Obligations:
    """The obligations of one participant's agreements, and what its people say of them."""

    def __init__(self, ports: Ports, steps: Steps, agreements: Agreements) -> None:
        self._ports = ports
        self._steps = steps
        self._agreements = agreements
        self._book = ObligationBook(ports)

    # --- how they come about ---------------------------------------------------------------------

    def open(self, draft: Draft[NegotiationRecord], agreement: AgreementRecord) -> None:
        """Put all that an agreement obliges to into the commit that puts it in force."""
        policy = self._policy(agreement)
        if not obliges(policy.terms):
            return
        owed = self._book.fresh(agreement, policy, {})
        changes = self._changes(owed, {one.path: self._new(owed, one) for one in owed.obligations})
        draft.rows += changes.records
        draft.events += changes.events
        draft.deliveries += changes.deliveries

    def _new(self, owed: Owed, one: Obligation) -> ObligationRecord:
        return ObligationRecord(
            id=self._ports.ids.new(),
            agreement=owed.agreement.id,
            partner=owed.agreement.partner,
            dataset=owed.agreement.dataset,
            path=one.path,
            role=one.role,
            action=one.word,
            debtor=one.debtor,
            creditor=one.creditor,
            ours=one.debtor == self._ports.identity.participant,
            above=one.above,
            created=owed.now,
        )

    # --- what persons say ------------------------------------------------------------------------

    async def performed(
        self, obligation: str, *, by: str, evidence: str, digest: str = "", at: datetime | None = None
    ) -> ObligationRecord:
        """Record that an obligation was performed: confirmed where it is owed to us, claimed where we owe it.

        ``by``: who says so; ``evidence``: what shows it, in words, ``digest`` of a document; ``at``: when it was done
        (``None``: now). What is recorded after the last moment is late, whatever day it names.

        Raises LocalError ``obligation-unknown``, ``-not-ours``, ``-not-owed``, ``-settled``, ``-ahead``.
        """

        def said(owed: Owed, record: ObligationRecord) -> ObligationRecord:
            testimony = self._testimony(owed, record, by=by, evidence=evidence, digest=digest, at=at)
            before = owed.progress[record.path]
            if before.state.settled or record.performance is not None:
                raise OBLIGATION_SETTLED(obligation=record.id, state=before.state.value, agreement=record.agreement)
            if may_begin(owed.one(record.path), owed.progress):
                record = replace(record, begun=owed.now, start=testimony)
            elif before.state is ObligationState.INACTIVE:
                raise OBLIGATION_NOT_OWED(obligation=record.id, state=before.state.value)
            return replace(record, performance=testimony)

        return await self._say(obligation, said)

    async def begin(
        self, obligation: str, *, by: str, evidence: str, digest: str = "", at: datetime | None = None
    ) -> ObligationRecord:
        """Record that something is owed from now on: a prohibition was infringed, or its condition has come about.

        Raises as ``performed``.
        """

        def said(owed: Owed, record: ObligationRecord) -> ObligationRecord:
            testimony = self._testimony(owed, record, by=by, evidence=evidence, digest=digest, at=at)
            if not may_begin(owed.one(record.path), owed.progress):
                raise OBLIGATION_NOT_OWED(obligation=record.id, state=owed.progress[record.path].state.value)
            return replace(record, begun=owed.now, start=testimony)

        return await self._say(obligation, said)

    async def _say(self, obligation: str, said: Said) -> ObligationRecord:
        subject = await self.known(obligation)

        async def decide() -> Step[ObligationRecord]:
            owed = await self._owed(subject.agreement)
            record = said(owed, owed.records[subject.path])
            changes = self._changes(owed, {**owed.records, record.path: record})
            return Step(
                changes, next(map(ObligationRecord.of, (row for row in changes.records if row.id == record.id)))
            )

        return await self._steps.run(_subject(subject.agreement), decide)

    def _testimony(
        self, owed: Owed, record: ObligationRecord, *, by: str, evidence: str, digest: str, at: datetime | None
    ) -> Testimony:
        word = owed.one(record.path).word_of(self._ports.identity.participant)
        if word is None:
            raise OBLIGATION_NOT_OURS(obligation=record.id, debtor=record.debtor, creditor=record.creditor)
        happened = at or owed.now
        if happened > owed.now:
            raise OBLIGATION_AHEAD(at=render(happened))
        return Testimony(word=word, by=by, at=happened, recorded=owed.now, evidence=evidence, digest=digest)

    # --- what time does --------------------------------------------------------------------------

    async def due(self, delivery: Delivery) -> None:
        """The last moment of an obligation has passed, or the first one has come: store what follows from that."""

        async def decide() -> Step[None]:
            owed = await self._owed(delivery.subject)
            return Step(self._changes(owed, owed.records), None)

        await self._steps.run(_subject(delivery.subject), decide)

    def _changes(self, owed: Owed, records: Mapping[str, ObligationRecord]) -> Changes:
        """What is stored when these are the records: how far each has come, and when time moves the next one."""
        progress = owed.at({path: record.progress for path, record in records.items()})
        rows: list[Record] = []
        events: list[Event] = []
        for path, record in records.items():
            after = _moved(record, progress[path])
            if after != owed.records.get(path):
                rows.append(after.row())
            events += (after.event(state.value, owed.now) for state in _passed(owed, record, after))
        deliveries = self._looks(owed, progress)
        turn = next_turn(owed.obligations, progress, owed.concluded)
        if turn is not None:
            deliveries.append(self._row(owed.agreement, turn))
        over = () if turn is not None else (_subject(owed.agreement.id),)
        return Changes(records=tuple(rows), events=tuple(events), deliveries=tuple(deliveries), delivered=over)

    def _looks(self, owed: Owed, progress: Mapping[str, Progress]) -> list[Delivery]:
        """A look at what runs, where a decision may come out otherwise than by what was stored."""
        kept = owed.records.items()
        moved = any(record.state is not progress[path].state for path, record in kept)
        if not moved or owed.agreement.side is Side.CONSUMER:
            return []
        peer = owed.agreement.partner
        return [Delivery(id=self._ports.ids.new(), task=RECHECK_PARTNER_TASK, subject=peer, peer=peer, due=owed.now)]

    @staticmethod
    def _row(agreement: AgreementRecord, turn: datetime) -> Delivery:
        """The row that waits for time to move something: of an agreement there is never more than one."""
        return Delivery(
            id=_subject(agreement.id), task=OBLIGATIONS_TASK, subject=agreement.id, peer=agreement.partner, due=turn
        )

    # --- looking ---------------------------------------------------------------------------------

    async def known(self, obligation: str) -> ObligationRecord:
        """One obligation. Raises LocalError ``obligation-unknown``."""
        row = await self._ports.store.load(ObligationRecord.kind, obligation)
        if row is None:
            raise UNKNOWN_OBLIGATION(obligation=obligation)
        return ObligationRecord.of(row)

    async def listed(
        self, *, due: bool = False, partner: str | None = None, agreement: str | None = None
    ) -> Sequence[ObligationRecord]:
        """All obligations, or only those that are owed now; what is to be done first stands first."""
        store, kind = self._ports.store, ObligationRecord.kind
        found = [
            ObligationRecord.of(row)
            for state in (_OWED if due else ObligationState)
            async for row in every(store, kind, peer=partner, state=state.value, ref=agreement)
        ]
        return sorted(found, key=lambda one: (one.due is None, one.due or one.created, one.agreement, one.path))

    async def _owed(self, agreement_id: str) -> Owed:
        agreement = await self._agreements.kept(agreement_id)
        assert agreement is not None, "an obligation is stored with its agreement"
        owed = await self._book.of(agreement, self._policy(agreement))
        assert owed is not None, "an agreement with an obligation obliges to something"
        return owed

    def _policy(self, agreement: AgreementRecord) -> CompiledPolicy:
        return compiled(agreement, self._ports.settings.registry)


def _moved(record: ObligationRecord, progress: Progress) -> ObligationRecord:
    """The record, as far as it has come."""
    if record.progress == progress:
        return record
    return replace(record, state=progress.state, begun=progress.begun, due=progress.due)


def _passed(owed: Owed, before: ObligationRecord, after: ObligationRecord) -> Sequence[ObligationState]:
    """The states it has come to since it was kept: by time, then by what a person said."""
    kept = before.state if before.version else None
    by_time = owed.progress[after.path].state
    steps = dict.fromkeys((by_time, after.state) if kept is not None else (after.state,))
    return [state for state in steps if state is not kept]


def _subject(agreement: str) -> str:
    return f"{OBLIGATIONS_TASK}:{agreement}"
