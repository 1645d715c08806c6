"""What a provider shows: catalog, dataset, distribution, data service (DSP 2025-1 section 5, DCAT 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from renkei.policy.model import Policy

HTTP_PULL = "HttpData-PULL"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataService:
    """Where negotiation and transfer messages go; ``endpoint_url`` is the base of one DSP version."""

    id: str
    endpoint_url: str
    extensions: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """One format in which a dataset is handed over, and by which service (an id of the catalog's, or one in place).

    ``offers`` hold for this distribution only, beside those of its dataset; a catalog's own distribution has none.
    """

    format: str
    access_service: DataService | str
    offers: tuple[Policy, ...] = ()
    extensions: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """What a partner is shown of an asset: at least one offer and one distribution.

    ``extensions`` holds the descriptive members (``dct:title``, ``dcat:keyword``, …) as they stand in JSON.
    """

    id: str
    offers: tuple[Policy, ...]
    distributions: tuple[Distribution, ...]
    extensions: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """All that one requester may see, or one page of it.

    ``catalogs`` are nested ones; only they may leave ``participant_id`` out, since it is the outer one's.
    """

    id: str
    participant_id: str | None = None
    datasets: tuple[Dataset, ...] = ()
    services: tuple[DataService, ...] = ()
    catalogs: tuple[Catalog, ...] = ()
    distributions: tuple[Distribution, ...] = ()
    extensions: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def dataset(self, dataset_id: str) -> Dataset | None:
        """The dataset of that id, if it is shown."""
        return next((dataset for dataset in self.datasets if dataset.id == dataset_id), None)
