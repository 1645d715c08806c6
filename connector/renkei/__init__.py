"""Renkei (連携): a sovereign data-space connector that lives inside a company's own system.

Public names are loaded when they are first used, so that ``import renkei.policy`` or the offline verifier bring in no
network code.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from renkei.exchange.catalog.catalogs import Publication
    from renkei.exchange.fetching import Fetched
    from renkei.exchange.records.assets import Source, SourceKind
    from renkei.exchange.records.consents import ConsentRecord, ConsentState
    from renkei.exchange.records.requests import RequestKind, RequestState
    from renkei.kernel.problems import ConfigurationError, LocalError, PeerError, PolicyError, RenkeiError
    from renkei.node import Connector, ConnectorConfig, Replacements
    from renkei.policy.model import Policy, PolicyKind, Rule
    from renkei.sync import SyncConnector

__version__ = "0.1.0"

_HOME: Final = {
    "ConfigurationError": "renkei.kernel.problems",
    "Connector": "renkei.node",
    "ConnectorConfig": "renkei.node",
    "ConsentRecord": "renkei.exchange.records.consents",
    "ConsentState": "renkei.exchange.records.consents",
    "Fetched": "renkei.exchange.fetching",
    "LocalError": "renkei.kernel.problems",
    "PeerError": "renkei.kernel.problems",
    "Policy": "renkei.policy.model",
    "PolicyError": "renkei.kernel.problems",
    "PolicyKind": "renkei.policy.model",
    "Publication": "renkei.exchange.catalog.catalogs",
    "RenkeiError": "renkei.kernel.problems",
    "Replacements": "renkei.node",
    "RequestKind": "renkei.exchange.records.requests",
    "RequestState": "renkei.exchange.records.requests",
    "Rule": "renkei.policy.model",
    "Source": "renkei.exchange.records.assets",
    "SourceKind": "renkei.exchange.records.assets",
    "SyncConnector": "renkei.sync",
}

__all__ = [
    "ConfigurationError",
    "Connector",
    "ConnectorConfig",
    "ConsentRecord",
    "ConsentState",
    "Fetched",
    "LocalError",
    "PeerError",
    "Policy",
    "PolicyError",
    "PolicyKind",
    "Publication",
    "RenkeiError",
    "Replacements",
    "RequestKind",
    "RequestState",
    "Rule",
    "Source",
    "SourceKind",
    "SyncConnector",
    "__version__",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
