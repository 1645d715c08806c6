"""A step in the making, with all that one commit stores of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from renkei.exchange.records.processes import NegotiationRecord, TransferRecord
from renkei.policy.world import Fact
from renkei.store.port import Answer, Changes, Delivery, Event, Record, Replay

R = TypeVar("R", NegotiationRecord, TransferRecord)


@dataclass(slots=True)
class Draft(Generic[R]):
    """The process as it will be, and what goes with it. ``facts``: what is verified about the partner right now."""

    record: R
    facts: dict[str, Fact] = field(default_factory=dict)
    rows: list[Record] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    delivered: list[str] = field(default_factory=list)
    replays: list[Replay] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    def changes(self) -> Changes:
        """Everything, for one commit."""
        return Changes(
            records=(self.record.row(), *self.rows),
            events=tuple(self.events),
            deliveries=tuple(self.deliveries),
            delivered=tuple(self.delivered),
            replays=tuple(self.replays),
            answers=tuple(self.answers),
        )
