"""May this party do this with that dataset, under this policy, given these facts? Pure, total, default deny.

A permit means that all of this held:

1. Every profile the policy claims is known, and no ODRL member of the policy is beyond what is evaluated here.
2. At least one permission is true: its target, party and action fit, every constraint is true, no duty has to be done
   first, and nothing unknown hangs on it.
3. Every prohibition is false; an unknown one counts as in force. Prohibitions win (ODRL ``conflict`` = prohibit).

Logic is Kleene's: and, or and xone are evaluated; ``andSequence`` asks for an order of events that nobody records, and
is unknown. Everything is evaluated, so that the reasons are complete; time is linear in the policy. Obligations of the
policy do not decide, they are handed on in ``Decision.duties``.

Source: ODRL 2.2 Information Model; ODRL Formal Semantics draft (behaviour closed, conditions fulfilled beforehand).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from operator import eq, ge, gt, le, lt, ne

from renkei.kernel.instants import parse, render
from renkei.kernel.problems import RenkeiError
from renkei.policy.decision import (
    Decision,
    Fact,
    Facts,
    Outcome,
    Reason,
    ReasonCode,
    Request,
    Truth,
    all_of,
    any_of,
    one_of,
)
from renkei.policy.model import (
    RENKEI,
    Atomic,
    Connective,
    Constraint,
    Extensions,
    Logical,
    Operator,
    Policy,
    RightOperand,
    Rule,
)
from renkei.policy.operands import OPERANDS, Operand, Source
from renkei.policy.terms import DCT, ODRL, PROFILES, XSD, covers, expand, iri_of

_JOINS = {Connective.AND: all_of, Connective.OR: any_of, Connective.XONE: one_of}
_ORDERS: Mapping[Operator, Callable[[datetime, datetime], bool]] = {
    Operator.EQ: eq,
    Operator.NEQ: ne,
    Operator.LT: lt,
    Operator.LTEQ: le,
    Operator.GT: gt,
    Operator.GTEQ: ge,
}
_NEGATIVE = (Operator.NEQ, Operator.IS_NONE_OF)
_SINGLE = (Operator.EQ, Operator.NEQ)
_TEXT_TYPES = frozenset({XSD + "string", XSD + "anyURI"})
_INSTANT_TYPES = frozenset({XSD + "dateTime", XSD + "dateTimeStamp"})
_TICK = timedelta(microseconds=1)
_WITHOUT_SECONDS = len("2026-11-22T09:30")


def evaluate(policy: Policy, request: Request, facts: Facts) -> Decision:
    """Decide; ``facts.now`` must be aware."""
    return _Evaluation(policy, request, facts).decision()


class _Evaluation:
    """One decision in the making."""

    __slots__ = ("_facts", "_flips", "_policy", "_reasons", "_request")

    def __init__(self, policy: Policy, request: Request, facts: Facts) -> None:
        self._policy = policy
        self._request = request
        self._facts = facts
        self._reasons: list[Reason] = []
        self._flips: list[datetime] = []

    def decision(self) -> Decision:
        policy = self._policy
        understood = self._understood()  # 1
        permitted = any_of(
            [self._rule(rule, f"permission[{i}]", ReasonCode.PERMISSION) for i, rule in enumerate(policy.permission)]
        )
        if permitted is not Truth.TRUE:  # 2
            self._note("permission", ReasonCode.NO_PERMISSION, permitted)
        prohibited = any_of(
            [self._rule(rule, f"prohibition[{i}]", ReasonCode.PROHIBITION) for i, rule in enumerate(policy.prohibition)]
        )
        granted = all_of([understood, permitted, ~prohibited])  # 3
        return Decision(
            outcome=Outcome.PERMIT if granted is Truth.TRUE else Outcome.DENY,
            reasons=tuple(self._reasons),
            duties=policy.obligation,
            expires_at=min(self._flips, default=None),
        )

    def _understood(self) -> Truth:
        unknown = [profile for profile in self._policy.profiles if profile not in PROFILES]
        for profile in unknown:
            self._note("profile", ReasonCode.PROFILE, Truth.UNKNOWN, right=profile)
        foreign = [name for name in self._policy.extensions if (expand(name) or name).startswith(ODRL)]
        for name in foreign:
            self._note("policy", ReasonCode.EXTENSION, Truth.UNKNOWN, left=name)
        return Truth.UNKNOWN if unknown or foreign else Truth.TRUE

    def _rule(self, rule: Rule, path: str, code: ReasonCode) -> Truth:
        fits = self._fits(rule, path)
        verdict = fits
        if fits is not Truth.FALSE:
            parts = [self._constraint(item, f"{path}.constraint[{i}]") for i, item in enumerate(rule.constraint)]
            parts += [self._duty(duty, f"{path}.duty[{i}]") for i, duty in enumerate(rule.duty)]
            verdict = self._foreign(rule.extensions, path, all_of([fits, *parts]))
        self._note(path, code, verdict, right=rule.action)
        return verdict

    def _fits(self, rule: Rule, path: str) -> Truth:
        """Whether the rule speaks of this target, party and action."""
        request, policy = self._request, self._policy
        target = rule.target or policy.target
        if target is not None and target != request.target:
            return self._note(f"{path}.target", ReasonCode.TARGET, Truth.FALSE, right=target, found=request.target)
        party = rule.assignee or policy.assignee
        if party is not None and party != request.party:
            return self._note(f"{path}.assignee", ReasonCode.PARTY, Truth.FALSE, right=party, found=request.party)
        speaks = Truth.of(covers(iri_of(rule.action), iri_of(request.action)))
        if speaks is not Truth.TRUE:
            self._note(f"{path}.action", ReasonCode.ACTION, speaks, right=rule.action, found=request.action)
        return speaks

    def _duty(self, duty: Rule, path: str) -> Truth:
        return self._note(path, ReasonCode.DUTY, Truth.UNKNOWN, right=duty.action)

    def _foreign(self, extensions: Extensions, path: str, verdict: Truth) -> Truth:
        """A member of a rule or constraint that is not understood could widen or narrow it."""
        for name in extensions:
            if not name.startswith("@") and not (expand(name) or name).startswith((RENKEI, DCT)):
                verdict = self._note(path, ReasonCode.EXTENSION, Truth.UNKNOWN, left=name)
        return verdict

    def _constraint(self, constraint: Constraint, path: str) -> Truth:
        verdict = self._logical(constraint, path) if isinstance(constraint, Logical) else self._atomic(constraint, path)
        return self._foreign(constraint.extensions, path, verdict)

    def _logical(self, constraint: Logical, path: str) -> Truth:
        name = constraint.connective.value
        verdicts = [self._constraint(item, f"{path}.{name}[{i}]") for i, item in enumerate(constraint.operands)]
        join = _JOINS.get(constraint.connective)
        if join is None:
            return self._note(path, ReasonCode.SEQUENCE, Truth.UNKNOWN, operator=name)
        return self._note(path, ReasonCode.CONNECTIVE, join(verdicts), operator=name)

    def _atomic(self, atomic: Atomic, path: str) -> Truth:
        operand = OPERANDS.get(iri_of(atomic.left) or "")
        if operand is None:
            return self._compared(atomic, path, ReasonCode.OPERAND, Truth.UNKNOWN)
        if atomic.operator not in operand.operators:
            return self._compared(atomic, path, ReasonCode.OPERATOR, Truth.UNKNOWN)
        if operand.source is Source.CLOCK:
            return self._clock(atomic, path)
        rights = _texts(atomic.right, _TEXT_TYPES)
        if rights is None or (atomic.operator in _SINGLE and len(rights) > 1):
            return self._compared(atomic, path, ReasonCode.RIGHT, Truth.UNKNOWN)
        fact = self._left(operand)
        found = ", ".join(sorted(fact.values)) if fact else ""
        if fact is None:
            return self._compared(atomic, path, ReasonCode.ABSENT, Truth.UNKNOWN)
        if fact.expires_at is not None:
            if fact.expires_at <= self._facts.now:
                return self._compared(atomic, path, ReasonCode.EXPIRED, Truth.UNKNOWN, found, fact.source)
            self._flips.append(fact.expires_at)
        shared = fact.values & rights
        within = Truth.of(bool(shared))
        if operand.source is Source.PURPOSES and shared and shared != fact.values:
            within = Truth.UNKNOWN  # some of the intended uses are covered and some are not: neither yes nor no
        verdict = ~within if atomic.operator in _NEGATIVE else within
        return self._compared(atomic, path, ReasonCode.CONSTRAINT, verdict, found, fact.source)

    def _left(self, operand: Operand) -> Fact | None:
        request = self._request
        if operand.source is Source.PURPOSES:
            return Fact(request.purposes, operand.source.value) if request.purposes else None
        if operand.source is Source.PARTY:
            return Fact(frozenset({request.party}), operand.source.value)
        return self._facts.values.get(operand.iri)

    def _clock(self, atomic: Atomic, path: str) -> Truth:
        limit = _instant(atomic.right)
        if limit is None:
            return self._compared(atomic, path, ReasonCode.RIGHT, Truth.UNKNOWN)
        now = self._facts.now
        # The comparison can change when the limit is reached, and once more when it is passed.
        if limit > now:
            self._flips.append(limit)
        elif limit == now and now < _LAST:
            self._flips.append(limit + _TICK)
        verdict = Truth.of(_ORDERS[atomic.operator](now, limit))
        return self._compared(atomic, path, ReasonCode.CONSTRAINT, verdict, render(now), Source.CLOCK.value)

    def _compared(
        self, atomic: Atomic, path: str, code: ReasonCode, verdict: Truth, found: str = "", source: str = ""
    ) -> Truth:
        self._reasons.append(
            Reason(path, code, verdict, atomic.left, atomic.operator.value, _shown(atomic.right), found, source)
        )
        return verdict

    def _note(
        self,
        path: str,
        code: ReasonCode,
        verdict: Truth,
        *,
        left: str = "",
        operator: str = "",
        right: str = "",
        found: str = "",
    ) -> Truth:
        self._reasons.append(Reason(path, code, verdict, left, operator, right, found))
        return verdict


_LAST = datetime.max.replace(tzinfo=UTC)


def _texts(right: RightOperand, types: frozenset[str]) -> frozenset[str] | None:
    """The texts of a right operand; ``None`` where one is not a plain, typed or node-reference text."""
    if isinstance(right, str):
        return frozenset((right,))
    texts = [_text(item, types) for item in (right if isinstance(right, tuple) else (right,))]
    known = frozenset(text for text in texts if text is not None)
    return None if None in texts else known


def _text(item: str | Mapping[str, object], types: frozenset[str]) -> str | None:
    if isinstance(item, str):
        return item
    value: object
    kind: object
    if item.keys() == {"@id"}:
        value, kind = item["@id"], ""
    elif item.keys() == {"@value"} or item.keys() == {"@value", "@type"}:
        value, kind = item["@value"], item.get("@type", "")
    else:
        return None
    if not isinstance(value, str) or not isinstance(kind, str):
        return None
    return value if not kind or expand(kind) in types else None


def _instant(right: RightOperand) -> datetime | None:
    """A single instant with a zone. The spec's own examples leave the seconds out, so they may be absent."""
    texts = _texts(right, _INSTANT_TYPES)
    if texts is None or len(texts) != 1:
        return None
    (text,) = texts
    if text[_WITHOUT_SECONDS : _WITHOUT_SECONDS + 1] in ("Z", "+", "-"):
        text = f"{text[:_WITHOUT_SECONDS]}:00{text[_WITHOUT_SECONDS:]}"
    try:
        return parse(text)
    except RenkeiError:
        return None


def _shown(right: RightOperand) -> str:
    if isinstance(right, str):
        return right
    if isinstance(right, tuple):
        return ", ".join(_shown(item) for item in right)
    return str(right.get("@value") or right.get("@id") or dict(right))
