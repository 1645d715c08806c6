"""Other people's schemas: where a document fails, and schemas that cannot be used."""

from __future__ import annotations

from decimal import Decimal

import pytest

from renkei.kernel.problems import RenkeiError
from renkei.wire.schema_walk import walk

SCHEMA = {
    "$schema": "http://json-schema.org/draft-04/schema",
    "components": {"schemas": {"Share": {"type": "number", "minimum": 0, "exclusiveMinimum": True}}},
    "properties": {"shares": {"type": "array", "items": {"$ref": "#/components/schemas/Share"}}, "a/b": {"enum": [1]}},
    "required": ["shares"],
}


@pytest.mark.parametrize(
    ("document", "places"),
    [
        ({"shares": [Decimal("0.1"), 1]}, []),
        ({"shares": [Decimal("-1.7976931348623157E+308"), 0, "1"]}, ["/shares/0", "/shares/1", "/shares/2"]),
        ({"shares": [], "a/b": 2}, ["/a~1b"]),
        ({}, ["/"]),
        ([], []),
    ],
)
def test_every_place_where_a_document_fails_is_told(document, places) -> None:
    assert [finding.path for finding in walk(SCHEMA, document)] == places


def test_what_is_told_is_bounded_and_harmless() -> None:
    found = walk({"additionalProperties": False, "properties": {"x": {"enum": [1]}}}, {"x": "\x1b" * 5000})
    assert len(found[0].text) == 301
    assert "\x1b" not in found[0].text
    assert len(walk({"items": {"type": "string"}}, [1] * 5000)) == 500


def test_a_schema_without_a_draft_is_read_as_draft_4() -> None:
    document = {"type": "integer", "minimum": 1, "exclusiveMinimum": True}
    assert [finding.keyword for finding in walk(document, 1)] == ["minimum"]


@pytest.mark.parametrize(
    "schema",
    [
        [],
        {"type": 7},
        {"$schema": "http://json-schema.org/draft-04/schema", "$ref": "https://example.com/other.json"},
        {"$schema": "http://json-schema.org/draft-04/schema", "$ref": "#/components/schemas/Absent"},
        {"$ref": "#"},
        {"properties": {"a": {"pattern": "("}}},
    ],
)
def test_a_schema_that_cannot_be_used_is_refused_and_nothing_is_fetched(schema) -> None:
    with pytest.raises(RenkeiError) as caught:
        walk(schema, {"a": "b"})
    assert caught.value.code == "schema-unusable"
