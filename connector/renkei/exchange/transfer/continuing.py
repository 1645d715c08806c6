"""What was started goes on only while it is permitted: a look at a transfer at the instant its permission may end.

When a transfer starts, the policy engine says until when its answer stands. At that instant a row of the outbox falls
due, the agreement is asked again, and what is no longer permitted is suspended; what still is gets the next instant. So
nothing is polled, and a restart loses nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from renkei.exchange.machine.courier import NotYetError
from renkei.exchange.machine.patience import Patience
from renkei.exchange.records.processes import TransferRecord
from renkei.kernel.problems import RenkeiError
from renkei.store.port import Delivery

RECHECK_TASK: Final = "recheck"


def row_of(transfer: str) -> str:
    """The outbox row that looks after a transfer: there is never more than one."""
    return f"{RECHECK_TASK}:{transfer}"


def look_again(transfer: TransferRecord, due: datetime) -> Delivery:
    """Ask again at that instant."""
    return Delivery(id=row_of(transfer.id), task=RECHECK_TASK, subject=transfer.id, peer=transfer.partner, due=due)


@dataclass(frozen=True, slots=True)
class Recheck:
    """``recheck``: a permission may have ended. Implements ``courier.Errand``."""

    look: Callable[[Delivery], Awaitable[None]]
    patience: Patience

    async def attempt(self, delivery: Delivery) -> None:
        """Look; a transfer that cannot be suspended just now is looked at again soon."""
        try:
            await self.look(delivery)
        except RenkeiError as error:
            raise NotYetError(str(error), count=False) from error

    async def give_up(self, delivery: Delivery, cause: RenkeiError) -> None:  # noqa: ARG002 - the port's shape
        """Never asked for, since no try counts."""
        await self.look(delivery)
