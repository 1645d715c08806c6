"""The acts' files are read strictly, and what has come of an act is held against them. No daemon runs here."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from renkei.battery import Bom, DiligenceStatement, Inventory
from renkei.cli.demo.acts import ACTS
from renkei.cli.demo.acts.act import Step
from renkei.cli.demo.acts.excel_answer import _filled_in, _read_back
from renkei.cli.demo.acts.script import Scripts, read_scripts
from renkei.cli.demo.chain import Vocabulary
from renkei.cli.demo.phrases import filled
from renkei.cli.filed import footprint_form
from renkei.cli.words import Text
from renkei.formats.forms.footprint_form import Slip, blank_form
from renkei.kernel.problems import ConfigurationError
from renkei.spreadsheets import read_workbook, write_workbook

SHIPPED = Path(__file__).resolve().parents[2] / "examples" / "chain"
CHAIN = ("lithium-refiner", "cathode-maker", "cell-maker", "pack-maker", "car-maker")
ROLES = {act.NAME: act.ROLES for act in ACTS}
CODES = Vocabulary.shipped().codes
TITLE = Text("A part", "部品")


def read(folder: Path) -> Scripts:
    scripts = read_scripts(folder, CHAIN, ROLES)
    assert scripts is not None
    return scripts


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "chain"))


def test_a_chain_without_acts_plays_none(folder: Path) -> None:
    shutil.rmtree(folder / "acts")
    assert read_scripts(folder, CHAIN, ROLES) is None


def test_every_act_has_its_file_and_each_names_what_must_come_out() -> None:
    scripts = read(SHIPPED)
    assert list(scripts.acts) == [
        "crosswalk",
        "excel_answer",
        "restatement",
        "collector",
        "red_flag",
        "silent_supplier",
        "audit",
    ]
    assert all(script.expected for script in scripts.acts.values())
    assert list(scripts.companies) == ["inverter-maker", "case-maker", "chip-maker", "verifier"]


def test_what_is_registered_is_what_the_readers_of_companies_files_take() -> None:
    parts = [part for script in read(SHIPPED).acts.values() for part in script.parts]
    for part in parts:
        documents = part.documents(CODES)
        inventory = {**documents["inventory"], "part": part.part, "company": part.company}
        assert Inventory.from_json(inventory).own[0].emission == part.own
        said = {**documents["due_diligence"], "part": part.part, "company": part.company}
        statement = DiligenceStatement.from_json(said, CODES)
        assert [entry.mineral for entry in statement.minerals] == (["cobalt"] if part.cobalt else [])
        assert [line.component for line in Bom.from_csv(documents["bom"]).lines] == [b.component for b in part.buys]
    assert {part.part: part.own for part in parts}["UPDATE-C"] == Decimal(-20)


def edited(change: Callable[[dict], object]) -> Callable[[Path], None]:
    def edit(path: Path) -> None:
        document = json.loads(path.read_text("utf-8"))
        change(document)
        path.write_text(json.dumps(document), "utf-8")

    return edit


BROKEN = {
    "no file of an act": ("audit.json", Path.unlink),
    "no list of companies": ("acts.json", Path.unlink),
    "a company of the chain again": ("acts.json", edited(lambda d: d["companies"][0].update(folder="car-maker"))),
    "a role that nobody plays": ("collector.json", edited(lambda d: d["cast"].pop("E"))),
    "a role too many": ("audit.json", edited(lambda d: d["cast"].update(judge="verifier"))),
    "a maker from elsewhere": ("crosswalk.json", edited(lambda d: d["parts"][0].update(company="bus-maker"))),
    "a supplier from elsewhere": (
        "crosswalk.json",
        edited(lambda d: d["parts"][1]["buys"][0].update(supplier="bus-maker")),
    ),
    "a figure as a number": ("restatement.json", edited(lambda d: d["parts"][0].update(own=70))),
    "an unknown member": ("red_flag.json", edited(lambda d: d.update(note="x"))),
    "nothing expected": ("red_flag.json", edited(lambda d: d.pop("expected"))),
    "a list of expectations": ("red_flag.json", edited(lambda d: d.update(expected=[]))),
    "factors that are none": ("silent_supplier.json", edited(lambda d: d["factors"].update(factors=[{}]))),
}


@pytest.mark.parametrize(("file", "damage"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_refused_with_its_name(folder: Path, file: str, damage: Callable[[Path], object]) -> None:
    damage(folder / "acts" / file)
    with pytest.raises(ConfigurationError) as caught:
        read(folder)
    assert (caught.value.code, caught.value.values["file"]) == ("demo-chain-broken", f"acts/{file}")


def step(**changes: object) -> Step:
    members = {"name": "a", "title": TITLE, "found": {"total": "60", "more": 1}, "expected": {"total": "60"}}
    return Step(**{**members, "lines": (), **changes})


def test_only_what_is_expected_is_compared() -> None:
    assert step().to_json() == {"ok": True, "found": {"total": "60", "more": 1}, "expected": {"total": "60"}}


@pytest.mark.parametrize(("found", "shown"), [({"total": "61"}, "61"), ({}, None)])
def test_a_step_that_found_something_else_differs_member_by_member(found: dict, shown: object) -> None:
    other = step(found=found)
    assert other.ok is False
    assert list(other.differences()) == [("total", shown, "60")]


def test_a_step_that_could_not_be_played_here_says_so_and_differs_from_nothing() -> None:
    left = step(found={}, left_out="no library")
    assert (left.ok, left.to_json()["left_out"]) == (True, "no library")


def test_texts_take_values_in_both_languages() -> None:
    said = filled(Text("{a} of {b}: {c}", "{b}の{a}: {c}"), a=TITLE, b={"en": "maker", "ja": "メーカー"}, c=3)
    assert (said.en, said.ja) == ("A part of maker: 3", "メーカーの部品: 3")


FORM = Slip(request="urn:uuid:7", part="ARM")
CELLS = {
    "部品!B7": "個",
    "部品!B9": "2025-04-01",
    "部品!B10": "2026-03-31",
    "自社排出!A4": "プレス",
    "自社排出!B4": "製造",
    "自社排出!C4": "2.5",
}


def returned(**changes: str) -> bytes:
    blank = read_workbook(write_workbook(blank_form(footprint_form(), "ja", FORM)))
    return write_workbook(_filled_in(blank, {**CELLS, **changes}))


def test_a_form_that_a_person_filled_in_tells_its_request_and_figure() -> None:
    told = _read_back(returned(), "arm.xlsx")
    (part,) = told["parts"].values()
    assert (told["request"], list(told["parts"])) == ("urn:uuid:7", ["ARM"])
    assert part["inventory"]["own"] == [{"name": "プレス", "stage": "mainProductProduction", "kgCO2e": "2.5"}]


@pytest.mark.parametrize("cells", [{"自社排出!C4": "about 2"}, {"Nowhere!A1": "x"}, {"部品!first": "x"}])
def test_a_cell_that_cannot_be_taken_is_named(cells: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        _read_back(returned(**cells), "arm.xlsx")
    assert caught.value.code == "demo-form-refused"
