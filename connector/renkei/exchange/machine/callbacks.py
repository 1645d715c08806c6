"""The callback address that an opening message names: where our messages about that process go."""

from __future__ import annotations

from urllib.parse import urlsplit

from renkei.exchange.ports import Ports
from renkei.exchange.problems import FOREIGN_CALLBACK
from renkei.kernel.problems import RenkeiError
from renkei.trust.did import parse_did_web
from renkei.wire.problems import CALLBACK_ADDRESS
from renkei.wire.prose import LONGEST_ADDRESS


async def checked_callback(ports: Ports, partner: str, address: str | None) -> str:
    """The base URL of a partner's callback address.

    What must hold of it:

    1. it is one that we may call at all;
    2. it is at a host of the partner's: of its did:web or a service in its DID document, or one that the operator
       has allowed; a partner that is known by no such id is taken at its word.

    An address that does not hold is the fault of whoever named it, whatever our own rules are. Raises PeerError.
    """
    given = address or ""
    try:
        ports.line.check(given)  # 1
    except RenkeiError as error:
        raise CALLBACK_ADDRESS(path="callbackAddress", found=given, limit=LONGEST_ADDRESS) from error
    await _check_host(ports, partner, _host(given))  # 2
    return given.rstrip("/")


async def _check_host(ports: Ports, partner: str, host: str) -> None:
    if not partner.startswith("did:web:") or host == parse_did_web(partner).host:
        return
    if host in ports.settings.callback_hosts:
        return
    document = await ports.resolver.resolve(partner)
    if host not in {_host(service.endpoint) for service in document.services}:
        raise FOREIGN_CALLBACK(host=host, partner=partner)


def _host(url: str) -> str:
    """The host of an address that was checked, in lower case; empty where there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
