"""What to do next in a process that has come to rest: the one place where behaviour is decided.

The default answers by policy: a request for an offer of ours, or for stricter terms, is agreed; an offer that gives all
we asked for and demands no more of us is accepted, any other that permits what we want is put to a person; an agreement
that holds is verified, a verified one is finalized, a transfer under an agreement is started. An embedding program
brings its own rule book by implementing ``Decisions``; ``None`` means to wait for the partner, a ``Question`` to wait
for a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from renkei.exchange.catalog.catalogs import Catalogs
from renkei.exchange.catalog.judgement import (
    covers_asked,
    demand,
    demand_parties,
    demand_same,
    demand_within,
    judge,
    named_purposes,
)
from renkei.exchange.ports import Ports
from renkei.exchange.problems import UNKNOWN_OFFER
from renkei.exchange.records.kept import Document
from renkei.exchange.records.processes import NegotiationRecord, Side, TransferRecord
from renkei.kernel.problems import RenkeiError
from renkei.policy.model import Policy
from renkei.policy.read import read_offer
from renkei.policy.world import Fact, Phase
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
class Question:
    """A person decides whether we make this step. ``why`` is a code. Whoever refuses, or is silent, terminates."""

    step: NegotiationStep
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferStep:
    """The next move of ours. ``code`` and ``reason`` go with SUSPENDED and TERMINATED."""

    target: TransferState
    code: str | None = None
    reason: tuple[object, ...] = ()


class Decisions(Protocol):
    """A participant's rule book. Called after each change that leaves nothing of ours under way.

    It may be called again for the same state (after a conflict), so it must not act by itself. ``facts`` are what is
    known of the partner right now, by operand IRI.
    """

    async def negotiation(self, record: NegotiationRecord, facts: dict[str, Fact]) -> NegotiationStep | Question | None:
        """The next move in a contract negotiation. With ``record.approved_by`` a person has said yes already."""
        ...

    async def transfer(self, record: TransferRecord, facts: dict[str, Fact]) -> TransferStep | None:
        """The next move in a transfer process."""
        ...


class PolicyDecisions:
    """The default rule book."""

    def __init__(self, ports: Ports, catalogs: Catalogs) -> None:
        self._ports = ports
        self._catalogs = catalogs
        self._us = ports.identity.participant
        self._purposes = ports.settings.purposes
        self._registry = ports.settings.registry

    async def negotiation(self, record: NegotiationRecord, facts: dict[str, Fact]) -> NegotiationStep | Question | None:
        """Offers that are ours or stricter are agreed, others refused with the differences; see the module."""
        match record.side, record.state:
            case Side.PROVIDER, NegotiationState.REQUESTED | NegotiationState.ACCEPTED:
                return await self._agree(record, facts)
            case Side.PROVIDER, NegotiationState.VERIFIED:
                return NegotiationStep(target=NegotiationState.FINALIZED)
            case Side.CONSUMER, NegotiationState.OFFERED:
                return await self._consider(record)
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
        """As provider: conclude what is on the table if it is ours, or a person has approved it, and if it permits."""
        try:
            asset = await self._catalogs.offered(record.dataset, record.partner, facts)
            if asset is None:
                raise UNKNOWN_OFFER(offer=record.offer.get("@id"), dataset=record.dataset)
            table = read_offer(record.offer, in_catalog=False)
            if record.offer_by is Side.CONSUMER:
                own = [past.offer for past in reversed(record.earlier) if past.by is Side.PROVIDER]
                ours = [read_offer(offer, in_catalog=False) for offer in (asset.offer, *own)]
                if not record.approved_by and not any(self._concludes(table, offer, record.partner) for offer in ours):
                    demand_within(table, ours[0], self._registry, record.partner)
                demand_parties(table, ours[0], record.partner)
            decision = await judge(
                self._ports,
                table,
                party=record.partner,
                target=record.dataset,
                purposes=named_purposes(table),
                phase=Phase.AGREEMENT,
                shown=facts,
            )
            demand(decision)
        except RenkeiError as error:
            return _no(error)
        return NegotiationStep(target=NegotiationState.AGREED)

    async def _consider(self, record: NegotiationRecord) -> NegotiationStep | Question:
        """As consumer: an offer must permit what we want; less than we asked for, or more duties, a person decides."""
        offer = read_offer(record.offer, in_catalog=False)
        try:
            decision = await judge(
                self._ports,
                offer,
                party=self._us,
                target=record.dataset,
                purposes=named_purposes(offer) & self._purposes,
                phase=Phase.NEGOTIATION,
            )
            demand(decision, record.partner)
        except RenkeiError as error:
            return _no(error)
        accept = NegotiationStep(target=NegotiationState.ACCEPTED)
        asked = [past.offer for past in record.earlier if past.by is Side.CONSUMER]
        if record.approved_by or any(self._covers(offer, past) for past in asked):
            return accept
        return Question(step=accept, why="offer-not-asked-for")

    def _concludes(self, asked: Policy, ours: Policy, partner: str) -> bool:
        """Whether a request asks for what an offer of ours says, or less."""
        try:
            demand_parties(asked, ours, partner)
            demand_within(asked, ours, self._registry, partner)
        except RenkeiError:
            return False
        return True

    def _covers(self, offer: Policy, past: Document) -> bool:
        asked = read_offer(past, in_catalog=False)
        return _same(offer, asked) or covers_asked(offer, asked, self._registry)


def _no(error: RenkeiError) -> NegotiationStep:
    return NegotiationStep(target=NegotiationState.TERMINATED, code=error.code, reason=(error.message(),))


def _same(one: Policy, other: Policy) -> bool:
    try:
        demand_same(one, other)
    except RenkeiError:
        return False
    return True
