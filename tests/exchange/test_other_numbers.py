"""Companies that call the same part by other numbers are told of it like everybody else.

The buyer asks for ``C-1``, which its supplier calls ``P-1``; what that is made of it calls ``BUY``, and its own supplier
``S-1``.
"""

from __future__ import annotations

import pytest
from chains import DILIGENCE, DUE, FOOTPRINT, part, received
from test_alerts_use import cobalt, heard, nothing
from test_statements_use import answered, issued

from renkei.battery.parts.crosswalk import PartLink, TradeSide
from renkei.exchange.diligence.alerts import Flag
from renkei.exchange.records.notices import NoticeKind

LINE = ("BUY", "maker", "2")


async def build(space, kinds, *, told_by_answer: bool = False):
    """``told_by_answer``: nobody but each supplier knows the other number, and says so with its answer."""
    maker, pack, oem = [await space.join(name) for name in ("maker", "pack", "oem")]
    bought = PartLink(part="BUY", partner=maker.did, side=TradeSide.SUPPLIER, number="S-1")
    if told_by_answer:
        bought = PartLink(part="S-1", partner=pack.did, side=TradeSide.CUSTOMER, number="BUY")
    await (maker if told_by_answer else pack).participant.parts.crosswalk.link([bought])
    sold = PartLink(part="P-1", partner=oem.did, side=TradeSide.CUSTOMER, number="C-1")
    await pack.participant.parts.crosswalk.link([sold])
    await maker.participant.parts.register(part("S-1", "10", due_diligence=cobalt()))
    await pack.participant.parts.register(part("P-1", "5", LINE, due_diligence=nothing()))
    asked = await oem.request("pack", "C-1", kinds, DUE)
    await space.rest()
    found = await oem.participant.requests.find(asked.request)
    assert (found.state.value, found.answered_as) == ("answered", "P-1")
    return maker, pack, oem


async def totals(oem, pack) -> list[str]:
    return [record["total"] for record in await received(oem, pack)]


@pytest.mark.parametrize("told_by_answer", [False, True])
async def test_a_restated_value_reaches_who_asked_under_its_own_number(dataspace, told_by_answer) -> None:
    maker, pack, oem = await build(dataspace, [FOOTPRINT], told_by_answer=told_by_answer)
    assert await totals(oem, pack) == ["25"]
    await maker.participant.parts.register(part("S-1", "8", due_diligence=cobalt()))
    await dataspace.rest()
    assert await totals(oem, pack) == ["25", "21"]


@pytest.mark.parametrize("told_by_answer", [False, True])
async def test_a_red_flag_reaches_who_asked_under_its_own_number(dataspace, told_by_answer) -> None:
    maker, pack, oem = await build(dataspace, [DILIGENCE], told_by_answer=told_by_answer)
    await maker.participant.alerts.raise_flag(Flag(part="S-1", mineral="cobalt", risks=("child_labour",)))
    await dataspace.rest()
    (told,) = await heard(oem)
    assert (told["sender"], told["subject"], told["cause"]) == (pack.did, "P-1", "red-flag")
    records = await received(oem, pack, "DueDiligenceRecord")
    assert [record["minerals"][0]["status"] for record in records] == ["met", "not-met"]


async def test_a_copy_is_released_by_hand_to_who_asked_under_its_own_number(dataspace) -> None:
    _, pack, oem = await build(dataspace, [FOOTPRINT])
    (copy,) = await pack.participant.successors.release("P-1")
    assert (copy.partner, copy.part) == (oem.did, "P-1")


async def test_what_a_line_means_from_now_on_is_counted_and_told(dataspace) -> None:
    """The link is taken back, so the line means a part that nobody has told us of; then it is kept again."""
    _, pack, oem = await build(dataspace, [FOOTPRINT])
    crosswalk = pack.participant.parts.crosswalk
    (link,) = [each async for each in crosswalk.search(part="BUY")]
    await crosswalk.remove(link.id)
    await dataspace.rest()
    assert await totals(oem, pack) == ["25", "5"]
    await crosswalk.link([link.link])
    await dataspace.rest()
    records = await received(oem, pack)
    assert [record["total"] for record in records] == ["25", "5", "25"]
    assert [len(record["gaps"]) for record in records] == [0, 1, 0]
    assert {record["cause"] for record in records[1:]} == {"bill-of-materials"}


async def test_links_of_many_components_are_one_look(dataspace) -> None:
    maker, pack, _ = await build(dataspace, [FOOTPRINT])
    links = [
        PartLink(part=f"OTHER-{number}", partner=maker.did, side=TradeSide.SUPPLIER, number=f"S/{number}")
        for number in range(50)
    ]
    await pack.participant.parts.crosswalk.link(links)
    assert [row.task for row in await pack.store.deliveries() if row.task == "restate"] == ["restate"]


async def test_whether_all_is_asked_is_known_where_answers_bear_other_numbers(dataspace) -> None:
    maker, pack, oem = [await dataspace.join(name) for name in ("maker", "pack", "oem")]
    link = PartLink(part="S-1", partner=pack.did, side=TradeSide.CUSTOMER, number="BUY")
    await maker.participant.parts.crosswalk.link([link])
    await maker.participant.parts.register(part("S-1", "10", terminated=True))
    await pack.participant.parts.register(part("P-1", "5", LINE))
    asked = await oem.request("pack", "P-1", [FOOTPRINT], DUE)
    await dataspace.rest()
    assert (await oem.participant.requests.find(asked.request)).complete


async def test_a_statement_reaches_who_asked_under_its_own_number(dataspace) -> None:
    _, pack, oem = await build(dataspace, [FOOTPRINT])
    verifier = await dataspace.join("verifier")
    await answered(dataspace, verifier, "pack", "P-1")
    made = await issued(dataspace, verifier, pack)
    told = await oem.participant.notices.listed(incoming=True, about=NoticeKind.STATEMENT)
    assert [(one.partner, one.subject) for one in told] == [(pack.did, made.id)]
