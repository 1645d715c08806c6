"""What is wrong with a policy before anybody is offered it: errors refuse it, warnings are told.

What is looked at (numbers are repeated where each is):

1.  Its size is within the limits, and it can be read again as it is written.
2.  Its wire profile carries all of it (not asked of a policy that stays in the house).
3.  Its profiles are known, its members understood, and what it inherits is put in.
4.  Nobody makes an offer to himself.
5.  Every action, member and comparison is understood, and known when it is asked for.
6.  Every condition can be so, alone and with those beside it; of an ``xone`` exactly one.
7.  No condition says what another one says already.
8.  A duty can be done: in time, and while it is not prohibited.
9.  What is permitted is not always prohibited; where it is in some states, the policy says who wins.
10. All in all, what is asked for (``use``, by default) can be permitted.
11. It has not run out.

Points 1 and 2 are errors. The others are warnings as long as point 10 holds: a policy that can permit something as it
is meant is never refused. If it fails, those that have part in it are errors. Conditions that cannot be weighed count
as possible, and values as independent of each other.

Source: the flaws that ODRL authors make most, after the W3C's validation notes and the conflict studies for ODRL.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice, product
from typing import Final

from renkei.kernel.problems import RenkeiError
from renkei.policy.deciding.evaluate import evaluate
from renkei.policy.deciding.meaning import INHERIT_FROM, Atom, Conflict, Expression, RuleTerms, atoms_of, terms_of
from renkei.policy.linting.conditions import Conditions, Found
from renkei.policy.linting.findings import Example, Finding, FindingCode, Severity
from renkei.policy.linting.satisfiability import ALWAYS, Literal, Ways, both, every, possible, some, state_for, ways_of
from renkei.policy.model import Atomic, Constraint, Logical, Operator, Policy, PolicyKind, Rule
from renkei.policy.normal_form import spelled_out
from renkei.policy.operands import DATE_TIME, STANDARD
from renkei.policy.operands.declaration import Registry, Source
from renkei.policy.problems import TOO_LARGE
from renkei.policy.profiles import PLAIN_DSP, WireProfile, uncarried
from renkei.policy.read import DEEPEST, MOST_NODES, MOST_RULES
from renkei.policy.terms import CATENA_X, ODRL, covers, expand, iri_of
from renkei.policy.values import Span
from renkei.policy.world import USE, Facts, Phase, Request
from renkei.policy.write import write_agreement, write_offer, write_set

_PAIRS: Final = 256
_WRITE: Final = {
    PolicyKind.SET: write_set,
    PolicyKind.OFFER: write_offer,
    PolicyKind.AGREEMENT: write_agreement,
}
_ENDING: Final = frozenset({Operator.LT, Operator.LTEQ, Operator.EQ})
_BEGINNING: Final = frozenset({Operator.GT, Operator.GTEQ, Operator.EQ})
_TIMES: Final = frozenset({Source.CLOCK, Source.ELAPSED})


def lint(
    policy: Policy,
    *,
    now: datetime,
    phase: Phase = Phase.ACCESS,
    registry: Registry = STANDARD,
    profile: WireProfile | None = PLAIN_DSP,
    action: str = USE,
    target: str | None = None,
) -> tuple[Finding, ...]:
    """All there is to say of a policy, errors first.

    ``phase``: in which it must be certain (terms when data is asked for, an access policy when the catalog is);
    ``profile``: what partners can read, ``None`` for a policy that is never sent; ``action``: what it must permit;
    ``target``: the dataset it is published for. Bare words for which there is an IRI are read as we send them.
    """
    size = _size(policy)
    if size:  # 1
        return (Finding(FindingCode.TOO_LARGE, Severity.ERROR, "", {"what": size}),)
    if profile is not None:
        policy = spelled_out(policy)
    found = list(_document(policy))
    if any(finding.code is FindingCode.TOO_LARGE for finding in found):
        return tuple(found)
    found += _carried(policy, profile)
    found += _Linting(policy, now, phase, registry, action, target or policy.target).findings()
    return tuple(sorted(found, key=lambda finding: finding.severity is Severity.WARNING))


def lint_access(access: Policy, *, now: datetime, registry: Registry = STANDARD) -> tuple[Finding, ...]:
    """The same of an access policy: never sent, certain when the catalog is asked for; Catena-X says ``access``."""
    seeing = replace(
        access,
        permission=tuple(_using(rule) for rule in access.permission),
        prohibition=tuple(_using(rule) for rule in access.prohibition),
    )
    return lint(seeing, now=now, phase=Phase.CATALOG, registry=registry, profile=None)


def _using(rule: Rule) -> Rule:
    return replace(rule, action=USE) if iri_of(rule.action) == CATENA_X + "access" else rule


def errors(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Those because of which a policy is not offered."""
    return tuple(finding for finding in findings if finding.severity is Severity.ERROR)


