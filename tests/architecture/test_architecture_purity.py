"""Pure packages compute and do nothing else; SQL stands in the store; heavy libraries are loaded by who needs them."""

from __future__ import annotations

import ast
import re
import subprocess
import sys

import pytest
from source_tree import PACKAGE, PURE, imported_names, parsed, place, python_files

IMPURE_MODULES = {
    "aiohttp",
    "asyncio",
    "asyncpg",
    "http",
    "importlib",
    "logging",
    "multiprocessing",
    "os",
    "pathlib",
    "random",
    "secrets",
    "selectors",
    "shutil",
    "signal",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "uuid",
}
IMPURE_NAMES = {"urllib.request", "io.open", "datetime.datetime.now"}
IMPURE_CALLS = {"open", "print", "input", "exec", "eval", "__import__", "breakpoint"}
IMPURE_METHODS = {"now", "utcnow", "today", "uuid4", "uuid1", "getenv", "read_text", "read_bytes", "write_text"}
WIRE_LOADS_LAZILY = {"importlib"}
SQL = re.compile(
    r"\bSELECT\b.+\bFROM\b|\bINSERT\s+(OR\s+\w+\s+)?INTO\b|\bUPDATE\s+\w+\s+SET\b|\bDELETE\s+FROM\b"
    r"|\bCREATE\s+(TABLE|INDEX|TRIGGER|UNIQUE)\b|^\s*(PRAGMA|BEGIN|COMMIT|ROLLBACK|SAVEPOINT)\b",
    re.DOTALL,
)


@pytest.mark.parametrize("package", [name for name in PURE if (PACKAGE / name).is_dir()])
def test_a_pure_package_does_nothing_but_compute(package: str) -> None:
    wrong = []
    for path in python_files(package):
        tree = parsed(path)
        allowed = WIRE_LOADS_LAZILY if package == "wire" else set()
        for name, line in imported_names(tree):
            top = name.partition(".")[0]
            if top in IMPURE_MODULES - allowed or name.startswith(tuple(IMPURE_NAMES)):
                wrong.append(f"{place(path, line)} imports {name}")
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            if isinstance(node.func, ast.Name) and node.func.id in IMPURE_CALLS:
                wrong.append(f"{place(path, node.lineno)} calls {node.func.id}")
            if isinstance(node.func, ast.Attribute) and node.func.attr in IMPURE_METHODS:
                wrong.append(f"{place(path, node.lineno)} calls .{node.func.attr}")
    assert wrong == []


def test_sql_stands_only_in_the_store() -> None:
    wrong = []
    for path in python_files():
        if path.is_relative_to(PACKAGE / "store"):
            continue
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value):
                wrong.append(place(path, node.lineno))
    assert wrong == []


LIGHT = {
    "renkei": ["aiohttp", "asyncio", "cryptography", "jsonschema", "pyld", "rdflib", "sqlite3"],
    "renkei.kernel": ["aiohttp", "asyncio", "cryptography", "jsonschema", "pyld", "rdflib", "sqlite3"],
    "renkei.policy": ["aiohttp", "asyncio", "cryptography", "jsonschema", "pyld", "rdflib", "sqlite3"],
    "renkei.protocol": ["aiohttp", "asyncio", "cryptography", "jsonschema", "pyld", "rdflib", "sqlite3"],
    "renkei.battery": ["aiohttp", "asyncio", "cryptography", "jsonschema", "pyld", "rdflib", "sqlite3"],
    "renkei.trust": ["aiohttp", "asyncio", "jsonschema", "pyld", "rdflib", "sqlite3"],
    "renkei.wire": ["aiohttp", "asyncio", "jsonschema", "pyld", "rdflib", "sqlite3"],
    "renkei.store": ["aiohttp", "jsonschema", "pyld", "rdflib"],
    "renkei.exchange": ["aiohttp", "jsonschema", "pyld", "rdflib", "sqlite3"],
    "renkei.cli": ["jsonschema", "pyld", "rdflib", "sqlite3"],
}
LOADED = """
import importlib, pkgutil, sys
name, heavy = sys.argv[1], sys.argv[2:]
package = importlib.import_module(name)
if name not in {"renkei", "renkei.store", "renkei.cli"}:  # these three load their parts when they are used
    for part in pkgutil.walk_packages(package.__path__, name + "."):
        importlib.import_module(part.name)
print(*sorted(set(heavy) & set(sys.modules)))
"""


@pytest.mark.parametrize("package", LIGHT)
def test_a_fresh_import_loads_nothing_heavy(package: str) -> None:
    command = [sys.executable, "-W", "error", "-c", LOADED, package, *LIGHT[package]]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (outcome.returncode, outcome.stderr) == (0, "")
    assert outcome.stdout.split() == []
