"""Contract definitions, and the catalog as documents, over the management API."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from management_site import TERMS, segment
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS, RDF

from renkei.trust.verification import verify_bundle

SEEING = {"permission": [{"action": "use", "assignee": "did:web:else.example"}]}


async def turtle(site, **query):
    asked = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
    status, headers, raw = await site.raw("GET", f"/v1/catalog.ttl?{asked}")
    assert (status, headers["content-type"].partition(";")[0]) == (200, "text/turtle"), raw
    return Graph().parse(data=raw.decode(), format="turtle")


def titles(graph):
    return {
        str(title)
        for dataset in graph.subjects(RDF.type, DCAT.Dataset)
        for title in graph.objects(dataset, DCTERMS.title)
    }


async def test_a_definition_tells_who_sees_what_under_which_terms(maker, buyer) -> None:
    status, made = await maker.call(
        "PUT", "/contract-definitions/partners", {"visible_to": [buyer.did], "policy": TERMS}
    )
    assert (status, made["id"]) == (200, "partners")
    asset = await maker.publish("cell", title="Cell", definition="partners", policy=None)
    assert (asset["definition"], asset["visible_to"]) == ("partners", [])
    assert asset["offer"]["permission"] == TERMS["permission"]
    shown = await buyer.post("/catalog", {"partner": "maker"})
    assert "Cell" in {dataset["title"] for dataset in shown["items"]}
    status, _ = await maker.call("PUT", "/contract-definitions/partners", {"access": SEEING, "policy": TERMS})
    assert status == 200
    shown = await buyer.post("/catalog", {"partner": "maker"})
    assert "Cell" not in {dataset["title"] for dataset in shown["items"]}
    assert [item["id"] for item in (await maker.get("/contract-definitions"))["items"]] == ["partners"]
    assert (await maker.get("/contract-definitions/partners"))["access"]["permission"] == SEEING["permission"]


async def test_an_audience_is_named_by_its_content(maker, buyer) -> None:
    for name, audience in (("a", [buyer.did]), ("again", [buyer.did]), ("b", [maker.did])):
        status, _ = await maker.call("PUT", f"/contract-definitions/{name}", {"visible_to": audience})
        assert status == 200
    first, again, other = [
        (await maker.get(f"/contract-definitions/{name}"))["access"]["@id"] for name in ("a", "again", "b")
    ]
    assert re.fullmatch("sha-256:[0-9a-f]{64}", first)
    assert first == again != other


async def test_a_definition_for_everyone_with_a_template(maker) -> None:
    (template, *_) = (await maker.get("/about"))["templates"]
    body = {"template": template, "parameters": {"customer": maker.did, "until": "2030-01-01T00:00:00Z"}}
    status, made = await maker.call("PUT", "/contract-definitions/all", body)
    assert (status, made["terms"] is not None) == (200, True), made
    assert made["access"]["permission"] == [{"action": "use"}]


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("anyone", {}, "catalog-definition-reserved"),
        ("x", {"access": {"permission": [{"action": "use", "target": "urn:x"}]}}, "catalog-access-unusable"),
        ("x", {"access": {"prohibition": [{"action": "use"}]}}, "catalog-access-unusable"),
        ("x", {"access": {"permission": []}}, "management-bad-policy"),
        ("x", {"access": SEEING, "visible_to": ["a"]}, "management-bad-policy"),
        ("x", {"template": "unknown"}, "template-unknown"),
        ("x", {"template": "unknown", "policy": TERMS}, "management-one-policy"),
        ("x", {"policy": {"permission": []}}, "management-bad-policy"),
    ],
)
async def test_a_definition_that_could_not_hold_is_refused(maker, name, body, code) -> None:
    status, answer = await maker.call("PUT", f"/contract-definitions/{name}", body)
    assert 400 <= status < 500
    assert answer["code"] == code
    assert (await maker.get("/contract-definitions"))["items"] == []


async def test_a_definition_on_which_nothing_hangs_is_deleted(maker) -> None:
    await maker.call("PUT", "/contract-definitions/partners", {"policy": TERMS})
    await maker.publish("cell", definition="partners", policy=None)
    status, answer = await maker.call("DELETE", "/contract-definitions/partners")
    assert (status, answer["code"]) == (409, "catalog-definition-used")
    assert "1 of our datasets" in answer["message"]
    await maker.call("DELETE", f"/assets/{segment('urn:dataset:cell')}")
    status, answer = await maker.call("DELETE", "/contract-definitions/partners")
    assert (status, answer["id"]) == (200, "partners")
    assert (await maker.get("/contract-definitions"))["items"] == []
    for method in ("GET", "DELETE"):
        status, answer = await maker.call(method, "/contract-definitions/partners")
        assert (status, answer["code"]) == (404, "catalog-unknown-definition")


async def test_a_partners_catalog_is_asked_for_with_a_filter(maker, buyer) -> None:
    for name, title in (("cell-1", "Cell"), ("cell-2", "Cell"), ("pack-1", "Pack")):
        await maker.publish(name, title=title)
    title = {"operandLeft": "dct:title", "operator": "=", "operandRight": "Cell"}
    second = {"operandLeft": "id", "operator": "in", "operandRight": ["urn:dataset:cell-2", "urn:dataset:pack-1"]}
    begins = {"filterExpression": [{"operandLeft": "id", "operator": "like", "operandRight": "urn:dataset:pack%"}]}
    for wanted, ids in (
        ([title], ["urn:dataset:cell-1", "urn:dataset:cell-2"]),
        ([title, second], ["urn:dataset:cell-2"]),
        ([begins], ["urn:dataset:pack-1"]),
    ):
        shown = await buyer.post("/catalog", {"partner": "maker", "filter": wanted})
        assert [item["id"] for item in shown["items"]] == ids
    status, answer = await buyer.call("POST", "/catalog", {"partner": "maker", "filter": [{"colour": "red"}]})
    assert (status, answer["code"]) == (502, "partner-refused")
    assert "maker answered 400: catalog-unsupported-filter" in answer["message"]
    assert "colour" in answer["message"]
    assert "(" not in answer["message"]
    status, answer = await buyer.call("POST", "/catalog", {"partner": "maker", "filter": "Cell"})
    assert (status, answer["code"]) == (400, "management-bad-body")


async def test_an_unknown_definition_is_told(maker) -> None:
    status, answer = await maker.call("GET", "/contract-definitions/none")
    assert (status, answer["code"]) == (404, "catalog-unknown-definition")
    files = maker.connector.config.folder / "files"
    files.mkdir()
    (files / "cell.json").write_text("{}")
    status, answer = await maker.call("POST", "/assets", {"file": "cell.json", "definition": "none"})
    assert (status, answer["code"]) == (404, "catalog-unknown-definition")


async def test_a_publication_is_described_and_has_an_access_policy(maker, buyer) -> None:
    described = {"title": "Cell", "description": "A cell.", "keywords": ["pcf"], "properties": {"dct:language": "en"}}
    await maker.publish("cell", **described)
    await maker.publish("hidden", access=SEEING)
    shown = await buyer.post("/catalog", {"partner": "maker"})
    (cell,) = [dataset for dataset in shown["items"] if dataset["id"] == "urn:dataset:cell"]
    assert cell["description"]["dct:description"] == "A cell."
    assert cell["description"]["dcat:keyword"] == ["pcf"]
    assert cell["description"]["dct:language"] == "en"
    assert "urn:dataset:hidden" not in {dataset["id"] for dataset in shown["items"]}


@pytest.mark.parametrize("spelled", ["dct:type", "http://purl.org/dc/terms/type"])
async def test_a_member_stands_once_however_it_is_spelled(maker, buyer, spelled) -> None:
    own = "https://example.com/types#Cell"
    properties = {spelled: {"@id": own}, "http://purl.org/dc/terms/title": "Other"}
    await maker.publish("cell", title="Cell", properties=properties)
    graph = await turtle(maker)
    cell = URIRef("urn:dataset:cell")
    assert list(graph.objects(cell, DCTERMS.type)) == [URIRef(own)]
    assert list(graph.objects(cell, DCTERMS.title)) == [Literal("Cell")]
    for kind, found in ((own, ["urn:dataset:cell"]), ("https://w3id.org/catenax/taxonomy#Asset", [])):
        wanted = [{"operandLeft": "dct:type", "operator": "=", "operandRight": kind}]
        shown = await buyer.post("/catalog", {"partner": "maker", "filter": wanted})
        assert [dataset["id"] for dataset in shown["items"]] == found


async def test_our_catalog_as_turtle_holds_what_all_may_see_or_what_a_viewer_may(maker, buyer) -> None:
    await maker.publish("cell", title="Cell")
    await maker.publish("hidden", title="Hidden", visible_to=[buyer.did])
    assert titles(await turtle(maker)) == {"Request box", "Cell"}
    assert titles(await turtle(maker, viewer=buyer.did)) == {"Request box", "Cell", "Hidden"}
    profiled = await turtle(maker, profile="dcat-ap-3")
    (catalog,) = profiled.subjects(RDF.type, DCAT.Catalog)
    assert profiled.value(catalog, DCTERMS.title) == Literal("Data offered by メーカー")
    status, _, _ = await maker.raw("GET", "/v1/catalog.ttl?profile=unknown")
    assert status == 400


async def test_a_partners_catalog_as_turtle(maker, buyer) -> None:
    await maker.publish("hidden", title="Hidden", visible_to=[buyer.did])
    assert titles(await turtle(buyer, partner="maker")) == {"Request box", "Hidden"}


async def test_a_self_description_is_exported_ours_or_a_partners(maker, buyer) -> None:
    for bundle in (
        await maker.get("/export/self-description"),
        await buyer.get("/export/self-description", partner="maker"),
    ):
        assert verify_bundle(bundle).ok
        assert bundle["document"]["participant"] == maker.did
        assert bundle["document"]["name"] == "メーカー"
