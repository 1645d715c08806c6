"""Which route a request is for, decided on the path as it was sent.

Ids of datasets and processes are URLs and URNs, so a segment may hold ``%2F``, ``%3A`` or ``%23``: the path is cut at
its slashes first and each segment is decoded afterwards. ``{name}`` stands for exactly one segment that is not empty;
a slash at the end is taken as if it were not there. A literal segment goes before a ``{name}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, unquote

from renkei.exchange.machine.endpoint import Route
from renkei.http.problems import MALFORMED, METHOD_NOT_ALLOWED, NOT_FOUND, ROUTE_TWICE

_PARAMETER = re.compile(r"\{([a-z_]+)\}")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_MOST_SEGMENTS: Final = 32
_MOST_NAMES: Final = 100


@dataclass(slots=True)
class _Node:
    literals: dict[str, _Node] = field(default_factory=dict)
    parameter: _Node | None = None
    routes: dict[str, tuple[Route, tuple[tuple[str, int], ...]]] = field(default_factory=dict)


class RouteTable:
    """The routes of one listener. Raises LocalError ``http-route-twice`` when two rows say the same."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._root = _Node()
        for route in routes:
            self._add(route)

    def _add(self, route: Route) -> None:
        node = self._root
        names: list[tuple[str, int]] = []
        for index, segment in enumerate(_cut(route.path)):
            if match := _PARAMETER.fullmatch(segment):
                names.append((match[1], index))
                node.parameter = node = node.parameter or _Node()
            else:
                node = node.literals.setdefault(segment, _Node())
        if route.method in node.routes or not route.path.startswith("/"):
            raise ROUTE_TWICE(method=route.method, path=route.path)
        node.routes[route.method] = (route, tuple(names))

    def find(self, method: str, path: str) -> tuple[Route, Mapping[str, str]]:
        """The route for a raw path (no query) and the decoded values of its parameters.

        Raises PeerError ``http-not-found``, ``http-method-not-allowed`` (with ``allowed``), ``http-malformed``.
        """
        segments = [_decoded(segment) for segment in _cut(path)]
        if not path.startswith("/") or len(segments) > _MOST_SEGMENTS:
            raise NOT_FOUND(path=path)
        allowed: set[str] = set()
        for node in _walk(self._root, segments, 0):
            if found := node.routes.get(method):
                route, names = found
                return route, {name: segments[index] for name, index in names}
            allowed.update(node.routes)
        if allowed:
            raise METHOD_NOT_ALLOWED(path=path, method=method, allowed=", ".join(sorted(allowed)))
        raise NOT_FOUND(path=path)


def read_query(text: str) -> Mapping[str, str]:
    """The values of a query string. A name that stands twice is refused: two readers would take different ones.

    Raises PeerError ``http-malformed``.
    """
    if not text:
        return {}
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_NAMES)
    except ValueError:
        raise MALFORMED(cause="the query is not UTF-8 or has too many names") from None
    values = dict(pairs)
    if len(values) != len(pairs):
        raise MALFORMED(cause="a name stands twice in the query")
    return values


def _cut(path: str) -> list[str]:
    segments = path.split("/")[1:]
    if len(segments) > 1 and not segments[-1]:
        segments.pop()
    return segments


def _decoded(segment: str) -> str:
    if "%" in segment:
        if _BROKEN_ESCAPE.search(segment):
            raise MALFORMED(cause="a percent sign in the path is not followed by two hexadecimal digits")
        try:
            segment = unquote(segment, errors="strict")
        except UnicodeDecodeError:
            raise MALFORMED(cause="the path is not UTF-8") from None
    if _CONTROL.search(segment):
        raise MALFORMED(cause="the path holds a control character")
    return segment


def _walk(node: _Node, segments: Sequence[str], index: int) -> Iterator[_Node]:
    if index == len(segments):
        yield node
        return
    segment = segments[index]
    if literal := node.literals.get(segment):
        yield from _walk(literal, segments, index + 1)
    if node.parameter is not None and segment:
        yield from _walk(node.parameter, segments, index + 1)
