"""The offers of a negotiation: which may be put on the table, in whose name, and which of them are the same.

Either side may put offers there; each of them is kept with who made it. A provider's offer is signed by it, also a
counter-offer; a consumer's is not, since the provider's agreement is what binds.
"""

from __future__ import annotations

from typing import Final

from renkei.exchange.catalog.judgement import demand_parties, demand_same
from renkei.exchange.partner.signatures import Signatures
from renkei.exchange.ports import Ports
from renkei.exchange.problems import NO_OFFER_FOR_US, TOO_MANY_OFFERS
from renkei.exchange.records.kept import Document
from renkei.exchange.records.processes import NegotiationRecord, Side
from renkei.kernel.problems import RenkeiError
from renkei.kernel.values import replace
from renkei.policy.model import Policy
from renkei.policy.read import read_offer
from renkei.policy.write import write_offer
from renkei.trust.artefacts import Artefact, unsigned

_MOST_OFFERS: Final = 32  # each is kept; nobody who means it needs more


class Bargaining:
    """One participant at the table."""

    def __init__(self, ports: Ports, signatures: Signatures) -> None:
        self._ports = ports
        self._signatures = signatures

    def counter(self, record: NegotiationRecord, offer: Document) -> Document:
        """Another offer for the same dataset, under an id of its own and without foreign signatures."""
        table = unsigned(offer) | {"@id": self._ports.ids.new(), "target": record.dataset}
        return write_offer(read_offer(table, in_catalog=False))

    async def put_signed(self, record: NegotiationRecord, offer: Document | None) -> NegotiationRecord:
        """As provider: as ``put``, the offer in our name and signed as it stands there."""
        table = {**unsigned(offer or record.offer), "target": record.dataset}
        ours = replace(read_offer(table, in_catalog=False), assigner=self._ports.identity.participant)
        return self.put(record, await self._signatures.sign(write_offer(ours), Artefact.OFFER))

    @staticmethod
    def put(record: NegotiationRecord, offer: Document | None) -> NegotiationRecord:
        """Our offer on the table; without one, the offer that lies there is made ours.

        Raises PeerError ``negotiation-too-many-offers``.
        """
        _demand_few(record)
        return record.put(offer or record.offer, record.side)

    async def take(self, record: NegotiationRecord, offer: Policy) -> NegotiationRecord:
        """Put a partner's offer on the table.

        What must hold:

        1. there are not too many already;
        2. it is for the dataset that is negotiated;
        3. a provider's is in its own name, for us if for anybody, and signed (unless unsigned exchange is configured).

        Raises PeerError ``negotiation-…``, PolicyError ``negotiation-unsigned``.
        """
        _demand_few(record)  # 1
        if offer.target != record.dataset:  # 2
            raise NO_OFFER_FOR_US(cause=f"it is about {offer.target}, not {record.dataset}")
        if record.side is Side.PROVIDER:
            ours = tuple(past.offer for past in record.earlier if past.by is Side.PROVIDER)
            table = (record.offer,) if record.offer_by is Side.PROVIDER else ()
            return record.put(ours_if_same(offer, (*table, *reversed(ours)), record.partner), Side.CONSUMER)
        if offer.assigner not in {None, record.partner}:  # 3
            raise NO_OFFER_FOR_US(cause=f"it is in the name of {offer.assigner}")
        if offer.assignee not in {None, self._ports.identity.participant}:
            raise NO_OFFER_FOR_US(cause=f"it is for {offer.assignee}")
        document = write_offer(offer)
        await self._signatures.check(document, Artefact.OFFER, record.partner)
        return record.put(document, Side.PROVIDER)


def ours_if_same(asked: Policy, ours: tuple[Document, ...], partner: str) -> Document:
    """An offer of our own, signed, if that is what is asked for: other connectors drop members they do not know."""
    for document in ours:
        offer = read_offer(document, in_catalog=False)
        try:
            demand_same(asked, offer)
            demand_parties(asked, offer, partner)
        except RenkeiError:
            continue
        if asked.id == offer.id:  # else the two sides would name different offers in the agreement
            return document
    return write_offer(asked)


def _demand_few(record: NegotiationRecord) -> None:
    if len(record.earlier) + 1 >= _MOST_OFFERS:
        raise TOO_MANY_OFFERS(count=_MOST_OFFERS)
