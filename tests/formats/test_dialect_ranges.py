"""What a dialect cannot say is refused, or rescaled or rounded with notice; units that look alike are kept apart."""

from __future__ import annotations

from decimal import Decimal

import pytest
from dialect_samples import DISTRIBUTION, END, FORMATS, ID, IDS, MAIN, RAW, TRACE, details, record

from renkei.formats.dialects.checking import check, errors
from renkei.formats.dialects.details import SORTS
from renkei.formats.dialects.fitting import Leeway
from renkei.formats.dialects.leaves import leaves_of
from renkei.formats.dialects.loss import Change, Log, Loss, Why
from renkei.formats.dialects.table import read_tables, rows
from renkei.formats.dialects.taking import take_record
from renkei.formats.dialects.writing import Written, write_record
from renkei.kernel.problems import PeerError, RenkeiError

STRICT, RESCALE, ROUND, BOTH = (
    Leeway(),
    Leeway(rescale=True),
    Leeway(rounding=True),
    Leeway(rescale=True, rounding=True),
)
PERIOD = {"period.start": "2025-04-01", "period.end": "2026-03-31"}


def write(format_id: str, leeway: Leeway = STRICT, more: dict[str, object] | None = None, **changed: object) -> Written:
    return write_record(FORMATS.table(format_id), record(**changed), details(**(more or {})), leeway)


def code(format_id: str, leeway: Leeway = STRICT, more: dict[str, object] | None = None, **changed: object) -> str:
    with pytest.raises(RenkeiError) as caught:
        write(format_id, leeway, more, **changed)
    return caught.value.code


def stages(raw: str, main: str, distribution: str = "0", end: str = "0", total: str = "") -> dict[str, object]:
    figures = [Decimal(each) for each in (raw, main, distribution, end)]
    named = dict(zip((RAW, MAIN, DISTRIBUTION, END), (raw, main, distribution, end), strict=True))
    return {"stages": named, "own": named, "total": total or format(sum(figures), "f")}


def emissions(written: Written) -> dict[str, object]:
    return {element["cfpType"]: element["ghgEmission"] for element in written.document}


def told(written: Written, change: Change) -> set[str]:
    return {loss.leaf for loss in written.report.losses if loss.change is change}


# --- Ouranos -------------------------------------------------------------------------------------


def test_ouranos_gets_own_and_supplied_apart_with_the_rating_of_each_stage() -> None:
    written = write("ouranos-cfp")
    assert emissions(written) == {
        "preProduction": 3,
        "mainProduction": 20,
        "preComponent": 2,
        "mainComponent": Decimal("0.5"),
    }
    assert [element["dqrValue"] for element in written.document] == [{"TeR": 2, "GeR": Decimal("2.5"), "TiR": 3}] * 4
    assert {element["traceId"] for element in written.document} == {TRACE}


def test_a_sixth_decimal_is_refused_and_rounded_up_only_when_allowed() -> None:
    fine = stages("1.000001", "2")
    assert code("ouranos-cfp", **fine) == "formats-out-of-range"
    written = write("ouranos-cfp", ROUND, **fine)
    assert emissions(written)["preProduction"] == Decimal("1.00001")
    assert f"stages.{RAW}" in told(written, Change.ROUNDED)


@pytest.mark.parametrize("leeway", [STRICT, RESCALE, BOTH])
def test_a_truck_battery_beyond_the_highest_figure_is_refused(leeway) -> None:
    assert code("ouranos-cfp", leeway, declaredUnit="piece", **stages("0", "100000")) == "formats-out-of-range"
    assert write("ouranos-cfp", leeway, declaredUnit="piece", **stages("0", "99999.99999"))


def test_a_figure_too_high_per_cubic_metre_is_stated_per_litre_when_rescaling_is_allowed() -> None:
    high = {"declaredUnit": "cubic-meter", **stages("0", "250000")}
    assert code("ouranos-cfp", **high) == "formats-out-of-range"
    written = write("ouranos-cfp", RESCALE, **high)
    assert emissions(written)["mainProduction"] == 250
    assert {element["ghgDeclaredUnit"] for element in written.document} == {"kgCO2e/liter"}
    assert {"declaredUnit", f"stages.{MAIN}"} <= told(written, Change.RESCALED)


