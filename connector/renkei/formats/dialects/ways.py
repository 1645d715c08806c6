"""How one leaf is spelled in a dialect, and how it is read back: a pair of functions a ``way``.

``write`` takes a leaf and gives JSON, ``read`` the reverse; both may add to the log. A leaf of None means that nothing
is left to keep. What cannot be spelled raises ConfigurationError ``formats-out-of-range``; what cannot be read,
PeerError ``formats-not-readable``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final, cast

from renkei.battery.units import Counting, Mode, Rounding, parse_figure, render_figure
from renkei.formats.dialects.checking import decimals, shown
from renkei.formats.dialects.dialect_problems import NOT_READABLE, OUT_OF_RANGE
from renkei.formats.dialects.loss import Change, Log, Why
from renkei.formats.dialects.table import Form, Node, Table
from renkei.kernel import instants
from renkei.kernel.problems import RenkeiError

_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_URN: Final = "urn:uuid:"
_LONGEST_EXPONENT: Final = 60
_UNVERSIONED: Final = "unspecified"
_ZONE: Final = re.compile(r"(Z|[+-]\d{2}:\d{2})$", re.ASCII)
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_OPERATORS: Final = ("PEF", "EPD International")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a leaf is spelled: the dialect, its node, the path there, what the leaf is of, and what may be done."""

    table: Table
    node: Node
    path: str
    leaves: tuple[str, ...]
    log: Log
    may_round: bool = False

    def note(self, change: Change, why: Why, value: object = "") -> None:
        """Add to the log, with the names on both sides."""
        for leaf in self.leaves:
            self.log.add(change, why, leaf=leaf, path=self.path, value=value)

    def unreadable(self, found: object, expected: str) -> Exception:
        """The error for what fits the schema and yet cannot be a leaf."""
        return NOT_READABLE(path=self.path, found=shown(found), expected=expected)

    def impossible(self, found: object, expected: str) -> Exception:
        """The error for a leaf that the dialect cannot say."""
        return OUT_OF_RANGE(format=self.table.id, path=self.path, found=shown(found), expected=expected)


@dataclass(frozen=True, slots=True)
class Way:
    """Both directions of one spelling."""

    write: Callable[[object, Place], object]
    read: Callable[[object, Place], object]


def way_of(node: Node) -> Way:
    """A node's own way, or that of its form."""
    return WAYS[node.way] if node.way else _BY_FORM.get(node.form, WAYS["same"])


# --- figures -------------------------------------------------------------------------------------


def _write_figure(leaf: object, place: Place) -> object:
    figure = parse_figure(str(leaf))
    if figure is None:
        raise place.impossible(leaf, "a decimal")
    most = place.table.decimals
    if most is not None and decimals(figure) > most:
        if not place.may_round:
            raise place.impossible(leaf, f"a figure with at most {most} decimals")
        place.note(Change.ROUNDED, Why.DIGITS, leaf)
        figure = Rounding(most, Counting.DECIMAL_PLACES, Mode.UP).apply(Fraction(figure))
    plain = render_figure(figure)
    if place.node.form is Form.DECIMAL:
        return plain
    return int(plain) if re.fullmatch(r"-?[0-9]{1,15}", plain) else Decimal(plain)


def _read_figure(value: object, place: Place) -> object:
    if isinstance(value, str):
        figure = parse_figure(value.removeprefix("+"))
        if figure is None:
            raise place.unreadable(value, "a decimal of reasonable length")
        return render_figure(figure)
    figure = Decimal(cast("int | Decimal", value))
    if figure and abs(figure.adjusted()) > _LONGEST_EXPONENT:
        raise place.unreadable(figure, "a figure of reasonable size")
    plain = render_figure(figure)
    if parse_figure(plain) is None:
        raise place.unreadable(figure, "a figure of reasonable length")
    return plain


def _write_count(leaf: object, place: Place) -> object:  # noqa: ARG001 - the shape of a way
    """Our versions begin with 1, theirs with 0."""
    return int(str(leaf)) - 1


