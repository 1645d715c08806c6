"""What is kept of a footprint is enough to make it again; what replaces a silent supplier stays marked until it answers."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from chains import DUE, FOOTPRINT, part, received

from renkei.battery import CalculationInputs, FactorList
from renkei.battery.footprint.attribution import attribute
from renkei.battery.footprint.recalculation import Matter
from renkei.exchange.answer import calculations
from renkei.exchange.records.calculations import CalculationRecord
from renkei.kernel.problems import ConfigurationError, LocalError
from renkei.store.port import Changes

FACTORS = FactorList.from_csv(
    "material,name,value,unit,source,version,licence,personal\n"
    "ore,ore of the world,3,kgCO2e/piece,a paper,1,CC0,\n"
    "salt,salt of a database,2,kgCO2e/piece,a database,9,ours alone,yes\n"
)
BOM = (
    "parent,component,supplier,amount,unit,yield,stages,material\n"
    "CELL,ORE,miner,2,piece,1,component,ore\n"
    "CELL,SALT,miner,1,piece,1,component,salt\n"
)


async def answered(dataspace, buyer) -> dict:
    """The maker's record of its cell, as it is with the buyer after one more request."""
    await buyer.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.settle()
    return (await received(buyer, dataspace["maker"]))[-1]


@pytest.fixture
async def given(dataspace):
    """A record that a buyer has."""
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.participant.parts.register(part("CELL", "12.5"))
    await buyer.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.settle()
    (document,) = await received(buyer, maker)
    return maker, buyer, document


async def kept_of(maker, document) -> CalculationRecord:
    kept = await maker.participant.parts.calculation(document["id"])
    assert kept is not None
    return kept


async def test_a_record_is_made_again_from_what_its_maker_kept(given) -> None:
    maker, _, document = given
    found = await maker.participant.calculations.recalculated(document["id"])
    assert found.reproduced
    assert str(found.calculation.total) == "25/2"
    kept = await kept_of(maker, document)
    assert document["calculation"] == {
        "ruleSet": CalculationInputs.from_json(kept.inputs).rules.hash,
        "engine": "renkei-footprint-1",
        "inputs": kept.committed().root,
    }


async def test_who_has_only_the_record_learns_nothing_from_what_it_is_committed_to(given) -> None:
    """The same inputs, with another secret, give another commitment: a guess cannot be tried."""
    maker, _, document = given
    kept = await kept_of(maker, document)
    assert replace(kept, token="another").committed().root != document["calculation"]["inputs"]
    assert kept.inputs_hash not in str(document)


async def test_the_first_difference_is_named(given) -> None:
    maker, _, document = given
    kept = await kept_of(maker, document)
    inputs = dict(kept.inputs)
    (inventory,) = inputs["inventories"]
    inputs["inventories"] = [{**inventory, "own": [{**inventory["own"][0], "kgCO2e": "12.6"}]}]
    await maker.store.commit(Changes(records=(replace(kept, inputs=inputs).row(),)))
    found = await maker.participant.calculations.recalculated(document["id"])
    assert found.first is not None
    assert (found.first.matter, found.first.at) == (Matter.INPUT, "")
    assert found.first.stated == kept.inputs_hash


async def test_what_has_changed_since_is_named_entry_by_entry(given) -> None:
    maker, _, document = given
    await maker.participant.parts.register(part("CELL", "13"))
    assert (await maker.participant.calculations.recalculated(document["id"])).reproduced
    found = await maker.participant.calculations.recalculated(document["id"], now=True)
    assert found.first is not None
    assert (found.first.matter, found.first.at) == (Matter.INPUT, "/inventories/0/own/0")


async def test_the_same_evidence_under_another_rule_set(given) -> None:
    maker, _, document = given
    compared = (await maker.participant.calculations.compared(document["id"], "ouranos-1")).to_json()
    assert (compared["from"]["total"], compared["to"]["total"]) == ("12.5", "12.5")
    assert compared["to"]["ruleSet"] == "urn:renkei:rules:ouranos:1"
    with pytest.raises(ConfigurationError, match="rule-set-unknown"):
        await maker.participant.calculations.compared(document["id"], "ouranos-9")


async def test_only_records_of_our_own_can_be_made_again(given) -> None:
    _, buyer, document = given
    with pytest.raises(LocalError, match="calculation-unknown"):
        await buyer.participant.calculations.recalculated(document["id"])
    with pytest.raises(LocalError, match="calculation-unknown"):
        await buyer.participant.calculations.recalculated("sha-256:" + "0" * 64)


