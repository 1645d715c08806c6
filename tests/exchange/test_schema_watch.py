"""The watch over all traffic does see what it looks at."""

from __future__ import annotations

from conversations import CELL
from schema_watch import SchemaWatch

from renkei.testing import Crossing, Passage


async def test_every_form_of_a_fetch_is_held_against_its_schema(dataspace, shared) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.publish(CELL)
    await buyer.fetch("maker", CELL)
    await dataspace.settle()
    watch = SchemaWatch()
    watch.spaces = [dataspace]
    assert watch.errors() == []
    kinds = {form.split('"@type": "')[1].split('"')[0] for form in watch.seen}
    assert len(watch.seen) >= 10, kinds


async def test_a_message_of_ours_that_lacks_something_is_seen(dataspace, shared) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    body = b'{"@context": ["https://w3id.org/dspace/2025/1/context.jsonld"], "@type": "ContractNegotiation"}'
    sent = Passage(number=0, sender=maker.origin, method="POST", url=buyer.address + "/x", body=body)
    dataspace.network.log.append(Crossing(sent, 400))
    watch = SchemaWatch()
    watch.spaces = [dataspace]
    assert any("consumerPid" in error for error in watch.errors())
    dataspace.network.log.clear()
