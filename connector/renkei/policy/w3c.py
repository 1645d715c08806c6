"""ODRL 2.2 as the W3C writes it → ``Policy``: the JSON-LD of the ODRL context, brought into the one form we keep.

What must hold (refused otherwise, with the path):

1.  ``@context`` is the W3C's, alone or with an object that names further prefixes and terms, or it is absent. It
    changes no word of ODRL, and stands at the top only.
2.  The type is Set, Policy (a Set), Offer or Agreement: the other kinds of ODRL are no contract terms.
3.  Every member is an ODRL term in its place, or has an absolute IRI. No member stands twice, however it is spelled.
4.  Actions, left operands and types are words of ODRL, of the context, or absolute IRIs.
5.  An offer has an assigner, an agreement an assigner and an assignee, in the policy or in each of its rules, unless it
    inherits; there is a rule. A consequence or remedy has no consequence.
6.  A constraint has one right operand or a reference to one. A collection that is refined is named by ``source``.
7.  What ``read`` asks of our own form: sizes, texts, one connective to a constraint.

What the policy becomes:

- Single values become arrays. What stands on the policy for all rules moves into each; where a rule says otherwise it
  is refused, since ODRL would mean both. Lists of actions, targets and parties make one rule for each combination. Then
  the target and parties that all rules share stand on the policy, where the Dataspace Protocol has them.
- A duty without parties takes those of the rule it hangs on.
- Terms that the DSP context lacks become absolute IRIs: ``refinement`` (of the action), ``consequence``, ``remedy``,
  ``conflict``, ``unit``... are extensions of the policy, rule or constraint, what is inside them in the same form.
  References are ``{"@id": ...}``.
- What narrows a collection of assets or parties, and what else is said of an action, asset or party, are extensions of
  the rule in our namespace (``targetRefinement``, ``targetDescription``...).
- Numbers and booleans become typed values; a number with a fraction is the decimal that was written.
- A right operand by reference stays one: nobody dereferences it, so nobody can evaluate it.

Errors: PeerError ``policy-…`` and nothing else. Source: W3C ODRL Information Model 2.2 (2.5 constraints, 2.6 rules, 2.7
composition, 2.10 conflict).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import product
from math import prod
from typing import Final

from renkei.policy.model import RENKEI, Policy, PolicyKind
from renkei.policy.problems import (
    AMBIGUOUS_CONSTRAINT,
    EMPTY_ARRAY,
    HIDDEN_TERM,
    MALFORMED,
    MISSING_MEMBER,
    SHARED_OTHERWISE,
    TOO_LARGE,
)
from renkei.policy.read import DEEPEST, MOST_NODES, MOST_RULES, read_set
from renkei.policy.terms import ODRL
from renkei.policy.w3c_terms import (
    CONNECTIVES,
    KEYWORDS,
    KINDS,
    LAST_DUTY,
    PARTS,
    PLACES,
    RDF_VALUE,
    ROLES,
    RULES,
    SHARED,
    TERMS,
    Names,
    names_of,
    spelled,
    unknown,
)
from renkei.policy.w3c_values import Json, list_of, number_of, object_of, referred, text_of, texts_of

_DUTIES: Final[Mapping[str, str]] = {"duty": "Duty", "consequence": LAST_DUTY, "remedy": LAST_DUTY}
_DUTY_MEMBERS: Final = tuple(spelled(ODRL + name) for name in _DUTIES)
_PARTIES: Final = frozenset({"assigner", "assignee"} | {ODRL + name for name in ROLES})
_REQUIRED: Final[Mapping[PolicyKind, tuple[str, ...]]] = {
    PolicyKind.SET: (),
    PolicyKind.OFFER: ("assigner",),
    PolicyKind.AGREEMENT: ("assigner", "assignee"),
}
_VALUE_KEYWORDS: Final = frozenset({"@value", "@language", "@direction", "@list", "@set"})


def read_w3c(document: object) -> Policy:
    """Read one policy of ODRL 2.2 in JSON-LD with the W3C's context; ``document`` is decoded JSON."""
    members = object_of(document, "policy")
    kind, written = _Translation(names_of(members)).policy(members)
    # Our own form says of offers and agreements where a target may stand; in a set it may stand anywhere.  (7)
    return replace(read_set(written), kind=kind)


