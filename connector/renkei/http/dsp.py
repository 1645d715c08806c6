"""The Dataspace Protocol 2025-1 over HTTPS: every endpoint of both roles, in one table.

What happens on each: the caller is authenticated (who, for us, never before), the body is decoded as what may come
there, the use case answers. A token that was good is used up whatever comes of its message.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, cast
from urllib.parse import quote

from renkei.exchange.catalog.showing import WELL_KNOWN as DESCRIBED
from renkei.exchange.machine.endpoint import Inbound, Reply, Route
from renkei.exchange.participant import Participant
from renkei.exchange.ports import Peer
from renkei.http.problems import CRASHED, WRONG_MEDIA_TYPE
from renkei.http.server import problem_reply
from renkei.kernel import jcs
from renkei.kernel.problems import PeerError, PolicyError, RenkeiError
from renkei.kernel.strict_json import dumps
from renkei.protocol.messages import (
    CatalogMessage,
    CatalogRequest,
    ContractOffer,
    ContractRequest,
    Message,
    MessageKind,
    TransferRequest,
)
from renkei.wire.codec import decode
from renkei.wire.dialects import DSP_2025_1, Dialect, dialect_of
from renkei.wire.errors import INTERNAL_CODE, INTERNAL_REASON, error_message
from renkei.wire.problems import WRONG_TYPE
from renkei.wire.versions import WELL_KNOWN, Authentication, ProtocolVersion, write_versions

_log = logging.getLogger(__name__)
_M: Final = MessageKind
_MOST_SHOWN: Final = 20
_LONGEST_SHOWN: Final = 200
_SAID_WITH: Final = {401: {"www-authenticate": "Bearer"}, 429: {"retry-after": "5"}, 503: {"retry-after": "5"}}
_JSON_TYPES: Final = frozenset({"", "application/json", "application/ld+json"})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One row: what may be sent there. ``opens``: it begins a process."""

    method: str
    path: str
    kind: MessageKind
    error: MessageKind
    opens: bool = False


ENDPOINTS: Final = (
    Endpoint("POST", "/catalog/request", _M.CATALOG_REQUEST, _M.CATALOG_ERROR),
    Endpoint("GET", "/catalog/datasets/{id}", _M.DATASET_REQUEST, _M.CATALOG_ERROR),
    # contract negotiation: at the provider
    Endpoint("POST", "/negotiations/request", _M.CONTRACT_REQUEST, _M.NEGOTIATION_ERROR, opens=True),
    Endpoint("POST", "/negotiations/{pid}/request", _M.CONTRACT_REQUEST, _M.NEGOTIATION_ERROR),
    Endpoint("POST", "/negotiations/{pid}/agreement/verification", _M.AGREEMENT_VERIFICATION, _M.NEGOTIATION_ERROR),
    # at the consumer
    Endpoint("POST", "/negotiations/offers", _M.CONTRACT_OFFER, _M.NEGOTIATION_ERROR, opens=True),
    Endpoint("POST", "/negotiations/{pid}/offers", _M.CONTRACT_OFFER, _M.NEGOTIATION_ERROR),
    Endpoint("POST", "/negotiations/{pid}/agreement", _M.CONTRACT_AGREEMENT, _M.NEGOTIATION_ERROR),
    # at both
    Endpoint("GET", "/negotiations/{pid}", _M.NEGOTIATION, _M.NEGOTIATION_ERROR),
    Endpoint("POST", "/negotiations/{pid}/events", _M.NEGOTIATION_EVENT, _M.NEGOTIATION_ERROR),
    Endpoint("POST", "/negotiations/{pid}/termination", _M.NEGOTIATION_TERMINATION, _M.NEGOTIATION_ERROR),
    # transfer process: at the provider
    Endpoint("POST", "/transfers/request", _M.TRANSFER_REQUEST, _M.TRANSFER_ERROR, opens=True),
    # at both
    Endpoint("GET", "/transfers/{pid}", _M.TRANSFER, _M.TRANSFER_ERROR),
    Endpoint("POST", "/transfers/{pid}/start", _M.TRANSFER_START, _M.TRANSFER_ERROR),
    Endpoint("POST", "/transfers/{pid}/suspension", _M.TRANSFER_SUSPENSION, _M.TRANSFER_ERROR),
    Endpoint("POST", "/transfers/{pid}/completion", _M.TRANSFER_COMPLETION, _M.TRANSFER_ERROR),
    Endpoint("POST", "/transfers/{pid}/termination", _M.TRANSFER_TERMINATION, _M.TRANSFER_ERROR),
)


