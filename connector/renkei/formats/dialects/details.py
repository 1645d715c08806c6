"""What only dialects need to know of a product: names, ids, geography, mass, standards, the split of emissions.

A flat JSON object, every member optional, figures as strings::

    {"@type": "ProductDetails", "productName": "…", "productIds": ["urn:…"], "massPerUnit": "0.456",
     "biogenicCO2Uptake": "-1", "exemptedEmissionsPercent": "0", "ccsIncluded": false, …}

Emissions and carbon contents are of the declared amount of the record they stand beside (kg CO2e, kg C); shares are
percentages. ``massPerUnit`` is kg of one declared unit, ``capacityPerPiece`` kWh of usable capacity of one piece.
Raises ConfigurationError ``battery-input-…``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum, unique
from types import MappingProxyType
from typing import Final, Self

from renkei.battery.problems import INPUT
from renkei.battery.reading import ANY, PERCENT, Members, Range
from renkei.battery.units import render_figure

TYPE: Final = "ProductDetails"


@unique
class Sort(Enum):
    """What a member holds, and whether it grows with the declared amount."""

    TEXT = "text"
    TEXTS = "texts"
    TRUTH = "truth"
    FIGURE = "figure"
    EMISSION = "emission"
    SHARE = "share"


_EMISSIONS: Final = (
    "fossilGhgEmissions",
    "biogenicNonCO2Emissions",
    "biogenicCO2Uptake",
    "landUseChangeGhgEmissions",
    "landManagementBiogenicCO2Emissions",
    "landManagementBiogenicCO2Removals",
    "aircraftGhgEmissions",
)
_STAGED: Final = ("pcfIncludingBiogenicUptake", "pcfExcludingBiogenicUptake", *_EMISSIONS)


def staged(stage: str, name: str) -> str:
    """The name of an emission of the packaging or distribution stage."""
    return stage + name[0].upper() + name[1:]


_SORTS: Final[Mapping[Sort, tuple[str, ...]]] = {
    Sort.TEXT: (
        *("companyName", "productName", "productDescription", "comment", "legalStatement", "status", "created"),
        *("boundary", "pcfType", "traceId", "region", "country", "subdivision", "boundaryProcesses"),
        *("exemptedEmissionsDescription", "allocationWasteIncineration", "allocationRules"),
        *("allocationRecycledCarbon", "freeAttribution", "massBalancingScheme", "performanceClass", "studyLink"),
        *("manufacturerPartId", "customerPartId", "legalEntity", "site", "attestationType", "attestationName"),
        *("attestationStandard", "attestationId", "attestationProvider", "attestationLink", "attestationProviderId"),
        *("attestationCompleted", "attestationCoverage", "attestationComments", "co2CaptureOrigin"),
        *("ccuCalculationApproach", "ccuCreditCertification"),
    ),
    Sort.TEXTS: (
        *("companyIds", "productIds", "productClassifications", "precedingIds", "secondarySources", "standards"),
        *("rules", "gwpReports", "metals", "qualityParameters", "studyDocuments"),
    ),
    Sort.TRUTH: ("ccsIncluded", "massBalancingUsed", "packagingIncluded", "distributionIncluded"),
    Sort.FIGURE: ("massPerUnit", "capacityPerPiece"),
    Sort.SHARE: (
        *("exemptedEmissionsPercent", "programCertificationShare", "firstPartyVerificationShare"),
        *("secondPartyVerificationShare", "thirdPartyVerificationShare"),
    ),
    Sort.EMISSION: (
        "pcfIncludingBiogenicUptake",
        *_EMISSIONS,
        *("landManagementFossilGhgEmissions", "landCarbonLeakage", "landAreaOccupation", "packagingGhgEmissions"),
        *("carbonContentTotal", "fossilCarbonContent", "biogenicCarbonContent", "packagingBiogenicCarbonContent"),
        *("recycledCarbonContent", "ccuCarbonContent", "ccsCapture", "technologicalCO2Removals"),
        *(staged("packaging", name) for name in _STAGED),
        *(staged("distribution", name) for name in _STAGED if name != "pcfExcludingBiogenicUptake"),
        "duplicatePackagingLandManagement",
    ),
}
SORTS: Final[Mapping[str, Sort]] = {name: sort for sort, names in _SORTS.items() for name in names}
_RANGES: Final[Mapping[Sort, Range]] = {
    Sort.FIGURE: Range("0 or more", low=Decimal(0)),
    Sort.EMISSION: ANY,
    Sort.SHARE: PERCENT,
}


@dataclass(frozen=True, slots=True)
class ProductDetails:
    """The members that are known, as in their JSON form: texts, lists of texts, truths, figures as texts."""

    values: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def to_json(self) -> dict[str, object]:
        """The plain JSON form."""
        return {"@type": TYPE, **self.values}

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read details from a file of ours; unknown members are errors."""
        members = Members.typed(value, INPUT, TYPE)
        values: dict[str, object] = {}
        for name in members.names():
            sort = SORTS.get(name)
            if sort is Sort.TEXT:
                values[name] = members.text(name)
            elif sort is Sort.TEXTS:
                values[name] = list(members.texts(name))
            elif sort is Sort.TRUTH:
                values[name] = members.flag(name)
            elif sort is not None:
                values[name] = render_figure(members.figure(name, _RANGES[sort]))
        members.close()
        return cls(MappingProxyType(values))
