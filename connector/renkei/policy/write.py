"""``Policy`` → JSON as DSP 2025-1 sends it: the spellings as they are, empty lists left out.

What is written is read again before it leaves: nothing goes out that a strict partner, or we, would refuse or read
otherwise. Errors: LocalError ``policy-unwritable``.
"""

from __future__ import annotations

from renkei.kernel.problems import PeerError
from renkei.policy.model import Atomic, Constraint, Logical, Policy, PolicyKind, RightOperand, Rule
from renkei.policy.problems import UNWRITABLE
from renkei.policy.read import read_agreement, read_offer, read_set


def write_offer(policy: Policy) -> dict[str, object]:
    """The JSON object of an offer; without a target it is one for a catalog."""
    return _checked(policy, PolicyKind.OFFER)


def write_agreement(policy: Policy) -> dict[str, object]:
    """The JSON object of an agreement."""
    return _checked(policy, PolicyKind.AGREEMENT)


def write_set(policy: Policy) -> dict[str, object]:
    """The JSON object of a set."""
    return _checked(policy, PolicyKind.SET)


def rule_json(rule: Rule) -> dict[str, object]:
    """One rule as JSON, unchecked."""
    written: dict[str, object] = {"action": rule.action}
    single = (("target", rule.target), ("assigner", rule.assigner), ("assignee", rule.assignee))
    written |= {name: value for name, value in single if value is not None}
    if rule.constraint:
        written["constraint"] = [constraint_json(item) for item in rule.constraint]
    if rule.duty:
        written["duty"] = [rule_json(item) for item in rule.duty]
    return written | dict(rule.extensions)


def constraint_json(constraint: Constraint) -> dict[str, object]:
    """One constraint as JSON, unchecked."""
    written: dict[str, object]
    if isinstance(constraint, Logical):
        written = {constraint.connective.value: [constraint_json(item) for item in constraint.operands]}
    else:
        written = _atomic_json(constraint)
    return written | dict(constraint.extensions)


def right_json(right: RightOperand) -> object:
    """A right operand as JSON."""
    if isinstance(right, str):
        return right
    if isinstance(right, tuple):
        return [right_json(item) for item in right]
    return dict(right)


def _atomic_json(atomic: Atomic) -> dict[str, object]:
    return {
        "leftOperand": atomic.left,
        "operator": atomic.operator.value,
        "rightOperand": right_json(atomic.right),
    }


def _checked(policy: Policy, kind: PolicyKind) -> dict[str, object]:
    if policy.kind is not kind:
        raise UNWRITABLE(kind=kind.value, cause=f"it is of the kind {policy.kind.value}")
    written = policy_json(policy)
    try:
        if kind is PolicyKind.OFFER:
            again = read_offer(written, in_catalog=policy.target is None)
        else:
            again = read_agreement(written) if kind is PolicyKind.AGREEMENT else read_set(written)
    except PeerError as error:
        raise UNWRITABLE(kind=kind.value, cause=error.message()) from error
    if again != policy:
        raise UNWRITABLE(kind=kind.value, cause="a member stands in the way of another and would be lost")
    return written


def policy_json(policy: Policy) -> dict[str, object]:
    """A policy as JSON, unchecked: for a document that is read again as a whole."""
    written: dict[str, object] = {"@id": policy.id, "@type": policy.kind.value}
    single = (
        ("target", policy.target),
        ("assigner", policy.assigner),
        ("assignee", policy.assignee),
        ("timestamp", policy.timestamp),
    )
    written |= {name: value for name, value in single if value is not None}
    if policy.profile:
        written["profile"] = policy.profile if isinstance(policy.profile, str) else list(policy.profile)
    rules = (
        ("permission", policy.permission),
        ("prohibition", policy.prohibition),
        ("obligation", policy.obligation),
    )
    written |= {name: [rule_json(rule) for rule in listed] for name, listed in rules if listed}
    return written | dict(policy.extensions)
