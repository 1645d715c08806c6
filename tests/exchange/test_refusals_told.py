"""What an operator reads when a partner refuses a message: its code and reasons, not its JSON."""

from __future__ import annotations

import pytest
from conversations import CELL

from renkei.exchange.machine.outgoing import said
from renkei.exchange.ports import Answered
from renkei.kernel.problems import PeerError
from renkei.policy import read_set
from renkei.testing import MemberConfig
from renkei.wire.dialects import DSP_2025_1

PAY = "http://www.w3.org/ns/odrl/2/compensate"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"@type": "TransferError", "code": "policy-refused", "reason": ["not paid"]}', "policy-refused not paid"),
        (b'{"code": "policy-refused", "reason": "one text"}', "policy-refused one text"),
        (b'{"reason": ["first", "second"]}', "first second"),
        (b'{"code": "409", "reason": [{"en": "gone"}]}', "409 {'en': 'gone'}"),
        (b'{"code": "busy"}', "busy"),
        (b'{"detail": "neither"}', '{"detail": "neither"}'),
        (b"<html>proxy</html>", "<html>proxy</html>"),
        (b"", "nothing more"),
    ],
)
def test_a_partners_error_is_told_by_its_code_and_reasons(body, told):
    assert said(Answered(status=403, body=body), DSP_2025_1) == told


async def test_a_fetch_that_is_not_paid_for_says_what_is_missing(dataspace):
    maker = await dataspace.join("maker")
    buyer = await dataspace.join("buyer", MemberConfig(accepted_duties=frozenset({PAY})))
    terms = read_set(
        {"@id": "urn:t", "@type": "Set", "permission": [{"action": "use", "duty": [{"action": PAY}]}]},
    )
    await maker.publish(CELL, b"bytes", policy=terms, media_type="text/plain")
    with pytest.raises(PeerError) as refused:
        await dataspace.run(buyer.fetch("maker", CELL))
    told = refused.value.message()
    assert "partner-refused 403: policy-refused The policy does not permit this: permission[0].duty[0]" in told
    assert "compensate was done as it must be" in told
    assert "@context" not in told
