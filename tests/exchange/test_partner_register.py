"""What is known of partners: who says so goes before whom, until when, and what follows when it changes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from conversations import CELL, pulled, started, state

from renkei.exchange.aliases import Aliases
from renkei.exchange.catalog.catalogs import Publication
from renkei.exchange.partner.register import PartnerRegister, Registration, closed, known_of
from renkei.exchange.ports import Known, NothingKnown
from renkei.exchange.records.assets import Source, SourceKind
from renkei.exchange.records.partners import Statement
from renkei.kernel.problems import ConfigurationError
from renkei.policy.model import Atomic, Operator, Policy, PolicyKind, Rule
from renkei.policy.operands import BUSINESS_PARTNER_GROUP, BUSINESS_PARTNER_NUMBER, GROUP, MEMBERSHIP, ROLE, SPATIAL
from renkei.policy.world import Fact
from renkei.store.memory import MemoryStore
from renkei.testing import ANYONE, START, MemberConfig

DAY = timedelta(days=1)
BUYER, NUMBER = "did:web:buyer.example", "BPNL00000000AB12"
MEMBERS_ONLY = Policy(
    id="urn:example:terms",
    kind=PolicyKind.SET,
    permission=(Rule(action="use", constraint=(Atomic("Membership", Operator.EQ, "active"),)),),
)
ACTIVE = {"membership": Statement(values=("active",))}


def registered(until=None, **attributes):
    return Registration(attributes={name: tuple(values) for name, values in attributes.items()}, until=until)


async def about(member, who=BUYER):
    return (await member.participant.ports.register.about(who)).facts


async def test_what_is_stated_goes_before_configuration_and_that_before_the_numbers(dataspace) -> None:
    maker = await dataspace.join(
        "maker",
        MemberConfig(aliases={NUMBER: BUYER}, register={"buyer": registered(roles=["auditor"], membership=["active"])}),
    )
    assert await about(maker) == {
        ROLE: Fact(frozenset({"auditor"}), "configuration"),
        MEMBERSHIP: Fact(frozenset({"active"}), "configuration"),
        BUSINESS_PARTNER_NUMBER: Fact(frozenset({NUMBER}), "configuration"),
    }
    book = maker.participant.register
    await book.state(NUMBER, {"roles": Statement(values=("maker", "maker"), source="contract 7", until=START + DAY)})
    stated = Fact(frozenset({"maker"}), "contract 7", START + DAY)
    assert (await about(maker))[ROLE] == (await about(maker, NUMBER))[ROLE] == stated
    await book.take_back(BUYER, ROLE)
    assert (await about(maker))[ROLE] == Fact(frozenset({"auditor"}), "configuration")
    assert await about(maker, "did:web:stranger.example") == {}


async def test_a_group_answers_both_profiles_and_no_group_is_something_known(dataspace) -> None:
    maker = await dataspace.join("maker", MemberConfig(part_of={"tier-1": ("suppliers",), "suppliers": ("all",)}))
    book, register = maker.participant.register, maker.participant.ports.register
    await book.state(BUYER, {"groups": Statement(values=("tier-1",))})
    facts = await about(maker)
    assert facts[GROUP] == facts[BUSINESS_PARTNER_GROUP] == Fact(frozenset({"tier-1"}), "register")
    assert (await register.about(BUYER)).part_of[BUYER] == {"tier-1", "suppliers", "all"}
    await book.state(BUYER, {"groups": Statement(values=("tier-1",), until=START + DAY)})
    assert BUYER not in (await register.about(BUYER)).part_of, "nothing says until when one lies in a collection"
    await book.state(BUYER, {"groups": Statement(values=())})
    assert (await about(maker))[GROUP].values == frozenset()
    await book.take_back(BUYER)
    assert await about(maker) == {}


def test_what_lies_in_what_is_closed_and_circles_end() -> None:
    found = closed({"a": frozenset({"b"}), "b": frozenset({"c"}), "c": frozenset({"a"}), "x": frozenset({"y"})})
    assert found == {name: {"a", "b", "c"} for name in "abc"} | {"x": {"y"}}


def test_what_is_proved_goes_before_the_register_as_long_as_it_holds() -> None:
    registered_fact, proved = Fact(frozenset({"r"}), "register"), Fact(frozenset({"p"}), "credential", START + DAY)
    register = {ROLE: registered_fact, SPATIAL: registered_fact}
    assert known_of(register, {ROLE: proved}, START) == {ROLE: proved, SPATIAL: registered_fact}
    assert known_of(register, {ROLE: proved}, START + DAY) == register


async def test_every_reader_of_a_store_notices_a_change_at_its_next_look(dataspace) -> None:
    maker = await dataspace.join("maker")
    other = PartnerRegister(maker.store)
    assert (await other.about(BUYER)).facts == {}
    await maker.participant.register.state(BUYER, ACTIVE)
    assert set((await other.about(BUYER)).facts) == {MEMBERSHIP}
    await maker.participant.register.take_back(BUYER)
    assert (await other.about(BUYER)).facts == {}


async def test_a_look_that_a_change_overtakes_is_not_kept(monkeypatch) -> None:
    store = MemoryStore()
    await store.open()
    register = PartnerRegister(store, Aliases())
    revisions = iter([1, 2, 2, 2])

    async def counter(name):
        return next(revisions)

    monkeypatch.setattr(store, "counter", counter)
    loads = []

    async def load(kind, record_id):
        loads.append(record_id)
        if len(loads) == 1:
            await register.about("did:web:other.example")  # meanwhile somebody sees the newer revision

    monkeypatch.setattr(store, "load", load)
    await register.about(BUYER)
    await register.about(BUYER)
    assert loads == [BUYER, "did:web:other.example", BUYER]
    await register.about(BUYER)
    assert len(loads) == 3


async def test_only_so_many_partners_are_kept_in_memory(monkeypatch) -> None:
    monkeypatch.setattr("renkei.exchange.partner.register._REMEMBERED", 3)
    store = MemoryStore()
    await store.open()
    register = PartnerRegister(store)
    for number in range(10):
        await register.about(f"did:web:p{number}.example")
    assert len(register._known) == 3


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ({"colour": ("red",)}, "policy-unknown-attribute"),
        ({"roles": ("",)}, "partner-facts-unusable"),
        ({"roles": ("x" * 2001,)}, "partner-facts-unusable"),
        ({"roles": tuple(map(str, range(257)))}, "partner-facts-unusable"),
        ({"security_profile": ("HIGH",)}, "partner-facts-unusable"),
        ({f"https://example.com/{number}": ("x",) for number in range(65)}, "partner-facts-unusable"),
    ],
)
async def test_what_cannot_be_kept_is_refused_and_nothing_of_it_is(dataspace, attributes, code) -> None:
    maker = await dataspace.join("maker")
    before = maker.store.commits
    with pytest.raises(ConfigurationError) as caught:
        await maker.participant.register.state(
            BUYER, {name: Statement(values=values) for name, values in attributes.items()}
        )
    assert caught.value.code == code
    assert maker.store.commits == before
    with pytest.raises(ConfigurationError):
        PartnerRegister(maker.store, None, {BUYER: registered(colour=["red"])})


async def test_a_history_tells_what_was_stated_and_taken_back(dataspace) -> None:
    maker = await dataspace.join("maker")
    book = maker.participant.register
    await book.state(BUYER, ACTIVE)
    await book.take_back(BUYER, "roles")  # nothing was stated of them
    await book.take_back(BUYER)
    events = await maker.store.events(kind="partner-facts", record_id=BUYER)
    assert [event.type for event in events] == ["stated membership", "took back membership"]
    await maker.stop()
    await maker.start()
    assert await about(maker) == {}


async def test_whoever_keeps_no_register_knows_nothing() -> None:
    assert await NothingKnown().about(BUYER) == Known({}, {})


# --- what follows from facts -------------------------------------------------------------------------------------------


async def test_what_the_register_says_permits_a_transfer_and_its_token(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL, b"bytes", policy=MEMBERS_ONLY)
    await maker.participant.register.state(BUYER, ACTIVE)
    pid, token = await started(buyer, maker, dataspace)
    assert await pulled(buyer, maker, token) == (200, b"bytes")
    assert await state(buyer, maker, "transfers", pid) == "STARTED"


async def test_a_statement_that_is_taken_back_suspends_what_it_carried_at_once(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL, b"bytes", policy=MEMBERS_ONLY)
    await maker.participant.register.state(BUYER, ACTIVE)
    pid, token = await started(buyer, maker, dataspace)
    await maker.participant.register.take_back(BUYER, "membership")
    assert (await pulled(buyer, maker, token))[0] == 403, "before anybody has looked at the transfer"
    await dataspace.settle()
    assert await state(buyer, maker, "transfers", pid) == "SUSPENDED"
    assert (await pulled(buyer, maker, token))[0] == 401
    assert all(row.task != "recheck-partner" for row in await maker.store.deliveries())


async def test_a_statement_that_runs_out_suspends_what_it_carried_at_that_instant(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL, b"bytes", policy=MEMBERS_ONLY)
    until = Statement(values=("active",), until=START + timedelta(minutes=2))
    await maker.participant.register.state(BUYER, {"membership": until})
    pid, _ = await started(buyer, maker, dataspace)
    await dataspace.advance(timedelta(minutes=1))
    assert await state(buyer, maker, "transfers", pid) == "STARTED"
    await dataspace.advance(timedelta(minutes=1))
    assert await state(buyer, maker, "transfers", pid) == "SUSPENDED"


async def test_what_the_register_says_is_asked_for_and_not_kept_with_the_transfer(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), dataspace.partner("buyer")
    await maker.publish(CELL, b"bytes", policy=MEMBERS_ONLY)
    await maker.participant.register.state(BUYER, ACTIVE)
    await started(buyer, maker, dataspace)
    (transfer,) = await maker.store.find("transfer")
    assert b"active" not in transfer.body


async def test_our_own_entry_tells_what_we_are_for_the_offers_of_partners(dataspace) -> None:
    await (await dataspace.join("maker", MemberConfig(register={"member": registered(membership=["active"])}))).publish(
        CELL, b"bytes", policy=MEMBERS_ONLY
    )
    member = await dataspace.join("member", MemberConfig(register={"member": registered(membership=["active"])}))
    agreement = await dataspace.run(member.negotiate("maker", CELL))
    assert agreement.final


async def test_a_dataset_for_a_group_is_shown_to_whoever_lies_in_it(dataspace) -> None:
    maker = await dataspace.join("maker", MemberConfig(part_of={"urn:tier-1": ("urn:suppliers",)}))
    group = Policy(id="urn:a", kind=PolicyKind.SET, permission=(Rule(action="use", assignee="urn:suppliers"),))
    source = Source(kind=SourceKind.DOCUMENT, place="urn:x")
    await maker.participant.catalogs.publish(Publication(dataset=CELL, policy=ANYONE, source=source, access=group))
    offered = maker.participant.catalogs.offered
    assert await offered(CELL, BUYER) is None
    await maker.participant.register.state(BUYER, {"groups": Statement(values=("urn:tier-1",))})
    assert await offered(CELL, BUYER) is not None
    await maker.participant.register.take_back(BUYER)
    assert await offered(CELL, BUYER) is None
