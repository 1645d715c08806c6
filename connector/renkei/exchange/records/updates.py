"""What is kept to bring records up to date: what has changed, and how far each partner's copy has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import ClassVar

from renkei.battery.versions import ChangeCause
from renkei.exchange.records.kept import Kept
from renkei.exchange.records.requests import RequestKind


@dataclass(frozen=True, kw_only=True)
class ChangeRecord(Kept):
    """The last change of one thing: a part of ours, or a partner's record of a component (``partner`` not empty).

    Also what a component of a partner's is called in the crosswalk: there ``part`` is our number for it.

    ``cause``: none for a part that is new; ``waiting``: what follows from it has not been looked at; ``rounds``: how
    often a partner's record was restated in a row because of others' restatements, each soon after the one before.
    """

    kind: ClassVar[str] = "change"

    part: str
    partner: str = ""
    cause: ChangeCause | None
    at: datetime
    waiting: bool = True
    rounds: int = 0

    @staticmethod
    def key(part: str, partner: str = "", document_type: str = "") -> str:
        """The record's id. No part's name holds a line's end, so these keys are never taken for each other."""
        return f"record:{partner}\n{document_type}\n{part}" if partner else f"part:{part}"

    def keys(self) -> tuple[str, str, str]:
        """Those that wait are found together."""
        return self.partner, "waiting" if self.waiting else "seen", ""


class UpdateState(Enum):
    """How far a partner's copy of a record of ours has come.

    WAITING: a change is looked at when it is due; HELD: a person lets it go; TOLD: the newest version is offered and
    notice is given; CURRENT: nothing new is to be told; STOPPED: it will not be told, with a reason.
    """

    CURRENT = "current"
    WAITING = "waiting"
    HELD = "held"
    TOLD = "told"
    STOPPED = "stopped"


@dataclass(frozen=True, kw_only=True)
class UpdateRecord(Kept):
    """One partner's copy of our record of a part; ``dataset``: in which it has it, the newest if there are several.

    ``offered``: the id of the record that the dataset now holds, with its ``number``; ``notice``: by which it was told;
    ``changes``: how many have been gathered since ``released``; ``due``: when they are looked at (none: not yet known).
    """

    kind: ClassVar[str] = "update"

    partner: str
    part: str
    record_kind: RequestKind
    dataset: str
    state: UpdateState = UpdateState.CURRENT
    reason: str = ""
    offered: str = ""
    number: int = 0
    notice: str = ""
    changes: int = 0
    due: datetime | None = None
    released: datetime | None = None
    at: datetime

    @staticmethod
    def key(partner: str, kind: RequestKind, part: str) -> str:
        """The record's id."""
        return f"{partner} {kind.value} {part}"

    def keys(self) -> tuple[str, str, str]:
        """Found again by part."""
        return self.partner, self.state.value, self.part
