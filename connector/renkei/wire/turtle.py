"""A catalog as RDF in Turtle: as the protocol's JSON-LD context reads it, or enriched to what DCAT-AP 3 demands.

The triples are those of JSON-LD but for two terms that the context reads as no catalog reader could use: a
distribution's ``accessService`` given by its id is a resource, not a text; a ``format`` (a bare word, which JSON-LD
would resolve against wherever the document was found) is a resource of ours with the word as its label.

The profile ``dcat-ap-3`` adds what the mandatory properties lack, from the publisher's imprint or, at last, from ids:
titles, descriptions, publisher, ``dcat:accessURL``; gives every resource the class its property's range names; and
makes ``endpointURL`` a resource.

Errors: LocalError ``wire-unsendable`` for an unknown profile. Sources: DSP 2025-1 context/dspace.jsonld and
odrl.jsonld; DCAT 3; DCAT-AP 3.0.1 (mandatory properties and ranges).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from renkei.policy.model import RENKEI
from renkei.policy.terms import CONTEXT as ODRL_TERMS
from renkei.policy.terms import ODRL, PREFIXES, expand
from renkei.protocol.catalog import Catalog
from renkei.protocol.messages import MessageKind
from renkei.wire.problems import UNSENDABLE
from renkei.wire.table import DCAT, DCT, MESSAGES, PARTS, Coercion, Field, Part, Parts, Shape, Terms
from renkei.wire.writer import write

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

DCAT_AP_3: Final = "dcat-ap-3"
PROFILES: Final = frozenset({"", DCAT_AP_3})
FORMATS: Final = RENKEI + "format/"
_FOAF: Final = "http://xmlns.com/foaf/0.1/"
_SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
_RDF_TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_LABEL: Final = "http://www.w3.org/2000/01/rdf-schema#label"
_RESOURCE: Final = "http://www.w3.org/2000/01/rdf-schema#Resource"
_CONCEPT: Final = _SKOS + "Concept"
_AGENT: Final = _FOAF + "Agent"
_NAMESPACES: Final = {**PREFIXES, "foaf": _FOAF, "skos": _SKOS, "renkei": RENKEI}
# Words of the profile whose strings are ids or terms of the vocabulary; all others are plain texts.
_ODRL_IDS: Final = frozenset({"profile", "target", "assigner", "assignee"})
_ODRL_WORDS: Final = frozenset({"action", "operator", "leftOperand"})
# DCAT-AP 3.0.1: what the value of a property must be.
_RANGES: Final[Mapping[str, str]] = {
    DCT + "type": _CONCEPT,
    DCAT + "theme": _CONCEPT,
    DCT + "publisher": _AGENT,
    DCT + "creator": _AGENT,
    DCT + "conformsTo": DCT + "Standard",
    DCT + "license": DCT + "LicenseDocument",
    DCT + "rights": DCT + "RightsStatement",
    DCT + "accessRights": DCT + "RightsStatement",
    DCT + "language": DCT + "LinguisticSystem",
    DCT + "spatial": DCT + "Location",
    DCT + "temporal": DCT + "PeriodOfTime",
    DCT + "provenance": DCT + "ProvenanceStatement",
    DCT + "accrualPeriodicity": DCT + "Frequency",
    DCT + "format": DCT + "MediaTypeOrExtent",
    DCAT + "mediaType": DCT + "MediaType",
    DCAT + "landingPage": _FOAF + "Document",
    DCAT + "endpointURL": _RESOURCE,
    DCAT + "endpointDescription": _RESOURCE,
    ODRL + "hasPolicy": ODRL + "Policy",
}
# Classes that must say what people call them.
_NAMED: Final[Mapping[str, str]] = {_CONCEPT: _SKOS + "prefLabel", _AGENT: _FOAF + "name"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Who publishes a catalog, in words for people; what is empty is taken from ids."""

    name: str = ""
    title: str = ""
    description: str = ""


