"""Left operands of the Catena-X policy profile 2025/9.

The operators of UsagePurpose and BusinessPartnerNumber go beyond the standard by ``eq`` (and the latter's ``neq``),
which partners write for a single value; a publication is held to the standard by ``profiles``.

Source: Catena-X CX-0152, version 1.2.0.
"""

from __future__ import annotations

from typing import Final

from renkei.policy.model import Operator
from renkei.policy.operand import CHOICE, FROM_NEGOTIATION, Datatype, Enforcement, Operand, Source
from renkei.policy.terms import CATENA_X

USAGE_PURPOSE: Final = CATENA_X + "UsagePurpose"
MEMBERSHIP: Final = CATENA_X + "Membership"
FRAMEWORK_AGREEMENT: Final = CATENA_X + "FrameworkAgreement"
BUSINESS_PARTNER_NUMBER: Final = CATENA_X + "BusinessPartnerNumber"
BUSINESS_PARTNER_GROUP: Final = CATENA_X + "BusinessPartnerGroup"

CATENA_X_OPERANDS: Final = (
    Operand(
        iri=USAGE_PURPOSE,
        source=Source.PURPOSES,
        datatype=Datatype.TEXT,
        operators=frozenset({Operator.EQ, Operator.IS_ANY_OF}),
        phases=FROM_NEGOTIATION,
        enforcement=Enforcement.EVIDENTIAL,
        en="the declared Catena-X purpose",
        ja="申告されたCatena-Xの目的",
    ),
    Operand(
        iri=MEMBERSHIP,
        source=Source.FACT,
        datatype=Datatype.TEXT,
        operators=frozenset({Operator.EQ}),
        en="the membership in the data space",
        ja="データスペースの会員資格",
    ),
    Operand(
        iri=FRAMEWORK_AGREEMENT,
        source=Source.FACT,
        datatype=Datatype.TEXT,
        operators=frozenset({Operator.EQ}),
        en="the framework agreement that was signed",
        ja="署名済みの枠組み契約",
    ),
    Operand(
        iri=BUSINESS_PARTNER_NUMBER,
        source=Source.FACT,
        datatype=Datatype.TEXT,
        operators=CHOICE,
        en="the asking party's business partner number",
        ja="要求した参加者の事業者番号(BPN)",
    ),
)
