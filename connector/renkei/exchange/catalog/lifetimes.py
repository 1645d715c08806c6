"""How long terms can permit anything at all, whoever asks: an offer past that is no longer listed in the catalog."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from renkei.kernel.instants import parse
from renkei.kernel.problems import RenkeiError
from renkei.policy.model import Atomic, Connective, Constraint, Logical, Operator, Policy
from renkei.policy.operands import DATE_TIME
from renkei.policy.terms import iri_of

_ENDING: Final = frozenset({Operator.LT, Operator.LTEQ, Operator.EQ})


def last_instant(policy: Policy) -> datetime | None:
    """After this instant no permission holds any more, for anybody; None: nobody can tell."""
    return _latest(_earliest(_end(item) for item in rule.constraint) for rule in policy.permission)


def _end(constraint: Constraint) -> datetime | None:
    if isinstance(constraint, Logical):
        below = (_end(operand) for operand in constraint.operands)
        if constraint.connective is Connective.AND:
            return _earliest(below)
        return _latest(below) if constraint.connective in {Connective.OR, Connective.XONE} else None
    if iri_of(constraint.left) != DATE_TIME or constraint.operator not in _ENDING:
        return None
    return _instant(constraint)


def _instant(atomic: Atomic) -> datetime | None:
    right = atomic.right
    text = right if isinstance(right, str) else None if isinstance(right, tuple) else right.get("@value")
    try:
        return parse(text) if isinstance(text, str) else None
    except RenkeiError:
        return None


def _earliest(each: Iterable[datetime | None]) -> datetime | None:
    """All must hold: the first that ends does."""
    return min((end for end in each if end is not None), default=None)


def _latest(each: Iterable[datetime | None]) -> datetime | None:
    """Any will do: it ends with the last, if every one has an end."""
    ends = list(each)
    known = [end for end in ends if end is not None]
    return max(known, default=None) if len(known) == len(ends) else None
