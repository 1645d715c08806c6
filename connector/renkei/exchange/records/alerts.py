"""What is kept of due-diligence alerts: those we raised, those we were told, and to whom they were passed on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import ClassVar

from renkei.exchange.records.kept import Document, Kept


class AlertOrigin(Enum):
    """RAISED: by a person of ours; EXPIRED: by the clock, of our own evidence; TOLD: by a supplier.

    REACHED: it was told of something that goes into this part of ours, and has been passed on for it.
    """

    RAISED = "raised"
    EXPIRED = "expired"
    TOLD = "told"
    REACHED = "reached"


@dataclass(frozen=True, kw_only=True)
class AlertRecord(Kept):
    """One alert at one place: ``part`` of ours, or (TOLD) the component by the number of ``partner``, the supplier.

    ``alert``: as it travels; ``basis``: what of ours has run out (EXPIRED), and ``opening``: the secret that takes it
    back (of one that we raised), both for our own eyes; ``told``: how many partners were told of it for this part.
    """

    kind: ClassVar[str] = "alert"

    alert_id: str
    revision: int
    origin: AlertOrigin
    part: str
    partner: str = ""
    alert: Document
    stands: bool = True
    basis: str = ""
    opening: str = ""
    told: int = 0
    created: datetime

    @staticmethod
    def key(alert: str, part: str, partner: str = "") -> str:
        """The record's id: the same alert may come about several components, and reach several parts."""
        return f"{partner}\x1f{part}\x1f{alert}"

    def keys(self) -> tuple[str, str, str]:
        """Found again by what it is about."""
        return self.partner, self.origin.value, self.part
