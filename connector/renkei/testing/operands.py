"""What a left operand of your own must pass before policies may ask for it: ``check_operand``.

What must hold, and what an AssertionError names by these numbers:

1. it is declared whole: an absolute IRI, words in both languages, at least one phase;
2. each case gives the truth that it expects, in a permission, and the opposite of it lifts a prohibition;
3. it is deterministic: asked again, or compiled again, it gives the same answer, and it leaves the facts as they are;
4. an operator that is not declared, and a right operand that cannot be read, are unknown;
5. in a phase that is not declared nothing is known: left to a later phase, or unknown where there is none;
6. where nothing is known of the world, nothing is known of it (but for what needs no facts: ``needs_facts=False``);
7. what has run out counts no longer, and an answer that rests on what will run out says until when it stands;
8. no odd value of what it reads makes it permit for being odd, nor raises: errors count as not known.

A case names an operator, a right operand, what is known, and the truth that follows::

    check_operand(plant, [OperandCase(Operator.EQ, "Kobe", Truth.TRUE, facts=Facts(now, {PLANT: Fact({"Kobe"})}))])
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from renkei.kernel.values import replace
from renkei.policy.deciding.evaluate import CompiledPolicy
from renkei.policy.deciding.semantics import BY_ACTION
from renkei.policy.deciding.truth import Truth
from renkei.policy.model import Atomic, Operator, Policy, PolicyKind, RightOperand, Rule
from renkei.policy.operands.declaration import Operand, Registry, Source
from renkei.policy.terms import expand
from renkei.policy.world import PHASES, Fact, Facts, Request

_SETTLED: Final = frozenset({Source.AGREED})
_ASKED: Final = frozenset({Source.PARTY, Source.PURPOSES})
_NOW: Final = datetime(2026, 11, 22, 9, tzinfo=UTC)
_ODD: Final[Sequence[frozenset[str]]] = (
    frozenset(),
    frozenset({""}),
    frozenset({"\x00"}),
    frozenset({"-1", "1"}),
    frozenset({"NaN"}),
    frozenset({"9" * 5000}),
    frozenset({"…", "{{ x }}", "__import__('os')"}),
)
_UNREADABLE: Final[Sequence[RightOperand]] = (
    {"@value": "x", "@type": "https://example.com/of-nobody"},
    {"https://example.com/member": "x"},
    ({"@list": ["x"]},),
)


@dataclass(frozen=True, slots=True)
class OperandCase:
    """``operator right``, what is known, and the truth of it. ``request`` asks in the phase ACCESS by default."""

    operator: Operator
    right: RightOperand
    expected: Truth
    request: Request = field(default_factory=lambda: Request("urn:party", "urn:dataset"))
    facts: Facts = field(default_factory=lambda: Facts(_NOW))


def check_operand(operand: Operand, cases: Iterable[OperandCase], *, needs_facts: bool = True) -> None:
    """Hold an operand to the list above.

    ``cases`` must have one that is true and one that is false. Raises AssertionError with every breach.
    """
    listed = list(cases)
    breaches = [*_declaration(operand), *_variety(operand, listed)]
    for number, case in enumerate(listed):
        breaches += [f"case {number}: {breach}" for breach in _case(operand, case, needs_facts=needs_facts)]
    if breaches:
        raise AssertionError(f"{operand.iri}:\n" + "\n".join(f"- {breach}" for breach in breaches))


def truth_of(operand: Operand, case: OperandCase) -> Truth:
    """What one case comes to when the policy engine asks it."""
    return _asked(_compiled(operand, case), case.request, case.facts)[0]


def _declaration(operand: Operand) -> list[str]:
    breaches = []
    if expand(operand.iri) != operand.iri:
        breaches.append("1: its IRI is not absolute")
    if not operand.en.strip() or not operand.ja.strip() or operand.en == operand.ja:
        breaches.append("1: it has no words of its own in English and Japanese")
    if not operand.phases:
        breaches.append("1: it is known in no phase")
    return breaches


def _variety(operand: Operand, cases: Sequence[OperandCase]) -> list[str]:
    told = {case.expected for case in cases}
    wanted = {Truth.TRUE} if operand.source in _SETTLED else {Truth.TRUE, Truth.FALSE}
    return [f"2: no case of it is {truth.value}" for truth in sorted(wanted - told, key=lambda truth: truth.value)]


def _case(operand: Operand, case: OperandCase, *, needs_facts: bool) -> list[str]:
    return [
        *_answer(operand, case),
        *_operators(operand, case),
        *_phases(operand, case),
        *(_ignorance(operand, case) if needs_facts and operand.source not in _SETTLED else ()),
        *_expiry(operand, case),
        *_oddities(operand, case),
    ]


def _answer(operand: Operand, case: OperandCase) -> list[str]:
    breaches = []
    compiled, before = _compiled(operand, case), copy.deepcopy((case.request, case.facts))
    truth, permits = _asked(compiled, case.request, case.facts)
    if truth is not case.expected or permits is not (truth is Truth.TRUE):
        breaches.append(f"2: it is {truth.value}, not {case.expected.value}")
    lifted = _compiled(operand, case, prohibits=True).decide(case.request, case.facts).permits
    if operand.source not in _SETTLED and lifted is not (truth is Truth.FALSE):
        breaches.append("2: a prohibition is lifted by something else than certain falsehood")
    again = {
        _asked(one, *copy.deepcopy((case.request, case.facts)))[0]
        for one in (compiled, compiled, _compiled(operand, case))
    }
    if again != {truth}:
        breaches.append("3: asked again, it has another answer")
    if (case.request, case.facts) != before:
        breaches.append("3: it has changed what it was given")
    return breaches


def _operators(operand: Operand, case: OperandCase) -> list[str]:
    breaches = []
    for operator in Operator:
        if operator not in operand.operators:
            truth = truth_of(operand, replace(case, operator=operator))
            if truth is not Truth.UNKNOWN:
                breaches.append(f"4: {operator.value} is not declared, and is {truth.value}")
    for right in _UNREADABLE:
        truth = truth_of(operand, replace(case, right=right))
        if truth is not Truth.UNKNOWN:
            breaches.append(f"4: {right} cannot be read, and is {truth.value}")
    return breaches


def _phases(operand: Operand, case: OperandCase) -> list[str]:
    """What binds by being agreed to holds in every phase."""
    if operand.source in _SETTLED or case.expected is Truth.UNKNOWN:
        return []
    breaches = []
    for phase in PHASES:
        if phase not in operand.phases:
            wanted = Truth.DEFERRED if operand.comes_later(phase) else Truth.UNKNOWN
            truth = truth_of(operand, replace(case, request=replace(case.request, phase=phase)))
            if truth is not wanted:
                breaches.append(f"5: in the phase {phase.value}, which is not declared, it is {truth.value}")
    return breaches


def _ignorance(operand: Operand, case: OperandCase) -> list[str]:
    nothing = replace(case, request=Request("", "", phase=case.request.phase), facts=Facts(case.facts.now))
    truth = truth_of(operand, nothing)
    if operand.source is Source.CLOCK or truth is Truth.UNKNOWN:
        return []
    return [f"6: where nothing is known it is {truth.value}"]


def _expiry(operand: Operand, case: OperandCase) -> list[str]:
    """Only where the answer rests on facts: of a case that holds, and does not without them."""
    bare = replace(case, request=replace(case.request, parameters={}), facts=replace(case.facts, values={}))
    if case.expected is not Truth.TRUE or truth_of(operand, bare) is Truth.TRUE:
        return []
    breaches = []
    now = case.facts.now
    if truth_of(operand, _ending(case, now)) is Truth.TRUE:
        breaches.append("7: it is true by facts that have run out")
    end = now + timedelta(hours=1)
    lasting = _ending(case, end)
    until = _compiled(operand, lasting).decide(lasting.request, lasting.facts).expires_at
    if until is None or until > end:
        breaches.append("7: it does not say that its answer ends with the facts it rests on")
    return breaches


def _held(case: OperandCase) -> bool:
    return bool(case.facts.values or case.request.parameters)


def _ending(case: OperandCase, end: datetime) -> OperandCase:
    """The same, with every fact running out at one instant."""
    facts = replace(case.facts, values=_until(case.facts.values, end))
    return replace(case, request=replace(case.request, parameters=_until(case.request.parameters, end)), facts=facts)


def _until(facts: Mapping[str, Fact], end: datetime) -> dict[str, Fact]:
    return {iri: replace(fact, expires_at=end) for iri, fact in facts.items()}


def _oddities(operand: Operand, case: OperandCase) -> list[str]:
    """One value after the other in the place of every value, against a right operand that none of them meets."""
    if operand.source in _SETTLED or case.expected is not Truth.TRUE or case.operator is not Operator.EQ:
        return []
    breaches = []
    for values in _ODD:
        odd = {iri: replace(fact, values=values) for iri, fact in case.facts.values.items()}
        manner = {iri: replace(fact, values=values) for iri, fact in case.request.parameters.items()}
        request = replace(case.request, purposes=values, parameters=manner, party=min(values, default=""))
        facts = replace(case.facts, values=odd)
        try:
            truth = truth_of(operand, replace(case, request=request, facts=facts))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            breaches.append(f"8: it raises {type(error).__name__} for {sorted(values)!r:.60}")
            continue
        if truth is Truth.TRUE and (_held(case) or operand.source in _ASKED):
            breaches.append(f"8: {sorted(values)!r:.60} is as good to it as the value of the case")
        if operand.find is not None and not _well_answered(operand, request, facts):
            breaches.append(f"8: for {sorted(values)!r:.60} it answers something that is no fact")
    return breaches


def _well_answered(operand: Operand, request: Request, facts: Facts) -> bool:
    assert operand.find is not None
    try:
        found: object = operand.find(request, facts)
    except Exception:  # noqa: BLE001 - counts as not known, as in a decision
        return True
    return found is None or isinstance(found, Fact)


def _compiled(operand: Operand, case: OperandCase, *, prohibits: bool = False) -> CompiledPolicy:
    """A policy of one constraint, made anew."""
    asked = Rule(action="use", constraint=(Atomic(operand.iri, case.operator, case.right),))
    plain = Rule(action="use")
    policy = Policy(
        id="urn:renkei:testing:operand",
        kind=PolicyKind.SET,
        permission=(plain if prohibits else asked,),
        prohibition=(asked,) if prohibits else (),
    )
    return CompiledPolicy(policy, Registry(operand), BY_ACTION)


def _asked(compiled: CompiledPolicy, request: Request, facts: Facts) -> tuple[Truth, bool]:
    decision = compiled.decide(request, facts)
    (step,) = (reason for reason in decision.reasons if reason.path == "permission[0].constraint[0]")
    return step.verdict, decision.permits


__all__ = ["OperandCase", "check_operand", "truth_of"]
