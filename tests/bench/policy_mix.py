"""The published mix of policies over which the policy engine is measured: forty of them, with 1 to 20 constraints.

Each size comes twice: as Catena-X writes it (one permission, one ``and``), and mixed: two permissions, a prohibition, a
choice (``or``), an exclusive choice, sets of ten values, numbers and durations. Of the requests three in four are
permitted; the others fail at the clock, at a fact that is absent, and at the purpose.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from renkei.policy import Fact, Facts, Policy, Request, read_offer
from renkei.policy.operands import (
    BUSINESS_PARTNER_NUMBER,
    COUNT,
    FRAMEWORK_AGREEMENT,
    MEMBERSHIP,
    ROLE,
    SECURITY_LEVEL,
    SPATIAL,
)
from renkei.policy.operands.dataspace import SECURITY_PROFILES

NOW: Final = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
PARTY: Final = "did:web:customer.example"
DATASET: Final = "urn:dataset:cathode"
PURPOSE: Final = "cx.pcf.base:1"
SIZES: Final = range(1, 21)
NUMBERS: Final = tuple(f"BPNL{place:012d}" for place in range(10))


def _atom(left: str, operator: str, right: object) -> dict[str, object]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


def _constraint(place: int) -> dict[str, object]:
    """One of ten kinds, each true in the usual world."""
    later = (NOW + timedelta(days=30 + place)).isoformat()
    earlier = (NOW - timedelta(days=30 + place)).isoformat()
    kinds = (
        _atom("Membership", "eq", "active"),
        _atom("FrameworkAgreement", "eq", "DataExchangeGovernance:1.0"),
        _atom("UsagePurpose", "isAnyOf", [PURPOSE, "cx.quality.base:1"]),
        _atom("odrl:dateTime", "lteq", later),
        _atom("BusinessPartnerNumber", "isAnyOf", list(NUMBERS)),
        _atom("odrl:count", "lteq", str(10 + place)),
        _atom("odrl:elapsedTime", "lteq", "P1Y"),
        _atom(ROLE, "isAnyOf", ["auditor", "cell-maker"]),
        _atom(SECURITY_LEVEL, "gteq", SECURITY_PROFILES[0]),
        {"or": [_atom("odrl:dateTime", "gteq", earlier), _atom("odrl:spatial", "isPartOf", ["EU", "JP"])]},
    )
    return kinds[place % len(kinds)]


def _catena_x(size: int) -> dict[str, object]:
    constraint = [{"and": [_constraint(place) for place in range(size)]}] if size > 1 else [_constraint(0)]
    return {"permission": [{"action": "use", "constraint": constraint}]}


def _mixed(size: int) -> dict[str, object]:
    never = {"xone": [_atom("odrl:purpose", "eq", "urn:resale"), _atom("odrl:purpose", "eq", "urn:training")]}
    main = [_constraint(place) for place in range(size)]
    other = {"action": "odrl:read", "constraint": [_atom("odrl:purpose", "isAnyOf", ["urn:audit"])]}
    return {
        "permission": [{"action": "use", "constraint": main}, *([other] if size > 5 else [])],
        "prohibition": [{"action": "use", "constraint": [never]}],
    }


def policies() -> Sequence[Policy]:
    """The forty, by rising size."""
    return [
        read_offer({"@id": f"urn:mix:{name}:{size}", "@type": "Offer", **make(size)}, in_catalog=True)
        for size in SIZES
        for name, make in (("catena-x", _catena_x), ("mixed", _mixed))
    ]


def _facts(now: datetime = NOW, *without: str) -> Facts:
    until = NOW + timedelta(days=7)
    known = {
        MEMBERSHIP: Fact(frozenset({"active"}), "urn:credential:membership", until),
        FRAMEWORK_AGREEMENT: Fact(frozenset({"DataExchangeGovernance:1.0"}), "urn:credential:governance", until),
        BUSINESS_PARTNER_NUMBER: Fact(frozenset({NUMBERS[3]}), "configuration"),
        COUNT: Fact(frozenset({"3"}), "uses counted here"),
        ROLE: Fact(frozenset({"cell-maker"}), "register"),
        SECURITY_LEVEL: Fact(frozenset({SECURITY_PROFILES[1]}), "register"),
        SPATIAL: Fact(frozenset({"JP"}), "register"),
    }
    held = {iri: fact for iri, fact in known.items() if iri not in without}
    return Facts(now, held, began=NOW - timedelta(days=20))


def _request(*purposes: str) -> Request:
    return Request(PARTY, DATASET, purposes=frozenset(purposes))


QUESTIONS: Final[Sequence[tuple[Request, Facts]]] = (
    *[(_request(PURPOSE), _facts())] * 9,
    (_request(PURPOSE), _facts(NOW + timedelta(days=400))),
    (_request(PURPOSE), _facts(NOW, MEMBERSHIP)),
    (_request("urn:resale"), _facts()),
)
"""Twelve: nine that are permitted, three that are not."""
