"""Management at a glance: who we are, whether we are well, how things stand, what happened."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from datetime import datetime
from enum import Enum
from typing import Final

import msgspec

from renkei.exchange.answer.box_messages import box_of
from renkei.exchange.records.assets import AssetRecord
from renkei.exchange.records.parts import PartRecord
from renkei.exchange.records.processes import AgreementRecord, NegotiationRecord, Side, TransferRecord
from renkei.exchange.records.requests import DocumentRecord, RequestRecord, RequestState
from renkei.http.management.operations import Desk, Nothing, Operation, PathValues, operation
from renkei.http.management.paging import Limit
from renkei.http.management.views import HistoryEvent, Page, View
from renkei.policy.admission import AdmissionRules
from renkei.protocol.negotiation import NegotiationState
from renkei.protocol.transfer import TransferState

_MOST_ROWS: Final = 1000
_OFFERED: Final = "offered"


class About(View, frozen=True, kw_only=True):
    """Who this is. ``did``: our participant id, which need not be a DID; ``address``: the base of our DSP endpoints.

    ``partners``: the short names of partners, by participant id.
    """

    did: str
    name: str
    public_url: str
    address: str
    dsp_versions: list[str]
    renkei: str
    python: str
    ready: bool
    started: datetime
    templates: list[str]
    partners: dict[str, str]


class Health(View, frozen=True, kw_only=True):
    """For probes; without a token, and without a word about the participant."""

    ready: bool


class Outbox(View, frozen=True, kw_only=True):
    """What is still to be done towards partners. ``rows``: at most 1000 are counted; ``tries``: the highest."""

    rows: int
    oldest_due: datetime | None
    tries: int


class Status(View, frozen=True, kw_only=True):
    """How things stand: counts by state, states without any left out. ``uptime_s`` in whole seconds.

    ``assets``: the datasets we offer, without our request box.
    """

    did: str
    name: str
    ready: bool
    uptime_s: int
    negotiations: dict[str, int]
    agreements: dict[str, int]
    transfers: dict[str, int]
    requests_in: dict[str, int]
    requests_out: dict[str, int]
    assets: int
    parts: int
    documents: int
    outbox: Outbox
    admission: Admitted


class Admitted(View, frozen=True, kw_only=True):
    """Who may speak with us: all conditions that are set must hold. ``everyone``: none is set."""

    everyone: bool
    connectors: list[str]
    attributes: dict[str, list[str]]
    security_profile: str


class HistoryPaging(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``after``: the last ``seq`` that is known; of one kind, or of one thing."""

    after: int = 0
    limit: Limit = 100
    kind: str | None = None
    id: str | None = None


async def show_about(desk: Desk, values: PathValues, asked: Nothing) -> About:
    """Who this is."""
    ports = desk.participant.ports
    return About(
        did=ports.identity.participant,
        name=desk.name,
        public_url=desk.public_url,
        address=ports.settings.address,
        dsp_versions=["2025-1"],
        renkei=desk.version,
        python=platform.python_version(),
        ready=True,
        started=desk.started,
        templates=sorted(desk.participant.templates),
        partners=dict(desk.names()),
    )


async def show_health(desk: Desk, values: PathValues, asked: Nothing) -> Health:
    """Whether the database answers."""
    await desk.participant.ports.store.counter("health")
    return Health(ready=True)


async def show_status(desk: Desk, values: PathValues, asked: Nothing) -> Status:
    """How things stand."""
    ports = desk.participant.ports
    store = ports.store
    rows = await store.deliveries(limit=_MOST_ROWS)
    final = {side.value: AgreementRecord.state_of(side, final=True) for side in Side}
    return Status(
        did=ports.identity.participant,
        name=desk.name,
        ready=True,
        uptime_s=max(0, int((ports.clock.now() - desk.started).total_seconds())),
        negotiations=await _counted(desk, NegotiationRecord.kind, _values(NegotiationState)),
        agreements=await _counted(desk, AgreementRecord.kind, final.items()),
        transfers=await _counted(desk, TransferRecord.kind, _values(TransferState)),
        requests_in=await _counted(desk, RequestRecord.kind, _values(RequestState, "in-")),
        requests_out=await _counted(desk, RequestRecord.kind, _values(RequestState, "out-")),
        assets=await _offered(desk),
        parts=await store.count(PartRecord.kind),
        documents=await store.count(DocumentRecord.kind),
        outbox=Outbox(
            rows=len(rows),
            oldest_due=rows[0].due if rows else None,
            tries=max((row.tries for row in rows), default=0),
        ),
        admission=_admitted(ports.settings.admitted),
    )


def _admitted(rules: AdmissionRules) -> Admitted:
    return Admitted(
        everyone=rules.open,
        connectors=list(rules.connectors),
        attributes={name: list(values) for name, values in rules.attributes.items()},
        security_profile=rules.security_profile,
    )


async def _offered(desk: Desk) -> int:
    """How many datasets we offer; our request box is none of them."""
    ports = desk.participant.ports
    box = await ports.store.load(AssetRecord.kind, box_of(ports.identity.participant))
    return await ports.store.count(AssetRecord.kind, state=_OFFERED) - int(box is not None and box.state == _OFFERED)


def _values(states: type[Enum], prefix: str = "") -> Iterable[tuple[str, str]]:
    """Each state's name as shown, and as it stands in the store's column."""
    return [(state.value, f"{prefix}{state.value}") for state in states]


async def _counted(desk: Desk, kind: str, states: Iterable[tuple[str, str]]) -> dict[str, int]:
    counts = {name: await desk.participant.ports.store.count(kind, state=state) for name, state in states}
    return {name: count for name, count in counts.items() if count}


async def list_events(desk: Desk, values: PathValues, asked: HistoryPaging) -> Page[HistoryEvent]:
    """What happened, oldest first; nothing of it is ever changed or removed."""
    events = await desk.participant.ports.store.events(
        kind=asked.kind, record_id=asked.id, after=asked.after, limit=asked.limit
    )
    more = len(events) == asked.limit
    return Page(items=[HistoryEvent.of(event) for event in events], next=str(events[-1].seq) if more else None)


OPERATIONS: Final[tuple[Operation, ...]] = (
    operation("GET /about", "Who this is", show_about, Nothing, About),
    operation("GET /health", "Whether it is well", show_health, Nothing, Health, open=True),
    operation("GET /status", "How things stand", show_status, Nothing, Status),
    operation("GET /events", "What happened", list_events, HistoryPaging, Page[HistoryEvent]),
)
