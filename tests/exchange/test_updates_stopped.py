"""Where an update is not told, is held, is stopped, or goes round in a loop: it ends, with the reason at both sides."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from chains import DUE, FOOTPRINT, part, received

from renkei.exchange.ports import UpdateRules
from renkei.exchange.records.notices import NoticeKind
from renkei.exchange.request import request_box
from renkei.kernel.problems import LocalError
from renkei.testing import Fate, MemberConfig


async def supplied(space, **config):
    """``maker`` supplies ``buyer`` with CELL, of which it makes PACK."""
    maker, buyer = [await space.join(name, MemberConfig(**config)) for name in ("maker", "buyer")]
    await maker.participant.parts.register(part("CELL", "5"))
    await buyer.participant.parts.register(part("PACK", "1", ("CELL", "maker", "10")))
    await answered(space, buyer, "maker", "CELL")
    return maker, buyer


async def answered(space, buyer, supplier, item) -> str:
    record = await buyer.request(supplier, item, [FOOTPRINT], DUE)
    await space.rest()
    assert (await buyer.participant.requests.find(record.request)).state.value == "answered"
    return record.request


async def restate(member, item, own, *bought, **how) -> None:
    await member.participant.parts.register(part(item, own, *bought, **how))


async def consent_of(maker, request) -> str:
    return (await maker.participant.requests.find(request)).consents["footprint"]


async def copies(member) -> list[tuple[str, str]]:
    return [(copy.state.value, copy.reason.partition(":")[0]) for copy in await member.participant.successors.listed()]


async def heard(member) -> list[tuple[str, str]]:
    found = await member.participant.notices.listed(incoming=True, about=NoticeKind.RESTATED)
    return [(notice.state.value, notice.reason.partition(":")[0]) for notice in found]


async def versions(buyer, maker) -> list[int]:
    return [record["version"] for record in await received(buyer, maker)]


async def newest_consent(maker):
    (consent, *_) = await maker.participant.consents.listed(incoming=True)
    return consent.consent


# --- consent --------------------------------------------------------------------------------------


async def test_a_consent_that_was_taken_back_before_stops_the_update_at_its_source(dataspace) -> None:
    maker, buyer = await supplied(dataspace)
    await maker.participant.consents.withdraw(await newest_consent(maker), "no more")
    await dataspace.rest()
    await restate(maker, "CELL", "4")
    await dataspace.rest()
    assert await copies(maker) == [("stopped", "consent-withdrawn")]
    assert (await heard(buyer), await versions(buyer, maker)) == ([], [1])


async def test_a_consent_that_is_taken_back_while_the_customer_is_away_stops_it_at_both_sides(dataspace) -> None:
    maker, buyer = await supplied(dataspace)
    await buyer.stop()
    await restate(maker, "CELL", "4")
    await dataspace.advance(timedelta(hours=1))
    assert await copies(maker) == [("told", "")]
    await maker.participant.consents.withdraw(await newest_consent(maker), "no more")
    await dataspace.advance(timedelta(hours=1))
    await buyer.start()
    await dataspace.rest(timedelta(days=2))
    assert await copies(maker) == [("stopped", "consent-withdrawn")]
    assert await heard(buyer) == [("failed", "consent-withdrawn")]
    assert await versions(buyer, maker) == [1]


async def test_a_consent_that_is_taken_back_between_the_notice_and_the_bytes_stops_it_at_both_sides(dataspace) -> None:
    """The customer has the notice and does not know yet that the consent is gone: the provider refuses."""
    maker, buyer = await supplied(dataspace)
    dataspace.network.weather = lambda passage: Fate.DELIVER if passage.sender == maker.origin else 503
    await restate(maker, "CELL", "4")
    # The box is filled by messages of both: let the notice through, and then nothing of the buyer.
    dataspace.network.weather = lambda _: Fate.DELIVER
    buyers = buyer.participant.fetching
    fetch = buyers.fetch

    async def late(*arguments, **named):
        if not taken:
            taken.append(await newest_consent(maker))
            await maker.participant.consents.withdraw(taken[0], "no more")
        return await fetch(*arguments, **named)

    taken: list[str] = []
    buyers.fetch = late
    await dataspace.rest(timedelta(days=2))
    assert taken
    assert await copies(maker) == [("stopped", "consent-withdrawn")]
    ((state, reason),) = await heard(buyer)
    assert (state, reason in {"consent-withdrawn", "process-ended"}) == ("failed", True)
    (notice,) = await buyer.participant.notices.listed(incoming=True)
    assert "consent-withdrawn" in notice.reason
    assert await versions(buyer, maker) == [1]


# --- a person in between ---------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["part", "settings"])
async def test_a_new_version_waits_for_a_person_where_one_is_to_look(dataspace, where) -> None:
    settings = {"updates": UpdateRules(automatic=False)} if where == "settings" else {}
    maker, buyer = await supplied(dataspace, **settings)
    await restate(maker, "CELL", "4", automatic=where != "part")
    await dataspace.rest()
    assert (await copies(maker), await versions(buyer, maker)) == ([("held", "update-by-hand")], [1])
    (released,) = await maker.participant.successors.release("CELL")
    assert released.partner == buyer.did
    await dataspace.rest()
    assert (await copies(maker), await versions(buyer, maker)) == ([("told", "")], [1, 2])


async def test_what_nobody_has_cannot_be_released(dataspace) -> None:
    maker = await dataspace.join("maker")
    await maker.participant.parts.register(part("CELL", "5"))
    for name, code in (("CELL", "update-unknown"), ("NONE", "part-unknown")):
        with pytest.raises(LocalError) as caught:
            await maker.participant.successors.release(name)
        assert caught.value.code == code


async def test_an_agreed_window_puts_the_notice_off_and_gathers_what_comes_meanwhile(dataspace) -> None:
    maker, buyer = await supplied(dataspace)
    quarter = dataspace.clock.now() + timedelta(days=30)
    asked: list[int] = []

    class Quarterly:
        async def due(self, agreement, copy, now):
            assert agreement.partner == copy.partner == buyer.did
            asked.append(copy.changes)
            return None if copy.changes < 2 else quarter

    maker.participant.successors.times = Quarterly()
    await restate(maker, "CELL", "4.5")
    await dataspace.rest()
    assert await copies(maker) == [("waiting", "")]
    await restate(maker, "CELL", "4")
    await dataspace.rest()
    assert (await copies(maker), await heard(buyer)) == ([("waiting", "")], [])
    await dataspace.advance(timedelta(days=31))
    await dataspace.rest()
    assert (await copies(maker), await heard(buyer)) == ([("told", "")], [("done", "")])
    assert [record["total"] for record in await received(buyer, maker)] == ["5", "4"]
    assert max(asked) == 2


async def test_a_record_that_can_be_made_no_more_stops_the_update_with_the_reason(dataspace) -> None:
    maker, buyer = await supplied(dataspace)
    await restate(maker, "CELL", "4", inventory={})
    await dataspace.rest()
    assert (await copies(maker), await heard(buyer)) == ([("stopped", "part-incomplete")], [])


def rated(own: str):
    made = part("CELL", own)
    made.inventory["own"][0]["quality"] = {"TeR": "1", "GeR": "1", "TiR": "2"}
    return made


async def test_a_new_version_goes_no_further_than_the_consent_that_holds_now(dataspace) -> None:
    """Another consent may have taken the first one's place; a rating that it does not cover is more than it permits."""
    maker, buyer = await supplied(dataspace)
    (given,) = await maker.participant.consents.listed(incoming=True)
    await maker.participant.consents.withdraw(given.consent, "field by field from now on")
    wish = await buyer.participant.consents.ask("maker", given.purposes, dataset=given.dataset)
    await dataspace.rest()
    granted = await maker.participant.consents.grant(wish.consent)
    assert "/quality/TeR" not in granted.fields
    await restate(maker, "CELL", "4.5")
    await dataspace.rest()
    assert (await copies(maker), await versions(buyer, maker)) == ([("told", "")], [1, 2])
    await maker.participant.parts.register(rated("4"))
    await dataspace.rest()
    assert (await copies(maker), await versions(buyer, maker)) == ([("stopped", "consent-missing")], [1, 2])


