"""Pages: every dataset once in both directions, whatever happens meanwhile; sealed tokens; filters before the cut."""

from __future__ import annotations

import asyncio
import json

import pytest
from catalog_crawls import NOBODY, REQUEST, ids, links, publish, seen, without_box
from hypothesis import given, settings
from hypothesis import strategies as st
from pyld import jsonld

from renkei.exchange.machine.endpoint import Reply
from renkei.kernel.problems import PeerError
from renkei.protocol.messages import CatalogRequest
from renkei.testing import InMemoryDataspace, MemberConfig

CONTEXT = "https://w3id.org/dspace/2025/1/context.jsonld"
PROFILE = "https://w3id.org/dspace/2025/1/odrl-profile.jsonld"


@pytest.fixture
async def maker(dataspace):
    return await without_box(await dataspace.join("maker", MemberConfig(page=3)))


async def filled(maker, count):
    for number in range(count):
        await publish(maker, f"urn:example:{number}")
        await publish(maker, f"urn:example:{number}:hidden", visible_to=("did:web:else.example",))
    return [f"urn:example:{number}" for number in range(count)]


async def ask(partner, member, path="/catalog/request", **members):
    return await partner.send(member, path, {**REQUEST, **members})


async def test_pages_lead_forth_and_back(dataspace, maker) -> None:
    names, partner = await filled(maker, 8), dataspace.partner("b")
    there, relations = [], []
    answered = await ask(partner, maker)
    while True:
        there.append(ids(answered.body))
        found = links(answered, maker)
        relations.append(sorted(found))
        if "next" not in found:
            break
        answered = await ask(partner, maker, found["next"])
    assert there == [names[:3], names[3:6], names[6:]]
    assert relations == [["next"], ["next", "previous"], ["previous"]]
    back = []
    while "previous" in found:
        answered = await ask(partner, maker, found["previous"])
        back.append(ids(answered.body))
        found = links(answered, maker)
    assert back == [names[3:6], names[:3]]
    assert sorted(found) == ["next"]
    assert ids((await ask(partner, maker, found["next"])).body) == names[3:6]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 6])
async def test_the_last_page_is_never_empty(maker, count) -> None:
    names = await filled(maker, count)
    assert await seen(maker, NOBODY) == names
    page = await maker.participant.catalogs.showing.page(NOBODY, CatalogRequest())
    assert (page.next is None) == (count <= 3)


async def test_a_token_is_worth_nothing_in_other_hands_or_changed(dataspace, maker) -> None:
    await filled(maker, 4)
    partner, other = dataspace.partner("b"), dataspace.partner("c")
    path = links(await ask(partner, maker), maker)["next"]
    assert (await ask(partner, maker, path)).status == 200
    answered = await ask(other, maker, path)
    assert (answered.status, json.loads(answered.body)["code"]) == (400, "catalog-bad-page")
    assert json.loads(answered.body)["@type"] == "CatalogError"
    filtered = await ask(partner, maker, path, filter=[criterion("id", "like", "urn:%")])
    assert filtered.status == 400
    head, _, token = path.partition("page=")
    for place in range(len(token)):
        for letter in "A.-=":
            if token[place] != letter:
                changed = token[:place] + letter + token[place + 1 :]
                assert (await ask(partner, maker, f"{head}page={changed}")).status == 400, changed


async def test_the_same_token_gives_the_same_page_also_after_a_restart(dataspace, maker) -> None:
    names, partner = await filled(maker, 7), dataspace.partner("b")
    path = links(await ask(partner, maker), maker)["next"]
    first = await ask(partner, maker, path)
    assert ids(first.body) == names[3:6]
    await maker.stop()
    await maker.start()
    await without_box(maker)
    assert (await ask(partner, maker, path)).body == first.body


@settings(max_examples=60)
@given(st.data())
def test_a_crawl_shows_what_stays_once_whatever_comes_and_goes(data) -> None:
    asyncio.run(_crawl_of_a_moving_catalog(data))