def catalog_turtle(catalog: Catalog, *, profile: str = "", publisher: Publisher | None = None) -> str:
    """The whole catalog as a Turtle document."""
    if profile not in PROFILES:
        known = ", ".join(sorted(PROFILES - {""}))
        raise UNSENDABLE(kind="Turtle", cause=f"the profile {profile} is not known, only {known}")
    drawing = _Drawing()
    root = drawing.node(MESSAGES[MessageKind.CATALOG], write(MESSAGES[MessageKind.CATALOG], catalog))
    if profile:
        _Enriching(drawing, catalog, publisher or Publisher()).enrich(root)
    return str(drawing.graph.serialize(format="turtle"))


class _Drawing:
    """The graph in the making."""

    def __init__(self) -> None:
        from rdflib import Graph

        self.graph: Graph = Graph()
        for prefix, namespace in _NAMESPACES.items():
            self.graph.bind(prefix, namespace, override=True)

    # --- terms -----------------------------------------------------------------------------------

    def resource(self, text: object) -> Node:
        """An absolute IRI as such; any other id as a node of its own that tells it."""
        from rdflib import BNode, Literal, URIRef

        iri = expand(text) if isinstance(text, str) else None
        if iri is not None:
            return URIRef(iri)
        node = BNode()
        if text is not None:
            self.graph.add((node, URIRef(DCT + "identifier"), Literal(str(text))))
        return node

    def literal(self, value: object, kind: str | None = None, language: str | None = None) -> Node:
        from rdflib import Literal, URIRef

        shown = value if isinstance(value, bool | int | Decimal | str) else str(value)
        datatype = None if kind is None or language else URIRef(kind)
        return Literal(shown, datatype=datatype, lang=language, normalize=False)

    def add(self, subject: Node, predicate: str, value: Node) -> None:
        from rdflib import URIRef

        self.graph.add((subject, URIRef(predicate), value))

    def values(self, subject: Node, predicate: str) -> list[Node]:
        from rdflib import URIRef

        return list(self.graph.objects(subject, URIRef(predicate)))

    # --- objects of the table --------------------------------------------------------------------

    def node(self, shape: Shape, document: Mapping[str, object]) -> Node:
        """One object of the message table, with all below it."""
        subject = self.resource(document.get("@id"))
        self.add(subject, _RDF_TYPE, self.resource(shape.iri))
        rows = {row.name: row for row in shape.fields}
        for name, value in document.items():
            if name.startswith("@"):
                continue
            row = rows.get(name)
            if row is None:
                self.described(subject, expand(name) or shape.described[name], value)
            else:
                for item in value if isinstance(value, list) else [value]:
                    self.add(subject, row.iri, self._of_row(row, item))
        return subject

    def _of_row(self, row: Field, value: object) -> Node:
        if isinstance(value, dict):
            if isinstance(row.form, Terms):
                return self.policy(value)
            assert isinstance(row.form, Part | Parts)
            return self.node(PARTS[row.form.word], value)
        if row.coercion is Coercion.VOCAB:
            node = self.resource(FORMATS + quote(str(value), safe=""))
            self.add(node, _LABEL, self.literal(value))
            return node
        referring = row.coercion is Coercion.ID or isinstance(row.form, Part)
        return self.resource(value) if referring else self.literal(value)

    # --- what stands under IRIs of its own -------------------------------------------------------

    def described(self, subject: Node, predicate: str, value: object) -> None:
        """A member of the description: a text, a JSON-LD value or node, or several of them."""
        for item in value if isinstance(value, list) else [value]:
            if item is not None:
                self.add(subject, predicate, self._of_description(item))

    def _of_description(self, value: object) -> Node:
        if not isinstance(value, dict):
            return self.literal(value)
        if "@value" in value:
            kind, language = value.get("@type"), value.get("@language")
            return self.literal(
                value["@value"],
                expand(kind) if isinstance(kind, str) else None,
                language if isinstance(language, str) else None,
            )
        subject = self.resource(value.get("@id"))
        for kind in _listed(value.get("@type", [])):
            self.add(subject, _RDF_TYPE, self.resource(kind))
        for name, item in value.items():
            predicate = expand(name)
            if predicate is not None:
                self.described(subject, predicate, item)
        return subject

    # --- policies --------------------------------------------------------------------------------

    def policy(self, document: Mapping[str, object]) -> Node:
        """A policy, a rule or a constraint: their members are terms of one vocabulary."""
        subject = self.resource(document.get("@id"))
        for kind in _listed(document.get("@type", [])):
            self.add(subject, _RDF_TYPE, self.resource(ODRL_TERMS.get(str(kind), kind)))
        for name, value in document.items():
            term = ODRL_TERMS.get(name)
            if term is None and not name.startswith("@"):
                self.described(subject, expand(name) or ODRL + name, value)
            elif term is not None:
                for item in _listed(value):
                    self.add(subject, term, self._of_policy(name, item))
        return subject

    def _of_policy(self, name: str, value: object) -> Node:
        if isinstance(value, dict):
            return self._of_description(value) if name == "rightOperand" else self.policy(value)
        if name in _ODRL_WORDS:
            return self.resource(ODRL_TERMS.get(str(value), value))
        return self.resource(value) if name in _ODRL_IDS else self.literal(value)


