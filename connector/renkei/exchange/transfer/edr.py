"""The endpoint data reference: where a pull goes and with which token, in Catena-X' property names (CX-0018 v4.2).

Other profiles write the same facts as ``endpoint`` of the address and a plain ``authorization`` property
(dsp_best_practices, HTTP pull); both are read. Under Catena-X' name the authorization goes into the header unchanged,
whatever the ``authType`` beside it hints at: EDC says ``bearer`` there and refuses the word in the header.

The consents under which a transfer was started stand in a property of our own namespace, their names with blanks
between them, so that both sides' histories name them; other houses ignore it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from renkei.exchange.problems import NO_DATA_ADDRESS
from renkei.policy.operands import CONSENT
from renkei.protocol.messages import DataAddress

ENDPOINT_TYPE: Final = "https://w3id.org/idsa/v4.1/HTTP"
_EDC: Final = "https://w3id.org/edc/v0.0.1/ns/"
_TX: Final = "https://w3id.org/tractusx/auth/"
_MOST_CONSENTS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Edr:
    """``authorization`` goes into the header of that name unchanged; ``expires_in`` in seconds, if it was said.

    ``consents``: names as the provider says them.
    """

    endpoint: str
    authorization: str
    auth_type: str = ""
    expires_in: int | None = None
    consents: tuple[str, ...] = ()

    @property
    def header(self) -> str:
        """The value of the Authorization header."""
        return f"Bearer {self.authorization}" if self.auth_type.lower() == "bearer" else self.authorization


def write_edr(edr: Edr) -> DataAddress:
    """The data address of a pull's start message."""
    properties = [(f"{_EDC}endpoint", edr.endpoint), (f"{_EDC}authorization", edr.header)]
    if edr.expires_in is not None:
        properties.append((f"{_TX}expiresIn", str(edr.expires_in)))
    if edr.consents:
        properties.append((CONSENT, " ".join(edr.consents)))
    return DataAddress(endpoint_type=ENDPOINT_TYPE, endpoint=edr.endpoint, properties=tuple(properties))


def read_edr(address: DataAddress) -> Edr:
    """Read a partner's data address. Raises PeerError ``transfer-no-data-address``."""
    endpoint = address.property(f"{_EDC}endpoint") or address.property("endpoint") or address.endpoint
    unchanged = address.property(f"{_EDC}authorization")
    token = unchanged or address.property("authorization")
    if not endpoint:
        raise NO_DATA_ADDRESS(cause="it names no endpoint")
    if not token:
        raise NO_DATA_ADDRESS(cause="it names no authorization")
    if not token.isprintable() or len(token) > 16_384:
        raise NO_DATA_ADDRESS(cause="its authorization fits no header")
    lifetime = address.property(f"{_TX}expiresIn")
    return Edr(
        endpoint=endpoint,
        authorization=token,
        auth_type="" if unchanged else address.property("authType") or "",
        expires_in=int(lifetime) if lifetime is not None and lifetime.isdecimal() and len(lifetime) < 12 else None,
        consents=_names(address.property(CONSENT) or ""),
    )


def _names(text: str) -> tuple[str, ...]:
    """The names in a partner's text; of one that is none, nothing."""
    names = tuple(dict.fromkeys(text.split()))
    fit = len(names) <= _MOST_CONSENTS and all(name.isprintable() and len(name) <= 500 for name in names)
    return names if fit else ()
