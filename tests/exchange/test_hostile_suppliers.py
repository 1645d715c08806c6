"""What suppliers and customers tell about requests may be absurd: nobody else's request suffers from it."""

from __future__ import annotations

import pytest
from chains import DUE, FOOTPRINT, part, state_of

from renkei.exchange.answer.box_messages import MOST_COUNTED
from renkei.exchange.request.request_book import Below
from renkei.kernel.values import replace
from renkei.store.port import Changes


async def chain(dataspace):
    supplier, maker, buyer = [await dataspace.join(name) for name in ("supplier", "maker", "buyer")]
    await supplier.participant.parts.register(part("LI", "3"))
    await maker.participant.parts.register(part("CELL", "5", ("LI", "supplier", "1")))
    return supplier, maker, buyer


async def test_a_supplier_that_counts_as_far_as_it_may_does_not_keep_our_answer_from_our_customer(
    dataspace, monkeypatch
) -> None:
    supplier, _, buyer = await chain(dataspace)
    most = Below(open=MOST_COUNTED, total=MOST_COUNTED, late=MOST_COUNTED)
    monkeypatch.setattr(supplier.participant.requests, "counted", lambda asked: most)
    asked = await buyer.request("maker", "CELL", [FOOTPRINT], DUE)
    await dataspace.settle()
    record = await buyer.participant.requests.known(asked.request, incoming=False)
    assert (record.state.value, record.below_total) == ("answered", MOST_COUNTED)


@pytest.mark.parametrize("due", ["0001-01-01", "9999-12-31"])
async def test_a_customer_may_name_any_day_of_the_calendar(dataspace, due) -> None:
    """A day that is past means that the answer goes out with what there is."""
    _, maker, buyer = await chain(dataspace)
    requests = buyer.participant.requests
    record, (posting, *_) = requests._asking(maker.did, "CELL", [FOOTPRINT], DUE)
    body = posting.body.replace(DUE.encode(), due.encode())
    sent = Changes(records=(replace(record, due=due).row(),), deliveries=(replace(posting, body=body),))
    await buyer.store.commit(sent)
    await dataspace.settle()
    await dataspace.rest()
    assert await state_of(maker, record.request) == "answered"
