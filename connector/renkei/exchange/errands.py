"""The rows of the outbox that are more than one message: each try is safe to repeat, in this life or the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import msgspec

from renkei.exchange.answer.box_messages import box_of, write_box_message
from renkei.exchange.consent.consent_problems import EXPIRED, WITHDRAWN
from renkei.exchange.consent.consents import Consents
from renkei.exchange.fetching import Fetching
from renkei.exchange.machine.courier import NotYetError
from renkei.exchange.machine.patience import Patience
from renkei.exchange.ports import Ports
from renkei.exchange.problems import BAD_RECORD, ENDED
from renkei.exchange.records.consents import ConsentRecord, ConsentState
from renkei.exchange.request.request_box import Collecting, RequestBox
from renkei.exchange.request.requests import Requests
from renkei.exchange.transfer.transfers import Transfers
from renkei.exchange.update.successors import Successors
from renkei.kernel.problems import ConfigurationError, PolicyError, RenkeiError
from renkei.store.port import Delivery

_HOPELESS: Final = frozenset({"record-refused", "request-malformed"})
# What a box says of a message that it will never take; an unknown request (404) may still be on its way there.
_NEVER: Final = frozenset({400, 403, 409, 413})


class Sender(Protocol):
    """Whose messages are put into boxes: what it stores when one was taken, or given up."""

    async def posted(self, delivery: Delivery) -> None:
        """The partner's box has taken it."""
        ...

    async def failed(self, delivery: Delivery, cause: RenkeiError) -> None:
        """It was given up."""
        ...


@dataclass(frozen=True, slots=True)
class Post:
    """``box`` and ``consent-box``: put a message into the partner's request box."""

    ports: Ports
    fetching: Fetching
    sender: Sender
    patience: Patience

    async def attempt(self, delivery: Delivery) -> None:
        """Agreement (used again), transfer, POST, completion."""
        try:
            partner = await self.ports.directory.find(delivery.peer)
            await self.fetching.push(partner, box_of(partner.id), delivery.body)
        except RenkeiError as error:
            await _later_or_never(self, delivery, error)
            return
        await self.sender.posted(delivery)

    async def give_up(self, delivery: Delivery, cause: RenkeiError) -> None:
        """What it is about says so."""
        await self.sender.failed(delivery, cause)


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


@dataclass(frozen=True, slots=True)
class Notes:
    """``request-note``: a ``Sender`` of words and reminders, on which nothing hangs."""

    requests: Requests

    async def posted(self, delivery: Delivery) -> None:
        """The partner's box has taken it."""
        await self.requests.noted(delivery)

    async def failed(self, delivery: Delivery, cause: RenkeiError) -> None:
        """It was given up."""
        await self.requests.noted(delivery, cause)


@dataclass(frozen=True, slots=True)
class Remind:
    """``request-remind``: the day of a reminder."""

    requests: Requests
    patience: Patience

    async def attempt(self, delivery: Delivery) -> None:
        """Put it into the outbox, and see to the next."""
        try:
            await self.requests.reminder_due(delivery)
        except RenkeiError as error:
            # Only our own store can stand in the way.
            raise NotYetError(str(error), count=False) from error

    async def give_up(self, delivery: Delivery, cause: RenkeiError) -> None:
        """Never asked for, since no try counts."""
        await self.requests.noted(delivery, cause)


@dataclass(frozen=True, slots=True)
class Report:
    """``request-progress``: tell the asker how far those are whom we asked."""

    ports: Ports
    fetching: Fetching
    requests: Requests
    patience: Patience

    async def attempt(self, delivery: Delivery) -> None:
        """The counts as they are now; an older partner that does not know the message is left in peace."""
        try:
            told = await self.requests.progress(delivery)
            if told is not None:
                partner = await self.ports.directory.find(delivery.peer)
                await self.fetching.push(partner, box_of(partner.id), write_box_message(told))
            await self.requests.reported(delivery, told)
        except RenkeiError as error:
            await _later_or_never(self, delivery, error)

    async def give_up(self, delivery: Delivery, cause: RenkeiError) -> None:
        """The next change is told again."""
        await self.requests.noted(delivery, cause)


@dataclass(frozen=True, slots=True)
class EndConsent:
    """``consent-end``: a consent is over, in time or by withdrawal; what it carried is suspended."""

    consents: Consents
    transfers: Transfers
    successors: Successors
    patience: Patience

    async def attempt(self, delivery: Delivery) -> None:
        """Until nothing runs any more that it carried; that no token opens follows from the consent alone."""
        try:
            over = await self.consents.over(delivery.subject)
            waiting = [] if over is None else await self._suspend(over)
        except RenkeiError as error:
            # Only our own store can stand in the way, and the consent stays over.
            raise NotYetError(str(error), count=False) from error
        if waiting:
            raise NotYetError(f"the start of {', '.join(waiting)} is on its way", count=False)
        await self.consents.done(delivery)

    async def give_up(self, delivery: Delivery, cause: RenkeiError) -> None:  # noqa: ARG002 - the port's shape
        """Never asked for, since no try counts."""
        await self.consents.done(delivery)

    async def _suspend(self, consent: ConsentRecord) -> list[str]:
        """The transfers that cannot be suspended yet; what was told of it by a new version goes no further."""
        problem = WITHDRAWN if consent.state is ConsentState.WITHDRAWN else EXPIRED
        why = problem(consent=consent.consent, dataset=consent.dataset, purposes=", ".join(consent.purposes))
        await self.successors.stop(consent.dataset, consent.partner, why)
        carried = await self.transfers.under(consent.consent, consent.partner)
        return [pid for pid in carried if not await self.transfers.pause(pid, why.code, why.message())]


async def _later_or_never(errand: Post | Collect | Prepare | Report, delivery: Delivery, error: RenkeiError) -> None:
    """What a policy, our own configuration or a broken record forbids does not get better by waiting."""
    refused = error.problem is ENDED and error.values.get("state") in _NEVER
    if refused or isinstance(error, PolicyError | ConfigurationError) or error.code in _HOPELESS:
        await errand.give_up(delivery, error)
        return
    raise NotYetError(str(error))
