"""A decision as the partner may read it: what stands in its way, without what we hold of it, of others and ourselves.

Of a policy that the partner has seen (an offer, an agreement) it may read

1. the terms themselves: they stand in what it was shown;
2. what it has said itself in its request: the party, target and action, the declared purposes, the manner of the use;
3. the clock, and how much time has passed since the agreement;

and it never reads

4. the conditions that our own book decides (``Operand.confidential``): no word of them, only that there are some;
5. the values that we hold of it, and who told us;
6. anything of a policy that it has not seen: who may see what (access policies) is ours alone.

Reasons travel in English, each with its code. Where it is the other side that asks (the consumer judges an offer), the
reader has said nothing itself, so 2 is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

from renkei.policy.deciding.decision import Decision, Outcome
from renkei.policy.deciding.explanation import Reason
from renkei.policy.deciding.wording import ReasonCode
from renkei.policy.explaining.fixes import FixSet, fix_sets
from renkei.policy.operands.declaration import Actor, Source
from renkei.policy.world import Request

# What goes into one message; whoever runs the connector reads all of it.
_REASONS: Final = 20
_FIXES: Final = 3
_HIDDEN: Final = "a condition that the other side decides by its own records is not met"
_SAID: Final = frozenset({Source.PURPOSES, Source.PARTY})
_TIME: Final = frozenset({Source.CLOCK, Source.ELAPSED})
_ABOUT_THE_ASKER: Final = frozenset({ReasonCode.TARGET, ReasonCode.PARTY, ReasonCode.ACTION})
_ITS_OWN: Final = frozenset({Actor.ASKER, Actor.TIME})


@dataclass(frozen=True, slots=True)
class PartnerView:
    """What may be read. ``hidden``: conditions that may not; ``more``: those that may, but are too many to tell."""

    outcome: Outcome
    reasons: tuple[Reason, ...] = ()
    hidden: int = 0
    more: int = 0
    fixes: tuple[FixSet, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """Each reason as a sentence with its code, then what would help."""
        told = [f"{reason.text()} [{reason.code.value}]" for reason in self.reasons]
        told += [f"and {self.more} more"] if self.more else []
        told += [_HIDDEN] if self.hidden else []
        return (*told, *(f"what would help: {fix.text()}" for fix in self.fixes))

    def text(self) -> str:
        """All of it in one line."""
        return "; ".join(self.lines)

    def as_json(self) -> dict[str, object]:
        """The form in which it is shown; in English, as it travels."""
        reasons = [reason.as_json() for reason in self.reasons]
        fixes = [fix.text() for fix in self.fixes]
        counted = {"hidden": self.hidden, "more": self.more}
        return {"outcome": self.outcome.value, "reasons": reasons, **counted, "fixes": fixes}


def partner_view(decision: Decision, partner: str, *, seen: bool = True) -> PartnerView:
    """What ``partner`` may read of a decision. ``seen``: whether it has been shown the policy.

    Of a permit nothing is told but the outcome.
    """
    if decision.permits or not seen:  # 6
        return PartnerView(decision.outcome)
    against = decision.obstacles if decision.refuses else decision.deferred
    asker = decision.request.party == partner
    said = decision.request if asker else None
    open_ones = [reason for reason in against if not confidential(reason)]  # 4
    fixes = fix_sets(decision, most=_FIXES) if asker else ()
    return PartnerView(
        decision.outcome,
        reasons=tuple(_readable(reason, said) for reason in open_ones[:_REASONS]),
        hidden=len(against) - len(open_ones),
        more=max(0, len(open_ones) - _REASONS),
        fixes=tuple(fix for fix in fixes if _may_help(fix)),
    )


def confidential(reason: Reason) -> bool:
    """Whether the condition, or one below it, is decided by a book that is ours alone."""
    atoms = (found.atom for found in _all(reason))
    return any(atom is not None and atom.operand is not None and atom.operand.confidential for atom in atoms)


def _all(reason: Reason) -> Iterator[Reason]:
    waiting = [reason]
    while waiting:
        found = waiting.pop()
        yield found
        waiting += found.parts


def _readable(reason: Reason, said: Request | None) -> Reason:
    """A reason without what is not the reader's (1, 2, 3, 5); ``said``: its own request."""
    told = reason.atom is not None and reason.atom.source in _TIME
    if said is not None:
        told = told or reason.code in _ABOUT_THE_ASKER or _from_request(reason, said)
    return msgspec.structs.replace(reason, found=reason.found if told else "", source="", parts=())


def _from_request(reason: Reason, said: Request) -> bool:
    """Whether what was compared is what the asker has said."""
    atom = reason.atom
    if atom is None or atom.operand is None:
        return False
    return atom.source in _SAID or atom.operand.iri in said.parameters


def _may_help(fix: FixSet) -> bool:
    """Whether the asker can do all of it, and may read all of it."""
    return all(each.by in _ITS_OWN and not confidential(each.reason) for each in fix.changes)
