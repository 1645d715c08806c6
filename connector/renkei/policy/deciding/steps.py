"""A policy compiled into steps, children before parents: comparisons, and what joins those below.

The numbers at the steps are those of what a permit needs (``evaluate``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import itemgetter
from typing import Final, TypeAlias

from renkei.policy.deciding.duties import fulfilment, no_violation
from renkei.policy.deciding.leaves import Leaf, always, begins, code_of, found, leaf
from renkei.policy.deciding.meaning import Atom, Conflict, Expression, Joined, Modality, RuleTerms, Terms
from renkei.policy.deciding.semantics import Semantics
from renkei.policy.deciding.truth import (
    CERTAIN,
    CERTAINLY_NOT,
    DEFERRED,
    FALSE,
    POSSIBLE,
    POSSIBLY_NOT,
    TRUE,
    UNKNOWN,
    known,
    one_of,
    opposite,
)
from renkei.policy.deciding.wording import ReasonCode
from renkei.policy.model import Connective, Operator
from renkei.policy.operands.declaration import Source
from renkei.policy.terms import covers, iri_of
from renkei.policy.values import FIRST, Duration, shown
from renkei.policy.world import Fact, Facts, Phase, Request

Make: TypeAlias = Callable[[Phase], Leaf]
Join: TypeAlias = Callable[[list[int], Request, Facts], int]
Joining: TypeAlias = Callable[[Sequence[int]], Join]
_FOR: Final = CERTAIN | POSSIBLE
_AGAINST: Final = CERTAINLY_NOT | POSSIBLY_NOT


@dataclass(frozen=True, slots=True)
class Node:
    """One step as it is told: where it stands, what was written there, and the steps below it.

    ``reason`` is what the step is for; that of a comparison stands in its code.
    """

    path: str
    reason: ReasonCode | None
    parts: tuple[int, ...] = ()
    left: str = ""
    operator: str = ""
    right: str = ""
    atom: Atom | None = None
    rule: RuleTerms | None = None


class Steps:
    """Nodes in the order they are met, children before parents, each with what makes its step.

    A comparison is made for a phase, a step above others from their places among the codes.
    """

    def __init__(self, terms: Terms, semantics: Semantics) -> None:
        self._nodes: list[Node] = []
        self._makes: dict[int, Make] = {}
        self._joining: dict[int, Joining] = {}
        self._terms = terms
        self._semantics = semantics

    def ordered(self) -> tuple[tuple[Node, ...], tuple[Make, ...], tuple[Join, ...]]:
        """Comparisons before what stands above them: they are asked in one go."""
        order = [*self._makes, *self._joining]
        place = {old: new for new, old in enumerate(order)}
        nodes = tuple(
            replace(node, parts=tuple(place[part] for part in node.parts)) if node.parts else node
            for node in (self._nodes[old] for old in order)
        )
        joins = tuple(make(nodes[place[old]].parts) for old, make in self._joining.items())
        return nodes, tuple(self._makes.values()), joins

    def policy(self) -> None:
        """The last step is the whole policy's."""
        terms = self._terms
        parts = [self._flaw("profile", ReasonCode.PROFILE, right=name) for name in terms.profiles]  # 1
        parts += [self._flaw("policy", ReasonCode.EXTENSION, left=name) for name in terms.foreign]
        parts.append(self._any("permission", ReasonCode.PERMISSIONS, terms.permissions))  # 2
        joining = _all
        if terms.prohibitions:  # 3
            prohibited = self._any("prohibition", ReasonCode.PROHIBITIONS, terms.prohibitions)
            if terms.conflict is not Conflict.PERMISSION:
                joining = _granted
                parts.append(prohibited)
        self._join(Node("", ReasonCode.POLICY, tuple(parts)), joining)

    def _any(self, path: str, reason: ReasonCode, rules: tuple[RuleTerms, ...]) -> int:
        if not rules:
            return self._leaf(Node(path, ReasonCode.NO_PERMISSION), lambda _phase: always(FALSE))
        return self._join(Node(path, reason, tuple(self._rule(rule) for rule in rules)), _either)

    def _rule(self, rule: RuleTerms) -> int:
        parts = []
        if rule.target is not None:
            node = Node(f"{rule.path}.target", ReasonCode.TARGET, right=rule.target)
            parts.append(self._leaf(node, _target(rule.target)))
        if rule.assignee is not None:
            node = Node(f"{rule.path}.assignee", ReasonCode.PARTY, right=rule.assignee)
            parts.append(self._leaf(node, _party(rule.assignee)))
        parts.append(self._leaf(Node(f"{rule.path}.action", ReasonCode.ACTION, right=rule.word), _action(rule.action)))
        parts += self._expressions((*rule.conditions, *rule.refinements))
        parts += [self._flaw(rule.path, ReasonCode.EXTENSION, left=name) for name in rule.foreign]
        if rule.modality is Modality.PERMISSION:
            parts += [self._duty(duty, rule) for duty in rule.duties]
            parts += [self._no_violation(duty, rule) for duty in rule.duties if duty.conditions]
        elif rule.duties:
            parts += [self._flaw(duty.path, ReasonCode.DUTY, right=duty.word) for duty in rule.duties]
        reason = ReasonCode.PERMISSION if rule.modality is Modality.PERMISSION else ReasonCode.PROHIBITION
        return self._join(Node(rule.path, reason, tuple(parts), right=rule.word, rule=rule), _all)

    def _duty(self, duty: RuleTerms, rule: RuleTerms) -> int:
        """A duty that is not active, or is fulfilled, stands in nobody's way."""
        conditions = self._expressions(duty.conditions)
        conditions += [self._flaw(duty.path, ReasonCode.EXTENSION, left=name) for name in duty.foreign]
        semantics = self._semantics
        node = Node(f"{duty.path}.fulfilment", ReasonCode.FULFILMENT, right=duty.word)
        done = self._leaf(node, lambda phase: fulfilment(duty, rule, semantics, phase))
        told = Node(duty.path, ReasonCode.DUTY, (*conditions, done), right=duty.word, rule=duty)
        return self._join(told, _unless_done)

    def _no_violation(self, duty: RuleTerms, rule: RuleTerms) -> int:
        ask = no_violation(duty, rule)
        return self._leaf(Node(f"{duty.path}.violation", ReasonCode.VIOLATION, right=duty.word), lambda _phase: ask)

    def _expressions(self, listed: Sequence[Expression]) -> list[int]:
        return [self._expression(item) for item in listed]

    def _expression(self, expression: Expression) -> int:
        if isinstance(expression, Atom):
            atom = expression
            node = Node(
                atom.path,
                None,
                left=atom.foreign or atom.written.left,
                operator=atom.written.operator.value,
                right=shown(atom.written.right),
                atom=atom,
            )
            return self._leaf(node, lambda phase: leaf(atom, phase))
        parts = tuple(self._expressions(expression.parts))
        if expression.foreign:
            parts = (*parts, self._flaw(expression.path, ReasonCode.EXTENSION, left=expression.foreign))
        sequence = expression.connective is Connective.AND_SEQUENCE
        reason = ReasonCode.SEQUENCE if sequence else ReasonCode.CONNECTIVE
        node = Node(expression.path, reason, parts, operator=expression.connective.value)
        return self._join(node, lambda places: _joined(expression, places))

    def _flaw(self, path: str, reason: ReasonCode, *, left: str = "", right: str = "") -> int:
        unknown = always(code_of(reason, UNKNOWN))
        return self._leaf(Node(path, reason, left=left, right=right), lambda _phase: unknown)

    def _leaf(self, node: Node, make: Make) -> int:
        self._nodes.append(node)
        self._makes[len(self._nodes) - 1] = make
        return len(self._nodes) - 1

    def _join(self, node: Node, joining: Joining) -> int:
        self._nodes.append(node)
        self._joining[len(self._nodes) - 1] = joining
        return len(self._nodes) - 1


