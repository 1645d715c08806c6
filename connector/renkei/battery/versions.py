"""Which of several received records holds: the newest of each part and company; and why there is a newer one.

Raises PeerError ``battery-records-conflict`` when two different records claim the same place.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, unique
from typing import Protocol, TypeVar

from renkei.battery.problems import RECORDS_CONFLICT


@unique
class ChangeCause(Enum):
    """Why a record follows another.

    Annex II of Regulation (EU) 2023/1542: a changed bill of materials or energy mix asks for a new calculation; the
    rest is what companies write in practice.
    """

    BILL_OF_MATERIALS = "bill-of-materials"
    ENERGY_MIX = "energy-mix"
    OWN_FIGURES = "own-figures"
    METHOD = "method"
    PERIOD = "period"
    CORRECTION = "correction"
    SUPPLIER_UPDATE = "supplier-update"
    DUE_DILIGENCE = "due-diligence"


class Versioned(Protocol):
    """What footprint and due-diligence records share."""

    @property
    def id(self) -> str:
        """The record's own name."""
        ...

    @property
    def version(self) -> int:
        """Counts up from 1."""
        ...

    @property
    def part(self) -> str:
        """What it speaks of."""
        ...

    @property
    def company(self) -> str:
        """Who states it."""
        ...

    @property
    def supersedes(self) -> str | None:
        """The id of the record it replaces."""
        ...


R = TypeVar("R", bound=Versioned)


def newest(records: Iterable[R]) -> dict[tuple[str, str], R]:
    """By part and company. A record supersedes only records of its own company and part."""
    held = tuple(records)
    replaced = {(record.part, record.company, record.supersedes) for record in held}
    chosen: dict[tuple[str, str], R] = {}
    for record in held:
        key = (record.part, record.company)
        if (*key, record.id) in replaced:
            continue
        other = chosen.get(key)
        if other is not None and other.version == record.version and other != record:
            raise RECORDS_CONFLICT(company=record.company, version=record.version, part=record.part)
        if other is None or record.version > other.version:
            chosen[key] = record
    return chosen
