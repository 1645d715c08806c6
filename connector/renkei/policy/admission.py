"""Who may speak with this connector at all, as a policy: an ODRL set made of what the operator has configured.

Three modes, each by itself or together (then all of them must hold):

1. only these connectors: participants by id, or connectors by the id that the register has for them;
2. only connectors with these attributes: for each attribute one of the values that are listed is enough;
3. only connectors whose security profile is at least this one.

The policy is asked like any other, in the phase ACCESS: what is not known of somebody does not admit.

Source: the three modes of admission in the founding documents of IDS connectors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from renkei.policy.attributes import attribute_of
from renkei.policy.deciding.meaning import Flaw, atoms_of, terms_of
from renkei.policy.model import Atomic, Connective, Constraint, Logical, Operator, Policy, PolicyKind, Rule
from renkei.policy.operands import ASSIGNEE, CONNECTOR, STANDARD
from renkei.policy.operands.declaration import Datatype, Operand, Registry, Source
from renkei.policy.problems import ADMISSION_UNUSABLE

_ABOUT_PARTNERS: Final = frozenset({Source.FACT, Source.PARTY, Source.FUNCTION})
_WHY: Final = {
    Flaw.OPERAND: "nobody has declared such an operand",
    Flaw.OPERATOR: "it cannot be compared so",
    Flaw.RIGHT: "a value of it cannot be read",
    Flaw.EXTENSION: "it cannot be read",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionRules:
    """What is configured.

    ``connectors``: participant or connector ids; ``attributes``: values by short attribute name or operand IRI;
    ``security_profile``: the lowest that is enough, ``BASE``, ``TRUST`` or ``TRUST_PLUS``.
    """

    connectors: tuple[str, ...] = ()
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    security_profile: str = ""

    @property
    def open(self) -> bool:
        """Whether everybody who can say who it is may speak with us."""
        return not (self.connectors or self.attributes or self.security_profile)


def admission_policy(rules: AdmissionRules, registry: Registry = STANDARD) -> Policy | None:
    """The policy that admits whom the rules name; ``None``: everybody.

    Raises ConfigurationError ``policy-admission-unusable``, ``policy-unknown-attribute``.
    """
    if rules.open:
        return None
    constraints: list[Constraint] = []
    if rules.connectors:  # 1
        constraints.append(
            _either([Atomic(iri, Operator.IS_ANY_OF, rules.connectors) for iri in (ASSIGNEE, CONNECTOR)])
        )
    constraints += [_attribute(name, values, registry) for name, values in rules.attributes.items()]  # 2
    if rules.security_profile:  # 3
        attribute = attribute_of("security_profile")
        constraints.append(Atomic(attribute.operands[0], Operator.GTEQ, attribute.meant(rules.security_profile)))
    rule = Rule(action="use", constraint=tuple(constraints))
    policy = Policy(id="urn:renkei:admission", kind=PolicyKind.SET, permission=(rule,))
    _demand_readable(policy, registry)
    return policy


def _attribute(name: str, values: Sequence[str], registry: Registry) -> Constraint:
    attribute = attribute_of(name)
    operand = registry.get(attribute.operands[0])
    if operand is None:
        raise ADMISSION_UNUSABLE(attribute=name, cause=_WHY[Flaw.OPERAND])
    if operand.source not in _ABOUT_PARTNERS:
        raise ADMISSION_UNUSABLE(attribute=name, cause="it tells nothing of a partner")
    if not values:
        raise ADMISSION_UNUSABLE(attribute=name, cause="no value is named, so nobody would be admitted")
    meant = tuple(attribute.meant(value) for value in values)
    operator = _operator(operand)
    if operator is not Operator.EQ:
        return Atomic(operand.iri, operator, meant)
    return _either([Atomic(operand.iri, operator, value) for value in meant])


def _operator(operand: Operand) -> Operator:
    """One of the values is enough; a group within a group is in both."""
    if operand.datatype is Datatype.PART and Operator.IS_PART_OF in operand.operators:
        return Operator.IS_PART_OF
    return Operator.IS_ANY_OF if Operator.IS_ANY_OF in operand.operators else Operator.EQ


def _either(constraints: list[Constraint]) -> Constraint:
    return constraints[0] if len(constraints) == 1 else Logical(Connective.OR, tuple(constraints))


def _demand_readable(policy: Policy, registry: Registry) -> None:
    """What can never be known would admit nobody, and nobody would know why."""
    for rule in terms_of(policy, registry).permissions:
        for condition in rule.conditions:
            for atom in atoms_of(condition):
                if atom.flaw is not None:
                    raise ADMISSION_UNUSABLE(attribute=atom.written.left, cause=_WHY[atom.flaw])
