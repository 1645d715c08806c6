"""One emission of our own making: what every kind of entry in an inventory comes down to."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from renkei.battery.footprint.record import Quality, Stage


@dataclass(frozen=True, slots=True)
class Emission:
    """Exact kg CO2e per declared amount of the part, in one stage; ``measured`` or else from a factor of others."""

    name: str
    stage: Stage
    exact: Fraction
    measured: bool
    quality: Quality[Decimal] | None = None
