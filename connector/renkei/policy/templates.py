"""Contract templates: terms written once, with their wording in English and Japanese, filled in for each customer.

A template is a JSON object::

    {"id": "…", "version": "…", "title": {"en": "…", "ja": "…"}, "text": {"en": "…", "ja": "…"},
     "profiles": ["plain-dsp", "catena-x-1.2"],
     "parameters": {"until": {"type": "instant", "title": {"en": "…", "ja": "…"}, "default": "…"}},
     "order": [["from", "until"]],
     "policy": {… an offer as for a catalog, without @id; a text "${until}" is replaced as a whole …},
     "variants": {"catena-x-1.2": {… the same terms in another wire profile's words …}}}

``default``, ``order`` and ``variants`` may be absent. The offer made of it carries the template's hash (over the
canonical bytes of the whole template, wording included) under ``https://w3id.org/renkei/v1/template``, so that every
agreement names the very text that was agreed.

What must hold:

1. The template has exactly the members above; ids and wordings are texts, parameter types and profiles are known.
2. In every wording of the terms each placeholder is a declared parameter and each declared parameter has a placeholder:
   what is filled in is never left out in a profile that has no word for it.
3. Defaults fit their types; what has an order is comparable.
4. The parameters that are given fit (``parameters``).
5. The policy, filled in, reads as an offer for a catalog.
6. Its actions and left operands mean something, and are absolute IRIs where the DSP context lacks the word.
7. The wire profile that it is filled in for carries it whole.

Errors: ConfigurationError ``policy-template-broken`` (1, 2, 3, 5, 6), ``policy-template-parameter`` (4) and
``policy-not-carried`` (7).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from renkei.kernel import jcs
from renkei.kernel.problems import RenkeiError
from renkei.policy.model import TEMPLATE, Atomic, Constraint, Policy, Rule
from renkei.policy.normal_form import spelled_out
from renkei.policy.parameters import Parameter, ParameterType, Value, comparable, filled_in, unfit
from renkei.policy.problems import TEMPLATE_BROKEN
from renkei.policy.profiles import PLAIN_DSP, WIRE_PROFILES, WireProfile, demand_carried
from renkei.policy.read import read_offer
from renkei.policy.terms import iri_of

__all__ = ["Parameter", "ParameterType", "Template", "instantiate", "read_template", "template_of"]

_MEMBERS = frozenset({"id", "version", "title", "text", "profiles", "parameters", "policy"})
_MAY = frozenset({"order", "variants"})
_PARAMETER_MEMBERS = frozenset({"type", "title"})
_LANGUAGES = frozenset({"en", "ja"})
_PLACEHOLDER = re.compile(r"\$\{(.*)\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Template:
    """A template as read; ``hash`` names it in offers and agreements.

    ``profiles``: the wire profiles that it is written for, by name; ``policy``: its terms, ``variants``: those for a
    profile of their own; ``order``: pairs of parameters of which the first is not after the second.
    """

    id: str
    version: str
    title: Mapping[str, str]
    text: Mapping[str, str]
    profiles: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    policy: Mapping[str, object]
    variants: Mapping[str, Mapping[str, object]]
    order: tuple[tuple[str, str], ...]
    hash: str

    def body(self, profile: str) -> Mapping[str, object]:
        """The terms in the words of a profile."""
        return self.variants.get(profile, self.policy)


def read_template(document: object) -> Template:
    """Read a template from decoded JSON."""
    members = _members(document, "the template", _MEMBERS, _MAY)  # 1
    declared = members["parameters"]
    if not isinstance(declared, dict):
        raise TEMPLATE_BROKEN(cause="parameters is not an object")
    profiles = _profiles(members["profiles"])
    variants = members.get("variants", {})
    if not isinstance(variants, dict) or not variants.keys() <= set(profiles):
        raise TEMPLATE_BROKEN(cause="variants is not an object of policies for its profiles")
    bodies = {name: _body(value, f"the policy for {name}", declared) for name, value in variants.items()}
    parameters = tuple(_parameter(name, declaration) for name, declaration in declared.items())
    return Template(
        id=_text(members["id"], "id"),
        version=_text(members["version"], "version"),
        title=_wording(members["title"], "title"),
        text=_wording(members["text"], "text"),
        profiles=profiles,
        parameters=parameters,
        policy=_body(members["policy"], "policy", declared),
        variants=bodies,
        order=_order(members.get("order", []), {each.name: each.type for each in parameters}),
        hash=jcs.sha256(document),
    )


def instantiate(
    document: object, parameters: Mapping[str, Value], *, policy_id: str, profile: WireProfile = PLAIN_DSP
) -> Policy:
    """Fill a template in: an offer for a catalog (no target), with the template's hash in it."""
    template = read_template(document)
    values = filled_in(template.id, template.parameters, template.order, parameters)  # 4
    filled = {"@id": policy_id, **_filled(template.body(profile.name), values), TEMPLATE: template.hash}
    try:
        policy = read_offer(filled, in_catalog=True)  # 5
    except RenkeiError as error:
        raise TEMPLATE_BROKEN(cause=error.message()) from error
    _check_terms(policy)  # 6
    demand_carried(policy, profile)  # 7
    return policy


