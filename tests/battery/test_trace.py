"""Trace records: nine fields, none absent, and the same as Catena-X's SerialPart."""

from __future__ import annotations

import json

import jsonschema
import pytest

from renkei.battery.parts.trace import TraceRecord
from renkei.formats.serial_part import global_asset_id, serial_part
from renkei.kernel.problems import ConfigurationError

TRACE = {
    "@type": "TraceRecord",
    "id": "CELL-0001/2026-W14",
    "contractor": "did:web:oem.example",
    "contract": "PO-4711",
    "manufacturer": "did:web:pack.example",
    "manufacturingContract": None,
    "part": "CELL-0001",
    "partName": "Cell, prismatic",
    "parentPart": "PACK-9",
    "partMaker": "did:web:cell.example",
    "country": "JPN",
    "manufactured": "2026-04-01T08:30:00Z",
}
FIELDS = sorted(TRACE.keys() - {"@type", "id"})


def test_a_trace_is_read_and_written_field_by_field() -> None:
    assert len(FIELDS) == 10, "nine fields, of which the part has a number and a name"
    assert TraceRecord.from_json(TRACE).to_json() == TRACE


@pytest.mark.parametrize("field", FIELDS)
def test_no_field_may_be_absent(field) -> None:
    with pytest.raises(ConfigurationError, match="battery-input-field-missing"):
        TraceRecord.from_json({name: value for name, value in TRACE.items() if name != field})


@pytest.mark.parametrize(
    "changed",
    [
        {"country": "JP"},
        {"country": "jpn"},
        {"country": None},
        {"part": None},
        {"contract": 4711},
        {"manufactured": "2026-04-01"},
        {"parentPart": ""},
    ],
)
def test_a_field_that_is_not_what_it_must_be_is_refused(changed) -> None:
    with pytest.raises(ConfigurationError, match="battery-input-field-malformed"):
        TraceRecord.from_json({**TRACE, **changed})


def test_the_aspect_is_valid_by_its_own_schema_and_says_what_it_leaves_out(shared) -> None:
    folder = shared / "data" / "tractusx-semantic-models"
    schema = json.loads((folder / "io.catenax.serial_part_4.0.0__SerialPart-schema.json").read_text())
    aspect = serial_part(TraceRecord.from_json(TRACE), customer_part="Z-1", number="BPNL00000000PACK")
    jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker()).validate(aspect.document)
    told = json.dumps(aspect.document)
    for field in FIELDS:
        left_out = any(name.startswith(field) for name in aspect.left_out)
        held = str(TRACE[field]).split("T")[0] in told or field in {"partMaker", "manufacturer"}
        assert held != left_out or field == "manufactured", field


def test_the_identifier_of_a_part_is_the_same_every_time_and_no_other_parts() -> None:
    first = global_asset_id("did:web:a.example", "P")
    assert first == global_asset_id("did:web:a.example", "P")
    assert len({first, global_asset_id("did:web:b.example", "P"), global_asset_id("did:web:a.example", "Q")}) == 3
