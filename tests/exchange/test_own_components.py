"""Components that a company makes itself: counted with their own figures, asked of nobody, and never in a circle."""

from __future__ import annotations

import pytest
from chains import DILIGENCE, DUE, FOOTPRINT, part, received, state_of

from renkei.kernel.problems import ConfigurationError


@pytest.mark.parametrize("supplier", ["maker", ""], ids=["ourselves as supplier", "no supplier"])
async def test_a_component_of_our_own_is_counted_and_only_its_suppliers_are_asked(dataspace, supplier) -> None:
    miner, maker, buyer = [await dataspace.join(name) for name in ("miner", "maker", "buyer")]
    await miner.participant.parts.register(part("ORE", "3"))
    await maker.participant.parts.register(part("CELL", "12", ("ORE", "miner", "2")))
    await maker.participant.parts.register(part("PACK", "100", ("CELL", supplier, "10")))
    asked = await buyer.request("maker", "PACK", [FOOTPRINT, DILIGENCE], DUE)
    await dataspace.rest()
    assert await state_of(buyer, asked.request) == "answered"
    (pack,) = await received(buyer, maker)
    assert (pack["total"], pack["gaps"]) == ("280", [])  # 100 + 10 × (12 + 2 × 3)
    (said,) = await received(buyer, maker, "DueDiligenceRecord")
    assert said["gaps"] == []
    (below,) = await maker.participant.requests.listed(incoming=False)
    assert (below.partner, below.part) == (miner.did, "ORE")


async def test_a_component_of_our_own_that_is_not_registered_is_a_gap_and_not_asked_for(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.participant.parts.register(part("PACK", "100", ("CELL", "maker", "10")))
    asked = await buyer.request("maker", "PACK", [FOOTPRINT], DUE)
    await dataspace.rest()
    assert await state_of(buyer, asked.request) == "answered"
    assert list(await maker.participant.requests.listed(incoming=False)) == []
    inbox = await maker.participant.requests.find(asked.request)
    assert inbox.reason.startswith("answer-with-gaps: ")
    assert f"CELL of {maker.did} (we have no figures of it)" in inbox.reason


async def test_a_part_that_goes_into_itself_through_others_is_not_registered(dataspace) -> None:
    maker = await dataspace.join("maker")
    parts = maker.participant.parts
    await parts.register(part("CELL", "12", ("FOIL", "maker", "1")))
    await parts.register(part("PACK", "100", ("CELL", "", "10")))
    with pytest.raises(ConfigurationError) as caught:
        await parts.register(part("FOIL", "1", ("ORE", "miner", "1"), ("PACK", "maker", "0.1")))
    assert caught.value.code == "part-in-itself"
    assert [word for word in ("bill of materials, line 3", "PACK", "FOIL") if word not in caught.value.message()] == []
    assert await parts.kept("FOIL") is None
    await parts.register(part("FOIL", "1", ("ORE", "miner", "1")))
    assert (await parts.footprint(await parts.known("PACK"))).total == 230  # 100 + 10 × (12 + 1)
