"""We sign by ourselves only what binds us to nothing beyond the use it permits."""

from __future__ import annotations

import pytest
from conversations import CELL

from renkei.kernel.problems import PolicyError
from renkei.policy.model import Policy, PolicyKind, Rule

ODRL = "http://www.w3.org/ns/odrl/2/"


def offered(**members):
    return Policy(id="urn:any", kind=PolicyKind.SET, permission=(Rule(action="use"),), **members)


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param(offered(obligation=(Rule(action=ODRL + "compensate"),)), id="an obligation"),
        pytest.param(offered(obligation=(Rule(action="use"),)), id="an obligation to a known action"),
        pytest.param(offered(extensions={"https://seller.example/price": "1000000 EUR"}), id="a foreign term"),
    ],
)
async def test_an_offer_that_binds_us_to_more_is_not_signed_without_a_person(dataspace, policy) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.publish(CELL, policy=policy)
    with pytest.raises(PolicyError) as caught:
        await dataspace.run(buyer.negotiate("maker", CELL))
    assert caught.value.code == "policy-refused"
    await dataspace.rest()
    assert dataspace.network.sent("ContractRequestMessage") == []
    assert [await member.store.count("agreement") for member in dataspace] == [0, 0]


async def test_terms_that_only_name_documents_are_signed(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.publish(CELL, policy=offered(extensions={"http://purl.org/dc/terms/title": "Cells"}))
    agreement = await dataspace.run(buyer.negotiate("maker", CELL))
    assert agreement.final
