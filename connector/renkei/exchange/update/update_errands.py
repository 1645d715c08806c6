"""The rows of the outbox that keep records current: each try is safe to repeat, in this life or the next."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from renkei.exchange.fetching import Fetching
from renkei.exchange.machine.courier import NotYetError
from renkei.exchange.machine.patience import Patience
from renkei.exchange.problems import BAD_RECORD, ENDED
from renkei.exchange.update.followers import Followers
from renkei.exchange.update.update_problems import BAD_RESTATEMENT, NOT_NEWER
from renkei.kernel.problems import ConfigurationError, PolicyError, RenkeiError
from renkei.store.port import Changes, Delivery, Store

_log = logging.getLogger(__name__)
_HOPELESS: Final = (BAD_RECORD, BAD_RESTATEMENT, NOT_NEWER)
_CONSENT: Final = "consent-"  # how a provider's reason begins that ends a transfer for want of consent


@dataclass(frozen=True, slots=True)
class Look:
    """``restate`` and ``offer-successor``: a look at what partners have of us; nothing but our own store is asked."""

    look: Callable[[Delivery], Awaitable[None]]
    store: Store
    patience: Patience

    async def attempt(self, delivery: Delivery) -> None:
        """Look."""
        await self.look(delivery)

    async def give_up(self, delivery: Delivery, cause: RenkeiError) -> None:
        """The next change brings the next look."""
        _log.error("look given up", extra={"code": cause.code, "task": delivery.task, "cause": cause.message()})
        await self.store.commit(Changes(delivered=(delivery.id,)))


@dataclass(frozen=True, slots=True)
class Refresh:
    """``refresh``: fetch the new version that a partner has told of."""

    fetching: Fetching
    followers: Followers
    patience: Patience

    async def attempt(self, delivery: Delivery) -> None:
        """Agreement (used again, or a new one), transfer, pull, verification; unless it is here already."""
        try:
            wanted = await self.followers.wanted(delivery)
            if wanted is None:
                await self.followers.refreshed(delivery)
                return
            fetched = await self.fetching.fetch(delivery.peer, wanted.dataset)
            if fetched.record is None:
                raise BAD_RECORD(partner=delivery.peer, cause="the dataset is no signed record")
            await self.followers.refreshed(delivery, fetched.record)
        except RenkeiError as error:
            if not _hopeless(error):
                raise NotYetError(str(error)) from error
            await self.followers.failed(delivery, error)

    async def give_up(self, delivery: Delivery, cause: RenkeiError) -> None:
        """The notice says so."""
        await self.followers.failed(delivery, cause)


def _hopeless(error: RenkeiError) -> bool:
    """What a policy, our own configuration, a broken record or a missing consent forbids does not get better."""
    unconsented = error.problem is ENDED and str(error.values.get("cause")).startswith(_CONSENT)
    return unconsented or isinstance(error, PolicyError | ConfigurationError) or error.problem in _HOPELESS
