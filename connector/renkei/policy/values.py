"""Right operands read for what they mean: instants and days, durations, numbers, texts; and how they are shown.

What cannot be read is ``None``: the constraint is unknown then. Instants need a zone. The zone in which a text without
one is meant is a matter of the semantics a decision is made under (none by default: such a text is not read).

Sources: XML Schema 1.1 part 2 (dateTime, date, duration); RFC 3339. The Dataspace Protocol's own examples leave the
seconds out, so they may be absent.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final, TypeAlias

from renkei.kernel.instants import parse
from renkei.kernel.problems import RenkeiError
from renkei.policy.model import Operator, RightOperand
from renkei.policy.operands.declaration import ORDER, Datatype, Operand
from renkei.policy.terms import XSD, expand

TICK: Final = timedelta(microseconds=1)
LAST: Final = datetime.max.replace(tzinfo=UTC)
FIRST: Final = datetime.min.replace(tzinfo=UTC)
_DAY: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(Z|[+-]\d{2}:\d{2})?", re.ASCII)
_DURATION: Final = re.compile(
    r"P(?=.)(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,6})W)?(?:(\d{1,6})D)?"
    r"(?:T(?=.)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?",
    re.ASCII,
)
_DIGITS: Final = re.compile(r"-?\d{1,40}(?:\.\d{1,40})?", re.ASCII)
_DAYS: Final = re.compile(r"[1-9]\d{0,5}", re.ASCII)
_TEXT_TYPES: Final = frozenset({XSD + "string", XSD + "anyURI"})
_NUMBERS: Final = (
    *("integer", "decimal", "nonNegativeInteger", "positiveInteger"),
    *("int", "long", "short", "byte", "unsignedInt", "unsignedLong", "double", "float"),
)
_TYPES: Final[Mapping[Datatype, frozenset[str]]] = {
    Datatype.INSTANT: frozenset({XSD + "dateTime", XSD + "dateTimeStamp", XSD + "date"}),
    Datatype.DURATION: frozenset({XSD + "duration", XSD + "dayTimeDuration", XSD + "yearMonthDuration"}),
    Datatype.DAYS: frozenset({XSD + "integer", XSD + "string"}),
    Datatype.NUMBER: frozenset(XSD + name for name in _NUMBERS),
}


@dataclass(frozen=True, slots=True)
class Span:
    """An instant (both ends the same) or a whole day, its last microsecond included."""

    low: datetime
    high: datetime


@dataclass(frozen=True, slots=True)
class Duration:
    """Months of the calendar, and time."""

    months: int
    time: timedelta

    def after(self, start: datetime) -> datetime:
        """The instant at which so much time has passed; the end of time, if that is later."""
        months = start.month - 1 + self.months
        year, month = start.year + months // 12, months % 12 + 1
        if year > LAST.year:
            return LAST
        day = min(start.day, monthrange(year, month)[1])
        try:
            return start.replace(year=year, month=month, day=day) + self.time
        except OverflowError:
            return LAST


Right: TypeAlias = "frozenset[str] | Span | Duration | Decimal"


def read_right(right: RightOperand, operand: Operand, operator: Operator, zone: str = "") -> Right | None:
    """The right operand as this left operand and operator take it; ``None``: it cannot be read."""
    texts = _texts(right, _TYPES.get(operand.datatype, frozenset()) | _TEXT_TYPES)
    if texts is None or not all(operand.takes(text) for text in texts):
        return None
    ordered = operand.datatype not in {Datatype.TEXT, Datatype.PART} and operator in ORDER
    if (ordered or operator in {Operator.EQ, Operator.NEQ}) and len(texts) != 1:
        return None
    if not ordered:
        return texts
    (text,) = texts
    match operand.datatype:
        case Datatype.INSTANT:
            return span(text, zone)
        case Datatype.DURATION:
            return duration(text)
        case Datatype.DAYS:
            return Duration(0, timedelta(days=int(text))) if _DAYS.fullmatch(text) else None
        case Datatype.SCALE:
            return Decimal(operand.scale.index(text)) if text in operand.scale else None
        case _:
            return number(text)


def may_be(datatype: str, operand: Operand) -> bool:
    """Whether right operands of this operand may be of this XML Schema type."""
    return expand(datatype) in _TYPES.get(operand.datatype, frozenset()) | _TEXT_TYPES


def span(text: str, zone: str = "") -> Span | None:
    """An instant, or a day from its first to its last moment. ``zone``: the offset of texts that have none."""
    day = _DAY.fullmatch(text)
    if day is not None:
        start = _instant(f"{day[1]}T00:00:00", day[2] or zone)
        return None if start is None else Span(start, _day_end(start))
    moment = _instant(text, "" if _zoned(text) else zone)
    return None if moment is None else Span(moment, moment)


def _day_end(start: datetime) -> datetime:
    try:
        return start + timedelta(days=1) - TICK
    except OverflowError:
        return LAST


_WITHOUT_SECONDS: Final = len("2026-11-22T09:30")


def _zoned(text: str) -> bool:
    return text.endswith("Z") or text[-6:-5] in {"+", "-"}


def _instant(text: str, zone: str) -> datetime | None:
    text += zone
    if text[_WITHOUT_SECONDS : _WITHOUT_SECONDS + 1] in ("Z", "+", "-"):
        text = f"{text[:_WITHOUT_SECONDS]}:00{text[_WITHOUT_SECONDS:]}"
    try:
        return parse(text)
    except RenkeiError:
        return None


def duration(text: str) -> Duration | None:
    """``P1Y2M10DT2H30M5S`` or ``P2W``; negative ones and fractions are not taken."""
    found = _DURATION.fullmatch(text)
    if found is None or found[0].endswith("T"):
        return None
    years, months, weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    time = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return Duration(12 * years + months, time)


@lru_cache(maxsize=1024)
def number(text: str) -> Decimal | None:
    """A decimal in plain digits."""
    try:
        return Decimal(text) if _DIGITS.fullmatch(text) else None
    except InvalidOperation:  # pragma: no cover - the form leaves nothing to refuse
        return None


def shown(right: RightOperand) -> str:
    """A right operand in words for people."""
    if isinstance(right, str):
        return right
    if isinstance(right, tuple):
        return ", ".join(shown(item) for item in right)
    return str(right.get("@value") or right.get("@id") or dict(right))


def texts_in(right: RightOperand) -> Iterator[str]:
    """The texts and references in a right operand, whatever types they are of."""
    for item in right if isinstance(right, tuple) else (right,):
        value = item if isinstance(item, str) else item.get("@id", item.get("@value"))
        if isinstance(value, str):
            yield value


def _texts(right: RightOperand, types: frozenset[str]) -> frozenset[str] | None:
    """The texts of a right operand; ``None`` where one is not a plain, typed or node-reference text."""
    if isinstance(right, str):
        return frozenset((right,))
    texts = [_text(item, types) for item in (right if isinstance(right, tuple) else (right,))]
    known = frozenset(text for text in texts if text is not None)
    return None if None in texts else known


def _text(item: str | Mapping[str, object], types: frozenset[str]) -> str | None:
    if isinstance(item, str):
        return item
    value: object
    kind: object
    if item.keys() == {"@id"}:
        value, kind = item["@id"], ""
    elif item.keys() == {"@value"} or item.keys() == {"@value", "@type"}:
        value, kind = item["@value"], item.get("@type", "")
    else:
        return None
    if not isinstance(value, str) or not isinstance(kind, str):
        return None
    return value if not kind or expand(kind) in types else None
