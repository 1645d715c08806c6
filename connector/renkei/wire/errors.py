"""From an error of ours to the typed error message that the partner gets.

A code and a sentence go out where the partner or a policy is the cause. What is wrong on our side is nobody else's
business: of local and configuration errors only a general sentence leaves the house.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from renkei.kernel.problems import PeerError, PolicyError, RenkeiError
from renkei.protocol.messages import CatalogError, MessageKind, NegotiationError, TransferError
from renkei.wire.problems import UNSENDABLE

NO_PID: Final = "urn:uuid:00000000-0000-0000-0000-000000000000"
"""Stands for a process id that nobody has given yet: the schemas ask for both, always."""
INTERNAL_CODE: Final = "internal-error"
INTERNAL_REASON: Final = "The request could not be handled. It is recorded on this side."

ErrorMessage: TypeAlias = CatalogError | NegotiationError | TransferError


def error_message(
    error: RenkeiError, kind: MessageKind, *, consumer_pid: str | None = None, provider_pid: str | None = None
) -> ErrorMessage:
    """The message of ``kind``: CATALOG_ERROR, NEGOTIATION_ERROR or TRANSFER_ERROR. It never changes a state."""
    tells = isinstance(error, PeerError | PolicyError)
    code = error.code if tells else INTERNAL_CODE
    reason = (error.message() if tells else INTERNAL_REASON,)
    if kind is MessageKind.CATALOG_ERROR:
        return CatalogError(code=code, reason=reason)
    make = _OF_PROCESS.get(kind)
    if make is None:
        raise UNSENDABLE(kind=kind.value, cause="it is no error message")
    return make(code=code, reason=reason, consumer_pid=consumer_pid or NO_PID, provider_pid=provider_pid or NO_PID)


_OF_PROCESS: Final[dict[MessageKind, type[NegotiationError | TransferError]]] = {
    MessageKind.NEGOTIATION_ERROR: NegotiationError,
    MessageKind.TRANSFER_ERROR: TransferError,
}
