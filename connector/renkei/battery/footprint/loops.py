"""Parts that need each other (returned scrap, recycled material), solved exactly.

A loop's unknowns are states: a stage of a part, or its weights, which no stage map touches. States that need each
other are a block; each block's Leontief inverse ``(I - M)^-1`` is computed once, over rationals, and kept as integers
over one denominator. Blocks follow each other, inputs first, so that figures stay integers throughout.

Raises ConfigurationError ``battery-cycle-unphysical``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from renkei.battery.footprint.cycles import groups_in_order, solve
from renkei.battery.footprint.figures import STAGES, WEIGHTS, StageMap, stage_lanes
from renkei.battery.problems import CYCLE_UNPHYSICAL

_PLAIN = len(STAGES)  # the state of a part's weights, after its stages
_States = Mapping[int, list[tuple[int, Fraction]]]  # for each state what it needs of others


@dataclass(frozen=True, slots=True)
class _Block:
    """States that need each other (or one alone), with the inverse's numerators, and what they need of earlier ones."""

    states: tuple[int, ...]
    inverse: tuple[tuple[int, ...], ...]
    denominator: int
    before: tuple[tuple[tuple[int, Fraction], ...], ...]


@dataclass(frozen=True, slots=True)
class Loop:
    """A group of parts that need each other. ``denominator``: what solutions are finer by than what goes in."""

    size: int
    blocks: tuple[_Block, ...]
    denominator: int

    @classmethod
    def of(cls, parts: Sequence[str], uses: Sequence[tuple[int, int, Fraction, StageMap]]) -> Loop:
        """From the lines inside: which part (by place) uses how many times which other, under which stage map."""
        width = _PLAIN + 1
        needs: dict[int, list[tuple[int, Fraction]]] = {state: [] for state in range(width * len(parts))}
        for parent, component, times, stage_map in uses:
            needs[width * parent + _PLAIN].append((width * component + _PLAIN, times))
            for place, stage in enumerate(STAGES):
                needs[width * parent + STAGES.index(stage_map[stage])].append((width * component + place, times))
        names = {str(state): [str(other) for other, _ in listed] for state, listed in needs.items()}
        inverses: dict[tuple[tuple[Fraction, ...], ...], list[list[Fraction]] | None] = {}
        blocks: list[_Block] = []
        finer = dict.fromkeys(needs, 1)
        for group in groups_in_order(names):
            states = tuple(sorted(map(int, group)))
            matrix = _matrix(states, needs)
            if matrix not in inverses:
                inverses[matrix] = solve(matrix, _identity(len(states)))
            inverse = inverses[matrix]
            if inverse is None:
                raise CYCLE_UNPHYSICAL(parts=", ".join(sorted(parts)))
            block = _block(states, inverse, needs)
            blocks.append(block)
            inputs = (use for row in block.before for use in row)
            step = block.denominator * lcm(*(times.denominator * finer[other] for other, times in inputs))
            finer.update(dict.fromkeys(states, step))
        return cls(len(parts), tuple(blocks), lcm(*finer.values()))

    def solve(self, constants: Sequence[Sequence[int]]) -> list[list[int]]:
        """The figures of all parts from what they have without each other, all lanes; finer by ``denominator``."""
        found: dict[int, list[int]] = {}
        for block in self.blocks:
            rows = []
            for state, before in zip(block.states, block.before, strict=True):
                part, place = divmod(state, _PLAIN + 1)
                row = [figure * self.denominator for figure in constants[part][_lanes(place)]]
                for other, times in before:
                    up, down = times.as_integer_ratio()
                    row = [have + up * more // down for have, more in zip(row, found[other], strict=True)]
                rows.append(row)
            for state, weights in zip(block.states, block.inverse, strict=True):
                sums = [0] * len(rows[0])
                for weight, row in zip(weights, rows, strict=True):
                    if weight:
                        sums = [have + weight * more for have, more in zip(sums, row, strict=True)]
                found[state] = [figure // block.denominator for figure in sums]
        width, places = _PLAIN + 1, (_PLAIN, *range(_PLAIN))
        return [[lane for place in places for lane in found[width * part + place]] for part in range(self.size)]


def _lanes(place: int) -> slice:
    return slice(WEIGHTS.start, WEIGHTS.stop) if place == _PLAIN else stage_lanes(place)


def _matrix(states: Sequence[int], needs: _States) -> tuple[tuple[Fraction, ...], ...]:
    column = {state: place for place, state in enumerate(states)}
    rows = []
    for state in states:
        row = [Fraction(0)] * len(states)
        for other, times in needs[state]:
            if other in column:
                row[column[other]] += times
        rows.append(tuple(row))
    return tuple(rows)


def _identity(size: int) -> list[list[Fraction]]:
    return [[Fraction(int(i == j)) for j in range(size)] for i in range(size)]


def _block(states: tuple[int, ...], inverse: Sequence[Sequence[Fraction]], needs: _States) -> _Block:
    inside = set(states)
    common = lcm(*(figure.denominator for row in inverse for figure in row))
    return _Block(
        states,
        tuple(tuple(figure.numerator * (common // figure.denominator) for figure in row) for row in inverse),
        common,
        tuple(tuple(use for use in needs[state] if use[0] not in inside) for state in states),
    )
