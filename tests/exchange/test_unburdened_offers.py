"""We sign by ourselves only what binds us to nothing beyond the use it permits."""

from __future__ import annotations

import pytest
from conversations import CELL

from renkei.exchange.agreement.burdens import demand_unburdened
from renkei.exchange.machine.bounds import MOST_VALUES
from renkei.exchange.ports import Settings
from renkei.kernel.problems import PeerError, PolicyError
from renkei.policy.model import Atomic, Operator, Policy, PolicyKind, Rule
from renkei.testing import MemberConfig

ODRL = "http://www.w3.org/ns/odrl/2/"


def offered(**members):
    return Policy(id="urn:any", kind=PolicyKind.SET, permission=(Rule(action="use"),), **members)


def permitted(**members):
    return Policy(id="urn:any", kind=PolicyKind.SET, permission=(Rule(action="use", **members),))


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param(offered(obligation=(Rule(action=ODRL + "compensate"),)), id="an obligation"),
        pytest.param(offered(obligation=(Rule(action="use"),)), id="an obligation to a known action"),
        pytest.param(permitted(duty=(Rule(action=ODRL + "inform"),)), id="a duty"),
        pytest.param(
            offered(
                prohibition=(
                    Rule(action="distribute", extensions={ODRL + "remedy": [{"action": ODRL + "compensate"}]}),
                )
            ),
            id="a remedy",
        ),
        pytest.param(
            offered(prohibition=(Rule(action="distribute", duty=(Rule(action=ODRL + "inform"),)),)),
            id="a duty where nobody understands it",
        ),
        pytest.param(offered(extensions={"https://seller.example/price": "1000000 EUR"}), id="a foreign term"),
    ],
)
async def test_an_offer_that_binds_us_to_more_is_not_signed_without_a_person(dataspace, policy) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.publish(CELL, policy=policy)
    with pytest.raises(PolicyError) as caught:
        await dataspace.run(buyer.negotiate("maker", CELL))
    assert caught.value.code == "negotiation-burdened"
    await dataspace.rest()
    assert dataspace.network.sent("ContractRequestMessage") == []
    assert [await member.store.count("agreement") for member in dataspace] == [0, 0]


async def test_an_offer_too_large_to_be_judged_is_not_asked_for(dataspace) -> None:
    maker, buyer = dataspace.partner("maker"), await dataspace.join("buyer")
    listed = tuple(f"did:web:n{place}.example" for place in range(MOST_VALUES))
    members = Atomic("assignee", Operator.IS_ANY_OF, (*listed, "did:web:buyer.example"))
    await maker.offer(CELL, permitted(constraint=(members,)))
    with pytest.raises(PeerError) as caught:
        await dataspace.run(buyer.negotiate("maker", CELL))
    assert caught.value.code == "negotiation-too-many-terms"
    assert dataspace.network.sent("ContractRequestMessage") == []


@pytest.mark.parametrize(("strategy", "understood"), [("prohibit", True), ("frobnicate", False)])
def test_a_conflict_strategy_is_a_term_that_is_understood(strategy, understood) -> None:
    policy = offered(extensions={ODRL + "conflict": {"@id": ODRL + strategy}})
    settings = Settings(address="", data_address="")
    if understood:
        demand_unburdened(policy, settings)
    else:
        with pytest.raises(PolicyError):
            demand_unburdened(policy, settings)


async def test_terms_that_only_name_documents_are_signed(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await maker.publish(CELL, policy=offered(extensions={"http://purl.org/dc/terms/title": "Cells"}))
    agreement = await dataspace.run(buyer.negotiate("maker", CELL))
    assert agreement.final


INFORM = Rule(action="inform")
PAYING = Rule(action="inform", extensions={ODRL + "consequence": [{"action": ODRL + "compensate"}]})
WAITING = Rule(action="inform", extensions={"https://seller.example/price": "1000000 EUR"})


@pytest.mark.parametrize(
    ("accepted", "duty", "refused"),
    [
        (frozenset(), INFORM, "permission[0].duty[0] would bind us to inform"),
        ({"inform"}, INFORM, ""),
        ({"delete"}, INFORM, "permission[0].duty[0] would bind us to inform"),
        ({"inform"}, PAYING, "permission[0].duty[0].consequence[0] would bind us to compensate"),
        ({"inform", "compensate"}, PAYING, ""),
        ({"inform", "compensate"}, Rule(action="odrl:pay"), ""),
        ({"inform"}, WAITING, "permission[0].duty[0] would bind us to inform"),
    ],
)
async def test_duties_to_actions_that_are_accepted_are_signed(dataspace, accepted, duty, refused) -> None:
    names = frozenset(ODRL + name for name in accepted)
    policy = permitted(duty=(duty,))
    settings = Settings(address="", data_address="", accepted_duties=names)
    if refused:
        with pytest.raises(PolicyError) as caught:
            demand_unburdened(policy, settings)
        assert caught.value.values["burdens"] == refused
        assert "`accepts` in [duties]" in caught.value.hint()
    else:
        demand_unburdened(policy, settings)
        maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer", MemberConfig(accepted_duties=names))
        await maker.publish(CELL, policy=policy)
        assert (await dataspace.run(buyer.negotiate("maker", CELL))).final
