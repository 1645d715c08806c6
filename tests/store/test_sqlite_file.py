"""What is promised of the SQLite engine alone: durability, ownership, group commit, its file and its schema."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from renkei.kernel.problems import ConfigurationError, RenkeiError
from renkei.store.port import Changes, Event, Record
from renkei.store.sqlite import SqliteStore
from renkei.store.sqlite_file import OwnedFile, migrate, schema

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def record(row_id: str, **columns: object) -> Record:
    return replace(Record(kind="negotiation", id=row_id), **columns)


def one(row_id: str) -> Changes:
    return Changes(records=(record(row_id),))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "node.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    engine = SqliteStore(path)
    await engine.open()
    yield engine
    await engine.close()


def outside(path: Path, script: str) -> None:
    """What another program does to the file."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)


@contextmanager
def child(script: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Another process, killed at the end if it still lives."""
    command = [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


async def refusal(path: Path) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        await SqliteStore(path).open()
    return caught.value


# Durability

COMMITTER = """
    import asyncio, sys
    from pathlib import Path
    from renkei.store.port import Changes, Record
    from renkei.store.sqlite import SqliteStore

    async def one(store, name):
        await store.commit(Changes(records=(Record(kind="negotiation", id=name),)))
        print(name, flush=True)

    async def main():
        store = SqliteStore(Path(sys.argv[1]))
        await store.open()
        number = 0
        while True:
            await asyncio.gather(*(one(store, f"{number}-{side}") for side in range(int(sys.argv[2]))))
            number += 1

    asyncio.run(main())
"""


@pytest.mark.crash
@pytest.mark.parametrize("at_once", [1, 8])
async def test_what_was_confirmed_survives_a_kill(path, at_once):
    with child(COMMITTER, path, at_once) as process:
        assert process.stdout is not None
        confirmed = [process.stdout.readline() for _ in range(60)]
        process.send_signal(signal.SIGKILL)
        confirmed += process.stdout.readlines()
    store = SqliteStore(path)
    await store.open()
    # The pipe may end in half a line.
    names = [line.strip() for line in confirmed if line.endswith("\n")]
    missing = [name for name in names if await store.load("negotiation", name) is None]
    await store.close()
    assert len(names) >= 60
    assert missing == []


async def test_it_runs_with_a_write_ahead_log_and_full_flushes(path):
    file = OwnedFile(path)
    with closing(file.connect(writing=True)) as writer, closing(file.connect(writing=False)) as reader:
        values = {
            name: writer.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "fullfsync", "checkpoint_fullfsync")
        }
        assert values == {"journal_mode": "wal", "synchronous": 2, "fullfsync": 1, "checkpoint_fullfsync": 1}
        migrate(writer)
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader.execute("DELETE FROM record")
    file.release()


async def test_steps_that_wait_share_a_transaction(store):
    before = store.groups
    await asyncio.gather(*(store.commit(one(f"n{number}")) for number in range(200)))
    # The first may go alone; while it is flushed the others gather.
    assert 1 <= store.groups - before <= 20
    assert await store.count("negotiation") == 200


async def test_a_group_has_a_largest_size(store):
    before = store.groups
    await asyncio.gather(*(store.commit(one(f"n{number}")) for number in range(1000)))
    assert store.groups - before >= 4
    assert await store.count("negotiation") == 1000


@pytest.mark.parametrize("how", ["ABORT", "ROLLBACK"])
async def test_a_step_that_breaks_the_transaction_fails_alone(path, store, how):
    outside(
        path,
        f"""
        CREATE TRIGGER breaking AFTER INSERT ON record WHEN NEW.id = 'poison'
        BEGIN SELECT RAISE({how}, 'poisoned'); END;
        """,
    )
    names = [f"n{number}" for number in range(20)]
    names[7] = "poison"
    outcomes = await asyncio.gather(*(store.commit(one(name)) for name in names), return_exceptions=True)
    broken = {name: error for name, error in zip(names, outcomes, strict=True) if error is not None}
    assert list(broken) == ["poison"]
    assert isinstance(broken["poison"], ConfigurationError)
    assert broken["poison"].code == "store-broken"
    assert "poisoned" in broken["poison"].message()
    assert [row.id for row in await store.find("negotiation")] == sorted(set(names) - {"poison"})


FILLER = """
    import asyncio, resource, signal, sys
    from pathlib import Path
    from renkei.kernel.problems import RenkeiError
    from renkei.store.port import Changes, Record
    from renkei.store.sqlite import SqliteStore

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    async def main():
        store = SqliteStore(Path(sys.argv[1]))
        await store.open()
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
        stored, code = 0, None
        while code is None:
            try:
                await store.commit(Changes(records=(Record(kind="n", id=str(stored), body=b"x" * 20_000),)))
                stored += 1
            except RenkeiError as error:
                code = error.code
        missing = [i for i in range(stored) if await store.load("n", str(i)) is None]
        leaked = await store.load("n", str(stored)) is not None
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        await store.commit(Changes(records=(Record(kind="n", id="after", body=b"x" * 20_000),)))
        await store.close()
        await store.open()
        print(code, stored > 3, missing, leaked, await store.count("n") - stored)
        await store.close()

    asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on file size")
async def test_a_full_disk_breaks_the_step_and_nothing_else(path):
    with child(FILLER, path) as process:
        output, _ = process.communicate(timeout=60)
    assert output == "store-broken True [] False 1\n"


# The file

OWNER = """
    import asyncio, sys
    from pathlib import Path
    from renkei.store.sqlite import SqliteStore

    async def main():
        await SqliteStore(Path(sys.argv[1])).open()
        print("open", flush=True)
        sys.stdin.read()

    asyncio.run(main())
"""


@pytest.mark.crash
@pytest.mark.skipif(sys.platform == "win32", reason="no locks without fcntl")
async def test_a_file_has_one_owner_until_that_dies(path, tmp_path):
    alias = tmp_path / "alias.db"
    alias.symlink_to(path)
    with child(OWNER, path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        for name in (path, alias):
            error = await refusal(name)
            assert error.code == "store-owned"
            assert error.values == {"path": path}
        process.send_signal(signal.SIGKILL)
        process.wait()
    store = SqliteStore(path)
    await store.open()
    await store.close()


async def test_a_closed_file_is_free(path):
    for _ in range(3):
        store = SqliteStore(path)
        await store.open()
        assert (await refusal(path)).code == "store-owned"
        await store.close()


async def test_opening_that_is_cancelled_leaves_the_file_free(path):
    opening = asyncio.create_task(SqliteStore(path).open())
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    store = SqliteStore(path)
    await store.open()
    await store.close()


@pytest.mark.skipif(sys.platform == "win32", reason="no modes")
async def test_only_the_owner_may_read_what_it_makes(path, store):
    await store.commit(one("n1"))
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == dict.fromkeys(("node.db", "node.db.lock", "node.db-wal", "node.db-shm"), 0o600)


async def test_a_closed_store_is_one_file(path):
    store = SqliteStore(path)
    await store.open()
    await store.commit(one("n1"))
    await store.close()
    assert sorted(file.name for file in path.parent.iterdir()) == ["node.db", "node.db.lock"]


@contextmanager
def without_permission(folder: Path) -> Iterator[None]:
    """Root may do everything, so for a moment we are nobody."""
    folder.chmod(0o500)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o700)


@pytest.mark.skipif(sys.platform == "win32", reason="no modes")
async def test_a_folder_that_may_not_be_written_is_told(path):
    with without_permission(path.parent):
        error = await refusal(path)
    assert error.code == "store-broken"
    assert "PermissionError" in error.message()


@pytest.mark.parametrize("place", ["missing/node.db", ".", "file/node.db"])
async def test_a_place_where_no_file_can_be_is_told(tmp_path, place):
    (tmp_path / "file").write_bytes(b"")
    assert (await refusal(tmp_path / place)).code == "store-broken"


def garbage(path: Path) -> None:
    path.write_bytes(b"not a database, whatever its name says" * 200)


def another_program(path: Path) -> None:
    outside(path, "CREATE TABLE customer (name TEXT); INSERT INTO customer VALUES ('x');")


def another_mark(path: Path) -> None:
    outside(path, "PRAGMA application_id = 42")


def no_version(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        migrate(connection)
        connection.execute("DELETE FROM meta")


def half_version(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        migrate(connection)
        connection.execute("UPDATE meta SET value = 'one'")


def no_meta(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        migrate(connection)
        connection.execute("DROP TABLE meta")


@pytest.mark.parametrize("damage", [garbage, another_program, another_mark, no_version, half_version, no_meta])
async def test_a_file_that_is_not_ours_is_refused_and_left_alone(path, damage):
    damage(path)
    assert (await refusal(path)).code == "store-broken"
    if damage is another_program:
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("SELECT name FROM customer").fetchall() == [("x",)]
            assert connection.execute("SELECT count(*) FROM sqlite_master").fetchall() == [(1,)]
    # The refusal let the file go.
    assert (await refusal(path)).code == "store-broken"


async def test_damage_inside_the_file_is_told_as_such(path):
    store = SqliteStore(path)
    await store.open()
    await store.commit(Changes(records=tuple(record(f"n{number:04}", body=b"b" * 900) for number in range(400))))
    await store.close()
    whole = bytearray(path.read_bytes())
    # Everything behind the schema's own pages.
    whole[25 * 4096 :] = b"\xa5" * (len(whole) - 25 * 4096)
    path.write_bytes(whole)
    await store.open()
    codes = set()
    for step in (
        lambda: store.find("negotiation", limit=50),
        lambda: store.find("negotiation", limit=400),
        lambda: store.commit(Changes(records=tuple(record(f"m{number}") for number in range(50)))),
        lambda: store.load("negotiation", "n0399"),
    ):
        try:
            await step()
        except RenkeiError as error:
            codes.add(error.code)
    assert codes == {"store-broken"}
    await store.close()


# The schema


async def test_a_newer_database_is_refused(path):
    store = SqliteStore(path)
    await store.open()
    await store.commit(one("n1"))
    await store.close()
    outside(path, "UPDATE meta SET value = 9")
    error = await refusal(path)
    assert error.code == "store-schema-too-new"
    assert error.values == {"found": 9, "known": len(schema())}


async def test_a_newer_database_that_says_it_fits_is_used_and_left_so(path):
    store = SqliteStore(path)
    await store.open()
    await store.close()
    outside(path, "UPDATE meta SET value = 9 WHERE key = 'schema'")
    await store.open()
    await store.commit(one("n1"))
    await store.close()
    with closing(sqlite3.connect(path)) as connection:
        assert dict(connection.execute("SELECT key, value FROM meta").fetchall()) == {"schema": 9, "compat": 2}


def test_the_schema_is_brought_up_step_by_step_and_never_half():
    second = "CREATE TABLE second (x); INSERT OR REPLACE INTO meta VALUES ('schema', 2);"
    failing = "CREATE TABLE third (x); INSERT INTO nowhere VALUES (1);"
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection, schema()[:1])
        migrate(connection, (*schema()[:1], second))
        with pytest.raises(ConfigurationError) as caught:
            migrate(connection, (*schema()[:1], second, failing))
        assert caught.value.code == "store-broken"
        assert dict(connection.execute("SELECT key, value FROM meta").fetchall()) == {"schema": 2, "compat": 1}
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert "second" in tables
        assert "third" not in tables


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET type = 'other'",
        "UPDATE event SET seq = 9 WHERE seq = 1",
        "DELETE FROM event",
        "DELETE FROM event WHERE seq = 2",
        "INSERT OR REPLACE INTO event (seq, kind, id, at, type, body) VALUES (1, 'k', 'i', 0, 't', x'')",
        "REPLACE INTO event (seq, kind, id, at, type, body) VALUES (2, 'k', 'i', 0, 't', x'')",
    ],
)
async def test_history_cannot_be_changed_even_with_sql(path, store, statement):
    events = tuple(Event(kind="negotiation", id="n1", at=NOON, type=name) for name in ("first", "second"))
    await store.commit(Changes(events=events))
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        outside(path, statement)
    assert [line.type for line in await store.events()] == ["first", "second"]


# Reads on the event loop

CONDITIONS = {"peer": "p", "state": "s", "ref": "r"}


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("load", ("negotiation", "n1")),
        ("answer", ("a",)),
        ("delivery", ("d",)),
        ("counter", ("c",)),
    ],
)
async def test_point_reads_follow_a_key(path, store, call, arguments):
    plan = await plan_of(path, store, lambda: getattr(store, call)(*arguments))
    assert [line.split()[0] for line in plan] == ["SEARCH"]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ((), "(kind=? AND id>?)"),
        (("peer",), "(kind=? AND peer=? AND id>?)"),
        (("state",), "(kind=? AND state=? AND id>?)"),
        (("ref",), "(kind=? AND ref=? AND id>?)"),
        (("peer", "ref"), "(kind=? AND peer=? AND ref=? AND id>?)"),
        (("peer", "ref", "state"), "(kind=? AND peer=? AND ref=? AND id>?)"),
    ],
)
async def test_listings_in_place_follow_an_index_without_sorting(path, store, names, expected):
    conditions = {name: CONDITIONS[name] for name in names}
    (plan,) = await plan_of(path, store, lambda: store.find("negotiation", after="n", **conditions))
    assert plan.startswith("SEARCH record USING INDEX")
    assert plan.endswith(expected)


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({}, "INTEGER PRIMARY KEY (rowid>?)"),
        ({"kind": "k"}, "(kind=? AND seq>?)"),
        ({"kind": "k", "record_id": "i"}, "(id=? AND kind=? AND seq>?)"),
    ],
)
async def test_history_is_read_by_index_without_sorting(path, store, conditions, expected):
    (plan,) = await plan_of(path, store, lambda: store.events(**conditions))
    assert plan.startswith("SEARCH event USING ")
    assert plan.endswith(expected)


async def test_the_outbox_is_read_by_index_without_sorting(path, store):
    (plan,) = await plan_of(path, store, lambda: store.deliveries(due=NOON))
    assert plan == "SEARCH delivery USING INDEX delivery_by_due (due<?)"


async def plan_of(path, store, call) -> list[str]:
    """The plan of the one statement that a call runs on the event loop's own connection."""
    statements: list[str] = []
    store._session._here.set_trace_callback(statements.append)
    await call()
    store._session._here.set_trace_callback(None)
    (statement,) = statements
    with closing(sqlite3.connect(path)) as connection:
        return [row[3] for row in connection.execute("EXPLAIN QUERY PLAN " + statement).fetchall()]


async def test_a_second_loop_may_open_what_the_first_has_closed(path):
    def in_its_own_loop() -> int:
        async def step() -> int:
            store = SqliteStore(path)
            await store.open()
            await store.commit(one(f"n{await store.count('negotiation')}"))
            count = await store.count("negotiation")
            await store.close()
            return count

        return asyncio.run(step())

    assert [await asyncio.to_thread(in_its_own_loop) for _ in range(3)] == [1, 2, 3]
