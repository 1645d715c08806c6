"""What to do next in a process that has come to rest: the one place where behaviour is decided.

The default answers by policy: a request for our own offer is agreed, an agreement that holds is verified, a verified
one is finalized, a transfer under an agreement is started. An embedding program brings its own rule book by
implementing ``Decisions``; ``None`` means to wait (for the partner, or for a person).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from renkei.exchange.catalogs import Catalogs
from renkei.exchange.judgement import demand, demand_parties, demand_same, judge, named_purposes
from renkei.exchange.ports import Ports
from renkei.exchange.problems import UNKNOWN_OFFER
from renkei.exchange.records import Document, NegotiationRecord, Side, TransferRecord
from renkei.kernel.problems import RenkeiError
from renkei.policy.decision import Fact
from renkei.policy.read import read_offer
from renkei.protocol.negotiation import NegotiationState
from renkei.protocol.transfer import TransferState


@dataclass(frozen=True, slots=True, kw_only=True)
class NegotiationStep:
    """The next move of ours. ``offer`` goes with REQUESTED and OFFERED; ``code`` and ``reason`` with TERMINATED."""

    target: NegotiationState
    offer: Document | None = None
    code: str | None = None
    reason: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferStep:
    """The next move of ours. ``code`` and ``reason`` go with SUSPENDED and TERMINATED."""

    target: TransferState
    code: str | None = None
    reason: tuple[object, ...] = ()


class Decisions(Protocol):
    """A participant's rule book. Called after each change that leaves nothing of ours under way.

    It may be called again for the same state (after a conflict), so it must not act by itself. ``facts`` are what is
    verified about the partner right now, by operand IRI.
    """

    async def negotiation(self, record: NegotiationRecord, facts: dict[str, Fact]) -> NegotiationStep | None:
        """The next move in a contract negotiation."""
        ...

    async def transfer(self, record: TransferRecord, facts: dict[str, Fact]) -> TransferStep | None:
        """The next move in a transfer process."""
        ...


class PolicyDecisions:
    """The default rule book."""

    def __init__(self, ports: Ports, catalogs: Catalogs) -> None:
        self._catalogs = catalogs
        self._clock = ports.clock

    async def negotiation(self, record: NegotiationRecord, facts: dict[str, Fact]) -> NegotiationStep | None:
        """Equal offers are agreed, others refused with the differences; see the module."""
        match record.side, record.state:
            case Side.PROVIDER, NegotiationState.REQUESTED | NegotiationState.ACCEPTED:
                return await self._agree(record, facts)
            case Side.PROVIDER, NegotiationState.VERIFIED:
                return NegotiationStep(target=NegotiationState.FINALIZED)
            case Side.CONSUMER, NegotiationState.AGREED:
                return NegotiationStep(target=NegotiationState.VERIFIED)
            case _:
                return None

    async def transfer(self, record: TransferRecord, facts: dict[str, Fact]) -> TransferStep | None:  # noqa: ARG002 - the port's shape
        """What was checked on receipt is started at once."""
        if record.side is Side.PROVIDER and record.state is TransferState.REQUESTED:
            return TransferStep(target=TransferState.STARTED)
        return None

    async def _agree(self, record: NegotiationRecord, facts: dict[str, Fact]) -> NegotiationStep:
        try:
            asset = await self._catalogs.offered(record.dataset, record.partner, facts)
            if asset is None:
                raise UNKNOWN_OFFER(offer=record.offer.get("@id"), dataset=record.dataset)
            ours = read_offer(asset.offer, in_catalog=False)
            if record.offer_by is Side.CONSUMER:
                asked = read_offer(record.offer, in_catalog=False)
                demand_same(asked, ours)
                demand_parties(asked, ours, record.partner)
            decision = judge(
                ours,
                party=record.partner,
                target=record.dataset,
                now=self._clock.now(),
                purposes=named_purposes(ours),
                facts=facts,
            )
            demand(decision)
        except RenkeiError as error:
            return NegotiationStep(target=NegotiationState.TERMINATED, code=error.code, reason=(error.message(),))
        return NegotiationStep(target=NegotiationState.AGREED)
