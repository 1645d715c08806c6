"""What each move in a transfer process says to the partner, and where it goes below the partner's address."""

from __future__ import annotations

from urllib.parse import quote

from renkei.exchange.machine.outgoing import Planned
from renkei.exchange.process.decisions import TransferStep
from renkei.exchange.records.processes import TransferRecord
from renkei.protocol.messages import (
    DataAddress,
    MessageKind,
    TransferCompletion,
    TransferRequest,
    TransferStart,
    TransferSuspension,
    TransferTermination,
)


def transfer_request(record: TransferRecord, message_id: str, callback: str) -> Planned:
    """As consumer: ask for the bytes of an agreement."""
    message = TransferRequest(
        message_id=message_id,
        consumer_pid=record.id,
        agreement_id=record.agreement,
        format=record.format,
        callback_address=callback,
    )
    return Planned(path="/transfers/request", kind=MessageKind.TRANSFER_REQUEST, message=message)


def transfer_start(record: TransferRecord, message_id: str, address: DataAddress | None) -> Planned:
    """As provider: here are the bytes, at this address; as consumer: go on."""
    message = TransferStart(
        message_id=message_id,
        provider_pid=record.provider_pid,
        consumer_pid=record.consumer_pid,
        data_address=address,
    )
    return Planned(path=f"{_known(record)}/start", kind=MessageKind.TRANSFER_START, message=message)


def completion(record: TransferRecord, message_id: str) -> Planned:
    """All was handed over."""
    message = TransferCompletion(
        message_id=message_id, provider_pid=record.provider_pid, consumer_pid=record.consumer_pid
    )
    return Planned(path=f"{_known(record)}/completion", kind=MessageKind.TRANSFER_COMPLETION, message=message)


def suspension(record: TransferRecord, message_id: str, step: TransferStep) -> Planned:
    """Pause it, with a code and reasons."""
    message = TransferSuspension(
        message_id=message_id,
        provider_pid=record.provider_pid,
        consumer_pid=record.consumer_pid,
        code=step.code,
        reason=step.reason,
    )
    return Planned(path=f"{_known(record)}/suspension", kind=MessageKind.TRANSFER_SUSPENSION, message=message)


def termination(record: TransferRecord, message_id: str, step: TransferStep) -> Planned:
    """End it, with a code and reasons."""
    message = TransferTermination(
        message_id=message_id,
        provider_pid=record.provider_pid,
        consumer_pid=record.consumer_pid,
        code=step.code,
        reason=step.reason,
    )
    return Planned(path=f"{_known(record)}/termination", kind=MessageKind.TRANSFER_TERMINATION, message=message)


def _known(record: TransferRecord) -> str:
    """Below the partner's pid, as one segment of the path: partners' pids may be any string."""
    return f"/transfers/{quote(record.partner_pid or '', safe=':')}"
