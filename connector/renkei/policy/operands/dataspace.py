"""Left operands of data spaces: who asks, in which role, through which connector, with whose consent.

Sources: IDS information model (``idsc:`` left operands and security profiles); ours for what has no name there.
"""

from __future__ import annotations

from typing import Final

from renkei.policy.model import RENKEI, Operator
from renkei.policy.operands.declaration import (
    CHOICE,
    FROM_TRANSFER,
    ORDER,
    PARTS,
    Actor,
    Datatype,
    Enforcement,
    Operand,
    Source,
)
from renkei.policy.terms import ODRL

IDSC: Final = "https://w3id.org/idsa/code/"
ASSIGNEE: Final = ODRL + "assignee"
CONNECTOR: Final = IDSC + "CONNECTOR"
SECURITY_LEVEL: Final = IDSC + "SECURITY_LEVEL"
STATE: Final = IDSC + "STATE"
ROLE: Final = RENKEI + "role"
GROUP: Final = RENKEI + "group"
CONSENT: Final = RENKEI + "consent"
DATA_ORIGIN: Final = RENKEI + "dataOrigin"
WITHHELD: Final = RENKEI + "withheld"
SECURITY_PROFILES: Final = tuple(IDSC + f"{name}_SECURITY_PROFILE" for name in ("BASE", "TRUST", "TRUST_PLUS"))
"""From low to high."""

DATASPACE_OPERANDS: Final = (
    Operand(
        iri=ASSIGNEE,
        source=Source.PARTY,
        datatype=Datatype.PART,
        operators=CHOICE | {Operator.IS_A, Operator.IS_PART_OF},
        en="the asking party",
        ja="要求した参加者",
    ),
    Operand(
        iri=CONNECTOR,
        source=Source.FACT,
        datatype=Datatype.TEXT,
        operators=CHOICE,
        en="the asking party's connector",
        ja="要求した参加者のコネクター",
    ),
    Operand(
        iri=SECURITY_LEVEL,
        source=Source.FACT,
        datatype=Datatype.SCALE,
        scale=SECURITY_PROFILES,
        operators=ORDER | CHOICE | PARTS,
        en="the security profile of the asking party's connector",
        ja="要求した参加者のコネクターのセキュリティプロファイル",
    ),
    Operand(
        iri=STATE,
        source=Source.FACT,
        datatype=Datatype.TEXT,
        operators=CHOICE,
        actor=Actor.NOBODY,
        en="the state of affairs (an emergency, say)",
        ja="状況(緊急事態など)",
    ),
    Operand(
        iri=ROLE,
        source=Source.FACT,
        datatype=Datatype.PART,
        operators=PARTS,
        en="the asking party's role",
        ja="要求した参加者の役割",
    ),
    Operand(
        iri=GROUP,
        source=Source.FACT,
        datatype=Datatype.PART,
        operators=PARTS,
        actor=Actor.PROVIDER,
        confidential=True,
        en="the group of partners that the asking party belongs to",
        ja="要求した参加者が属する取引先グループ",
    ),
    Operand(
        iri=CONSENT,
        source=Source.FACT,
        datatype=Datatype.TEXT,
        operators=CHOICE,
        allowed=frozenset({"primary", "secondary"}),
        phases=FROM_TRANSFER,
        actor=Actor.PROVIDER,
        en="the class of the provider's consent to this use",
        ja="この利用に対する提供者の同意の区分",
    ),
    Operand(
        iri=DATA_ORIGIN,
        source=Source.AGREED,
        datatype=Datatype.TEXT,
        operators=frozenset({Operator.EQ}),
        allowed=frozenset({"measured", "calculated", "synthetic"}),
        enforcement=Enforcement.EVIDENTIAL,
        en="where the values of the data come from",
        ja="データの値の由来",
    ),
    Operand(
        iri=WITHHELD,
        source=Source.AGREED,
        datatype=Datatype.TEXT,
        operators=frozenset({Operator.IS_ALL_OF}),
        enforcement=Enforcement.EVIDENTIAL,
        en="what is left out or masked before it is handed over",
        ja="提供前に除去またはマスクされる項目",
    ),
)
