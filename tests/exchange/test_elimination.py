"""Much elimination goes beside the event loop, little does not; both give the same."""

from __future__ import annotations

import threading
from fractions import Fraction

import pytest

from renkei.battery.disclosure.releases import Release, Share
from renkei.exchange.disclosure.elimination import eliminated

NOTHING = (Fraction(0),) * 4


def release(suppliers: int) -> Release:
    shares = tuple(
        Share(company=f"did:web:{number}", component="part", amount=Fraction(1), stages=NOTHING)
        for number in range(suppliers)
    )
    return Release(shares=shares, own=NOTHING, errors=(Fraction(0),) * 5)


@pytest.mark.parametrize(("suppliers", "beside"), [(10, False), (101, True)])
async def test_only_much_work_leaves_the_loop(suppliers, beside) -> None:
    found = await eliminated([release(suppliers)] * 2, threading.get_ident)
    assert (found != threading.get_ident()) is beside
