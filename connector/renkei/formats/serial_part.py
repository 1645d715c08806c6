"""A trace record as Catena-X tells it: the aspect SerialPart 4.0.0 (``io.catenax.serial_part``).

What the aspect has no place for is listed: contractor and contracts, the parent (that is SingleLevelBomAsBuilt) and the
time of day. The part's name is given for both sides where nobody knows how the customer calls it. The aspect's
identifier is made from ours (RFC 9562, version 8, from SHA-256), the same every time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from renkei.battery.parts.trace import TraceRecord

_LEFT_OUT = ("contractor", "contract", "manufacturingContract", "parentPart", "manufactured (time of day)")


@dataclass(frozen=True, slots=True)
class SerialPart:
    """The aspect's JSON, and which of our fields it does not hold."""

    document: Mapping[str, object]
    left_out: tuple[str, ...]


def serial_part(trace: TraceRecord, customer_part: str = "", number: str = "") -> SerialPart:
    """The aspect; ``customer_part``: the customer's number, ``number``: the manufacturer's BPN where it has one."""
    document = {
        "globalAssetId": global_asset_id(trace.part_maker, trace.id),
        "localIdentifiers": [
            {"key": "manufacturerId", "value": number or trace.manufacturer},
            {"key": "partInstanceId", "value": trace.id},
        ],
        "manufacturingInformation": {
            "productionDate": trace.manufactured.date().isoformat(),
            "country": trace.country,
        },
        "partTypeInformation": {
            "manufacturerPartId": trace.part,
            "nameAtManufacturer": trace.part_name,
            "customerPartId": customer_part or trace.part,
            "nameAtCustomer": trace.part_name,
            "partClassification": [],
        },
    }
    return SerialPart(document, _LEFT_OUT)


def global_asset_id(maker: str, part: str) -> str:
    """A UUID that follows from who made it and what it is called there."""
    bits = bytearray(hashlib.sha256(f"{maker}\n{part}".encode()).digest()[:16])
    bits[6] = bits[6] & 0x0F | 0x80
    bits[8] = bits[8] & 0x3F | 0x80
    digits = bits.hex()
    return f"urn:uuid:{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
