"""The verdicts on every published sample, by its official schema and by our own tables; hostile values."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from pathlib import Path

import pytest
from dialect_samples import FORMATS, IDS, flat
from hypothesis import given, settings
from hypothesis import strategies as st

from renkei.formats.dialects.checking import check, errors, recognise
from renkei.formats.dialects.metals import Metal, parse_metals, render_metals
from renkei.kernel import strict_json
from renkei.kernel.problems import RenkeiError
from renkei.wire.schema_walk import walk

CX = "tractusx-semantic-models"
OWN = {
    "catena-x-pcf-9": f"{CX}/io.catenax.pcf_9.0.0__Pcf",
    "catena-x-battery-supplier-1": f"{CX}/io.catenax.pcf_for_battery_component_supplier_1.0.0__PcfForBatteryComponentSupplier",
    "idta-02035-3": "idta-batterypass/CarbonFootprintBattery",
}
# battery.md §5.1: which samples fail the schema published beside them, and how often.
FAILING = {
    "MaterialComposition-payload-1.2.0": 1,
    "CarbonFootprintBattery": 2,
    "CircularityBattery": 6,
    "HandoverDocumentationBattery": 1,
    "NameplateBattery": 23,
}


def load(path: Path) -> object:
    return strict_json.loads(path.read_bytes(), strict_json.DOCUMENT)


def pairs(shared: Path) -> list[tuple[str, Path, Path]]:
    """Every sample and the schema beside it."""
    found = []
    for schema in sorted((shared / "data").glob("*/*-schema*.json")):
        sample = schema.with_name(
            schema.name.replace("-schema-", "-payload-")
            if "-schema-" in schema.name
            else schema.name.replace("-schema", "")
        )
        if sample.is_file() and sample != schema and schema.parent.name in {CX, "idta-batterypass", "batterypass"}:
            found.append((sample.stem, schema, sample))
    return found


def test_every_published_sample_gets_the_verdict_of_its_schema(shared) -> None:
    verdicts = {name: len(walk(load(schema), load(sample))) for name, schema, sample in pairs(shared)}
    assert len(verdicts) == 11 + 8 + 7
    assert {name: count for name, count in verdicts.items() if count} == FAILING


def test_the_walk_says_where_a_sample_fails(shared) -> None:
    data = shared / "data"
    trailing = walk(
        load(data / "batterypass/MaterialComposition-schema-1.2.0.json"),
        load(data / "batterypass/MaterialComposition-payload-1.2.0.json"),
    )
    assert [(each.path, each.keyword) for each in trailing] == [
        ("/batteryMaterials/0/batteryMaterialIdentifier", "pattern")
    ]
    scalars = walk(load(data / (OWN["idta-02035-3"] + "-schema.json")), load(data / (OWN["idta-02035-3"] + ".json")))
    assert {(each.path, each.keyword) for each in scalars} == {
        ("/ProductCarbonFootprints/0/PcfCalculationMethods", "type"),
        ("/ProductCarbonFootprints/0/LifeCyclePhases", "type"),
    }


@pytest.mark.parametrize("format_id", OWN)
def test_our_tables_give_the_verdict_of_the_official_schema_at_the_same_places(shared, format_id) -> None:
    sample = load(shared / "data" / (OWN[format_id] + ".json"))
    official = {each.path for each in walk(load(shared / "data" / (OWN[format_id] + "-schema.json")), sample)}
    assert {each.path for each in errors(check(FORMATS.table(format_id), sample))} == official
    assert recognise(FORMATS, sample).id == format_id


HOSTILE = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(
        [
            Decimal("-1.7976931348623157E+308"),
            Decimal("1.6E+38"),
            Decimal("1E+999999"),
            Decimal("1E-999999"),
            10**400,
            -1,
            0,
            3,
            101,
            "",
            " ",
            "7172-75-08",
            "2022-01-01T00:00:01Z",
            "2022-13-99T99:99:99Z",
            "telnet://192.0.2.16:80/",
            "ftp://example.com/",
            "kilogram",
            "\x00\x1b[2J",
            "a" * 5000,
            [],
            {},
            [[]],
            [1, 1],
            ["x", "x"],
            [{}],
            {"a": {"b": []}},
        ]
    ),
)


def spots(value: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [spot for step, below in inner for spot in spots(below, (*path, step))]


def changed(document: object, spot: tuple[object, ...], value: object, *, drop: bool) -> object:
    new = copy.deepcopy(document)
    holder = new
    for step in spot[:-1]:
        holder = holder[step]
    if drop:
        del holder[spot[-1]]
    else:
        holder[spot[-1]] = value
    return new


@pytest.mark.parametrize("format_id", OWN)
@settings(max_examples=60)
@given(drawn=st.data())
def test_our_verdict_is_the_schemas_whatever_is_changed(shared, format_id, drawn) -> None:
    sample = load(shared / "data" / (OWN[format_id] + ".json"))
    schema = load(shared / "data" / (OWN[format_id] + "-schema.json"))
    for entry in sample.get("ProductCarbonFootprints", ()):  # begin with a valid one
        entry["PcfCalculationMethods"], entry["LifeCyclePhases"] = ["ISO 14067"], ["A3 - production"]
    spot = drawn.draw(st.sampled_from(spots(sample)))
    document = changed(sample, spot, drawn.draw(HOSTILE), drop=drawn.draw(st.booleans()))
    assert bool(errors(check(FORMATS.table(format_id), document))) == bool(walk(schema, document))


@pytest.mark.parametrize("format_id", IDS)
@given(document=st.recursive(HOSTILE, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8))
@settings(max_examples=40)
def test_no_document_crashes_a_check(format_id, document) -> None:
    for finding in check(FORMATS.table(format_id), document):
        assert len(finding.found) < 200
        json.dumps(finding.to_json())


# --- what is odd ---------------------------------------------------------------------------------


def warnings(format_id: str, document: object) -> list[tuple[str, str, str]]:
    found = check(FORMATS.table(format_id), document)
    assert errors(found) == ()
    return [(finding.path.rsplit("/", 1)[-1], finding.rule, finding.expected) for finding in found]


def test_the_catena_x_samples_have_figures_that_do_not_add_up(shared) -> None:
    pcf = load(shared / "data" / (OWN["catena-x-pcf-9"] + ".json"))
    assert warnings("catena-x-pcf-9", pcf) == [
        ("packagingPcfExcludingBiogenicUptake", "sum", "the sum of its parts, 0.4"),
        ("packagingPcfIncludingBiogenicUptake", "sum", "the sum of its parts, 0"),
    ]
    supplier = load(shared / "data" / (OWN["catena-x-battery-supplier-1"] + ".json"))
    assert warnings("catena-x-battery-supplier-1", supplier) == [
        ("stageValue", "sum", "the sum of its parts, 12.56"),
    ]


def pact(**pcf: str) -> dict[str, object]:
    return {
        "id": "91715e5e-fd0b-4d1c-8fab-76290c46e6ed",
        "specVersion": "3.0.0",
        "created": "2026-03-01T09:32:20Z",
        "status": "Active",
        "companyName": "Resin Works",
        "companyIds": ["urn:bpn:42"],
        "productDescription": "Bottle",
        "productIds": ["urn:gtin:4712345060507"],
        "productNameCompany": "Bottle 12.5",
        "pcf": {
            "declaredUnitOfMeasurement": "liter",
            "declaredUnitAmount": "12.5",
            "productMassPerDeclaredUnit": "0.8",
            "referencePeriodStart": "2025-01-01T00:00:00Z",
            "referencePeriodEnd": "2026-01-01T00:00:00Z",
            "pcfExcludingBiogenicUptake": "2.0",
            "pcfIncludingBiogenicUptake": "2.0",
            "fossilGhgEmissions": "2.0",
            "fossilCarbonContent": "0",
            "ipccCharacterizationFactors": ["AR6"],
            "crossSectoralStandards": ["PACT-3.0"],
            "exemptedEmissionsPercent": "0",
        }
        | pcf,
    }


@pytest.mark.parametrize(
    ("figures", "odd"),
    [
        # battery.md W10, with the figures of the specification's examples 4 and 1
        (
            {
                "fossilGhgEmissions": "0.17",
                "landUseChangeGhgEmissions": "0.2",
                "landManagementBiogenicCO2Emissions": "0.05",
                "biogenicNonCO2Emissions": "0.001",
                "pcfExcludingBiogenicUptake": "0.42",
                "biogenicCO2Uptake": "-0.37",
                "pcfIncludingBiogenicUptake": "0.05",
            },
            ["pcfExcludingBiogenicUptake"],
        ),
        (
            {
                "fossilGhgEmissions": "0.35",
                "landUseChangeGhgEmissions": "0.03",
                "landManagementBiogenicCO2Emissions": "0.004",
                "biogenicNonCO2Emissions": "0.002",
                "pcfExcludingBiogenicUptake": "0.384",
                "biogenicCO2Uptake": "-1.614",
                "pcfIncludingBiogenicUptake": "-1.23",
            },
            ["pcfExcludingBiogenicUptake"],
        ),
        ({}, []),
    ],
)
def test_what_does_not_add_up_is_a_warning_and_no_error(figures, odd) -> None:
    assert [name for name, rule, _ in warnings("pact-3", pact(**figures)) if rule == "sum"] == odd


def test_our_pact_table_knows_every_member_of_the_published_interface(shared) -> None:
    text = (shared / "data/pact-conformance/openapi_v3_0.yaml").read_text("utf-8").splitlines()
    for name, at in (("ProductFootprint", ()), ("CarbonFootprint", ("pcf",))):
        members, required = openapi_members(text, name)
        node = FORMATS.table("pact-3").root
        for step in at:
            node = node.of[step]
        assert set(node.of) == members
        assert {word for word, inner in node.of.items() if inner.required} == required


def openapi_members(lines: list[str], schema: str) -> tuple[set[str], set[str]]:
    """The members of one schema and those it demands, by their indentation in the YAML."""
    start = lines.index(f"    {schema}:")
    end = next(
        i
        for i in range(start + 1, len(lines))
        if lines[i].startswith("    ") and lines[i][4:5].strip() and lines[i][4] != "#"
    )
    block = lines[start:end]
    required = block[block.index("      required:") + 1 :]
    count = next(i for i, line in enumerate(required) if not line.strip().startswith("- "))
    properties = block[block.index("      properties:") + 1 :]
    members = {
        line.strip()[:-1]
        for line in properties
        if line[:8].isspace() and line[8:9].isalpha() and line.rstrip().endswith(":")
    }
    return members, {line.strip().removeprefix("- ") for line in required[:count]}


def test_a_document_of_another_version_is_told() -> None:
    found = check(FORMATS.table("pact-3"), pact() | {"specVersion": "2.3.0"})
    assert [(each.path, each.rule) for each in found] == [("/specVersion", "version")]


def test_a_member_that_nobody_defined_is_told_and_no_error() -> None:
    assert [each[:2] for each in warnings("pact-3", pact() | {"colour": "green"})] == [("colour", "unknown")]


@pytest.mark.parametrize(
    ("document", "rule"),
    [
        (pact(declaredUnitAmount="0"), "range"),
        (pact(pcfExcludingBiogenicUptake="-1"), "range"),
        (pact(primaryDataShare="101"), "range"),
        (pact(fossilGhgEmissions="1e3"), "decimal"),
        (pact(declaredUnitOfMeasurement="furlong"), "words"),
        (pact() | {"companyIds": ["BPNL1"]}, "pattern"),
        (pact() | {"productIds": []}, "fewest"),
        (pact() | {"companyIds": ["urn:a:b", "urn:a:b"]}, "twice"),
        (pact() | {"companyName": ""}, "short"),
    ],
)
def test_what_pact_forbids_is_an_error(document, rule) -> None:
    assert [each.rule for each in errors(check(FORMATS.table("pact-3"), document))] == [rule]


def test_what_no_format_has_is_not_recognised() -> None:
    with pytest.raises(RenkeiError, match="formats-not-recognised"):
        recognise(FORMATS, {"a": 1})
    with pytest.raises(RenkeiError, match="formats-unknown"):
        FORMATS.table("edifact")


# --- metals --------------------------------------------------------------------------------------


def test_the_metals_of_the_published_sample_are_read_with_its_misspelled_unit_noted(shared) -> None:
    sample = load(shared / "data" / (OWN["catena-x-battery-supplier-1"] + ".json"))
    found = parse_metals(sample["contentC02Metals"])
    assert found.metals == (
        Metal("Nickel", Decimal("50.5"), Decimal("4.9"), Decimal("2.3")),
        Metal("Cobalt", Decimal("6.0"), Decimal("13.0"), Decimal("4.2")),
    )
    assert found.notes == ("Nickel: the unit 'kg CO₂eCOkg' was read as kg CO₂e/kg",)
    assert parse_metals(render_metals(found.metals)).metals == found.metals
    assert parse_metals(render_metals(found.metals)).notes == ()


@pytest.mark.parametrize(
    ("text", "metals", "notes"),
    [
        ("", 0, 0),
        ("lots of nickel", 0, 2),
        ("Material: Nickel", 1, 3),
        ("Material: Nickel, Specific Content: 130%, EV_Mat: 1 kg CO2e/kg, Erecycled_Mat: 1 kg CO2e/kg", 1, 1),
        ("Material: Ni, Specific Content: 1%, EV_Mat: 1 kg CO2e/kg, Erecycled_Mat: 1 kg CO2e/kg, Mine: X", 1, 1),
        ("Material: Ni" * 1000, 0, 1),
    ],
)
def test_what_cannot_be_read_of_metals_is_noted(text, metals, notes) -> None:
    found = parse_metals([text])
    assert (len(found.metals), len(found.notes)) == (metals, notes)


@given(st.text())
def test_no_text_on_metals_crashes(text) -> None:
    parse_metals([text])


def test_flat_finds_every_leaf() -> None:
    assert flat({"a": [1, {"b": 2}], "c": {}}) == {"/a/0": 1, "/a/1/b": 2, "/c": {}}
