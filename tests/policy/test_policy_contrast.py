"""How two policies differ, in words for our own people and for a partner."""

from __future__ import annotations

from containment_strategies import in_unit
from policy_strategies import atom, offer, rule

from renkei.policy import compare, explain_difference, read_offer

MEMBER = atom("Membership", "eq", "active")
HELD_TO = atom("UsagePurpose", "isAnyOf", ["cx.pcf.base:1", "cx.core.qualityNotifications:1"])


def told(first: dict, second: dict, language: str = "en", **members) -> str:
    one, other = (read_offer(document, in_catalog=True) for document in (first, second))
    return explain_difference(compare(one, other), language, **members)


def use(*constraints, **members) -> dict:
    return offer(rule(*constraints, **members))


def test_the_same_is_told_in_one_clause() -> None:
    assert told(use(MEMBER), use(MEMBER)) == "the first policy and the second policy permit and demand the same"
    assert (
        told(use(MEMBER), use(MEMBER), "ja") == "1つ目のポリシーと2つ目のポリシーは同じことを許可し、同じことを求めます"
    )


def test_a_difference_is_told_with_the_use_that_shows_it_and_the_condition_it_fails_on() -> None:
    first = use(MEMBER, atom("dateTime", "lteq", "2027-03-31T00:00:00Z"))
    text = told(first, use(MEMBER), names=("theirs", "ours"))
    assert text.startswith("theirs is stricter than ours; use (2027-03-31 00:00:00.000001 UTC, Membership: active)")
    assert "satisfies ours alone; theirs: permission[0].constraint[1]" in text
    text = told(first, use(MEMBER), "ja", names=("相手の条件", "当社の条件"))
    assert text.startswith(
        "相手の条件は当社の条件より厳しい条件です; use (2027年3月31日 00:00:00.000001 UTC, Membership: active)"
    )
    assert "を満たすのは当社の条件だけです。相手の条件: permission[0].constraint[1]" in text


def test_what_was_found_is_told_apart_from_the_bound_that_it_just_misses() -> None:
    text = told(use(atom("dateTime", "lteq", "2027-03-31T00:00:00Z")), use(MEMBER))
    assert "is no later than 2027-03-31 00:00 UTC: found 2027-03-31 00:00:00.000001 UTC, so false" in text


def test_a_partner_reads_of_the_use_only_what_a_request_says() -> None:
    first = use(MEMBER, HELD_TO, in_unit(atom("payAmount", "eq", "5"), "urn:x/EUR"))
    text = told(first, use(MEMBER, HELD_TO), reader="did:web:customer.example")
    assert "Membership" not in text
    assert "purpose: cx.core.qualityNotifications:1" in text
    assert "payAmount" in told(use(HELD_TO), first, reader="did:web:customer.example")
    assert "payAmount: 5 EUR" in told(first, use(in_unit(atom("payAmount", "gt", "5"), "urn:x/EUR")))


def test_both_ways_to_differ_are_told() -> None:
    text = told(use(atom("spatial", "eq", "a")), use(atom("spatial", "eq", "b")))
    assert text.startswith(
        "the first policy and the second policy each permit something that the other does not; use ("
    )
    assert "satisfies the first policy alone" in text
    assert "satisfies the second policy alone" in text


def test_a_duty_is_told_with_whose_it_is_and_what_was_done() -> None:
    seller = {"assigner": "did:web:seller"}
    delete, pay = {"action": "odrl:delete"}, {"action": "odrl:compensate"}
    text = told(
        use(duty=[delete, pay]) | seller,
        use(duty=[pay]) | {"obligation": [pay | {"assignee": "did:web:seller"}]} | seller,
    )
    assert "the first policy alone obliges the assignee to delete" in text
    assert "the second policy alone obliges the assigner to compensate" in text
    assert "use (2026-01-01 00:00 UTC, compensate: 2026-01-01 00:00 UTC) satisfies the second policy alone" in text
    text = told(use() | {"obligation": [delete]}, use(), "ja")
    assert "利用者にdeleteの義務を課すのは1つ目のポリシーだけです" in text


def test_what_cannot_be_told_is_said_to_be_so() -> None:
    text = told(use(atom("frobnicate", "eq", "x")), use(atom("frobnicate", "eq", "y")))
    assert text == "whether the first policy permits no more than the second policy cannot be told"
    looser = told(use(), use(action="read"), "ja")
    assert looser.startswith("1つ目のポリシーは2つ目のポリシーより緩い条件です")


def test_a_denial_that_no_condition_explains_is_put_as_it_is() -> None:
    assert "the second policy: " in told(use(), use(atom("count", "lt", "1"), atom("count", "gt", "1")))
