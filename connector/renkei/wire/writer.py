"""Typed values → JSON objects, as the table says: ``@type`` on every object, empty lists and absent members left out.

That what is written can be sent is checked by ``codec.encode``, which reads all of it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Final, TypeAlias, cast

from renkei.policy.model import Policy
from renkei.policy.write import policy_json
from renkei.wire.table import PARTS, Field, Form, Part, Parts, Shape, Terms, Text, Values, Word

Writer: TypeAlias = Callable[[object], object]


def write(shape: Shape, value: object) -> dict[str, object]:
    """The JSON object of a typed value."""
    written: dict[str, object] = {"@type": shape.word}
    identity = shape.part(value, shape.identity) if shape.identity else None
    if identity is not None:
        written["@id"] = identity
    for row in shape.fields:
        if row.attribute is not None:
            found = shape.part(value, row.attribute)
            if found is not None and not _is_absent(row, found):
                written[row.name] = _write_form(row.form, found)
    if shape.extensible:
        written.update(cast("Mapping[str, object]", shape.part(value, "extensions")))
    return written


def _is_absent(row: Field, found: object) -> bool:
    """An empty list says nothing; only a filter may be given and empty, and then ``None`` is its absence."""
    return found == () and row.name != "filter"


def _write_form(form: Form, value: object) -> object:
    if isinstance(form, Text):
        return value
    if isinstance(form, Word):
        return cast("Enum", value).value
    if isinstance(form, Values):
        return list(cast("Iterable[object]", value))
    if isinstance(form, Part):
        return value if isinstance(value, str) else write(PARTS[form.word], value)
    if isinstance(form, Parts):
        return [write(PARTS[form.word], item) for item in cast("Iterable[object]", value)]
    return _TERMS[form](value)


def _write_catalog_offers(value: object) -> object:
    return [policy_json(offer) for offer in cast("Iterable[Policy]", value)]


_TERMS: Final[Mapping[Terms, Writer]] = {
    Terms.OFFER: lambda value: policy_json(cast("Policy", value)),
    Terms.AGREEMENT: lambda value: policy_json(cast("Policy", value)),
    Terms.CATALOG_OFFERS: _write_catalog_offers,
}
