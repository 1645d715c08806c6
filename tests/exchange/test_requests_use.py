"""Requests: asked into a box, answered from what was received, tier by tier, with the same status on both sides."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from chains import DILIGENCE, DUE, FOOTPRINT, part, received, state_of
from conversations import UNKNOWN, contents, pulled, started

from renkei.exchange.records.assets import AssetRecord
from renkei.kernel.problems import LocalError, PeerError
from renkei.store.port import Changes
from renkei.testing import Fate, MemberConfig
from renkei.trust.artefacts import content_hash


async def posted(partner, member, space, body: dict | bytes):
    """A message into a member's box, under an agreement of its own."""
    partner.pid = partner.ids.new()
    _, token = await started(partner, member, space, f"{member.did}#request-box")
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    answered = await partner.line.send("POST", member.origin + "/data", headers={"authorization": token}, body=raw)
    await space.settle()
    return answered


def asking(**changes) -> dict:
    request = {"@type": "Request", "@id": UNKNOWN, "request": "urn:uuid:1", "part": "CELL"}
    return {**request, "kinds": ["footprint"], "due": DUE, **changes}


async def test_a_request_is_answered_and_the_record_is_with_the_asker(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.participant.parts.register(part("CELL", "12.5"))
    asked = await buyer.request("maker", "CELL", [FOOTPRINT, DILIGENCE], DUE, "for the passport")
    await dataspace.settle()
    assert [await state_of(member, asked.request) for member in (buyer, maker)] == ["answered", "answered"]
    (footprint,) = await received(buyer, maker)
    assert (footprint["part"], footprint["company"], footprint["total"]) == ("CELL", maker.did, "12.5")
    (diligence,) = await received(buyer, maker, "DueDiligenceRecord")
    assert [entry["status"] for entry in diligence["minerals"]] == ["met"]
    (incoming,) = await maker.participant.requests.listed(incoming=True)
    assert (incoming.partner, incoming.message, incoming.delivered) == (buyer.did, "for the passport", True)
    await dataspace.rest()
    assert [(await contents(member))["outbox"] for member in dataspace] == [[], []]


async def test_the_answer_is_offered_to_the_asker_alone(dataspace) -> None:
    maker, buyer, other = await dataspace.join("maker"), await dataspace.join("buyer"), await dataspace.join("other")
    await maker.participant.parts.register(part("CELL", "12.5"))
    await buyer.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.settle()
    assert len(await buyer.catalog("maker")) == 2
    assert [dataset.id for dataset in await other.catalog("maker")] == [f"{maker.did}#request-box"]


async def test_a_request_for_an_unknown_part_waits_for_a_person(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    asked = await buyer.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.settle()
    assert [await state_of(member, asked.request) for member in (buyer, maker)] == ["open", "open"]
    with pytest.raises(LocalError, match="part-unknown"):
        await maker.participant.requests.answer(asked.request)
    await maker.participant.parts.register(part("CELL", "7"))
    await maker.participant.requests.answer(asked.request)
    await dataspace.settle()
    assert [await state_of(member, asked.request) for member in (buyer, maker)] == ["answered", "answered"]


WAITING = {
    "part-unknown": {"id": "PACK", "inventory": {}, "due_diligence": {}, "bom": None},
    "part-by-hand": {"automatic": False},
    "part-other-customers": {"customers": ("did:web:other.example",)},
}


@pytest.mark.parametrize(("code", "changes"), WAITING.items(), ids=WAITING)
async def test_a_request_that_waits_for_a_person_says_why(dataspace, caplog, code, changes) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.participant.parts.register(part("CELL", "7", **changes))
    asked = await buyer.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.settle()
    (inbox,) = await maker.participant.requests.listed(incoming=True)
    assert (inbox.request, inbox.state.value) == (asked.request, "open")
    assert inbox.reason.startswith(f"{code}: ")
    assert "CELL" in inbox.reason
    assert code in [getattr(record, "code", "") for record in caplog.records]
    assert (await buyer.participant.requests.find(asked.request)).reason == "", "it is no affair of the asker"
    await maker.participant.parts.register(part("CELL", "7"))
    await maker.participant.requests.answer(asked.request)
    assert (await maker.participant.requests.find(asked.request)).reason == ""


async def test_a_rejection_tells_its_reason_on_both_sides(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    asked = await buyer.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.settle()
    await maker.participant.requests.reject(asked.request, "not for sale")
    await dataspace.settle()
    for member in (buyer, maker):
        record = await member.participant.requests.find(asked.request)
        assert (record.state.value, record.reason) == ("rejected", "not for sale")
    with pytest.raises(LocalError, match="request-closed"):
        await maker.participant.requests.answer(asked.request)


async def test_a_cancellation_tells_its_reason_on_both_sides(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    asked = await buyer.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.settle()
    await buyer.participant.requests.cancel(asked.request, "changed the design")
    await dataspace.settle()
    for member in (buyer, maker):
        record = await member.participant.requests.find(asked.request)
        assert (record.state.value, record.reason) == ("cancelled", "changed the design")


async def test_a_request_cancelled_before_it_was_delivered_ends_cancelled_on_both_sides(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.stop()
    asked = await buyer.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.advance(1)
    await buyer.participant.requests.cancel(asked.request, "changed the design")
    await maker.start()
    await dataspace.rest()
    assert [await state_of(member, asked.request) for member in (buyer, maker)] == ["cancelled", "cancelled"]


@pytest.mark.parametrize("crossing", ["answer", "reject"])
async def test_a_cancellation_that_crosses_an_answer_or_a_rejection_wins_on_both_sides(dataspace, crossing) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    asked = await buyer.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.settle()
    await maker.participant.parts.register(part("CELL", "7"))
    if crossing == "answer":
        await maker.participant.requests.answer(asked.request)
    else:
        await maker.participant.requests.reject(asked.request, "not for sale")
    await buyer.participant.requests.cancel(asked.request, "changed the design")
    await dataspace.rest()
    for member in (buyer, maker):
        record = await member.participant.requests.find(asked.request)
        assert (record.state.value, record.reason) == ("cancelled", "changed the design")
    assert [(await contents(member))["outbox"] for member in dataspace] == [[], []]


# --- the chain ------------------------------------------------------------------------------------


async def test_three_tiers_ripple_up_and_each_tells_only_its_total(dataspace) -> None:
    miner, maker, buyer = [await dataspace.join(name) for name in ("miner", "maker", "buyer")]
    await miner.participant.parts.register(part("ORE", "3"))
    await maker.participant.parts.register(part("CELL", "12", ("ORE", "miner", "2")))
    await buyer.participant.parts.register(part("CAR", "100", ("CELL", "maker", "10")))
    asked = await buyer.request("maker", "CELL", [FOOTPRINT, DILIGENCE], DUE)
    await dataspace.settle()
    (cell,) = await received(buyer, maker)
    assert cell["total"] == "18"  # 12 + 2 × 3
    assert "ORE" not in json.dumps(cell)
    assert (await received(buyer, maker, "DueDiligenceRecord"))[0]["gaps"] == []
    car = await buyer.participant.parts.footprint(await buyer.participant.parts.known("CAR"))
    assert car.publish("urn:uuid:car").to_json()["total"] == "280"  # 100 + 10 × 18
    record = await buyer.participant.requests.find(asked.request)
    assert (record.below_open, record.below_total) == (0, 1)


async def test_a_supplier_that_rejects_becomes_a_gap_and_the_answer_goes_out(dataspace) -> None:
    miner, maker, buyer = [await dataspace.join(name) for name in ("miner", "maker", "buyer")]
    await maker.participant.parts.register(part("CELL", "12", ("ORE", "miner", "2")))
    asked = await buyer.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.settle()
    assert await state_of(maker, asked.request) == "preparing"
    (below,) = await miner.participant.requests.listed(incoming=True)
    await miner.participant.requests.reject(below.request, "a secret of ours")
    await dataspace.settle()
    assert await state_of(buyer, asked.request) == "answered"
    (cell,) = await received(buyer, maker)
    assert len(cell["gaps"]) == 1
    assert "a secret of ours" not in json.dumps(cell)
    calculation = await maker.participant.parts.footprint(await maker.participant.parts.known("CELL"))
    assert [(gap.part, gap.company) for gap in calculation.gaps] == [("ORE", miner.did)]


async def test_a_record_in_a_unit_that_the_bom_cannot_count_is_a_gap_and_the_operator_is_told(
    dataspace, caplog
) -> None:
    miner, maker, buyer = [await dataspace.join(name) for name in ("miner", "maker", "buyer")]
    by_weight = {"declaredUnit": "kilogram"}
    ore = part("ORE", "3")
    await miner.participant.parts.register(
        part("ORE", "3", inventory={**ore.inventory, **by_weight}, due_diligence={**ore.due_diligence, **by_weight})
    )
    cell = part("CELL", "12", ("ORE", "miner", "2"))  # in pieces
    await maker.participant.parts.register(cell)
    asked = await buyer.request("maker", "CELL", [FOOTPRINT, DILIGENCE], DUE)
    await dataspace.settle()
    assert await state_of(buyer, asked.request) == "answered"
    (answered,) = await received(buyer, maker)
    assert (answered["total"], len(answered["gaps"])) == ("12", 1)
    known = await maker.participant.parts.known("CELL")
    for calculation in (
        await maker.participant.parts.footprint(known),
        await maker.participant.parts.due_diligence(known),
    ):
        assert [(gap.part, gap.company) for gap in calculation.gaps] == [("ORE", miner.did)]
    (below,) = await maker.participant.requests.listed(incoming=False)
    assert below.state.value == "answered"
    assert below.reason.startswith("record-unfit-unit: ")
    assert [word for word in ("ORE", "kilogram", "line 2", "CELL", "piece") if word not in below.reason] == []
    (inbox,) = await maker.participant.requests.listed(incoming=True)
    assert inbox.reason.startswith("answer-with-gaps: ")
    assert f"ORE of {miner.did} (record-unfit-unit)" in inbox.reason
    assert {"record-unfit-unit", "answer-with-gaps"} <= {getattr(record, "code", "") for record in caplog.records}
    # With the line mended the record that is there counts.
    await maker.participant.parts.register(replace(cell, bom=cell.bom.replace("2,piece", "2,kilogram")))
    assert (await maker.participant.parts.footprint(await maker.participant.parts.known("CELL"))).total == 18


@pytest.mark.parametrize("mine", [True, False])
async def test_a_record_asked_for_by_hand_is_held_against_the_parts_that_use_it(dataspace, mine) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.participant.parts.register(part("CELL", "7"))
    bought = ("CELL", "maker", "10") if mine else ("CELL", "other", "10")
    car = part("CAR", "100", bought)
    await buyer.participant.parts.register(replace(car, bom=car.bom.replace("10,piece", "10,kilogram")))
    asked = await buyer.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.settle()
    record = await buyer.participant.requests.find(asked.request)
    assert record.state.value == "answered"
    assert record.reason.partition(":")[0] == ("record-unfit-unit" if mine else "")


async def test_a_bom_that_cannot_be_read_any_more_spoils_no_answer(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.participant.parts.register(part("CELL", "7"))
    await buyer.store.commit(Changes(records=(part("CAR", "100", bom="of an earlier release").row(),)))
    asked = await buyer.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.settle()
    record = await buyer.participant.requests.find(asked.request)
    assert (record.state.value, record.reason) == ("answered", "")


async def test_a_supplier_that_is_no_participant_is_named_beside_the_answer(dataspace, caplog) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.participant.parts.register(part("CELL", "12", ("ORE", "urn:example:nobody", "2")))
    asked = await buyer.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.rest()
    assert await state_of(buyer, asked.request) == "answered"
    inbox = await maker.participant.requests.find(asked.request)
    assert inbox.reason.startswith("answer-with-gaps: ")
    assert "ORE of urn:example:nobody (rejected, partner-unknown)" in inbox.reason
    (told,) = [record for record in caplog.records if getattr(record, "code", "") == "answer-with-gaps"]
    assert (told.levelname, told.request) == ("WARNING", asked.request)


async def test_at_the_date_the_answer_goes_out_with_what_there_is(dataspace) -> None:
    _, maker, buyer = [await dataspace.join(name) for name in ("miner", "maker", "buyer")]
    await maker.participant.parts.register(part("CELL", "12", ("ORE", "miner", "2")))
    asked = await buyer.request("maker", "CELL", [FOOTPRINT], "2026-11-23")
    await dataspace.settle()
    await dataspace.advance(timedelta(hours=38))  # still the 23rd
    assert await state_of(maker, asked.request) == "preparing"
    await dataspace.advance(timedelta(hours=2))
    await dataspace.rest()
    assert [await state_of(member, asked.request) for member in (buyer, maker)] == ["answered", "answered"]
    assert len((await received(buyer, maker))[0]["gaps"]) == 1
    record = await buyer.participant.requests.find(asked.request)
    assert (record.below_open, record.below_total) == (1, 1)
    inbox = (await maker.participant.requests.listed(incoming=True))[0]
    assert "ORE of did:web:miner.example (open)" in inbox.reason


async def test_an_answer_that_comes_after_the_date_closes_the_gap_by_a_new_version(dataspace) -> None:
    miner, maker, buyer = [await dataspace.join(name) for name in ("miner", "maker", "buyer")]
    await maker.participant.parts.register(part("CELL", "12", ("ORE", "miner", "2")))
    asked = await buyer.request("maker", "CELL", [FOOTPRINT], "2026-11-23")
    await dataspace.advance(timedelta(days=2))
    await dataspace.rest()
    (below,) = await miner.participant.requests.listed(incoming=True)
    await miner.participant.parts.register(part("ORE", "3"))
    await miner.participant.requests.answer(below.request)
    await dataspace.rest()
    assert await state_of(maker, below.request) == "answered"
    assert await state_of(buyer, asked.request) == "answered"
    first, second = await received(buyer, maker)
    assert (len(first["gaps"]), second["gaps"], second["cause"]) == (1, [], "supplier-update")
    (answer,) = [row for row in await maker.store.find("asset", state="offered") if b"FootprintRecord" in row.body]
    assert AssetRecord.of(answer).source.place == content_hash(second)  # the same answer, brought up to date


async def test_the_same_record_is_given_again_while_nothing_has_changed(dataspace) -> None:
    maker, buyer, other = [await dataspace.join(name) for name in ("maker", "buyer", "other")]
    await maker.participant.parts.register(part("CELL", "12"))
    await buyer.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.settle()
    await buyer.request("maker", "CELL", [FOOTPRINT], DUE)
    await other.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.settle()
    assert len(await received(maker, maker)) == 1
    assert await received(buyer, maker) == await received(other, maker) == await received(maker, maker)


async def test_a_changed_figure_makes_a_new_version_that_supersedes_the_old_one(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.participant.parts.register(part("CELL", "12"))
    await buyer.participant.parts.register(part("CAR", "100", ("CELL", "maker", "10")))
    await buyer.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.settle()
    await maker.participant.parts.register(part("CELL", "11"))
    await buyer.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.settle()
    first, second = await received(buyer, maker)
    assert (first["total"], second["total"], second["version"]) == ("12", "11", 2)
    assert second["supersedes"] == first["id"]
    car = await buyer.participant.parts.footprint(await buyer.participant.parts.known("CAR"))
    assert car.publish("urn:uuid:car").to_json()["total"] == "210"


async def test_answers_to_many_askers_at_the_same_time_make_one_record(dataspace) -> None:
    maker = await dataspace.join("maker")
    await maker.participant.parts.register(part("CELL", "12"))
    buyers = [await dataspace.join(f"buyer{number}") for number in range(4)]
    for buyer in buyers:
        await buyer.request("maker", "CELL", [FOOTPRINT, DILIGENCE], DUE)
    await dataspace.rest()
    assert len(await received(maker, maker)) == 1
    assert [len(await received(buyer, maker)) for buyer in buyers] == [1] * 4


# --- the box --------------------------------------------------------------------------------------


async def test_a_repeated_message_makes_no_second_request(dataspace) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    answers = [await posted(partner, maker, dataspace, asking()) for _ in range(3)]
    assert [(answered.status, answered.body) for answered in answers] == [(200, b"{}")] * 3
    assert await maker.store.count("request") == 1


async def test_another_request_under_the_same_name_is_refused(dataspace) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    await posted(partner, maker, dataspace, asking())
    answered = await posted(partner, maker, dataspace, asking(part="PACK"))
    assert answered.status == 400
    (kept,) = await maker.participant.requests.listed(incoming=True)
    assert kept.part == "CELL"


BROKEN = {
    "no JSON": b"{",
    "no type": {"request": "urn:uuid:1"},
    "a type of ours that is none": asking(**{"@type": "Order"}),
    "an unknown kind": asking(kinds=["price"]),
    "no kinds": asking(kinds=[]),
    "no day": asking(due="soon"),
    "a day that never comes": asking(due="2026-02-30"),
    "a member too many": asking(price="1"),
    "a part that is no text": asking(part=7),
    "a part without end": asking(part="x" * 501),
    "twice the same name": b'{"@type":"Request","@type":"Request"}',
    "an array": b"[]",
    "deep": b'{"a":' * 200 + b"1" + b"}" * 200,
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
async def test_what_is_no_message_for_a_box_is_refused(dataspace, body) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    answered = await posted(partner, maker, dataspace, body)
    assert answered.status == 400
    assert json.loads(answered.body)["code"].startswith(("request-", "json-"))
    assert await maker.store.count("request") == 0


@pytest.mark.parametrize("kind", ["AnswerReady", "Rejection", "Cancellation"])
async def test_another_participants_request_does_not_exist_for_us(dataspace, kind) -> None:
    maker, buyer, thief = await dataspace.join("maker"), await dataspace.join("buyer"), dataspace.partner("thief")
    asked = await buyer.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.settle()
    victim = maker if kind == "Cancellation" else buyer
    more = {"answers": {"footprint": "urn:example:x"}} if kind == "AnswerReady" else {"reason": "x"}
    answers = []
    for name in (asked.request, "urn:uuid:00000000-0000-4000-8000-000000000000"):
        body = {"@type": kind, "@id": UNKNOWN, "request": name, **more}
        answered = await posted(thief, victim, dataspace, body)
        answers.append((answered.status, answered.body.replace(name.encode(), b"-")))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404
    assert [await state_of(member, asked.request) for member in (buyer, maker)] == ["open", "open"]


async def test_a_box_is_not_read(dataspace) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    _, token = await started(partner, maker, dataspace, f"{maker.did}#request-box")
    assert (await pulled(partner, maker, token))[0] == 405


async def test_an_answer_about_other_kinds_than_asked_for_is_refused(dataspace) -> None:
    buyer, maker = await dataspace.join("buyer"), dataspace.partner("maker")
    asked = await buyer.participant.requests.ask("maker", "CELL", [FOOTPRINT], DUE)
    body = {"@type": "AnswerReady", "@id": UNKNOWN, "request": asked.request, "answers": {"due-diligence": "urn:x"}}
    assert (await posted(maker, buyer, dataspace, body)).status == 400
    assert await state_of(buyer, asked.request) == "open"


async def test_a_partner_without_a_box_leaves_a_request_that_says_why(dataspace) -> None:
    from renkei.exchange.machine.patience import Patience

    config = MemberConfig(errands=Patience(first=1.0, longest=10.0, tries=3))
    buyer = await dataspace.join("buyer", config)
    dataspace.partner("maker")
    asked = await buyer.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.rest()
    record = await buyer.participant.requests.find(asked.request)
    assert record.state.value == "rejected"
    assert "catalog-unknown-dataset" in record.reason
    assert (await contents(buyer))["outbox"] == []


@pytest.mark.parametrize(("kinds", "due"), [((FOOTPRINT,), "soon"), ((FOOTPRINT,), "2026-02-30"), ((), DUE)])
async def test_what_no_box_would_take_is_not_asked(dataspace, kinds, due) -> None:
    buyer = await dataspace.join("buyer")
    with pytest.raises(PeerError, match="request-malformed"):
        await buyer.request("maker", "CELL", kinds, due)
    assert await buyer.store.count("request") == 0


async def test_a_box_message_whose_answer_was_lost_is_delivered_once(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    dataspace.network.expect("/data", Fate.LOSE_ANSWER, Fate.LOSE, Fate.LOSE_ANSWER)
    asked = await buyer.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.rest()
    assert await maker.store.count("request") == 1
    assert (await buyer.participant.requests.find(asked.request)).delivered
