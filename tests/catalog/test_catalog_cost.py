"""What a request for the catalog may cost: counted in judgements, looks into the store and turns of the loop."""

from __future__ import annotations

import asyncio
import json

import pytest
from catalog_crawls import NOBODY, REQUEST, access, atom, ids, publish, seen, without_box

from renkei.exchange.catalog import access as accesses
from renkei.exchange.catalog.catalog_filters import Criterion, read_filter
from renkei.exchange.ports import Peer
from renkei.kernel.problems import PeerError
from renkei.policy.model import Operator
from renkei.policy.operands import ASSIGNEE
from renkei.protocol.messages import CatalogRequest
from renkei.testing import MemberConfig

NAMES = [f"urn:example:{number}" for number in range(8)]


@pytest.fixture
async def maker(dataspace):
    maker = await without_box(await dataspace.join("maker", MemberConfig(page=3)))
    for name in NAMES:
        await publish(maker, name, description={"dct:title": "Cell"})
    return maker


def criterion(right="Cell", left="dct:title", operator="="):
    return {"operandLeft": left, "operator": operator, "operandRight": right}


def among(many, left="id"):
    return criterion([f"urn:x:{number}" for number in range(many)], left, "in")


TOO_LARGE = {
    "criteria": [criterion()] * 17,
    "criteria of a query": [{"filterExpression": [criterion()] * 17}],
    "criteria here and there": [criterion(), {"filterExpression": [criterion()] * 8}, *[criterion()] * 8],
    "queries that ask for nothing": [{}] * 17,
    "ids": [among(1001)],
    "texts": [among(1001, "dct:type")],
    "texts that are no texts": [criterion([1] * 1001, "id", "in")],
    "the same text again and again": [criterion(["Cell"] * 1001, operator="in")],
    "texts here and there": [among(500), {"filterExpression": [among(500, "dct:type"), criterion()]}],
}


@pytest.mark.parametrize("wanted", TOO_LARGE.values(), ids=TOO_LARGE)
async def test_a_filter_that_would_cost_too_much_is_refused(dataspace, maker, wanted) -> None:
    answered = await dataspace.partner("b").send(maker, "/catalog/request", {**REQUEST, "filter": wanted})
    told = json.loads(answered.body)
    assert (answered.status, told["@type"], told["code"]) == (413, "CatalogError", "catalog-filter-too-large")


async def test_filters_up_to_the_bounds_are_judged(maker) -> None:
    assert await seen(maker, NOBODY, (criterion(),) * 16) == NAMES
    assert await seen(maker, NOBODY, (criterion([*NAMES, *map(str, range(992))], "id", "in"),)) == NAMES


@pytest.mark.parametrize("wanted", [["text"], [{"filterExpression": ["text"]}], [{"filterExpression": [{}]}]])
def test_what_is_no_criterion_is_still_told_as_such(wanted) -> None:
    with pytest.raises(PeerError, match="catalog-unsupported-filter"):
        read_filter(wanted)


async def test_a_page_is_the_same_for_the_same_texts_in_another_order(maker) -> None:
    showing = maker.participant.catalogs.showing
    first = await showing.page(NOBODY, CatalogRequest(filter=(criterion(NAMES, "id", "in"),)))
    again = CatalogRequest(filter=(criterion([*NAMES[::-1], NAMES[0]], "id", "in"),))
    assert ids((await showing.page(NOBODY, again, first.next)).body) == NAMES[3:6]


# --- looks into the store ------------------------------------------------------------------------


@pytest.fixture
def looks(maker, monkeypatch):
    """The ids of assets that are looked for one by one."""
    found, load = [], maker.store.load

    async def counted(kind, name):
        if kind == "asset":
            found.append(name)
        return await load(kind, name)

    monkeypatch.setattr(maker.store, "load", counted)
    return found


async def test_ids_are_looked_for_until_the_page_is_full(maker, looks) -> None:
    wanted = (criterion([*NAMES, *(f"urn:y:{number}" for number in range(900))], "id", "in"),)
    page = await maker.participant.catalogs.showing.page(NOBODY, CatalogRequest(filter=wanted))
    assert ids(page.body) == NAMES[:3]
    # The one more tells that there is a next page.
    assert looks == NAMES[:4]


async def test_each_id_is_looked_for_once_however_few_of_them_match(maker, looks, monkeypatch) -> None:
    monkeypatch.setattr("renkei.exchange.catalog.showing._AT_ONCE", 2)
    wanted = (criterion(NAMES, "id", "in"), criterion("Nothing"))
    assert await seen(maker, NOBODY, wanted) == []
    assert looks == NAMES


