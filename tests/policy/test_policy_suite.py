"""SolidLab's ODRL test suite (68 cases), an oracle that was not made by us: the part our shape of policies can say."""

from __future__ import annotations

from datetime import datetime

import pytest
from policy_strategies import ODRL, ask, atom, rule

from renkei.policy import Facts, Truth, evaluate, read_set

rdflib = pytest.importorskip("rdflib")

TERM = rdflib.Namespace(ODRL)
EX = rdflib.Namespace("http://example.org/")
REPORT = rdflib.Namespace("https://w3id.org/force/compliance-report#")
ISSUED = rdflib.URIRef("http://purl.org/dc/terms/issued")


def graphs(folder):
    """Each file's graph under each of its subjects: files use the same constraint IRI for different constraints."""
    found = {}
    for path in sorted(folder.glob("*.ttl")):
        graph = rdflib.Graph().parse(path)
        found |= dict.fromkeys(graph.subjects(), graph)
    return found


def constraint(graph, node):
    for name in ("and", "or"):
        operands = list(graph.objects(node, TERM[name]))
        if operands:
            return {name: [constraint(graph, item) for item in operands]}
    operator = str(graph.value(node, TERM.operator)).removeprefix(ODRL)
    return atom(str(graph.value(node, TERM.leftOperand)), operator, str(graph.value(node, TERM.rightOperand)))


def as_rule(graph, node):
    values = {name: graph.value(node, TERM[name]) for name in ("action", "target", "assignee")}
    members = {name: str(value) for name, value in values.items() if value}
    return rule(*(constraint(graph, item) for item in graph.objects(node, TERM.constraint)), **members)


def test_every_case_without_collections_and_duties_agrees(shared):
    """Rules without an action are not ours to read."""
    folder = shared / "data/suite-odrl-solidlab"
    policies, requests, worlds = (graphs(folder / name) for name in ("policies", "requests", "sotw"))
    cases = {case: graph for case, graph in graphs(folder / "test_cases").items() if graph.value(case, EX.policy)}
    agreed = elsewhere = 0
    for case, report in cases.items():
        policy, request, state = (report.value(case, EX[name]) for name in ("policy", "request", "sotw"))
        graph = policies[policy]
        listed = [(kind, node) for kind in ("permission", "prohibition") for node in graph.objects(policy, TERM[kind])]
        ((kind, node),) = listed
        parts = f"{graph.value(node, TERM.target)} {graph.value(node, TERM.assignee)}"
        if graph.value(node, TERM.duty) or not graph.value(node, TERM.action) or "Collection" in parts:
            elsewhere += 1
            continue
        wanted = requests[request].value(request, TERM.permission)
        party, target, action = (
            str(requests[request].value(wanted, TERM[name])) for name in ("assignee", "target", "action")
        )
        now = datetime.fromisoformat(str(next(worlds[state].objects(None, ISSUED))))
        document = {"@id": str(policy), "@type": "Set", kind: [as_rule(graph, node)]}
        decision = evaluate(read_set(document), ask(party=party, target=target, action=action), Facts(now))
        (verdict,) = [item.verdict for item in decision.reasons if item.path == f"{kind}[0]"]
        expected = report.value(report.value(case, EX.expectedReport), REPORT.ruleReport)
        agreed += 1
        assert (verdict is Truth.TRUE) is (report.value(expected, REPORT.activationState) == REPORT.Active), case
    assert (agreed, elsewhere) == (47, 21)
