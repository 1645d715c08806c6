"""JSON as it may come from a stranger: bounded, without duplicate names, without NaN, never a crash.

``json.loads`` alone keeps the last of two equal names, takes ``NaN``, and dies of deep nesting; each of
these has been an attack. What is read here are plain Python values, numbers with a fraction as Decimal.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import NoReturn

import msgspec

from renkei.kernel.problems import Fault, Problem

_KINDS = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}

BROKEN_JSON = Problem(
    code="json-broken",
    fault=Fault.PEER,
    status=400,
    en="The body is not valid JSON: {cause}.",
    ja="本文が正しいJSONではありません: {cause}。",
    hint_en="Send one JSON object in UTF-8, each name once, without NaN or Infinity.",
    hint_ja="UTF-8のJSONオブジェクトを1つ送ってください。同じ名前を2度使わず、NaNやInfinityを含めないでください。",
)
TOO_LARGE = Problem(
    code="json-too-large",
    fault=Fault.PEER,
    status=413,
    en="The body has more than {limit} bytes.",
    ja="本文が上限の{limit}バイトを超えています。",
    hint_en="Send less in one message.",
    hint_ja="1通の量を減らしてください。",
)
TOO_DEEP = Problem(
    code="json-too-deep",
    fault=Fault.PEER,
    status=400,
    en="The body is nested deeper than {limit} levels or has too many values.",
    ja="本文の入れ子が上限の{limit}段を超えているか、値が多すぎます。",
    hint_en="Send a flatter document.",
    hint_ja="より浅い構造で送ってください。",
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may cost. The defaults fit control messages; records may be larger."""

    size: int = 1024 * 1024
    depth: int = 64
    nodes: int = 50_000


MESSAGE = Limits()
DOCUMENT = Limits(size=16 * 1024 * 1024, nodes=1_000_000)


def loads(raw: bytes, limits: Limits = MESSAGE) -> object:
    """Read one JSON document.

    Raises a PeerError (``json-broken``, ``json-too-large``, ``json-too-deep``) and nothing else.
    """
    if len(raw) > limits.size:
        raise TOO_LARGE(limit=limits.size)
    _check_shape(raw, limits)
    value = _quick(raw)
    if value is not _UNDECIDED:
        return value
    try:
        return json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_float=_decimal,
            parse_constant=_no_constant,
        )
    except UnicodeDecodeError:
        raise BROKEN_JSON(cause="not UTF-8") from None
    except ValueError as error:
        raise BROKEN_JSON(cause=error) from None


def loads_object(raw: bytes, limits: Limits = MESSAGE) -> dict[str, object]:
    """Read one JSON object; anything else is ``json-broken``."""
    value = loads(raw, limits)
    if not isinstance(value, dict):
        raise BROKEN_JSON(cause=f"an object is expected, not {kind_of(value)}")
    return value


def dumps(value: object) -> bytes:
    """Write JSON in UTF-8: dataclasses and enums as they are, Decimal as a string, instants in RFC 3339."""
    return msgspec.json.encode(value)


def kind_of(value: object) -> str:
    """JSON's own word for the type of a value."""
    return _KINDS.get(type(value), "number")


def _quick(raw: bytes) -> object:
    """Good JSON by a compiled reader, several times as quick; what it does not settle is left to the slow one.

    That reader keeps the last of two equal names without a word. In a text without a backslash every string has two
    quotes, before and after: a member that was dropped is missing some.
    """
    if b"\\" in raw:
        return _UNDECIDED
    try:
        value = _COMPILED.decode(raw)
        kept = _AGAIN.encode(value).count(b'"') == raw.count(b'"')
    except (ValueError, OverflowError, RecursionError):
        return _UNDECIDED
    return value if kept else _UNDECIDED


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        ((twice, _),) = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"the name {twice[:80]!r} stands twice in one object")
    return members


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError("a number is out of any range") from None


_COMPILED = msgspec.json.Decoder(float_hook=_decimal)
# As a string a Decimal would have quotes, and make up for a member that was dropped.
_AGAIN = msgspec.json.Encoder(decimal_format="number")
_UNDECIDED = object()


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a JSON value")


def _check_shape(raw: bytes, limits: Limits) -> None:
    """Bound depth and number of values before a recursive parser sees the text (linear time)."""
    if raw.count(b"[") + raw.count(b"{") <= limits.depth and raw.count(b",") <= limits.nodes:
        return
    bare = _STRING.sub(b"", raw)
    if bare.count(b",") + bare.count(b"[") + bare.count(b"{") > limits.nodes:
        raise TOO_DEEP(limit=limits.depth)
    depth = 0
    for bracket in _BRACKET.findall(bare):
        depth += 1 if bracket in _OPENING else -1
        if depth > limits.depth:
            raise TOO_DEEP(limit=limits.depth)


# A string without an end is taken to the end of the text: were it no match, each of its escaped quotes would be tried
# as a beginning, in time that grows with the square of the size.
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*+(?:"|\\?\Z)', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")
_OPENING = (b"[", b"{")