async def test_a_part_may_name_its_rule_set(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    parts = maker.participant.parts
    await parts.register(replace(part("CELL", "0.1234567"), rules="ouranos-1"))
    document = await answered(dataspace, buyer)
    assert (document["total"], document["ruleSet"]) == ("0.12346", "urn:renkei:rules:ouranos:1")
    assert document["rounding"] == {"digits": 5, "counting": "decimal-places", "mode": "up"}
    with pytest.raises(ConfigurationError, match="rule-set-unknown"):
        await parts.register(replace(part("CELL", "1"), rules="none"))


async def test_a_silent_supplier_is_estimated_marked_and_asked_on(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    miner = await dataspace.join("miner")
    parts = maker.participant.parts
    await parts.register(replace(part("CELL", "10"), bom=BOM))
    await maker.participant.calculations.register_factors(FACTORS)
    found = await parts.footprint(await parts.known("CELL"))
    assert found.total == 10 + 2 * 3 + 1 * 2
    assert [gap.estimated for gap in found.gaps] == [True, True]
    published = found.publish("urn:1").to_json()
    assert [factor["name"] for factor in published["secondary"]] == ["ore of the world"]
    assert published["withheldFactors"] == 1
    assert published["gaps"] == [{"part": "**", "company": "**", "count": 2, "estimated": True}]
    assert published["primaryDataShare"].startswith("55.5555")  # 10 of 18
    await miner.participant.parts.register(part("ORE", "1"))
    await maker.request("miner", "ORE", [FOOTPRINT], DUE)
    await dataspace.settle()
    after = await parts.footprint(await parts.known("CELL"))
    assert after.total == 10 + 2 * 1 + 2
    assert [(gap.part, gap.estimated) for gap in after.gaps] == [("SALT", True)]
    assert buyer.did != maker.did


async def test_a_request_to_a_silent_supplier_stays_open_until_the_answer_takes_the_estimates_place(dataspace) -> None:
    """At the date the answer goes out with the estimate; what comes later makes a new version, with the same BOM."""
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    miner = await dataspace.join("miner")
    bom = BOM.replace(",miner,", f",{miner.did},")
    await maker.participant.parts.register(replace(part("CELL", "10"), bom="".join(bom.splitlines(True)[:2])))
    await maker.participant.calculations.register_factors(FACTORS)
    asked = await buyer.request("maker", "CELL", [FOOTPRINT], "2026-12-01")
    await dataspace.settle()
    await dataspace.advance(timedelta(days=10))
    (first,) = await received(buyer, maker)
    assert (first["total"], first["gaps"]) == ("16", [{"part": "**", "company": "**", "count": 1, "estimated": True}])
    assert (await buyer.participant.requests.known(asked.request, incoming=False)).state.value == "answered"
    (below,) = await maker.participant.requests.listed(incoming=False)
    assert below.state.value == "open"
    await miner.participant.parts.register(part("ORE", "1"))
    (waits,) = await miner.participant.requests.listed(incoming=True)
    await miner.participant.requests.answer(waits.request)
    await dataspace.rest()
    document = (await received(buyer, maker))[-1]
    assert (document["total"], document["gaps"], document["primaryDataShare"]) == ("12", [], "100")
    assert (document["supersedes"], document["cause"]) == (first["id"], "supplier-update")


async def test_a_change_of_the_rule_set_is_told_as_a_change_of_method(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    parts = maker.participant.parts
    await parts.register(part("CELL", "12.5"))
    first = await answered(dataspace, buyer)
    await parts.register(replace(part("CELL", "12.5"), rules="ouranos-1"))
    document = (await parts.record(await parts.known("CELL"), FOOTPRINT)).document
    assert (document["version"], document["supersedes"], document["cause"]) == (2, first["id"], "method")


async def test_own_and_supplied_are_told_apart_only_where_the_part_asks_for_it(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.participant.parts.register(part("CELL", "12.5"))
    assert "own" not in await answered(dataspace, buyer)
    await maker.participant.parts.register(replace(part("CELL", "12.5"), split=True))
    document = await answered(dataspace, buyer)
    assert (document["version"], document["own"]["mainProductProduction"]) == (2, "12.5")
    assert (await maker.participant.calculations.recalculated(document["id"])).reproduced


async def test_a_change_is_explained_beside_the_loop(given, monkeypatch) -> None:
    """Two roll-ups a change: with hundreds of suppliers it takes longer than a partner waits for an answer."""
    maker, _, document = given
    threads = []

    def explained(before, after):
        threads.append(threading.current_thread())
        return attribute(before, after)

    monkeypatch.setattr(calculations, "attribute", explained)
    assert (await maker.participant.calculations.attributed(document["id"], now=True)).change == 0
    assert threads
    assert threading.main_thread() not in threads
