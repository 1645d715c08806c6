"""A catalog as Turtle: the triples of its JSON-LD, and with the profile what the shapes of DCAT-AP 3 accept."""

from __future__ import annotations

import json
from decimal import Decimal

import pyshacl
import pytest
from pyld import jsonld
from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic, to_isomorphic
from rdflib.namespace import DCTERMS, FOAF, RDF, SKOS, XSD

from renkei.kernel.problems import LocalError
from renkei.policy.read import read_offer
from renkei.protocol.catalog import Catalog, DataService, Dataset, Distribution
from renkei.protocol.messages import CatalogMessage
from renkei.wire.catalog_page import catalog_page, dataset_message, render_dataset
from renkei.wire.codec import decode, encode, encode_object
from renkei.wire.turtle import DCAT_AP_3, Publisher, catalog_turtle

DCAT = Namespace("http://www.w3.org/ns/dcat#")
ODRL = Namespace("http://www.w3.org/ns/odrl/2/")
SH = Namespace("http://www.w3.org/ns/shacl#")
CX = "https://w3id.org/catenax/2025/9/policy/"
US, SERVICE = "did:web:maker.example", "did:web:maker.example#connector"
FORMAT = URIRef("https://w3id.org/renkei/v1/format/HttpData-PULL")
TERMS = {
    "@id": "urn:example:offer",
    "@type": "Offer",
    "assigner": US,
    "profile": CX,
    "permission": [
        {
            "action": "use",
            "constraint": [
                {
                    "and": [
                        {"leftOperand": f"{CX}Membership", "operator": "eq", "rightOperand": "active"},
                        {"leftOperand": f"{CX}UsagePurpose", "operator": "isAnyOf", "rightOperand": ["a", "b"]},
                        {
                            "leftOperand": "https://example.org/until",
                            "operator": "lt",
                            "rightOperand": {"@value": "2030-01-01T00:00:00Z", "@type": "xsd:dateTime"},
                        },
                    ]
                }
            ],
            "duty": [{"action": "https://example.org/tell"}],
        }
    ],
    "prohibition": [{"action": "https://example.org/sell", "https://example.org/note": "none"}],
}
RICH = {
    "http://purl.org/dc/terms/type": {"@id": "https://w3id.org/catenax/taxonomy#PcfExchange"},
    "https://w3id.org/catenax/ontology/common#version": "1.0",
    "dct:title": {"@value": "Zelle", "@language": "de"},
    "dct:description": "A cell.",
    "dcat:keyword": ["cell", "footprint"],
    "dct:issued": {"@value": "2026-11-22", "@type": "xsd:date"},
    "dct:publisher": {"@id": "https://example.org/maker", "@type": "https://example.org/Company", "dct:title": "Maker"},
    "https://example.org/count": 7,
    "https://example.org/real": True,
    "dct:conformsTo": {"@id": "urn:samm:io.catenax.pcf:9.0.0#Pcf"},
}
BARE = {name: RICH[name] for name in list(RICH)[:2]}


def dataset(number, description, **how):
    services = {"access_service": SERVICE, **how}
    offer = read_offer({**TERMS, "@id": f"urn:example:offer:{number}"}, in_catalog=True)
    return Dataset(
        id=f"urn:example:{number}",
        offers=(offer,),
        distributions=(Distribution(format="HttpData-PULL", **services),),
        extensions=description,
    )


def catalog(*datasets, **how):
    service = DataService(id=SERVICE, endpoint_url="https://maker.example/dsp/2025-1")
    return Catalog(**{"id": f"{US}#catalog", "participant_id": US, "services": (service,), "datasets": datasets, **how})


def graph_of(turtle):
    return Graph().parse(data=turtle, format="turtle")


def by_json_ld(shared, document):
    folder = shared / "data/spec-dsp-2025-1/context"
    files = {"context.jsonld": "dspace.jsonld", "odrl-profile.jsonld": "odrl.jsonld"}

    def load(url, _options):
        text = (folder / files[url.rsplit("/", 1)[1]]).read_text()
        return {
            "contextUrl": None,
            "documentUrl": url,
            "contentType": "application/ld+json",
            "document": json.loads(text),
        }

    options = {"documentLoader": load, "base": "https://base.example/", "format": "application/n-quads"}
    return Graph().parse(data=jsonld.to_rdf(document, options), format="nt")


def as_resources(graph):
    """JSON-LD's triples with the two terms that we read otherwise (see ``wire.turtle``)."""
    for subject, value in list(graph.subject_objects(DCTERMS.format)):
        graph.remove((subject, DCTERMS.format, value))
        graph.add((subject, DCTERMS.format, FORMAT))
        graph.add((FORMAT, URIRef("http://www.w3.org/2000/01/rdf-schema#label"), Literal("HttpData-PULL")))
    for subject, value in list(graph.subject_objects(DCAT.accessService)):
        if isinstance(value, Literal):
            graph.remove((subject, DCAT.accessService, value))
            graph.add((subject, DCAT.accessService, URIRef(value)))
    return graph


@pytest.mark.parametrize(
    "shown",
    [
        catalog(),
        catalog(dataset(1, RICH)),
        catalog(dataset(1, RICH), dataset(2, BARE)),
        catalog(dataset(1, BARE, access_service=DataService(id=SERVICE, endpoint_url="https://maker.example/dsp"))),
        catalog(catalogs=(catalog(dataset(3, RICH), id="urn:example:nested", participant_id=None),)),
    ],
)
def test_the_triples_are_those_of_the_json_ld(shared, shown) -> None:
    ours = graph_of(catalog_turtle(shown))
    theirs = as_resources(by_json_ld(shared, encode_object(CatalogMessage(catalog=shown))))
    assert isomorphic(ours, theirs), set(to_isomorphic(ours)) ^ set(to_isomorphic(theirs))


