"""What linear equations determine: exact elimination over rationals, with the error of what follows from them.

``RowSpace`` takes equations whose right sides are known up to an error each, and tells of any linear combination of the
unknowns whether they determine it, and how closely. Unknowns that stand in every equation alike are kept as one: no
single one of them is ever determined. Work is bounded: beyond ``MOST_WORK`` products it refuses to go on.

Raises LocalError ``disclosure-too-much-to-judge``.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Generic, TypeVar

from renkei.battery.disclosure.disclosure_problems import TOO_MUCH

K = TypeVar("K", bound=Hashable)
MOST_WORK: Final = 500_000  # products of rationals: a second or two
_ZERO: Final = Fraction(0)
_Sparse = dict[int, Fraction]


@dataclass(frozen=True, slots=True)
class Equation(Generic[K]):
    """A known sum of unknowns: coefficients, and by how much the known side may be wrong."""

    terms: Mapping[K, Fraction]
    error: Fraction = _ZERO


@dataclass(frozen=True, slots=True)
class _Row:
    """A row in echelon form: its pivot's coefficient is 1; ``made`` says of which equations it is the sum."""

    pivot: int
    terms: _Sparse
    made: _Sparse


class RowSpace(Generic[K]):
    """What some equations say together."""

    def __init__(self, equations: Sequence[Equation[K]]) -> None:
        self._equations = equations
        self._work = 0
        self._column: dict[K, int] = {}
        self._size: list[int] = []
        self._group_alike()
        self._rows: list[_Row] = []
        for i, equation in enumerate(equations):
            self._add(i, equation)
        self._by_pivot = self._cleared()

    def error_of(self, target: Mapping[K, Fraction]) -> Fraction | None:
        """By how much the value of a combination may be wrong that they determine; None: they do not."""
        terms = self._merged(target)
        if terms is None:
            return None
        # No row has another's pivot: each is needed as often as its pivot stands in the combination.
        needed = [(factor, row) for group, factor in terms.items() if (row := self._by_pivot.get(group)) is not None]
        left = dict(terms)
        for factor, row in needed:
            self._spend(len(row.terms))
            for group, value in row.terms.items():
                _put(left, group, -factor * value)
        if left:
            return None
        made: _Sparse = {}
        for factor, row in needed:
            for i, share in row.made.items():
                _put(made, i, factor * share)
        return sum((abs(share) * self._equations[i].error for i, share in made.items()), _ZERO)

    def _group_alike(self) -> None:
        columns: dict[K, list[tuple[int, Fraction]]] = {}
        for i, equation in enumerate(self._equations):
            for unknown, factor in equation.terms.items():
                if factor:
                    columns.setdefault(unknown, []).append((i, factor))
                    self._spend(1)
        known: dict[tuple[tuple[int, Fraction], ...], int] = {}
        for unknown, column in columns.items():
            number = known.setdefault(tuple(column), len(known))
            self._column[unknown] = number
            if number == len(self._size):
                self._size.append(0)
            self._size[number] += 1

    def _merged(self, target: Mapping[K, Fraction]) -> _Sparse | None:
        """A combination over groups of unknowns; None where it tells some of a group from the others."""
        found: dict[int, list[Fraction]] = {}
        for unknown, factor in target.items():
            if factor:
                if unknown not in self._column:
                    return None
                found.setdefault(self._column[unknown], []).append(factor)
        if any(len(factors) != self._size[group] or len(set(factors)) > 1 for group, factors in found.items()):
            return None
        return {group: factors[0] for group, factors in found.items()}

    def _add(self, number: int, equation: Equation[K]) -> None:
        terms = {self._column[unknown]: factor for unknown, factor in equation.terms.items() if factor}
        left, made = self._reduce(terms, {number: Fraction(-1)})
        if not left:
            return
        pivot = min(left)
        scale = left[pivot]
        self._rows.append(
            _Row(
                pivot,
                {group: factor / scale for group, factor in left.items()},
                {i: -share / scale for i, share in made.items()},
            )
        )

    def _reduce(self, terms: _Sparse, made: _Sparse) -> tuple[_Sparse, _Sparse]:
        """What is left of a row, and which equations were taken from it."""
        left, made = dict(terms), dict(made)
        for row in self._rows:
            factor = left.get(row.pivot)
            if factor:
                self._spend(len(row.terms) + len(row.made))
                for group, value in row.terms.items():
                    _put(left, group, -factor * value)
                for i, share in row.made.items():
                    _put(made, i, factor * share)
        return left, made

    def _cleared(self) -> dict[int, _Row]:
        """The rows by pivot, each without the pivots of those that came after it."""
        found: dict[int, _Row] = {}
        for row in reversed(self._rows):
            terms, made = dict(row.terms), dict(row.made)
            for pivot in [group for group in terms if group in found]:
                factor, other = terms[pivot], found[pivot]
                self._spend(len(other.terms) + len(other.made))
                for group, value in other.terms.items():
                    _put(terms, group, -factor * value)
                for i, share in other.made.items():
                    _put(made, i, -factor * share)
            found[row.pivot] = _Row(row.pivot, terms, made)
        return found

    def _spend(self, products: int) -> None:
        self._work += products
        if self._work > MOST_WORK:
            raise TOO_MUCH(limit=MOST_WORK)


def _put(terms: _Sparse, name: int, value: Fraction) -> None:
    total = terms.get(name, _ZERO) + value
    if total:
        terms[name] = total
    else:
        terms.pop(name, None)
