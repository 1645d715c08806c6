"""Where a person decides: a rule book that asks before we bind ourselves, and what ends a time that nobody has used.

A question is stored with the negotiation (``DecisionRecord``) and answered through ``Negotiations.approve`` and
``refuse``; when the partner or a hand of ours moves on in the meantime it is void.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from renkei.exchange.machine.courier import NotYetError
from renkei.exchange.machine.patience import Patience
from renkei.exchange.ports import Approvals
from renkei.exchange.problems import OFFER_DIFFERS
from renkei.exchange.process.decisions import Decisions, NegotiationStep, Question, TransferStep
from renkei.exchange.records.processes import NegotiationRecord, Side, TransferRecord
from renkei.kernel.problems import RenkeiError
from renkei.policy.world import Fact
from renkei.protocol.negotiation import NegotiationState
from renkei.store.port import Delivery

DEADLINE_TASK: Final = "deadline"
# What binds us: the provider agrees; the consumer accepts, or verifies what was agreed to its own request.
_BINDING: Final = frozenset({NegotiationState.AGREED, NegotiationState.ACCEPTED, NegotiationState.VERIFIED})


@dataclass(frozen=True, slots=True)
class HumanApproval:
    """A rule book around another one: where ``approvals`` say so, its binding steps wait for a person's yes.

    A consumer's request that differs from our offer would be refused by rule; here a person sees it first.
    """

    rules: Decisions
    approvals: Approvals

    async def negotiation(self, record: NegotiationRecord, facts: dict[str, Fact]) -> NegotiationStep | Question | None:
        """What the inner rules say, or the question whether to do that."""
        step = await self.rules.negotiation(record, facts)
        if not isinstance(step, NegotiationStep) or record.approved_by:
            return step
        if not self.approvals.need(record.partner, record.dataset):
            return step
        if step.target in _BINDING:
            return Question(step=step, why="approval-needed")
        if record.side is Side.PROVIDER and step.code == OFFER_DIFFERS.code:
            return Question(step=NegotiationStep(target=NegotiationState.AGREED), why=OFFER_DIFFERS.code)
        return step

    async def transfer(self, record: TransferRecord, facts: dict[str, Fact]) -> TransferStep | None:
        """What was agreed needs no second yes."""
        return await self.rules.transfer(record, facts)


@dataclass(frozen=True, slots=True)
class Deadline:
    """``deadline``: a person's time to decide has run out. Implements ``courier.Errand``."""

    overdue: Callable[[Delivery], Awaitable[None]]
    patience: Patience

    async def attempt(self, delivery: Delivery) -> None:
        """Terminate, unless it was decided in time."""
        try:
            await self.overdue(delivery)
        except RenkeiError as error:
            # Only our own store can stand in the way, and time does not come back.
            raise NotYetError(str(error), count=False) from error

    async def give_up(self, delivery: Delivery, cause: RenkeiError) -> None:  # noqa: ARG002 - the port's shape
        """Never asked for, since no try counts."""
        await self.overdue(delivery)
