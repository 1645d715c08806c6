from __future__ import annotations

import copy
from datetime import date

import pytest
from battery_samples import d, record

from renkei.battery import (
    ChangeCause,
    Counting,
    FootprintRecord,
    Gap,
    Mode,
    Period,
    Provenance,
    Quality,
    Rounding,
    SecondaryFactor,
    Unit,
)
from renkei.kernel import jcs, strict_json
from renkei.kernel.problems import PeerError, RenkeiError

FULL = {
    "@type": "FootprintRecord",
    "id": "urn:uuid:1",
    "version": 2,
    "supersedes": "urn:uuid:0",
    "part": "urn:part:cathode",
    "company": "did:web:cathode.example",
    "plant": "urn:site:正極　第一",
    "declaredUnit": "kilogram",
    "declaredUnitAmount": "12.5",
    "unit": "kgCO2e",
    "stages": {
        "rawMaterialAcquisitionAndPreProcessing": "2",
        "mainProductProduction": "0.5",
        "distribution": "0",
        "endOfLifeAndRecycling": "-0.25",
    },
    "total": "2.25",
    "primaryDataShare": "80",
    "quality": {"TeR": "1", "GeR": "2.5", "TiR": "5"},
    "period": {"start": "2025-01-01", "end": "2025-12-31"},
    "secondary": [
        {
            "name": "nickel sulfate",
            "value": "4.9",
            "unit": "kgCO2e/kilogram",
            "source": "a database",
            "version": "3.1",
            "licence": "CC-BY-4.0",
        }
    ],
    "gaps": [{"part": "**", "company": "**", "count": 2}],
    "ruleSet": "urn:rules",
    "rounding": {"digits": 34, "counting": "significant"},
}


def test_a_full_record_is_read():
    read = FootprintRecord.from_json(FULL)
    assert read.total == d("2.25")
    assert read.quality == Quality(d(1), d("2.5"), d(5))
    assert read.secondary == (
        SecondaryFactor("nickel sulfate", d("4.9"), Unit.KILOGRAM, "a database", "3.1", "CC-BY-4.0"),
    )
    assert read.gaps == (Gap("**", "**", 2),)
    assert not read.complete
    assert read.plant == "urn:site:正極　第一"


def test_a_record_is_written_as_it_was_read_and_can_be_signed():
    written = FootprintRecord.from_json(FULL).to_json()
    assert written == FULL
    assert strict_json.loads(jcs.canonical(written)) == FULL


GROWN = FULL | {
    "own": dict(zip(FULL["stages"], ("0.5", "0.5", "0", "-0.25"), strict=True)),
    "validity": {"start": "2026-01-01", "end": "2026-12-31"},
    "cause": "supplier-update",
    "withheldFactors": 1,
    "calculation": {"ruleSet": "sha-256:00", "engine": "an-engine-1", "inputs": "sha-256:11"},
    "secondary": [FULL["secondary"][0] | {"region": "JP", "year": 2024}],
    "gaps": [
        {"part": "**", "company": "**", "count": 2},
        {"part": "**", "company": "**", "count": 1, "estimated": True},
    ],
    "rounding": {"digits": 5, "counting": "decimal-places", "mode": "up"},
}


def test_the_split_the_validity_and_the_provenance_are_read_and_written():
    read = FootprintRecord.from_json(GROWN)
    assert read.own is not None
    assert (read.own.raw_material, read.own.end_of_life) == (d("0.5"), d("-0.25"))
    assert read.validity == Period(date(2026, 1, 1), date(2026, 12, 31))
    assert read.cause is ChangeCause.SUPPLIER_UPDATE
    assert read.withheld_factors == 1
    assert read.calculation == Provenance("sha-256:00", "an-engine-1", "sha-256:11")
    assert (read.secondary[0].region, read.secondary[0].year) == ("JP", 2024)
    assert [gap.estimated for gap in read.gaps] == [False, True]
    assert read.rounding == Rounding(5, Counting.DECIMAL_PLACES, Mode.UP)
    assert read.to_json() == GROWN


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"secondary": [FULL["secondary"][0] | {"personal": True}]}, "inconsistent"),
        ({"secondary": [FULL["secondary"][0] | {"personal": "yes"}]}, "field-malformed"),
        ({"secondary": [FULL["secondary"][0] | {"year": 20240}]}, "out-of-range"),
        ({"cause": "correction", "supersedes": None}, "field-malformed"),
        ({"cause": "a whim"}, "field-malformed"),
        ({"withheldFactors": 0}, "out-of-range"),
        ({"own": {"distribution": "1"}}, "field-missing"),
        ({"own": GROWN["own"] | {"distribution": "0.123456"}}, "inconsistent"),
        ({"validity": {"start": "2026-12-31", "end": "2026-01-01"}}, "inconsistent"),
        ({"calculation": {"ruleSet": "x", "engine": "y"}}, "field-missing"),
        ({"rounding": {"digits": 5, "counting": "decimal-places", "mode": "down"}}, "field-malformed"),
        ({"gaps": [{"part": "**", "company": "**", "count": 1, "estimated": 1}]}, "field-malformed"),
    ],
)
def test_a_bad_addition_is_refused(changes, code):
    with pytest.raises(PeerError) as caught:
        FootprintRecord.from_json(GROWN | changes)
    assert caught.value.code == f"battery-record-{code}"


