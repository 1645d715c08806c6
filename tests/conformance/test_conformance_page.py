"""docs/conformance.md says what the list of MUSTs says, and every test that it names exists."""

from __future__ import annotations

import ast
from pathlib import Path

from musts import MUSTS
from musts_page import PARTS, page

ROOT = Path(__file__).resolve().parents[2]
EVERYTHING = {test: "passed" for must in MUSTS for test in must.tests}


def functions(path: Path) -> set[str]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, kinds)}


def test_every_test_that_is_named_exists() -> None:
    missing = []
    for test in EVERYTHING:
        place, _, name = test.partition("::")
        path = ROOT / "tests" / place
        if not path.is_file() or name not in functions(path):
            missing.append(test)
    assert missing == []


def test_every_row_has_an_id_of_its_own_in_a_part_and_a_test() -> None:
    ids = [must.id for must in MUSTS]
    assert len(set(ids)) == len(ids)
    assert {must_id.partition("-")[0] for must_id in ids} == set(PARTS)
    assert [must.id for must in MUSTS if not must.tests or not must.text or not must.section] == []


def test_the_page_fits_the_list_and_everything_had_passed_when_it_was_written() -> None:
    written = (ROOT / "docs" / "conformance.md").read_text("utf-8")
    assert written == page(EVERYTHING), "run: python -m tests.conformance"


def test_a_test_that_failed_or_was_not_run_is_seen_on_the_page() -> None:
    (first, *_) = MUSTS[0].tests
    assert "| failed |" in page({**EVERYTHING, first: "failed"})
    assert "| not run |" in page({test: status for test, status in EVERYTHING.items() if test != first})
