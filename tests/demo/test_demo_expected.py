"""What the chain folder expects, recomputed from its input files with plain fractions: nothing of Renkei is used."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHAIN = ROOT / "examples" / "chain"
RULES = ROOT / "vocab" / "battery" / "rules" / "eu-battery-cfb-2024-draft.json"
MATERIALS = Fraction("49.9744227617603")  # GREET 2024 NMC811, kg CO2e per kWh of capacity
ASSEMBLY = Fraction("12.945995")
RAW, PRODUCTION = "rawMaterialAcquisitionAndPreProcessing", "mainProductProduction"
# Unit → what it measures and how much of that measure's first unit it is.
UNITS = {
    "kilogram": ("mass", Fraction(1)),
    "gram": ("mass", Fraction(1, 1000)),
    "tonne": ("mass", Fraction(1000)),
    "kilowatt-hour": ("energy", Fraction(1)),
    "megajoule": ("energy", Fraction(10, 36)),
    "kilowatt-hour-capacity": ("capacity", Fraction(1)),
}


def load(path: Path) -> dict:
    return json.loads(path.read_text("utf-8"))


def count(amount: Fraction, unit: str, wanted: str) -> Fraction:
    (measure, size), (wanted_measure, wanted_size) = UNITS[unit], UNITS[wanted]
    assert measure == wanted_measure, (unit, wanted)
    return amount * size / wanted_size


def stages(company: str, folder: Path = CHAIN) -> tuple[dict, dict[str, Fraction]]:
    """A company's inventory and its kg CO2e of the declared amount by stage, with all that it buys."""
    inventory = load(folder / company / "inventory.json")
    sums: dict[str, Fraction] = {}

    def add(stage: str, emission: Fraction) -> None:
        sums[stage] = sums.get(stage, Fraction(0)) + emission

    for own in inventory["own"]:
        add(own["stage"], Fraction(own["kgCO2e"]))
    for use in inventory["secondary"]:
        factor = use["factor"]
        amount = count(Fraction(use["amount"]), use["unit"], factor["unit"].removeprefix("kgCO2e/"))
        add(use["stage"], amount * Fraction(factor["value"]))
    maps = load(RULES)["stageMaps"]
    with (folder / company / "bom.csv").open(newline="", encoding="utf-8") as file:
        for line in csv.DictReader(file):
            assert line["parent"] == inventory["part"]
            component, bought = stages(line["supplier"], folder)
            assert line["component"] == component["part"]
            amount = count(Fraction(line["amount"]), line["unit"], component["declaredUnit"])
            times = amount / Fraction(line["yield"] or 1) / Fraction(component["declaredUnitAmount"])
            for stage, emission in bought.items():
                add(maps[line["stages"]][stage], times * emission)
    return inventory, sums


@pytest.fixture(scope="module")
def chain() -> dict:
    return load(CHAIN / "chain.json")


def test_inputs_add_up_to_the_expected_total(chain: dict) -> None:
    inventory, sums = stages(chain["request"]["asker"])
    assert (inventory["declaredUnit"], inventory["declaredUnitAmount"]) == ("kilowatt-hour-capacity", "1")
    assert sum(sums.values()) == Fraction(chain["expected"]["total"]) == MATERIALS + ASSEMBLY


def test_each_stage_is_one_of_the_two_cited_figures(chain: dict) -> None:
    _, sums = stages(chain["request"]["asker"])
    assert sums == {RAW: MATERIALS, PRODUCTION: ASSEMBLY}
    assert {stage: Fraction(figure) for stage, figure in chain["expected"]["stages"].items()} == sums


def test_cited_figures_are_the_source_s(shared: Path) -> None:
    with (shared / "data/greet-derived/upstream_libmaterial.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if (row["LIB_Chem"], row["Range"]) == ("NMC811", "300mile")]
    assert [Fraction(row["kgco2e_kwh"]) for row in rows if row["Type"] == "CAR"] == [MATERIALS]
    with (shared / "data/greet-derived/LIB_Assembly.csv").open(newline="") as file:
        grams = {row["emission"]: row["g_per_kWh"] for row in csv.DictReader(file)}
    methane, nitrous_oxide = Fraction(grams["CH4"]), Fraction(grams["N2O"])
    warming = 11926 + round(methane * Fraction("29.8"), 3) + round(nitrous_oxide * 273, 3)
    assert warming / 1000 == ASSEMBLY


def test_delivered_figure_follows_from_the_functional_unit(chain: dict) -> None:
    unit = chain["functionalUnit"]
    cycles = Fraction(load(RULES)["equivalentCyclesPerYear"][unit["category"]]) * Fraction(unit["years"])
    assert cycles == 480
    delivered = round(Fraction(chain["expected"]["total"]) / cycles * 10**12)  # half to even
    assert f"0.{delivered:012d}" == chain["expected"]["perDelivered"] == "0.131084203670"


def test_every_company_s_total_is_the_one_its_readme_states() -> None:
    totals = {
        "lithium-refiner": "312.5",
        "cathode-maker": "20",
        "cell-maker": "56.3204177617603",
        "pack-maker": "3775.225065705618",
        "car-maker": "62.9204177617603",
    }
    text = (CHAIN / "README.md").read_text("utf-8")
    for company, total in totals.items():
        assert sum(stages(company)[1].values()) == Fraction(total)
        assert f"| {total} |" in text


def figures(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every input figure as its file and a text that stands there once for it, ended by the figure."""
    for path in sorted(folder.glob("*/inventory.json")):
        document = load(path)
        for entry in [*document["own"], *document["secondary"]]:
            yield path, f'"{entry["name"]}"'
        for use in document["secondary"]:
            yield path, f'"{use["factor"]["name"]}"'
    for path in sorted(folder.glob("*/bom.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            for line in csv.DictReader(file):
                yield path, line["component"]


def changed(document: object, name: str) -> bool:
    """Raise the figure of the entry of that name by a millionth; whether it was found."""
    if isinstance(document, list):
        return any(changed(item, name) for item in document)
    if not isinstance(document, dict):
        return False
    for member in ("kgCO2e", "amount", "value"):
        if document.get("name") == name and member in document:
            document[member] += "000001" if "." in document[member] else ".000001"
            return True
    return any(changed(item, name) for item in document.values())


def test_no_input_figure_is_idle(tmp_path: Path, chain: dict) -> None:
    expected = Fraction(chain["expected"]["total"])
    seen = 0
    for path, name in figures(CHAIN):
        folder = tmp_path / str(seen)
        shutil.copytree(CHAIN, folder)
        copy = folder / path.relative_to(CHAIN)
        if copy.suffix == ".json":
            document = load(copy)
            assert changed(document, name.strip('"')), name
            copy.write_text(json.dumps(document), "utf-8")
        else:
            text = copy.read_text("utf-8")
            with path.open(newline="", encoding="utf-8") as file:
                amount = next(line["amount"] for line in csv.DictReader(file) if line["component"] == name)
            copy.write_text(text.replace(f",{amount},", f",{amount}{'' if '.' in amount else '.'}0001,"), "utf-8")
        assert sum(stages(chain["request"]["asker"], folder)[1].values()) > expected, (path, name)
        seen += 1
    assert seen == 4 + 16 * 2 + 4  # own figures; amounts and factors; BOM lines
