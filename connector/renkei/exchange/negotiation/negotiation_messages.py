"""What each move in a contract negotiation says to the partner, and where it goes below the partner's address."""

from __future__ import annotations

from urllib.parse import quote

from renkei.exchange.catalog.judgement import without_names
from renkei.exchange.machine.outgoing import Planned
from renkei.exchange.records.processes import NegotiationRecord
from renkei.kernel.values import replace
from renkei.policy.model import COUNTERSIGNATURE, Policy
from renkei.policy.read import read_offer
from renkei.protocol.messages import (
    AgreementVerification,
    ContractAgreement,
    ContractOffer,
    ContractRequest,
    EventType,
    MessageKind,
    NegotiationEvent,
    NegotiationTermination,
)


def contract_request(record: NegotiationRecord, message_id: str, callback: str) -> Planned:
    """As consumer: ask for the offer on the table; the first one opens the negotiation and names our callback."""
    opening = record.partner_pid is None
    message = ContractRequest(
        message_id=message_id,
        consumer_pid=record.id,
        provider_pid=record.partner_pid,
        callback_address=callback if opening else None,
        offer=read_offer(record.offer, in_catalog=False),
    )
    path = "/negotiations/request" if opening else f"{_known(record)}/request"
    return Planned(path=path, kind=MessageKind.CONTRACT_REQUEST, message=message)


def contract_offer(record: NegotiationRecord, message_id: str, callback: str) -> Planned:
    """As provider: the same the other way round."""
    opening = record.partner_pid is None
    message = ContractOffer(
        message_id=message_id,
        provider_pid=record.id,
        consumer_pid=record.partner_pid,
        callback_address=callback if opening else None,
        offer=read_offer(record.offer, in_catalog=False),
    )
    path = "/negotiations/offers" if opening else f"{_known(record)}/offers"
    return Planned(path=path, kind=MessageKind.CONTRACT_OFFER, message=message)


def contract_agreement(record: NegotiationRecord, message_id: str, agreement: Policy) -> Planned:
    """As provider: agree.

    A connector that drops members it does not know compares what is left of the offer with all of the agreement (EDC
    does, and refuses), so it is sent the terms alone. We keep, and can prove, the signed one.
    """
    if record.bare:
        agreement = replace(agreement, extensions=without_names(agreement.extensions))
    message = ContractAgreement(
        message_id=message_id,
        provider_pid=record.provider_pid,
        consumer_pid=record.consumer_pid,
        agreement=agreement,
    )
    return Planned(path=f"{_known(record)}/agreement", kind=MessageKind.CONTRACT_AGREEMENT, message=message)


def agreement_verification(record: NegotiationRecord, message_id: str, countersignature: object) -> Planned:
    """As consumer: the agreement holds, and here is our signature."""
    message = AgreementVerification(
        message_id=message_id,
        provider_pid=record.provider_pid,
        consumer_pid=record.consumer_pid,
        extensions={COUNTERSIGNATURE: countersignature},
    )
    path = f"{_known(record)}/agreement/verification"
    return Planned(path=path, kind=MessageKind.AGREEMENT_VERIFICATION, message=message)


def negotiation_event(record: NegotiationRecord, message_id: str, event: EventType) -> Planned:
    """Accept as consumer, finalize as provider."""
    message = NegotiationEvent(
        message_id=message_id,
        provider_pid=record.provider_pid,
        consumer_pid=record.consumer_pid,
        event_type=event,
    )
    return Planned(path=f"{_known(record)}/events", kind=MessageKind.NEGOTIATION_EVENT, message=message)


def termination(record: NegotiationRecord, message_id: str, code: str | None, reason: tuple[object, ...]) -> Planned:
    """End it, with a code and reasons."""
    message = NegotiationTermination(
        message_id=message_id,
        provider_pid=record.provider_pid,
        consumer_pid=record.consumer_pid,
        code=code,
        reason=reason,
    )
    return Planned(path=f"{_known(record)}/termination", kind=MessageKind.NEGOTIATION_TERMINATION, message=message)


def _known(record: NegotiationRecord) -> str:
    """Below the partner's pid, as one segment of the path: partners' pids may be any string."""
    return f"/negotiations/{quote(record.partner_pid or '', safe=':')}"
