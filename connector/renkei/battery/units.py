"""Units as types and figures without loss: exact conversions, strict decimal text, one rounding at the end.

A unit belongs to one dimension, and only units of one dimension convert into each other, by exact rationals.
Energy that was used, battery capacity, and energy that a battery delivers over its life are three dimensions,
although all are counted in kWh: between the last two lies a factor of several hundred (480 for a car and 8 years).

Inside a calculation a figure is a ``Fraction``; it enters and leaves as ``Decimal``. No float, and never the
thread's decimal context. Raises ConfigurationError ``battery-unit-mismatch``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from enum import Enum, unique
from fractions import Fraction

from renkei.battery.problems import UNIT_MISMATCH

_LONGEST_FIGURE = 80  # 34 significant digits, a point, and small figures' leading zeros; longer is an attack
_FIGURE = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")


@unique
class Dimension(Enum):
    """What is measured."""

    MASS = "mass"
    ENERGY = "energy used"
    CAPACITY = "energy capacity"
    DELIVERED = "energy delivered"
    VOLUME = "volume"
    AREA = "area"
    LENGTH = "length"
    FREIGHT = "freight"
    PIECE = "piece"
    EURO = "money in euro"
    DOLLAR = "money in US dollars"
    YEN = "money in yen"


MONEY = frozenset({Dimension.EURO, Dimension.DOLLAR, Dimension.YEN})


@unique
class Unit(Enum):
    """A unit: its name in records, its dimension, and how much of the dimension's first unit it is."""

    KILOGRAM = ("kilogram", Dimension.MASS, Fraction(1))
    GRAM = ("gram", Dimension.MASS, Fraction(1, 1000))
    TONNE = ("tonne", Dimension.MASS, Fraction(1000))
    KILOWATT_HOUR = ("kilowatt-hour", Dimension.ENERGY, Fraction(1))
    WATT_HOUR = ("watt-hour", Dimension.ENERGY, Fraction(1, 1000))
    MEGAJOULE = ("megajoule", Dimension.ENERGY, Fraction(10, 36))
    KILOWATT_HOUR_CAPACITY = ("kilowatt-hour-capacity", Dimension.CAPACITY, Fraction(1))
    WATT_HOUR_CAPACITY = ("watt-hour-capacity", Dimension.CAPACITY, Fraction(1, 1000))
    KILOWATT_HOUR_DELIVERED = ("kilowatt-hour-delivered", Dimension.DELIVERED, Fraction(1))
    MEGAWATT_HOUR_DELIVERED = ("megawatt-hour-delivered", Dimension.DELIVERED, Fraction(1000))
    CUBIC_METRE = ("cubic-meter", Dimension.VOLUME, Fraction(1))
    LITRE = ("liter", Dimension.VOLUME, Fraction(1, 1000))
    SQUARE_METRE = ("square-meter", Dimension.AREA, Fraction(1))
    KILOMETRE = ("kilometer", Dimension.LENGTH, Fraction(1))
    METRE = ("meter", Dimension.LENGTH, Fraction(1, 1000))
    TONNE_KILOMETRE = ("ton-kilometer", Dimension.FREIGHT, Fraction(1))
    KILOGRAM_KILOMETRE = ("kilogram-kilometer", Dimension.FREIGHT, Fraction(1, 1000))
    PIECE = ("piece", Dimension.PIECE, Fraction(1))
    EURO = ("euro", Dimension.EURO, Fraction(1))  # each currency is a dimension: no rate between them is exact
    US_DOLLAR = ("us-dollar", Dimension.DOLLAR, Fraction(1))
    YEN = ("yen", Dimension.YEN, Fraction(1))

    def __init__(self, code: str, dimension: Dimension, size: Fraction) -> None:
        self.code = code
        self.dimension = dimension
        self.size = size


UNITS: dict[str, Unit] = {unit.code: unit for unit in Unit}


@dataclass(frozen=True, slots=True)
class Quantity:
    """So much of a unit."""

    value: Decimal
    unit: Unit

    def count(self, unit: Unit, subject: str) -> Fraction:
        """The same amount counted exactly in another unit; ``subject`` names the thing when that is impossible."""
        if self.unit.dimension is not unit.dimension:
            raise UNIT_MISMATCH(subject=subject, given=self.unit.code, wanted=unit.code)
        return Fraction(self.value) * self.unit.size / unit.size


@unique
class Counting(Enum):
    """Which digits a rounding counts."""

    SIGNIFICANT = "significant"
    DECIMAL_PLACES = "decimal-places"


@unique
class Mode(Enum):
    """What happens to the digits that are cut off. UP: away from zero (切り上げ), as the Ouranos applications do."""

    HALF_EVEN = "half-even"
    UP = "up"


@dataclass(frozen=True, slots=True)
class Rounding:
    """How an exact figure becomes a published one: once, to so many digits."""

    digits: int
    counting: Counting = Counting.SIGNIFICANT
    mode: Mode = Mode.HALF_EVEN

    def apply(self, exact: Fraction) -> Decimal:
        """The published figure."""
        if self.counting is Counting.DECIMAL_PLACES:
            shifted = exact * 10**self.digits
            whole = round(shifted) if self.mode is Mode.HALF_EVEN else _away_from_zero(shifted)
            return _EXACT.scaleb(Decimal(whole), -self.digits)
        return _context(self.digits, self.mode).divide(Decimal(exact.numerator), Decimal(exact.denominator))

    def slack(self, published: Decimal) -> Fraction:
        """The most by which a published figure may differ from the exact one."""
        if self.counting is Counting.DECIMAL_PLACES:
            step = Fraction(1, 10**self.digits)
        elif not published:
            return Fraction(0)  # only an exact zero is published as zero
        else:
            step = Fraction(10) ** (published.adjusted() - self.digits + 1)
        return step / 2 if self.mode is Mode.HALF_EVEN else step


def parse_figure(text: str) -> Decimal | None:
    """A plain decimal such as ``-12.50``; None for exponents, signs of plus, NaN, and what is absurdly long."""
    if len(text) > _LONGEST_FIGURE or not _FIGURE.fullmatch(text):
        return None
    return Decimal(text)


def render_figure(figure: Decimal) -> str:
    """The shortest plain text of a figure: no exponent, no trailing zeros, no negative zero."""
    text = format(figure, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _away_from_zero(exact: Fraction) -> int:
    return -(-exact.numerator // exact.denominator) if exact > 0 else exact.numerator // exact.denominator


def _context(digits: int, mode: Mode = Mode.HALF_EVEN) -> Context:
    return Context(
        prec=digits,
        rounding=ROUND_HALF_EVEN if mode is Mode.HALF_EVEN else ROUND_UP,
        Emin=-999_999,
        Emax=999_999,
        capitals=1,
        clamp=0,
        flags=[],
        traps=[InvalidOperation, DivisionByZero, Overflow],
    )


_EXACT = _context(10_000)
