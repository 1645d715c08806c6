"""The management API's routes: every request passes the same gate, is read by its row, handled, answered as JSON.

What must hold before a handler sees a request:

1. it calls us by a loopback name or one that is configured (a foreign name is how a web page reaches loopback: DNS
   rebinding);
2. it does not come from a page of another site (``Origin``); there are no CORS headers, so a browser refuses the rest;
3. it brings the management token, compared in constant time (rows that tell nothing of the participant excepted);
4. its body, if any, is JSON.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Final
from urllib.parse import urlsplit

from renkei.exchange.machine.endpoint import Inbound, Reply, Route
from renkei.exchange.records.kept import Document
from renkei.http.management import (
    catalogs,
    consents,
    contracts,
    crosswalks,
    declarations,
    diligence,
    disclosures,
    evidence,
    footprint_questions,
    footprints,
    formats,
    imports,
    inbox,
    notices,
    obligations,
    offers,
    overview,
    partners,
    parts,
    passports,
    policies,
    requests,
    statements,
    traces,
    updates,
)
from renkei.http.management.openapi import openapi_document
from renkei.http.management.operations import BASE, JSON, Desk, Nothing, Operation, PathValues, operation
from renkei.http.management.problems import FOREIGN_HOST, FOREIGN_ORIGIN, UNAUTHORIZED
from renkei.http.management.views import named
from renkei.http.problems import WRONG_MEDIA_TYPE
from renkei.kernel import strict_json
from renkei.kernel.problems import Fault, RenkeiError

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_HOST: Final = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\s@:/?#\\\[\]]+))(?::[0-9]{1,5})?", re.ASCII)
_STATUS: Final = {Fault.LOCAL: 409, Fault.PEER: 502, Fault.POLICY: 403, Fault.CONFIGURATION: 400}


async def show_openapi(desk: Desk, values: PathValues, asked: Nothing) -> Document:
    """This very table as an OpenAPI document."""
    return _document(desk.version)


OPERATIONS: Final[tuple[Operation, ...]] = (
    *overview.OPERATIONS,
    operation("GET /openapi.json", "This API, described", show_openapi, Nothing, Document, open=True),
    *offers.OPERATIONS,
    *catalogs.OPERATIONS,
    *policies.OPERATIONS,
    *partners.OPERATIONS,
    *contracts.OPERATIONS,
    *requests.OPERATIONS,
    *inbox.OPERATIONS,
    *consents.OPERATIONS,
    *obligations.OPERATIONS,
    *notices.OPERATIONS,
    *disclosures.OPERATIONS,
    *updates.OPERATIONS,
    *parts.OPERATIONS,
    *diligence.OPERATIONS,
    *footprints.OPERATIONS,
    *footprint_questions.OPERATIONS,
    *crosswalks.OPERATIONS,
    *traces.OPERATIONS,
    *evidence.OPERATIONS,
    *statements.OPERATIONS,
    *declarations.OPERATIONS,
    *passports.OPERATIONS,
    *formats.OPERATIONS,
    *imports.OPERATIONS,
)


@cache
def _document(version: str) -> Document:
    return openapi_document(OPERATIONS, version)


class ManagementEndpoints:
    """The management API of one participant."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """Every row of the table as a route."""
        return [
            Route(
                method=row.method,
                path=row.path,
                handler=self._handler(row),
                summary=row.summary,
                size_limit=row.size_limit,
            )
            for row in OPERATIONS
        ]

    def _handler(self, row: Operation) -> Callable[[Inbound], Awaitable[Reply]]:
        async def handle(request: Inbound) -> Reply:
            check(request, self._desk, open_row=row.open)
            try:
                answer = await row.handler(self._desk, request.path_values, row.read(request))
            except RenkeiError as error:
                raise _at_the_edge(error, self._desk.names()) from error
            headers = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
            shown = named(answer, self._desk.names())
            body = strict_json.dumps(shown) if row.media_type == JSON else str(shown).encode()
            return Reply(status=row.status, body=body, content_type=row.media_type, headers=headers)

        return handle


def check(request: Inbound, desk: Desk, *, open_row: bool) -> None:
    """The gate (1 to 4). Raises ConfigurationError or PolicyError ``management-…``."""
    host = request.headers.get("host", "")
    if _name(host) not in _LOOPBACK | desk.hosts:  # 1
        raise FOREIGN_HOST(host=host or "—")
    origin = request.headers.get("origin")
    if origin is not None and _site(origin) != host.lower():  # 2
        raise FOREIGN_ORIGIN(origin=origin)
    if not open_row:  # 3
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        right = hmac.compare_digest(token.strip().encode("utf-8", "surrogateescape"), desk.token.encode())
        if scheme.lower() != "bearer" or not right or not desk.token:
            raise UNAUTHORIZED()
    if request.body:  # 4
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != "application/json":
            raise WRONG_MEDIA_TYPE(found=media_type or "of no named type")


def _name(host: str) -> str:
    """The host without its port, an IPv6 address without its brackets; empty for what is no name and port alone."""
    plain = _HOST.fullmatch(host)
    return "" if plain is None else (plain[1] or plain[2]).lower()


def _site(origin: str) -> str:
    """The host and port of a page; of one that has none, nothing that a host could be equal to."""
    try:
        return urlsplit(origin).netloc.lower() or "—"
    except ValueError:
        return "—"


def _at_the_edge(error: RenkeiError, names: Mapping[str, str]) -> RenkeiError:
    """The status of an error on its way to the operator, and the partner in it by the name that the operator gave it.

    A 401 of a partner's, or one about a partner's identity, is no matter of the management token; errors that never
    leave towards partners have no status of their own yet.
    """
    problem = error.problem
    if problem.status in {0, 401}:
        problem = replace(problem, status=_STATUS[problem.fault])
    partner = error.values.get("partner")
    known = {"partner": names[partner]} if isinstance(partner, str) and partner in names else {}
    return problem(**{**error.values, **known}) if known or problem is not error.problem else error


__all__ = ["BASE", "OPERATIONS", "ManagementEndpoints", "check"]
