"""What an embedding program puts in the place of our own parts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from renkei.exchange.catalog.catalogs import Catalogs
from renkei.exchange.machine.endpoint import Route
from renkei.exchange.ports import Clock, Identity, Ids, PartnerFacts, Ports
from renkei.exchange.process.decisions import Decisions
from renkei.policy.operands import STANDARD
from renkei.policy.operands.declaration import Registry
from renkei.store.port import Store
from renkei.trust.keys import Signer

if TYPE_CHECKING:
    from renkei.node.connector import Connector  # which is told its replacements


class ManagementFactory(Protocol):
    """How the daemon adds its management endpoints without this module knowing them."""

    def __call__(self, connector: Connector) -> Sequence[Route]:
        """The routes of the second listener."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacements:
    """What an embedding program brings itself; ``None`` takes the default.

    ``operands``: the left operands that policies may ask for, such as ``STANDARD.with_(my_operand)``.
    """

    store: Store | None = None
    clock: Clock | None = None
    ids: Ids | None = None
    identity: Callable[[Connector], Identity] | None = None
    signer: Signer | None = None
    decisions: Callable[[Ports, Catalogs], Decisions] | None = None
    register: PartnerFacts | None = None
    operands: Registry = STANDARD
    sources: Mapping[str, Callable[[], AsyncIterator[bytes]]] = field(default_factory=dict)
    management: ManagementFactory | None = None
