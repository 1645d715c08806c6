from __future__ import annotations

import copy
from decimal import Decimal
from pathlib import Path

import pytest

from renkei.battery import Bom, DiligenceCodes, DiligenceStatement, roll_up_diligence
from renkei.formats.cells import Sheet, Workbook
from renkei.formats.emrt import DECLARATION, MINES, PRODUCTS, SMELTERS, read_emrt, write_emrt
from renkei.kernel import strict_json
from renkei.kernel.problems import ConfigurationError
from renkei.kernel.values import replace
from renkei.spreadsheets import read_workbook, write_workbook

VOCAB = Path(__file__).resolve().parents[2] / "vocab" / "battery"
CODES = DiligenceCodes.from_json(strict_json.loads((VOCAB / "due-diligence" / "eu-2023-1542.json").read_bytes()))
SALT = "s" * 22
REFINER = {
    "role": "smelter",
    "name": "Refinery",
    "country": "FI",
    "scheme": "RMAP",
    "schemeId": "CID009999",
    "status": "non-conformant",
}
MINE = {"role": "mine", "name": "Mine", "country": "CD", "scheme": "RMI", "schemeId": "MIN1"}
COBALT = {
    "mineral": "cobalt",
    "steps": {"1": "met", "2": "met", "3": "unknown", "4": "met", "5": "met"},
    "risks": [],
    "evidence": [],
    "status": "unknown",
    "covered": "0.25",
}
STATEMENT = {
    "@type": "DiligenceStatement",
    "part": "CAM",
    "company": "did:web:cathode.example",
    "declaredUnit": "kilogram",
    "declaredUnitAmount": "1",
    "period": {"start": "2026-01-01", "end": "2026-12-31"},
    "minerals": [COBALT | {"facilities": [one | {"salt": SALT} for one in (REFINER, MINE)]}],
    "absent": ["natural_graphite", "lithium"],
    "expected": [],
    "grievance": "https://cathode.example/voice",
}


def written(**changes) -> tuple[Workbook, list[str]]:
    statement = DiligenceStatement.from_json(copy.deepcopy(STATEMENT) | changes, CODES)
    calculation = roll_up_diligence("CAM", [statement], Bom(()), [], CODES)
    book, losses = write_emrt(statement, calculation, CODES)
    return book, [loss.at for loss in losses]


def put(book: Workbook, name: str, row: int, column: int, cell, formulas=()) -> Workbook:
    sheet = book.sheet(name)
    rows = [list(line) for line in sheet.rows]
    while len(rows) <= row:
        rows.append([])
    rows[row] += [None] * (column + 1 - len(rows[row]))
    rows[row][column] = cell
    changed = replace(sheet, rows=tuple(map(tuple, rows)), formulas=frozenset(formulas))
    return Workbook(tuple(changed if each.name == name else each for each in book.sheets))


def test_what_is_written_is_read_back_through_a_real_file():
    book, _ = written()
    read = read_emrt(read_workbook(write_workbook(book)), CODES)
    silent = COBALT | {"mineral": "nickel", "steps": dict.fromkeys("12345", "unknown"), "covered": "0"}
    assert read.minerals == (COBALT | {"facilities": [REFINER, MINE]}, silent)
    assert read.absent == ("natural_graphite", "lithium")
    assert (read.company, read.part, read.grievance) == (
        "did:web:cathode.example",
        "CAM",
        "https://cathode.example/voice",
    )
    assert read.losses == ()


def test_what_the_form_has_no_place_for_is_told():
    evidence = [{"step": "4", "kind": "self", "reference": "x", "expires": "2026-12-31"}]
    entry = COBALT | {
        "amount": "0.1",
        "compound": "CoSO4",
        "risks": [{"category": "air", "status": "met"}],
        "evidence": evidence,
    }
    _, losses = written(minerals=[entry])
    assert losses == [f"/minerals/cobalt/{member}" for member in ("risks", "evidence", "expires", "amount", "compound")]


def test_what_we_have_no_place_for_is_told_with_its_cell():
    book, _ = written()
    book = put(put(book, SMELTERS, 1, 9, "Kokkola"), PRODUCTS, 1, 2, "X-1")
    assert [loss.at for loss in read_emrt(book, CODES).losses] == ["Smelter List!J2", "Product List!C2"]


@pytest.mark.parametrize("cell", ["=1+1", " =cmd()", "#N/A", "#REF!"])
@pytest.mark.parametrize("name", [DECLARATION, SMELTERS, MINES, PRODUCTS])
def test_no_cell_begins_like_a_formula_or_an_error(cell, name):
    book, _ = written()
    with pytest.raises(ConfigurationError) as caught:
        read_emrt(put(book, name, 1, 3, cell), CODES)
    assert caught.value.code == "emrt-cell-unsafe"
    assert "D2" in caught.value.message()


def test_a_formula_is_refused_whatever_it_shows():
    book, _ = written()
    with pytest.raises(ConfigurationError) as caught:
        read_emrt(put(book, DECLARATION, 10, 1, Decimal("0.25"), formulas=["B11"]), CODES)
    assert caught.value.code == "emrt-cell-unsafe"


def test_we_write_no_cell_that_begins_like_a_formula():
    facility = REFINER | {"name": "=HYPERLINK(1)", "salt": SALT}
    with pytest.raises(ConfigurationError) as caught:
        written(minerals=[COBALT | {"facilities": [facility]}])
    assert caught.value.code == "emrt-cell-unsafe"


@pytest.mark.parametrize(
    ("name", "row", "column", "cell", "at"),
    [
        (DECLARATION, 9, 1, "Maybe", "B10"),
        (DECLARATION, 9, 1, "No", "B10"),
        (DECLARATION, 10, 1, "half", "B11"),
        (DECLARATION, 10, 1, "1e-999999999", "B11"),  # written out it would fill the memory
        (DECLARATION, 10, 1, Decimal(2), "B11"),
        (DECLARATION, 10, 1, Decimal(1), "B11"),
        (DECLARATION, 12, 1, "Fine", "B13"),
        (SMELTERS, 0, 1, "Mineral", "A1"),
        (SMELTERS, 1, 1, "gold", "B2"),
        (SMELTERS, 1, 3, None, "D2"),
        (SMELTERS, 1, 4, "Finland", "E2"),
        (SMELTERS, 1, 7, "fine", "H2"),
        (MINES, 1, 1, None, "B2"),
        (MINES, 1, 0, None, "A2"),
        (MINES, 6000, 0, "cobalt", "A5001"),
    ],
)
def test_what_the_form_does_not_offer_is_refused_with_its_cell(name, row, column, cell, at):
    book, _ = written()
    with pytest.raises(ConfigurationError) as caught:
        read_emrt(put(book, name, row, column, cell), CODES)
    assert caught.value.code == "emrt-malformed"
    assert f"{name}!{at}:" in caught.value.message()


def test_a_workbook_of_something_else_is_refused():
    with pytest.raises(ConfigurationError) as caught:
        read_emrt(Workbook((Sheet(name="Sheet1"),)), CODES)
    assert caught.value.code == "emrt-malformed"
