"""What an agreement permits while it is used: counted uses, and looks at the instant a permission may end."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from dataplane_provider import START, Provider, called, providing, read

from renkei.exchange.agreement.agreements import Agreements
from renkei.exchange.machine.endpoint import Reply
from renkei.exchange.process.usage import Usage, uses_of
from renkei.exchange.records.assets import Source, SourceKind
from renkei.exchange.transfer.continuing import row_of
from renkei.kernel.instants import render
from renkei.kernel.problems import RenkeiError
from renkei.policy import Fact, Phase
from renkei.policy.model import Atomic, Connective, Logical, Operator
from renkei.policy.operands import MEMBERSHIP
from renkei.protocol.transfer import TransferState
from renkei.store.memory import MemoryStore
from renkei.store.port import Delivery
from renkei.store.sqlite import SqliteStore

DAY = timedelta(days=1)
MEMBER = Atomic("Membership", Operator.EQ, "active")


async def ten():
    for _ in range(2):
        yield b"01234"


TEN = {"ten": ten}


def at_most(uses: int) -> Atomic:
    return Atomic("count", Operator.LTEQ, str(uses))


async def code_of(awaitable) -> str:
    try:
        await awaitable
    except RenkeiError as error:
        return error.code
    return ""


@pytest.mark.parametrize("engine", ["memory", "sqlite"])
@pytest.mark.parametrize("limit", [1, 7, 50])
async def test_a_limit_of_k_gives_exactly_k_permits_however_many_ask_at_once(tmp_path, engine, limit):
    store = MemoryStore() if engine == "memory" else SqliteStore(tmp_path / "usage.sqlite")
    async with providing(callables=TEN, store=store) as provider:
        agreement = await provider.agree(called("ten"), at_most(limit))
        await provider.start(agreement)
        token = provider.ids.secrets[-1]

        async def pull() -> int:
            return len(await read(await provider.ask(token)))

        ended = await asyncio.gather(*(pull() for _ in range(60)), return_exceptions=True)
        assert [size for size in ended if isinstance(size, int)] == [10] * min(limit, 60)
        assert {error.code for error in ended if isinstance(error, RenkeiError)} == {"policy-refused"}
        assert await provider.store.counter(uses_of(agreement)) == limit


async def test_what_is_posted_to_a_request_box_is_a_use_and_counted():
    came = []

    async def box(_grant, body):
        came.append(body)
        return Reply(status=202, body=b"{}")

    async with providing(box=box) as provider:
        agreement = await provider.agree(Source(kind=SourceKind.REQUEST_BOX), at_most(2))
        await provider.start(agreement)
        token = provider.ids.secrets[-1]
        codes = [await code_of(provider.ask(token, "POST", b"{}")) for _ in range(3)]
        assert codes == ["", "", "policy-refused"]
        assert len(came) == await provider.store.counter(uses_of(agreement)) == 2


async def test_two_processes_over_one_store_never_give_one_use_too_many():
    async with providing() as provider:
        agreement = await Agreements(provider.ports, None).kept(await provider.agree(called("ten"), at_most(20)))
        processes = [Usage(provider.ports, provider.consents), Usage(provider.ports, provider.consents)]
        codes = await asyncio.gather(*(code_of(processes[i % 2].begin(agreement)) for i in range(50)))
        assert sorted(codes) == [""] * 20 + ["policy-refused"] * 30
        assert await provider.store.counter(uses_of(agreement.id)) == 20


async def test_a_crash_after_the_count_wastes_one_use_and_adds_none():
    async with providing(callables=TEN) as provider:
        agreement = await provider.agree(called("ten"), at_most(2))
        await provider.start(agreement)
        token = provider.ids.secrets[-1]
        before_the_crash = await provider.ask(token)
        await before_the_crash.stream.aclose()
        again = Usage(provider.ports, provider.consents)
        known = await Agreements(provider.ports, None).kept(agreement)
        assert await code_of(again.begin(known)) == ""
        assert await code_of(again.begin(known)) == "policy-refused"


async def looked_at(provider: Provider, transfer: str) -> list[Delivery]:
    return [row for row in await provider.store.deliveries() if row.id == row_of(transfer)]


async def the_look(provider: Provider, transfer: str) -> None:
    """What the courier does when the row falls due."""
    (row,) = await looked_at(provider, transfer)
    assert row.due <= provider.clock.now()
    await provider.transfers.recheck(row)
    assert await provider.courier.idle(5)


async def test_a_transfer_whose_time_is_over_is_suspended_at_that_instant_and_its_token_dies():
    async with providing(callables=TEN) as provider:
        transfer = await provider.start(await provider.agree(called("ten"), until=START + DAY))
        (row,) = await looked_at(provider, transfer)
        assert row.due == START + DAY
        provider.clock.time = START + DAY
        await the_look(provider, transfer)
        record = await provider.transfers.kept(transfer)
        assert record.state is TransferState.SUSPENDED
        assert record.failure.code == "policy-refused"
        assert "dateTime" in record.failure.reason[0]
        assert record.token is None
        assert await looked_at(provider, transfer) == []


async def test_a_look_at_what_is_still_permitted_arranges_the_next_one():
    first, last = START + DAY, START + 3 * DAY
    either = Logical(Connective.OR, tuple(Atomic("dateTime", Operator.LT, render(end)) for end in (first, last)))
    async with providing(callables=TEN) as provider:
        transfer = await provider.start(await provider.agree(called("ten"), either))
        for due, state in ((first, TransferState.STARTED), (last, TransferState.SUSPENDED)):
            (row,) = await looked_at(provider, transfer)
            assert row.due == due
            provider.clock.time = due
            await the_look(provider, transfer)
            assert (await provider.transfers.kept(transfer)).state is state


async def test_time_counts_from_the_agreement():
    async with providing(callables=TEN) as provider:
        within_a_day = Atomic("elapsedTime", Operator.LT, "P1D")
        transfer = await provider.start(await provider.agree(called("ten"), within_a_day))
        (row,) = await looked_at(provider, transfer)
        assert row.due == START + DAY


async def test_a_fact_that_runs_out_ends_what_hung_on_it():
    async with providing(callables=TEN) as provider:
        shown = {MEMBERSHIP: Fact(frozenset({"active"}), "urn:credential:1", START + DAY)}
        transfer = await provider.start(await provider.agree(called("ten"), MEMBER), **shown)
        assert len(await read(await provider.ask(provider.ids.secrets[-1]))) == 10
        provider.clock.time = START + DAY - timedelta(seconds=1)
        await provider.transfers.recheck((await looked_at(provider, transfer))[0])
        assert (await provider.transfers.kept(transfer)).state is TransferState.STARTED
        provider.clock.time = START + DAY
        assert await code_of(provider.ask(provider.ids.secrets[-1])) in {"policy-refused", "data-token-refused"}
        await the_look(provider, transfer)
        assert (await provider.transfers.kept(transfer)).state is TransferState.SUSPENDED


async def test_what_cannot_be_known_before_the_use_is_left_to_it():
    async with providing() as provider:
        agreement = await Agreements(provider.ports, None).kept(await provider.agree(called("ten"), at_most(1)))
        usage = Usage(provider.ports, provider.consents)
        early = await usage.decide(agreement, Phase.TRANSFER)
        assert [reason.path for reason in early.deferred] == ["permission[0].constraint[0]"]
        assert not early.refuses
        assert (await usage.decide(agreement, Phase.ACCESS)).permits
        await usage.begin(agreement)
        assert (await usage.decide(agreement, Phase.CONTINUOUS)).permits
        assert (await usage.decide(agreement, Phase.ACCESS)).refuses


async def test_a_transfer_that_has_ended_is_not_looked_at_any_more():
    async with providing(callables=TEN) as provider:
        transfer = await provider.start(await provider.agree(called("ten"), until=START + DAY))
        (row,) = await looked_at(provider, transfer)
        await provider.move(transfer, TransferState.COMPLETED)
        assert await looked_at(provider, transfer) == []
        await provider.transfers.recheck(row)
        assert (await provider.transfers.kept(transfer)).state is TransferState.COMPLETED


async def test_what_is_learnt_of_a_partner_is_looked_at_at_once():
    async with providing(callables=TEN) as provider:
        transfer = await provider.start(await provider.agree(called("ten"), until=START + DAY))
        await provider.transfers.recheck_all("did:web:cars.example")
        assert await provider.courier.idle(5)
        (row,) = await looked_at(provider, transfer)
        assert row.due == START + DAY
