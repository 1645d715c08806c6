"""Policies with what they inherit put in; circles, strangers and contradictions among their parents are refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from policy_strategies import CX, NOW, ODRL, PARTY, TARGET, ask, atom, offer, rule

from renkei.kernel.problems import PolicyError
from renkei.policy import Facts, Rule, evaluate, read_offer
from renkei.policy.inheritance import inherited
from renkei.policy.linting.lint import lint

INHERIT, CONFLICT = ODRL + "inheritFrom", ODRL + "conflict"
BARRED = rule(atom("odrl:purpose", "eq", "urn:resale"))


def policy(name, *permissions, heir_of=(), **members):
    parents = {INHERIT: [{"@id": parent} for parent in heir_of]} if heir_of else {}
    document = offer(*(permissions or (rule(),)), **members) | parents | {"@id": name}
    return read_offer(document, in_catalog=True)


def known(*policies):
    return {each.id: each for each in policies}


def test_an_heir_has_the_rules_of_all_its_ancestors_once_its_own_first() -> None:
    top = policy("urn:top", rule(action="odrl:read"))
    left = policy("urn:left", rule(action="odrl:index"), heir_of=["urn:top"])
    right = policy("urn:right", rule(action="odrl:print"), heir_of=["urn:top"], prohibition=[BARRED])
    heir = policy("urn:heir", heir_of=["urn:left", "urn:right"], obligation=[rule(action="odrl:inform")])
    whole = inherited(heir, known(top, left, right))
    assert [each.action for each in whole.permission] == ["use", "odrl:index", "odrl:read", "odrl:print"]
    assert len(whole.prohibition) == len(whole.obligation) == 1
    assert (whole.id, whole.extensions) == ("urn:heir", {})


def test_an_heir_permits_nothing_before_its_parents_rules_are_put_in_and_no_more_than_they_leave_afterwards() -> None:
    parent = policy("urn:parent", rule(action="odrl:read"), prohibition=[BARRED])
    heir = policy("urn:heir", heir_of=["urn:parent"])
    assert not evaluate(heir, ask("urn:audit"), Facts(NOW)).permits
    whole = inherited(heir, known(parent))
    assert evaluate(whole, ask("urn:audit"), Facts(NOW)).permits
    assert not evaluate(whole, ask("urn:resale"), Facts(NOW)).permits
    assert "not-flattened" in {each.code.value for each in lint(heir, now=NOW)}
    assert "not-flattened" not in {each.code.value for each in lint(whole, now=NOW)}


def test_what_a_parent_says_of_all_its_rules_stays_with_them() -> None:
    parent = replace(policy("urn:parent", rule(), rule(assignee="did:web:other")), target=TARGET, assignee=PARTY)
    whole = inherited(policy("urn:heir", rule(action="odrl:read"), heir_of=["urn:parent"]), known(parent))
    assert [(each.target, each.assignee) for each in whole.permission] == [
        (None, None),
        (TARGET, PARTY),
        (TARGET, "did:web:other"),
    ]


def test_who_inherits_nothing_is_left_as_it_is() -> None:
    alone = policy("urn:alone")
    assert inherited(alone, {}) is alone


@pytest.mark.parametrize(
    ("child", "parent", "settled"),
    [
        (None, "odrl:prohibit", ODRL + "prohibit"),
        ("odrl:perm", None, ODRL + "perm"),
        ("odrl:prohibit", ODRL + "prohibit", ODRL + "prohibit"),
    ],
)
def test_how_conflicts_are_settled_is_inherited(child, parent, settled) -> None:
    said = [{CONFLICT: {"@id": value}} if value else {} for value in (child, parent)]
    whole = inherited(policy("urn:c", heir_of=["urn:p"], **said[0]), known(policy("urn:p", **said[1])))
    assert whole.extensions == {CONFLICT: {"@id": settled}}


def chain(length):
    names = [f"urn:p{i}" for i in range(length)]
    return known(*(policy(name, heir_of=names[i + 1 : i + 2]) for i, name in enumerate(names)))


WRONG = {
    "a circle": (
        ["urn:a"],
        [policy("urn:a", heir_of=["urn:b"]), policy("urn:b", heir_of=["urn:a"])],
        "urn:a → urn:b → urn:a",
    ),
    "itself": (["urn:heir"], [], "urn:heir → urn:heir"),
    "a circle through itself": (["urn:a"], [policy("urn:a", heir_of=["urn:heir"])], "urn:heir → urn:a → urn:heir"),
    "a stranger": (["urn:a"], [], "the parent urn:a is not there"),
    "a parent's stranger": (["urn:a"], [policy("urn:a", heir_of=["urn:b"])], "the parent urn:b is not there"),
    "a narrower profile": (["urn:a"], [policy("urn:a", profile=CX)], "profiles"),
    "another way with conflicts": (["urn:a"], [policy("urn:a", **{CONFLICT: {"@id": "odrl:perm"}})], "conflicts"),
    "a member that nobody knows": (["urn:a"], [policy("urn:a", **{ODRL + "status": "x"})], ODRL + "status"),
    "too many generations": (["urn:p0"], chain(300).values(), "ancestors"),
    "too many rules": (["urn:a"], [replace(policy("urn:a"), permission=(Rule("use"),) * 256)], "rules"),
}


@pytest.mark.parametrize(("names", "parents", "cause"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_put_together_is_refused(names, parents, cause) -> None:
    heir = policy("urn:heir", heir_of=names, **{CONFLICT: {"@id": "odrl:prohibit"}})
    with pytest.raises(PolicyError) as caught:
        inherited(heir, known(*parents))
    assert caught.value.code == "policy-inheritance"
    assert cause in caught.value.message()


@pytest.mark.parametrize("value", [5, [], {"@id": 5}, [{"@id": "urn:a"}, True], ""])
def test_a_parent_without_an_id_is_refused(value) -> None:
    heir = replace(policy("urn:heir"), extensions={INHERIT: value})
    if value == []:
        assert inherited(heir, {}) is heir
    else:
        with pytest.raises(PolicyError, match="policy-inheritance"):
            inherited(heir, {})


def test_a_parent_given_under_another_name_is_none() -> None:
    with pytest.raises(PolicyError, match="is not there"):
        inherited(policy("urn:heir", heir_of=["urn:a"]), {"urn:a": policy("urn:b")})


def test_a_strategy_that_is_no_name_is_refused_and_an_unknown_one_still_denies() -> None:
    heir = replace(policy("urn:heir", heir_of=["urn:a"]), extensions={INHERIT: "urn:a", CONFLICT: 5})
    with pytest.raises(PolicyError, match="not told by a name"):
        inherited(heir, known(policy("urn:a")))
    odd = policy("urn:heir", heir_of=["urn:a"], **{CONFLICT: {"@id": "urn:coin"}})
    assert not evaluate(inherited(odd, known(policy("urn:a"))), ask(), Facts(NOW)).permits
