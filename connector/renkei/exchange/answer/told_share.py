"""How much of a footprint rests on records that suppliers told and did not sign: forms, other systems' files."""

from __future__ import annotations

from fractions import Fraction

from renkei.battery.footprint.calculation import Origin
from renkei.battery.verification.standing import share_of
from renkei.exchange.answer.parts import FOOTPRINT, Parts
from renkei.exchange.records.parts import PartRecord


async def told_share(parts: Parts, part: PartRecord) -> Fraction:
    """The percent of a part's footprint of today, each contribution by its size; what suppliers' own rest on is theirs.

    Raises ConfigurationError ``part-incomplete``, ``battery-…``.
    """
    weights: list[tuple[Fraction, bool]] = []
    for one in (await parts.footprint(part)).contributions:
        told = False
        if one.origin is Origin.COMPONENT:
            record = await parts.newest(one.company, FOOTPRINT, one.name)
            told = record is not None and not record.signed
        weights.append((one.emission, told))
    return share_of(weights) or Fraction(0)