def test_a_negative_figure_is_refused_by_ouranos() -> None:
    assert code("ouranos-cfp", BOTH, **stages("-1", "2")) == "formats-out-of-range"


def test_a_part_without_a_uuid_is_refused_by_ouranos() -> None:
    assert code("ouranos-cfp", more={"traceId": None}) == "formats-out-of-range"
    assert write("ouranos-cfp", more={"traceId": None}, part=f"urn:uuid:{TRACE}").document[0]["traceId"] == TRACE


def test_a_stage_without_emissions_has_the_rating_0() -> None:
    written = write("ouranos-cfp", **stages("0", "2"))
    assert [each["dqrValue"]["TeR"] for each in written.document] == [0, 2, 0, 2]


def ouranos(**changed: object) -> list[dict[str, object]]:
    """Worked case W11: own pre 3.0 (1, 2, 3), own main 20.0 (2, 3, 4), supplied 0."""
    rows = (("preProduction", 3, 1), ("mainProduction", 20, 2), ("preComponent", 0, 1), ("mainComponent", 0, 2))
    return [
        {
            "cfpId": "d9a38406-cae2-4679-b052-15a75f5531f5",
            "traceId": TRACE,
            "cfpType": kind,
            "ghgEmission": emission,
            "ghgDeclaredUnit": "kgCO2e/kilogram",
            "dqrType": "preProcessing" if rating == 1 else "mainProcessing",
            "dqrValue": {"TeR": rating, "GeR": rating + 1, "TiR": rating + 2},
        }
        | changed
        for kind, emission, rating in rows
    ]


@pytest.mark.parametrize("row", range(4))
def test_a_figure_that_ouranos_does_not_disclose_is_no_zero(row) -> None:
    document = [each | {"dqrValue": {"TeR": 0, "GeR": 0, "TiR": 0}} for each in ouranos()]
    document[row]["ghgEmission"] = None
    with pytest.raises(PeerError) as refused:
        take_record(FORMATS.table("ouranos-cfp"), document, {"company": "did:web:a.example", **PERIOD})
    assert refused.value.code == "formats-not-readable"


@pytest.mark.parametrize("format_id", ["catena-x-pcf-9", "catena-x-pcf-10"])
def test_a_document_without_a_figure_from_cradle_to_gate_is_no_record(format_id) -> None:
    document = write(format_id).document
    document["productLifeCycleStagesAndEmissions"][0]["productionStage"] = []
    with pytest.raises(PeerError) as refused:
        take_record(FORMATS.table(format_id), document)
    assert refused.value.code == "formats-not-readable"


def test_a_figure_of_no_phase_in_the_battery_passport_is_told_and_left_out() -> None:
    document = write("idta-02035-3").document
    document["ProductCarbonFootprints"][4]["LifeCyclePhases"] = []
    taken = take_record(
        FORMATS.table("idta-02035-3"),
        document,
        {"id": ID, "part": "cell-1", "company": "did:web:cells.example", **PERIOD},
    )
    assert taken.record.total == Decimal("25.75")
    assert "/ProductCarbonFootprints/4" in {loss.path for loss in taken.report.losses}


def test_ratings_of_two_stages_become_their_mean_by_emissions_rounded_up() -> None:
    taken = take_record(FORMATS.table("ouranos-cfp"), ouranos(), {"company": "did:web:a.example", **PERIOD})
    assert taken.record.quality is not None
    assert taken.record.quality.figures() == (Decimal("1.86957"), Decimal("2.86957"), Decimal("3.86957"))
    assert taken.record.total == 23
    assert taken.record.own is not None
    assert {"quality.TeR", "quality.GeR", "quality.TiR"} <= taken.report.leaves


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (lambda rows: rows[:3], "missing"),
        (lambda rows: [*rows, rows[0]], "key"),
        (lambda rows: [rows[0] | {"cfpType": "hoge"}, *rows[1:]], "key"),
        (lambda rows: [*rows[:3], rows[3] | {"traceId": "d9a38406-cae2-4679-b052-15a75f5531f7"}], "agree"),
        (lambda rows: [*rows[:3], rows[3] | {"ghgDeclaredUnit": "kgCO2e/unit"}], "agree"),
        (lambda rows: [*rows[:3], rows[3] | {"dqrValue": {"TeR": 5, "GeR": 5, "TiR": 5}}], "agree"),
        (lambda rows: [*rows[:3], rows[3] | {"dqrType": "preProcessing"}], "words"),
        (lambda rows: [rows[0] | {"ghgEmission": Decimal("1.000001")}, *rows[1:]], "decimals"),
        (lambda rows: [rows[0] | {"ghgEmission": 100000}, *rows[1:]], "range"),
        (lambda rows: [rows[0] | {"ghgEmission": 0}, *rows[1:]], "rated"),
        (lambda rows: [rows[0] | {"ghgEmission": "3"}, *rows[1:]], "type"),
    ],
)
def test_what_the_ouranos_interface_refuses_is_an_error(spoil, rule) -> None:
    assert rule in {finding.rule for finding in errors(check(FORMATS.table("ouranos-cfp"), spoil(ouranos())))}


