"""Forms that people fill in: what is understood, what is refused with a proposal, and where."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.battery.units import Unit
from renkei.formats.cells import Sheet, Workbook
from renkei.formats.forms.columns import Column, Holds, read_table
from renkei.formats.forms.footprint_form import FormDefinition, Slip, blank_form, file_form, slip_of
from renkei.formats.forms.signs import UnitNames, day_of, figure_of, flag_of, text_of
from renkei.formats.forms.texts import Encoding, decode, read_csv, write_csv
from renkei.kernel import strict_json
from renkei.kernel.problems import ConfigurationError, RenkeiError
from renkei.resources import Kind, resource_bytes
from renkei.spreadsheets import read_workbook, write_workbook


def vocabulary(name: str) -> object:
    return strict_json.loads(resource_bytes(Kind.VOCAB, f"forms/{name}.json"))


UNITS = UnitNames.from_json(vocabulary("units"))
FORM = FormDefinition.from_json(vocabulary("footprint"))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("12.5", "12.5"),
        ("１２．５", "12.5"),
        ("－0.3", "-0.3"),
        ("▲1.5", "-1.5"),
        ("1,234.5", "1234.5"),
        ("１，２３４", "1234"),
        ("12,345,678", "12345678"),
        ("1e-6", "0.000001"),
        (".5", "0.5"),
        ("12 345.5", "12345.5"),
        ("1　234　567", "1234567"),
        (" - 3", "-3"),
        (Decimal("0.1"), "0.1"),
    ],
)
def test_a_figure_is_understood_as_offices_write_it(written, meant) -> None:
    assert figure_of(written, "B2") == Decimal(meant)


@pytest.mark.parametrize(
    ("written", "proposal"),
    [
        ("1,5", "1.5 / 15"),
        ("12,34", "12.34 / 1234"),
    ],
)
def test_a_figure_that_is_unclear_is_refused_with_a_proposal(written, proposal) -> None:
    with pytest.raises(ConfigurationError) as refused:
        figure_of(written, "Own!C7")
    assert refused.value.code == "form-figure-unclear"
    assert "Own!C7" in refused.value.message()
    assert proposal in refused.value.hint()


@pytest.mark.parametrize("written", ["約3", "3kg", "1.2.3", "10²", "10₂", "①", "⒈5", "1 2", "12 3456", True])
def test_what_is_no_figure_gets_an_example_and_no_proposal(written) -> None:
    with pytest.raises(ConfigurationError) as refused:
        figure_of(written, "Own!C7")
    assert refused.value.code == "form-figure-malformed"
    assert "12.5 のように" in refused.value.hint("ja")


@pytest.mark.parametrize(
    ("written", "meant", "in_era"),
    [
        ("2025-04-01", date(2025, 4, 1), False),
        ("2025/4/1", date(2025, 4, 1), False),
        ("2025年4月1日", date(2025, 4, 1), False),
        ("２０２５年４月１日", date(2025, 4, 1), False),
        ("令和7年4月1日", date(2025, 4, 1), True),
        ("令和元年5月1日", date(2019, 5, 1), True),
        ("平成31年4月30日", date(2019, 4, 30), True),
        ("昭和64年1月7日", date(1989, 1, 7), True),
        (date(2025, 4, 1), date(2025, 4, 1), False),
        (datetime(2025, 4, 1, 13, 30), date(2025, 4, 1), False),  # noqa: DTZ001 - a spreadsheet knows no zone
    ],
)
def test_a_day_is_understood_with_and_without_an_era(written, meant, in_era) -> None:
    found = day_of(written, "B7")
    assert (found.day, found.in_era) == (meant, in_era)


@pytest.mark.parametrize(
    ("written", "proposals"),
    [
        ("R7.4.1", ["2025-04-01"]),
        ("4/1/2025", ["2025-04-01", "2025-01-04"]),
    ],
)
def test_a_day_that_is_unclear_is_refused_with_every_meaning(written, proposals) -> None:
    with pytest.raises(ConfigurationError) as refused:
        day_of(written, "B7")
    assert refused.value.code == "form-day-unclear"
    assert all(proposal in refused.value.hint("ja") for proposal in proposals)


@pytest.mark.parametrize("written", ["2025-02-30", "来月", "令和6年", "99/99/2025"])
def test_what_is_no_day_says_so(written) -> None:
    with pytest.raises(ConfigurationError) as refused:
        day_of(written, "B7")
    assert refused.value.code == "form-day-malformed"


@pytest.mark.parametrize(
    ("written", "unit"),
    [
        ("kg", Unit.KILOGRAM),
        ("㎏", Unit.KILOGRAM),
        ("ｋｇ", Unit.KILOGRAM),
        ("キログラム", Unit.KILOGRAM),
        ("個", Unit.PIECE),
        ("unit", Unit.PIECE),
        ("㎡", Unit.SQUARE_METRE),
        ("トンキロ", Unit.TONNE_KILOMETRE),
        ("kWh(容量)", Unit.KILOWATT_HOUR_CAPACITY),
        ("ｋＷｈ（容量）", Unit.KILOWATT_HOUR_CAPACITY),
        ("kgCO2e/kilogram", Unit.KILOGRAM),
        ("ton-kilometer", Unit.TONNE_KILOMETRE),
    ],
)
def test_a_unit_is_understood_by_its_japanese_names(written, unit) -> None:
    assert UNITS.unit_of(written, "B5") is unit


@pytest.mark.parametrize(
    ("written", "possible"),
    [("kWh", "kilowatt-hour / kilowatt-hour-capacity"), ("トン", "tonne"), ("Nm3", "cubic-meter"), ("升", "kilogram")],
)
def test_a_unit_that_is_unclear_is_never_guessed(written, possible) -> None:
    with pytest.raises(ConfigurationError) as refused:
        UNITS.unit_of(written, "B5")
    assert refused.value.code == "form-unit-unclear"
    assert possible in refused.value.hint()


def test_every_name_that_the_form_offers_for_a_unit_is_understood() -> None:
    for names in FORM.unit_choices.values():
        assert len({UNITS.unit_of(name, "B5") for name in names}) == len(names)


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "=cmd|'/c calc'!A1", "+A1", "-cmd"])
def test_a_name_that_begins_like_a_formula_is_refused(text) -> None:
    with pytest.raises(ConfigurationError) as refused:
        text_of(text, "A3")
    assert refused.value.code == "form-text-like-formula"


@pytest.mark.parametrize(("written", "flag"), [("はい", True), ("○", True), ("×", False), (None, False), ("?", None)])
def test_a_mark_is_yes_or_no_or_unclear(written, flag) -> None:
    assert flag_of(written) is flag


JAPANESE = "部品項目,単位\r\nセル㈱高,kg\r\n"


@pytest.mark.parametrize("encoding", list(Encoding))
def test_a_table_is_read_in_every_encoding_that_offices_use(encoding) -> None:
    content = JAPANESE.encode(encoding.value)
    assert decode(content)[0] == JAPANESE
    assert read_csv(content).rows == (("部品項目", "単位"), ("セル㈱高", "kg"))


def test_bytes_of_no_known_encoding_are_refused() -> None:
    with pytest.raises(ConfigurationError) as refused:
        decode(b"\x81\xff\xff")
    assert refused.value.code == "form-encoding-unknown"


def test_a_sign_that_the_encoding_lacks_is_never_replaced() -> None:
    with pytest.raises(ConfigurationError) as refused:
        write_csv([("部品😀",)], Encoding.CP932)
    assert refused.value.code == "form-encoding-unknown"


@given(st.lists(st.lists(st.text('あa1 ,";\n').map(str.strip), min_size=2, max_size=2), min_size=1, max_size=5))
def test_what_is_written_is_what_is_read(rows) -> None:
    written = read_csv(write_csv([["x", "y"], *rows])).rows[1:]
    assert [tuple(cell or "" for cell in row) for row in written] == [tuple(row) for row in rows]


@given(st.binary(max_size=200))
def test_hostile_bytes_end_in_an_error_of_ours_or_in_cells(content) -> None:
    try:
        sheet = read_csv(content)
    except RenkeiError as error:
        assert error.code.startswith("form-")  # noqa: PT017 - both ends are allowed
    else:
        assert all(cell is None or isinstance(cell, str) for row in sheet.rows for cell in row)


COLUMNS = (
    Column(name="part", titles=("部品項目", "Part"), needed=True),
    Column(name="amount", titles=("活動量",), holds=Holds.FIGURE),
)


def test_a_row_is_refused_whole_with_every_cell_that_is_wrong() -> None:
    sheet = Sheet(
        name="S",
        rows=(
            ("部品項目", "活動量", "備考"),
            ("A", "1,5", None),
            (None, "x", None),
            ("B", "2", None),
            (None, None, None),
        ),
    )
    table = read_table(sheet, COLUMNS, UNITS)
    assert [row.cells for row in table.rows] == [{"part": "B", "amount": "2"}]
    assert table.refused == 2
    told = [(finding.error.code, finding.error.values["at"], finding.refused) for finding in table.findings]
    assert told == [
        ("form-column-ignored", "S!C1", False),
        ("form-figure-unclear", "S!B2", True),
        ("form-cell-missing", "S!A3", True),
        ("form-figure-malformed", "S!B3", True),
    ]


def filled(language: str) -> Workbook:
    """The form in a language, filled in by hand at the places that a person would use."""
    blank = blank_form(FORM, language, Slip(request="urn:uuid:1", asker="did:web:customer", part="CELL-1"))
    answers = {
        ("en", "Part"): {(6, 1): "piece", (8, 1): "2025-04-01", (9, 1): date(2026, 3, 31)},
        ("ja", "部品"): {(6, 1): "個", (8, 1): "令和7年4月1日", (9, 1): date(2026, 3, 31)},
        ("en", "Components"): {(3, 0): "CAM", (3, 1): "did:web:supplier", (3, 2): Decimal("0.5"), (3, 3): "kg"},
        ("ja", "構成部品"): {(3, 0): "CAM", (3, 1): "did:web:supplier", (3, 2): "０．５", (3, 3): "㎏"},
        ("en", "Own emissions"): {
            (3, 0): "coating",
            (3, 1): "production",
            (3, 2): Decimal("12.9"),
            (3, 3): 1,
            (3, 4): 2,
            (3, 5): 3,
        },
        ("ja", "自社排出"): {(3, 0): "coating", (3, 1): "製造", (3, 2): "12.9", (3, 3): "1", (3, 4): "2", (3, 5): "3"},
    }
    sheets = []
    for sheet in blank.sheets:
        rows = [list(row) for row in sheet.rows]
        for (row, column), answer in answers.get((language, sheet.name), {}).items():
            while len(rows[row]) <= column:
                rows[row].append(None)
            rows[row][column] = Decimal(answer) if isinstance(answer, int) else answer
        sheets.append(Sheet(name=sheet.name, rows=tuple(tuple(row) for row in rows), formulas=sheet.formulas))
    return Workbook(tuple(sheets))


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_form_is_read_back_in_the_language_it_was_written_in(language) -> None:
    filing = file_form(read_workbook(write_workbook(filled(language))), FORM, UNITS)
    assert [finding.error.code for finding in filing.findings if finding.refused] == []
    assert (filing.accepted, filing.refused) == (3, 0)
    (part,) = filing.parts
    assert part.id == "CELL-1"
    assert part.facts["unit"] == "piece"
    assert part.bom is not None
    assert "CELL-1,CAM,0.5,kilogram,component,did:web:supplier" in part.bom
    assert part.inventory["period"] == {"start": "2025-04-01", "end": "2026-03-31"}
    assert part.inventory["own"] == [
        {
            "name": "coating",
            "stage": "mainProductProduction",
            "kgCO2e": "12.9",
            "quality": {"TeR": "1", "GeR": "2", "TiR": "3"},
        }
    ]


def test_an_era_is_understood_and_told() -> None:
    filing = file_form(filled("ja"), FORM, UNITS)
    assert [(each.error.code, each.error.values["at"], each.refused) for each in filing.findings] == [
        ("form-day-in-era", "部品!B9", False)
    ]


def test_a_form_carries_the_request_that_it_answers() -> None:
    slip = slip_of(read_workbook(write_workbook(filled("ja"))))
    assert (slip.request, slip.asker) == ("urn:uuid:1", "did:web:customer")


def test_an_empty_form_says_so() -> None:
    filing = file_form(blank_form(FORM, "en"), FORM, UNITS)
    assert (filing.parts, [each.error.code for each in filing.findings]) == ((), ["form-empty"])


def test_a_form_that_is_half_filled_in_says_what_is_missing_and_where() -> None:
    filing = file_form(blank_form(FORM, "en", Slip(part="CELL-1")), FORM, UNITS)
    assert filing.parts == ()
    assert [(each.error.code, each.error.values.get("at")) for each in filing.findings if each.refused] == [
        ("form-cell-missing", "Part!B7"),
        ("form-cell-missing", "Part!B9"),
        ("form-cell-missing", "Part!B10"),
    ]


def test_another_workbook_is_no_form() -> None:
    with pytest.raises(ConfigurationError) as refused:
        file_form(Workbook((Sheet(name="Sheet1", rows=(("a",),)),)), FORM, UNITS)
    assert refused.value.code == "form-table-unknown"