async def _crawl_of_a_moving_catalog(data) -> None:
    numbers = st.integers(0, 30)
    async with InMemoryDataspace() as space:
        maker = await without_box(await space.join("maker", MemberConfig(page=data.draw(st.integers(1, 5)))))
        showing = maker.participant.catalogs.showing
        offered = data.draw(st.sets(numbers, max_size=20))
        for number in offered:
            await publish(maker, name_of(number))
        touched, token, found = set(), None, []
        while True:
            page = await showing.page(NOBODY, CatalogRequest(), token)
            found += ids(page.body)
            token = page.next
            if token is None:
                break
            for number in data.draw(st.lists(numbers, max_size=3)):
                touched.add(number)
                if number in offered:
                    offered.remove(number)
                    await maker.participant.catalogs.withdraw(name_of(number))
                else:
                    offered.add(number)
                    await publish(maker, name_of(number))
        assert len(found) == len(set(found))
        assert {name_of(number) for number in offered - touched} <= set(found)
        assert set(found) <= {name_of(number) for number in offered | touched}
        while page.previous is not None:
            page = await showing.page(NOBODY, CatalogRequest(), page.previous)
        assert ids(page.body) == sorted(name_of(number) for number in offered)[: len(ids(page.body))]


def name_of(number):
    return f"urn:example:{number:02}"


async def test_an_emptied_page_still_knows_the_way_back(maker) -> None:
    names = await filled(maker, 4)
    showing = maker.participant.catalogs.showing
    first = await showing.page(NOBODY, CatalogRequest())
    await maker.participant.catalogs.withdraw(names[3])
    second = await showing.page(NOBODY, CatalogRequest(), first.next)
    assert ids(second.body) == []
    assert ids((await showing.page(NOBODY, CatalogRequest(), second.previous)).body) == names[:3]
    for name in names[:3]:
        await maker.participant.catalogs.withdraw(name)
    emptied = await showing.page(NOBODY, CatalogRequest(), second.previous)
    assert (ids(emptied.body), emptied.previous) == ([], None)
    await publish(maker, names[2])
    assert ids((await showing.page(NOBODY, CatalogRequest(), emptied.next)).body) == [names[2]]


# --- filters -------------------------------------------------------------------------------------

EDC = "https://w3id.org/edc/v0.0.1/ns/"
TYPE = "https://w3id.org/catenax/taxonomy#PcfExchange"


def criterion(left, operator, right):
    return {"operandLeft": left, "operator": operator, "operandRight": right}


def query(*criteria, **members):
    return {"@type": "QuerySpec", "offset": 0, "limit": 50, "filterExpression": list(criteria), **members}


ALL = ["urn:example:1", "urn:example:2", "urn:example:3", "urn:example:4"]
FILTERS = [
    ([], ALL),
    ([criterion("id", "=", "urn:example:2")], ALL[1:2]),
    ([criterion("@id", "in", ["urn:example:4", "urn:example:1", "urn:example:hidden"])], [ALL[0], ALL[3]]),
    ([criterion("id", "=", "urn:example:hidden")], []),
    ([criterion("id", "=", "urn:example:absent")], []),
    ([criterion("id", "like", "urn:example:%")], ALL),
    ([criterion("id", "like", "urn:example:3%")], ALL[2:3]),
    ([criterion("dct:type", "=", TYPE)], [ALL[0], ALL[2]]),
    ([criterion("dct:type", "=", {"@id": TYPE})], [ALL[0], ALL[2]]),
    ([criterion("http://purl.org/dc/terms/type", "in", [TYPE, "urn:x"])], [ALL[0], ALL[2]]),
    ([criterion("dct:title", "like", "Cell%")], [ALL[0], ALL[1]]),
    ([criterion("dcat:keyword", "=", "battery")], [ALL[1]]),
    ([criterion("dcat:keyword", "=", "nothing")], []),
    ([criterion("dct:type", "=", TYPE), criterion("dct:title", "like", "Cell%")], [ALL[0]]),
    ([criterion("id", "=", ALL[0]), criterion("id", "in", ALL[1:])], []),
    ([query()], ALL),
    ([query(criterion("dct:type", "=", TYPE), criterion("id", "like", "urn:%"))], [ALL[0], ALL[2]]),
    ([query(limit=2, sortOrder="ASC")], ALL),
    ([{"filterExpression": criterion("id", "=", ALL[0])}], ALL[:1]),
    (
        [
            {
                f"{EDC}limit": {"@value": 10},
                f"{EDC}filterExpression": [
                    {
                        f"{EDC}operandLeft": {"@value": f"{EDC}id"},
                        "edc:operator": {"@value": "="},
                        f"{EDC}operandRight": {"@value": ALL[1]},
                    }
                ],
            }
        ],
        ALL[1:2],
    ),
]


