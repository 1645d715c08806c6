"""The nine worked examples of the ODRL Formal Semantics, read into our policies, requests and facts.

The policies are the W3C's JSON-LD and go through our own reader. Requests, states and reports are not JSON-LD that
anything could read (their contexts use documents as namespaces), so each is translated here by its members. What is
read otherwise than it is written, because the examples contradict themselves:

- The party is ``billie`` in policy C1 and C2 and ``billie1`` in the requests, with a permit expected: one party.
- The currency is http://dbpedia.org/... in the policies and https://dbpedia.org/... in the states: one unit.
- The resolution is asked about by its unit (``Dots_per_inch``), its value stands under ``@id``: the amount, in that unit.
- Times have no zone: UTC, which our semantics is told.
- ``ex:dayOfWeek`` is declared nowhere: an operand of our own, from the time of the request.
- The report of C11 gives a duty an activation state that does not exist: not compared.

Source: W3C ODRL Community Group, formal-semantics/examples.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from suite_outcomes import Case

from renkei.policy import PRE, Fact, Facts, Performed, Policy, Request, Rule
from renkei.policy.operands import STANDARD
from renkei.policy.operands.declaration import CHOICE, Datatype, operand
from renkei.policy.terms import ODRL
from renkei.policy.w3c import read_w3c

DAY = "ex:dayOfWeek"
DOTS_PER_INCH = "http://dbpedia.org/resource/Dots_per_inch"
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SEMANTICS = replace(PRE, zone="Z")


@operand(DAY, datatype=Datatype.TEXT, operators=CHOICE, en="the day of the week", ja="曜日")
def day_of_week(request: Request, facts: Facts) -> Fact | None:
    return Fact(frozenset({DAYS[facts.now.weekday()]}), "clock")


REGISTRY = STANDARD.with_(day_of_week)


class FormalCase(Case):
    """A rule, duty or constraint is asked by its IRI, followed by a word where it has several states.

    A permission is active when its constraints are satisfied and its duties are fulfilled or inactive; it permits when
    it is about what is asked besides, in the manner its refinements say.
    """

    def answer(self, name: str) -> bool:
        iri, _, state = name.partition(" ")
        (path,) = self.places[iri]
        match state:
            case "active":
                conditions = (f"{path}.constraint[", f"{path}.duty[")
                return all(self.holds(part.path) for part in self.steps[path].parts if part.path.startswith(conditions))
            case "fulfilled":
                return self.holds(f"{path}.fulfilment")
            case _:
                return self.holds(path)


@cache
def cases(folder: Path) -> tuple[Case, ...]:
    """All of them, by name."""
    return tuple(
        case(path) for path in sorted(folder.glob("*/*/*/evaluationrequest*.json"), key=lambda path: path.stem)
    )


def case(path: Path) -> Case:
    """One example: the request at ``path`` with what lies beside and above it."""
    asked = json.loads(path.read_text("utf-8"))
    (policy_path,) = path.parent.parent.glob("policy*.json")
    (report_path,) = path.parent.glob("compliancereport*.json")
    policy = read_w3c(json.loads(policy_path.read_text("utf-8")))
    report = json.loads(report_path.read_text("utf-8"))
    now, parameters = _parameter(asked["requestParameters"])
    performed = tuple(_payment(json.loads(state.read_text("utf-8"))) for state in path.parent.glob("state*.json"))
    request = Request(
        party=re.sub(r"billie1$", "billie", asked.get("evaluatedParty", "")),
        target=asked["evaluatedTarget"],
        action=asked["evaluatedAction"].replace("odrl:", ODRL),
        parameters=parameters,
    )
    return FormalCase(
        name=path.stem.removeprefix("evaluationrequest"),
        test=asked["@id"],
        policy=policy,
        request=request,
        facts=Facts(now, performed=performed),
        semantics=SEMANTICS,
        registry=REGISTRY,
        places=dict(_places(policy)),
        rules=dict(_rule_states(report)),
        premises=dict(_premises(report)),
    )


def _parameter(written: Mapping[str, object]) -> tuple[datetime, dict[str, Fact]]:
    """The one parameter that each request has: the time, or the resolution."""
    feature, value = written["describesFeature"], written["value"]
    if feature == "sotw:CurrentXSDDateTime":
        return _instant(value["@value"]), {}
    assert feature == DOTS_PER_INCH
    return datetime(2026, 1, 1, tzinfo=UTC), {ODRL + "resolution": Fact(frozenset({value["@id"]}), unit=feature)}


def _payment(state: Mapping[str, object]) -> Performed:
    paid = state["context"]
    assert paid["@type"] == "pay:Payment"
    unit = paid["pay:currency"].replace("https:", "http:")
    return Performed(
        action=ODRL + "compensate",
        at=_instant(paid["pay:paymentDate"]["@value"]),
        party=paid["pay:payer"],
        facts={ODRL + "payAmount": Fact(frozenset({paid["pay:netAmount"]["@value"]}), "payment", unit=unit)},
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _places(policy: Policy) -> Iterator[tuple[str, tuple[str, ...]]]:
    for kind, rules in (("permission", policy.permission), ("prohibition", policy.prohibition)):
        for index, rule in enumerate(rules):
            yield from _below(rule, f"{kind}[{index}]")


def _below(rule: Rule, path: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield str(rule.extensions["@id"]), (path,)
    narrowing = rule.extensions.get(ODRL + "refinement", [])
    for index, refinement in enumerate(narrowing if isinstance(narrowing, list) else []):
        yield refinement["@id"], (f"{path}.refinement[{index}]",)
    for index, constraint in enumerate(rule.constraint):
        yield str(constraint.extensions["@id"]), (f"{path}.constraint[{index}]",)
    for index, duty in enumerate(rule.duty):
        yield from _below(duty, f"{path}.duty[{index}]")


def _reports(report: Mapping[str, object]) -> Iterator[Mapping[str, str]]:
    """The reports of its parts; they are members with names of their own."""
    yield from (part for name, part in report.items() if name.startswith("ex:") and isinstance(part, dict))


def _rule_states(report: Mapping[str, object]) -> Iterator[tuple[str, bool]]:
    for part in _reports(report):
        if part["@type"] == "report:ruleReport":
            rule = part["report:rule"]
            yield f"{rule} active", part["report:activationState"] == "report:Active"
            yield f"{rule} permits", part["report:controlState"] == "report:Permit"


def _premises(report: Mapping[str, object]) -> Iterator[tuple[str, bool]]:
    """Whether constraints and refinements are satisfied, and duties fulfilled. Some name a duty a constraint."""
    for part in _reports(report):
        name = part.get("report:constraint", part.get("report:condition", ""))
        if part["@type"] == "report:ConstraintReport":
            yield name, part["report:satisfactionState"] == "report:Satisfied"
        elif part["@type"] == "report:ConditionReport":
            yield f"{name} fulfilled", part["report:deonticState"] == "report:Fulfilled"
            if part["report:activationState"] in {"report:Active", "report:Inactive"}:
                yield f"{name} active", part["report:activationState"] == "report:Active"
