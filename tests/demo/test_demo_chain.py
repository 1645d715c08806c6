"""A chain folder is read strictly, before anything is started: what is wrong is named with its file."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from renkei.cli import main
from renkei.cli.demo.chain import Chain, Vocabulary, read_chain
from renkei.kernel.problems import ConfigurationError

SHIPPED = Path(__file__).resolve().parents[2] / "examples" / "chain"
VOCABULARY = Vocabulary.shipped()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "chain"))


def read(folder: Path) -> Chain:
    return read_chain(folder, VOCABULARY)


def edited(name: str, change: Callable[[dict], object]) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        path = folder / name
        document = json.loads(path.read_text("utf-8"))
        change(document)
        path.write_text(json.dumps(document), "utf-8")

    return edit


def replaced(name: str, old: str, new: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        text = (folder / name).read_text("utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new), "utf-8")

    return edit


def test_shipped_chain_has_five_companies_in_a_row() -> None:
    chain = read(SHIPPED)
    assert {company.folder: list(company.suppliers.values()) for company in chain.companies.values()} == {
        "lithium-refiner": [],
        "cathode-maker": ["lithium-refiner"],
        "cell-maker": ["cathode-maker"],
        "pack-maker": ["cell-maker"],
        "car-maker": ["pack-maker"],
    }
    assert chain.asker.folder == "car-maker"


def test_companies_bring_no_id_of_their_own() -> None:
    for company in read(SHIPPED).companies.values():
        assert "company" not in company.documents["inventory"]
        assert "company" not in company.documents["due_diligence"]


INVENTORY = "cell-maker/inventory.json"
BOM = "cell-maker/bom.csv"
REFINER_BOM = "parent,component,supplier,amount,unit,yield,stages\n"
DILIGENCE = "cell-maker/due-diligence.json"
BROKEN = {
    "no chain file": ("chain.json", lambda folder: (folder / "chain.json").unlink()),
    "no inventory": (INVENTORY, lambda folder: (folder / INVENTORY).unlink()),
    "no bill of materials": (BOM, lambda folder: (folder / BOM).unlink()),
    "no due diligence": (DILIGENCE, lambda folder: (folder / DILIGENCE).unlink()),
    "a folder in a file's place": (BOM, lambda folder: [(folder / BOM).unlink(), (folder / BOM).mkdir()]),
    "no UTF-8": (BOM, lambda folder: (folder / BOM).write_bytes(b"parent,\xff")),
    "no JSON": (INVENTORY, lambda folder: (folder / INVENTORY).write_text("{", "utf-8")),
    "a list for an object": ("chain.json", lambda folder: (folder / "chain.json").write_text("[]", "utf-8")),
    "a figure as a number": (INVENTORY, edited(INVENTORY, lambda d: d["own"][0].update(kgCO2e=5.845995))),
    "a figure in words": (INVENTORY, edited(INVENTORY, lambda d: d["own"][0].update(kgCO2e="five"))),
    "an exponent": (INVENTORY, edited(INVENTORY, lambda d: d["own"][0].update(kgCO2e="5e0"))),
    "an unknown member": (INVENTORY, edited(INVENTORY, lambda d: d.update(note="x"))),
    "a company of its own": (DILIGENCE, edited(DILIGENCE, lambda d: d.update(part="OTHER"))),
    "an unknown mineral": (DILIGENCE, edited(DILIGENCE, lambda d: d["absent"].append("mica"))),
    "a factor in another unit": (
        INVENTORY,
        edited(INVENTORY, lambda d: d["secondary"][0].update(unit="kilowatt-hour")),
    ),
    "a supplier from elsewhere": (BOM, replaced(BOM, "cathode-maker", "anode-maker")),
    "a supplier of another part": (BOM, replaced(BOM, "cathode-maker", "lithium-refiner")),
    "no supplier": (BOM, replaced(BOM, "cathode-maker", "")),
    "a line of another part": (BOM, replaced(BOM, "CELL-NMC811,", "OTHER,")),
    "an amount in another unit": (BOM, replaced(BOM, "kilogram", "piece")),
    "an unknown stage map": (BOM, replaced(BOM, ",component\n", ",magic\n")),
    "a column too many": (BOM, replaced(BOM, ",stages", ",stages,price")),
    "an empty file where nothing is bought": (
        "lithium-refiner/bom.csv",
        replaced("lithium-refiner/bom.csv", REFINER_BOM, ""),
    ),
    "a circle": (
        "lithium-refiner/bom.csv",
        lambda folder: (folder / "lithium-refiner/bom.csv").write_text(
            "parent,component,supplier,amount,unit,stages\nLIOH-H2O,PACK-60,pack-maker,1,kilowatt-hour-capacity,component\n",
            "utf-8",
        ),
    ),
    "two makers of one part": (
        "chain.json",
        lambda folder: shutil.copytree(folder / "pack-maker", folder / "car-maker", dirs_exist_ok=True),
    ),
    "a company that is no folder name": ("chain.json", replaced("chain.json", '"cell-maker"', '"../cell-maker"')),
    "one company alone": ("chain.json", edited("chain.json", lambda d: d.update(companies=d["companies"][:1]))),
    "a name in one language": ("chain.json", edited("chain.json", lambda d: d["title"].pop("ja"))),
    "a stranger who asks": ("chain.json", edited("chain.json", lambda d: d["request"].update(asker="bus-maker"))),
    "an asker who buys nothing": (
        "chain.json",
        edited("chain.json", lambda d: d["request"].update(asker="lithium-refiner")),
    ),
    "an asker who counts in kilograms": (
        "cathode-maker/inventory.json",
        edited("chain.json", lambda d: d["request"].update(asker="cathode-maker")),
    ),
    "a kind that nobody knows": ("chain.json", edited("chain.json", lambda d: d["request"].update(kinds=["price"]))),
    "no footprint asked for": (
        "chain.json",
        edited("chain.json", lambda d: d["request"].update(kinds=["due-diligence"])),
    ),
    "a due day in the past": ("chain.json", edited("chain.json", lambda d: d["request"].update(dueInDays=0))),
    "a vehicle that no rule set knows": (
        "chain.json",
        edited("chain.json", lambda d: d["functionalUnit"].update(category="boat")),
    ),
    "an expected stage that is none": (
        "chain.json",
        edited("chain.json", lambda d: d["expected"]["stages"].update(use="1")),
    ),
    "an expected total as a number": ("chain.json", edited("chain.json", lambda d: d["expected"].update(total=62.92))),
}


@pytest.mark.parametrize(("file", "damage"), BROKEN.values(), ids=BROKEN)
def test_broken_folder_is_refused_with_the_file_named(
    folder: Path, file: str, damage: Callable[[Path], object]
) -> None:
    damage(folder)
    with pytest.raises(ConfigurationError) as caught:
        read(folder)
    assert (caught.value.code, caught.value.values["file"]) == ("demo-chain-broken", file)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_broken_folder_ends_the_command_with_the_configuration_code(
    folder: Path, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / INVENTORY).unlink()
    assert main(["demo", "--json", "--lang", language, "--chain", str(folder)]) == 3
    printed = capsys.readouterr()
    error = json.loads(printed.out)["error"]
    assert (error["code"], error["fault"]) == ("demo-chain-broken", "configuration")
    assert INVENTORY in error["message"]
    assert ("使用できません" in error["message"]) is (language == "ja")


def test_folder_in_use_is_not_taken_for_the_demo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine").write_text("x", "utf-8")
    assert main(["demo", "--keep", str(tmp_path)]) == 3
    assert "demo-folder-used" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
