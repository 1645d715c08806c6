"""Can conditions hold at all? Which ways there are to make an expression true or false, and whether one is possible.

A way is a list of literals: comparisons that must be certainly true or certainly false together. Comparisons with the
same left value are weighed together: a value is sought for them and tried on the very steps that decide. What cannot be
weighed (parts of something, a length in months against one in days, too many ways) counts as possible, so whatever is
called impossible here is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal, localcontext
from functools import partial
from itertools import combinations, pairwise
from typing import Final, TypeAlias

from renkei.kernel.instants import render
from renkei.policy.deciding.leaves import leaf
from renkei.policy.deciding.meaning import Atom, Expression
from renkei.policy.deciding.truth import FALSE, TRUE
from renkei.policy.model import Connective, Operator
from renkei.policy.operands import COUNT
from renkei.policy.operands.declaration import Datatype, Operand, Source
from renkei.policy.values import FIRST, LAST, TICK, Duration, Span
from renkei.policy.world import Fact, Facts, Phase, Request

MOST: Final = 4096
"""How many literals all ways together may have; beyond that nobody looks."""
_TOGETHER: Final = 64
_PLACES: Final = Decimal(1).scaleb(-40)
_DIGITS: Final = 30
_PRECISE: Final = 100
_SECOND: Final = timedelta(seconds=1)
_START: Final = datetime(2001, 1, 1, tzinfo=UTC)
_ANYTHING: Final = "urn:renkei:anything"
_ANY: Final = frozenset({Operator.EQ, Operator.IS_ANY_OF})
_WEIGHED: Final = _ANY | {Operator.NEQ, Operator.IS_NONE_OF, Operator.IS_ALL_OF}
_NAMED: Final = frozenset({Source.MANNER, Source.CONDUCT, Source.FACT, Source.FUNCTION})


@dataclass(frozen=True, slots=True)
class Literal:
    """A comparison that must be certainly true, or certainly false."""

    atom: Atom
    holds: bool


Way: TypeAlias = tuple[Literal, ...]
Ways: TypeAlias = "tuple[Way, ...] | None"
"""Each of them will do; none: there is no way; ``None``: too many to look at."""
ALWAYS: Final[tuple[Way, ...]] = ((),)
NEVER: Final[tuple[Way, ...]] = ()


@dataclass(slots=True, kw_only=True)
class _World:
    """A state of affairs that is being put together."""

    now: datetime
    lapse: timedelta | None = None
    party: str = "urn:renkei:anybody"
    purposes: frozenset[str] = frozenset()
    values: dict[str, Fact] = field(default_factory=dict)

    def request(self, target: str, action: str, phase: Phase) -> Request:
        return Request(self.party, target, action, self.purposes, phase)

    def facts(self) -> Facts:
        began = self.now if self.lapse is None else _before(self.now, self.lapse)
        return Facts(self.now, dict(self.values), began)


# --- ways -------------------------------------------------------------------------------------------------------------


def both(first: Ways, second: Ways) -> Ways:
    """The ways in which two things hold together."""
    if NEVER in (first, second):
        return NEVER
    if first is None or second is None:
        return None
    size = sum(map(len, first)) * len(second) + sum(map(len, second)) * len(first)
    if size + len(first) * len(second) > MOST:
        return None
    return tuple((*one, *other) for one in first for other in second)


def either(first: Ways, second: Ways) -> Ways:
    """The ways in which at least one of two things holds."""
    if first is None or second is None:
        return None
    together = (*first, *second)
    return together if sum(map(len, together)) + len(together) <= MOST else None


def every(each: Iterable[Ways]) -> Ways:
    """The ways in which all hold."""
    found: Ways = ALWAYS
    for ways in each:
        found = both(found, ways)
    return found


def some(each: Iterable[Ways]) -> Ways:
    """The ways in which at least one holds."""
    found: Ways = NEVER
    for ways in each:
        found = either(found, ways)
    return found


def is_known(atom: Atom, phase: Phase) -> bool:
    """Whether a comparison can be certain in a phase."""
    if atom.flaw is not None or atom.operand is None or atom.right is None:
        return False
    return atom.source is Source.AGREED or phase in atom.operand.phases


def ways_of(expression: Expression, phase: Phase, *, holds: bool = True) -> Ways:
    """The ways in which an expression is certainly true, or certainly false."""
    return _Looking(phase).ways(expression, holds=holds)


class _Looking:
    """What was found for each part is kept: an exclusive choice asks each for both its sides, again and again."""

    def __init__(self, phase: Phase) -> None:
        self._phase = phase
        self._found: dict[tuple[int, bool], Ways] = {}

    def ways(self, expression: Expression, *, holds: bool) -> Ways:
        key = id(expression), holds
        if key not in self._found:
            self._found[key] = self._looked_up(expression, holds=holds)
        return self._found[key]

    def _looked_up(self, expression: Expression, *, holds: bool) -> Ways:
        if isinstance(expression, Atom):
            return _literal(expression, self._phase, holds=holds)
        if expression.foreign:
            return NEVER
        parts = expression.parts
        match expression.connective:
            case Connective.XONE:
                return self._one(parts) if holds else self._not_one(parts)
            case Connective.OR:
                return (some if holds else every)(self.ways(part, holds=holds) for part in parts)
            case Connective.AND_SEQUENCE if not holds:
                return None
            case Connective.AND_SEQUENCE if not all(isinstance(part, Atom) for part in parts):
                return NEVER
            case _:
                return (every if holds else some)(self.ways(part, holds=holds) for part in parts)

    def _one(self, parts: Sequence[Expression]) -> Ways:
        if len(parts) ** 2 > MOST:
            return None
        return some(every(self.ways(part, holds=part is chosen) for part in parts) for chosen in parts)

    def _not_one(self, parts: Sequence[Expression]) -> Ways:
        if len(parts) ** 2 > MOST:
            return None
        nothing = every(self.ways(part, holds=False) for part in parts)
        pairs = (
            both(self.ways(one, holds=True), self.ways(other, holds=True)) for one, other in combinations(parts, 2)
        )
        return either(nothing, some(pairs))


def _literal(atom: Atom, phase: Phase, *, holds: bool) -> Ways:
    if not is_known(atom, phase):
        return NEVER
    if atom.source is Source.AGREED:
        return ALWAYS if holds else NEVER
    return ((Literal(atom, holds),),)


def possible(ways: Ways, phase: Phase) -> bool:
    """Whether one of the ways can be gone, for all that can be told."""
    return ways is None or any(is_possible(way, phase) for way in ways)


def is_possible(way: Way, phase: Phase) -> bool:
    """Whether all of these comparisons can come out as wanted together."""
    return all(_settle(group, _World(now=_START), phase) for group in _groups(way))


def state_for(way: Way, phase: Phase, now: datetime, target: str, action: str) -> tuple[Request, Facts]:
    """A request and a state of affairs made for a way, of now if it can be; whether it fits must be tried."""
    world = _World(now=now)
    for group in _groups(way):
        _settle(group, world, phase)
    return world.request(target, action, phase), world.facts()


def clash(way: Way, phase: Phase) -> tuple[Atom, ...]:
    """Of an impossible way the fewest comparisons that cannot come out as wanted together."""
    for group in _groups(way):
        if not _settle(group, _World(now=_START), phase):
            few = (few for number in (1, 2) for few in combinations(group[:_TOGETHER], number))
            found = next((each for each in few if not _settle(each, _World(now=_START), phase)), group)
            return tuple(literal.atom for literal in found)
    return ()


def _groups(way: Way) -> Iterator[tuple[Literal, ...]]:
    """Comparisons with the same left value."""
    found: dict[object, dict[tuple[int, bool], Literal]] = {}
    for literal in way:
        atom = literal.atom
        named = atom.source in _NAMED and atom.operand is not None
        key = atom.operand.iri if named and atom.operand is not None else atom.source
        found.setdefault(key, {})[id(atom), literal.holds] = literal
    return (tuple(group.values()) for group in found.values())


# --- one left value ---------------------------------------------------------------------------------------------------


def _settle(group: Sequence[Literal], world: _World, phase: Phase) -> bool:
    """Find a left value and put it into the world; whether there may be one."""
    source = group[0].atom.source
    if _opposed(group):
        return False
    if len(group) > _TOGETHER:
        return True
    match source:
        case Source.CLOCK:
            return _tried(group, world, phase, (partial(setattr, world, "now", now) for now in _moments(group, world)))
        case Source.ELAPSED:
            return _lapsed(group, world, phase)
        case Source.PURPOSES:
            return _purposes(group, world)
        case Source.PARTY:
            return _party(group, world)
        case Source.CONDUCT if not any(literal.holds for literal in group):
            return True  # what is not declared is not done
        case _:
            return _value(group, world, phase)


def _opposed(group: Sequence[Literal]) -> bool:
    """Whether the same comparison must be true and false."""
    said: dict[object, bool] = {}
    for literal in group:
        atom = literal.atom
        key = (atom.operand and atom.operand.iri, atom.operator, atom.right, atom.unit)
        if said.setdefault(key, literal.holds) is not literal.holds:
            return True
    return False


def _tried(group: Sequence[Literal], world: _World, phase: Phase, ways: Iterable[Callable[[], object]]) -> bool:
    """Put one value after another into the world until all comparisons come out as wanted."""
    weighed = [each for each in group if not isinstance(each.atom.right, frozenset) or each.atom.operator in _WEIGHED]
    steps = [(leaf(_told(each.atom), phase), TRUE if each.holds else FALSE) for each in weighed]
    for put in ways:
        put()
        request, facts = world.request("", "", phase), world.facts()
        if all(step(request, facts) & 0b1111 == wanted for step, wanted in steps):
            return True
    return False


def _told(atom: Atom) -> Atom:
    """What a function would find is told instead."""
    return replace(atom, source=Source.FACT) if atom.source is Source.FUNCTION else atom


def _moments(group: Sequence[Literal], world: _World) -> Iterator[datetime]:
    """From each of these on the answers may differ, and nowhere else."""
    yield world.now
    yield FIRST
    for right in [literal.atom.right for literal in group if isinstance(literal.atom.right, Span)]:
        yield from (right.low, min(right.high, LAST - TICK) + TICK)


def _lapsed(group: Sequence[Literal], world: _World, phase: Phase) -> bool:
    """Time since the agreement; months and days stand in no fixed relation."""
    durations = [literal.atom.right for literal in group if isinstance(literal.atom.right, Duration)]
    if any(each.months for each in durations) and any(each.time for each in durations):
        return True
    own = _World(now=_START)

    def put(lapse: timedelta) -> None:
        own.now, own.lapse = _START + lapse, lapse

    ends = [each.after(_START) for each in durations]
    lapses = [timedelta(0), *(end - _START for end in ends), *(end - _START + TICK for end in ends if end < LAST)]
    found = _tried(group, own, phase, (partial(put, lapse) for lapse in lapses))
    world.lapse = own.lapse
    return found


def _before(now: datetime, lapse: timedelta) -> datetime:
    try:
        return now - lapse
    except OverflowError:
        return FIRST


def _purposes(group: Sequence[Literal], world: _World) -> bool:
    """Every purpose must lie in what is asked for, so a second one never helps."""
    allowed: frozenset[str] | None = None
    barred: frozenset[str] = frozenset()
    for operator, right, holds in _sets(group):
        if (operator in _ANY) is holds:
            allowed = right if allowed is None else allowed & right
        else:
            barred |= right
    world.purposes = frozenset({_ANYTHING}) if allowed is None else frozenset(sorted(allowed - barred)[:1])
    return bool(world.purposes)


def _party(group: Sequence[Literal], world: _World) -> bool:
    if not _purposes(group, world):
        return False
    (world.party,), world.purposes = world.purposes, frozenset()
    return True


def _sets(group: Sequence[Literal]) -> Iterator[tuple[Operator, frozenset[str], bool]]:
    """The comparisons that can be weighed as sets of texts; what lies within what is told only when it is asked."""
    for literal in group:
        right = literal.atom.right
        if isinstance(right, frozenset) and literal.atom.operator in _WEIGHED:
            yield literal.atom.operator, right, literal.holds


def _value(group: Sequence[Literal], world: _World, phase: Phase) -> bool:
    """A value that is held, or a parameter of the request."""
    operand = group[0].atom.operand
    units = {literal.atom.unit for literal in group if literal.atom.unit}
    if operand is None or len(units) > 1:
        return operand is None
    unit = next(iter(units), "")
    if all(isinstance(literal.atom.right, frozenset) for literal in group):
        texts = _texts(group)
        world.values[operand.iri] = Fact(texts or frozenset(), unit=unit)
        return texts is not None
    amounts = _amounts(group, operand)
    facts = (Fact(frozenset({text}), unit=unit) for text in amounts or ())
    put = (partial(world.values.__setitem__, operand.iri, fact) for fact in facts)
    return _tried(group, world, phase, put) or amounts is None


def _texts(group: Sequence[Literal]) -> frozenset[str] | None:
    """Texts that are held: of each choice one, all that are asked for together, none that is barred."""
    choices: list[frozenset[str]] = []
    wanted: frozenset[str] = frozenset()
    barred: frozenset[str] = frozenset()
    for operator, right, holds in _sets(group):
        if operator is Operator.IS_ALL_OF:
            if not holds and not right:
                return None
            wanted |= right if holds else frozenset()
        elif (operator in _ANY) is holds:
            choices.append(right)
        else:
            barred |= right
    taken = [sorted(choice - barred)[:1] for choice in choices]
    if wanted & barred or not all(taken):
        return None
    return wanted.union(*taken) or frozenset({_ANYTHING})


def _amounts(group: Sequence[Literal], operand: Operand) -> list[str] | None:
    """Texts of values, one for each way in which the answers may fall; ``None``: nobody can tell."""
    rights = [literal.atom.right for literal in group]
    if operand.scale:
        return list(operand.scale)
    if operand.datatype is Datatype.NUMBER:
        numbers = sorted({right for right in rights if isinstance(right, Decimal)})
        if any(len(each.as_tuple().digits) > _DIGITS for each in numbers):
            return None
        return [f"{each:f}" for each in _between(numbers) if operand.iri != COUNT or each >= 1]
    spans = [right for right in rights if isinstance(right, Span)]
    if spans:
        moments = [FIRST, *(end for span in spans for end in (span.low, min(span.high, LAST - TICK) + TICK))]
        return [render(moment) for moment in moments]
    times = [right.time for right in rights if isinstance(right, Duration)]
    return [_lasting(time) for time in (timedelta(0), *times, *(time + _SECOND for time in times))]


def _between(numbers: Sequence[Decimal]) -> Iterator[Decimal]:
    """The numbers, one below, one above, and one between every two."""
    with localcontext() as context:
        context.prec = _PRECISE
        yield from (*numbers, numbers[0] - 1, numbers[-1] + 1, Decimal(1))
        for low, high in pairwise(numbers):
            yield ((low + high) / 2).quantize(_PLACES, ROUND_FLOOR).normalize()


def _lasting(time: timedelta) -> str:
    return f"P{time.days}DT{time.seconds}S"