def test_a_cause_without_a_predecessor_is_refused():
    alone = {name: value for name, value in GROWN.items() if name != "supersedes"}
    with pytest.raises(PeerError) as caught:
        FootprintRecord.from_json(alone)
    assert caught.value.values["at"] == "/cause"


def test_optional_members_may_be_absent():
    small = record("p", "5", primary=None).to_json()
    assert not {"quality", "plant", "supersedes", "primaryDataShare"} & small.keys()
    assert FootprintRecord.from_json(small) == record("p", "5", primary=None)


def changed(path: str, value: object) -> dict[str, object]:
    """FULL with one member replaced; ``...`` removes it."""
    result = copy.deepcopy(FULL)
    *way, last = path.split("/")
    target = result
    for step in way:
        target = target[int(step) if step.isdigit() else step]
    if value is ...:
        del target[last]
    else:
        target[last] = value
    return result


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("colour", "red", "field-unknown"),
        ("stages/useStage", "1", "field-unknown"),
        ("secondary/0/amount", "3", "field-unknown"),
        ("quality/DQR", "1", "field-unknown"),
        ("total", ..., "field-missing"),
        ("stages/distribution", ..., "field-missing"),
        ("period/end", ..., "field-missing"),
        ("secondary/0/licence", ..., "field-missing"),
        ("ruleSet", ..., "field-missing"),
        ("gaps", ..., "field-missing"),
        ("total", 2.25, "number-not-text"),
        ("total", 2, "number-not-text"),
        ("stages/distribution", d("0.5"), "number-not-text"),
        ("declaredUnitAmount", 1, "number-not-text"),
        ("total", "2.25e0", "field-malformed"),
        ("total", True, "field-malformed"),
        ("total", None, "field-malformed"),
        ("total", ["2.25"], "field-malformed"),
        ("@type", "Footprint", "field-malformed"),
        ("id", "", "field-malformed"),
        ("id", " ", "field-malformed"),
        ("id", 5, "field-malformed"),
        ("id", "x" * 2001, "field-malformed"),
        ("company", "did:web:a\u0000b", "field-malformed"),
        ("company", "did:web:a\ud800", "field-malformed"),
        ("plant", None, "field-malformed"),
        ("version", "2", "field-malformed"),
        ("version", True, "field-malformed"),
        ("version", d("2.0"), "field-malformed"),
        ("unit", "gCO2e", "field-malformed"),
        ("declaredUnit", "kilowatt hour", "field-malformed"),
        ("declaredUnit", ["kilogram"], "field-malformed"),
        ("secondary/0/unit", "kilogram", "field-malformed"),
        ("secondary", {}, "field-malformed"),
        ("secondary", ["a database"], "field-malformed"),
        ("stages", [], "field-malformed"),
        ("period/start", "7172-75-08", "field-malformed"),
        ("period/start", "20250101", "field-malformed"),
        ("period/start", 2025, "field-malformed"),
        ("rounding/counting", "exact", "field-malformed"),
        ("version", 0, "out-of-range"),
        ("version", 2**53, "out-of-range"),
        ("declaredUnitAmount", "0", "out-of-range"),
        ("declaredUnitAmount", "-1", "out-of-range"),
        ("primaryDataShare", "100.01", "out-of-range"),
        ("primaryDataShare", "-1", "out-of-range"),
        ("quality/TeR", "0.9", "out-of-range"),
        ("quality/TiR", "5.1", "out-of-range"),
        ("gaps/0/count", 0, "out-of-range"),
        ("rounding/digits", 0, "out-of-range"),
        ("rounding/digits", 35, "out-of-range"),
        ("total", "2.26", "inconsistent"),
        ("total", "2.250000000000000000000000000000003", "inconsistent"),
        ("total", "2.2500000000000000000000000000000000001", "inconsistent"),
        ("stages/endOfLifeAndRecycling", "0.25", "inconsistent"),
        ("period/end", "2024-12-31", "inconsistent"),
        ("supersedes", "urn:uuid:1", "inconsistent"),
        ("rounding/digits", 2, "inconsistent"),
    ],
)
def test_a_bad_record_is_refused(path, value, code):
    with pytest.raises(PeerError) as caught:
        FootprintRecord.from_json(changed(path, value))
    assert caught.value.code == f"battery-record-{code}"
    assert "?" not in caught.value.message("ja") + caught.value.hint("ja")


@pytest.mark.parametrize("value", [None, [], "record", 5, {1: "x"}, {}])
def test_what_is_no_record_at_all_is_refused(value):
    with pytest.raises(PeerError):
        FootprintRecord.from_json(value)


def test_an_error_says_where():
    with pytest.raises(RenkeiError) as caught:
        FootprintRecord.from_json(changed("secondary/0/value", "a lot"))
    assert caught.value.values["at"] == "/secondary/0/value"


@pytest.mark.parametrize(
    ("total", "holds"), [("0.9", True), ("1.0", True), ("1.1", True), ("1.2", True), ("0.6", False), ("1.3", False)]
)
def test_rounded_stages_need_not_add_up_to_the_last_digit(total, holds):
    """Three stages of 0.3 rounded to one place may each be off by 0.05, and so may the fourth and the total."""
    value = changed("rounding", {"digits": 1, "counting": "decimal-places"})
    value["stages"] = dict(zip(value["stages"], ("0.3", "0.3", "0.3", "0.1"), strict=True))
    value["total"] = total
    if holds:
        assert FootprintRecord.from_json(value).total == d(total)
    else:
        with pytest.raises(PeerError):
            FootprintRecord.from_json(value)
