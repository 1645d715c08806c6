"""From a partner and a dataset to its bytes in one call: agreement (a live one is used again), transfer, bytes, checks.

A signed record is verified before anything of it is stored: whose it is, over exactly what came, and what it says.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from weakref import WeakValueDictionary

import msgspec

from renkei.battery import DueDiligenceRecord, FootprintRecord
from renkei.exchange.agreement.agreements import Agreements
from renkei.exchange.agreement.burdens import demand_unburdened
from renkei.exchange.answer.parts import Parts
from renkei.exchange.catalog.catalogs import Catalogs, as_document
from renkei.exchange.catalog.judgement import demand, judge, named_purposes
from renkei.exchange.machine.bounds import demand_modest_terms
from renkei.exchange.machine.decoder import LARGE_DOCUMENT
from renkei.exchange.machine.steps import Step, Steps
from renkei.exchange.negotiation.negotiations import Negotiations
from renkei.exchange.partner.signatures import Signatures
from renkei.exchange.ports import Partner, Ports, Received
from renkei.exchange.problems import BAD_RECORD, ENDED, NO_DATA_ADDRESS, REFUSED_BY_POLICY
from renkei.exchange.records.kept import Document
from renkei.exchange.records.processes import AgreementRecord, NegotiationRecord, Side, TransferRecord
from renkei.exchange.records.requests import DocumentRecord
from renkei.exchange.transfer.edr import Edr
from renkei.exchange.transfer.transfers import Transfers
from renkei.kernel import jcs
from renkei.kernel.problems import RenkeiError
from renkei.kernel.values import replace
from renkei.policy.world import Phase
from renkei.protocol.catalog import HTTP_PULL, Dataset
from renkei.protocol.negotiation import MOVES, NegotiationState
from renkei.protocol.transfer import TransferState
from renkei.trust.artefacts import Artefact

RECORD_TYPES: Final = frozenset({"FootprintRecord", "DueDiligenceRecord"})
_UNDER_WAY: Final = [state for state in NegotiationState if MOVES[state]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What one fetch brought: the bytes, and under which agreement and transfer; ``record`` if it was a signed one."""

    received: Received
    agreement: str
    transfer: str
    record: DocumentRecord | None = None


