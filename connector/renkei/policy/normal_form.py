"""Do two policies have the same terms? Equality of normal forms, the differences, and a hash of the terms.

This is about what is written; whether one permits what the other does is asked of ``containment``.

The normal form leaves out what names a document rather than its terms: ids, kind, policy-level parties and target,
timestamp, signatures. What stays is spelled one way (absolute IRIs), nested ``and`` is flattened into the rule's
constraints, connectives of one operand vanish, a list of one is its element, and what has no order is sorted and said
once. Equal normal forms decide alike for equal parties and targets; unequal ones may still mean the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NoReturn

from renkei.kernel import jcs
from renkei.policy.model import (
    SIGNATURE_MEMBERS,
    Atomic,
    Connective,
    Constraint,
    Extensions,
    Policy,
    RightOperand,
    Rule,
)
from renkei.policy.terms import XSD, emitted, expand, iri_of

_UNORDERED = frozenset({Connective.AND, Connective.OR})


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing two policies do not share: where, and its normal form on either side (``None``: not there)."""

    path: str
    first: object = None
    second: object = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether two policies have the same terms, and where they differ."""

    same: bool
    differences: tuple[Difference, ...] = ()


def same_terms(first: Policy, second: Policy) -> Comparison:
    """Compare the terms of two policies, whatever their kinds and parties."""
    one, other = normal_form(first), normal_form(second)
    if _equal(one, other):
        return Comparison(same=True)
    differences = [
        difference
        for name in sorted(one.keys() | other.keys())
        for difference in _differences(name, one.get(name), other.get(name))
    ]
    return Comparison(same=False, differences=tuple(differences))


def policy_hash(policy: Policy) -> str:
    """The hash of the terms (``sha-256:`` and hex over the canonical normal form): equal exactly for the same terms."""
    return jcs.sha256(normal_form(policy))


def normal_form(policy: Policy) -> dict[str, object]:
    """The terms of a policy as one JSON value that does not depend on order, spelling or who names it."""
    written: dict[str, object] = {
        "profile": sorted(set(policy.profiles)),
        "permission": _sorted(_rule(rule, policy) for rule in policy.permission),
        "prohibition": _sorted(_rule(rule, policy) for rule in policy.prohibition),
        "obligation": _sorted(_rule(rule, policy) for rule in policy.obligation),
    }
    return {name: value for name, value in written.items() if value} | _extensions(policy.extensions)


def terms_text(policy: Policy) -> str:
    """A text that is equal exactly for the same terms."""
    return _key(normal_form(policy))


def constraint_text(constraint: Constraint) -> str:
    """A text that is equal exactly for constraints of the same normal form."""
    return _key(_conjuncts(constraint))


def rule_text(rule: Rule, policy: Policy) -> str:
    """A text that is equal exactly for rules of the same normal form."""
    return _key(_rule(rule, policy))


def members_text(extensions: Extensions) -> str:
    """A text that is equal exactly for the same members beyond the model."""
    return _key(_extensions(extensions))


def spelled_out(policy: Policy) -> Policy:
    """The same policy with an absolute IRI for every known word that the DSP context lacks: how we send our own."""
    return replace(
        policy,
        permission=tuple(_spelled_rule(rule) for rule in policy.permission),
        prohibition=tuple(_spelled_rule(rule) for rule in policy.prohibition),
        obligation=tuple(_spelled_rule(rule) for rule in policy.obligation),
    )


def _spelled_rule(rule: Rule) -> Rule:
    return replace(
        rule,
        action=emitted(rule.action),
        constraint=tuple(_spelled(item) for item in rule.constraint),
        duty=tuple(_spelled_rule(duty) for duty in rule.duty),
    )


def _spelled(constraint: Constraint) -> Constraint:
    if isinstance(constraint, Atomic):
        return replace(constraint, left=emitted(constraint.left))
    return replace(constraint, operands=tuple(_spelled(item) for item in constraint.operands))


def _rule(rule: Rule, policy: Policy) -> dict[str, object]:
    written: dict[str, object] = {
        "action": iri_of(rule.action) or rule.action,
        "target": None if rule.target == policy.target else rule.target,
        "assigner": rule.assigner,
        "assignee": rule.assignee,
        "constraint": _sorted(item for each in rule.constraint for item in _conjuncts(each)),
        "duty": _sorted(_rule(duty, policy) for duty in rule.duty),
    }
    return {name: value for name, value in written.items() if value} | _extensions(rule.extensions)


def _conjuncts(constraint: Constraint) -> list[object]:
    """The normal forms that together say what the constraint says."""
    if isinstance(constraint, Atomic):
        atomic = {
            "left": iri_of(constraint.left) or constraint.left,
            "operator": constraint.operator.value,
            "right": _right(constraint.right),
        }
        return [atomic | _extensions(constraint.extensions)]
    extensions = _extensions(constraint.extensions)
    joined = constraint.connective
    if not extensions and (joined is Connective.AND or (joined in _SINGLE_VANISHES and len(constraint.operands) == 1)):
        return [item for each in constraint.operands for item in _conjuncts(each)]
    operands = [_operand(each) for each in constraint.operands]
    if joined is not Connective.AND_SEQUENCE:
        operands = _sorted(operands, once=joined in _UNORDERED)
    return [{joined.value: operands} | extensions]


_SINGLE_VANISHES = frozenset({Connective.OR, Connective.XONE})


def _operand(constraint: Constraint) -> object:
    parts = _sorted(_conjuncts(constraint))
    return parts[0] if len(parts) == 1 else {Connective.AND.value: parts}


def _right(right: RightOperand) -> object:
    if isinstance(right, tuple):
        items = _sorted(_value(item) for item in right)
        return items[0] if len(items) == 1 else items
    return _value(right)


def _value(item: str | Mapping[str, object]) -> object:
    """A value object of a plain text is the text; a datatype is spelled out."""
    if isinstance(item, str):
        return item
    kind = item.get("@type")
    spelled = {**item, "@type": expand(kind) or kind} if isinstance(kind, str) else dict(item)
    if spelled.get("@type") == XSD + "string":
        del spelled["@type"]
    value = spelled.get("@value")
    return value if spelled.keys() == {"@value"} and isinstance(value, str) else spelled


def _extensions(extensions: Extensions) -> dict[str, object]:
    """Members by their IRI; the node's own ``@id`` and ``@type`` and the signatures are no terms."""
    return {
        expand(name) or name: value
        for name, value in extensions.items()
        if not name.startswith("@") and name not in SIGNATURE_MEMBERS
    }