# --- what a rule is about ---------------------------------------------------------------------------------------------


def _target(target: str) -> Make:
    yes, no = (code_of(ReasonCode.TARGET, known(value)) for value in (True, False))

    def ask(request: Request, facts: Facts) -> int:
        asked = request.target
        return yes if asked == target or target in facts.part_of.get(asked, ()) else no

    return lambda _phase: ask


def _party(assignee: str) -> Make:
    yes, no = (code_of(ReasonCode.PARTY, known(value)) for value in (True, False))

    def ask(request: Request, facts: Facts) -> int:
        asker = request.party
        return yes if asker == assignee or assignee in facts.part_of.get(asker, ()) else no

    return lambda phase: always(code_of(ReasonCode.PARTY, DEFERRED)) if phase is Phase.OFFER else ask


def _action(action: str | None) -> Make:
    yes, no, neither = (code_of(ReasonCode.ACTION, value) for value in (TRUE, FALSE, UNKNOWN))

    def ask(request: Request, _facts: Facts) -> int:
        asked = request.action
        if asked == action:
            return yes
        speaks = covers(action, iri_of(asked))
        return neither if speaks is None else yes if speaks else no

    return lambda _phase: ask


# --- connectives ------------------------------------------------------------------------------------------------------


def _all(parts: Sequence[int]) -> Join:
    if len(parts) == 1:
        return _same(parts[0])
    chosen = itemgetter(*parts)

    def join(codes: list[int], _request: Request, _facts: Facts) -> int:
        every, some = _FOR, 0
        for code in chosen(codes):
            every &= code
            some |= code
        return every | some & _AGAINST

    return join


