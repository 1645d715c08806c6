"""What a part adds to a footprint, as integers over one denominator, and how all of them ride in one integer.

``Figures`` holds for one declared amount of a part: kg CO2e by stage, how much of each stage arose in the company's own
plants, and the weights of which primary data share and data quality are quotients. All of them are sums, so that a
part made of parts has the sums of their figures.

Weights are absolute emissions, since credits are negative. A part that we make ourselves is transparent: what weighs is
what went into it, so that cutting one production step into two changes no share. A supplier's record weighs as the
absolute figures it states.

Multiplying a big integer by a small one costs little more than one addition, so a graph packs all figures of a part
into one integer, a lane each (Kronecker substitution); lanes are wide enough that no figure reaches its neighbour.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Final, Self

from renkei.battery.footprint.record import Quality, Stage, Stages

STAGES: Final = tuple(Stage)
# First weight, primary, three ratings, unrated; then the stages in pairs (all of it, arisen in own plants): the last
# two stages are mostly empty, and what stands highest in an integer and is empty costs nothing.
WEIGHTS: Final = range(6)
LANES: Final = len(WEIGHTS) + 2 * len(STAGES)


def stage_lanes(place: int) -> slice:
    """The two lanes of a stage, by its number."""
    return slice(len(WEIGHTS) + 2 * place, len(WEIGHTS) + 2 * place + 2)


_ALL = range(len(WEIGHTS), LANES, 2)
_OWN = range(len(WEIGHTS) + 1, LANES, 2)

StageMap = Mapping[Stage, Stage]


@dataclass(frozen=True, slots=True)
class Addend:
    """One emission in one stage, with how it is known; ``own`` if it arose in the company's own plants."""

    stage: Stage
    emission: Fraction
    primary_data_share: Fraction
    quality: Quality[Fraction] | None
    own: bool = False


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a part as integers over one denominator."""

    numerators: tuple[int, ...]
    denominator: int

    @classmethod
    def of(cls, addends: Iterable[Addend]) -> Self:
        """The sums of some emissions."""
        sums = [Fraction(0)] * LANES
        for addend in addends:
            lane, weight = stage_lanes(STAGES.index(addend.stage)).start, abs(addend.emission)
            sums[lane] += addend.emission
            sums[lane + 1] += addend.emission if addend.own else 0
            ratings = (Fraction(0),) * 3 if addend.quality is None else addend.quality.figures()
            weighed = (Fraction(1), addend.primary_data_share, *ratings, Fraction(addend.quality is None))
            for lane, figure in zip(WEIGHTS, weighed, strict=True):
                sums[lane] += weight * figure
        common = lcm(*(figure.denominator for figure in sums))
        return cls(tuple(figure.numerator * (common // figure.denominator) for figure in sums), common)

    @property
    def stages(self) -> Stages[Fraction]:
        """Exact kg CO2e."""
        return Stages(*map(self._lane, _ALL))

    @property
    def own(self) -> Stages[Fraction]:
        """How much of it arose in the company's own plants."""
        return Stages(*map(self._lane, _OWN))

    @property
    def total(self) -> Fraction:
        """The sum of the stages."""
        return Fraction(sum(self.numerators[lane] for lane in _ALL), self.denominator)

    @property
    def weight(self) -> Fraction:
        """The sum of the absolute emissions."""
        return self._lane(WEIGHTS[0])

    @property
    def primary_data_share(self) -> Fraction | None:
        """Percent of the weight; None when nothing weighs."""
        weight, primary = self.numerators[WEIGHTS[0]], self.numerators[WEIGHTS[1]]
        return Fraction(primary, weight) if weight else None

    @property
    def quality(self) -> Quality[Fraction] | None:
        """The weighted means; None when something that weighs has no rating."""
        weight, _, *ratings, unrated = (self.numerators[lane] for lane in WEIGHTS)
        return Quality(*(Fraction(rating, weight) for rating in ratings)) if weight and not unrated else None

    def _lane(self, lane: int) -> Fraction:
        return Fraction(self.numerators[lane], self.denominator)


class Packing:
    """How figures ride in one integer: ``width`` bits a lane, the first lane lowest, each with its sign."""

    __slots__ = ("_half", "_halves", "_mask", "_pair_half", "_pair_mask", "width")

    def __init__(self, width: int) -> None:
        self.width = width
        self._half = 1 << (width - 1)
        self._halves = sum(self._half << (width * lane) for lane in range(LANES))
        self._mask = (1 << width) - 1
        self._pair_mask = (1 << (2 * width)) - 1
        self._pair_half = self._half | (self._half << width)

    def pack(self, lanes: Iterable[int]) -> int:
        """One integer of all lanes."""
        packed = shift = 0
        for figure in lanes:
            if figure:
                packed += figure << shift
            shift += self.width
        return packed

    def unpack(self, packed: int) -> tuple[int, ...]:
        """The lanes again."""
        shifted, width, mask, half = packed + self._halves, self.width, self._mask, self._half
        return tuple(((shifted >> (width * lane)) & mask) - half for lane in range(LANES))

    def moved(self, packed: int, moves: Sequence[tuple[int, int]]) -> int:
        """With each stage's two lanes where a stage map puts them; ``moves`` are those that do not stay, in order."""
        width, start = 2 * self.width, len(WEIGHTS) * self.width
        if packed.bit_length() < start + width * moves[0][0]:
            return packed  # figures stay below a quarter of their lane, so no stage that moves holds anything
        shifted = packed + self._halves
        for source, target in moves:
            pair = ((shifted >> (start + width * source)) & self._pair_mask) - self._pair_half
            if pair:
                packed += (pair << (start + width * target)) - (pair << (start + width * source))
        return packed


def moves_of(stage_map: StageMap) -> tuple[tuple[int, int], ...]:
    """The stages that a map does not leave where they are, by number."""
    places = ((source, STAGES.index(stage_map[stage])) for source, stage in enumerate(STAGES))
    return tuple((source, target) for source, target in places if source != target)
