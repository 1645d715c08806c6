"""The one byte form of a JSON value that is signed and hashed (RFC 8785, JSON Canonicalization Scheme).

Only what Renkei signs is accepted: objects, arrays, strings, booleans, null and integers that every JSON reader
keeps exactly. A number with a fraction is refused, since IEEE doubles would change it: decimals travel as strings.
"""

from __future__ import annotations

import hashlib

import msgspec

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
LARGEST_EXACT = 2**53 - 1
"""The largest integer that every JSON reader keeps; beyond it one may change on the way (RFC 8785 section 3.2.2.3)."""


def canonical(value: object) -> bytes:
    """The canonical UTF-8 bytes of a JSON value. Raises LocalError ``json-not-canonical``."""
    try:
        return _encode(value) if _check(value) else _write(value)
    except UnicodeEncodeError:
        raise NOT_CANONICAL(cause="a lone surrogate in a string") from None
    except RecursionError:
        raise NOT_CANONICAL(cause="it is nested too deeply") from None


def sha256(value: object) -> str:
    """The hash by which a document is named: ``sha-256:`` and the hex digest of its canonical bytes."""
    return digest(canonical(value))


def digest(raw: bytes) -> str:
    """The same form of name for bytes as they are."""
    return digest_name(hashlib.sha256(raw).digest())


def digest_name(sha256_sum: bytes) -> str:
    """The same form for a sum that was taken while the bytes went by."""
    return f"sha-256:{sha256_sum.hex()}"


# It writes strings and integers as RFC 8785 does, and orders names by code points.
_encode = msgspec.json.Encoder(order="sorted").encode


def _check(value: object) -> bool:
    """Refuse what has no canonical form; tell whether plain order of names is the canonical one."""
    plain = True
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str | bool) or item is None:
            continue
        if isinstance(item, dict):
            for name in item:
                if not isinstance(name, str):
                    raise NOT_CANONICAL(cause="a member name is not a string")
                plain = plain and name.isascii()
            waiting.extend(item.values())
        elif isinstance(item, list | tuple):
            waiting.extend(item)
        elif not isinstance(item, int):
            raise NOT_CANONICAL(cause=f"{type(item).__name__} is not a JSON type that is signed")
        elif abs(item) > LARGEST_EXACT:
            raise NOT_CANONICAL(cause=f"the integer {item} is not exact everywhere")
    return plain


def _write(value: object) -> bytes:
    """The slow way, for names whose order by UTF-16 code units (RFC 8785 section 3.2.3) may be another one."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return b"{" + b",".join(_encode(name) + b":" + _write(value[name]) for name in names) + b"}"
    if isinstance(value, list | tuple):
        return b"[" + b",".join(map(_write, value)) + b"]"
    return _encode(value)
