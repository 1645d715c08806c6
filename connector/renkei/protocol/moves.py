"""Which message makes which move: a message of DSP aims at exactly one state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from renkei.protocol.messages import (
    AgreementVerification,
    ContractAgreement,
    ContractOffer,
    ContractRequest,
    EventType,
    Message,
    NegotiationEvent,
    NegotiationTermination,
    TransferCompletion,
    TransferRequest,
    TransferStart,
    TransferSuspension,
    TransferTermination,
)
from renkei.protocol.negotiation import NegotiationState
from renkei.protocol.transfer import TransferState

_NEGOTIATION: Final[Mapping[type[Message], NegotiationState]] = {
    ContractRequest: NegotiationState.REQUESTED,
    ContractOffer: NegotiationState.OFFERED,
    ContractAgreement: NegotiationState.AGREED,
    AgreementVerification: NegotiationState.VERIFIED,
    NegotiationTermination: NegotiationState.TERMINATED,
}
_EVENT: Final[Mapping[EventType, NegotiationState]] = {
    EventType.ACCEPTED: NegotiationState.ACCEPTED,
    EventType.FINALIZED: NegotiationState.FINALIZED,
}
_TRANSFER: Final[Mapping[type[Message], TransferState]] = {
    TransferRequest: TransferState.REQUESTED,
    TransferStart: TransferState.STARTED,
    TransferSuspension: TransferState.SUSPENDED,
    TransferCompletion: TransferState.COMPLETED,
    TransferTermination: TransferState.TERMINATED,
}


def negotiation_aim(message: Message) -> NegotiationState | None:
    """The state a negotiation message aims at; ``None`` for any other message."""
    if isinstance(message, NegotiationEvent):
        return _EVENT[message.event_type]
    return _NEGOTIATION.get(type(message))


def transfer_aim(message: Message) -> TransferState | None:
    """The state a transfer message aims at; ``None`` for any other message."""
    return _TRANSFER.get(type(message))
