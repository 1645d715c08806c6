"""From what a partner sent to the message in it: at once where it is plain JSON, else by a process of its own.

JSON-LD costs milliseconds and cannot be interrupted, so it never runs on the loop: one spare process per participant
expands one document at a time, each within a limit of time, and is killed and replaced when it takes longer. It is
started at the first need (most partners never cause it), ends when its input does, and speaks JSON, not pickles: what
it has read was a stranger's.

Errors: PeerError ``json-…``, ``wire-…``, ``policy-…``.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from typing import Final, cast

from renkei.kernel import strict_json
from renkei.kernel.problems import Problem
from renkei.protocol.messages import Message
from renkei.wire import problems
from renkei.wire.codec import Expected
from renkei.wire.dialects import DSP_2025_1, Dialect
from renkei.wire.problems import BROKEN_JSON_LD, TOO_SLOW

_log = logging.getLogger(__name__)
SECONDS: Final = 5.0
_START_SECONDS: Final = 30.0
_SIZE: Final = 4
_PROGRAM: Final = "import sys; sys.path[:] = {path!r}; from renkei.exchange.decoder_process import main; main()"
_PROBLEMS: Final = {value.code: value for value in vars(problems).values() if isinstance(value, Problem)}


class Decoder:
    """Reads partners' messages for one participant. Used inside one event loop; ``close`` ends its process."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._one_at_a_time = asyncio.Lock()
        self._process: Process | None = None

    async def decode(
        self, raw: bytes, *, expect: Expected = None, ignored: list[str] | None = None, dialect: Dialect = DSP_2025_1
    ) -> Message:
        """The message in these bytes. ``expect``: what may come here; ``ignored`` gathers paths of lost members."""
        document = dialect.parse(raw)
        if dialect.takes_expansion(document):
            document, lost = await self._expanded(raw, dialect)
            if ignored is not None:
                ignored.extend(lost)
        return dialect.message_in(document, expect=expect, ignored=ignored)

    @property
    def process_id(self) -> int | None:
        """The spare process, while there is one."""
        return None if self._process is None else self._process.pid

    async def close(self) -> None:
        """End the process, if there is one; another message would start it again."""
        async with self._one_at_a_time:
            await self._end()

    async def _expanded(self, raw: bytes, dialect: Dialect) -> tuple[dict[str, object], list[str]]:
        async with self._one_at_a_time:
            try:
                answer = await self._ask(dialect.version.encode() + b"\n" + raw)
            except TimeoutError:
                await self._end()
                raise TOO_SLOW(limit=self._seconds) from None
            except (OSError, asyncio.IncompleteReadError) as error:
                _log.warning("the reading of JSON-LD broke off", exc_info=error, extra={"code": BROKEN_JSON_LD.code})
                await self._end()
                raise BROKEN_JSON_LD(cause="its reading broke off") from error
            except asyncio.CancelledError:
                # The next one must not get the answer to this one.
                await self._end()
                raise
        told = cast("Mapping[str, object]", strict_json.loads_object(answer, strict_json.DOCUMENT))
        if "problem" in told:
            problem = _PROBLEMS.get(str(told["problem"]), BROKEN_JSON_LD)
            raise problem(**{"cause": told["problem"], **cast("dict[str, object]", told["values"])})
        return cast("dict[str, object]", told["document"]), cast("list[str]", told["lost"])

    async def _ask(self, question: bytes) -> bytes:
        process = await self._started()
        assert process.stdin is not None, "it was started with pipes"
        async with asyncio.timeout(self._seconds):
            process.stdin.write(len(question).to_bytes(_SIZE, "big") + question)
            await process.stdin.drain()
            return await _answer(process)

    async def _started(self) -> Process:
        if self._process is None:
            # Its own session, so that an interrupt at the terminal reaches it through us alone.
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                _PROGRAM.format(path=sys.path),
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                start_new_session=True,
            )
            async with asyncio.timeout(_START_SECONDS):
                await _answer(self._process)  # empty: it is ready
        return self._process

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        # Both pipes to their end, so that nothing of it is left open.
        await process.communicate()


async def _answer(process: Process) -> bytes:
    assert process.stdout is not None, "it was started with pipes"
    size = int.from_bytes(await process.stdout.readexactly(_SIZE), "big")
    return await process.stdout.readexactly(size)
