"""Notices over the management APIs of two companies: listed on both sides, shown, exported as evidence."""

from __future__ import annotations

from management_site import once, segment

from renkei.exchange.notice.notices import Followed
from renkei.exchange.records.notices import NoticeKind
from renkei.trust.verification import verify_bundle

DATASET = "urn:dataset:cell"


class Hearing:
    """A handler that takes whatever is told."""

    async def take(self, record, agreement) -> Followed:
        return Followed()


async def listed(site, query: str = "") -> list[dict]:
    """Once there is something that has come to its end."""

    async def look():
        return (await site.get(f"/notices{query}"))["items"]

    return await once(look, lambda items: items and items[0]["state"] == "done")


async def test_both_sides_see_a_notice_and_can_hand_it_on_as_evidence(maker, buyer) -> None:
    await maker.publish("cell")
    agreement = await buyer.connector.negotiate("maker", DATASET)
    buyer.connector.participant.notices.employ(
        {NoticeKind.RESTATED: Hearing()}
    )  # the real one would look for the record first
    theirs = await maker.connector.participant.agreements.kept(agreement.id)
    content = {
        "dataset": DATASET,
        "kind": "footprint",
        "part": "CELL",
        "record": "urn:uuid:1",
        "version": 2,
        "supersedes": "",
        "hash": "",
    }
    told = await maker.connector.participant.notices.tell(
        NoticeKind.RESTATED, theirs, "CELL", content, cause="audit-expired"
    )
    (sent,) = await listed(maker, "?direction=out&kind=restated")
    (came,) = await listed(buyer, "?partner=maker")
    assert (sent["direction"], sent["partner"]) == ("out", buyer.did)
    assert (came["direction"], came["partner"], came["partner_name"]) == ("in", maker.did, "maker")
    assert sent["notice"] == came["notice"] == told.notice
    assert [came[name] for name in ("kind", "subject", "cause", "agreement", "content", "reason")] == [
        "restated",
        "CELL",
        "audit-expired",
        agreement.id,
        content,
        "",
    ]
    assert await buyer.get(f"/notices/{segment(told.notice)}") == came
    assert (await buyer.get("/notices?kind=alert"))["items"] == []
    assert verify_bundle(await buyer.get(f"/export/notice/{segment(told.notice)}")).ok
    status, error = await buyer.call("GET", "/notices/none")
    assert (status, error["code"]) == (404, "notice-unknown")
