"""The layers of pyproject.toml name every package, and what is pure is held to it."""

from __future__ import annotations

import re

import pytest
from source_tree import PACKAGE, PURE, project


def contract(name: str) -> dict:
    contracts = project()["tool"]["importlinter"]["contracts"]
    return next(entry for entry in contracts if entry["name"] == name)


def parts_of_the_package() -> set[str]:
    folders = {path.name for path in PACKAGE.iterdir() if any(path.glob("*.py"))}
    return folders | {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}


def test_every_part_of_the_package_has_its_layer() -> None:
    layers = contract("The layers")["layers"]
    named = [name for layer in layers for name in re.findall(r"\w+", layer)]
    assert len(named) == len(set(named))
    assert parts_of_the_package() - set(named) == set()


@pytest.mark.parametrize("package", PURE)
def test_every_pure_package_that_exists_is_held_to_purity(package: str) -> None:
    pure = contract("The pure packages do nothing but compute")["source_modules"]
    assert (f"renkei.{package}" in pure) == (PACKAGE / package).is_dir()