class DspEndpoints:
    """The DSP endpoints of one participant, below its root: each version's under its own path, in its own dialect."""

    def __init__(self, participant: Participant, versions: Sequence[ProtocolVersion]) -> None:
        self._participant = participant
        self._versions = versions

    def routes(self) -> list[Route]:
        """All rows of all versions as routes, the unauthenticated version document among them."""
        rows = [
            Route(
                method=row.method,
                path=version.path + row.path,
                handler=self._handler(row, dialect_of(version.version, self._participant.ports.dialects)),
                summary=row.kind.value,
            )
            for version in self._versions
            for row in ENDPOINTS
        ]
        rows.append(Route(method="GET", path=WELL_KNOWN, handler=self._version, summary="DSP versions"))
        rows.append(Route(method="GET", path=DESCRIBED, handler=self._described, summary="Self-description"))
        return rows

    async def _version(self, request: Inbound) -> Reply:  # noqa: ARG002 - a handler's shape
        return Reply(body=write_versions(self._versions))

    async def _described(self, request: Inbound) -> Reply:  # noqa: ARG002 - a handler's shape
        return Reply(body=dumps(await self._participant.self_description.document()))

    def _handler(self, row: Endpoint, dialect: Dialect) -> Callable[[Inbound], Awaitable[Reply]]:
        async def handle(request: Inbound) -> Reply:
            try:
                peer = await self._participant.ports.identity.authenticate(row.kind, request.headers)
            except RenkeiError as error:
                return _refusal(row, dialect, error)
            try:
                reply = await self._serve(row, dialect, request, replace(peer, version=dialect.version))
                return self._said_in(dialect, reply)
            except RenkeiError as error:
                await self._burn(peer)
                return _refusal(row, dialect, error)
            except Exception:  # noqa: BLE001 - whatever happens here, a token that was good is used up
                _log.exception("handler crashed", extra={"code": CRASHED.code, "endpoint": row.path})
                await self._burn(peer)
                return _refusal(row, dialect, CRASHED())

        return handle

    def _said_in(self, dialect: Dialect, reply: Reply) -> Reply:
        """The use cases answer in the version in which what they keep is written; any other is made of it here."""
        if dialect is DSP_2025_1 or not reply.body:
            return reply
        message = decode(reply.body)
        if isinstance(message, CatalogMessage):
            here = self._participant.ports.address(dialect.version)
            services = tuple(replace(service, endpoint_url=here) for service in message.catalog.services)
            message = replace(message, catalog=replace(message.catalog, services=services))
        return replace(reply, body=dialect.encode(message))

    async def _burn(self, peer: Peer) -> None:
        try:
            await self._participant.negotiations.burn(peer)
        except RenkeiError as error:
            _log.info("token was used before", extra={"code": error.code, "partner": peer.id})

    async def _serve(self, row: Endpoint, dialect: Dialect, request: Inbound, peer: Peer) -> Reply:
        if row.method == "GET":
            return await self._get(row, request, peer)
        ignored: list[str] = []
        message = await self._decoded(row, dialect, request, peer, ignored)
        if ignored:
            _log.info("unknown members", extra={"code": "wire-ignored", "partner": peer.id, **_some(ignored)})
        if isinstance(message, CatalogRequest):
            return await self._catalog(request, peer, message)
        digest = jcs.digest(request.body)
        if row.opens:
            return await self._open(peer, message, digest)
        processes = self._participant.negotiations if row.error is _M.NEGOTIATION_ERROR else self._participant.transfers
        return await processes.receive(peer, request.path_values["pid"], message, digest)

    async def _decoded(
        self, row: Endpoint, dialect: Dialect, request: Inbound, peer: Peer, ignored: list[str]
    ) -> Message:
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in _JSON_TYPES:
            raise WRONG_MEDIA_TYPE(found=media_type)
        decoder = self._participant.ports.decoder
        return await decoder.decode(request.body, expect=row.kind, ignored=ignored, dialect=dialect, sender=peer.id)

    async def _open(self, peer: Peer, message: Message, digest: str) -> Reply:
        if isinstance(message, TransferRequest):
            return await self._participant.transfers.opened(peer, message, digest)
        opening = cast("ContractRequest | ContractOffer", message)
        if opening.callback_address is None:
            raise WRONG_TYPE(path="/", found="a message of a process that exists", expected="an opening message")
        if isinstance(opening, ContractOffer):
            return await self._participant.negotiations.offered(peer, opening, digest)
        return await self._participant.negotiations.opened(peer, opening, digest)

    async def _get(self, row: Endpoint, request: Inbound, peer: Peer) -> Reply:
        if row.kind is _M.DATASET_REQUEST:
            reply = Reply(body=await self._participant.catalogs.showing.dataset(peer, request.path_values["id"]))
        elif row.kind is _M.NEGOTIATION:
            reply = await self._participant.negotiations.state_for(peer, request.path_values["pid"])
        else:
            reply = await self._participant.transfers.state_for(peer, request.path_values["pid"])
        await self._participant.negotiations.burn(peer)
        return reply

    async def _catalog(self, request: Inbound, peer: Peer, message: CatalogRequest) -> Reply:
        page = await self._participant.catalogs.showing.page(peer, message, request.query.get("page"))
        await self._participant.negotiations.burn(peer)
        here = f"{self._participant.ports.address(peer.version)}/catalog/request?page="
        neighbours = (("next", page.next), ("previous", page.previous))
        links = [f'<{here}{quote(token, safe="")}>; rel="{name}"' for name, token in neighbours if token is not None]
        return Reply(body=page.body, headers={"link": ", ".join(links)} if links else {})