def _size(policy: Policy) -> str:
    """Point 1, without going deep: what is too much, in words."""
    rules: list[Rule] = [*policy.permission, *policy.prohibition, *policy.obligation]
    level: list[Rule | Constraint] = list(rules)
    depth = nodes = number = 0
    while level:
        depth, nodes = depth + 1, nodes + len(level)
        number += sum(isinstance(item, Rule) for item in level)
        for most, many, what in (
            (DEEPEST, depth, "levels"),
            (MOST_NODES, nodes, "nodes"),
            (MOST_RULES, number, "rules"),
        ):
            if many > most:
                return f"more than {most} {what}"
        level = [
            below
            for item in level
            for below in ((*item.constraint, *item.duty) if isinstance(item, Rule) else _below(item))
        ]
    return ""


def _below(constraint: Constraint) -> tuple[Constraint, ...]:
    return constraint.operands if isinstance(constraint, Logical) else ()


def _document(policy: Policy) -> Iterator[Finding]:
    """Point 1."""
    try:
        _WRITE[policy.kind](policy)
    except RenkeiError as error:
        cause = error.__cause__ if isinstance(error.__cause__, RenkeiError) else error
        code = FindingCode.TOO_LARGE if cause.code == TOO_LARGE.code else FindingCode.UNWRITABLE
        values = {"what": cause.message(), "what_ja": cause.message("ja")}
        yield Finding(code, Severity.ERROR, "", values)


def _carried(policy: Policy, profile: WireProfile | None) -> Iterator[Finding]:
    """Point 2."""
    for term in () if profile is None else uncarried(policy, profile):
        values = {"what": replace(term, path="").text(), "what_ja": replace(term, path="").text("ja")}
        yield Finding(FindingCode.NOT_CARRIED, Severity.ERROR, term.path, values, bar=term.bar.value)


