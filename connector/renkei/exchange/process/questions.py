"""What a person is asked about a negotiation: one question at a time, what ends the time for it, how it was closed."""

from __future__ import annotations

from datetime import timedelta

from renkei.exchange.machine.drafts import Draft
from renkei.exchange.ports import Ports
from renkei.exchange.problems import NOBODY_ASKED
from renkei.exchange.process.approvals import DEADLINE_TASK
from renkei.exchange.process.decisions import Question
from renkei.exchange.records.processes import DecisionRecord, DecisionState, NegotiationRecord
from renkei.kernel.values import replace
from renkei.store.port import Delivery


class Questions:
    """One participant's questions to its people, kept with the negotiations that they are about."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def kept(self, negotiation: str) -> DecisionRecord | None:
        """What a person is, or was last, asked about a negotiation."""
        row = await self._ports.store.load(DecisionRecord.kind, negotiation)
        return None if row is None else DecisionRecord.of(row)

    async def open(self, record: NegotiationRecord) -> DecisionRecord:
        """What waits for an answer. Raises LocalError ``negotiation-nobody-asked``."""
        asked = await self.kept(record.id)
        if not record.asking or asked is None:
            raise NOBODY_ASKED(pid=record.id)
        return asked

    async def ask(self, draft: Draft[NegotiationRecord], question: Question) -> None:
        """Store the question, and what ends the time to answer it."""
        record, now = draft.record, self._ports.clock.now()
        before = await self.kept(record.id)
        asked = DecisionRecord(
            id=record.id,
            version=before.version if before else 0,
            partner=record.partner,
            dataset=record.dataset,
            target=question.step.target,
            why=question.why,
            asked=now,
            deadline=now + timedelta(seconds=self._ports.settings.approvals.within),
            facts=dict(draft.facts),
        )
        timer = Delivery(
            id=self._ports.ids.new(), task=DEADLINE_TASK, subject=record.id, peer=record.partner, due=asked.deadline
        )
        draft.rows[:] = [row for row in draft.rows if row.kind != DecisionRecord.kind]
        draft.rows.append(asked.row())
        draft.deliveries.append(timer)
        draft.events.append(record.event(f"asking {question.why}", now))
        draft.record = replace(record, asking=timer.id)

    async def close(
        self, draft: Draft[NegotiationRecord], state: DecisionState, *, by: str = "", reason: str = ""
    ) -> None:
        """Close an open question; without one there is nothing to close."""
        record = draft.record
        asked = await self.kept(record.id) if record.asking else None
        if asked is None:
            return
        now = self._ports.clock.now()
        draft.rows.append(replace(asked, state=state, by=by, at=now, reason=reason).row())
        draft.delivered.append(record.asking)
        draft.events.append(record.event(f"{state.value} {f'by {by}' if by else ''}".strip(), now))
        draft.record = replace(record, asking="")
