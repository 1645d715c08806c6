"""What due diligence needs beside statements and records: alerts that were told, salts of facilities, what runs out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from renkei.battery.diligence.alert import Alert
from renkei.battery.diligence.codes import DiligenceCodes
from renkei.battery.diligence.rollup import Alerts
from renkei.battery.diligence.standing import own_entry
from renkei.battery.diligence.statement import DiligenceStatement
from renkei.exchange.ports import Ports
from renkei.exchange.records.alerts import AlertOrigin, AlertRecord
from renkei.exchange.records.kept import Document
from renkei.store.paging import every
from renkei.store.port import Delivery, Store

EXPIRY_TASK: Final = "diligence-expiry"
_OF_US: Final = (AlertOrigin.RAISED, AlertOrigin.EXPIRED)


async def told_alerts(
    store: Store, codes: DiligenceCodes, us: str, own: Iterable[str], bought: Iterable[tuple[str, str]]
) -> Alerts:
    """What we raised ourselves on parts of ours, and what suppliers told of components, in every revision."""
    alerts: dict[tuple[str, str], list[Alert]] = {}
    for part, origins, partner in (
        *((part, _OF_US, "") for part in own),
        *((component, (AlertOrigin.TOLD,), supplier) for component, supplier in bought),
    ):
        for origin in origins:
            async for row in every(store, AlertRecord.kind, peer=partner, state=origin.value, ref=part):
                record = AlertRecord.of(row)
                alerts.setdefault((part, partner or us), []).append(Alert.from_json(record.alert, codes))
    return alerts


def salted(statement: Document, secret: Callable[[], str]) -> Document:
    """A statement in which each facility has a salt of its own; what has one keeps it."""
    minerals = statement.get("minerals")
    if not isinstance(minerals, list):
        return statement
    return {**statement, "minerals": [_salted_mineral(each, secret) for each in minerals]}


def _salted_mineral(mineral: object, secret: Callable[[], str]) -> object:
    if not isinstance(mineral, dict) or not isinstance(mineral.get("facilities"), list):
        return mineral
    facilities = [
        {**each, "salt": secret()} if isinstance(each, dict) and "salt" not in each else each
        for each in mineral["facilities"]
    ]
    return {**mineral, "facilities": facilities}


def same_salts(before: Document, after: Document) -> Document:
    """What has not changed keeps its salt, so that its hash stays the same from version to version."""
    known = {}
    for mineral in _objects(before.get("minerals")):
        for facility in _objects(mineral.get("facilities")):
            known[_named(facility)] = facility.get("salt")
    minerals = [
        {**mineral, "facilities": [_with_salt(each, known) for each in _objects(mineral.get("facilities"))]}
        if "facilities" in mineral
        else mineral
        for mineral in _objects(after.get("minerals"))
    ]
    whole = minerals and len(minerals) == len(_items(after.get("minerals")))
    return {**after, "minerals": minerals} if whole else after


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _objects(value: object) -> list[Document]:
    return [each for each in _items(value) if isinstance(each, dict)]


def _named(facility: Document) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, str(value)) for name, value in facility.items() if name != "salt"))


def _with_salt(facility: Document, known: dict[tuple[tuple[str, str], ...], object]) -> Document:
    salt = known.get(_named(facility))
    return {**facility, "salt": salt} if "salt" not in facility and salt is not None else facility


def ends(statement: DiligenceStatement, codes: DiligenceCodes) -> list[tuple[str, str, date]]:
    """What of our own evidence runs out when: mineral, step, last day."""
    found = []
    for entry in statement.minerals:
        own = own_entry(entry, statement.facilities.get(entry.mineral, ()), codes)
        found += [(entry.mineral, step, day) for step, day in own.expires.items()]
    return found


def expiry_row(
    statement: DiligenceStatement, codes: DiligenceCodes, ports: Ports, after: date | None = None
) -> tuple[Delivery, ...]:
    """The row of the outbox that looks for evidence that has run out: now, or (``after`` a day) when the next has.

    A part has one such row; none where nothing of it ever runs out.
    """
    days = [day for _, _, day in ends(statement, codes) if day < date.max]  # the last day there is never ends
    now = ports.clock.now()
    if after is not None:
        days = [day for day in days if day >= after]
    if not days:
        return ()
    return (
        Delivery(
            id=f"{EXPIRY_TASK}:{statement.part.id}",
            task=EXPIRY_TASK,
            subject=f"part:{statement.part.id}",
            peer=ports.identity.participant,
            due=now if after is None else datetime.combine(min(days) + timedelta(days=1), time(), UTC),
        ),
    )
