"""Reading what agreements oblige to: each obligation as its agreement says it, and how far it has come right now.

What an obligation says is read from the signed agreement each time; kept is only what became of it. So what time alone
has moved is seen at once, before the row of the outbox that stores it has come to its turn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from renkei.exchange.agreement.agreed import began
from renkei.exchange.ports import Ports
from renkei.exchange.records.obligations import ObligationRecord
from renkei.exchange.records.processes import AgreementRecord
from renkei.policy.deciding.evaluate import CompiledPolicy
from renkei.policy.deciding.obligations import Obligation, Progress, duty_states, obligations_of, obliges, settled
from renkei.policy.world import DutyState

_MOST: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """All that one agreement obliges to. ``records`` by path; ``progress``: as it is at ``now``."""

    agreement: AgreementRecord
    obligations: Sequence[Obligation]
    records: Mapping[str, ObligationRecord]
    concluded: datetime
    now: datetime
    progress: Mapping[str, Progress]

    def at(self, progress: Mapping[str, Progress]) -> Mapping[str, Progress]:
        """How far all have come, if this is what was recorded."""
        return settled(self.obligations, progress, self.concluded, self.now)

    def one(self, path: str) -> Obligation:
        """The obligation at a place in the policy."""
        return next(one for one in self.obligations if one.path == path)

    @property
    def states(self) -> dict[str, DutyState]:
        """As a decision asks for them."""
        return duty_states(self.obligations, self.progress)


class ObligationBook:
    """The obligations of one participant's agreements."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def of(self, agreement: AgreementRecord, policy: CompiledPolicy) -> Owed | None:
        """What an agreement obliges to; ``None``: to nothing. ``policy``: its terms."""
        if not obliges(policy.terms):
            return None
        rows = await self._ports.store.find(ObligationRecord.kind, ref=agreement.id, limit=_MOST)
        records = {record.path: record for record in map(ObligationRecord.of, rows)}
        return self.fresh(agreement, policy, records)

    def fresh(
        self, agreement: AgreementRecord, policy: CompiledPolicy, records: Mapping[str, ObligationRecord]
    ) -> Owed:
        """What an agreement obliges to, with what is kept of it."""
        obligations = obligations_of(policy.terms, policy.policy.assigner or "", policy.policy.assignee or "")
        kept = {path: record.progress for path, record in records.items()}
        concluded, now = began(agreement), self._ports.clock.now()
        progress = settled(obligations, kept, concluded, now)
        return Owed(
            agreement=agreement,
            obligations=obligations,
            records=records,
            concluded=concluded,
            now=now,
            progress=progress,
        )

    async def states(self, agreement: AgreementRecord, policy: CompiledPolicy) -> Mapping[str, DutyState]:
        """The states of an agreement's duties right now, as a decision asks for them."""
        owed = await self.of(agreement, policy)
        return {} if owed is None else owed.states
