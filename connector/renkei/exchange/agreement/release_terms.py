"""What terms say of how figures are told: in which windows, after how many changes, of how many suppliers.

Only what every use is bound to counts: a condition of a permission, by itself or beside others. One that stands in an
alternative binds nobody, so such terms are refused, as are windows that fit no calendar.

Raises ConfigurationError ``disclosure-rules-unreadable``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Final

from renkei.battery.disclosure.disclosure_problems import RULES_UNREADABLE
from renkei.battery.disclosure.release_rules import ReleaseCalendar, ReleaseRules
from renkei.policy.deciding.meaning import Atom, Expression, atoms_of, terms_of
from renkei.policy.model import Connective, Policy
from renkei.policy.operands import MINIMUM_CONTRIBUTORS, RELEASE_CHANGES, RELEASE_INTERVAL
from renkei.policy.operands.declaration import Registry
from renkei.policy.values import Duration

_OURS: Final = frozenset({MINIMUM_CONTRIBUTORS, RELEASE_CHANGES, RELEASE_INTERVAL})
_DAY: Final = 24 * 3600


def release_rules_of(policy: Policy, registry: Registry) -> ReleaseRules:
    """The rules in an offer or an agreement, the strictest of each kind; none: figures are told at once."""
    rules = ReleaseRules()
    for rule in terms_of(policy, registry).permissions:
        for condition in rule.conditions:
            for atom in _binding(condition):
                rules = rules.strictest(_read(atom))
    return rules


def _binding(condition: Expression) -> Iterator[Atom]:
    if isinstance(condition, Atom):
        if (condition.operand.iri if condition.operand else condition.written.left) in _OURS:
            yield condition
        return
    for part in condition.parts:
        if condition.connective in {Connective.AND, Connective.AND_SEQUENCE}:
            yield from _binding(part)
        elif any(True for atom in atoms_of(part) for _ in _binding(atom)):
            raise RULES_UNREADABLE(cause=f"{condition.path} is an alternative")


def _read(atom: Atom) -> ReleaseRules:
    none, right = ReleaseRules(), atom.right
    if atom.flaw is not None or atom.operand is None:
        raise RULES_UNREADABLE(cause=f"{atom.path} cannot be read")
    if isinstance(right, Duration):
        seconds = right.time.total_seconds()
        if seconds % _DAY:
            raise RULES_UNREADABLE(cause=f"{atom.path} is not of whole days")
        return replace(none, calendar=ReleaseCalendar(months=right.months, days=int(seconds // _DAY)))
    if not isinstance(right, Decimal):
        raise RULES_UNREADABLE(cause=f"{atom.path} cannot be read")
    if atom.operand.iri == MINIMUM_CONTRIBUTORS:
        return replace(none, contributors=int(right))
    return replace(none, changes=int(right))
