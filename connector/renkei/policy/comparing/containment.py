"""Does one policy permit only what another permits? The relation of two policies, and a witness wherever they differ.

The first is *stricter* than the second if whatever it permits the second permits too, in every state of the world, and
if what is owed under it contains what is owed under the second: the assignee's duties and obligations. An obligation of
the assigner counts the other way round: who owes it gives more. Both directions are asked, and an answer is given only
where it is sure:

1. contained: every box of the one is covered by the boxes of the other (``regions``); this is a proof;
2. not contained: a request and a state of the world that the one permits and the other does not, found in a box that is
   left over, and confirmed by asking both policies. Nothing is claimed on the strength of a box alone;
3. else it stays open, and the relation is ``UNKNOWN``.

Compared is what holds at the time of use, when somebody asks, with all duties done beforehand. The states that somebody
reports for duties by their ids are left aside (a duty is done when it was performed), as is where the calendar ends.
Equal normal forms are ``EQUAL`` at once, whatever they contain; profiles, conflict strategies, remedies, remarks,
members beyond the standard and duties of third parties are only compared by identity.

Source: policy containment by box subtraction; soundness and witness as in policy analysis by counterexample.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import chain, islice
from typing import Final, TypeAlias

import msgspec

from renkei.kernel.values import replace
from renkei.policy.comparing.boxes import Axes, Box, Boxes, Effort, TooWideError, covered, left_of
from renkei.policy.comparing.regions import REFINEMENTS, Duty, Region, region_of
from renkei.policy.comparing.sides import YES
from renkei.policy.comparing.witness import placed
from renkei.policy.deciding.decision import Decision
from renkei.policy.deciding.evaluate import CompiledPolicy
from renkei.policy.deciding.meaning import CONFLICT, Conflict, Expression, Joined, RuleTerms, Terms, terms_of
from renkei.policy.deciding.semantics import BY_ACTION, PRE, due_before
from renkei.policy.model import RENKEI, Constraint, Logical, Policy, Rule
from renkei.policy.normal_form import members_text, rule_text, terms_text
from renkei.policy.operand import Registry
from renkei.policy.operands import STANDARD
from renkei.policy.terms import DCT, covers, expand
from renkei.policy.world import USE, Facts, Request

_REMEMBERED: Final = 256
_TRIES: Final = 16


class Relation(Enum):
    """How the first policy stands to the second."""

    EQUAL = "equal"
    STRICTER = "stricter"
    LOOSER = "looser"
    INCOMPARABLE = "incomparable"
    UNKNOWN = "unknown"


class Subject(Enum):
    """What two policies may differ in: the use itself (with the duties on permissions), or who else owes what."""

    USE = "use"
    ASSIGNEE = "obligations of the assignee"
    ASSIGNER = "obligations of the assigner"


class Side(Enum):
    """One of the two policies."""

    FIRST = "first"
    SECOND = "second"


class Witness(msgspec.Struct, frozen=True):
    """One request in one state of the world that ``satisfies`` one policy and not the other.

    About obligations: what was done satisfies those of one policy and not those of the other. ``denied_by``: the other
    policy, made ready to be asked.
    """

    subject: Subject
    satisfies: Side
    request: Request
    facts: Facts
    denied_by: CompiledPolicy

    @property
    def denial(self) -> Decision:
        """The other policy's answer, with its reasons."""
        return self.denied_by.decide(self.request, self.facts)


@dataclass(frozen=True, slots=True)
class Burden:
    """A duty that only one of the policies has: whose it is, and to do what (``duty.path`` tells where)."""

    side: Side
    debtor: Subject
    duty: RuleTerms


class Verdict(msgspec.Struct, frozen=True):
    """How the first policy stands to the second, and what shows it.

    ``beyond``: what makes the first looser; ``short``: what makes it stricter. ``burdens``: the duties that only one
    side has; those on permissions are the assignee's (``Subject.USE``).
    """

    relation: Relation
    beyond: Witness | None = None
    short: Witness | None = None
    burdens: tuple[Burden, ...] = ()

    @property
    def witness(self) -> Witness | None:
        """What tells the two apart; of two, what makes the first looser."""
        return self.beyond or self.short


_USE_ALONE: Final = (Subject.USE,)
_RELATIONS: Final = {
    (True, True): Relation.EQUAL,
    (True, False): Relation.STRICTER,
    (False, True): Relation.LOOSER,
    (False, False): Relation.INCOMPARABLE,
}
"""By whether the first is contained in the second, and the second in the first."""


def compare(first: Policy, second: Policy, registry: Registry = STANDARD) -> Verdict:
    """How the first policy stands to the second. Total and bounded; parties and targets are terms like all others."""
    one, other = _drawn(first, registry), _drawn(second, registry)
    if one is other or one.text == other.text:
        return Verdict(Relation.EQUAL)
    burdens = _burdens(one, other)
    if one.frame != other.frame:
        return Verdict(Relation.UNKNOWN, burdens=burdens)
    within, beyond = _contained(one, other, Side.FIRST)
    covering, short = _contained(other, one, Side.SECOND)
    relation = Relation.UNKNOWN if within is None or covering is None else _RELATIONS[within, covering]
    return Verdict(relation, beyond, short, burdens)


def _contained(narrow: _Drawn, wide: _Drawn, side: Side) -> tuple[bool | None, Witness | None]:
    """Whether the policy of that side permits and owes no more than the other's lets it; ``None``: it stays open."""
    sure = True
    for subject in narrow.parts | wide.parts if len(narrow.parts) + len(wide.parts) > 2 else _USE_ALONE:
        turned = subject is Subject.ASSIGNER
        inner, outer = (wide, narrow) if turned else (narrow, wide)
        answer = _escape(inner.part(subject), outer.part(subject))
        if not isinstance(answer, bool):
            satisfies = side if not turned else Side.SECOND if side is Side.FIRST else Side.FIRST
            return False, Witness(subject, satisfies, *answer)
        sure = sure and answer
    return (True if sure else None), None


