"""The catalog: each requester sees what it may, and cannot tell what is hidden from what is not there."""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import quote

import pytest
from conversations import CELL, CONTEXT, contents, message, refusal, said

from renkei.kernel.problems import PeerError
from renkei.testing import MemberConfig

REQUEST = {"@context": CONTEXT, "@type": "CatalogRequestMessage"}


def listed(answered) -> list[str]:
    return [dataset["@id"] for dataset in said(answered).get("dataset", ())]


async def crawled(partner, member) -> list[list[str]]:
    pages, path = [], "/catalog/request"
    while path:
        answered = await partner.send(member, path, REQUEST)
        pages.append(listed(answered))
        path = links(answered, member).get("next", "")
    return pages


def links(answered, member) -> dict[str, str]:
    """The ``Link`` header as path by relation."""
    found = re.findall(r'<([^>]*)>; rel="([a-z]+)"', answered.headers.get("link", ""))
    return {relation: target.removeprefix(member.address) for target, relation in found}


async def test_each_requester_sees_what_is_meant_for_it(dataspace) -> None:
    maker, a, b = await dataspace.join("maker"), dataspace.partner("a"), dataspace.partner("b")
    await maker.publish("urn:example:all")
    await maker.publish("urn:example:a", visible_to=(a.did,))
    box = f"{maker.did}#request-box"
    assert set(listed(await a.send(maker, "/catalog/request", REQUEST))) == {box, "urn:example:all", "urn:example:a"}
    assert set(listed(await b.send(maker, "/catalog/request", REQUEST))) == {box, "urn:example:all"}


async def test_a_hidden_dataset_and_an_absent_one_look_the_same(dataspace) -> None:
    maker, b = await dataspace.join("maker"), dataspace.partner("b")
    await maker.publish("urn:example:hidden", visible_to=("did:web:a.example",))
    hidden = await b.get(maker, "/catalog/datasets/urn:example:hidden")
    absent = await b.get(maker, "/catalog/datasets/urn:example:absent")
    assert refusal(hidden) == (404, "catalog-unknown-dataset")
    assert said(hidden)["@type"] == "CatalogError"
    assert hidden.headers == absent.headers
    assert hidden.body.replace(b"hidden", b"absent") == absent.body


async def test_a_withdrawn_dataset_is_gone(dataspace) -> None:
    maker, b = await dataspace.join("maker"), dataspace.partner("b")
    await maker.publish(CELL)
    await maker.participant.catalogs.withdraw(CELL)
    assert (await b.get(maker, f"/catalog/datasets/{CELL}")).status == 404
    assert CELL not in listed(await b.send(maker, "/catalog/request", REQUEST))


async def test_a_crawl_yields_each_dataset_once_and_pages_are_full(dataspace) -> None:
    maker, b = await dataspace.join("maker", MemberConfig(page=3)), dataspace.partner("b")
    names = {f"urn:example:{number}" for number in range(7)}
    for name in names:
        await maker.publish(name)
        await maker.publish(f"{name}:hidden", visible_to=("did:web:a.example",))
    pages = await crawled(b, maker)
    assert [len(page) for page in pages] == [3, 3, 2]
    assert sorted(name for page in pages for name in page) == sorted(names | {f"{maker.did}#request-box"})


async def test_our_own_crawler_follows_the_pages(dataspace) -> None:
    maker, buyer = await dataspace.join("maker", MemberConfig(page=1)), await dataspace.join("buyer")
    await maker.publish("urn:example:1")
    await maker.publish("urn:example:2")
    assert len(await buyer.catalog("maker")) == 3


@pytest.mark.parametrize(
    "token", ["", "%", "x", "a=", quote(base64.b64encode(b"\xff\xfe").decode(), safe=""), "dXJuOmV4YW1wbGU6MQ=="]
)
async def test_a_page_that_was_never_given_out_is_refused(dataspace, token) -> None:
    maker, b = await dataspace.join("maker"), dataspace.partner("b")
    answered = await b.send(maker, f"/catalog/request?page={quote(token, safe='%')}", REQUEST)
    assert answered.status == 400
    assert said(answered)["code"] in {"catalog-bad-page", "http-malformed"}


async def test_a_page_token_that_was_made_up_is_refused(dataspace) -> None:
    maker, b = await dataspace.join("maker"), dataspace.partner("b")
    await maker.publish("urn:example:c")
    token = base64.urlsafe_b64encode(b"urn:example:a").decode().rstrip("=")
    answered = await b.send(maker, f"/catalog/request?page={token}", REQUEST)
    assert refusal(answered) == (400, "catalog-bad-page")


FINE = {"operandLeft": "id", "operator": "=", "operandRight": "x"}


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ("x", "'x' is no object"),
        ({**FINE, "operator": "<"}, "id < …; an operator is one of =, in, like"),
        ({**FINE, "operandLeft": "colour"}, "colour is neither id nor"),
        ({**FINE, "operandRight": 7}, "id = what is not one text"),
        ({**FINE, "operator": "like", "operandRight": "%x"}, "id like %x; its only %"),
        ({"filterExpression": [{"operandLeft": "id"}]}, "a criterion has the members operandLeft"),
        ({"filterExpression": [], "limit": 0}, "limit is 0"),
        ({"filterExpression": [], "offset": 5}, "offset, sortField"),
        ({"limit": 1, "edc:limit": 2}, "stands twice"),
    ],
)
async def test_what_of_a_filter_is_not_supported_is_named(dataspace, item, words) -> None:
    maker, b = await dataspace.join("maker"), dataspace.partner("b")
    answered = await b.send(maker, "/catalog/request", {**REQUEST, "filter": [FINE, item]})
    assert refusal(answered) == (400, "catalog-unsupported-filter")
    assert words in said(answered)["reason"][0]


async def test_a_filter_is_refused_as_not_supported(dataspace) -> None:
    maker, b = await dataspace.join("maker"), dataspace.partner("b")
    answered = await b.send(maker, "/catalog/request", {**REQUEST, "filter": [{"by": "name"}]})
    assert refusal(answered) == (400, "catalog-unsupported-filter")


async def test_an_empty_catalog_has_no_dataset_member_and_keeps_its_service(dataspace) -> None:
    maker, b = await dataspace.join("maker"), dataspace.partner("b")
    await maker.participant.catalogs.withdraw(f"{maker.did}#request-box")
    catalog = said(await b.send(maker, "/catalog/request", REQUEST))
    assert "dataset" not in catalog
    assert catalog["service"][0]["endpointURL"] == maker.address


async def test_a_next_page_at_another_host_is_not_followed(dataspace) -> None:
    from renkei.exchange.machine.endpoint import Reply

    buyer, maker, other = await dataspace.join("buyer"), dataspace.partner("maker"), dataspace.partner("other")
    catalog = message("Catalog", **{"@id": "urn:example:catalog", "participantId": maker.did})
    link = {"link": f'<{other.address}/catalog/request?page=x>; rel="next"'}
    maker.answering = lambda request: (
        Reply(body=json.dumps(catalog).encode(), headers=link) if request.path.endswith("/catalog/request") else None
    )
    with pytest.raises(PeerError, match="partner-refused"):
        await buyer.catalog("maker")
    assert other.received == []


async def test_looking_changes_nothing(dataspace) -> None:
    maker, b = await dataspace.join("maker"), dataspace.partner("b")
    await maker.publish(CELL)
    before = await contents(maker)
    await b.send(maker, "/catalog/request", REQUEST)
    await b.get(maker, f"/catalog/datasets/{CELL}")
    assert await contents(maker) == before
