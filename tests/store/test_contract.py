"""What every engine of the store keeps to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from renkei.kernel.problems import LocalError, PolicyError, RenkeiError
from renkei.store.paging import PAGE, every
from renkei.store.port import Answer, Changes, Delivery, Event, Increment, Record, Replay, Store

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

CAR = Record(kind="negotiation", id="n1", peer="did:web:car", state="REQUESTED", ref="pid-1", body=b'{"a":1}')


def records(*rows: Record) -> Changes:
    return Changes(records=rows)


async def code_of(step: Awaitable[object]) -> str:
    try:
        await step
    except RenkeiError as error:
        return error.code
    return "stored"


async def everything(store: Store) -> dict[str, object]:
    """All that can be seen through the port."""
    kinds = ("negotiation", "agreement", "transfer")
    return {
        "records": [await store.find(kind, limit=10_000) for kind in kinds],
        "events": await store.events(limit=10_000),
        "deliveries": await store.deliveries(limit=10_000),
        "answers": [await store.answer(key) for key in ("a1", "a2")],
        "counters": [await store.counter(name) for name in ("c1", "c2")],
    }


# Records


async def test_a_stored_record_comes_back_with_version_one(store):
    await store.commit(records(CAR))
    assert await store.load("negotiation", "n1") == Record(
        kind="negotiation", id="n1", version=1, peer="did:web:car", state="REQUESTED", ref="pid-1", body=b'{"a":1}'
    )


async def test_what_was_never_stored_is_none(store):
    await store.commit(records(CAR))
    assert await store.load("negotiation", "n2") is None
    assert await store.load("transfer", "n1") is None
    assert await store.answer("a1") is None
    assert await store.delivery("d1") is None
    assert await store.counter("c1") == 0


async def test_a_newer_version_replaces_all_columns(store):
    await store.commit(records(CAR))
    newer = Record(kind="negotiation", id="n1", version=1, peer="did:web:x", state="AGREED", ref="pid-2", body=b"2")
    await store.commit(records(newer))
    assert await store.load("negotiation", "n1") == replace(newer, version=2)
    assert await store.find("negotiation", peer="did:web:car") == []
    assert [row.id for row in await store.find("negotiation", state="AGREED")] == ["n1"]


@pytest.mark.parametrize("body", [b"", b"\x00\xff\x00", "連携".encode(), b"x" * 3_000_000], ids=len)
async def test_a_body_is_kept_byte_by_byte(store, body):
    await store.commit(records(replace(CAR, body=body)))
    found = await store.load("negotiation", "n1")
    assert found is not None
    assert found.body == body


@pytest.mark.parametrize("stored", [0, 1, 3])
@pytest.mark.parametrize("claimed", [-1, 0, 1, 2, 3, 4])
async def test_a_record_is_written_only_over_the_version_that_was_read(store, stored, claimed):
    for version in range(stored):
        await store.commit(records(replace(CAR, version=version)))
    step = store.commit(records(replace(CAR, version=claimed, body=b"new")))
    if claimed == stored:
        await step
        assert await store.load("negotiation", "n1") == replace(CAR, version=stored + 1, body=b"new")
    else:
        with pytest.raises(LocalError) as caught:
            await step
        assert caught.value.code == "store-conflict"
        assert caught.value.values == {"kind": "negotiation", "id": "n1", "version": claimed}
        assert await store.load("negotiation", "n1") == (replace(CAR, version=stored) if stored else None)


async def test_one_commit_may_write_a_record_twice(store):
    await store.commit(records(CAR, replace(CAR, version=1, state="AGREED")))
    assert await store.load("negotiation", "n1") == replace(CAR, version=2, state="AGREED")
    assert await code_of(store.commit(records(replace(CAR, version=2), replace(CAR, version=2)))) == "store-conflict"


async def test_the_same_id_may_stand_in_two_kinds(store):
    await store.commit(records(CAR, replace(CAR, kind="transfer", body=b"t")))
    transfer = await store.load("transfer", "n1")
    assert transfer is not None
    assert transfer.body == b"t"
    assert await store.load("negotiation", "n1") == replace(CAR, version=1)


# Finding


def chain() -> Changes:
    return records(
        *(
            Record(kind="negotiation", id=row_id, peer=peer, state=state, ref=ref)
            for row_id, peer, state, ref in (
                ("n1", "car", "AGREED", "x"),
                ("n2", "car", "FINALIZED", "y"),
                ("n3", "pack", "AGREED", "x"),
                ("n4", "pack", "FINALIZED", ""),
                ("n5", "", "AGREED", "x"),
            )
        ),
        Record(kind="transfer", id="t1", peer="car", state="AGREED", ref="x"),
    )


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({}, ["n1", "n2", "n3", "n4", "n5"]),
        ({"peer": "car"}, ["n1", "n2"]),
        ({"peer": ""}, ["n5"]),
        ({"peer": "nobody"}, []),
        ({"state": "AGREED"}, ["n1", "n3", "n5"]),
        ({"ref": "x"}, ["n1", "n3", "n5"]),
        ({"ref": ""}, ["n4"]),
        ({"peer": "pack", "ref": "x"}, ["n3"]),
        ({"peer": "pack", "state": "FINALIZED"}, ["n4"]),
        ({"state": "AGREED", "ref": "x"}, ["n1", "n3", "n5"]),
        ({"peer": "car", "state": "AGREED", "ref": "x"}, ["n1"]),
        ({"peer": "car", "state": "AGREED", "ref": "y"}, []),
        ({"after": "n3"}, ["n4", "n5"]),
        ({"after": "n5"}, []),
        ({"state": "AGREED", "after": "n1", "limit": 1}, ["n3"]),
        ({"peer": "pack", "state": "FINALIZED", "after": "n4"}, []),
        ({"limit": 2}, ["n1", "n2"]),
        ({"limit": 0}, []),
        ({"limit": -1}, []),
        ({"limit": 2**80}, ["n1", "n2", "n3", "n4", "n5"]),
    ],
    ids=str,
)
async def test_find_gives_what_meets_all_conditions_by_rising_id(store, conditions, expected):
    await store.commit(chain())
    assert [row.id for row in await store.find("negotiation", **conditions)] == expected


async def test_every_record_that_matches_is_met_once_though_they_change_on_the_way(store):
    names = [f"n{number:04}" for number in range(2 * PAGE + 1)]
    await store.commit(records(*(replace(CAR, id=name) for name in names), replace(CAR, id="n0000x", peer="")))
    met = []
    async for row in every(store, "negotiation", peer=CAR.peer, state=CAR.state):
        met.append(row.id)
        await store.commit(records(replace(row, state="AGREED")))
    assert met == names


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"refs": ["x"]}, ["n1", "n3", "n5"]),
        ({"refs": ["y", "x"]}, ["n1", "n2", "n3", "n5"]),
        ({"refs": ["x", "x"]}, ["n1", "n3", "n5"]),
        ({"refs": ["", "z"]}, ["n4"]),
        ({"refs": ["y", "\0", "\ud800"]}, ["n2"]),
        ({"refs": []}, []),
        ({"refs": ["x", "y"], "after": "n2"}, ["n3", "n5"]),
        ({"refs": ["x", "y"], "limit": 2}, ["n1", "n2"]),
        ({"refs": ["x", "y"], "limit": 0}, []),
        ({"refs": ["x", "y"], "before": "n5"}, ["n3", "n2", "n1"]),
        ({"refs": ["x", "y"], "before": "n5", "limit": 2}, ["n3", "n2"]),
        ({"refs": ["x", "y"], "after": "n1", "before": "n5"}, ["n3", "n2"]),
        ({"refs": ["x", "y"], "before": "n1"}, []),
        ({"refs": ["x", "y"], "before": ""}, []),
    ],
    ids=str,
)
@pytest.mark.parametrize("more", [0, 40, 300])
async def test_among_gives_those_with_one_of_many_refs_in_order(store, conditions, expected, more):
    # However many further values nobody has: engines may go another way for many than for few.
    await store.commit(chain())
    refs = [*conditions["refs"], *(f"unused {number}" for number in range(more))]
    assert [row.id for row in await store.among("negotiation", **{**conditions, "refs": refs})] == expected


@pytest.mark.parametrize("wanted", [3, 60])
async def test_among_pages_in_both_directions_and_gives_whole_records(store, wanted):
    rows = [Record(kind="negotiation", id=f"n{n:03}", ref=f"r{n % 97}", body=b"%d" % n) for n in range(500)]
    await store.commit(records(*reversed(rows)))
    refs = {f"r{number}" for number in range(wanted)}
    expected = [replace(row, version=1) for row in rows if row.ref in refs]
    there: list[Record] = []
    while page := await store.among("negotiation", refs, after=there[-1].id if there else "", limit=7):
        there += page
    assert there == expected
    back: list[Record] = []
    while page := await store.among("negotiation", refs, before=back[-1].id if back else "o", limit=7):
        back += page
    assert back == expected[::-1]


@pytest.mark.parametrize("conditions", [{}, {"peer": "car"}, {"peer": "car", "state": "AGREED"}], ids=str)
@pytest.mark.parametrize("limit", [1, 7, 100, 150])
async def test_paging_gives_each_record_once(store, conditions, limit):
    ids = [f"n{number:03}" for number in range(230)]
    await store.commit(
        records(*(Record(kind="negotiation", id=row_id, peer="car", state="AGREED") for row_id in reversed(ids)))
    )
    seen: list[str] = []
    page: Sequence[Record] = [Record(kind="negotiation", id="")]
    while page:
        page = await store.find("negotiation", after=seen[-1] if seen else "", limit=limit, **conditions)
        assert len(page) <= limit
        seen += [row.id for row in page]
    assert seen == ids


async def test_ids_rise_by_code_point(store):
    # Upper before lower case, the plane of emoji after the BMP's last: by UTF-16 units it would be the other way.
    ids = ["A", "a", "z", "é", "連", "\uffee", "\U0001f50b"]
    await store.commit(records(*(Record(kind="negotiation", id=row_id) for row_id in reversed(ids))))
    assert [row.id for row in await store.find("negotiation")] == ids


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({}, 5),
        ({"peer": "car"}, 2),
        ({"state": "AGREED"}, 3),
        ({"peer": "car", "state": "AGREED"}, 1),
        ({"peer": "x"}, 0),
    ],
    ids=str,
)
async def test_count_tells_how_many_match(store, conditions, expected):
    await store.commit(chain())
    assert await store.count("negotiation", **conditions) == expected
    assert await store.count("agreement", **conditions) == 0


# History


async def test_history_rises_and_is_searched(store):
    lines = [
        ("negotiation", "n1"),
        ("transfer", "t1"),
        ("negotiation", "n2"),
        ("negotiation", "n1"),
        ("agreement", "n1"),
    ]
    for kind, record_id in lines:
        await store.commit(Changes(events=(Event(kind=kind, id=record_id, at=NOON, type="moved"),)))
    history = await store.events()
    assert [(line.kind, line.id) for line in history] == lines
    numbers = [line.seq for line in history]
    assert numbers == sorted(set(numbers))
    assert numbers[0] > 0

    async def found(**conditions: object) -> list[int]:
        return [numbers.index(line.seq) for line in await store.events(**conditions)]

    assert await found(kind="negotiation") == [0, 2, 3]
    assert await found(record_id="n1") == [0, 3, 4]
    assert await found(kind="negotiation", record_id="n1") == [0, 3]
    assert await found(after=numbers[2]) == [3, 4]
    assert await found(kind="negotiation", after=numbers[0], limit=1) == [2]
    assert await found(record_id="n1", after=numbers[3]) == [4]
    assert await found(limit=2) == [0, 1]
    assert await found(limit=0) == []
    assert await found(after=-5, limit=1) == [0]
    assert await found(after=2**80) == []


async def test_a_line_of_history_comes_back_whole(store):
    given = Event(kind="negotiation", id="n1", at=NOON, type="agreed", body=b'{"by":"car"}', seq=77)
    await store.commit(Changes(events=(given,)))
    (line,) = await store.events()
    assert line == replace(given, seq=line.seq)
    assert line.seq != 77


async def test_history_is_not_touched_by_what_comes_later(store):
    await store.commit(Changes(records=(CAR,), events=(Event(kind="negotiation", id="n1", at=NOON, type="first"),)))
    before = await store.events()
    for seq in (before[0].seq, 0):
        later = Event(kind="negotiation", id="n1", at=NOON + MINUTE, type="later", seq=seq)
        await store.commit(Changes(events=(later,)))
    await store.forget(NOON + MINUTE)
    history = await store.events()
    assert history[:1] == before
    assert [line.type for line in history] == ["first", "later", "later"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (datetime(2026, 11, 22, 21, 0, tzinfo=timezone(timedelta(hours=9))), "2026-11-22T12:00:00+00:00"),
        (datetime(2026, 11, 22, 12, 0, 0, 123_457, tzinfo=UTC), "2026-11-22T12:00:00.123457+00:00"),
        (datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), "1969-12-31T23:59:59.999999+00:00"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00+00:00"),
        (datetime.max.replace(tzinfo=UTC), "9999-12-31T23:59:59.999999+00:00"),
    ],
)
async def test_instants_are_kept_to_the_microsecond_in_utc(store, given, expected):
    line = Event(kind="negotiation", id="n1", at=given, type="moved")
    row = Delivery(id="d1", task="send", subject="n1", peer="car", due=given)
    await store.commit(Changes(events=(line,), deliveries=(row,)))
    found = await store.delivery("d1")
    assert found is not None
    assert found.due.isoformat() == expected
    assert [event.at.isoformat() for event in await store.events()] == [expected]


# Outbox


def outbox(**due: datetime) -> tuple[Delivery, ...]:
    return tuple(Delivery(id=row_id, task="send", subject="n1", peer="car", due=when) for row_id, when in due.items())


async def test_the_outbox_is_read_by_due_time(store):
    await store.commit(Changes(deliveries=outbox(late=NOON + MINUTE, b=NOON, a=NOON, early=NOON - MINUTE)))

    async def ids(**conditions: object) -> list[str]:
        return [row.id for row in await store.deliveries(**conditions)]

    assert await ids() == ["early", "a", "b", "late"]
    assert await ids(due=NOON) == ["early", "a", "b"]
    assert await ids(due=NOON - timedelta(microseconds=1)) == ["early"]
    assert await ids(due=(NOON - MINUTE).astimezone(timezone(timedelta(hours=-5)))) == ["early"]
    assert await ids(due=NOON - 2 * MINUTE) == []
    assert await ids(due=NOON, limit=2) == ["early", "a"]
    assert await ids(limit=0) == []


async def test_a_delivery_is_put_off_and_taken_out(store):
    (first,) = outbox(d1=NOON)
    await store.commit(Changes(deliveries=(first,)))
    again = Delivery(id="d1", task="resend", subject="n2", peer="pack", due=NOON + MINUTE, tries=1, body=b"b")
    await store.commit(Changes(deliveries=(again,)))
    assert await store.delivery("d1") == again
    assert await store.deliveries() == [again]
    await store.commit(Changes(delivered=("d1", "unknown")))
    assert await store.delivery("d1") is None
    assert await store.deliveries() == []


async def test_a_delivery_both_done_and_due_again_stays(store):
    (first,) = outbox(d1=NOON)
    await store.commit(Changes(deliveries=(first,)))
    await store.commit(Changes(delivered=("d1",), deliveries=(replace(first, tries=1),)))
    assert await store.delivery("d1") == replace(first, tries=1)


# Tokens, answers, counters


def token(jti: str = "j1", issuer: str = "did:web:car", expires: datetime = NOON) -> Changes:
    return Changes(replays=(Replay(issuer=issuer, jti=jti, expires=expires),))


async def test_a_token_is_taken_once(store):
    await store.commit(token())
    with pytest.raises(PolicyError) as caught:
        await store.commit(token(expires=NOON + MINUTE))
    assert caught.value.code == "store-replayed"
    assert caught.value.values == {"issuer": "did:web:car", "jti": "j1"}
    await store.commit(token(jti="j2"))
    await store.commit(token(issuer="did:web:pack"))


async def test_a_token_is_taken_once_within_a_commit(store):
    twice = Changes(replays=(*token().replays, *token().replays))
    assert await code_of(store.commit(twice)) == "store-replayed"
    await store.commit(token())


async def test_a_token_is_forgotten_when_it_has_expired(store):
    await store.commit(token(jti="before", expires=NOON - timedelta(microseconds=1)))
    await store.commit(token(jti="at", expires=NOON))
    await store.commit(token(jti="after", expires=NOON + MINUTE))
    assert await store.forget(NOON) == 1
    assert await store.forget(NOON) == 0
    outcomes = {jti: await code_of(store.commit(token(jti=jti))) for jti in ("before", "at", "after")}
    assert outcomes == {"before": "stored", "at": "store-replayed", "after": "store-replayed"}


async def test_any_number_of_tokens_is_forgotten_at_once(store):
    many = tuple(Replay(issuer="car", jti=str(number), expires=NOON) for number in range(4500))
    await store.commit(Changes(replays=many))
    assert await store.forget(NOON + MINUTE) == 4500


async def test_an_answer_once_given_stands(store):
    first = Answer(key="a1", status=201, body=b'{"@id":"n1"}')
    await store.commit(Changes(answers=(first,)))
    assert await store.answer("a1") == first
    with pytest.raises(LocalError) as caught:
        await store.commit(Changes(answers=(replace(first, status=200, body=b"other"),)))
    assert caught.value.code == "store-conflict"
    assert caught.value.values == {"kind": "answer", "id": "a1", "version": 0}
    assert await store.answer("a1") == first
    assert await code_of(store.commit(Changes(answers=(replace(first, key="a2"),) * 2))) == "store-conflict"


@pytest.mark.parametrize(
    ("steps", "value", "outcome"),
    [
        ([Increment(name="c1")], 1, "stored"),
        ([Increment(name="c1", by=5), Increment(name="c1", by=-2)], 3, "stored"),
        ([Increment(name="c1", by=2, at_most=2)], 2, "stored"),
        ([Increment(name="c1", by=3, at_most=2)], 0, "store-counter-spent"),
        ([Increment(name="c1", by=2), Increment(name="c1", at_most=2)], 2, "store-counter-spent"),
        ([Increment(name="c1", by=2), Increment(name="c1", at_most=3)], 3, "stored"),
        ([Increment(name="c1", at_most=0)], 0, "store-counter-spent"),
        ([Increment(name="c1", by=2**61), Increment(name="c1", by=2**61)], 2**61, "store-unfit"),
    ],
    ids=str,
)
async def test_a_counter_counts_up_to_its_limit(store, steps, value, outcome):
    outcomes = [await code_of(store.commit(Changes(increments=(step,)))) for step in steps]
    assert outcomes[-1] == outcome
    assert await store.counter("c1") == value


async def test_increments_of_one_commit_add_up(store):
    await store.commit(
        Changes(increments=(Increment(name="c1", by=2), Increment(name="c1", by=3), Increment(name="c2")))
    )
    assert (await store.counter("c1"), await store.counter("c2")) == (5, 1)
    over = Changes(increments=(Increment(name="c1", at_most=6), Increment(name="c1", at_most=6)))
    with pytest.raises(PolicyError) as caught:
        await store.commit(over)
    assert caught.value.values == {"name": "c1", "limit": 6}
    assert await store.counter("c1") == 5


# All or nothing

GOOD = Changes(
    records=(replace(CAR, id="new"), replace(CAR, version=1, state="AGREED")),
    events=(Event(kind="negotiation", id="n1", at=NOON, type="agreed"),),
    deliveries=outbox(d1=NOON + MINUTE, d2=NOON),
    delivered=("d0",),
    replays=token(jti="fresh").replays,
    answers=(Answer(key="a2", status=200, body=b""),),
    increments=(Increment(name="c2"),),
)


async def begun(store: Store) -> None:
    await store.commit(
        Changes(
            records=(CAR,),
            events=(Event(kind="negotiation", id="n1", at=NOON, type="requested"),),
            deliveries=outbox(d0=NOON, d1=NOON),
            replays=token(jti="used").replays,
            answers=(Answer(key="a1", status=201, body=b"{}"),),
            increments=(Increment(name="c1", by=9),),
        )
    )


async def test_a_commit_stores_all_its_parts(store):
    await begun(store)
    await store.commit(GOOD)
    assert await store.load("negotiation", "n1") == replace(CAR, version=2, state="AGREED")
    assert await store.load("negotiation", "new") == replace(CAR, id="new", version=1)
    assert [line.type for line in await store.events()] == ["requested", "agreed"]
    assert [(row.id, row.due) for row in await store.deliveries()] == [("d2", NOON), ("d1", NOON + MINUTE)]
    assert await code_of(store.commit(token(jti="fresh"))) == "store-replayed"
    assert await store.answer("a2") == Answer(key="a2", status=200, body=b"")
    assert (await store.counter("c1"), await store.counter("c2")) == (9, 1)


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (replace(GOOD, records=(*GOOD.records, replace(CAR, id="gone", version=4))), "store-conflict"),
        (replace(GOOD, records=(*GOOD.records, CAR)), "store-conflict"),
        (replace(GOOD, answers=(*GOOD.answers, Answer(key="a1", status=200, body=b""))), "store-conflict"),
        (replace(GOOD, replays=(*GOOD.replays, *token(jti="used").replays)), "store-replayed"),
        (replace(GOOD, increments=(*GOOD.increments, Increment(name="c1", at_most=9))), "store-counter-spent"),
        (replace(GOOD, deliveries=(*GOOD.deliveries, *outbox(d9=NOON.replace(tzinfo=None)))), "store-unfit"),
    ],
    ids=["missing", "stale", "answered", "replayed", "spent", "unfit"],
)
async def test_a_commit_that_is_refused_leaves_nothing(store, bad, code):
    await begun(store)
    before = await everything(store)
    assert await code_of(store.commit(bad)) == code
    assert await everything(store) == before
    # Not even its token counts as used: the whole step can be decided again.
    await store.commit(GOOD)


async def test_refusals_that_last_come_before_those_that_mean_again(store):
    await begun(store)
    stale = Changes(records=(replace(CAR, version=7),))
    spent = replace(stale, increments=(Increment(name="c1", at_most=9),))
    used = replace(spent, replays=token(jti="used").replays)
    outcomes = [await code_of(store.commit(changes)) for changes in (stale, spent, used)]
    assert outcomes == ["store-conflict", "store-counter-spent", "store-replayed"]


async def test_an_empty_commit_is_fine(store):
    before = await everything(store)
    await store.commit(Changes())
    assert await everything(store) == before


# Many at once


async def outcomes_of(steps: Sequence[Awaitable[object]]) -> dict[str, int]:
    codes = await asyncio.gather(*(code_of(step) for step in steps))
    return {code: codes.count(code) for code in codes}


async def test_of_fifty_steps_on_one_version_one_wins(store):
    await store.commit(records(CAR))
    steps = [store.commit(records(replace(CAR, version=1, body=str(number).encode()))) for number in range(50)]
    assert await outcomes_of(steps) == {"stored": 1, "store-conflict": 49}
    found = await store.load("negotiation", "n1")
    assert found is not None
    assert found.version == 2


async def test_of_fifty_uses_of_one_token_one_wins(store):
    steps = [
        store.commit(Changes(records=(replace(CAR, id=f"n{number}"),), replays=token().replays)) for number in range(50)
    ]
    assert await outcomes_of(steps) == {"stored": 1, "store-replayed": 49}
    assert await store.count("negotiation") == 1


async def test_of_fifty_answers_to_one_message_one_wins(store):
    steps = [
        store.commit(
            Changes(records=(replace(CAR, id=f"n{number}"),), answers=(Answer(key="a1", status=201, body=b""),))
        )
        for number in range(50)
    ]
    assert await outcomes_of(steps) == {"stored": 1, "store-conflict": 49}
    assert await store.count("negotiation") == 1


async def test_a_counter_lets_through_exactly_its_limit(store):
    steps = [store.commit(Changes(increments=(Increment(name="c1", at_most=20),))) for _ in range(50)]
    assert await outcomes_of(steps) == {"stored": 20, "store-counter-spent": 30}
    assert await store.counter("c1") == 20


async def test_deciding_again_after_a_conflict_loses_no_step(store):
    await store.commit(records(replace(CAR, body=b"0")))

    async def add_one() -> None:
        outcome = "store-conflict"
        while outcome == "store-conflict":
            read = await store.load("negotiation", "n1")
            assert read is not None
            outcome = await code_of(store.commit(records(replace(read, body=str(int(read.body) + 1).encode()))))
        assert outcome == "stored"

    await asyncio.gather(*(add_one() for _ in range(20)))
    assert await store.load("negotiation", "n1") == replace(CAR, version=21, body=b"20")


async def test_a_step_sees_what_was_stored_before_it(store):
    for number in range(20):
        await store.commit(
            Changes(records=(replace(CAR, id=f"n{number:02}"),), deliveries=outbox(d=NOON + number * MINUTE))
        )
        assert await store.load("negotiation", f"n{number:02}") is not None
        assert len(await store.find("negotiation", peer="did:web:car", state="REQUESTED")) == number + 1
        assert await store.count("negotiation") == number + 1
        assert [row.due for row in await store.deliveries()] == [NOON + number * MINUTE]


async def test_a_caller_that_is_cancelled_disturbs_no_other(store):
    tasks = [asyncio.create_task(store.commit(records(replace(CAR, id=f"n{number}")))) for number in range(10)]
    await asyncio.sleep(0)
    tasks[4].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    others = [await store.load("negotiation", f"n{number}") for number in range(10) if number != 4]
    assert None not in others
    await store.commit(records(replace(CAR, id="next")))


# Opening and closing

CALLS: dict[str, Callable[[Store], Awaitable[object]]] = {
    "load": lambda store: store.load("negotiation", "n1"),
    "find": lambda store: store.find("negotiation"),
    "find aside": lambda store: store.find("negotiation", peer="car", state="AGREED"),
    "answer": lambda store: store.answer("a1"),
    "delivery": lambda store: store.delivery("d1"),
    "deliveries": lambda store: store.deliveries(),
    "events": lambda store: store.events(),
    "count": lambda store: store.count("negotiation"),
    "counter": lambda store: store.counter("c1"),
    "commit": lambda store: store.commit(Changes()),
    "forget": lambda store: store.forget(NOON),
}


@pytest.mark.parametrize("call", CALLS)
async def test_a_store_that_is_not_open_says_so(closed_store, call):
    with pytest.raises(LocalError) as before:
        await CALLS[call](closed_store)
    assert before.value.code == "store-closed"
    await closed_store.open()
    await CALLS[call](closed_store)
    await closed_store.close()
    with pytest.raises(LocalError) as after:
        await CALLS[call](closed_store)
    assert after.value.code == "store-closed"


async def test_opening_and_closing_twice_is_harmless(closed_store):
    await closed_store.close()
    await closed_store.open()
    await closed_store.open()
    await closed_store.commit(records(CAR))
    await asyncio.gather(closed_store.close(), closed_store.close())
    await closed_store.close()


async def test_a_store_that_was_closed_goes_on_where_it_was(closed_store):
    await closed_store.open()
    await begun(closed_store)
    before = await everything(closed_store)
    await closed_store.close()
    await closed_store.open()
    assert await everything(closed_store) == before
    assert await code_of(closed_store.commit(token(jti="used"))) == "store-replayed"
    await closed_store.commit(GOOD)
    numbers = [line.seq for line in await closed_store.events()]
    assert numbers == sorted(set(numbers))
    await closed_store.close()


async def test_closing_stores_what_was_handed_in_before(closed_store):
    await closed_store.open()
    tasks = [asyncio.create_task(closed_store.commit(records(replace(CAR, id=f"n{number}")))) for number in range(300)]
    await asyncio.sleep(0)
    await closed_store.close()
    await asyncio.gather(*tasks)
    await closed_store.open()
    assert await closed_store.count("negotiation") == 300
    await closed_store.close()


# What no column can hold


@pytest.mark.parametrize("bad", ["a\0b", "\ud800"], ids=["NUL", "half a character"])
@pytest.mark.parametrize(
    "place",
    [
        lambda bad: records(replace(CAR, kind=bad)),
        lambda bad: records(replace(CAR, id=bad)),
        lambda bad: records(replace(CAR, peer=bad)),
        lambda bad: records(replace(CAR, state=bad)),
        lambda bad: records(replace(CAR, ref=bad)),
        lambda bad: Changes(events=(Event(kind=bad, id="n1", at=NOON, type="t"),)),
        lambda bad: Changes(events=(Event(kind="k", id=bad, at=NOON, type="t"),)),
        lambda bad: Changes(events=(Event(kind="k", id="n1", at=NOON, type=bad),)),
        lambda bad: Changes(deliveries=(Delivery(id=bad, task="t", subject="s", peer="p", due=NOON),)),
        lambda bad: Changes(deliveries=(Delivery(id="d", task=bad, subject="s", peer="p", due=NOON),)),
        lambda bad: Changes(deliveries=(Delivery(id="d", task="t", subject=bad, peer="p", due=NOON),)),
        lambda bad: Changes(deliveries=(Delivery(id="d", task="t", subject="s", peer=bad, due=NOON),)),
        lambda bad: Changes(delivered=(bad,)),
        lambda bad: token(jti=bad),
        lambda bad: token(issuer=bad),
        lambda bad: Changes(answers=(Answer(key=bad, status=200, body=b""),)),
        lambda bad: Changes(increments=(Increment(name=bad),)),
    ],
)
async def test_text_that_not_every_engine_can_hold_is_refused(store, place, bad):
    assert await code_of(store.commit(place(bad))) == "store-unfit"


@pytest.mark.parametrize(
    "changes",
    [
        records(replace(CAR, version=2**62)),
        Changes(deliveries=(Delivery(id="d", task="t", subject="s", peer="p", due=NOON, tries=2**70),)),
        Changes(answers=(Answer(key="a1", status=-(2**62), body=b""),)),
        Changes(increments=(Increment(name="c1", by=2**63),)),
        Changes(events=(Event(kind="k", id="n1", at=datetime(2026, 1, 1), type="t"),)),  # noqa: DTZ001 - the point
        token(expires=datetime(2026, 1, 1)),  # noqa: DTZ001 - the point
        token(expires=datetime.max.replace(tzinfo=timezone(timedelta(hours=-9)))),
    ],
)
async def test_numbers_and_instants_beyond_all_measure_are_refused(store, changes):
    assert await code_of(store.commit(changes)) == "store-unfit"


async def test_an_instant_without_a_zone_is_refused_when_asked(store):
    naive = NOON.replace(tzinfo=None)
    assert await code_of(store.deliveries(due=naive)) == "store-unfit"
    assert await code_of(store.forget(naive)) == "store-unfit"


@pytest.mark.parametrize("bad", ["n1\0", "\udc00"], ids=["NUL", "half a character"])
async def test_what_cannot_be_stored_is_never_found(store, bad):
    await begun(store)
    assert await store.load("negotiation", bad) is None
    assert await store.load(bad, "n1") is None
    assert await store.find("negotiation", ref=bad) == []
    assert await store.find("negotiation", peer=bad, state="REQUESTED") == []
    assert await store.count("negotiation", peer=bad) == 0
    assert await store.answer(bad) is None
    assert await store.delivery(bad) is None
    assert await store.counter(bad) == 0
    assert await store.events(record_id=bad) == []
