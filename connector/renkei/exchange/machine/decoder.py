"""From what a partner sent to the message in it: at once where it is small plain JSON, else by a process of its own.

JSON-LD costs milliseconds and cannot be interrupted, and what is large costs time in proportion, so neither is read on
the loop: one spare process per participant reads one message at a time, each within a limit of time, and is killed
and replaced when it takes longer; another does the same for documents. They are started at the first need (most
partners never cause it), end when their input does, and speak JSON, not pickles: what they have read was a stranger's.
Senders take turns, those of one site together, so that none with many names, many or expensive messages keeps the
process from the others.

What the process found to be strict JSON is decoded once more here, by the quick reader, which leaves out what has been
checked already.

Errors: PeerError ``json-…``, ``wire-…``, ``policy-…``, ``negotiation-too-many-terms``, ``reading-backlog``,
``record-refused``.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, cast

import msgspec

from renkei.exchange import problems as exchange_problems
from renkei.exchange.machine.bounds import demand_modest
from renkei.exchange.machine.turns import Turns
from renkei.exchange.problems import BAD_RECORD
from renkei.kernel import strict_json
from renkei.kernel.problems import Problem, RenkeiError
from renkei.policy import problems as policy_problems
from renkei.protocol.messages import Message, MessageKind
from renkei.trust import problems as trust_problems
from renkei.trust.artefacts import received_bytes, unsigned
from renkei.wire import problems
from renkei.wire.codec import Expected
from renkei.wire.dialects import DSP_2025_1, Dialect
from renkei.wire.problems import BROKEN_JSON_LD, TOO_SLOW

_log = logging.getLogger(__name__)
SECONDS: Final = 5.0
DOCUMENT_SECONDS: Final = 60.0
LARGE_MESSAGE: Final = 32 * 1024
LARGE_DOCUMENT: Final = 64 * 1024
_WAITING_EACH: Final = 64
_WAITING_TOTAL: Final = 256
_START_SECONDS: Final = 30.0
_SIZE: Final = 4
_PROGRAM: Final = "import sys; sys.path[:] = {path!r}; from renkei.exchange.machine.decoder_process import main; main()"
_PLACES: Final = (problems, policy_problems, trust_problems, strict_json, exchange_problems)
_PROBLEMS: Final = {
    value.code: value for place in _PLACES for value in vars(place).values() if isinstance(value, Problem)
}
# As ``strict_json`` reads numbers.
_QUICK: Final = msgspec.json.Decoder(float_hook=Decimal)


@dataclass(frozen=True, slots=True)
class Content:
    """A JSON document that was read: what it says, and the canonical bytes of all of it but its signatures."""

    document: dict[str, object]
    canonical: bytes


class Decoder:
    """Reads what partners send to one participant. Used inside one event loop; ``close`` ends its processes."""

    def __init__(self, seconds: float = SECONDS, document_seconds: float = DOCUMENT_SECONDS) -> None:
        self._messages = _Spare(seconds)
        self._documents = _Spare(document_seconds)

    async def decode(
        self,
        raw: bytes,
        *,
        expect: Expected = None,
        ignored: list[str] | None = None,
        dialect: Dialect = DSP_2025_1,
        sender: str | None = None,
    ) -> Message:
        """The message in these bytes. ``expect``: what may come here; ``ignored`` gathers paths of lost members.

        ``sender``: who sent it unasked. What answers a question of ours has none: it may be large, and is let wait.
        """
        document: dict[str, object] | None = None
        if sender is None or len(raw) <= LARGE_MESSAGE:
            document = dialect.parse(raw)
        if document is None or dialect.takes_expansion(document):
            document, lost = await self._read(raw, expect, dialect, sender)
            if ignored is not None:
                ignored.extend(lost)
        message = dialect.message_in(document, expect=expect, ignored=ignored)
        demand_modest(message)
        return message

    async def document(self, raw: bytes, sender: str, types: frozenset[str]) -> Content | None:
        """The JSON object of one of these ``@type`` in these bytes, of up to ``strict_json.DOCUMENT``; else nothing.

        Raises PeerError ``json-…``, ``trust-not-signable``, ``record-refused``.
        """
        if len(raw) <= LARGE_DOCUMENT:
            document = strict_json.loads(raw, strict_json.DOCUMENT)
            if not isinstance(document, dict) or document.get("@type") not in tuple(types):
                return None
            return Content(document, received_bytes(unsigned(document)))
        try:
            answer = await self._documents.ask({"task": "document", "types": sorted(types)}, raw, sender, bounded=False)
        except TimeoutError:
            cause = f"reading it took longer than {self._documents.seconds} seconds"
            raise BAD_RECORD(partner=sender, cause=cause) from None
        except (OSError, asyncio.IncompleteReadError) as error:
            raise BAD_RECORD(partner=sender, cause="its reading broke off") from error
        head, _, canonical = answer.partition(b"\n")
        told = _told(head)
        _raise_problem(told)
        if "signatures" not in told:
            return None
        signed = cast("dict[str, object]", _QUICK.decode(canonical))
        return Content({**signed, **cast("dict[str, object]", told["signatures"])}, canonical)

    @property
    def process_id(self) -> int | None:
        """The spare process for messages, while there is one."""
        return self._messages.process_id

    async def close(self) -> None:
        """End the processes, if there are any; another message would start them again."""
        await self._messages.close()
        await self._documents.close()

    async def _read(
        self, raw: bytes, expect: Expected, dialect: Dialect, sender: str | None
    ) -> tuple[dict[str, object], list[str]]:
        question = {"task": "message", "version": dialect.version, "expect": _names(expect)}
        try:
            answer = await self._messages.ask(question, raw, sender or "", bounded=sender is not None)
        except TimeoutError:
            raise TOO_SLOW(limit=self._messages.seconds) from None
        except (OSError, asyncio.IncompleteReadError) as error:
            _log.warning("the reading of a message broke off", exc_info=error, extra={"code": BROKEN_JSON_LD.code})
            raise BROKEN_JSON_LD(cause="its reading broke off") from error
        told = _told(answer)
        _raise_problem(told)
        document = told["document"] if "document" in told else _QUICK.decode(raw)
        return cast("dict[str, object]", document), cast("list[str]", told.get("lost", []))


class _Spare:
    """One process, started when it is needed, that answers one question at a time within ``seconds``."""

    def __init__(self, seconds: float) -> None:
        self.seconds: Final = seconds
        self._turns = Turns(_WAITING_EACH, _WAITING_TOTAL)
        self._process: Process | None = None

    @property
    def process_id(self) -> int | None:
        return None if self._process is None else self._process.pid

    async def ask(self, question: Mapping[str, object], raw: bytes, sender: str, *, bounded: bool) -> bytes:
        """Raises TimeoutError, OSError, IncompleteReadError; after any of them the process is another one."""
        head = msgspec.json.encode(question) + b"\n"
        async with self._turns.turn(sender, bounded=bounded):
            try:
                return await self._ask(head, raw)
            except BaseException:
                # Also when it is cancelled: the next one must not get the answer to this one.
                await self._end()
                raise

    async def close(self) -> None:
        async with self._turns.turn("", bounded=False):
            await self._end()

    async def _ask(self, head: bytes, raw: bytes) -> bytes:
        process = await self._started()
        assert process.stdin is not None, "it was started with pipes"
        async with asyncio.timeout(self.seconds):
            process.stdin.write((len(head) + len(raw)).to_bytes(_SIZE, "big") + head)
            process.stdin.write(raw)
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


def _names(expect: Expected) -> list[str] | None:
    if expect is None:
        return None
    kinds: Iterable[MessageKind] = (expect,) if isinstance(expect, MessageKind) else expect
    return [kind.value for kind in kinds]


def _told(answer: bytes) -> Mapping[str, object]:
    return cast("Mapping[str, object]", _QUICK.decode(answer))


def _raise_problem(told: Mapping[str, object]) -> None:
    """The error that the process met, as if it had been met here."""
    if "problem" in told:
        raise _as_error(str(told["problem"]), cast("dict[str, object]", told["values"]))


def _as_error(code: str, values: dict[str, object]) -> RenkeiError:
    return _PROBLEMS.get(code, BROKEN_JSON_LD)(**{"cause": code, **values})