# --- declared amounts and units ------------------------------------------------------------------


@pytest.mark.parametrize("format_id", ["catena-x-pcf-9", "catena-x-pcf-10", "pact-3"])
def test_a_declared_amount_stays_where_the_format_has_one(format_id) -> None:
    written = write(format_id, declaredUnit="liter", declaredUnitAmount="12.5", **stages("0.5", "1.5"))
    taken = take_record(FORMATS.table(format_id), written.document)
    assert (taken.record.declared.value, taken.record.total) == (Decimal("12.5"), Decimal(2))
    assert "declaredUnitAmount" not in written.report.leaves


@pytest.mark.parametrize("format_id", ["ouranos-cfp", "catena-x-battery-supplier-1"])
def test_a_declared_amount_is_divided_out_where_figures_are_of_one_unit(format_id) -> None:
    given = {"id": "urn:uuid:" + TRACE, "company": "did:web:a.example", **PERIOD}
    written = write(format_id, declaredUnitAmount="12.5", **stages("0.5", "1.5"))
    taken = take_record(FORMATS.table(format_id), written.document, given)
    assert (taken.record.declared.value, taken.record.total) == (Decimal(1), Decimal("0.16"))
    assert {"declaredUnitAmount", f"stages.{RAW}", f"stages.{MAIN}"} <= told(written, Change.RESCALED)


def test_a_division_without_an_end_is_refused_unless_rounding_is_allowed() -> None:
    thirds = {"declaredUnitAmount": "3", **stages("1", "1")}
    assert code("catena-x-battery-supplier-1", **thirds) == "formats-not-exact"
    written = write("catena-x-battery-supplier-1", ROUND, **thirds)
    shares = written.document["pcfValues"]["sharesPerStage"]
    assert shares["stage2MainProductProduction"]["stageValue"] == Decimal("0." + "3" * 34)
    assert f"stages.{MAIN}" in told(written, Change.ROUNDED)


@pytest.mark.parametrize("format_id", ["catena-x-pcf-9", "pact-3", "ouranos-cfp", "catena-x-battery-supplier-1"])
def test_grams_are_counted_in_kilograms_only_when_allowed(format_id) -> None:
    assert code(format_id, declaredUnit="gram") == "formats-unit-not-there"
    assert "declaredUnit" in told(write(format_id, RESCALE, declaredUnit="gram"), Change.RESCALED)


@pytest.mark.parametrize("leeway", [STRICT, BOTH])
@pytest.mark.parametrize("format_id", IDS)
def test_capacity_is_never_said_to_be_energy_or_delivery(format_id, leeway) -> None:
    assert code(format_id, leeway, declaredUnit="kilowatt-hour-capacity") == "formats-unit-not-there"


@pytest.mark.parametrize("format_id", sorted({*IDS} - {"idta-02035-3"}))
def test_energy_delivered_is_never_said_to_be_energy_used(format_id) -> None:
    assert code(format_id, BOTH, declaredUnit="kilowatt-hour-delivered") == "formats-unit-not-there"


def test_only_the_battery_passport_counts_energy_delivered() -> None:
    assert code("idta-02035-3", BOTH, declaredUnit="kilowatt-hour") == "formats-unit-not-there"
    written = write("idta-02035-3", declaredUnit="kilowatt-hour-delivered")
    taken = take_record(
        FORMATS.table("idta-02035-3"),
        written.document,
        {"id": "urn:uuid:" + TRACE, "part": "pack", "company": "did:web:a.example", **PERIOD},
    )
    assert taken.record.declared.unit.code == "kilowatt-hour-delivered"


