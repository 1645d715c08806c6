"""Decoded JSON of ODRL in JSON-LD taken for what it must be: an object, a text, a name, a number.

Errors: PeerError ``policy-malformed`` with the path.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, TypeAlias

from renkei.kernel.strict_json import kind_of
from renkei.policy.problems import MALFORMED

_MOST_DIGITS: Final = 40

Json: TypeAlias = "dict[str, object]"


def object_of(value: object, path: str) -> Mapping[str, object]:
    """An object."""
    if not isinstance(value, dict):
        raise MALFORMED(path=path, expected="an object", found=kind_of(value))
    return value


def list_of(value: object) -> list[object]:
    """One value or several, as a list."""
    return [*value] if isinstance(value, list | tuple) else [value]


def text_of(value: object, path: str) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value:
        raise MALFORMED(path=path, expected="a text", found=value if value == "" else kind_of(value))
    return value


def texts_of(value: object, path: str) -> list[str]:
    """One text or several."""
    return [text_of(item, path) for item in list_of(value)]


def referred(value: object, path: str) -> str:
    """The text of a name, or of an object that has nothing but an id."""
    if isinstance(value, dict) and value.keys() in ({"@id"}, {"uid"}):
        (value,) = value.values()
    return text_of(value, path)


def number_of(value: object, path: str) -> dict[str, object]:
    """A number or boolean as a typed value, written out in digits."""
    if isinstance(value, bool):
        return {"@value": str(value).lower(), "@type": "xsd:boolean"}
    number = Decimal(repr(value)) if isinstance(value, float) else value
    if isinstance(number, int) and abs(number) < 10**_MOST_DIGITS:
        return {"@value": str(number), "@type": "xsd:integer"}
    if isinstance(number, Decimal) and number.is_finite():
        text = format(number, "f") if abs(number.adjusted()) < _MOST_DIGITS else ""
        if text and len(text) <= 2 * _MOST_DIGITS:
            return {"@value": text, "@type": "xsd:decimal"}
    raise MALFORMED(path=path, expected="a text, an object, a boolean or a number of usual size", found=kind_of(value))
