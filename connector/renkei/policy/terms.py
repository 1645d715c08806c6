"""What a spelling in a policy means: the terms of the DSP ODRL profile, aliases for what it lacks, prefixes, IRIs.

``iri_of`` turns a left operand or an action, however spelled, into an absolute IRI, or ``None`` for a bare word nobody
knows. ``is_kept`` tells whether JSON-LD would keep a member of that name; what it would drop must not be in a contract.

Sources: DSP 2025-1 context/odrl.jsonld and dspace.jsonld (terms, prefixes); W3C ODRL 2.2 vocabulary (left operands,
actions, ``includedIn``, the replacements of deprecated actions by ``skos:exactMatch``); Catena-X policy context and
constraint schemas 2025/9 (operands).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

ODRL = "http://www.w3.org/ns/odrl/2/"
XSD = "http://www.w3.org/2001/XMLSchema#"
DCT = "http://purl.org/dc/terms/"
CREATIVE_COMMONS = "http://creativecommons.org/ns#"
CATENA_X = "https://w3id.org/catenax/2025/9/policy/"


def words(text: str) -> tuple[str, ...]:
    """A list of names, written with spaces between them."""
    return tuple(text.split())


PREFIXES: Mapping[str, str] = MappingProxyType(
    {
        "odrl": ODRL,
        "xsd": XSD,
        "dct": DCT,
        "dcat": "http://www.w3.org/ns/dcat#",
        "dspace": "https://w3id.org/dspace/2025/1/",
    }
)

CONTEXT: Mapping[str, str] = MappingProxyType(
    {
        term: ODRL + term
        for term in words(
            "Policy Rule profile prohibit Agreement Assertion Offer Set Asset hasPolicy target assignee assigner "
            "Action action Permission permission Prohibition prohibition obligation use Duty duty "
            "Constraint constraint Operator operator RightOperand rightOperand LeftOperand leftOperand "
            "eq gt gteq lt lteq neq isA hasPart isPartOf isAllOf isAnyOf isNoneOf or xone and andSequence"
        )
    }
)
"""Every term the DSP ODRL profile defines (all in the ODRL namespace)."""

_LEFT_OPERANDS = words(
    "absolutePosition absoluteSize absoluteSpatialPosition absoluteTemporalPosition count dateTime delayPeriod "
    "deliveryChannel elapsedTime event fileFormat industry language media meteredTime payAmount percentage product "
    "purpose recipient relativePosition relativeSize relativeSpatialPosition relativeTemporalPosition resolution "
    "spatial spatialCoordinates systemDevice timeInterval unitOfCount version virtualLocation"
)
_USES = words(
    "acceptTracking aggregate annotate anonymize archive attribute compensate concurrentUse delete derive digitize "
    "distribute ensureExclusivity execute grantUse include index inform install modify move nextPolicy obtainConsent "
    "play present print read reproduce reviewPolicy stream synchronize textToSpeech transform translate uninstall "
    "watermark"
)
_LICENCE_TERMS = words(
    "Attribution CommercialUse DerivativeWorks Distribution Notice Reproduction ShareAlike Sharing SourceCode"
)
_CATENA_X_OPERANDS = words(
    "AffiliatesBpnl AffiliatesRegion BusinessPartnerGroup BusinessPartnerNumber ConfidentialInformationMeasures "
    "ConfidentialInformationSharing ContractReference ContractTermination DataFrequency DataProvisioningEndDate "
    "DataProvisioningEndDurationDays DataUsageEndDate DataUsageEndDefinition DataUsageEndDurationDays ExclusiveUsage "
    "FrameworkAgreement JurisdictionLocation JurisdictionLocationReference Liability ManagedLegalEntityBpnl "
    "ManagedLegalEntityRegion Membership Precedence UsagePurpose UsageRestriction VersionChanges Warranty "
    "WarrantyDefinition WarrantyDuration WarrantyDurationMonths"
)

INCLUDED_IN: Mapping[str, str] = MappingProxyType(
    {ODRL + narrow: ODRL + "use" for narrow in _USES}
    | {CREATIVE_COMMONS + narrow: ODRL + "use" for narrow in _LICENCE_TERMS}
    | {
        ODRL + "display": ODRL + "play",
        ODRL + "extract": ODRL + "reproduce",
        ODRL + "give": ODRL + "transfer",
        ODRL + "sell": ODRL + "transfer",
    }
)
"""The action hierarchy: who may do the wider may do the narrower, and who must not, must not."""

ACTIONS: frozenset[str] = frozenset(INCLUDED_IN) | frozenset(INCLUDED_IN.values())
"""The actions of the ODRL vocabulary that are not deprecated. None of them ``implies`` another: profiles do that."""

REPLACED_BY: Mapping[str, str] = MappingProxyType(
    {
        ODRL + deprecated: action
        for action, names in {
            ODRL + "modify": "append appendTo write writeTo",
            ODRL + "reproduce": "copy",
            ODRL + "transform": "export",
            ODRL + "grantUse": "license",
            ODRL + "compensate": "pay",
            CREATIVE_COMMONS + "Notice": "attachPolicy",
            CREATIVE_COMMONS + "SourceCode": "attachSource",
            CREATIVE_COMMONS + "CommercialUse": "commercialize",
            CREATIVE_COMMONS + "Sharing": "share",
            CREATIVE_COMMONS + "ShareAlike": "shareAlike",
        }.items()
        for deprecated in words(names)
    }
)
"""The deprecated actions that have an exact match today. Those without one (``lend``, ``lease``...) stay unknown."""

LEFT_OPERANDS: frozenset[str] = frozenset(ODRL + term for term in _LEFT_OPERANDS)

ALIASES: Mapping[str, str] = MappingProxyType(
    {term: ODRL + term for term in _LEFT_OPERANDS}
    | {
        iri.removeprefix(ODRL): iri
        for iri in ACTIONS | REPLACED_BY.keys()
        if iri.startswith(ODRL) and iri != ODRL + "use"
    }
    | {term: CATENA_X + term for term in _CATENA_X_OPERANDS}
    | {"access": CATENA_X + "access"}
)
"""Bare words partners write although the DSP context lacks them. We read them; we write the absolute IRI."""

PLAIN_PROFILE = "https://w3id.org/dspace/2025/1/odrl-profile.jsonld"
PROFILES: frozenset[str] = frozenset({PLAIN_PROFILE, ODRL + "core", CATENA_X})
"""The ODRL profiles we can evaluate; a policy that claims another is denied."""

KEYWORDS: frozenset[str] = frozenset({"@id", "@type", "@value", "@language", "@direction", "@list", "@set"})
"""The JSON-LD keywords that may stand inside a value; ``@context`` would change what the words mean."""

_USUAL_NAME = 200  # characters; longer ones are not remembered
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|\\^`]+")
_KNOWN: Mapping[str, str] = MappingProxyType({**CONTEXT, **ALIASES})


def iri_of(word: str) -> str | None:
    """The absolute IRI of a left operand or an action; ``None`` where the word is bare and unknown."""
    return _KNOWN.get(word) or expand(word)


def expand(name: str) -> str | None:
    """The absolute IRI of an absolute or prefixed name; ``None`` for a bare word."""
    return _known_name(name) if len(name) <= _USUAL_NAME else _expanded(name)


@lru_cache(maxsize=4096)
def _known_name(name: str) -> str | None:
    return _expanded(name)


def _expanded(name: str) -> str | None:
    prefix, colon, rest = name.partition(":")
    if not colon:
        return None
    namespace = PREFIXES.get(prefix)
    if namespace is not None and not rest.startswith("//"):
        return namespace + rest
    return name if _ABSOLUTE.fullmatch(name) else None


def emitted(word: str) -> str:
    """The spelling we write: the word itself where the DSP context defines it, else its IRI, else the word."""
    return word if word in CONTEXT else iri_of(word) or word


def is_kept(name: str) -> bool:
    """Whether a member of this name inside a value survives JSON-LD under the DSP context."""
    return name in KEYWORDS or name in CONTEXT or expand(name) is not None


def canonical_action(iri: str) -> str:
    """The action that is meant: of a deprecated one its replacement, else itself."""
    return REPLACED_BY.get(iri, iri)


def covers(wide: str | None, asked: str | None) -> bool | None:
    """Whether a rule on the action ``wide`` speaks of ``asked``; ``None`` where the hierarchy does not know.

    Both are absolute IRIs; ``None`` stands for a bare word that nobody knows.
    """
    if wide is None or asked is None:
        return None
    wide, asked = canonical_action(wide), canonical_action(asked)
    step: str | None = asked
    while step is not None:
        if step == wide:
            return True
        step = INCLUDED_IN.get(step)
    return False if wide in ACTIONS and asked in ACTIONS else None
