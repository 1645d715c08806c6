"""Where a policy permits: its rules drawn as a union of boxes over everything that a decision depends on.

Drawn is what ``evaluate`` decides at the time of use (phase ACCESS), all duties done beforehand (semantics ``PRE``): a
duty is an axis, so that who owes more is permitted less. A condition has two sides, where it certainly holds and where
it certainly fails, and what is unknown lies on neither.

What is not looked into is an *oracle*: its two sides are a coin that falls alike for the same text, and for nothing
else. Such are flawed constraints, terms that bind by being agreed to (they permit everybody, and yet are terms),
``andSequence``, hierarchies that only the facts of a decision know, and operands declared opaque.

Raises ``TooWideError`` where a policy takes more boxes than are allowed, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from renkei.kernel.values import replace
from renkei.policy.comparing.boxes import EVERYTHING, Axes, Axis, Box, Boxes, Effort, Kind, few, overlap
from renkei.policy.comparing.domains import ANY, HELD, Among, TooWideError, held, interned
from renkei.policy.comparing.sides import AXES as _AXES
from renkei.policy.comparing.sides import PARTY, YES, Sides, oracle, outside_of, sides_of
from renkei.policy.deciding.meaning import (
    ASSIGNEE_REFINEMENT,
    REFINEMENT,
    TARGET_REFINEMENT,
    Atom,
    Conflict,
    Expression,
    RuleTerms,
    Terms,
    atoms_of,
)
from renkei.policy.model import Connective, Policy, Rule
from renkei.policy.normal_form import constraint_text, rule_text
from renkei.policy.operands.declaration import Source
from renkei.policy.terms import ACTIONS, canonical_action, covers, expand

TARGET: Final = "target"
ACTION: Final = "action"
REFINEMENTS: Final = frozenset({REFINEMENT, TARGET_REFINEMENT, ASSIGNEE_REFINEMENT})
_MOST_DUTIES: Final = 16
"""Each is held against each of the other policy's, in both directions."""
_TARGET: Final = Axis(Kind.TARGET, HELD, lacks=False)
_ACTION: Final = Axis(Kind.ACTION, ANY, lacks=False)


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty as an axis. ``frame``: all it says but for its action and manner, which are ``terms`` and ``manner``."""

    terms: RuleTerms
    frame: str
    manner: Region | None


@dataclass(frozen=True, slots=True)
class Region:
    """A union of boxes, what its axes are, and the duties among them."""

    boxes: Boxes
    axes: Axes
    duties: Mapping[str, Duty]


def region_of(policy: Policy, terms: Terms, effort: Effort) -> Region:
    """Where a policy permits."""
    drawing = _Drawing(policy, effort)
    permitted: list[Box] = []
    forbidding = (
        () if terms.conflict is Conflict.PERMISSION else zip(policy.prohibition, terms.prohibitions, strict=True)
    )
    lifted = [drawing.lifted(rule, meant) for rule, meant in forbidding]
    for rule, meant in zip(policy.permission, terms.permissions, strict=True):
        boxes = drawing.permitted(rule, meant)
        for free in lifted:
            boxes = overlap(boxes, free, effort)
        permitted += boxes
    boxes = [{name: interned(domain) for name, domain in box.items()} for box in few(permitted, effort)]
    return Region(boxes, drawing.axes, drawing.duties)


class _Drawing:
    """One policy's axes, and the sides of everything it says."""

    def __init__(self, policy: Policy, effort: Effort) -> None:
        self.axes: dict[str, Axis] = {}
        self.duties: dict[str, Duty] = {}
        self._policy = policy
        self._effort = effort
        self._drawn: dict[tuple[int, bool], Boxes] = {}

    # --- rules --------------------------------------------------------------------------------------------------------

    def permitted(self, rule: Rule, meant: RuleTerms) -> Boxes:
        """Where a permission holds."""
        boxes: Boxes = EVERYTHING
        for part in self._parts(rule, meant):
            boxes = self._overlap(boxes, part.holds)
        for expression in (*meant.conditions, *meant.refinements):
            boxes = self._overlap(boxes, self._side(expression, True))
        for duty, terms in zip(rule.duty, meant.duties, strict=True):
            boxes = self._overlap(boxes, self._unhindered(duty, terms, meant))
        return boxes

    def lifted(self, rule: Rule, meant: RuleTerms) -> Boxes:
        """Where a prohibition is certainly not in force."""
        boxes = [box for part in self._parts(rule, meant) for box in part.fails]
        for expression in (*meant.conditions, *meant.refinements):
            boxes += self._side(expression, False)
        for duty in rule.duty:
            boxes += self._known(oracle(f"duty {rule_text(duty, self._policy)}")).fails
        return few(boxes, self._effort)

    def _parts(self, rule: Rule, meant: RuleTerms) -> Iterable[Sides]:
        """What a rule is about."""
        if meant.target is not None:
            target = Among(frozenset((meant.target,)))
            asked, others = held((target,)) or HELD, held((), target) or HELD
            yield self._known(Sides(({TARGET: asked},), ({TARGET: others},), {TARGET: _TARGET}))
        if meant.assignee is not None:
            party = Among(frozenset((meant.assignee,)))
            yield self._known(Sides(({PARTY: held((party,)) or HELD},), outside_of(party), _AXES))
        yield self._known(oracle(f"action {meant.word}") if meant.action is None else _speaking(meant.action))
        if rule.assigner not in {None, self._policy.assigner}:
            yield self._known(oracle(f"assigner {rule.assigner}"))

    def _unhindered(self, duty: Rule, meant: RuleTerms, rule: RuleTerms) -> Boxes:
        """Where a duty does not stand in the way: it is done, or one of its conditions certainly fails.

        A time among the conditions may be meant as the end or as the deadline of the duty: it is not looked into.
        """
        timed = any(
            atom.source in {Source.CLOCK, Source.ELAPSED} for item in meant.conditions for atom in atoms_of(item)
        )
        bare = replace(duty, assignee=None, constraint=duty.constraint if timed else ())
        between = (meant.target, rule.target, meant.assignee or rule.assignee)
        name = f"duty {rule_text(bare, self._policy)} {between}"
        if name not in self.duties:
            if len(self.duties) == _MOST_DUTIES:
                raise TooWideError
            others = {key: value for key, value in duty.extensions.items() if (expand(key) or key) not in REFINEMENTS}
            frame = rule_text(replace(bare, action="", extensions=others), self._policy)
            self.duties[name] = Duty(meant, f"{frame} {between}", self._manner(meant))
            self.axes[name] = Axis(Kind.DUTY, ANY)
        done: list[Box] = [{name: YES}]
        for expression in () if timed else meant.conditions:
            done += self._side(expression, False)
        return few(done, self._effort)

    def _manner(self, meant: RuleTerms) -> Region | None:
        """How a duty is to be done; ``None``: it cannot be drawn."""
        drawing = _Drawing(self._policy, Effort())
        boxes: Boxes = EVERYTHING
        try:
            for expression in meant.refinements:
                boxes = drawing._overlap(boxes, drawing._side(expression, True))
        except TooWideError:
            return None
        return Region(boxes, drawing.axes, {})

    # --- expressions --------------------------------------------------------------------------------------------------

    def _side(self, expression: Expression, holding: bool) -> Boxes:
        """Where an expression certainly holds, or certainly fails."""
        key = (id(expression), holding)
        boxes = self._drawn.get(key)
        if boxes is None:
            boxes = self._drawn[key] = self._looked_up(expression, holding)
        return boxes

    def _looked_up(self, expression: Expression, holding: bool) -> Boxes:
        if isinstance(expression, Atom):
            sides = self._known(sides_of(expression))
        elif expression.foreign or expression.connective is Connective.AND_SEQUENCE:
            sides = self._known(oracle(_text(expression)))
        else:
            return self._joined(expression.connective, expression.parts, holding)
        return sides.holds if holding else sides.fails

    def _joined(self, connective: Connective, parts: Sequence[Expression], holding: bool) -> Boxes:
        if connective is Connective.XONE:
            return self._one(parts) if holding else self._not_one(parts)
        if (connective is Connective.AND) is holding:
            boxes: Boxes = EVERYTHING
            for part in parts:
                boxes = self._overlap(boxes, self._side(part, holding))
            return boxes
        return few([box for part in parts for box in self._side(part, holding)], self._effort)

    def _one(self, parts: Sequence[Expression]) -> Boxes:
        """One holds, and all before it and all after it fail."""
        after: list[Boxes] = [EVERYTHING]
        for part in reversed(parts[1:]):
            after.append(self._overlap(self._side(part, False), after[-1]))
        before: Boxes = EVERYTHING
        found: list[Box] = []
        for part, rest in zip(parts, reversed(after), strict=True):
            found += self._overlap(self._overlap(before, self._side(part, True)), rest)
            before = self._overlap(before, self._side(part, False))
        return few(found, self._effort)

    def _not_one(self, parts: Sequence[Expression]) -> Boxes:
        """All fail, or two hold."""
        found = list(self._joined(Connective.OR, parts, holding=False))
        for i, part in enumerate(parts):
            for other in parts[:i]:
                found = [*few([*found, *self._overlap(self._side(part, True), self._side(other, True))], self._effort)]
        return found

    def _overlap(self, one: Boxes, other: Boxes) -> Boxes:
        return overlap(one, other, self._effort)

    def _known(self, sides: Sides) -> Sides:
        self.axes.update(sides.axes)
        return sides


@lru_cache(maxsize=256)
def _speaking(action: str) -> Sides:
    """The actions a rule speaks of; of those that the hierarchy does not know it speaks for certain only of its own."""
    mine = frozenset((canonical_action(action),))
    spoken = Among(mine | {other for other in ACTIONS if covers(action, other)})
    others = Among(frozenset(other for other in ACTIONS if covers(action, other) is False))
    return Sides(({ACTION: spoken},), ({ACTION: others},) if others else (), {ACTION: _ACTION})


def _text(expression: Expression) -> str:
    """A text that is equal only for expressions of the same parts in the same order."""
    if isinstance(expression, Atom):
        return f"{expression.source.value} {constraint_text(expression.written)}"
    return f"{expression.connective.value} [{', '.join(_text(part) for part in expression.parts)}]"
