"""May this party do this with that dataset, under this policy, given these facts? Pure, total, default deny.

A policy is compiled once into a list of steps (``steps``), children before parents; a decision walks the list and keeps
one code for each step. That is all it does: linear in the policy, no recursion, nothing raised. The explanation is made
of the codes when somebody asks for it (``explanation``).

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
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from renkei.policy.deciding.decision import Decision, Outcome
from renkei.policy.deciding.leaves import Leaf, found, turns
from renkei.policy.deciding.meaning import Terms, terms_of
from renkei.policy.deciding.semantics import BY_ACTION, Semantics
from renkei.policy.deciding.steps import Steps
from renkei.policy.deciding.truth import CERTAIN, POSSIBLE
from renkei.policy.model import Policy
from renkei.policy.operands import STANDARD
from renkei.policy.operands.declaration import Operand, Registry, Source
from renkei.policy.values import Duration, Span
from renkei.policy.world import Facts, Phase, Request

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
        building = Steps(self.terms, semantics)
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


def evaluate(policy: Policy, request: Request, facts: Facts) -> Decision:
    """Decide under the standard operands and semantics."""
    return compile_policy(policy).decide(request, facts)
