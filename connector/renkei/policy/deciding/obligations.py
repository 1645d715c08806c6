"""The life of what an agreement obliges its parties to: when it is owed, until when, and what became of it.

Duties on permissions, a policy's obligations, their consequences and the remedies of prohibitions are one kind of
thing: somebody owes an action to somebody. Each moves along ``EDGES``, and along nothing else:

1. A duty or obligation is owed from the agreement on, or from the instant its constraints name.
2. A consequence is owed from the instant the duty above it was violated.
3. A remedy, and whatever has a condition that nobody here evaluates, is owed from when a person says so.
4. What is owed is fulfilled when it was performed in time, and violated when the last moment for it has passed.
5. What is violated is remedied when it was performed late and all its consequences are settled: the vocabulary wants
   both, the original duty and the consequence. What was performed in time but recorded late is late.
6. Fulfilled and remedied are for good.

``settled`` is a function of what was recorded and of the time: in which order things of one instant were recorded, and
how often it was asked in between, makes no difference.

Durations count from where the obligation's own time begins: the agreement, or the violation that a consequence is of.
What ``eq`` and ``neq`` would say of a duration, no action can meet: a person begins such a one.

Sources: ODRL 2.2 Information Model section 2.6, ODRL 2.2 Vocabulary (consequence, remedy); ODRL Formal Semantics draft
(deontic states).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Final

from renkei.policy.deciding.meaning import Atom, Expression, Joined, Modality, RuleTerms, Terms
from renkei.policy.model import Connective, Operator
from renkei.policy.operands.declaration import Source
from renkei.policy.values import FIRST, LAST, TICK, Duration, Span
from renkei.policy.world import DutyState


class ObligationState(Enum):
    """How far an obligation has come."""

    INACTIVE = "inactive"
    ACTIVE = "active"
    FULFILLED = "fulfilled"
    VIOLATED = "violated"
    REMEDIED = "remedied"

    @property
    def settled(self) -> bool:
        """Nothing is owed any more."""
        return self in {ObligationState.FULFILLED, ObligationState.REMEDIED}


_S = ObligationState

EDGES: Final[Mapping[ObligationState, frozenset[ObligationState]]] = MappingProxyType(
    {
        _S.INACTIVE: frozenset({_S.ACTIVE}),
        _S.ACTIVE: frozenset({_S.FULFILLED, _S.VIOLATED}),
        _S.FULFILLED: frozenset(),
        _S.VIOLATED: frozenset({_S.REMEDIED}),
        _S.REMEDIED: frozenset(),
    }
)
"""The life cycle: from each state, those that may follow."""


class Word(Enum):
    """What a statement that something was performed is worth.

    CONFIRMED: the one to whom it is owed says so; CLAIMED: the one who owes it does.
    """

    CONFIRMED = "confirmed"
    CLAIMED = "claimed"


_OPENING: Final = frozenset({Operator.GT, Operator.GTEQ, Operator.EQ})
_CLOSING: Final = frozenset({Operator.LT, Operator.LTEQ, Operator.EQ})
# How it is done, not when it is owed: older policies write the amount of a payment as a constraint.
_MANNER: Final = frozenset({Source.MANNER, Source.CONDUCT, Source.AGREED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """One thing that is owed. ``path``: its place in the policy; ``id``: its ``@id``, where it has one.

    ``action``: its IRI, ``None`` for a word that nobody knows, and ``word`` as it was written; ``debtor`` owes it to
    ``creditor``; ``above``: the path of the duty whose consequence, or of the prohibition whose remedy it is;
    ``consequences``: the paths of its own; ``window``: the comparisons with time; ``waits``: a person begins it.
    """

    path: str
    id: str
    role: Modality
    action: str | None
    word: str
    debtor: str
    creditor: str
    above: str = ""
    consequences: tuple[str, ...] = ()
    window: tuple[Atom, ...] = ()
    waits: bool = False

    def opens(self, start: datetime) -> datetime:
        """From when it is owed, if its own time begins at ``start``."""
        return max((_opening(atom, start) for atom in self.window), default=start)

    def due(self, start: datetime) -> datetime | None:
        """The last moment at which it is done in time; ``None``: there is no such moment."""
        return min((end for atom in self.window if (end := _closing(atom, start)) is not None), default=None)

    def word_of(self, party: str) -> Word | None:
        """What this party's statement is worth; ``None``: it is not for it to make one."""
        if party == self.creditor:
            return Word.CONFIRMED
        return Word.CLAIMED if party == self.debtor else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far one has come. ``begun``: where its own time begins; ``due``: its last moment; ``done``: when recorded.

    ``begun`` of one that is not yet owed: a person has said so.
    """

    state: ObligationState = ObligationState.INACTIVE
    begun: datetime | None = None
    due: datetime | None = None
    done: datetime | None = None


UNTOUCHED: Final = Progress()


def obligations_of(terms: Terms, assigner: str, assignee: str) -> tuple[Obligation, ...]:
    """All that a policy between these two obliges to, consequences after what they are of.

    A rule that names nobody is owed by the assignee to the assigner.
    """

    def listed(rule: RuleTerms, above: str) -> Iterator[Obligation]:
        debtor = rule.assignee or assignee
        yield _obligation(rule, above, debtor, assignee if debtor == assigner else assigner)
        for consequence in rule.consequences:
            yield from listed(consequence, rule.path)

    found: list[Obligation] = []
    for rule in terms.obligations:
        found += listed(rule, "")
    for rule in terms.permissions:
        for duty in rule.duties:
            found += listed(duty, "")
    for rule in terms.prohibitions:
        for remedy in rule.remedies:
            found += listed(remedy, rule.path)
    return tuple(found)


def obliges(terms: Terms) -> bool:
    """Whether a policy obliges anybody to anything."""
    return bool(
        terms.obligations
        or any(rule.duties for rule in terms.permissions)
        or any(rule.remedies for rule in terms.prohibitions)
    )


def settled(
    obligations: Sequence[Obligation], progress: Mapping[str, Progress], concluded: datetime, now: datetime
) -> dict[str, Progress]:
    """How far each of an agreement's obligations has come now, by path (1 to 6).

    ``progress``: what was recorded; ``concluded``: when the agreement was.
    """
    current = {one.path: progress.get(one.path, UNTOUCHED) for one in obligations}
    moving = True
    while moving:
        moving = False
        for one in obligations:
            before = current[one.path]
            after = _stepped(one, current, concluded, now)
            if after is not before:
                current[one.path] = after
                moving = True
    return current


def may_begin(one: Obligation, progress: Mapping[str, Progress]) -> bool:
    """Whether a person may say now that it is owed (3)."""
    by_hand = one.waits or one.role is Modality.REMEDY
    owed = one.role is not Modality.CONSEQUENCE or _missed(one, progress)
    return by_hand and owed and progress[one.path].begun is None


def next_turn(
    obligations: Iterable[Obligation], progress: Mapping[str, Progress], concluded: datetime
) -> datetime | None:
    """The first instant at which time alone moves one of them. ``progress``: settled."""
    turns: list[datetime] = []
    for one in obligations:
        own = progress[one.path]
        if own.state is _S.ACTIVE and own.due is not None:
            turns.append(_after(own.due))
        elif own.state is _S.INACTIVE and (start := _start(one, progress, concluded)) is not None:
            opens, due = one.opens(start), one.due(start)
            turns += [opens] if due is None or opens <= due else []
    return min((turn for turn in turns if turn < LAST), default=None)


def duty_states(obligations: Iterable[Obligation], progress: Mapping[str, Progress]) -> dict[str, DutyState]:
    """The states by path, as a decision asks for them (``world.Facts.duties``).

    Those of consequences are left out: what they mean for the duty above them stands in its own state (5).
    """
    return {
        one.path: _TOLD.get(progress[one.path].state, DutyState.NOT_SET)
        for one in obligations
        if one.role is not Modality.CONSEQUENCE
    }


_TOLD: Final = {
    _S.FULFILLED: DutyState.FULFILLED,
    _S.REMEDIED: DutyState.FULFILLED,
    _S.VIOLATED: DutyState.VIOLATED,
}


# --- one step ---------------------------------------------------------------------------------------------------------


def _stepped(one: Obligation, progress: Mapping[str, Progress], concluded: datetime, now: datetime) -> Progress:
    own = progress[one.path]
    match own.state:
        case ObligationState.INACTIVE:
            start = _start(one, progress, concluded)  # 1 to 3
            if start is None or now < (opens := one.opens(start)):
                return own
            due = one.due(start)
            if due is not None and due < opens:
                return own  # its time was over before it began
            return replace(own, state=_S.ACTIVE, begun=start, due=due)
        case ObligationState.ACTIVE:  # 4
            if own.done is not None and (own.due is None or own.done <= own.due):
                return replace(own, state=_S.FULFILLED)
            return replace(own, state=_S.VIOLATED) if own.due is not None and now > own.due else own
        case ObligationState.VIOLATED:  # 5
            whole = own.done is not None and all(progress[path].state.settled for path in one.consequences)
            return replace(own, state=_S.REMEDIED) if whole else own
        case _:  # 6
            return own


def _start(one: Obligation, progress: Mapping[str, Progress], concluded: datetime) -> datetime | None:
    """Where its own time begins; ``None``: not yet known."""
    own = progress[one.path]
    if own.begun is not None:
        return own.begun  # 3
    if one.waits or one.role is Modality.REMEDY:
        return None
    if one.role is Modality.CONSEQUENCE:
        due = progress[one.above].due
        return _after(due) if due is not None and _missed(one, progress) else None  # 2
    return concluded  # 1


def _missed(one: Obligation, progress: Mapping[str, Progress]) -> bool:
    return progress[one.above].state in {_S.VIOLATED, _S.REMEDIED}


# --- reading a rule ---------------------------------------------------------------------------------------------------


def _obligation(rule: RuleTerms, above: str, debtor: str, creditor: str) -> Obligation:
    conditions = list(_conjuncts(rule.conditions))
    window = [part for part in (*conditions, *_conjuncts(rule.refinements)) if _tells_time(part)]
    return Obligation(
        path=rule.path,
        id=rule.id,
        role=rule.modality,
        action=rule.action,
        word=rule.word,
        debtor=debtor,
        creditor=creditor,
        above=above,
        consequences=tuple(consequence.path for consequence in rule.consequences),
        window=tuple(part for part in window if isinstance(part, Atom)),
        waits=bool(rule.foreign) or any(not _tells_time(part) and not _tells_manner(part) for part in conditions),
    )


def _conjuncts(expressions: Iterable[Expression]) -> Iterator[Expression]:
    """What must hold together, each by itself."""
    for expression in expressions:
        if isinstance(expression, Joined) and expression.connective is Connective.AND and not expression.foreign:
            yield from _conjuncts(expression.parts)
        else:
            yield expression


def _tells_time(part: Expression) -> bool:
    if not isinstance(part, Atom) or part.flaw is not None:
        return False
    if part.source is Source.CLOCK:
        return isinstance(part.right, Span) and part.operator is not Operator.NEQ
    return isinstance(part.right, Duration) and part.source is Source.ELAPSED and part.operator not in _POINTS


_POINTS: Final = frozenset({Operator.EQ, Operator.NEQ})


def _tells_manner(part: Expression) -> bool:
    return isinstance(part, Atom) and part.flaw is None and part.source in _MANNER


def _span(atom: Atom, start: datetime) -> Span:
    if isinstance(atom.right, Duration):
        end = atom.right.after(start)
        return Span(end, end)
    assert isinstance(atom.right, Span), "a window holds comparisons with time alone"
    return atom.right


def _opening(atom: Atom, start: datetime) -> datetime:
    if atom.operator not in _OPENING:
        return start
    right = _span(atom, start)
    return max(start, _after(right.high) if atom.operator is Operator.GT else right.low)


def _closing(atom: Atom, start: datetime) -> datetime | None:
    if atom.operator not in _CLOSING:
        return None
    right = _span(atom, start)
    return _before(right.low) if atom.operator is Operator.LT else right.high


def _after(moment: datetime) -> datetime:
    return moment + TICK if moment < LAST else LAST


def _before(moment: datetime) -> datetime:
    return moment - TICK if moment > FIRST else FIRST
