"""Left operands of the ODRL 2.2 vocabulary that can be evaluated here.

Those that are missing (positions, sizes, metered time …) have no value that anybody gathers: a policy that names one is
refused at publishing, and denied when a partner sends it.

Source: W3C ODRL Vocabulary & Expression 2.2, section 4.6.
"""

from __future__ import annotations

from typing import Final

from renkei.policy.model import Operator
from renkei.policy.operands.declaration import (
    CHOICE,
    FROM_NEGOTIATION,
    FROM_TRANSFER,
    IN_USE,
    ORDER,
    PARTS,
    Actor,
    Datatype,
    Enforcement,
    Operand,
    Source,
)
from renkei.policy.terms import ODRL

DATE_TIME: Final = ODRL + "dateTime"
ELAPSED_TIME: Final = ODRL + "elapsedTime"
COUNT: Final = ODRL + "count"
PURPOSE: Final = ODRL + "purpose"
RECIPIENT: Final = ODRL + "recipient"
SPATIAL: Final = ODRL + "spatial"
SYSTEM_DEVICE: Final = ODRL + "systemDevice"

# What a use is like is told by who asks for it; what it is like afterwards nobody can prevent.
_TOLD: Final = (
    ("event", "the event on which it is used", "利用の契機となる事象"),
    ("fileFormat", "the file format", "ファイル形式"),
    ("industry", "the industry of the use", "利用する業種"),
    ("language", "the language", "言語"),
    ("media", "the medium", "媒体"),
    ("product", "the product it is used for", "利用対象の製品"),
    ("deliveryChannel", "the delivery channel", "配信経路"),
    ("version", "the version", "版"),
)
_MEASURED: Final = (
    ("payAmount", "the amount paid", "支払額"),
    ("percentage", "the percentage used", "利用割合"),
    ("resolution", "the resolution", "解像度"),
    ("unitOfCount", "the unit that is counted", "計数の単位"),
)

ODRL_OPERANDS: Final = (
    Operand(
        iri=DATE_TIME,
        source=Source.CLOCK,
        datatype=Datatype.INSTANT,
        operators=ORDER,
        en="the time of the decision",
        ja="判断の時点",
    ),
    Operand(
        iri=ELAPSED_TIME,
        source=Source.ELAPSED,
        datatype=Datatype.DURATION,
        operators=ORDER,
        phases=FROM_TRANSFER,
        en="the time since the agreement was concluded",
        ja="契約締結からの経過時間",
    ),
    Operand(
        iri=COUNT,
        source=Source.FACT,
        datatype=Datatype.NUMBER,
        operators=ORDER,
        phases=IN_USE,
        actor=Actor.NOBODY,
        en="the number of uses, this one included",
        ja="今回を含む利用回数",
    ),
    Operand(
        iri=PURPOSE,
        source=Source.PURPOSES,
        datatype=Datatype.PART,
        operators=CHOICE | {Operator.IS_A, Operator.IS_PART_OF},
        phases=FROM_NEGOTIATION,
        enforcement=Enforcement.EVIDENTIAL,
        en="the declared purpose",
        ja="申告された目的",
    ),
    Operand(
        iri=RECIPIENT,
        source=Source.MANNER,
        datatype=Datatype.PART,
        operators=PARTS,
        phases=FROM_TRANSFER,
        enforcement=Enforcement.EVIDENTIAL,
        en="to whom it is handed on",
        ja="再提供先",
    ),
    Operand(
        iri=SPATIAL,
        source=Source.FACT,
        datatype=Datatype.PART,
        operators=PARTS,
        enforcement=Enforcement.EVIDENTIAL,
        en="where it is used",
        ja="利用場所",
    ),
    Operand(
        iri=SYSTEM_DEVICE,
        source=Source.FACT,
        datatype=Datatype.TEXT,
        operators=CHOICE,
        en="the asking party's connector",
        ja="要求した参加者のコネクター",
    ),
    *(
        Operand(
            iri=ODRL + name,
            source=Source.MANNER,
            datatype=Datatype.TEXT,
            operators=CHOICE,
            phases=FROM_TRANSFER,
            enforcement=Enforcement.EVIDENTIAL,
            en=en,
            ja=ja,
        )
        for name, en, ja in _TOLD
    ),
    *(
        Operand(
            iri=ODRL + name,
            source=Source.MANNER,
            datatype=Datatype.TEXT if name == "unitOfCount" else Datatype.NUMBER,
            operators=CHOICE if name == "unitOfCount" else ORDER,
            phases=FROM_TRANSFER,
            enforcement=Enforcement.EVIDENTIAL,
            en=en,
            ja=ja,
        )
        for name, en, ja in _MEASURED
    ),
)
