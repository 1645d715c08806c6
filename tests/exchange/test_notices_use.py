"""Notices between real participants: told, taken once whatever the line does, held against sender and agreement."""

from __future__ import annotations

import json

import pytest
from chains import DUE, FOOTPRINT, part, state_of

from renkei.exchange.answer.box_messages import SignedNotice, box_of, write_box_message
from renkei.exchange.notice import notices as room
from renkei.exchange.notice.notices import Followed
from renkei.exchange.records.notices import NoticeKind, NoticeRecord, NoticeState
from renkei.kernel.problems import RenkeiError
from renkei.policy.model import SIGNATURE
from renkei.store.port import Changes
from renkei.trust.artefacts import Artefact, sign
from renkei.trust.verification import evidence, verify_bundle


class Heard:
    """A handler that keeps what it was given."""

    def __init__(self, outcome: Followed | None = None) -> None:
        self.taken: list[NoticeRecord] = []
        self.outcome = outcome or Followed()

    async def take(self, record, agreement) -> Followed:
        self.taken.append(record)
        assert agreement.id == record.agreement
        return self.outcome


@pytest.fixture
async def supplied(dataspace):
    """``buyer`` holds a record of ``maker``'s CELL under an agreement: both, and that agreement as the maker has it."""
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.participant.parts.register(part("CELL", "12"))
    asked = await buyer.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.rest()
    assert await state_of(buyer, asked.request) == "answered"
    dataset = (await maker.participant.requests.find(asked.request)).answers["footprint"]
    agreement = await agreement_on(maker, dataset)
    return maker, buyer, agreement


async def agreement_on(member, dataset):
    from renkei.exchange.records.processes import AgreementRecord

    (row,) = await member.store.find("agreement", ref=dataset)
    return AgreementRecord.of(row)


def content(agreement) -> dict:
    """A new version of something that nobody has asked for: nothing follows from it."""
    return {
        "dataset": agreement.dataset,
        "kind": "footprint",
        "part": "OTHER",
        "record": "urn:uuid:1",
        "version": 2,
        "supersedes": "",
        "hash": "",
    }


async def tell(member, agreement, kind=NoticeKind.RESTATED, **how) -> NoticeRecord:
    return await member.participant.notices.tell(kind, agreement, "CELL", content(agreement), **how)


async def listed(member, *, incoming: bool) -> list[tuple[str, str, str]]:
    found = await member.participant.notices.listed(incoming=incoming)
    return [(one.notice, one.state.value, one.reason.partition(":")[0]) for one in found]


async def test_a_notice_reaches_the_partner_of_its_agreement_once(dataspace, supplied) -> None:
    maker, buyer, agreement = supplied
    heard = Heard()
    buyer.participant.notices.employ({NoticeKind.RESTATED: heard})
    told = await tell(maker, agreement, cause="audit-expired")
    await dataspace.rest()
    assert await listed(maker, incoming=False) == [(told.notice, "done", "")]
    assert await listed(buyer, incoming=True) == [(told.notice, "done", "")]
    (taken,) = heard.taken
    assert (taken.partner, taken.about, taken.subject, taken.cause, taken.content, taken.agreement) == (
        maker.did,
        NoticeKind.RESTATED,
        "CELL",
        "audit-expired",
        content(agreement),
        agreement.id,
    )


async def test_a_notice_that_comes_twice_or_is_posted_by_an_earlier_life_changes_nothing(dataspace, supplied) -> None:
    maker, buyer, agreement = supplied
    heard = Heard()
    buyer.participant.notices.employ({NoticeKind.RESTATED: heard})
    told = await tell(maker, agreement)
    await dataspace.rest()
    body = json.loads(write_box_message(SignedNotice(id=told.notice, notice=told.document)))
    for again in (body, dict(reversed(body.items()))):  # the very bytes, and the same said in another order
        await dataspace.run(push(maker, buyer, json.dumps(again).encode()))
    assert len(heard.taken) == 1
    assert len(await listed(buyer, incoming=True)) == 1


