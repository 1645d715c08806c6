"""Checking a document against a JSON Schema that somebody else has published, and saying where it fails.

The schema is the user's file (Catena-X, IDTA and Battery Pass publish theirs in draft 4, PACT in OpenAPI 3.1); no
schema of others ships with Renkei. Nothing is fetched: a reference that leads out of the file is an error. Formats are
not asserted, as the drafts have it. Patterns are searched for by Python's ``re``.

Raises ConfigurationError ``schema-unusable`` for a schema that is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from renkei.kernel.problems import Fault, Problem, printable

SCHEMA_UNUSABLE: Final = Problem(
    code="schema-unusable",
    fault=Fault.CONFIGURATION,
    status=400,
    en="The file is no JSON Schema that can be used: {cause}.",
    ja="このファイルは利用できるJSON Schemaではありません: {cause}。",
    hint_en="Give one JSON Schema with all its definitions in the same file; nothing is fetched from elsewhere.",
    hint_ja="定義をすべて含む1つのJSON Schemaファイルを指定してください。外部からの取得は行いません。",
)
_MOST: Final = 500
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class SchemaFinding:
    """One place where a document fails: a JSON pointer, the schema's keyword, and what it says."""

    path: str
    keyword: str
    text: str


def walk(schema: object, document: object) -> tuple[SchemaFinding, ...]:
    """All places where the document fails, by path; no more than 500."""
    import jsonschema
    from jsonschema.validators import validator_for
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    if not isinstance(schema, dict):
        raise SCHEMA_UNUSABLE(cause="it is no JSON object")
    kind = validator_for(schema, default=jsonschema.Draft4Validator)
    try:
        kind.check_schema(schema)
        validator = kind(schema, registry=Registry())
        found = [
            _finding(error)
            for error, _ in zip(validator.iter_errors(cast("Any", document)), range(_MOST), strict=False)
        ]
    except jsonschema.SchemaError as error:
        raise SCHEMA_UNUSABLE(cause=_cut(error.message)) from None
    except Unresolvable as error:
        raise SCHEMA_UNUSABLE(cause=f"{_cut(str(error))} leads nowhere in this file") from None
    except (TypeError, ValueError, KeyError, AttributeError, ArithmeticError, RecursionError) as error:
        raise SCHEMA_UNUSABLE(cause=f"{type(error).__name__}: {_cut(str(error))}") from None
    return tuple(sorted(found, key=lambda finding: finding.path))


def _finding(error: object) -> SchemaFinding:
    values = cast("Mapping[str, object]", vars(error))
    steps = cast("Iterable[object]", getattr(error, "absolute_path", ()))
    path = "".join("/" + printable(str(step)).replace("~", "~0").replace("/", "~1") for step in steps)
    return SchemaFinding(path or "/", str(values.get("validator", "")), _cut(str(values.get("message", ""))))


def _cut(text: str) -> str:
    shown = printable(text)
    return shown if len(shown) <= _LONGEST else shown[:_LONGEST] + "…"
