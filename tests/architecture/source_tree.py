"""What the architecture tests look at: the files of the package and of the checkout, and its declared problems."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import runpy
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import renkei
from renkei.kernel.problems import Problem

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "connector" / "renkei"
# DESIGN section 2; those of the future count as soon as they exist.
PURE = ("kernel", "policy", "protocol", "battery", "trust", "wire", "ledger", "formats")


def python_files(*packages: str) -> list[Path]:
    folders = [PACKAGE / name for name in packages] if packages else [PACKAGE]
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def place(path: Path, line: int | None = None) -> str:
    where = path.relative_to(ROOT).as_posix()
    return f"{where}:{line}" if line else where


def imported_names(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Every imported dotted name, ``from a import b`` as ``a.b``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


@cache
def modules() -> tuple[ModuleType, ...]:
    found = pkgutil.walk_packages(renkei.__path__, "renkei.")
    return tuple(importlib.import_module(item.name) for item in found if not item.name.endswith("__main__"))


@cache
def problems() -> dict[str, Problem]:
    """Every declared problem by a place where it is found."""
    return runpy.run_path(str(ROOT / "docs" / "generate.py"))["declared"]()


@cache
def project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


@cache
def tracked_files() -> tuple[Path, ...]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    paths = (ROOT / name for name in listed.decode().split("\0") if name)
    return tuple(path for path in paths if path.is_file())