async def test_a_notice_that_ends_while_notices_are_listed_is_listed_once(dataspace, supplied, monkeypatch) -> None:
    maker, buyer, agreement = supplied
    buyer.participant.notices.employ({NoticeKind.RESTATED: Heard(Followed(state=NoticeState.OPEN))})
    told = await tell(maker, agreement)
    await dataspace.rest()
    find = buyer.store.find

    async def ends(kind, **sought):
        rows = await find(kind, **sought)
        if rows and rows[0].state == "in-open":
            record = NoticeRecord.of(rows[0])
            await buyer.store.commit(await buyer.participant.notices.settled(record))
        return rows

    monkeypatch.setattr(buyer.store, "find", ends)
    assert await listed(buyer, incoming=True) == [(told.notice, "done", "")]


async def test_a_partner_that_is_switched_off_is_told_when_it_is_back(dataspace, supplied) -> None:
    maker, buyer, agreement = supplied
    await buyer.stop()
    told = await tell(maker, agreement)
    await dataspace.advance(3600)
    assert await listed(maker, incoming=False) == [(told.notice, "open", "")]
    await maker.stop()
    await maker.start()
    await buyer.start()
    await dataspace.rest()
    assert await listed(maker, incoming=False) == [(told.notice, "done", "")]
    assert await listed(buyer, incoming=True) == [(told.notice, "done", "")]


async def test_a_notice_leaves_when_it_is_due_and_not_before(dataspace, supplied) -> None:
    from datetime import timedelta

    maker, buyer, agreement = supplied
    told = await tell(maker, agreement, due=dataspace.clock.now() + timedelta(days=2))
    await dataspace.rest()
    assert await listed(buyer, incoming=True) == []
    await dataspace.advance(timedelta(days=2))
    await dataspace.rest()
    assert await listed(buyer, incoming=True) == [(told.notice, "done", "")]


async def test_what_a_handler_decides_is_stored_with_the_notice_and_what_it_refuses_is_told(
    dataspace, supplied
) -> None:
    maker, buyer, agreement = supplied
    waiting = Followed(changes=Changes(), state=NoticeState.OPEN)
    buyer.participant.notices.employ({NoticeKind.RESTATED: Heard(waiting), NoticeKind.STATEMENT: Refusing()})
    await tell(maker, agreement)
    await dataspace.rest()
    (kept,) = await buyer.participant.notices.listed(incoming=True)
    assert kept.state is NoticeState.OPEN
    refused = await tell(maker, agreement, NoticeKind.STATEMENT)
    await dataspace.rest()
    ours = await maker.participant.notices.known(refused.notice)
    assert (ours.state, "notice-without-agreement" in ours.reason) == (NoticeState.FAILED, True)
    assert len(await listed(buyer, incoming=True)) == 1


class Refusing:
    async def take(self, record, agreement) -> Followed:
        raise room.NO_AGREEMENT(partner=record.partner, agreement=agreement.id)


async def test_anybody_can_check_a_notice_later_without_us(dataspace, supplied) -> None:
    maker, buyer, agreement = supplied
    told = await tell(maker, agreement)
    await dataspace.rest()
    for member in (maker, buyer):
        kept = await member.participant.notices.known(told.notice)
        bundle = evidence(Artefact.NOTICE, kept.document, kept.did_documents, dataspace.clock.now())
        assert verify_bundle(bundle).ok
        bundle["document"]["content"] = {"code": "nothing"}
        assert verify_bundle(bundle).ok is False


# --- what is not taken ---------------------------------------------------------------------------


async def push(member, to, body: bytes) -> None:
    directory = member.participant.ports.directory
    await member.participant.fetching.push(await directory.find(to.did), box_of(to.did), body)


async def forged(maker, under, *, key=None, told_id: str = "", signed: bool = True, **changes) -> bytes:
    """A notice as ``maker`` would write it, with changes, signed with the maker's key or another's."""
    drafted = await maker.participant.notices.drafted(NoticeKind.RESTATED, under, "CELL", content(under))
    document = {**NoticeRecord.of(drafted.records[0]).document, **changes}
    del document[SIGNATURE]
    if signed:
        document = await sign(document, Artefact.NOTICE, key or maker.keys.assertion_signer)
    return write_box_message(SignedNotice(id=told_id or document["id"], notice=document))


