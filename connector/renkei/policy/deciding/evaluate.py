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
from dataclasses import replace
from datetime import datetime
from operator import itemgetter
from typing import Final, TypeAlias

from renkei.policy.deciding.decision import Decision, Node, Outcome
from renkei.policy.deciding.duties import fulfilment, no_violation
from renkei.policy.deciding.leaves import Leaf, always, begins, code_of, found, leaf, turns
from renkei.policy.deciding.meaning import Atom, Conflict, Expression, Joined, Modality, RuleTerms, Terms, terms_of
from renkei.policy.deciding.semantics import BY_ACTION, Semantics
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
from renkei.policy.explaining.wording import ReasonCode
from renkei.policy.model import Connective, Operator, Policy
from renkei.policy.operand import Operand, Registry, Source
from renkei.policy.operands import STANDARD
from renkei.policy.terms import covers, iri_of
from renkei.policy.values import FIRST, Duration, Span, shown
from renkei.policy.world import Fact, Facts, Phase, Request

Make: TypeAlias = Callable[[Phase], Leaf]
Join: TypeAlias = Callable[[list[int], Request, Facts], int]
Joining: TypeAlias = Callable[[Sequence[int]], Join]
_FOR: Final = CERTAIN | POSSIBLE
_AGAINST: Final = CERTAINLY_NOT | POSSIBLY_NOT
_REMEMBERED: Final = 1024


class CompiledPolicy:
    """A policy made ready to be asked, under one registry of operands and one semantics; shared between threads.

    ``operands``: the IRIs of the left operands that it can ask about.
    """

    __slots__ = (
        "_functions",
        "_joins",
        "_leaves",
        "_makes",
        "_timed",
        "_turning",
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
        self.nodes, self._makes, self._joins = building.ordered()
        self._leaves: dict[Phase, tuple[Leaf, ...]] = {}
        atoms = [node.atom for node in self.nodes if node.atom is not None and node.atom.flaw is None]
        self._timed = [atom for atom in atoms if atom.source in {Source.CLOCK, Source.ELAPSED}]
        self._turning: tuple[datetime | None, Sequence[datetime]] = (None, self._turns(None))
        named = {atom.operand.iri: atom.operand for atom in atoms if atom.operand is not None}
        self.operands: frozenset[str] = frozenset(named)
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
        leaves = self._leaves.get(request.phase)
        if leaves is None:
            leaves = self._leaves[request.phase] = tuple(make(request.phase) for make in self._makes)
        codes = [ask(request, facts) for ask in leaves]
        keep = codes.append
        for join in self._joins:
            keep(join(codes, request, facts))
        bits = codes[-1]
        outcome = _PERMIT if bits & CERTAIN else _DEFER if bits & POSSIBLE else _DENY
        return Decision(self, request, facts, tuple(codes), outcome, self._expires(request, facts))

    def permits(self, request: Request, facts: Facts) -> bool:
        """The answer alone, where nobody asks for its reasons or for how long it stands."""
        leaves = self._leaves.get(request.phase)
        if leaves is None:
            return self.decide(request, facts).permits
        codes = [ask(request, facts) for ask in leaves]
        for join in self._joins:
            codes.append(join(codes, request, facts))
        return bool(codes[-1] & CERTAIN)

    def _expires(self, request: Request, facts: Facts) -> datetime | None:
        """The first instant at which a step may have another answer."""
        began, turning = self._turning
        if began is not facts.began:
            turning = self._turns(facts.began)
            self._turning = facts.began, turning
        now = facts.now
        at = bisect_right(turning, now)
        first = turning[at] if at < len(turning) else None
        for iri, end in facts.expiring:
            if end > now and iri in self.operands and (first is None or end < first):
                first = end
        if request.parameters or self._functions:
            first = self._expiring(request, facts, first)
        return first

    def _expiring(self, request: Request, facts: Facts, first: datetime | None) -> datetime | None:
        """What is told with the request, and what an operand's own function finds, may run out before."""
        held = [request.parameters.get(iri) for iri in self.operands]
        held += [found(operand, Source.FUNCTION, request, facts) for operand in self._functions]
        ends = [fact.expires_at for fact in held if fact is not None and fact.expires_at is not None]
        return min((end for end in (*ends, first) if end is not None and end > facts.now), default=None)

    def _turns(self, began: datetime | None) -> Sequence[datetime]:
        """The instants from which a comparison with the clock may have another answer, in order."""
        found_turns: set[datetime] = set()
        for atom in self._timed:
            right = atom.right
            if isinstance(right, Duration):
                if began is None:
                    continue
                end = right.after(began)
                right = Span(end, end)
            if isinstance(right, Span):
                found_turns.update(turns(right, atom.operator))
        return sorted(found_turns)


_PERMIT, _DEFER, _DENY = Outcome.PERMIT, Outcome.DEFER, Outcome.DENY


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


class _Building:
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