class _Enriching:
    """What DCAT-AP asks for beyond DCAT."""

    def __init__(self, drawing: _Drawing, catalog: Catalog, publisher: Publisher) -> None:
        self._drawing = drawing
        self._catalog = catalog
        self._publisher = publisher

    def enrich(self, root: Node) -> None:
        """Add it all, then give each value the class of its range."""
        drawing, said, catalog = self._drawing, self._publisher, self._catalog
        who = catalog.participant_id or catalog.id
        name = said.name or who
        title = self._said(root, said.title or f"Data offered by {name}", said.description or f"Data offered by {name}")
        agent = drawing.resource(who)
        self._lacking(root, DCT + "publisher", agent)
        self._lacking(agent, _FOAF + "name", drawing.literal(name))
        for service in self._of_class(DCAT + "DataService"):
            self._said(service, f"Dataspace Protocol endpoints of {name}", "")
            for endpoint in drawing.values(service, DCAT + "endpointURL"):
                drawing.graph.remove((service, None, endpoint))
                drawing.add(service, DCAT + "endpointURL", drawing.resource(str(endpoint)))
        for dataset in self._of_class(DCAT + "Dataset"):
            own = self._said(dataset, f"{dataset}", "")
            self._said(dataset, own, f"{own} ({title})")
            self._lacking(dataset, DCT + "publisher", agent)
        for distribution in self._of_class(DCAT + "Distribution"):
            for service in drawing.values(distribution, DCAT + "accessService"):
                for endpoint in drawing.values(service, DCAT + "endpointURL"):
                    drawing.add(distribution, DCAT + "accessURL", endpoint)
                    drawing.add(endpoint, _RDF_TYPE, drawing.resource(_RESOURCE))
        for predicate, kind in _RANGES.items():
            self._give_class(predicate, kind)

    def _of_class(self, kind: str) -> list[Node]:
        drawing = self._drawing
        return list(drawing.graph.subjects(drawing.resource(_RDF_TYPE), drawing.resource(kind)))

    def _said(self, subject: Node, title: str, description: str) -> str:
        """Title and description, where there are none; the title that stands."""
        drawing = self._drawing
        self._lacking(subject, DCT + "title", drawing.literal(title))
        if description:
            self._lacking(subject, DCT + "description", drawing.literal(description))
        return str(drawing.values(subject, DCT + "title")[0])

    def _lacking(self, subject: Node, predicate: str, value: Node) -> None:
        if not self._drawing.values(subject, predicate):
            self._drawing.add(subject, predicate, value)

    def _give_class(self, predicate: str, kind: str) -> None:
        from rdflib import Literal

        drawing = self._drawing
        for subject, value in list(self._uses(predicate)):
            node = value
            if isinstance(value, Literal):
                # A text where a resource is due: the resource is one that has this text for its name.
                node = drawing.resource(None)
                drawing.graph.remove((subject, drawing.resource(predicate), value))
                drawing.add(subject, predicate, node)
                drawing.add(node, _LABEL, value)
            drawing.add(node, _RDF_TYPE, drawing.resource(kind))
            if kind in _NAMED:
                self._lacking(node, _NAMED[kind], drawing.literal(str(value)))

    def _uses(self, predicate: str) -> Iterator[tuple[Node, Node]]:
        for subject, _, value in self._drawing.graph.triples((None, self._drawing.resource(predicate), None)):
            yield subject, value


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]
