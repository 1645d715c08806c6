"""Bytes to a typed, validated message, and what the long way of JSON-LD costs beside it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

from renkei.protocol.messages import MessageKind
from renkei.resources import Kind, resource_bytes
from renkei.wire.codec import decode, message_in, parse
from renkei.wire.jsonld import PINNED, Expansion
from renkei.wire.table import CONTEXT

CATENA_X = "https://w3id.org/catenax/2025/9/policy/"
OPERANDS = ("Membership", "FrameworkAgreement", "UsagePurpose", "ContractReference")
REQUEST = {
    "@context": [CONTEXT],
    "@type": "ContractRequestMessage",
    "@id": "urn:uuid:1c5ba0a6-6c33-4c8c-a9a4-0d0f0e2c3f5e",
    "consumerPid": "urn:uuid:a6b1f7f0-8a0c-4a5e-9a0f-2f6c1b0d7e11",
    "callbackAddress": "https://consumer.example/dsp/2025-1",
    "offer": {
        "@id": "urn:uuid:2f6c1b0d-7e11-4a5e-9a0f-a6b1f7f08a0c",
        "@type": "Offer",
        "target": "urn:dataset:cell-1",
        "assigner": "did:web:provider.example",
        "permission": [
            {
                "action": "use",
                "constraint": [
                    {"leftOperand": CATENA_X + operand, "operator": "eq", "rightOperand": "active"}
                    for operand in OPERANDS
                ],
            }
        ],
    },
}


def best(work: Callable[[], object], times: int, rounds: int) -> float:
    """Microseconds for one, in the quickest of many short rounds: what else the machine does only adds to it."""
    quickest = float("inf")
    for _ in range(rounds):
        begun = time.perf_counter()
        for _ in range(times):
            work()
        quickest = min(quickest, (time.perf_counter() - begun) / times)
    return quickest * 1e6


def wire(_folder: Path) -> dict[str, float]:
    """A request of about 1 kB with four constraints.

    ``decode_contract_request_us`` as plain JSON; ``decode_json_ld_us`` the same under one context more, in this process.
    """
    raw = json.dumps(REQUEST).encode()
    foreign = json.dumps({**REQUEST, "@context": [CONTEXT, "https://w3id.org/edc/dspace/v0.0.1"]}).encode()
    expansion = Expansion({name: json.loads(resource_bytes(Kind.VOCAB, file)) for name, file in PINNED.items()})

    def plain() -> object:
        return decode(raw, expect=MessageKind.CONTRACT_REQUEST)

    def expanded() -> object:
        return message_in(expansion.known(parse(foreign)).document, expect=MessageKind.CONTRACT_REQUEST)

    assert plain() == expanded()
    return {
        "decode_contract_request_us": round(best(plain, 100, 500), 1),
        "decode_json_ld_us": round(best(expanded, 5, 60), 1),
    }
