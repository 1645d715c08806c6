"""Whether a duty on a permission was done: as the ledger says, or as the actions that were performed show.

A duty is fulfilled when its state says so, or when an action was performed that is it: of its kind, by its party, on
its target, not after now, in the manner its refinements ask for. One that was violated and whose consequences are all
fulfilled counts as fulfilled.

Source: ODRL 2.2 section 2.6.3 (duty, consequence); ODRL Formal Semantics draft, condition report.
"""

from __future__ import annotations

from typing import Final

from renkei.policy.deciding.leaves import NOT_YET, Leaf, code_of, leaf
from renkei.policy.deciding.meaning import Atom, Expression, RuleTerms
from renkei.policy.deciding.semantics import Semantics, due_before
from renkei.policy.deciding.truth import FALSE, TRUE, UNKNOWN, all_of, any_of, one_of
from renkei.policy.deciding.wording import ReasonCode
from renkei.policy.model import Connective
from renkei.policy.terms import covers, iri_of
from renkei.policy.world import DutyState, Facts, Performed, Phase, Request

_DONE: Final = code_of(ReasonCode.FULFILMENT, TRUE)
_NOT_DONE: Final = code_of(ReasonCode.FULFILMENT, FALSE)
_NOT_SHOWN: Final = code_of(ReasonCode.FULFILMENT, UNKNOWN)
_VIOLATED: Final = code_of(ReasonCode.VIOLATION, FALSE)
_NOT_VIOLATED: Final = code_of(ReasonCode.VIOLATION, TRUE)


def fulfilment(duty: RuleTerms, rule: RuleTerms, semantics: Semantics, phase: Phase) -> Leaf:
    """The step that tells whether a duty does not stand in the way of its permission."""
    before = due_before(duty.action, semantics)

    def ask(request: Request, facts: Facts) -> int:
        state = state_of(duty, rule, request, facts)
        if state is DutyState.FULFILLED:
            return _DONE
        if state is DutyState.VIOLATED:
            return _NOT_DONE
        if not before:
            return _DONE
        if phase.before_use:
            return NOT_YET
        return _NOT_SHOWN if state is None else _NOT_DONE

    return ask


def no_violation(duty: RuleTerms, rule: RuleTerms) -> Leaf:
    """The step that tells whether a duty is not violated: the end of its time makes it idle, but lifts no violation."""

    def ask(request: Request, facts: Facts) -> int:
        return _VIOLATED if state_of(duty, rule, request, facts) is DutyState.VIOLATED else _NOT_VIOLATED

    return ask


def state_of(duty: RuleTerms, rule: RuleTerms, request: Request, facts: Facts) -> DutyState | None:
    """How far a duty has come; ``None``: nothing tells."""
    told = facts.duties.get(duty.id) if duty.id else None
    state = told or facts.duties.get(duty.path)
    if state is DutyState.VIOLATED and duty.consequences:
        done = (state_of(consequence, rule, request, facts) for consequence in duty.consequences)
        if all(other is DutyState.FULFILLED for other in done):
            return DutyState.FULFILLED
    if state is None and any(_is_it(event, duty, rule, request, facts) for event in facts.performed):
        return DutyState.FULFILLED
    return state


def _is_it(event: Performed, duty: RuleTerms, rule: RuleTerms, request: Request, facts: Facts) -> bool:
    party = duty.assignee or rule.assignee or request.party
    return (
        event.at <= facts.now
        and covers(duty.action, iri_of(event.action)) is True
        and event.party in {"", party}
        and event.target in {"", duty.target, rule.target, request.target}
        and all(_holds(item, request, Facts(event.at, event.facts, facts.began)) == TRUE for item in duty.refinements)
    )


def _holds(expression: Expression, request: Request, facts: Facts) -> int:
    if isinstance(expression, Atom):
        return leaf(expression, Phase.ACCESS)(request, facts) & 0b1111
    values = [_holds(part, request, facts) for part in expression.parts]
    if expression.foreign or expression.connective is Connective.AND_SEQUENCE:
        return UNKNOWN
    return {Connective.AND: all_of, Connective.OR: any_of, Connective.XONE: one_of}[expression.connective](values)
