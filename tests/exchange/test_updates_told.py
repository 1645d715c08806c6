"""What a notice of a restated value must say to be followed, and what becomes of one that promises too much."""

from __future__ import annotations

import pytest
from chains import DUE, FOOTPRINT, part, received

from renkei.exchange.records.notices import NoticeKind
from renkei.exchange.records.processes import AgreementRecord


@pytest.fixture
async def supplied(dataspace):
    """``buyer`` holds ``maker``'s record of CELL: both, and the maker's agreement over it."""
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.participant.parts.register(part("CELL", "5"))
    asked = await buyer.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.rest()
    dataset = (await maker.participant.requests.find(asked.request)).answers["footprint"]
    (row,) = await maker.store.find("agreement", ref=dataset)
    return maker, buyer, AgreementRecord.of(row)


def said(agreement, **changes) -> dict:
    content = {
        "dataset": agreement.dataset,
        "kind": "footprint",
        "part": "CELL",
        "record": "urn:uuid:1",
        "version": 9,
        "supersedes": "",
        "hash": "",
    }
    return {**content, **changes}


async def told(space, maker, buyer, agreement, content) -> tuple[str, str]:
    """How the notice ends at its sender, and which code its end has."""
    notice = await maker.participant.notices.tell(NoticeKind.RESTATED, agreement, "CELL", content)
    await space.rest()
    kept = await maker.participant.notices.known(notice.notice)
    return kept.state.value, kept.reason


async def ended(buyer) -> list[tuple[str, str]]:
    found = await buyer.participant.notices.listed(incoming=True)
    return [(notice.state.value, notice.reason.partition(":")[0]) for notice in found]


async def test_a_notice_that_overtakes_the_first_record_is_followed_when_that_is_here(
    dataspace, supplied, monkeypatch
) -> None:
    """The record was read at its maker before it was restated, and is stored after the notice has come."""
    maker, buyer, _ = supplied
    held, looks = buyer.participant.followers.held, []

    async def on_its_way(record, restated):
        looks.append(restated.version)
        return None if len(looks) == 1 else await held(record, restated)

    monkeypatch.setattr(buyer.participant.followers, "held", on_its_way)
    await maker.participant.parts.register(part("CELL", "7"))
    await dataspace.rest()
    assert [record["total"] for record in await received(buyer, maker)] == ["5", "7"]
    assert await ended(buyer) == [("done", "")]


BROKEN = {
    "no dataset": ({"dataset": None}, "update-malformed"),
    "another kind": ({"kind": "mood"}, "update-malformed"),
    "a version that is no number": ({"version": "2"}, "update-malformed"),
    "a member too many": ({"total": "60"}, "update-malformed"),
    "another dataset than the agreement's": ({"dataset": "urn:other"}, "notice-without-agreement"),
}


@pytest.mark.parametrize(("changes", "code"), BROKEN.values(), ids=BROKEN)
async def test_a_notice_that_says_it_wrong_is_refused_and_its_sender_hears_why(
    dataspace, supplied, changes, code
) -> None:
    maker, buyer, agreement = supplied
    state, reason = await told(dataspace, maker, buyer, agreement, said(agreement, **changes))
    assert (state, code in reason) == ("failed", True)
    assert await ended(buyer) == []


async def test_a_customer_cannot_restate_what_it_has_got_itself(dataspace, supplied) -> None:
    maker, buyer, agreement = supplied
    state, reason = await told(dataspace, buyer, maker, await of(buyer, agreement), said(agreement))
    assert (state, "notice-without-agreement" in reason) == ("failed", True)
    assert await ended(maker) == []


async def of(member, agreement) -> AgreementRecord:
    return await member.participant.agreements.kept(agreement.id)


@pytest.mark.parametrize(
    "changes", [{"part": "OTHER"}, {"kind": "due-diligence"}, {"version": 1}], ids=["part", "kind", "version"]
)
async def test_what_nobody_has_asked_for_or_is_here_already_is_not_fetched(dataspace, supplied, changes) -> None:
    maker, buyer, agreement = supplied
    transfers = await buyer.store.count("transfer", peer=maker.did)
    assert await told(dataspace, maker, buyer, agreement, said(agreement, **changes)) == ("done", "")
    assert await ended(buyer) == [("done", "")]
    # One more: that of the box, in which the maker has put the notice.
    assert await buyer.store.count("transfer", peer=maker.did) == transfers + 1


async def test_a_version_that_was_told_and_is_not_given_changes_nothing(dataspace, supplied) -> None:
    maker, buyer, agreement = supplied
    assert await told(dataspace, maker, buyer, agreement, said(agreement)) == ("done", "")
    assert await ended(buyer) == [("failed", "update-not-given")]
    assert [record["version"] for record in await received(buyer, maker)] == [1]


async def test_a_record_that_does_not_fit_the_bill_of_materials_says_so_at_its_notice(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.participant.parts.register(part("CELL", "5"))
    await buyer.participant.parts.register(part("PACK", "1", ("CELL", "maker", "10")))
    await buyer.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.rest()
    by_mass = part("CELL", "5")
    by_mass.inventory["declaredUnit"] = "kilogram"
    by_mass.due_diligence["declaredUnit"] = "kilogram"
    await maker.participant.parts.register(by_mass)
    await dataspace.rest()
    assert await ended(buyer) == [("done", "record-unfit-unit")]
    parts = buyer.participant.parts
    assert [gap.part for gap in (await parts.footprint(await parts.known("PACK"))).gaps] == ["CELL"]
