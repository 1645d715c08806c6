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

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import Final

import msgspec

from renkei.policy.comparing.boxes import Box, Boxes, Effort, covered, left_of
from renkei.policy.comparing.domains import TooWideError
from renkei.policy.comparing.drawn import Drawn, Part, Subject, World, drawn
from renkei.policy.comparing.regions import Duty, Region
from renkei.policy.comparing.sides import YES
from renkei.policy.comparing.witness import placed
from renkei.policy.deciding.decision import Decision
from renkei.policy.deciding.evaluate import CompiledPolicy
from renkei.policy.deciding.meaning import RuleTerms
from renkei.policy.deciding.semantics import BY_ACTION, due_before
from renkei.policy.model import Policy
from renkei.policy.operands import STANDARD
from renkei.policy.operands.declaration import Registry
from renkei.policy.terms import covers
from renkei.policy.world import Facts, Request

_TRIES: Final = 16


class Relation(Enum):
    """How the first policy stands to the second."""

    EQUAL = "equal"
    STRICTER = "stricter"
    LOOSER = "looser"
    INCOMPARABLE = "incomparable"
    UNKNOWN = "unknown"


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


class Escape(msgspec.Struct, frozen=True):
    """That one policy goes beyond the other: in which subject, and the first world that was seen to show it."""

    subject: Subject
    satisfies: Side
    inner: Part
    outer: Part
    world: World

    def witness(self) -> Witness:
        """A world that differs from what both permit by as little as may be."""
        world = next(_telling(self.inner, self.outer), self.world)
        return Witness(self.subject, self.satisfies, *world, self.outer.compiled)


class Verdict(msgspec.Struct, frozen=True):
    """How the first policy stands to the second, and what shows it.

    ``looser`` and ``stricter``: that the first is so in some world, confirmed by asking both policies. ``burdens``: the
    duties that only one side has; those on permissions are the assignee's (``Subject.USE``).
    """

    relation: Relation
    looser: Escape | None = None
    stricter: Escape | None = None
    burdens: tuple[Burden, ...] = ()

    @property
    def beyond(self) -> Witness | None:
        """What makes the first looser; sought when somebody wants to see it."""
        return None if self.looser is None else self.looser.witness()

    @property
    def short(self) -> Witness | None:
        """What makes the first stricter."""
        return None if self.stricter is None else self.stricter.witness()

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
    one, other = drawn(first, registry), drawn(second, registry)
    if one is other or one.text == other.text:
        return Verdict(Relation.EQUAL)
    burdens = _burdens(one, other)
    if one.frame != other.frame:
        return Verdict(Relation.UNKNOWN, burdens=burdens)
    within, looser = _contained(one, other, Side.FIRST)
    covering, stricter = _contained(other, one, Side.SECOND)
    relation = Relation.UNKNOWN if within is None or covering is None else _RELATIONS[within, covering]
    return Verdict(relation, looser, stricter, burdens)


def _contained(narrow: Drawn, wide: Drawn, side: Side) -> tuple[bool | None, Escape | None]:
    """Whether the policy of that side permits and owes no more than the other's lets it; ``None``: it stays open."""
    sure = True
    for subject in narrow.parts | wide.parts if len(narrow.parts) + len(wide.parts) > 2 else _USE_ALONE:
        turned = subject is Subject.ASSIGNER
        inner, outer = (wide, narrow) if turned else (narrow, wide)
        mine, theirs = inner.part(subject), outer.part(subject)
        answer = _escape(mine, theirs)
        if not isinstance(answer, bool):
            satisfies = side if not turned else Side.SECOND if side is Side.FIRST else Side.FIRST
            return False, Escape(subject, satisfies, mine, theirs, answer)
        sure = sure and answer
    return (True if sure else None), None


def _escape(inner: Part, outer: Part) -> World | bool:
    """A world that the inner part permits and the outer one does not; true: there is none; false: nobody knows."""
    if inner.region is None or outer.region is None:
        return False
    covering, contained = outer.region.boxes, True
    for place, box in enumerate(_with_implied(inner.region, outer.region)):
        if not covered(box, covering):
            contained = False
            for world in inner.probes(place):
                if not outer.compiled.permits(*world):
                    return world
    if contained:
        return True
    pieces = _left(inner.region, outer.region)
    piece = next(pieces, None)
    return piece is None or next(_telling(inner, outer), False)


def _telling(inner: Part, outer: Part) -> Iterator[World]:
    """Worlds in what the outer part leaves of the inner one, if both answer as they should."""
    assert inner.region is not None
    assert outer.region is not None
    axes, duties = {**outer.region.axes, **inner.region.axes}, {**outer.duties, **inner.duties}
    for piece in islice(_left(inner.region, outer.region), _TRIES):
        world = placed(piece, axes, duties)
        if world is not None and inner.compiled.permits(*world) and not outer.compiled.permits(*world):
            yield world


def _left(inner: Region, outer: Region) -> Iterator[Box]:
    """What is not covered, in pieces; at last a box of which nobody knows, where that takes too much work."""
    effort, axes = Effort(), {**outer.axes, **inner.axes}
    for box in _with_implied(inner, outer):
        if not covered(box, outer.boxes):
            try:
                yield from left_of(box, outer.boxes, axes, effort)
            except TooWideError:
                yield box
                return


# --- duties -----------------------------------------------------------------------------------------------------------


def _with_implied(inner: Region, outer: Region) -> Boxes:
    """The boxes, and in each done what is done by doing what it has done."""
    if not inner.duties or not outer.duties:
        return inner.boxes
    boxes: list[Box] = []
    for box in inner.boxes:
        done = [duty for name, duty in inner.duties.items() if box.get(name) == YES]
        implied = {name: YES for name, other in outer.duties.items() if any(_implies(duty, other) for duty in done)}
        boxes.append({**box, **implied})
    return boxes


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


def _burdens(one: Drawn, other: Drawn) -> tuple[Burden, ...]:
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