_Found: TypeAlias = tuple[Request, Facts, CompiledPolicy]
"""A request, a world, and who says no to it."""


def _escape(inner: _Part, outer: _Part) -> _Found | bool:
    """A request that the inner part permits and the outer one does not; true: there is none; false: nobody knows."""
    if inner.region is None or outer.region is None:
        return False
    region, covering = inner.region, outer.region
    boxes = region.boxes
    if region.duties and covering.duties:
        boxes = [_with_implied(box, region.duties, covering.duties) for box in boxes]
    uncovered = (box for box in boxes if not covered(box, covering.boxes))
    first = next(uncovered, None)
    if first is None:
        return True
    axes, duties = {**covering.axes, **region.axes}, {**covering.duties, **region.duties}
    contained = True
    for piece in islice(_left(chain((first,), uncovered), covering.boxes, axes), _TRIES):
        contained = False
        found = placed(piece, axes, duties)
        if found is not None and inner.compiled.permits(*found) and not outer.compiled.permits(*found):
            return *found, outer.compiled
    return contained


def _left(boxes: Iterable[Box], covering: Boxes, axes: Axes) -> Iterator[Box]:
    """What is not covered, in pieces; at last a box of which nobody knows, where that takes too much work."""
    effort = Effort()
    for box in boxes:
        try:
            yield from left_of(box, covering, axes, effort)
        except TooWideError:
            yield box
            return


# --- duties -----------------------------------------------------------------------------------------------------------


def _with_implied(box: Box, duties: Mapping[str, Duty], others: Mapping[str, Duty]) -> Box:
    """A box, and in it done what is done by doing what it has done."""
    done = [duty for name, duty in duties.items() if box.get(name) == YES]
    implied = {name: YES for name, other in others.items() if any(_implies(duty, other) for duty in done)}
    return {**box, **implied}


def _implies(duty: Duty, other: Duty) -> bool:
    """Whether who does the one has done the other: the same or a narrower action in the same or a narrower manner."""
    if duty.frame != other.frame or not covers(other.terms.action, duty.terms.action):
        return False
    if due_before(other.terms.action, BY_ACTION) and not due_before(duty.terms.action, BY_ACTION):
        return False
    if duty.manner is None or other.manner is None:
        return False
    axes = {**other.manner.axes, **duty.manner.axes}
    try:
        left = (left_of(box, other.manner.boxes, axes, Effort()) for box in duty.manner.boxes)
        return all(next(pieces, None) is None for pieces in left)
    except TooWideError:
        return False


def _burdens(one: _Drawn, other: _Drawn) -> tuple[Burden, ...]:
    """The duties of either side that follow from none of the other's."""
    found: list[Burden] = []
    if not one.owes and not other.owes:
        return ()
    for side, mine, theirs in ((Side.FIRST, one, other), (Side.SECOND, other, one)):
        for subject, part in mine.parts.items():
            against = theirs.part(subject).duties
            found += (
                Burden(side, subject, duty.terms)
                for name, duty in part.duties.items()
                if name not in against and not any(_implies(counter, duty) for counter in against.values())
            )
    return tuple(found)


# --- policies drawn ---------------------------------------------------------------------------------------------------


class _Part:
    """What one subject of a policy comes to. Without a region it was too wide to be drawn."""

    __slots__ = ("_compiled", "_policy", "_registry", "duties", "region")

    def __init__(self, policy: Policy, terms: Terms, registry: Registry) -> None:
        self._policy, self._registry = policy, registry
        self._compiled: CompiledPolicy | None = None
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


class _Drawn:
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
        self.parts = {Subject.USE: _Part(policy, terms, registry)}
        self._owing_nothing: _Part | None = None
        for subject in (Subject.ASSIGNEE, Subject.ASSIGNER):
            owed = tuple(rule for rule in policy.obligation if _debtor(rule, policy) is subject)
            if owed:
                self.parts[subject] = self._owing(owed)
        self.owes = any(part.duties for part in self.parts.values())

    def part(self, subject: Subject) -> _Part:
        """One subject; where nothing is owed, everything satisfies it."""
        found = self.parts.get(subject, self._owing_nothing)
        if found is None:
            found = self._owing_nothing = self._owing(())
        return found

    def _owing(self, owed: tuple[Rule, ...]) -> _Part:
        told = self.policy.target
        bare = tuple(replace(rule, assignee=None, target=None if rule.target == told else rule.target) for rule in owed)
        policy = Policy(id=self.policy.id, kind=self.policy.kind, permission=(Rule(USE, duty=bare),))
        return _Part(policy, terms_of(policy, self.registry), self.registry)


def _drawn(policy: Policy, registry: Registry) -> _Drawn:
    """Those drawn lately are kept, for as long as nobody reads the same document anew."""
    key = (id(policy), id(registry))
    found = _kept.get(key)
    if found is None or found.policy is not policy or found.registry is not registry:
        found = _kept[key] = _Drawn(policy, registry)
        while len(_kept) > _REMEMBERED:
            _kept.popitem(last=False)
    return found


_kept: OrderedDict[tuple[int, int], _Drawn] = OrderedDict()


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
    violated = zip(policy.prohibition, terms.prohibitions, strict=True)
    return (
        frozenset(policy.profiles),
        terms.conflict or Conflict.INVALID,
        members_text(members),
        _remarks(policy),
        sorted(strange),
        sorted(rule_text(rule, policy) for rule, meant in violated if meant.remedies),
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
