from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal

import pytest
import python_calamine
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from renkei.formats.cells import Choice, Look, Sheet, Workbook, address, column_name, place
from renkei.kernel.problems import ConfigurationError
from renkei.spreadsheets import Bounds, read_workbook, write_workbook


def made(*rows, name="A", **more) -> bytes:
    return write_workbook(Workbook((Sheet(name=name, rows=tuple(rows), **more),)))


def first(content: bytes):
    return read_workbook(content).sheets[0]


def with_part(content: bytes, name: str, body: bytes, *, drop: str = "") -> bytes:
    """The same file with one part replaced or added."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            if entry not in {name, drop}:
                new.writestr(entry, old.read(entry))
        new.writestr(name, body)
    return written.getvalue()


def sheet_of(xml: str) -> bytes:
    """A file whose one sheet is made by hand."""
    body = f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{xml}</worksheet>'
    return with_part(made(("x",)), "xl/worksheets/sheet1.xml", body.encode())


def refused(content: bytes, bounds: Bounds | None = None) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read_workbook(content, bounds)
    return caught.value.code.removeprefix("spreadsheet-")


def test_cells_come_back_as_they_were_written():
    row = ("text", "日本語", Decimal("0.1"), Decimal(5), Decimal("-2.5"), True, False, date(2026, 11, 22), None, "end")
    second = (None, datetime.fromisoformat("2026-11-22T09:30"))
    assert first(made(row, (), second)).rows == (row, (), second)


@pytest.mark.parametrize(
    ("shown", "meant"),
    [("0.1", "0.1"), ("0.10000000000000001", "0.1"), ("5", "5"), ("1E-3", "0.001"), ("46024.5", "46024.5")],
)
def test_a_number_is_the_shortest_decimal_that_its_double_stands_for(shown, meant):
    assert first(sheet_of(f'<sheetData><row r="1"><c r="A1"><v>{shown}</v></c></row></sheetData>')).rows == (
        (Decimal(meant),),
    )


@pytest.mark.parametrize(
    "figure", ["0.1234567890123456789012", "0.30000000000000004", "12345678901234567890", "1E-400"]
)
def test_a_figure_that_a_spreadsheet_would_round_is_written_as_text(figure):
    assert first(made((Decimal(figure),))).rows == ((format(Decimal(figure), "f"),),)


@pytest.mark.parametrize("text", ["=1+1", "=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "0012", "1e5", "http://a.example/"])
def test_a_text_stays_a_text(text):
    content = made((text,))
    assert first(content).rows == ((text,),)
    assert first(content).formulas == frozenset()


def test_formulas_are_named_and_count_as_what_they_last_gave():
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content)
    page = book.add_worksheet("A")
    page.write_formula(1, 2, "=1+1", None, 2)
    page.write_formula(2, 0, "=NA()", None, "#N/A")
    book.close()
    sheet = first(content.getvalue())
    assert sheet.formulas == {"C2", "A3"}
    assert sheet.cell(1, 2) == 2
    assert sheet.cell(2, 0) == "#N/A"


def test_the_same_values_make_the_same_bytes():
    assert made(("a", Decimal(1))) == made(("a", Decimal(1)))


def test_a_hidden_sheet_is_read_and_marked():
    book = read_workbook(write_workbook(Workbook((Sheet(name="A"), Sheet(name="B", rows=(("x",),), hidden=True)))))
    assert [(sheet.name, sheet.hidden) for sheet in book.sheets] == [("A", False), ("B", True)]
    assert book.sheet("b").rows == (("x",),)
    assert book.sheet("C") is None


def test_choices_and_looks_are_written():
    short = Choice(column=0, first_row=1, last_row=9, values=("met", "unknown"), prompt="choose")
    comma = Choice(column=1, first_row=1, last_row=9, values=("a, b", "c"))
    content = made(("head", "head"), looks={(0, 0): Look.HEADING, (1, 0): Look.INPUT}, choices=(short, comma), frozen=1)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml").decode()
    assert '<formula1>"met,unknown"</formula1>' in xml
    assert "<formula1>Lists!$A$1:$A$2</formula1>" in xml
    assert "frozen" in xml
    lists = read_workbook(content).sheet("Lists")
    assert lists.hidden
    assert lists.rows == (("a, b",), ("c",))


@pytest.mark.parametrize(
    "sheet",
    [
        Sheet(name="a" * 32),
        Sheet(name="a/b"),
        Sheet(name=" "),
        Sheet(name="A", rows=(("x" * 32_768,),)),
        Sheet(name="A", rows=(("bell\x07",),)),
    ],
)
def test_what_the_format_cannot_hold_is_refused(sheet):
    with pytest.raises(ConfigurationError) as caught:
        write_workbook(Workbook((sheet,)))
    assert caught.value.code == "spreadsheet-unwritable"


def test_two_sheets_of_one_name_are_refused():
    with pytest.raises(ConfigurationError) as caught:
        write_workbook(Workbook((Sheet(name="a"), Sheet(name="A"))))
    assert caught.value.code == "spreadsheet-unwritable"


DOCTYPE = b'<!DOCTYPE a [<!ENTITY x "y">]><worksheet/>'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "unreadable"),
        (b"part,amount\na,1\n", "unreadable"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "unreadable"),
        (made(("x",))[:-30], "unreadable"),
        (with_part(made(("x",)), "xl/vbaProject.bin", b"program"), "holds-macros"),
        (with_part(made(("x",)), "xl/styles.xml", DOCTYPE), "unreadable"),
        (sheet_of('<sheetData><row r="999999999999"><c><v>1</v></c></row></sheetData>'), "unreadable"),
        (sheet_of('<sheetData><row r="1"><c r="A1" t="s"><v>99</v></c></row></sheetData>'), "unreadable"),
        (sheet_of('<sheetData><row r="1"><c r="A1" t="d"><v>soon</v></c></row></sheetData>'), "unreadable"),
        (sheet_of('<sheetData><row r="1"><c r="A1"><v>1_0</v></c></row></sheetData>'), "unreadable"),
        (sheet_of('<sheetData><row><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row></sheetData>'), "unreadable"),
        (with_part(made(("x",)), "xl/worksheets/sheet1.xml", DOCTYPE), "unreadable"),
        (with_part(made(("x",)), "xl/worksheets/sheet1.xml", b"<worksheet>"), "unreadable"),
        (with_part(made(("x",)), "xl/worksheets/sheet1.xml", "<worksheet/>".encode("utf-16")), "unreadable"),
        (with_part(made(("x",)), "XL/Workbook.xml", b"<workbook/>"), "unreadable"),
        (with_part(made(("x",)), "x.xml", b"<x/>", drop="xl/workbook.xml"), "unreadable"),
        (with_part(made(("x",)), "x.xml", b"<x/>", drop="xl/worksheets/sheet1.xml"), "unreadable"),
        (sheet_of('<sheetData><row r="1"><c r="XFD1048576"><v>1</v></c></row></sheetData>'), "too-large"),
        (sheet_of('<sheetData><row r="1048576"><c r="A1048576"><v>1</v></c></row></sheetData>'), "too-large"),
        (sheet_of('<sheetData><row r="1"><c r="$A$1"><v>1</v></c></row></sheetData>'), "unreadable"),
        (sheet_of('<sheetData><c r="A0"><v>1</v></c></sheetData>'), "unreadable"),
        (sheet_of('<sheetData><row r="1"><c r="A1"><v>1e999</v></c></row></sheetData>'), "unreadable"),
    ],
)
def test_a_hostile_file_is_refused_with_a_reason(content, code):
    assert refused(content) == code


def _reads(content: bytes) -> bool:
    try:
        read_workbook(content)
    except ConfigurationError:
        return False
    return True


@pytest.mark.parametrize(
    ("style", "value", "meant"),
    [
        ("yyyy-mm-dd", "46348", date(2026, 11, 22)),
        ("yyyy/m/d h:mm", "46348.5", datetime.fromisoformat("2026-11-22T12:00")),
        ("mmm", "59", date(1900, 2, 28)),
        ("d", "61", date(1900, 3, 1)),
        ("h:mm", "0.75", "18:00:00"),
        ("0.0", "46348", Decimal(46348)),
        ('0 "days"', "46348", Decimal(46348)),
        ("[Red]0", "46348", Decimal(46348)),
        ("yyyy", "99999999", Decimal("99999999.0")),
    ],
)
def test_a_number_is_a_day_where_its_format_says_so(style, value, meant):
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content)
    book.add_worksheet("A").write_number(0, 0, float(value), book.add_format({"num_format": style}))
    book.close()
    assert first(content.getvalue()).rows == ((meant,),)


def test_cells_of_every_kind_are_read_without_their_readings_aloud():
    cells = (
        '<row r="2"><c r="B2" t="inlineStr"><is><r><t>コバ</t></r><r><t>ルト</t></r><rPh><t>kobaruto</t></rPh></is></c>'
        '<c t="str"><f>A1</f><v>x_x000A_y</v></c><c t="b"><v>0</v></c><c t="d"><v>2026-11-22</v></c><c s="7"/></row>'
    )
    sheet = first(sheet_of(f"<sheetData>{cells}</sheetData>"))
    assert sheet.rows == ((), (None, "コバルト", "x\ny", False, date(2026, 11, 22)))
    assert sheet.formulas == {"C2"}
    assert sheet.cell(9, 9) is None
    assert [address(row, column) for row, column, _ in sheet.filled()] == ["B2", "C2", "D2", "E2"]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.lists(
            st.one_of(
                st.none(),
                st.booleans(),
                st.integers(-(10**12), 10**12).map(Decimal),
                st.decimals(-(10**9), 10**9, places=5),
                st.text(st.characters(exclude_categories=["Cc", "Cs", "Zs", "Cn"]), min_size=1, max_size=20),
                st.dates(date(1950, 1, 1), date(2100, 1, 1)),
            ),
            max_size=5,
        ),
        max_size=5,
    )
)
def test_an_independent_reader_finds_the_same_cells(rows):
    content = made(*map(tuple, rows))
    page = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    theirs = {
        (row, column): value
        for row, cells in enumerate(page.to_python(skip_empty_area=False))
        for column, value in enumerate(cells)
        if value != ""
    }
    ours = {(row, column): cell for row, column, cell in first(content).filled()}
    assert {at: float(cell) if isinstance(cell, Decimal) else cell for at, cell in ours.items()} == theirs
    written = [cell for cells in rows for cell in cells if cell is not None]
    # A figure whose sixteen digits a spreadsheet program would not give back stands there as a text.
    for cell, found in zip(written, ours.values(), strict=True):
        assert found in ((cell, format(cell, "f")) if isinstance(cell, Decimal) else (cell,))


def test_a_zip_bomb_is_measured_while_it_is_unpacked():
    bomb = with_part(made(("x",)), "xl/worksheets/sheet1.xml", b"<a>" + b" " * 80_000_000 + b"</a>")
    assert len(bomb) < 200_000
    assert refused(bomb) == "too-large"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("xl/workbook.xml", b"<workbook>" + b"<sheet/>" * 200_000 + b"</workbook>"),
        (
            "xl/_rels/workbook.xml.rels",
            b"<r>" + b"".join(b'<Relationship Id="%d"/>' % number for number in range(2000)) + b"</r>",
        ),
        ("xl/worksheets/sheet1.xml", b"<a>" * 2000),
        ("xl/worksheets/sheet1.xml", b"<sheetData>" + b"<row/>" * 20_000 + b"</sheetData>"),
    ],
)
def test_a_few_bytes_that_make_very_many_elements_are_refused(name, body):
    assert refused(with_part(made(("x",)), name, body), Bounds(elements=10_000)) == "too-large"


def test_half_a_character_stays_written_out_since_no_text_can_hold_it():
    (row,) = first(sheet_of('<sheetData><row><c t="str"><v>_xD800_a_xDFFF__x0041_</v></c></row></sheetData>')).rows
    assert row == ("_xD800_a_xDFFF_A",)


def test_a_workbook_without_a_sheet_is_refused():
    assert refused(with_part(made(("x",)), "xl/workbook.xml", b"<workbook><sheets/></workbook>")) == "unreadable"


def test_an_archive_that_lies_about_its_sizes_is_refused():
    content = bytearray(made(("x",) * 50))
    at = content.index(b"PK\x01\x02")
    while at >= 0:
        content[at + 24 : at + 28] = (10).to_bytes(4, "little")
        at = content.find(b"PK\x01\x02", at + 4)
    assert refused(bytes(content)) == "unreadable"


def test_many_parts_are_refused_before_they_are_listed():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for number in range(600):
            archive.writestr(f"{number}.xml", "")
    assert refused(content.getvalue()) == "too-large"


def test_one_long_text_shown_in_many_cells_is_measured_as_often():
    content = made(*(("y" * 1000,) for _ in range(60)))
    assert len(first(content).rows) == 60
    assert refused(content, Bounds(text=59_999)) == "too-large"


def test_a_sheet_that_is_named_often_counts_as_often():
    content = write_workbook(Workbook(tuple(Sheet(name=name, rows=(("x",) * 6,)) for name in "ABCD")))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        relations = archive.read("xl/_rels/workbook.xml.rels")
    for number in b"234":
        relations = relations.replace(b"sheet%c.xml" % number, b"sheet1.xml")
    same = with_part(content, "xl/_rels/workbook.xml.rels", relations)
    assert [sheet.rows for sheet in read_workbook(same, Bounds(cells=24)).sheets] == [(("x",) * 6,)] * 4
    assert refused(same, Bounds(cells=23)) == "too-large"


@pytest.mark.parametrize(
    ("bounds", "content"),
    [
        (Bounds(size=100), made(("x",))),
        (Bounds(sheets=1), write_workbook(Workbook((Sheet(name="A"), Sheet(name="B"))))),
        (Bounds(cells=5), made(("a", "b"), ("c", "d"), ("e", "f"))),
    ],
)
def test_every_bound_can_be_set(bounds, content):
    assert refused(content, bounds) == "too-large"


@settings(max_examples=150, deadline=None)
@given(at=st.integers(0, 10**6), flip=st.integers(1, 255), cut=st.integers(0, 5))
def test_a_damaged_file_is_read_or_refused_and_nothing_else(at, flip, cut):
    content = bytearray(_SAMPLE)
    content[at % len(content)] ^= flip
    _reads(bytes(content[: len(content) - cut]))


@settings(max_examples=100, deadline=None)
@given(at=st.integers(0, 10**6), put=st.sampled_from([b"<", b"9", b"s", b'"', b"A", b"-", b"&#0;", b"<c/>", b"</c>"]))
def test_a_damaged_sheet_is_read_or_refused_and_nothing_else(at, put):
    with zipfile.ZipFile(io.BytesIO(_SAMPLE)) as archive:
        for name in ("xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/sharedStrings.xml", "xl/workbook.xml"):
            xml = archive.read(name)
            where = at % len(xml)
            _reads(with_part(_SAMPLE, name, xml[:where] + put + xml[where + 1 :]))


_SAMPLE = made(
    ("text", Decimal("1.5"), date(2026, 1, 2), True), ("x", None, "y", datetime.fromisoformat("2026-01-02T03:04"))
)


@pytest.mark.parametrize(
    ("column", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16383, "XFD")]
)
def test_columns_have_the_names_of_spreadsheet_programs(column, name):
    assert column_name(column) == name
    assert address(6, column) == f"{name}7"
    assert place(f"{name}7") == (6, column)


@pytest.mark.parametrize("wrong", ["", "A", "7", "A0", "a1", "$A$1", "A1:B2", "ABCD1", "A１"])
def test_what_is_no_address_has_no_place(wrong):
    assert place(wrong) is None
