"""What a connector is called and where partners reach it.

A DID holds the port, so all of it is known before anything is served.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Final, Self

from renkei.kernel.problems import PeerError
from renkei.keyfiles import Keys
from renkei.node.config import ConnectorConfig
from renkei.node.problems import NO_ADDRESS, NO_PARTICIPANT
from renkei.trust.did import build_document, data_service, did_web, document_url
from renkei.trust.keys import KeyPurpose

_EVERYWHERE: Final = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - listened on by containers, never told to partners


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnNames:
    """``did``: our participant id. ``key_did``: the did:web on which our keys hang, also where that id is none.

    ``document_url``: where the document of ``key_did`` is looked for.
    """

    port: int
    public_url: str
    did: str
    key_did: str
    document_url: str

    @classmethod
    def of(cls, config: ConnectorConfig) -> Self:
        """The names that follow from the settings.

        Raises ConfigurationError ``config-no-public-address``, ``config-bad-participant``.
        """
        port = config.port or _free_port(config.host)
        public_url = _public_url(config, port)
        did = config.participant or did_web(public_url)
        key_did = did if did.startswith("did:web:") else did_web(public_url)
        return cls(
            port=port,
            public_url=public_url,
            did=did,
            key_did=key_did,
            document_url=_document_url(config, public_url, key_did),
        )

    def document(self, keys: Keys) -> dict[str, object]:
        """Our DID document."""
        return build_document(
            self.key_did,
            {KeyPurpose.TOKEN: [keys.token.public], KeyPurpose.ASSERTION: [keys.assertion.public]},
            [data_service(self.key_did, self.public_url)],
        )


def _public_url(config: ConnectorConfig, port: int) -> str:
    """How partners reach us. Raises ConfigurationError ``config-no-public-address``."""
    host = f"[{config.host}]" if ":" in config.host else config.host
    url = (config.public_url or f"http://{host}:{port}").rstrip("/")
    if not config.public_url and config.host in _EVERYWHERE:
        raise NO_ADDRESS(url=url, cause=f"`host` is {config.host}, which means every address, and `url` is not set")
    return url


def _document_url(config: ConnectorConfig, public_url: str, key_did: str) -> str:
    """Our own names come from our own settings: what is wrong with them is no partner's fault."""
    try:
        return document_url(key_did, insecure_loopback=config.insecure_loopback)
    except PeerError as error:
        cause = error.values.get("cause", error.message())
        if key_did == config.participant:
            raise NO_PARTICIPANT(did=key_did, cause=cause) from error
        raise NO_ADDRESS(url=public_url, cause=cause) from error


def _free_port(host: str) -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
