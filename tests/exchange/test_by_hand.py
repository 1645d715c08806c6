"""Suppliers without a system: nothing is sent to them, and what their forms tell counts as told, not as signed."""

from __future__ import annotations

import pytest
from chains import DILIGENCE, DUE, FOOTPRINT, part, received, state_of
from conversations import contents

from renkei.exchange.records.requests import BY_HAND, DocumentRecord
from renkei.exchange.request.by_hand import ToldPart
from renkei.kernel.problems import ConfigurationError, LocalError

MINE = BY_HAND + "lithium-mine"


def told(own: str = "2.5", name: str = "ORE", **changes) -> ToldPart:
    said = part(name, own)
    return ToldPart(**{"id": name, "inventory": said.inventory, "bom": None, "file": "sha-256:" + "0" * 64, **changes})


async def test_a_form_answers_a_request_and_everyone_who_waits_goes_on(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.participant.parts.register(part("CELL", "10", ("ORE", MINE, "2")))
    asked = await buyer.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.settle()
    (below,) = await maker.participant.requests.listed(incoming=False)
    assert (below.partner, below.part, below.state.value) == (MINE, "ORE", "open")
    assert await state_of(buyer, asked.request) == "open"  # nobody was called, nothing was given up

    taken = await maker.participant.by_hand.taken(MINE, told())
    assert taken is not None
    assert taken.request is not None
    assert taken.request.state.value == "answered"
    await dataspace.settle()
    assert await state_of(buyer, asked.request) == "answered"
    (footprint,) = await received(buyer, maker)
    assert (footprint["total"], footprint["gaps"]) == ("15", [])  # 10 + 2 x 2.5
    shown = await maker.participant.trees.footprint(await maker.participant.parts.known("CELL"))
    assert [(each["origin"], each.get("signed")) for each in shown["contributions"]] == [
        ("own", None),
        ("component", False),
    ]


async def test_what_was_told_never_looks_signed(dataspace) -> None:
    maker = await dataspace.join("maker")
    taken = await maker.participant.by_hand.taken(MINE, told())
    assert taken is not None
    (row,) = await maker.store.find("document", peer=MINE)
    kept = DocumentRecord.of(row)
    assert (kept.signed, kept.taken_from, kept.document["company"]) == (False, "sha-256:" + "0" * 64, MINE)
    assert "proof" not in kept.document
    assert "signature" not in kept.document


async def test_a_form_that_names_components_leaves_them_as_a_count(dataspace) -> None:
    maker = await dataspace.join("maker")
    bom = part("ORE", "1", ("SECRET", "did:web:hidden.example", "1")).bom
    taken = await maker.participant.by_hand.taken(MINE, told(bom=bom))
    assert taken is not None
    assert taken.record.document["gaps"] == [{"part": "**", "company": "**", "count": 1}]
    assert "SECRET" not in str(taken.record.document)


async def test_the_same_form_twice_is_one_record_and_a_corrected_one_is_the_next_version(dataspace) -> None:
    maker = await dataspace.join("maker")
    await maker.participant.requests.ask(MINE, "ORE", [FOOTPRINT], DUE)
    first = await maker.participant.by_hand.taken(MINE, told())
    again = await maker.participant.by_hand.taken(MINE, told())
    assert first is not None
    assert again is not None
    assert again.record.id == first.record.id
    corrected = await maker.participant.by_hand.taken(MINE, told("3"))
    assert corrected is not None
    assert (corrected.record.document["version"], corrected.record.document["supersedes"]) == (
        2,
        first.record.document["id"],
    )


async def test_a_dry_run_keeps_nothing(dataspace) -> None:
    maker = await dataspace.join("maker")
    assert await maker.participant.by_hand.taken(MINE, told(), dry_run=True) is None
    assert (await contents(maker))["outbox"] == []
    assert await maker.store.find("document", peer=MINE) == []


async def test_whoever_can_sign_speaks_for_itself(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    with pytest.raises(ConfigurationError, match="by-hand-partner-signs"):
        await buyer.participant.by_hand.taken(maker.did, told())


async def test_a_form_answers_only_what_was_asked_of_its_supplier(dataspace) -> None:
    maker = await dataspace.join("maker")
    asked = await maker.participant.requests.ask(MINE, "ORE", [FOOTPRINT], DUE)
    with pytest.raises(ConfigurationError, match="by-hand-other-part"):
        await maker.participant.by_hand.taken(MINE, told(name="COAL"), asked.request)
    with pytest.raises(ConfigurationError, match="by-hand-other-partner"):
        await maker.participant.by_hand.taken(BY_HAND + "other", told(), asked.request)
    diligence = await maker.participant.requests.ask(MINE, "SALT", [DILIGENCE], DUE)
    with pytest.raises(ConfigurationError, match="by-hand-other-part"):
        await maker.participant.by_hand.taken(MINE, told(name="SALT"), diligence.request)


async def test_a_cancelled_request_takes_no_form(dataspace) -> None:
    maker = await dataspace.join("maker")
    asked = await maker.participant.requests.ask(MINE, "ORE", [FOOTPRINT], DUE)
    await maker.participant.requests.cancel(asked.request)
    await dataspace.settle()
    assert (await contents(maker))["outbox"] == []
    with pytest.raises(LocalError, match="request-closed"):
        await maker.participant.by_hand.taken(MINE, told(), asked.request)


async def test_nobody_is_reminded_who_has_no_system(dataspace) -> None:
    maker = await dataspace.join("maker")
    asked = await maker.participant.requests.ask(MINE, "ORE", [FOOTPRINT], DUE)
    with pytest.raises(LocalError, match="request-by-hand"):
        await maker.participant.requests.remind(asked.request)


async def test_a_supplier_that_has_told_fills_no_form_in_for_the_next_customer(dataspace) -> None:
    maker, buyer, other = [await dataspace.join(name) for name in ("maker", "buyer", "other")]
    await maker.participant.parts.register(part("CELL", "10", ("ORE", MINE, "2")))
    await buyer.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.settle()
    await maker.participant.by_hand.taken(MINE, told())
    asked = await other.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.settle()
    assert await state_of(other, asked.request) == "answered"
    assert len(await maker.participant.requests.listed(incoming=False)) == 1
    (footprint,) = await received(other, maker)
    assert (footprint["total"], footprint["gaps"]) == ("15", [])