def _read_count(value: object, place: Place) -> object:
    figure = Decimal(cast("int | Decimal", value))
    if figure.adjusted() > 14 or figure != figure.to_integral_value():
        raise place.unreadable(figure, "a whole number")
    return int(figure) + 1


# --- texts ---------------------------------------------------------------------------------------


def _same(leaf: object, place: Place) -> object:  # noqa: ARG001 - the shape of a way
    return leaf


def _read_text(value: object, place: Place) -> object:
    if isinstance(value, list):
        texts = [text for text in (_clean(each, place) for each in value) if text]
        return list(dict.fromkeys(texts)) or None
    return _clean(value, place) if isinstance(value, str) else value


def _clean(text: str, place: Place) -> str | None:
    """Our texts hold no line breaks and are never blank."""
    cleaned = _CONTROLS.sub(" ", text)
    if cleaned != text:
        place.note(Change.DERIVED, Why.SPELLED, text)
    if not cleaned.strip():
        place.note(Change.DROPPED, Why.NO_PLACE, text)
        return None
    return cleaned


def _write_spelled(leaf: object, place: Place) -> object:
    if isinstance(leaf, list):
        return [place.node.spelled.get(str(each), each) for each in leaf]
    return place.node.spelled.get(str(leaf), leaf)


def _read_spelled(value: object, place: Place) -> object:
    back = {theirs: ours for ours, theirs in place.node.spelled.items()}
    if isinstance(value, list):
        return _read_text([back.get(each, each) for each in value], place)
    return _read_text(back.get(str(value), value), place)


def _write_first(leaf: object, place: Place) -> object:
    """A list of which the dialect holds one."""
    items = cast("list[str]", leaf)
    if len(items) > 1:
        place.note(Change.DROPPED, Why.ONE_ONLY, items[1:])
    return _write_spelled(items[0], place)


def _read_first(value: object, place: Place) -> object:
    text = _read_spelled(value, place)
    return None if text is None else [text]


def _write_truth(leaf: object, place: Place) -> object:
    """A text of ours that the dialect has as true or false; a third word has no place."""
    if leaf not in {"true", "false"}:
        raise place.impossible(leaf, "true or false")
    return leaf == "true"


def _read_truth(value: object, place: Place) -> object:  # noqa: ARG001 - the shape of a way
    return "true" if value else "false"


# --- ids and days --------------------------------------------------------------------------------


def _write_uuid(leaf: object, place: Place) -> object:
    bare = str(leaf).removeprefix(_URN)
    if not _UUID.fullmatch(bare):
        raise place.impossible(leaf, "a UUID")
    if bare == leaf:
        place.note(Change.DERIVED, Why.SPELLED, leaf)
    return bare


def _read_uuid(value: object, place: Place) -> object:
    if not isinstance(value, str) or not _UUID.fullmatch(value.removeprefix(_URN)):
        raise place.unreadable(value, "a UUID")
    if value.startswith(_URN):
        place.note(Change.DERIVED, Why.SPELLED, value)
        return value
    return _URN + value


def _write_uuids(leaf: object, place: Place) -> object:
    return [_write_uuid(each, place) for each in cast("list[str]", leaf)]


def _read_uuids(value: object, place: Place) -> object:
    return [_read_uuid(each, place) for each in cast("list[object]", value)] or None


def _moment(value: object, place: Place) -> datetime:
    """A point in time; without a zone it is taken as UTC, which the callers' notes tell."""
    text = str(value)
    try:
        return instants.parse(text if _ZONE.search(text) else text + "Z")
    except RenkeiError:
        raise place.unreadable(value, "a point in time") from None


def _write_start(leaf: object, place: Place) -> object:  # noqa: ARG001 - the shape of a way
    return f"{leaf}T00:00:00Z"


def _read_start(value: object, place: Place) -> object:
    moment = _moment(value, place)
    start = f"{moment.date().isoformat()}T00:00:00Z"
    if value != start:
        place.note(Change.ROUNDED, Why.WHOLE_DAYS, value)
    return moment.date().isoformat()


