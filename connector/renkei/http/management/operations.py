"""One row of the management API's table, typed at both ends: what is asked, what is answered, who handles it.

What is asked is a struct: the query of a GET or DELETE, the JSON body of a POST or PUT. Both are read strictly (a name
nobody knows is an error), and the OpenAPI document is made from the same structs.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, TypeAlias, TypeVar, cast

import msgspec

from renkei.exchange.machine.endpoint import Inbound
from renkei.exchange.participant import Participant
from renkei.exchange.records.assets import Source
from renkei.http.management.problems import BAD_BODY, BAD_QUERY
from renkei.kernel import strict_json

BASE: Final = "/v1"
JSON: Final = "application/json"
# The escape itself, not a backslash that is escaped and happens to stand before such letters.
_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
T = TypeVar("T", bound=msgspec.Struct)
A = TypeVar("A")
PathValues: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the handlers work with.

    ``folder``: the connector's; ``check_source`` refuses at publishing what could never be served; ``name``: what
    people call this participant; ``hosts``: further names under which the API may be called; ``partner_names``: short
    names of configured partners, by participant id.
    """

    participant: Participant
    token: str
    folder: Path
    check_source: Callable[[Source], Awaitable[None]]
    public_url: str
    version: str
    started: datetime
    name: str = ""
    hosts: frozenset[str] = frozenset()
    partner_names: Mapping[str, str] = field(default_factory=dict)

    def names(self) -> Mapping[str, str]:
        """Short names of partners, by participant id: the configuration's before those made known at run time."""
        return {**self.participant.onboarding.names, **self.partner_names}


Handler: TypeAlias = Callable[[Desk, PathValues, T], Awaitable[A]]


class Nothing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """No query, no body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One row. ``open``: needs no token, since it tells nothing of the participant.

    ``media_type``: of the answer; where it is not JSON, the handler answers a text.
    """

    method: str
    path: str
    summary: str
    group: str
    asked: type[msgspec.Struct]
    answer: object
    handler: Callable[[Desk, PathValues, msgspec.Struct], Awaitable[object]]
    status: int = 200
    open: bool = False
    size_limit: int = 1024 * 1024
    media_type: str = JSON

    @property
    def name(self) -> str:
        """The operation's id: its handler's name."""
        return self.handler.__name__

    @property
    def has_body(self) -> bool:
        """Whether what is asked stands in the body."""
        return self.method in {"POST", "PUT"}

    def read(self, request: Inbound) -> msgspec.Struct:
        """What is asked. Raises ConfigurationError ``management-bad-…`` or PeerError ``json-…``."""
        if not self.has_body:
            return self._read_query(request.query)
        limits = strict_json.Limits(size=self.size_limit, nodes=strict_json.DOCUMENT.nodes)
        body = strict_json.loads_object(request.body, limits) if request.body else {}
        if b"\\u" in request.body:
            _demand_text(body)
        try:
            return msgspec.convert(body, type=self.asked)
        except msgspec.ValidationError as error:
            raise BAD_BODY(cause=error) from None

    def _read_query(self, query: Mapping[str, str]) -> msgspec.Struct:
        try:
            return msgspec.convert(dict(query), type=self.asked, strict=False)
        except msgspec.ValidationError as error:
            known = ", ".join(self.asked.__struct_encode_fields__) or "—"
            raise BAD_QUERY(cause=error, known=known) from None


def _demand_text(body: Mapping[str, object]) -> None:
    """Only escapes can bring in what no store keeps: half a character, or a NUL."""
    try:
        whole = _NUL.search(strict_json.dumps(body)) is None
    except UnicodeEncodeError:
        whole = False
    if not whole:
        raise BAD_BODY(cause="a text holds half a character or a NUL")


def operation(
    route: str,
    summary: str,
    handler: Handler[T, A],
    asked: type[T],
    answer: type[A],
    *,
    status: int = 200,
    open: bool = False,  # noqa: A002 - the row's own word
    size_limit: int = 1024 * 1024,
) -> Operation:
    """A row whose handler, request and answer fit each other by type. ``route`` is like ``GET /assets/{id}``."""
    method, _, path = route.partition(" ")
    return Operation(
        method=method,
        path=f"{BASE}{path}",
        summary=summary,
        group=path.split("/")[1],
        asked=asked,
        answer=answer,
        handler=cast("Callable[[Desk, PathValues, msgspec.Struct], Awaitable[object]]", handler),
        status=status,
        open=open,
        size_limit=size_limit,
    )
