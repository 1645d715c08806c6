"""Strict reading of decoded JSON: every member is asked for by name, and what was not asked for is an error.

``Members`` walks one JSON object. ``at`` is the JSON pointer of what is read, so that a message can say where.
Which problems are raised (a partner's record or a file of ours) is given by a ``FieldProblems``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Self, TypeVar

from renkei.battery.problems import FieldProblems
from renkei.battery.units import UNITS, Quantity, Unit, parse_figure
from renkei.kernel import instants
from renkei.kernel.jcs import LARGEST_EXACT
from renkei.kernel.problems import RenkeiError

E = TypeVar("E", bound=Enum)
_LONGEST_TEXT = 2000
_NOT_TEXT = frozenset({"Cc", "Cs"})  # controls hide things in logs and sheets, lone surrogates cannot be signed
_DIGEST = re.compile(r"sha-256:[0-9a-f]{64}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Range:
    """Which figures are allowed, and how that is said."""

    text: str
    low: Decimal | None = None
    high: Decimal | None = None
    above: Decimal | None = None

    def holds(self, figure: Decimal) -> bool:
        """Whether the figure is allowed."""
        return (
            (self.low is None or figure >= self.low)
            and (self.high is None or figure <= self.high)
            and (self.above is None or figure > self.above)
        )


ANY = Range("any figure")
POSITIVE = Range("more than 0", above=Decimal(0))
PERCENT = Range("0 to 100", low=Decimal(0), high=Decimal(100))
RATING = Range("1 (best) to 5 (worst)", low=Decimal(1), high=Decimal(5))
SHARE = Range("0 to 1", low=Decimal(0), high=Decimal(1))
YIELD = Range("more than 0 and at most 1", above=Decimal(0), high=Decimal(1))


class Members:
    """One JSON object while it is read. Close it at the end: unread members are then an error."""

    def __init__(self, value: object, problems: FieldProblems, at: str = "") -> None:
        self.at = at
        self.problems = problems
        if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
            raise self.malformed("", value, "an object")
        self._values: Mapping[str, object] = value
        self._read: set[str] = set()

    @classmethod
    def typed(cls, value: object, problems: FieldProblems, type_name: str) -> Self:
        """Open a top-level object that must carry this ``@type``."""
        members = cls(value, problems)
        found = members.text("@type")
        if found != type_name:
            raise members.malformed("@type", found, type_name)
        return members

    def close(self) -> None:
        """Refuse what nobody asked for."""
        for name in self._values:
            if name not in self._read:
                raise self.problems.unknown(at=self.at or "/", name=name)

    def malformed(self, name: str, found: object, expected: str) -> RenkeiError:
        """The error for a member that is not what it must be."""
        return self.problems.malformed(at=self._where(name), found=found, expected=expected)

    def inconsistent(self, name: str, found: object, expected: str) -> RenkeiError:
        """The error for a member that contradicts another."""
        return self.problems.inconsistent(at=self._where(name), found=found, expected=expected)

    def has(self, name: str) -> bool:
        """Whether the member is there; ``null`` is not a way to leave one out."""
        self._read.add(name)
        return name in self._values

    def names(self) -> tuple[str, ...]:
        """All member names, for objects that are maps."""
        return tuple(self._values)

    def text(self, name: str) -> str:
        """A string that is not blank and holds no control characters."""
        value = self._take(name)
        if (
            not isinstance(value, str)
            or not value.strip()
            or len(value) > _LONGEST_TEXT
            or any(unicodedata.category(sign) in _NOT_TEXT for sign in value)
        ):
            raise self.malformed(name, value, "a text without control characters")
        return value

    def is_text(self, name: str) -> bool:
        """Whether a text stands there, where something else may as well."""
        return isinstance(self._values.get(name), str)

    def optional_text(self, name: str) -> str | None:
        """A text, or None when the member is absent."""
        return self.text(name) if self.has(name) else None

    def texts(self, name: str) -> tuple[str, ...]:
        """An array of texts, none twice."""
        values = self._array(name)
        inner = Members({str(i): v for i, v in enumerate(values)}, self.problems, self._where(name))
        texts = tuple(inner.text(str(i)) for i in range(len(values)))
        if len(set(texts)) != len(texts):
            raise self.malformed(name, values, "a list that names nothing twice")
        return texts

    def figure(self, name: str, allowed: Range = ANY) -> Decimal:
        """A decimal, written as a string."""
        value = self._take(name)
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            raise self.problems.number_not_text(at=self._where(name), found=value)
        figure = parse_figure(value) if isinstance(value, str) else None
        if figure is None:
            raise self.malformed(name, value, "a decimal with a point, such as 12.5")
        if not allowed.holds(figure):
            raise self.problems.out_of_range(at=self._where(name), found=value, expected=allowed.text)
        return figure

    def optional_figure(self, name: str, allowed: Range = ANY) -> Decimal | None:
        """A decimal, or None when the member is absent."""
        return self.figure(name, allowed) if self.has(name) else None

    def whole(self, name: str, low: int, high: int = LARGEST_EXACT) -> int:
        """A JSON integer within bounds."""
        value = self._take(name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.malformed(name, value, "a whole number")
        if not low <= value <= high:
            raise self.problems.out_of_range(at=self._where(name), found=value, expected=f"{low} to {high}")
        return value

    def flag(self, name: str) -> bool:
        """Whether something holds that does not where nothing is said."""
        if not self.has(name):
            return False
        value = self._take(name)
        if not isinstance(value, bool):
            raise self.malformed(name, value, "true or false")
        return value

    def day(self, name: str) -> date:
        """A calendar day, ``2026-11-22``."""
        value = self._take(name)
        if isinstance(value, str) and _DATE.fullmatch(value):
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass
        raise self.malformed(name, value, "a day such as 2026-11-22")

    def instant(self, name: str) -> datetime:
        """A point in time with a zone, ``2026-11-22T09:30:00Z``."""
        value = self._take(name)
        try:
            if isinstance(value, str):
                return instants.parse(value)
        except RenkeiError:
            pass
        raise self.malformed(name, value, "a point in time such as 2026-11-22T09:30:00Z")

    def digest(self, name: str) -> str:
        """The hash by which a document is named."""
        value = self._take(name)
        if isinstance(value, str) and _DIGEST.fullmatch(value):
            return value
        raise self.malformed(name, value, "sha-256: and 64 lower-case hex digits")

    def choice(self, name: str, kind: type[E]) -> E:
        """One of an enum's values."""
        value = self._take(name)
        for member in kind:
            if member.value == value:
                return member
        raise self.malformed(name, value, "one of " + ", ".join(str(member.value) for member in kind))

    def unit(self, name: str, prefix: str = "") -> Unit:
        """A unit by its name in records, after a prefix such as ``kgCO2e/``."""
        value = self._take(name)
        unit = UNITS.get(value.removeprefix(prefix)) if isinstance(value, str) and value.startswith(prefix) else None
        if unit is None:
            raise self.malformed(name, value, f"one of {prefix}{{{', '.join(UNITS)}}}")
        return unit

    def quantity(self, value_name: str, unit_name: str) -> Quantity:
        """A positive amount that stands in two members."""
        return Quantity(self.figure(value_name, POSITIVE), self.unit(unit_name))

    def inner(self, name: str) -> Members:
        """An object in this object."""
        return Members(self._take(name), self.problems, self._where(name))

    def optional_inner(self, name: str) -> Members | None:
        """An object in this object, or None when the member is absent."""
        return self.inner(name) if self.has(name) else None

    def each(self, name: str) -> list[Members]:
        """An array of objects."""
        at = self._where(name)
        return [Members(value, self.problems, f"{at}/{i}") for i, value in enumerate(self._array(name))]

    def value(self, name: str) -> object:
        """Whatever stands there, for those who read it by themselves."""
        return self._take(name)

    def values(self, name: str) -> tuple[object, ...]:
        """An array of whatever, for those who read it by themselves."""
        return tuple(self._array(name))

    def _array(self, name: str) -> list[object]:
        value = self._take(name)
        if not isinstance(value, list):
            raise self.malformed(name, value, "an array")
        return value

    def _take(self, name: str) -> object:
        if not self.has(name):
            raise self.problems.missing(at=self.at or "/", name=name)
        return self._values[name]

    def _where(self, name: str) -> str:
        return f"{self.at}/{name}" if name else (self.at or "/")
