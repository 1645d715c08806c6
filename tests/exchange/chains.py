"""Small supply chains of parts, as the files of a company say them."""

from __future__ import annotations

from renkei.exchange.records.parts import PartRecord
from renkei.exchange.records.requests import RequestKind
from renkei.testing import START

FOOTPRINT, DILIGENCE = RequestKind.FOOTPRINT, RequestKind.DUE_DILIGENCE
DUE = "2026-12-31"
PERIOD = {"start": "2025-01-01", "end": "2025-12-31"}
STEPS = dict.fromkeys("12345", "met")


def part(name: str, own: str, *bought: tuple[str, str, str], **changes) -> PartRecord:
    """``own``: kgCO2e per piece; ``bought``: (component, supplier, pieces)."""
    unit = {"declaredUnit": "piece", "declaredUnitAmount": "1", "period": PERIOD}
    emission = {"name": "plant", "stage": "mainProductProduction", "kgCO2e": own}
    lithium = {
        "mineral": "lithium",
        "steps": STEPS,
        "risks": [],
        "evidence": [],
        "status": "met",
        "covered": "1",
        "amount": "2",
    }
    lines = "".join(f"{name},{item},{supplier},{amount},piece,1,component\n" for item, supplier, amount in bought)
    members = {
        "id": name,
        "bom": "parent,component,supplier,amount,unit,yield,stages\n" + lines,
        "inventory": {"@type": "FootprintInventory", **unit, "own": [emission], "secondary": []},
        "due_diligence": {
            "@type": "DiligenceStatement",
            **unit,
            "minerals": [lithium] if not bought else [],
            "absent": ["cobalt", "natural_graphite", "nickel"],
            "expected": [],
        },
    }
    return PartRecord(**{**members, **changes})


async def state_of(member, request: str) -> str:
    return (await member.participant.requests.find(request)).state.value


async def received(member, partner, document_type: str = "FootprintRecord") -> list[dict]:
    """The records a member holds from a partner, oldest version first."""
    rows = await member.store.find("document", peer=partner.did, state=document_type)
    from renkei.exchange.records.requests import DocumentRecord

    return sorted((DocumentRecord.of(row).document for row in rows), key=lambda document: document["version"])


__all__ = ["DILIGENCE", "DUE", "FOOTPRINT", "START", "part", "received", "state_of"]
