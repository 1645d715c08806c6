"""What DSP 2025-1 demands in words only, beyond its JSON Schemas: one row for each, checked on typed messages.

1.  A process id is never empty.
2.  A callback address is an absolute http(s) URL that a path can be appended to.
3.  An offer in a negotiation message has a target.
4.  An agreement has a timestamp.
5.  A timestamp is a whole XML Schema dateTime (the schema's pattern is not anchored).
6.  An offer inside a catalog has no target.
7.  A rule inside an offer has no target.

Rows 5 to 7 are kept by ``policy.read``, which sees the terms; they stand here so that the list is complete. Not taken
over: "a catalog has at least one data service", which the specification's own nested example breaks.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from renkei.kernel.problems import Problem, RenkeiError
from renkei.policy.problems import MALFORMED, UNKNOWN_TERM
from renkei.protocol.messages import ContractAgreement, ContractOffer, ContractRequest, Message
from renkei.wire.problems import AGREEMENT_TIMESTAMP, CALLBACK_ADDRESS, EMPTY_PID, OFFER_TARGET

LONGEST_ADDRESS: Final = 2048
_ADDRESS = re.compile(
    r"https?://(\[[0-9a-f:.]+\]|[a-z0-9][a-z0-9._\-]*)(:(?P<port>[0-9]{1,5}))?(/[!$-;=@-\[\]_a-z~]*)?",
    re.ASCII | re.IGNORECASE,
)
_LARGEST_PORT = 65535


def _pids(message: Message) -> RenkeiError | None:
    """Row 1."""
    for path, attribute in (("consumerPid", "consumer_pid"), ("providerPid", "provider_pid")):
        if getattr(message, attribute, None) == "":
            return EMPTY_PID(path=path)
    return None


def _callback(message: Message) -> RenkeiError | None:
    """Row 2."""
    address = getattr(message, "callback_address", None)
    if address is None or callable_address(address):
        return None
    return CALLBACK_ADDRESS(path="callbackAddress", found=address, limit=LONGEST_ADDRESS)


def _target(message: Message) -> RenkeiError | None:
    """Row 3."""
    if isinstance(message, ContractRequest | ContractOffer) and message.offer.target is None:
        return OFFER_TARGET(path="offer.target")
    return None


def _timestamp(message: Message) -> RenkeiError | None:
    """Row 4."""
    if isinstance(message, ContractAgreement) and message.agreement.timestamp is None:
        return AGREEMENT_TIMESTAMP(path="agreement.timestamp")
    return None


@dataclass(frozen=True, slots=True)
class ProseRule:
    """One demand: its number here, where the specification says it, the problem it ends in, and the check."""

    number: int
    section: str
    text: str
    problem: Problem
    check: Callable[[Message], RenkeiError | None] | None = None


RULES: Final[tuple[ProseRule, ...]] = (
    ProseRule(1, "negotiation 2, transfer 2", "a process id is never empty", EMPTY_PID, _pids),
    ProseRule(2, "negotiation.binding 2.2", "a callback address is an absolute URL", CALLBACK_ADDRESS, _callback),
    ProseRule(3, "negotiation 2.1, 2.2", "an offer in a message has a target", OFFER_TARGET, _target),
    ProseRule(4, "negotiation 2.3", "an agreement has a timestamp", AGREEMENT_TIMESTAMP, _timestamp),
    ProseRule(5, "negotiation 2.3", "a timestamp is a whole xsd:dateTime", MALFORMED),
    ProseRule(6, "catalog 3.2", "an offer inside a catalog has no target", UNKNOWN_TERM),
    ProseRule(7, "negotiation 2.1, 2.2; catalog 3.2", "a rule inside an offer has no target", UNKNOWN_TERM),
)
_CHECKS = tuple(rule.check for rule in RULES if rule.check is not None)


def check(message: Message) -> None:
    """Raise the PeerError of the first row that the message breaks."""
    for holds in _CHECKS:
        broken = holds(message)
        if broken is not None:
            raise broken


def callable_address(address: str) -> bool:
    """Whether paths can be appended to it: absolute http(s), no user, query or fragment, bounded."""
    match = _ADDRESS.fullmatch(address) if len(address) <= LONGEST_ADDRESS else None
    return match is not None and int(match["port"] or 0) <= _LARGEST_PORT
