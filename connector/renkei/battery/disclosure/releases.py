"""What was told to one recipient at a time: the published figures, and privately which supplier's share is in them.

A ``Release`` is what the leakage estimator and the release rules look at. Shares are exact kg CO2e per declared amount
of our part, taken through parts that we make ourselves; what is no supplier's is our own. A release is kept as JSON
beside the record it belongs to, figures as fractions such as ``"5/3"``, and never leaves the house.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Final, Self, cast

import msgspec

from renkei.battery.footprint.coarse_ratings import PRIMARY_STEP, RATING_STEP
from renkei.battery.footprint.inventory import Inventory
from renkei.battery.footprint.record import FootprintRecord, Quality, Stages
from renkei.battery.footprint.rollup import roll_up
from renkei.battery.footprint.rules import RuleSet
from renkei.battery.parts.bom import Bom
from renkei.battery.versions import newest

_NOTHING: Final = Fraction(0)
_ONE: Final = Stages(Decimal(0), Decimal(1), Decimal(0), Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one component of one supplier adds to a part: so many declared amounts of it, kg CO2e by stage of the part.

    ``ratings``: primary data share and data quality as its supplier states them, as far as it does.
    """

    company: str
    component: str
    amount: Fraction
    stages: tuple[Fraction, ...]
    ratings: tuple[Fraction, ...] = ()

    @property
    def total(self) -> Fraction:
        """Its addend of the part's total."""
        return sum(self.stages, _NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One record as one recipient got it.

    ``own``: our own addends by stage; ``errors``: by how much each published figure, the four stages and then the
    total, may differ from the exact one; ``split``: whether the record
    tells what of each stage is our own; ``ratings``: primary data share and quality with their rounding errors.
    """

    shares: tuple[Share, ...]
    own: tuple[Fraction, ...]
    errors: tuple[Fraction, ...]
    split: bool = False
    ratings: tuple[tuple[Fraction, Fraction], ...] = ()

    @classmethod
    def of(
        cls,
        record: FootprintRecord,
        exact: Stages[Fraction],
        shares: Iterable[Share],
        *,
        split: bool = False,
        coarse: bool = False,
    ) -> Self:
        """A record of ours, with the exact figures and the shares that are in it; ``coarse``: see ``coarsened``."""
        kept = tuple(sorted(shares, key=lambda share: (share.company, share.component)))
        told = [*(figure for _, figure in record.stages.items()), record.total]
        return cls(
            shares=kept,
            own=tuple(
                figure - sum((share.stages[s] for share in kept), _NOTHING)
                for s, (_, figure) in enumerate(exact.items())
            ),
            errors=tuple(record.rounding.slack(figure) for figure in told),
            split=split,
            ratings=tuple(_told_ratings(record, coarse=coarse)),
        )

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        return cast("dict[str, object]", msgspec.to_builtins(self, enc_hook=str))

    @classmethod
    def from_json(cls, value: Mapping[str, object]) -> Self:
        """What ``to_json`` wrote; it is our own and was never out of the house."""
        return msgspec.convert(value, type=cls, dec_hook=lambda kind, text: kind(text))

    def by_supply(self) -> Mapping[tuple[str, str], Share]:
        """The shares by company and component."""
        return {(share.company, share.component): share for share in self.shares}


def shares_of(
    part: str, inventories: Iterable[Inventory], bom: Bom, received: Iterable[FootprintRecord], rules: RuleSet
) -> tuple[Share, ...]:
    """Each supplier's share of a part of ours, also through what we make ourselves.

    The roll-up is linear: what one supply adds to our own is its share, and with 1 in its record its amount. Raises as
    ``roll_up``.
    """
    own, inside = tuple(inventories), tuple(line for line in bom.lines if line.supplier is None)
    ours = roll_up(part, own, Bom(inside), (), rules).stages
    records, found = newest(received), []
    for (component, supplier), lines in bom.bought().items():
        record = records.get((component, supplier))
        if record is None:
            continue
        alone = Bom((*inside, *lines))
        one = replace(record, stages=_ONE, total=Decimal(1))
        stages = _beyond(ours, roll_up(part, own, alone, [record], rules).stages)
        found.append(
            Share(
                company=supplier,
                component=component,
                amount=sum(_beyond(ours, roll_up(part, own, alone, [one], rules).stages), _NOTHING),
                stages=stages,
                ratings=_ratings(record.primary_data_share, record.quality),
            )
        )
    return tuple(found)


def _beyond(ours: Stages[Fraction], whole: Stages[Fraction]) -> tuple[Fraction, ...]:
    return tuple(figure - own for (_, own), (_, figure) in zip(ours.items(), whole.items(), strict=True))


def _ratings(primary: Decimal | None, quality: Quality[Decimal] | None) -> tuple[Fraction, ...]:
    if primary is None:
        return ()
    return tuple(map(Fraction, (primary, *(() if quality is None else quality.figures()))))


def _told_ratings(record: FootprintRecord, *, coarse: bool) -> Iterator[tuple[Fraction, Fraction]]:
    if record.primary_data_share is None:
        return
    figures = (record.primary_data_share, *(() if record.quality is None else record.quality.figures()))
    for figure, step in zip(figures, (PRIMARY_STEP, RATING_STEP, RATING_STEP, RATING_STEP), strict=False):
        yield Fraction(figure), step / 2 if coarse else record.rounding.slack(figure)


def changed(before: Release, after: Release, stages: Sequence[int]) -> frozenset[str]:
    """The suppliers whose shares of these stages differ between two releases."""
    one, other = before.by_supply(), after.by_supply()
    return frozenset(
        company
        for company, component in one.keys() | other.keys()
        if _in(one.get((company, component)), stages) != _in(other.get((company, component)), stages)
    )


def contributing(release: Release, stages: Sequence[int]) -> frozenset[str]:
    """The suppliers that add anything to these stages."""
    return frozenset(share.company for share in release.shares if any(share.stages[s] for s in stages))


def _in(share: Share | None, stages: Sequence[int]) -> tuple[Fraction, ...]:
    return tuple(_NOTHING if share is None else share.stages[s] for s in stages)
