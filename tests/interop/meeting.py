"""Our connector and an EDC with what each of them offers, and the steps that most scenarios begin with."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Final

import msgspec
from tests.interop.edc import NAME, NAMESPACE, Edc, as_list
from tests.interop.ours import WAITING, Ours

from renkei.exchange.catalog.catalogs import as_document
from renkei.exchange.records.processes import AgreementRecord, NegotiationRecord, TransferRecord
from renkei.exchange.transfer.edr import Edr
from renkei.policy.model import Atomic, Operator, Rule
from renkei.protocol.catalog import HTTP_PULL
from renkei.protocol.negotiation import NegotiationState
from renkei.protocol.transfer import TransferState

OURS: Final = "urn:ours:open"
OURS_TERMS: Final = "urn:ours:terms"
OURS_HIDDEN: Final = "urn:ours:hidden"
OURS_CLOSED: Final = "urn:ours:closed"
OURS_WAIT: Final = f"urn:ours:{WAITING}"
EDC: Final = "urn:edc:open"
EDC_TERMS: Final = "urn:edc:terms"
EDC_PAST: Final = "urn:edc:past"
EDC_WAIT: Final = f"urn:edc:{WAITING}"
PURPOSE: Final = "cx.pcf.base:1"
USAGE_PURPOSE: Final = "https://w3id.org/catenax/2025/9/policy/UsagePurpose"
ASSIGNEE: Final = "http://www.w3.org/ns/odrl/2/assignee"
_N: Final = NegotiationState
_T: Final = TransferState


@dataclass(frozen=True)
class Meeting:
    """Both sides, and the bytes each of them offers."""

    edc: Edc
    ours: Ours
    our_bytes: bytes
    edc_bytes: bytes

    async def prepare(self, source: str) -> None:
        """Publish on both sides; ``source`` serves EDC's bytes."""
        purpose = Atomic(left=USAGE_PURPOSE, operator=Operator.EQ, right=PURPOSE)
        nobody = Atomic(left=ASSIGNEE, operator=Operator.EQ, right="urn:participant:somebody-else")
        await self.ours.publish(OURS)
        await self.ours.publish(OURS_WAIT)
        await self.ours.publish(OURS_TERMS, Rule(action="use", constraint=(purpose,)))
        await self.ours.publish(OURS_CLOSED, Rule(action="use", constraint=(nobody,)))
        await self.ours.publish(OURS_HIDDEN, visible_to=("urn:participant:somebody-else",))
        for dataset in (EDC, EDC_WAIT):
            await self.edc.publish(dataset, source)
        await self.edc.publish(EDC_TERMS, source, _only_if(USAGE_PURPOSE, "eq", PURPOSE))
        await self.edc.publish(EDC_PAST, source, _only_if(f"{NAMESPACE}inForceDate", "lteq", "2020-01-01T00:00:00Z"))

    # --- EDC is the consumer ---------------------------------------------------------------------

    async def edc_asks(self, dataset: str, **changes: object) -> tuple[str, NegotiationRecord]:
        """EDC begins to negotiate for a dataset of ours: its id, and the process as we have it."""
        offer = as_list((await self.edc.dataset(dataset))["hasPolicy"])[0]
        theirs = await self.edc.negotiate(dataset, {**offer, **changes})
        found = await self.edc.until(f"/contractnegotiations/{theirs}", "REQUESTED", "FINALIZED", "TERMINATED")
        record = await self.of_edc(theirs)
        assert record is not None, f"EDC's request was not taken: {found}"
        return theirs, record

    async def of_edc(self, negotiation: str) -> NegotiationRecord | None:
        """Our side of a negotiation that EDC has begun (a quick answer of ours may leave EDC without our pid)."""
        store = self.ours.ports.store
        rows = await store.find(NegotiationRecord.kind, peer=NAME, ref=negotiation)
        return NegotiationRecord.of(rows[0]) if rows else None

    async def edc_agrees(self, dataset: str) -> tuple[str, AgreementRecord]:
        """EDC gets an agreement on a dataset of ours: its own id for it, and the one we keep."""
        theirs, record = await self.edc_asks(dataset)
        found = await self.edc.until(f"/contractnegotiations/{theirs}", "FINALIZED", "TERMINATED")
        assert found["state"] == "FINALIZED", f"EDC ended {found['state']}: {found.get('errorDetail')}"
        record = await self.ours.negotiations.until(record.id, is_final, "FINALIZED")
        assert record.state is _N.FINALIZED, record.failure
        agreement = await self.ours.agreements.kept(record.agreement)
        return str(found["contractAgreementId"]), agreement

    async def edc_transfers(self, dataset: str) -> tuple[str, str]:
        """EDC has a running transfer of a dataset of ours: its id and ours."""
        agreement, _ = await self.edc_agrees(dataset)
        theirs = await self.edc.transfer(agreement, dataset)
        found = await self.edc.until(f"/transferprocesses/{theirs}", "STARTED", "TERMINATED")
        assert found["state"] == "STARTED", f"EDC ended {found['state']}: {found.get('errorDetail')}"
        ours = await self.our_transfer(str(found["correlationId"]), _T.STARTED)
        return theirs, ours.id

    async def edc_pull(self, transfer: str) -> tuple[int, bytes]:
        """Pull with what EDC was told, as the program behind it would: status and bytes."""
        endpoint, authorization = await self.edc.data_address(transfer)
        return await self.pull(endpoint, authorization)

    # --- we are the consumer ---------------------------------------------------------------------

    async def we_ask(self, dataset: str, **changes: object) -> str:
        """We begin to negotiate for a dataset of EDC's, whatever our own policy says of it; our pid."""
        offered = await self.ours.catalogs.look(self.ours.partner, dataset)
        offer = {**as_document(offered.offers[0], dataset), **changes}
        return str(await self.ours.negotiations.open(self.ours.partner, dataset, offer))

    async def we_agree(self, dataset: str) -> AgreementRecord:
        """We get an agreement on a dataset of EDC's."""
        pid = await self.we_ask(dataset)
        record = await self.ours.negotiations.until(pid, is_final, "FINALIZED")
        assert record.state is _N.FINALIZED, record.failure
        agreement: AgreementRecord = await self.ours.agreements.kept(record.agreement)
        return agreement

    async def we_transfer(self, dataset: str) -> TransferRecord:
        """We have a running transfer of a dataset of EDC's."""
        agreement = await self.we_agree(dataset)
        pid = await self.ours.transfers.request(agreement, self.ours.partner.address, HTTP_PULL)
        started = await self.our_transfer(pid, _T.STARTED)
        # EDC is in that state only when it has our answer.
        theirs = await self.edc.of_ours("transferprocesses", pid)
        await self.edc.until(f"/transferprocesses/{theirs}", "STARTED")
        return started

    async def our_transfer(self, pid: str, state: TransferState) -> TransferRecord:
        """Our view of a transfer when it has come to a state and rests."""
        record: TransferRecord = await self.ours.transfers.until(
            pid, lambda record: record.state is state and record.pending is None, state.value
        )
        return record

    async def our_negotiation(self, pid: str, state: NegotiationState) -> NegotiationRecord:
        """Our view of a negotiation when it has come to a state and rests."""
        record: NegotiationRecord = await self.ours.negotiations.until(
            pid, lambda record: record.state is state and record.pending is None, state.value
        )
        return record

    async def our_pull(self, transfer: TransferRecord) -> tuple[int, bytes]:
        """Pull from EDC with what we were told."""
        edr = msgspec.convert(transfer.data_address, type=Edr)
        return await self.pull(edr.endpoint, edr.header)

    async def edc_stops_serving(self, transfer: TransferRecord) -> None:
        """Wait until EDC's data plane has heard what its control plane knows."""
        end = time.monotonic() + 15
        while True:
            status, _ = await self.our_pull(transfer)
            if status != 200 or time.monotonic() > end:
                break
            await asyncio.sleep(0.05)
        assert status in {401, 403}, status

    async def pull(self, endpoint: str, authorization: str) -> tuple[int, bytes]:
        """One GET."""
        async with self.edc.http.get(endpoint, headers={"Authorization": authorization}) as answer:
            return answer.status, await answer.read()


def is_final(record: NegotiationRecord | TransferRecord) -> bool:
    """Nothing more follows."""
    return record.process.final


def _only_if(left: str, operator: str, right: str) -> dict[str, object]:
    constraint = {"leftOperand": left, "operator": operator, "rightOperand": right}
    return {"permission": [{"action": "use", "constraint": [constraint]}]}
