"""The one byte form of a JSON value that is signed and hashed (RFC 8785, JSON Canonicalization Scheme).

Only what Renkei signs is accepted: objects, arrays, strings, booleans, null and integers that every JSON reader
keeps exactly. A number with a fraction is refused, since IEEE doubles would change it: decimals travel as strings.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

from renkei.kernel.problems import Fault, Problem

NOT_CANONICAL = Problem(
    code="json-not-canonical",
    fault=Fault.LOCAL,
    status=400,
    en="This value has no canonical form that can be signed: {cause}.",
    ja="この値には署名できる正規形がありません: {cause}。",
    hint_en="Write numbers with a fraction and very large integers as strings.",
    hint_ja="小数や非常に大きな整数は文字列で書いてください。",
)
_LARGEST_EXACT = 2**53 - 1  # RFC 8785 section 3.2.2.3: beyond it an integer may change on the way


def canonical(value: object) -> bytes:
    """The canonical UTF-8 bytes of a JSON value. Raises LocalError ``json-not-canonical``."""
    try:
        return "".join(_write(value)).encode("utf-8")
    except UnicodeEncodeError:
        raise NOT_CANONICAL(cause="a lone surrogate in a string") from None


def sha256(value: object) -> str:
    """The hash by which a document is named: ``sha-256:`` and the hex digest of its canonical bytes."""
    return digest(canonical(value))


def digest(raw: bytes) -> str:
    """The same form of name for bytes as they are."""
    return "sha-256:" + hashlib.sha256(raw).hexdigest()


def _write(value: object) -> Iterator[str]:
    if value is None or isinstance(value, bool):
        yield {None: "null", True: "true", False: "false"}[value]
    elif isinstance(value, str):
        yield json.dumps(value, ensure_ascii=False)
    elif isinstance(value, int):
        if abs(value) > _LARGEST_EXACT:
            raise NOT_CANONICAL(cause=f"the integer {value} is not exact everywhere")
        yield str(value)
    elif isinstance(value, dict):
        yield from _write_object(value)
    elif isinstance(value, list | tuple):
        yield "["
        for index, item in enumerate(value):
            if index:
                yield ","
            yield from _write(item)
        yield "]"
    else:
        raise NOT_CANONICAL(cause=f"{type(value).__name__} is not a JSON type that is signed")


def _write_object(members: dict[object, object]) -> Iterator[str]:
    yield "{"
    names = [name for name in members if isinstance(name, str)]
    if len(names) != len(members):
        raise NOT_CANONICAL(cause="a member name is not a string")
    # RFC 8785 section 3.2.3: names are ordered by their UTF-16 code units.
    for index, name in enumerate(sorted(names, key=lambda text: text.encode("utf-16-be", "surrogatepass"))):
        if index:
            yield ","
        yield json.dumps(name, ensure_ascii=False)
        yield ":"
        yield from _write(members[name])
    yield "}"