def template_of(policy: Policy) -> str | None:
    """The hash of the template a policy was made of, where it names one."""
    named = policy.extensions.get(TEMPLATE)
    return named if isinstance(named, str) else None


def _check_terms(policy: Policy) -> None:
    if spelled_out(policy) != policy:
        raise TEMPLATE_BROKEN(cause="a term that the DSP context lacks is not written as an absolute IRI")
    unknown = [word for word in _words(policy) if iri_of(word) is None]
    if unknown:
        raise TEMPLATE_BROKEN(cause=f"nobody knows the term {unknown[0]}")


def _words(policy: Policy) -> Iterator[str]:
    for rule in (*policy.permission, *policy.prohibition, *policy.obligation):
        yield from _rule_words(rule)


def _rule_words(rule: Rule) -> Iterator[str]:
    yield rule.action
    for constraint in rule.constraint:
        yield from _constraint_words(constraint)
    for duty in rule.duty:
        yield from _rule_words(duty)


def _constraint_words(constraint: Constraint) -> Iterator[str]:
    if isinstance(constraint, Atomic):
        yield constraint.left
    else:
        for operand in constraint.operands:
            yield from _constraint_words(operand)


def _placeholders(value: object) -> Iterator[str]:
    if isinstance(value, str):
        match = _PLACEHOLDER.fullmatch(value)
        if match:
            yield match[1]
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _placeholders(item)


def _filled(policy: Mapping[str, object], values: Mapping[str, Value]) -> dict[str, object]:
    return {name: _fill(value, values) for name, value in policy.items()}


def _fill(value: object, values: Mapping[str, Value]) -> object:
    if isinstance(value, str):
        match = _PLACEHOLDER.fullmatch(value)
        return values[match[1]] if match else value
    if isinstance(value, dict):
        return _filled(value, values)
    return [_fill(item, values) for item in value] if isinstance(value, list) else value


def _profiles(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or any(name not in WIRE_PROFILES for name in map(str, value)):
        raise TEMPLATE_BROKEN(cause=f"profiles is not a list of some of: {', '.join(WIRE_PROFILES)}")
    return tuple(map(str, value))


def _body(value: object, what: str, declared: Mapping[str, object]) -> Mapping[str, object]:
    if not isinstance(value, dict) or "@id" in value:
        raise TEMPLATE_BROKEN(cause=f"{what} is not an object without @id")
    if (used := set(_placeholders(value))) != declared.keys():  # 2
        odd = ", ".join(sorted(used ^ declared.keys()))
        raise TEMPLATE_BROKEN(cause=f"parameters and placeholders of {what} differ: {odd}")
    return value


def _order(value: object, types: Mapping[str, ParameterType]) -> tuple[tuple[str, str], ...]:
    """Point 3."""
    pairs: list[tuple[str, str]] = []
    for item in value if isinstance(value, list) else [value]:
        names = item if isinstance(item, list) else []
        kinds = [types.get(name) if isinstance(name, str) else None for name in names]
        if len(kinds) != 2 or kinds[0] is None or kinds[0] is not kinds[1] or not comparable(kinds[0]):
            raise TEMPLATE_BROKEN(cause="order is not a list of pairs of instants or durations")
        pairs.append((names[0], names[1]))
    return tuple(pairs)


def _parameter(name: str, declaration: object) -> Parameter:
    members = _members(declaration, f"the parameter {name}", _PARAMETER_MEMBERS, frozenset({"default"}))
    kind = {known.value: known for known in ParameterType}.get(_text(members["type"], f"the type of {name}"))
    if kind is None:
        known = ", ".join(each.value for each in ParameterType)
        raise TEMPLATE_BROKEN(cause=f"the type of {name} is none of {known}")
    default = members.get("default")
    if default is not None and (cause := unfit(kind, default)):  # 3
        raise TEMPLATE_BROKEN(cause=f"the default of {name} does not fit: {cause}")
    kept = tuple(default) if isinstance(default, list) else str(default)
    return Parameter(name, kind, _wording(members["title"], f"the title of {name}"), None if default is None else kept)


def _members(
    value: object, what: str, names: frozenset[str], may: frozenset[str] = frozenset()
) -> Mapping[str, object]:
    if not isinstance(value, dict) or not names <= value.keys() <= names | may:
        raise TEMPLATE_BROKEN(cause=f"{what} does not have exactly the members {', '.join(sorted(names))}")
    return value


def _text(value: object, what: str) -> str:
    if not isinstance(value, str) or not value:
        raise TEMPLATE_BROKEN(cause=f"{what} is not a text")
    return value


def _wording(value: object, what: str) -> dict[str, str]:
    members = _members(value, what, _LANGUAGES)
    return {language: _text(text, f"{what}.{language}") for language, text in members.items()}
