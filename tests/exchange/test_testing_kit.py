"""The shipped test kit keeps its own promises."""

from __future__ import annotations

import textwrap
from datetime import timedelta

import pytest
from conversations import CELL

import renkei.testing
from renkei.exchange.machine.endpoint import Reply
from renkei.kernel.problems import PeerError
from renkei.testing import START, FakeClock, Fate, InMemoryDataspace, Storm


def test_the_example_in_its_docstring_runs() -> None:
    block = renkei.testing.__doc__.partition("::\n")[2].partition("\nThe clock")[0]
    exec(compile(textwrap.dedent(block), "docstring", "exec"), {})


def test_the_clock_moves_only_forward_and_by_what_it_is_told() -> None:
    clock = FakeClock()
    clock.advance(1.5)
    clock.advance(timedelta(days=1))
    assert clock.now() == START + timedelta(days=1, seconds=1.5)
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(-1)


async def the_log_of_a_storm(seed: int) -> list:
    async with InMemoryDataspace(seed) as dataspace:
        maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
        await maker.publish(CELL)
        dataspace.network.weather = Storm(seed)
        await dataspace.run(buyer.negotiate("maker", CELL))
        log = dataspace.network.log
        return [(c.passage.sender, c.passage.method, c.passage.url, c.status) for c in log]


async def test_the_same_seed_gives_the_same_run() -> None:
    assert await the_log_of_a_storm(5) == await the_log_of_a_storm(5)
    assert await the_log_of_a_storm(5) != await the_log_of_a_storm(6)


async def test_a_script_decides_the_next_requests_of_a_kind(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.publish(CELL)
    dataspace.network.expect("ContractRequestMessage", Fate.LOSE, 503, Fate.LOSE_ANSWER)
    await dataspace.run(buyer.negotiate("maker", CELL))
    # The third one arrived, so the agreement did, and there was nothing left to ask for.
    assert [crossing.status for crossing in dataspace.network.sent("ContractRequestMessage")] == [0, 503, 0]


async def test_a_late_request_arrives_when_the_clock_says_so(dataspace) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    dataspace.network.expect("CatalogRequestMessage", Fate.LATE)
    body = {"@context": ["https://w3id.org/dspace/2025/1/context.jsonld"], "@type": "CatalogRequestMessage"}
    before = maker.store.commits
    with pytest.raises(PeerError, match="line-timeout"):
        await partner.send(maker, "/catalog/request", body)
    await dataspace.advance(dataspace.network.lateness - 0.1)
    assert maker.store.commits == before
    await dataspace.advance(0.1)
    assert maker.store.commits == before + 1  # its token is used up now


async def test_a_wait_that_nothing_will_end_is_told(dataspace) -> None:
    buyer, partner = await dataspace.join("buyer"), dataspace.partner("maker")
    await partner.offer(CELL)
    with pytest.raises(AssertionError, match="still waits"):
        await dataspace.run(buyer.negotiate("maker", CELL))


async def test_a_member_that_is_stopped_is_not_reached_until_it_starts_again(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.publish(CELL)
    await buyer.catalog("maker")
    await maker.stop()
    with pytest.raises(PeerError, match="line-unreachable"):
        await buyer.catalog("maker")
    await maker.start()
    assert {dataset.id for dataset in await buyer.catalog("maker")} == {CELL, f"{maker.did}#request-box"}


async def test_a_scripted_partner_shows_a_catalog_of_what_it_has_offered(dataspace) -> None:
    buyer, partner = await dataspace.join("buyer"), dataspace.partner("maker")
    known = await buyer.participant.ports.directory.find("maker")
    assert await buyer.participant.catalogs.browse(known) == ()
    await partner.offer(CELL)
    assert [dataset.id for dataset in await buyer.participant.catalogs.browse(known)] == [CELL]


async def test_an_answer_that_cannot_be_read_names_the_partner_that_sent_it(dataspace) -> None:
    buyer, partner = await dataspace.join("buyer"), dataspace.partner("maker")
    partner.answering = lambda _: Reply()
    known = await buyer.participant.ports.directory.find("maker")
    for reading in (buyer.participant.catalogs.browse(known), buyer.fetch("maker", CELL)):
        with pytest.raises(PeerError, match="partner-answer-unreadable") as caught:
            await reading
        assert partner.did in caught.value.message()
        assert "json-broken" in caught.value.message()
