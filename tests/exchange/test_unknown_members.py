"""Members that nobody knows are ignored and named in the log, in a line of bounded length."""

from __future__ import annotations

import logging

from conversations import CELL, contract_request, shown_offer


async def test_a_message_of_many_unknown_members_makes_one_short_line(dataspace, caplog) -> None:
    maker, partner = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL)
    unknown = {f"{'x' * 1000}{number}": 1 for number in range(500)}
    caplog.set_level(logging.INFO, logger="renkei.http.dsp")
    request = contract_request(partner, await shown_offer(partner, maker), **unknown)
    answered = await partner.send(maker, "/negotiations/request", request)
    assert answered.status == 201
    (line,) = [record for record in caplog.records if getattr(record, "code", "") == "wire-ignored"]
    assert line.count == 500
    assert (len(line.members), max(map(len, line.members))) == (20, 200)
