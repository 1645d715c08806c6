"""Wire profiles: what may stand in a policy so that partners of a kind read it as it is meant.

``PLAIN_DSP`` carries whatever JSON-LD keeps under the Dataspace Protocol's context: every word that the context lacks
must be an absolute IRI. ``CATENA_X_1_2`` carries what CX-0152 lists, and nothing else. A policy claims a profile by its
member ``profile``: the IRI of Catena-X asks for the second, anything else for the first. What a profile cannot carry is
refused with the terms named; nothing is left out so that the rest may pass.

What CX-0152 1.2.0 asks of a policy (numbers are repeated where each is checked):

1.  It claims the profile and no other.
2.  A usage policy has one permission, at most one prohibition and one obligation, all to ``use``; an access policy one
    permission to ``access`` and nothing else. An offer or an agreement is a usage policy.
3.  A rule is its action and exactly one constraint: a comparison, or several joined by ``and`` alone.
4.  Each comparison is one of the 29, where it belongs, with its operator and one of its values: a single text for
    ``eq``, a list of them for the others, durations in digits.
5.  Of those that exclude each other there is one.
6.  A usage permission asks for a framework agreement, and for purposes once.

Errors: ConfigurationError ``policy-not-carried``.
Sources: DSP 2025-1, context/odrl.jsonld; Catena-X CX-0152 1.2.0; JSON-LD 1.1, IRI expansion.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Final, TypeAlias

from renkei.policy.model import (
    RENKEI,
    Atomic,
    Connective,
    Constraint,
    Extensions,
    Logical,
    Operator,
    Policy,
    PolicyKind,
    Rule,
)
from renkei.policy.operands import STANDARD
from renkei.policy.problems import NOT_CARRIED
from renkei.policy.terms import CATENA_X, CONTEXT, DCT, KEYWORDS, ODRL, PLAIN_PROFILE, expand, iri_of
from renkei.policy.values import read_right, shown


class Bar(Enum):
    """Why a profile does not carry a term; the value is its code."""

    RELATIVE = "relative-iri"
    DROPPED = "term-dropped"
    PROFILE = "profile-not-claimed"
    RULES = "rule-not-carried"
    MEMBER = "member-not-carried"
    CONSTRAINTS = "one-constraint"
    CONNECTIVE = "connective-not-carried"
    OPERAND = "operand-not-carried"
    PLACE = "operand-misplaced"
    OPERATOR = "operator-not-carried"
    VALUE = "value-not-carried"
    EXCLUDING = "operands-exclude"
    REQUIRED = "operand-required"


_EN: Final[Mapping[Bar, str]] = MappingProxyType(
    {
        Bar.RELATIVE: "{term} is no absolute IRI, so JSON-LD makes a different one of it at every reader",
        Bar.DROPPED: "{term} is not in the context, so JSON-LD drops it",
        Bar.PROFILE: "the policy claims {term}",
        Bar.RULES: "{term} has no place beside the one permission, prohibition and obligation",
        Bar.MEMBER: "{term} cannot be said",
        Bar.CONSTRAINTS: "a rule has exactly one constraint, not {term}",
        Bar.CONNECTIVE: "constraints are joined by `and` alone and in one level, not by {term}",
        Bar.OPERAND: "{term} is none of the 29 left operands",
        Bar.PLACE: "{term} does not belong into this kind of rule",
        Bar.OPERATOR: "{term} is not an operator for this left operand",
        Bar.VALUE: "{term} is not one of the values or not in the form for this left operand",
        Bar.EXCLUDING: "{term} exclude each other",
        Bar.REQUIRED: "{term} must stand in a usage policy exactly once",
    }
)
_JA: Final[Mapping[Bar, str]] = MappingProxyType(
    {
        Bar.RELATIVE: "{term} は絶対IRIではないため、JSON-LDでは読み手ごとに別のIRIになります",
        Bar.DROPPED: "{term} はコンテキストになく、JSON-LDで失われます",
        Bar.PROFILE: "ポリシーが宣言しているのは {term} です",
        Bar.RULES: "許可・禁止・義務はそれぞれ1つだけで、{term} は置けません",
        Bar.MEMBER: "{term} は表現できません",
        Bar.CONSTRAINTS: "ルールの制約はちょうど1つです({term} は不可)",
        Bar.CONNECTIVE: "制約は1階層の and でのみ結合します({term} は不可)",
        Bar.OPERAND: "{term} は29の左オペランドに含まれません",
        Bar.PLACE: "{term} はこの種類のルールに置けません",
        Bar.OPERATOR: "{term} はこの左オペランドの演算子ではありません",
        Bar.VALUE: "{term} はこの左オペランドの値または形式に合いません",
        Bar.EXCLUDING: "{term} は同時に使えません",
        Bar.REQUIRED: "利用ポリシーには {term} がちょうど1つ必要です",
    }
)


_OF_THE_WHOLE: Final = frozenset({Bar.PROFILE, Bar.CONSTRAINTS, Bar.RULES, Bar.REQUIRED})
"""Those that are about the shape of the policy rather than one of its terms."""


@dataclass(frozen=True, slots=True)
class Uncarried:
    """One term that a profile does not carry, where it stands, and why."""

    path: str
    bar: Bar
    term: str

    def text(self, language: str = "en") -> str:
        """The term and the reason as a sentence."""
        told = (_JA if language == "ja" else _EN)[self.bar].format(term=self.term)
        return f"{self.path}: {told}" if self.path else told


Check: TypeAlias = Callable[[Policy], Iterator[Uncarried]]


@dataclass(frozen=True, slots=True)
class WireProfile:
    """What partners of one kind can be sent. ``name``: in templates and on command lines; ``claims``: IRIs of it."""

    name: str
    claims: tuple[str, ...]
    check: Check = field(repr=False, compare=False)
    en: str = ""
    ja: str = ""


def uncarried(policy: Policy, profile: WireProfile) -> tuple[Uncarried, ...]:
    """All that a profile does not carry of a policy."""
    return tuple(profile.check(policy))


def demand_carried(policy: Policy, profile: WireProfile) -> None:
    """Go on only with what a profile carries whole. Raises ConfigurationError ``policy-not-carried``."""
    if found := uncarried(policy, profile):
        named = [each.term for each in found if each.bar not in _OF_THE_WHOLE] or [each.path for each in found]
        terms = dict.fromkeys(name.removeprefix(ODRL).removeprefix(CATENA_X) for name in named)
        cause = "; ".join(each.text() for each in found)
        raise NOT_CARRIED(profile=profile.name, terms=", ".join(terms), cause=cause)


def profile_of(policy: Policy) -> WireProfile:
    """The wire profile that a policy claims by its member ``profile``; the plain one, if it claims none of them."""
    claimed = {expand(name) or name for name in policy.profiles}
    return CATENA_X_1_2 if CATENA_X in claimed else PLAIN_DSP


# --- plain ------------------------------------------------------------------------------------------------------------


def _plain(policy: Policy) -> Iterator[Uncarried]:
    for name, rules in _lists(policy):
        for index, rule in enumerate(rules):
            yield from _kept_rule(rule, f"{name}[{index}]")
    yield from _kept_members(policy.extensions, "")


def _kept_rule(rule: Rule, path: str) -> Iterator[Uncarried]:
    yield from _kept_word(rule.action, f"{path}.action")
    for index, constraint in enumerate(rule.constraint):
        yield from _kept_constraint(constraint, f"{path}.constraint[{index}]")
    for index, duty in enumerate(rule.duty):
        yield from _kept_rule(duty, f"{path}.duty[{index}]")
    yield from _kept_members(rule.extensions, path)


def _kept_constraint(constraint: Constraint, path: str) -> Iterator[Uncarried]:
    if isinstance(constraint, Logical):
        for index, operand in enumerate(constraint.operands):
            yield from _kept_constraint(operand, f"{path}.{constraint.connective.value}[{index}]")
    else:
        yield from _kept_word(constraint.left, f"{path}.leftOperand")
        yield from _kept_word(constraint.operator.value, f"{path}.operator")  # the schema's term-lteq has no IRI
        yield from _kept_value(constraint.right, f"{path}.rightOperand")
    yield from _kept_members(constraint.extensions, path)


def _kept_word(word: str, path: str) -> Iterator[Uncarried]:
    if word not in CONTEXT and expand(word) is None:
        yield Uncarried(path, Bar.RELATIVE, word)


def _kept_members(members: Extensions, path: str) -> Iterator[Uncarried]:
    for name, value in members.items():
        place = f"{path}.{name}" if path else name
        if name not in KEYWORDS and expand(name) is None:
            yield Uncarried(place, Bar.DROPPED, name)
        elif name != "@id":  # what a rule is called may be relative: it is compared with nothing
            yield from _kept_value(value, place)


def _kept_value(value: object, path: str) -> Iterator[Uncarried]:
    if isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _kept_value(item, f"{path}[{index}]")
    elif isinstance(value, Mapping):
        for name, item in value.items():
            place = f"{path}.{name}"
            if name not in KEYWORDS | CONTEXT.keys() and expand(name) is None:
                yield Uncarried(place, Bar.DROPPED, name)
            elif name in _REFERRING and isinstance(item, str):
                yield from _kept_word(item, place)
            else:
                yield from _kept_value(item, place)


_REFERRING: Final = frozenset({"@id", "@type", "action", "leftOperand", "operator"})


# --- Catena-X ---------------------------------------------------------------------------------------------------------


class _Where(Enum):
    ACCESS = "access permission"
    USAGE = "usage permission"
    PROHIBITION = "usage prohibition"
    OBLIGATION = "usage obligation"


_A, _U, _P, _O = _Where
_AU, _UP = frozenset({_A, _U}), frozenset({_U, _P})
_EQ, _ANY, _ALL = (frozenset({each}) for each in (Operator.EQ, Operator.IS_ANY_OF, Operator.IS_ALL_OF))
_IN_OR_OUT: Final = _ANY | {Operator.IS_NONE_OF}


def _rows() -> Iterator[tuple[str, tuple[frozenset[_Where], frozenset[Operator]]]]:
    only = frozenset({_U})
    for names, where, operators in (
        ("Membership FrameworkAgreement", _AU, _EQ),
        ("BusinessPartnerNumber BusinessPartnerGroup", frozenset({_A}), _IN_OR_OUT),
        ("UsagePurpose ManagedLegalEntityRegion ManagedLegalEntityBpnl ConfidentialInformationSharing", only, _ANY),
        ("ContractReference", only, _ALL),
        ("AffiliatesRegion AffiliatesBpnl", _UP, _ANY),
        ("DataFrequency VersionChanges ContractTermination ConfidentialInformationMeasures ExclusiveUsage", only, _EQ),
        ("Warranty WarrantyDurationMonths WarrantyDefinition Liability Precedence", only, _EQ),
        ("JurisdictionLocation JurisdictionLocationReference", only, _EQ),
        ("DataUsageEndDate DataUsageEndDurationDays DataUsageEndDefinition", only, _EQ),
        ("UsageRestriction", frozenset({_P}), _ALL),
        ("DataProvisioningEndDate DataProvisioningEndDurationDays", frozenset({_O}), _EQ),
    ):
        yield from ((CATENA_X + name, (where, operators)) for name in names.split())


COMPARISONS: Final = MappingProxyType(dict(_rows()))
"""The 29 left operands: in which rules, with which operators."""
_EXCLUDING: Final = tuple(
    tuple(CATENA_X + name for name in names.split())
    for names in (
        "DataUsageEndDate DataUsageEndDurationDays DataUsageEndDefinition",
        "WarrantyDurationMonths WarrantyDefinition",
        "DataProvisioningEndDate DataProvisioningEndDurationDays",
    )
)
_REQUIRED: Final = tuple(CATENA_X + name for name in ("FrameworkAgreement", "UsagePurpose"))
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_MOMENTS: Final = frozenset({CATENA_X + "DataUsageEndDate", CATENA_X + "DataProvisioningEndDate"})


def _catena_x(policy: Policy) -> Iterator[Uncarried]:
    claimed = {expand(name) or name for name in policy.profiles}
    if claimed != {CATENA_X}:  # 1
        yield Uncarried("profile", Bar.PROFILE, ", ".join(sorted(claimed)) or "-")
    yield from _foreign(policy.extensions, "")
    access = policy.kind is PolicyKind.SET and any(iri_of(rule.action) == _ACCESS for rule in policy.permission)
    places = (_A if access else _U, None if access else _P, None if access else _O)
    for (name, rules), where in zip(_lists(policy), places, strict=True):
        for index, rule in enumerate(rules):
            path = f"{name}[{index}]"
            if where is None or index:  # 2
                yield Uncarried(path, Bar.RULES, path)
            else:
                yield from _rule(rule, path, where)
    if not policy.permission:  # 6
        yield from (Uncarried("permission", Bar.REQUIRED, _short(iri)) for iri in _REQUIRED)


def _rule(rule: Rule, path: str, where: _Where) -> Iterator[Uncarried]:
    if iri_of(rule.action) != (_ACCESS if where is _A else ODRL + "use"):  # 2
        yield Uncarried(f"{path}.action", Bar.RULES, rule.action)
    for name, value in (("target", rule.target), ("assigner", rule.assigner), ("assignee", rule.assignee)):
        if value is not None:  # 3
            yield Uncarried(f"{path}.{name}", Bar.MEMBER, name)
    yield from (Uncarried(f"{path}.duty[{index}]", Bar.MEMBER, duty.action) for index, duty in enumerate(rule.duty))
    yield from _foreign(rule.extensions, path)
    if len(rule.constraint) != 1:  # 3
        yield Uncarried(f"{path}.constraint", Bar.CONSTRAINTS, str(len(rule.constraint)))
    said: list[str] = []
    for index, constraint in enumerate(rule.constraint):
        yield from _constraint(constraint, f"{path}.constraint[{index}]", where, said)
    for group in _EXCLUDING:  # 5
        if len(named := [iri for iri in said if iri in group]) > 1:
            yield Uncarried(f"{path}.constraint", Bar.EXCLUDING, ", ".join(map(_short, named)))
    for iri in _REQUIRED if where is _U else ():  # 6
        if said.count(iri) != 1:
            yield Uncarried(f"{path}.constraint", Bar.REQUIRED, _short(iri))


def _constraint(constraint: Constraint, path: str, where: _Where, said: list[str]) -> Iterator[Uncarried]:
    yield from _foreign(constraint.extensions, path)
    if isinstance(constraint, Atomic):
        yield from _comparison(constraint, path, where, said)
        return
    if constraint.connective is not Connective.AND:  # 3
        yield Uncarried(path, Bar.CONNECTIVE, constraint.connective.value)
    for index, operand in enumerate(constraint.operands):
        place = f"{path}.{constraint.connective.value}[{index}]"
        if isinstance(operand, Logical):  # 3
            yield Uncarried(place, Bar.CONNECTIVE, operand.connective.value)
        else:
            yield from _foreign(operand.extensions, place)
            yield from _comparison(operand, place, where, said)


def _comparison(atomic: Atomic, path: str, where: _Where, said: list[str]) -> Iterator[Uncarried]:
    """Point 4."""
    iri = iri_of(atomic.left) or ""
    operand = STANDARD.get(iri)
    if iri not in COMPARISONS or operand is None:
        yield Uncarried(path, Bar.OPERAND, atomic.left)
        return
    said.append(iri)
    places, operators = COMPARISONS[iri]
    if where not in places:
        yield Uncarried(path, Bar.PLACE, _short(iri))
    if atomic.operator not in operators:
        yield Uncarried(path, Bar.OPERATOR, atomic.operator.value)
        return
    right, single = atomic.right, atomic.operator is Operator.EQ
    listed = right if isinstance(right, tuple) else (right,)
    plain = all(isinstance(item, str) for item in listed) and isinstance(right, tuple) is not single and listed
    moment = iri not in _MOMENTS or (isinstance(right, str) and _MOMENT.fullmatch(right))
    meant = operand.means.get(atomic.operator, atomic.operator)
    if not plain or not moment or read_right(right, operand, meant) is None:
        yield Uncarried(path, Bar.VALUE, shown(right))


def _foreign(members: Extensions, path: str) -> Iterator[Uncarried]:
    """Names, titles and our own seals change no term."""
    for name in members:
        iri = expand(name) or name
        if not iri.startswith(("@", RENKEI, DCT)):
            yield Uncarried(f"{path}.{name}" if path else name, Bar.MEMBER, name)


def _lists(policy: Policy) -> Iterable[tuple[str, tuple[Rule, ...]]]:
    return (("permission", policy.permission), ("prohibition", policy.prohibition), ("obligation", policy.obligation))


def _short(iri: str) -> str:
    return iri.removeprefix(CATENA_X)


_ACCESS: Final = CATENA_X + "access"

PLAIN_DSP: Final = WireProfile(
    "plain-dsp",
    (PLAIN_PROFILE, ODRL + "core"),
    _plain,
    en="Dataspace Protocol 2025-1: ODRL under absolute IRIs",
    ja="データスペースプロトコル2025-1(絶対IRIによるODRL)",
)
CATENA_X_1_2: Final = WireProfile(
    "catena-x-1.2",
    (CATENA_X,),
    _catena_x,
    en="Catena-X CX-0152 1.2.0: 29 left operands, one rule of a kind, `and` alone",
    ja="Catena-X CX-0152 1.2.0(29の左オペランド、各ルール1つ、andのみ)",
)
WIRE_PROFILES: Final[Mapping[str, WireProfile]] = MappingProxyType(
    {profile.name: profile for profile in (PLAIN_DSP, CATENA_X_1_2)}
)
"""By name."""
