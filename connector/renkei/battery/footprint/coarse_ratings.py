"""Ratings in coarse steps: fine ones are a fingerprint of who is in a figure, and how much of it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Final

from renkei.battery.footprint.record import FootprintRecord, Quality

PRIMARY_STEP: Final = Fraction(10)
RATING_STEP: Final = Fraction(1, 2)


def coarsened(record: FootprintRecord) -> FootprintRecord:
    """The record with ratings in coarse steps, since fine ones are a fingerprint of who is in it and how much.

    Four ratings over many versions are more equations than a few suppliers have unknowns. Primary data share in steps
    of 10 %, each rating in steps of 0.5.
    """
    primary, quality = record.primary_data_share, record.quality
    return replace(
        record,
        primary_data_share=None if primary is None else _in_steps(primary, PRIMARY_STEP),
        quality=None if quality is None else Quality(*(_in_steps(figure, RATING_STEP) for figure in quality.figures())),
    )


def _in_steps(figure: Decimal, step: Fraction) -> Decimal:
    steps = round(Fraction(figure) / step) * step
    return Decimal(steps.numerator) / Decimal(steps.denominator)  # a half at most: exact in any context
