"""A footprint record and its product details as named leaves, and back.

A leaf's name is its path in the JSON form, with dots: ``stages.distribution``, ``period.start``; those of the details
begin with ``details.``. Values are as in JSON: texts, figures as texts, truths, whole numbers, lists. What is the same
in every record (``@type``, ``unit``) is no leaf; empty lists are none either.

Raises PeerError ``battery-record-…`` or ConfigurationError ``battery-input-…`` when no record can be made.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Final, TypeAlias, cast

from renkei.battery.footprint.record import FootprintRecord, Stage
from renkei.battery.units import parse_figure, render_figure
from renkei.formats.dialects.details import SORTS, ProductDetails, Sort
from renkei.formats.dialects.details import TYPE as DETAILS_TYPE

Leaves: TypeAlias = dict[str, object]

_SAME: Final[Mapping[str, object]] = {"@type": "FootprintRecord", "unit": "kgCO2e"}
DETAILS: Final = "details."
RAW, MAIN, DISTRIBUTION, END = (f"stages.{stage.value}" for stage in Stage)
OWN: Final = tuple(f"own.{stage.value}" for stage in Stage)
STAGES: Final = (RAW, MAIN, DISTRIBUTION, END)
EMISSIONS: Final = (
    *STAGES,
    *OWN,
    "total",
    *(DETAILS + name for name, sort in SORTS.items() if sort is Sort.EMISSION),
)
"""What grows with the declared amount."""


def leaves_of(record: FootprintRecord, details: ProductDetails) -> Leaves:
    """Everything that is known, by name."""
    found: Leaves = {}
    for name, value in record.to_json().items():
        if isinstance(value, dict):
            found.update((f"{name}.{inner}", each) for inner, each in value.items())
        elif name not in _SAME and value != []:
            found[name] = value
    found.update((DETAILS + name, value) for name, value in details.values.items())
    return found


def record_of(leaves: Mapping[str, object]) -> tuple[FootprintRecord, ProductDetails]:
    """The record and the details that leaves make up."""
    record: dict[str, object] = {**_SAME, "secondary": [], "gaps": []}
    details: dict[str, object] = {"@type": DETAILS_TYPE}
    for name, value in leaves.items():
        head, dot, rest = name.partition(".")
        if head == "details":
            details[rest] = value
        elif dot:
            cast("dict[str, object]", record.setdefault(head, {}))[rest] = value
        elif not name.startswith("@"):
            record[name] = value
    return FootprintRecord.from_json(record), ProductDetails.from_json(details)


def figure(leaves: Mapping[str, object], name: str) -> Fraction:
    """A leaf as an exact figure; one that is absent is 0."""
    parsed = parse_figure(str(leaves.get(name, "0")))
    return Fraction(0) if parsed is None else Fraction(parsed)


def finite(exact: Fraction) -> Decimal | None:
    """The figure, if it has an end in decimals."""
    rest = exact.denominator
    places = 0
    for prime in (2, 5):
        count = 0
        while rest % prime == 0:
            rest //= prime
            count += 1
        places = max(places, count)
    if rest != 1:
        return None
    return Decimal((exact < 0, tuple(map(int, str(abs(exact.numerator) * 10**places // exact.denominator))), -places))


def written(exact: Fraction) -> str | None:
    """The figure as a text, if it has an end in decimals."""
    found = finite(exact)
    return None if found is None else render_figure(found)