def test_from_capacity_a_way_leads_to_pieces_whose_capacity_is_known() -> None:
    per_capacity = {"declaredUnit": "kilowatt-hour-capacity", **stages("50", "12.9204177617603")}
    more = {"capacityPerPiece": "60", "massPerUnit": "5.5"}
    written = write("pact-3", RESCALE, more, **per_capacity)
    pcf = written.document["pcf"]
    assert (pcf["declaredUnitOfMeasurement"], pcf["declaredUnitAmount"]) == ("piece", "1")
    assert pcf["pcfExcludingBiogenicUptake"] == "3775.225065705618"  # battery.md W4: the 60 kWh pack
    assert pcf["productMassPerDeclaredUnit"] == "330"


# --- Catena-X, PACT, IDTA ------------------------------------------------------------------------


@pytest.mark.parametrize("leeway", [STRICT, BOTH])
def test_a_credit_at_the_end_of_life_is_refused_by_the_battery_supplier_model(leeway) -> None:
    credit = stages("4.8376", "0", "0", "-1.822")  # battery.md W7
    assert code("catena-x-battery-supplier-1", leeway, **credit) == "formats-out-of-range"


def test_what_is_exempted_beyond_ten_per_cent_is_refused_by_catena_x_and_said_in_pact() -> None:
    more = {"exemptedEmissionsPercent": "10.1"}
    assert code("catena-x-pcf-9", BOTH, more) == "formats-out-of-range"
    assert write("pact-3", more=more).document["pcf"]["exemptedEmissionsPercent"] == "10.1"


@pytest.mark.parametrize(
    ("format_id", "missing"),
    [
        ("pact-3", "companyName"),
        ("catena-x-pcf-9", "created"),
        ("catena-x-battery-supplier-1", "customerPartId"),
        ("pact-3", "companyIds"),
    ],
)
def test_what_a_format_demands_and_nobody_knows_is_asked_for_by_name(format_id, missing) -> None:
    with pytest.raises(RenkeiError) as caught:
        write(format_id, more={missing: None})
    assert (caught.value.code, caught.value.values["leaf"]) == ("formats-fact-needed", f"details.{missing}")


def supplier(*figures: str, total: str) -> dict[str, object]:
    written = write("catena-x-battery-supplier-1", **stages("1", "1"))
    document = written.document
    shares = document["pcfValues"]["sharesPerStage"]
    names = [name for name in shares if name.startswith("stage")]
    for name, value in zip(names, figures, strict=True):
        shares[name] = {"stageValue": Decimal(value)}
    shares["absPcfValue"] = {"stageValue": Decimal(total)}
    return document


def test_stages_that_add_up_to_a_hundred_are_asked_about_before_they_are_kilograms() -> None:
    document = supplier("50", "30", "15", "5", total="8")
    given = {"id": "urn:uuid:" + TRACE, **PERIOD}
    with pytest.raises(RenkeiError) as caught:
        take_record(FORMATS.table("catena-x-battery-supplier-1"), document, given)
    assert caught.value.code == "formats-percent-or-kilogram"
    taken = take_record(FORMATS.table("catena-x-battery-supplier-1"), document, given, RESCALE)
    assert [str(figure) for _, figure in taken.record.stages.items()] == ["4", "2.4", "1.2", "0.4"]
    assert f"stages.{RAW}" in taken.report.leaves


def test_a_total_that_rounding_explains_is_kept_and_any_other_replaced_only_with_leave() -> None:
    given = {"id": "urn:uuid:" + TRACE, **PERIOD}
    table = FORMATS.table("catena-x-battery-supplier-1")
    near = take_record(table, supplier("1.25", "1.25", "1.25", "1.25", total="5.02"), given)
    assert (near.record.total, near.record.rounding.digits) == (Decimal("5.02"), 2)
    apart = supplier("1.25", "1.25", "1.25", "1.25", total="6")
    with pytest.raises(PeerError, match=r"formats-total-disagrees.* 5, not to the stated total 6"):
        take_record(table, apart, given)
    far = take_record(table, apart, given, Leeway(rescale=True))
    assert far.record.total == 5
    assert "total" in far.report.leaves


