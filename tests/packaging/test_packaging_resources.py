"""Shipped files are found by name, and by nothing but their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from renkei import resources
from renkei.kernel.problems import ConfigurationError, LocalError
from renkei.resources import Kind, resource_bytes, resource_folder, resource_names, resource_text


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty place in the form of a checkout: <tmp>/connector/renkei."""
    folder = tmp_path / "connector" / "renkei"
    folder.mkdir(parents=True)
    monkeypatch.setattr(resources, "_PACKAGE", folder)
    return folder


def test_a_checkout_has_its_folders_at_the_top(package: Path) -> None:
    checkout = package.parents[1]
    (checkout / "examples" / "chain").mkdir(parents=True)
    (checkout / "vocab").mkdir()
    assert resource_folder(Kind.VOCAB) == checkout / "vocab"
    assert resource_folder(Kind.CHAIN) == checkout / "examples" / "chain"


def test_what_the_wheel_shipped_goes_first(package: Path) -> None:
    (package.parents[1] / "vocab").mkdir()
    (package / "_data" / "vocab").mkdir(parents=True)
    assert resource_folder(Kind.VOCAB) == package / "_data" / "vocab"


def test_a_missing_folder_is_the_installations_fault(package: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        resource_text(Kind.POLICIES, "any.json")
    assert caught.value.code == "resources-missing-folder"


def test_names_are_sorted_relative_paths_without_hidden_files(package: Path) -> None:
    folder = package / "_data" / "vocab"
    for name in ("b.json", "a/c.json", ".keep", ".cache/d.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name, "utf-8")
    assert resource_names(Kind.VOCAB) == ["a/c.json", "b.json"]
    assert resource_text(Kind.VOCAB, "a/c.json") == "a/c.json"
    assert resource_bytes(Kind.VOCAB, "b.json") == b"b.json"


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "a",
        "no.json",
        ".keep",
        "../secret",
        "a/../b.json",
        "./b.json",
        "/b.json",
        "b.json\0",
        "x" * 5000,
        "a\\c",
    ],
)
def test_what_is_not_listed_cannot_be_read(package: Path, name: str) -> None:
    folder = package / "_data" / "vocab"
    (folder / "a").mkdir(parents=True)
    for file in (folder / "b.json", folder / ".keep", folder.parent / "secret"):
        file.write_text("x", "utf-8")
    with pytest.raises(LocalError) as caught:
        resource_bytes(Kind.VOCAB, name)
    assert caught.value.code == "resources-unknown"


def test_bytes_that_are_no_text_are_told_as_such(package: Path) -> None:
    folder = package / "_data" / "vocab"
    folder.mkdir(parents=True)
    (folder / "image.png").write_bytes(b"\x89PNG\xff")
    with pytest.raises(LocalError) as caught:
        resource_text(Kind.VOCAB, "image.png")
    assert caught.value.code == "resources-not-text"
