"""The process that reads for ``decoder``: questions on standard input, answers on standard output.

Each is four bytes of length and the rest. A question is a line of JSON and a partner's bytes. An answer is JSON, with
``problem`` and ``values`` where something is wrong. To a message: ``{"document", "lost"}`` if it was JSON-LD, else
``{}``. To a document: ``{"signatures"}``, and on the next line the canonical bytes of the rest, or ``{}`` if it is of
none of the ``types`` in question. The first answer is empty and says: ready.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from functools import cache
from typing import BinaryIO, Final, cast

import msgspec

from renkei.exchange.machine.bounds import demand_modest
from renkei.kernel import strict_json
from renkei.kernel.problems import RenkeiError
from renkei.policy.model import SIGNATURE_MEMBERS
from renkei.protocol.messages import MessageKind
from renkei.resources import Kind, resource_bytes
from renkei.trust.artefacts import received_bytes, unsigned
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
        line, _, raw = questions.read(int.from_bytes(head, "big")).partition(b"\n")
        _send(answers, answer(json.loads(line), raw))


def answer(question: Mapping[str, object], raw: bytes) -> bytes:
    """What is to be said about a partner's bytes."""
    try:
        if question["task"] == "document":
            return _document(cast("list[str]", question["types"]), raw)
        return _message(str(question["version"]), cast("list[str] | None", question["expect"]), raw)
    except RenkeiError as error:
        values = {name: str(value) for name, value in error.values.items()}
        return _JSON.encode({"problem": error.code, "values": values})


def _message(version: str, expect: list[str] | None, raw: bytes) -> bytes:
    dialect = dialect_of(version)
    document = dialect.parse(raw)
    told: dict[str, object] = {}
    if dialect.takes_expansion(document):
        known = _expansion(version).known(document)
        document = known.document
        told = {"document": document, "lost": known.lost}
    demand_modest(dialect.message_in(document, expect=None if expect is None else tuple(map(MessageKind, expect))))
    return _JSON.encode(told)


def _document(types: list[str], raw: bytes) -> bytes:
    document = strict_json.loads(raw, strict_json.DOCUMENT)
    if not isinstance(document, dict) or document.get("@type") not in types:
        return b"{}"
    canonical = received_bytes(unsigned(document))
    signatures = {name: value for name, value in document.items() if name in SIGNATURE_MEMBERS}
    return b'{"signatures":' + received_bytes(signatures) + b"}\n" + canonical


@cache
def _expansion(version: str) -> Expanding:
    dialect = dialect_of(version)
    # By the plain reader: PyLD wants numbers as floats, and these are our own files.
    contexts = {name: json.loads(resource_bytes(Kind.VOCAB, file)) for name, file in dialect.contexts.items()}
    return dialect.expansion(contexts)


def _send(answers: BinaryIO, body: bytes) -> None:
    answers.write(len(body).to_bytes(_SIZE, "big") + body)
    answers.flush()
