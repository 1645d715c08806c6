"""May this party do this with that dataset, under this policy, given these facts? Pure, total, default deny.

A policy is compiled once into a list of steps, children before parents; a decision walks the list and keeps one code
for each step. That is all it does: linear in the policy, no recursion, nothing raised. The explanation is made of the
codes when somebody asks for it (``explanation``).

A permit means that all of this held for certain:

1. Every profile the policy claims is known, and no ODRL member of the policy is beyond what is evaluated here.
2. At least one permission holds: its target, party and action fit, every constraint and refinement is true, no duty
   stands in its way, and nothing unknown hangs on it.
3. No prohibition is in force; an unknown one counts as in force. (With ODRL ``conflict`` = ``perm`` a permission that
   holds is not asked against prohibitions; ``invalid``, ODRL's default, and ``prohibit`` decide alike for one request.)

What a phase cannot know yet is deferred: the outcome is ``DEFER`` if the answer may still become a permit, and the
conditions that are open are listed. In the last phases nothing is deferred, so what is unknown there is a no.

Source: ODRL 2.2 Information Model; ODRL Formal Semantics draft of 2026 (behaviour closed).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, TypeAlias

from renkei.policy.decision import Decision, Node, Outcome
from renkei.policy.duties import fulfilment
from renkei.policy.leaves import Step, always, begins, code_of, found, leaf, turns
from renkei.policy.meaning import Atom, Conflict, Expression, Joined, Modality, RuleTerms, Terms, terms_of
from renkei.policy.model import Connective, Operator, Policy
from renkei.policy.operand import Operand, Registry, Source
from renkei.policy.operands import STANDARD
from renkei.policy.semantics import BY_ACTION, Semantics
from renkei.policy.terms import covers, iri_of
from renkei.policy.truth import (
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
from renkei.policy.values import FIRST, Duration, Span, shown
from renkei.policy.wording import ReasonCode
from renkei.policy.world import Fact, Facts, Phase, Request

Make: TypeAlias = Callable[[Phase], Step]
_FOR: Final = CERTAIN | POSSIBLE
_AGAINST: Final = CERTAINLY_NOT | POSSIBLY_NOT
_REMEMBERED: Final = 1024


class CompiledPolicy:
    """A policy made ready to be asked, under one registry of operands and one semantics; shared between threads.

    ``operands``: the IRIs of the left operands that it can ask about.
    """

    __slots__ = (
        "_durations",
        "_functions",
        "_makes",
        "_steps",
        "_turns",
        "nodes",
        "operands",
        "policy",
        "registry",
        "semantics",
        "terms",
    )

    def __init__(self, policy: Policy, registry: Registry, semantics: Semantics) -> None:
        self.policy = policy
        self.registry = registry
        self.semantics = semantics
        self.terms: Terms = terms_of(policy, registry, semantics.zone)
        building = _Building(self.terms, semantics)
        building.policy()
        self.nodes: tuple[Node, ...] = tuple(building.nodes)
        self._makes: tuple[Make, ...] = tuple(building.makes)
        self._steps: dict[Phase, tuple[Step, ...]] = {}
        atoms = [node.atom for node in self.nodes if node.atom is not None and node.atom.flaw is None]
        clock = [atom for atom in atoms if atom.source is Source.CLOCK]
        self._turns: Sequence[datetime] = sorted(
            {turn for atom in clock if isinstance(atom.right, Span) for turn in turns(atom.right, atom.operator)}
        )
        self._durations = [
            (atom.right, atom.operator)
            for atom in atoms
            if atom.source is Source.ELAPSED and isinstance(atom.right, Duration)
        ]
        named = {atom.operand.iri: atom.operand for atom in atoms if atom.operand is not None}
        self.operands: tuple[str, ...] = tuple(named)
        self._functions: tuple[Operand, ...] = tuple(item for item in named.values() if item.find is not None)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CompiledPolicy):
            return NotImplemented
        mine, others = ((one.policy, one.semantics) for one in (self, other))
        return mine == others and self.registry is other.registry

    def __hash__(self) -> int:
        return hash((self.policy.id, self.semantics))

    def __reduce__(self) -> tuple[object, ...]:
        """Decisions cross process borders; what was made ready is made again there."""
        own = None if self.registry is STANDARD else self.registry
        return _again, (self.policy, own, self.semantics)

    def decide(self, request: Request, facts: Facts) -> Decision:
        """The answer for one request in one state of the world."""
        steps = self._steps.get(request.phase)
        if steps is None:
            steps = self._steps[request.phase] = tuple(make(request.phase) for make in self._makes)
        codes: list[int] = []
        keep = codes.append
        for step in steps:
            keep(step(codes, request, facts))
        bits = codes[-1]
        outcome = Outcome.PERMIT if bits & CERTAIN else Outcome.DEFER if bits & POSSIBLE else Outcome.DENY
        return Decision(self, request, facts, tuple(codes), outcome, self._expires(request, facts))

    def _expires(self, request: Request, facts: Facts) -> datetime | None:
        """The first instant at which a step may have another answer."""
        now, at = facts.now, bisect_right(self._turns, facts.now)
        first = self._turns[at] if at < len(self._turns) else None
        for held in (facts.values, request.parameters):
            for iri in self.operands if held else ():
                fact = held.get(iri)
                if fact is not None:
                    first = _earlier(first, fact.expires_at, now)
        if facts.began is not None:
            for duration, operator in self._durations:
                end = duration.after(facts.began)
                for turn in turns(Span(end, end), operator):
                    first = _earlier(first, turn, now)
        for operand in self._functions:
            fact = found(operand, Source.FUNCTION, request, facts)
            first = _earlier(first, None if fact is None else fact.expires_at, now)
        return first


def compile_policy(policy: Policy, registry: Registry = STANDARD, semantics: Semantics = BY_ACTION) -> CompiledPolicy:
    """Make a policy ready to be asked. Those asked lately are kept: one for each id, since ids name what is signed."""
    key = (policy.id, policy.kind, id(registry), semantics)
    kept = _kept.get(key)
    if kept is not None and kept.registry is registry and (kept.policy is policy or kept.policy == policy):
        return kept
    made = CompiledPolicy(policy, registry, semantics)
    _kept[key] = made
    while len(_kept) > _REMEMBERED:
        _kept.popitem(last=False)
    return made


_kept: OrderedDict[object, CompiledPolicy] = OrderedDict()


def _again(policy: Policy, registry: Registry | None, semantics: Semantics) -> CompiledPolicy:
    return compile_policy(policy, STANDARD if registry is None else registry, semantics)


def evaluate(policy: Policy, request: Request, facts: Facts) -> Decision:
    """Decide under the standard operands and semantics."""
    return compile_policy(policy).decide(request, facts)


def _earlier(first: datetime | None, other: datetime | None, now: datetime) -> datetime | None:
    if other is None or other <= now or (first is not None and first <= other):
        return first
    return other


class _Building:
    """Nodes and steps, children before parents."""

    def __init__(self, terms: Terms, semantics: Semantics) -> None:
        self.nodes: list[Node] = []
        self.makes: list[Make] = []
        self._terms = terms
        self._semantics = semantics

    def policy(self) -> None:
        """The last step is the whole policy's."""
        terms = self._terms
        flaws = [self._flaw("profile", ReasonCode.PROFILE, right=name) for name in terms.profiles]  # 1
        flaws += [self._flaw("policy", ReasonCode.EXTENSION, left=name) for name in terms.foreign]
        permitted = self._any("permission", ReasonCode.PERMISSIONS, terms.permissions)  # 2
        parts = [*flaws, permitted]
        if terms.prohibitions:  # 3
            prohibited = self._any("prohibition", ReasonCode.PROHIBITIONS, terms.prohibitions)
            parts.append(prohibited)
            if terms.conflict is not Conflict.PERMISSION:
                self._add(Node("", ReasonCode.POLICY, tuple(parts)), _granted((*flaws, permitted), prohibited))
                return
        self._add(Node("", ReasonCode.POLICY, tuple(parts)), _all((*flaws, permitted)))

    def _any(self, path: str, reason: ReasonCode, rules: tuple[RuleTerms, ...]) -> int:
        if not rules:
            return self._add(Node(path, ReasonCode.NO_PERMISSION), always(FALSE))
        parts = tuple(self._rule(rule) for rule in rules)
        return self._add(Node(path, reason, parts), _either(parts))

    def _rule(self, rule: RuleTerms) -> int:
        parts = []
        if rule.target is not None:
            node = Node(f"{rule.path}.target", ReasonCode.TARGET, right=rule.target)
            parts.append(self._make(node, _target(rule.target)))
        if rule.assignee is not None:
            node = Node(f"{rule.path}.assignee", ReasonCode.PARTY, right=rule.assignee)
            parts.append(self._make(node, _party(rule.assignee)))
        parts.append(self._add(Node(f"{rule.path}.action", ReasonCode.ACTION, right=rule.word), _action(rule.action)))
        parts += self._expressions((*rule.conditions, *rule.refinements))
        parts += [self._flaw(rule.path, ReasonCode.EXTENSION, left=name) for name in rule.foreign]
        if rule.modality is Modality.PERMISSION:
            parts += [self._duty(duty, rule) for duty in rule.duties]
        elif rule.duties:
            parts += [self._flaw(duty.path, ReasonCode.DUTY, right=duty.word) for duty in rule.duties]
        reason = ReasonCode.PERMISSION if rule.modality is Modality.PERMISSION else ReasonCode.PROHIBITION
        return self._add(Node(rule.path, reason, tuple(parts), right=rule.word, rule=rule), _all(parts))

    def _duty(self, duty: RuleTerms, rule: RuleTerms) -> int:
        """A duty that is not active, or is fulfilled, stands in nobody's way."""
        conditions = self._expressions(duty.conditions)
        conditions += [self._flaw(duty.path, ReasonCode.EXTENSION, left=name) for name in duty.foreign]
        semantics = self._semantics
        node = Node(f"{duty.path}.fulfilment", ReasonCode.FULFILMENT, right=duty.word)
        done = self._make(node, lambda phase: fulfilment(duty, rule, semantics, phase))
        told = Node(duty.path, ReasonCode.DUTY, (*conditions, done), right=duty.word, rule=duty)
        return self._add(told, _implies(conditions, done))

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
            return self._make(node, lambda phase: leaf(atom, phase))
        parts = tuple(self._expressions(expression.parts))
        if expression.foreign:
            parts = (*parts, self._flaw(expression.path, ReasonCode.EXTENSION, left=expression.foreign))
        sequence = expression.connective is Connective.AND_SEQUENCE
        reason = ReasonCode.SEQUENCE if sequence else ReasonCode.CONNECTIVE
        node = Node(expression.path, reason, parts, operator=expression.connective.value)
        return self._add(node, _joined(expression, parts))

    def _flaw(self, path: str, reason: ReasonCode, *, left: str = "", right: str = "") -> int:
        return self._add(Node(path, reason, left=left, right=right), always(code_of(reason, UNKNOWN)))

    def _add(self, node: Node, step: Step) -> int:
        return self._make(node, lambda _phase: step)

    def _make(self, node: Node, make: Make) -> int:
        self.nodes.append(node)
        self.makes.append(make)
        return len(self.nodes) - 1


