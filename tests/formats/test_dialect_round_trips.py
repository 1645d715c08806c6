"""There and back: what is not as before stands in the report, and what the report calls dropped is gone."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction

import pytest
from dialect_samples import DISTRIBUTION, END, FORMATS, ID, IDS, MAIN, RAW, TRACE, details, flat, record, under
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from renkei.battery.footprint.record import FootprintRecord
from renkei.formats.dialects.checking import check, errors
from renkei.formats.dialects.details import SORTS, ProductDetails, Sort
from renkei.formats.dialects.fitting import Leeway
from renkei.formats.dialects.leaves import leaves_of
from renkei.formats.dialects.loss import Change
from renkei.formats.dialects.taking import take_record
from renkei.formats.dialects.writing import write_record
from renkei.kernel import strict_json
from renkei.kernel.problems import RenkeiError

LENIENT = Leeway(rescale=True, rounding=True)
PERIOD = {"period.start": "2025-04-01", "period.end": "2026-03-31"}
LACKING: dict[str, dict[str, object]] = {
    "catena-x-battery-supplier-1": {"id": ID, **PERIOD},
    "idta-02035-3": {"id": ID, "part": "cell-1", "company": "did:web:cells.example", **PERIOD},
    "ouranos-cfp": {"company": "did:web:cells.example", **PERIOD},
}
"""What a format does not hold is given by whoever takes it in; the same as in the records here, but for the part."""


def figures(places: int, high: int) -> st.SearchStrategy[str]:
    whole = st.integers(0, high * 10**places)
    return whole.map(lambda n: format(Decimal(n).scaleb(-places).normalize(), "f"))


@st.composite
def records(draw: st.DrawFn) -> FootprintRecord:
    places = draw(st.sampled_from([0, 2, 5, 9]))
    own = [draw(figures(places, 50)) for _ in range(4)]
    supplied = [draw(figures(places, 50)) for _ in range(4)]
    stages = [_plain(Fraction(a) + Fraction(b)) for a, b in zip(own, supplied, strict=True)]
    words = (RAW, MAIN, DISTRIBUTION, END)
    changed: dict[str, object] = {
        "stages": dict(zip(words, stages, strict=True)),
        "total": _plain(sum(map(Fraction, stages), Fraction(0))),
        "own": dict(zip(words, own, strict=True)),
        "version": draw(st.integers(1, 9)),
        "part": draw(st.sampled_from(["cell-1", f"urn:uuid:{TRACE}", "正極材 A/1"])),
        "company": draw(st.sampled_from(["did:web:cells.example", "urn:bpn:BPNL00000000CELL"])),
        "declaredUnit": draw(st.sampled_from(["kilogram", "gram", "tonne", "piece", "liter", "kilowatt-hour"])),
        "declaredUnitAmount": draw(st.sampled_from(["1", "12.5", "3", "0.001"])),
        "secondary": draw(st.sampled_from([[], [FACTOR]])),
        "gaps": draw(st.sampled_from([[], [{"part": "**", "company": "**", "count": 2}]])),
    }
    for name, value in {
        "supersedes": "urn:uuid:00000000-0000-4000-8000-000000000001",
        "validity": {"start": "2026-04-01", "end": "2027-03-31"},
        "plant": "BPNS0000000PLNT2",
        "withheldFactors": 2,
    }.items():
        if draw(st.booleans()):
            changed[name] = value
    made = record(**changed).to_json()
    for name in ("own", "quality", "primaryDataShare"):
        if draw(st.integers(0, 4)) == 0:
            del made[name]
    return FootprintRecord.from_json(made)


FACTOR = {
    "name": "grid electricity",
    "value": "0.434",
    "unit": "kgCO2e/kilowatt-hour",
    "source": "national factors",
    "version": "2025",
    "licence": "free",
}
TEXTS = st.lists(st.sampled_from(["urn:a:1", "urn:b:2", "urn:c:3"]), min_size=1, unique=True)
CHOICES: dict[str, st.SearchStrategy[object]] = {
    "status": st.sampled_from(["Active", "Deprecated"]),
    "boundary": st.sampled_from(["Cradle-to-gate", "Cradle-to-grave"]),
    "region": st.sampled_from(["Asia", "Europe"]),
    "country": st.just("JP"),
    "subdivision": st.just("JP-13"),
    "allocationWasteIncineration": st.sampled_from(["cut-off", "system expansion"]),
    "allocationRecycledCarbon": st.just("cut-off"),
    "freeAttribution": st.sampled_from(["true", "false"]),
    "pcfType": st.just("Progressive PCF"),
    "attestationCoverage": st.just("product level"),
    "ccuCalculationApproach": st.just("Credit"),
    "created": st.just("2026-04-20T09:00:00Z"),
    "attestationCompleted": st.just("2026-05-01T00:00:00Z"),
    "precedingIds": st.just(["urn:uuid:00000000-0000-4000-8000-000000000002"]),
    "gwpReports": st.sampled_from([["AR6"], ["AR5", "AR6"]]),
    "standards": st.sampled_from([["ISO14067"], ["ISO14067", "PEF"], ["PACT-3.0"]]),
    "secondarySources": st.sampled_from([["ecoinvent 3.8"], ["IDEA"], ["ecoinvent 3.8", "national factors 2025"]]),
    "rules": st.sampled_from([["PEF: batteries"], ["Other (JEMAI): cells", "urn:rule:x"]]),
    "traceId": st.just(TRACE),
    "site": st.just("BPNS00000000PLNT"),
    "legalEntity": st.just("BPNL00000000CELL"),
    "exemptedEmissionsPercent": st.sampled_from(["0", "3", "10"]),
    "massPerUnit": st.sampled_from(["0.456", "12"]),
    "ccsCapture": st.just("-0.1"),
}
NEGATIVE = ("Uptake", "Removals")


@st.composite
def product_details(draw: st.DrawFn) -> ProductDetails:
    names = draw(st.lists(st.sampled_from(sorted(SORTS)), unique=True, max_size=25))
    values: dict[str, object] = {}
    for name in names:
        sort = SORTS[name]
        if name in CHOICES:
            values[name] = draw(CHOICES[name])
        elif sort is Sort.TEXT:
            values[name] = draw(st.sampled_from(["a text", "説明", "BPNL"]))
        elif sort is Sort.TEXTS:
            values[name] = draw(TEXTS)
        elif sort is Sort.TRUTH:
            values[name] = draw(st.booleans())
        elif sort is Sort.EMISSION and name.endswith(NEGATIVE) and "Including" not in name:
            values[name] = "-" + draw(st.sampled_from(["0.5", "2"]))
        elif sort is not Sort.FIGURE:
            values[name] = draw(st.sampled_from(["0", "0.25", "7"]))
    return details(**values)


def _plain(figure: Fraction) -> str:
    scaled = figure * 10**12
    assert scaled.denominator == 1
    return format(Decimal(scaled.numerator).scaleb(-12).normalize(), "f")


# --- from a record and back ----------------------------------------------------------------------


@pytest.mark.parametrize("format_id", IDS)
@settings(max_examples=25)
@given(made=records(), more=product_details())
def test_a_record_comes_back_as_it_was_but_for_what_the_reports_name(format_id, made, more) -> None:
    table = FORMATS.table(format_id)
    try:
        written = write_record(table, made, more, LENIENT)
    except RenkeiError as error:
        assume(error.code not in {"formats-unit-not-there", "formats-fact-needed", "formats-out-of-range"})
        raise
    taken = take_record(table, strict_json.loads(dump(written.document)), LACKING.get(format_id))
    before, after = leaves_of(made, more), leaves_of(taken.record, taken.details)
    differing = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    told = written.report.leaves | taken.report.leaves
    assert differing - told == set()
    dropped = {loss.leaf for loss in written.report.losses if loss.change is Change.DROPPED and loss.leaf in before}
    assert {name for name in dropped if before[name] == after.get(name)} - taken.report.leaves <= IN_PART


IN_PART = {"details.standards", "details.gwpReports"}
"""Of these a part is dropped and the rest stays."""


def dump(document: object) -> bytes:
    import msgspec

    return msgspec.json.Encoder(decimal_format="number").encode(document)


@pytest.mark.parametrize("format_id", IDS)
@settings(max_examples=25)
@given(made=records(), more=product_details())
def test_what_is_written_is_valid_and_comes_back_to_the_same_document(format_id, made, more) -> None:
    table = FORMATS.table(format_id)
    try:
        written = write_record(table, made, more, LENIENT)
    except RenkeiError:
        assume(False)
    document = strict_json.loads(dump(written.document))
    assert errors(check(table, document)) == ()
    taken = take_record(table, document, LACKING.get(format_id))
    again = write_record(table, taken.record, taken.details, LENIENT)
    first, second = flat(document), flat(strict_json.loads(dump(again.document)))
    differing = {path for path in first.keys() | second.keys() if first.get(path) != second.get(path)}
    told = taken.report.paths | again.report.paths
    assert {path for path in differing if not under(path, told)} == set()


@pytest.mark.parametrize("format_id", IDS)
def test_the_reports_of_a_record_are_these(format_id) -> None:
    written = write_record(FORMATS.table(format_id), record(), details())
    report = {
        (loss.change.value, loss.leaf) for loss in written.report.losses if loss.leaf.partition(".")[0] not in ALWAYS
    }
    assert report == EXPECTED[format_id]


ALWAYS = {"rounding", "ruleSet", "details"}
GATE = {("derived", f"stages.{RAW}"), ("derived", f"stages.{MAIN}")} | {
    ("dropped", f"own.{stage}") for stage in (RAW, MAIN, DISTRIBUTION, END)
}
EXPECTED = {
    "catena-x-pcf-9": GATE | {("dropped", "company"), ("defaulted", "validity.end")} | {("derived", "part")},
    "catena-x-pcf-10": GATE | {("dropped", "company"), ("defaulted", "validity.end")} | {("derived", "part")},
    "pact-3": GATE | {("dropped", "company"), ("dropped", "version"), ("derived", "part")},
    "catena-x-battery-supplier-1": {
        ("derived", "part"),
        *(
            ("dropped", name)
            for name in ("id", "version", "company", "period.start", "period.end", "declaredUnitAmount")
        ),
        *(("dropped", f"own.{stage}") for stage in (RAW, MAIN, DISTRIBUTION, END)),
    },
    "idta-02035-3": {
        *(("dropped", name) for name in ("id", "version", "part", "company", "period.start", "period.end")),
        *(("dropped", name) for name in ("primaryDataShare", "quality.TeR", "quality.GeR", "quality.TiR")),
        *(("dropped", f"own.{stage}") for stage in (RAW, MAIN, DISTRIBUTION, END)),
    },
    "ouranos-cfp": {
        *(("dropped", name) for name in ("version", "part", "company", "period.start", "period.end")),
        *(("dropped", name) for name in ("primaryDataShare", "declaredUnitAmount", "total", f"stages.{DISTRIBUTION}")),
    },
}


# --- from the official samples and back ----------------------------------------------------------

SAMPLES = {
    "catena-x-pcf-9": "tractusx-semantic-models/io.catenax.pcf_9.0.0__Pcf.json",
    "catena-x-battery-supplier-1": "tractusx-semantic-models/io.catenax.pcf_for_battery_component_supplier_1.0.0__PcfForBatteryComponentSupplier.json",
}
UNLIKE = {
    "catena-x-pcf-9": {
        *(f"time/0/{name}" for name in ("referencePeriodStart", "referencePeriodEnd", "validityPeriodStart")),
        "time/0/validityPeriodEnd",
        "idAndVersion/0/precedingPfIds/0",
    },
    "catena-x-battery-supplier-1": {
        "dataQualityRating",
        "absPcfValue/stageValue",
        "validityPeriod/validFrom",
        "validityPeriod/validTo",
    },
}


@pytest.mark.parametrize("format_id", SAMPLES)
def test_an_official_sample_comes_back_but_for_what_the_report_names(shared, format_id) -> None:
    table = FORMATS.table(format_id)
    document = strict_json.loads((shared / "data" / SAMPLES[format_id]).read_bytes())
    taken = take_record(table, document, LACKING.get(format_id), LENIENT)  # one sample's total is not its stages' sum
    written = write_record(table, taken.record, taken.details)
    before, after = flat(document), flat(written.document)
    differing = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert {path for path in differing if not under(path, taken.report.paths)} == set()
    assert {next(end for end in UNLIKE[format_id] if path.endswith(end)) for path in differing} == UNLIKE[format_id]


def test_the_ouranos_seed_data_are_read(shared) -> None:
    """One element of each record is there; the others are 0, as the interface has it where a value is absent."""
    seed = json.loads((shared / "data/ouranos-ecosystem/seed-data.json").read_text("utf-8"), parse_float=Decimal)
    for row in seed["cfp_infomation"]:
        rating = {"TeR": row["te_r"], "GeR": row["ge_r"], "TiR": row["ti_r"]}
        document = [
            {
                "cfpId": row["cfp_id"],
                "traceId": row["trace_id"],
                "cfpType": kind,
                "ghgEmission": row["ghg_emission"] if kind == row["cfp_type"] else 0,
                "ghgDeclaredUnit": row["ghg_declared_unit"],
                "dqrType": "preProcessing" if kind.startswith("pre") else "mainProcessing",
                "dqrValue": rating if kind.startswith("pre") else {"TeR": 0, "GeR": 0, "TiR": 0},
            }
            for kind in ("preProduction", "mainProduction", "preComponent", "mainComponent")
        ]
        table = FORMATS.table("ouranos-cfp")
        taken = take_record(table, document, LACKING["ouranos-cfp"])
        assert taken.record.total == row["ghg_emission"]
        assert taken.record.quality is not None
        assert taken.record.quality.technological == row["te_r"]
        assert write_record(table, taken.record, taken.details).document == document
