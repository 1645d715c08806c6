"""``python -m tests.interop``: our connector and an unmodified Eclipse EDC, both ways, in named scenarios.

EDC runs as it comes, with 1,000 ms between the steps of its state machines (``--loops-ms`` changes that) and its state in
memory. Its memory store looks for work without a lock, also while the reply to a message is being stored; the message is
then sent twice, the second time under a new id, and the due 400 taken for the end: 1 of 400 negotiations when it is
answered within milliseconds. So our answers to it wait 0.1 s (``answer_pause``): 0 of 800.
Needs Java 17 and Maven; everything is kept below ``.build/interop``.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from aiohttp import web
from tests.interop import edc, ours
from tests.interop.meeting import Meeting
from tests.interop.scenarios import ALONE, SCENARIOS, Scenario

from renkei.daemon.log import JsonLines
from renkei.wire.versions import choose, read_versions

_DEFAULT_LOOPS_MS: Final = 1000
_SIDE_BY_SIDE: Final = 6
_LONGEST: Final = 90.0
_SIZE: Final = 300_000


def main() -> int:
    """0 only if every scenario passed."""
    for tool in ("java", "mvn"):
        if shutil.which(tool) is None:
            print(f"make interop needs {tool}: install a JDK 17 and Maven (Debian: openjdk-17-jdk-headless, maven).")
            return 3
    options = argparse.ArgumentParser(prog="python -m tests.interop")
    options.add_argument("word", nargs="?", default="", help="run only the scenarios with this word in their name")
    options.add_argument(
        "--loops-ms", type=int, default=_DEFAULT_LOOPS_MS, help="how long EDC sleeps between its steps"
    )
    chosen = options.parse_args()
    edc.fetch()
    _log_to(edc.BUILD / "ours.log")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # else nobody would end EDC
    passed, failed = asyncio.run(_run(chosen.word, chosen.loops_ms))
    print(f"EDC {edc.VERSION}: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


def _log_to(file: Path) -> None:
    handler = logging.FileHandler(file, mode="w")
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.INFO)
    logging.getLogger("aiohttp").setLevel(logging.WARNING)


async def _run(word: str, loops_ms: int) -> tuple[int, int]:
    together, alone = ([one for one in kind if word in one.__name__] for kind in (SCENARIOS, ALONE))
    if not together and not alone:
        return 0, 0
    async with _meeting(loops_ms) as meeting:
        places = asyncio.Semaphore(_SIDE_BY_SIDE)
        results = list(await asyncio.gather(*(_try(scenario, meeting, places) for scenario in together)))
        results += [await _try(scenario, meeting, places) for scenario in alone]
    return sum(results), len(results) - sum(results)


async def _try(scenario: Scenario, meeting: Meeting, places: asyncio.Semaphore) -> bool:
    name = scenario.__name__.replace("_", " ")
    async with places:
        try:
            async with asyncio.timeout(_LONGEST):
                await scenario(meeting)
        except Exception as error:
            logging.getLogger(__name__).exception("scenario failed")
            why = f"{type(error).__name__} {error}".strip().partition("\n")[0]
            print(f"FAIL {name}: {why[:500]}", flush=True)
            return False
    print(f"PASS {name}", flush=True)
    return True


@asynccontextmanager
async def _meeting(loops_ms: int) -> AsyncIterator[Meeting]:
    """Both connectors, with what they publish."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=edc.BUILD)))
        our_bytes, edc_bytes = os.urandom(_SIZE), os.urandom(_SIZE)
        theirs = await stack.enter_async_context(edc.running(folder, loops_ms))
        async with theirs.http.get(theirs.root + "/.well-known/dspace-version") as answer:
            address = theirs.root + choose(read_versions(await answer.read())).path
        our_side = await stack.enter_async_context(ours.running(folder / "node", address, our_bytes))
        participant = our_side.connector.participant
        theirs = replace(theirs, us=our_side.connector.did, our_address=participant.ports.settings.address)
        meeting = Meeting(theirs, our_side, our_bytes, edc_bytes)
        await meeting.prepare(await stack.enter_async_context(_source(edc_bytes)))
        yield meeting


@asynccontextmanager
async def _source(content: bytes) -> AsyncIterator[str]:
    """The backend behind EDC's data plane: one URL that serves these bytes."""

    async def serve(request: web.Request) -> web.Response:
        return web.Response(body=content, content_type="application/octet-stream")

    application = web.Application()
    application.router.add_get("/bytes", serve)
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/bytes"
    finally:
        await runner.cleanup()


if __name__ == "__main__":
    begun = time.monotonic()
    code = main()
    print(f"took {time.monotonic() - begun:.0f} s", file=sys.stderr)
    sys.exit(code)
