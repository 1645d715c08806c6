"""Points in time as they travel: RFC 3339 in UTC, always with a zone.

Pure code never asks for the time; it gets an aware ``datetime`` as an argument.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from renkei.kernel.problems import Fault, Problem

BAD_INSTANT = Problem(
    code="instant-malformed",
    fault=Fault.PEER,
    status=400,
    en="{text} is not a point in time with a zone.",
    ja="{text} はタイムゾーン付きの日時ではありません。",
    hint_en="Write it like 2026-11-22T09:30:00Z.",
    hint_ja="2026-11-22T09:30:00Z のように書いてください。",
)
_FORM = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})", re.ASCII)


def parse(text: str) -> datetime:
    """Read ``2026-11-22T09:30:00Z`` (any offset, up to nanoseconds, cut to microseconds) as an aware UTC value.

    Raises PeerError ``instant-malformed``.
    """
    if not _FORM.fullmatch(text):
        raise BAD_INSTANT(text=text)
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BAD_INSTANT(text=text) from None


def render(moment: datetime) -> str:
    """Write an aware ``datetime`` in UTC, with microseconds only where there are any."""
    if moment.tzinfo is None:
        raise BAD_INSTANT(text=moment)
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
