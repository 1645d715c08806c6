"""Left operands of the Catena-X policy profile 2025/9, all 29, under the rules of the standard's version 1.2.0.

Which of them a machine can check is honest: membership, framework agreement, business partner number and group are
facts about the partner; the ends of usage and of provision are times, written with ``eq`` and meant as "until"; the
purpose is declared. The rest are terms that bind by being agreed to: nothing gathered anywhere tells whether they are
kept, so they hold in a permission (``Source.AGREED``), are in force in a prohibition when a use is declared to be of
that kind (``Source.CONDUCT``), and two policies agree in them only if they say the same (``opaque``).

A right operand beyond a closed list cannot be read, and what cannot be read never permits. Partners write a bare text
where an array is due, and ``eq`` for an array of one number or purpose: both are read, and publications are held to the
standard by ``policy.profiles``. ``isAllOf`` of restrictions means that each of them binds by itself.

Source: Catena-X CX-0152, versions 1.0.0 to 1.2.0; constraint schemas of the profile 2025/9.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from renkei.policy.model import Operator
from renkei.policy.operands.declaration import (
    CHOICE,
    FROM_NEGOTIATION,
    FROM_TRANSFER,
    Actor,
    Datatype,
    Enforcement,
    Operand,
    Shape,
    Source,
)
from renkei.policy.terms import CATENA_X, words

MEMBERSHIP: Final = CATENA_X + "Membership"
FRAMEWORK_AGREEMENT: Final = CATENA_X + "FrameworkAgreement"
BUSINESS_PARTNER_NUMBER: Final = CATENA_X + "BusinessPartnerNumber"
BUSINESS_PARTNER_GROUP: Final = CATENA_X + "BusinessPartnerGroup"
USAGE_PURPOSE: Final = CATENA_X + "UsagePurpose"
USAGE_RESTRICTION: Final = CATENA_X + "UsageRestriction"
DATA_USAGE_END_DATE: Final = CATENA_X + "DataUsageEndDate"
DATA_USAGE_END_DAYS: Final = CATENA_X + "DataUsageEndDurationDays"
DATA_USAGE_END_DEFINITION: Final = CATENA_X + "DataUsageEndDefinition"
DATA_PROVISIONING_END_DATE: Final = CATENA_X + "DataProvisioningEndDate"
DATA_PROVISIONING_END_DAYS: Final = CATENA_X + "DataProvisioningEndDurationDays"
WARRANTY_DURATION: Final = CATENA_X + "WarrantyDurationMonths"
WARRANTY_DEFINITION: Final = CATENA_X + "WarrantyDefinition"

_EQUAL: Final = frozenset({Operator.EQ})
_ANY: Final = frozenset({Operator.IS_ANY_OF})
_ALL: Final = frozenset({Operator.IS_ALL_OF})
_UNTIL: Final[Mapping[Operator, Operator]] = MappingProxyType({Operator.EQ: Operator.LTEQ})
_EACH: Final[Mapping[Operator, Operator]] = MappingProxyType({Operator.IS_ALL_OF: Operator.IS_ANY_OF})
_LONGEST: Final = 2000  # characters of a text that is free


def _matching(pattern: str) -> Shape:
    """A check by a pattern without repetition of repetitions: its time is that of one look at the text."""
    expression = re.compile(pattern, re.ASCII)
    return lambda text: expression.fullmatch(text) is not None


def _free(text: str) -> bool:
    return bool(text.strip()) and len(text) <= _LONGEST


_NUMBER_OF_PARTNER: Final = _matching(r"BPNL[0-9A-Z]{12}")
_INSTANT: Final = _matching(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:Z|[+-]\d{2}:\d{2})")
_COUNTED: Final = _matching(r"[1-9]\d{0,5}")
_PARTNERS: Final = "BPNL and 12 digits or capital letters"
_ANYWHERE: Final = "cx.region.all:1"
_REGIONS: Final = frozenset(
    f"cx.region.{name}:1" for name in words("europe northAmerica southAmerica africa asia oceania antarctica")
)


def _listed(text: str) -> frozenset[str]:
    """A closed list: values of version 1."""
    return frozenset(f"cx.{name}:1" for name in words(text))


def _fact(
    iri: str, operators: frozenset[Operator], en: str, ja: str, *, allowed: str = "", shape: Shape | None = None
) -> Operand:
    return Operand(
        iri=iri,
        source=Source.FACT,
        datatype=Datatype.TEXT,
        operators=operators,
        allowed=frozenset({allowed}) if allowed else None,
        shape=shape,
        form=_PARTNERS if shape is _NUMBER_OF_PARTNER else "",
        en=en,
        ja=ja,
    )


def _agreed(
    name: str,
    operators: frozenset[Operator],
    en: str,
    ja: str,
    *,
    allowed: frozenset[str] | None = None,
    shape: Shape | None = None,
    means: Mapping[Operator, Operator] | None = None,
) -> Operand:
    return Operand(
        iri=CATENA_X + name,
        source=Source.AGREED,
        datatype=Datatype.TEXT,
        operators=operators,
        phases=FROM_TRANSFER,
        enforcement=Enforcement.EVIDENTIAL,
        allowed=allowed,
        shape=shape,
        form=_PARTNERS if shape is _NUMBER_OF_PARTNER else "",
        means=means or {},
        opaque=True,
        en=en,
        ja=ja,
    )


def _region(name: str, en: str, ja: str) -> Operand:
    """A use in one region is a use anywhere: a prohibition for all regions speaks of each."""
    return Operand(
        iri=CATENA_X + name,
        source=Source.AGREED,
        datatype=Datatype.PART,
        operators=_ANY,
        means={Operator.IS_ANY_OF: Operator.IS_PART_OF},
        within=dict.fromkeys(_REGIONS, frozenset({_ANYWHERE})),
        phases=FROM_TRANSFER,
        enforcement=Enforcement.EVIDENTIAL,
        allowed=_REGIONS | {_ANYWHERE},
        opaque=True,
        en=en,
        ja=ja,
    )


def _until(iri: str, enforcement: Enforcement, en: str, ja: str) -> Operand:
    return Operand(
        iri=iri,
        source=Source.CLOCK,
        datatype=Datatype.INSTANT,
        operators=_EQUAL,
        means=_UNTIL,
        shape=_INSTANT,
        form="YYYY-MM-DDThh:mm:ss with Z or an offset",
        enforcement=enforcement,
        en=en,
        ja=ja,
    )


def _for_days(iri: str, enforcement: Enforcement, en: str, ja: str) -> Operand:
    return Operand(
        iri=iri,
        source=Source.ELAPSED,
        datatype=Datatype.DAYS,
        operators=_EQUAL,
        means=_UNTIL,
        shape=_COUNTED,
        form="a whole number of days from 1 to 999999",
        phases=FROM_TRANSFER,
        enforcement=enforcement,
        en=en,
        ja=ja,
    )


_CHECKED: Final = (
    _fact(MEMBERSHIP, _EQUAL, "the membership in the data space", "データスペースの会員資格", allowed="active"),
    _fact(
        FRAMEWORK_AGREEMENT,
        _EQUAL,
        "the framework agreement that was signed",
        "署名済みの枠組み契約",
        allowed="DataExchangeGovernance:1.0",
    ),
    _fact(
        BUSINESS_PARTNER_NUMBER,
        CHOICE,
        "the asking party's business partner number",
        "要求した参加者の事業者番号(BPN)",
        shape=_NUMBER_OF_PARTNER,
    ),
    Operand(
        iri=BUSINESS_PARTNER_GROUP,
        source=Source.FACT,
        datatype=Datatype.TEXT,
        operators=frozenset({Operator.IS_ANY_OF, Operator.IS_NONE_OF}),
        shape=_free,
        actor=Actor.PROVIDER,
        confidential=True,
        en="the group of business partners that the asking party belongs to",
        ja="要求した参加者が属する取引先グループ",
    ),
    Operand(
        iri=USAGE_PURPOSE,
        source=Source.PURPOSES,
        datatype=Datatype.TEXT,
        operators=_ANY | _EQUAL,
        phases=FROM_NEGOTIATION,
        enforcement=Enforcement.EVIDENTIAL,
        shape=_free,
        en="the declared Catena-X purpose",
        ja="申告されたCatena-Xの目的",
    ),
    _until(
        DATA_USAGE_END_DATE,
        Enforcement.MANAGED,
        "the time of the decision, at the latest the end of usage",
        "判断の時点(利用終了日時まで)",
    ),
    _for_days(
        DATA_USAGE_END_DAYS,
        Enforcement.MANAGED,
        "the days since the agreement was concluded, at most those of usage",
        "契約締結からの日数(利用期間まで)",
    ),
    _until(
        DATA_PROVISIONING_END_DATE,
        Enforcement.EVIDENTIAL,
        "the time of the decision, at the latest the end of provision",
        "判断の時点(提供終了日時まで)",
    ),
    _for_days(
        DATA_PROVISIONING_END_DAYS,
        Enforcement.EVIDENTIAL,
        "the days since the agreement was concluded, at most those of provision",
        "契約締結からの日数(提供期間まで)",
    ),
)
_BINDING: Final = (
    _agreed(
        "ContractReference",
        _ALL,
        "the contracts that are referred to",
        "参照する契約",
        shape=_free,
    ),
    _region("AffiliatesRegion", "the regions whose affiliates may use it", "利用できる関連会社の地域"),
    _agreed(
        "AffiliatesBpnl",
        _ANY,
        "the affiliates that may use it",
        "利用できる関連会社",
        shape=_NUMBER_OF_PARTNER,
    ),
    _region(
        "ManagedLegalEntityRegion", "the regions whose managed legal entities may use it", "利用できる管理法人の地域"
    ),
    _agreed(
        "ManagedLegalEntityBpnl",
        _ANY,
        "the managed legal entities that may use it",
        "利用できる管理法人",
        shape=_NUMBER_OF_PARTNER,
    ),
    _agreed(
        "DataFrequency",
        _EQUAL,
        "how often it is provided",
        "提供の頻度",
        allowed=_listed("dataFrequency.once dataFrequency.unlimited"),
    ),
    _agreed(
        "VersionChanges",
        _EQUAL,
        "which changes of version are provided",
        "提供する版の変更",
        allowed=_listed("versionChanges.minor versionChanges.major"),
    ),
    _agreed(
        "ContractTermination",
        _EQUAL,
        "what becomes of it when the contract ends",
        "契約終了時のデータの扱い",
        allowed=_listed("data.deletion data.keeping"),
    ),
    _agreed(
        "ConfidentialInformationMeasures",
        _EQUAL,
        "the measures of confidentiality",
        "秘密保持の措置",
        allowed=_listed("confidentiality.measures"),
    ),
    _agreed(
        "ConfidentialInformationSharing",
        _ANY,
        "with whom confidential information may be shared",
        "秘密情報を共有できる相手",
        allowed=_listed("sharing.affiliates sharing.managedLegalEntity"),
    ),
    _agreed(
        "ExclusiveUsage",
        _EQUAL,
        "whose the exclusive use is",
        "独占的な利用者",
        allowed=_listed("exclusiveUsage.dataConsumer"),
    ),
    _agreed(
        "Warranty",
        _EQUAL,
        "the warranty",
        "保証",
        allowed=_listed("warranty.none warranty.contractReference warranty.dataQualityIssues"),
    ),
    Operand(
        iri=WARRANTY_DURATION,
        source=Source.AGREED,
        datatype=Datatype.NUMBER,
        operators=_EQUAL,
        phases=FROM_TRANSFER,
        enforcement=Enforcement.EVIDENTIAL,
        shape=_COUNTED,
        form="a whole number of months from 1 to 999999",
        opaque=True,
        en="the months of warranty",
        ja="保証期間(月数)",
    ),
    _agreed(
        "WarrantyDefinition",
        _EQUAL,
        "until when there is a warranty",
        "保証の終期",
        allowed=_listed("warranty.contractEndDate"),
    ),
    _agreed(
        "Liability",
        _EQUAL,
        "for which negligence there is liability",
        "責任を負う過失の程度",
        allowed=_listed("grossNegligence slightNegligence"),
    ),
    _agreed("JurisdictionLocation", _EQUAL, "the place of jurisdiction", "管轄地", shape=_free),
    _agreed(
        "JurisdictionLocationReference",
        _EQUAL,
        "what names the place of jurisdiction",
        "管轄地の定め",
        allowed=_listed("location.dataConsumer location.contractReference"),
    ),
    _agreed(
        "Precedence",
        _EQUAL,
        "which contract goes before the other",
        "優先する契約",
        allowed=_listed("precedence.contractReference precedence.rcAgreement"),
    ),
    _agreed(
        "DataUsageEndDefinition",
        _EQUAL,
        "how the end of usage is defined",
        "利用終了の定め",
        allowed=_listed("dataUsageEnd.unlimited"),
    ),
    _agreed(
        "UsageRestriction",
        _ALL,
        "the restrictions of use",
        "利用の制限",
        allowed=_listed(
            "thirdParty.forbidden manipulation.forbidden derivations.forbidden extraordinaryAnalytics.forbidden "
            "dataProviderRemoval.forbidden"
        ),
        means=_EACH,
    ),
)

CATENA_X_OPERANDS: Final = (*_CHECKED, *_BINDING)
