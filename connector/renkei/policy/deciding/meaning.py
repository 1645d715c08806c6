"""What a policy means: its rules with every word looked up, every value read and every flaw named.

``Policy`` keeps what was written; ``Terms`` is what evaluation, comparison and lint work on. Nothing is refused here
and nothing dropped: what is not understood stays as a flaw in its place, and a flaw is unknown wherever it is asked.

Members that ODRL has and the DSP context lacks (refinement, consequence, remedy, conflict, unit) are read from their
absolute IRIs. A missing party or target is the policy's.

Source: ODRL 2.2 Information Model, sections 2.5 to 2.7.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

from renkei.kernel.problems import RenkeiError
from renkei.policy.model import RENKEI, Atomic, Connective, Constraint, Extensions, Logical, Operator, Policy, Rule
from renkei.policy.operands import STANDARD
from renkei.policy.operands.declaration import Datatype, Operand, Registry, Source
from renkei.policy.read import read_constraints, read_rules
from renkei.policy.terms import DCT, ODRL, PROFILES, expand, iri_of
from renkei.policy.values import Right, may_be, read_right

REFINEMENT: Final = ODRL + "refinement"
CONSEQUENCE: Final = ODRL + "consequence"
REMEDY: Final = ODRL + "remedy"
CONFLICT: Final = ODRL + "conflict"
INHERIT_FROM: Final = ODRL + "inheritFrom"
UNIT: Final = ODRL + "unit"
DATA_TYPE: Final = ODRL + "dataType"
INCLUDED_IN: Final = ODRL + "includedIn"
TARGET_REFINEMENT: Final = RENKEI + "targetRefinement"
ASSIGNEE_REFINEMENT: Final = RENKEI + "assigneeRefinement"
_REFINEMENTS: Final = (REFINEMENT, TARGET_REFINEMENT, ASSIGNEE_REFINEMENT)
# That an action of a profile lies in a wider one makes a rule about it neither wider nor narrower.
_UNDERSTOOD_RULE: Final = frozenset({*_REFINEMENTS, CONSEQUENCE, REMEDY, INCLUDED_IN})


class Modality(Enum):
    """What a rule is; a duty is named by what it hangs on."""

    PERMISSION = "permission"
    PROHIBITION = "prohibition"
    OBLIGATION = "obligation"
    CONDITION = "duty"
    CONSEQUENCE = "consequence"
    REMEDY = "remedy"


class Conflict(Enum):
    """Who wins when a permission and a prohibition both speak of a use. ODRL's default is ``INVALID``."""

    PERMISSION = "perm"
    PROHIBITION = "prohibit"
    INVALID = "invalid"


class Flaw(Enum):
    """Why a constraint can never be known."""

    OPERAND = "operand"
    OPERATOR = "operator"
    RIGHT = "right"
    EXTENSION = "extension"


@dataclass(frozen=True, slots=True, kw_only=True)
class Atom:
    """One comparison. ``operator`` is the one that is meant, ``written`` has the one that stands there.

    Of a flawed one ``operand`` and ``right`` may be absent; ``foreign`` names the member that is not understood.
    """

    path: str
    written: Atomic
    operator: Operator
    operand: Operand | None = None
    source: Source = Source.FACT
    right: Right | None = None
    unit: str = ""
    flaw: Flaw | None = None
    foreign: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """Several under one connective. ``foreign``: a member that is not understood makes the whole unknown."""

    path: str
    connective: Connective
    parts: tuple[Expression, ...]
    foreign: str = ""


Expression: TypeAlias = Atom | Joined


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTerms:
    """One rule. ``action``: its IRI, ``None`` for a word that nobody knows; ``word``: as it was written."""

    path: str
    id: str
    modality: Modality
    action: str | None
    word: str
    target: str | None
    assignee: str | None
    conditions: tuple[Expression, ...] = ()
    refinements: tuple[Expression, ...] = ()
    duties: tuple[RuleTerms, ...] = ()
    consequences: tuple[RuleTerms, ...] = ()
    remedies: tuple[RuleTerms, ...] = ()
    foreign: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """All a policy says. ``profiles``: those that are not known; ``foreign``: its members that are not understood."""

    permissions: tuple[RuleTerms, ...]
    prohibitions: tuple[RuleTerms, ...]
    obligations: tuple[RuleTerms, ...]
    conflict: Conflict | None = None
    profiles: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()

    @property
    def rules(self) -> tuple[RuleTerms, ...]:
        """The rules on the first level."""
        return (*self.permissions, *self.prohibitions, *self.obligations)


def terms_of(policy: Policy, registry: Registry = STANDARD, zone: str = "") -> Terms:
    """Look everything up. ``zone``: the offset in which a time without one is meant; by default it is not read."""
    return _Reading(policy, registry, zone).terms()


def atoms_of(expression: Expression) -> Iterator[Atom]:
    """The comparisons below an expression, from left to right."""
    if isinstance(expression, Atom):
        yield expression
    else:
        for part in expression.parts:
            yield from atoms_of(part)


