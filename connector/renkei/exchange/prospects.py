"""Whether terms can permit anything at all, whatever the facts: what can never permit is refused before it is offered.

Which constraints can never hold, nor fail, is told by the policy engine; here it is only followed up through the
connectives. Facts are taken as independent of each other, so terms that contradict themselves pass: what is refused
can certainly never permit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from renkei.exchange.catalog_problems import NO_PROSPECT
from renkei.kernel.values import replace
from renkei.policy.decision import Facts, Reason, ReasonCode, Request, Truth
from renkei.policy.evaluate import evaluate
from renkei.policy.model import Connective, Constraint, Logical, Policy, Rule

# What stays unknown whatever is known about a requester, or at any time.
_FOR_EVER: Final = frozenset(
    {
        ReasonCode.OPERAND,
        ReasonCode.OPERATOR,
        ReasonCode.RIGHT,
        ReasonCode.SEQUENCE,
        ReasonCode.DUTY,
        ReasonCode.EXTENSION,
        ReasonCode.PROFILE,
    }
)
_ABOUT: Final = frozenset({ReasonCode.ACTION, ReasonCode.TARGET})


@dataclass(frozen=True, slots=True)
class _Prospect:
    """Which of the two certain truth values a part of a policy may take."""

    true: bool
    false: bool


_NEITHER: Final = _Prospect(true=False, false=False)
_EITHER: Final = _Prospect(true=True, false=True)


def obstacles(policy: Policy, target: str, now: datetime) -> tuple[Reason, ...]:
    """Why terms can never permit the use of a dataset, to nobody; nothing: they can, for all that can be told.

    Their paths tell the places. Time does not count: terms that have run out could permit once.
    """
    anyone = replace(policy, assignee=None, permission=_open(policy.permission), prohibition=_open(policy.prohibition))
    reasons = evaluate(anyone, Request(party="", target=target), Facts(now)).reasons
    dead = {reason.path: reason for reason in reasons if reason.code in _FOR_EVER | _ABOUT}
    found = [dead[path] for path in ("profile", "policy") if path in dead]
    if not any(_of_rule(policy, rule, f"permission[{i}]", dead).true for i, rule in enumerate(policy.permission)):
        below = [reason for path, reason in dead.items() if path.startswith("permission[")]
        found += below or [reason for reason in reasons if reason.code is ReasonCode.NO_PERMISSION]
    for i, rule in enumerate(policy.prohibition):
        path = f"prohibition[{i}]"
        if not _of_rule(policy, rule, path, dead).false:
            found += [reason for reason in reasons if reason.path == path and reason.code is ReasonCode.PROHIBITION]
    return tuple(found)


def demand_prospect(terms: Policy, target: str, now: datetime) -> None:
    """Go on only with terms that may permit something. Raises ConfigurationError ``catalog-terms-never-permit``."""
    if found := obstacles(terms, target, now):
        raise NO_PROSPECT(cause="; ".join(reason.text() for reason in found))


def _open(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    return tuple(replace(rule, assignee=None) for rule in rules)


def _of_rule(policy: Policy, rule: Rule, path: str, dead: Mapping[str, Reason]) -> _Prospect:
    about = dead.get(f"{path}.target") or dead.get(f"{path}.action")
    elsewhere = about is not None and about.verdict is Truth.FALSE
    fits = _Prospect(true=about is None, false=elsewhere or bool(rule.assignee or policy.assignee))
    if path in dead:
        return _Prospect(true=False, false=fits.false)
    parts = [_of(constraint, f"{path}.constraint[{i}]", dead) for i, constraint in enumerate(rule.constraint)]
    return _all([fits, *parts, *(_NEITHER for _ in rule.duty)])


def _of(constraint: Constraint, path: str, dead: Mapping[str, Reason]) -> _Prospect:
    if path in dead:
        return _NEITHER
    if not isinstance(constraint, Logical):
        return _EITHER
    name = constraint.connective.value
    parts = [_of(operand, f"{path}.{name}[{i}]", dead) for i, operand in enumerate(constraint.operands)]
    if constraint.connective is Connective.AND:
        return _all(parts)
    if constraint.connective is Connective.OR:
        return _Prospect(true=any(part.true for part in parts), false=all(part.false for part in parts))
    return _one(parts)


def _all(parts: Sequence[_Prospect]) -> _Prospect:
    return _Prospect(true=all(part.true for part in parts), false=any(part.false for part in parts))


def _one(parts: Sequence[_Prospect]) -> _Prospect:
    """Exactly one: certain of it only where no part is unknown for ever, certain against it also where two hold."""
    unable = sum(not part.false for part in parts)
    able = sum(part.true for part in parts)
    alone = able > 0 if unable == 0 else unable == 1 and any(part.true and not part.false for part in parts)
    return _Prospect(true=alone, false=unable == 0 or able > 1)
