"""What has run out for everybody is not in the catalog; what may still permit somebody something is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from catalog_crawls import NOBODY, access, atom, before, publish, seen, without_box
from hypothesis import given
from hypothesis import strategies as st

from renkei.exchange.catalog.lifetimes import last_instant
from renkei.kernel.instants import render
from renkei.kernel.problems import PolicyError
from renkei.policy.deciding.evaluate import evaluate
from renkei.policy.model import Atomic, Connective, Logical, Operator, Policy, PolicyKind, Rule
from renkei.policy.operands import ASSIGNEE, DATE_TIME
from renkei.policy.world import Facts, Request
from renkei.testing import START, MemberConfig

US = "did:web:a.example"


def at(hours):
    return render(START + timedelta(hours=hours))


def until(hours, operator=Operator.LTEQ):
    return atom(DATE_TIME, at(hours), operator)


def either(*operands):
    return Logical(connective=Connective.OR, operands=operands)


HOUR = START + timedelta(hours=1)
CASES = {
    "nothing said": (access(), None),
    "a day": (access(until(1)), HOUR),
    "a typed day": (access(atom(DATE_TIME, {"@value": at(1), "@type": "xsd:dateTime"}, Operator.LT)), HOUR),
    "the first of two": (access(until(5), until(1)), HOUR),
    "a beginning": (access(until(1, Operator.GT)), None),
    "any day but one": (access(until(1, Operator.NEQ)), None),
    "what is no instant": (access(atom(DATE_TIME, "soon", Operator.LT)), None),
    "two instants": (access(Atomic(DATE_TIME, Operator.LT, (at(1), at(2)))), None),
    "either of two": (access(either(until(0), until(1))), HOUR),
    "or something else": (access(either(until(1), atom(ASSIGNEE, US))), None),
    "and something else": (access(until(1), atom(ASSIGNEE, US)), HOUR),
    "in a row": (access(Logical(connective=Connective.AND_SEQUENCE, operands=(until(1),))), None),
}


@pytest.mark.parametrize(("policy", "end"), CASES.values(), ids=CASES)
def test_terms_end_when_nobody_can_fulfil_them_any_more(policy, end) -> None:
    assert last_instant(policy) == end


def test_of_several_permissions_the_last_counts() -> None:
    def terms(*constraints):
        rules = tuple(Rule(action="use", constraint=(constraint,)) for constraint in constraints)
        return Policy(id="urn:a", kind=PolicyKind.SET, permission=rules)

    assert last_instant(terms(until(0), until(1))) == HOUR
    assert last_instant(terms(until(0), atom(ASSIGNEE, US))) is None
    assert last_instant(terms()) is None


atoms = st.one_of(
    st.builds(until, st.integers(0, 5), st.sampled_from(sorted(Operator, key=str))), st.just(atom(ASSIGNEE, US))
)
constraints = st.recursive(
    atoms,
    lambda below: st.builds(
        lambda connective, operands: Logical(connective=connective, operands=tuple(operands)),
        st.sampled_from(sorted(Connective, key=str)),
        st.lists(below, min_size=1, max_size=3),
    ),
    max_leaves=8,
)


@given(st.lists(constraints, max_size=3), st.integers(0, 6), st.booleans())
def test_what_permits_has_not_run_out(items, hours, exactly) -> None:
    policy = access(*items)
    now = START + timedelta(hours=hours) + (timedelta() if exactly else timedelta(microseconds=1))
    end = last_instant(policy)
    if end is not None and now > end:
        assert not evaluate(policy, Request(party=US, target=""), Facts(now, {})).permits


async def test_the_catalog_lists_what_may_still_be_had_page_by_page(dataspace) -> None:
    maker = await without_box(await dataspace.join("maker", MemberConfig(page=2)))
    names = [f"urn:example:{number}" for number in range(9)]
    for number, name in enumerate(names):
        how = {} if number % 3 == 0 else {"policy": access(before(at(number)))}
        await publish(maker, name, **how)
    assert await seen(maker, NOBODY) == names
    await dataspace.advance(timedelta(hours=4, seconds=1))
    lasting = [names[number] for number in (0, 3, 5, 6, 7, 8)]
    assert await seen(maker, NOBODY) == lasting
    whole = await maker.participant.catalogs.showing.whole()
    assert [dataset.id for dataset in whole.datasets] == lasting
    await publish(maker, names[1])
    assert names[1] in await seen(maker, NOBODY), "with other terms it is there again"


async def test_who_asks_for_what_has_run_out_learns_why_it_cannot_be_had(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), await dataspace.join("buyer")
    await publish(maker, "urn:example:cell", policy=access(before(at(1))))
    await dataspace.advance(timedelta(hours=2))
    assert [dataset.id for dataset in await buyer.catalog("maker")] == [f"{maker.did}#request-box"]
    with pytest.raises(PolicyError, match="policy-refused"):
        await buyer.negotiate("maker", "urn:example:cell")
