"""The versions of the protocol we speak, each as a value: where it stands and how bytes become messages and back.

A dialect reads in two steps, so that the long one may be taken elsewhere: ``parse`` bounds the bytes; where
``takes_expansion`` says so, ``expansion`` makes the document one that ``message_in`` reads. Another version is another
value of this class; nothing above ``wire`` knows how a message is written.

Errors: those of ``codec`` and ``jsonld``; PeerError ``wire-no-common-version`` from ``dialect_of``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from renkei.protocol.messages import Message
from renkei.wire import codec, jsonld
from renkei.wire.codec import Expected
from renkei.wire.jsonld import PINNED, Expansion, Known
from renkei.wire.problems import NO_COMMON_VERSION
from renkei.wire.versions import VERSION


class MessageReader(Protocol):
    """``codec.message_in``, as every dialect has it."""

    def __call__(self, document: object, *, expect: Expected = None, ignored: list[str] | None = None) -> Message:
        """The typed message in a parsed document."""
        ...


class Expanding(Protocol):
    """``jsonld.Expansion``, as every dialect has it."""

    def known(self, document: Mapping[str, object]) -> Known:
        """The document as ``message_in`` reads it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One version.

    ``path``: below a participant's root, as the version document tells it; ``contexts``: the pinned JSON-LD contexts by
    name, each with its file below ``vocab``.
    """

    version: str
    path: str
    parse: Callable[[bytes], dict[str, object]]
    takes_expansion: Callable[[Mapping[str, object]], bool]
    expansion: Callable[[Mapping[str, object]], Expanding]
    contexts: Mapping[str, str]
    message_in: MessageReader
    encode: Callable[[Message], bytes]


DSP_2025_1: Final = Dialect(
    version=VERSION,
    path="/dsp/2025-1",
    parse=codec.parse,
    takes_expansion=jsonld.takes_expansion,
    expansion=Expansion,
    contexts=PINNED,
    message_in=codec.message_in,
    encode=codec.encode,
)
DIALECTS: Final = (DSP_2025_1,)
"""All we speak, the best first."""


def dialect_of(version: str, dialects: Iterable[Dialect] = DIALECTS) -> Dialect:
    """The dialect of that version."""
    listed = tuple(dialects)
    for dialect in listed:
        if dialect.version == version:
            return dialect
    raise NO_COMMON_VERSION(offered=version, ours=", ".join(dialect.version for dialect in listed))