def test_idta_has_one_entry_for_all_phases_and_one_for_each() -> None:
    entries = write("idta-02035-3").document["ProductCarbonFootprints"]
    assert [(len(each["LifeCyclePhases"]), each["PcfCo2eq"]) for each in entries] == [
        (4, Decimal("25.75")),
        (1, 5),
        (1, Decimal("20.5")),
        (1, Decimal("0.25")),
        (1, 0),
    ]


@pytest.mark.parametrize(
    ("version", "path", "expected"),
    [
        ("catena-x-pcf-9", "precedingPfIds", None),
        ("catena-x-pcf-10", "precedingPfIds", ["00000000-0000-4000-8000-000000000001"]),
    ],
)
def test_only_version_10_of_catena_x_has_a_place_for_preceding_footprints(version, path, expected) -> None:
    written = write(version, supersedes="urn:uuid:00000000-0000-4000-8000-000000000001")
    [methodology] = written.document["pcfAssessmentAndMethodology"]
    assert methodology["pcfAssessmentInformation"][0]["idAndVersion"][0].get(path) == expected
    assert ("supersedes" in told(written, Change.DROPPED)) == (expected is None)


def test_figures_of_34_digits_travel_whole() -> None:
    long = "1." + "3" * 33
    written = write("pact-3", **stages("0", long, total=long))
    assert written.document["pcf"]["pcfExcludingBiogenicUptake"] == long


@pytest.mark.parametrize(
    ("figure", "expected"),
    [(Decimal("1E+999999"), "formats-not-readable"), (Decimal("1E-200"), "formats-not-readable")],
)
def test_a_figure_of_absurd_size_is_refused_before_it_is_written_out(figure, expected) -> None:
    document = supplier("1", "1", "1", "1", total="4")
    document["primaryDataShare"] = Decimal(50)
    document["pcfValues"]["sharesPerStage"]["stage3Distribution"] = {"stageValue": figure}
    with pytest.raises(RenkeiError) as caught:
        take_record(FORMATS.table("catena-x-battery-supplier-1"), document, {"id": "urn:uuid:" + TRACE, **PERIOD})
    assert caught.value.code == expected


@pytest.mark.parametrize(
    "broken",
    [
        {"@type": "FormatTable", "id": "x"},
        {"@type": "FormatTable", "id": 7},
        {"@type": "FormatTable", "id": "x", "base": "absent"},
        {
            "@type": "FormatTable",
            "id": "x",
            "title": {},
            "source": "",
            "stages": "four",
            "units": {},
            "root": {"is": "?"},
        },
    ],
)
def test_a_broken_table_is_refused(broken) -> None:
    with pytest.raises(RenkeiError, match="formats-broken-table"):
        read_tables({"x.json": broken})


def test_what_is_no_table_is_left_alone() -> None:
    assert read_tables({"x.json": {"@type": "Other"}, "y.json": []}).tables == {}


@pytest.mark.parametrize("format_id", IDS)
def test_every_leaf_of_a_table_is_one_that_a_record_or_its_details_have(format_id) -> None:
    derived = {"@gate", "@distribution", "@including", "@fossil", "@preceding", "@sources", "@dqr", "@massPerUnit"}
    derived |= {
        "@productIds",
        "@companyIds",
        "@companyUrns",
        "@distributionIncluded",
        "@validityEnd",
        "@value",
        "@phases",
    }
    derived |= {f"@{word}.{share}" for word in ("pre", "main") for share in ("own", "supplied")}
    derived |= {f"@{word}.quality.{rating}" for word in ("pre", "main") for rating in ("TeR", "GeR", "TiR")}
    known = derived | {f"details.{name}" for name in SORTS} | {"validity.start", "validity.end", "plant", "supersedes"}
    known |= leaves_of(record(), details()).keys()
    assert {leaf for _, node in rows(FORMATS.table(format_id).root) for leaf in node.leaves} - known == set()


def test_the_report_on_a_hostile_document_costs_no_more_than_it_has_entries(monkeypatch) -> None:
    compared = []
    equal = Loss.__eq__
    monkeypatch.setattr(Loss, "__eq__", lambda one, other: compared.append(one) or equal(one, other))
    log = Log()
    for number in range(500):
        for _ in range(2):
            log.add(Change.DROPPED, Why.NOT_KNOWN, path=f"/{number}", value=number)
    assert len(log.losses) == 500
    assert len(compared) < 1000
