"""Whose emissions they are, when one process makes several products.

By mass while the dearest product costs at most so many times as much as the cheapest for the same mass as the rule set
says (four, in those that say it), else by value.
Mass is that of the compound sold (NiSO4·6H2O), not of the metal in it; prices are means over years. An entry of an
inventory gives what the whole process emits for one declared amount of our part, and which product is the part::

    {"name": "leaching", "stage": "mainProductProduction", "kgCO2e": "10", "product": "NiSO4.6H2O",
     "products": [{"name": "NiSO4.6H2O", "mass": "0.253", "unit": "kilogram", "price": "14.89"}, …]}

``price`` is money per kilogram, in any one currency. Source: Battery Pass, Carbon Footprint Rules (2023), 5.1.5, after
sub-division and system expansion were not possible. Raises ConfigurationError ``battery-input-…``,
``battery-unit-mismatch``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, unique
from fractions import Fraction
from typing import Self

from renkei.battery.footprint.emission import Emission
from renkei.battery.footprint.methods import Methods
from renkei.battery.footprint.record import Quality, Stage, quality_to_json, read_quality
from renkei.battery.reading import POSITIVE, Members
from renkei.battery.units import Quantity, Unit, render_figure


@unique
class AllocationBasis(Enum):
    """By what emissions are divided."""

    MASS = "mass"
    ECONOMIC = "economic"


@dataclass(frozen=True, slots=True)
class CoProduct:
    """One product of a process: how much of it, and what a kilogram costs."""

    name: str
    mass: Quantity
    price: Decimal

    def kilograms(self) -> Fraction:
        """Exactly."""
        return self.mass.count(Unit.KILOGRAM, self.name)

    def worth(self) -> Fraction:
        """Money."""
        return self.kilograms() * Fraction(self.price)

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        return {
            "name": self.name,
            "mass": render_figure(self.mass.value),
            "unit": self.mass.unit.code,
            "price": render_figure(self.price),
        }

    @classmethod
    def read(cls, members: Members) -> Self:
        """From an open JSON object."""
        product = cls(members.text("name"), members.quantity("mass", "unit"), members.figure("price", POSITIVE))
        members.close()
        return product


@dataclass(frozen=True, slots=True)
class Allocation:
    """Each product's share of the emissions (they sum to 1), and why so."""

    basis: AllocationBasis
    price_ratio: Fraction
    shares: Mapping[str, Fraction]


def allocate(products: Sequence[CoProduct], methods: Methods, basis: AllocationBasis | None = None) -> Allocation:
    """Divide by mass or by value, as the prices say; ``basis`` forces one of them, to show what it would give."""
    prices = [Fraction(product.price) for product in products]
    ratio = max(prices) / min(prices)
    chosen = basis or (AllocationBasis.MASS if methods.divides_by_mass(ratio) else AllocationBasis.ECONOMIC)
    by_mass = chosen is AllocationBasis.MASS
    amounts = {each.name: each.kilograms() if by_mass else each.worth() for each in products}
    whole = sum(amounts.values(), Fraction(0))
    return Allocation(chosen, ratio, {name: amount / whole for name, amount in amounts.items()})


@dataclass(frozen=True, slots=True)
class AllocatedEmission:
    """What a process with several products emits, of which the part answers for one product's share."""

    name: str
    stage: Stage
    emission: Decimal
    product: str
    products: tuple[CoProduct, ...]
    quality: Quality[Decimal] | None = None

    def emissions(self, methods: Methods) -> Iterator[Emission]:
        """The share, as measured as the whole."""
        share = allocate(self.products, methods).shares[self.product]
        yield Emission(self.name, self.stage, Fraction(self.emission) * share, measured=True, quality=self.quality)

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        members: dict[str, object] = {
            "name": self.name,
            "stage": self.stage.value,
            "kgCO2e": render_figure(self.emission),
            "product": self.product,
            "products": [product.to_json() for product in self.products],
        }
        return members if self.quality is None else members | {"quality": quality_to_json(self.quality)}

    @classmethod
    def read(cls, members: Members) -> Self:
        """From an open JSON object: products have different names, and the part is one of them."""
        quality = members.optional_inner("quality")
        products = tuple(CoProduct.read(product) for product in members.each("products"))
        names = [product.name for product in products]
        if len(set(names)) != len(names):
            raise members.malformed("products", ", ".join(names), "a list that names nothing twice")
        product = members.text("product")
        if product not in names:
            raise members.inconsistent("product", product, "the products: " + ", ".join(names))
        found = cls(
            name=members.text("name"),
            stage=members.choice("stage", Stage),
            emission=members.figure("kgCO2e"),
            product=product,
            products=products,
            quality=None if quality is None else read_quality(quality),
        )
        members.close()
        return found
