"""The registry of left operands Renkei can evaluate: for each its IRI, its operators, and where its value comes from.

An operand that is not here, or an operator not listed for it, makes its constraint unknown, and unknown never permits.

Sources: ODRL 2.2 vocabulary (dateTime, purpose); Catena-X CX-0152 (UsagePurpose, Membership, FrameworkAgreement,
BusinessPartnerNumber). The operators of UsagePurpose and BusinessPartnerNumber go beyond CX-0152 by ``eq`` (and the
latter's ``neq``), which partners write for a single value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from renkei.policy.model import Operator
from renkei.policy.terms import CATENA_X, ODRL

DATE_TIME = ODRL + "dateTime"
PURPOSE = ODRL + "purpose"
ASSIGNEE = ODRL + "assignee"
USAGE_PURPOSE = CATENA_X + "UsagePurpose"
MEMBERSHIP = CATENA_X + "Membership"
FRAMEWORK_AGREEMENT = CATENA_X + "FrameworkAgreement"
BUSINESS_PARTNER_NUMBER = CATENA_X + "BusinessPartnerNumber"


class Source(Enum):
    """Where the left value of a constraint comes from."""

    CLOCK = "clock"
    PURPOSES = "request purposes"
    PARTY = "request party"
    FACT = "fact"


@dataclass(frozen=True, slots=True)
class Operand:
    """One left operand as declared.

    A value from the clock is compared as an instant. Purposes are *intended uses*, of which every one must be covered;
    a party or a fact is something *held*, of which one is enough.
    """

    iri: str
    source: Source
    operators: frozenset[Operator]
    en: str
    ja: str


_ORDER = frozenset({Operator.EQ, Operator.NEQ, Operator.LT, Operator.LTEQ, Operator.GT, Operator.GTEQ})
_CHOICE = frozenset({Operator.EQ, Operator.NEQ, Operator.IS_ANY_OF, Operator.IS_NONE_OF})

OPERANDS: Mapping[str, Operand] = MappingProxyType(
    {
        operand.iri: operand
        for operand in (
            Operand(DATE_TIME, Source.CLOCK, _ORDER, "the time of the decision", "判断の時点"),
            Operand(PURPOSE, Source.PURPOSES, _CHOICE, "the declared purpose", "申告された目的"),
            Operand(ASSIGNEE, Source.PARTY, _CHOICE, "the asking party", "要求した参加者"),
            Operand(
                USAGE_PURPOSE,
                Source.PURPOSES,
                frozenset({Operator.EQ, Operator.IS_ANY_OF}),
                "the declared Catena-X purpose",
                "申告されたCatena-Xの目的",
            ),
            Operand(
                MEMBERSHIP,
                Source.FACT,
                frozenset({Operator.EQ}),
                "the membership in the data space",
                "データスペースの会員資格",
            ),
            Operand(
                FRAMEWORK_AGREEMENT,
                Source.FACT,
                frozenset({Operator.EQ}),
                "the framework agreement that was signed",
                "署名済みの枠組み契約",
            ),
            Operand(
                BUSINESS_PARTNER_NUMBER,
                Source.FACT,
                _CHOICE,
                "the asking party's business partner number",
                "要求した参加者の事業者番号(BPN)",
            ),
        )
    }
)
