"""What an operator says of a partner, in short names: which left operands an attribute answers, and how it is spelled.

``membership = "active"`` is one fact for the Catena-X operand; ``groups = "tier-1"`` two, since two profiles ask for
groups. Whoever has no short name stands under its absolute IRI. The partner register, admission and their commands read
the same table.

Sources: Catena-X CX-0152 1.2.0; IDS information model (security profiles); ODRL 2.2; ours for what has no name there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final

from renkei.policy.operands.catenax import (
    BUSINESS_PARTNER_GROUP,
    BUSINESS_PARTNER_NUMBER,
    FRAMEWORK_AGREEMENT,
    MEMBERSHIP,
)
from renkei.policy.operands.dataspace import CONNECTOR, GROUP, IDSC, ROLE, SECURITY_LEVEL, SECURITY_PROFILES
from renkei.policy.operands.odrl import SPATIAL, SYSTEM_DEVICE
from renkei.policy.problems import UNKNOWN_ATTRIBUTE
from renkei.policy.terms import expand
from renkei.policy.world import Fact

_PROFILE: Final = "_SECURITY_PROFILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One short name. ``operands``: the first is the one by which it is asked for; ``spelled``: short values."""

    name: str
    operands: tuple[str, ...]
    en: str
    ja: str
    spelled: Mapping[str, str] = field(default_factory=dict, hash=False)

    def meant(self, value: str) -> str:
        """A value in full."""
        return self.spelled.get(value, value)


ATTRIBUTES: Final[Mapping[str, Attribute]] = MappingProxyType(
    {
        attribute.name: attribute
        for attribute in (
            Attribute(
                name="membership",
                operands=(MEMBERSHIP,),
                en="its membership in the data space: `active`",
                ja="データスペースの会員資格: `active`",
            ),
            Attribute(
                name="framework_agreements",
                operands=(FRAMEWORK_AGREEMENT,),
                en="the framework agreements that it has signed",
                ja="署名済みの枠組み契約",
            ),
            Attribute(
                name="numbers",
                operands=(BUSINESS_PARTNER_NUMBER,),
                en="its business partner numbers, beside those under [aliases]",
                ja="事業者番号(BPN。[aliases] のほかに)",
            ),
            Attribute(
                name="roles",
                operands=(ROLE,),
                en="its roles, such as `auditor`",
                ja="役割(例 `auditor`)",
            ),
            Attribute(
                name="groups",
                operands=(GROUP, BUSINESS_PARTNER_GROUP),
                en="the groups of partners that it belongs to",
                ja="属する取引先グループ",
            ),
            Attribute(
                name="security_profile",
                operands=(SECURITY_LEVEL,),
                en="the security profile of its connector: `BASE`, `TRUST` or `TRUST_PLUS`",
                ja="コネクターのセキュリティプロファイル: `BASE`・`TRUST`・`TRUST_PLUS`",
                spelled={iri.removeprefix(IDSC).removesuffix(_PROFILE): iri for iri in SECURITY_PROFILES},
            ),
            Attribute(
                name="connector",
                operands=(CONNECTOR, SYSTEM_DEVICE),
                en="the id of its connector",
                ja="コネクターのID",
            ),
            Attribute(
                name="country",
                operands=(SPATIAL,),
                en="where it uses data, as it has assured",
                ja="データの利用場所(本人の申告)",
            ),
        )
    }
)


def attribute_of(name: str) -> Attribute:
    """What a short name, or the absolute IRI of an operand, stands for.

    Raises ConfigurationError ``policy-unknown-attribute``.
    """
    known = ATTRIBUTES.get(name)
    if known is not None:
        return known
    iri = expand(name)
    if iri is None:
        raise UNKNOWN_ATTRIBUTE(name=name, known=", ".join(ATTRIBUTES))
    return _BY_OPERAND.get(iri) or Attribute(name=iri, operands=(iri,), en=iri, ja=iri)


def facts_of(
    attributes: Mapping[str, Iterable[str]], source: str, expires_at: datetime | None = None
) -> dict[str, Fact]:
    """What attributes tell, by absolute operand IRI; without a value: that somebody has none of them.

    Raises ConfigurationError ``policy-unknown-attribute``.
    """
    found: dict[str, Fact] = {}
    for name, values in attributes.items():
        attribute = attribute_of(name)
        held = frozenset(attribute.meant(value) for value in values)
        found |= dict.fromkeys(attribute.operands, Fact(held, source, expires_at))
    return found


_BY_OPERAND: Final[Mapping[str, Attribute]] = MappingProxyType(
    {attribute.operands[0]: attribute for attribute in ATTRIBUTES.values()}
)
