"""What an offer would bind us to beyond the use it permits: signed without a person only where that was allowed."""

from __future__ import annotations

from collections.abc import Iterable

from renkei.exchange.agreement.obligation_problems import BURDENED, UNKNOWN_ACTION
from renkei.exchange.ports import Settings
from renkei.policy.deciding.meaning import CONFLICT, terms_of
from renkei.policy.deciding.obligations import Obligation, obligations_of
from renkei.policy.deciding.phrases import action_of
from renkei.policy.model import RENKEI, Policy
from renkei.policy.terms import ACTIONS, DCT, ODRL, canonical_action, expand, iri_of


def demand_unburdened(offer: Policy, settings: Settings) -> None:
    """Sign without a person only what binds us to nothing: no obligation, and no term whose meaning we don't know.

    A duty on a permission, what follows when it is not done, and the remedy of a prohibition bind us as an obligation
    does; those to an action that is accepted (``Settings.accepted_duties``) pass, if all that is said of them is
    understood. Raises PolicyError ``negotiation-burdened``.
    """
    terms = terms_of(offer, settings.registry)
    owed = obligations_of(terms, offer.assigner or "", offer.assignee or "")
    burdens = [f"{one.path} would bind us to {action_of(one.word)}" for one in owed if not _accepted(one, settings)]
    burdens += [
        f"{kind}[{i}] has duties of its own, which nobody understands"
        for kind, rules in (("prohibition", offer.prohibition), ("obligation", offer.obligation))
        for i, rule in enumerate(rules)
        if rule.duty
    ]
    understood = {CONFLICT} if terms.conflict is not None else set[str]()
    burdens += [
        f"{name} is a term that is not understood"
        for name in offer.extensions
        if not name.startswith("@")
        and (iri := expand(name) or name) not in understood
        and not iri.startswith((RENKEI, DCT))
    ]
    if burdens:
        raise BURDENED(burdens="; ".join(burdens))


def actions_of(names: Iterable[str]) -> frozenset[str]:
    """The absolute IRIs of actions as people write them. Raises ConfigurationError ``config-unknown-action``."""
    found: set[str] = set()
    for name in names:
        iri = iri_of(name)
        action = None if iri is None else canonical_action(iri)
        if action is None or (action.startswith(ODRL) and action not in ACTIONS):
            raise UNKNOWN_ACTION(action=name or "—")
        found.add(action)
    return frozenset(found)


def _accepted(one: Obligation, settings: Settings) -> bool:
    return one.action is not None and not one.waits and canonical_action(one.action) in settings.accepted_duties
