"""The rows of the outbox that are more than one message: each try is safe to repeat, in this life or the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from renkei.exchange.box_messages import box_of
from renkei.exchange.courier import NotYetError
from renkei.exchange.fetching import Fetching
from renkei.exchange.patience import Patience
from renkei.exchange.ports import Ports
from renkei.exchange.problems import BAD_RECORD, ENDED
from renkei.exchange.request_box import Collecting, RequestBox
from renkei.exchange.requests import Requests
from renkei.kernel.problems import ConfigurationError, PolicyError, RenkeiError
from renkei.store.port import Delivery

_HOPELESS: Final = frozenset({"record-refused", "request-malformed"})
# What a box says of a message that it will never take; an unknown request (404) may still be on its way there.
_NEVER: Final = frozenset({400, 403, 409, 413})


@dataclass(frozen=True, slots=True)
class Post:
    """``box``: put a message into the partner's request box."""

    ports: Ports
    fetching: Fetching
    requests: Requests
    patience: Patience

    async def attempt(self, delivery: Delivery) -> None:
        """Agreement (used again), transfer, POST, completion."""
        try:
            partner = await self.ports.directory.find(delivery.peer)
            await self.fetching.push(partner, box_of(partner.id), delivery.body)
        except RenkeiError as error:
            await _later_or_never(self, delivery, error)
            return
        await self.requests.posted(delivery)

    async def give_up(self, delivery: Delivery, cause: RenkeiError) -> None:
        """The request says so."""
        await self.requests.failed(delivery, cause)


@dataclass(frozen=True, slots=True)
class Collect:
    """``collect``: fetch one answer that a partner has announced."""

    fetching: Fetching
    box: RequestBox
    requests: Requests
    patience: Patience

    async def attempt(self, delivery: Delivery) -> None:
        """Agreement, transfer, pull, verification; only a verified record counts."""
        wanted = msgspec.json.decode(delivery.body, type=Collecting)
        try:
            fetched = await self.fetching.fetch(delivery.peer, wanted.dataset)
            if fetched.record is None:
                raise BAD_RECORD(partner=delivery.peer, cause="the dataset is no signed record")
            await self.box.collected(delivery, wanted.kind, fetched.record)
        except RenkeiError as error:
            await _later_or_never(self, delivery, error)

    async def give_up(self, delivery: Delivery, cause: RenkeiError) -> None:
        """The request says so."""
        await self.requests.failed(delivery, cause)


@dataclass(frozen=True, slots=True)
class Prepare:
    """``prepare``: look at an incoming request again."""

    requests: Requests
    patience: Patience

    async def attempt(self, delivery: Delivery) -> None:
        """Ask below, wait, or answer."""
        try:
            await self.requests.prepared(delivery)
        except RenkeiError as error:
            await _later_or_never(self, delivery, error)

    async def give_up(self, delivery: Delivery, cause: RenkeiError) -> None:
        """The request says so, and waits for a person."""
        await self.requests.failed(delivery, cause)


async def _later_or_never(errand: Post | Collect | Prepare, delivery: Delivery, error: RenkeiError) -> None:
    """What a policy, our own configuration or a broken record forbids does not get better by waiting."""
    refused = error.problem is ENDED and error.values.get("state") in _NEVER
    if refused or isinstance(error, PolicyError | ConfigurationError) or error.code in _HOPELESS:
        await errand.give_up(delivery, error)
        return
    raise NotYetError(str(error))
