"""Header fields as the rest of Renkei sees them: names in lower case, each once."""

from __future__ import annotations

from collections.abc import Mapping


def lower_case(fields: Mapping[str, str]) -> dict[str, str]:
    """What several fields of one name say is joined by commas (RFC 9110 section 5.2).

    So a second Authorization spoils the first one instead of hiding behind it.
    """
    headers: dict[str, str] = {}
    for name, value in fields.items():
        lower = name.lower()
        headers[lower] = f"{headers[lower]}, {value}" if lower in headers else value
    return headers