class Fetching:
    """The one-call use case of one participant."""

    def __init__(
        self,
        ports: Ports,
        steps: Steps,
        *,
        signatures: Signatures,
        catalogs: Catalogs,
        agreements: Agreements,
        negotiations: Negotiations,
        transfers: Transfers,
        parts: Parts,
    ) -> None:
        self._ports = ports
        self._steps = steps
        self._signatures = signatures
        self._catalogs = catalogs
        self._agreements = agreements
        self._negotiations = negotiations
        self._transfers = transfers
        self._parts = parts
        self._one_at_a_time: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def fetch(self, name: str, dataset: str, into: Path | None = None) -> Fetched:
        """Get a dataset of a partner (an id or a configured name).

        Raises whatever stands in the way: PolicyError ``policy-refused``, PeerError ``process-ended``,
        ``process-timed-out``, ``record-refused``, ``catalog-unknown-dataset``, the line's errors.
        """
        partner = await self._ports.directory.find(name)
        async with self.channel(partner, dataset) as transfer:
            edr = msgspec.convert(transfer.data_address, type=Edr)
            received = await self._ports.data_line.pull(edr.endpoint, edr.header, into)
            record = await self._take_record(partner, transfer, received)
        return Fetched(received=received, agreement=transfer.agreement, transfer=transfer.id, record=record)

    async def push(self, partner: Partner, dataset: str, body: bytes) -> None:
        """Hand a document to an endpoint behind a dataset (a request box). Raises as ``fetch`` does."""
        async with self.channel(partner, dataset) as transfer:
            edr = msgspec.convert(transfer.data_address, type=Edr)
            answered = await self._ports.data_line.push(edr.endpoint, edr.header, body)
            if not answered.ok:
                cause = f"{answered.status} {answered.body[:300].decode('utf-8', 'replace')}"
                raise ENDED(process="request box", partner=partner.id, state=answered.status, cause=cause)

    @asynccontextmanager
    async def channel(self, partner: Partner, dataset: str) -> AsyncIterator[TransferRecord]:
        """A running transfer for a dataset, with its data address: completed after the block, never left running."""
        agreement = await self.agreement(partner, dataset)
        async with self._transfers.for_call(agreement, partner.address, HTTP_PULL, partner.dialect.version) as pid:
            transfer = await self._transfers.until(
                pid, lambda record: record.process.final or record.state is TransferState.STARTED, "STARTED"
            )
            if transfer.state is not TransferState.STARTED:
                raise _ended("transfer", transfer)
            try:
                if transfer.data_address is None:
                    raise NO_DATA_ADDRESS(cause="it is absent or lacks an endpoint or an authorization")
                yield transfer
            except RenkeiError as error:
                await self._stop(transfer, error)
                raise
            await self._finish(transfer)

    async def agreement(self, partner: Partner, dataset: str) -> AgreementRecord:
        """An agreement in force: a live one whose policy still permits us, one under negotiation, or a new one."""
        lock = self._one_at_a_time.setdefault((partner.id, dataset), asyncio.Lock())
        async with lock:
            if (live := await self._live(partner, dataset)) is not None:
                return live
            pid = await self._under_way(partner, dataset)
            # What was under way at the first look and not at the second has been concluded in between.
            if pid is None and (live := await self._live(partner, dataset)) is not None:
                return live
            return await self.concluded(pid or await self.open(partner, dataset))

    async def _live(self, partner: Partner, dataset: str) -> AgreementRecord | None:
        """The newest agreement in force whose policy still permits us, or will when we have done what we owe."""
        agreements = await self._agreements.live(partner.id, dataset)
        for agreement in agreements:
            if await self._transfers.usage.stands(agreement, Phase.TRANSFER):
                return agreement
        return None

    async def open(self, partner: Partner, dataset: str) -> str:
        """Begin to negotiate for a dataset's first offer that permits what we want; returns our pid."""
        offer = await self._choose(partner, await self._catalogs.look(partner, dataset))
        return await self._negotiations.open(partner, dataset, offer)

    async def renew(self, agreement: AgreementRecord) -> str:
        """Negotiate the dataset of an agreement anew, in the same role; returns our pid. The old one stays as it is."""
        partner = await self._ports.directory.find(agreement.partner)
        if agreement.side is Side.PROVIDER:
            return await self._negotiations.offer(partner, agreement.dataset)
        return await self.open(partner, agreement.dataset)

    async def concluded(self, pid: str) -> AgreementRecord:
        """Wait for a negotiation's agreement."""
        negotiation = await self._negotiations.until(pid, lambda record: record.process.final, "FINALIZED")
        if negotiation.state is not NegotiationState.FINALIZED:
            raise _ended("negotiation", negotiation)
        agreement = await self._agreements.kept(negotiation.agreement or "")
        assert agreement is not None, "a finalized negotiation has its agreement in the same database"
        return agreement

    async def _under_way(self, partner: Partner, dataset: str) -> str | None:
        """A negotiation an earlier life of this process, or another call, has begun."""
        for state in _UNDER_WAY:
            rows = await self._ports.store.find(NegotiationRecord.kind, peer=partner.id, state=state.value, limit=1000)
            for row in rows:
                record = NegotiationRecord.of(row)
                if record.side is Side.CONSUMER and record.dataset == dataset:
                    return record.id
        return None

    async def _choose(self, partner: Partner, dataset: Dataset) -> Document:
        refusal: RenkeiError = REFUSED_BY_POLICY(reasons=f"{dataset.id} has no offer")
        for offer in dataset.offers:
            document = as_document(offer, dataset.id)
            try:
                demand_modest_terms(offer)
                await self._signatures.check(document, Artefact.OFFER, partner.id)
                declared = named_purposes(offer) & self._ports.settings.purposes
                decision = await judge(
                    self._ports,
                    replace(offer, target=dataset.id),
                    party=self._ports.identity.participant,
                    target=dataset.id,
                    purposes=declared,
                    phase=Phase.NEGOTIATION,
                )
                demand(decision)
                demand_unburdened(offer, self._ports.settings)
            except RenkeiError as error:
                refusal = error
                continue
            return document
        raise refusal

    # --- what came -------------------------------------------------------------------------------

    async def _take_record(
        self, partner: Partner, transfer: TransferRecord, received: Received
    ) -> DocumentRecord | None:
        """A record is verified, then stored; other content is the caller's affair.

        What must hold: 1. it is signed by the partner; 2. it is whole and agrees with itself, since everything that is
        computed from it later stands on that; 3. it speaks for the partner and nobody else.
        """
        if received.body is None or "json" not in received.media_type:
            return None
        try:
            content = await self._ports.decoder.document(received.body, partner.id, RECORD_TYPES)
        except RenkeiError as error:
            if error.problem is BAD_RECORD:
                raise
            raise BAD_RECORD(partner=partner.id, cause=f"{error.code}: {error.message()}") from error
        if content is None:
            return None
        document = content.document
        try:
            checked = await self._signatures.check(  # 1
                document, Artefact.RECORD, partner.id, canonical=content.canonical
            )
            read = await self._read(document, len(received.body))  # 2
        except RenkeiError as error:
            raise BAD_RECORD(partner=partner.id, cause=f"{error.code}: {error.message()}") from error
        if read.company != partner.id:  # 3
            raise BAD_RECORD(partner=partner.id, cause=f"it speaks for {read.company}")
        record = DocumentRecord(
            id=jcs.digest(content.canonical),
            partner=partner.id,
            part=read.part,
            document_type=str(document["@type"]),
            document=document,
            signed=checked.signed,
            agreement=transfer.agreement,
            transfer=transfer.id,
            did_documents={partner.id: checked.did_document} if checked.did_document else {},
            created=self._ports.clock.now(),
        )
        return await self._keep(record)

    async def _read(self, document: Document, size: int) -> FootprintRecord | DueDiligenceRecord:
        """A large one is read beside the loop, which then waits for moments only."""
        if size <= LARGE_DOCUMENT:
            return self._parts.read(document)
        return await asyncio.to_thread(self._parts.read, document)

    async def _keep(self, record: DocumentRecord) -> DocumentRecord:
        """Named by its content, a record that comes twice is kept once; either way its transfer has brought it."""

        async def decide() -> Step[DocumentRecord]:
            row = await self._ports.store.load(DocumentRecord.kind, record.id)
            brought = await self._transfers.taken(record.transfer)
            if row is not None:
                return Step(brought, DocumentRecord.of(row))
            event = record.event("received", record.created)
            follows = await self._parts.consequences.of_record(record)
            records, events = (record.row(), *brought.records, *follows.records), (event, *follows.events)
            return Step(replace(follows, records=records, events=events), record)

        return await self._steps.run(f"record {record.id}", decide)

    async def _finish(self, transfer: TransferRecord) -> None:
        try:
            await self._transfers.complete(transfer.id)
        except RenkeiError:
            # The provider may have completed it first; what counts is that nothing runs on.
            await self._over(transfer.id)

    async def _stop(self, transfer: TransferRecord, error: RenkeiError) -> None:
        try:
            await self._transfers.terminate(transfer.id, error.code, error.message())
        except RenkeiError:
            await self._over(transfer.id)

    async def _over(self, pid: str) -> None:
        record = await self._transfers.kept(pid)
        if record is not None and not record.process.final and record.pending is None:
            raise _ended("transfer", record)


def _ended(process: str, record: NegotiationRecord | TransferRecord) -> RenkeiError:
    failure = record.failure
    cause = "no reason given" if failure is None else f"{failure.code} {' '.join(map(str, failure.reason))}".strip()
    return ENDED(process=process, partner=record.partner, state=record.state.value, cause=cause)