SPOILED = {
    "another kind": ({"kind": "gossip"}, "notice-malformed"),
    "a member too many": ({"mood": "bad"}, "notice-malformed"),
    "no subject": ({"subject": ""}, "notice-malformed"),
    "no zone": ({"issued": "2026-11-22T12:00:00"}, "notice-malformed"),
    "content that is no object": ({"content": []}, "notice-malformed"),
    "another sender": ({"sender": "did:web:other.example"}, "notice-malformed"),
    "another recipient": ({"recipient": "did:web:other.example"}, "notice-malformed"),
    "an agreement that is not there": ({"agreement": "urn:uuid:none"}, "notice-without-agreement"),
}


@pytest.mark.parametrize(("changes", "code"), SPOILED.values(), ids=SPOILED)
async def test_a_notice_that_says_something_else_is_refused(dataspace, supplied, changes, code) -> None:
    maker, buyer, agreement = supplied
    with pytest.raises(RenkeiError) as caught:
        await dataspace.run(push(maker, buyer, await forged(maker, agreement, **changes)))
    assert code in caught.value.message()
    assert await listed(buyer, incoming=True) == []


async def test_only_the_sender_itself_can_put_its_notice_into_our_box(dataspace, supplied) -> None:
    maker, buyer, agreement = supplied
    thief = await dataspace.join("thief")
    for body in (
        await forged(maker, agreement, signed=False),
        await forged(maker, agreement, key=thief.keys.assertion_signer),
        await forged(maker, agreement, told_id="urn:uuid:another"),
    ):
        with pytest.raises(RenkeiError):
            await dataspace.run(push(maker, buyer, body))
    with pytest.raises(RenkeiError):
        await dataspace.run(push(thief, buyer, await forged(maker, agreement)))
    assert await listed(buyer, incoming=True) == []


async def test_an_unsigned_notice_is_refused_even_from_whom_unsigned_contracts_are_taken(dataspace) -> None:
    from renkei.testing import MemberConfig

    maker = await dataspace.join("maker")
    buyer = await dataspace.join("buyer", MemberConfig(unsigned_partners=frozenset({"*"})))
    await maker.publish("urn:example:cell")
    agreement = await dataspace.run(buyer.negotiate("maker", "urn:example:cell"))
    with pytest.raises(RenkeiError, match="not signed"):
        await dataspace.run(push(maker, buyer, await forged(maker, agreement, signed=False, recipient=buyer.did)))


async def test_an_agreement_with_somebody_else_is_none_between_us(dataspace, supplied) -> None:
    maker, buyer, agreement = supplied
    other = await dataspace.join("other")
    await other.publish("urn:example:cell")
    elsewhere = await dataspace.run(buyer.negotiate("other", "urn:example:cell"))
    body = await forged(maker, agreement, agreement=elsewhere.id)
    with pytest.raises(RenkeiError, match="notice-without-agreement"):
        await dataspace.run(push(maker, buyer, body))


async def test_a_name_that_was_used_is_not_used_again_for_other_words(dataspace, supplied) -> None:
    maker, buyer, agreement = supplied
    told = await tell(maker, agreement)
    await dataspace.rest()
    with pytest.raises(RenkeiError, match="notice-conflict"):
        await dataspace.run(push(maker, buyer, await forged(maker, agreement, id=told.notice, cause="another")))


async def test_one_partners_notices_that_nobody_has_followed_are_bounded(dataspace, supplied, monkeypatch) -> None:
    maker, buyer, agreement = supplied
    monkeypatch.setattr(room, "_MOST_OPEN", 3)
    buyer.participant.notices.employ({NoticeKind.RESTATED: Heard(Followed(state=NoticeState.OPEN))})
    for _ in range(3):
        await tell(maker, agreement)
    await dataspace.rest()
    late = await tell(maker, agreement)
    await dataspace.settle()
    assert len(await listed(buyer, incoming=True)) == 3
    first = (await buyer.participant.notices.listed(incoming=True))[0]
    await buyer.store.commit(await buyer.participant.notices.settled(first))
    await dataspace.rest()
    assert late.notice in {notice for notice, _, _ in await listed(buyer, incoming=True)}
