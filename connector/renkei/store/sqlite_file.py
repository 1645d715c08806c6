"""The SQLite file itself: who owns it, how it is opened, which schema it has.

One process owns a file. Ownership is a lock on ``<path>.lock`` that the operating system drops when the process
dies, however it dies; on systems without ``fcntl`` it is left to the operator. The files are readable by their
owner alone. The schema is the files ``sql/sqlite/NNNN_*.sql``, applied in order, each in one transaction.

Raises ConfigurationError ``store-owned``, ``store-schema-too-new``, ``store-broken``.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from renkei.kernel.problems import RenkeiError
from renkei.store.problems import BROKEN, OWNED, TOO_NEW

if sys.platform != "win32":
    import fcntl

APPLICATION_ID = int.from_bytes(b"RNK1", "big")
_BUSY_SECONDS = 5.0
_OWNER_ONLY = 0o600


class OwnedFile:
    """A database file that this process owns until ``release``."""

    def __init__(self, path: Path) -> None:
        """Take the file, made empty where there is none."""
        with sound():
            self._path = path.resolve()
            self._lock = _locked(self._path)
            try:
                _made(self._path)
            except OSError:
                os.close(self._lock)
                raise

    def connect(self, *, writing: bool) -> sqlite3.Connection:
        """A connection in autocommit mode, usable from any one thread at a time."""
        with sound():
            connection = sqlite3.connect(
                self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            try:
                for pragma in _WRITER if writing else _READER:
                    connection.execute(pragma).fetchall()
                ((mode,),) = connection.execute("PRAGMA journal_mode").fetchall()
                if mode != "wal":
                    raise sqlite3.OperationalError("this file system cannot hold a write-ahead log")
            except sqlite3.Error:
                connection.close()
                raise
        return connection

    def release(self) -> None:
        """Let another process have it."""
        os.close(self._lock)


_EVERY = ("PRAGMA trusted_schema = OFF", "PRAGMA cell_size_check = ON", "PRAGMA temp_store = MEMORY")
# fullfsync: on macOS a plain fsync stops at the drive's cache.
_WRITER = (
    *_EVERY,
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA fullfsync = ON",
    "PRAGMA checkpoint_fullfsync = ON",
    "PRAGMA journal_size_limit = 67108864",
)
_READER = (*_EVERY, "PRAGMA query_only = ON")


@contextlib.contextmanager
def sound() -> Iterator[None]:
    """Turn whatever the file system or SQLite says into ``store-broken``."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise broken(error) from error


def broken(error: BaseException) -> RenkeiError:
    """The error that a caller gets for a failing database."""
    return BROKEN(cause=f"{type(error).__name__}: {error}")


def migrate(connection: sqlite3.Connection, steps: tuple[str, ...] | None = None) -> None:
    """Bring an empty or older database to this release's schema; leave a newer, still compatible one alone."""
    known = schema() if steps is None else steps
    with sound():
        found, compat = _versions(connection)
        if compat > len(known):
            raise TOO_NEW(found=found, known=len(known))
        for step in known[found:]:
            try:
                connection.executescript(f"BEGIN IMMEDIATE; {step} COMMIT;")
            except sqlite3.Error:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise


def schema() -> tuple[str, ...]:
    """The schema's files in order; the n-th makes schema version n."""
    folder = files("renkei.store") / "sql" / "sqlite"
    named = sorted((entry.name, entry) for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return tuple(entry.read_text("utf-8") for _, entry in named)


def _versions(connection: sqlite3.Connection) -> tuple[int, int]:
    ((mark,),) = connection.execute("PRAGMA application_id").fetchall()
    if mark != APPLICATION_ID:
        ((objects,),) = connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
        if mark or objects:
            raise BROKEN(cause="it is another program's database")
        return 0, 0
    versions = dict(connection.execute("SELECT key, value FROM meta").fetchall())
    try:
        return int(versions["schema"]), int(versions["compat"])
    except (KeyError, TypeError, ValueError):
        raise BROKEN(cause="its schema version is missing") from None


def _locked(path: Path) -> int:
    lock = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, _OWNER_ONLY)
    if sys.platform != "win32":
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise OWNED(path=path) from None
        except OSError:
            os.close(lock)
            raise
    return lock


def _made(path: Path) -> None:
    """SQLite gives its side files the mode of the database, so that is made first."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, _OWNER_ONLY))
    if sys.platform != "win32":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