async def test_hidden_and_absent_take_the_same_steps(maker, monkeypatch) -> None:
    await publish(maker, "urn:example:hidden", access=access(atom(ASSIGNEE, "did:web:a.example", Operator.NEQ)))
    await publish(maker, "urn:example:other", visible_to=("did:web:b.example",))
    await seen(maker, NOBODY)
    steps = []

    def watched(where, name):
        step = getattr(where, name)

        def taken(*given, **named):
            steps.append(name)
            return step(*given, **named)

        monkeypatch.setattr(where, name, taken)

    for where, name in ((maker.store, "load"), (maker.store, "counter"), (accesses, "compile_policy")):
        watched(where, name)

    async def steps_to(peer, dataset):
        steps.clear()
        assert await maker.participant.catalogs.offered(dataset, peer) is None
        return list(steps)

    # Who was never here before, and who was; NOBODY may see the one and not the other.
    known = [await steps_to(NOBODY.id, name) for name in ("urn:example:other", "urn:example:absent")]
    looks = ["counter"] * 2  # of definitions, and of the register
    assert known == [[*looks, "load"]] * 2
    new = [await steps_to(f"did:web:{name}.example", f"urn:example:{name}") for name in ("other", "absent")]
    assert new == [["counter", "counter", "load", "compile_policy", "load"]] * 2


# --- turns of the loop ---------------------------------------------------------------------------


@pytest.fixture
def judgements(monkeypatch):
    """Which task judged, for each criterion that was judged."""
    found, holds = [], Criterion.holds

    def counted(item, values):
        found.append(asyncio.current_task().get_name())
        return holds(item, values)

    monkeypatch.setattr(Criterion, "holds", counted)
    return found


def asking(maker, peer, name):
    request = CatalogRequest(filter=(criterion(), criterion("Nothing")))
    return asyncio.create_task(maker.participant.catalogs.showing.page(peer, request), name=name)


async def test_a_long_search_gives_way_to_others(maker, judgements, monkeypatch) -> None:
    monkeypatch.setattr("renkei.exchange.catalog.showing._UNINTERRUPTED", 6)
    search, pieces = asking(maker, NOBODY, "search"), []
    while not search.done():
        before = len(judgements)
        await asyncio.sleep(0)
        pieces.append(len(judgements) - before)
    assert sum(pieces) == len(judgements) == 2 * len(NAMES)
    # A row and its two criteria count three, so that two rows make a piece.
    assert max(pieces) == 4


async def test_a_search_for_ids_that_are_not_there_gives_way_to_others(maker, looks, monkeypatch) -> None:
    monkeypatch.setattr("renkei.exchange.catalog.showing._UNINTERRUPTED", 8)
    request, pieces = CatalogRequest(filter=(among(100),)), []
    search = asyncio.create_task(maker.participant.catalogs.showing.page(NOBODY, request))
    while not search.done():
        before = len(looks)
        await asyncio.sleep(0)
        pieces.append(len(looks) - before)
    assert (sum(pieces), max(pieces)) == (100, 2)


async def test_of_one_requester_one_search_goes_on_at_a_time(maker, judgements, monkeypatch) -> None:
    monkeypatch.setattr("renkei.exchange.catalog.showing._UNINTERRUPTED", 3)
    other = Peer(id="did:web:other.example")
    tasks = [asking(maker, NOBODY, name) for name in ("1", "2", "3")]
    await asyncio.gather(*tasks, asking(maker, other, "other"))
    own = [name for name in judgements if name != "other"]
    assert own == ["1"] * 16 + ["2"] * 16 + ["3"] * 16
    # The other one waits for none of them.
    assert "2" not in judgements[: judgements.index("other")]
    assert max(place for place, name in enumerate(judgements) if name == "other") < judgements.index("3")


async def test_a_search_that_is_given_up_keeps_no_other_waiting(maker, judgements, monkeypatch) -> None:
    monkeypatch.setattr("renkei.exchange.catalog.showing._UNINTERRUPTED", 3)
    first, second = asking(maker, NOBODY, "1"), asking(maker, NOBODY, "2")
    for _ in range(100):
        await asyncio.sleep(0)
        if judgements:
            break
    first.cancel()
    assert ids((await second).body) == []
    assert 0 < judgements.count("1") < 16 == judgements.count("2")
