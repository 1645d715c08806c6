"""A request and a state of the world that lie in a box: the usual where the box leaves it open.

Not every box has one (axes are not quite as independent as boxes take them to be), and an oracle falls as it likes: who
uses what is found here asks the policies themselves whether it is so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from functools import lru_cache
from itertools import count
from math import ceil, floor, inf
from typing import Final, NamedTuple

from renkei.kernel.instants import render
from renkei.policy.comparing.boxes import Axes, Box, Effort, Kind, left_of
from renkei.policy.comparing.domains import ABSENT, HELD, Among, Domain, Held, Line, Token, TooWideError
from renkei.policy.comparing.regions import ACTION, TARGET, Duty
from renkei.policy.comparing.sides import ASKER, CLOCK, ELAPSED, MONTHS, PARTY, PURPOSES, YES, ticks
from renkei.policy.operands.declaration import Datatype, Operand, Source
from renkei.policy.terms import covers
from renkei.policy.values import FIRST, TICK, Duration
from renkei.policy.world import USE, Fact, Facts, Performed, Request

OTHER: Final = "urn:renkei:other"
_SOMEBODY: Final = "urn:renkei:somebody"
_SOMETHING: Final = "urn:renkei:something"
_USUAL: Final = datetime(2026, 1, 1, tzinfo=UTC)
_NOTHING: Final = Fact(frozenset())
_LONG: Final = timedelta(days=3650)
_BEGAN: Final = _USUAL - _LONG
_MOMENT: Final = timedelta(seconds=1)
_FAR: Final = frozenset({Kind.CLOCK, Kind.ELAPSED, Kind.AMOUNT})
_SEVERAL: Final = 16
_EXACT: Final = Context(prec=100)
"""Of two numbers with forty digits before the point and forty behind it the middle is still between them."""
_ASKED: Final = frozenset({Source.MANNER, Source.AGREED, Source.CONDUCT})


class _Act(NamedTuple):
    """What is done, and in which manner."""

    action: str
    manner: Box
    axes: Axes


def placed(box: Box, axes: Axes, duties: Mapping[str, Duty]) -> tuple[Request, Facts] | None:
    """A request and a world in a box; ``None`` where the calendar has none."""
    part_of: dict[str, frozenset[str]] = {}
    acts: list[_Act] = []
    try:
        if duties:
            acts += _acts(box, duties)
        dated = [_moment(act.manner[CLOCK], _USUAL) for act in acts if CLOCK in act.manner]
        now = _moment(box.get(CLOCK), max((_USUAL, *dated)) if dated else _USUAL)
        began = _began(box, now) if acts or ELAPSED in axes or MONTHS in axes else None
        performed = tuple([_performed(act, began, now) for act in acts])
        values, parameters = _facts(box, axes, part_of)
    except (OverflowError, ValueError, TooWideError):
        return None
    party = _lying(box.get(PARTY), box.get(ASKER), _SOMEBODY, part_of)
    target = _lying(box.get(TARGET), None, _SOMETHING, part_of)
    purposes = frozenset[str]() if PURPOSES not in box else _held(box[PURPOSES], part_of).values
    request = Request(party, target, _text(box.get(ACTION), USE), purposes, parameters=parameters)
    return request, Facts(now, values, began, part_of, performed=performed)


def furthest(box: Box, axes: Axes) -> Box:
    """The far end of a box: its latest moment, its largest amounts, all of its purposes, the last of its values."""
    return {name: _end(domain, axes[name].kind) for name, domain in box.items()}


def _end(domain: Domain, kind: Kind) -> Domain:
    if isinstance(domain, Line):
        (_, _), (high, up_to) = domain.spans[-1]
        if high != inf and kind in _FAR:
            last = Line((((high, 0), (high, 1)) if up_to else ((ceil(high) - 1, 0), (high, 0)),))
            return domain.meet(last) or domain
    elif isinstance(domain, Held) and domain.hits and not domain.hits[0].but:
        values = sorted((value for value in domain.hits[0].values if isinstance(value, str)), reverse=True)
        wanted = values[:_SEVERAL] if kind is Kind.PURPOSES else values[:1]
        try:
            return domain.meet(Held(tuple([Among(frozenset((value,))) for value in wanted]))) or domain
        except TooWideError:
            return domain
    return domain


# --- duties -----------------------------------------------------------------------------------------------------------


def _acts(box: Box, duties: Mapping[str, Duty]) -> Iterator[_Act]:
    """The duties that the box has done, each in a manner that leaves the others undone, if that can be."""
    undone = [duty for name, duty in duties.items() if box.get(name, YES) != YES]
    for name, duty in duties.items():
        action, manner = duty.terms.action, duty.manner
        if box.get(name) == YES and action is not None and manner is not None:
            boxes, axes = manner.boxes, manner.axes
            for other in undone:
                if other.manner is not None and covers(other.terms.action, action):
                    axes = {**axes, **other.manner.axes}
                    boxes = [piece for each in boxes for piece in left_of(each, other.manner.boxes, axes, Effort())]
            if boxes:
                yield _Act(action, boxes[0], axes)


def _performed(act: _Act, began: datetime | None, now: datetime) -> Performed:
    manner = act.manner
    elapsed, months = manner.get(ELAPSED), manner.get(MONTHS)
    at = _moment(manner.get(CLOCK), now)
    if began is not None and isinstance(elapsed, Line):
        at = began + int(_number(elapsed, 0)) * TICK
    elif began is not None and isinstance(months, Line):
        passed = _number(months, 0)
        at = Duration(floor(passed), timedelta()).after(began) + (passed % 1 > 0) * _MOMENT
    values, parameters = _facts(manner, act.axes, {})
    return Performed(action=act.action, at=at, facts=values | parameters)


# --- facts ------------------------------------------------------------------------------------------------------------


def _facts(box: Box, axes: Axes, part_of: dict[str, frozenset[str]]) -> tuple[dict[str, Fact], dict[str, Fact]]:
    """What is held of the asker, and what the request says of the manner of the use."""
    values: dict[str, Fact] = {}
    parameters: dict[str, Fact] = {}
    for name, domain in box.items():
        axis = axes[name]
        if axis.operand is None or axis.kind is Kind.UNIT or domain is ABSENT:
            continue
        if isinstance(domain, Line):
            unit = box.get(f"unit {name}")
            fact = Fact(frozenset((_spelled(_number(domain, 1), axis.operand),)), unit=_text(unit, "") if unit else "")
        else:
            fact = _held(domain, part_of)
        (parameters if axis.operand.source in _ASKED else values)[axis.operand.iri] = fact
    return values, parameters


# --- texts ------------------------------------------------------------------------------------------------------------


def _text(domain: Domain | None, usual: str) -> str:
    """One value; the usual one, if it may be."""
    if not isinstance(domain, Among) or (usual in domain.values) is not domain.but:
        return usual
    found = _token(domain)
    return found if isinstance(found, str) else OTHER


def _token(domain: Among) -> Token:
    """A value rather than something that lies in one."""
    if not domain.but:
        return min(domain.values, key=_plain_first, default=OTHER)
    return next(text for number in count() if (text := f"{OTHER}{number or ''}") not in domain.values)


def _plain_first(token: Token) -> tuple[bool, Token]:
    return not isinstance(token, str), token


def _held(domain: Domain, part_of: dict[str, frozenset[str]]) -> Fact:
    """Some values that have something of each hit; and what they lie in."""
    if not isinstance(domain, Held):
        return _NOTHING
    chosen, plain = _chosen(domain)
    if plain is not None:
        return plain
    return Fact(frozenset(token if isinstance(token, str) else _inner(token[1], domain, part_of) for token in chosen))


@lru_cache(maxsize=1024)
def _chosen(domain: Held) -> tuple[tuple[Token, ...], Fact | None]:
    """A value for each hit; as a fact, where nothing need lie in anything."""
    chosen: list[Token] = []
    for hit in domain.hits or (domain.barred.opposite(),):
        if not any((token in hit.values) is not hit.but for token in chosen):
            chosen.append(_token(hit))
    texts = [token for token in chosen if isinstance(token, str)]
    return tuple(chosen), Fact(frozenset(texts)) if len(texts) == len(chosen) else None


def _inner(outer: str, domain: Held, part_of: dict[str, frozenset[str]]) -> str:
    """Something that lies in that."""
    inner = _text(domain.barred.opposite(), OTHER)
    part_of[inner] = part_of.get(inner, frozenset()) | {outer}
    return inner


def _lying(domain: Domain | None, exact: Domain | None, usual: str, part_of: dict[str, frozenset[str]]) -> str:
    """Somebody, or something, and in ``part_of`` what it lies in."""
    if domain is None:
        return _text(exact, usual)
    around = domain if isinstance(domain, Held) else HELD
    outer = [text for hit in around.hits if isinstance(text := _token(hit), str)]
    mine = around.barred.opposite() if exact is None else exact
    found = outer[0] if exact is None and outer else _text(mine, usual)
    beyond = frozenset(outer) - {found}
    if beyond:
        part_of[found] = part_of.get(found, frozenset()) | beyond
    return found


# --- numbers ----------------------------------------------------------------------------------------------------------


def _number(line: Line, usual: int) -> Decimal | float:
    """A value on a line: the usual one, an end, the next whole number, the middle. Raises ``ValueError``: none fits."""
    for start, end in line.spans:
        if start <= (usual, 0) and (usual, 1) <= end:
            return usual
    (low, after), (high, up_to) = line.spans[0]
    candidates: list[Decimal | float] = []
    if low != -inf:
        candidates += [low] * (not after) + [floor(low) + 1]
    if high != inf:
        candidates += [high] * up_to + [ceil(high) - 1]
        candidates += [_EXACT.divide(_EXACT.add(Decimal(low), Decimal(high)), Decimal(2))] if low != -inf else []
    for value in candidates:
        if (low, after) <= (value, 0) and (value, 1) <= (high, up_to):
            return value
    raise ValueError(line)


def _moment(domain: Domain | None, usual: datetime) -> datetime:
    if not isinstance(domain, Line):
        return usual
    told = ticks(usual)
    found = int(_number(domain, told))
    return usual if found == told else FIRST + found * TICK


def _began(box: Box, now: datetime) -> datetime | None:
    """When the agreement was concluded; halves of months stand for some time more than whole ones."""
    elapsed, months = box.get(ELAPSED), box.get(MONTHS)
    if elapsed is None and months is None:
        return _BEGAN if now is _USUAL else now - _LONG
    if isinstance(elapsed, Line):
        passed = _number(elapsed, 0)
        return now - int(passed) * TICK if passed else now
    if not isinstance(months, Line):
        return None
    passed = _number(months, 0)
    first = now.year * 12 + now.month - 1 - floor(passed)
    return now.replace(year=first // 12, month=first % 12 + 1, day=min(now.day, 28)) - (passed % 1 > 0) * _MOMENT


def _spelled(value: Decimal | float, operand: Operand) -> str:
    match operand.datatype:
        case Datatype.INSTANT:
            return render(FIRST + int(value) * TICK)
        case Datatype.DURATION | Datatype.DAYS:
            return f"PT{value}S"
        case _:
            return f"{value:f}" if isinstance(value, Decimal) else str(value)