class _Linting:
    """Points 3 to 11 of one policy."""

    def __init__(
        self, policy: Policy, now: datetime, phase: Phase, registry: Registry, action: str, target: str | None
    ) -> None:
        self._policy = policy
        self._terms = terms_of(policy, registry)
        self._now = now
        self._phase = phase
        self._action = action
        self._target = target
        self._conditions = Conditions(phase)
        self._found: list[Found] = []
        self._ways: dict[str, Ways] = {}
        self._spared: dict[str, Ways] = {}

    def findings(self) -> list[Finding]:
        self._policy_members()
        terms = self._terms
        for rule in (*terms.permissions, *terms.prohibitions):
            self._rule(rule)
        for rule in terms.obligations:
            self._owed(rule)
        for permission in terms.permissions:
            for duty in permission.duties:
                self._owed(duty)
                self._deadline(duty, permission)
        if terms.conflict is not Conflict.PERMISSION:
            for permission, prohibition in islice(product(terms.permissions, terms.prohibitions), _PAIRS):
                self._conflict(permission, prohibition)
        grants = self._grants(ALWAYS)
        if grants and not self._grants(self._from_now()):  # 11
            self._say(FindingCode.EXPIRED, "permission")
        return self._weighed(grants=grants)

    def _say(self, code: FindingCode, path: str, what: str = "", *, blocking: bool = False, **values: str) -> None:
        self._found.append(Found(code, path, {"what": what, **values}, blocking=blocking))

    def _weighed(self, *, grants: bool) -> list[Finding]:
        """Point 10: if nothing can be permitted, what has part in it is an error."""
        if not grants and not any(found.blocking for found in self._found):
            usable = any(self._speaks(rule) for rule in self._terms.permissions)
            code = FindingCode.NEVER if usable else FindingCode.NOT_PERMITTED
            self._say(code, "permission", self._action.removeprefix(ODRL), blocking=True)
        return [found.finding(refused=not grants) for found in self._found]

    # --- the policy and its rules ----------------------------------------------------------------

    def _policy_members(self) -> None:
        """Points 3 and 4."""
        policy, terms = self._policy, self._terms
        for name in terms.profiles:
            self._say(FindingCode.PROFILE, "profile", name, blocking=True)
        for name in terms.foreign:
            if name == INHERIT_FROM:
                parents = _references(_member(policy, INHERIT_FROM))
                code = FindingCode.CYCLE if policy.id in parents else FindingCode.INHERITED
                self._say(code, "inheritFrom", ", ".join(parents), blocking=True)
            else:
                self._say(FindingCode.MEMBER, name, name, blocking=True)
        for path, rule in _with_paths(policy):
            assigner, assignee = rule.assigner or policy.assigner, rule.assignee or policy.assignee
            if assigner is not None and assigner == assignee:
                self._say(FindingCode.SAME_PARTY, path, assigner)

    def _rule(self, rule: RuleTerms) -> None:
        """Points 5 to 7 of a permission or a prohibition."""
        if covers(rule.action, self._action) is None:
            self._say(FindingCode.ACTION, f"{rule.path}.action", rule.word, blocking=True)
        if rule.target is not None and self._target is not None and rule.target != self._target:
            self._say(FindingCode.TARGET, f"{rule.path}.target", rule.target, blocking=True)
        for name in rule.foreign:
            self._say(FindingCode.MEMBER, rule.path, name, blocking=True)
        if rule in self._terms.prohibitions:
            for duty in rule.duties:
                self._say(FindingCode.MEMBER, duty.path, duty.word, blocking=True)
        self._found += self._conditions.look(_all(rule), rule.path, blocking=True)

    def _owed(self, duty: RuleTerms) -> None:
        """Points 5 to 8 of a duty; nothing in it stands in the way of a permit for ever."""
        for name in duty.foreign:
            self._say(FindingCode.MEMBER, duty.path, name)
        self._found += self._conditions.look(_all(duty), duty.path, blocking=False)
        done = self._holding(duty)
        for prohibition in self._terms.prohibitions if possible(done, self._phase) else ():
            if covers(prohibition.action, duty.action) and not possible(
                both(done, self._lifted(prohibition, duty)), self._phase
            ):
                self._say(FindingCode.DUTY_PROHIBITED, duty.path, duty.word)
        for consequence in (*duty.consequences, *duty.remedies):
            self._owed(consequence)

    def _deadline(self, duty: RuleTerms, permission: RuleTerms) -> None:
        """Point 8."""
        ends, begins = _bounds(_all(duty), _ENDING), _bounds(_all(permission), _BEGINNING)
        mine, others = (every(ways_of(atom, self._phase) for atom in atoms) for atoms in (ends, begins))
        alone = possible(mine, self._phase) and possible(others, self._phase)
        if alone and not possible(both(mine, others), self._phase):
            self._say(FindingCode.DEADLINE, duty.path, duty.word)

    # --- permission and prohibition --------------------------------------------------------------

    def _conflict(self, permission: RuleTerms, prohibition: RuleTerms) -> None:
        """Point 9."""
        if None not in {permission.target, prohibition.target} and permission.target != prohibition.target:
            return
        granted, places = self._holding(permission), (prohibition.path,)
        covered = covers(prohibition.action, permission.action) and possible(granted, self._phase)
        if covered and not possible(both(granted, self._lifted(prohibition, permission)), self._phase):
            self._found.append(Found(FindingCode.PROHIBITED, permission.path, {}, blocking=True, places=places))
            return
        conduct = any(atom.source is Source.CONDUCT for item in _all(prohibition) for atom in atoms_of(item))
        told = conduct or self._terms.conflict is Conflict.PROHIBITION
        example = None if told else self._example(permission, prohibition)
        if example is not None:
            values = {"what": example.request.action.removeprefix(ODRL)}
            found = Found(FindingCode.AMBIGUOUS, permission.path, values, places=places, example=example)
            self._found.append(found)

    def _example(self, permission: RuleTerms, prohibition: RuleTerms) -> Example | None:
        """A state in which both are in force: sought, and believed only when the decision says so."""
        pair = [rule.action for rule in (permission, prohibition)]
        action = next((one for one, other in (pair, pair[::-1]) if one is not None and covers(other, one)), None)
        together = both(self._holding(permission), self._holding(prohibition))
        if action is None or not together:
            return None
        parties = [rule.assignee for rule in (permission, prohibition) if rule.assignee is not None]
        target = permission.target or prohibition.target or self._target or ""
        for way in together[:_PAIRS]:
            request, facts = state_for(way, self._phase, self._now, target, action)
            if parties:
                request = replace(request, party=parties[0])
            if all(self._in_force(rule, request, facts) for rule in (permission, prohibition)):
                return Example(request, facts)
        return None

    def _in_force(self, terms: RuleTerms, request: Request, facts: Facts) -> bool:
        """Whether a rule speaks of this, asked as if it were the only permission."""
        rule = replace(dict(_with_paths(self._policy))[terms.path], duty=())
        alone = replace(self._policy, permission=(rule,), prohibition=(), obligation=(), profile=(), extensions={})
        return evaluate(alone, request, facts).permits

    def _speaks(self, rule: RuleTerms) -> bool:
        """Whether a permission is about what is asked for."""
        about = rule.target is None or self._target is None or rule.target == self._target
        return about and covers(rule.action, self._action) is True

    def _holding(self, rule: RuleTerms) -> Ways:
        """The ways in which all conditions of a rule are so."""
        if rule.path not in self._ways:
            self._ways[rule.path] = every(ways_of(item, self._phase) for item in _all(rule))
        return self._ways[rule.path]

    def _lifted(self, prohibition: RuleTerms, other: RuleTerms) -> Ways:
        """The ways in which a prohibition is certainly not in force for whom another rule is about."""
        if prohibition.assignee not in {None, other.assignee}:
            return ALWAYS
        if prohibition.path not in self._spared:
            ways = some(ways_of(item, self._phase, holds=False) for item in _all(prohibition))
            self._spared[prohibition.path] = ways
        return self._spared[prohibition.path]

    def _grants(self, beside: Ways) -> bool:
        """Point 10: whether a permission can hold while no prohibition is in force."""
        terms = self._terms
        if terms.profiles or terms.foreign:
            return False
        barring: list[RuleTerms] = []
        if terms.conflict is not Conflict.PERMISSION:
            barring = [rule for rule in terms.prohibitions if covers(rule.action, self._action) is not False]
            barring = [
                rule for rule in barring if rule.target is None or self._target is None or rule.target == self._target
            ]
        return any(
            possible(
                every((beside, self._holding(rule), *(self._lifted(other, rule) for other in barring))), self._phase
            )
            for rule in terms.permissions
            if self._speaks(rule) and not rule.foreign
        )

    def _from_now(self) -> Ways:
        operand = STANDARD[DATE_TIME]
        written = Atomic(DATE_TIME, Operator.GTEQ, "")
        right = Span(self._now, self._now)
        atom = Atom(path="", written=written, operator=Operator.GTEQ, operand=operand, source=Source.CLOCK, right=right)
        return ((Literal(atom, holds=True),),)


def _all(rule: RuleTerms) -> tuple[Expression, ...]:
    return (*rule.conditions, *rule.refinements)


def _bounds(expressions: Sequence[Expression], operators: frozenset[Operator]) -> list[Atom]:
    """The comparisons with a time that must hold and bound it on one side."""
    return [
        item for item in expressions if isinstance(item, Atom) and item.source in _TIMES and item.operator in operators
    ]


def _with_paths(policy: Policy) -> Iterator[tuple[str, Rule]]:
    lists = (("permission", policy.permission), ("prohibition", policy.prohibition), ("obligation", policy.obligation))
    for name, rules in lists:
        yield from ((f"{name}[{index}]", rule) for index, rule in enumerate(rules))


def _member(policy: Policy, iri: str) -> object:
    return next((value for name, value in policy.extensions.items() if expand(name) == iri), None)


def _references(value: object) -> list[str]:
    listed = value if isinstance(value, list | tuple) else [value]
    texts = [item.get("@id") if isinstance(item, Mapping) else item for item in listed]
    return [text for text in texts if isinstance(text, str)]