def partner_problem(error: RenkeiError, request: Inbound) -> Reply:
    """How an error leaves by the public listener where no protocol says it: what is wrong here is our own affair.

    That something is not there, or not in a state for what was asked of it, is the partner's affair as well.
    """
    if isinstance(error, PeerError | PolicyError) or error.problem.status in {404, 405, 409}:
        return problem_reply(error, request)
    general = {"code": INTERNAL_CODE, "fault": "local", "message": INTERNAL_REASON, "hint": "Try again later."}
    return Reply(status=error.problem.status or 500, body=dumps(general))


def _some(members: Sequence[str]) -> dict[str, object]:
    """A partner's words for the log: a message of many must not make a long line of it."""
    return {"members": [name[:_LONGEST_SHOWN] for name in members[:_MOST_SHOWN]], "count": len(members)}


def version_entry(dialect: Dialect = DSP_2025_1) -> ProtocolVersion:
    """What we say of ourselves in the version document."""
    return ProtocolVersion(
        version=dialect.version,
        path=dialect.path,
        identifier_type="did:web",
        auth=Authentication(protocol="DCP", version="1.0"),
    )


def _refusal(row: Endpoint, dialect: Dialect, error: RenkeiError) -> Reply:
    _log.warning("request refused", extra={"code": error.code, "cause": error.message(), "endpoint": row.path})
    status = error.problem.status or 500
    headers = _SAID_WITH.get(status, {})
    return Reply(status=status, body=dialect.encode(error_message(error, row.error)), headers=headers)
