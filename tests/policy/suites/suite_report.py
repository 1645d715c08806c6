"""The report of both public ODRL suites in EARL: for every case whether all its rules came out as expected.

The same run gives the same bytes: no dates, no names of machines. Source: W3C Evaluation and Report Language 1.0.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rdflib import DCTERMS, RDF, BNode, Graph, Literal, Namespace, URIRef
from suite_outcomes import Case

EARL = Namespace("http://www.w3.org/ns/earl#")
DOAP = Namespace("http://usefulinc.com/ns/doap#")
RENKEI = Namespace("https://w3id.org/renkei/v1/")
ENGINE = RENKEI["policy-engine"]
REPORT = Path(__file__).resolve().parents[3] / "docs" / "conformance-odrl.ttl"
SOLIDLAB = URIRef("https://github.com/SolidLabResearch/ODRL-Test-Suite")
FORMAL_SEMANTICS = URIRef("https://w3c.github.io/odrl/formal-semantics/")
HEAD = "# Written by `make conformance` from a run of both suites; a test holds that it still is what a run gives.\n"


def turtle(solidlab: Iterable[Case], formal: Iterable[Case]) -> str:
    """The report as a document."""
    graph = Graph()
    graph.bind("earl", EARL)
    graph.bind("doap", DOAP)
    graph.add((ENGINE, RDF.type, EARL.TestSubject))
    graph.add((ENGINE, RDF.type, EARL.Software))
    graph.add((ENGINE, RDF.type, DOAP.Project))
    graph.add((ENGINE, DOAP.name, Literal("Renkei")))
    for suite, cases in ((SOLIDLAB, solidlab), (FORMAL_SEMANTICS, formal)):
        for case in cases:
            _assert(graph, suite, case)
    return HEAD + graph.serialize(format="turtle")


def _assert(graph: Graph, suite: URIRef, case: Case) -> None:
    assertion, result, test = RENKEI[f"conformance/odrl/{case.name}"], BNode(), URIRef(case.test)
    outcome = EARL.passed if case.agrees else EARL.failed
    for name, value in (
        (RDF.type, EARL.Assertion),
        (EARL.assertedBy, ENGINE),
        (EARL.subject, ENGINE),
        (EARL.test, test),
        (EARL.mode, EARL.automatic),
        (EARL.result, result),
    ):
        graph.add((assertion, name, value))
    graph.add((result, RDF.type, EARL.TestResult))
    graph.add((result, EARL.outcome, outcome))
    graph.add((result, EARL.info, Literal(f"semantics {case.semantics.label}")))
    graph.add((test, RDF.type, EARL.TestCase))
    graph.add((test, DCTERMS.identifier, Literal(case.name)))
    graph.add((test, DCTERMS.isPartOf, suite))