@pytest.fixture(scope="module")
def shapes(shared):
    """Both files in one graph, since ``ranges.ttl`` leans on the other.

    As published they name five property shapes that neither defines (two of DatasetShape, two of DistributionShape, one
    of RelationshipShape), and pyshacl refuses them as not well-formed: these references, which say nothing, are dropped.
    """
    graph = Graph()
    for file in ("dcat-ap-SHACL.ttl", "ranges.ttl"):
        graph.parse(shared / "data/dcat-ap-3" / file)
    undefined = [triple for triple in graph.triples((None, SH.property, None)) if (triple[2], None, None) not in graph]
    assert len({shape for _, _, shape in undefined}) == 5
    for triple in undefined:
        graph.remove(triple)
    return graph


def violations(shapes, turtle):
    conforms, _, text = pyshacl.validate(graph_of(turtle), shacl_graph=shapes)
    return "" if conforms else text


PUBLISHER = Publisher(name="Maker Ltd", title="Batteries", description="What we know of our batteries.")


@pytest.mark.parametrize("publisher", [None, PUBLISHER])
@pytest.mark.parametrize(
    "shown",
    [
        catalog(),
        catalog(dataset(1, BARE)),
        catalog(dataset(1, RICH), dataset(2, BARE)),
        catalog(dataset(1, {**BARE, "dct:type": "a text", "dct:conformsTo": "a text too"})),
        catalog(dataset(1, BARE), extensions={"dct:title": "Ours", "dct:description": "All of it."}),
    ],
)
def test_the_profile_meets_the_shapes(shapes, shown, publisher) -> None:
    assert violations(shapes, catalog_turtle(shown, profile=DCAT_AP_3, publisher=publisher)) == ""


def test_without_the_profile_a_catalog_does_not_meet_the_shapes(shapes) -> None:
    assert "dc1:title" in violations(shapes, catalog_turtle(catalog(dataset(1, BARE))))


def test_the_profile_says_who_publishes_and_changes_no_title() -> None:
    shown = catalog(dataset(1, RICH), dataset(2, BARE))
    graph = graph_of(catalog_turtle(shown, profile=DCAT_AP_3, publisher=PUBLISHER))
    root, one, two = URIRef(f"{US}#catalog"), URIRef("urn:example:1"), URIRef("urn:example:2")
    assert graph.value(root, DCTERMS.title) == Literal("Batteries")
    assert graph.value(root, DCTERMS.description) == Literal("What we know of our batteries.")
    assert graph.value(graph.value(root, DCTERMS.publisher), FOAF.name) == Literal("Maker Ltd")
    assert list(graph.objects(one, DCTERMS.title)) == [Literal("Zelle", lang="de")]
    assert graph.value(one, DCTERMS.publisher) == URIRef("https://example.org/maker")
    assert graph.value(two, DCTERMS.publisher) == URIRef(US)
    assert graph.value(two, DCTERMS.description) == Literal("urn:example:2 (Batteries)")
    (concept,) = set(graph.objects(None, DCTERMS.type))
    assert (concept, RDF.type, SKOS.Concept) in graph
    distribution = graph.value(two, DCAT.distribution)
    assert graph.value(distribution, DCAT.accessURL) == URIRef("https://maker.example/dsp/2025-1")
    assert (URIRef("urn:example:offer:1"), RDF.type, ODRL.Policy) in graph


def test_every_kind_of_value_is_kept() -> None:
    odd = {
        "https://example.org/d": Decimal("1.50"),
        "https://example.org/no": None,
        "https://example.org/v": {"@value": 7},
        "https://example.org/n": {"@type": "https://example.org/T", "dct:title": "x", "bare": "left"},
        "https://example.org/i": {"@id": "no iri"},
    }
    graph = graph_of(catalog_turtle(catalog(dataset("odd id", odd))))
    (subject,) = graph.subjects(RDF.type, DCAT.Dataset)
    example = Namespace("https://example.org/")
    assert graph.value(subject, DCTERMS.identifier) == Literal("urn:example:odd id")
    assert graph.value(subject, example.d) == Literal("1.50", datatype=XSD.decimal)
    assert graph.value(subject, example.no) is None
    assert graph.value(subject, example.v) == Literal(7)
    assert graph.value(graph.value(subject, example.n), DCTERMS.title) == Literal("x")
    assert graph.value(graph.value(subject, example.i), DCTERMS.identifier) == Literal("no iri")


def test_an_unknown_profile_is_refused() -> None:
    with pytest.raises(LocalError, match="wire-unsendable"):
        catalog_turtle(catalog(), profile="dcat-ap-9")


# --- pages from rendered datasets ----------------------------------------------------------------


@pytest.mark.parametrize("datasets", [(), (dataset(1, RICH),), (dataset(1, RICH), dataset(2, BARE))])
def test_a_page_of_rendered_datasets_is_the_catalog(datasets) -> None:
    page = catalog_page(catalog(), [render_dataset(item) for item in datasets])
    assert decode(page) == CatalogMessage(catalog=catalog(*datasets))
    assert json.loads(page) == json.loads(encode(CatalogMessage(catalog=catalog(*datasets))))


def test_a_rendered_dataset_is_its_message() -> None:
    message = dataset_message(render_dataset(dataset(1, RICH)))
    assert decode(message).dataset == dataset(1, RICH)
