"""Decoded JSON → ``Policy``: everything is kept, and what JSON-LD would drop or misread is refused.

What must hold (refused otherwise, with the path):

1.  A policy, a rule and a constraint are objects; ``@id`` is a text, ``@type`` is the kind (it may be absent from an
    offer inside a catalog only; we write it).
2.  An offer or agreement has a permission or a prohibition; an agreement has target, assigner and assignee; an offer
    inside a catalog has no target; a rule inside an offer has none either.
3.  Only an agreement has a timestamp (elsewhere the DSP context does not define it), an XML Schema dateTime.
4.  No array is empty, no text is empty, nothing is null.
5.  An action is a text, an operator one of the profile's; a right operand is a text, an object, or an array of them.
6.  A constraint is atomic (all three members) or logical (exactly one connective), never a mixture.
7.  Every other member is an absolute or prefixed IRI (kept in ``extensions``) that is neither a profile term in
    disguise nor written twice.
8.  No value inside has ``@context``, a bare unknown member, a fraction, an inexact integer or an array in an array.
9.  Sizes are bounded, so that evaluation is too.

Errors: PeerError ``policy-…`` and nothing else. Source: DSP 2025-1 negotiation/contract-schema.json; points 4, 6-9 and
the offers' timestamp are stricter than it, for the losslessness the plain-JSON reading needs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from renkei.kernel.jcs import LARGEST_EXACT
from renkei.kernel.strict_json import kind_of
from renkei.policy.model import (
    Atomic,
    Connective,
    Constraint,
    Logical,
    Operator,
    Policy,
    PolicyKind,
    RightOperand,
    Rule,
)
from renkei.policy.problems import (
    AMBIGUOUS_CONSTRAINT,
    EMPTY_ARRAY,
    HIDDEN_TERM,
    MALFORMED,
    MISSING_MEMBER,
    NUMERIC_OPERAND,
    TOO_LARGE,
    UNKNOWN_OPERATOR,
    UNKNOWN_TERM,
)
from renkei.policy.terms import CONTEXT, ODRL, expand, is_kept

DEEPEST = 64
MOST_NODES = 4096
MOST_RULES = 256
MOST_CHARACTERS = 262_144

_POLICY_MEMBERS = frozenset(
    {
        "@id",
        "@type",
        "target",
        "assigner",
        "assignee",
        "timestamp",
        "profile",
        "permission",
        "prohibition",
        "obligation",
    }
)
_RULE_MEMBERS = frozenset({"action", "constraint", "duty", "target", "assigner", "assignee"})
_ATOMIC_MEMBERS = frozenset({"leftOperand", "operator", "rightOperand"})
_NODE_KEYWORDS = frozenset({"@id", "@type"})
_CONNECTIVES: Mapping[str, Connective] = {kind.value: kind for kind in Connective}
_OPERATORS: Mapping[str, Operator] = {operator.value: operator for operator in Operator}
_DATE_TIME = re.compile(
    r"-?([1-9][0-9]{3,}|0[0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T"
    r"(([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?|24:00:00(\.0+)?)"
    r"(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?",
    re.ASCII,
)


def read_offer(document: object, *, in_catalog: bool) -> Policy:
    """Read an offer as a dataset carries it (``in_catalog``) or as a negotiation message does."""
    return _Reader(PolicyKind.OFFER, in_catalog=in_catalog).policy(document)


def read_agreement(document: object) -> Policy:
    """Read an agreement. Whether its timestamp is there is the wire's question: the schema does not ask for it."""
    return _Reader(PolicyKind.AGREEMENT).policy(document)


def read_set(document: object) -> Policy:
    """Read a set: terms that are nobody's offer yet, as our own configuration holds them."""
    return _Reader(PolicyKind.SET).policy(document)


def read_constraints(document: object, path: str) -> tuple[Constraint, ...]:
    """Read constraints that stand in a member of their own (a refinement): one, or a list of them."""
    listed = document if isinstance(document, list | tuple) else [document]
    return _Reader(PolicyKind.SET).constraints(listed, path)


def read_rules(document: object, path: str) -> tuple[Rule, ...]:
    """Read duties that stand in a member of their own (a consequence, a remedy): one, or a list of them."""
    listed = document if isinstance(document, list | tuple) else [document]
    return _Reader(PolicyKind.SET).rules({"rules": listed}, "rules", path, 0)


