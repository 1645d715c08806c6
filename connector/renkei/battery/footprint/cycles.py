"""The order in which parts are calculated, and the exact solution where parts need each other.

Returned scrap and recycled material make cycles. Each group of parts that reach one another (a strongly connected
component; Tarjan 1972, without recursion) is solved as one linear system over rationals; the rest is a plain walk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction


def groups_in_order(edges: Mapping[str, Iterable[str]]) -> Iterator[tuple[str, ...]]:
    """Groups of parts, inputs first. ``edges`` gives each part's inputs; inputs that are no key are left out."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    waiting: set[str] = set()
    for root in edges:
        if root in index:
            continue
        path = [(root, iter(edges[root]))]
        while path:
            part, inputs = path[-1]
            if part not in index:
                index[part] = low[part] = len(index)
                stack.append(part)
                waiting.add(part)
            deeper = _next_unseen(part, inputs, edges, index, low, waiting)
            if deeper is not None:
                path.append((deeper, iter(edges[deeper])))
                continue
            path.pop()
            if path:
                low[path[-1][0]] = min(low[path[-1][0]], low[part])
            if low[part] == index[part]:
                group = [stack.pop()]
                while group[-1] != part:
                    group.append(stack.pop())
                waiting.difference_update(group)
                yield tuple(group)


def _next_unseen(
    part: str,
    inputs: Iterator[str],
    edges: Mapping[str, Iterable[str]],
    index: Mapping[str, int],
    low: dict[str, int],
    waiting: set[str],
) -> str | None:
    for other in inputs:
        if other not in edges:
            continue
        if other not in index:
            return other
        if other in waiting:
            low[part] = min(low[part], index[other])
    return None


def solve(matrix: Sequence[Sequence[Fraction]], constants: Sequence[Sequence[Fraction]]) -> list[list[Fraction]] | None:
    """Solve ``x = constants + matrix · x`` exactly, for several columns of constants at once.

    ``matrix`` has no negative entry. None when its spectral radius is 1 or more: then I - matrix is no non-singular
    M-matrix, and elimination without exchanging rows meets a pivot that is not positive (Berman and Plemmons 1979).
    """
    size = len(matrix)
    rows = [[Fraction(int(i == j)) - matrix[i][j] for j in range(size)] + list(constants[i]) for i in range(size)]
    for i in range(size):
        pivot = rows[i][i]
        if pivot <= 0:
            return None
        rows[i] = [value / pivot for value in rows[i]]
        for k in range(size):
            factor = rows[k][i]
            if k != i and factor:
                rows[k] = [value - factor * base for value, base in zip(rows[k], rows[i], strict=True)]
    return [row[size:] for row in rows]