# --- what a rule is about ---------------------------------------------------------------------------------------------


def _target(target: str) -> Make:
    yes, no = (code_of(ReasonCode.TARGET, known(value)) for value in (True, False))

    def step(codes: list[int], request: Request, facts: Facts) -> int:  # noqa: ARG001 - the shape of a step
        asked = request.target
        return yes if asked == target or target in facts.part_of.get(asked, ()) else no

    return lambda _phase: step


def _party(assignee: str) -> Make:
    yes, no = (code_of(ReasonCode.PARTY, known(value)) for value in (True, False))

    def step(codes: list[int], request: Request, facts: Facts) -> int:  # noqa: ARG001 - the shape of a step
        asker = request.party
        return yes if asker == assignee or assignee in facts.part_of.get(asker, ()) else no

    return lambda phase: always(code_of(ReasonCode.PARTY, DEFERRED)) if phase is Phase.OFFER else step


def _action(action: str | None) -> Step:
    yes, no, neither = (code_of(ReasonCode.ACTION, value) for value in (TRUE, FALSE, UNKNOWN))

    def step(codes: list[int], request: Request, facts: Facts) -> int:  # noqa: ARG001 - the shape of a step
        asked = request.action
        if asked == action:
            return yes
        speaks = covers(action, iri_of(asked))
        return neither if speaks is None else yes if speaks else no

    return step


