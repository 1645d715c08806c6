"""The API describes itself, and truly: the same table is served, described and documented."""

from __future__ import annotations

import json
import re

import jsonschema
import pytest
from management_site import document

from renkei.http.management.endpoints import OPERATIONS

RECORD_FIELDS = {"code", "fault", "message", "hint"}


def references(value):
    if isinstance(value, dict):
        for name, item in value.items():
            if name == "$ref":
                yield item
            else:
                yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


async def test_the_document_is_served_as_it_is_made(maker) -> None:
    status, _, raw = await maker.raw("GET", "/v1/openapi.json", token="")
    served = json.loads(raw)
    assert status == 200
    assert served["openapi"].startswith("3.1")
    assert served["paths"] == document()["paths"]


def test_every_row_of_the_table_is_described_once() -> None:
    described = {(method.upper(), path) for path, methods in document()["paths"].items() for method in methods}
    assert described == {(row.method, row.path) for row in OPERATIONS}
    names = [described["operationId"] for methods in document()["paths"].values() for described in methods.values()]
    assert len(names) == len(set(names)) == len(OPERATIONS)


def test_every_reference_leads_to_a_schema() -> None:
    named = {f"#/components/schemas/{name}" for name in document()["components"]["schemas"]}
    used = set(references(document()))
    assert used
    assert used - named == set()


def test_every_schema_is_a_schema() -> None:
    for schema in document()["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("row", OPERATIONS, ids=lambda row: f"{row.method} {row.path}")
def test_a_row_names_its_parameters_its_body_and_its_error(row) -> None:
    described = document()["paths"][row.path][row.method.lower()]
    in_path = {item["name"] for item in described["parameters"] if item["in"] == "path"}
    assert in_path == set(re.findall(r"\{(\w+)\}", row.path))
    in_query = {item["name"] for item in described["parameters"] if item["in"] == "query"}
    asked = set(row.asked.__struct_fields__)
    assert in_query == (set() if row.has_body else asked)
    assert ("requestBody" in described) == (row.has_body and bool(asked))
    error = described["responses"]["default"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
    assert set(document()["components"]["schemas"][error]["required"]) == RECORD_FIELDS
    assert row.summary
    assert (described.get("security") == []) == row.open


def test_bodies_take_nothing_unknown() -> None:
    bodies = {row.asked.__name__ for row in OPERATIONS if row.has_body and row.asked.__struct_fields__}
    assert bodies
    for name in bodies:
        assert document()["components"]["schemas"][name]["additionalProperties"] is False
