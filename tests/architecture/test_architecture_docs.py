"""The documentation is true: its examples run, its links lead somewhere, its generated pages fit the code."""

from __future__ import annotations

import ast
import re
import runpy
import subprocess
import sys
import tomllib

import pytest
from source_tree import ROOT, parsed, place, problems, python_files

PAGES = sorted({ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *(ROOT / "docs").rglob("*.md")})
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
COMMAND = re.compile(r"\bmake ([a-z]+)\b")
# A page is one program: its blocks run in order; `await` stands at the top level as in an asyncio shell.
RUNNER = """
import ast, asyncio, inspect, sys
code = compile(sys.stdin.read(), "page", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
outcome = eval(code, {"__name__": "__main__"})
if inspect.iscoroutine(outcome):
    asyncio.run(outcome)
"""
WITH_EXAMPLES = [page for page in PAGES if BLOCK.search(page.read_text("utf-8"))]


@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=place)
def test_the_examples_of_a_page_run(page, tmp_path) -> None:
    program = "\n".join(BLOCK.findall(page.read_text("utf-8")))
    command = [sys.executable, "-W", "error", "-c", RUNNER]
    outcome = subprocess.run(command, input=program, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert outcome.returncode == 0, outcome.stderr


def test_some_page_has_an_example() -> None:
    assert WITH_EXAMPLES != []


def test_every_relative_link_leads_to_a_file() -> None:
    broken = []
    for page in PAGES:
        for target in LINK.findall(page.read_text("utf-8")):
            if "://" not in target and not target.startswith("mailto:") and not (page.parent / target).exists():
                broken.append(f"{place(page)} -> {target}")
    assert broken == []


def test_every_command_that_is_told_exists() -> None:
    known = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    # Told in code only, so that "make sure" is no command.
    told = {
        command
        for page in PAGES
        for code in re.findall(r"`([^`\n]+)`|^    (.+)$", page.read_text("utf-8"), re.MULTILINE)
        for command in COMMAND.findall(" ".join(code))
    }
    assert told - known == set()
    assert "test" in told


def test_contributing_tells_of_every_command_that_is_not_about_setting_up() -> None:
    known = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    told = set(re.findall(r"^\| `make ([a-z]+)` \|", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.MULTILINE))
    assert known - told == {"help", "setup", "clean"}


def test_the_generated_pages_fit_the_code() -> None:
    pages = runpy.run_path(str(ROOT / "docs" / "generate.py"))["pages"]()
    stale = [place(path) for path, text in pages.items() if not path.is_file() or path.read_text("utf-8") != text]
    assert stale == [], "run: make docs"


def test_every_error_code_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "errors.md").read_text("utf-8")
    assert [problem.code for problem in problems().values() if f"`{problem.code}`" not in page] == []


def test_every_dependency_has_its_line_in_the_record() -> None:
    record = (ROOT / "docs" / "adr" / "0006-dependencies.md").read_text("utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = [entry for group in project["optional-dependencies"].values() for entry in group]
    pins = (ROOT / "requirements" / "dev.in").read_text("utf-8").splitlines()
    names = {re.split(r"[^A-Za-z0-9_.-]", e)[0] for e in [*project["dependencies"], *extras, *pins] if e[:1].isalnum()}
    assert {name for name in names if not re.search(rf"^\| {re.escape(name)} \|", record, re.MULTILINE)} == set()
    assert len(names) > 20


def test_the_record_tells_which_dependencies_the_package_imports() -> None:
    record = (ROOT / "docs" / "adr" / "0006-dependencies.md").read_text("utf-8")
    core = re.split(r"^### ", record, flags=re.MULTILINE)[1]
    told = {row[0]: row[3] for row in (line.strip("| ").split(" | ") for line in core.splitlines()) if len(row) == 5}
    imported = set()
    for path in python_files():
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Import):
                imported |= {name.name.partition(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.partition(".")[0])
    del told["Package"], told["---"]
    assert {name: "package" if name.replace("pyjwt", "jwt") in imported else "tests" for name in told} == told
    assert set(told.values()) == {"package", "tests"}


def test_the_map_of_the_use_cases_names_every_room_and_no_other() -> None:
    folder = ROOT / "connector" / "renkei" / "exchange"
    told = set(re.findall(r"``(\w+)``", ast.get_docstring(parsed(folder / "__init__.py")) or ""))
    rooms = {path.stem for path in (*folder.glob("*.py"), *folder.glob("*/*.py")) if path.parent.name != "records"}
    rooms -= {"__init__"}
    rooms |= {path.parent.name for path in folder.glob("*/__init__.py")}
    assert told == rooms


def test_due_diligence_has_one_spelling_in_japanese() -> None:
    pages = [ROOT / "README.ja.md", *ROOT.joinpath("docs").rglob("*.md"), *python_files()]
    other = "デュー" + "・"
    assert [place(path) for path in pages if other in path.read_text("utf-8")] == []
