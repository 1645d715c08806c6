"""Who sees what: access policies shared by many assets, judged with what is verified about the requester."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from catalog_crawls import NOBODY, access, atom, before, ids, publish, seen, without_box
from hypothesis import given
from hypothesis import strategies as st

from renkei.exchange.catalog.access import ANYONE, keys_of
from renkei.exchange.ports import Peer
from renkei.kernel.instants import render
from renkei.kernel.problems import ConfigurationError, LocalError, PeerError
from renkei.policy.deciding.evaluate import compile_policy, evaluate
from renkei.policy.model import Atomic, Connective, Logical, Operator, Policy, PolicyKind, Rule
from renkei.policy.operands import ASSIGNEE, BUSINESS_PARTNER_NUMBER, COUNT, DATE_TIME, GROUP, MEMBERSHIP, PURPOSE
from renkei.policy.terms import CATENA_X as CX
from renkei.policy.terms import ODRL
from renkei.policy.world import Fact, Facts, Request
from renkei.protocol.messages import CatalogRequest
from renkei.testing import START, MemberConfig

CELL, NUMBER = "urn:example:cell", "BPNL00000000AB12"
ACTIVE = {MEMBERSHIP: Fact(frozenset({"active"}), "credential")}
CX_ACCESS = "https://w3id.org/catenax/2025/9/policy/access"


def peer(name="did:web:a.example", **facts):
    return Peer(id=name, facts={iri: Fact(frozenset({value}), "test") for iri, value in facts.items()})


@pytest.fixture
async def maker(dataspace):
    return await without_box(await dataspace.join("maker", MemberConfig(aliases={NUMBER: "did:web:a.example"})))


CASES = {
    "a fact": (access(atom(MEMBERSHIP, "active")), Peer(id="x", facts=ACTIVE), True),
    "a fact that is missing": (access(atom(MEMBERSHIP, "active")), NOBODY, False),
    "another value": (access(atom(GROUP, "tier-1")), peer(**{GROUP: "tier-2"}), False),
    "the Catena-X word": (
        Policy(
            id="urn:a",
            kind=PolicyKind.SET,
            permission=(Rule(action=CX_ACCESS, constraint=(atom(MEMBERSHIP, "active"),)),),
        ),
        Peer(id="x", facts=ACTIVE),
        True,
    ),
    "a party": (access(assignee="did:web:a.example"), peer(), True),
    "another party": (access(assignee="did:web:a.example"), NOBODY, False),
    "a number from configuration": (access(atom(BUSINESS_PARTNER_NUMBER, NUMBER)), peer(), True),
    "somebody else's number": (access(atom(BUSINESS_PARTNER_NUMBER, NUMBER)), NOBODY, False),
    "an alias as the participant's id": (access(assignee="did:web:a.example"), Peer(id=NUMBER), True),
    "not a party": (access(atom(ASSIGNEE, "did:web:a.example", Operator.NEQ)), NOBODY, True),
    "not the party that asks": (access(atom(ASSIGNEE, "did:web:a.example", Operator.NEQ)), peer(), False),
    "before a date": (access(before("2099-01-01T00:00:00Z")), NOBODY, True),
    "after a date": (access(before("2001-01-01T00:00:00Z")), NOBODY, False),
    "a prohibition": (
        access(prohibition=(Rule(action="use", constraint=(atom(ASSIGNEE, "did:web:a.example"),)),)),
        peer(),
        False,
    ),
}


@pytest.mark.parametrize(("policy", "requester", "visible"), CASES.values(), ids=CASES)
async def test_an_access_policy_tells_who_sees_a_dataset(maker, policy, requester, visible) -> None:
    await publish(maker, CELL, access=policy)
    await publish(maker, "urn:example:public")
    shown = [CELL] if visible else []
    assert await seen(maker, requester) == [*shown, "urn:example:public"]
    found = await maker.participant.catalogs.offered(CELL, requester.id, requester.facts)
    assert (found is not None) == visible
    if not visible:
        with pytest.raises(PeerError, match="catalog-unknown-dataset"):
            await maker.participant.catalogs.showing.dataset(requester, CELL)


BLIND = {
    "a value that there is not": access(atom(MEMBERSHIP, "ended")),
    "an operand nobody can evaluate": access(atom("https://example.org/moon", "full")),
    "a purpose, which nobody declares to look": access(atom(PURPOSE, "urn:x")),
    "a prohibition for all": access(prohibition=(Rule(action="use"),)),
    "two parties at once": access(atom(ASSIGNEE, "did:web:a.example"), atom(ASSIGNEE, "did:web:b.example")),
}


@pytest.mark.parametrize("policy", BLIND.values(), ids=BLIND)
async def test_an_access_policy_that_shows_nothing_to_anybody_is_refused(maker, policy) -> None:
    with pytest.raises(ConfigurationError, match="catalog-access-unusable"):
        await publish(maker, CELL, access=policy)
    with pytest.raises(ConfigurationError, match="catalog-access-unusable"):
        await maker.participant.catalogs.access.define("blind", policy)


async def test_many_assets_share_one_definition(maker) -> None:
    one = await publish(maker, "urn:example:1", visible_to=("did:web:a.example", "did:web:b.example"))
    two = await publish(maker, "urn:example:2", visible_to=("did:web:b.example", "did:web:a.example"))
    three = await publish(maker, "urn:example:3", visible_to=("did:web:b.example",))
    assert one.access == two.access != three.access
    assert await maker.store.count("contract-definition") == 2
    assert (await publish(maker, "urn:example:4")).access == ANYONE


async def test_a_changed_definition_holds_at_once_for_all_under_it(maker) -> None:
    define = maker.participant.catalogs.access.define
    await define("partners", access(assignee="did:web:a.example"))
    await publish(maker, "urn:example:1", definition="partners")
    await publish(maker, "urn:example:2", definition="partners")
    assert await seen(maker, peer()) == ["urn:example:1", "urn:example:2"]
    await define("partners", access(assignee="did:web:b.example"))
    assert await seen(maker, peer()) == []
    assert await seen(maker, peer("did:web:b.example")) == ["urn:example:1", "urn:example:2"]


async def test_a_definition_is_deleted_when_nothing_hangs_on_it(maker) -> None:
    catalogs = maker.participant.catalogs
    await catalogs.access.define("partners", access())
    await catalogs.access.define("others", access())
    for name in ("urn:example:1", "urn:example:2"):
        await publish(maker, name, definition="partners")
    with pytest.raises(LocalError, match="catalog-definition-used") as caught:
        await catalogs.access.delete("partners")
    assert caught.value.values["count"] == 2
    await catalogs.withdraw("urn:example:1")
    await publish(maker, "urn:example:2", definition="others")
    await catalogs.access.delete("partners")
    for gone in (catalogs.access.definition, catalogs.access.delete):
        with pytest.raises(ConfigurationError, match="catalog-unknown-definition"):
            await gone("partners")
    assert await seen(maker, NOBODY) == ["urn:example:2"]
    with pytest.raises(ConfigurationError, match="catalog-unknown-definition"):
        await publish(maker, "urn:example:3", definition="partners")
    await catalogs.access.define("partners", access())
    await publish(maker, "urn:example:3", definition="partners")
    assert await seen(maker, NOBODY) == ["urn:example:2", "urn:example:3"]


async def test_what_hangs_on_a_definition_that_is_gone_is_shown_to_nobody(maker) -> None:
    await maker.participant.catalogs.access.define("partners", access())
    asset = await publish(maker, CELL, definition="partners")
    await maker.participant.catalogs.withdraw(CELL)
    await maker.participant.catalogs.access.delete("partners")
    # As if it had been published at the very moment.
    kept = await maker.participant.catalogs.kept(CELL)
    await maker.store.commit(maker.participant.catalogs.storing(asset, kept.version))
    assert await seen(maker, NOBODY) == []
    assert await maker.participant.catalogs.offered(CELL, "did:web:a.example") is None
    await maker.stop()
    await maker.start()
    assert CELL not in await seen(maker, NOBODY)


async def test_a_definition_made_of_an_audience_comes_back_with_it(maker) -> None:
    asset = await publish(maker, CELL, visible_to=("did:web:a.example",))
    await maker.participant.catalogs.withdraw(CELL)
    await maker.participant.catalogs.access.delete(asset.access)
    again = await publish(maker, CELL, visible_to=("did:web:a.example",))
    assert again.access == asset.access
    assert await seen(maker, peer()) == [CELL]


async def test_a_definition_brings_its_terms(maker) -> None:
    no_display = (Rule(action="display"),)
    terms = Policy(id="urn:example:t", kind=PolicyKind.SET, permission=(Rule(action="use"),), prohibition=no_display)
    await maker.participant.catalogs.access.define("shown", access(), terms)
    asset = await publish(maker, CELL, definition="shown", policy=None)
    assert [rule["action"].removeprefix(ODRL) for rule in asset.offer["prohibition"]] == ["display"]
    own = await publish(maker, "urn:example:own", definition="shown")
    assert own.offer["permission"] == [{"action": "use"}]
    assert "prohibition" not in own.offer


NEVER = {
    "an instant that cannot be read": ("dateTime", "lteq", "tomorrow", "catalog-terms-never-permit"),
    "a count of nothing": ("count", "lteq", "0", "catalog-terms-never-permit"),
    "an operand of another house": ("https://vendor.example/seats", "eq", "5", "catalog-terms-never-permit"),
    "a misspelt operand": ("dateTme", "lteq", "2099-01-01T00:00:00Z", "catalog-terms-not-carried"),
}


@pytest.mark.parametrize(("left", "operator", "right", "code"), NEVER.values(), ids=NEVER)
async def test_terms_that_can_never_permit_are_not_published(maker, left, operator, right, code) -> None:
    hopeless = Rule(action="use", constraint=(Atomic(left=left, operator=Operator(operator), right=right),))
    terms = Policy(id="urn:example:t", kind=PolicyKind.SET, permission=(hopeless,))
    with pytest.raises(ConfigurationError) as caught:
        await publish(maker, CELL, policy=terms)
    assert caught.value.code == code
    assert "permission[0].constraint[0]" in caught.value.message()
    assert left in caught.value.message()
    with pytest.raises(ConfigurationError, match=code):
        await maker.participant.catalogs.access.define("never", access(), terms)
    assert await maker.participant.catalogs.kept(CELL) is None


async def test_bare_words_are_published_as_the_iris_that_they_stand_for(maker) -> None:
    constraint = Atomic(left="purpose", operator=Operator.EQ, right="x")
    terms = Policy(id="urn:example:t", kind=PolicyKind.SET, permission=(Rule(action="use", constraint=(constraint,)),))
    asset = await publish(maker, CELL, policy=terms)
    assert asset.offer["permission"][0]["constraint"][0]["leftOperand"] == PURPOSE


async def test_terms_that_claim_catena_x_are_held_to_what_its_partners_read(maker) -> None:
    terms = Policy(id="urn:example:t", kind=PolicyKind.SET, profile=CX, permission=(Rule(action="use"),))
    with pytest.raises(ConfigurationError, match="catalog-terms-not-carried") as caught:
        await publish(maker, CELL, policy=terms)
    assert "FrameworkAgreement must stand in a usage policy" in caught.value.message()
    assert "catena-x-1.2: permission[0].constraint: " in caught.value.message()


async def test_a_refusal_of_terms_is_told_in_japanese_throughout(maker) -> None:
    at = [Atomic(left=DATE_TIME, operator=Operator.LTEQ, right="2027-01-01T00:00:00")]
    terms = Policy(id="urn:example:t", kind=PolicyKind.SET, permission=(Rule(action="use", constraint=tuple(at)),))
    with pytest.raises(ConfigurationError, match="catalog-terms-never-permit") as caught:
        await publish(maker, CELL, policy=terms)
    assert "日時に時差(タイムゾーン)がありません" in caught.value.message("ja")
    assert "the time has no zone" in caught.value.message()


async def test_terms_are_published_in_spite_of_a_warning(maker, caplog) -> None:
    over = Atomic(left=DATE_TIME, operator=Operator.LTEQ, right="2001-01-01T00:00:00Z")
    terms = Policy(id="urn:example:t", kind=PolicyKind.SET, permission=(Rule(action="use", constraint=(over,)),))
    await publish(maker, CELL, policy=terms)
    assert [record.code for record in caplog.records if hasattr(record, "code")] == ["expired"]


async def test_terms_that_nobody_would_negotiate_are_not_published(maker) -> None:
    def terms(count: int) -> Policy:
        each = tuple(Atomic(left=PURPOSE, operator=Operator.NEQ, right=f"urn:example:p{i}") for i in range(count))
        return Policy(id="urn:example:t", kind=PolicyKind.SET, permission=(Rule(action="use", constraint=each),))

    assert await publish(maker, CELL, policy=terms(99))
    for refused in (terms(100), terms(4000)):
        with pytest.raises(ConfigurationError, match="catalog-terms-too-many"):
            await publish(maker, "urn:example:more", policy=refused)
        with pytest.raises(ConfigurationError, match="catalog-terms-too-many"):
            await maker.participant.catalogs.access.define("more", access(), refused)
    assert await maker.participant.catalogs.kept("urn:example:more") is None


async def test_a_prohibition_alone_is_not_published(maker) -> None:
    terms = Policy(id="urn:example:t", kind=PolicyKind.SET, prohibition=(Rule(action="display"),))
    with pytest.raises(ConfigurationError, match="catalog-terms-never-permit"):
        await publish(maker, CELL, policy=terms)


async def test_what_is_published_without_terms_or_with_two_audiences_is_refused(maker) -> None:
    await maker.participant.catalogs.access.define("no-terms", access())
    for how, code in (
        ({"policy": None}, "catalog-no-terms"),
        ({"policy": None, "definition": "no-terms"}, "catalog-no-terms"),
        ({"definition": "unknown"}, "catalog-unknown-definition"),
        ({"definition": "no-terms", "visible_to": ("did:web:a.example",)}, "catalog-two-audiences"),
        ({"access": access(), "visible_to": ("did:web:a.example",)}, "catalog-two-audiences"),
    ):
        with pytest.raises(ConfigurationError, match=code):
            await publish(maker, CELL, **how)
    assert await maker.participant.catalogs.kept(CELL) is None


@pytest.mark.parametrize("name", ["", "anyone", "sha-256:00"])
async def test_names_that_we_give_are_not_for_others(maker, name) -> None:
    with pytest.raises(ConfigurationError, match="catalog-definition-reserved"):
        await maker.participant.catalogs.access.define(name, access())


@pytest.mark.parametrize(
    "policy",
    [
        access(target=CELL),
        Policy(id="urn:a", kind=PolicyKind.SET, permission=(Rule(action="use", target=CELL),)),
        Policy(id="urn:a", kind=PolicyKind.SET, prohibition=(Rule(action="use"),)),
    ],
)
async def test_an_access_policy_names_no_target_and_permits_something(maker, policy) -> None:
    with pytest.raises(ConfigurationError, match="catalog-access-unusable"):
        await publish(maker, CELL, access=policy)


async def test_a_description_that_json_ld_would_drop_is_refused_when_it_is_published(maker) -> None:
    with pytest.raises(LocalError, match="wire-unsendable"):
        await publish(maker, CELL, description={"title": "a bare word"})


@pytest.mark.parametrize(
    "dataset", ["", "cell", "urn:", "urn:example:a cell", "<urn:example:cell>", "dct:title", "//example.com/cell"]
)
async def test_what_is_no_absolute_iri_is_not_published(maker, dataset) -> None:
    with pytest.raises(ConfigurationError, match="catalog-dataset-no-iri"):
        await publish(maker, dataset)
    assert await seen(maker, NOBODY) == []


@pytest.mark.parametrize("dataset", ["urn:example:cell", "https://example.com/セル?x=1#y", "did:web:a.example#box"])
async def test_any_absolute_iri_names_a_dataset(maker, dataset) -> None:
    await publish(maker, dataset)
    assert await seen(maker, NOBODY) == [dataset]


async def test_a_decision_is_remembered_no_longer_than_it_holds(dataspace, maker) -> None:
    await publish(maker, CELL, access=access(before(render(START + timedelta(hours=1)))))
    assert await seen(maker, NOBODY) == [CELL]
    dataspace.clock.advance(3601)
    assert await seen(maker, NOBODY) == []


async def test_a_fact_counts_until_it_expires(dataspace, maker) -> None:
    await publish(maker, CELL, access=access(atom(MEMBERSHIP, "active")))
    until = dataspace.clock.now() + timedelta(minutes=5)
    member = Peer(id="x", facts={MEMBERSHIP: Fact(frozenset({"active"}), "credential", until)})
    assert await seen(maker, member) == [CELL]
    dataspace.clock.advance(301)
    assert await seen(maker, member) == []


async def test_the_number_opens_the_way_to_a_contract_too(dataspace) -> None:
    maker = await dataspace.join("maker", MemberConfig(aliases={NUMBER: "did:web:buyer.example"}))
    buyer, other = await dataspace.join("buyer"), await dataspace.join("other")
    await publish(maker, CELL, access=access(atom(BUSINESS_PARTNER_NUMBER, (NUMBER,), Operator.IS_ANY_OF)))
    assert (await buyer.negotiate("maker", CELL)).dataset == CELL
    with pytest.raises(PeerError, match="catalog-unknown-dataset"):
        await other.negotiate("maker", CELL)


async def test_definitions_survive_a_restart(maker) -> None:
    await publish(maker, CELL, visible_to=("did:web:a.example",))
    await maker.stop()
    await maker.start()
    assert CELL in await seen(maker, peer())
    assert CELL not in await seen(maker, NOBODY)


def test_equal_numbers_are_written_in_many_ways_so_none_of_them_finds_a_definition_again() -> None:
    assert keys_of(access(atom(COUNT, "5"))) is None
    assert keys_of(access(atom(MEMBERSHIP, "active"))) == {(MEMBERSHIP, "active")}


async def test_hiding_costs_no_decision_that_certainly_says_no(maker, monkeypatch) -> None:
    asked = []
    compiled = "renkei.exchange.catalog.access.compile_policy"
    monkeypatch.setattr(compiled, lambda *args: asked.append(args) or compile_policy(*args))
    for number in range(50):
        await publish(maker, f"urn:example:{number}", visible_to=(f"did:web:p{number}.example",))
    assert await seen(maker, peer("did:web:p7.example")) == ["urn:example:7"]
    assert len(asked) == 1
    assert await seen(maker, peer("did:web:p7.example")) == ["urn:example:7"]
    assert len(asked) == 1


async def test_only_so_many_requesters_are_remembered(maker, monkeypatch) -> None:
    monkeypatch.setattr("renkei.exchange.catalog.access._REMEMBERED", 3)
    for number in range(10):
        await maker.participant.catalogs.showing.page(Peer(id=f"did:web:p{number}.example"), CatalogRequest())
    assert len(maker.participant.catalogs.access._answers) == 3


async def test_each_has_its_own_view_of_the_whole(maker) -> None:
    await publish(maker, "urn:example:1")
    await publish(maker, "urn:example:2", visible_to=("did:web:a.example",))
    showing = maker.participant.catalogs.showing
    assert [dataset.id for dataset in (await showing.whole()).datasets] == ["urn:example:1"]
    assert [dataset.id for dataset in (await showing.whole(NUMBER)).datasets] == ["urn:example:1", "urn:example:2"]


async def test_a_catalog_for_nobody_keeps_its_service(maker) -> None:
    page = await maker.participant.catalogs.showing.page(NOBODY, CatalogRequest())
    catalog = json.loads(page.body)
    assert ids(page.body) == []
    assert "dataset" not in catalog
    assert catalog["service"][0]["endpointURL"] == maker.address


# --- the law by which definitions are passed over ------------------------------------------------

NAMES = ("a", "b", "c")
NOW = datetime(2026, 11, 22, tzinfo=UTC)
texts = st.one_of(
    st.sampled_from(NAMES),
    st.sampled_from(NAMES).map(lambda name: {"@id": name}),
    st.sampled_from(NAMES).map(lambda name: {"@value": name}),
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=2).map(tuple),
    st.just({"@value": 7}),
)
atoms = st.builds(
    atom,
    st.sampled_from([ASSIGNEE, BUSINESS_PARTNER_NUMBER, MEMBERSHIP, "assignee", "https://example.org/x"]),
    texts,
    st.sampled_from([Operator.EQ, Operator.NEQ, Operator.IS_ANY_OF, Operator.IS_NONE_OF, Operator.GT]),
) | st.sampled_from([atom(DATE_TIME, "2099-01-01T00:00:00Z", Operator.LT)])
constraints = st.recursive(
    atoms,
    lambda below: st.builds(Logical, st.sampled_from(Connective), st.lists(below, min_size=1, max_size=3).map(tuple)),
    max_leaves=6,
)
rules = st.builds(
    Rule,
    action=st.just("use"),
    constraint=st.lists(constraints, max_size=2).map(tuple),
    assignee=st.sampled_from([None, None, *NAMES]),
)
policies = st.builds(
    Policy,
    id=st.just("urn:p"),
    kind=st.just(PolicyKind.SET),
    assignee=st.sampled_from([None, None, None, "a"]),
    permission=st.lists(rules, min_size=1, max_size=2).map(tuple),
)
facts = st.dictionaries(
    st.sampled_from([BUSINESS_PARTNER_NUMBER, MEMBERSHIP]),
    st.sets(st.sampled_from(NAMES), min_size=1).map(lambda values: Fact(frozenset(values))),
)


@given(policies, st.sampled_from([*NAMES, "d"]), facts)
def test_whoever_is_permitted_holds_one_of_the_keys(policy, party, held) -> None:
    keys = keys_of(policy)
    holds = {(ASSIGNEE, party), *((iri, value) for iri, fact in held.items() for value in fact.values)}
    if evaluate(policy, Request(party=party, target=""), Facts(NOW, held)).permits:
        assert keys is None or keys & holds
