"""Making an agreement, and everything that must hold before one is taken.

As provider we write it from the offer on the table and sign it; as consumer we check it and countersign it; both keep
the same document with both signatures. What it names beside its terms, under absolute IRIs: the hash of the signed
offer it concludes and both pids, so that neither can be exchanged afterwards.

A consumer takes an agreement only if

1. it concludes the dataset that was asked for;
2. its assigner is the partner and its assignee is us;
3. its terms are those of the last offer on the table;
4. its timestamp is not ahead of our clock by more than a minute, and not older than the negotiation by more;
5. the partner's signature holds (or the partner is one with whom unsigned exchange is configured);
6. where it names the offer's hash, the pids or a template, they are the ones we know;
7. its id is not that of an agreement we hold already, whoever the other one is with.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from renkei.exchange.catalog.judgement import CONSUMER_PID, OFFER_HASH, PROVIDER_PID, demand_same
from renkei.exchange.partner.signatures import Signatures
from renkei.exchange.ports import Ports
from renkei.exchange.problems import BAD_AGREEMENT
from renkei.exchange.records.kept import Document
from renkei.exchange.records.processes import AgreementRecord, NegotiationRecord, Side
from renkei.kernel import instants
from renkei.kernel.problems import RenkeiError
from renkei.kernel.values import replace
from renkei.policy.model import COUNTERSIGNATURE, SIGNATURE, SIGNATURE_MEMBERS, TEMPLATE, Policy, PolicyKind
from renkei.policy.read import read_agreement, read_offer
from renkei.policy.write import write_agreement
from renkei.trust.artefacts import Artefact, content_hash

_TOLERANCE: Final = timedelta(minutes=1)


class Agreements:
    """One participant's agreements."""

    def __init__(self, ports: Ports, signatures: Signatures) -> None:
        self._ports = ports
        self._signatures = signatures

    async def make(self, negotiation: NegotiationRecord) -> tuple[AgreementRecord, Policy]:
        """As provider: conclude the offer on the table, signed by us; the record, and the same as it is sent."""
        offer = read_offer(negotiation.offer, in_catalog=False)
        now = self._ports.clock.now()
        agreement = replace(
            offer,
            id=self._ports.ids.new(),
            kind=PolicyKind.AGREEMENT,
            assigner=self._ports.identity.participant,
            assignee=negotiation.partner,
            timestamp=instants.render(now),
            extensions={
                **{name: value for name, value in offer.extensions.items() if name not in SIGNATURE_MEMBERS},
                OFFER_HASH: content_hash(negotiation.offer),
                CONSUMER_PID: negotiation.consumer_pid,
                PROVIDER_PID: negotiation.provider_pid,
            },
        )
        document = await self._signatures.sign(write_agreement(agreement), Artefact.AGREEMENT)
        signed = replace(agreement, extensions={**agreement.extensions, SIGNATURE: document[SIGNATURE]})
        record = AgreementRecord(
            id=agreement.id,
            side=Side.PROVIDER,
            partner=negotiation.partner,
            dataset=negotiation.dataset,
            document=document,
            negotiation=negotiation.id,
            signed=False,
            created=now,
        )
        return record, signed

    async def take(self, negotiation: NegotiationRecord, agreement: Policy) -> AgreementRecord:
        """As consumer: check a partner's agreement (1 to 7). Raises PeerError ``negotiation-bad-agreement``."""
        document = write_agreement(agreement)
        us, now = self._ports.identity.participant, self._ports.clock.now()
        if agreement.target != negotiation.dataset:  # 1
            raise BAD_AGREEMENT(cause=f"it is about {agreement.target}, not {negotiation.dataset}")
        if agreement.assigner != negotiation.partner or agreement.assignee != us:  # 2
            raise BAD_AGREEMENT(cause=f"it is between {agreement.assigner} and {agreement.assignee}")
        try:
            demand_same(agreement, read_offer(negotiation.offer, in_catalog=False))  # 3
        except RenkeiError as error:
            raise BAD_AGREEMENT(cause=error.message()) from error
        made = instants.parse(agreement.timestamp or "")  # 4
        if not negotiation.created - _TOLERANCE <= made <= now + _TOLERANCE:
            raise BAD_AGREEMENT(cause=f"its timestamp {agreement.timestamp} does not fit this negotiation")
        checked = await self._signatures.check(document, Artefact.AGREEMENT, negotiation.partner)  # 5
        self._check_names(negotiation, document)  # 6
        if await self.kept(agreement.id) is not None:  # 7
            raise BAD_AGREEMENT(cause=f"its id {agreement.id} is that of another agreement")
        return AgreementRecord(
            id=agreement.id,
            side=Side.CONSUMER,
            partner=negotiation.partner,
            dataset=negotiation.dataset,
            document=document,
            negotiation=negotiation.id,
            signed=checked.signed,
            did_documents={negotiation.partner: checked.did_document} if checked.did_document else {},
            created=now,
        )

    async def countersign(self, agreement: AgreementRecord) -> AgreementRecord:
        """As consumer: our signature over the same bytes."""
        document = await self._signatures.sign(agreement.document, Artefact.AGREEMENT, COUNTERSIGNATURE)
        ours = await self._signatures.snapshot(self._ports.identity.participant)
        return replace(agreement, document=document, did_documents={**agreement.did_documents, **ours})

    async def take_countersignature(
        self, agreement: AgreementRecord, extensions: Mapping[str, object]
    ) -> AgreementRecord:
        """As provider: the consumer's signature, from its verification message."""
        document: Document = dict(agreement.document)
        if COUNTERSIGNATURE in extensions:
            document[COUNTERSIGNATURE] = extensions[COUNTERSIGNATURE]
        checked = await self._signatures.check(document, Artefact.AGREEMENT, agreement.partner, COUNTERSIGNATURE)
        snapshots = await self._signatures.snapshot(self._ports.identity.participant)
        if checked.did_document:
            snapshots[agreement.partner] = checked.did_document
        return replace(agreement, document=document, signed=checked.signed, did_documents=snapshots)

    @staticmethod
    def _check_names(negotiation: NegotiationRecord, document: Document) -> None:
        known = {
            OFFER_HASH: content_hash(negotiation.offer),
            CONSUMER_PID: negotiation.consumer_pid,
            PROVIDER_PID: negotiation.provider_pid,
            TEMPLATE: negotiation.offer.get(TEMPLATE),
        }
        for name, value in known.items():
            if document.get(name, value) != value:
                raise BAD_AGREEMENT(cause=f"its {name} is not that of this negotiation")

    # --- keeping ---------------------------------------------------------------------------------

    async def kept(self, agreement: str) -> AgreementRecord | None:
        """An agreement by its id."""
        row = await self._ports.store.load(AgreementRecord.kind, agreement)
        return None if row is None else AgreementRecord.of(row)

    async def live(self, partner: str, dataset: str) -> list[AgreementRecord]:
        """Agreements in force in which we are the consumer, newest first."""
        state = AgreementRecord.state_of(Side.CONSUMER, final=True)
        rows = await self._ports.store.find(AgreementRecord.kind, peer=partner, state=state, ref=dataset, limit=1000)
        return sorted((AgreementRecord.of(row) for row in rows), key=lambda agreement: agreement.created, reverse=True)

    @staticmethod
    def policy(agreement: AgreementRecord) -> Policy:
        """The agreed terms."""
        return read_agreement(agreement.document)
