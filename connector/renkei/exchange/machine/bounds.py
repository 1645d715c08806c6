"""How much a policy in a message may hold: what is compared and judged between two messages of others must be short."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from renkei.exchange.problems import TOO_MANY_TERMS
from renkei.policy.model import Atomic, Connective, Logical, Policy, Rule
from renkei.protocol.messages import ContractAgreement, ContractOffer, ContractRequest, Message

# Comparing and judging so many costs a few hundredths of a second, and a contract that people read has far fewer.
MOST_TERMS: Final = 100
MOST_VALUES: Final = 1000
_TERMS: Final = frozenset({"action", "leftOperand", *(kind.value for kind in Connective)})
"""What stands in a member of its own (a refinement, a consequence, a remedy) is a term like all others."""


def demand_modest(message: Message) -> None:
    """Go on only with a policy that can be compared and judged in the time that everybody else waits.

    Raises PeerError ``negotiation-too-many-terms``.
    """
    match message:
        case ContractRequest(offer=policy) | ContractOffer(offer=policy) | ContractAgreement(agreement=policy):
            demand_modest_terms(policy)
        case _:
            pass


def demand_modest_terms(policy: Policy) -> None:
    """The same of a policy that stands in no such message: an offer in a catalog. Raises as ``demand_modest``."""
    if not is_modest(policy):
        raise TOO_MANY_TERMS(limit=MOST_TERMS, values=MOST_VALUES)


def is_modest(policy: Policy) -> bool:
    """Whether a policy holds no more than is negotiated."""
    terms, values = _measured(policy)
    return terms <= MOST_TERMS and values <= MOST_VALUES


def _measured(policy: Policy) -> tuple[int, int]:
    """How many rules and constraints a policy has, and how many values and members of values, up to the most."""
    terms = values = 0
    waiting: list[object] = [*policy.permission, *policy.prohibition, *policy.obligation]
    waiting += (policy.profile, policy.extensions)
    while waiting and terms <= MOST_TERMS and values <= MOST_VALUES:
        match waiting.pop():
            case Rule(constraint=constraint, duty=duty, extensions=extensions):
                terms += 1
                waiting += (*constraint, *duty, extensions)
            case Logical(operands=operands, extensions=extensions):
                terms += 1
                waiting += (*operands, extensions)
            case Atomic(right=right, extensions=extensions):
                terms += 1
                waiting += (right, extensions)
            case Mapping() as members:
                terms += not _TERMS.isdisjoint(members)
                values += len(members)
                waiting += members.values()
            case tuple() | list() as items:
                values += len(items)
                waiting += items
    return terms, values
