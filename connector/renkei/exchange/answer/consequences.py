"""What follows when something that goes into our records changes: the port of whoever keeps them current.

Where the change is stored, what follows from it is stored in the same commit, so nothing is forgotten by a crash.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol

from renkei.battery.versions import ChangeCause
from renkei.exchange.records.kept import Document
from renkei.exchange.records.parts import PartRecord
from renkei.exchange.records.requests import DocumentRecord
from renkei.store.port import Changes
from renkei.trust.artefacts import unsigned

# Which version it is, what it follows and why, and by what it can be made again: none of this is what it states.
_LINEAGE: Final = frozenset({"id", "version", "supersedes", "cause", "calculation"})


class Consequences(Protocol):
    """Who keeps current what we have given."""

    async def of_part(self, part: str, cause: ChangeCause | None) -> Changes:
        """What to store with a part of ours that changes; ``cause``: as far as it is known."""
        ...

    async def of_record(self, record: DocumentRecord) -> Changes:
        """What to store with a record that a partner has given us."""
        ...

    async def cause_of(self, parts: Sequence[str], since: datetime) -> ChangeCause:
        """Why what is made of these parts of ours has changed since then."""
        ...


class NoConsequences:
    """Nobody keeps anything current."""

    async def of_part(self, part: str, cause: ChangeCause | None) -> Changes:  # noqa: ARG002 - the port's shape
        """Nothing."""
        return Changes()

    async def of_record(self, record: DocumentRecord) -> Changes:  # noqa: ARG002 - the port's shape
        """Nothing."""
        return Changes()

    async def cause_of(self, parts: Sequence[str], since: datetime) -> ChangeCause:  # noqa: ARG002 - the port's shape
        """Not known better."""
        return ChangeCause.SUPPLIER_UPDATE


def substance(document: Mapping[str, object]) -> Document:
    """What a record states, without its place among its versions: records that agree in it say the same."""
    return {name: value for name, value in unsigned(document).items() if name not in _LINEAGE}


def change_of(before: PartRecord, after: PartRecord) -> ChangeCause | None:
    """What has changed in a part, as a cause; ``None``: nothing that any record could show."""
    if (before.bom or "") != (after.bom or ""):
        return ChangeCause.BILL_OF_MATERIALS
    if before.inventory != after.inventory:
        same_period = before.inventory.get("period") == after.inventory.get("period")
        return ChangeCause.OWN_FIGURES if same_period else ChangeCause.PERIOD
    if (before.rules, before.split) != (after.rules, after.split):
        return ChangeCause.METHOD
    return None if before.due_diligence == after.due_diligence else ChangeCause.DUE_DILIGENCE
