"""A usage policy as values: what ODRL 2.2 says in the shape DSP 2025-1 gives it, kept exactly as it was written.

Every spelling stays: ``action``, ``left`` and operand texts hold the very string of the document, so that what was
signed can be written again. What a spelling *means* is asked of ``terms``. Instants, parties and ids are text here.

Source: W3C ODRL Information Model 2.2; DSP 2025-1, negotiation/contract-schema.json.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

RENKEI = "https://w3id.org/renkei/v1/"
TEMPLATE = RENKEI + "template"
"""The policy member that names the contract template by hash (``sha-256:`` and hex)."""
SIGNATURE = RENKEI + "signature"
"""The policy member that carries the signer's compact JWS; it is about the document, not one of its terms."""
COUNTERSIGNATURE = RENKEI + "countersignature"
"""The same from the other side of an agreement."""
SIGNATURE_MEMBERS = frozenset({SIGNATURE, COUNTERSIGNATURE})


class PolicyKind(Enum):
    """What a policy is for; the value is its ``@type``."""

    SET = "Set"
    OFFER = "Offer"
    AGREEMENT = "Agreement"


class Operator(Enum):
    """How a constraint compares; the values are the ones contract-schema.json admits (``term-lteq`` is its oddity)."""

    EQ = "eq"
    NEQ = "neq"
    LT = "lt"
    LTEQ = "lteq"
    GT = "gt"
    GTEQ = "gteq"
    IS_A = "isA"
    HAS_PART = "hasPart"
    IS_PART_OF = "isPartOf"
    IS_ALL_OF = "isAllOf"
    IS_ANY_OF = "isAnyOf"
    IS_NONE_OF = "isNoneOf"
    TERM_LTEQ = "term-lteq"


class Connective(Enum):
    """How a logical constraint joins its operands; the value is the member's name."""

    AND = "and"
    OR = "or"
    XONE = "xone"
    AND_SEQUENCE = "andSequence"


Extensions: TypeAlias = Mapping[str, object]
"""Members beyond the model, as decoded JSON: absolute IRIs, and the ``@id`` and ``@type`` of rules and constraints."""

RightOperand: TypeAlias = "str | Mapping[str, object] | tuple[str | Mapping[str, object], ...]"
"""One text, one JSON-LD value or node object, or several of them."""


@dataclass(frozen=True, slots=True)
class Atomic:
    """``left operator right``, as written."""

    left: str
    operator: Operator
    right: RightOperand = field(hash=False)
    extensions: Extensions = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Logical:
    """Constraints joined by one connective; ``operands`` is never empty when read."""

    connective: Connective
    operands: tuple[Constraint, ...]
    extensions: Extensions = field(default_factory=dict, hash=False)


Constraint: TypeAlias = Atomic | Logical


@dataclass(frozen=True, slots=True)
class Rule:
    """One permission, prohibition or duty; which one is told by the list it stands in.

    Several constraints hold together. A missing party or target is the policy's.
    """

    action: str
    constraint: tuple[Constraint, ...] = ()
    duty: tuple[Rule, ...] = ()
    target: str | None = None
    assigner: str | None = None
    assignee: str | None = None
    extensions: Extensions = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A set (our own terms), an offer (terms proposed) or an agreement (terms concluded).

    ``target`` is absent from an offer inside a catalog: there the dataset that carries it is meant.
    ``profile`` is a text or several, as written; ``timestamp`` is the agreement's, in RFC 3339.
    """

    id: str
    kind: PolicyKind
    target: str | None = None
    assigner: str | None = None
    assignee: str | None = None
    timestamp: str | None = None
    profile: str | tuple[str, ...] = ()
    permission: tuple[Rule, ...] = ()
    prohibition: tuple[Rule, ...] = ()
    obligation: tuple[Rule, ...] = ()
    extensions: Extensions = field(default_factory=dict, hash=False)

    @property
    def profiles(self) -> tuple[str, ...]:
        """The profiles the policy claims, however many were written."""
        return (self.profile,) if isinstance(self.profile, str) else self.profile
