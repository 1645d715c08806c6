"""What users install: the wheel in an environment of its own, and the source archive that yields the same wheel."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

import renkei

pytestmark = pytest.mark.xdist_group("packaging")

ROOT = Path(__file__).resolve().parents[2]
DATA = {"vocab": "vocab", "policies": "policies", "chain": "examples/chain"}


def run(*command: object, cwd: Path | None = None) -> str:
    outcome = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return outcome.stdout


def build(source: Path, folder: Path, target: str) -> Path:
    run(sys.executable, "-m", "hatchling", "build", "-t", target, "-d", folder, cwd=source)
    (built,) = folder.iterdir()
    return built


def digests(folder: Path) -> dict[str, str]:
    """What a folder ships: all but hidden files, by name and SHA-256."""
    shipped = (path for path in folder.rglob("*") if path.is_file())
    names = {path.relative_to(folder): path for path in shipped}
    return {
        name.as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in names.items()
        if not any(part.startswith(".") for part in name.parts)
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("wheel"), "wheel")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("sdist"), "sdist")


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel in it, and its interpreter.

    The dependencies are lent by this test's own environment through a path file; a folder added that way has its own
    path files ignored, so that the editable installation cannot be seen from there.
    """
    home = tmp_path_factory.mktemp("fresh")
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index", "--no-deps", wheel)
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    lent = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site / "lent_dependencies.pth").write_text("".join(f"{folder}\n" for folder in sorted(lent)), "utf-8")
    return python


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as opened:
        return set(opened.namelist())


def test_the_wheel_carries_the_package_its_marker_and_its_schemas(wheel: Path) -> None:
    package = ROOT / "connector" / "renkei"
    kept = {".py", ".typed", ".sql", ".html", ".css", ".js"}
    wanted = {f"renkei/{path.relative_to(package).as_posix()}" for path in package.rglob("*") if path.suffix in kept}
    names = names_in(wheel)
    assert "renkei/py.typed" in names
    assert any(name.startswith("renkei/store/sql/") and name.endswith(".sql") for name in names)
    assert wanted - names == set()


def test_the_wheel_carries_nothing_else(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in names_in(wheel)}
    assert tops == {"renkei", f"renkei-{renkei.__version__}.dist-info"}
    strangers = [name for name in names_in(wheel) if name.startswith(("tests/", "docs/")) or "__pycache__" in name]
    assert strangers == []
    assert any(name.endswith("licenses/LICENSE") for name in names_in(wheel))


def test_the_installed_wheel_is_what_runs(installed: Path) -> None:
    where = run(installed, "-I", "-W", "error", "-c", "import renkei; print(renkei.__file__, renkei.__version__)")
    file, version = where.split()
    assert Path(file).is_relative_to(installed.parents[1])
    assert version == renkei.__version__


@pytest.mark.parametrize("kind", DATA)
def test_the_installed_wheel_finds_the_same_files_as_the_checkout(installed: Path, kind: str, tmp_path: Path) -> None:
    told = run(
        installed,
        "-I",
        "-c",
        "import sys; from renkei.resources import Kind, resource_folder, resource_names; kind = Kind(sys.argv[1]);"
        "print(resource_folder(kind)); print(*resource_names(kind), sep='\\n')",
        kind,
        cwd=tmp_path,
    ).splitlines()
    folder, names = Path(told[0]), [name for name in told[1:] if name]
    checkout: Mapping[str, str] = digests(ROOT / DATA[kind])
    assert folder.is_relative_to(installed.parents[1])
    assert digests(folder) == checkout
    assert names == sorted(checkout)
    assert len(checkout) > 0


def test_the_installed_command_answers(installed: Path, tmp_path: Path) -> None:
    assert renkei.__version__ in run(installed.with_name("renkei"), "--version", cwd=tmp_path)


def test_every_module_of_the_installed_wheel_can_be_imported(installed: Path, tmp_path: Path) -> None:
    walk = (
        "import importlib, pkgutil, renkei\n"
        "for part in pkgutil.walk_packages(renkei.__path__, 'renkei.'):\n"
        "    part.name.endswith('__main__') or importlib.import_module(part.name)\n"
        "    print(part.name)"
    )
    assert "renkei.kernel.problems" in run(installed, "-I", "-W", "error", "-c", walk, cwd=tmp_path).split()


def test_the_archive_yields_the_same_wheel(archive: Path, wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(archive) as opened:
        # Python before 3.11.4 has no filters; our own archive needs none.
        opened.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)
        opened.extractall(tmp_path)
    (source,) = tmp_path.iterdir()
    assert {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "PKG-INFO"} <= {p.name for p in source.iterdir()}
    again = build(source, tmp_path / "again", "wheel")
    assert again.name == wheel.name
    with zipfile.ZipFile(again) as one, zipfile.ZipFile(wheel) as other:
        assert {i.filename: i.CRC for i in one.infolist()} == {i.filename: i.CRC for i in other.infolist()}
