"""Whether terms can permit anything at all, whatever the facts: what can never permit is refused before it is offered.

The policy is asked in the phase OFFER, where every fact is left to later: what is denied there is denied for ever.
Facts are taken as independent of each other, so terms that contradict themselves pass (``policy.lint`` finds them).
"""

from __future__ import annotations

from datetime import datetime

from renkei.exchange.catalog_problems import NO_PROSPECT
from renkei.policy.evaluate import evaluate
from renkei.policy.explanation import Reason
from renkei.policy.model import Policy
from renkei.policy.world import Facts, Phase, Request


def obstacles(policy: Policy, target: str, now: datetime) -> tuple[Reason, ...]:
    """Why terms can never permit the use of a dataset, to nobody; nothing: they can, for all that can be told.

    Their paths tell the places. Time does not count: terms that have run out could permit once.
    """
    decision = evaluate(policy, Request(party="", target=target, phase=Phase.OFFER), Facts(now))
    return decision.obstacles if decision.refuses else ()


def demand_prospect(terms: Policy, target: str, now: datetime) -> None:
    """Go on only with terms that may permit something. Raises ConfigurationError ``catalog-terms-never-permit``."""
    if found := obstacles(terms, target, now):
        raise NO_PROSPECT(cause="; ".join(reason.text() for reason in found))