# --- loops ----------------------------------------------------------------------------------------


async def loop(space, monkeypatch, back: str, **config):
    """Three companies, each of which buys of the one before, and the first of the last."""
    monkeypatch.setattr(request_box, "_MOST_FOR_A_PART", 1)
    members = [await space.join(name, MemberConfig(**config)) for name in ("one", "two", "three")]
    one, two, three = members
    await one.participant.parts.register(part("A", "7"))
    await two.participant.parts.register(part("B", "5", ("A", "one", "0.5")))
    await three.participant.parts.register(part("C", "3", ("B", "two", "0.1")))
    await answered(space, three, "two", "B")
    await one.participant.parts.register(part("A", "7", ("C", "three", back)))
    await answered(space, one, "three", "C")
    return members


def solved(a: Fraction, b: Fraction, c: Fraction, back: Fraction) -> dict[str, Fraction]:
    """The loop's figures by hand: A = a + back C, B = b + A/2, C = c + B/10."""
    total = (a + back * (c + b / 10)) / (1 - back / 20)
    return {"A": total, "B": b + total / 2, "C": c + (b + total / 2) / 10}


async def figure(member, item) -> Fraction:
    parts = member.participant.parts
    return (await parts.footprint(await parts.known(item))).total


async def test_a_loop_of_three_companies_comes_to_rest_at_what_a_full_calculation_gives(dataspace, monkeypatch) -> None:
    one, two, three = await loop(dataspace, monkeypatch, "0.0002")
    await dataspace.rest(timedelta(days=1))
    await restate(two, "B", "4", ("A", "one", "0.5"))
    await dataspace.rest(timedelta(days=1))
    expected = solved(Fraction(7), Fraction(4), Fraction(3), Fraction("0.0002"))
    for member, item in ((one, "A"), (two, "B"), (three, "C")):
        assert abs(await figure(member, item) / expected[item] - 1) < Fraction(1, 10**30)
        assert {state for state, _ in await copies(member)} == {"told"}
    rounds = len(await versions(two, one))
    assert rounds < 20
    await restate(two, "B", "4", ("A", "one", "0.5"))  # nothing new: nothing goes round
    await dataspace.rest(timedelta(days=1))
    assert len(await versions(two, one)) == rounds


async def test_a_loop_that_never_comes_to_rest_is_cut_with_the_reason(dataspace, monkeypatch) -> None:
    """More goes back into it than is added: the figures would grow without end."""
    one, two, three = await loop(dataspace, monkeypatch, "30", updates=UpdateRules(rounds=5))
    await dataspace.rest(timedelta(days=1))
    members = (one, two, three)
    stopped = [entry for member in members for entry in await copies(member) if entry[0] == "stopped"]
    assert set(stopped) == {("stopped", "update-unsettled")}
    assert len(await versions(two, one)) < 20