@pytest.fixture
async def varied(maker):
    described = ({"dct:title": "Cell 1"}, {"dct:title": "Cell 2", "dcat:keyword": ["x", {"@value": "battery"}]}, {}, {})
    for number, description in enumerate(described, 1):
        more = {"dataset_type": TYPE} if number % 2 and number < 5 else {}
        await publish(maker, f"urn:example:{number}", description=description, **more)
        await publish(maker, "urn:example:hidden", visible_to=("did:web:else.example",), dataset_type=TYPE)
    return maker


@pytest.mark.parametrize(("wanted", "expected"), FILTERS, ids=lambda value: json.dumps(value)[:60])
@pytest.mark.parametrize("size", [1, 2, 100])
async def test_a_filter_is_applied_before_pages_are_cut(varied, wanted, expected, size) -> None:
    assert await seen(varied, NOBODY, (*wanted, {"limit": size})) == expected


UNSUPPORTED = [
    ["text"],
    [{"by": "name"}],
    [criterion("title", "=", "x")],
    [criterion(7, "=", "x")],
    [criterion("id", "!=", "x")],
    [criterion("id", ["="], "x")],
    [criterion("id", "=", 7)],
    [criterion("id", "=", ["a", "b"])],
    [criterion("id", "in", ["a", 7])],
    [criterion("id", "like", "%x")],
    [criterion("id", "like", "a%b%")],
    [criterion("id", "like", "a")],
    [{**criterion("id", "=", "x"), "more": 1}],
    [{"operandLeft": "id", "operator": "="}],
    [query(offset=50)],
    [query(limit=0)],
    [query(limit="many")],
    [query(limit=True)],
    [query(sortOrder="DESC")],
    [query(sortField="id")],
    [query("text")],
    [query({"operandLeft": "id"})],
    [{"limit": 1, "edc:limit": 2}],
]


@pytest.mark.parametrize("wanted", UNSUPPORTED, ids=lambda value: json.dumps(value)[:60])
async def test_any_other_filter_is_refused_and_never_left(dataspace, maker, wanted) -> None:
    answered = await ask(dataspace.partner("b"), maker, filter=wanted)
    assert (answered.status, json.loads(answered.body)["code"]) == (400, "catalog-unsupported-filter")
    assert json.loads(answered.body)["@type"] == "CatalogError"


async def test_filtered_pages_lead_back_as_well(varied) -> None:
    showing = varied.participant.catalogs.showing
    for wanted in ([criterion("id", "in", ALL)], [criterion("id", "like", "urn:example:%")]):
        request = CatalogRequest(filter=(*wanted, {"limit": 3}))
        first = await showing.page(NOBODY, request)
        second = await showing.page(NOBODY, request, first.next)
        assert ids(second.body) == ALL[3:]
        assert ids((await showing.page(NOBODY, request, second.previous)).body) == ALL[:3]


async def test_a_choosy_filter_goes_on_page_by_page(varied, monkeypatch) -> None:
    monkeypatch.setattr("renkei.exchange.catalog.showing._REFUSED", 2)
    monkeypatch.setattr("renkei.exchange.catalog.showing._AT_ONCE", 2)
    wanted = (criterion("dct:title", "=", "Cell 1"),)
    page = await varied.participant.catalogs.showing.page(NOBODY, CatalogRequest(filter=wanted))
    assert ids(page.body) == ALL[:1]
    assert page.next is not None
    assert await seen(varied, NOBODY, wanted) == ALL[:1]


# --- what a page says ----------------------------------------------------------------------------


