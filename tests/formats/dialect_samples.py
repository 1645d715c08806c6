"""Records, details and documents that the tests of dialects share."""

from __future__ import annotations

from renkei.battery.footprint.record import FootprintRecord
from renkei.formats.dialects.details import ProductDetails
from renkei.formats.dialects.table import Formats, read_tables
from renkei.kernel import strict_json
from renkei.resources import Kind, resource_bytes, resource_names

RAW, MAIN = "rawMaterialAcquisitionAndPreProcessing", "mainProductProduction"
DISTRIBUTION, END = "distribution", "endOfLifeAndRecycling"
ID = "urn:uuid:5a1f2d0c-8f7e-4a3b-9c2d-1e0f9a8b7c6d"
TRACE = "d9a38406-cae2-4679-b052-15a75f5531f6"
IDS = ("catena-x-battery-supplier-1", "catena-x-pcf-10", "catena-x-pcf-9", "idta-02035-3", "ouranos-cfp", "pact-3")


def load_formats() -> Formats:
    names = [name for name in resource_names(Kind.VOCAB) if name.startswith("formats/")]
    return read_tables({name: strict_json.loads(resource_bytes(Kind.VOCAB, name)) for name in names})


FORMATS = load_formats()


def record_json(**changed: object) -> dict[str, object]:
    """A record of 1 kg: own 3 and 20, supplied 2 and 0.5, distribution 0.25; 25.75 in all."""
    return {
        "@type": "FootprintRecord",
        "id": ID,
        "version": 3,
        "part": "cell-1",
        "company": "did:web:cells.example",
        "declaredUnit": "kilogram",
        "declaredUnitAmount": "1",
        "unit": "kgCO2e",
        "stages": {RAW: "5", MAIN: "20.5", DISTRIBUTION: "0.25", END: "0"},
        "own": {RAW: "3", MAIN: "20", DISTRIBUTION: "0", END: "0"},
        "total": "25.75",
        "primaryDataShare": "80.5",
        "quality": {"TeR": "2", "GeR": "2.5", "TiR": "3"},
        "period": {"start": "2025-04-01", "end": "2026-03-31"},
        "secondary": [],
        "gaps": [],
        "ruleSet": "urn:renkei:rules:eu-battery-cfb:2024-draft",
        "rounding": {"digits": 34, "counting": "significant"},
        **changed,
    }


def record(**changed: object) -> FootprintRecord:
    return FootprintRecord.from_json(record_json(**changed))


def details(**changed: object) -> ProductDetails:
    """All that any dialect demands beside the record."""
    values: dict[str, object] = {
        "companyName": "Cells of Example",
        "companyIds": ["urn:pact:cells.example:company-id:1"],
        "created": "2026-04-20T09:00:00Z",
        "customerPartId": "CUST-7",
        "legalEntity": "BPNL00000000CELL",
        "site": "BPNS00000000PLNT",
        "traceId": TRACE,
    } | changed
    return ProductDetails.from_json(
        {"@type": "ProductDetails", **{name: value for name, value in values.items() if value is not None}}
    )


def flat(value: object, path: str = "") -> dict[str, object]:
    """Every leaf of a JSON document by its pointer; an empty list or object is a leaf."""
    if isinstance(value, dict) and value:
        return {where: leaf for name, inner in value.items() for where, leaf in flat(inner, f"{path}/{name}").items()}
    if isinstance(value, list) and value:
        return {where: leaf for i, inner in enumerate(value) for where, leaf in flat(inner, f"{path}/{i}").items()}
    return {path: value}


def under(path: str, told: set[str] | frozenset[str]) -> bool:
    """Whether a place, or one that it lies in, is told of."""
    return any(path == each or path.startswith(each + "/") for each in told)