class _Translation:
    """One reading: what the words mean, and what is left of the budget."""

    __slots__ = ("_left", "_names", "_rules_left")

    def __init__(self, names: Names) -> None:
        self._names = names
        self._left = MOST_NODES
        self._rules_left = MOST_RULES

    def policy(self, document: Mapping[str, object]) -> tuple[PolicyKind, Json]:
        path = "policy"
        members = self._members(document, path, "Policy", 0)
        kind = self._kind(members, path)
        shared = {name: members.pop(name) for name in sorted(SHARED & members.keys())}
        rules: dict[str, list[Json]] = {}
        for name, place in RULES.items():
            if name in members:
                items = self._items(members.pop(name), f"{path}.{name}")
                rules[name] = [
                    rule for item, where in items for rule in self._rule(_compact(item, shared, where), where, place)
                ]
        every = [rule for listed in rules.values() for rule in listed]
        if not every:  # 5
            raise MISSING_MEMBER(path=path, member="permission")
        inherits = "inheritFrom" in members
        for name in () if inherits else _REQUIRED[kind]:
            if not all(name in rule for rule in every):  # 5
                raise MISSING_MEMBER(path=path, member=name)
        # What only the rules here share must not be taken for what rules from elsewhere share.
        lifted = _lifted(every, [name for name in PARTS if name in shared or not inherits])
        written = self._described(members, path, 0) | {"@type": "Set"} | lifted
        return kind, written | {name: [_handed_down(rule) for rule in listed] for name, listed in rules.items()}

    def _kind(self, members: Json, path: str) -> PolicyKind:
        path = f"{path}.@type"
        types = [self._names.type(text, path) for text in texts_of(members.pop("@type", []), path)]
        kind = KINDS.get(types[0].removeprefix(ODRL)) if len(types) == 1 else None
        if kind is None:  # 2
            raise MALFORMED(path=path, expected="Set, Offer or Agreement", found=", ".join(types) or "nothing")
        return kind

    # --- rules --------------------------------------------------------------------------------------------------------

    def _rule(self, document: object, path: str, place: str, depth: int = 1) -> list[Json]:
        """The rules that one object makes: one for each combination of action, target and parties."""
        members = self._members(document, path, place, depth)
        if "action" not in members:
            raise MISSING_MEMBER(path=path, member="action")
        listed = self._items(members.pop("action"), f"{path}.action")
        choices = [[self._action(item, where, depth + 1) for item, where in listed]]
        for name in PARTS:
            if name in members:
                listed = self._items(members.pop(name), f"{path}.{name}")
                choices.append([self._part(name, item, where, depth + 1) for item, where in listed])
        self._rules_left -= prod(len(choice) for choice in choices)
        if self._rules_left < 0:
            raise TOO_LARGE(path=path, limit=MOST_RULES, what="rules")
        common = self._common(members, path, place, depth)
        return [_joined(path, common, *combination) for combination in product(*choices)]

    def _common(self, members: Json, path: str, place: str, depth: int) -> Json:
        """What all the rules of one object have."""
        common = self._typed(members, path, place)
        if "constraint" in members:
            common["constraint"] = self._constraints(members.pop("constraint"), f"{path}.constraint", depth + 1)
        for name in sorted(_DUTIES.keys() & members.keys()):
            items = self._items(members.pop(name), f"{path}.{name}")
            common[spelled(ODRL + name)] = [
                rule for item, where in items for rule in self._rule(item, where, _DUTIES[name], depth + 1)
            ]
        return self._described(members, path, depth) | common

    def _action(self, document: object, path: str, depth: int) -> Json:
        if isinstance(document, str):
            return {"action": self._names.action(document, path)}
        members = self._members(document, path, "Action", depth)
        identity = members.pop(RDF_VALUE if RDF_VALUE in members else "@id", None)
        written: Json = {"action": self._names.action(referred(identity, path), path)}
        if "refinement" in members:
            refinement = self._constraints(members.pop("refinement"), f"{path}.refinement", depth + 1)
            written[ODRL + "refinement"] = refinement
        for name in ("includedIn", "implies"):
            if name in members:
                items = self._items(members.pop(name), f"{path}.{name}")
                written[ODRL + name] = [
                    {"@id": self._names.action_iri(referred(item, where), where)} for item, where in items
                ]
        return written | self._description("action", members, path, "Action", depth)

    def _part(self, name: str, document: object, path: str, depth: int) -> Json:
        """A target or a party: its id, what refines it, and what else is said of it."""
        if isinstance(document, str):
            return {name: self._names.reference(document)}
        place = "Asset" if name == "target" else "Party"
        members = self._members(document, path, place, depth)
        written: Json = {}
        if "refinement" in members:
            if "@id" in members:  # 6
                raise MALFORMED(path=path, expected="source, naming the collection that is refined", found="uid")
            refinement = self._constraints(members.pop("refinement"), f"{path}.refinement", depth + 1)
            written[f"{RENKEI}{name}Refinement"] = refinement
        identity = members.pop("@id" if "@id" in members else "source", None)
        written[name] = self._names.reference(referred(identity, path))
        return written | self._description(name, members, path, place, depth)

    def _description(self, name: str, members: Json, path: str, place: str, depth: int) -> Json:
        types = self._typed(members, path, place)
        described = self._described(members, path, depth) | types
        return {f"{RENKEI}{name}Description": described} if described else {}

    # --- constraints --------------------------------------------------------------------------------------------------

    def _constraints(self, document: object, path: str, depth: int) -> list[object]:
        return [self._constraint(item, where, depth) for item, where in self._items(document, path)]

    def _constraint(self, document: object, path: str, depth: int) -> Json:
        names = self._names
        members = self._members(document, path, "Constraint", depth)
        written = self._typed(members, path, "Constraint")
        for name in sorted(CONNECTIVES & members.keys()):
            written[name] = self._constraints(members.pop(name), f"{path}.{name}", depth + 1)
        if "leftOperand" in members:
            where = f"{path}.leftOperand"
            written["leftOperand"] = names.left_operand(referred(members.pop("leftOperand"), where), where)
        if "operator" in members:
            where = f"{path}.operator"
            written["operator"] = names.operator(referred(members.pop("operator"), where), where)
        if "dataType" in members:
            where = f"{path}.dataType"
            written[ODRL + "dataType"] = names.type(referred(members.pop("dataType"), where), where)
        if "rightOperand" in members:
            if "rightOperandReference" in members:  # 6
                raise AMBIGUOUS_CONSTRAINT(path=path, found="rightOperand, rightOperandReference")
            written["rightOperand"] = self._right(members.pop("rightOperand"), f"{path}.rightOperand", depth + 1)
        elif "rightOperandReference" in members:
            # Our form has a right operand; the term beside it keeps the reference from being taken for the value.
            where = f"{path}.rightOperandReference"
            written["rightOperand"] = self._references(members["rightOperandReference"], where, depth + 1)
        return self._described(members, path, depth) | written

    def _right(self, value: object, path: str, depth: int) -> object:
        if isinstance(value, dict) and value.keys() in ({"@list"}, {"@set"}):
            (value,) = value.values()
        if isinstance(value, list | tuple):
            return [self._literal(item, where, depth) for item, where in self._items(value, path)]
        return self._literal(value, path, depth)

    def _literal(self, value: object, path: str, depth: int) -> object:
        if isinstance(value, str):
            return value
        return self._node(value, path, depth) if isinstance(value, dict) else number_of(value, path)

    # --- what is no part of the model ---------------------------------------------------------------------------------

    def _described(self, members: Json, path: str, depth: int) -> Json:
        """What is left of a node: its id, terms that refer to something, members with IRIs of their own."""
        written: Json = {}
        for name, value in members.items():
            where = f"{path}.{name}"
            if name == "@id":
                written[name] = self._names.reference(text_of(value, where))
            elif name == "profile":
                written[name] = [self._names.reference(referred(*item)) for item in self._items(value, where)]
            elif name == "conflict":
                written[ODRL + name] = {"@id": self._names.conflict(referred(value, where), where)}
            elif name in {"unit", "status"}:
                written[ODRL + name] = self._literal(value, where, depth + 1)
            elif name in TERMS:
                written[ODRL + name] = self._references(value, where, depth + 1)
            elif name != "@context":
                written[name] = self._value(value, where, depth + 1)
        return written

    def _references(self, value: object, path: str, depth: int) -> object:
        listed = [
            {"@id": self._names.reference(item)} if isinstance(item, str) else self._node(item, where, depth)
            for item, where in self._items(value, path)
        ]
        return listed if len(listed) > 1 else listed[0]

    def _value(self, value: object, path: str, depth: int) -> object:
        if isinstance(value, dict):
            return self._node(value, path, depth)
        if isinstance(value, list | tuple):
            self._spend(path, depth)
            return [self._value(item, where, depth + 1) for item, where in self._items(value, path)]
        return number_of(value, path) if isinstance(value, float | Decimal) else value

    def _node(self, value: object, path: str, depth: int) -> Json:
        """A value object or a node, with every name in it spelled out."""
        self._spend(path, depth)
        written: Json = {}
        literal: Json = {}
        for name, item in object_of(value, path).items():
            where = f"{path}.{name}"
            term = KEYWORDS.get(name) or (name if name in _VALUE_KEYWORDS else self._names.member(name, path))
            if term in written:  # 3
                raise HIDDEN_TERM(path=path, term=name, member=term)
            if term == "@id":
                written[term] = self._names.reference(text_of(item, where))
            elif term == "@type":
                types = [self._names.type(text, where) for text in texts_of(item, where)]
                written[term] = types if isinstance(item, list | tuple) else types[0]
            elif term == "@value" and not isinstance(item, str):
                literal = number_of(item, where)
                written[term] = literal[term]
            else:
                written[term] = self._value(item, where, depth + 1)
        return literal | written

    # --- nodes --------------------------------------------------------------------------------------------------------

    def _members(self, document: object, path: str, place: str, depth: int) -> Json:
        """The members of a node of the model, each under its term or absolute IRI. Point 3."""
        self._spend(path, depth)
        found: Json = {}
        for name, value in object_of(document, path).items():
            term = KEYWORDS.get(name, name)
            if term not in PLACES[place]:
                term = self._names.iri(name) or unknown(name, path)
            bare = term.removeprefix(ODRL)
            if term in found or (bare != term and bare in TERMS):
                raise HIDDEN_TERM(path=path, term=name, member=bare)
            found[term] = value
        return found

    def _typed(self, members: Json, path: str, place: str) -> Json:
        """The types of a node beyond the one that its place tells."""
        path = f"{path}.@type"
        types = self._names.types(texts_of(members.pop("@type", []), path), place, path)
        return {"@type": types} if types else {}

    def _items(self, value: object, path: str) -> list[tuple[object, str]]:
        """One value or several, each with its path."""
        if isinstance(value, dict) and value.keys() in ({"@list"}, {"@set"}):
            (value,) = value.values()
        if not isinstance(value, list | tuple):
            return [(value, path)]
        if not value:
            raise EMPTY_ARRAY(path=path)
        self._spend(path, 0, len(value))
        return [(item, f"{path}[{index}]") for index, item in enumerate(value)]

    def _spend(self, path: str, depth: int, count: int = 1) -> None:
        """Bound the work here as ``read`` bounds its own. Point 7."""
        if depth > DEEPEST:
            raise TOO_LARGE(path=path, limit=DEEPEST, what="levels")
        self._left -= count
        if self._left < 0:
            raise TOO_LARGE(path=path, limit=MOST_NODES, what="rules, constraints and values")


