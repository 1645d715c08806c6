"""Asking the policy engine with the facts at hand: who, what for, and when; and how one offer stands to another."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Final

from renkei.exchange.partner.register import known_of
from renkei.exchange.ports import Ports
from renkei.exchange.problems import OFFER_DIFFERS, REFUSED_BY_POLICY
from renkei.kernel.values import replace
from renkei.policy.comparing.containment import Relation, Side, Verdict, compare
from renkei.policy.comparing.contrast import explain_difference
from renkei.policy.comparing.drawn import Subject
from renkei.policy.deciding.decision import Decision
from renkei.policy.deciding.evaluate import compile_policy
from renkei.policy.explaining.partner_view import partner_view
from renkei.policy.model import RENKEI, SIGNATURE_MEMBERS, Atomic, Constraint, Logical, Policy
from renkei.policy.normal_form import Comparison, same_terms
from renkei.policy.operands import PURPOSE, USAGE_PURPOSE
from renkei.policy.operands.declaration import Registry
from renkei.policy.terms import iri_of
from renkei.policy.values import texts_in
from renkei.policy.world import Fact, Facts, Phase, Request

OFFER_HASH: Final = RENKEI + "offer"
CONSUMER_PID: Final = RENKEI + "consumerPid"
PROVIDER_PID: Final = RENKEI + "providerPid"
_ADDED: Final = frozenset({OFFER_HASH, CONSUMER_PID, PROVIDER_PID})
_PURPOSES: Final = frozenset({PURPOSE, USAGE_PURPOSE})


def named_purposes(policy: Policy) -> frozenset[str]:
    """The purposes for which a policy permits something: agreeing to it declares them."""
    return frozenset(
        text for rule in policy.permission for constraint in rule.constraint for text in _purposes(constraint)
    )


async def judge(
    ports: Ports,
    policy: Policy,
    *,
    party: str,
    target: str,
    purposes: frozenset[str],
    phase: Phase,
    shown: Mapping[str, Fact] | None = None,
) -> Decision:
    """Decide about one use of one dataset by one party now, with what is known of it.

    ``shown``: what it has proved, which goes before the register.
    """
    now = ports.clock.now()
    registered = await ports.register.about(party)
    facts = Facts(now, known_of(registered.facts, shown or {}, now), part_of=registered.part_of)
    request = Request(party=party, target=target, purposes=purposes, phase=phase)
    return compile_policy(policy, ports.settings.registry).decide(request, facts)


def demand(decision: Decision, reader: str = "") -> None:
    """Go on unless it is a no; what is left to a later phase is asked again there.

    Raises PolicyError ``policy-refused`` with the reasons that ``reader`` may read, by default whoever asks: what is
    refused to a partner is told to it.
    """
    if decision.refuses:
        raise REFUSED_BY_POLICY(reasons=partner_view(decision, reader or decision.request.party).text())


def demand_same(asked: Policy, ours: Policy) -> None:
    """Go on only with equal terms. Raises PolicyError ``negotiation-offer-differs``."""
    comparison = _compared(asked, ours)
    if not comparison.same:
        raise OFFER_DIFFERS(differences=", ".join(difference.path for difference in comparison.differences))


def relation(asked: Policy, ours: Policy, registry: Registry) -> Verdict:
    """How the terms of one offer stand to those of another for the same dataset and parties.

    Who the parties are is asked of ``demand_parties``, and what the target is when an offer is put on the table.
    """
    return compare(replace(asked, target=ours.target, assigner=ours.assigner, assignee=ours.assignee), ours, registry)


def demand_within(asked: Policy, ours: Policy, registry: Registry, reader: str) -> None:
    """Go on only with terms that are ours, or stricter: what they permit ours permit too, and they bind us to no more.

    Terms that only bind by being agreed to, and what nobody here can evaluate, must be ours. Raises PolicyError
    ``negotiation-offer-differs`` with the places that differ and, in words for ``reader``, a use that tells them apart.
    """
    comparison = _compared(asked, ours)
    if comparison.same:
        return
    verdict = relation(asked, ours, registry)
    if verdict.relation not in {Relation.EQUAL, Relation.STRICTER} or not _same_names(asked, ours):
        places = ", ".join(difference.path for difference in comparison.differences)
        told = explain_difference(verdict, names=("what is asked for", "what is offered"), reader=reader)
        raise OFFER_DIFFERS(differences=f"{places} ({told})")


def covers_asked(offer: Policy, asked: Policy, registry: Registry) -> bool:
    """Whether an offer gives all we asked for and demands nothing of us that we have not asked for ourselves."""
    verdict = relation(offer, asked, registry)
    given = verdict.relation in {Relation.EQUAL, Relation.LOOSER}
    # A duty on one more permission takes nothing away, and is owed all the same.
    owed = any(one.side is Side.FIRST and one.debtor is not Subject.ASSIGNER for one in verdict.burdens)
    return given and not owed and _same_names(offer, asked)


def demand_parties(asked: Policy, ours: Policy, party: str) -> None:
    """Go on only where an offer names, if any, the parties that ours names, or the one who asks as its assignee.

    Raises PolicyError ``negotiation-offer-differs``.
    """
    wrong = [] if asked.assigner in {None, ours.assigner} else ["assigner"]
    wrong += [] if asked.assignee in {None, ours.assignee, party} else ["assignee"]
    if wrong:
        raise OFFER_DIFFERS(differences=", ".join(wrong))


def without_names(members: Mapping[str, object]) -> dict[str, object]:
    """Members of a policy beside its terms, but for those of our own namespace."""
    return {name: value for name, value in members.items() if not name.startswith(RENKEI)}


def _compared(asked: Policy, ours: Policy) -> Comparison:
    """What differs as written.

    Members of our own namespace name documents (a template, an offer, pids) and are no terms: other vendors'
    connectors drop them on the way. Where one stands on both sides it must still be the same, and what is asked adds
    none but the names of this very negotiation: we would sign it.
    """
    return same_terms(_without_names(ours, asked), _without_names(asked, ours, _ADDED))


def _without_names(policy: Policy, other: Policy, dropped: Container[str] | None = None) -> Policy:
    """Without the members of our own namespace that the other lacks: those that are ``dropped``, by default all."""
    kept = {
        name: value
        for name, value in policy.extensions.items()
        if not name.startswith(RENKEI) or name in other.extensions or not (dropped is None or name in dropped)
    }
    return replace(policy, extensions=kept)


def _same_names(one: Policy, other: Policy) -> bool:
    """Whether members of our own namespace that stand on both sides say the same, and the one adds none."""
    names = [name for name in one.extensions if name.startswith(RENKEI) and name not in SIGNATURE_MEMBERS]
    both = [name for name in names if name in other.extensions]
    return _ADDED.issuperset(set(names) - set(both)) and all(
        one.extensions[name] == other.extensions[name] for name in both
    )


def _purposes(constraint: Constraint) -> Iterator[str]:
    match constraint:
        case Logical(operands=operands):
            for operand in operands:
                yield from _purposes(operand)
        case Atomic(left=left, right=right):
            if iri_of(left) in _PURPOSES:
                yield from texts_in(right)