def _either(parts: Sequence[int]) -> Join:
    if len(parts) == 1:
        return _same(parts[0])
    chosen = itemgetter(*parts)

    def join(codes: list[int], _request: Request, _facts: Facts) -> int:
        every, some = _AGAINST, 0
        for code in chosen(codes):
            every &= code
            some |= code
        return some & _FOR | every

    return join


def _always_so(_codes: list[int], _request: Request, _facts: Facts) -> int:
    return TRUE


def _same(part: int) -> Join:
    """Of one alone each connective is that one."""
    return lambda codes, _request, _facts: codes[part] & 0b1111


def _granted(parts: Sequence[int]) -> Join:
    """All of the parts but the last, which tells what is prohibited."""
    permitted, prohibited = _all(parts[:-1]), parts[-1]

    def join(codes: list[int], request: Request, facts: Facts) -> int:
        yes, lifted = permitted(codes, request, facts), opposite(codes[prohibited] & 0b1111)
        return yes & lifted & _FOR | (yes | lifted) & _AGAINST

    return join


def _unless_done(parts: Sequence[int]) -> Join:
    active = _all(parts[:-1]) if len(parts) > 1 else _always_so
    done = parts[-1]

    def join(codes: list[int], request: Request, facts: Facts) -> int:
        idle, fulfilled = opposite(active(codes, request, facts)), codes[done]
        return (idle | fulfilled) & _FOR | idle & fulfilled & _AGAINST

    return join


def _joined(expression: Joined, parts: Sequence[int]) -> Join:
    if expression.foreign:
        return lambda _codes, _request, _facts: UNKNOWN
    match expression.connective:
        case Connective.AND:
            return _all(parts)
        case Connective.OR:
            return _either(parts)
        case Connective.XONE:
            return lambda codes, _request, _facts: one_of([codes[i] & 0b1111 for i in parts])
        case _:
            return _in_order(expression, parts)


def _in_order(expression: Joined, parts: Sequence[int]) -> Join:
    """All of them, each no earlier than the one before; since when something deeper holds, nobody can tell."""
    together = _all(parts)
    atoms = [part if isinstance(part, Atom) else None for part in expression.parts]

    def join(codes: list[int], request: Request, facts: Facts) -> int:
        value = together(codes, request, facts)
        if not value & CERTAIN:
            return value
        since = [None if atom is None else _since(atom, request, facts) for atom in atoms]
        times = [moment for moment in since if moment is not None]
        if len(times) < len(since):
            return UNKNOWN
        return known(times == sorted(times))

    return join


def _since(atom: Atom, request: Request, facts: Facts) -> datetime | None:
    if atom.source is Source.CLOCK:
        return begins(atom)
    if atom.source is Source.ELAPSED and isinstance(atom.right, Duration) and facts.began is not None:
        opening = atom.operator in {Operator.GT, Operator.GTEQ}
        return atom.right.after(facts.began) if opening else FIRST
    if atom.source is Source.AGREED or atom.operand is None:
        return FIRST
    fact: Fact | None = found(atom.operand, atom.source, request, facts)
    return None if fact is None else fact.since