class _Reader:
    """One reading: the kind that is expected and what is left of the budget."""

    __slots__ = ("_in_catalog", "_kind", "_left", "_room", "_rules")

    def __init__(self, kind: PolicyKind, *, in_catalog: bool = False) -> None:
        self._kind = kind
        self._in_catalog = in_catalog
        self._left = MOST_NODES
        self._rules = MOST_RULES
        self._room = MOST_CHARACTERS

    def policy(self, document: object) -> Policy:
        kind = self._kind
        path = kind.value.lower()
        members = _object(document, path)
        if "@type" in members or not self._in_catalog:  # 1
            written = self._text(members, "@type", path)
            if written != kind.value:
                raise MALFORMED(path=f"{path}.@type", expected=kind.value, found=written)
        if self._in_catalog and "target" in members:  # 2
            raise UNKNOWN_TERM(path=path, term="target")
        if kind is PolicyKind.AGREEMENT:
            for name in ("target", "assigner", "assignee"):
                self._text(members, name, path)
        elif "timestamp" in members:  # 3
            raise UNKNOWN_TERM(path=path, term="timestamp")
        policy = Policy(
            id=self._text(members, "@id", path),
            kind=kind,
            target=self._optional(members, "target", path),
            assigner=self._optional(members, "assigner", path),
            assignee=self._optional(members, "assignee", path),
            timestamp=self._timestamp(members, path),
            profile=self._profile(members, path),
            permission=self.rules(members, "permission", path, 0),
            prohibition=self.rules(members, "prohibition", path, 0),
            obligation=self.rules(members, "obligation", path, 0),
            extensions=self._extensions(members, _POLICY_MEMBERS, frozenset(), path),
        )
        if kind is not PolicyKind.SET and not (policy.permission or policy.prohibition):  # 2
            raise MISSING_MEMBER(path=path, member="permission")
        return policy

    def rules(self, members: Mapping[str, object], name: str, path: str, depth: int) -> tuple[Rule, ...]:
        if name not in members:
            return ()
        path = f"{path}.{name}"
        return tuple(
            self._rule(item, f"{path}[{index}]", depth) for index, item in enumerate(_array(members[name], path))
        )

    def _rule(self, document: object, path: str, depth: int) -> Rule:
        members = _object(document, path)
        self._spend(path, depth)
        self._rules -= 1
        if self._rules < 0:  # 9
            raise TOO_LARGE(path=path, limit=MOST_RULES, what="rules")
        if "target" in members and self._kind is PolicyKind.OFFER:  # 2
            raise UNKNOWN_TERM(path=path, term="target")
        constraint: tuple[Constraint, ...] = ()
        if "constraint" in members:
            constraint = self.constraints(members["constraint"], f"{path}.constraint", depth + 1)
        return Rule(
            action=self._text(members, "action", path),  # 5
            constraint=constraint,
            duty=self.rules(members, "duty", path, depth + 1),
            target=self._optional(members, "target", path),
            assigner=self._optional(members, "assigner", path),
            assignee=self._optional(members, "assignee", path),
            extensions=self._extensions(members, _RULE_MEMBERS, _NODE_KEYWORDS, path),
        )

    def constraints(self, document: object, path: str, depth: int = 1) -> tuple[Constraint, ...]:
        return tuple(
            self._constraint(item, f"{path}[{index}]", depth) for index, item in enumerate(_array(document, path))
        )

    def _constraint(self, document: object, path: str, depth: int) -> Constraint:
        members = _object(document, path)
        if members.keys() == _ATOMIC_MEMBERS and (plain := self._plain(members, depth)) is not None:
            return plain
        self._spend(path, depth)
        shape = [name for name in members if name in _ATOMIC_MEMBERS or name in _CONNECTIVES]
        connective = _CONNECTIVES.get(shape[0]) if shape else None
        if connective is not None:
            if len(shape) > 1:  # 6
                raise AMBIGUOUS_CONSTRAINT(path=path, found=", ".join(sorted(shape)))
            name = connective.value
            return Logical(
                connective,
                self.constraints(members[name], f"{path}.{name}", depth + 1),
                self._extensions(members, frozenset({name}), _NODE_KEYWORDS, path),
            )
        if not _ATOMIC_MEMBERS.issuperset(shape):  # 6
            raise AMBIGUOUS_CONSTRAINT(path=path, found=", ".join(sorted(shape)))
        left = self._text(members, "leftOperand", path)
        operator = _OPERATORS.get(self._text(members, "operator", path))
        if operator is None:  # 5
            raise UNKNOWN_OPERATOR(path=path, operator=members["operator"], known=", ".join(_OPERATORS))
        if "rightOperand" not in members:
            raise MISSING_MEMBER(path=path, member="rightOperand")
        right = self._right(members["rightOperand"], f"{path}.rightOperand", depth)
        return Atomic(left, operator, right, self._extensions(members, _ATOMIC_MEMBERS, _NODE_KEYWORDS, path))

    def _plain(self, members: Mapping[str, object], depth: int) -> Atomic | None:
        """What nearly every constraint is: three texts beyond doubt. Anything else goes the long way."""
        left, right = members["leftOperand"], members["rightOperand"]
        if not (isinstance(left, str) and isinstance(right, str) and left and left.isascii() and right.isascii()):
            return None
        word = members["operator"]
        operator = _OPERATORS.get(word) if isinstance(word, str) else None
        size = len(left) + len(right)
        if operator is None or depth > DEEPEST or self._left < 1 or self._room < size:
            return None
        self._left -= 1
        self._room -= size
        return Atomic(left, operator, right)

    def _right(self, value: object, path: str, depth: int) -> RightOperand:
        if isinstance(value, list | tuple):
            items = enumerate(_array(value, path))
            return tuple(self._operand(item, f"{path}[{index}]", depth + 1) for index, item in items)
        return self._operand(value, path, depth)

    def _operand(self, value: object, path: str, depth: int) -> str | Mapping[str, object]:
        if isinstance(value, str):
            return self._sound(value, path)
        if not isinstance(value, dict):  # 5
            raise NUMERIC_OPERAND(path=path, found=kind_of(value))
        self._closed(value, path, depth + 1)
        return value

    def _extensions(
        self, members: Mapping[str, object], modelled: frozenset[str], keywords: frozenset[str], path: str
    ) -> dict[str, object]:
        """Points 7 and 8."""
        if members.keys() <= modelled:
            return {}
        kept: dict[str, object] = {}
        iris: set[str] = set()
        for name, value in members.items():
            if name in modelled:
                continue
            if name not in keywords:
                iri = expand(name)
                if iri is None:  # 7
                    raise UNKNOWN_TERM(path=path, term=name)
                bare = iri.removeprefix(ODRL)
                if iri in iris or (bare in CONTEXT and iri.startswith(ODRL)):  # 7
                    raise HIDDEN_TERM(path=path, term=name, member=bare)
                iris.add(iri)
            self._closed(value, f"{path}.{name}", 1)
            kept[self._sound(name, path)] = value
        return kept

    def _closed(self, value: object, path: str, depth: int, *, in_array: bool = False) -> None:
        """Point 8: what JSON-LD and a canonical form keep whole."""
        if isinstance(value, str):
            self._sound(value, path)
        elif isinstance(value, dict):
            self._spend(path, depth)
            for name, item in value.items():
                if not is_kept(name):
                    raise UNKNOWN_TERM(path=path, term=name)
                self._closed(item, f"{path}.{self._sound(name, path)}", depth + 1)
        elif isinstance(value, list) and not in_array:
            self._spend(path, depth)
            for index, item in enumerate(_array(value, path)):
                self._closed(item, f"{path}[{index}]", depth + 1, in_array=True)
        elif not isinstance(value, int) or abs(value) > LARGEST_EXACT:
            expected = "a text, an object, an array of them, an exact integer or a boolean"
            raise MALFORMED(path=path, expected=expected, found=kind_of(value))

    def _text(self, members: Mapping[str, object], name: str, path: str) -> str:
        if name not in members:
            raise MISSING_MEMBER(path=path, member=name)
        value = members[name]
        if not isinstance(value, str) or not value:  # 4
            raise MALFORMED(path=f"{path}.{name}", expected="a text", found=value if value == "" else kind_of(value))
        return self._sound(value, f"{path}.{name}")

    def _optional(self, members: Mapping[str, object], name: str, path: str) -> str | None:
        return self._text(members, name, path) if name in members else None

    def _sound(self, text: str, path: str) -> str:
        """A lone surrogate has no UTF-8 and thus no signature. Point 9 for characters."""
        if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
            raise MALFORMED(path=path, expected="Unicode text", found="a lone surrogate")
        self._room -= len(text)
        if self._room < 0:
            raise TOO_LARGE(path=path, limit=MOST_CHARACTERS, what="characters")
        return text

    def _timestamp(self, members: Mapping[str, object], path: str) -> str | None:
        text = self._optional(members, "timestamp", path)
        if text is not None and not _DATE_TIME.fullmatch(text):  # 3
            raise MALFORMED(path=f"{path}.timestamp", expected="an XML Schema dateTime", found=text)
        return text

    def _profile(self, members: Mapping[str, object], path: str) -> str | tuple[str, ...]:
        if "profile" not in members:
            return ()
        value = members["profile"]
        if isinstance(value, str):
            return self._text(members, "profile", path)
        items = enumerate(_array(value, f"{path}.profile"))
        return tuple(self._text({"profile": item}, "profile", f"{path}.profile[{index}]") for index, item in items)

    def _spend(self, path: str, depth: int) -> None:
        """Point 9."""
        if depth > DEEPEST:
            raise TOO_LARGE(path=path, limit=DEEPEST, what="levels")
        self._left -= 1
        if self._left < 0:
            raise TOO_LARGE(path=path, limit=MOST_NODES, what="rules, constraints and values")


def _object(value: object, path: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise MALFORMED(path=path, expected="an object", found=kind_of(value))
    return value


def _array(value: object, path: str) -> list[object] | tuple[object, ...]:
    if not isinstance(value, list | tuple):
        raise MALFORMED(path=path, expected="an array", found=kind_of(value))
    if not value:  # 4
        raise EMPTY_ARRAY(path=path)
    return value
