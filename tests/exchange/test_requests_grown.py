"""Requests that take longer: sent back, reminded of, written about, counted up the chain, and under other numbers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from chains import FOOTPRINT, part, received, state_of
from conversations import contents
from test_requests_use import asking, posted

from renkei.battery.parts.crosswalk import PartLink, TradeSide
from renkei.exchange.records.requests import RequestRecord
from renkei.kernel.problems import ConfigurationError, LocalError
from renkei.testing import MemberConfig

DUE = "2026-12-31"


async def both(buyer, maker, request: str) -> tuple[RequestRecord, RequestRecord]:
    return (
        await buyer.participant.requests.known(request, incoming=False),
        await maker.participant.requests.known(request, incoming=True),
    )


async def owed(dataspace) -> list[str]:
    """What the outboxes hold about requests."""
    rows = [row for member in dataspace for row in (await contents(member))["outbox"]]
    return [row.task for row in rows if row.task == "box" or row.task.startswith("request-")]


async def answered(dataspace, **changes):
    """A buyer whose request its maker has answered."""
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.participant.parts.register(part("CELL", "12.5", **changes))
    asked = await buyer.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.settle()
    return maker, buyer, asked.request


# --- send back -----------------------------------------------------------------------------------


async def test_an_answer_that_is_sent_back_is_answered_again_with_better_figures(dataspace) -> None:
    maker, buyer, request = await answered(dataspace)
    await buyer.participant.requests.send_back(request, "the electricity is missing")
    await dataspace.settle()
    ours, theirs = await both(buyer, maker, request)
    assert [(each.state.value, each.reason) for each in (ours, theirs)] == [
        ("returned", "the electricity is missing"),
        ("returned", "the electricity is missing"),
    ]
    assert (ours.received, ours.answers) == ({}, {})
    await maker.participant.parts.register(part("CELL", "14"))
    await maker.participant.requests.answer(request)
    await dataspace.settle()
    assert [each.state.value for each in await both(buyer, maker, request)] == ["answered", "answered"]
    assert [record["total"] for record in await received(buyer, maker)] == ["12.5", "14"]
    assert await owed(dataspace) == []


async def test_an_answer_that_was_sent_back_waits_for_a_person_also_on_its_day(dataspace) -> None:
    maker, buyer, request = await answered(dataspace)
    await buyer.participant.requests.send_back(request, "no")
    await dataspace.settle()
    await dataspace.advance(timedelta(days=60))
    assert [each.state.value for each in await both(buyer, maker, request)] == ["returned", "returned"]
    await maker.participant.requests.reject(request, "we have no better")
    await dataspace.settle()
    assert [each.state.value for each in await both(buyer, maker, request)] == ["rejected", "rejected"]


async def test_the_same_record_may_answer_again(dataspace) -> None:
    maker, buyer, request = await answered(dataspace)
    await buyer.participant.requests.send_back(request, "are you sure?")
    await dataspace.settle()
    await maker.participant.requests.answer(request)
    await dataspace.settle()
    assert [each.state.value for each in await both(buyer, maker, request)] == ["answered", "answered"]
    assert len(await received(buyer, maker)) == 1


async def test_what_is_not_answered_is_not_sent_back(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    asked = await buyer.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.settle()
    with pytest.raises(LocalError, match="request-closed"):
        await buyer.participant.requests.send_back(asked.request, "no")
    partner = dataspace.partner("stranger")
    body = {"@type": "Return", "@id": "urn:uuid:9", "request": asked.request, "reason": "no"}
    assert (await posted(partner, maker, dataspace, body)).status == 404, "another's request does not exist for it"


# --- reminders -----------------------------------------------------------------------------------


async def waiting(dataspace, due: str = DUE, **settings):
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer", MemberConfig(**settings))
    asked = await buyer.request("maker", "CELL", [FOOTPRINT], due)
    await dataspace.settle()
    return maker, buyer, asked.request


async def test_reminders_go_before_the_day_and_on_it_each_once(dataspace) -> None:
    maker, buyer, request = await waiting(dataspace)
    seen = []
    while dataspace.clock.now() < datetime(2027, 1, 5, tzinfo=UTC):
        await dataspace.advance(timedelta(hours=6))
        ours, theirs = await both(buyer, maker, request)
        assert ours.reminded == theirs.reminded
        if not seen or seen[-1][0] != ours.reminded:
            seen.append((ours.reminded, dataspace.clock.now().date()))
    assert seen[1:] == [(1, date(2026, 12, 24)), (2, date(2026, 12, 30)), (3, date(2026, 12, 31))]
    assert await owed(dataspace) == []


async def test_an_answered_request_is_not_reminded_of(dataspace) -> None:
    maker, buyer, request = await answered(dataspace)
    await dataspace.advance(timedelta(days=60))
    assert [each.reminded for each in await both(buyer, maker, request)] == [0, 0]
    assert await owed(dataspace) == []


async def test_a_supplier_that_is_off_is_not_reminded_of_what_it_has_not_got(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.stop()
    asked = await buyer.request("maker", "CELL", [FOOTPRINT], "2026-11-24")
    await dataspace.advance(timedelta(days=1))
    assert (await buyer.participant.requests.known(asked.request, incoming=False)).reminded == 0


async def test_by_hand_one_reminder_a_day_goes(dataspace) -> None:
    maker, buyer, request = await waiting(dataspace)
    await buyer.participant.requests.remind(request)
    await dataspace.settle()
    with pytest.raises(LocalError, match="request-reminded"):
        await buyer.participant.requests.remind(request)
    await dataspace.advance(timedelta(days=1))
    await buyer.participant.requests.remind(request)
    await dataspace.settle()
    ours, theirs = await both(buyer, maker, request)
    assert (ours.reminded, theirs.reminded, theirs.reminded_at) == (2, 2, dataspace.clock.now())


async def test_a_flood_of_reminders_is_counted_once_an_hour(dataspace) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("insistent")
    await posted(partner, maker, dataspace, asking())
    for index in range(5):
        reminder = {"@type": "Reminder", "@id": f"urn:uuid:r{index}", "request": "urn:uuid:1", "due": DUE}
        assert (await posted(partner, maker, dataspace, reminder)).status == 200
    assert (await maker.participant.requests.find("urn:uuid:1")).reminded == 1


# --- words ---------------------------------------------------------------------------------------


async def test_words_go_both_ways_and_stand_on_both_sides(dataspace) -> None:
    maker, buyer, request = await waiting(dataspace)
    await maker.participant.requests.remark(request, "which plant?\n大阪?")
    await dataspace.settle()
    await buyer.participant.requests.remark(request, "Osaka")
    await dataspace.settle()
    ours, theirs = await both(buyer, maker, request)
    assert [(remark.ours, remark.text) for remark in ours.remarks] == [(False, "which plant?\n大阪?"), (True, "Osaka")]
    assert [(remark.ours, remark.text) for remark in theirs.remarks] == [
        (True, "which plant?\n大阪?"),
        (False, "Osaka"),
    ]
    assert [each.state.value for each in (ours, theirs)] == ["open", "open"]


async def test_a_word_that_cannot_be_delivered_ends_nothing(dataspace) -> None:
    maker, buyer, request = await waiting(dataspace)
    await maker.stop()
    await buyer.participant.requests.remark(request, "anybody there?")
    await dataspace.rest(timedelta(days=30))
    assert await state_of(buyer, request) == "open"


async def test_a_third_company_cannot_write_into_a_request(dataspace) -> None:
    maker, buyer, request = await waiting(dataspace)
    body = {"@type": "Remark", "@id": "urn:uuid:9", "request": request, "text": "psst"}
    for member in (maker, buyer):
        answer = await posted(dataspace.partner(f"at-{member.did[8:11]}"), member, dataspace, body)
        assert answer.status == 404
    assert [each.remarks for each in await both(buyer, maker, request)] == [(), ()]


# --- how far -------------------------------------------------------------------------------------


async def test_counts_reach_the_top_while_those_below_answer(dataspace) -> None:
    """``top`` asks ``pack``, which buys from ``cell`` and ``can``; ``cell`` buys from ``foil``; ``can`` is silent."""
    top, pack = await dataspace.join("top"), await dataspace.join("pack")
    cell, can, foil = [await dataspace.join(name) for name in ("cell", "can", "foil")]
    await pack.participant.parts.register(part("PACK", "1", ("CELL", cell.did, "1"), ("CAN", can.did, "1")))
    await cell.participant.parts.register(part("CELL", "1", ("FOIL", foil.did, "1")))
    asked = await top.request("pack", "PACK", [FOOTPRINT], "2026-12-01")
    await dataspace.settle()
    counts = []
    for then in (None, foil, None):
        if then is not None:
            await foil.participant.parts.register(part("FOIL", "1", terminated=True))
            (waits,) = await foil.participant.requests.listed(incoming=True)
            await foil.participant.requests.answer(waits.request)
        for _ in range(4):
            await dataspace.advance(31)
        record = await top.participant.requests.known(asked.request, incoming=False)
        counts.append((record.state.value, record.begun, record.below_open, record.below_total, record.below_late))
    assert foil.did not in repr(await contents(top)), "counts, without saying whose"
    assert counts[0] == ("open", True, 3, 3, 0)
    assert counts[1] == ("open", True, 1, 3, 0)
    await dataspace.advance(timedelta(days=20))
    record = await top.participant.requests.known(asked.request, incoming=False)
    assert (record.state.value, record.below_open, record.below_total, record.below_late) == ("answered", 1, 3, 1)
    assert not record.complete


async def test_a_chain_whose_leaves_are_terminated_is_complete(dataspace) -> None:
    top, cell, foil = [await dataspace.join(name) for name in ("top", "cell", "foil")]
    await cell.participant.parts.register(part("CELL", "1", ("FOIL", foil.did, "1")))
    for terminated in (False, True):
        await foil.participant.parts.register(part("FOIL", "1", terminated=terminated))
        asked = await top.request("cell", "CELL", [FOOTPRINT], DUE)
        await dataspace.settle()
        record = await top.participant.requests.known(asked.request, incoming=False)
        assert (record.state.value, record.complete) == ("answered", terminated)


# --- other numbers -------------------------------------------------------------------------------


async def test_each_company_uses_its_own_number_and_the_figures_still_add_up(dataspace) -> None:
    """The car maker asks for ``Z-1``, which is our ``PACK``; we buy ``our-cell``, which its maker sells as ``C/77``."""
    oem, pack, cell = [await dataspace.join(name) for name in ("oem", "pack", "cell")]
    await cell.participant.parts.register(part("C/77", "10"))
    await pack.participant.parts.register(part("PACK", "5", ("our-cell", cell.did, "2")))
    await pack.participant.parts.crosswalk.link(
        [
            PartLink(part="PACK", partner=oem.did, side=TradeSide.CUSTOMER, number="Z-1"),
            PartLink(part="our-cell", partner=cell.did, side=TradeSide.SUPPLIER, number="C/77"),
        ]
    )
    asked = await oem.request("pack", "Z-1", [FOOTPRINT], DUE)
    await dataspace.settle()
    ours, theirs = await both(oem, pack, asked.request)
    assert (ours.state.value, ours.part, ours.answered_as) == ("answered", "Z-1", "PACK")
    assert (theirs.state.value, theirs.part, theirs.ours) == ("answered", "Z-1", "PACK")
    (below,) = await pack.participant.requests.listed(incoming=False)
    assert (below.part, below.ours, below.state.value) == ("C/77", "our-cell", "answered")
    (footprint,) = await received(oem, pack)
    assert (footprint["part"], footprint["total"], footprint["gaps"]) == ("PACK", "25", [])


async def test_an_answer_under_another_number_is_linked_and_counted_in_its_line(dataspace) -> None:
    """The asker knows no number of the supplier's; the supplier knows the asker's."""
    pack, cell = await dataspace.join("pack"), await dataspace.join("cell")
    await cell.participant.parts.register(part("C/77", "10"))
    link = PartLink(part="C/77", partner=pack.did, side=TradeSide.CUSTOMER, number="our-cell")
    await cell.participant.parts.crosswalk.link([link])
    mine = await pack.participant.parts.register(part("PACK", "5", ("our-cell", cell.did, "2")))
    asked = await pack.request("cell", "our-cell", [FOOTPRINT], DUE)
    await dataspace.settle()
    (found,) = [each async for each in pack.participant.parts.crosswalk.search(part="our-cell")]
    assert (found.number, found.partner, found.source) == ("C/77", cell.did, f"the answer to {asked.request}")
    assert str((await pack.participant.parts.footprint(mine)).to_json()["total"]) == "25"


async def test_an_answer_that_contradicts_a_link_is_not_linked(dataspace) -> None:
    pack, cell = await dataspace.join("pack"), await dataspace.join("cell")
    await cell.participant.parts.register(part("C/77", "10"))
    await cell.participant.parts.crosswalk.link(
        [PartLink(part="C/77", partner=pack.did, side=TradeSide.CUSTOMER, number="C/76")]
    )
    crosswalk = pack.participant.parts.crosswalk
    await crosswalk.link([PartLink(part="our-cell", partner=cell.did, side=TradeSide.SUPPLIER, number="C/76")])
    mine = await pack.participant.parts.register(part("PACK", "5", ("our-cell", cell.did, "2")))
    asked = (await pack.participant.parts.supplies(mine))[0]
    assert (asked.component, asked.ours) == ("C/76", "our-cell")
    customer = await dataspace.join("customer")
    await customer.request("pack", "PACK", [FOOTPRINT], DUE)
    await dataspace.settle()
    (below,) = await pack.participant.requests.listed(incoming=False)
    assert below.state.value == "answered"
    assert below.reason.startswith("crosswalk-overlap: ")
    assert [each.number async for each in crosswalk.search(part="our-cell")] == ["C/76"]
    assert [gap.part for gap in (await pack.participant.parts.footprint(mine)).gaps] == ["C/76"]


async def test_a_number_for_several_parts_waits_for_a_person_who_says_which(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    for number, own in [("CELL-A", "1"), ("CELL-B", "2")]:
        await maker.participant.parts.register(part(number, own))
        link = PartLink(part=number, partner=buyer.did, side=TradeSide.CUSTOMER, number="Z")
        await maker.participant.parts.crosswalk.link([link])
    asked = await buyer.request("maker", "Z", [FOOTPRINT], DUE)
    await dataspace.settle()
    waits = await maker.participant.requests.find(asked.request)
    assert waits.reason.startswith("crosswalk-ambiguous: ")
    with pytest.raises(LocalError, match="crosswalk-ambiguous"):
        await maker.participant.requests.answer(asked.request)
    await maker.participant.requests.answer(asked.request, part="CELL-B")
    await dataspace.settle()
    assert [record["total"] for record in await received(buyer, maker)] == ["2"]


async def test_a_link_is_kept_once_ends_and_is_taken_back(dataspace) -> None:
    maker = await dataspace.join("maker")
    crosswalk = maker.participant.parts.crosswalk
    wanted = PartLink(part="P", partner="did:web:s.example", side=TradeSide.SUPPLIER, number="N")
    (first,) = await crosswalk.link([wanted])
    (again,) = await crosswalk.link([PartLink(**{**_members(wanted), "until": date(2026, 11, 21)})])
    assert (again.id, again.until, again.created) == (first.id, date(2026, 11, 21), first.created)
    assert await crosswalk.number_of("P", "did:web:s.example") == "P", "it ended yesterday"
    await crosswalk.link([wanted])
    assert await crosswalk.number_of("P", "did:web:s.example") == "N"
    await crosswalk.remove(first.id)
    assert await crosswalk.number_of("P", "did:web:s.example") == "P"
    with pytest.raises(LocalError, match="crosswalk-unknown"):
        await crosswalk.remove(first.id)
    await crosswalk.link([wanted])
    assert await crosswalk.number_of("P", "did:web:s.example") == "N"


async def test_links_are_kept_all_or_none(dataspace) -> None:
    maker = await dataspace.join("maker")
    crosswalk = maker.participant.parts.crosswalk
    links = [
        PartLink(part="P", partner="did:web:s.example", side=TradeSide.SUPPLIER, number=number) for number in ("N", "M")
    ]
    with pytest.raises(ConfigurationError, match="crosswalk-overlap"):
        await crosswalk.link(links)
    assert [each async for each in crosswalk.search()] == []


def _members(link: PartLink) -> dict[str, object]:
    return {name: getattr(link, name) for name in ("part", "partner", "side", "number", "plant", "start", "until")}
