"""What a rule set says of dividing and crediting: parameters of a method are data, and never constants in code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum, unique
from fractions import Fraction

from renkei.battery.problems import RULE_UNKNOWN


@unique
class Recycling(Enum):
    """How recycled content and recycling at the end of life are credited."""

    CUT_OFF = "cut-off"
    CIRCULAR_FOOTPRINT_FORMULA = "circular-footprint-formula"


@dataclass(frozen=True, slots=True, kw_only=True)
class Methods:
    """``largest_price_ratio``: up to which co-products are divided by mass, and beyond it by value.

    ``allocation_factors``: the A of the circular footprint formula by kind of material. ``rules``: whose these are.
    """

    rules: str
    recycling: Recycling = Recycling.CUT_OFF
    largest_price_ratio: Decimal | None = None
    allocation_factors: Mapping[str, Decimal] = field(default_factory=dict)

    def divides_by_mass(self, price_ratio: Fraction) -> bool:
        """Whether products with this ratio of prices are. Raises ConfigurationError ``battery-rule-unknown``."""
        if self.largest_price_ratio is None:
            raise RULE_UNKNOWN(rules=self.rules, name="largestPriceRatio", known="none for products of one process")
        return price_ratio <= Fraction(self.largest_price_ratio)

    def allocation_factor(self, kind: str) -> Fraction:
        """The A of a kind of material. Raises ConfigurationError ``battery-rule-unknown``."""
        if kind not in self.allocation_factors:
            known = ", ".join(self.allocation_factors) or "no kinds of material"
            raise RULE_UNKNOWN(rules=self.rules, name=kind, known=known)
        return Fraction(self.allocation_factors[kind])
