"""Who may speak with us at all: refused wherever it proves who it is, before anything is touched, and told nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from conversations import CELL, UNKNOWN, contents, message, pulled, said, started, state

from renkei.exchange.partner.admission import PolicyAdmission
from renkei.exchange.partner.register import PartnerRegister, Registration
from renkei.exchange.ports import EveryoneAdmitted
from renkei.exchange.records.partners import Statement
from renkei.http.dsp import ENDPOINTS
from renkei.kernel.problems import PolicyError
from renkei.policy.admission import AdmissionRules
from renkei.policy.operands import ROLE, STANDARD
from renkei.policy.operands.declaration import CHOICE, Datatype, operand
from renkei.policy.world import Fact, Phase
from renkei.store.memory import MemoryStore
from renkei.testing import START, FakeClock, MemberConfig
from renkei.wire.dialects import DIALECTS
from renkei.wire.versions import WELL_KNOWN

BUYER = "did:web:buyer.example"
AUDITORS = AdmissionRules(attributes={"roles": ("auditor",)})
AUDITOR = {"roles": Statement(values=("auditor",))}
BODIES = {
    "/catalog/request": message("CatalogRequestMessage"),
    "/negotiations/request": message("ContractRequestMessage"),
}


def path_of(row) -> str:
    return row.path.replace("{id}", "urn%3Ax").replace("{pid}", UNKNOWN)


@pytest.mark.parametrize("row", ENDPOINTS, ids=lambda row: f"{row.method} {row.path}")
async def test_no_endpoint_does_anything_for_whoever_is_not_admitted(dataspace, row) -> None:
    maker = await dataspace.join("maker", MemberConfig(admission=AUDITORS))
    await maker.publish(CELL)
    buyer = dataspace.partner("buyer")
    before, kept = maker.store.commits, await contents(maker)
    body = BODIES.get(row.path, message("AnyMessage")) if row.method == "POST" else b""
    answered = await buyer.send(maker, path_of(row), body, method=row.method)
    assert (answered.status, said(answered)["@type"], said(answered)["code"]) == (
        403,
        row.error.value,
        "admission-refused",
    )
    assert "role" not in str(said(answered)), "it is not told what is missing"
    assert (maker.store.commits, await contents(maker)) == (before, kept)


async def test_the_refusal_is_said_in_the_partners_version(dataspace) -> None:
    maker = await dataspace.join("maker", MemberConfig(admission=AUDITORS))
    buyer = dataspace.partner("buyer")
    for dialect in DIALECTS:
        token = await buyer.token(maker.did)
        answered = await buyer.line.send(
            "POST",
            maker.origin + dialect.path + "/catalog/request",
            headers={"authorization": f"Bearer {token}", "content-type": "application/json"},
            body=b"{}",
        )
        assert answered.status == 403
        assert said(answered)["@type"].rpartition(":")[2] == "CatalogError"
        assert b"admission-refused" in answered.body


async def test_the_versions_are_open_to_everybody(dataspace) -> None:
    maker = await dataspace.join("maker", MemberConfig(admission=AUDITORS))
    answered = await dataspace.partner("buyer").line.send("GET", maker.origin + WELL_KNOWN)
    assert answered.status == 200


async def test_a_bad_token_is_a_bad_token_whoever_sends_it(dataspace) -> None:
    maker = await dataspace.join("maker", MemberConfig(admission=AUDITORS))
    answered = await dataspace.partner("buyer").send(maker, "/catalog/request", BODIES["/catalog/request"], token="x")
    assert answered.status == 401


async def test_whoever_gets_the_attribute_is_admitted_and_whoever_loses_it_is_not(dataspace) -> None:
    maker = await dataspace.join("maker", MemberConfig(admission=AUDITORS))
    await maker.publish(CELL, b"bytes")
    buyer, register = dataspace.partner("buyer"), maker.participant.register
    assert (await buyer.send(maker, "/catalog/request", BODIES["/catalog/request"])).status == 403
    await register.state(BUYER, AUDITOR)
    pid, token = await started(buyer, maker, dataspace)
    assert await pulled(buyer, maker, token) == (200, b"bytes")
    await register.take_back(BUYER)
    status, body = await pulled(buyer, maker, token)
    assert (status, b"admission-refused" in body) == (403, True)
    assert (await buyer.get(maker, f"/transfers/{pid}")).status == 403
    await dataspace.settle()
    await register.state(BUYER, AUDITOR)
    assert await state(buyer, maker, "transfers", pid) == "SUSPENDED"


async def test_admission_ends_at_the_instant_at_which_a_fact_does(dataspace) -> None:
    limited = {"buyer": Registration(attributes={"roles": ("auditor",)}, until=START + timedelta(minutes=1))}
    maker = await dataspace.join("maker", MemberConfig(admission=AUDITORS, register=limited))
    buyer = dataspace.partner("buyer")
    asked = []
    for _ in range(3):
        asked.append((await buyer.send(maker, "/catalog/request", BODIES["/catalog/request"])).status)
        await dataspace.advance(timedelta(seconds=30))
    assert asked == [200, 200, 403]


async def test_we_begin_no_negotiation_with_whoever_is_not_admitted(dataspace) -> None:
    maker = await dataspace.join("maker", MemberConfig(admission=AdmissionRules(connectors=("friend",))))
    stranger, friend = await dataspace.join("stranger"), await dataspace.join("friend")
    await maker.publish(CELL, visible_to=(stranger.did,))
    for member in (stranger, friend):
        await member.publish(CELL)
    find = maker.participant.ports.directory.find
    negotiations = maker.participant.negotiations
    before = await contents(maker)
    for begin in (
        lambda partner: maker.negotiate("stranger", CELL),
        lambda partner: negotiations.open(partner, CELL, {}),
        lambda partner: negotiations.offer(partner, CELL),
    ):
        with pytest.raises(PolicyError) as caught:
            await dataspace.run(begin(await find("stranger")))
        assert caught.value.code == "partner-not-admitted"
        assert stranger.did in caught.value.message()
    assert await contents(maker) == before
    assert (await dataspace.run(maker.negotiate("friend", CELL))).final


async def test_by_default_everybody_is_admitted(dataspace) -> None:
    maker, buyer = await dataspace.join("maker"), dataspace.partner("buyer")
    assert (await buyer.send(maker, "/catalog/request", BODIES["/catalog/request"])).status == 200
    await EveryoneAdmitted().demand(BUYER)
    await EveryoneAdmitted().demand_partner(BUYER)


# --- the answer --------------------------------------------------------------------------------------------------------


async def admission(rules, clock, **more):
    store = MemoryStore()
    await store.open()
    return PolicyAdmission(rules, PartnerRegister(store), clock, **more)


async def admits(one, who=BUYER, shown=None) -> bool:
    try:
        await one.demand(who, shown)
    except PolicyError as error:
        return error.code != "admission-refused"
    return True


async def test_an_answer_is_kept_until_it_may_change_and_follows_what_is_shown(monkeypatch) -> None:
    clock = FakeClock(START)
    one = await admission(AUDITORS, clock)
    decided = []
    decide = type(one._policy).decide
    monkeypatch.setattr(type(one._policy), "decide", lambda *given: decided.append(given) or decide(*given))
    shown = {
        ROLE: Fact(frozenset({"auditor"}), "credential", START + timedelta(minutes=5)),
        "urn:of-no-matter": Fact(frozenset({"x"}), "token", START + timedelta(seconds=1)),
    }
    assert [await admits(one, shown=shown) for _ in range(5)] == [True] * 5
    assert not await admits(one)
    assert len(decided) == 2
    clock.advance(timedelta(minutes=5))
    assert not await admits(one, shown=shown)


async def test_only_so_many_answers_are_kept(monkeypatch) -> None:
    monkeypatch.setattr("renkei.exchange.partner.admission._REMEMBERED", 3)
    one = await admission(AUDITORS, FakeClock(START))
    for number in range(10):
        assert not await admits(one, f"did:web:p{number}.example")
    assert len(one._answers) == 3


async def test_what_a_later_phase_would_know_does_not_admit() -> None:
    late = "https://example.com/policy/late"

    @operand(
        late,
        datatype=Datatype.TEXT,
        operators=CHOICE,
        phases=frozenset({Phase.CONTINUOUS}),
        en="late",
        ja="後で",
    )
    def found(request, facts):
        return Fact(frozenset({"x"}))

    rules = AdmissionRules(attributes={late: ("x",)})
    one = await admission(rules, FakeClock(START), registry=STANDARD.with_(found))
    assert not await admits(one)
