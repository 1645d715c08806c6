"""``template footprint`` and ``import``: what is written, what is read back, and what the daemon is told of it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from renkei.cli.filed import footprint_form
from renkei.formats.cells import Sheet, Workbook
from renkei.formats.forms.footprint_form import Slip, blank_form
from renkei.spreadsheets import read_workbook, write_workbook

TABLE = "部品項目,補助項目,CFP算出期間,活動量,単位,終端フラグ\nセルA,,2025年度,,unit,\n正極材,,,0.5,㎏,\n"
MAPPING = """
[[table]]
rows = "parts"
query = "select no, name, weight from part"
constants = {unit = "piece", start = "2025-01-01", end = "2025-12-31"}
[table.columns]
part = "no"
name = "name"
"""


def filled(slip: Slip | None = None) -> bytes:
    sheets = []
    for sheet in blank_form(footprint_form(), "ja", slip or Slip(part="ORE")).sheets:
        rows = [list(row) for row in sheet.rows]
        if sheet.name == "部品":
            for row, answer in ((2, "ORE"), (6, "個"), (8, "2025-01-01"), (9, "2025-12-31")):
                rows[row][1] = answer
        if sheet.name == "自社排出":
            rows[3][:3] = ["採掘", "原材料取得・前処理", "２．５"]
        sheets.append(Sheet(name=sheet.name, rows=tuple(map(tuple, rows))))
    return write_workbook(Workbook(tuple(sheets)))


@pytest.mark.parametrize(("language", "sheet"), [("ja", "構成部品"), ("en", "Components")])
def test_a_form_is_written_with_its_drop_down_lists(run, tmp_path, language, sheet) -> None:
    ended = run("template", "footprint", "--lang", language, "--out", "form.xlsx", "--json")
    assert (ended.code, ended.json["file"]) == (0, "form.xlsx")
    content = (tmp_path / "form.xlsx").read_bytes()
    assert read_workbook(content).sheet(sheet) is not None
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
    assert sum(b"<dataValidation " in part for part in parts) == 4


def test_a_form_for_a_request_names_it(run, scripted) -> None:
    scripted.says(
        200, {"request": {"request": "urn:uuid:7", "part": "ORE", "due": "2027-01-01"}, "did": "did:web:us.example"}
    )
    ended = run("template", "footprint", "--request", "urn:uuid:7", "--out", "form.xlsx", "--json", *scripted.options)
    assert (ended.code, ended.json["request"]) == (0, "urn:uuid:7")


def test_a_filled_form_is_registered(run, scripted, tmp_path) -> None:
    (tmp_path / "f.xlsx").write_bytes(filled())
    scripted.says(200, {"parts": ["ORE"], "dry_run": False})
    ended = run("import", "f.xlsx", "--json", *scripted.options)
    assert (ended.code, ended.json["accepted"], ended.json["refused"], ended.json["stored"]) == (0, 2, 0, True)
    method, path, _, body = scripted.asked[-1]
    assert (method, path.rpartition("/")[2]) == ("POST", "imports")
    part = json.loads(body)["parts"]["ORE"]
    assert part["inventory"]["own"][0] == {
        "name": "採掘",
        "stage": "rawMaterialAcquisitionAndPreProcessing",
        "kgCO2e": "2.5",
    }


def test_a_form_that_names_a_request_is_an_answer(run, scripted, tmp_path) -> None:
    (tmp_path / "f.xlsx").write_bytes(filled(Slip(request="urn:uuid:7", part="ORE")))
    scripted.says(200, {"partner": "urn:renkei:by-hand:mine", "record": {"id": "x"}, "request": {}, "dry_run": False})
    ended = run("import", "f.xlsx", *scripted.options)
    assert ended.code == 0
    assert "unsigned" in ended.out
    assert "urn:renkei:by-hand:mine" in ended.out
    sent = json.loads(scripted.asked[-1][3])
    assert (sent["request"], list(sent["parts"]), sent["file_digest"][:8]) == ("urn:uuid:7", ["ORE"], "sha-256:")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
def test_an_ouranos_table_is_registered(run, scripted, tmp_path, encoding) -> None:
    (tmp_path / "t.csv").write_bytes(TABLE.encode(encoding).replace("㎏".encode(encoding), "㎏".encode(encoding)))
    scripted.says(200, {"parts": ["セルA"], "dry_run": False})
    ended = run("import", "t.csv", "--json", *scripted.options)
    assert (ended.code, ended.json["parts"]) == (0, ["セルA"])


def test_a_wrong_row_keeps_the_whole_file_out_and_says_where(run, scripted, tmp_path) -> None:
    (tmp_path / "t.csv").write_text(TABLE.replace("0.5", "約0.5"), "utf-8")
    ended = run("import", "t.csv", "--lang", "ja", *scripted.options)
    assert ended.code == 3
    assert "t.csv!D3" in ended.out
    assert "拒否" in ended.out
    assert scripted.asked == []


def test_a_dry_run_asks_the_daemon_to_store_nothing(run, scripted, tmp_path) -> None:
    (tmp_path / "t.csv").write_text(TABLE, "utf-8")
    scripted.says(200, {"parts": ["セルA"], "dry_run": True})
    ended = run("import", "t.csv", "--dry-run", "--json", *scripted.options)
    assert (ended.code, ended.json["stored"], json.loads(scripted.asked[-1][3])["dry_run"]) == (0, False, True)


def test_a_companys_own_database_is_read_by_a_mapping(run, scripted, tmp_path) -> None:
    with closing(sqlite3.connect(tmp_path / "erp.db")) as database:
        database.execute("create table part (no text, name text, weight real)")
        database.execute("insert into part values ('P-1', 'セル', 0.1)")
        database.commit()
    (tmp_path / "map.toml").write_text(MAPPING, "utf-8")
    scripted.says(200, {"parts": ["P-1"], "dry_run": False})
    ended = run("import", "erp.db", "--mapping", "map.toml", "--json", *scripted.options)
    assert (ended.code, ended.json["parts"]) == (0, ["P-1"])
    assert [each["code"] for each in ended.json["findings"]] == ["form-column-ignored"]


@pytest.mark.parametrize(
    ("query", "cause"),
    [
        ("delete from part", "readonly"),
        ("select one from nowhere", "no such table"),
        ("drop table part", "readonly"),
        ("vacuum into 'copy.db'", "authoriz"),
        ("attach 'other.db' as other", "authoriz"),
        ("select 9e999 as no, 'a' as name, 9e999 as weight", "without end"),
    ],
)
def test_a_database_is_only_read(run, tmp_path, query, cause) -> None:
    with closing(sqlite3.connect(tmp_path / "erp.db")) as database:
        database.execute("create table part (no text)")
        database.commit()
    (tmp_path / "map.toml").write_text(MAPPING.replace("select no, name, weight from part", query), "utf-8")
    ended = run("import", "erp.db", "--mapping", "map.toml", "--json")
    assert ended.json["error"]["code"] == "form-mapping-broken"
    assert cause in ended.json["error"]["message"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["erp.db", "map.toml"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"PK\x03\x04broken", "spreadsheet-unreadable"),
        ("品番,数量\nA,1\n".encode(), "form-table-unknown"),
        (b"", "form-table-unknown"),
        (b"\x81\xff", "form-encoding-unknown"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(run, tmp_path, content, code) -> None:
    (tmp_path / "f").write_bytes(content)
    assert run("import", "f", "--json").json["error"]["code"] == code


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
def test_the_ouranos_sheet_is_written_for_excel_in_japan(run, scripted, tmp_path, encoding) -> None:
    scripted.says(200, {"cells": {"部品項目": "セルA", "CFP合計": "2.00001"}, "gaps": 1})
    ended = run("part", "sheet", "P-1", "--encoding", encoding, "--lang", "ja", *scripted.options)
    assert ended.code == 0
    assert "未回答の取引先が1件" in ended.err
    assert (tmp_path / "cfp.csv").read_bytes().decode(encoding) == "部品項目,CFP合計\r\nセルA,2.00001\r\n"


def test_the_ouranos_sheet_is_written_as_excel(run, scripted, tmp_path) -> None:
    scripted.says(200, {"cells": {"部品項目": "セルA", "CFP合計": "2.00001"}, "gaps": 0})
    assert run("part", "sheet", "P-1", "--out", "cfp.xlsx", *scripted.options).code == 0
    (sheet,) = read_workbook((tmp_path / "cfp.xlsx").read_bytes()).sheets
    assert sheet.rows == (("部品項目", "CFP合計"), ("セルA", "2.00001"))
