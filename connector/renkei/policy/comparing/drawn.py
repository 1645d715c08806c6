"""Policies made ready to be compared: their subjects as regions, and what is compared by identity alone."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from enum import Enum
from typing import Final, TypeAlias

from renkei.kernel.values import replace
from renkei.policy.comparing.boxes import Effort
from renkei.policy.comparing.domains import TooWideError
from renkei.policy.comparing.regions import REFINEMENTS, Duty, Region, region_of
from renkei.policy.comparing.witness import furthest, placed
from renkei.policy.deciding.evaluate import CompiledPolicy
from renkei.policy.deciding.meaning import CONFLICT, Conflict, Expression, Joined, RuleTerms, Terms, terms_of
from renkei.policy.deciding.semantics import PRE
from renkei.policy.model import RENKEI, Constraint, Logical, Policy, Rule
from renkei.policy.normal_form import members_text, rule_text, terms_text
from renkei.policy.operands.declaration import Registry
from renkei.policy.terms import DCT, expand
from renkei.policy.world import USE, Facts, Request

_REMEMBERED: Final = 256
World: TypeAlias = tuple[Request, Facts]
"""What a policy is asked: a request, and the state of the world."""


class Subject(Enum):
    """What two policies may differ in: the use itself (with the duties on permissions), or who else owes what."""

    USE = "use"
    ASSIGNEE = "obligations of the assignee"
    ASSIGNER = "obligations of the assigner"


class Part:
    """What one subject of a policy comes to. Without a region it was too wide to be drawn."""

    __slots__ = ("_compiled", "_policy", "_probes", "_registry", "duties", "region")

    def __init__(self, policy: Policy, terms: Terms, registry: Registry) -> None:
        self._policy, self._registry = policy, registry
        self._compiled: CompiledPolicy | None = None
        self._probes: dict[int, tuple[World, ...]] = {}
        try:
            self.region: Region | None = region_of(policy, terms, Effort())
        except TooWideError:
            self.region = None
        self.duties: Mapping[str, Duty] = {} if self.region is None else self.region.duties

    @property
    def compiled(self) -> CompiledPolicy:
        """The policy itself, all duties being due beforehand."""
        if self._compiled is None:
            self._compiled = CompiledPolicy(self._policy, self._registry, PRE)
        return self._compiled

    def probes(self, place: int) -> tuple[World, ...]:
        """Worlds in the box at that place that the policy permits: the usual one, and one at its far end."""
        found = self._probes.get(place)
        if found is None:
            assert self.region is not None
            box, axes = self.region.boxes[place], self.region.axes
            worlds = [placed(each, axes, self.duties) for each in (box, furthest(box, axes))]
            found = tuple([world for world in worlds if world is not None and self.compiled.permits(*world)])
            self._probes[place] = found
        return found


class Drawn:
    """A policy made ready to be compared.

    ``text``: equal for the same normal form and parties; ``frame``: what is compared by identity alone; ``parts``: its
    subjects, obligations as the duties of a permission that asks for nothing else.
    """

    __slots__ = ("_owing_nothing", "frame", "owes", "parts", "policy", "registry", "text")

    def __init__(self, policy: Policy, registry: Registry) -> None:
        self.policy, self.registry = policy, registry
        terms = terms_of(policy, registry)
        self.text = (terms_text(policy), policy.target, policy.assignee, policy.assigner)
        self.frame = _frame(policy, terms, self.text[0])
        self.parts = {Subject.USE: Part(policy, terms, registry)}
        self._owing_nothing: Part | None = None
        for subject in (Subject.ASSIGNEE, Subject.ASSIGNER):
            owed = tuple(rule for rule in policy.obligation if _debtor(rule, policy) is subject)
            if owed:
                self.parts[subject] = self._owing(owed)
        self.owes = any(part.duties for part in self.parts.values())

    def part(self, subject: Subject) -> Part:
        """One subject; where nothing is owed, everything satisfies it."""
        found = self.parts.get(subject, self._owing_nothing)
        if found is None:
            found = self._owing_nothing = self._owing(())
        return found

    def _owing(self, owed: tuple[Rule, ...]) -> Part:
        told = self.policy.target
        bare = tuple(replace(rule, assignee=None, target=None if rule.target == told else rule.target) for rule in owed)
        policy = Policy(id=self.policy.id, kind=self.policy.kind, permission=(Rule(USE, duty=bare),))
        return Part(policy, terms_of(policy, self.registry), self.registry)


def drawn(policy: Policy, registry: Registry) -> Drawn:
    """Those drawn lately are kept, for as long as nobody reads the same document anew."""
    key = (id(policy), id(registry))
    found = _kept.get(key)
    if found is None or found.policy is not policy or found.registry is not registry:
        found = _kept[key] = Drawn(policy, registry)
        while len(_kept) > _REMEMBERED:
            _kept.popitem(last=False)
    return found


_kept: OrderedDict[tuple[int, int], Drawn] = OrderedDict()


def _frame(policy: Policy, terms: Terms, text: str) -> tuple[object, ...]:
    members = {
        name: value
        for name, value in policy.extensions.items()
        if (expand(name) or name) != CONFLICT and not (expand(name) or name).startswith(RENKEI)
    }
    strange = [rule_text(rule, policy) for rule in policy.obligation if _debtor(rule, policy) is None]
    for rule in policy.permission:
        own = {None, rule.assignee or policy.assignee}
        strange += (rule_text(duty, policy) for duty in rule.duty if duty.assignee not in own)
    owed = [*zip(policy.obligation, terms.obligations, strict=True)]
    for rule, meant in zip(policy.permission, terms.permissions, strict=True):
        owed += zip(rule.duty, meant.duties, strict=True)
    strange += (rule_text(rule, policy) for rule, meant in owed if _burdens_others(meant))
    violated = zip((*policy.permission, *policy.prohibition), (*terms.permissions, *terms.prohibitions), strict=True)
    return (
        frozenset(policy.profiles),
        terms.conflict or Conflict.INVALID,
        members_text(members),
        _remarks(policy),
        sorted(strange),
        sorted(rule_text(rule, policy) for rule, meant in violated if meant.remedies or meant.consequences),
        text if any(_foreign(rule) for rule in terms.rules) else "",
    )


def _remarks(policy: Policy) -> frozenset[str]:
    """What rules and constraints say for people only: a text may bind although no program reads it."""
    found: set[str] = set()
    waiting: list[Rule | Constraint] = [*policy.permission, *policy.prohibition, *policy.obligation]
    while waiting:
        item = waiting.pop()
        for name, value in item.extensions.items():
            iri = expand(name) or name
            if iri.startswith((RENKEI, DCT)) and iri not in REFINEMENTS:
                found.add(members_text({iri: value}))
        if isinstance(item, Rule):
            waiting += (*item.constraint, *item.duty)
        elif isinstance(item, Logical):
            waiting += item.operands
    return frozenset(found)


def _debtor(rule: Rule, policy: Policy) -> Subject | None:
    """Whose obligation it is; ``None``: a third party's."""
    if rule.assignee in {None, policy.assignee}:
        return Subject.ASSIGNEE
    return Subject.ASSIGNER if rule.assignee == policy.assigner else None


def _burdens_others(rule: RuleTerms) -> bool:
    """Whether what follows from a duty that is not done is owed by somebody else than the duty itself."""
    return any(below.assignee != rule.assignee or _burdens_others(below) for below in rule.consequences)


def _foreign(rule: RuleTerms) -> bool:
    """Whether a rule, or one below it, has a member that is not understood: such may widen as well as narrow."""
    waiting: list[RuleTerms | Expression] = [rule]
    while waiting:
        item = waiting.pop()
        if isinstance(item, RuleTerms):
            if item.foreign:
                return True
            waiting += (*item.conditions, *item.refinements, *item.duties, *item.consequences, *item.remedies)
        elif isinstance(item, Joined):
            if item.foreign:
                return True
            waiting += item.parts
    return False
