"""A protocol message on its way: what the outbox keeps of it, and how one try is judged.

The body is made once and stored; only the authorization is minted for each try. An in-order message that a partner
does not understand yet (404, 409, 429, 5xx, silence) is tried again: it may not have stored its own step.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Final

import msgspec

from renkei.exchange.machine.courier import NotYetError
from renkei.exchange.ports import Answered, Ports
from renkei.exchange.records.processes import NegotiationRecord, TransferRecord
from renkei.kernel.problems import RenkeiError
from renkei.protocol.messages import Message, MessageKind
from renkei.protocol.problems import CROSSED
from renkei.store.port import Delivery
from renkei.wire.dialects import Dialect, dialect_of
from renkei.wire.versions import VERSION

# A first request waits for nothing of ours: a partner that says in the protocol's words that it does not know the offer
# will not know it later. An agreement it may still be about to store.
_FIRST_TRIES: Final = {MessageKind.CONTRACT_REQUEST: 1, MessageKind.TRANSFER_REQUEST: 5}
_ERRORS: Final = frozenset({MessageKind.NEGOTIATION_ERROR.value, MessageKind.TRANSFER_ERROR.value})
_LATER: Final = frozenset({401, 404, 408, 409, 423, 425, 429})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message to one partner. ``opens``: it begins a process; ``version``: the protocol's it is written in."""

    url: str
    kind: MessageKind
    body: str
    opens: bool = False
    version: str = VERSION

    @classmethod
    def of(cls, delivery: Delivery) -> Outgoing:
        """Read it back from the outbox."""
        return msgspec.json.decode(delivery.body, type=cls)


class Verdict(Enum):
    """How a partner took a message."""

    TAKEN = "taken"
    REFUSED = "refused"
    CROSSED = "crossed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A message of ours to be: where it goes below the partner's base, and what it is."""

    path: str
    kind: MessageKind
    message: Message


def deliver_later(ports: Ports, task: str, record: NegotiationRecord | TransferRecord, planned: Planned) -> Delivery:
    """The outbox row for a message of a process.

    A connector of another house (one that does not sign) may take a message before it has stored its own last step, and
    then overwrite what it took: whatever follows its step leaves it time. Ours needs none.
    """
    opening = record.partner_pid is None
    settings = ports.settings
    hurry = opening or not settings.takes_unsigned(record.partner)
    pause = timedelta(seconds=0.0 if hurry else settings.courtesy)
    body = dialect_of(record.protocol_version, ports.dialects).encode(planned.message).decode()
    outgoing = Outgoing(
        url=record.address + planned.path,
        kind=planned.kind,
        body=body,
        opens=opening,
        version=record.protocol_version,
    )
    return Delivery(
        id=ports.ids.new(),
        task=task,
        subject=record.id,
        peer=record.partner,
        due=ports.clock.now() + pause,
        body=msgspec.json.encode(outgoing),
    )


async def attempt(ports: Ports, delivery: Delivery, outgoing: Outgoing) -> tuple[Verdict, Answered]:
    """One try. Raises NotYetError, or the line's PeerError, when another try may help."""
    headers = await ports.identity.authorization(outgoing.kind, delivery.peer)
    answered = await ports.line.send(
        "POST",
        outgoing.url,
        headers={"content-type": "application/json", **headers},
        body=outgoing.body.encode(),
    )
    if answered.ok:
        return Verdict.TAKEN, answered
    dialect = dialect_of(outgoing.version, ports.dialects)
    if answered.status == 409 and _member(answered, "code", dialect) == CROSSED.code:
        return Verdict.CROSSED, answered
    if _settled(delivery, outgoing, answered, dialect):
        return Verdict.REFUSED, answered
    if answered.status in _LATER or answered.status >= 500:
        raise NotYetError(f"{delivery.peer} answered {answered.status}: {said(answered, dialect)}")
    return Verdict.REFUSED, answered


def _settled(delivery: Delivery, outgoing: Outgoing, answered: Answered, dialect: Dialect) -> bool:
    """Whether a first request was refused for good; without the protocol's words it may be a proxy that speaks."""
    refused = outgoing.opens and answered.status in {404, 409} and _member(answered, "@type", dialect) in _ERRORS
    return refused and delivery.tries + 1 >= _FIRST_TRIES.get(outgoing.kind, 1)


def said(answered: Answered, dialect: Dialect) -> str:
    """What a partner said beside the status, shortened, for people: the code and reasons of a protocol error."""
    code, reasons = _member(answered, "code", dialect), _reasons(answered, dialect)
    told = " ".join(filter(None, (code, *reasons)))
    return told or answered.body[:500].decode("utf-8", "replace") or "nothing more"


def partner_pid(answered: Answered, member: str, dialect: Dialect) -> str | None:
    """The pid that an answer to an opening message names; everything else in that answer is optional in the field."""
    return _member(answered, member, dialect)


def _member(answered: Answered, name: str, dialect: Dialect) -> str | None:
    """A text member of an answer's JSON object, if it has one."""
    value = _value(answered, name, dialect)
    return value if isinstance(value, str) and value else None


def _reasons(answered: Answered, dialect: Dialect) -> list[str]:
    """The reasons of an error: texts, or objects of whatever kind (DSP leaves that open)."""
    value = _value(answered, "reason", dialect)
    several = value if isinstance(value, list) else [] if value is None else [value]
    return [str(one) for one in several]


def _value(answered: Answered, name: str, dialect: Dialect) -> object:
    try:
        return dialect.parse(answered.body).get(name)
    except RenkeiError:
        return None