class _Reading:
    __slots__ = ("_policy", "_registry", "_zone")

    def __init__(self, policy: Policy, registry: Registry, zone: str) -> None:
        self._policy = policy
        self._registry = registry
        self._zone = zone

    def terms(self) -> Terms:
        policy = self._policy
        members = {expand(name) or name: value for name, value in policy.extensions.items()}
        conflict = _conflict(members.get(CONFLICT))
        foreign = [name for name in members if name.startswith(ODRL) and name != CONFLICT]
        if CONFLICT in members and conflict is None:
            foreign.append(CONFLICT)
        return Terms(
            permissions=self._rules(policy.permission, "permission", Modality.PERMISSION),
            prohibitions=self._rules(policy.prohibition, "prohibition", Modality.PROHIBITION),
            obligations=self._rules(policy.obligation, "obligation", Modality.OBLIGATION),
            conflict=conflict,
            profiles=tuple(profile for profile in policy.profiles if profile not in PROFILES),
            foreign=tuple(foreign),
        )

    def _rules(self, rules: tuple[Rule, ...], path: str, modality: Modality) -> tuple[RuleTerms, ...]:
        return tuple(self._rule(rule, f"{path}[{i}]", modality) for i, rule in enumerate(rules))

    def _rule(self, rule: Rule, path: str, modality: Modality) -> RuleTerms:
        policy, members = self._policy, {expand(name) or name: value for name, value in rule.extensions.items()}
        foreign = [name for name in members if name not in _UNDERSTOOD_RULE and _is_foreign(name)]
        refinements: list[Expression] = []
        for name in _REFINEMENTS if members else ():
            try:
                found = read_constraints(members[name], name) if name in members else ()
            except RenkeiError:
                foreign.append(name)
                continue
            refinements += self._expressions(found, f"{path}.{name.rpartition('/')[2]}", modality)
        nested: dict[str, tuple[RuleTerms, ...]] = {}
        for name, kind in ((CONSEQUENCE, Modality.CONSEQUENCE), (REMEDY, Modality.REMEDY)) if members else ():
            try:
                below = read_rules(members[name], name) if name in members else ()
            except RenkeiError:
                foreign.append(name)
                continue
            nested[name] = self._rules(below, f"{path}.{kind.value}", kind)
        written_id = rule.extensions.get("@id")
        return RuleTerms(
            path=path,
            # A name that is no IRI could be that of a place in the policy, and a duty's state be taken for another's.
            id=written_id if isinstance(written_id, str) and expand(written_id) else "",
            modality=modality,
            action=iri_of(rule.action),
            word=rule.action,
            target=rule.target if rule.target is not None else policy.target,
            assignee=rule.assignee if rule.assignee is not None else policy.assignee,
            conditions=self._expressions(rule.constraint, f"{path}.constraint", modality),
            refinements=tuple(refinements),
            duties=self._rules(rule.duty, f"{path}.duty", Modality.CONDITION),
            consequences=nested.get(CONSEQUENCE, ()),
            remedies=nested.get(REMEDY, ()),
            foreign=tuple(foreign),
        )

    def _expressions(self, listed: tuple[Constraint, ...], path: str, modality: Modality) -> tuple[Expression, ...]:
        return tuple(self._expression(item, f"{path}[{i}]", modality) for i, item in enumerate(listed))

    def _expression(self, constraint: Constraint, path: str, modality: Modality) -> Expression:
        if isinstance(constraint, Logical):
            below = f"{path}.{constraint.connective.value}"
            return Joined(
                path=path,
                connective=constraint.connective,
                parts=self._expressions(constraint.operands, below, modality),
                foreign=next((name for name in constraint.extensions if _is_foreign(expand(name) or name)), ""),
            )
        return self._atom(constraint, path, modality)

    def _atom(self, written: Atomic, path: str, modality: Modality) -> Atom:
        operand = self._registry.get(iri_of(written.left) or "")
        if operand is None:
            return Atom(path=path, written=written, operator=written.operator, flaw=Flaw.OPERAND)
        unit, foreign = _members(written.extensions, operand)
        operator = operand.means.get(written.operator, written.operator)
        source = operand.source
        if source is Source.AGREED and modality is Modality.PROHIBITION:
            source = Source.CONDUCT
        if unit and operand.datatype is not Datatype.NUMBER:
            foreign = foreign or UNIT
        flaw: Flaw | None
        right: Right | None = None
        if foreign:
            flaw = Flaw.EXTENSION
        elif written.operator not in operand.operators:
            flaw = Flaw.OPERATOR
        else:
            right = read_right(written.right, operand, operator, self._zone)
            flaw = Flaw.RIGHT if right is None else None
        return Atom(
            path=path,
            written=written,
            operator=operator,
            operand=operand,
            source=source,
            right=right,
            unit=unit,
            flaw=flaw,
            foreign=foreign,
        )


def _is_foreign(iri: str) -> bool:
    """A member of a rule or constraint that is not understood could widen or narrow it; names and titles do not."""
    return not iri.startswith(("@", RENKEI, DCT))


def _members(extensions: Extensions, operand: Operand) -> tuple[str, str]:
    """The unit of a constraint, and the first member of it that is not understood."""
    unit = foreign = ""
    for name, value in extensions.items():
        iri = expand(name) or name
        if iri == UNIT and (text := _reference(value)):
            unit = text
        elif iri == DATA_TYPE and may_be(_reference(value), operand):
            continue
        elif _is_foreign(iri):
            foreign = foreign or name
    return unit, foreign


def _reference(value: object) -> str:
    if isinstance(value, Mapping):
        value = value.get("@id")
    return value if isinstance(value, str) else ""


def _conflict(value: object) -> Conflict | None:
    text = _reference(value)
    name = (expand(text) or text).removeprefix(ODRL)
    return {known.value: known for known in Conflict}.get(name)
