"""The blanks of a contract template: their types, their defaults, and whether what is filled in fits.

Values are texts; of a list, a list of texts, or one text with spaces between them. What must hold of a value:

1. It is of the parameter's type, in the very form that stands in the policy then.
2. Nothing is filled in that was not declared, and nothing is left blank that has no default.
3. Of two that have an order, the first is not after the second.

Errors: ConfigurationError ``policy-template-broken`` (a declaration), ``policy-template-parameter`` (a value).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from types import MappingProxyType
from typing import Final, TypeAlias

from renkei.kernel.instants import parse
from renkei.kernel.problems import RenkeiError
from renkei.policy.problems import TEMPLATE_PARAMETER
from renkei.policy.terms import expand
from renkei.policy.values import duration, number

Value: TypeAlias = "str | Sequence[str]"
"""What is filled in."""
_COUNT: Final = re.compile(r"[1-9]\d{0,8}", re.ASCII)
_DECIMAL: Final = re.compile(r"\d{1,18}(?:\.\d{1,9})?", re.ASCII)
_START: Final = datetime(2001, 1, 1, tzinfo=UTC)


class ParameterType(Enum):
    """What may be filled in.

    INSTANT: RFC 3339 with a zone; PARTICIPANT: a participant's id; TEXT: any text; IRI: an absolute IRI; COUNT: a whole
    number from one; NUMBER: a decimal from zero; DURATION: ISO 8601 (``P30D``); IRIS: absolute IRIs; NAMES: roles,
    business partner numbers and the like.
    """

    INSTANT = "instant"
    PARTICIPANT = "participant"
    TEXT = "text"
    IRI = "iri"
    COUNT = "count"
    NUMBER = "number"
    DURATION = "duration"
    IRIS = "iri-list"
    NAMES = "name-list"

    @property
    def listed(self) -> bool:
        """Whether it holds several texts."""
        return self in {ParameterType.IRIS, ParameterType.NAMES}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One blank of a template; ``title`` by language; ``default``: what stands there unless something is given."""

    name: str
    type: ParameterType
    title: Mapping[str, str]
    default: Value | None = None


def filled_in(
    template: str, parameters: Sequence[Parameter], order: Sequence[tuple[str, str]], values: Mapping[str, Value]
) -> dict[str, Value]:
    """The values of all parameters, defaults included, as they stand in the policy."""
    known = {parameter.name: parameter for parameter in parameters}

    def refuse(name: str, cause: str) -> RenkeiError:
        return TEMPLATE_PARAMETER(parameter=name, template=template, cause=cause, known=", ".join(sorted(known)) or "-")

    found: dict[str, Value] = {}
    for name in sorted(known.keys() | values.keys()):
        parameter = known.get(name)
        if parameter is None:  # 2
            raise refuse(name, "it is not declared")
        value = values.get(name, parameter.default)
        if value is None:  # 2
            raise refuse(name, "it is missing")
        if cause := unfit(parameter.type, value):  # 1
            raise refuse(name, cause)
        found[name] = _texts(value) if parameter.type.listed else value
    for first, second in order:  # 3
        if _place(found[first]) > _place(found[second]):
            raise refuse(second, f"it lies before {first}")
    return found


def unfit(kind: ParameterType, value: object) -> str:
    """Why a value does not fit a type; empty where it does."""
    if kind.listed:
        texts = _texts(value)
        if not texts:
            return "it is not a list of texts"
        causes = (_ONE[kind](text) for text in texts)
        return next((cause for cause in causes if cause), "")
    return _ONE[kind](value) if isinstance(value, str) and value.strip() else "it is not a text"


def comparable(kind: ParameterType) -> bool:
    """Whether values of a type have an order."""
    return kind in {ParameterType.INSTANT, ParameterType.DURATION}


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return value.split()
    if isinstance(value, list | tuple) and all(isinstance(item, str) and item.strip() for item in value):
        return list(value)
    return []


def _instant(text: str) -> str:
    try:
        parse(text)
    except RenkeiError as error:
        return error.message()
    return ""


def _iri(text: str) -> str:
    return "" if expand(text) == text else "it is not an absolute IRI"


def _any(text: str) -> str:  # noqa: ARG001 - the shape of a check
    return ""


_ONE: Final[Mapping[ParameterType, Callable[[str], str]]] = MappingProxyType(
    {
        ParameterType.INSTANT: _instant,
        ParameterType.PARTICIPANT: _any,
        ParameterType.TEXT: _any,
        ParameterType.IRI: _iri,
        ParameterType.COUNT: lambda text: "" if _COUNT.fullmatch(text) else "it is not a whole number from 1",
        ParameterType.NUMBER: lambda text: "" if _DECIMAL.fullmatch(text) and number(text) is not None else _NO_NUMBER,
        ParameterType.DURATION: lambda text: "" if duration(text) is not None else "it is not a duration such as P30D",
        ParameterType.IRIS: _iri,
        ParameterType.NAMES: _any,
    }
)
_NO_NUMBER: Final = "it is not a number such as 12.50"


def _place(value: Value) -> datetime:
    """Where an instant lies, or the end of a duration that begins on a fixed day."""
    text = str(value)
    lasting = duration(text)
    return parse(text) if lasting is None else lasting.after(_START)
