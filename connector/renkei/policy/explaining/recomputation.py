"""The verdicts of a policy worked out again from those of its leaves, some of them perhaps changed.

Independent of how a decision is made: it follows the tree that explanations show, so what is told of a decision can be
held against what was decided, and a supposed change of a leaf be followed up to the root.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from renkei.policy.deciding.decision import Asked
from renkei.policy.deciding.meaning import Conflict
from renkei.policy.deciding.steps import Node
from renkei.policy.deciding.truth import CERTAIN, UNKNOWN, all_of, any_of, one_of, opposite
from renkei.policy.deciding.wording import ReasonCode
from renkei.policy.model import Connective

_VALUE: Final = 0b1111
_NONE: Final[Mapping[int, int]] = MappingProxyType({})
_JOINS: Final = {Connective.AND.value: all_of, Connective.OR.value: any_of, Connective.XONE.value: one_of}


def recompute(asked: Asked, codes: Sequence[int], changes: Mapping[int, int] = _NONE) -> tuple[int, ...]:
    """The value (four bits) of each step, the policy's last. ``codes``: a decision's; ``changes``: leaf → new value.

    In which order in time the conditions of an ``andSequence`` came about stands in the codes alone: where one of them
    is changed, nobody can tell, and what would be certain is unknown.
    """
    values: list[int] = []
    touched: list[bool] = []
    for step, node in enumerate(asked.nodes):
        if not node.parts:
            values.append(changes.get(step, codes[step]) & _VALUE)
            touched.append(step in changes)
            continue
        value = _joined(asked, node, values)
        touched.append(any(touched[part] for part in node.parts))
        if node.reason is ReasonCode.SEQUENCE and value & CERTAIN:
            value = UNKNOWN if touched[-1] else codes[step] & _VALUE
        values.append(value)
    return tuple(values)


def excluded(asked: Asked, node: Node) -> int | None:
    """Of a policy's step the part that must not hold: its prohibitions."""
    last = node.parts[-1]
    return last if asked.nodes[last].reason is ReasonCode.PROHIBITIONS else None


def foreign(asked: Asked, node: Node) -> bool:
    """Whether a connective has a member that is not understood."""
    last = asked.nodes[node.parts[-1]]
    return last.atom is None and last.reason is ReasonCode.EXTENSION


def _joined(asked: Asked, node: Node, values: Sequence[int]) -> int:
    parts = [values[part] for part in node.parts]
    match node.reason:
        case ReasonCode.CONNECTIVE:
            return UNKNOWN if foreign(asked, node) else _JOINS[node.operator](parts)
        case ReasonCode.SEQUENCE:
            return UNKNOWN if foreign(asked, node) else all_of(parts)
        case ReasonCode.PERMISSIONS | ReasonCode.PROHIBITIONS:
            return any_of(parts)
        case ReasonCode.DUTY:
            *conditions, done = parts
            return any_of((opposite(all_of(conditions)), done))
        case ReasonCode.POLICY if excluded(asked, node) is not None:
            *granted, prohibited = parts
            heeded = asked.terms.conflict is not Conflict.PERMISSION
            return all_of((*granted, opposite(prohibited))) if heeded else all_of(granted)
        case _:
            return all_of(parts)


__all__ = ["excluded", "foreign", "recompute"]
