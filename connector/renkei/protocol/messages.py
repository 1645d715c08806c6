"""What the two sides say to each other (DSP 2025-1), as typed values. How they look on the wire is ``wire``'s affair.

Every message has an own ``message_id`` (``@id``): with it a repeat is the same bytes and two messages never are.
``extensions`` holds members under absolute IRIs, such as signatures; they survive every reader.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Final, TypeAlias

from renkei.policy.model import Policy
from renkei.protocol.catalog import Catalog, Dataset
from renkei.protocol.negotiation import NegotiationState
from renkei.protocol.transfer import TransferState

Extensions: TypeAlias = Mapping[str, object]
NO_EXTENSIONS: Final[Extensions] = MappingProxyType({})


class MessageKind(Enum):
    """The ``@type`` of every message of DSP 2025-1."""

    CATALOG_REQUEST = "CatalogRequestMessage"
    DATASET_REQUEST = "DatasetRequestMessage"
    CATALOG = "Catalog"
    DATASET = "Dataset"
    CATALOG_ERROR = "CatalogError"
    CONTRACT_REQUEST = "ContractRequestMessage"
    CONTRACT_OFFER = "ContractOfferMessage"
    CONTRACT_AGREEMENT = "ContractAgreementMessage"
    AGREEMENT_VERIFICATION = "ContractAgreementVerificationMessage"
    NEGOTIATION_EVENT = "ContractNegotiationEventMessage"
    NEGOTIATION_TERMINATION = "ContractNegotiationTerminationMessage"
    NEGOTIATION = "ContractNegotiation"
    NEGOTIATION_ERROR = "ContractNegotiationError"
    TRANSFER_REQUEST = "TransferRequestMessage"
    TRANSFER_START = "TransferStartMessage"
    TRANSFER_SUSPENSION = "TransferSuspensionMessage"
    TRANSFER_COMPLETION = "TransferCompletionMessage"
    TRANSFER_TERMINATION = "TransferTerminationMessage"
    TRANSFER = "TransferProcess"
    TRANSFER_ERROR = "TransferError"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What all messages share."""

    message_id: str | None = None
    extensions: Extensions = field(default_factory=lambda: NO_EXTENSIONS)


# --- catalog -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogRequest(Message):
    """Ask for a catalog. ``filter`` is as the provider documents it (``None``: not given)."""

    filter: tuple[object, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetRequest(Message):
    """Ask for one dataset by id; on the wire a GET, the message type exists all the same."""

    dataset: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogMessage(Message):
    """The answer to a catalog request."""

    catalog: Catalog


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetMessage(Message):
    """The answer to a dataset request."""

    dataset: Dataset


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogError(Message):
    """A refused catalog or dataset request."""

    code: str | None = None
    reason: tuple[object, ...] = ()


# --- contract negotiation ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractRequest(Message):
    """Consumer asks for a contract: exactly one of ``callback_address`` (opens one) and ``provider_pid``."""

    consumer_pid: str
    offer: Policy
    provider_pid: str | None = None
    callback_address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractOffer(Message):
    """Provider offers a contract: exactly one of ``callback_address`` (opens one) and ``consumer_pid``."""

    provider_pid: str
    offer: Policy
    consumer_pid: str | None = None
    callback_address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PidMessage(Message):
    """A message about one process that both sides know."""

    provider_pid: str
    consumer_pid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractAgreement(PidMessage):
    """Provider agrees."""

    agreement: Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementVerification(PidMessage):
    """Consumer has verified the agreement."""


class EventType(Enum):
    """ACCEPTED is the consumer's, FINALIZED the provider's."""

    ACCEPTED = "ACCEPTED"
    FINALIZED = "FINALIZED"


@dataclass(frozen=True, slots=True, kw_only=True)
class NegotiationEvent(PidMessage):
    """The two moves that carry nothing else."""

    event_type: EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal(PidMessage):
    """What errors, terminations and suspensions share: a code and reasons, each of any JSON form."""

    code: str | None = None
    reason: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NegotiationTermination(Refusal):
    """Either side ends the negotiation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NegotiationAck(PidMessage):
    """The state of a negotiation (``ContractNegotiation``)."""

    state: NegotiationState


@dataclass(frozen=True, slots=True, kw_only=True)
class NegotiationError(Refusal):
    """A refused negotiation message; it never changes a state."""


# --- transfer process ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class DataAddress:
    """Where and how bytes are handed over. ``properties``: (name, value) pairs, both strings, in order."""

    endpoint_type: str
    endpoint: str | None = None
    properties: tuple[tuple[str, str], ...] = ()

    def property(self, name: str) -> str | None:
        """The value of the first endpoint property of that name."""
        return next((value for key, value in self.properties if key == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRequest(Message):
    """Consumer asks for the bytes of an agreement in one of the dataset's formats."""

    consumer_pid: str
    agreement_id: str
    format: str
    callback_address: str
    data_address: DataAddress | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferStart(PidMessage):
    """Provider starts (with a data address for a pull); consumer resumes."""

    data_address: DataAddress | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferSuspension(Refusal):
    """Either side pauses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferCompletion(PidMessage):
    """Either side says that all was handed over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferTermination(Refusal):
    """Either side ends the transfer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferAck(PidMessage):
    """The state of a transfer (``TransferProcess``)."""

    state: TransferState


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferError(Refusal):
    """A refused transfer message; it never changes a state."""
