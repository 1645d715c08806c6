"""Contract templates: terms written once, with their wording in English and Japanese, filled in for each customer.

A template is a JSON object::

    {"id": "…", "version": "…", "title": {"en": "…", "ja": "…"}, "text": {"en": "…", "ja": "…"},
     "parameters": {"until": {"type": "instant", "title": {"en": "…", "ja": "…"}}},
     "policy": {… an offer as for a catalog, without @id; a text "${until}" is replaced as a whole …}}

The offer made of it carries the template's hash (over the canonical bytes of the whole template, wording included)
under ``https://w3id.org/renkei/v1/template``, so that every agreement names the very text that was agreed.

What must hold:

1. The template has exactly the members above; ids and wordings are texts, parameter types are known.
2. Every placeholder is a declared parameter, every declared parameter has a placeholder.
3. Exactly the declared parameters are given, each fit for its type.
4. The policy, filled in, reads as an offer for a catalog.
5. Its actions and left operands mean something, and are absolute IRIs where the DSP context lacks the word.

Errors: ConfigurationError ``policy-template-broken`` (1, 2, 4, 5) and ``policy-template-parameter`` (3).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from renkei.kernel import jcs
from renkei.kernel.instants import parse
from renkei.kernel.problems import RenkeiError
from renkei.policy.compare import spelled_out
from renkei.policy.model import TEMPLATE, Atomic, Constraint, Policy, Rule
from renkei.policy.problems import TEMPLATE_BROKEN, TEMPLATE_PARAMETER
from renkei.policy.read import read_offer
from renkei.policy.terms import iri_of

_MEMBERS = frozenset({"id", "version", "title", "text", "parameters", "policy"})
_PARAMETER_MEMBERS = frozenset({"type", "title"})
_LANGUAGES = frozenset({"en", "ja"})
_PLACEHOLDER = re.compile(r"\$\{(.*)\}", re.DOTALL)


class ParameterType(Enum):
    """What may be filled in: RFC 3339 with a zone, a participant's id, or any text."""

    INSTANT = "instant"
    PARTICIPANT = "participant"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One blank of a template; ``title`` by language."""

    name: str
    type: ParameterType
    title: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Template:
    """A template as read; ``hash`` names it in offers and agreements."""

    id: str
    version: str
    title: Mapping[str, str]
    text: Mapping[str, str]
    parameters: tuple[Parameter, ...]
    policy: Mapping[str, object]
    hash: str


def read_template(document: object) -> Template:
    """Read a template from decoded JSON."""
    members = _members(document, "the template", _MEMBERS)  # 1
    declared = members["parameters"]
    if not isinstance(declared, dict):
        raise TEMPLATE_BROKEN(cause="parameters is not an object")
    policy = members["policy"]
    if not isinstance(policy, dict) or "@id" in policy:
        raise TEMPLATE_BROKEN(cause="policy is not an object without @id")
    used = set(_placeholders(policy))
    if used != declared.keys():  # 2
        odd = ", ".join(sorted(used ^ declared.keys()))
        raise TEMPLATE_BROKEN(cause=f"parameters and placeholders differ: {odd}")
    return Template(
        id=_text(members["id"], "id"),
        version=_text(members["version"], "version"),
        title=_wording(members["title"], "title"),
        text=_wording(members["text"], "text"),
        parameters=tuple(_parameter(name, declaration) for name, declaration in declared.items()),
        policy=policy,
        hash=jcs.sha256(document),
    )


def instantiate(document: object, parameters: Mapping[str, str], *, policy_id: str) -> Policy:
    """Fill a template in: an offer for a catalog (no target), with the template's hash in it."""
    template = read_template(document)
    _check_values(template, parameters)  # 3
    filled = {"@id": policy_id, **_filled(template.policy, parameters), TEMPLATE: template.hash}
    try:
        policy = read_offer(filled, in_catalog=True)  # 4
    except RenkeiError as error:
        raise TEMPLATE_BROKEN(cause=error.message()) from error
    _check_terms(policy)  # 5
    return policy


def template_of(policy: Policy) -> str | None:
    """The hash of the template a policy was made of, where it names one."""
    named = policy.extensions.get(TEMPLATE)
    return named if isinstance(named, str) else None


def _check_values(template: Template, values: Mapping[str, str]) -> None:
    known = {parameter.name: parameter for parameter in template.parameters}
    for name in sorted(known.keys() | values.keys()):
        if name not in values:
            cause = "it is missing"
        elif name not in known:
            cause = "it is not declared"
        else:
            cause = _unfit(known[name], values[name])
        if cause:
            raise TEMPLATE_PARAMETER(
                parameter=name, template=template.id, cause=cause, known=", ".join(sorted(known)) or "-"
            )


def _unfit(parameter: Parameter, value: object) -> str:
    """Why a value does not fit; empty where it does."""
    if not isinstance(value, str) or not value.strip():
        return "it is not a text"
    if parameter.type is ParameterType.INSTANT:
        try:
            parse(value)
        except RenkeiError as error:
            return error.message()
    return ""


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


def _filled(policy: Mapping[str, object], values: Mapping[str, str]) -> dict[str, object]:
    return {name: _fill(value, values) for name, value in policy.items()}


def _fill(value: object, values: Mapping[str, str]) -> object:
    if isinstance(value, str):
        match = _PLACEHOLDER.fullmatch(value)
        return values[match[1]] if match else value
    if isinstance(value, dict):
        return _filled(value, values)
    return [_fill(item, values) for item in value] if isinstance(value, list) else value


def _parameter(name: str, declaration: object) -> Parameter:
    members = _members(declaration, f"the parameter {name}", _PARAMETER_MEMBERS)
    kind = {known.value: known for known in ParameterType}.get(_text(members["type"], f"the type of {name}"))
    if kind is None:
        raise TEMPLATE_BROKEN(cause=f"the type of {name} is none of instant, participant, text")
    return Parameter(name, kind, _wording(members["title"], f"the title of {name}"))


def _members(value: object, what: str, names: frozenset[str]) -> Mapping[str, object]:
    if not isinstance(value, dict) or value.keys() != names:
        raise TEMPLATE_BROKEN(cause=f"{what} does not have exactly the members {', '.join(sorted(names))}")
    return value


def _text(value: object, what: str) -> str:
    if not isinstance(value, str) or not value:
        raise TEMPLATE_BROKEN(cause=f"{what} is not a text")
    return value


def _wording(value: object, what: str) -> dict[str, str]:
    members = _members(value, what, _LANGUAGES)
    return {language: _text(text, f"{what}.{language}") for language, text in members.items()}
