from __future__ import annotations

import decimal
from decimal import Decimal
from fractions import Fraction

import pytest
from battery_samples import d

from renkei.battery import Counting, Dimension, Mode, Quantity, Rounding, Unit
from renkei.battery.units import parse_figure, render_figure
from renkei.kernel.problems import ConfigurationError, RenkeiError


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "count"),
    [
        ("2500", Unit.GRAM, Unit.KILOGRAM, Fraction(5, 2)),
        ("1", Unit.TONNE, Unit.GRAM, Fraction(1_000_000)),
        ("1", Unit.KILOWATT_HOUR, Unit.MEGAJOULE, Fraction(18, 5)),
        ("1", Unit.MEGAJOULE, Unit.KILOWATT_HOUR, Fraction(5, 18)),
        ("750", Unit.WATT_HOUR, Unit.KILOWATT_HOUR, Fraction(3, 4)),
        ("60000", Unit.WATT_HOUR_CAPACITY, Unit.KILOWATT_HOUR_CAPACITY, Fraction(60)),
        ("28.8", Unit.MEGAWATT_HOUR_DELIVERED, Unit.KILOWATT_HOUR_DELIVERED, Fraction(28_800)),
        ("450000", Unit.KILOGRAM_KILOMETRE, Unit.TONNE_KILOMETRE, Fraction(450)),
        ("12.5", Unit.LITRE, Unit.CUBIC_METRE, Fraction(1, 80)),
        ("1500", Unit.METRE, Unit.KILOMETRE, Fraction(3, 2)),
    ],
)
def test_conversions_are_exact(value, unit, wanted, count):
    assert Quantity(d(value), unit).count(wanted, "x") == count


@pytest.mark.parametrize("unit", Unit)
def test_units_of_different_dimensions_never_mix(unit):
    strangers = [other for other in Unit if other.dimension is not unit.dimension]
    assert len(strangers) >= len(Dimension) - 1
    for other in strangers:
        with pytest.raises(RenkeiError) as caught:
            Quantity(d(1), unit).count(other, "cell")
        assert caught.value.code == "battery-unit-mismatch"


def test_capacity_delivered_and_used_energy_are_three_dimensions():
    kinds = {u.dimension for u in (Unit.KILOWATT_HOUR, Unit.KILOWATT_HOUR_CAPACITY, Unit.KILOWATT_HOUR_DELIVERED)}
    assert len(kinds) == 3


@pytest.mark.parametrize(
    ("digits", "counting", "exact", "shown"),
    [
        (1, Counting.DECIMAL_PLACES, Fraction(1, 4), "0.2"),
        (1, Counting.DECIMAL_PLACES, Fraction(3, 4), "0.8"),
        (0, Counting.DECIMAL_PLACES, Fraction(-5, 2), "-2"),
        (3, Counting.SIGNIFICANT, Fraction(2, 3), "0.667"),
        (3, Counting.SIGNIFICANT, Fraction(12345), "12300"),
        (2, Counting.SIGNIFICANT, Fraction(125, 1000), "0.12"),
        (2, Counting.SIGNIFICANT, Fraction(9999, 10), "1000"),
        (5, Counting.SIGNIFICANT, Fraction(1, 3_000_000), "0.00000033333"),
        (34, Counting.SIGNIFICANT, Fraction(0), "0"),
    ],
)
def test_rounding_is_half_to_even(digits, counting, exact, shown):
    assert render_figure(Rounding(digits, counting).apply(exact)) == shown


@pytest.mark.parametrize(
    ("digits", "counting", "exact", "shown"),
    [
        (5, Counting.DECIMAL_PLACES, Fraction(67, 30), "2.23334"),
        (5, Counting.DECIMAL_PLACES, Fraction(2), "2"),
        (5, Counting.DECIMAL_PLACES, Fraction(1, 10**9), "0.00001"),
        (1, Counting.DECIMAL_PLACES, Fraction(-121, 100), "-1.3"),
        (3, Counting.SIGNIFICANT, Fraction(1, 3), "0.334"),
        (3, Counting.SIGNIFICANT, Fraction(99901, 100), "1000"),
        (3, Counting.SIGNIFICANT, Fraction(0), "0"),
    ],
)
def test_rounding_up_goes_away_from_zero(digits, counting, exact, shown):
    rounding = Rounding(digits, counting, Mode.UP)
    assert render_figure(rounding.apply(exact)) == shown
    assert abs(Fraction(shown) - exact) <= rounding.slack(Decimal(shown))


def test_no_currency_is_worth_a_number_of_another():
    with pytest.raises(ConfigurationError):
        Quantity(Decimal(1), Unit.YEN).count(Unit.EURO, "price")


def test_rounding_ignores_the_threads_decimal_context():
    with decimal.localcontext(prec=3, rounding=decimal.ROUND_UP, traps=[decimal.Inexact]):
        assert str(Rounding(10).apply(Fraction(2, 3))) == "0.6666666667"
        assert str(Rounding(40, Counting.DECIMAL_PLACES).apply(Fraction(2, 3))) == "0." + "6" * 39 + "7"
        assert Quantity(Decimal("1.23456789"), Unit.GRAM).count(Unit.GRAM, "x") == Fraction(123456789, 10**8)


@pytest.mark.parametrize("text", ["0", "-0.5", "12", "62.9204177617603", "0.0000000000000001"])
def test_plain_decimals_are_read_and_written_alike(text):
    assert render_figure(parse_figure(text)) == text


@pytest.mark.parametrize(
    "text",
    ["", "1e5", "1E+9999999", "+1", "01", ".5", "5.", "NaN", "Infinity", "-", "1,5", " 1", "1\n", "١", "1_0", "9" * 81],
)
def test_everything_else_is_no_figure(text):
    assert parse_figure(text) is None


@pytest.mark.parametrize(
    ("figure", "text"), [("-0", "0"), ("1.500", "1.5"), ("1E+3", "1000"), ("0.00", "0"), ("-0.00", "0")]
)
def test_one_figure_has_one_text(figure, text):
    assert render_figure(Decimal(figure)) == text
