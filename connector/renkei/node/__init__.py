"""A connector: one participant with its database, keys, listeners and outbox, as a library object.

::

    async with Connector(ConnectorConfig(folder=Path("node"), port=8080)) as connector:
        fetched = await connector.fetch("did:web:partner.example", "urn:dataset:1")

Nothing is global: several connectors live in one process. Everything from outside can be replaced: the store, the
identity (another trust framework), the signer (a KMS), the rule book, the clock.

``connector``: its uses and its lifetime; ``config`` and ``replacements``: what it is told and given; ``names``: what it
is called; ``composition``: how it is put together.
"""

from renkei.node.composition import DATA_PATH, DSP_BASE, PURPOSE_LIST, shipped
from renkei.node.config import PURPOSES, ConnectorConfig
from renkei.node.connector import Connector
from renkei.node.problems import NO_FOLDER
from renkei.node.replacements import ManagementFactory, Replacements

__all__ = [
    "DATA_PATH",
    "DSP_BASE",
    "NO_FOLDER",
    "PURPOSES",
    "PURPOSE_LIST",
    "Connector",
    "ConnectorConfig",
    "ManagementFactory",
    "Replacements",
    "shipped",
]
