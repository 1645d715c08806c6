"""The Repr-Digest header (RFC 9530, section 3): the SHA-256 of the bytes, told before they come."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

REPR_DIGEST: Final = "repr-digest"
_SHA_256 = re.compile(r"(?:^|,)[ \t]*sha-256=:([A-Za-z0-9+/=]{44}):[ \t]*(?:,|$)")


def write_repr_digest(digest: bytes) -> str:
    """The header's value for a SHA-256 of 32 bytes."""
    return f"sha-256=:{base64.b64encode(digest).decode()}:"


def read_repr_digest(header: str) -> bytes | None:
    """The SHA-256 that a header tells. Other algorithms and what is not understood tell nothing."""
    found = _SHA_256.search(header)
    if found is None:
        return None
    try:
        return base64.b64decode(found[1], validate=True)
    except binascii.Error:
        return None
