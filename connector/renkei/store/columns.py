"""How the port's values become columns, the same for every engine; and what no column can hold.

Instants are whole microseconds since 1970-01-01T00:00Z: exact, and sorted as they follow each other. Texts hold
neither NUL (PostgreSQL refuses it) nor lone surrogates (they have no UTF-8); integers stay below 2**62.

Raises LocalError ``store-unfit``, so that engines differ in nothing and no driver's own error comes through.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from renkei.store.port import Changes, Increment
from renkei.store.problems import SPENT, UNFIT

LARGEST = 2**62 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


def utc(moment: datetime) -> datetime:
    """The same instant in UTC."""
    if moment.tzinfo is None:
        raise UNFIT(field="instant", value=moment, cause="it has no zone")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise UNFIT(field="instant", value=moment, cause="it is outside the calendar") from None


def micros(moment: datetime) -> int:
    """The instant as microseconds since 1970."""
    return (utc(moment) - _EPOCH) // _TICK


def instant(count: int) -> datetime:
    """The instant that ``micros`` wrote."""
    return _EPOCH + count * _TICK


def storable(*texts: str | None) -> bool:
    """Whether such texts can stand in a column at all; if not, nothing stored can match them."""
    return all(text is None or _flaw(text) is None for text in texts)


def check(changes: Changes) -> None:
    """Refuse what cannot be stored before anything is.

    Raises LocalError ``store-unfit``.
    """
    texts = list(_texts(changes))
    together = "".join([text for _, text in texts])
    for field, text in texts if "\0" in together or not together.isascii() else ():
        flaw = _flaw(text)
        if flaw is not None:
            raise UNFIT(field=field, value=ascii(text), cause=flaw)
    for field, number in _integers(changes):
        if abs(number) > LARGEST:
            raise UNFIT(field=field, value=number, cause="it is too large")
    for moment in _instants(changes):
        utc(moment)


def added(value: int, increment: Increment) -> int:
    """A counter's next value.

    Raises PolicyError ``store-counter-spent``; LocalError ``store-unfit``.
    """
    total = value + increment.by
    if increment.at_most is not None and total > increment.at_most:
        raise SPENT(name=increment.name, limit=increment.at_most)
    if abs(total) > LARGEST:
        raise UNFIT(field=increment.name, value=total, cause="it is too large")
    return total


def _flaw(text: str) -> str | None:
    if "\0" in text:
        return "it holds a NUL"
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return "it holds half a character"
    return None


def _texts(changes: Changes) -> Iterator[tuple[str, str]]:
    for record in changes.records:
        yield "kind", record.kind
        yield "id", record.id
        yield "peer", record.peer
        yield "state", record.state
        yield "ref", record.ref
    for event in changes.events:
        yield "kind", event.kind
        yield "id", event.id
        yield "type", event.type
    for delivery in changes.deliveries:
        yield "id", delivery.id
        yield "task", delivery.task
        yield "subject", delivery.subject
        yield "peer", delivery.peer
    for delivery_id in changes.delivered:
        yield "id", delivery_id
    for replay in changes.replays:
        yield "issuer", replay.issuer
        yield "jti", replay.jti
    for answer in changes.answers:
        yield "key", answer.key
    for increment in changes.increments:
        yield "name", increment.name


def _integers(changes: Changes) -> Iterator[tuple[str, int]]:
    for record in changes.records:
        yield "version", record.version
    for delivery in changes.deliveries:
        yield "tries", delivery.tries
    for answer in changes.answers:
        yield "status", answer.status
    for increment in changes.increments:
        yield "by", increment.by


def _instants(changes: Changes) -> Iterator[datetime]:
    for event in changes.events:
        yield event.at
    for delivery in changes.deliveries:
        yield delivery.due
    for replay in changes.replays:
        yield replay.expires
