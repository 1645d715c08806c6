"""What an endpoint is asked and what it answers, whoever carries the bytes (aiohttp, ASGI, a test's network)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """One request as it came in. Header names are lower case; ``path_values`` are the decoded parts of the path.

    ``body`` is whole and bounded by the route's ``size_limit``.
    """

    method: str
    path: str
    path_values: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    base_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is answered.

    ``stream`` replaces ``body`` for large content; ``on_wire`` is called once the last byte has been handed to the
    network (or the connection is lost): only then may the next message leave.
    """

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    stream: AsyncIterator[bytes] | None = None
    on_wire: Callable[[], None] | None = None


Handler = Callable[[Inbound], Awaitable[Reply]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One row of an endpoint table. ``path`` like ``/negotiations/{pid}/request``; ``summary`` is for people."""

    method: str
    path: str
    handler: Handler
    summary: str = ""
    size_limit: int = 1024 * 1024
