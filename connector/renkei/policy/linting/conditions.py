"""The conditions of one rule looked over: what is not understood, what can never be so, what is said twice.

Part of ``lint`` (its points 5 to 7). A finding is ``blocking`` where it can be a reason why a policy permits nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from renkei.policy.deciding.meaning import UNIT, Atom, Expression, Flaw, Joined
from renkei.policy.linting.findings import Example, Finding, FindingCode, Severity
from renkei.policy.linting.satisfiability import Literal, clash, every, is_known, is_possible, possible, ways_of
from renkei.policy.model import Connective
from renkei.policy.operands import COUNT
from renkei.policy.operands.declaration import Datatype, Source
from renkei.policy.values import read_right, shown
from renkei.policy.world import Phase

_MOST: Final = 64
_FLAWS: Final = {
    Flaw.OPERAND: FindingCode.OPERAND,
    Flaw.OPERATOR: FindingCode.OPERATOR,
    Flaw.RIGHT: FindingCode.RIGHT,
    Flaw.EXTENSION: FindingCode.EXTENSION,
}
_CONJUNCTIVE: Final = frozenset({Connective.AND, Connective.AND_SEQUENCE})


@dataclass(frozen=True, slots=True)
class Found:
    """A finding whose severity hangs on the policy as a whole."""

    code: FindingCode
    path: str
    values: Mapping[str, str] = field(hash=False)
    blocking: bool = False
    places: tuple[str, ...] = ()
    example: Example | None = None

    def finding(self, *, refused: bool) -> Finding:
        """The finding, in a policy that permits something or (``refused``) nothing."""
        severity = Severity.ERROR if refused and self.blocking else Severity.WARNING
        return Finding(self.code, severity, self.path, self.values, self.places, self.example)


@dataclass(frozen=True, slots=True)
class Conditions:
    """Looks over what must hold together, in the phase in which it must be certain."""

    phase: Phase

    def look(self, together: Sequence[Expression], path: str, *, blocking: bool) -> list[Found]:
        """Everything about conditions that hold together."""
        parts = list(_flattened(together))
        found = [each for part in parts for each in self._part(part, blocking=blocking)]
        found += self._foreign(together, blocking=blocking)
        atoms = [part for part in parts if isinstance(part, Atom) and is_known(part, self.phase)]
        weighed = [atom for atom in atoms if atom.source is not Source.AGREED]
        clashing = clash(tuple(Literal(atom, holds=True) for atom in weighed), self.phase)
        if len(clashing) > 1:  # 6
            found.append(self._contradiction(clashing, blocking=blocking))
        elif not any(each.blocking or each.code in _NEVER for each in found) and not possible(
            every(ways_of(part, self.phase) for part in parts), self.phase
        ):
            told = ", ".join(_told(part) for part in parts)
            found.append(Found(FindingCode.CONTRADICTION, path, {"what": told}, blocking=blocking))
        return found if clashing else [*found, *self._redundant(weighed)]

    def _part(self, part: Expression, *, blocking: bool) -> Iterator[Found]:
        if isinstance(part, Atom):
            yield from self._atom(part, blocking=blocking)
            return
        below = [self.look((each,), each.path, blocking=blocking) for each in part.parts]
        yield from (found for each in below for found in each)
        if (
            part.connective is Connective.XONE
            and not any(below)
            and not possible(ways_of(part, self.phase), self.phase)
        ):
            told = ", ".join(_told(each) for each in part.parts)  # 6
            yield Found(FindingCode.XONE, part.path, {"what": told}, blocking=blocking)

    def _foreign(self, together: Sequence[Expression], *, blocking: bool) -> Iterator[Found]:
        """Members of connectives, and sequences whose order nobody can tell. Point 5."""
        for part in together:
            if isinstance(part, Joined):
                if part.foreign:
                    yield Found(FindingCode.EXTENSION, part.path, {"what": part.foreign}, blocking=blocking)
                if part.connective is Connective.AND_SEQUENCE and any(isinstance(each, Joined) for each in part.parts):
                    yield Found(FindingCode.UNKNOWABLE, part.path, self._values(_told(part)), blocking=blocking)
                if part.connective in _CONJUNCTIVE:
                    yield from self._foreign(part.parts, blocking=blocking)

    def _atom(self, atom: Atom, *, blocking: bool) -> Iterator[Found]:
        """Points 5 and 6."""
        told = _told(atom)
        if atom.written.right == ():
            yield Found(FindingCode.EMPTY, atom.path, {"what": told}, blocking=blocking)
        elif atom.flaw is not None:
            yield Found(_flaw(atom), atom.path, {"what": _named(atom, told)}, blocking=blocking)
        elif not is_known(atom, self.phase):
            yield Found(FindingCode.UNKNOWABLE, atom.path, self._values(told), blocking=blocking)
        elif atom.source is not Source.AGREED and not is_possible((Literal(atom, holds=True),), self.phase):
            counting = atom.operand is not None and atom.operand.iri == COUNT
            code = FindingCode.COUNT if counting else FindingCode.IMPOSSIBLE
            yield Found(code, atom.path, {"what": told}, blocking=blocking)

    def _values(self, told: str) -> dict[str, str]:
        return {"what": told, "phase": self.phase.value}

    def _contradiction(self, atoms: Sequence[Atom], *, blocking: bool) -> Found:
        units = {atom.unit for atom in atoms if atom.unit}
        code = FindingCode.UNIT if len(units) > 1 else FindingCode.CONTRADICTION
        places = tuple(atom.path for atom in atoms[1:])
        told = ", ".join(map(_told, atoms))
        return Found(code, atoms[0].path, {"what": told}, blocking=blocking, places=places)

    def _redundant(self, atoms: Sequence[Atom]) -> Iterator[Found]:
        """Point 7: what cannot be false while another one is true."""
        told: set[int] = set()
        for later, atom in enumerate(atoms[:_MOST]):
            for earlier, other in enumerate(atoms[:_MOST]):
                if earlier == later or earlier in told or not _same(atom, other):
                    continue
                if not is_possible((Literal(other, holds=True), Literal(atom, holds=False)), self.phase):
                    told.add(later)
                    values = {"what": _told(atom), "other": _told(other)}
                    yield Found(FindingCode.REDUNDANT, atom.path, values, places=(other.path,))
                    break


_NEVER: Final = frozenset(
    {FindingCode.IMPOSSIBLE, FindingCode.COUNT, FindingCode.CONTRADICTION, FindingCode.XONE, FindingCode.UNKNOWABLE}
    | {FindingCode.EMPTY, FindingCode.ZONELESS, FindingCode.UNIT, *_FLAWS.values()}
)


def _same(atom: Atom, other: Atom) -> bool:
    return atom.operand is not None and other.operand is not None and atom.operand.iri == other.operand.iri


def _flattened(together: Sequence[Expression]) -> Iterator[Expression]:
    """What holds together, with nested ``and`` laid open."""
    for part in together:
        if isinstance(part, Joined) and part.connective in _CONJUNCTIVE:
            yield from _flattened(part.parts)
        else:
            yield part


def _flaw(atom: Atom) -> FindingCode:
    """Point 5."""
    operand = atom.operand
    if atom.foreign == UNIT:
        return FindingCode.UNIT
    timed = atom.flaw is Flaw.RIGHT and operand is not None and operand.datatype is Datatype.INSTANT
    if timed and operand is not None and read_right(atom.written.right, operand, atom.operator, "Z") is not None:
        return FindingCode.ZONELESS
    return _FLAWS[atom.flaw or Flaw.RIGHT]


def _named(atom: Atom, told: str) -> str:
    if atom.flaw is Flaw.OPERAND:
        return atom.written.left
    return atom.foreign if atom.flaw is Flaw.EXTENSION and atom.foreign != UNIT else told


def _told(expression: Expression) -> str:
    if isinstance(expression, Joined):
        return f"{expression.connective.value} …"
    written = expression.written
    return f"{written.left} {written.operator.value} {shown(written.right) or '[]'}"
