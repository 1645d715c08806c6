"""What would help: the smallest sets of conditions that, come out otherwise, would turn a decision into a permit.

Each set is minimal: with all its changes the policy permits, with any fewer it does not. Sets are found from the leaves
up (those of a conjunction are joined, those of a choice put side by side, supersets dropped), as sets of bits, and each
is followed up to the root before it is told. Of every step only the best are kept, so the work is bounded by the size
of the policy; where nothing is dropped the sets are all there are.

A set that somebody can bring about comes before one that nobody can, a small one before a large one. What is declared
or waited for touches every condition on purposes or on the clock, so such a set is also tried as a whole.

Source: minimal hitting sets, R. Reiter, A Theory of Diagnosis from First Principles (1987).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import combinations
from typing import Final, TypeAlias

from renkei.policy.deciding.decision import Decision
from renkei.policy.deciding.explanation import Reason
from renkei.policy.deciding.leaves import leaf
from renkei.policy.deciding.meaning import Conflict
from renkei.policy.deciding.steps import Node
from renkei.policy.deciding.truth import CERTAIN, CERTAINLY_NOT, FALSE, TRUE, Truth
from renkei.policy.deciding.wording import ReasonCode
from renkei.policy.explaining.advice import EXCLUDING, Change, change
from renkei.policy.explaining.recomputation import excluded, foreign, recompute
from renkei.policy.model import Connective
from renkei.policy.operands.declaration import Actor, Source
from renkei.policy.world import Phase

MOST: Final = 5
_KEPT: Final = 12
_LARGEST: Final = 32
_EVERY_SUBSET: Final = 6
_TRIED: Final = 8
_ANOTHER: Final = frozenset(("urn:renkei:another-purpose",))
_JOINED: Final = frozenset({ReasonCode.CONNECTIVE, ReasonCode.SEQUENCE})
_CHOICES: Final = frozenset({ReasonCode.PERMISSIONS, ReasonCode.PROHIBITIONS})
Ways: TypeAlias = Sequence[int]
"""Sets of changes, each an integer: bit 2k makes condition k true, bit 2k + 1 makes it false."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FixSet:
    """Changes that together permit. ``purposes``: what to declare then; ``moment``: when to ask, if not now."""

    changes: tuple[Change, ...]
    purposes: frozenset[str] | None = None
    moment: datetime | None = None

    @property
    def possible(self) -> bool:
        """Whether somebody can bring all of it about."""
        return all(wanted.by is not Actor.NOBODY for wanted in self.changes)

    def text(self, language: str = "en") -> str:
        """What to do, as one sentence; where nobody can do all of it, why not."""
        told = [wanted for wanted in self.changes if self.possible or wanted.by is Actor.NOBODY]
        return ("。また、" if language == "ja" else "; and ").join(wanted.text(language) for wanted in told)

    def as_json(self, language: str = "en") -> dict[str, object]:
        """The form in which a set is shown."""
        changes = [wanted.as_json(language) for wanted in self.changes]
        shown: dict[str, object] = {"possible": self.possible, "text": self.text(language), "changes": changes}
        return shown | ({} if self.purposes is None else {"purposes": sorted(self.purposes)})


def fix_sets(decision: Decision, *, today: datetime | None = None, most: int = MOST) -> tuple[FixSet, ...]:
    """What would turn a denial or deferral into a permit; nothing for a permit, and where nothing can be told.

    ``today``: from when on one can still ask, if that is not the time of the decision.
    """
    if decision.permits:
        return ()
    return _Search(decision, today or decision.facts.now).sets(most)