# --- connectives ------------------------------------------------------------------------------------------------------


def _all(parts: Sequence[int]) -> Step:
    indexes = tuple(parts)

    def step(codes: list[int], request: Request, facts: Facts) -> int:  # noqa: ARG001 - the shape of a step
        every, some = _FOR, 0
        for i in indexes:
            code = codes[i]
            every &= code
            some |= code
        return every | some & _AGAINST

    return step


def _either(parts: Sequence[int]) -> Step:
    indexes = tuple(parts)

    def step(codes: list[int], request: Request, facts: Facts) -> int:  # noqa: ARG001 - the shape of a step
        every, some = _AGAINST, 0
        for i in indexes:
            code = codes[i]
            every &= code
            some |= code
        return some & _FOR | every

    return step


def _granted(parts: Sequence[int], prohibited: int) -> Step:
    """All of the parts, and not what is prohibited."""
    permitted = _all(parts)

    def step(codes: list[int], request: Request, facts: Facts) -> int:
        yes, lifted = permitted(codes, request, facts), opposite(codes[prohibited] & 0b1111)
        return yes & lifted & _FOR | (yes | lifted) & _AGAINST

    return step


def _implies(conditions: Sequence[int], done: int) -> Step:
    active = _all(conditions)

    def step(codes: list[int], request: Request, facts: Facts) -> int:
        idle, fulfilled = opposite(active(codes, request, facts)), codes[done]
        return (idle | fulfilled) & _FOR | idle & fulfilled & _AGAINST

    return step


def _joined(expression: Joined, parts: tuple[int, ...]) -> Step:
    if expression.foreign:
        return always(UNKNOWN)
    match expression.connective:
        case Connective.AND:
            return _all(parts)
        case Connective.OR:
            return _either(parts)
        case Connective.XONE:
            return lambda codes, _request, _facts: one_of([codes[i] & 0b1111 for i in parts])
        case _:
            return _in_order(expression, parts)


def _in_order(expression: Joined, parts: tuple[int, ...]) -> Step:
    """All of them, each no earlier than the one before; since when something deeper holds, nobody can tell."""
    together = _all(parts)
    atoms = [part if isinstance(part, Atom) else None for part in expression.parts]

    def step(codes: list[int], request: Request, facts: Facts) -> int:
        value = together(codes, request, facts)
        if not value & CERTAIN:
            return value
        since = [None if atom is None else _since(atom, request, facts) for atom in atoms]
        times = [moment for moment in since if moment is not None]
        if len(times) < len(since):
            return UNKNOWN
        return known(times == sorted(times))

    return step


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