async def test_descriptions_survive_json_ld(dataspace, maker, shared) -> None:
    folder = shared / "data/spec-dsp-2025-1/context"
    known = {CONTEXT: "dspace.jsonld", PROFILE: "odrl.jsonld"}

    def load(url, _options):
        document = json.loads((folder / known[url]).read_text())
        return {"contextUrl": None, "documentUrl": url, "contentType": "application/ld+json", "document": document}

    described = {"dct:title": "Cell", "dct:description": "A cell.", "dcat:keyword": ["cell", "footprint"]}
    await publish(maker, "urn:example:cell", description=described)
    answered = await ask(dataspace.partner("b"), maker)
    (catalog,) = jsonld.expand(json.loads(answered.body), {"documentLoader": load, "base": "https://example.org/"})
    (dataset,) = catalog["http://www.w3.org/ns/dcat#dataset"]
    assert dataset["@id"] == "urn:example:cell"
    assert dataset["http://purl.org/dc/terms/title"] == [{"@value": "Cell"}]
    assert dataset["http://purl.org/dc/terms/description"] == [{"@value": "A cell."}]
    assert dataset["http://www.w3.org/ns/dcat#keyword"] == [{"@value": "cell"}, {"@value": "footprint"}]
    assert dataset["http://purl.org/dc/terms/type"] == [{"@id": "https://w3id.org/catenax/taxonomy#Asset"}]
    assert dataset["https://w3id.org/catenax/ontology/common#version"] == [{"@value": "1.0"}]
    (link,) = catalog["https://w3id.org/renkei/v1/selfDescription"]
    assert link["@id"] == f"{maker.origin}/.well-known/renkei-self-description"


async def test_a_dataset_by_its_id_is_the_one_of_the_catalog(dataspace, maker) -> None:
    await publish(maker, "urn:example:cell", description={"dct:title": "Cell"})
    partner = dataspace.partner("b")
    (listed,) = json.loads((await ask(partner, maker)).body)["dataset"]
    single = json.loads((await partner.get(maker, "/catalog/datasets/urn:example:cell")).body)
    assert single == {"@context": [CONTEXT], **listed}
    assert single["distribution"][0]["accessService"] == f"{maker.did}#connector"


# --- others' pages -------------------------------------------------------------------------------


def page_of(maker, *datasets, onwards=""):
    catalog = {"@context": [CONTEXT], "@type": "Catalog", "@id": "urn:c", "participantId": maker.did}
    if datasets:
        catalog["dataset"] = list(datasets)
    return Reply(body=json.dumps(catalog).encode(), headers={"link": onwards} if onwards else {})


async def test_a_catalog_that_runs_in_a_circle_is_left(dataspace) -> None:
    buyer, maker = await dataspace.join("buyer"), dataspace.partner("maker")
    onwards = f'<{maker.address}/catalog/request?page=1>; rel="next"'
    maker.answering = lambda request: page_of(maker, onwards=onwards) if "catalog" in request.path else None
    with pytest.raises(PeerError, match="catalog-endless"):
        await buyer.catalog("maker")


async def test_a_catalog_of_endless_empty_pages_is_left(dataspace) -> None:
    buyer, maker, count = await dataspace.join("buyer"), dataspace.partner("maker"), iter(range(10_000))

    def answer(request):
        if "catalog" not in request.path:
            return None
        return page_of(maker, onwards=f'<{maker.address}/catalog/request?page={next(count)}>; rel="next"')

    maker.answering = answer
    with pytest.raises(PeerError, match="catalog-endless"):
        await buyer.catalog("maker")
    assert next(count) < 200


@pytest.mark.parametrize(
    "header",
    [
        '<{}>; rel="next"',
        "<{}>; rel=next",
        '<{}>; title="a, b"; REL="last next"',
        '<https://else.example/x,y>; rel="previous", <{}>; rel="next"',
    ],
)
async def test_the_next_page_is_found_however_its_link_is_written(dataspace, header) -> None:
    buyer, maker = await dataspace.join("buyer"), dataspace.partner("maker")
    offer = {"@id": "urn:o", "@type": "Offer", "permission": [{"action": "use"}]}
    parts = {"hasPolicy": [offer], "distribution": [{"format": "HttpData-PULL", "accessService": "urn:s"}]}

    def answer(request):
        if "catalog" not in request.path:
            return None
        if "page" in request.query:
            return page_of(maker, {"@id": "urn:2", "@type": "Dataset", **parts})
        onwards = header.format(f"{maker.address}/catalog/request?page=a,b")
        return page_of(maker, {"@id": "urn:1", "@type": "Dataset", **parts}, onwards=onwards)

    maker.answering = answer
    assert [dataset.id for dataset in await buyer.catalog("maker")] == ["urn:1", "urn:2"]


async def test_our_own_filter_reaches_the_partner(dataspace, maker) -> None:
    await filled(maker, 5)
    buyer = await dataspace.join("buyer")
    partner = await buyer.participant.ports.directory.find("maker")
    found = await buyer.participant.catalogs.browse(partner, [criterion("id", "in", ["urn:example:1"])])
    assert [dataset.id for dataset in found] == ["urn:example:1"]
