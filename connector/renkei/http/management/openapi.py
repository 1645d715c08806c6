"""The OpenAPI 3.1 document of the management API, made from the table of operations and the structs it names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from renkei.exchange.records.kept import Document
from renkei.http.management.operations import Nothing, Operation
from renkei.http.management.views import Problem

_PARAMETER: Final = re.compile(r"\{([a-z_]+)\}")
_REFERENCE: Final = "#/components/schemas/{name}"


def openapi_document(operations: Sequence[Operation], version: str) -> Document:
    """The document, as JSON values. Query structs become parameters, body structs request bodies."""
    bodies = [row.asked for row in operations if row.has_body and row.asked is not Nothing]
    types = [*dict.fromkeys(bodies), *_unique(row.answer for row in operations), Problem]
    schemas, components = msgspec.json.schema_components(types, schema_hook=_anything, ref_template=_REFERENCE)
    named = dict(zip(map(repr, types), schemas, strict=True))
    paths: dict[str, dict[str, object]] = {}
    for row in operations:
        paths.setdefault(row.path, {})[row.method.lower()] = _operation(row, named)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Renkei management API",
            "version": version,
            "description": "What an operator and a company's own systems tell their connector. On loopback by default.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _unique(answers: Iterable[object]) -> list[object]:
    """Each type once; types such as ``Page[Asset]`` are made anew each time they are written."""
    return list({repr(answer): answer for answer in answers}.values())


def _operation(row: Operation, named: Mapping[str, object]) -> dict[str, object]:
    described: dict[str, object] = {
        "operationId": row.name,
        "summary": row.summary,
        "tags": [row.group],
        "parameters": [*_path_parameters(row), *_query_parameters(row)],
        "responses": {
            str(row.status): {"description": "Done", "content": {row.media_type: {"schema": named[repr(row.answer)]}}},
            "default": {"description": "An error", "content": _json(named[repr(Problem)])},
        },
    }
    if row.has_body and row.asked is not Nothing:
        described["requestBody"] = {"required": True, "content": _json(named[repr(row.asked)])}
    if row.open:
        described["security"] = []
    return described


def _json(schema: object) -> dict[str, object]:
    return {"application/json": {"schema": schema}}


def _path_parameters(row: Operation) -> list[dict[str, object]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(row.path)
    ]


def _query_parameters(row: Operation) -> list[dict[str, object]]:
    if row.has_body:
        return []
    _, components = msgspec.json.schema_components([row.asked], ref_template=_REFERENCE)
    own = components[row.asked.__name__]
    properties = own.get("properties", {})
    required = own.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": schema}
        for name, schema in properties.items()
    ]


def _anything(kind: type) -> dict[str, object]:
    """A value of any form, which a schema says by saying nothing."""
    if kind is object:
        return {"description": "Any JSON value."}
    raise NotImplementedError(kind)