def _compact(rule: object, shared: Mapping[str, object], path: str) -> Json:
    """A rule with what the policy says for all of them."""
    members = dict(object_of(rule, path))
    for name, value in shared.items():
        if name == "constraint" and name in members:
            members[name] = [*list_of(value), *list_of(members[name])]
        elif name in members and list_of(members[name]) != list_of(value):
            raise SHARED_OTHERWISE(path=path, member=name)
        else:
            members[name] = value
    return members


def _joined(path: str, *parts: Json) -> Json:
    joined: Json = {}
    for part in parts:
        twice = joined.keys() & part.keys()
        if twice:  # 3
            raise HIDDEN_TERM(path=path, term=min(twice), member=min(twice))
        joined |= part
    return joined


def _lifted(rules: list[Json], names: Iterable[str]) -> Json:
    """Of the target and parties those that all rules share; they leave the rules."""
    lifted: Json = {}
    for name in names:
        values = {rule.get(name) for rule in rules}
        if len(values) == 1 and None not in values:
            for rule in rules:
                lifted[name] = rule.pop(name)
    return lifted


def _handed_down(rule: Json) -> Json:
    """The rule, its duties without parties with its own."""
    parties = {name: rule[name] for name in ("assigner", "assignee") if name in rule}
    below: Json = {}
    for name in _DUTY_MEMBERS:
        duties = rule.get(name)
        if isinstance(duties, list):
            below[name] = [_handed_down(duty if _PARTIES & duty.keys() else parties | duty) for duty in duties]
    return rule | below
