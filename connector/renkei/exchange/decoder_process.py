"""The process that expands JSON-LD for ``decoder``: questions on standard input, answers on standard output.

Each is four bytes of length and the rest: a question is a dialect's version, a line feed and a message's bytes; an
answer is JSON, ``{"document", "lost"}`` or ``{"problem", "values"}``. The first answer is empty and says: ready.
"""

from __future__ import annotations

import json
import sys
from functools import cache
from typing import BinaryIO, Final

import msgspec

from renkei.kernel.problems import RenkeiError
from renkei.resources import Kind, resource_bytes
from renkei.wire.dialects import DIALECTS, Expanding, dialect_of

_SIZE: Final = 4
_JSON: Final = msgspec.json.Encoder(decimal_format="number")


def main() -> None:
    """Answer until the input ends."""
    serve(sys.stdin.buffer, sys.stdout.buffer)


def serve(questions: BinaryIO, answers: BinaryIO) -> None:
    """Answer every question in order."""
    for dialect in DIALECTS:
        _expansion(dialect.version)
    _send(answers, b"")
    while head := questions.read(_SIZE):
        version, _, raw = questions.read(int.from_bytes(head, "big")).partition(b"\n")
        _send(answers, answer(version.decode(), raw))


def answer(version: str, raw: bytes) -> bytes:
    """What is to be said about one message."""
    try:
        known = _expansion(version).known(dialect_of(version).parse(raw))
    except RenkeiError as error:
        values = {name: str(value) for name, value in error.values.items()}
        return _JSON.encode({"problem": error.code, "values": values})
    return _JSON.encode({"document": known.document, "lost": known.lost})


@cache
def _expansion(version: str) -> Expanding:
    dialect = dialect_of(version)
    # By the plain reader: PyLD wants numbers as floats, and these are our own files.
    contexts = {name: json.loads(resource_bytes(Kind.VOCAB, file)) for name, file in dialect.contexts.items()}
    return dialect.expansion(contexts)


def _send(answers: BinaryIO, body: bytes) -> None:
    answers.write(len(body).to_bytes(_SIZE, "big") + body)
    answers.flush()