def _sorted(items: Iterable[object], *, once: bool = True) -> list[object]:
    listed = list(items)
    if len(listed) < 2:
        return listed
    keyed = sorted(((_key(item), item) for item in listed), key=lambda pair: pair[0])
    if once:
        return list(dict(keyed).values())
    return [item for _, item in keyed]


def _differences(path: str, one: object, other: object) -> Iterable[Difference]:
    """Lists are compared as sets; two single rules that stand against each other are compared member by member."""
    if _equal(one, other):
        return
    if isinstance(one, list) or isinstance(other, list):
        yield from _list_differences(path, _list(one), _list(other))
    elif isinstance(one, dict) and isinstance(other, dict):
        for name in sorted(one.keys() | other.keys()):
            yield from _differences(f"{path}.{name}", one.get(name), other.get(name))
    else:
        yield Difference(path, one, other)


def _list_differences(path: str, one: list[object], other: list[object]) -> Iterable[Difference]:
    keyed, other_keyed = ({_key(item): item for item in items} for items in (one, other))
    only_one = [item for key, item in keyed.items() if key not in other_keyed]
    only_other = [item for key, item in other_keyed.items() if key not in keyed]
    if len(only_one) == len(only_other) == 1:
        yield from _differences(path, only_one[0], only_other[0])
    elif only_one or only_other:
        yield from (Difference(path, first=item) for item in only_one)
        yield from (Difference(path, second=item) for item in only_other)
    else:  # the same members in another order or number, where it matters
        yield Difference(path, one, other)


def _equal(one: object, other: object) -> bool:
    return _key(one) == _key(other)


def _key(value: object) -> str:
    """A text that is equal exactly for equal JSON (in Python ``True == 1``): to sort and compare, never to sign."""
    return _ENCODER.encode(value)


def _refused(value: object) -> NoReturn:
    raise jcs.NOT_CANONICAL(cause=f"{type(value).__name__} is not a JSON type that is signed")


_ENCODER = json.JSONEncoder(sort_keys=True, default=_refused)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]
