"""The least that a negotiation can cost here: bare aiohttp and sqlite3 doing the same unavoidable work.

Exactly four POSTs of 1 kB between two processes (keep-alive), each signed once and verified once (ES256), and eight
commits with ``synchronous=FULL`` in WAL mode, one before and one after each message. No protocol, no policy, no JSON-LD.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import socket
import sqlite3
import time
from pathlib import Path

import aiohttp
from aiohttp import web
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

MESSAGES = 4
BODY = b"x" * 1024
ALGORITHM = ec.ECDSA(hashes.SHA256())


def _database(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE step (id INTEGER PRIMARY KEY, body BLOB)")
    return database


def _commit(database: sqlite3.Connection) -> None:
    database.execute("BEGIN IMMEDIATE")
    database.execute("INSERT INTO step (body) VALUES (?)", (BODY,))
    database.execute("COMMIT")


def _serve(folder: str, port: multiprocessing.Queue[int], pem: bytes) -> None:
    key = load_pem_private_key(pem, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    public = key.public_key()
    database = _database(Path(folder) / "floor-server.db")

    async def take(request: web.BaseRequest) -> web.Response:
        body = await request.read()
        public.verify(bytes.fromhex(request.headers["x-signature"]), body, ALGORITHM)
        _commit(database)
        return web.Response()

    async def run() -> None:
        runner = web.ServerRunner(web.Server(take))
        await runner.setup()
        with socket.create_server(("127.0.0.1", 0)) as listening:
            await web.SockSite(runner, listening).start()
            port.put(listening.getsockname()[1])
            await asyncio.Event().wait()

    asyncio.run(run())


async def _measure(folder: Path, port: int, key: ec.EllipticCurvePrivateKey, rounds: int) -> dict[str, float]:
    database = _database(folder / "floor-client.db")
    url = f"http://127.0.0.1:{port}/"

    async with aiohttp.ClientSession() as session:

        async def one() -> float:
            begun = time.perf_counter()
            for _ in range(MESSAGES):
                _commit(database)
                signature = key.sign(BODY, ALGORITHM)
                async with session.post(url, data=BODY, headers={"x-signature": signature.hex()}) as answer:
                    assert answer.status == 200
                    await answer.read()
            return time.perf_counter() - begun

        for _ in range(20):
            await one()
        alone = sorted([await one() for _ in range(rounds)])
        places = asyncio.Semaphore(50)

        async def placed() -> None:
            async with places:
                await one()

        begun = time.perf_counter()
        await asyncio.gather(*(placed() for _ in range(rounds * 2)))
        together = rounds * 2 / (time.perf_counter() - begun)
    return {"floor_p50_ms": round(alone[len(alone) // 2] * 1000, 2), "floor_per_s_50": round(together, 1)}


def floor(folder: Path, rounds: int = 200) -> dict[str, float]:
    """``floor_p50_ms`` one at a time, and ``floor_per_s_50`` with fifty in flight."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    context = multiprocessing.get_context("spawn")
    port: multiprocessing.Queue[int] = context.Queue()
    server = context.Process(target=_serve, args=(str(folder), port, pem), daemon=True)
    server.start()
    try:
        return asyncio.run(_measure(folder, port.get(timeout=30), key, rounds))
    finally:
        server.kill()
        server.join(10)
