"""Bytes ↔ messages.

What must hold of a message (numbers are repeated where each is checked):

1.  Strict JSON: bounded, no name twice, no NaN; one object; text that is Unicode.
2.  ``@context`` is the known list, exactly (a list with more in it is made so by ``jsonld``); there is none inside.
3.  ``@type`` is a message of DSP 2025-1, and one that may come here.
4.  Members and one-of groups as the table says (``reader``), terms as ``policy.read`` says.
5.  What the specification demands in words (``prose``).

Errors: PeerError ``json-…``, ``wire-…``, ``policy-…`` from decoding; LocalError ``wire-unsendable`` from encoding;
nothing else. ``decode(encode(message)) == message`` for whatever can be encoded.

Source: DSP 2025-1, common protocol (plain JSON is permitted: the schemas are normative, JSON-LD is optional).
"""

from __future__ import annotations

from typing import Final, TypeAlias, cast

import msgspec

from renkei.kernel.problems import PeerError
from renkei.kernel.strict_json import MESSAGE, Limits, kind_of, loads_object
from renkei.protocol.messages import Message, MessageKind
from renkei.wire import prose
from renkei.wire.problems import MISSING_MEMBER, UNKNOWN_CONTEXT, UNSENDABLE, WRONG_FORM, WRONG_TYPE
from renkei.wire.reader import Reading, check_values, read
from renkei.wire.table import CONTEXT, KIND_OF, MESSAGES, WRAPPED
from renkei.wire.writer import write

Expected: TypeAlias = "MessageKind | tuple[MessageKind, ...] | None"

_KINDS: Final = {kind.value: kind for kind in MessageKind}
_CONTEXT_LIST: Final = [CONTEXT]
# Decimals go out as the numbers they came in as: what is not ours to judge is not ours to change.
_JSON: Final = msgspec.json.Encoder(decimal_format="number")


def decode(
    raw: bytes, *, expect: Expected = None, ignored: list[str] | None = None, limits: Limits = MESSAGE
) -> Message:
    """The message in these bytes. ``expect``: what may come here; ``ignored`` gathers paths of unknown members."""
    return message_in(parse(raw, limits), expect=expect, ignored=ignored)


def parse(raw: bytes, limits: Limits = MESSAGE) -> dict[str, object]:
    """The JSON object in these bytes, before anything is asked of its members but that there is no context inside."""
    document = loads_object(raw, limits)  # 1
    # Without an escape in the text and with one @context there can be no second one and no lone surrogate.
    if b"\\u" in raw or raw.count(b'"@context"') != 1:
        check_values(document, limits.depth)  # 1, 2
    return document


def message_in(document: object, *, expect: Expected = None, ignored: list[str] | None = None) -> Message:
    """The message in a parsed object. What ``parse`` has checked is not checked again."""
    if not isinstance(document, dict):
        raise WRONG_FORM(path="", expected="a message object", found=kind_of(document))
    _check_context(document)  # 2
    kind = _kind(document, expect)  # 3
    reading = Reading() if ignored is None else Reading(ignored)
    value = read(MESSAGES[kind], document, "", reading)  # 4
    if kind in WRAPPED:
        attribute, make = WRAPPED[kind]
        return cast("Message", make(**{attribute: value}))
    message = cast("Message", value)
    prose.check(message)  # 5
    return message


def decode_object(document: object, *, expect: Expected = None, ignored: list[str] | None = None) -> Message:
    """The same for JSON that was decoded already."""
    check_values(document)  # 1, 2
    return message_in(document, expect=expect, ignored=ignored)


def encode(message: Message) -> bytes:
    """The message as compact JSON. What a strict partner would refuse is not sent."""
    document = encode_object(message)
    try:
        return _JSON.encode(document)
    except (ValueError, OverflowError) as error:
        raise UNSENDABLE(kind=type(message).__name__, cause=error) from None


def encode_object(message: Message) -> dict[str, object]:
    """The message as a JSON object."""
    kind = kind_of_message(message)
    value: object = message
    if kind in WRAPPED:
        if message.message_id is not None or message.extensions:
            raise UNSENDABLE(kind=kind.value, cause="its @id and extensions are those of the object it carries")
        value = getattr(message, WRAPPED[kind][0])
    document: dict[str, object] = {"@context": [CONTEXT], **write(MESSAGES[kind], value)}
    try:
        again = decode_object(document)
    except PeerError as error:
        raise UNSENDABLE(kind=kind.value, cause=error.message()) from error
    if again != message:
        raise UNSENDABLE(kind=kind.value, cause="an extension stands in the way of a member, or would be dropped")
    return document


def kind_of_message(message: Message) -> MessageKind:
    """The ``@type`` under which a typed message travels."""
    kind = KIND_OF.get(type(message))
    if kind is None:
        raise UNSENDABLE(kind=type(message).__name__, cause="it is no message of DSP 2025-1")
    return kind


def _check_context(document: dict[str, object]) -> None:
    """Point 2."""
    if "@context" not in document:
        raise MISSING_MEMBER(path="@context")
    found = document["@context"]
    if found != _CONTEXT_LIST:
        raise UNKNOWN_CONTEXT(found=found, expected=CONTEXT)


def _kind(document: dict[str, object], expect: Expected) -> MessageKind:
    if "@type" not in document:
        raise MISSING_MEMBER(path="@type")
    word = document["@type"]
    kind = _KINDS.get(word) if isinstance(word, str) else None
    expected = (expect,) if isinstance(expect, MessageKind) else expect
    if kind is None or (expected is not None and kind not in expected):
        names = "a message of DSP 2025-1" if expected is None else " / ".join(item.value for item in expected)
        raise WRONG_TYPE(path="@type", expected=names, found=word if isinstance(word, str) else kind_of(word))
    return kind
