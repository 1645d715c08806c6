from __future__ import annotations

from dataclasses import replace

import pytest
from policy_strategies import agreement, offer, rule

from renkei.kernel.problems import LocalError
from renkei.policy import (
    PolicyKind,
    Rule,
    read_agreement,
    read_offer,
    read_set,
    write_agreement,
    write_offer,
    write_set,
)

OFFER = read_offer(offer(rule(), target="urn:t"), in_catalog=False)
AGREEMENT = read_agreement(agreement(rule()))


@pytest.mark.parametrize(
    ("write", "policy"),
    [
        (write_offer, AGREEMENT),
        (write_agreement, OFFER),
        (write_set, OFFER),
        (write_offer, replace(OFFER, permission=())),
        (write_offer, replace(OFFER, timestamp="2026-11-22T09:30:00Z")),
        (write_offer, replace(OFFER, permission=(Rule("use", target="urn:t"),))),
        (write_offer, replace(OFFER, extensions={"note": "x"})),
        (write_offer, replace(OFFER, extensions={"target": "urn:elsewhere"})),
        (write_agreement, replace(AGREEMENT, assignee=None)),
        (write_agreement, replace(AGREEMENT, id="")),
    ],
)
def test_what_a_partner_would_refuse_or_read_otherwise_is_not_written(write, policy):
    with pytest.raises(LocalError) as caught:
        write(policy)
    assert caught.value.code == "policy-unwritable"
    assert "{" not in caught.value.message("ja")


def test_an_agreement_is_an_offer_with_parties_and_a_time():
    concluded = replace(
        OFFER,
        id="urn:agreement:1",
        kind=PolicyKind.AGREEMENT,
        assigner="did:web:supplier.example",
        assignee="did:web:customer.example",
        timestamp="2026-11-22T09:30:00Z",
    )
    assert write_agreement(concluded) == {
        "@id": "urn:agreement:1",
        "@type": "Agreement",
        "target": "urn:t",
        "assigner": "did:web:supplier.example",
        "assignee": "did:web:customer.example",
        "timestamp": "2026-11-22T09:30:00Z",
        "permission": [{"action": "use"}],
    }


def test_profiles_are_written_in_the_form_they_had():
    for profile, listed in (("urn:a", ("urn:a",)), (["urn:a"], ("urn:a",))):
        document = {"@id": "urn:s", "@type": "Set", "profile": profile, "permission": [rule()]}
        policy = read_set(document)
        assert policy.profiles == listed
        assert write_set(policy)["profile"] == profile


def test_policies_are_hashable_values():
    assert {OFFER, read_offer(offer(rule(), target="urn:t"), in_catalog=False)} == {OFFER}
