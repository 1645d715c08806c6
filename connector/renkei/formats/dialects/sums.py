"""Published figures that do not add up: suspicious, yet no error (worked case W10: official examples do it).

A table names a total, its parts, and parts that some rules count and others do not; the total agrees when it does so
with some choice of the latter, to the last decimal that any of the figures shows. Percentages hide here too: four
stages that add up to 100 while the total is something else are no kilograms.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from typing import Final

from renkei.battery.units import Rounding, render_figure
from renkei.formats.dialects.table import Sum, Table

_LARGEST_EXPONENT: Final = 60
_MOST_ITEMS: Final = 50


def odd_sums(table: Table, document: object) -> Iterator[tuple[str, object, str]]:
    """Where a total stands that does not agree, what it is, and what it should be."""
    for rule in table.sums:
        for base, holder in _holders(document, rule.total.strip("/").split("/")[:-1]):
            total = _figure(holder, rule.total.rsplit("/", 1)[-1])
            if total is not None:
                wanted = _wanted(rule, document, holder)
                if wanted and total not in wanted:
                    name = rule.total.rsplit("/", 1)[-1]
                    yield f"{base}/{name}", _plain(total), f"the sum of its parts, {_plain(wanted[0])}"


def figure_at(document: object, path: str) -> Fraction | None:
    """The figure at a path of a table (without indexes), in the first element of each list."""
    *steps, name = path.strip("/").split("/")
    for _, holder in _holders(document, steps):
        return _figure(holder, name)
    return None


def _wanted(rule: Sum, document: object, holder: dict[str, object]) -> list[Fraction]:
    parts = [_part(document, holder, path) for path in rule.parts]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts) if rule.perhaps == () else not known:
        return []
    perhaps = [part for part in (_part(document, holder, path) for path in rule.perhaps) if part]
    base = sum(known, Fraction(0))
    chosen = (choice for size in range(len(perhaps) + 1) for choice in combinations(perhaps, size))
    return list(dict.fromkeys(base + sum(choice, Fraction(0)) for choice in chosen))


def _part(document: object, holder: dict[str, object], path: str) -> Fraction | None:
    """A bare name stands beside the total, a path at its place in the document."""
    return figure_at(document, path) if "/" in path else _figure(holder, path)


def _holders(document: object, steps: list[str]) -> Iterator[tuple[str, dict[str, object]]]:
    reached: list[tuple[str, object]] = [("", document)]
    for step in [*steps, ""]:
        spread: list[tuple[str, object]] = []
        for path, value in reached:
            if isinstance(value, list):
                spread.extend((f"{path}/{i}", item) for i, item in enumerate(value[:_MOST_ITEMS]))
            else:
                spread.append((path, value))
        if not step:
            reached = spread
            break
        reached = [
            (f"{path}/{step}", value[step]) for path, value in spread if isinstance(value, dict) and step in value
        ]
    yield from ((path, value) for path, value in reached if isinstance(value, dict))


def _figure(holder: dict[str, object], name: str) -> Fraction | None:
    value = holder.get(name)
    if isinstance(value, str):
        if len(value) > _LARGEST_EXPONENT or not value.removeprefix("-").replace(".", "", 1).isdecimal():
            return None
        return Fraction(value) if value.isascii() else None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    figure = Decimal(value) if not isinstance(value, int) or abs(value) < 10**_LARGEST_EXPONENT else None
    if figure is None or (figure and abs(figure.adjusted()) > _LARGEST_EXPONENT):
        return None
    return Fraction(figure)


def _plain(figure: Fraction) -> str:
    return render_figure(Rounding(34).apply(figure))