class _Search:
    """The conditions of one decision, and the ways to turn each step."""

    def __init__(self, decision: Decision, today: datetime) -> None:
        self._decision = decision
        self._asked = decision.asked
        self._reasons = decision.reasons
        self._today = today
        self._numbers, self._places = _conditions(decision.asked.nodes, self._reasons)
        self._changes: dict[int, Change] = {}
        self._nobody = 0
        for number, places in enumerate(self._places):
            for bit, wanted in enumerate((Truth.TRUE, Truth.FALSE)):
                made = change(self._reasons[places[0]], places, wanted, decision.facts, today)
                self._changes[2 * number + bit] = made
                if made.by is Actor.NOBODY:
                    self._nobody |= 1 << (2 * number + bit)
        self._positive = sum(1 << 2 * number for number in range(len(self._places)))

    def sets(self, most: int) -> tuple[FixSet, ...]:
        found: list[FixSet] = []
        for way in self._ways():
            if len(found) == most:
                break
            if way.bit_count() <= _LARGEST and self._minimal(way):
                realised = self._realised(way)
                if realised is not None:
                    found.append(realised)
        return tuple(found)

    # --- from the leaves up ----------------------------------------------------------------------

    def _ways(self) -> Ways:
        """The ways to turn the policy's own step true, the best first."""
        true: list[Ways] = []
        false: list[Ways] = []
        for step, node in enumerate(self._asked.nodes):
            value = self._decision.codes[step]
            yes, no = self._turns(node, step, true, false)
            true.append((0,) if value & CERTAIN else yes)
            false.append((0,) if value & CERTAINLY_NOT else no)
        return true[-1]

    def _turns(self, node: Node, step: int, true: Sequence[Ways], false: Sequence[Ways]) -> tuple[Ways, Ways]:
        """The ways to turn one step true and false."""
        if not node.parts:
            number = self._numbers[step]
            return (1 << 2 * number,), (2 << 2 * number,)
        yes, no = [true[part] for part in node.parts], [false[part] for part in node.parts]
        if node.reason in _JOINED and foreign(self._asked, node):
            return (), ()
        if node.operator == Connective.OR.value or node.reason in _CHOICES:
            return self._either(yes), self._all(no)
        match node.reason:
            case ReasonCode.SEQUENCE:  # nobody can tell in which order they would come about
                return (), self._either(no)
            case ReasonCode.CONNECTIVE if node.operator == Connective.XONE.value:
                return self._one(yes, no), self._best((*self._all(no), *self._two(yes)))
            case ReasonCode.DUTY:
                return self._either((*no[:-1], yes[-1])), self._all((*yes[:-1], no[-1]))
            case ReasonCode.POLICY if excluded(self._asked, node) is not None:
                heeded = self._asked.terms.conflict is not Conflict.PERMISSION
                return self._all((*yes[:-1], no[-1]) if heeded else yes[:-1]), ()
            case _:
                return self._all(yes), self._either(no)

    def _all(self, parts: Iterable[Ways]) -> Ways:
        ways: Ways = (0,)
        for part in parts:
            if part != (0,):
                ways = self._best(way | other for way in ways for other in part)
        return ways

    def _either(self, parts: Iterable[Ways]) -> Ways:
        return self._best(way for part in parts for way in part)

    def _one(self, yes: Sequence[Ways], no: Sequence[Ways]) -> Ways:
        """Each in turn true, those before and those after it false."""
        after: list[Ways] = [(0,)]
        for part in reversed(no):
            after.append(self._all((after[-1], part)))
        found: Ways = ()
        before: Ways = (0,)
        for place, part in enumerate(yes):
            found = self._best((*found, *self._all((before, part, after[len(yes) - 1 - place]))))
            before = self._all((before, no[place]))
        return found

    def _two(self, yes: Sequence[Ways]) -> Ways:
        found: Ways = ()
        earlier: Ways = ()
        for part in yes:
            found = self._best((*found, *(way | other for way in earlier for other in part)))
            earlier = self._best((*earlier, *part))
        return found

    def _best(self, ways: Iterable[int]) -> Ways:
        """Without contradictions and supersets, the best first."""
        sound = {way for way in ways if not way & way >> 1 & self._positive}
        kept: list[int] = []
        for way in sorted(sound, key=lambda way: (bool(way & self._nobody), way.bit_count(), way)):
            if not any(other & way == other for other in kept):
                kept.append(way)
                if len(kept) == _KEPT:
                    break
        return tuple(kept)

    # --- held against the whole tree -------------------------------------------------------------

    def _listed(self, way: int) -> tuple[Change, ...]:
        return tuple(self._changes[bit] for bit in range(way.bit_length()) if way >> bit & 1)

    def _minimal(self, way: int) -> bool:
        changes = self._listed(way)
        if not self._permits(_codes(changes)):
            return False
        sizes = range(len(changes)) if len(changes) <= _EVERY_SUBSET else (len(changes) - 1,)
        return not any(self._permits(_codes(fewer)) for size in sizes for fewer in combinations(changes, size))

    def _permits(self, codes: dict[int, int]) -> bool:
        return bool(recompute(self._asked, self._decision.codes, codes)[-1] & CERTAIN)

    def _realised(self, way: int) -> FixSet | None:
        """The set with the moment and purposes under which it permits, if it depends on them; ``None``: under none."""
        changes = self._listed(way)
        if way & self._nobody:
            return FixSet(changes=changes)
        moments = [wanted.moment for wanted in changes if wanted.moment is not None]
        moment = max(moments, default=None)
        declared = any(_source(wanted.reason) is Source.PURPOSES for wanted in changes)
        codes = _codes(changes)
        if moment is not None:
            counted = {Source.CLOCK, Source.ELAPSED} if self._decision.facts.began is not None else {Source.CLOCK}
            codes |= self._asked_again(counted, moment=moment)
        if not declared:
            return FixSet(changes=changes, moment=moment) if self._permits(codes) else None
        for purposes in self._declarable(changes):
            if self._permits(codes | self._asked_again({Source.PURPOSES}, purposes=purposes)):
                return FixSet(changes=changes, moment=moment, purposes=None if purposes == _ANOTHER else purposes)
        return None

    def _asked_again(
        self, sources: AbstractSet[Source], *, moment: datetime | None = None, purposes: frozenset[str] = frozenset()
    ) -> dict[int, int]:
        """All leaves of some sources as they come out at another time, or for other purposes."""
        request = replace(self._decision.request, purposes=purposes, phase=Phase.ACCESS)
        facts = self._decision.facts if moment is None else replace(self._decision.facts, now=moment)
        return {
            step: leaf(node.atom, Phase.ACCESS)(request, facts)
            for step, node in enumerate(self._asked.nodes)
            if node.atom is not None and node.atom.flaw is None and node.atom.source in sources
        }

    def _declarable(self, changes: Sequence[Change]) -> Iterator[frozenset[str]]:
        """Purposes to be declared instead: as many of those declared now as may stay, else one that is asked for."""
        wanted: frozenset[str] | None = None
        unwanted: frozenset[str] = frozenset()
        for each in changes:
            atom = each.reason.atom
            if atom is None or atom.source is not Source.PURPOSES or not isinstance(atom.right, frozenset):
                continue
            if (atom.operator in EXCLUDING) is (each.wanted is Truth.TRUE):
                unwanted |= atom.right
            else:
                wanted = atom.right if wanted is None else wanted & atom.right
        declared = self._decision.request.purposes - unwanted
        kept = declared if wanted is None else declared & wanted
        if kept or wanted is None:
            yield kept or _ANOTHER
        for text in sorted((wanted or frozenset()) - unwanted)[:_TRIED]:
            yield frozenset((text,))


def _conditions(nodes: Sequence[Node], reasons: Sequence[Reason]) -> tuple[dict[int, int], list[tuple[int, ...]]]:
    """The number of each leaf's condition, and where each condition stands: one that stands twice is one."""
    places: dict[Hashable, list[int]] = {}
    for step, node in enumerate(nodes):
        if not node.parts:
            places.setdefault(_condition(node, reasons[step]), []).append(step)
    listed = [tuple(steps) for steps in places.values()]
    return {step: number for number, steps in enumerate(listed) for step in steps}, listed


def _condition(node: Node, reason: Reason) -> Hashable:
    atom = node.atom
    if atom is not None and atom.flaw is None and atom.operand is not None:
        return atom.operand.iri, atom.operator, atom.right, atom.source, atom.unit
    if reason.code in {ReasonCode.ACTION, ReasonCode.TARGET, ReasonCode.PARTY}:
        return reason.code, node.right
    return node.path, reason.code, node.left, node.right


def _codes(changes: Iterable[Change]) -> dict[int, int]:
    return {step: TRUE if each.wanted is Truth.TRUE else FALSE for each in changes for step in each.steps}


def _source(reason: Reason) -> Source | None:
    return None if reason.atom is None else reason.atom.source
