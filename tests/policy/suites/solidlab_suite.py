"""SolidLab's ODRL test suite (68 cases in Turtle), read into our policies, requests and facts.

How it is read:

- A rule without an action is about any: one of ours for each of the two top actions, active if one of them is.
- What is ``partOf`` a collection in the state of the world belongs to it; the rule names the collection itself.
- A duty's state is what its report in the state of the world says.
- Files use the same IRI for different constraints, so each is read on its own.

Source: SolidLabResearch/ODRL-Test-Suite (MIT). Its reports call active what we call true.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

import rdflib
from rdflib import DCTERMS, RDF, Graph, Namespace, URIRef
from suite_outcomes import Case

from renkei.policy import EVENTUAL, DutyState, Facts, Request, read_set
from renkei.policy.operands import STANDARD
from renkei.policy.terms import ODRL

TERM = Namespace(ODRL)
EX = Namespace("http://example.org/")
REPORT = Namespace("https://w3id.org/force/compliance-report#")
TOP_ACTIONS = (ODRL + "use", ODRL + "transfer")
STATES = {"Fulfilled": DutyState.FULFILLED, "Violated": DutyState.VIOLATED, "NonSet": DutyState.NOT_SET}
PREMISES = {"TargetReport": "target", "PartyReport": "assignee", "ActionReport": "action"}


class SolidLabCase(Case):
    """A rule or constraint is asked by its IRI, what a rule is about by its IRI and a word."""

    def answer(self, name: str) -> bool:
        iri, _, about = name.partition(" ")
        if not about:
            return any(self.holds(path) for path in self.places[iri])
        # What a rule does not name it leaves open: that premise is satisfied.
        named = [path for path in (f"{rule}.{about}" for rule in self.places[iri]) if path in self.steps]
        return not named or any(self.holds(path) for path in named)


@cache
def cases(folder: Path) -> tuple[Case, ...]:
    """All of them, by name."""
    policies, requests, worlds = (graphs(folder / name) for name in ("policies", "requests", "sotw"))
    return tuple(
        case(path.stem, rdflib.Graph().parse(path), policies, requests, worlds)
        for path in sorted((folder / "test_cases").glob("*.ttl"))
    )


def graphs(folder: Path) -> dict[URIRef, Graph]:
    """Each file's graph under each of its subjects."""
    found: dict[URIRef, Graph] = {}
    for path in sorted(folder.glob("*.ttl")):
        graph = rdflib.Graph().parse(path)
        found |= dict.fromkeys(graph.subjects(), graph)
    return found


def case(name: str, report: Graph, policies: dict, requests: dict, worlds: dict) -> Case:
    """One test case with all it names."""
    test = next(node for node in report.subjects(EX.policy) if report.value(node, EX.sotw))
    policy, request, state = (report.value(test, EX[term]) for term in ("policy", "request", "sotw"))
    read = _PolicyReading(policies[policy])
    rules = list(report.objects(report.value(test, EX.expectedReport), REPORT.ruleReport))
    expected = {str(report.value(node, REPORT.rule)): _is(report, node, "activationState", "Active") for node in rules}
    return SolidLabCase(
        name=name.partition("-")[2][:3],
        test=str(test),
        policy=read_set(read.policy(policy)),
        request=_request(requests[request], request),
        facts=_facts(worlds[state]),
        semantics=EVENTUAL,
        registry=STANDARD,
        places={iri: tuple(paths) for iri, paths in read.places.items()},
        rules=expected,
        premises={premise: holds for node in rules for premise, holds in _premises(report, node)},
    )


@dataclass
class _PolicyReading:
    """Turtle → our JSON; ``places`` collects where each rule and constraint went."""

    graph: Graph
    places: dict[str, list[str]] = field(default_factory=dict)

    def policy(self, node: URIRef) -> dict[str, object]:
        document: dict[str, object] = {"@id": str(node), "@type": "Set"}
        for kind in ("permission", "prohibition"):
            rules: list[dict[str, object]] = []
            for rule in self.graph.objects(node, TERM[kind]):
                rules += self.rules(rule, kind, len(rules))
            document |= {kind: rules} if rules else {}
        return document

    def rules(self, node: URIRef, kind: str, first: int) -> list[dict[str, object]]:
        written = self.graph.value(node, TERM.action)
        actions = [str(written)] if written else TOP_ACTIONS
        return [self.rule(node, action, f"{kind}[{first + index}]") for index, action in enumerate(actions)]

    def rule(self, node: URIRef, action: str, path: str) -> dict[str, object]:
        self.places.setdefault(str(node), []).append(path)
        rule: dict[str, object] = {"@id": str(node), "action": action}
        for name in ("target", "assignee"):
            value = self.graph.value(node, TERM[name])
            rule |= {name: str(value)} if value else {}
        constraints = self.constraints(node, TERM.constraint, f"{path}.constraint")
        rule |= {"constraint": constraints} if constraints else {}
        duties = [
            self.rule(duty, str(self.graph.value(duty, TERM.action)), f"{path}.duty[{index}]")
            for index, duty in enumerate(self.graph.objects(node, TERM.duty))
        ]
        return rule | ({"duty": duties} if duties else {})

    def constraints(self, node: URIRef, term: URIRef, path: str) -> list[dict[str, object]]:
        return [self.constraint(item, f"{path}[{index}]") for index, item in enumerate(self.graph.objects(node, term))]

    def constraint(self, node: URIRef, path: str) -> dict[str, object]:
        self.places.setdefault(str(node), []).append(path)
        for name in ("and", "or"):
            operands = self.constraints(node, TERM[name], f"{path}.{name}")
            if operands:
                return {name: operands}
        value = self.graph.value(node, TERM.rightOperand)
        return {
            "leftOperand": str(self.graph.value(node, TERM.leftOperand)),
            "operator": str(self.graph.value(node, TERM.operator)).removeprefix(ODRL),
            "rightOperand": {"@value": str(value), "@type": str(value.datatype)},
        }


def _request(graph: Graph, node: URIRef) -> Request:
    wanted = graph.value(node, TERM.permission)
    party, target, action = (str(graph.value(wanted, TERM[name])) for name in ("assignee", "target", "action"))
    return Request(party, target, action)


def _facts(graph: Graph) -> Facts:
    (now,) = graph.objects(None, DCTERMS.issued)
    part_of: dict[str, frozenset[str]] = {}
    for part, whole in graph.subject_objects(TERM.partOf):
        part_of[str(part)] = part_of.get(str(part), frozenset()) | {str(whole)}
    duties = {
        str(graph.value(node, REPORT.rule)): STATES[str(graph.value(node, REPORT.deonticState)).removeprefix(REPORT)]
        for node in graph.subjects(RDF.type, REPORT.DutyReport)
    }
    return Facts(datetime.fromisoformat(str(now)), part_of=part_of, duties=duties)


def _premises(report: Graph, rule: URIRef) -> Iterator[tuple[str, bool]]:
    """The premises that are described; some reports name one that is not."""
    name = str(report.value(rule, REPORT.rule))
    for node in report.objects(rule, REPORT.premiseReport):
        kind = PREMISES.get(str(report.value(node, RDF.type)).removeprefix(REPORT))
        if kind:
            yield f"{name} {kind}", _is(report, node, "satisfactionState", "Satisfied")
        elif report.value(node, REPORT.constraint):
            yield str(report.value(node, REPORT.constraint)), _is(report, node, "satisfactionState", "Satisfied")


def _is(graph: Graph, node: URIRef, term: str, state: str) -> bool:
    return graph.value(node, REPORT[term]) == REPORT[state]