def _write_end(leaf: object, place: Place) -> object:
    """Our last day is counted; a dialect's end is the instant at which the period is over."""
    try:
        end = datetime.fromisoformat(f"{leaf}T00:00:00+00:00") + timedelta(days=1)
    except (ValueError, OverflowError):
        raise place.impossible(leaf, "a day before the year 9999") from None
    return end.strftime("%Y-%m-%dT%H:%M:%SZ") if end.year >= 1000 else instants.render(end)


def _read_end(value: object, place: Place) -> object:
    moment = _moment(value, place)
    try:
        day = (moment.astimezone(UTC) - timedelta(microseconds=1)).date()
    except OverflowError:
        raise place.unreadable(value, "a point in time") from None
    if _write_end(day.isoformat(), place) != value:
        place.note(Change.ROUNDED, Why.WHOLE_DAYS, value)
    return day.isoformat()


# --- lists of objects ----------------------------------------------------------------------------


def _write_sources(leaf: object, place: Place) -> object:
    """``ecoinvent 3.8`` is a name and, after the last space, a version."""
    written = []
    for text in cast("list[str]", leaf):
        name, _, version = text.rpartition(" ")
        if not name:
            place.note(Change.DEFAULTED, Why.DEMANDED, _UNVERSIONED)
        written.append({"name": name or text, "version": version if name else _UNVERSIONED})
    return written


def _read_sources(value: object, place: Place) -> object:
    read = []
    for each in cast("list[dict[str, str]]", value):
        name, version = each["name"], each["version"]
        text = f"{name} {version}"
        if " " in version or not name:
            place.note(Change.DERIVED, Why.SPELLED, text)
        read.append(text)
    return _read_text(read, place)


def _write_rules(leaf: object, place: Place) -> object:  # noqa: ARG001 - the shape of a way
    """``PEF: …`` and ``EPD International: …`` name their operator; any other rule is another operator's."""
    written: list[dict[str, object]] = []
    for text in cast("list[str]", leaf):
        operator, colon, name = text.partition(": ")
        known = colon and operator in _OPERATORS
        other = re.fullmatch(r"Other \((.+?)\): (.+)", text)
        row: dict[str, object] = {"operator": operator if known else "Other"}
        row["ruleNames"] = [name if known else other[2] if other else text]
        if other:
            row["otherOperatorName"] = other[1]
        written.append(row)
    return written


def _read_rules(value: object, place: Place) -> object:
    read: list[str] = []
    for each in cast("list[dict[str, object]]", value):
        names = cast("list[str]", each["ruleNames"])
        operator, other = each["operator"], each.get("otherOperatorName")
        if len(names) > 1:
            place.note(Change.DERIVED, Why.SPELLED, names)
        for name in names:
            prefix = f"{operator}: " if operator in _OPERATORS else f"Other ({other}): " if other else ""
            read.append(prefix + name)
    found = _read_text(read, place)
    if _write_rules(found or [], place) != value:
        place.note(Change.DERIVED, Why.SPELLED, read)
    return found


WAYS: Final[Mapping[str, Way]] = {
    "same": Way(_same, _read_text),
    "figure": Way(_write_figure, _read_figure),
    "count": Way(_write_count, _read_count),
    "spelled": Way(_write_spelled, _read_spelled),
    "first": Way(_write_first, _read_first),
    "truth": Way(_write_truth, _read_truth),
    "uuid": Way(_write_uuid, _read_uuid),
    "uuids": Way(_write_uuids, _read_uuids),
    "day-start": Way(_write_start, _read_start),
    "day-end": Way(_write_end, _read_end),
    "sources": Way(_write_sources, _read_sources),
    "rules": Way(_write_rules, _read_rules),
}
_BY_FORM: Final[Mapping[Form, Way]] = {
    Form.NUMBER: WAYS["figure"],
    Form.DECIMAL: WAYS["figure"],
    Form.WHOLE: WAYS["count"],
}
